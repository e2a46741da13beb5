"""What a session costs so far, on the screens of chargers that show it."""

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

_KILOWATT_HOURS = {"Wh": 0.001, "kWh": 1.0, "MWh": 1000.0}


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What a kilowatt-hour costs."""

    per_kilowatt_hour: float
    currency: str


@callback
def async_display_costs(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Keep the cost of each session on its charger's screen.

    What a session costs is told with every sample of its energy, by the price entity
    of the options; without one nothing is told.
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
    """Adds up what the session of a connector costs, and tells the charger."""

    def __init__(
        self, hass: HomeAssistant, entry: SchneiderConfigEntry, connector: Connector
    ) -> None:
        """Listen to what the session has come to."""
        self._hass = hass
        self._entry = entry
        self._connector = connector
        self._session_id: int | None = None
        self._energy = 0.0
        self._cost = 0.0
        self._is_due = False
        self._telling = asyncio.Lock()
        connector.values.listen(ConnectorValue.SESSION_ENERGY, self._sampled)

    @callback
    def _sampled(self) -> None:
        """Add what was charged since the last sample, at the present price."""
        session = self._connector.sessions.running
        if session is None or session.energy is None:
            return
        if (price := current_price(self._hass, self._entry)) is None:
            return
        if session.id != self._session_id:
            self._session_id, self._energy, self._cost = session.id, 0.0, 0.0
        charged = (session.energy - self._energy) / 1000
        self._cost += charged * price.per_kilowatt_hour
        self._energy = session.energy
        self._is_due = True
        charger = self._connector.charger
        if charger.settings.manage_configuration:
            charger.link.spawn_command(partial(self._tell, price.currency))

    async def _tell(self, currency: str) -> None:
        """Tell the newest cost, once for all samples that came while it was told."""
        async with self._telling:
            if self._is_due:
                self._is_due = False
                await self._connector.display_cost(self._cost, currency)


def current_price(hass: HomeAssistant, entry: SchneiderConfigEntry) -> Price | None:
    """Return the present price, None where there is none.

    The entity's unit says which currency it is for how much energy, as in EUR/kWh.
    """
    state = hass.states.get(entry.options.get(CONF_PRICE_ENTITY, ""))
    if state is None:
        return None
    currency, _, energy = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT, "").partition(
        "/"
    )
    try:
        price = float(state.state) / _KILOWATT_HOURS.get(energy, 1.0)
    except ValueError:
        return None
    if not math.isfinite(price):
        return None
    return Price(per_kilowatt_hour=price, currency=currency or hass.config.currency)
