"""Entities: which are there, what they show, and what wakes them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from tests.conftest import DOMAIN, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import charge, measure, send_values, stop

type Fake = Callable[..., FakeCharger]

READINGS: dict[str, float] = {
    "Power_Active_Import": 7000,
    "Current_Import__L1": 10,
    "Voltage__L1": 231.7,
}


async def test_a_lost_charger_is_shown_lost(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, offline_soon: None
) -> None:
    """Nothing of an offline charger looks as if it were there."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, **READINGS)
    await hass.async_block_till_done()
    assert shown["CP-1_1_power"] == "7.0"
    assert shown["binary_sensor.CP-1_1_charging"] == "on"
    ready.drop()
    await ready.wait_closed()
    await asyncio.sleep(0.2)
    for key in ("status", "power", "charging_limit", "plugged"):
        assert shown[f"CP-1_1_{key}"] == "unavailable"
    assert shown["CP-1_connected"] == "off"


async def test_a_second_connector_needs_no_reload(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, shown: Shown
) -> None:
    """The connectors that the charger has are shown at its first boot."""
    async with fake() as charger:
        charger.configuration["NumberOfConnectors"] = ("2", True)
        await charger.boot()
        await charger.until_ready()
        assert shown["CP-1_2_status"] == "unknown"
        await charger.status("Charging", 2)
        await charger.status("Available", 1)
        await hass.async_block_till_done()
        assert shown["CP-1_1_status"] == "available"
        assert shown["CP-1_2_status"] == "charging"
        devices = dr.async_get(hass)
        parent = devices.async_get_device_by_identifier(
            (DOMAIN, "CP-1"), entry.entry_id
        )
        child = devices.async_get_child_device_by_identifier(
            (DOMAIN, "CP-1/2"), entry.entry_id
        )
        assert parent is not None
        assert child is not None
        assert child.parent_device_id == parent.id
        assert child.name == "Domestic socket"


async def test_only_what_is_measured_is_there(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """No sensor waits for a value that never comes, and a reload orphans none."""
    registry = er.async_get(hass)
    await hass.async_block_till_done()
    keys = {entity.unique_id for entity in registry.entities.values()}
    assert "CP-1_1_power" not in keys
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, **READINGS)
    await hass.async_block_till_done()
    assert shown["CP-1_1_voltage_l1"] == "231.7"
    keys = {entity.unique_id for entity in registry.entities.values()}
    assert "CP-1_1_voltage_l2" not in keys
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    for entity in registry.entities.values():
        if entity.disabled_by is None:
            state = hass.states.get(entity.entity_id)
            assert state is not None
            assert not state.attributes.get("restored"), entity.entity_id
    assert {entity.unique_id for entity in registry.entities.values()} == keys


async def test_a_fault_hides_nothing(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """A faulted charger still shows what explains the fault, and what can be done."""
    await ready.status(
        "Faulted", error_code="OverCurrentFailure", vendorErrorCode="3.0"
    )
    await hass.async_block_till_done()
    assert shown["CP-1_1_status"] == "faulted"
    assert shown["CP-1_1_problem"] == "on"
    assert shown.entity("CP-1_1_vendor_error").attributes["code"] == "3.0"
    for entity_id in hass.states.async_entity_ids():
        state = hass.states.get(entity_id)
        assert state is not None
        assert state.state != "unavailable", entity_id


async def test_availability_is_read_from_the_connector(
    ready: FakeCharger, shown: Shown
) -> None:
    """A charger that never speaks of connector 0 is in service all the same."""
    assert shown["CP-1_1_available"] == "on"
    await ready.status("Unavailable")
    assert shown["CP-1_1_available"] == "off"


async def test_nothing_shows_yesterdays_power(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Fake,
    shown: Shown,
) -> None:
    """After a restart a reading is unknown until it is measured."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, **READINGS)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert shown["CP-1_1_power"] == "unavailable"
    async with fake() as charger:
        await charger.boot()
        await charger.until_ready()
        assert shown["CP-1_1_power"] == "unknown"


async def test_no_power_flows_after_a_session(ready: FakeCharger, shown: Shown) -> None:
    """What flowed in the session does not stand there for the days after."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, **READINGS)
    await stop(ready, transaction_id, 2000)
    assert shown["CP-1_1_power"] == "0.0"
    assert shown["CP-1_1_current_l1"] == "0.0"
    assert shown["CP-1_1_voltage_l1"] == "231.7"


async def test_classes_are_right(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """Readings have the class of what they are; statuses are enums."""
    transaction_id = await charge(ready)
    readings = [
        ("energy", "Energy.Active.Import.Register", "Wh", "energy", "total_increasing"),
        ("power", "Power.Active.Import", "kW", "power", "measurement"),
        ("current_offered", "Current.Offered", "Amp", "current", "measurement"),
        ("voltage_l2", "Voltage.L2", "Volts", "voltage", "measurement"),
    ]
    values = [
        {"measurand": measurand, "unit": unit, "value": "5"}
        for _, measurand, unit, _, _ in readings
    ]
    await send_values(ready, transaction_id, values)
    await hass.async_block_till_done()
    for key, _, _, device_class, state_class in readings:
        attributes = shown.entity(f"CP-1_1_{key}").attributes
        assert attributes["device_class"] == device_class
        assert attributes["state_class"] == state_class
    for key in ("status", "limited_by", "vendor_error"):
        attributes = shown.entity(f"CP-1_1_{key}").attributes
        assert attributes["device_class"] == "enum"
        assert shown[f"CP-1_1_{key}"] in attributes["options"]


@pytest.mark.parametrize("chargers", [{"CP-1": {}, "CP-2": {}}])
async def test_a_sample_wakes_only_what_changed(
    hass: HomeAssistant, ready: FakeCharger, fake: Fake, shown: Shown
) -> None:
    """One value changes: one state is written, whatever else is there."""
    async with fake("CP-2") as other:
        await other.boot()
        await other.until_ready()
        for charger in (ready, other):
            transaction_id = await charge(charger)
            await measure(charger, transaction_id, **READINGS)
        await hass.async_block_till_done()
        written: list[str] = []

        @callback
        def note(event: Event[Any]) -> None:
            written.append(event.data["entity_id"])

        for kind in (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED):
            hass.bus.async_listen(kind, note, event_filter=callback(lambda _: True))
        changed = READINGS | {"Voltage__L1": 229.9}
        await measure(other, transaction_id, **changed)
        await hass.async_block_till_done()
        assert written == [shown.entity_id("CP-2_1_voltage_l1")]
        register = "Energy_Active_Import_Register"
        await measure(other, transaction_id, **changed, **{register: 1500})
        await hass.async_block_till_done()
        written.clear()
        await measure(other, transaction_id, **changed, **{register: 1600})
        await hass.async_block_till_done()
        assert written == [
            shown.entity_id("CP-2_1_session_energy"),
            shown.entity_id("CP-2_1_energy"),
        ]


async def test_names_are_home_assistants(
    hass: HomeAssistant, ready: FakeCharger
) -> None:
    """Every entity has a translated name of its own, below its device's."""
    registry = er.async_get(hass)
    entities = [
        entity for entity in registry.entities.values() if entity.platform == DOMAIN
    ]
    assert len(entities) > 20
    for entity in entities:
        assert entity.has_entity_name
        assert entity.translation_key
        assert entity.original_name, entity.entity_id
        assert entity.config_subentry_id
