"""The sessions of a connector, with a journal that keeps nothing on disk."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.schneider_ev.central_system.charge_point.connector_sessions import (
    ConnectorSessions,
    SessionChange,
)
from custom_components.schneider_ev.central_system.state.journal import Journal
from custom_components.schneider_ev.central_system.state.sessions import (
    UNKNOWN_ID,
    Session,
)
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
    """The sessions of a connector, what was told of them, and their journal."""

    def __init__(self, *known: Session) -> None:
        """Go on with known sessions."""
        self.journal = Journal(self._save, lambda: None)
        self.changes: list[tuple[SessionChange, int]] = []
        for session in known:
            self.journal.update(session)
        self.values: Values[ConnectorValue, object] = Values()
        self.sessions = ConnectorSessions("CP-1", 1, self.journal, self.values)
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

    async def _save(self) -> None:
        pass


@pytest.fixture(autouse=True)
def noon(freezer: FrozenDateTimeFactory) -> None:
    """Have it be noon."""
    freezer.move_to(NOW)


def test_a_session_from_its_beginning_to_its_end() -> None:
    """It is shown while it runs and after that; each change is told once."""
    outlet = Outlet()
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
def test_what_a_start_supersedes(
    running: Session | None, new: Session, *, supersedes: bool
) -> None:
    """Not one that is repeated, late, or dated by a wrong clock."""
    outlet = Outlet(*([running] if running else []))
    assert outlet.sessions.supersedes(new) is supersedes


def test_a_session_that_is_outdated_when_it_is_delivered() -> None:
    """Was over when the running one began; what comes of it still counts."""
    outlet = Outlet(FIRST, OLDER)
    outlet.sessions.end_outdated(FIRST)
    assert outlet.journal.get(7) == FIRST
    outlet.sessions.end_outdated(OLDER)
    assert outlet.journal.get(6) == OLDER.assumed_over(FIRST.start)
    outlet.sessions.sample_late(6, 1800)
    late = outlet.journal.get(6)
    assert late is not None
    assert (late.energy, late.stop) == (800, FIRST.start)
    stopped = OLDER.stopped(NOW - 4 * HOUR, 2000, "Local")
    outlet.journal.update(stopped)
    outlet.sessions.end_outdated(stopped)
    outlet.sessions.sample_late(6, 5000)
    assert outlet.journal.get(6) == stopped


def test_a_late_end_of_an_older_session() -> None:
    """Hides neither the session that runs nor a newer one that is over."""
    outlet = Outlet(NEWER)
    sessions = outlet.sessions
    older, first = (each.stopped(NOW, 2000, "Local") for each in (OLDER, FIRST))
    assert not sessions.end(older)
    assert (sessions.shown, sessions.last, outlet.energy) == (NEWER, older, 500)
    sessions.end(first)
    sessions.end(older)
    assert sessions.last is first


def test_a_session_that_is_assumed_to_be_over() -> None:
    """It is, for the journal as well, until a sample or its end comes."""
    outlet = Outlet(FIRST)
    sessions = outlet.sessions
    assert sessions.assume_over()
    assert not sessions.assume_over()
    assert outlet.changes == [(SessionChange.ENDED, 7)]
    assert sessions.last == outlet.journal.get(7) == FIRST.assumed_over(NOW)
    assert sessions.may_adopt(7)
    sessions.adopt(7, NOW)
    assert sessions.running == outlet.journal.get(7) == FIRST
    sessions.end(FIRST.stopped(NOW, 2000, "Local"))
    assert sessions.running is None


@pytest.mark.parametrize(
    ("known", "may_adopt"),
    [
        (None, True),
        (FIRST, True),
        (FIRST.stopped(NOW, 2000, "Local"), False),
        (replace(FIRST, identity="CP-2"), False),
        (replace(FIRST, connector=2), False),
    ],
)
def test_what_may_be_adopted(known: Session | None, *, may_adopt: bool) -> None:
    """Neither what has ended nor what is another connector's."""
    outlet = Outlet(*([known] if known else []))
    assert outlet.sessions.may_adopt(7) is may_adopt


@pytest.mark.parametrize(("hours", "start"), [(-1, NOW - HOUR), (1, NOW)])
def test_a_session_that_is_known_from_its_samples(hours: int, start: datetime) -> None:
    """It has begun by now, with the first sample; it gets an id if it has none."""
    outlet = Outlet()
    outlet.sessions.adopt(UNKNOWN_ID, NOW + hours * HOUR)
    session = outlet.sessions.running
    assert session is not None
    assert session.id > 0
    assert (session.start, session.energy) == (start, None)
    assert outlet.journal.get(session.id) is session
    assert outlet.sessions.is_running(session.id)
    assert outlet.sessions.is_running(UNKNOWN_ID)
    assert not outlet.sessions.is_running(5)


def test_samples_raise_the_energy() -> None:
    """Of the running session, in the journal as well; without one they count nothing."""
    outlet = Outlet(FIRST)
    outlet.sessions.sample(2500.0)
    outlet.sessions.sample(2400.0)
    assert outlet.energy == 1500
    assert outlet.journal.get(7) == outlet.sessions.running
    outlet.sessions.assume_over()
    outlet.sessions.sample(9000.0)
    assert outlet.energy == 1500


@pytest.mark.parametrize(("register", "energy"), [(401_000, 401_000), (401_001, 0)])
def test_a_register_that_leaps_from_0(register: float, energy: float) -> None:
    """Is a lifetime register where no charger gives that much within an hour."""
    outlet = Outlet(replace(FIRST, meter_start=0, base=0.0, register=None))
    outlet.sessions.sample(register)
    assert outlet.energy == energy


def test_a_late_sample() -> None:
    """Counts for its own session while that is not over, and shows nothing."""
    elsewhere = replace(FIRST, id=9, connector=2)
    over = replace(OLDER, id=5).stopped(NOW, 2000, "Local")
    outlet = Outlet(OLDER, NEWER, elsewhere, over)
    for number in (OLDER.id, elsewhere.id, over.id, 99):
        outlet.sessions.sample_late(number, 2600.0)
    assert outlet.journal.get(OLDER.id) == OLDER.sampled(2600.0)
    assert outlet.journal.get(elsewhere.id) is elsewhere
    assert outlet.journal.get(over.id) is over
    assert outlet.sessions.running is NEWER
    assert outlet.energy is None


def test_what_the_journal_holds_goes_on() -> None:
    """After a restart: what runs, and the last that is over."""
    over = OLDER.stopped(NOW, 2000, "Local")
    sessions = Outlet(over, FIRST, replace(NEWER, connector=2)).sessions
    assert (sessions.running, sessions.last) == (FIRST, over)
