"""Plug & Charge: the messages of ISO 15118 that come in a DataTransfer."""

import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from tests.conftest import Shown
from tests.fake_charger import FakeCharger
from tests.scenes import register, sessions, start

VENDOR = "org.openchargealliance.iso15118pnc"
CONTRACT = "DEABCC12345678"
HASHES = [
    {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": "a",
        "issuerKeyHash": "b",
        "serialNumber": "1",
        "responderURL": "http://ocsp.example",
    }
]


async def transfer(charger: FakeCharger, message_id: str, data: object) -> Any:
    """Send a message in a DataTransfer, encoded as the note wants it."""
    return await charger.call(
        "DataTransfer",
        {"vendorId": VENDOR, "messageId": message_id, "data": json.dumps(data)},
    )


async def authorize(charger: FakeCharger, **request: Any) -> Any:
    """Send an Authorize, and return what is in the answer."""
    answer = await transfer(charger, "Authorize", request)
    assert answer["status"] == "Accepted"
    return json.loads(answer["data"])


@pytest.mark.parametrize(
    "request_",
    [
        {"idToken": CONTRACT, "iso15118CertificateHashData": HASHES},
        {"idToken": CONTRACT, "certificate": "-----BEGIN CERTIFICATE-----\n"},
        {"idToken": {"idToken": CONTRACT, "type": "eMAID"}},
    ],
)
async def test_a_contract_is_a_badge(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    shown: Shown,
    request_: dict[str, Any],
) -> None:
    """By the same rules, with the same event, and its owner's name with the session."""
    hass.config_entries.async_update_entry(
        entry, options={"badge_policy": "registered_only"}
    )
    await hass.async_block_till_done()
    assert await authorize(ready, **request_) == {"idTokenInfo": {"status": "Invalid"}}
    await hass.async_block_till_done()
    assert shown.entity("CP-1_1_badge").attributes["event_type"] == "refused"
    await register(hass, entry, CONTRACT, "Ada", expires="2099-01-01 00:00:00")
    info = (await authorize(ready, **request_))["idTokenInfo"]
    assert info["status"] == "Accepted"
    assert info["cacheExpiryDateTime"].startswith("2098-12-31T") or info[
        "cacheExpiryDateTime"
    ].startswith("2099-01-01T")
    await hass.async_block_till_done()
    assert shown.entity("CP-1_1_badge").attributes["event_type"] == "accepted"
    await start(ready, id_tag=CONTRACT)
    (session,) = await sessions(hass)
    assert session["badge"] == "Ada"


@pytest.mark.parametrize(
    ("message_id", "answer"),
    [
        ("GetCertificateStatus", {"status": "Failed"}),
        ("Get15118EVCertificate", {"status": "Failed", "exiResponse": ""}),
        ("SignCertificate", {"status": "Rejected"}),
    ],
)
async def test_what_takes_a_certificate_authority(
    ready: FakeCharger, message_id: str, answer: dict[str, str]
) -> None:
    """Is refused with the statuses of the note."""
    got = await transfer(ready, message_id, {"csr": "x", "ocspRequestData": HASHES[0]})
    assert got["status"] == "Accepted"
    assert json.loads(got["data"]) == answer


@pytest.mark.parametrize("message_id", ["TriggerMessage", "CertificateSigned", "?", ""])
async def test_what_a_charger_does_not_send(
    ready: FakeCharger, message_id: str
) -> None:
    """Is not known."""
    assert await transfer(ready, message_id, {}) == {"status": "UnknownMessageId"}


@pytest.mark.parametrize(
    "data",
    [None, "", "{", "[]", 5, {}, '{"idToken": []}', '{"idToken": {"type": "eMAID"}}'],
)
async def test_what_is_malformed(ready: FakeCharger, data: object) -> None:
    """Is rejected, and nothing else happens."""
    message = {"vendorId": VENDOR.upper(), "messageId": "Authorize", "data": data}
    assert await ready.call("DataTransfer", message) == {"status": "Rejected"}


@pytest.mark.parametrize(
    ("data", "state"),
    [
        ({"Connector ID": 1, "Name": "Vehicle", "State": "0"}, "off"),
        ({"Connector ID": "1", "Name": "Vehicle", "State": 1}, "on"),
        ({"connectorId": 1, "state": True}, "on"),
        ({"CONNECTORID": 1, "STATE": False}, "off"),
        ({"state": " On "}, "on"),
    ],
)
async def test_a_detection_loop(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    data: dict[str, Any],
    state: str,
) -> None:
    """Names are read without regard to case and blanks, and states of any type."""
    message = {"vendorId": "Schneider Electric", "messageId": "Detection loop"}
    answer = await ready.call("DataTransfer", message | {"data": json.dumps(data)})
    assert answer == {"status": "Accepted"}
    await hass.async_block_till_done()
    assert shown["CP-1_1_vehicle_detected"] == state


@pytest.mark.usefixtures("all_enabled")
@pytest.mark.parametrize("length", [255, 256, 400])
async def test_a_long_public_key(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, length: int
) -> None:
    """Is whole, or unknown: a part of it verifies nothing."""
    key = "3" * length
    ready.configuration["MeterPublicKey"] = (key, True)
    await shown.do("CP-1_refresh", "press")
    await hass.async_block_till_done()
    state = shown.entity("CP-1_meter_public_key")
    is_too_long = length > 255
    assert state.state == ("unknown" if is_too_long else key)
    assert state.attributes.get("value") == (key if is_too_long else None)
