"""Costs of sessions: what flows and what it costs goes to the account of each session."""

from collections import Counter
from datetime import timedelta

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .billing import LifetimeTotals, SessionAccount
from .central_system import ConnectorValue
from .central_system.charge_point import Charger, Connector, SessionChange
from .central_system.state import Session, SessionCosts
from .runtime import SchneiderConfigEntry
from .site.readings import SiteReadings
from .sources import Sources
from .storage import Storage

_LATE = timedelta(minutes=5)
"""A session that began longer ago, and is told of only now, has a gap."""

_MICRO = 10**6

type Cars = Counter[str | None]
"""What the cars behind each connection draw together, in mW."""


@callback
def async_account_for_sessions(entry: SchneiderConfigEntry) -> None:
    """Account for the sessions of all connectors, whichever there are."""
    ledger = CostLedger(entry)
    site_control = entry.runtime_data.site_control
    entry.async_on_unload(site_control.read.connect(ledger.supply_changed))
    entry.async_on_unload(site_control.sources.changed.connect(ledger.supply_changed))
    entry.runtime_data.central_system.charger_added.connect(ledger.watch)


class CostLedger:
    """The accounts of the sessions of a central system.

    What a MeterValues costs does not depend on how many connectors there are: only the
    account of its own session is touched. When the meters or prices of a site are read
    that counts for all sessions that run.
    """

    def __init__(self, entry: SchneiderConfigEntry) -> None:
        """Start with no connector."""
        self._central_system = entry.runtime_data.central_system
        self._sources = entry.runtime_data.site_control.sources
        self._storage = entry.runtime_data.storage
        self._cars: Cars = Counter()
        self._accounts: dict[Connector, ConnectorAccount] = {}

    @callback
    def watch(self, charger: Charger) -> None:
        """Account for a charger's connectors, also for those that it reports later."""

        @callback
        def add() -> None:
            for connector in charger.connectors.values():
                if connector not in self._accounts:
                    self._accounts[connector] = ConnectorAccount(
                        connector, self._sources, self._storage, self._cars
                    )

        add()
        charger.structure_changed.connect(add)

    @callback
    def supply_changed(self) -> None:
        """Take it that what supplies the chargers has changed."""
        chargers = self._central_system.chargers
        for connector in tuple(self._accounts):
            if chargers.get(connector.charger.identity) is not connector.charger:
                self._accounts.pop(connector).close()
        running = [each for each in self._accounts.values() if each.is_running]
        for account in running:
            account.read_supply()
        for account in running:
            account.flow()


