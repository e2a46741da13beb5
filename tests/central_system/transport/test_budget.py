"""Budgets: what may be spent at once, and what thereafter."""

import pytest

from custom_components.schneider_ev.central_system.transport import budget
from custom_components.schneider_ev.central_system.transport.budget import (
    Budget,
    Budgets,
)


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        """Start at some time."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the budgets."""
    clock = Clock()
    monkeypatch.setattr(budget, "monotonic", clock)
    return clock


def test_at_once(clock: Clock) -> None:
    """What is there costs no waiting; what is not has to be waited for."""
    some = Budget(3, 2.0)
    assert [some.spend() for _ in range(5)] == [0.0, 0.0, 0.0, 2.0, 4.0]


def test_is_spent(clock: Clock) -> None:
    """A budget is spent until there is one more."""
    some = Budget(2, 2.0)
    for _ in range(2):
        assert not some.is_spent
        some.spend()
    assert some.is_spent
    clock.now += 1.9
    assert some.is_spent
    clock.now += 0.2
    assert not some.is_spent


def test_it_fills_up(clock: Clock) -> None:
    """After a long time there is as much as at first, and no more."""
    some = Budget(3, 2.0)
    some.spend(10)
    clock.now += 1_000_000
    assert [some.spend() for _ in range(4)] == [0.0, 0.0, 0.0, 2.0]


def test_more_than_there_is(clock: Clock) -> None:
    """What costs more than there is can be had, and is paid for afterwards."""
    some = Budget(3, 2.0)
    assert some.spend(5) == 4.0
    clock.now += 4
    assert some.spend() == 2.0


def test_each_key_has_its_own(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has spent all leaves the others theirs; of many the oldest is forgotten."""
    monkeypatch.setattr(budget, "MAX_KEYS", 2)
    many = Budgets[str](1, 2.0)
    many.spend("a")
    assert many.is_spent("a")
    assert not many.is_spent("b")
    many.spend("b")
    many.spend("a")
    many.spend("c")
    assert [many.is_spent(key) for key in "abc"] == [True, False, True]
