"""Setting up, unloading, removing; what is kept, and what is sent of our own accord."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
import logging
from pathlib import Path
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.schneider_ev import async_remove_config_entry_device, storage
from custom_components.schneider_ev.central_system import pending, server
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    EVENT_HOMEASSISTANT_FINAL_WRITE,
    EVENT_HOMEASSISTANT_STOP,
)
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import DOMAIN, IDENTITY, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import (
    add_charger,
    bind,
    charge,
    device,
    measure,
    ours,
    remove_charger,
    unique_ids,
)

type Fake = Callable[..., FakeCharger]
type Storage = dict[str, Any]

GOING_AWAY = 1001


@pytest.fixture
def saved_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Save what is to be kept as soon as it changes."""
    monkeypatch.setattr(storage, "SAVE_DELAY_S", 0.01)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait only for a moment for the other end when a connection is closed."""
    monkeypatch.setattr(server, "CLOSE_TIMEOUT", 0.5)


def storage_key(entry: MockConfigEntry) -> str:
    """Name the file in which an entry's chargers are kept."""
    return f"{DOMAIN}.{entry.entry_id}"


# Unload, reload, stop


@pytest.mark.parametrize("chargers", [{"CP-1": {}, "CP-2": {}}])
async def test_unload(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, fake: Fake
) -> None:
    """Unloading closes every socket and frees the port at once."""
    async with fake("CP-2") as other, fake("stranger") as stranger:
        await other.boot()
        await stranger.boot()
        assert await hass.config_entries.async_unload(entry.entry_id)
        bind(entry.data["port"])
        for charger in (ready, other, stranger):
            assert (await charger.wait_closed())[0] == GOING_AWAY


async def test_what_appears_while_it_is_unloaded(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    shown: Shown,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Is there when it is loaded again, and not before."""
    connector = entry.runtime_data.central_system.chargers[IDENTITY].connectors[1]
    unloading = hass.async_create_task(hass.config_entries.async_unload(entry.entry_id))
    for reading in ("power_l1", "power_l2", "power_l3", "current_l1", "current_l2"):
        assert not unloading.done()
        connector.values.set(reading, 1.0)
        await asyncio.sleep(0)
    assert await unloading
    await hass.async_block_till_done()
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert shown[f"{IDENTITY}_1_power_l1"] == "unavailable"
    assert "does not generate unique IDs" not in caplog.text


async def test_reload(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, fake: Fake
) -> None:
    """Reloading listens again on the same port, and chargers dial in again."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert (await ready.wait_closed())[0] == GOING_AWAY
    async with fake() as charger:
        assert (await charger.boot())["status"] == "Accepted"
        await charger.until_ready()


async def test_reload_while_a_file_is_awaited(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Fake,
    shown: Shown,
    hass_client_no_auth: ClientSessionGenerator,
    tmp_path: Path,
) -> None:
    """The file comes, and is told of; nothing comes any more once the entry is gone."""
    hass.config.config_dir = str(tmp_path)
    web = await hass_client_no_auth()
    await hass.config.async_update(internal_url=f"http://127.0.0.1:{web.port}")
    charger = device(hass, entry)
    assert charger is not None
    ready.answers["GetDiagnostics"] = {"fileName": "log.tar.gz"}
    for _ in range(3):
        await hass.services.async_call(
            DOMAIN, "get_diagnostics", {"device_id": charger.id}, blocking=True
        )
    first, second, third = (
        urlsplit(call["location"]).path for call in ready.calls("GetDiagnostics")
    )
    await ready.call("DiagnosticsStatusNotification", {"status": "Uploading"})
    await hass.config_entries.async_reload(entry.entry_id)
    async with fake() as again:
        assert (await web.put(first, data=b"log")).status == HTTPStatus.OK
        await again.call("DiagnosticsStatusNotification", {"status": "Uploaded"})
        await hass.async_block_till_done()
        assert shown.entity(f"{IDENTITY}_diagnostics_status").attributes["file"]
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await web.put(second, data=b"log")).status == HTTPStatus.OK
    await hass.config_entries.async_remove(entry.entry_id)
    assert (await web.put(third, data=b"log")).status == HTTPStatus.NOT_FOUND


