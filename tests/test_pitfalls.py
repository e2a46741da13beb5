"""What the owners of OCPP chargers suffered from elsewhere, and must not here.

The numbers are those of the list of failures that this integration is designed against.
"""

import asyncio
from collections.abc import Callable
from itertools import pairwise
import json
import logging
import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from custom_components.schneider_ev import event
from custom_components.schneider_ev.central_system.state import configuration, journal
from homeassistant.components.tag import TAG_DATA
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
from tests.conftest import DOMAIN, Shown
from tests.fake_charger import CallError, FakeCharger

type Fake = Callable[..., FakeCharger]

METER_VALUES: dict[str, Any] = {
    "connectorId": 1,
    "transactionId": 5,
    "meterValue": [
        {
            "timestamp": "2026-01-14T18:53:53Z",
            "sampledValue": [
                {"measurand": "Power.Active.Import", "unit": "kW", "value": "7.0"},
                {
                    "measurand": "Current.Import",
                    "phase": "L1",
                    "unit": "A",
                    "value": "10",
                },
                {"measurand": "Voltage", "phase": "L1", "unit": "V", "value": "231.7"},
            ],
        }
    ],
}


async def charge(
    charger: FakeCharger, connector: int = 1, meter_start: int = 1000
) -> int:
    """Start a transaction and return its id."""
    await charger.status("Preparing", connector)
    answer = await charger.call(
        "StartTransaction",
        {
            "connectorId": connector,
            "idTag": "18237379292",
            "meterStart": meter_start,
            "timestamp": "2026-01-14T18:50:00Z",
        },
    )
    await charger.status("Charging", connector)
    transaction_id: int = answer["transactionId"]
    return transaction_id


@pytest.mark.parametrize("is_silent", [False, True])
async def test_1_the_newest_connection_wins(
    fake: Fake, shown: Shown, offline_soon: None, *, is_silent: bool
) -> None:
    """A charger dials again while its old socket is open, or half-open."""
    async with fake() as old:
        await old.boot()
        if is_silent:
            old.websocket.transport.pause_reading()
        async with fake() as new:
            assert (await new.boot())["status"] == "Accepted"
            if not is_silent:
                await old.wait_closed()
            else:
                old.drop()
            await asyncio.sleep(0.3)
            await new.status("Available")
            assert (await new.call("Heartbeat"))["currentTime"]
            await new.until_ready()
            assert shown["CP-1_connected"] == "on"
            assert shown["CP-1_1_status"] == "available"


async def test_1_three_rapid_redials(fake: Fake, shown: Shown) -> None:
    """Of several connections at once, the last one serves."""
    async with fake() as first, fake() as second, fake() as third:
        await first.wait_closed()
        await second.wait_closed()
        assert (await third.boot())["status"] == "Accepted"
        assert shown["CP-1_connected"] == "on"


async def test_2_a_lost_charger_is_shown_lost(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, offline_soon: None
) -> None:
    """Nothing of an offline charger looks as if it were there."""
    transaction_id = await charge(ready)
    await ready.call("MeterValues", METER_VALUES | {"transactionId": transaction_id})
    await hass.async_block_till_done()
    assert shown["CP-1_1_power"] == "7000.0"
    assert shown["binary_sensor.CP-1_1_charging"] == "on"
    ready.drop()
    await ready.wait_closed()
    await asyncio.sleep(0.2)
    for key in ("status", "power", "charging_limit", "plugged"):
        assert shown[f"CP-1_1_{key}"] == "unavailable"
    assert shown["CP-1_connected"] == "off"


async def test_3_a_reboot_is_followed_up(ready: FakeCharger) -> None:
    """A charger that boots again is read and set again."""
    ready.configuration["MeterValueSampleInterval"] = ("0", False)
    ready.received.clear()
    await ready.boot()
    await ready.until_ready()
    assert ready.calls("GetConfiguration") == [{}]
    assert ready.configuration["MeterValueSampleInterval"] == ("10", False)
    assert {"requestedMessage": "StatusNotification"} in ready.calls("TriggerMessage")


