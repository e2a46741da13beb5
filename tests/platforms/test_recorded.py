"""What real Schneider chargers sent, and what Home Assistant shows of it."""

from collections.abc import Callable
import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from tests.conftest import DOMAIN, Shown
from tests.fake_charger import FakeCharger
from tests.recording import FIXTURES


async def replay(charger: FakeCharger, name: str, **overrides: Any) -> dict[str, Any]:
    """Send a recorded call as it was recorded, and return the answer."""
    message = json.loads((FIXTURES / f"{name}.json").read_text())
    return await charger.call_as(message[1], message[2], message[3] | overrides)


@pytest.mark.parametrize(
    ("recording", "serial_number"),
    [
        ("evlink_pro_ac_boot", "3N170740564A1S1B7551700014"),
        ("evlink_parking_boot", "3N170740564A1S1B7551700014"),
    ],
)
async def test_boot(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Callable[..., FakeCharger],
    recording: str,
    serial_number: str,
) -> None:
    """Serial numbers of 26 and 33 characters are accepted and shown."""
    async with fake() as charger:
        answer = await replay(charger, recording)
        assert answer["status"] == "Accepted"
        assert answer["interval"] == 300
        assert answer["currentTime"].endswith("Z")
        await charger.until_ready()
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, "CP-1"), entry.entry_id
    )
    assert device is not None
    assert device.serial_number == serial_number
    assert device.manufacturer == "Schneider Electric"


async def test_a_lone_box_serial_number(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Callable[..., FakeCharger]
) -> None:
    """The 33 characters of the box stand in where the point has none of its own."""
    async with fake() as charger:
        await replay(charger, "evlink_parking_boot", chargePointSerialNumber=None)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, "CP-1"), entry.entry_id
    )
    assert device is not None
    assert device.serial_number == "EVB1A22P4RI3N1712406002002503A057"


async def test_session(hass: HomeAssistant, ready: FakeCharger, shown: Shown) -> None:
    """Status, samples and stop of a session that began before Home Assistant did."""
    assert await replay(ready, "evlink_pro_ac_status") == {}
    assert await replay(ready, "evlink_pro_ac_meter_values") == {}
    await hass.async_block_till_done()
    assert shown["CP-1_1_status"] == "charging"
    assert shown["CP-1_1_vendor_error"] == "none"
    assert shown["CP-1_1_problem"] == "off"
    assert shown["CP-1_1_power_offered"] == "6.2559"
    assert shown["CP-1_1_current_offered"] == "9.0"
    assert [shown[f"CP-1_1_voltage_l{phase}"] for phase in (1, 2, 3)] == [
        "231.7",
        "232.4",
        "231.1",
    ]
    await shown.do("CP-1_1_stop_session", "press")
    assert ready.calls("RemoteStopTransaction") == [{"transactionId": 1768416593}]
    assert await replay(ready, "evlink_pro_ac_stop") == {}
    await hass.async_block_till_done()
    assert shown["CP-1_1_energy"] == "253.58"
    assert shown["CP-1_1_current_offered"] == "unknown"


async def test_detection_loop(
    hass: HomeAssistant, fake: Callable[..., FakeCharger], shown: Shown
) -> None:
    """The text in the text, with a colon too many, tells of a vehicle."""
    async with fake() as charger:
        charger.configuration["NumberOfConnectors"] = ("2", True)
        await charger.boot()
        await charger.until_ready()
        answer = await replay(charger, "evlink_parking_detection_loop")
        assert answer == {"status": "Accepted"}
        await hass.async_block_till_done()
        assert shown["CP-1_2_vehicle_detected"] == "off"
        state = {"connectorId": 2, "name": "Vehicle", "state": "1"}
        for data in (json.dumps(state), json.dumps(json.dumps(state)), state):
            await charger.call(
                "DataTransfer",
                {
                    "vendorId": "Schneider Electric",
                    "messageId": "Detection loop",
                    "data": data,
                },
            )
            assert shown["CP-1_2_vehicle_detected"] == "on"
            await replay(charger, "evlink_parking_detection_loop")
            assert shown["CP-1_2_vehicle_detected"] == "off"