async def test_a_host_that_is_no_name(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody can look up is told, like a port that is taken."""

    def look_up(host: str, *_: object, **__: object) -> None:
        raise AssertionError(host.encode("idna"))

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    entry.add_to_hass(hass)
    data = {**entry.data, "host": "a..b"}
    hass.config_entries.async_update_entry(entry, data=data)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert "label empty" in (entry.reason or "")
    await hass.config_entries.async_remove(entry.entry_id)


async def test_stop(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: Storage,
    ready: FakeCharger,
) -> None:
    """When Home Assistant stops, connections are closed and what is known is kept."""
    hass.set_state(CoreState.stopping)
    hass.bus.async_fire_internal(EVENT_HOMEASSISTANT_STOP)
    assert (await ready.wait_closed())[0] == GOING_AWAY
    await hass.async_block_till_done()
    bind(entry.data["port"])
    hass.bus.async_fire_internal(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    kept = hass_storage[storage_key(entry)]["data"]["chargers"]
    assert kept[IDENTITY]["boot"]["serial_number"] == "FAKE0001"
    hass.set_state(CoreState.running)


async def test_remove(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: Storage,
    saved_soon: None,
    ready: FakeCharger,
) -> None:
    """Nothing is left of an entry that is removed, then or later."""
    await asyncio.sleep(0.1)
    await hass.async_block_till_done()
    assert IDENTITY in hass_storage[storage_key(entry)]["data"]["chargers"]
    # there is more to save when it is removed
    await charge(ready)
    await hass.config_entries.async_remove(entry.entry_id)
    assert (await ready.wait_closed())[0] == GOING_AWAY
    bind(entry.data["port"])
    await asyncio.sleep(0.1)
    await hass.async_block_till_done()
    assert storage_key(entry) not in hass_storage
    assert not unique_ids(hass)
    assert device(hass, entry) is None


async def test_remove_what_never_started(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: Storage
) -> None:
    """What a start that fails would save later does not come back either."""
    entry.add_to_hass(hass)
    with socket.create_server(("127.0.0.1", entry.data["port"])):
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await hass.config_entries.async_remove(entry.entry_id)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1))
    await hass.async_block_till_done()
    assert storage_key(entry) not in hass_storage


# What is called otherwise


@pytest.mark.parametrize(
    "chargers",
    [
        {
            "CP-1": {"grid_power_entity": "sensor.grid"},
            "CP-2": {"grid_power_entity": "sensor.other"},
        }
    ],
)
async def test_renamed_entities(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str
) -> None:
    """The grid meter and the price are found under their new names."""
    hass.config_entries.async_update_entry(
        entry, options={"price_entity": "sensor.price", "heartbeat_interval": 77}
    )
    registry = er.async_get(hass)
    for name in ("grid", "price"):
        registry.async_get_or_create("sensor", "x", name, suggested_object_id=name)
        registry.async_update_entity(
            f"sensor.{name}", new_entity_id=f"sensor.new_{name}"
        )
    registry.async_update_entity("sensor.new_grid", name="The grid")
    await hass.async_block_till_done()
    assert [
        subentry.data["grid_power_entity"] for subentry in entry.subentries.values()
    ] == ["sensor.new_grid", "sensor.other"]
    assert entry.options == {
        "price_entity": "sensor.new_price",
        "heartbeat_interval": 77,
    }


async def test_renamed_charger(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str
) -> None:
    """An issue that comes later names the charger as it is called by then."""
    (subentry,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(entry, subentry, title="Garage")
    await hass.async_block_till_done()
    problems = entry.runtime_data.central_system.chargers[IDENTITY].problems
    problems.set("wrong_password", {"address": "192.0.2.1"})
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.translation_placeholders == {"name": "Garage", "address": "192.0.2.1"}


# Chargers that are removed, and added again


async def test_add_one_that_waits(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A charger that has not booted has no more need to, once it is added by hand."""
    monkeypatch.setattr(pending, "BOOT_TIMEOUT", 0.3)
    async with fake("CP-2") as charger:
        await add_charger(hass, entry, "CP-2")
        await asyncio.sleep(0.5)
        assert await charger.call("Heartbeat")


async def test_remove_charger(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, fake: Fake
) -> None:
    """A charger that is removed is hung up on, forgotten, and a stranger after."""
    assert unique_ids(hass)
    remove_charger(hass, entry)
    await ready.wait_closed()
    await hass.async_block_till_done()
    assert not unique_ids(hass)
    assert device(hass, entry) is None
    assert not hass.states.async_entity_ids()
    async with fake() as charger:
        assert (await charger.boot())["status"] == "Pending"
        await hass.async_block_till_done()
        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["context"]["unique_id"] == IDENTITY
        assert not charger.received


async def test_boots_while_it_is_removed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A charger that is no more makes no device, and no listener fails."""
    known = entry.runtime_data.central_system.chargers[IDENTITY]
    assert known.boot is not None
    remove_charger(hass, entry)
    known.report_boot(replace(known.boot, firmware_version="9.9.9"))
    assert "A listener failed" not in caplog.text
    await hass.async_block_till_done()
    assert device(hass, entry) is None


async def test_remove_charger_with_connectors(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """The devices of its connectors go with the charger's."""
    async with fake() as charger:
        charger.configuration["NumberOfConnectors"] = ("2", True)
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        parent = device(hass, entry)
        assert parent is not None
        registry = dr.async_get(hass)
        children = [
            registry.async_get_child_device_by_identifier(
                (DOMAIN, f"CP-1/{number}"), entry.entry_id
            )
            for number in (1, 2)
        ]
        assert all(children)
        remove_charger(hass, entry)
        await charger.wait_closed()
        await hass.async_block_till_done()
        for gone in (parent, *filter(None, children)):
            assert registry.async_get(gone.id) is None
    assert not unique_ids(hass)


async def test_remove_charger_is_forgotten(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: Storage,
    saved_soon: None,
    ready: FakeCharger,
    shown: Shown,
) -> None:
    """Nothing of a removed charger is kept, not even what was under way."""
    ready.answers["SetChargingProfile"] = lambda _: None
    limiting = asyncio.create_task(
        shown.do("CP-1_1_charging_limit", "set_value", value=10)
    )
    await ready.until_called("SetChargingProfile")
    remove_charger(hass, entry)
    await ready.wait_closed()
    await asyncio.gather(limiting, return_exceptions=True)
    await asyncio.sleep(0.1)
    await hass.async_block_till_done()
    assert hass_storage[storage_key(entry)]["data"]["chargers"] == {}


async def test_add_charger_again(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Fake,
    shown: Shown,
) -> None:
    """A charger that is added again has the entities that it had, by their names."""
    await measure(
        ready, await charge(ready), Power_Active_Import=7000, Voltage__L1=231.7
    )
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    registry.async_update_entity(
        shown.entity_id("CP-1_1_power"), new_entity_id="sensor.car"
    )
    before = {entity.entity_id: entity.unique_id for entity in ours(hass)}
    remove_charger(hass, entry)
    await ready.wait_closed()
    await hass.async_block_till_done()
    await add_charger(hass, entry)
    async with fake() as charger:
        assert (await charger.boot())["status"] == "Accepted"
        await charger.until_ready()
        await measure(
            charger, await charge(charger), Power_Active_Import=7000, Voltage__L1=231.7
        )
        await hass.async_block_till_done()
        assert {entity.entity_id: entity.unique_id for entity in ours(hass)} == before
        assert shown["CP-1_1_power"] == "7.0"
        state = hass.states.get("sensor.car")
        assert state is not None


@pytest.mark.parametrize("chargers", [{"CP-1": {}, "CP-2": {}}])
async def test_remove_two_chargers(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    impatient: None,
    ready: FakeCharger,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A charger that does not answer when it is hung up on holds nothing up."""
    ready.websocket.transport.pause_reading()
    remove_charger(hass, entry, "CP-1")
    await asyncio.sleep(0.05)
    remove_charger(hass, entry, "CP-2")
    await add_charger(hass, entry, "CP-3")
    assert set(entry.runtime_data.central_system.chargers) == {"CP-3"}
    ready.drop()
    await ready.wait_closed()
    await hass.async_block_till_done()
    assert set(entry.runtime_data.central_system.chargers) == {"CP-3"}
    assert not [
        record for record in caplog.records if record.levelno >= logging.WARNING
    ]


# What is kept


async def test_kept_over_a_reload(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """Before the charger dials in again, all of it is there, and unavailable."""
    await measure(
        ready, await charge(ready), Power_Active_Import=7000, Voltage__L1=231.7
    )
    await hass.async_block_till_done()
    before = {state.entity_id for state in hass.states.async_all()}
    registered = unique_ids(hass)
    assert len(before) > 20
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert {state.entity_id for state in hass.states.async_all()} == before
    assert unique_ids(hass) == registered
    for state in hass.states.async_all():
        assert not state.attributes.get("restored")
        if state.entity_id != shown.entity_id("CP-1_connected"):
            assert state.state == "unavailable", state.entity_id
    assert shown["CP-1_connected"] == "off"


async def test_kept_on_disk(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: Storage,
    fake: Fake,
    shown: Shown,
) -> None:
    """Devices and entities come from the file alone, where the registries are lost."""
    async with fake() as charger:
        charger.configuration["NumberOfConnectors"] = ("2", True)
        await charger.boot()
        await charger.until_ready()
        await measure(
            charger, await charge(charger), Power_Active_Import=7000, Voltage__L1=231.7
        )
        await shown.do("CP-1_1_charging_limit", "set_value", value=13)
        await hass.async_block_till_done()
        before = {entity.entity_id: entity.unique_id for entity in ours(hass)}
        assert "CP-1_1_power" in before.values()
        await hass.config_entries.async_unload(entry.entry_id)
    assert storage_key(entry) in hass_storage
    devices, entities = dr.async_get(hass), er.async_get(hass)
    for entity_id in before:
        entities.async_remove(entity_id)
    parent = device(hass, entry)
    assert parent is not None
    devices.async_remove_device(parent.id)
    assert not unique_ids(hass)

    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert {entity.entity_id: entity.unique_id for entity in ours(hass)} == before
    assert shown["CP-1_1_power"] == "unavailable"
    assert shown["CP-1_connected"] == "off"
    again = device(hass, entry)
    assert again is not None
    assert again.serial_number == "FAKE0001"
    assert devices.async_get_child_device_by_identifier(
        (DOMAIN, "CP-1/2"), entry.entry_id
    )
    # what the owner asked for is kept as well
    async with fake() as charger:
        await charger.boot()
        profile = await charger.until_called("SetChargingProfile")
        (period,) = profile["csChargingProfiles"]["chargingSchedule"][
            "chargingSchedulePeriod"
        ]
        assert period["limit"] == 13


async def test_new_charger_has_a_device(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str, shown: Shown
) -> None:
    """A charger that never dialled in is there, and says that it is not connected."""
    found = device(hass, entry)
    assert found is not None
    assert found.name == "Charger CP-1"
    assert found.manufacturer is None
    assert found.sw_version is None
    assert shown["CP-1_connected"] == "off"


# Devices


async def test_device(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """A device says what the charger says of itself, and follows its firmware."""
    found = device(hass, entry)
    assert found is not None
    assert found.name == "Charger CP-1"
    assert found.manufacturer == "Schneider Electric"
    assert found.model == "EVlink Pro AC"
    assert found.model_id is None
    assert found.serial_number == "FAKE0001"
    assert found.sw_version == "1.6.1"
    await ready.boot(firmwareVersion="2.0.1")
    updated = device(hass, entry)
    assert updated is not None
    assert updated.id == found.id
    assert updated.sw_version == "2.0.1"


async def test_device_by_reference(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """A charger that gives its commercial reference has it beside the product's name."""
    async with fake() as charger:
        await charger.boot(chargePointModel="EVB3S22N40M")
        found = device(hass, entry)
        assert found is not None
        assert found.model == "EVlink Pro AC"
        assert found.model_id == "EVB3S22N40M"


async def test_remove_device(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    entry: MockConfigEntry,
    fake: Fake,
) -> None:
    """The devices of a charger can be removed while it is not connected."""
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)
    devices = dr.async_get(hass)

    async def remove(gone: dr.DeviceEntry | dr.ChildDeviceEntry) -> bool:
        await client.send_json_auto_id(
            {"type": "config/device_registry/remove", "device_id": gone.id}
        )
        success: bool = (await client.receive_json())["success"]
        return success

    async with fake() as charger:
        charger.configuration["NumberOfConnectors"] = ("2", True)
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        parent = device(hass, entry)
        child = devices.async_get_child_device_by_identifier(
            (DOMAIN, "CP-1/2"), entry.entry_id
        )
        assert parent is not None
        assert child is not None
        assert not await remove(parent)
        assert not await remove(child)
    assert await remove(child)
    assert await remove(parent)
    assert device(hass, entry) is None


@pytest.mark.parametrize("chargers", [{"CP-1": {}, "CP-1_1": {}}])
async def test_remove_device_asks_its_own_charger(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """An identity that reads like another charger's connector is none."""
    mine, other = device(hass, entry, "CP-1"), device(hass, entry, "CP-1_1")
    assert mine is not None
    assert other is not None
    assert not await async_remove_config_entry_device(hass, entry, mine)
    assert await async_remove_config_entry_device(hass, entry, other)


async def test_remove_device_of_an_unloaded_entry(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """Where nothing is loaded, nothing is connected."""
    found = device(hass, entry)
    assert found is not None
    await hass.config_entries.async_unload(entry.entry_id)
    assert await async_remove_config_entry_device(hass, entry, found)


async def test_remove_device_of_nobody(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """A device that is no charger's can be removed."""
    stray = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, "stray")}
    )
    assert await async_remove_config_entry_device(hass, entry, stray)


# A charger that its owner configures elsewhere

UNMANAGED = pytest.mark.parametrize(
    "chargers", [{IDENTITY: {"manage_configuration": False}}]
)


@UNMANAGED
async def test_unmanaged_charger_is_sent_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, shown: Shown
) -> None:
    """Whatever it does, nothing is sent to it of our own accord."""
    async with fake() as charger:
        assert (await charger.boot())["status"] == "Accepted"
        await charger.status("Available")
        await charge(charger)
        await charger.status("SuspendedEV")
        await charger.status("Charging")
        await charger.boot()
        await asyncio.sleep(0.2)
        await hass.async_block_till_done()
        assert charger.received == []
        # what it says is shown all the same
        assert shown["CP-1_1_status"] == "charging"
        assert shown["CP-1_connected"] == "on"
    async with fake() as charger:
        await charger.call("Heartbeat")
        await charger.status("Charging")
        await asyncio.sleep(0.2)
        assert charger.received == []


