"""Frames of every form: each gets a clear answer, and the connection lives on."""

import asyncio
from collections.abc import Callable
import json
import logging
import time
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.conftest import Shown
from tests.fake_charger import CallError, FakeCharger

STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
START = {
    "connectorId": 1,
    "idTag": "tag",
    "meterStart": 0,
    "timestamp": "2026-01-14T18:50:00Z",
}


def sample(**members: Any) -> dict[str, Any]:
    """A MeterValues with one sampled value."""
    return {
        "connectorId": 1,
        "meterValue": [
            {"timestamp": "2026-01-14T18:53:53Z", "sampledValue": [members]}
        ],
    }


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("Frobnicate", {}, "NotImplemented"),
        ("heartbeat", {}, "NotImplemented"),
        ("x" * 5000, {}, "NotImplemented"),
        ("Reset", {"type": "Soft"}, "NotSupported"),
        ("SetChargingProfile", {}, "NotSupported"),
        ({}, {}, "FormationViolation"),
        (5, {}, "FormationViolation"),
        ("Heartbeat", [], "FormationViolation"),
        ("Heartbeat", "x", "FormationViolation"),
        ("BootNotification", {}, "ProtocolError"),
        ("BootNotification", {"chargePointVendor": "x"}, "ProtocolError"),
        (
            "BootNotification",
            {"chargePointVendor": {}, "chargePointModel": "x"},
            "TypeConstraintViolation",
        ),
        ("Authorize", {}, "ProtocolError"),
        ("Authorize", {"idTag": ["a"]}, "TypeConstraintViolation"),
        ("StatusNotification", {}, "ProtocolError"),
        ("StatusNotification", STATUS | {"status": "Melting"}, "PropertyConstraintViolation"),
        ("StatusNotification", STATUS | {"connectorId": 9}, "PropertyConstraintViolation"),
        ("StatusNotification", STATUS | {"connectorId": -1}, "PropertyConstraintViolation"),
        ("StatusNotification", STATUS | {"connectorId": "one"}, "TypeConstraintViolation"),
        ("StatusNotification", STATUS | {"connectorId": True}, "TypeConstraintViolation"),
        ("MeterValues", {"connectorId": 1}, "ProtocolError"),
        ("MeterValues", {"connectorId": 1, "meterValue": "x"}, "TypeConstraintViolation"),
        ("MeterValues", {"connectorId": 1, "meterValue": [1]}, "TypeConstraintViolation"),
        ("MeterValues", {"connectorId": 1, "meterValue": [{}]}, "ProtocolError"),
        ("StartTransaction", {}, "ProtocolError"),
        ("StartTransaction", START | {"meterStart": "much"}, "TypeConstraintViolation"),
        ("StartTransaction", START | {"timestamp": "soon"}, "PropertyConstraintViolation"),
        ("StartTransaction", START | {"timestamp": "31-08-2025 00:00"}, "PropertyConstraintViolation"),
        ("StartTransaction", START | {"timestamp": "0000-01-01T00:00:00Z"}, "PropertyConstraintViolation"),
        ("StartTransaction", START | {"timestamp": "9999-12-31T23:59:59Z"}, "PropertyConstraintViolation"),
        ("StartTransaction", START | {"meterStart": 1e300}, "PropertyConstraintViolation"),
        ("StartTransaction", START | {"meterStart": 2**63}, "PropertyConstraintViolation"),
        ("StartTransaction", START | {"connectorId": 0}, "PropertyConstraintViolation"),
        ("StopTransaction", {}, "ProtocolError"),
        ("DataTransfer", {}, "ProtocolError"),
        (
            "DataTransfer",
            {"vendorId": "Schneider Electric", "messageId": "Detection loop", "data": "x"},
            "PropertyConstraintViolation",
        ),
        ("FirmwareStatusNotification", {"status": "Fine"}, "PropertyConstraintViolation"),
        ("DiagnosticsStatusNotification", {}, "ProtocolError"),
        ("SecurityEventNotification", {}, "ProtocolError"),
        ("SignCertificate", {}, "ProtocolError"),
    ],
)  # fmt: skip
async def test_a_bad_call_gets_the_right_error(
    ready: FakeCharger,
    caplog: pytest.LogCaptureFixture,
    action: Any,
    payload: Any,
    code: str,
) -> None:
    """The code is that of OCPP-J 1.6; nothing is logged that an owner need see."""
    with pytest.raises(CallError) as raised:
        await ready.call_as("bad", action, payload)
    assert raised.value.code == code
    assert 0 < len(raised.value.description) <= 255
    assert (await ready.call("Heartbeat"))["currentTime"]
    assert not [
        record
        for record in caplog.records
        if record.levelno >= logging.WARNING and "schneider_ev.central" in record.name
    ]


