"""Clocks that are wrong, and times that are only old."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.schneider_ev.central_system.state.clock import Clock
from custom_components.schneider_ev.central_system.values import (
    Problem,
    Problems,
    Values,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def problems() -> Problems:
    """What is wrong."""
    return Values()


@pytest.fixture
def clock(problems: Problems, freezer: FrozenDateTimeFactory) -> Clock:
    """A clock that is watched from noon on."""
    freezer.move_to("2026-11-20T12:00:00+00:00")
    return Clock(problems)


@pytest.mark.parametrize("offset", [HOUR, -HOUR, timedelta(days=-20_000)])
def test_a_wrong_clock_goes_on(
    clock: Clock, problems: Problems, freezer: FrozenDateTimeFactory, offset: timedelta
) -> None:
    """It is as far off after a while, and then it is right again."""
    clock.observe(datetime.now(UTC) + offset)
    assert problems.get(Problem.CLOCK_WRONG) is None
    freezer.tick(31)
    clock.observe(datetime.now(UTC) + offset)
    assert problems.get(Problem.CLOCK_WRONG) == {
        "charger_time": f"{datetime.now(UTC) + offset:%Y-%m-%d %H:%M} UTC",
        "time": "2026-11-20 12:00 UTC",
    }
    clock.observe(datetime.now(UTC) - timedelta(minutes=4))
    assert problems.get(Problem.CLOCK_WRONG) is None


@pytest.mark.parametrize("seconds", [5, 60])
def test_an_old_time_stands_still(
    clock: Clock, problems: Problems, freezer: FrozenDateTimeFactory, seconds: int
) -> None:
    """That of a change long ago, which is told again and again, is no clock's."""
    old = datetime.now(UTC) - HOUR
    for _ in range(20):
        clock.observe(old)
        freezer.tick(seconds)
    assert problems.get(Problem.CLOCK_WRONG) is None


def test_messages_that_waited(clock: Clock, problems: Problems) -> None:
    """Old times that come all at once are not those of a clock either."""
    for minutes in range(60):
        clock.observe(datetime.now(UTC) - HOUR + timedelta(minutes=minutes))
    for _ in range(3):
        clock.observe(datetime.now(UTC) - HOUR)
    assert problems.get(Problem.CLOCK_WRONG) is None
