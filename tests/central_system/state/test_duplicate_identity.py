"""Two chargers with one identity, and one charger that moves."""

import asyncio

import pytest

from custom_components.schneider_ev.central_system.state import duplicate_identity
from custom_components.schneider_ev.central_system.state.duplicate_identity import (
    IDENTITY_TWICE,
    Rivals,
)
from custom_components.schneider_ev.central_system.values import Values


@pytest.fixture
def problems() -> Values:
    """What is wrong."""
    return Values()


@pytest.mark.parametrize(
    ("names", "rivals_are"),
    [
        ("ABAB", {"one": "A", "other": "B"}),
        ("AABBAABB", {"one": "A", "other": "B"}),
        ("CABAB", {"one": "A", "other": "B"}),
        ("A", None),
        ("AAAAAA", None),
        ("ABA", None),
        ("ABCD", None),
        ("ABCABC", None),
    ],
)
async def test_turns(problems: Values, names: str, rivals_are: object) -> None:
    """Two that take turns are rivals; one that changes its name now and then is not."""
    watch = Rivals(problems)
    for name in names:
        watch.came(name)
    assert problems.get(IDENTITY_TWICE) == rivals_are
    watch.close()


async def test_turns_that_take_long(
    problems: Values, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Are no fight; and a fight that is over is forgotten."""
    monkeypatch.setattr(duplicate_identity, "_WINDOW", 0.05)
    watch = Rivals(problems)
    for name in "ABAB":
        watch.came(name)
        await asyncio.sleep(0.03)
    assert problems.get(IDENTITY_TWICE) is None
    for name in "ABAB":
        watch.came(name)
    assert problems.get(IDENTITY_TWICE) is not None
    async with asyncio.timeout(5):
        await problems.changed(IDENTITY_TWICE)
    assert problems.get(IDENTITY_TWICE) is None
