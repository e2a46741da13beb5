"""The database of sessions: an SQLite file, read and written in a thread of its own.

A write is on the medium when it returns: the write-ahead log is synced with each one.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
import logging
import os
from pathlib import Path
from queue import SimpleQueue
import sqlite3
from typing import Any, Final

from ..messages.payload import UNKNOWN_ID, Json
from ..values import Signal
from . import signed_readings
from .sessions import MAX_START_AHEAD, Session, SessionCosts

_LOGGER = logging.getLogger(__name__)

TIMEOUT_S = 25.0
"""Seconds after which a write counts as failed; chargers wait for 30 s and more."""

MAX_ID = 2**31 - 1
"""Transaction ids are below this."""

_VERSION = 3
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FOREVER = 2**63 - 1
_COLUMNS: Final = (
    "id",
    "identity",
    "connector",
    "start",
    "id_tag",
    "meter_start",
    "base",
    "register",
    "stop",
    "meter_stop",
    "reason",
    "is_assumed",
    "meter_offset",
)
"""What is kept of a session itself; what it costs comes after it."""

_COSTS: Final = (
    "energy_solar",
    "energy_battery",
    "energy_grid",
    "cost",
    "currency",
    "is_estimated",
)
"""Columns of `SessionCosts`, in its units; all are NULL where nothing is known."""

_TIMES: Final = frozenset({"start", "stop"})

# Small pages: what is written for a session is whole pages.
_SETTINGS = """
PRAGMA page_size = 1024;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
"""
_COST_COLUMNS: Final = """
ALTER TABLE session ADD COLUMN energy_solar INTEGER;
ALTER TABLE session ADD COLUMN energy_battery INTEGER;
ALTER TABLE session ADD COLUMN energy_grid INTEGER;
ALTER TABLE session ADD COLUMN cost INTEGER;
ALTER TABLE session ADD COLUMN currency TEXT;
ALTER TABLE session ADD COLUMN is_estimated INTEGER;
"""
_SCHEMA = f"""
BEGIN;
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    identity TEXT NOT NULL,
    connector INTEGER NOT NULL,
    start INTEGER NOT NULL,
    id_tag TEXT,
    meter_start INTEGER,
    base REAL,
    register REAL,
    stop INTEGER,
    meter_stop INTEGER,
    reason TEXT,
    is_assumed INTEGER NOT NULL,
    written INTEGER NOT NULL,
    meter_offset REAL NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX session_of_connector ON session (identity, connector, start);
CREATE INDEX session_by_start ON session (start, id);
CREATE INDEX running_session ON session (id) WHERE stop IS NULL;
CREATE INDEX adopted_session ON session (id) WHERE meter_start IS NULL;
{_COST_COLUMNS}
CREATE TABLE clock (trusted INTEGER NOT NULL) STRICT;
{signed_readings.SCHEMA}
PRAGMA user_version = {_VERSION};
COMMIT;
"""
_MIGRATIONS: Final = {
    1: f"""
BEGIN;
ALTER TABLE session ADD COLUMN meter_offset REAL NOT NULL DEFAULT 0;
{signed_readings.SCHEMA}
PRAGMA user_version = 2;
COMMIT;
""",
    2: f"""
BEGIN;
{_COST_COLUMNS}
PRAGMA user_version = 3;
COMMIT;
""",
}
"""What makes a file of each older version one of the next."""

_ALL_COLUMNS: Final = (*_COLUMNS, *_COSTS)
_SELECT = f"SELECT {', '.join(_ALL_COLUMNS)} FROM session"  # noqa: S608
_INSERT = (
    f"INTO session ({', '.join(_ALL_COLUMNS)}, written)"
    f" VALUES ({', '.join('?' * (len(_ALL_COLUMNS) + 1))})"
)
_CHANGES: Final = (
    "base",
    "register",
    "stop",
    "meter_stop",
    "reason",
    "is_assumed",
    "meter_offset",
    *_COSTS,
    "written",
)
"""What changes of a session; the rest is left alone, with its indices."""

_PUT = (
    f"INSERT {_INSERT} ON CONFLICT (id) DO UPDATE SET"
    f" {', '.join(f'{name} = excluded.{name}' for name in _CHANGES)}"
)
_CORRECT = (
    f"UPDATE session SET {', '.join(f'{name} = ?' for name in _COSTS)}"  # noqa: S608
    " WHERE id = ?"
)

type Work[ResultT] = Callable[[sqlite3.Connection], ResultT]


class DamagedError(sqlite3.DatabaseError):
    """The check of the file failed."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