@pytest.mark.parametrize(
    ("action", "payload", "answer"),
    [
        ("Heartbeat", None, None),
        ("Authorize", {"idTag": 5}, {"idTagInfo": {"status": "Accepted"}}),
        ("StatusNotification", STATUS | {"errorCode": "Error"}, {}),
        ("StatusNotification", STATUS | {"connectorId": "1"}, {}),
        ("StatusNotification", STATUS | {"connectorId": 0}, {}),
        ("StatusNotification", STATUS | {"surprise": [1]}, {}),
        ("StatusNotification", STATUS | {"timestamp": "not now"}, {}),
        ("MeterValues", {"connectorId": 1, "meterValue": []}, {}),
        ("MeterValues", {"connectorId": 0, "meterValue": []}, {}),
        ("MeterValues", {"connectorId": 1, "meterValue": [{"sampledValue": []}]}, {}),
        ("MeterValues", sample(value="7") | {"transactionId": None}, {}),
        ("MeterValues", sample(value="7", format="SignedData"), {}),
        ("MeterValues", sample(value="A" * 2000, format="SignedData"), {}),
        ("MeterValues", sample(value="NaN"), {}),
        ("MeterValues", sample(value="1e999"), {}),
        ("MeterValues", sample(value="1e308", unit="kWh"), {}),
        ("MeterValues", sample(value=""), {}),
        ("MeterValues", sample(value=True), {}),
        ("MeterValues", sample(value="3", measurand="Mood"), {}),
        ("MeterValues", sample(value="3", unit="Hz", context="Odd"), {}),
        ("StopTransaction", {"transactionId": 77, "meterStop": 5, "timestamp": "2026-01-14T18:50:00Z"}, {}),
        ("DataTransfer", {"vendorId": "Somebody"}, {"status": "UnknownVendorId"}),
        ("DataTransfer", {"vendorId": "Schneider Electric", "messageId": "Hm"}, {"status": "UnknownMessageId"}),
        ("FirmwareStatusNotification", {"status": "Installing"}, {}),
        ("DiagnosticsStatusNotification", {"status": "Uploaded"}, {}),
        ("LogStatusNotification", {"status": "BadMessage", "requestId": 1}, {}),
        ("SignedFirmwareStatusNotification", {"status": "InvalidSignature"}, {}),
        ("SecurityEventNotification", {"type": "MemoryExhaustion"}, {}),
        ("SignCertificate", {"csr": "x"}, {"status": "Rejected"}),
    ],
)  # fmt: skip
async def test_an_odd_call_is_served(
    ready: FakeCharger, action: str, payload: Any, answer: dict[str, Any] | None
) -> None:
    """What chargers on sale do, though the specification has it otherwise."""
    given = await ready.call_as("odd", action, payload)
    assert answer is None or given == answer


async def test_no_meter_shows_so_much(ready: FakeCharger, shown: Shown) -> None:
    """What no meter can show is passed over, and what it comes to is not infinite."""
    for value in ("7000", "1e308", "-1e308", "1e15"):
        await ready.call(
            "MeterValues",
            sample(value=value, measurand="Power.Active.Import", unit="kW"),
        )
    assert shown["CP-1_1_power"] == "7000.0"


async def test_long_texts_are_cut(ready: FakeCharger, shown: Shown) -> None:
    """A text of a mebibyte costs no memory, and fits a state."""
    text = "1," * 400_000
    await ready.boot(firmwareVersion=text)
    await ready.status("Faulted", error_code="OtherError", vendorErrorCode="x" * 5000)
    assert shown["CP-1_1_vendor_error"] == "x" * 255
    await ready.status("Faulted", error_code="OtherError", vendorErrorCode=text)
    assert len(shown.entity("CP-1_1_vendor_error").attributes["code"]) < 1000


