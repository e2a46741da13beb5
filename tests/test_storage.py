"""What is kept on disk, and what becomes of files of older versions."""

from collections.abc import Callable
import json
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util.file import WriteError
from tests.conftest import DOMAIN, Shown
from tests.fake_charger import CallError, FakeCharger
from tests.test_sessions import sample, sessions, stop

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
    assert stored["version"] == 2
    assert "transaction" not in stored["data"]["chargers"]["CP-1"]["connectors"]["1"]


async def test_a_full_disk(
    hass: HomeAssistant,
    fake: Callable[..., FakeCharger],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing begins or ends that is not on disk: the charger is told, and tries again."""
    start = {
        "connectorId": 1,
        "idTag": "ADA",
        "meterStart": 1000,
        "timestamp": "2026-11-20T10:00:00Z",
    }

    async def full(_store: Store[Any], _data: dict[str, Any]) -> None:
        raise WriteError("No space left on device")

    async with fake() as charger:
        await charger.boot()
        await charger.until_ready()
        await charger.status("Preparing")
        with monkeypatch.context() as patch:
            patch.setattr(Store, "_async_write_data", full)
            for _ in range(2):
                with pytest.raises(CallError) as raised:
                    await charger.call("StartTransaction", start)
                assert raised.value.code == "InternalError"
        begun = await charger.call("StartTransaction", start)
        assert begun["transactionId"] > 0
        end = {
            "transactionId": begun["transactionId"],
            "meterStop": 3000,
            "timestamp": "2026-11-20T11:00:00Z",
        }
        with monkeypatch.context() as patch:
            patch.setattr(Store, "_async_write_data", full)
            with pytest.raises(CallError):
                await charger.call("StopTransaction", end)
        await charger.call("StopTransaction", end)
        session = (await sessions(hass))[-1]
        assert session["energy"] == 2000.0
