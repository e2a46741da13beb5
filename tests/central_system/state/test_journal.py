"""The journal: what it has on disk, which ids it gives, and what it drops."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
import sqlite3
import threading
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.schneider_ev.central_system.messages.payload import UNKNOWN_ID
from custom_components.schneider_ev.central_system.state import (
    journal as journals,
    session_database,
)
from custom_components.schneider_ev.central_system.state.journal import Journal
from custom_components.schneider_ev.central_system.state.session_database import (
    MAX_ID,
    Selection,
    SessionDatabase,
    find,
)
from custom_components.schneider_ev.central_system.state.sessions import (
    Session,
    SessionCosts,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOON = int(NOW.timestamp())
YEARS = timedelta(days=4 * 365)
NEW = Session(
    id=UNKNOWN_ID,
    identity="CP-1",
    connector=1,
    start=NOW,
    id_tag="04A1",
    meter_start=1000,
    base=1000.0,
)


@pytest.fixture(autouse=True)
def noon(freezer: FrozenDateTimeFactory) -> FrozenDateTimeFactory:
    """Have it be noon."""
    freezer.move_to(NOW)
    return freezer


@pytest.fixture
async def reopened(
    journal: Journal, tmp_path: Path
) -> AsyncIterator[Callable[[], Any]]:
    """Return a function for the journal as it is after a restart."""
    opened = [journal]

    async def reopen() -> Journal:
        await opened[-1].close()
        opened.append(Journal(SessionDatabase(opened[-1].database.path)))
        await opened[-1].load()
        return opened[-1]

    yield reopen
    if len(opened) > 1:
        await opened[-1].close()


async def begin(journal: Journal, **changes: Any) -> Session:
    """Record a session that begins; return it with its id."""
    session, is_new = await journal.begin(replace(NEW, **changes))
    assert is_new
    return session


async def over(journal: Journal, **changes: Any) -> Session:
    """Record a session that has begun and ended; return it."""
    session = (await begin(journal, **changes)).stopped(NOW, 2000, "Local")
    await journal.end(session)
    return session


async def every(journal: Journal, **wanted: Any) -> list[Session]:
    """Return the selected sessions, the oldest first."""
    pages = [page async for page in journal.select(Selection(**wanted))]
    return [session for page in pages for session in page]


def on_disk(journal: Journal) -> list[tuple[int, int | None]]:
    """Return id and meter_stop of what the database and its log hold for a reader."""
    copy = sqlite3.connect(f"file:{journal.database.path}?mode=ro", uri=True)
    rows = copy.execute("SELECT id, meter_stop FROM session ORDER BY id").fetchall()
    copy.close()
    return rows


async def wait(noon: FrozenDateTimeFactory, seconds: float) -> None:
    """Let time pass, and have done what is due."""
    noon.tick(seconds)
    for _ in range(5):
        await asyncio.sleep(0)


# Ids


async def test_ids_are_given_once(journal: Journal) -> None:
    """Even many within a second, and each larger than those before."""
    ids = [(await begin(journal, meter_start=number)).id for number in range(5)]
    assert ids == [NOON + number for number in range(5)]


async def test_ids_after_the_largest(journal: Journal) -> None:
    """They begin anew, pass over what is taken, and ignore what OCPP does not allow."""
    await begin(journal, id=MAX_ID + 5, meter_start=None)
    assert (await begin(journal)).id == NOON
    await begin(journal, id=MAX_ID - 1, meter_start=-1)
    await begin(journal, id=1, meter_start=-2)
    assert (await begin(journal, meter_start=3)).id == 2
    assert (await begin(journal, meter_start=4)).id == NOON + 1


@pytest.mark.parametrize("year", [2038, 2100])
async def test_ids_after_2038(
    journal: Journal, noon: FrozenDateTimeFactory, year: int
) -> None:
    """They count on from the last one: the time is no transaction id any more."""
    first = await begin(journal)
    noon.move_to(datetime(year, 6, 1, tzinfo=UTC))
    assert (await begin(journal, meter_start=1)).id == first.id + 1


async def test_a_clock_that_goes_back(
    journal: Journal, noon: FrozenDateTimeFactory, reopened: Callable[[], Any]
) -> None:
    """Gives no id twice, before and after a restart."""
    first = await begin(journal)
    noon.move_to(NOW - YEARS)
    second = await begin(journal, meter_start=1)
    again = await reopened()
    third = await begin(again, meter_start=2)
    assert [second.id, third.id] == [first.id + 1, first.id + 2]


# Records


async def test_a_start_that_is_repeated_in_another_case(journal: Journal) -> None:
    """Is the same one: case does not count in an idTag."""
    first = await begin(journal, id_tag="04a1b2")
    assert await journal.begin(replace(NEW, id_tag="04A1B2")) == (first, False)


async def test_a_record_is_on_disk(journal: Journal) -> None:
    """The beginning as well as the end, before it returns."""
    session = await begin(journal)
    again = Journal(SessionDatabase(journal.database.path))
    with pytest.raises(OSError, match="locked"):
        await again.load()
    await again.database.close()
    await journal.end(session.stopped(NOW, 2000, "Local"))
    await journal.close()
    assert on_disk(journal) == [(session.id, 2000)]


async def test_the_same_start_begins_one_session(journal: Journal) -> None:
    """By all that it says, also while the first is being written."""
    first, second = await asyncio.gather(journal.begin(NEW), journal.begin(NEW))
    assert first[0] == second[0]
    assert (first[1], second[1]) == (True, False)
    for other in (
        {"identity": "CP-2"},
        {"connector": 2},
        {"id_tag": None},
        {"start": NOW + timedelta(microseconds=1)},
        {"meter_start": 1001},
    ):
        assert (await begin(journal, **other)).id != first[0].id


async def test_the_same_start_after_its_end(journal: Journal) -> None:
    """Is still known, and begins nothing."""
    session = await over(journal)
    assert await journal.begin(NEW) == (session, False)
    assert journal.running("CP-1", 1) is None


async def test_a_record_that_fails_changes_nothing(
    journal: Journal, database: SessionDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session has not begun, or has not ended; its id is not given again."""
    running = await begin(journal)
    failures: list[OSError | None] = []
    database.failed.connect(failures.append)
    await database.run(full(0))
    with pytest.raises(OSError, match="full"):
        await begin(journal, meter_start=5, id_tag="x" * 5000)
    with pytest.raises(OSError, match="full"):
        await journal.end(replace(running, reason="x" * 5000, stop=NOW))
    assert await every(journal) == [running]
    assert journal.running("CP-1", 1) == running
    assert await journal.get(running.id) == running
    await database.run(full(10_000))
    assert (await begin(journal, meter_start=6)).id > running.id
    assert [str(failure) for failure in failures[:2]] == [
        "database or disk is full",
        "database or disk is full",
    ]
    assert failures[-1] is None


