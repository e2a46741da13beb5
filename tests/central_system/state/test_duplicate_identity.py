"""Two chargers with one identity, and one charger that moves."""

import asyncio

import pytest

from custom_components.schneider_ev.central_system.state import duplicate_identity
from custom_components.schneider_ev.central_system.state.duplicate_identity import (
    DuplicateIdentity,
)
from custom_components.schneider_ev.central_system.values import (
    Problem,
    Problems,
    Values,
)


@pytest.fixture
def problems() -> Problems:
    """What is wrong."""
    return Values()


@pytest.mark.parametrize(
    ("sources", "problem"),
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
async def test_turns(problems: Problems, sources: str, problem: object) -> None:
    """Two that alternate share an identity; one that moves now and then does not."""
    watch = DuplicateIdentity(problems)
    for name in sources:
        watch.seen(name)
    assert problems.get(Problem.IDENTITY_TWICE) == problem
    watch.close()


async def test_turns_that_take_long(
    problems: Problems, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Are not counted; and a problem that is over is dropped."""
    monkeypatch.setattr(duplicate_identity, "WINDOW", 0.05)
    watch = DuplicateIdentity(problems)
    for name in "ABAB":
        watch.seen(name)
        await asyncio.sleep(0.03)
    assert problems.get(Problem.IDENTITY_TWICE) is None
    for name in "ABAB":
        watch.seen(name)
    assert problems.get(Problem.IDENTITY_TWICE) is not None
    async with asyncio.timeout(5):
        await problems.changed(Problem.IDENTITY_TWICE)
    assert problems.get(Problem.IDENTITY_TWICE) is None


async def test_turns_before_the_owner_decided(problems: Problems) -> None:
    """Do not count any more, and the problem is over."""
    watch = DuplicateIdentity(problems)
    for name in "ABAB":
        watch.seen(name)
    watch.reset()
    assert problems.get(Problem.IDENTITY_TWICE) is None
    for name in "ABA":
        watch.seen(name)
    assert problems.get(Problem.IDENTITY_TWICE) is None
    watch.close()
