"""Recordings: what a charger said can be downloaded, kept, and said again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from tests import recording
from tests.conftest import DOMAIN, Shown
from tests.fake_charger import FakeCharger
from tests.simulator import Simulator

REAL, REPLAYED = "CP-1", "CP-2"
SAME = ("status", "session_energy", "session_start", "stop_reason", "energy", "power")


@pytest.fixture
def chargers() -> dict[str, dict[str, object]]:
    """One charger that is recorded, and one that says the same."""
    return {REAL: {}, REPLAYED: {}}


async def test_from_a_charger_to_a_fixture_and_back(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry: MockConfigEntry,
    central_system: str,
    fake: Callable[..., FakeCharger],
    shown: Shown,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A session of the simulator shows the same when it is replayed from its fixture."""
    monkeypatch.setattr(recording, "FIXTURES", tmp_path)
    async with Simulator(
        central_system, REAL, latency=0, free_charging=True
    ) as charger:
        await charger.until(
            lambda: (
                {"requestedMessage": "MeterValues"} in charger.calls("TriggerMessage")
            )
        )
        await charger.plug_in()
        await charger.until(lambda: charger.transaction_id is not None)
        charger.post_meter_values("Sample.Periodic", idle=False)
        await charger.unplug()
        await charger.until(lambda: shown[f"{REAL}_1_status"] == "available")
        await charger.until(lambda: shown[f"{REAL}_1_stop_reason"] != "unknown")
    await hass.async_block_till_done()

    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, REAL), entry.entry_id
    )
    assert device is not None
    assert await async_setup_component(hass, "diagnostics", {})
    await hass.async_block_till_done()
    client = await hass_client()
    response = await client.get(
        f"/api/diagnostics/config_entry/{entry.entry_id}/device/{device.id}"
    )
    download = tmp_path / "download.json"
    download.write_bytes(await response.read())

    recording.main([str(download), "session"])
    fixture = tmp_path / "session.json"
    assert REAL not in fixture.read_text()
    kept = recording.load(fixture)
    assert [call.action for call in kept][0] == "BootNotification"
    assert {"StartTransaction", "StopTransaction"} <= {call.action for call in kept}

    async with fake(REPLAYED) as again:
        again.configuration["NumberOfConnectors"] = ("1", True)
        await recording.replay(again, kept)
        known = er.async_get(hass).async_get_entity_id
        await again.until(
            lambda: all(known("sensor", DOMAIN, f"{REPLAYED}_1_{key}") for key in SAME)
        )
        await hass.async_block_till_done()
        for key in SAME:
            value = shown[f"{REPLAYED}_1_{key}"]
            assert value == shown[f"{REAL}_1_{key}"] != "unknown", key
