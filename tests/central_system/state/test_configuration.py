"""Configuration keys, as many and as long as a charger may report."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.central_system.state import configuration
from homeassistant.core import HomeAssistant
from tests.conftest import Shown
from tests.fake_charger import FakeCharger

type Fake = Callable[..., FakeCharger]


async def test_an_endless_configuration_ends(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Keys that are invented anew each time, and values without end, are not all kept."""
    monkeypatch.setattr(configuration, "MAX_REPORTED_KEYS", 50)
    for turn in range(5):
        keys: list[dict[str, Any]] = [
            {"key": f"{turn}-{number}-" + "k" * 500, "value": "v" * 5000}
            for number in range(20)
        ]
        keys.append({"key": "LightIntensity", "value": 1e300 if turn else 70})
        ready.answers["GetConfiguration"] = {"configurationKey": keys}
        await shown.do("CP-1_refresh", "press")
        await hass.async_block_till_done()
        assert shown["CP-1_light_intensity"] == ("unknown" if turn else "70")
    assert "is longer than" not in caplog.text
    charger = entry.runtime_data.central_system.chargers["CP-1"]
    kept = charger.data()["configuration"]
    assert len(kept) == 50
    assert max(len(name) for name, _, _ in kept) == 255
    assert max(len(value) for _, value, _ in kept if value) == 2500
