"""What is kept on disk, and what becomes of files of older versions."""

from collections.abc import Callable
import copy
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.schneider_ev.central_system import CentralSystem
from custom_components.schneider_ev.central_system.charging import ChargingMode
from custom_components.schneider_ev.storage import Storage
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tests.conftest import DOMAIN, IDENTITY, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import sample, sessions, stop

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def entry(entry: MockConfigEntry, hass_storage: dict[str, Any]) -> MockConfigEntry:
    """A central system whose file is of version 1."""
    key = f"{DOMAIN}.{entry.entry_id}"
    hass_storage[key] = {
        "version": 1,
        "minor_version": 1,
        "key": key,
        "data": json.loads((FIXTURES / "storage_version_1.json").read_text()),
    }
    return entry


async def test_version_1_is_taken_over(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Callable[..., FakeCharger],
    shown: Shown,
    hass_storage: dict[str, Any],
) -> None:
    """A transaction that ran is a session, and ends as one; the rest is there, too."""
    async with fake() as charger:
        await charger.status("Charging")
        assert shown["CP-1_1_charging_limit"] == "10.0"
        await sample(charger, 1768416593, 1700)
        assert shown["CP-1_1_session_energy"] == "0.7"
        await stop(charger, 1768416593, 2000)
        (session,) = await sessions(hass)
        assert session["energy"] == 1000.0
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}"]
    assert stored["version"] == 3
    assert "transaction" not in stored["data"]["chargers"]["CP-1"]["connectors"]["1"]
    before = json.loads((FIXTURES / "storage_version_1.json").read_text())
    assert hass_storage[f"{stored['key']}.version_1"]["data"] == before


VERSION_2: dict[str, Any] = json.loads(
    (FIXTURES / "storage_version_2.json").read_text()
)


@pytest.mark.parametrize("chargers", [{IDENTITY: {"password": "a" * 20}}])
async def test_version_2_is_read(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
    running: Callable[[], CentralSystem],
    shown: Shown,
) -> None:
    """All that a charger had is there before it connects; the file as it was is kept."""
    hass_storage[f"{DOMAIN}.{entry.entry_id}"] |= {
        "version": 2,
        "data": copy.deepcopy(VERSION_2),
    }
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert shown["CP-1_1_charging_limit"] == "unavailable"
    charger = running().chargers[IDENTITY]
    first, second = charger.connectors.values()
    assert first.limits.decision.owners_limit == 12
    assert second.limits.mode is ChargingMode.SOLAR
    assert (second.limits.minimum, second.limits.solar_reserve) == (8, 500)
    assert charger.station_limit.limit == 30
    assert (reserved := charger.reservations.of(2)) is not None
    assert reserved.id_tag == "BOB"
    assert first.sessions.running is not None
    assert first.sessions.running.energy == 1500
    assert [session["energy"] for session in await sessions(hass)] == [4000, 1500]
    assert charger.credentials.new_password == "b" * 20
    assert await hass.config_entries.async_unload(entry.entry_id)
    key = f"{DOMAIN}.{entry.entry_id}"
    stored = json.loads(json.dumps(hass_storage[key]["data"]))
    kept = {name: kept for name, kept in VERSION_2.items() if name != "journal"}
    assert still_kept(stored, kept) == kept
    assert hass_storage[f"{key}.version_2"]["data"] == VERSION_2


def still_kept(stored: Any, kept: Any) -> Any:
    """Return what is stored, without what was not kept before."""
    if not isinstance(kept, dict):
        return stored
    return {name: still_kept(stored[name], value) for name, value in kept.items()}


async def test_version_2_is_taken_over_once(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    """Where it was cut off and is done again, what has changed since stays so."""
    key = f"{DOMAIN}.{entry.entry_id}"
    for _ in range(2):
        hass_storage[key] = {
            "version": 2,
            "minor_version": 1,
            "key": key,
            "data": copy.deepcopy(VERSION_2),
        }
        storage = Storage(hass, entry.entry_id)
        await storage.async_load({IDENTITY})
        running = storage.journal.not_over(IDENTITY, 1)
        for session in running:
            await storage.journal.end(session.stopped(dt_util.utcnow(), 9000, "Local"))
        await storage.async_close()
    assert running == []


async def test_what_changes_after_the_last_save(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """Is not written any more: what is on disk by then is the next setup's."""
    storage = Storage(hass, "entry")
    await storage.async_close()
    hass_storage[f"{DOMAIN}.entry"]["data"] = "the next setup's"
    storage.forget(IDENTITY)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1))
    await hass.async_block_till_done()
    assert hass_storage[f"{DOMAIN}.entry"]["data"] == "the next setup's"


EMPTY: dict[str, Any] = {
    "chargers": {},
    "journal": {"last_id": 0, "sessions": []},
    "remote_id_tag": "HA1",
}


@pytest.mark.parametrize(
    ("name", "stored", "reason"),
    [
        ("", {"version": 4, "data": {}}, "storage_newer"),
        (".certificates", {"version": 2, "data": {}}, "storage_newer"),
        ("", {"version": 2, "data": {}}, "storage_damaged"),
        ("", {"version": 2, "data": EMPTY | {"chargers": []}}, "storage_damaged"),
        ("", {"version": 2, "data": EMPTY | {"journal": "x"}}, "storage_damaged"),
        (".certificates", {"version": 1, "data": {"root": 1}}, "storage_damaged"),
    ],
)
async def test_a_file_of_no_use(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
    name: str,
    stored: dict[str, Any],
    reason: str,
) -> None:
    """The owner is told, and the file is left alone."""
    key = f"{DOMAIN}.{entry.entry_id}"
    hass_storage[key] = {"version": 2, "minor_version": 1, "key": key, "data": EMPTY}
    spoilt = hass_storage[f"{key}{name}"] = {"minor_version": 1, "key": key, **stored}
    before = json.dumps(spoilt)
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == reason
    assert json.dumps(hass_storage[f"{key}{name}"]) == before


@pytest.mark.parametrize("chargers", [{"CP-1": {}, "CP-2": {}}])
async def test_one_charger_of_which_nonsense_is_kept(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
    shown: Shown,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It starts afresh; the others are what they were."""
    stored = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["chargers"]
    stored["CP-2"] = stored["CP-1"] | {"connectors": {"1": {"values": ["status"]}}}
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    (record,) = (
        each for each in caplog.records if "with an empty state" in each.getMessage()
    )
    assert record.levelname == "WARNING"
    assert record.exc_info
    assert len([each for each in caplog.records if each.exc_info]) == 1
    central_system = entry.runtime_data.central_system
    assert central_system.chargers["CP-1"].connectors
    assert not central_system.chargers["CP-2"].connectors
    await hass.config_entries.async_unload(entry.entry_id)
