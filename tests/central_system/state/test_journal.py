"""The journal: what it has on disk, which ids it gives, and what it drops."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import orjson
import pytest

from custom_components.schneider_ev.central_system.state import journal as journals
from custom_components.schneider_ev.central_system.state.journal import Journal
from custom_components.schneider_ev.central_system.state.sessions import (
    UNKNOWN_ID,
    Session,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LARGEST_ID = 2**31 - 1


class Disk:
    """What a journal has on disk; `is_full` has it fail."""

    def __init__(self) -> None:
        """Start with an empty journal."""
        self.is_full = False
        self.saved: dict[str, Any] | None = None
        self.due = 0
        self.journal = Journal(self._save, self._save_soon)

    async def _save(self) -> None:
        if self.is_full:
            raise OSError("no space left")
        self.saved = self.journal.data()

    def _save_soon(self) -> None:
        self.due += 1


@pytest.fixture
def disk(freezer: FrozenDateTimeFactory) -> Disk:
    """An empty disk, at noon."""
    freezer.move_to(NOW)
    return Disk()


@pytest.fixture
def journal(disk: Disk) -> Journal:
    """The journal that is kept there."""
    return disk.journal


def begun(journal: Journal, **changes: Any) -> Session:
    """Return a session that begins now, with a free id."""
    session = Session(
        id=journal.free_id,
        identity="CP-1",
        connector=1,
        start=NOW,
        meter_start=1000,
        base=1000.0,
    )
    return replace(session, **changes)


async def test_ids_are_given_once(journal: Journal) -> None:
    """Even many within a second, and each larger than those before."""
    ids = []
    for _ in range(5):
        session = begun(journal)
        await journal.record(session)
        ids.append(session.id)
    assert ids == [int(NOW.timestamp()) + number for number in range(5)]


async def test_ids_after_the_largest(journal: Journal) -> None:
    """They begin anew, pass over what is taken, and ignore what OCPP does not allow."""
    journal.adopt(begun(journal, id=LARGEST_ID + 5, meter_start=None))
    assert journal.free_id == int(NOW.timestamp())
    journal.adopt(begun(journal, id=LARGEST_ID - 1, meter_start=None))
    assert journal.free_id == 1
    journal.update(begun(journal, id=1))
    assert journal.free_id == int(NOW.timestamp())


async def test_a_record_is_on_disk(disk: Disk, journal: Journal) -> None:
    """The beginning as well as the end, before it returns."""
    session = begun(journal)
    await journal.record(session)
    assert disk.saved == {"last_id": session.id, "sessions": [session.data()]}
    ended = session.stopped(NOW, 2000, "Local")
    await journal.record(ended)
    assert disk.saved["sessions"] == [ended.data()]
    assert disk.due == 0


async def test_a_record_that_fails_changes_nothing(
    disk: Disk, journal: Journal
) -> None:
    """A session has not begun, or has not ended; its id is not given again."""
    running = begun(journal)
    await journal.record(running)
    disk.is_full = True
    new = begun(journal)
    for session in (new, running.stopped(NOW, 2000, "Local")):
        with pytest.raises(OSError, match="no space left"):
            await journal.record(session)
    assert list(journal) == [running]
    assert journal.free_id > new.id


async def test_a_record_that_fails_drops_nothing(disk: Disk, journal: Journal) -> None:
    """Not even what ended long ago: it goes when a record succeeds."""
    journal.keep_for(timedelta(days=10))
    old = begun(journal, id=2, stop=NOW - timedelta(days=29))
    running = begun(journal)
    journal.update(old)
    journal.update(running)
    disk.is_full = True
    ended = running.stopped(NOW, 2000, "Local")
    with pytest.raises(OSError, match="no space left"):
        await journal.record(ended)
    assert {session.id for session in journal} == {old.id, running.id}
    disk.is_full = False
    await journal.record(ended)
    assert list(journal) == [ended]


async def test_an_update_is_saved_soon(disk: Disk, journal: Journal) -> None:
    """And known at once."""
    session = begun(journal)
    journal.update(session)
    assert journal.get(session.id) == session
    assert (disk.saved, disk.due) == (None, 1)


async def test_an_adopted_session_keeps_its_id(disk: Disk, journal: Journal) -> None:
    """One without an id gets a free one; both are saved soon."""
    adopted = journal.adopt(begun(journal, id=42, meter_start=None))
    assert journal.get(42) is adopted
    named = journal.adopt(begun(journal, id=UNKNOWN_ID, meter_start=None))
    assert named.id == int(NOW.timestamp())
    assert journal.get(UNKNOWN_ID) is None
    assert journal.free_id == named.id + 1
    assert disk.due == 2


async def test_few_adopted_sessions_that_are_over_are_kept(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest of them; those that run or were begun by a charger all are."""
    monkeypatch.setattr(journals, "MAX_ADOPTED", 2)
    over = {"stop": NOW, "meter_start": None}
    await journal.record(begun(journal, id=1, stop=NOW))
    journal.adopt(begun(journal, id=2, meter_start=None))
    for number in range(3, 7):
        journal.adopt(begun(journal, id=number, **over))
    assert sorted(session.id for session in journal) == [1, 2, 5, 6]