@UNMANAGED
async def test_unmanaged_charger_obeys(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, shown: Shown
) -> None:
    """What its owner asks for is sent, and is not sent again by itself."""
    async with fake() as charger:
        await charger.boot()
        await charger.status("Available")
        await hass.async_block_till_done()
        await shown.do("CP-1_1_charging_limit", "set_value", value=10)
        assert [action for action, _ in charger.received] == ["SetChargingProfile"]
        await shown.do("CP-1_restart", "press")
        assert [action for action, _ in charger.received[1:]] == ["Reset"]
        await shown.do("CP-1_refresh", "press")
        assert "GetConfiguration" in [action for action, _ in charger.received[2:]]
        await hass.async_block_till_done()
        await shown.do("CP-1_light_intensity", "set_value", value=50)
        assert charger.configuration["LightIntensity"] == ("50", False)
        charger.received.clear()
        await charger.boot()
        await charge(charger)
        await asyncio.sleep(0.2)
        assert charger.received == []


@UNMANAGED
async def test_unmanaged_charger_is_limited_for_a_while(
    entry: MockConfigEntry, fake: Fake
) -> None:
    """The end of it belongs to what its owner asked for."""
    async with fake() as charger:
        await charger.boot()
        await charger.status("Available")
        connector = entry.runtime_data.central_system.chargers[IDENTITY].connectors[1]
        await connector.limits.set_limit(10, timedelta(seconds=0.1))
        await charger.until_called("SetChargingProfile", 2)
        await charger.until(
            lambda: connector.limits.in_force == connector.limits.decision.maximum
        )