async def test_4_one_call_at_a_time(fake: Fake) -> None:
    """A slow charger that boots twice never has two calls at once."""
    busy: list[int] = []
    at_once: list[int] = []

    def slow(answer: Any) -> Any:
        async def answering(payload: dict[str, Any]) -> Any:
            busy.append(1)
            at_once.append(len(busy))
            await asyncio.sleep(0.15)
            busy.pop()
            return answer(payload) if callable(answer) else answer

        return answering

    async with fake() as charger:
        accepted = {"status": "Accepted"}
        for action in ("GetConfiguration", "ChangeConfiguration", "TriggerMessage"):
            charger.answers[action] = slow(charger.answers.get(action, accepted))
        await charger.boot()
        await charger.until_called("GetConfiguration")
        await charger.boot()
        await charger.until_ready()
        assert max(at_once) == 1
        assert len(charger.calls("GetConfiguration")) == 2
        assert len(charger.calls("TriggerMessage")) == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"configurationKey": [{"key": "LightIntensity", "readonly": False}]},
        {"configurationKey": None},
        {},
        {"configurationKey": "none", "unknownKey": 5},
        {"configurationKey": [None, {"key": 5}, {"key": "StationName", "value": 7}]},
        [4, "ID", "NotSupported", "", {}],
        [4, "ID"],
        [3, "ID", []],
        [3, "ID"],
    ],
)
async def test_5_a_poor_configuration_does_not_stop_the_rest(
    hass: HomeAssistant, fake: Fake, shown: Shown, answer: Any
) -> None:
    """Whatever the charger answers, its state is asked for and shown."""
    async with fake() as charger:
        charger.answers["GetConfiguration"] = lambda _: answer
        await charger.boot()
        await charger.until_ready()
        await charger.status("Available")
        await hass.async_block_till_done()
        assert shown["CP-1_1_status"] == "available"


