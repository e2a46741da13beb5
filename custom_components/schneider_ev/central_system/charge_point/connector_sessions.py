"""The sessions of a connector: the one that runs, and the last one that is over."""

from datetime import UTC, datetime
from enum import StrEnum

from ..state.journal import Journal
from ..state.sessions import UNKNOWN_ID, Session
from ..values import ConnectorValue, ConnectorValues, Signal

_MAX_PLAUSIBLE_POWER_W = 400_000
"""More than any charger gives: a register that rises faster is a lifetime register."""

_PLAUSIBLE_START_WH = 1000.0


class SessionChange(StrEnum):
    """What happened to a session."""

    STARTED = "started"
    ENDED = "ended"


class ConnectorSessions:
    """Follows the sessions of one connector in the journal.

    `changed` tells of each session that starts or ends.
    """

    def __init__(
        self, identity: str, number: int, journal: Journal, values: ConnectorValues
    ) -> None:
        """Go on with what the journal holds."""
        self.running = journal.running(identity, number)
        self.last = journal.last(identity, number)
        self.changed = Signal[SessionChange, Session]()
        self._is_certain = False
        self._refused_id: int | None = None
        self._identity = identity
        self._number = number
        self._journal = journal
        self._values = values

    @property
    def shown(self) -> Session | None:
        """The session that runs, else the last one."""
        return self.running or self.last

    @property
    def running_id(self) -> int | None:
        """The transaction id of the session that runs."""
        return self.running.id if self.running else None

    def supersedes(self, session: Session) -> bool:
        """Tell whether a StartTransaction changes what is shown.

        One that is repeated, or delivered late behind a newer one, does not.
        """
        running = self.running
        return session.stop is None and (
            running is None or (running.id != session.id and running.age <= session.age)
        )

    @property
    def certain(self) -> Session | None:
        """The session that runs, if the charger has said so since it was offline.

        One whose badge was refused is only waiting for its end.
        """
        is_certain = self._is_certain and self.running_id != self._refused_id
        return self.running if is_certain else None

    def refuse(self, session: Session) -> None:
        """Note that the badge of a session was refused."""
        self._refused_id = session.id

    def confirm(self) -> None:
        """Note that the charger says that the session runs."""
        self._is_certain = True

    def doubt(self) -> None:
        """Note that nobody says any more whether the session runs."""
        self._is_certain = False

    def begin(self, session: Session) -> None:
        """Show a session that a StartTransaction began."""
        self._show(session)
        self.changed.send(SessionChange.STARTED, session)

    def end(self, session: Session) -> bool:
        """Take over the end of a session; tell whether it was the running one."""
        is_running = session.id == self.running_id
        if is_running:
            self.running = None
        self._ended(session)
        return is_running

    def assume_over(self, but: Session | None = None) -> bool:
        """End all sessions but one whose StopTransaction did not come; it still may.

        Return whether one was running.
        """
        ends = datetime.now(UTC)
        for session in self._journal.not_over(self._identity, self._number):
            if but is None or session.id != but.id:
                self._journal.update(session.assumed_over(ends))
        if self.running is None:
            return False
        session = self.running.assumed_over(ends)
        self.running = None
        self._ended(session)
        return True

    async def adopt(self, transaction_id: int, sampled_at: datetime) -> None:
        """Show a session that is known only from its samples, or was assumed over.

        Raises OSError where it cannot be looked up or recorded.
        """
        known = await self._journal.get(transaction_id)
        if known is None:
            start = min(sampled_at, datetime.now(UTC))
            session, _ = await self._journal.begin(
                Session(
                    id=transaction_id,
                    identity=self._identity,
                    connector=self._number,
                    start=start,
                )
            )
        elif self._is_own(known) and known.is_open_or_assumed_over:
            session = known.reopened()
            self._journal.update(session)
        else:
            return
        if self.running is None:
            self._show(session)

    def is_running(self, transaction_id: int) -> bool:
        """Tell whether samples with a transaction id are of the running session."""
        return self.running is not None and transaction_id in (
            self.running.id,
            UNKNOWN_ID,
        )

    def sample(self, register: float) -> None:
        """Take over a sample of the register for the running session."""
        if self.running is not None:
            self._is_certain = True
            session = self.running.sampled(register, self._plausible_energy)
            energy = session.energy
            if session is not self.running:
                self.running = session
                self._journal.update(session)
            self._values.set(ConnectorValue.SESSION_ENERGY, energy)

    def sample_late(self, transaction_id: int, register: float) -> None:
        """Take over a late sample for another session that is not over yet."""
        for session in self._journal.not_over(self._identity, self._number):
            if session.id == transaction_id:
                self._journal.update(session.sampled(register))

    def _show(self, session: Session) -> None:
        """Show a session that the journal holds as the running one."""
        self.running = session
        self._is_certain = True
        self._values.set(ConnectorValue.SESSION_ENERGY, session.energy)
        self._values.notify(ConnectorValue.SESSION)

    def _ended(self, session: Session) -> None:
        last = self.last
        if last is None or last.id == session.id or last.age <= session.age:
            self.last = last = session
        shown = self.running or last
        self._values.set(ConnectorValue.SESSION_ENERGY, shown.energy)
        self._values.notify(ConnectorValue.SESSION)
        self.changed.send(SessionChange.ENDED, session)

    def _is_own(self, session: Session) -> bool:
        return session.is_of(self._identity, self._number)

    @property
    def _plausible_energy(self) -> float:
        """The energy in Wh that the running session can have charged by now."""
        if self.running is None:
            return 0.0
        hours = (datetime.now(UTC) - self.running.start).total_seconds() / 3600
        return _PLAUSIBLE_START_WH + _MAX_PLAUSIBLE_POWER_W * max(hours, 0.0)
