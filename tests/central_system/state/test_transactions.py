"""What a StartTransaction or StopTransaction comes to, without a charger."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.schneider_ev.central_system.messages.payload import UNKNOWN_ID
from custom_components.schneider_ev.central_system.messages.readings import MeterValues
from custom_components.schneider_ev.central_system.messages.transactions import (
    StartTransaction,
    StopTransaction,
)
from custom_components.schneider_ev.central_system.state.sessions import Session
from custom_components.schneider_ev.central_system.state.transactions import (
    Running,
    session_to_stop,
    start_answer,
    started_session,
    stop_transaction,
)
from custom_components.schneider_ev.central_system.values import ConnectorValue

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
STOP = START + timedelta(hours=2)
ACCEPTED = {"status": "Accepted"}
REQUEST = StartTransaction(
    connector=2, id_tag="04A1", meter_start=1000, timestamp=START, reservation_id=None
)
RUNNING = Session(
    id=7, identity="CP-1", connector=2, start=START, meter_start=1000, base=1000.0
)
ASSUMED_OVER = RUNNING.assumed_over(STOP)
ENDED = RUNNING.stopped(STOP, 2500, "Local")


def stop_request(meter_stop: int, sampled: float | None = None) -> StopTransaction:
    """Return a StopTransaction, with a register in its transactionData or without."""
    return StopTransaction(
        transaction_id=7,
        meter_stop=meter_stop,
        timestamp=STOP,
        reason="EVDisconnected",
        id_tag=None,
        data=MeterValues(
            {} if sampled is None else {ConnectorValue.ENERGY: sampled}, []
        ),
    )


def stopped(
    meter_stop: int, *, session: Session = RUNNING, sampled: float | None = None
) -> Session:
    """Return a session after its StopTransaction."""
    outcome = stop_transaction(stop_request(meter_stop, sampled), session, None)
    assert outcome.session is not None
    return outcome.session


def test_a_start_begins_a_session() -> None:
    """It has yet to get an id; the answer has the id that it got."""
    session = started_session(REQUEST, "CP-1")
    assert session == replace(RUNNING, id=UNKNOWN_ID, id_tag="04A1")
    answer = start_answer(RUNNING, ACCEPTED)
    assert answer == {"transactionId": 7, "idTagInfo": ACCEPTED}


@pytest.mark.parametrize(("meter_start", "base"), [(-1, None), (0, 0.0), (5, 5.0)])
def test_a_register_at_the_start(meter_start: int, base: float | None) -> None:
    """A negative one is none; the badge that nobody showed is none either."""
    request = replace(REQUEST, meter_start=meter_start, id_tag="")
    session = started_session(request, "CP-1")
    assert (session.meter_start, session.base) == (meter_start, base)
    assert session.id_tag is None


@pytest.mark.parametrize("info", [None, ACCEPTED, {"status": "Blocked"}])
@pytest.mark.parametrize("session", [None, RUNNING])
def test_a_stop_is_always_answered(
    session: Session | None, info: dict[str, str] | None
) -> None:
    """With an idTagInfo where a badge ends it, whether or not it ends a session."""
    outcome = stop_transaction(stop_request(2500), session, info)
    assert outcome.answer == ({} if info is None else {"idTagInfo": info})
    assert (outcome.session is None) is (session is None)


@pytest.mark.parametrize("session", [RUNNING, ASSUMED_OVER])
def test_a_stop_ends_a_session_for_certain(session: Session) -> None:
    """Also one that was assumed to be over; with the time and reason of the charger."""
    assert stopped(2500, session=session) == replace(
        RUNNING,
        register=2500.0,
        stop=STOP,
        meter_stop=2500,
        reason="EVDisconnected",
        is_assumed=False,
    )


@pytest.mark.parametrize(
    ("meter_stop", "sampled", "energy"),
    [
        (2500, None, 1500),
        (2500, 2000.0, 1500),
        (2500, 2800.0, 1800),
        (0, 2000.0, 1000),
        (0, None, 800),
        (-5, None, 800),
        (1200, None, 800),
        (900, None, 800),
    ],
)
def test_the_energy_at_the_stop(
    meter_stop: int, sampled: float | None, energy: float
) -> None:
    """By the largest register; one of 0 or less, or below a sample, is ignored."""
    session = replace(RUNNING, register=1800.0)
    ended = stopped(meter_stop, session=session, sampled=sampled)
    assert ended.energy == energy
    assert ended.meter_stop == meter_stop


def test_a_session_without_a_register_at_its_start() -> None:
    """Counts from its first reading, and has no energy without one."""
    session = started_session(replace(REQUEST, meter_start=-1), "CP-1")
    assert stopped(0, session=session).energy is None
    assert stopped(2500, session=session, sampled=2100.0).energy == 400


@given(
    st.integers(-10, 5000),
    st.lists(st.floats(0, 1e9), max_size=6),
    st.floats(0, 1e9),
    st.integers(-10, 10**9),
    st.none() | st.floats(0, 1e9),
)
def test_energy_is_never_negative_and_a_register_never_falls(
    meter_start: int,
    samples: list[float],
    plausible: float,
    meter_stop: int,
    sampled: float | None,
) -> None:
    """Whatever registers a charger reports from its start to its stop."""
    request = replace(REQUEST, meter_start=meter_start)
    session = started_session(request, "CP-1")
    for register in samples:
        before, session = session, session.sampled(register, plausible)
        assert session.register is not None
        assert session.register >= (before.register or 0)
        assert (session.energy or 0) >= 0
    ended = stopped(meter_stop, session=session, sampled=sampled)
    assert (ended.register or 0) >= (session.register or 0)
    assert (ended.energy or 0) >= (session.energy or 0)


@pytest.mark.parametrize(
    ("known", "identity", "ends"),
    [
        (RUNNING, "CP-1", RUNNING),
        (ASSUMED_OVER, "CP-1", ASSUMED_OVER),
        (ENDED, "CP-1", None),
        (RUNNING, "CP-2", None),
        (None, "CP-1", None),
    ],
)
def test_which_session_a_stop_ends(
    known: Session | None, identity: str, ends: Session | None
) -> None:
    """One of that charger that no StopTransaction has ended, by its id alone."""
    running = [Running(session=replace(RUNNING, id=8))]
    assert session_to_stop(stop_request(2500), identity, known, running, 1) is ends


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_stop_of_an_id_that_never_arrived(count: int) -> None:
    """Ends the only session that runs, and none where it is not certain which."""
    running = [
        Running(session=RUNNING),
        Running(session=replace(RUNNING, id=8, connector=1)),
    ]
    assert stopped_by_nobody(running[:count]) is (RUNNING if count == 1 else None)


@pytest.mark.parametrize(
    ("more", "connectors", "meter_stop", "ends"),
    [
        ({"called": 7}, 1, 2500, False),
        ({"called": UNKNOWN_ID, "goes_on": True}, 2, 2500, True),
        ({"goes_on": True}, 1, 2500, True),
        ({"goes_on": True}, 2, 2500, False),
        ({}, 2, 2500, True),
        ({}, 1, 1500, False),
        ({}, 1, 1900, True),
        ({}, 1, 0, True),
    ],
)
def test_what_speaks_against_an_end(
    more: dict[str, Any], connectors: int, meter_stop: int, *, ends: bool
) -> None:
    """An id that the charger knows, a status, a register that is another's."""
    session = replace(RUNNING, register=2000.0)
    running = [Running(session=session, **more)]
    assert stopped_by_nobody(running, meter_stop, connectors) is (
        session if ends else None
    )


def test_a_session_that_is_called_so_comes_first() -> None:
    """Before one of which nothing is known."""
    called = Running(session=replace(RUNNING, id=8), called=UNKNOWN_ID)
    assert stopped_by_nobody([Running(session=RUNNING), called]) is called.session


def stopped_by_nobody(
    running: list[Running], meter_stop: int = 2500, connectors: int = 1
) -> Session | None:
    """Return the session that a StopTransaction without an id ends."""
    request = replace(stop_request(meter_stop), transaction_id=UNKNOWN_ID)
    return session_to_stop(request, "CP-1", None, running, connectors)
