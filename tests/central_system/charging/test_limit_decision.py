"""The limit of a connector, and why: a function of a state, without a charger."""

from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.schneider_ev.central_system.charging.limiter import write_time
from custom_components.schneider_ev.central_system.charging.limits import (
    LimitReason,
    LimitState,
    decide,
    is_clearly_below,
)
from custom_components.schneider_ev.central_system.charging.ratings import Rating
from custom_components.schneider_ev.central_system.charging.requests import LimitRequest
from custom_components.schneider_ev.central_system.messages.enums import (
    ChargePointStatus,
)
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.generic import GENERIC
from custom_components.schneider_ev.products.model import RateUnit

CHARGING, SUSPENDED_EVSE, SUSPENDED_EV, PREPARING = (
    ChargePointStatus.CHARGING,
    ChargePointStatus.SUSPENDED_EVSE,
    ChargePointStatus.SUSPENDED_EV,
    ChargePointStatus.PREPARING,
)
IN_AMPERES = LimitState(
    smart_charging=GENERIC.smart_charging,
    rating=Rating(maximum=32.0, is_limitable=True),
    status=CHARGING,
)
IN_WATTS = replace(IN_AMPERES, smart_charging=EVLINK_PRO_DC.smart_charging)

_LIMITS = st.sampled_from([0.0, 6.0, 10.0, 16.0]) | st.floats(0, 60)
_STATES = st.builds(
    LimitState,
    smart_charging=st.sampled_from(
        [GENERIC.smart_charging, EVLINK_PRO_DC.smart_charging]
    ),
    rating=st.builds(Rating, maximum=st.floats(6, 60), is_limitable=st.booleans()),
    requested=st.builds(LimitRequest, st.none() | _LIMITS, st.booleans()),
    surplus=st.none() | _LIMITS,
    station=st.none() | _LIMITS,
    status=st.none() | st.sampled_from(ChargePointStatus),
    offered=st.none() | _LIMITS,
    drawn=st.none() | _LIMITS,
)


@pytest.mark.parametrize(
    ("state", "limit", "reason"),
    [
        ({}, 32, LimitReason.NONE),
        ({"requested": LimitRequest(16)}, 16, LimitReason.USER),
        ({"requested": LimitRequest(40)}, 32, LimitReason.NONE),
        ({"requested": LimitRequest(0)}, 0, LimitReason.PAUSED),
        ({"requested": LimitRequest(16, paused=True)}, 0, LimitReason.PAUSED),
        ({"surplus": 10}, 10, LimitReason.SOLAR),
        ({"surplus": 0}, 0, LimitReason.SOLAR),
        ({"surplus": 32}, 32, LimitReason.NONE),
        ({"surplus": 16, "requested": LimitRequest(16)}, 16, LimitReason.USER),
        ({"surplus": 10, "status": SUSPENDED_EV}, 10, LimitReason.SOLAR),
        ({"surplus": 10, "requested": LimitRequest(0)}, 0, LimitReason.PAUSED),
        ({"station": 20}, 32, LimitReason.STATION),
        ({"station": 20, "requested": LimitRequest(20)}, 20, LimitReason.USER),
        ({"station": 20, "status": SUSPENDED_EV}, 32, LimitReason.VEHICLE),
        ({"offered": 31}, 32, LimitReason.CHARGER),
        ({"offered": 31.1}, 32, LimitReason.NONE),
        ({"offered": 20, "status": SUSPENDED_EVSE}, 32, LimitReason.CHARGER),
        ({"offered": 20, "status": PREPARING}, 32, LimitReason.NONE),
        ({"offered": 20, "station": 20}, 32, LimitReason.STATION),
        ({"drawn": 31}, 32, LimitReason.VEHICLE),
        ({"drawn": 31.1}, 32, LimitReason.NONE),
        ({"drawn": 10, "offered": 32}, 32, LimitReason.VEHICLE),
        ({"drawn": 31.5, "offered": 40}, 32, LimitReason.VEHICLE),
        ({"drawn": 10, "status": SUSPENDED_EVSE}, 32, LimitReason.NONE),
        ({"status": None, "offered": 6, "drawn": 6}, 32, LimitReason.NONE),
    ],
)
def test_the_limit_and_its_reason(
    state: dict[str, object], limit: float, reason: LimitReason
) -> None:
    """The least of all limits, and the most certain of the reasons for it."""
    decision = decide(replace(IN_AMPERES, **state))  # type: ignore[arg-type]
    assert (decision.limit, decision.reason) == (limit, reason)


