"""Session cost on the screens of chargers that display it (CostUpdated)."""

import asyncio

from homeassistant.core import callback

from .central_system import ConnectorValue
from .central_system.charge_point import COST_UPDATED, Charger, Connector
from .products.model import Direction
from .runtime import SchneiderConfigEntry


@callback
def async_display_costs(entry: SchneiderConfigEntry) -> None:
    """Send the cost of running sessions to the chargers that display it.

    It is sent with every sample of a session's energy, while the price is known.
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
                        CostDisplay(entry, connector)

        add()
        charger.structure_changed.connect(add)

    entry.runtime_data.central_system.charger_added.connect(watch)


class CostDisplay:
    """Sends the cost of a connector's session to the charger, once it is accounted for."""

    def __init__(self, entry: SchneiderConfigEntry, connector: Connector) -> None:
        """Listen to the energy of the session."""
        self._sources = entry.runtime_data.site_control.sources
        self._connector = connector
        self._is_due = False
        self._sending = asyncio.Lock()
        connector.values.listen(ConnectorValue.SESSION_ENERGY, self._sampled)

    @callback
    def _sampled(self) -> None:
        """Send the cost, unless there is no price to reckon with."""
        charger, session = self._connector.charger, self._connector.sessions.running
        if (
            session is not None
            and session.energy is not None
            and charger.settings.manage_configuration
            and self._sources.supply(charger.identity).import_price is not None
        ):
            self._is_due = True
            charger.link.spawn_command(self._send)

    async def _send(self) -> None:
        """Send the present cost, once for all samples that arrived during the last sending."""
        async with self._sending:
            session = self._connector.sessions.running
            costs = session.costs if session else None
            if not self._is_due or costs is None or costs.amount is None:
                return
            self._is_due = False
            currency = costs.currency or ""
            await self._connector.display_cost(float(costs.amount), currency)