class ConnectorAccount:
    """The account of the session that runs on a connector, and what all come to."""

    def __init__(
        self, connector: Connector, sources: Sources, storage: Storage, cars: Cars
    ) -> None:
        """Go on with what is kept; `cars` is shared by all connectors."""
        self._connector = connector
        self._identity = connector.charger.identity
        self._sources = sources
        self._storage = storage
        self._cars = cars
        self._totals = storage.totals(self._identity, connector.number)
        self._account: SessionAccount | None = None
        self._session_id: int | None = None
        self._place: str | None = None
        self._power = 0
        self._readings = SiteReadings()
        self._currency: str | None = None
        self._restore()
        values = connector.values
        values.listen(ConnectorValue.POWER, self._power_changed)
        values.listen(ConnectorValue.SESSION_ENERGY, self._energy_changed)
        values.listen(ConnectorValue.SESSION, self._session_changed)
        connector.sessions.changed.connect(self._settle)

    @property
    def is_running(self) -> bool:
        """Whether a session runs."""
        return self._account is not None

    def close(self) -> None:
        """Take it that the connector draws nothing any more: its charger is removed."""
        self._cars[self._place] -= self._power

    # What flows

    def read_supply(self) -> None:
        """Read what supplies the connector, and at which price."""
        self._readings = readings = self._sources.supply(self._identity)
        is_priced = (readings.import_price, readings.export_price) != (None, None)
        self._currency = (
            self._sources.currency_of(self._identity) if is_priced else None
        )
        self._cars[self._place] -= self._power
        self._place = self._sources.connection_of(self._identity)
        self._cars[self._place] += self._power

    def flow(self) -> None:
        """Take it that this flows from now on."""
        if self._account is not None:
            own = self._connector.readings.get(ConnectorValue.POWER)
            self._flow_to(self._account, own)

    def _flow_to(self, account: SessionAccount, own: float | None) -> None:
        account.flow(
            self._readings,
            cars=self._cars[self._place] / 1000,
            own=own,
            now=dt_util.utcnow(),
            currency=self._currency,
        )

    @callback
    def _power_changed(self) -> None:
        power = self._connector.readings.get(ConnectorValue.POWER) or 0.0
        before, self._power = self._power, round(power * 1000)
        self._cars[self._place] += self._power - before
        self.flow()

    # Sessions

    def _restore(self) -> None:
        """Go on with the session that runs, and count what is not in the totals yet."""
        sessions = self._connector.sessions
        last, running = sessions.last, sessions.running
        is_counted = running is not None and running.id == self._totals.session
        for session in (None if is_counted else last, running):
            if session is not None and (costs := session.settled_costs) is not None:
                self._totals.follow(session.id, costs)
        self.read_supply()
        self._power_changed()
        if running is not None:
            self._begin(running)
        shown = sessions.shown
        self._show(shown.settled_costs if shown else None)

    def _begin(self, session: Session) -> SessionAccount:
        is_late = session.start < dt_util.utcnow() - _LATE
        is_new = session.costs is None and session.register is None and not is_late
        self._session_id = session.id
        self._account = account = SessionAccount(session.costs, is_new=is_new)
        self.read_supply()
        self.flow()
        return account

    @callback
    def _energy_changed(self) -> None:
        """Account for a rise of the register by what flowed until now."""
        session, account = self._connector.sessions.shown, self._account
        if (
            account is not None
            and session is not None
            and session.id == self._session_id
            and session.energy is not None
        ):
            account.register(session.energy, dt_util.utcnow())
            self._take_over(session, account.costs)

    @callback
    def _session_changed(self) -> None:
        """Open an account for a session that begins to run, close that of one that ended."""
        running = self._connector.sessions.running
        if running is None or running.id != self._session_id:
            self._account = self._session_id = None
        if running is not None and self._account is None:
            account = self._begin(running)
            self._take_over(running, account.costs)

    @callback
    def _settle(self, change: SessionChange, session: Session) -> None:
        """Account for what is left of a session that ended, such as one told of late."""
        session = self._connector.sessions.newest(session)
        if change is SessionChange.ENDED and session.energy is not None:
            costs = session.costs
            if costs is None or costs.energy != round(session.energy * _MICRO):
                self.read_supply()
                account = SessionAccount(costs, is_new=False)
                self._flow_to(account, None)
                account.register(session.energy, dt_util.utcnow())
                self._take_over(session, account.costs)
            self._storage.totals_changed()

    # What it comes to

    def _take_over(self, session: Session, costs: SessionCosts) -> None:
        """Keep and show what a session costs."""
        sessions = self._connector.sessions
        if costs != session.costs:
            sessions.set_costs(session, costs)
        shown = sessions.shown
        if shown is not None and shown.id == session.id:
            self._totals.follow(session.id, costs, session.costs)
        else:
            self._totals.correct(costs, session.costs)
        self._show(shown.costs if shown else None)

    def _show(self, costs: SessionCosts | None) -> None:
        """Show what is known; where the energy comes from, if there is a choice of it."""
        known = _session_values(costs or SessionCosts()) | _total_values(self._totals)
        if self._readings.grid is None and not self._totals.solar:
            for name in (
                ConnectorValue.SESSION_SOLAR_SHARE,
                ConnectorValue.SOLAR_ENERGY,
            ):
                known[name] = None
        values = self._connector.values
        values.update(
            {
                name: value
                for name, value in known.items()
                if value is not None or name in values
            }
        )


def _session_values(costs: SessionCosts) -> dict[ConnectorValue, float | None]:
    """Return what a session comes to, as it is shown."""
    amount, share = costs.amount, costs.solar_share
    return {
        ConnectorValue.SESSION_COST: None if amount is None else float(amount),
        ConnectorValue.SESSION_SOLAR_SHARE: None
        if share is None
        else float(round(share)),
    }


def _total_values(totals: LifetimeTotals) -> dict[ConnectorValue, float | None]:
    """Return what all sessions of a connector come to, as it is shown."""
    return {
        ConnectorValue.CHARGING_COST: (
            None if totals.cost is None else round(totals.cost / _MICRO, 2)
        ),
        ConnectorValue.SOLAR_ENERGY: float(round(totals.solar / _MICRO)),
    }
