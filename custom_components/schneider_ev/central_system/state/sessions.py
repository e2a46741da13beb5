"""Sessions: what OCPP calls transactions and an owner is billed by.

The journal holds every session by its transaction id. What begins or ends one is on
disk before the charger hears of it, so that neither a session nor an id is lost however
Home Assistant ends.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import time
from typing import Any

from ..messages.enums import OcppState

_LARGEST_ID = 2**31 - 1
_MOST_ADOPTED = 100


class StopReason(OcppState):
    """Why a session ended (OCPP Reason)."""

    DE_AUTHORIZED = "de_authorized"
    EMERGENCY_STOP = "emergency_stop"
    EV_DISCONNECTED = "ev_disconnected"
    HARD_RESET = "hard_reset"
    LOCAL = "local"
    OTHER = "other"
    POWER_LOSS = "power_loss"
    REBOOT = "reboot"
    REMOTE = "remote"
    SOFT_RESET = "soft_reset"
    UNLOCK_COMMAND = "unlock_command"

    @classmethod
    def of(cls, session: Session | None) -> StopReason | None:
        """Return why a session ended, None where that is not known."""
        if session is None or session.reason is None:
            return None
        return cls.parse(session.reason) or cls.OTHER


UNKNOWN_ID = -1
"""What a charger calls a transaction whose id never reached it (errata 3.18)."""

DEFAULT_RETENTION = timedelta(days=730)

_WRONG_CLOCK = timedelta(days=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One charging session of a connector; energies and registers are in Wh.

    `base` is the register at its start and `register` the newest one that is known.
    `is_assumed` says that nobody told of its end: it was found to be over.
    """

    id: int
    identity: str
    connector: int
    start: datetime
    id_tag: str | None = None
    meter_start: int | None = None
    base: float | None = None
    register: float | None = None
    stop: datetime | None = None
    meter_stop: int | None = None
    reason: str | None = None
    is_assumed: bool = False

    @property
    def energy(self) -> float | None:
        """The energy charged so far, None where nothing is known of it."""
        if self.base is None or self.register is None:
            return None
        return max(self.register - self.base, 0.0)

    @property
    def age(self) -> tuple[datetime, int]:
        """What sessions are sorted by, the newest last.

        One that is yet to come was dated by a wrong clock: it hides none with a date.
        """
        is_to_come = self.start > datetime.now(UTC) + _WRONG_CLOCK
        return (_LONG_AGO if is_to_come else self.start, self.id)

    def is_of(self, identity: str, connector: int) -> bool:
        """Tell whether it is a session of a connector."""
        return (self.identity, self.connector) == (identity, connector)

    def is_same_start(self, other: Session) -> bool:
        """Tell whether another session was begun by the same StartTransaction."""
        return self._origin == other._origin

    @property
    def _origin(self) -> tuple[Any, ...]:
        return (
            self.identity,
            self.connector,
            self.id_tag,
            self.start,
            self.meter_start,
        )

    @property
    def may_go_on(self) -> bool:
        """Whether it runs, or was only assumed to be over."""
        return self.stop is None or self.is_assumed

    def sampled(self, register: float, plausible: float | None = None) -> Session:
        """Return the session after a sample of the energy register.

        A register that falls did not fall. One that leaps from a start of 0 to more
        than is `plausible` by then counts for a lifetime: the session began where it
        was first seen.
        """
        if self.base is None:
            return replace(self, base=register, register=register)
        if self.register is not None and register < self.register:
            return self
        if (
            self.meter_start == 0
            and self.base == 0
            and not self.register
            and plausible is not None
            and register > plausible
        ):
            return replace(self, base=register, register=register)
        return replace(self, register=register)

    def stopped(self, stop: datetime, meter_stop: int, reason: str) -> Session:
        """Return the session after its StopTransaction."""
        ended = self if meter_stop <= 0 else self.sampled(float(meter_stop))
        return replace(
            ended,
            stop=max(stop, self.start),
            meter_stop=meter_stop,
            reason=reason,
            is_assumed=False,
        )

    def assumed_over(self, stop: datetime) -> Session:
        """Return the session as one that is over, though nobody said so."""
        return replace(self, stop=max(stop, self.start), is_assumed=True)