async def test_long_texts_cost_what_they_weigh(ready: FakeCharger) -> None:
    """One that is 16 times as long takes 16 times as long at most, or little more."""

    async def cost(length: int) -> float:
        text = "1," * length
        costs = []
        for _ in range(5):
            before = time.process_time()
            await ready.status("Faulted", error_code="OtherError", vendorErrorCode=text)
            costs.append(time.process_time() - before)
        return min(costs)

    assert await cost(400_000) < 64 * await cost(25_000)


FRAMES = [
    "",
    "not json",
    "{}",
    "[]",
    "null",
    "5",
    "[2]",
    '["2", "a", "Heartbeat", {}]',
    '[2, null, "Heartbeat", {}]',
    '[2, {"a": 1}, "Heartbeat", {}]',
    '[9, "a", "Heartbeat", {}]',
    '[3, "nobody", {}]',
    '[3, "nobody"]',
    '[4, "nobody"]',
    '[4, "nobody", 5, 6, 7]',
    '[4, "nobody", "GenericError", "", {}]',
    "[" * 100_000,
    '[2, "x", "Heartbeat", ' + '{"a":' * 5000 + "1" + "}" * 5000 + "]",
    '[3, "' + "x" * 10_000 + '", {}]',
    "9" * 5000,
    b"\xff\xfe\x00",
    b"[2, ",
]


@pytest.mark.parametrize("frame", FRAMES)
async def test_a_frame_that_is_no_message_is_survived(
    ready: FakeCharger, caplog: pytest.LogCaptureFixture, frame: str | bytes
) -> None:
    """The connection lives on, and nothing but a debug line tells of it."""
    await ready.send_raw(frame)
    assert (await ready.call("Heartbeat"))["currentTime"]
    assert not [
        r for r in caplog.records if r.levelno >= logging.WARNING and r.exc_info
    ]


@pytest.mark.parametrize(
    "frame",
    [
        '[2, "half", "Heartbeat", {',
        '[2, "half", "Heartbeat", {"a": NaN}]',
        '[2,"half","Heartbeat",{"a":"\\ud800"}]',
        '[2, "half"]',
        '[2, "half", 7]',
        '[2, "half", {}, {}]',
    ],
)
async def test_a_broken_call_gets_an_answer_where_it_has_an_id(
    ready: FakeCharger, frame: str
) -> None:
    """A call that cannot be read is answered, as far as its id can."""
    await ready.send_raw(frame)
    with pytest.raises(CallError) as raised:
        await ready.expect("half")
    assert raised.value.code == "FormationViolation"
    assert (await ready.call("Heartbeat"))["currentTime"]


async def test_a_number_as_message_id(ready: FakeCharger) -> None:
    """An id that is a number comes back as it was."""
    answer = ready.expect(5)  # type: ignore[arg-type]
    await ready.send_raw('[2, 5, "Heartbeat", {}]')
    assert (await answer)["currentTime"]


async def test_nul_characters_are_passed_over(ready: FakeCharger, shown: Shown) -> None:
    """After the frame and inside of texts."""
    frame = json.dumps(
        [2, "nul", "StatusNotification", STATUS | {"status": "Faulted\x00"}]
    )
    await ready.send_raw(frame + "\x00\x00")
    assert await ready.expect("nul") == {}
    assert shown["CP-1_1_status"] == "faulted"


async def test_calls_without_waiting(ready: FakeCharger) -> None:
    """Calls that come before the first was answered are answered in order."""
    for number in range(50):
        await ready.send_raw(json.dumps([2, f"burst-{number}", "Heartbeat", {}]))
    for number in range(50):
        assert (await ready.expect(f"burst-{number}"))["currentTime"]


async def test_a_frame_over_a_mebibyte_costs_one_connection(
    ready: FakeCharger, fake: Callable[..., FakeCharger]
) -> None:
    """The server lives on, and so does the charger once it dials again."""
    await ready.send_raw('[2, "big", "Heartbeat", {"a": "' + "x" * 2**20 + '"}]')
    assert (await ready.wait_closed())[0] == 1009
    async with fake() as again:
        assert (await again.boot())["status"] == "Accepted"


