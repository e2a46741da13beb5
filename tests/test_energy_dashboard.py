"""The offer to show chargers among the individual devices of the Energy dashboard."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.schneider_ev.energy_dashboard import Device, Statistic, completed
from homeassistant.components.energy.data import (
    DeviceConsumption,
    EnergyManager,
    EnergyPreferencesUpdate,
    SolarSourceType,
    async_get_manager,
)
from homeassistant.components.recorder import Recorder
from homeassistant.const import EVENT_RECORDER_5MIN_STATISTICS_GENERATED
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import DOMAIN, IDENTITY, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import get_ready, issues, remove_charger, sample, start

type Fake = Callable[..., FakeCharger]

OFFER = "energy_dashboard"
OTHER = "CP-2"
SOLAR: SolarSourceType = {
    "type": "solar",
    "stat_energy_from": "sensor.roof",
    "config_entry_solar_forecast": None,
}
"""What makes an Energy dashboard."""


@pytest.fixture(autouse=True)
def _recorder(recorder_mock: Recorder) -> None:
    """Record statistics: this has to come before Home Assistant."""


async def update(manager: EnergyManager, **preferences: Any) -> None:
    """Save preferences."""
    await manager.async_update(cast("EnergyPreferencesUpdate", preferences))


@pytest.fixture
async def energy(hass: HomeAssistant) -> EnergyManager:
    """The preferences of an Energy dashboard with a source."""
    assert await async_setup_component(hass, "energy", {})
    assert await async_setup_component(hass, "repairs", {})
    manager = await async_get_manager(hass)
    await update(manager, energy_sources=[SOLAR])
    return manager


async def make_statistics(hass: HomeAssistant) -> None:
    """Let the recorder make statistics of the states so far."""
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    now = dt_util.utcnow()
    begin = now.replace(minute=now.minute - now.minute % 5, second=0, microsecond=0)
    do_adhoc_statistics(hass, start=begin)
    await async_wait_recording_done(hass)
    hass.bus.async_fire(EVENT_RECORDER_5MIN_STATISTICS_GENERATED)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
async def measured(
    hass: HomeAssistant, energy: EnergyManager, ready: FakeCharger
) -> FakeCharger:
    """A charger whose energy and power have statistics."""
    await sample(ready, await start(ready), 1500)
    await make_statistics(hass)
    return ready


def device(shown: Shown, identity: str = IDENTITY, **more: str) -> DeviceConsumption:
    """Return a charger as an individual device."""
    return {
        "stat_consumption": shown.entity_id(f"{identity}_1_energy"),
        "stat_rate": shown.entity_id(f"{identity}_1_power"),
        "name": f"Charger {identity}",
        **more,  # type: ignore[typeddict-item]
    }


async def change(
    hass: HomeAssistant, energy: EnergyManager, *devices: DeviceConsumption
) -> None:
    """Change the individual devices by hand."""
    await update(energy, device_consumption=[*devices])
    await hass.async_block_till_done()


def offered(hass: HomeAssistant) -> str | None:
    """Return which devices are offered."""
    issue = issues(hass).get(OFFER)
    return ((issue and issue.translation_placeholders) or {}).get("names")


@pytest.fixture
def open_repair(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> Callable[[], Any]:
    """Open the repair as its page does; return what confirms it."""

    async def open_it() -> Callable[[], Any]:
        client = await hass_client()
        answer = await client.post(
            "/api/repairs/issues/fix",
            json={"handler": DOMAIN, "issue_id": issues(hass)[OFFER].issue_id},
        )
        assert answer.status == HTTPStatus.OK
        flow_id = (await answer.json())["flow_id"]

        async def confirm() -> Any:
            answer = await client.post(f"/api/repairs/issues/fix/{flow_id}", json={})
            assert answer.status == HTTPStatus.OK
            result = await answer.json()
            await hass.async_block_till_done()
            return result["type"]

        return confirm

    return open_it


async def test_adds_what_is_missing(
    hass: HomeAssistant,
    energy: EnergyManager,
    measured: FakeCharger,
    shown: Shown,
    open_repair: Callable[[], Any],
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Energy and power, which the Energy dashboard finds to be in order."""
    await change(hass, energy, {"stat_consumption": "sensor.fridge"})
    assert offered(hass) == f"Charger {IDENTITY}"
    assert issues(hass)[OFFER].severity is ir.IssueSeverity.WARNING
    confirm = await open_repair()
    assert await confirm() == "create_entry"
    assert energy.data is not None
    assert energy.data["device_consumption"] == [
        {"stat_consumption": "sensor.fridge"},
        device(shown),
    ]
    assert energy.data["energy_sources"] == [SOLAR]
    assert OFFER not in issues(hass)
    client = await hass_ws_client()
    await client.send_json_auto_id({"type": "energy/validate"})
    assert (await client.receive_json())["result"]["device_consumption"][1] == []