async def test_what_ended_long_ago_is_dropped(
    journal: Journal, freezer: FrozenDateTimeFactory
) -> None:
    """When another session ends; what runs stays, and what has a recent id."""
    journal.keep_for(timedelta(days=10))
    for session in (
        begun(journal, id=1, start=NOW - timedelta(days=30)),
        begun(journal, id=2, stop=NOW),
        begun(journal, id=3, stop=NOW + timedelta(days=2)),
    ):
        journal.update(session)
    await journal.record(begun(journal, start=NOW - timedelta(days=9000)))
    freezer.tick(timedelta(days=11))
    assert len(list(journal)) == 4
    recent = begun(journal, stop=NOW - timedelta(days=9000))
    await journal.record(recent)
    running = int(NOW.timestamp())
    assert {session.id for session in journal} == {1, 3, running, recent.id}


async def test_sessions_of_a_connector(journal: Journal) -> None:
    """The newest that runs, and the newest that is over, by their start."""
    for number, hours, stop in ((1, 3, None), (2, 1, None), (3, 5, NOW), (4, 4, NOW)):
        start = NOW - timedelta(hours=hours)
        journal.update(begun(journal, id=number, start=start, stop=stop))
    journal.update(begun(journal, id=5, connector=2))
    journal.update(begun(journal, id=6, identity="CP-2", stop=NOW))
    running, last = journal.running("CP-1", 1), journal.last("CP-1", 1)
    assert running is journal.get(2)
    assert last is journal.get(4)
    assert journal.running("CP-2", 1) is journal.last("CP-1", 2) is None


async def test_a_start_that_is_repeated_is_found(journal: Journal) -> None:
    """By all that it says, and not by what came after it."""
    session = begun(journal, id_tag="04A1")
    journal.update(session.sampled(1500.0).stopped(NOW, 2000, "Local"))
    assert journal.begun_by(replace(session, id=UNKNOWN_ID)) is journal.get(session.id)
    for other in (
        {"identity": "CP-2"},
        {"connector": 2},
        {"id_tag": None},
        {"start": NOW + timedelta(seconds=1)},
        {"meter_start": 1001},
    ):
        assert journal.begun_by(begun(journal, **{"id_tag": "04A1"} | other)) is None


async def test_what_is_kept_is_restored(disk: Disk, journal: Journal) -> None:
    """All of it, and no id that was given is given again."""
    session = begun(journal, id_tag="04A1", is_assumed=True)
    await journal.record(session.sampled(1500.5))
    await journal.record(begun(journal).stopped(NOW, 2000, "Local"))
    other = Disk().journal
    other.restore(orjson.loads(orjson.dumps(disk.saved)))
    assert other.data() == journal.data()
    assert list(other) == list(journal)
    assert other.free_id == journal.free_id
