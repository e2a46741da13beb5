"""The limit of a connector, and why: a function of a state, without a charger."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.schneider_ev.central_system.charging.limiter import write_time
from custom_components.schneider_ev.central_system.charging.limits import (
    Ceiling,
    LimitReason,
    LimitState,
    decide,
    is_clearly_below,
    limit_reason,
    nearly,
)
from custom_components.schneider_ev.central_system.charging.ratings import Rating
from custom_components.schneider_ev.central_system.charging.requests import LimitRequest
from custom_components.schneider_ev.central_system.messages.enums import (
    ChargePointStatus,
)
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.generic import GENERIC
from custom_components.schneider_ev.products.model import RateUnit

CHARGING, SUSPENDED_EVSE, SUSPENDED_EV, PREPARING, FINISHING = (
    ChargePointStatus.CHARGING,
    ChargePointStatus.SUSPENDED_EVSE,
    ChargePointStatus.SUSPENDED_EV,
    ChargePointStatus.PREPARING,
    ChargePointStatus.FINISHING,
)
IN_AMPERES = LimitState(
    smart_charging=GENERIC.smart_charging,
    rating=Rating(maximum=32.0, is_limitable=True),
)
IN_WATTS = replace(IN_AMPERES, smart_charging=EVLINK_PRO_DC.smart_charging)

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)

_LIMITS = st.sampled_from([0.0, 6.0, 10.0, 16.0]) | st.floats(0, 60)
_STATES = st.builds(
    LimitState,
    smart_charging=st.sampled_from(
        [GENERIC.smart_charging, EVLINK_PRO_DC.smart_charging]
    ),
    rating=st.builds(Rating, maximum=st.floats(6, 60), is_limitable=st.booleans()),
    requested=st.builds(LimitRequest, st.none() | _LIMITS, st.booleans()),
    station=st.none() | _LIMITS,
    ceilings=st.lists(
        st.builds(
            Ceiling,
            reason=st.sampled_from([LimitReason.SOLAR, LimitReason.PRICE]),
            limit=_LIMITS,
        ),
        max_size=3,
    ).map(tuple),
)
_REPORTED = st.fixed_dictionaries(
    {
        "status": st.none() | st.sampled_from(ChargePointStatus),
        "offered": st.none() | _LIMITS,
        "drawn": st.none() | _LIMITS,
    }
)


def sun(limit: float) -> tuple[Ceiling, ...]:
    """Return the ceiling of the sun."""
    return (Ceiling(reason=LimitReason.SOLAR, limit=limit),)


def price(limit: float) -> tuple[Ceiling, ...]:
    """Return the ceiling of the price."""
    return (Ceiling(reason=LimitReason.PRICE, limit=limit),)


@pytest.mark.parametrize(
    ("state", "limit", "reason"),
    [
        ({}, 32, LimitReason.NONE),
        ({"requested": LimitRequest(16)}, 16, LimitReason.USER),
        ({"requested": LimitRequest(40)}, 32, LimitReason.NONE),
        ({"requested": LimitRequest(0)}, 0, LimitReason.PAUSED),
        ({"requested": LimitRequest(16, paused=True)}, 0, LimitReason.PAUSED),
        ({"ceilings": sun(10)}, 10, LimitReason.SOLAR),
        ({"ceilings": sun(0)}, 0, LimitReason.SOLAR),
        ({"ceilings": sun(32)}, 32, LimitReason.NONE),
        ({"ceilings": sun(16), "requested": LimitRequest(16)}, 16, LimitReason.USER),
        ({"ceilings": sun(16), "station": 16}, 16, LimitReason.STATION),
        ({"ceilings": sun(16) + price(16)}, 16, LimitReason.SOLAR),
        ({"ceilings": price(16) + sun(16)}, 16, LimitReason.SOLAR),
        ({"ceilings": sun(16) + price(10)}, 10, LimitReason.PRICE),
        ({"station": 10}, 32, LimitReason.STATION),
        ({"station": 0, "requested": LimitRequest(0)}, 0, LimitReason.PAUSED),
        ({"ceilings": sun(10), "requested": LimitRequest(0)}, 0, LimitReason.PAUSED),
    ],
)
def test_the_limit(state: dict[str, Any], limit: float, reason: LimitReason) -> None:
    """The least of all ceilings, and whose it is: of equal ones, the first's."""
    decision = decide(replace(IN_AMPERES, **state))
    assert (decision.limit, decision.ceiling.reason) == (limit, reason)