async def test_5_an_endless_configuration_ends(
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


async def test_6_a_call_to_a_charger_that_goes_away_fails_at_once(
    ready: FakeCharger, shown: Shown
) -> None:
    """Nobody waits for the answer of a dead socket."""
    ready.answers["SetChargingProfile"] = lambda _: None
    ready.answers["Reset"] = lambda _: None
    limiting = asyncio.create_task(
        shown.do("CP-1_1_charging_limit", "set_value", value=10)
    )
    await ready.until_called("SetChargingProfile")
    resetting = asyncio.create_task(shown.do("CP-1_restart", "press"))
    await asyncio.sleep(0.05)
    started = time.monotonic()
    ready.drop()
    for task in (limiting, resetting):
        with pytest.raises(HomeAssistantError) as raised:
            await task
        assert raised.value.translation_key == "offline"
    assert time.monotonic() - started < 1


async def test_7_options_and_other_chargers_disturb_nobody(
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


@pytest.mark.parametrize(
    "path", ["", "/", "/..", "/.", "/ocpp/", "/etc/passwd%00", "/" + "x" * 49, "/a%20b"]
)
async def test_8_31_what_is_no_identity_is_not_served(
    hass: HomeAssistant, central_system: str, path: str
) -> None:
    """A scanner gets HTTP 404, and no discovery card is opened for it."""
    with pytest.raises(InvalidStatus) as raised:
        # the client would normalise dots away
        async with connect(central_system, proxy=None) as _:
            pass
    with pytest.raises(InvalidStatus) as raised:
        async with connect(f"{central_system}{path}", proxy=None) as _:
            pass
    assert raised.value.response.status_code == 404
    assert not hass.config_entries.flow.async_progress()


async def test_8_strangers_are_few(
    hass: HomeAssistant, fake: Fake, central_system: str
) -> None:
    """At most two unknown chargers an address; a known one always gets through."""
    async with fake("stranger-1") as first, fake("stranger-2"):
        with pytest.raises(InvalidStatus) as raised:
            async with fake("stranger-3"):
                pass
        assert raised.value.response.status_code == 503
        async with fake() as known:
            assert (await known.boot())["status"] == "Accepted"
        await first.websocket.close()
        await asyncio.sleep(0.05)
        async with fake("stranger-3"):
            pass
    assert not hass.config_entries.flow.async_progress()


async def test_19_a_wrong_device_is_nobody(
    hass: HomeAssistant, ready: FakeCharger
) -> None:
    """An action for an unknown device fails, and no other charger is touched."""
    ready.received.clear()
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(
            DOMAIN, "locate", {"device_id": "typo"}, blocking=True
        )
    assert not ready.received


REFUSALS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("SetChargingProfile", "CP-1_1_charging_limit", "set_value", {"value": 10}),
    ("SetChargingProfile", "CP-1_station_limit", "set_value", {"value": 10}),
    ("SetChargingProfile", "switch.CP-1_1_charging", "turn_off", {}),
    ("ChangeConfiguration", "CP-1_light_intensity", "set_value", {"value": 10}),
    ("ChangeConfiguration", "CP-1_led_day_start_hour", "set_value", {"time": "07:00"}),
    ("ChangeAvailability", "CP-1_1_available", "turn_off", {}),
    ("DataTransfer", "CP-1_locate", "press", {}),
    ("Reset", "CP-1_restart", "press", {}),
    ("UnlockConnector", "CP-1_1_unlock", "press", {}),
    ("RemoteStopTransaction", "CP-1_1_stop_session", "press", {}),
    ("GetConfiguration", "CP-1_refresh", "press", {}),
]


@pytest.mark.parametrize(
    ("call", "key", "action", "data", "answer", "reason"),
    [
        (*refusal, answer, reason)
        for refusal in REFUSALS
        for answer, reason in (
            ({"status": "Rejected"}, "refused"),
            ([4, "ID", "InternalError", "no", {}], "call_error"),
        )
        # an answer to it has no status
        if (refusal[0], reason) != ("GetConfiguration", "refused")
    ],
)
async def test_21_a_refusal_is_an_error(
    ready: FakeCharger,
    shown: Shown,
    call: str,
    key: str,
    action: str,
    data: dict[str, Any],
    answer: Any,
    reason: str,
) -> None:
    """What the charger refuses is said so, and is not shown as if it were done."""
    await charge(ready)
    before = shown[key]
    ready.answers[call] = lambda _: answer
    with pytest.raises(HomeAssistantError) as raised:
        await shown.do(key, action, **data)
    limit = call == "SetChargingProfile" and reason == "refused"
    assert raised.value.translation_key == ("limit_refused" if limit else reason)
    if "button" not in shown.entity_id(key):
        assert shown[key] == before


async def test_21_a_refused_start_is_an_error(ready: FakeCharger, shown: Shown) -> None:
    """A remote start that is refused is no success."""
    await ready.status("Preparing")
    ready.answers["RemoteStartTransaction"] = {"status": "Rejected"}
    with pytest.raises(HomeAssistantError):
        await shown.do("switch.CP-1_1_charging", "turn_on")
    assert shown["switch.CP-1_1_charging"] == "off"


async def test_26_availability_is_left_alone(ready: FakeCharger) -> None:
    """A charger that its owner took out of service stays so over a boot."""
    await ready.status("Unavailable")
    await ready.boot()
    await ready.until_called("TriggerMessage", 4)
    assert not ready.calls("ChangeAvailability")


async def test_28_a_second_connector_needs_no_reload(
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
        assert child.name == "Connector 2"


async def test_29_only_what_is_measured_is_there(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """No sensor waits for a value that never comes, and a reload orphans none."""
    registry = er.async_get(hass)
    await hass.async_block_till_done()
    keys = {entity.unique_id for entity in registry.entities.values()}
    assert "CP-1_1_power" not in keys
    transaction_id = await charge(ready)
    await ready.call("MeterValues", METER_VALUES | {"transactionId": transaction_id})
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


async def test_30_accepting_one_charger_keeps_the_other(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """Two chargers that wait at once are both there in the end."""
    async with fake("new-1") as one, fake("new-2") as two:
        await one.boot()
        await two.boot()
        await hass.async_block_till_done()
        flows = hass.config_entries.flow.async_progress()
        assert len(flows) == 2
        for flow in flows:
            result = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
            assert result["reason"] == "charger_added"
        for charger in (one, two):
            await charger.until_called("TriggerMessage")
            assert (await charger.boot())["status"] == "Accepted"
    identities = {subentry.unique_id for subentry in entry.subentries.values()}
    assert identities == {"CP-1", "new-1", "new-2"}


async def test_31_only_a_boot_makes_a_card(hass: HomeAssistant, fake: Fake) -> None:
    """What dials in without saying what it is gets no card."""
    async with fake("stranger") as stranger:
        await stranger.send_raw("hello")
        with pytest.raises(CallError):
            await stranger.call("BootNotification", {})
        await hass.async_block_till_done()
        assert not hass.config_entries.flow.async_progress()
        await stranger.boot()
        await hass.async_block_till_done()
        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["context"]["unique_id"] == "stranger"


async def test_32_a_fault_hides_nothing(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """A faulted charger still shows what explains the fault, and what can be done."""
    await ready.status(
        "Faulted", error_code="OverCurrentFailure", vendorErrorCode="3.0"
    )
    await hass.async_block_till_done()
    assert shown["CP-1_1_status"] == "faulted"
    assert shown["CP-1_1_problem"] == "on"
    assert shown["CP-1_1_error_code"] == "over_current_failure"
    assert shown.entity("CP-1_1_vendor_error").attributes["code"] == "3.0"
    for entity_id in hass.states.async_entity_ids():
        state = hass.states.get(entity_id)
        assert state is not None
        assert state.state != "unavailable", entity_id


async def test_33_availability_is_read_from_the_connector(
    ready: FakeCharger, shown: Shown
) -> None:
    """A charger that never speaks of connector 0 is in service all the same."""
    assert shown["CP-1_1_available"] == "on"
    await ready.status("Unavailable")
    assert shown["CP-1_1_available"] == "off"


async def test_34_nothing_shows_yesterdays_power(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Fake,
    shown: Shown,
) -> None:
    """After a restart a reading is unknown until it is measured."""
    transaction_id = await charge(ready)
    await ready.call("MeterValues", METER_VALUES | {"transactionId": transaction_id})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert shown["CP-1_1_power"] == "unavailable"
    async with fake() as charger:
        await charger.boot()
        await charger.until_ready()
        assert shown["CP-1_1_power"] == "unknown"


async def test_34_no_power_flows_after_a_session(
    ready: FakeCharger, shown: Shown
) -> None:
    """What flowed in the session does not stand there for the days after."""
    transaction_id = await charge(ready)
    await ready.call("MeterValues", METER_VALUES | {"transactionId": transaction_id})
    await ready.call(
        "StopTransaction",
        {
            "transactionId": transaction_id,
            "meterStop": 2000,
            "timestamp": "2026-01-14T19:50:00Z",
        },
    )
    assert shown["CP-1_1_power"] == "0.0"
    assert shown["CP-1_1_current_l1"] == "0.0"
    assert shown["CP-1_1_voltage_l1"] == "231.7"


async def test_35_classes_are_right(ready: FakeCharger, shown: Shown) -> None:
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
    await ready.call(
        "MeterValues",
        {
            "connectorId": 1,
            "transactionId": transaction_id,
            "meterValue": [
                {"timestamp": "2026-01-14T18:53:53Z", "sampledValue": values}
            ],
        },
    )
    await asyncio.sleep(0.05)
    for key, _, _, device_class, state_class in readings:
        attributes = shown.entity(f"CP-1_1_{key}").attributes
        assert attributes["device_class"] == device_class
        assert attributes["state_class"] == state_class
    for key in ("status", "error_code", "vendor_error"):
        attributes = shown.entity(f"CP-1_1_{key}").attributes
        assert attributes["device_class"] == "enum"
        assert shown[f"CP-1_1_{key}"] in attributes["options"]


@pytest.mark.parametrize("chargers", [{"CP-1": {}, "CP-2": {}}])
async def test_36_a_sample_wakes_only_what_changed(
    hass: HomeAssistant, ready: FakeCharger, fake: Fake, shown: Shown
) -> None:
    """One value changes: one state is written, whatever else is there."""
    async with fake("CP-2") as other:
        await other.boot()
        await other.until_ready()
        for charger in (ready, other):
            transaction_id = await charge(charger)
            sample = METER_VALUES | {"transactionId": transaction_id}
            await charger.call("MeterValues", sample)
        await hass.async_block_till_done()
        written: list[str] = []

        @callback
        def note(event: Event[Any]) -> None:
            written.append(event.data["entity_id"])

        for kind in (EVENT_STATE_CHANGED, EVENT_STATE_REPORTED):
            hass.bus.async_listen(kind, note, event_filter=callback(lambda _: True))
        changed = json.loads(json.dumps(sample))
        values = changed["meterValue"][0]["sampledValue"]
        values[2]["value"] = "229.9"
        await other.call("MeterValues", changed)
        await hass.async_block_till_done()
        assert written == [shown.entity_id("CP-2_1_voltage_l1")]
        values.append({"value": "1500"})
        await other.call("MeterValues", changed)
        await hass.async_block_till_done()
        written.clear()
        values[3]["value"] = "1600"
        await other.call("MeterValues", changed)
        await hass.async_block_till_done()
        assert written == [
            shown.entity_id("CP-2_1_session_energy"),
            shown.entity_id("CP-2_1_energy"),
        ]


async def test_38_yaml_is_refused(hass: HomeAssistant) -> None:
    """The integration has no YAML; writing some is told to the owner."""
    await async_setup_component(hass, DOMAIN, {DOMAIN: {"nonsense": True}})
    issues = ir.async_get(hass).issues
    assert any("config_entry_only" in issue for _, issue in issues)
    assert DOMAIN not in hass.data


async def test_39_a_busy_port_is_told(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
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


async def test_40_names_are_home_assistants(
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


async def test_41_logs_name_nobody(
    ready: FakeCharger, offline_soon: None, caplog: pytest.LogCaptureFixture
) -> None:
    """No identity, serial number or badge stands in the log above debug."""
    await charge(ready)
    ready.drop()
    await ready.wait_closed()
    await asyncio.sleep(0.2)
    texts = [
        record.getMessage()
        for phase in ("setup", "call")
        for record in caplog.get_records(phase)
        if record.levelno > logging.DEBUG and "schneider_ev.central" in record.name
    ]
    assert len(texts) == 2
    for secret in ("CP-1", "FAKE0001", "18237379292"):
        assert not any(secret in text for text in texts)


async def test_14_transaction_ids_are_unique(ready: FakeCharger) -> None:
    """Several transactions within a second have ids of their own."""
    ids = []
    for number in range(3):
        answer = await ready.call(
            "StartTransaction",
            {
                "connectorId": 1,
                "idTag": "a",
                "meterStart": number,
                "timestamp": "2026-01-14T18:50:00Z",
            },
        )
        ids.append(answer["transactionId"])
    assert all(0 < before < after < 2**31 for before, after in pairwise(ids))


async def test_14_an_id_beyond_all_others(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """A charger that makes up the largest id of all leads to no id being given twice."""
    ids = []
    for number in range(3):
        await ready.status("Charging")
        sample = METER_VALUES | {"transactionId": 2**31 - 2 - number % 2}
        await ready.call("MeterValues", sample)
        ids.append(await charge(ready, meter_start=number))
        await ready.status("Available")
    assert len(set(ids)) == 3
    journal = entry.runtime_data.central_system.shared.journal
    assert {number: journal.get(number).meter_start for number in ids} == dict(
        zip(ids, range(3), strict=True)
    )


async def test_14_invented_ids_are_not_all_kept(
    entry: MockConfigEntry, ready: FakeCharger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of sessions that nobody began the last ones are kept, of the others all."""
    monkeypatch.setattr(journal, "MAX_ADOPTED", 3)
    begun = await charge(ready)
    for number in range(8):
        await ready.status("Available")
        await ready.status("Charging")
        await ready.call("MeterValues", METER_VALUES | {"transactionId": 100 + number})
    kept = [session.id for session in entry.runtime_data.central_system.shared.journal]
    assert kept == [begun, 104, 105, 106, 107]


async def test_18_invented_badges_do_not_all_become_tags(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Home Assistant's list of tags is not filled by whoever invents them."""
    monkeypatch.setattr(event, "_MAX_TAGS", 3)
    for number in range(6):
        await ready.call("Authorize", {"idTag": f"invented-{number}"})
        state = shown.entity("event.CP-1_1_badge")
        assert state.attributes["id_tag"] == f"invented-{number}"
    await hass.async_block_till_done()
    assert len(hass.data[TAG_DATA].data) == 3