async def test_unmanaged_charger_is_added(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """One that waits to be accepted is not told either: it boots in its own time."""
    async with fake("CP-2") as charger:
        assert (await charger.boot())["status"] == "Pending"
        form = await hass.config_entries.subentries.async_init(
            (entry.entry_id, "charger"), context={"source": "user"}
        )
        await hass.config_entries.subentries.async_configure(
            form["flow_id"], {"identity": "CP-2", "manage_configuration": False}
        )
        await hass.async_block_till_done()
        await asyncio.sleep(0.1)
        assert (await charger.boot())["status"] == "Accepted"
        await asyncio.sleep(0.1)
        assert charger.received == []


async def test_options_and_other_chargers_disturb_nobody(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, fake: Fake
) -> None:
    """Changing options, and adding and removing a charger, drops no connection."""
    hass.config_entries.async_update_entry(entry, options={"heartbeat_interval": 77})
    flow = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "charger"), context={"source": "user"}
    )
    await hass.config_entries.subentries.async_configure(
        flow["flow_id"], {"identity": "CP-2"}
    )
    await hass.async_block_till_done()
    async with fake("CP-2") as other:
        assert (await other.boot())["interval"] == 77
        added = next(
            subentry
            for subentry in entry.subentries.values()
            if subentry.unique_id == "CP-2"
        )
        hass.config_entries.async_remove_subentry(entry, added.subentry_id)
        await other.wait_closed()
    assert (await ready.boot())["interval"] == 77


async def test_yaml_is_refused(hass: HomeAssistant) -> None:
    """The integration has no YAML; writing some is told to the owner."""
    await async_setup_component(hass, DOMAIN, {DOMAIN: {"nonsense": True}})
    issues = ir.async_get(hass).issues
    assert any("config_entry_only" in issue for _, issue in issues)
    assert DOMAIN not in hass.data


async def test_a_busy_port_is_told(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Home Assistant retries, and says why."""
    server = await asyncio.get_running_loop().create_server(
        asyncio.Protocol, "127.0.0.1", entry.data["port"]
    )
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "cannot_listen"
    server.close()
    await server.wait_closed()
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert await hass.config_entries.async_unload(entry.entry_id)