class Journal:
    """All sessions, and the ids that were given.

    `save` has what the journal holds on disk when it returns; `save_soon` sees to it
    within the minute.
    """

    def __init__(
        self,
        save: Callable[[], Awaitable[None]],
        save_soon: Callable[[], None],
    ) -> None:
        """Start with no session."""
        self.retention = DEFAULT_RETENTION
        self._save = save
        self._save_soon = save_soon
        self._last_id = 0
        self._sessions: dict[int, Session] = {}

    def __iter__(self) -> Iterator[Session]:
        """Iterate over all sessions, the oldest first."""
        return iter(sorted(self._sessions.values(), key=lambda session: session.start))

    def get(self, transaction_id: int) -> Session | None:
        """Return the session of a transaction."""
        return self._sessions.get(transaction_id)

    def last(self, identity: str, connector: int) -> Session | None:
        """Return the newest session of a connector that is over."""
        ended = (
            session
            for session in self._sessions.values()
            if session.stop is not None and session.is_of(identity, connector)
        )
        return max(ended, key=lambda session: session.age, default=None)

    def running(self, identity: str, connector: int) -> Session | None:
        """Return the newest session of a connector that is not over."""
        running = (
            session
            for session in self._sessions.values()
            if session.stop is None and session.is_of(identity, connector)
        )
        return max(running, key=lambda session: session.age, default=None)

    def begun_by(self, session: Session) -> Session | None:
        """Return the session that the same StartTransaction began before."""
        return next(
            (
                known
                for known in self._sessions.values()
                if known.is_same_start(session)
            ),
            None,
        )

    async def begin(self, session: Session) -> Session:
        """Record a session that a StartTransaction begins, and give it its id.

        A StartTransaction that is repeated begins nothing: the session that it began
        the first time is returned. When this returns it is on disk. Raises OSError
        where it cannot be recorded: then nothing has begun.
        """
        if (known := self.begun_by(session)) is not None:
            return known
        start = session.meter_start
        begun = replace(
            session,
            id=self._next_id(),
            base=None if start is None or start < 0 else float(start),
        )
        self._sessions[begun.id] = begun
        try:
            await self._save()
        except OSError:
            del self._sessions[begun.id]
            raise
        return begun

    def adopt(self, session: Session) -> Session:
        """Record a session that is known only from its samples.

        One whose id did not reach the charger gets an id of ours. Of those that are
        over only the last ones are kept: a charger may invent as many as it likes.
        """
        if session.id == UNKNOWN_ID:
            session = replace(session, id=self._next_id())
        elif 0 < session.id < _LARGEST_ID:
            self._last_id = max(self._last_id, session.id)
        self._sessions[session.id] = session
        adopted = [
            number
            for number, known in self._sessions.items()
            if known.meter_start is None and known.stop is not None
        ]
        for number in adopted[:-_MOST_ADOPTED]:
            del self._sessions[number]
        self._save_soon()
        return session

    def _next_id(self) -> int:
        """Return an id that was never given: time goes on, and so do they."""
        while True:
            self._last_id = max(self._last_id + 1, int(time.time())) % _LARGEST_ID or 1
            if self._last_id not in self._sessions:
                return self._last_id

    def update(self, session: Session) -> None:
        """Keep what changed of a session while it runs."""
        self._sessions[session.id] = session
        self._save_soon()

    async def end(self, session: Session) -> None:
        """Record the end of a session. When this returns it is on disk.

        Raises OSError where it cannot be recorded: then it has not ended.
        """
        before = self._sessions.get(session.id)
        self._sessions[session.id] = session
        self._purge()
        try:
            await self._save()
        except OSError:
            if before is not None:
                self._sessions[session.id] = before
            raise

    def _purge(self) -> None:
        """Forget what ended long ago.

        Ids follow our clock: one that is young is kept, whatever the charger's says.
        """
        oldest = datetime.now(UTC) - self.retention
        self._sessions = {
            number: session
            for number, session in self._sessions.items()
            if session.stop is None
            or session.stop > oldest
            or session.id > oldest.timestamp()
        }

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON."""
        return {
            "last_id": self._last_id,
            "sessions": [_session_data(session) for session in self],
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Take over what was kept."""
        self._last_id = data["last_id"]
        for kept in data["sessions"]:
            session = _session(kept)
            self._sessions[session.id] = session


def _session_data(session: Session) -> dict[str, Any]:
    return {
        "transaction_id": session.id,
        "identity": session.identity,
        "connector": session.connector,
        "id_tag": session.id_tag,
        "start": session.start.isoformat(),
        "meter_start": session.meter_start,
        "base": session.base,
        "register": session.register,
        "stop": session.stop and session.stop.isoformat(),
        "meter_stop": session.meter_stop,
        "reason": session.reason,
        "is_assumed": session.is_assumed,
    }


def _session(data: dict[str, Any]) -> Session:
    stop = data["stop"]
    return Session(
        id=data["transaction_id"],
        identity=data["identity"],
        connector=data["connector"],
        id_tag=data["id_tag"],
        start=datetime.fromisoformat(data["start"]),
        meter_start=data["meter_start"],
        base=data["base"],
        register=data["register"],
        stop=stop and datetime.fromisoformat(stop),
        meter_stop=data["meter_stop"],
        reason=data["reason"],
        is_assumed=data["is_assumed"],
    )
