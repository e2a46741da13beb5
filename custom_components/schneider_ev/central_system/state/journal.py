"""The journal: every session by its transaction id, and the ids that are given.

What begins or ends a session is on disk before the charger is answered, so that neither
a session nor an id is lost however Home Assistant ends.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
import logging
import time

from ..messages.payload import UNKNOWN_ID, Json
from .retention import RetentionClock
from .session_database import (
    MAX_ID,
    Selection,
    SessionDatabase,
    begin,
    drop,
    drop_adopted,
    end,
    find,
    find_signed,
    id_tags,
    keep_signed,
    select,
    update,
)
from .sessions import Session

_LOGGER = logging.getLogger(__name__)

DEFAULT_RETENTION = timedelta(days=730)

MAX_ADOPTED = 100
"""How many sessions that are known only from their samples are kept when they are over."""

SAVE_DELAY_S = 30.0
"""Seconds until what changed of a running session is written."""

_DROP_INTERVAL = timedelta(days=1)
_PAGE = 200
"""Sessions that are read at a time."""


class Journal:
    """Records sessions in a database, and holds those that are not over in memory."""

    def __init__(self, database: SessionDatabase) -> None:
        """Start with no session; `load` reads those that there are."""
        self.database = database
        self._retention = DEFAULT_RETENTION
        self._clock = RetentionClock(datetime.now(UTC))
        self._drop_at = datetime.min.replace(tzinfo=UTC)
        self._last_id = 0
        self._running: dict[int, Session] = {}
        self._last: dict[tuple[str, int], Session] = {}
        self._unsaved: dict[int, Session] = {}
        self._ending: dict[int, asyncio.Task[None]] = {}
        self._is_closed = False
        self._timer: asyncio.TimerHandle | None = None
        self._saving: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Read what there is. Raises NewerDatabaseError or OSError."""
        stored = await self.database.open()
        self._running = {session.id: session for session in stored.running}
        self._last = {(each.identity, each.connector): each for each in stored.last}
        self._last_id = stored.last_id
        if stored.trusted is not None and stored.last:
            self._clock = RetentionClock(stored.trusted)

    async def close(self) -> None:
        """Write what is left to write, and close the database.

        What changes from now on is not kept.
        """
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
        try:
            await self.save()
        except OSError as error:
            _LOGGER.error("The last readings of sessions are lost: %s", error)
        await self.database.close()

    def keep_for(self, retention: timedelta) -> None:
        """Keep sessions for so long after they ended."""
        self._retention = retention

    # What is known

    def not_over(self, identity: str, connector: int) -> list[Session]:
        """Return the sessions of a connector that are not over, the newest last.

        At most the newest can be running. The StopTransaction of the others is late, or
        lost.
        """
        return sorted(
            (
                each
                for each in self._running.values()
                if each.is_of(identity, connector)
            ),
            key=lambda session: session.age,
        )

    def running(self, identity: str, connector: int) -> Session | None:
        """Return the session that runs on a connector: none newer is over."""
        newest = next(reversed(self.not_over(identity, connector)), None)
        last = self.last(identity, connector)
        if newest is None or (last is not None and newest.age < last.age):
            return None
        return newest

    def last(self, identity: str, connector: int) -> Session | None:
        """Return the newest session of a connector that is over."""
        return self._last.get((identity, connector))

    async def get(self, transaction_id: int) -> Session | None:
        """Return the session of a transaction; wait for its end if that is written now.

        Raises OSError where the database cannot be read.
        """
        while True:
            if (ending := self._ending.get(transaction_id)) is not None:
                await asyncio.wait([ending])
            if (held := self._held(transaction_id)) is not None:
                return held
            found = await self.database.run(find(transaction_id))
            if transaction_id not in self._ending:
                return found

    async def id_tags(self) -> list[str]:
        """Return the idTags of all sessions. Raises OSError."""
        return await self.database.run(id_tags)

    async def signed_readings(
        self, sessions: Iterable[Session]
    ) -> Mapping[int, list[Json]]:
        """Return the signed readings of sessions by their ids. Raises OSError."""
        return await self.database.run(find_signed([each.id for each in sessions]))

    async def select(self, wanted: Selection) -> AsyncIterator[list[Session]]:
        """Yield the selected sessions in lists, the oldest first.

        Raises OSError where the database cannot be read.
        """
        after = None
        while page := await self.database.run(select(wanted, after, _PAGE)):
            after = page[-1]
            yield [self._held(each.id) or each for each in page]

    # What is recorded

    async def begin(self, session: Session) -> tuple[Session, bool]:
        """Record the beginning of a session, on disk when this returns.

        Return the session with its own id, or with one that was never given, and that
        it is new; or the session that the same StartTransaction began before. Raises
        OSError where that is not possible: the session has not begun then, or, after a
        TimeoutError, a repeated message finds it.
        """
        if session.id == UNKNOWN_ID:
            self._last_id = self._next_id
        work = begin(session, self._last_id, self._now)
        begun, is_new = await self.database.run(work)
        if begun.id < MAX_ID:
            self._last_id = max(self._last_id, begun.id)
        if is_new:
            self._hold(begun)
        elif begun.stop is None:
            begun = self._running.setdefault(begun.id, begun)
        return begun, is_new

    async def end(self, session: Session, signed: Sequence[Json] = ()) -> None:
        """Record the end of a session and signed readings, on disk when this returns.

        Raises OSError where that is not possible: then it is not over.
        """
        ending = asyncio.ensure_future(self._end(session, signed))
        self._ending[session.id] = ending
        try:
            await asyncio.shield(ending)
        finally:
            del self._ending[session.id]

    async def keep_signed(self, session: int, readings: Sequence[Json]) -> None:
        """Keep signed readings of a session, on disk when this returns.

        Raises OSError where that is not possible.
        """
        await self.database.run(keep_signed(session, readings))

    async def _end(self, session: Session, signed: Sequence[Json]) -> None:
        await self.database.run(end(session, self._now, signed))
        self._unsaved.pop(session.id, None)
        self._hold(session)
        await self._drop_old()

    def update(self, session: Session) -> None:
        """Keep what changed of a session, such as while it runs; it is written soon."""
        if session.id not in self._ending:
            self._hold(session)
            self._unsaved[session.id] = session
            self._save_soon()

    def _held(self, transaction_id: int) -> Session | None:
        """Return what is held in memory of a session: it is newer than on disk."""
        return self._unsaved.get(transaction_id) or self._running.get(transaction_id)

    def _hold(self, session: Session) -> None:
        """Hold in memory what is to be known at once."""
        if session.stop is None:
            self._running[session.id] = session
            return
        self._running.pop(session.id, None)
        connector = session.identity, session.connector
        last = self._last.get(connector)
        if last is None or last.id == session.id or last.age <= session.age:
            self._last[connector] = session

    @property
    def _next_id(self) -> int:
        """A transaction id that was never given: they follow the time."""
        now = int(time.time())
        following = self._last_id + 1
        if following >= MAX_ID:
            return 1
        return now if following < now < MAX_ID else following

    @property
    def _now(self) -> datetime:
        """The time at which something is written: not before the one that is trusted."""
        return max(datetime.now(UTC), self._clock.now())

    # What is written later

    def _save_soon(self) -> None:
        if self._timer is None and not self._is_closed:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(SAVE_DELAY_S, self._save_now)

    def _save_now(self) -> None:
        self._timer = None
        self._saving = asyncio.get_running_loop().create_task(self._try_to_save())

    async def _try_to_save(self) -> None:
        try:
            await self.save()
        except OSError as error:
            _LOGGER.debug("Readings of sessions are not written yet: %s", error)
            self._save_soon()

    async def save(self) -> None:
        """Write what changed. Raises OSError where that is not possible."""
        unsaved = dict(self._unsaved)
        if unsaved:
            await self.database.run(update(unsaved.values(), self._now))
            for number, session in unsaved.items():
                if self._unsaved.get(number) is session:
                    del self._unsaved[number]
        if any(each.is_adopted and each.stop for each in unsaved.values()):
            await self.database.run(drop_adopted(MAX_ADOPTED))

    async def _drop_old(self) -> None:
        """Once a day, drop what ended longer ago than sessions are kept."""
        now = self._clock.now()
        if now >= self._drop_at:
            with suppress(OSError):
                await self.database.run(drop(now - self._retention, now))
                self._drop_at = now + _DROP_INTERVAL
