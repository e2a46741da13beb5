"""Session cost: adds it up, and sends it to chargers that display it (CostUpdated)."""

import asyncio
from dataclasses import dataclass
from functools import partial
import math

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, callback

from .central_system import ConnectorValue
from .central_system.charge_point import COST_UPDATED, Charger, Connector
from .const import CONF_PRICE_ENTITY
from .products.model import Direction
from .runtime import SchneiderConfigEntry

_KWH_PER_UNIT = {"Wh": 0.001, "kWh": 1.0, "MWh": 1000.0}


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """The price of energy."""

    per_kilowatt_hour: float
    currency: str


@callback
def async_display_costs(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Send the cost of running sessions to the chargers that display it.

    It is sent with every sample of a session's energy, at the price of the entity that
    the options name; without such an entity nothing is sent.
    """

    @callback
    def watch(charger: Charger) -> None:
        shown: set[Connector] = set()

        @callback
        def add() -> None:
            if charger.product.data_transfer(Direction.TO_CHARGER, COST_UPDATED):
                for connector in charger.connectors.values():
                    if connector not in shown:
                        shown.add(connector)
                        CostDisplay(hass, entry, connector)

        add()
        charger.structure_changed.connect(add)

    entry.runtime_data.central_system.charger_added.connect(watch)


class CostDisplay:
    """Adds up the cost of a connector's session, and sends it to the charger."""

    def __init__(
        self, hass: HomeAssistant, entry: SchneiderConfigEntry, connector: Connector
    ) -> None:
        """Listen to the energy of the session."""
        self._hass = hass
        self._entry = entry
        self._connector = connector
        self._session_id: int | None = None
        self._energy_wh = 0.0
        self._cost = 0.0
        self._is_due = False
        self._sending = asyncio.Lock()
        connector.values.listen(ConnectorValue.SESSION_ENERGY, self._sampled)

    @callback
    def _sampled(self) -> None:
        """Add the cost of the energy since the last sample, at the present price."""
        session = self._connector.sessions.running
        if session is None or session.energy is None:
            return
        if (price := current_price(self._hass, self._entry)) is None:
            return
        if session.id != self._session_id:
            self._session_id, self._energy_wh, self._cost = session.id, 0.0, 0.0
        charged_kwh = (session.energy - self._energy_wh) / 1000
        self._cost += charged_kwh * price.per_kilowatt_hour
        self._energy_wh = session.energy
        self._is_due = True
        charger = self._connector.charger
        if charger.settings.manage_configuration:
            charger.link.spawn_command(partial(self._send, price.currency))

    async def _send(self, currency: str) -> None:
        """Send the present cost, once for all samples that arrived during the last sending."""
        async with self._sending:
            if self._is_due:
                self._is_due = False
                await self._connector.display_cost(self._cost, currency)


def current_price(hass: HomeAssistant, entry: SchneiderConfigEntry) -> Price | None:
    """Return the present price, None if there is no price entity, or it has no value.

    The unit of the entity is the currency and the unit of energy, as in EUR/kWh.
    """
    state = hass.states.get(entry.options.get(CONF_PRICE_ENTITY, ""))
    if state is None:
        return None
    currency, _, energy = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT, "").partition(
        "/"
    )
    try:
        price = float(state.state) / _KWH_PER_UNIT.get(energy, 1.0)
    except ValueError:
        return None
    if not math.isfinite(price):
        return None
    return Price(per_kilowatt_hour=price, currency=currency or hass.config.currency)