@pytest.mark.parametrize("identity", ["CP-1", "a.b-c_d*e:f+g|h@i=j", "x" * 48])
@pytest.mark.parametrize("prefix", ["", "/ocpp", "/a/b/c%20d", "/ws?x=/"])
async def test_any_prefix_and_every_lawful_identity_is_served(
    central_system: str, identity: str, prefix: str
) -> None:
    """An unknown one is told to wait; the prefix does not matter."""
    if "?" in prefix:
        return
    async with FakeCharger(central_system + prefix, identity) as charger:
        status = (await charger.boot())["status"]
        assert status == ("Accepted" if identity == "CP-1" else "Pending")


async def test_an_unknown_charger_may_only_boot(
    fake: Callable[..., FakeCharger],
) -> None:
    """It is told to wait 30 s, and what would have to be recorded is not taken."""
    async with fake("stranger") as stranger:
        answer = await stranger.boot()
        assert (answer["status"], answer["interval"]) == ("Pending", 30)
        with pytest.raises(CallError) as raised:
            await stranger.call("StartTransaction")
        assert raised.value.code == "SecurityError"
        with pytest.raises(CallError) as raised:
            await stranger.call("Frobnicate")
        assert raised.value.code == "NotImplemented"


async def test_a_stranger_that_does_not_boot_is_dropped(
    fake: Callable[..., FakeCharger], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that does is not."""
    monkeypatch.setattr(
        "custom_components.schneider_ev.central_system.pending.BOOT_TIMEOUT",
        0.1,
    )
    async with fake("silent") as silent, fake("polite") as polite:
        await polite.boot()
        await silent.wait_closed()
        assert (await polite.boot())["status"] == "Pending"


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("ocpp1.6",), "ocpp1.6"),
        (("ocpp2.0.1", "ocpp1.6"), "ocpp1.6"),
        ((), None),
    ],
)
async def test_the_subprotocol_is_chosen_where_offered(
    fake: Callable[..., FakeCharger], offered: tuple[str, ...], chosen: str | None
) -> None:
    """A client that offers none is served all the same."""
    async with fake(subprotocols=offered) as charger:
        assert charger.websocket.subprotocol == chosen
        assert (await charger.boot())["status"] == "Accepted"


async def test_only_other_subprotocols(central_system: str) -> None:
    """The handshake succeeds without a subprotocol, then the connection is closed."""
    async with connect(
        f"{central_system}/CP-1", subprotocols=[Subprotocol("ocpp2.0.1")], proxy=None
    ) as websocket:
        assert websocket.subprotocol is None
        await asyncio.wait_for(websocket.wait_closed(), 5)


async def test_credentials_of_a_charger_without_password_are_ignored(
    fake: Callable[..., FakeCharger],
) -> None:
    """Some chargers send them unasked."""
    headers = {"Authorization": "Basic Q1AtMTpzZWNyZXQ="}
    async with fake(headers=headers) as charger:
        assert (await charger.boot())["status"] == "Accepted"


async def test_a_reconnect_without_boot_is_served(
    ready: FakeCharger, fake: Callable[..., FakeCharger], shown: Shown
) -> None:
    """Status and samples count at once; the configuration is not read again."""
    ready.drop()
    async with fake() as again:
        await again.status("Charging")
        assert shown["CP-1_1_status"] == "charging"
        assert shown["CP-1_connected"] == "on"
        await again.until_called("TriggerMessage")
        await asyncio.sleep(0.1)
        assert again.received == [
            ("TriggerMessage", {"requestedMessage": "StatusNotification"})
        ]


async def test_outbound_frames_are_compact(ready: FakeCharger) -> None:
    """No blank is sent that nobody needs; times end in Z."""
    websocket = ready.websocket
    frames: list[str] = []
    original = websocket.protocol.receive_data

    def note(data: bytes | bytearray) -> None:
        frames.append(data.decode(errors="replace"))
        original(data)

    websocket.protocol.receive_data = note  # type: ignore[method-assign]
    await ready.call("Heartbeat")
    (frame,) = frames
    assert frame.endswith('Z"}]')
    assert " " not in frame
