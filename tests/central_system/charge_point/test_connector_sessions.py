"""The sessions of a connector, with a journal that keeps nothing on disk."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.schneider_ev.central_system.charge_point.connector_sessions import (
    ConnectorSessions,
    SessionChange,
)
from custom_components.schneider_ev.central_system.messages.payload import UNKNOWN_ID
from custom_components.schneider_ev.central_system.state.journal import Journal
from custom_components.schneider_ev.central_system.state.sessions import Session
from custom_components.schneider_ev.central_system.values import ConnectorValue, Values

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST = Session(
    id=7,
    identity="CP-1",
    connector=1,
    start=NOW - HOUR,
    meter_start=1000,
    base=1000.0,
    register=1500.0,
)
OLDER = replace(FIRST, id=6, start=NOW - 5 * HOUR)
NEWER = replace(FIRST, id=8, start=NOW)


class Outlet:
    """The sessions of a connector, and what was told of them."""

    def __init__(self, journal: Journal, *known: Session) -> None:
        """Go on with known sessions."""
        self.journal = journal
        self.changes: list[tuple[SessionChange, int]] = []
        for session in known:
            journal.update(session)
        self.values: Values[ConnectorValue, object] = Values()
        self.sessions = ConnectorSessions("CP-1", 1, journal, self.values)
        self.sessions.changed.connect(
            lambda change, session: self.changes.append((change, session.id))
        )

    @property
    def energy(self) -> object:
        """What is shown of the energy."""
        return self.values.get(ConnectorValue.SESSION_ENERGY)

    def state(self) -> tuple[Session | None, Session | None, object]:
        """Return the session that runs, the one that is shown, and its energy."""
        return self.sessions.running, self.sessions.shown, self.energy


@pytest.fixture(autouse=True)
def noon(freezer: FrozenDateTimeFactory) -> None:
    """Have it be noon."""
    freezer.move_to(NOW)


async def test_a_session_from_its_beginning_to_its_end(journal: Journal) -> None:
    """It is shown while it runs and after that; each change is told once."""
    outlet = Outlet(journal)
    assert outlet.state() == (None, None, None)
    outlet.sessions.begin(FIRST)
    assert outlet.state() == (FIRST, FIRST, 500)
    assert outlet.sessions.running_id == 7
    ended = FIRST.stopped(NOW, 3000, "Local")
    assert outlet.sessions.end(ended)
    assert outlet.state() == (None, ended, 2000)
    assert outlet.changes == [(SessionChange.STARTED, 7), (SessionChange.ENDED, 7)]


@pytest.mark.parametrize(
    ("running", "new", "supersedes"),
    [
        (None, FIRST, True),
        (FIRST, NEWER, True),
        (FIRST, FIRST, False),
        (FIRST, OLDER, False),
        (None, FIRST.assumed_over(NOW), False),
        (FIRST, replace(NEWER, start=NOW + timedelta(days=2)), False),
    ],
)
async def test_what_a_start_supersedes(
    journal: Journal, running: Session | None, new: Session, *, supersedes: bool
) -> None:
    """Not one that is repeated, late, or dated by a wrong clock."""
    outlet = Outlet(journal, *([running] if running else []))
    assert outlet.sessions.supersedes(new) is supersedes


async def test_a_late_end_of_an_older_session(journal: Journal) -> None:
    """Hides neither the session that runs nor a newer one that is over."""
    outlet = Outlet(journal, NEWER)
    sessions = outlet.sessions
    older, first = (each.stopped(NOW, 2000, "Local") for each in (OLDER, FIRST))
    assert not sessions.end(older)
    assert (sessions.shown, sessions.last, outlet.energy) == (NEWER, older, 500)
    sessions.end(first)
    sessions.end(older)
    assert sessions.last is first


async def test_a_session_that_is_assumed_to_be_over(journal: Journal) -> None:
    """It is, for the journal as well, until a sample or its end comes."""
    outlet = Outlet(journal, FIRST)
    sessions = outlet.sessions
    assert sessions.assume_over()
    assert not sessions.assume_over()
    assert outlet.changes == [(SessionChange.ENDED, 7)]
    assert sessions.last == await outlet.journal.get(7) == FIRST.assumed_over(NOW)
    await sessions.adopt(7, NOW)
    assert sessions.running == await outlet.journal.get(7) == FIRST
    sessions.end(FIRST.stopped(NOW, 2000, "Local"))
    assert sessions.running is None


@pytest.mark.parametrize(
    ("known", "adopts"),
    [
        (None, True),
        (FIRST.assumed_over(NOW), True),
        (FIRST.stopped(NOW, 2000, "Local"), False),
        (replace(FIRST, identity="CP-2"), False),
        (replace(FIRST, connector=2), False),
    ],
)
async def test_what_is_adopted(
    journal: Journal, known: Session | None, *, adopts: bool
) -> None:
    """Neither what has ended nor what is another connector's."""
    outlet = Outlet(journal, *([known] if known else []))
    await outlet.sessions.adopt(7, NOW)
    assert (outlet.sessions.running_id == 7) is adopts