@pytest.mark.parametrize(
    ("state", "reported", "reason"),
    [
        ({}, {}, LimitReason.NONE),
        ({"requested": LimitRequest(16)}, {}, LimitReason.USER),
        ({"requested": LimitRequest(40)}, {}, LimitReason.NONE),
        ({"requested": LimitRequest(0)}, {"drawn": 0}, LimitReason.PAUSED),
        ({"ceilings": sun(32)}, {}, LimitReason.NONE),
        ({"ceilings": sun(16), "requested": LimitRequest(16)}, {}, LimitReason.USER),
        ({"ceilings": sun(10)}, {"drawn": 9.5, "offered": 10}, LimitReason.SOLAR),
        ({"ceilings": sun(24)}, {"drawn": 16, "offered": 24}, LimitReason.VEHICLE),
        ({"ceilings": sun(24)}, {"drawn": 16}, LimitReason.VEHICLE),
        ({"ceilings": sun(24)}, {"drawn": 16, "offered": 16}, LimitReason.CHARGER),
        ({"ceilings": sun(10)}, {"status": SUSPENDED_EV}, LimitReason.VEHICLE),
        ({"ceilings": sun(0)}, {"status": SUSPENDED_EV}, LimitReason.SOLAR),
        ({"ceilings": sun(24), "station": 20}, {}, LimitReason.STATION),
        ({"ceilings": sun(10)}, {"status": PREPARING}, LimitReason.SOLAR),
        ({}, {"offered": 20, "has_followed": False}, LimitReason.NONE),
        (
            {"ceilings": sun(24)},
            {"offered": 6, "has_followed": False},
            LimitReason.SOLAR,
        ),
        (
            {"requested": LimitRequest(16)},
            {"offered": 6, "drawn": 6, "has_followed": False},
            LimitReason.USER,
        ),
        ({"station": 20}, {}, LimitReason.STATION),
        ({"requested": LimitRequest(20), "station": 20}, {}, LimitReason.USER),
        ({"station": 20}, {"status": SUSPENDED_EV}, LimitReason.VEHICLE),
        ({}, {"offered": 31}, LimitReason.CHARGER),
        ({}, {"offered": 31.1}, LimitReason.NONE),
        ({}, {"offered": 20, "status": SUSPENDED_EVSE}, LimitReason.CHARGER),
        ({}, {"offered": 20, "status": PREPARING}, LimitReason.NONE),
        ({"station": 20}, {"offered": 20}, LimitReason.STATION),
        ({}, {"drawn": 31}, LimitReason.VEHICLE),
        ({}, {"drawn": 31.1}, LimitReason.NONE),
        ({}, {"drawn": 10, "offered": 32}, LimitReason.VEHICLE),
        ({}, {"drawn": 31.5, "offered": 40}, LimitReason.VEHICLE),
        ({}, {"drawn": 10, "status": SUSPENDED_EVSE}, LimitReason.NONE),
        ({}, {"status": None, "offered": 6, "drawn": 6}, LimitReason.NONE),
    ],
)
def test_the_reason(
    state: dict[str, Any], reported: dict[str, Any], reason: LimitReason
) -> None:
    """The most certain one of those there are."""
    decision = decide(replace(IN_AMPERES, **state))
    reported = {"status": CHARGING} | reported
    assert limit_reason(decision, unit=RateUnit.AMPERE, **reported) is reason


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"requested": LimitRequest(16)},
        {"requested": LimitRequest(16, paused=True)},
        {"ceilings": sun(10)},
    ],
)
@pytest.mark.parametrize(
    "status",
    [
        ChargePointStatus.AVAILABLE,
        ChargePointStatus.FINISHING,
        ChargePointStatus.RESERVED,
        ChargePointStatus.UNAVAILABLE,
        ChargePointStatus.FAULTED,
    ],
)
def test_nothing_limits_where_nothing_charges(
    state: dict[str, Any], status: ChargePointStatus
) -> None:
    """Neither the owner nor the sun, whatever was offered before."""
    decision = decide(replace(IN_AMPERES, **state))
    reported: dict[str, Any] = {"offered": 6.0, "drawn": 0.0}
    assert (
        limit_reason(decision, unit=RateUnit.AMPERE, status=status, **reported)
        is LimitReason.NONE
    )


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
        IN_AMPERES,
        rating=rating,
        requested=LimitRequest(16, paused=True),
        ceilings=sun(10),
    )
    decision = decide(state)
    assert (decision.limit, decision.ceiling.reason) == (0, LimitReason.PAUSED)


