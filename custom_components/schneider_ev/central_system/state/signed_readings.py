"""Signed readings: what a charger signs, kept as it came with its session.

They are in the database of sessions, and go with their session.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
import json
import sqlite3
from typing import Final

from ..messages.payload import Json

MAX_READINGS: Final = 200
MAX_LENGTH: Final = 500_000
"""How many signed readings, and characters of them, are kept of a session.

Half of it is for those of the end: that which a session is billed by is always kept.
"""

SCHEMA: Final = """
CREATE TABLE signed_reading (
    number INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    digest BLOB NOT NULL,
    data TEXT NOT NULL,
    UNIQUE (session, digest)
) STRICT;
CREATE TRIGGER session_dropped AFTER DELETE ON session BEGIN
    DELETE FROM signed_reading WHERE session = old.id;
END;
"""
_OF_THE_END = "Transaction.End"


def keep(
    connection: sqlite3.Connection,
    session: int,
    readings: Iterable[Json],
    *,
    ends: bool = False,
) -> None:
    """Keep signed readings of a session, each once, as far as there is room.

    `ends` says that they came with the end of the session.
    """
    count, length = connection.execute(
        "SELECT count(*), total(length(data)) FROM signed_reading WHERE session = ?",
        (session,),
    ).fetchone()
    for reading in readings:
        data = json.dumps(reading)
        share = 1 if ends or reading.get("context") == _OF_THE_END else 2
        if count >= MAX_READINGS // share or length + len(data) > MAX_LENGTH // share:
            continue
        kept = connection.execute(
            "INSERT OR IGNORE INTO signed_reading (session, digest, data)"
            " VALUES (?, ?, ?)",
            (session, sha256(data.encode()).digest()[:16], data),
        )
        count += kept.rowcount
        length += len(data) * kept.rowcount


def find(
    connection: sqlite3.Connection, sessions: Sequence[int]
) -> Mapping[int, list[Json]]:
    """Return the signed readings of sessions as they came, in that order."""
    marks = ", ".join("?" * len(sessions))
    rows = connection.execute(
        "SELECT session, data FROM signed_reading"  # noqa: S608
        f" WHERE session IN ({marks}) ORDER BY number",
        sessions,
    )
    found: defaultdict[int, list[Json]] = defaultdict(list)
    for session, data in rows:
        found[session].append(json.loads(data))
    return found
