"""A day in the sun, from sunrise to night, in a real Home Assistant process."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from custom_components.schneider_ev.central_system.charging.limiter import (
    WRITE_INTERVAL,
)

from .solar_day import EVENING_LIMITS, Moment, Report, cloudy_day, computed, play
from .solar_days import DAYLIGHT, MINIMUM, STEP

HOUR = 3600
PHASES = 3
PAUSED = {"no_surplus", "waiting"}
FED = {"surplus", "minimum"}


@pytest.mark.timeout(600)
async def test_a_cloudy_day(tmp_path: Path) -> None:
    """The car gets what the regulator alone gives it, the contactor is spared.

    The bounds leave room for what a machine that is busy loses on the way: a step or
    two between a decision and the car.
    """
    asyncio.get_running_loop().set_debug(False)  # that would take as long as the day
    day = cloudy_day(1)
    report = await play(tmp_path, day, PHASES)
    expected = computed(day, PHASES)
    assert report.problems == []
    assert abs(report.share - expected.share) < 0.04
    assert report.drawn < expected.drawn + 1.5
    assert abs(len(report.pauses) - expected.pauses) <= 4
    for begin in report.pauses:
        hour = [at for at in report.pauses if begin <= at < begin + HOUR - 2 * STEP]
        assert len(hour) <= 6
    judge_the_wire(report)
    for moment in report.moments:
        judge(moment)
        assert moment.shows["charging_mode"] == "solar"
        assert moment.shows["limited_by"] == "solar"
        assert moment.shows["charging"] == "on"
        assert moment.reason in (FED if moment.offered else PAUSED), moment
    assert {moment.reason for moment in report.moments} >= {"no_surplus", *FED}
    judge_the_evening(report)


def judge_the_wire(report: Report) -> None:
    """No limit is below the minimum, and none comes too soon after another."""
    assert all(not limit or limit >= MINIMUM for _, limit in report.limits)
    for (at, _), (next_at, _) in pairwise(report.limits):
        assert next_at - at >= WRITE_INTERVAL - STEP
    at_daylight = [limit for at, limit in report.limits if at < DAYLIGHT]
    assert max(at_daylight) > MINIMUM + 2


def judge(moment: Moment) -> None:
    """What is shown is so."""
    shows = moment.shows
    assert shows["status"].replace("_", "") == moment.status.lower(), moment
    power = float(shows["power"]) * 1000
    assert power == pytest.approx(moment.power, rel=0.01), moment
    assert float(shows["session_energy"]) == pytest.approx(
        moment.energy / 1000, abs=0.002
    ), moment


def judge_the_evening(report: Report) -> None:
    """The owner has the car charge from the grid, then takes it away."""
    evening, night = report.evening, report.night
    assert evening is not None
    assert night is not None
    judge(evening)
    judge(night)
    assert evening.shows["charging_mode"] == evening.reason == "fast"
    assert evening.shows["limited_by"] == "user"
    at_dusk = [limit for at, limit in report.limits if at >= DAYLIGHT]
    assert set(at_dusk[1:]) == {EVENING_LIMITS[-1]}
    assert evening.power == pytest.approx(EVENING_LIMITS[-1] * 3 * 231, rel=0.02)
    assert night.shows["status"] == "available"
    assert night.shows["charging"] == "off"
    assert night.shows["limited_by"] == "none"
    assert report.session["energy"] == pytest.approx(report.register, abs=1)
    assert report.session["reason"] == "EVDisconnected"
