"""A short form of `scripts/soak frames`."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from .fuzz import KNOWN, WITNESS, Fuzz, from_all
from .malformed_frames import corpus, frames

FRAMES = 2000
SEED = 1


@pytest.fixture
def chargers() -> dict[str, dict[str, object]]:
    """Those who send, and one that is not to notice."""
    return {identity: {} for identity in (WITNESS, *KNOWN)}


async def test_malformed_frames(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str
) -> None:
    """Every frame gets what it is owed, and costs nobody else anything."""
    fuzz = Fuzz(hass, entry)
    await fuzz.send(from_all(corpus()))
    await fuzz.send(frames(FRAMES, SEED))
    assert not fuzz.report.failures, f"seed {SEED}: {fuzz.report}"
    assert fuzz.report.frames > FRAMES
    assert len(fuzz.report.answers) > 1