@pytest.mark.parametrize(("hours", "start"), [(-1, NOW - HOUR), (1, NOW)])
async def test_a_session_that_is_known_from_its_samples(
    journal: Journal, hours: int, start: datetime
) -> None:
    """It has begun by now, with the first sample; it gets an id if it has none."""
    outlet = Outlet(journal)
    await outlet.sessions.adopt(UNKNOWN_ID, NOW + hours * HOUR)
    session = outlet.sessions.running
    assert session is not None
    assert session.id > 0
    assert (session.start, session.energy) == (start, None)
    assert await outlet.journal.get(session.id) == session
    assert outlet.sessions.is_running(session.id)
    assert outlet.sessions.is_running(UNKNOWN_ID)
    assert not outlet.sessions.is_running(5)


async def test_samples_raise_the_energy(journal: Journal) -> None:
    """Of the running session, in the journal as well; without one they count nothing."""
    outlet = Outlet(journal, FIRST)
    outlet.sessions.sample(2500.0)
    outlet.sessions.sample(2400.0)
    assert outlet.energy == 1500
    assert await outlet.journal.get(7) == outlet.sessions.running
    outlet.sessions.assume_over()
    outlet.sessions.sample(9000.0)
    assert outlet.energy == 1500


@pytest.mark.parametrize(("register", "energy"), [(401_000, 401_000), (401_001, 0)])
async def test_a_register_that_leaps_from_0(
    journal: Journal, register: float, energy: float
) -> None:
    """Is a lifetime register where no charger gives that much within an hour."""
    outlet = Outlet(journal, replace(FIRST, meter_start=0, base=0.0, register=None))
    outlet.sessions.sample(register)
    assert outlet.energy == energy


async def test_a_late_sample(journal: Journal) -> None:
    """Counts for its own session while that is not over, and shows nothing."""
    elsewhere = replace(FIRST, id=9, connector=2)
    over = replace(OLDER, id=5).stopped(NOW, 2000, "Local")
    outlet = Outlet(journal, OLDER, NEWER, elsewhere, over)
    for number in (OLDER.id, elsewhere.id, over.id, 99):
        outlet.sessions.sample_late(number, 2600.0)
    assert await outlet.journal.get(OLDER.id) == OLDER.sampled(2600.0)
    assert await outlet.journal.get(elsewhere.id) is elsewhere
    assert await outlet.journal.get(over.id) is over
    assert outlet.sessions.running is NEWER
    assert outlet.energy is None


async def test_what_the_journal_holds_goes_on(journal: Journal) -> None:
    """After a restart: what runs, and the last that is over."""
    over = OLDER.stopped(NOW, 2000, "Local")
    sessions = Outlet(journal, over, FIRST, replace(NEWER, connector=2)).sessions
    assert (sessions.running, sessions.last) == (FIRST, over)