@given(_STATES)
def test_the_limit_is_the_least_of_all(state: LimitState) -> None:
    """Never more than the maximum, and nothing while it is paused."""
    decision = decide(state)
    asked = (
        state.rating.maximum,
        state.requested.value,
        *(ceiling.limit for ceiling in state.ceilings),
    )
    least = min(limit for limit in asked if limit is not None)
    assert decision.limit == (0 if state.requested.paused else least)
    assert decision.limit <= decision.owners_limit <= decision.maximum
    assert decision.maximum == state.rating.maximum
    if decision.is_paused:
        assert decision.limit == 0
        assert decision.is_pausable


@given(_STATES)
def test_the_smallest_ceiling_holds(state: LimitState) -> None:
    """And it is named; of equal ones the first, but none that leaves what is asked for."""
    decision = decide(state)
    station = () if state.station is None else (state.station,)
    assert decision.ceiling.limit == min([decision.limit, *station])
    named, order = decision.ceiling.reason, list(LimitReason)
    ceilings = [(ceiling.limit, ceiling.reason) for ceiling in state.ceilings]
    ceilings += [(limit, LimitReason.STATION) for limit in station]
    asked = 0.0 if state.requested.paused else decision.owners_limit
    equals = [
        order.index(reason)
        for limit, reason in ceilings
        if limit == decision.ceiling.limit < asked
    ]
    if equals:
        assert order.index(named) == min(equals)
    else:
        assert decision.ceiling.limit == asked
        assert named in {LimitReason.PAUSED, LimitReason.USER, LimitReason.NONE}
        assert (named is LimitReason.NONE) is (asked == decision.maximum)


@given(_STATES, _REPORTED)
def test_the_reason_fits_the_limit(state: LimitState, reported: dict[str, Any]) -> None:
    """Each of them only where what it names is there and holds the connector back."""
    decision = decide(state)
    ceiling = decision.ceiling
    reason = limit_reason(decision, unit=state.smart_charging.unit, **reported)
    status = reported["status"]
    if (status is not None and status.plugged is not True) or status is FINISHING:
        assert reason is LimitReason.NONE
        return
    held_back = decision.is_paused or state.requested.paused
    assert (reason is LimitReason.PAUSED) is held_back
    match reason:
        case LimitReason.CHARGER:
            assert reported["offered"] < ceiling.limit
        case LimitReason.VEHICLE:
            assert status is SUSPENDED_EV or reported["drawn"] is not None
        case _:
            assert reason is ceiling.reason
    if ceiling.limit == 0:
        assert reason is ceiling.reason


@pytest.mark.parametrize(
    ("before", "time", "shown"),
    [
        (None, None, None),
        (0, None, None),
        (None, 29.9, 0),
        (None, 30, 60),
        (60, 119.9, 60),
        (60, 0.1, 60),
        (60, 120, 120),
        (60, 0, 0),
    ],
)
def test_a_time_that_is_nearly_so(
    before: float | None, time: float | None, shown: float | None
) -> None:
    """In whole minutes, and the same one as long as it is off by less than one."""

    def date(seconds: float | None) -> datetime | None:
        return None if seconds is None else NOON + timedelta(seconds=seconds)

    assert nearly(date(before), date(time)) == date(shown)


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
