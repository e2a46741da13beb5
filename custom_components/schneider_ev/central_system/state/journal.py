"""The journal: every session by its transaction id, and the ids that were given.

What begins or ends a session is on disk before the charger is answered, so that neither
a session nor an id is lost however Home Assistant ends.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import time
from typing import Any

from .sessions import UNKNOWN_ID, Session

DEFAULT_RETENTION = timedelta(days=730)

MAX_ADOPTED = 100
"""How many sessions that are known only from their samples are kept when they are over."""

_MAX_ID = 2**31 - 1


class Journal:
    """Records sessions.

    `save` has what the journal holds on disk when it returns; `save_soon` sees to it
    within the minute.
    """

    def __init__(
        self,
        save: Callable[[], Awaitable[None]],
        save_soon: Callable[[], None],
    ) -> None:
        """Start with no session."""
        self._retention = DEFAULT_RETENTION
        self._save = save
        self._save_soon = save_soon
        self._last_id = 0
        self._sessions: dict[int, Session] = {}

    def __iter__(self) -> Iterator[Session]:
        """Iterate over all sessions, the oldest first."""
        return iter(sorted(self._sessions.values(), key=lambda session: session.start))

    def keep_for(self, retention: timedelta) -> None:
        """Keep sessions for so long after they ended."""
        self._retention = retention

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

    @property
    def free_id(self) -> int:
        """A transaction id that was never given: they follow the time."""
        free = self._last_id
        while True:
            free = max(free + 1, int(time.time())) % _MAX_ID or 1
            if free not in self._sessions:
                return free

    async def record(self, session: Session) -> None:
        """Record the beginning or the end of a session, on disk when this returns.

        Raises OSError where that is not possible: then nothing has changed.
        """
        before = self._sessions.get(session.id)
        if before is None:
            self._last_id = session.id
        self._sessions[session.id] = session
        try:
            await self._save()
        except OSError:
            if before is not None:
                self._sessions[session.id] = before
            else:
                self._sessions.pop(session.id, None)
            raise
        if session.stop is not None:
            self._purge()

    def adopt(self, session: Session) -> Session:
        """Record a session that is known only from its samples.

        One whose id did not reach the charger gets an id of ours. Of those that are
        over only the last ones are kept: a charger may invent any number of them.
        """
        if session.id == UNKNOWN_ID:
            self._last_id = self.free_id
            session = replace(session, id=self._last_id)
        elif 0 < session.id < _MAX_ID:
            self._last_id = max(self._last_id, session.id)
        self._sessions[session.id] = session
        adopted = [
            number
            for number, known in self._sessions.items()
            if known.meter_start is None and known.stop is not None
        ]
        for number in adopted[:-MAX_ADOPTED]:
            del self._sessions[number]
        self._save_soon()
        return session

    def update(self, session: Session) -> None:
        """Keep what changed of a session while it runs."""
        self._sessions[session.id] = session
        self._save_soon()

    def _purge(self) -> None:
        """Remove what ended longer ago than sessions are kept.

        Ids follow our clock: a session with a recent id is kept, whatever date the
        charger gave it.
        """
        oldest = datetime.now(UTC) - self._retention
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
            "sessions": [session.data() for session in self],
        }

    def restore(self, data: dict[str, Any]) -> None:
        """Take over what was kept."""
        self._last_id = data["last_id"]
        for kept in data["sessions"]:
            session = Session.restored(kept)
            self._sessions[session.id] = session