@pytest.mark.parametrize("requested", [LimitRequest(0), LimitRequest(16, paused=True)])
def test_only_a_limit_that_is_followed_pauses(requested: LimitRequest) -> None:
    """Not that of a product or a connector that cannot be paused by one."""
    unlimitable = Rating(maximum=32.0, is_limitable=False)
    states = IN_AMPERES, replace(IN_AMPERES, rating=unlimitable), IN_WATTS
    decisions = [decide(replace(state, requested=requested)) for state in states]
    assert [decision.is_paused for decision in decisions] == [True, False, False]
    assert [decision.is_pausable for decision in decisions] == [True, False, False]
    assert [decision.is_limitable for decision in decisions] == [True, False, True]


def test_a_pause_that_is_not_followed_is_still_the_reason() -> None:
    """The limit of 0 comes from the owner, not from the sun or the vehicle."""
    rating = Rating(maximum=32.0, is_limitable=False)
    state = replace(
        IN_AMPERES, rating=rating, requested=LimitRequest(16, paused=True), surplus=10
    )
    decision = decide(state)
    assert (decision.limit, decision.reason) == (0, LimitReason.PAUSED)


@given(_STATES)
def test_the_limit_is_the_least_of_all(state: LimitState) -> None:
    """Never more than the maximum, and nothing while it is paused."""
    decision = decide(state)
    asked = (state.rating.maximum, state.requested.value, state.surplus)
    least = min(limit for limit in asked if limit is not None)
    assert decision.limit == (0 if state.requested.paused else least)
    assert decision.limit <= decision.owners_limit <= decision.maximum
    assert decision.maximum == state.rating.maximum
    if decision.is_paused:
        assert decision.limit == 0
        assert decision.is_pausable


@given(_STATES)
def test_the_reason_fits_the_limit(state: LimitState) -> None:
    """Each of them only where what it names is there and holds the connector back."""
    decision = decide(state)
    held_back = decision.is_paused or state.requested.paused
    assert (decision.reason is LimitReason.PAUSED) is held_back
    match decision.reason:
        case LimitReason.SOLAR:
            assert decision.limit < decision.owners_limit
            assert decision.limit == state.surplus
        case LimitReason.USER:
            assert decision.limit == decision.owners_limit < decision.maximum
        case LimitReason.NONE:
            assert decision.limit == decision.maximum
        case LimitReason.STATION:
            assert state.station is not None
            assert state.station < decision.limit
        case LimitReason.CHARGER:
            assert state.offered is not None
            assert state.offered < decision.limit
        case LimitReason.VEHICLE:
            assert state.status is SUSPENDED_EV or state.drawn is not None


@given(_STATES, st.booleans(), _LIMITS)
def test_what_happens_on_the_wire_changes_no_limit(
    state: LimitState, charges: bool, measured: float
) -> None:
    """Status and readings give a reason, and the limit of the station one more."""
    other = replace(
        state,
        status=CHARGING if charges else None,
        offered=measured,
        drawn=measured,
        station=measured,
    )
    assert replace(decide(other), reason=decide(state).reason) == decide(state)


@pytest.mark.parametrize(
    ("unit", "margin"), [(RateUnit.AMPERE, 1.0), (RateUnit.WATT, 500.0)]
)
def test_clearly_below(unit: RateUnit, margin: float) -> None:
    """By the margin of the unit, or more."""
    assert is_clearly_below(9000 - margin, 9000, unit)
    assert not is_clearly_below(9000 - margin + 0.1, 9000, unit)


@pytest.mark.parametrize(
    ("in_force", "not_before", "when"),
    [
        (16.0, 0, None),
        (16.0, 110, None),
        (None, 0, 100),
        (10.0, 0, 100),
        (10.0, 100, 100),
        (10.0, 110, 110),
        (None, 110, 110),
    ],
)
def test_when_a_limit_is_written(
    in_force: float | None, not_before: float, when: float | None
) -> None:
    """At 100 s: at once, or when the interval is over; what is in force is not."""
    assert write_time(16.0, in_force, not_before, 100.0) == when