class NewerDatabaseError(Exception):
    """The file was written by a newer version."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """What a database holds at the start.

    `last` are the newest sessions of the connectors that are over, `trusted` is the
    time by which sessions were dropped last.
    """

    running: list[Session]
    last: list[Session]
    last_id: int
    trusted: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Selects sessions by their start, charger, connector and id; None is any."""

    begin: datetime | None = None
    end: datetime | None = None
    identity: str | None = None
    connector: int | None = None
    transaction_id: int | None = None


class Task[ResultT]:
    """A piece of work that waits for its turn, and what became of it."""

    def __init__(self, work: Work[ResultT]) -> None:
        """Wait to be done."""
        self.future = Future[ResultT]()
        self.future.set_running_or_notify_cancel()
        self.error: Exception | None = None
        self._work = work
        self._results: list[ResultT] = []

    def do(self, connection: sqlite3.Connection) -> None:
        """Do the work; a failure is kept. Raises DatabaseError if the file is damaged."""
        self.error = None
        try:
            self._results = [self._work(connection)]
        except sqlite3.Error as error:
            if _is_damaged(error) or not connection.in_transaction:
                raise
            self.fail(OSError(str(error)))
        except Exception as error:  # noqa: BLE001 - it is who waits that handles it
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """Take the work for not done."""
        self.error = error

    def finish(self) -> None:
        """Tell who waits, now that the transaction is over."""
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self._results[0])


