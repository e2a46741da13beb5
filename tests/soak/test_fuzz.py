"""A short form of `scripts/soak frames`."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from .fuzz import CHARGERS, Fuzz, from_all
from .malformed_frames import corpus, frames

FRAMES = 2000
SEED = 1


@pytest.fixture
def chargers() -> dict[str, dict[str, str]]:
    """The chargers that send malformed frames, and the witness."""
    return CHARGERS


async def test_malformed_frames(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str
) -> None:
    """Every frame is answered as expected, and other chargers are not affected."""
    fuzz = Fuzz(hass, entry)
    await fuzz.send(from_all(corpus()))
    await fuzz.send(frames(FRAMES, SEED))
    assert not fuzz.report.failures, f"seed {SEED}: {fuzz.report}"
    assert fuzz.report.frames > FRAMES
    assert len(fuzz.report.answers) > 1
