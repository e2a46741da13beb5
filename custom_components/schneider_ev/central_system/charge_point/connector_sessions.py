"""The sessions of a connector: the one that runs, and the last one that is over."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeGuard

from ..messages.payload import UNKNOWN_ID, Json
from ..state.journal import Journal
from ..state.sessions import Session, SessionCosts
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

    `changed` tells of each session that starts or ends. `called` is the id by which the
    charger's samples call the one that runs, None while none has come. `left_over` is
    the last one that is over, where its samples count it alone: they may go on.
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
        self.called: int | None = None
        self._alias: int | None = None
        self.left_over = self.last if _counts_alone(self.last) else None
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

    async def recognise(
        self, transaction_id: int, sampled_at: Callable[[], datetime]
    ) -> None:
        """Find out whether the charger calls the running session by an id of its own.

        It does if nobody gave that id and the sample is not older than the session.
        Raises OSError where the id cannot be looked up.
        """
        if (running := self.running) is None:
            return
        known = await self._journal.get(transaction_id)
        if (
            known is None
            and self.running_id == running.id
            and sampled_at() >= running.start
        ):
            self._alias = transaction_id

    async def keep_signed(
        self, transaction_id: int | None, readings: Sequence[Json]
    ) -> None:
        """Keep signed readings of a transaction, on disk when this returns.

        Those of none are of the session that runs. Raises OSError where that is not
        possible.
        """
        if not transaction_id or self.is_running(transaction_id):
            session = self.running
        else:
            known = await self._journal.get(transaction_id)
            session = known if known and self._is_own(known) else None
        if session is not None:
            await self._journal.keep_signed(session.id, readings)

    def is_running(self, transaction_id: int) -> bool:
        """Tell whether samples with a transaction id are of the running session."""
        return self.running is not None and transaction_id in (
            self.running.id,
            UNKNOWN_ID,
            self._alias,
        )

    def sample(
        self,
        register: float,
        transaction_id: int | None = None,
        meter: float | None = None,
    ) -> None:
        """Take over a sample of the register for the running session.

        `meter` is what the meter was shown to be before.
        """
        if self.running is not None:
            self._is_certain = True
            self.called = transaction_id or self.called
            if self.running.register:
                session = self.running.sampled(register)
            else:
                plausible = _plausible_energy(self.running)
                session = self.running.sampled(register, plausible, self._meter(meter))
            energy = session.energy
            if session is not self.running:
                self.running = session
                self._journal.update(session)
            self._values.set(ConnectorValue.SESSION_ENERGY, energy)

    def sample_late(self, transaction_id: int, register: float) -> None:
        """Take over a late sample for another session that is not over yet."""
        for session in self._journal.not_over(self._identity, self._number):
            if session.id == transaction_id:
                plausible = _plausible_energy(session)
                self._journal.update(session.sampled(register, plausible))

    def set_costs(self, session: Session, costs: SessionCosts) -> None:
        """Keep what a session costs, be it the one that is shown or not."""
        if self.running is not None and self.running.id == session.id:
            self.running = costed = replace(self.running, costs=costs)
        elif self.last is not None and self.last.id == session.id:
            self.last = costed = replace(self.last, costs=costs)
        else:
            costed = replace(session, costs=costs)
        self._journal.update(costed)

    def newest(self, session: Session) -> Session:
        """Return a session with what is known of it now."""
        held = (self.running, self.last)
        return next((each for each in held if each and each.id == session.id), session)

    def _show(self, session: Session) -> None:
        """Show a session that the journal holds as the running one."""
        self.running = session
        self._is_certain = True
        self.called = self._alias = None
        self._values.set(ConnectorValue.SESSION_ENERGY, session.energy)
        self._values.notify(ConnectorValue.SESSION)

    def _ended(self, session: Session) -> None:
        last = self.last
        if last is None or last.id == session.id or last.age <= session.age:
            self.last = last = session
            self.left_over = session if _counts_alone(session) else None
        shown = self.running or last
        self._values.set(ConnectorValue.SESSION_ENERGY, shown.energy)
        self._values.notify(ConnectorValue.SESSION)
        self.changed.send(SessionChange.ENDED, session)

    def _is_own(self, session: Session) -> bool:
        return session.is_of(self._identity, self._number)

    def _meter(self, shown: float | None) -> float | None:
        """Return what the meter shows, None where nothing tells."""
        return shown or (self.left_over.meter_reading if self.left_over else None)


def _counts_alone(session: Session | None) -> TypeGuard[Session]:
    """Tell whether the samples of a session are not what the meter shows."""
    return session is not None and session.meter_offset > 0


def _plausible_energy(session: Session) -> float:
    """Return the energy in Wh that a session can have charged by now."""
    hours = (datetime.now(UTC) - session.start).total_seconds() / 3600
    return _PLAUSIBLE_START_WH + _MAX_PLAUSIBLE_POWER_W * max(hours, 0.0)