async def test_twice_at_once(
    hass: HomeAssistant,
    energy: EnergyManager,
    measured: FakeCharger,
    shown: Shown,
    open_repair: Callable[[], Any],
) -> None:
    """Two owners who confirm it add it once."""
    one, other = await open_repair(), await open_repair()
    assert "create_entry" in await asyncio.gather(one(), other())
    assert energy.data is not None
    assert energy.data["device_consumption"] == [device(shown)]


async def test_preferences_change_meanwhile(
    hass: HomeAssistant,
    energy: EnergyManager,
    measured: FakeCharger,
    shown: Shown,
    open_repair: Callable[[], Any],
) -> None:
    """What is saved while the repair is open, or being made, is not lost."""
    confirm = await open_repair()
    fridge: DeviceConsumption = {"stat_consumption": "sensor.fridge"}
    await change(hass, energy, fridge)
    await asyncio.gather(
        confirm(),
        update(energy, device_consumption=[fridge, fridge]),
    )
    await hass.async_block_till_done()
    assert energy.data is not None
    assert fridge in energy.data["device_consumption"]
    assert (OFFER in issues(hass)) is (
        device(shown) not in energy.data["device_consumption"]
    )
    confirm = await open_repair() if OFFER in issues(hass) else confirm
    await change(hass, energy, device(shown))
    assert OFFER not in issues(hass)


async def test_added_by_hand_meanwhile(
    hass: HomeAssistant,
    energy: EnergyManager,
    measured: FakeCharger,
    shown: Shown,
    open_repair: Callable[[], Any],
) -> None:
    """The offer is gone, and a repair that is open has nothing to do."""
    confirm = await open_repair()
    await change(hass, energy, device(shown, name="Car"))
    assert OFFER not in issues(hass)
    assert await confirm() == "abort"
    assert energy.data is not None
    assert energy.data["device_consumption"] == [device(shown, name="Car")]
    await change(hass, energy)
    assert offered(hass) == f"Charger {IDENTITY}"


async def test_charger_removed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    energy: EnergyManager,
    measured: FakeCharger,
    open_repair: Callable[[], Any],
) -> None:
    """Nothing is offered of it any more, nor added."""
    confirm = await open_repair()
    remove_charger(hass, entry)
    await hass.async_block_till_done()
    assert OFFER not in issues(hass)
    assert await confirm() == "abort"
    assert energy.data is not None
    assert energy.data["device_consumption"] == []


@pytest.mark.parametrize("chargers", [{IDENTITY: {}, OTHER: {}}])
async def test_one_offer_for_all(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    energy: EnergyManager,
    ready: FakeCharger,
    fake: Fake,
    shown: Shown,
    open_repair: Callable[[], Any],
) -> None:
    """It names the chargers that are missing, with each connector of several."""
    async with fake(OTHER) as other:
        await get_ready(other, connectors=2)
        for charger in (ready, other):
            await sample(charger, await start(charger), 1500)
        await make_statistics(hass)
        assert offered(hass) == f"Charger {IDENTITY}, Charger {OTHER} Connector 1"
        confirm = await open_repair()
        remove_charger(hass, entry, IDENTITY)
        await hass.async_block_till_done()
        assert offered(hass) == f"Charger {OTHER} Connector 1"
        assert await confirm() == "create_entry"
    assert energy.data is not None
    assert energy.data["device_consumption"] == [
        device(shown, OTHER, name=f"Charger {OTHER} Connector 1")
    ]


async def test_power_alone(
    hass: HomeAssistant,
    energy: EnergyManager,
    measured: FakeCharger,
    shown: Shown,
    open_repair: Callable[[], Any],
) -> None:
    """A device without its power gets that; what the owner named stays."""
    whole = device(shown, name="Car", included_in_stat="sensor.garage")
    without = {key: value for key, value in whole.items() if key != "stat_rate"}
    await change(hass, energy, without)  # type: ignore[arg-type]
    assert offered(hass) == f"Charger {IDENTITY}"
    await (await open_repair())()
    assert energy.data is not None
    assert energy.data["device_consumption"] == [whole]


async def test_ignored(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    energy: EnergyManager,
    measured: FakeCharger,
) -> None:
    """It stays so over changes and a reload, and goes with the entry."""
    issue_id = issues(hass)[OFFER].issue_id
    ir.async_ignore_issue(hass, DOMAIN, issue_id, True)
    await change(hass, energy, {"stat_consumption": "sensor.fridge"})
    assert issues(hass)[OFFER].dismissed_version
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert issues(hass)[OFFER].dismissed_version
    await hass.config_entries.async_remove(entry.entry_id)
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None


async def test_unloaded(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    energy: EnergyManager,
    measured: FakeCharger,
) -> None:
    """An entry that is not loaded offers nothing, whatever changes."""
    await hass.config_entries.async_unload(entry.entry_id)
    assert OFFER not in issues(hass)
    await change(hass, energy, {"stat_consumption": "sensor.fridge"})
    assert OFFER not in issues(hass)


