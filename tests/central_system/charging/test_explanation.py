"""Why a connector charges as it does: what is said of a situation, and by what figures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.schneider_ev.central_system.charging.explanation import (
    FIGURES,
    Explanation,
    Figure,
    Sentence,
    SiteReason,
    SiteReport,
    Situation,
    explain,
)
from custom_components.schneider_ev.central_system.charging.limits import (
    Limitation,
    LimitReason,
)
from custom_components.schneider_ev.central_system.messages.enums import (
    ChargePointStatus,
)
from custom_components.schneider_ev.site.load import Reason
from tests.texts import ENTITY_TEXTS, placeholders

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)
SOON = NOON + timedelta(minutes=20)
LATE = NOON + timedelta(days=1)

PLUGGED = Situation(
    now=NOON,
    status=ChargePointStatus.CHARGING,
    limitation=Limitation(reason=LimitReason.NONE, ceiling=16),
    limit=11_040,
    power=7_361,
)

_SITES = st.builds(
    SiteReport,
    reason=st.sampled_from(SiteReason),
    available=st.none() | st.floats(-5000, 20_000),
    needed=st.none() | st.floats(1000, 20_000),
    changes_at=st.none() | st.sampled_from([NOON, SOON, LATE]),
    price=st.none() | st.floats(-1, 1),
    cheap_below=st.none() | st.floats(-1, 1),
)
_SITUATIONS = st.builds(
    Situation,
    now=st.just(NOON),
    status=st.none() | st.sampled_from(ChargePointStatus),
    limitation=st.builds(
        Limitation,
        reason=st.sampled_from(LimitReason),
        ceiling=st.floats(0, 32),
        next_change=st.none() | st.sampled_from([NOON, SOON, LATE]),
    ),
    limit=st.floats(0, 22_000),
    power=st.none() | st.floats(0, 22_000),
    site=st.none() | _SITES,
)


def by_limit(reason: LimitReason, ceiling: float = 16, **more: Any) -> Situation:
    """Return a situation in which something limits."""
    return replace(
        PLUGGED, limitation=Limitation(reason=reason, ceiling=ceiling, **more)
    )


def by_site(reason: SiteReason, limit: LimitReason, **more: Any) -> Situation:
    """Return a situation in which the site decides."""
    report = SiteReport(reason=reason, **more)
    return replace(by_limit(limit, 6), site=report)


KNOWN: dict[str, Any] = {"available": 1_911, "needed": 4_140}
WAITING = by_site(SiteReason.WAITING, LimitReason.SOLAR, **KNOWN, changes_at=SOON)
CHEAP: dict[str, Any] = {"price": 0.082, "cheap_below": 0.1}


@pytest.mark.parametrize(
    ("situation", "sentence", "figures"),
    [
        (by_limit(LimitReason.NONE), Sentence.UNLIMITED, {"limit": 11.0}),
        (by_limit(LimitReason.USER), Sentence.USER, {"limit": 11.0}),
        (
            by_limit(LimitReason.USER, next_change=SOON),
            Sentence.USER_UNTIL,
            {"limit": 11.0, "until": SOON},
        ),
        (by_limit(LimitReason.STATION), Sentence.STATION, {"limit": 11.0}),
        (by_limit(LimitReason.PAUSED, 0), Sentence.PAUSED, {}),
        (
            by_limit(LimitReason.PAUSED, 0, next_change=SOON),
            Sentence.PAUSED_UNTIL,
            {"until": SOON},
        ),
        (by_limit(LimitReason.VEHICLE), Sentence.VEHICLE, {"power": 7.4}),
        (by_limit(LimitReason.CHARGER), Sentence.CHARGER, {"power": 7.4}),
        (
            replace(by_limit(LimitReason.VEHICLE), power=None),
            Sentence.VEHICLE_WAITS,
            {},
        ),
        (
            by_site(SiteReason.SURPLUS, LimitReason.SOLAR, available=5_049),
            Sentence.SURPLUS,
            {"available": 5.0},
        ),
        (by_site(SiteReason.SURPLUS, LimitReason.USER), Sentence.SUN, {}),
        (
            by_site(SiteReason.MINIMUM, LimitReason.SOLAR, **KNOWN),
            Sentence.MINIMUM,
            {"available": 1.9, "needed": 4.1},
        ),
        (
            by_site(SiteReason.MINIMUM, LimitReason.SOLAR, **KNOWN, changes_at=SOON),
            Sentence.MINIMUM_UNTIL,
            {"available": 1.9, "needed": 4.1, "time": SOON},
        ),
        (
            WAITING,
            Sentence.WAITING_UNTIL,
            {"available": 1.9, "needed": 4.1, "time": SOON},
        ),
        (
            by_site(
                SiteReason.NO_SURPLUS, LimitReason.SOLAR, available=-900, needed=1380
            ),
            Sentence.WAITING,
            {"available": 0.0, "needed": 1.4},
        ),
        (by_site(SiteReason.WAITING, LimitReason.SOLAR), Sentence.WAITING_FOR_SUN, {}),
        (by_site(SiteReason.NO_DATA, LimitReason.SOLAR), Sentence.NO_DATA, {}),
        (by_site(SiteReason.OFF, LimitReason.NONE), Sentence.OFF, {}),
        (
            by_site(SiteReason.CHEAP, LimitReason.NONE, **CHEAP, changes_at=SOON),
            Sentence.CHEAP_UNTIL,
            {"price": 0.082, "time": SOON},
        ),
        (
            by_site(SiteReason.CHEAP, LimitReason.NONE, **CHEAP),
            Sentence.CHEAP,
            {"price": 0.082},
        ),
        (
            by_site(
                SiteReason.WAITING_FOR_PRICE,
                LimitReason.PRICE,
                **CHEAP,
                changes_at=SOON,
            ),
            Sentence.WAITING_FOR_PRICE_UNTIL,
            {"cheap_below": 0.1, "time": SOON},
        ),
        (
            by_site(SiteReason.WAITING_FOR_PRICE, LimitReason.PRICE, **CHEAP),
            Sentence.WAITING_FOR_PRICE,
            {"cheap_below": 0.1},
        ),
        (
            by_site(SiteReason.NEGATIVE_PRICE, LimitReason.NONE, changes_at=SOON),
            Sentence.NEGATIVE_PRICE_UNTIL,
            {"time": SOON},
        ),
        (
            by_site(SiteReason.NEGATIVE_PRICE, LimitReason.NONE),
            Sentence.NEGATIVE_PRICE,
            {},
        ),
    ],
)
def test_what_is_said(
    situation: Situation, sentence: Sentence, figures: dict[str, Any]
) -> None:
    """The most telling sentence of which all figures are known."""
    explanation = explain(situation)
    assert explanation is not None
    assert (explanation.sentence, explanation.figures) == (sentence, figures)


@pytest.mark.parametrize(
    ("status", "reason", "sentence"),
    [
        (ChargePointStatus.AVAILABLE, LimitReason.NONE, Sentence.NO_VEHICLE),
        (ChargePointStatus.RESERVED, LimitReason.NONE, Sentence.NO_VEHICLE),
        (ChargePointStatus.FINISHING, LimitReason.NONE, Sentence.ENDED),
        (ChargePointStatus.UNAVAILABLE, LimitReason.NONE, Sentence.OUT_OF_SERVICE),
        (ChargePointStatus.FAULTED, LimitReason.NONE, Sentence.FAULT),
        (ChargePointStatus.PREPARING, LimitReason.SOLAR, Sentence.NOT_STARTED),
        (ChargePointStatus.CHARGING, LimitReason.SOLAR, Sentence.WAITING_UNTIL),
        (ChargePointStatus.SUSPENDED_EV, LimitReason.VEHICLE, Sentence.VEHICLE_WAITS),
        (ChargePointStatus.SUSPENDED_EVSE, LimitReason.VEHICLE, Sentence.VEHICLE),
        (ChargePointStatus.SUSPENDED_EVSE, LimitReason.CHARGER, Sentence.CHARGER_WAITS),
        (ChargePointStatus.CHARGING, LimitReason.STATION, Sentence.STATION),
        (ChargePointStatus.CHARGING, LimitReason.PAUSED, Sentence.PAUSED),
        (None, LimitReason.NONE, None),
    ],
)
def test_what_a_charger_says_counts_first(
    status: ChargePointStatus | None, reason: LimitReason, sentence: Sentence | None
) -> None:
    """The site explains a limit of its own only, and only where something charges."""
    limitation = Limitation(reason=reason, ceiling=6)
    explanation = explain(replace(WAITING, status=status, limitation=limitation))
    assert (explanation and explanation.sentence) == sentence


def test_a_vehicle_that_waits_for_the_sun() -> None:
    """Is not told that a badge is missing while it may have nothing."""
    limitation = Limitation(reason=LimitReason.SOLAR, ceiling=0)
    preparing = replace(
        WAITING, status=ChargePointStatus.PREPARING, limitation=limitation
    )
    explanation = explain(preparing)
    assert explanation is not None
    assert explanation.sentence is Sentence.WAITING_UNTIL


@pytest.mark.parametrize("reason", [SiteReason.FAST, SiteReason.UNPLUGGED, None])
@pytest.mark.parametrize("limit", [LimitReason.SOLAR, LimitReason.PRICE])
def test_a_site_that_has_not_said_why_yet(
    reason: SiteReason | None, limit: LimitReason
) -> None:
    """Its ceiling is explained once it has."""
    site = None if reason is None else SiteReport(reason=reason)
    assert explain(replace(by_limit(limit), site=site)) is None


@pytest.mark.parametrize("time", [NOON, NOON - timedelta(seconds=1), LATE])
def test_times_that_would_be_taken_for_others(time: datetime) -> None:
    """One that is over, or of another day, is not told."""
    situation = by_site(SiteReason.WAITING, LimitReason.SOLAR, **KNOWN, changes_at=time)
    explanation = explain(situation)
    assert explanation is not None
    assert explanation.sentence is Sentence.WAITING


def test_a_time_that_moves_little_is_the_same() -> None:
    """So the sentence stays as it is."""
    shown = explain(WAITING)
    for seconds, moved in ((59, 0), (-59, 0), (61, 60)):
        site = SiteReport(
            reason=SiteReason.WAITING,
            **KNOWN,
            changes_at=SOON + timedelta(seconds=seconds),
        )
        explanation = explain(replace(WAITING, site=site), shown)
        assert explanation is not None
        time = SOON + timedelta(seconds=moved)
        assert explanation.figures[Figure.TIME] == time


@given(_SITUATIONS)
def test_nothing_is_said_without_its_figures(situation: Situation) -> None:
    """Each sentence has those that its text names, and nothing of unknown status."""
    explanation = explain(situation)
    if explanation is None:
        assert situation.status is None or situation.limitation.reason in {
            LimitReason.NONE,
            LimitReason.USER,
            LimitReason.SOLAR,
            LimitReason.PRICE,
        }
        return
    assert isinstance(explanation, Explanation)
    assert explanation.figures.keys() == FIGURES[explanation.sentence]


@pytest.mark.parametrize("sentence", Sentence)
def test_the_text_has_the_figures(sentence: Sentence) -> None:
    """No more, and no less."""
    text = ENTITY_TEXTS["sensor"]["explanation"]["state"][sentence]
    assert placeholders(text) == FIGURES[sentence]


def test_every_reason_of_a_site_is_known() -> None:
    """What the regulator decides by can be reported."""
    assert {*Reason} <= {*SiteReason}