def full(pages: int) -> Callable[[sqlite3.Connection], None]:
    """Have the database grow by so many pages at most, as on a disk that is full."""

    def work(connection: sqlite3.Connection) -> None:
        (now,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {now + pages}")

    return work


async def test_a_disk_that_hangs(
    journal: Journal, database: SessionDatabase, noon: FrozenDateTimeFactory
) -> None:
    """A record counts as failed after a while; a repeated message finds it later."""
    async with hanging(database):
        beginning = asyncio.ensure_future(journal.begin(NEW))
        await wait(noon, 0)
        await wait(noon, 26)
        with pytest.raises(TimeoutError):
            await beginning
    session, is_new = await journal.begin(NEW)
    assert not is_new
    assert journal.running("CP-1", 1) == session
    ended = session.stopped(NOW, 2000, "Local")
    async with hanging(database):
        ending = asyncio.ensure_future(journal.end(ended))
        await wait(noon, 0)
        await wait(noon, 26)
        with pytest.raises(TimeoutError):
            await ending
    assert await journal.get(session.id) == session
    await journal.end(ended)
    assert await every(journal) == [ended]


@asynccontextmanager
async def hanging(database: SessionDatabase) -> AsyncIterator[None]:
    """Keep the thread of a database busy."""
    release = threading.Event()
    busy = asyncio.ensure_future(database.run(lambda _: release.wait(20)))
    await asyncio.sleep(0)
    try:
        yield
    finally:
        release.set()
        await asyncio.wait([busy])


async def test_an_end_that_is_being_written(journal: Journal) -> None:
    """Is waited for by who asks, and no sample opens the session again."""
    session = await begin(journal)
    ended = session.stopped(NOW, 2000, "Local")
    ending = asyncio.ensure_future(journal.end(ended))
    await asyncio.sleep(0)
    journal.update(session.sampled(1500.0))
    assert await journal.get(session.id) == ended
    await ending
    assert journal.running("CP-1", 1) is None
    assert journal.last("CP-1", 1) == ended
    await journal.close()
    assert on_disk(journal) == [(session.id, 2000)]


async def test_an_end_after_which_old_sessions_are_dropped(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long that takes, no sample opens the session again."""
    release = threading.Event()
    monkeypatch.setattr(journals, "drop", lambda *_: lambda _: release.wait(20))
    session = await begin(journal)
    ended = session.stopped(NOW, 2000, "Local")
    ending = asyncio.ensure_future(journal.end(ended))
    while journal.last("CP-1", 1) is None:
        await asyncio.sleep(0)
    journal.update(session.sampled(1500.0))
    release.set()
    await ending
    assert journal.running("CP-1", 1) is None
    await journal.close()
    assert on_disk(journal) == [(session.id, 2000)]


async def test_an_end_of_which_the_writing_fails(
    journal: Journal, database: SessionDatabase
) -> None:
    """Who waits for it learns that the session still runs."""
    session = await begin(journal)
    await database.run(full(0))
    ended = replace(session, stop=NOW, reason="x" * 5000)
    ending = asyncio.ensure_future(journal.end(ended))
    await asyncio.sleep(0)
    assert await journal.get(session.id) == session
    with pytest.raises(OSError, match="full"):
        await ending


# What is written later


async def test_an_update_is_written_soon(
    journal: Journal, noon: FrozenDateTimeFactory
) -> None:
    """And known at once; the last one counts."""
    session = await begin(journal)
    for register in (1200.0, 1500.0):
        journal.update(session.sampled(register))
    sampled = session.sampled(1500.0)
    assert await journal.get(session.id) == sampled
    assert await every(journal) == [sampled]
    assert await journal.database.run(find(session.id)) == session
    await wait(noon, 31)
    assert await journal.database.run(find(session.id)) == sampled


async def test_an_update_that_fails_is_written_later(
    journal: Journal,
    database: SessionDatabase,
    noon: FrozenDateTimeFactory,
) -> None:
    """Nothing of it is lost while Home Assistant runs."""
    session = await begin(journal)
    await database.run(full(0))
    changed = replace(session, register=1500.0, reason="x" * 5000)
    journal.update(changed)
    await wait(noon, 31)
    assert await database.run(find(session.id)) == session
    await database.run(full(10_000))
    await wait(noon, 31)
    assert await database.run(find(session.id)) == changed


async def test_what_changes_after_the_end(
    journal: Journal, noon: FrozenDateTimeFactory
) -> None:
    """Is not written any more, and refused where it has to be on disk."""
    session = await begin(journal)
    await journal.close()
    journal.update(session.sampled(1500.0))
    await wait(noon, 31)
    with pytest.raises(OSError, match="closed"):
        await journal.end(session.stopped(NOW, 2000, "Local"))
    await journal.close()
    assert on_disk(journal) == [(session.id, None)]


# What is read


async def test_what_is_kept_is_restored(
    journal: Journal, reopened: Callable[[], Any]
) -> None:
    """All of it, to the microsecond, and no id that was given is given again."""
    start = NOW + timedelta(microseconds=123457)
    running = await begin(journal, start=start, meter_start=None, id_tag=None)
    sampled = replace(running, base=0.1, register=1234.56789)
    journal.update(sampled)
    ended = await over(journal, start=datetime(1970, 1, 1, 0, 1, tzinfo=UTC))
    assumed = await begin(journal, connector=2)
    journal.update(assumed.assumed_over(NOW))
    before = await every(journal)
    again = await reopened()
    assert await every(again) == before == [ended, assumed.assumed_over(NOW), sampled]
    assert again.running("CP-1", 1) == sampled
    assert again.last("CP-1", 1) == ended
    assert again.last("CP-1", 2) == assumed.assumed_over(NOW)
    assert (await begin(again, meter_start=9)).id > assumed.id


async def test_sessions_of_a_connector(
    journal: Journal, reopened: Callable[[], Any]
) -> None:
    """Those that run, the newest last, and the newest that is over, by their start."""
    hour = timedelta(hours=1)
    one = await begin(journal, start=NOW - hour)
    older = await begin(journal, start=NOW - 3 * hour)
    await over(journal, start=NOW - 5 * hour)
    newest = await over(journal, start=NOW - 4 * hour)
    await over(journal, start=NOW + timedelta(days=30))
    await begin(journal, connector=2)
    await over(journal, identity="CP-2")
    for known in (journal, await reopened()):
        assert known.not_over("CP-1", 1) == [older, one]
        assert known.running("CP-1", 1) == one
        assert known.last("CP-1", 1) == newest
        assert known.running("CP-2", 1) is None
        assert known.last("CP-1", 2) is None


async def test_a_selection(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """By time, charger and connector, in pages, with what is not written yet."""
    monkeypatch.setattr(journals, "_PAGE", 2)
    hours = [
        await over(journal, start=NOW + timedelta(hours=number)) for number in range(5)
    ]
    other = await begin(journal, identity="CP-2", start=NOW)
    second = await begin(journal, connector=2, start=NOW)
    journal.update(second.sampled(1500.0))
    assert await every(journal, identity="CP-1", connector=1) == hours
    assert await every(journal, connector=2) == [second.sampled(1500.0)]
    assert await every(journal, identity="CP-2") == [other]
    begun = NOW + timedelta(hours=1)
    assert await every(journal, begin=begun, end=NOW + timedelta(hours=3)) == hours[1:3]
    pages = [page async for page in journal.select(Selection())]
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert sorted(await journal.id_tags()) == ["04A1"]


async def test_few_adopted_sessions_that_are_over_are_kept(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, reopened: Callable[[], Any]
) -> None:
    """The last of them; those that run or were begun by a charger all are."""
    monkeypatch.setattr(journals, "MAX_ADOPTED", 2)
    begun = await over(journal)
    running = await begin(journal, id=2, meter_start=None)
    for number in range(3, 7):
        adopted = await begin(
            journal, id=number, meter_start=None, start=NOW - timedelta(hours=number)
        )
        journal.update(adopted.assumed_over(NOW))
    again = await reopened()
    kept = {session.id for session in await every(again)}
    assert kept == {begun.id, running.id, 5, 6}


# What is dropped


async def test_what_ended_long_ago_is_dropped(
    journal: Journal, noon: FrozenDateTimeFactory
) -> None:
    """Once another session ends; what runs stays, whatever a charger's clock says."""
    journal.keep_for(timedelta(days=10))
    await over(journal)
    await over(journal, start=NOW + 3 * YEARS)
    running = await begin(journal, start=NOW - YEARS)
    noon.tick(timedelta(days=11))
    assert len(await every(journal)) == 3
    recent = await over(journal, start=NOW - 9 * YEARS)
    assert await every(journal) == [recent, running]


@pytest.mark.parametrize("restarts", [0, 1, 20])
async def test_a_clock_that_jumps_drops_nothing(
    journal: Journal,
    noon: FrozenDateTimeFactory,
    reopened: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
    restarts: int,
) -> None:
    """By a day or by years, for as long as it is wrong for a moment only."""
    journal.keep_for(timedelta(days=1))
    kept = [await over(journal, meter_start=number) for number in range(3)]
    known = journal
    monkeypatch.setattr(
        "custom_components.schneider_ev.central_system.state.retention.monotonic",
        lambda: 0.0,
    )
    for jump in (timedelta(days=2), YEARS, 9 * YEARS):
        for _ in range(restarts):
            known = await reopened()
            known.keep_for(timedelta(days=1))
        noon.move_to(NOW + jump)
        kept.append(await over(known, meter_start=10 + jump.days))
        noon.move_to(NOW)
    assert {each.id for each in await every(known)} == {each.id for each in kept}


async def test_a_clock_that_was_behind_drops_nothing(
    journal: Journal, noon: FrozenDateTimeFactory
) -> None:
    """What is recorded at a time long ago is kept as what is recorded now."""
    journal.keep_for(timedelta(days=10))
    await over(journal)
    noon.move_to(datetime(1970, 1, 2, tzinfo=UTC))
    behind = await over(journal, meter_start=2)
    noon.move_to(NOW + timedelta(days=2))
    await over(journal, meter_start=3)
    assert behind in await every(journal)


# Damage


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(b"", id="a page"),
        pytest.param(b"not a database at all" * 500, id="the header"),
        pytest.param(b"\0" * 9000, id="all"),
    ],
)
async def test_a_damaged_file_is_set_aside(
    journal: Journal, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It is there for repair, and what comes is recorded in a new one."""
    await over(journal)
    await journal.close()
    path = journal.database.path
    content = path.read_bytes()
    broken = damage or content[:2048] + b"\xff" * 2048 + content[4096:]
    path.write_bytes(broken)
    again = Journal(SessionDatabase(path))
    await again.load()
    assert again.database.set_aside is not None
    assert again.database.set_aside.read_bytes() == broken
    assert await every(again) == []
    session = await begin(again)
    assert await every(again) == [session]
    await again.close()
    assert "damaged" in caplog.text
    once_more = Journal(SessionDatabase(path))
    await once_more.load()
    assert once_more.database.set_aside == again.database.set_aside
    assert once_more.running("CP-1", 1) == session
    await once_more.close()


async def test_the_file_is_private(journal: Journal) -> None:
    """With its log: only the user that Home Assistant runs as can read them."""
    await begin(journal)
    path = journal.database.path
    files = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
    assert len(files) == 2
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


async def test_a_file_of_a_newer_version(journal: Journal) -> None:
    """Is left alone."""
    await journal.close()
    path = journal.database.path
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    newer = Journal(SessionDatabase(path))
    with pytest.raises(session_database.NewerDatabaseError):
        await newer.load()
    await newer.database.close()
    assert path.read_bytes() == before


async def test_costs(journal: Journal, reopened: Callable[[], Any]) -> None:
    """Are kept with their session, of one that runs as of one that is over."""
    costs = SessionCosts(
        energy_solar=1, energy_grid=2, cost=-3, currency="EUR", is_estimated=True
    )
    free = SessionCosts(energy_battery=10**12)
    running = replace(await begin(journal), costs=costs)
    journal.update(running)
    ended = replace(await over(journal, connector=2), costs=free)
    journal.update(ended)
    without = await over(journal, connector=3)
    again = await reopened()
    assert {session.id: session.costs for session in await every(again)} == {
        running.id: costs,
        ended.id: free,
        without.id: None,
    }
    assert again.running("CP-1", 1) == running
    assert again.last("CP-1", 2) == ended