async def test_no_dashboard(
    hass: HomeAssistant, energy: EnergyManager, measured: FakeCharger
) -> None:
    """Without a source there is no Energy dashboard to add anything to."""
    await update(energy, energy_sources=[])
    await hass.async_block_till_done()
    assert OFFER not in issues(hass)


async def test_disabled(
    hass: HomeAssistant,
    energy: EnergyManager,
    measured: FakeCharger,
    shown: Shown,
    open_repair: Callable[[], Any],
) -> None:
    """What the owner disabled is not offered."""
    registry = er.async_get(hass)

    async def set_disabled(sensor: str, by: er.RegistryEntryDisabler | None) -> None:
        registry.async_update_entity(shown.entity_id(sensor), disabled_by=by)
        await hass.async_block_till_done()

    user = er.RegistryEntryDisabler.USER
    await set_disabled("CP-1_1_energy", user)
    assert OFFER not in issues(hass)
    await set_disabled("CP-1_1_energy", None)
    assert OFFER in issues(hass)
    await set_disabled("CP-1_1_power", user)
    await (await open_repair())()
    assert energy.data is not None
    (added,) = energy.data["device_consumption"]
    assert "stat_rate" not in added


async def test_without_statistics(
    hass: HomeAssistant, energy: EnergyManager, ready: FakeCharger
) -> None:
    """It is offered once there are some."""
    await sample(ready, await start(ready), 1500)
    await hass.async_block_till_done()
    assert OFFER not in issues(hass)
    await make_statistics(hass)
    assert OFFER in issues(hass)


async def test_renamed(
    hass: HomeAssistant,
    energy: EnergyManager,
    measured: FakeCharger,
    shown: Shown,
    open_repair: Callable[[], Any],
) -> None:
    """A device whose entities have other ids now gets those, and is not added twice."""
    part: DeviceConsumption = {
        "stat_consumption": "sensor.socket",
        "included_in_stat": shown.entity_id("CP-1_1_energy"),
    }
    await change(hass, energy, device(shown, name="Car"), part)
    assert OFFER not in issues(hass)
    registry = er.async_get(hass)
    for key in ("energy", "power"):
        for name in ("garage", "carport"):
            registry.async_update_entity(
                shown.entity_id(f"CP-1_1_{key}"),
                new_entity_id=f"sensor.{name}_{key}",
            )
            await hass.async_block_till_done()
    await make_statistics(hass)
    assert offered(hass) == f"Charger {IDENTITY}"
    await (await open_repair())()
    assert energy.data is not None
    assert energy.data["device_consumption"] == [
        {
            "stat_consumption": "sensor.carport_energy",
            "stat_rate": "sensor.carport_power",
            "name": "Car",
        },
        {
            "stat_consumption": "sensor.socket",
            "included_in_stat": "sensor.carport_energy",
        },
    ]
    assert OFFER not in issues(hass)


async def test_named_by_the_owner(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    energy: EnergyManager,
    measured: FakeCharger,
    shown: Shown,
    open_repair: Callable[[], Any],
) -> None:
    """The name of the device is that which its owner gave."""
    registry = dr.async_get(hass)
    known = registry.async_get_device_by_identifier((DOMAIN, IDENTITY), entry.entry_id)
    assert known is not None
    registry.async_update_device(known.id, name_by_user="Carport")
    await (await open_repair())()
    assert energy.data is not None
    assert energy.data["device_consumption"] == [device(shown, name="Carport")]


@pytest.fixture
async def without_energy(hass: HomeAssistant, ready: FakeCharger) -> FakeCharger:
    """A charger with statistics in a Home Assistant without the component."""
    await sample(ready, await start(ready), 1500)
    await make_statistics(hass)
    return ready


async def test_set_up_late(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    without_energy: FakeCharger,
) -> None:
    """A component that is set up later is heard, and keeps one listener for good."""
    assert OFFER not in issues(hass)
    assert await async_setup_component(hass, "energy", {})
    manager = await async_get_manager(hass)
    await update(manager, energy_sources=[SOLAR])
    await hass.async_block_till_done()
    assert OFFER in issues(hass)
    with patch.object(manager, "async_listen_updates") as listen:
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
    assert not listen.called
    assert OFFER in issues(hass)
    await update(manager, energy_sources=[])
    await hass.async_block_till_done()
    assert OFFER not in issues(hass)


# What is missing, and what not

CAR = Device(
    name="Car", energy=Statistic(entity_id="s.e"), power=Statistic(entity_id="s.p")
)


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([], [{"stat_consumption": "s.e", "stat_rate": "s.p", "name": "Car"}]),
        (
            [{"stat_consumption": "s.e", "stat_rate": "s.own"}],
            [{"stat_consumption": "s.e", "stat_rate": "s.own"}],
        ),
        (
            [{"stat_consumption": "s.e", "stat_rate": ""}],
            [{"stat_consumption": "s.e", "stat_rate": "s.p"}],
        ),
    ],
)
def test_completed(
    listed: list[DeviceConsumption], expected: list[DeviceConsumption]
) -> None:
    """A power that the owner chose stays."""
    assert completed(listed, CAR) == expected