class SessionDatabase:
    """Does one piece of work after the other, those that wait as one transaction.

    So what is asked about a session waits for what is being written of it. `failed`
    tells why a piece of work was not done, and None when one is done again. A damaged
    file is renamed, and an empty one takes its place; `set_aside` is the newest such
    file.
    """

    def __init__(self, path: Path) -> None:
        """Prepare to open a file."""
        self.path = path
        self.set_aside: Path | None = None
        self.failed = Signal[OSError | None]()
        self._has_failed = False
        self._is_closed = False
        self._connection: sqlite3.Connection | None = None
        self._waiting = SimpleQueue[Task[Any]]()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="schneider_ev_sessions")

    async def open(self) -> Stored:
        """Open the file, or make it; return what it holds.

        Raises NewerDatabaseError, and OSError where it cannot be read or made.
        """
        return await self.run(_stored)

    async def run[ResultT](self, work: Work[ResultT]) -> ResultT:
        """Do a piece of work in the thread.

        Raises OSError where it fails, or the file is closed; then nothing has changed.
        Raises TimeoutError, an OSError as well, where it takes too long; then it is
        still done later.
        """
        if self._is_closed:
            raise OSError("the file is closed")
        task = Task(work)
        self._waiting.put(task)
        self._thread.submit(self._work_off)
        return await self._done(task.future)

    async def hold_still(self) -> None:
        """Let the file itself not change any more: what is written is in its log.

        So a copy of both is whole, however long it takes. Raises OSError.
        """
        await self._done(self._thread.submit(self._in_thread, _hold_still))

    async def go_on(self) -> None:
        """Let the file change again. Raises OSError."""
        await self._done(self._thread.submit(self._in_thread, _go_on))

    async def close(self) -> None:
        """Finish what is to be done, and close the file."""
        if not self._is_closed:
            self._is_closed = True
            closing = self._thread.submit(self._close)
            self._thread.shutdown(wait=False)
            await asyncio.wait([asyncio.wrap_future(closing)], timeout=TIMEOUT_S)
            self._thread.shutdown(wait=closing.done())

    async def _done[ResultT](self, future: Future[ResultT]) -> ResultT:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                result = await asyncio.shield(asyncio.wrap_future(future))
        except OSError as error:
            self._has_failed = True
            self.failed.send(error)
            raise
        if self._has_failed:
            self._has_failed = False
            self.failed.send(None)
        return result

    # In the thread

    def _work_off(self) -> None:
        """Do all the work that is waiting as one transaction, with one sync.

        If that fails, each piece of work is done alone: one of them may be the reason.
        """
        tasks: list[Task[Any]] = []
        while not self._waiting.empty():
            tasks.append(self._waiting.get())
        if tasks and not self._is_done(tasks) and len(tasks) > 1:
            for task in tasks:
                self._is_done([task])
        for task in tasks:
            task.finish()

    def _is_done(self, tasks: list[Task[Any]]) -> bool:
        try:
            self._in_thread(partial(_transaction, tasks))
        except Exception as error:  # noqa: BLE001 - it is who waits that handles it
            for task in tasks:
                task.fail(error)
            return False
        return True

    def _in_thread[ResultT](self, work: Work[ResultT]) -> ResultT:
        try:
            if self._connection is None:
                self._connection = self._opened()
            return work(self._connection)
        except sqlite3.Error as error:
            if _is_damaged(error):
                self._put_aside()
            raise OSError(str(error)) from error

    def _opened(self) -> sqlite3.Connection:
        """Open the file; one that is damaged is set aside."""
        aside = self.path.parent.glob(f"{self.path.name}.damaged-*[0-9]")
        self.set_aside = max(aside, default=None)
        try:
            return self._open_file()
        except sqlite3.Error as error:
            if not _is_damaged(error):
                raise
        self._put_aside()
        return self._open_file()

    def _open_file(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _put_aside(self) -> None:
        """Rename a damaged file and its log, so that somebody may repair them."""
        self._close()
        moment = datetime.now(UTC).strftime("%Y%m%d%H%M%S%f")
        self.set_aside = self.path.with_name(f"{self.path.name}.damaged-{moment}")
        for suffix in ("-wal", ""):
            file = self.path.with_name(f"{self.path.name}{suffix}")
            if file.exists():
                file.rename(self.path.with_name(f"{self.set_aside.name}{suffix}"))
        _LOGGER.error("The file of sessions is damaged: %s", self.set_aside)

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def put(sessions: Iterable[Session], written: datetime) -> Work[None]:
    """Return the work of writing sessions, new ones or what is known of old ones."""

    def work(connection: sqlite3.Connection) -> None:
        connection.executemany(
            _PUT, [(*_row(session), _number(written)) for session in sessions]
        )

    return work


def update(sessions: Iterable[Session], written: datetime) -> Work[None]:
    """Return the work of writing what changed of sessions.

    Of those that have ended it is what they cost, if they are still kept.
    """
    over = [each for each in sessions if not each.is_open_or_assumed_over]
    others = [each for each in sessions if each.is_open_or_assumed_over]

    def work(connection: sqlite3.Connection) -> None:
        put(others, written)(connection)
        connection.executemany(
            _CORRECT, [(*_costs(session), session.id) for session in over]
        )

    return work


def end(session: Session, written: datetime, signed: Sequence[Json]) -> Work[None]:
    """Return the work of writing the end of a session, with its signed readings."""

    def work(connection: sqlite3.Connection) -> None:
        put([session], written)(connection)
        if signed:
            signed_readings.keep(connection, session.id, signed, ends=True)

    return work


def keep_signed(session: int, readings: Sequence[Json]) -> Work[None]:
    """Return the work of keeping signed readings of a session that runs."""
    return lambda connection: signed_readings.keep(connection, session, readings)


def find_signed(sessions: Sequence[int]) -> Work[Mapping[int, list[Json]]]:
    """Return the work of finding the signed readings of sessions."""
    return lambda connection: signed_readings.find(connection, sessions)


def take_over(sessions: Iterable[Session], now: datetime) -> Work[None]:
    """Return the work of taking over sessions of an older version, once.

    They are kept for as long as if they had been written when they ended.
    """

    def written(session: Session) -> datetime:
        given = datetime.fromtimestamp(max(0, min(session.id, MAX_ID)), UTC)
        return min(max(session.stop or given, given), now)

    def work(connection: sqlite3.Connection) -> None:
        rows = [(*_row(session), _number(written(session))) for session in sessions]
        connection.executemany(f"INSERT OR IGNORE {_INSERT}", rows)
        newest = max((written(session) for session in sessions), default=now)
        connection.execute("INSERT INTO clock VALUES (?)", (_number(newest),))

    return work


def begin(
    session: Session, free_id: int, written: datetime
) -> Work[tuple[Session, bool]]:
    """Return the work of beginning a session.

    The result is the session that the same StartTransaction began before; else the
    session with its own id, or with the first free one from `free_id` on, and that it
    is new.
    """

    def work(connection: sqlite3.Connection) -> tuple[Session, bool]:
        known = _begun_by(connection, session)
        if known is not None and not session.is_adopted:
            return known, False
        begun = session
        if session.id == UNKNOWN_ID:
            begun = replace(session, id=_free_id(connection, free_id))
        connection.execute(_PUT, (*_row(begun), _number(written)))
        return begun, True

    return work


def find(transaction_id: int) -> Work[Session | None]:
    """Return the work of finding the session of a transaction."""

    def work(connection: sqlite3.Connection) -> Session | None:
        query = f"{_SELECT} WHERE id = ?"
        return _first(connection.execute(query, (transaction_id,)))

    return work


def select(
    wanted: Selection, after: Session | None = None, limit: int = -1
) -> Work[list[Session]]:
    """Return the work of selecting sessions, the oldest first.

    At most `limit` of those that come `after` another one.
    """
    conditions: list[str] = []
    values: list[object] = []
    for condition, value in (
        ("start >= ?", wanted.begin and _number(wanted.begin)),
        ("start < ?", wanted.end and _number(wanted.end)),
        ("identity = ?", wanted.identity),
        ("connector = ?", wanted.connector),
        ("id = ?", wanted.transaction_id),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if after is not None:
        conditions.append("(start, id) > (?, ?)")
        values += [_number(after.start), after.id]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    query = f"{_SELECT}{where} ORDER BY start, id LIMIT ?"

    def work(connection: sqlite3.Connection) -> list[Session]:
        return [_session(row) for row in connection.execute(query, (*values, limit))]

    return work


def drop(before: datetime, trusted: datetime) -> Work[None]:
    """Return the work of dropping sessions that were over, and written, `before`."""

    def work(connection: sqlite3.Connection) -> None:
        connection.execute(
            "DELETE FROM session WHERE stop IS NOT NULL AND written < ?",
            (_number(before),),
        )
        connection.execute("DELETE FROM clock")
        connection.execute("INSERT INTO clock VALUES (?)", (_number(trusted),))

    return work


def drop_adopted(keep: int) -> Work[None]:
    """Return the work of dropping sessions that are over and that nobody began.

    The last ones are kept: as many as `keep` says.
    """

    def work(connection: sqlite3.Connection) -> None:
        connection.execute(
            "DELETE FROM session WHERE id IN (SELECT id FROM session"
            " WHERE meter_start IS NULL AND stop IS NOT NULL"
            " ORDER BY written DESC, id DESC LIMIT -1 OFFSET ?)",
            (keep,),
        )

    return work


def id_tags(connection: sqlite3.Connection) -> list[str]:
    """Return the idTags of all sessions, each once."""
    query = "SELECT DISTINCT id_tag FROM session WHERE id_tag IS NOT NULL"
    return [id_tag for (id_tag,) in connection.execute(query)]


def _prepare(connection: sqlite3.Connection) -> None:
    """Set up a connection, check its file, and make its tables if it is new."""
    connection.executescript(_SETTINGS)
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise NewerDatabaseError
    if version == 0:
        connection.executescript(_SCHEMA)
    elif connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise DamagedError
    else:
        for older in range(version, _VERSION):
            connection.executescript(_MIGRATIONS[older])


def _transaction(tasks: list[Task[Any]], connection: sqlite3.Connection) -> None:
    """Do several pieces of work; one that fails does not keep the others from it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for task in tasks:
            connection.execute("SAVEPOINT task")
            task.do(connection)
            if task.error is not None:
                connection.execute("ROLLBACK TO task")
            connection.execute("RELEASE task")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _hold_still(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("PRAGMA wal_autocheckpoint = 0")


def _go_on(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA wal_autocheckpoint = 1000")


def _stored(connection: sqlite3.Connection) -> Stored:
    (last_id,) = connection.execute(
        "SELECT max(id) FROM session WHERE id < ?", (MAX_ID,)
    ).fetchone()
    (trusted,) = connection.execute("SELECT max(trusted) FROM clock").fetchone()
    return Stored(
        running=_all(connection, f"{_SELECT} WHERE stop IS NULL"),
        last=_last(connection),
        last_id=max(last_id or 0, 0),
        trusted=None if trusted is None else _time(trusted),
    )


def _last(connection: sqlite3.Connection) -> list[Session]:
    """Return the newest session of each connector that is over.

    One that was dated by a wrong clock, in the future, comes only where there is no
    other.
    """
    soon = _number(datetime.now(UTC) + MAX_START_AHEAD)
    query = (
        f"{_SELECT} WHERE identity = ? AND connector = ? AND stop IS NOT NULL"
        " AND start <= ? ORDER BY start DESC, id DESC LIMIT 1"
    )

    def last(connector: tuple[str, int]) -> Session | None:
        until_soon, ever = (
            _first(connection.execute(query, (*connector, until)))
            for until in (soon, _FOREVER)
        )
        return until_soon or ever

    connectors = connection.execute("SELECT DISTINCT identity, connector FROM session")
    found = (last(connector) for connector in connectors.fetchall())
    return [session for session in found if session is not None]


def _begun_by(connection: sqlite3.Connection, session: Session) -> Session | None:
    query = (
        f"{_SELECT} WHERE identity = ? AND connector = ? AND start = ?"
        " AND id_tag IS ? COLLATE NOCASE AND meter_start IS ?"
    )
    return _first(
        connection.execute(
            query,
            (
                session.identity,
                session.connector,
                _number(session.start),
                session.id_tag,
                session.meter_start,
            ),
        )
    )


def _free_id(connection: sqlite3.Connection, first: int) -> int:
    """Return the first transaction id from `first` on that no session has."""
    free = first
    while connection.execute("SELECT 1 FROM session WHERE id = ?", (free,)).fetchone():
        free = free + 1 if free + 1 < MAX_ID else 1
    return free


def _all(connection: sqlite3.Connection, query: str) -> list[Session]:
    return [_session(row) for row in connection.execute(query)]


def _first(rows: Iterable[tuple[Any, ...]]) -> Session | None:
    return next((_session(row) for row in rows), None)


def _row(session: Session) -> tuple[Any, ...]:
    own = (getattr(session, column) for column in _COLUMNS)
    return tuple(
        _number(value) if isinstance(value, datetime) else value
        for value in (*own, *_costs(session))
    )


def _costs(session: Session) -> tuple[Any, ...]:
    return tuple(getattr(session.costs, column, None) for column in _COSTS)


def _session(row: tuple[Any, ...]) -> Session:
    values = dict(zip(_ALL_COLUMNS, row, strict=True))
    for name in _TIMES:
        if values[name] is not None:
            values[name] = _time(values[name])
    values["is_assumed"] = bool(values["is_assumed"])
    costs = {name: values.pop(name) for name in _COSTS}
    if costs["is_estimated"] is not None:
        costs["is_estimated"] = bool(costs["is_estimated"])
        values["costs"] = SessionCosts(**costs)
    return Session(**values)


def _number(time: datetime) -> int:
    """Return a time in microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def _time(number: int) -> datetime:
    return _EPOCH + number * _MICROSECOND


def _is_damaged(error: sqlite3.Error) -> bool:
    """Tell whether an error says that the file itself is not in order."""
    code: int = getattr(error, "sqlite_errorcode", 0) or 0
    return code & 0xFF in _DAMAGED
