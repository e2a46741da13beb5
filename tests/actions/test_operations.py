"""The operations of OCPP as actions: what is sent, what comes back, what is refused."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from math import inf, nan
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.schneider_ev.actions.operations import OPERATIONS
from custom_components.schneider_ev.central_system.transport import connection
from custom_components.schneider_ev.products import PRODUCTS
from custom_components.schneider_ev.products.model import Direction, Product, snake_case
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.helpers import device_registry as dr
from homeassistant.util.yaml import parse_yaml
from tests.conftest import DOMAIN, Act, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import charge
from tests.simulator import Simulator

type Fake = Callable[..., FakeCharger]

SCHEDULE = {
    "charging_rate_unit": "A",
    "charging_schedule_period": [{"start_period": 0, "limit": 10}],
}
PROFILE = {
    "charging_profile_id": 5,
    "stack_level": 0,
    "charging_profile_purpose": "TxDefaultProfile",
    "charging_profile_kind": "Relative",
    "charging_schedule": SCHEDULE,
}
WIRE_PROFILE = {
    "chargingProfileId": 5,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10}],
    },
}
HASHES = {
    "hash_algorithm": "SHA256",
    "issuer_name_hash": "a",
    "issuer_key_hash": "b",
    "serial_number": "1",
}
OF_A_CONNECTOR: tuple[tuple[str, dict[str, Any]], ...] = (
    ("unlock_connector", {}),
    ("remote_start_transaction", {}),
    ("trigger_message", {"requested_message": "Heartbeat"}),
    ("extended_trigger_message", {"requested_message": "Heartbeat"}),
)
RESERVATION = {
    "connector_id": 1,
    "expiry_date": "2099-01-01 00:00:00+00:00",
    "id_tag": "ADA",
    "reservation_id": 7,
}
CALL = """
name: call
action: GetConfiguration
payload:
  key: [LightIntensity]
"""
CALLS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "CancelReservation": ({"reservation_id": 7}, {"reservationId": 7}),
    "ChangeAvailability": (
        {"type": "Inoperative"},
        {"connectorId": 0, "type": "Inoperative"},
    ),
    "ClearCache": ({}, {}),
    "ClearChargingProfile": (
        {"id": 5, "connector_id": 1},
        {"id": 5, "connectorId": 1},
    ),
    "DataTransfer": (
        {"vendor_id": "Somebody", "message_id": "Hello", "data": "{}"},
        {"vendorId": "Somebody", "messageId": "Hello", "data": "{}"},
    ),
    "DeleteCertificate": (
        {"certificate_hash_data": HASHES},
        {
            "certificateHashData": {
                "hashAlgorithm": "SHA256",
                "issuerNameHash": "a",
                "issuerKeyHash": "b",
                "serialNumber": "1",
            }
        },
    ),
    "ExtendedTriggerMessage": (
        {"requested_message": "Heartbeat"},
        {"requestedMessage": "Heartbeat"},
    ),
    "GetCompositeSchedule": (
        {"duration": 3600, "connector_id": 1},
        {"connectorId": 1, "duration": 3600},
    ),
    "GetDiagnostics": (
        {"location": "ftp://127.0.0.1/", "start_time": "2026-01-01 00:00:00+00:00"},
        {"location": "ftp://127.0.0.1/", "startTime": "2026-01-01T00:00:00Z"},
    ),
    "GetInstalledCertificateIds": (
        {"certificate_type": "CentralSystemRootCertificate"},
        {"certificateType": "CentralSystemRootCertificate"},
    ),
    "GetLocalListVersion": ({}, {}),
    "GetLog": (
        {
            "log": {"remote_location": "ftp://127.0.0.1/"},
            "log_type": "SecurityLog",
            "request_id": 3,
        },
        {
            "log": {"remoteLocation": "ftp://127.0.0.1/"},
            "logType": "SecurityLog",
            "requestId": 3,
        },
    ),
    "InstallCertificate": (
        {"certificate_type": "CentralSystemRootCertificate", "certificate": "PEM"},
        {"certificateType": "CentralSystemRootCertificate", "certificate": "PEM"},
    ),
    "RemoteStartTransaction": (
        {"id_tag": "ADA", "connector_id": 1},
        {"connectorId": 1, "idTag": "ADA"},
    ),
    "RemoteStopTransaction": ({"transaction_id": 9}, {"transactionId": 9}),
    "ReserveNow": (
        {
            "connector_id": 1,
            "expiry_date": "2099-01-01 00:00:00+00:00",
            "id_tag": "ADA",
            "reservation_id": 7,
        },
        {
            "connectorId": 1,
            "expiryDate": "2099-01-01T00:00:00Z",
            "idTag": "ADA",
            "reservationId": 7,
        },
    ),
    "Reset": ({"type": "Soft"}, {"type": "Soft"}),
    "SendLocalList": (
        {
            "list_version": 1,
            "update_type": "Full",
            "local_authorization_list": [
                {"id_tag": "ADA", "id_tag_info": {"status": "Accepted"}}
            ],
        },
        {
            "listVersion": 1,
            "updateType": "Full",
            "localAuthorizationList": [
                {"idTag": "ADA", "idTagInfo": {"status": "Accepted"}}
            ],
        },
    ),
    "SetChargingProfile": (
        {"connector_id": 1, "cs_charging_profiles": PROFILE},
        {"connectorId": 1, "csChargingProfiles": WIRE_PROFILE},
    ),
    "SignedUpdateFirmware": (
        {
            "request_id": 4,
            "firmware": {
                "location": "ftp://127.0.0.1/f",
                "retrieve_date_time": "2026-01-01T00:00:00Z",
                "signing_certificate": "PEM",
                "signature": "x",
            },
        },
        {
            "requestId": 4,
            "firmware": {
                "location": "ftp://127.0.0.1/f",
                "retrieveDateTime": "2026-01-01T00:00:00Z",
                "signingCertificate": "PEM",
                "signature": "x",
            },
        },
    ),
    "TriggerMessage": (
        {"requested_message": "Heartbeat"},
        {"requestedMessage": "Heartbeat"},
    ),
    "UnlockConnector": ({"connector_id": 1}, {"connectorId": 1}),
    "UpdateFirmware": (
        {
            "location": "ftp://127.0.0.1/f",
            "retrieve_date": "2026-01-01 00:00:00+00:00",
        },
        {"location": "ftp://127.0.0.1/f", "retrieveDate": "2026-01-01T00:00:00Z"},
    ),
}

ANSWERS: dict[str, dict[str, Any]] = {
    "GetDiagnostics": {"fileName": "log.zip"},
    "GetLocalListVersion": {"listVersion": 4},
    "UpdateFirmware": {},
    "UnlockConnector": {"status": "Unlocked"},
}


WITHOUT_STATUS = ("GetDiagnostics", "GetLocalListVersion", "UpdateFirmware")

GUIDED = [key for key in PRODUCTS if key != "generic"]
each_product = pytest.mark.parametrize("product", GUIDED)


def test_every_operation_is_tested() -> None:
    """The table of this test is that of the actions."""
    assert {operation.action for operation in OPERATIONS} == set(CALLS)


@pytest.mark.parametrize("chargers", [{"CP-1": {"product": "generic"}}])
@pytest.mark.parametrize("action", CALLS)
async def test_operation(ready: FakeCharger, act: Act, ask: Act, action: str) -> None:
    """The request goes out as OCPP spells it; the answer comes back in snake case."""
    data, wire = CALLS[action]
    name = snake_case(action)
    ready.received.clear()
    ready.answers[action] = ANSWERS.get(action, {"status": "Accepted"})
    answer = await ask(name, **data)
    assert ready.received == [(action, wire)]
    given = ANSWERS.get(action, {"status": "Accepted"})
    assert answer == {snake_case(key): value for key, value in given.items()}
    if "status" in given:
        ready.answers[action] = {"status": "Rejected"}
        assert await ask(name, **data) == {"status": "Rejected"}
        with pytest.raises(HomeAssistantError) as raised:
            await act(name, **data)
        assert raised.value.translation_key in ("refused", "limit_refused")
    ready.answers[action] = lambda _: [4, "ID", "NotSupported", "no", {}]
    with pytest.raises(HomeAssistantError) as raised:
        await ask(name, **data)
    assert raised.value.translation_key == "call_error"


@each_product
async def test_every_operation_of_every_product(
    hass: HomeAssistant, central_system: str, ask: Act, product: str
) -> None:
    """What the guide lists is asked of the charger; what it does not, is not."""
    facts = PRODUCTS[product]
    async with Simulator(central_system, "CP-1", product, latency=0) as simulator:
        await simulator.until(simulator.accepted.is_set)
        await simulator.until(lambda: len(simulator.calls("TriggerMessage")) > 1)
        await asyncio.sleep(0.1)
        # the one that restarts the charger comes last
        for action in sorted(CALLS, key=lambda name: name == "Reset"):
            data, wire = CALLS[action]
            simulator.received.clear()
            if facts.supports(action):
                with suppress(HomeAssistantError):
                    await ask(snake_case(action), **data)
            else:
                with pytest.raises(HomeAssistantError) as raised:
                    await ask(snake_case(action), **data)
                assert raised.value.translation_key == "operation_not_supported"
            assert (wire in simulator.calls(action)) == facts.supports(action), action


OURS: dict[str, tuple[str, dict[str, Any]]] = {
    "change_configuration": (
        "ChangeConfiguration",
        {"key": "ConnectionTimeOut", "value": "90"},
    ),
    "get_configuration": ("GetConfiguration", {"key": "ConnectionTimeOut"}),
}
"""The two operations that have an action of their own, and what to ask."""


def offered(product: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the actions that a product takes: what they send, and what they are told."""
    facts = PRODUCTS[product]
    operations = {
        snake_case(action): (action, data)
        for action, (data, _) in CALLS.items()
        if facts.supports(action)
    }
    if facts.data_transfer(Direction.TO_CHARGER, "Locate"):
        operations["locate"] = ("DataTransfer", {})
    if facts.tariff_image:
        picture = {"location": "ftp://127.0.0.1/tariff.png"}
        operations["send_tariff_image"] = ("DataTransfer", picture)
    return operations | OURS


@pytest.fixture
async def simulator(central_system: str, product: str) -> AsyncIterator[Simulator]:
    """A simulator of the product that is ready and answers at once."""
    async with Simulator(
        central_system, "CP-1", product, latency=0, redial=60
    ) as simulator:
        await simulator.until(simulator.accepted.is_set)
        await simulator.until(lambda: len(simulator.calls("TriggerMessage")) > 1)
        await asyncio.sleep(0.1)
        yield simulator


@each_product
async def test_every_action_answered_with_an_error(
    simulator: Simulator, ask: Act, product: str
) -> None:
    """A charger that knows none of them: each says so."""
    simulator.forget_operations()
    for name, (action, data) in offered(product).items():
        simulator.received.clear()
        with pytest.raises(HomeAssistantError) as raised:
            await ask(name, **data)
        assert raised.value.translation_key == "call_error", name
        assert len(simulator.calls(action)) == 1, name


@each_product
async def test_every_action_in_vain(
    simulator: Simulator,
    ask: Act,
    product: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A charger that does not answer, and one that is not there: each says so."""
    simulator.latency = 60
    monkeypatch.setattr(connection, "ANSWER_TIMEOUT", 0.02)
    for name, (_, data) in offered(product).items():
        with pytest.raises(HomeAssistantError) as raised:
            await ask(name, **data)
        assert raised.value.translation_key == "timeout", name
    simulator.uplink.hang_up()
    await asyncio.sleep(0.1)
    for name, (_, data) in offered(product).items():
        with pytest.raises(HomeAssistantError) as raised:
            await ask(name, **data)
        assert raised.value.translation_key == "offline", name


@pytest.mark.parametrize("product", [PRODUCTS[key] for key in GUIDED], ids=GUIDED)
async def test_every_action_refused(
    ready_product: FakeCharger, act: Act, ask: Act, product: Product
) -> None:
    """What has a status can be refused: it is returned if asked for, else an error."""
    for name, (action, data) in offered(product.key).items():
        if action in ("GetConfiguration", *WITHOUT_STATUS):
            continue
        ready_product.answers[action] = {"status": "Rejected"}
        assert await ask(name, **data) == {"status": "Rejected"}, name
        with pytest.raises(HomeAssistantError) as raised:
            await act(name, **data)
        assert raised.value.translation_key in ("refused", "limit_refused"), name


async def test_what_is_left_out(ready: FakeCharger, ask: Act, shown: Shown) -> None:
    """The only connector, the session that runs, Home Assistant's own badge."""
    await ask("unlock_connector")
    assert ready.calls("UnlockConnector") == [{"connectorId": 1}]
    await ask("remote_start_transaction")
    (start,) = ready.calls("RemoteStartTransaction")
    assert start["connectorId"] == 1
    assert len(start["idTag"]) == 16
    transaction_id = await charge(ready)
    await ask("remote_stop_transaction")
    assert ready.calls("RemoteStopTransaction") == [{"transactionId": transaction_id}]
    await ask("clear_charging_profile")
    assert ready.calls("ClearChargingProfile") == [{}]


async def test_a_wrong_argument(ready: FakeCharger, ask: Act) -> None:
    """What OCPP does not allow is said, and not sent."""
    ready.received.clear()
    for name, data in (
        ("set_charging_profile", {"cs_charging_profiles": {"stack_level": 0}}),
        ("remote_start_transaction", {"id_tag": "x" * 21}),
        ("trigger_message", {"requested_message": "Nonsense"}),
        ("call", {"action": "Reset", "payload": {"type": "Gently"}}),
        ("call", {"action": "Frobnicate"}),
        ("get_configuration", {"key": "x" * 51}),
        ("change_configuration", {"key": "Unheard", "value": "x" * 501}),
        # what is no JSON
        ("cancel_reservation", {"reservation_id": 2**70}),
        ("data_transfer", {"vendor_id": "\ud800"}),
        (
            "set_charging_profile",
            {"cs_charging_profiles": PROFILE | {"charging_profile_purpose": [1]}},
        ),
    ):
        with pytest.raises(ServiceValidationError) as raised:
            await ask(name, **data)
        assert raised.value.translation_key == "invalid_call"
    assert not ready.received


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("reserve_now", RESERVATION | {"id_tag": ""}, "'idTag' is a required property"),
        ("reserve_now", RESERVATION | {"id_tag": "x" * 21}, "$.idTag: maxLength 20"),
        (
            "trigger_message",
            {"requested_message": "heartbeat"},
            "$.requestedMessage: e",
        ),
        ("call", {"action": "Reset", "payload": {"typ": "Hard"}}, "('typ' was"),
        ("call", {"action": "clear_cache"}, "There is no action clear_cache"),
        (
            "set_charging_profile",
            {
                "cs_charging_profiles": PROFILE
                | {
                    "charging_schedule": SCHEDULE
                    | {"charging_schedule_period": [{"start_period": 0, "limit": inf}]}
                }
            },
            "SetChargingProfile: the payload cannot be sent as JSON",
        ),
    ],
)
async def test_what_is_wrong_is_said(
    ready: FakeCharger,
    ask: Act,
    name: str,
    data: dict[str, Any],
    error: str,
) -> None:
    """Which member, and why; what it was may be private."""
    with pytest.raises(ServiceValidationError) as raised:
        await ask(name, **data)
    assert raised.value.translation_placeholders is not None
    assert error in raised.value.translation_placeholders["error"]
    assert "xxx" not in raised.value.translation_placeholders["error"]


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("remote_stop_transaction", {}, "no_transaction"),
        ("set_charging_limit", {"amps": 8, "connector_id": 9}, "no_such_connector"),
        ("set_charging_limit", {"amps": 8, "watts": 9}, "amps_or_watts"),
        ("set_charging_limit", {}, "amps_or_watts"),
    ],
)
async def test_what_is_meant(
    ready: FakeCharger, act: Act, name: str, data: Any, key: str
) -> None:
    """An action that leaves open what it is for says so."""
    with pytest.raises(ServiceValidationError) as raised:
        await act(name, **data)
    assert raised.value.translation_key == key


@pytest.mark.parametrize(
    ("profile", "key"),
    [
        ({"charging_profile_purpose": "TxDefaultProfile"}, "profile_purpose"),
        ({"transaction_id": 5}, "profile_attribute"),
        (
            {"charging_schedule": SCHEDULE | {"min_charging_rate": 1}},
            "profile_attribute",
        ),
        ({}, None),
    ],
)
async def test_the_profile_of_a_remote_start(
    ready: FakeCharger, ask: Act, profile: Any, key: str | None
) -> None:
    """It is of the transaction that is yet to begin (OCPP 1.6, section 5.16.2)."""
    given = PROFILE | {"charging_profile_purpose": "TxProfile"} | profile
    if key is None:
        await ask("remote_start_transaction", charging_profile=given)
        assert ready.calls("RemoteStartTransaction")
        return
    with pytest.raises(ServiceValidationError) as raised:
        await ask("remote_start_transaction", charging_profile=given)
    assert raised.value.translation_key == key
    assert not ready.calls("RemoteStartTransaction")


@pytest.mark.parametrize("chargers", [{"CP-1": {}}])
async def test_one_of_two_connectors(fake: Fake, hass: HomeAssistant, ask: Act) -> None:
    """A cable is unlocked of the one that is named."""
    async with fake() as charger:
        charger.configuration["NumberOfConnectors"] = ("2", True)
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        with pytest.raises(ServiceValidationError) as raised:
            await ask("unlock_connector")
        assert raised.value.translation_key == "which_connector"
        await ask("unlock_connector", connector_id=2)
        assert charger.calls("UnlockConnector") == [{"connectorId": 2}]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        *(
            ("set_charging_limit", {"amps": 8, "duration": value})
            for value in (0, "00:00:00", 1e15, "Infinity", {"hours": 1e20}, inf)
        ),
        *(("set_charging_limit", {"amps": value}) for value in (True, nan, "x", -1)),
        *(("cancel_reservation", {"reservation_id": x}) for x in (1.5, True, "x")),
        *((name, data | {"connector_id": 0}) for name, data in OF_A_CONNECTOR),
        ("send_local_list", {"list_version": 0, "update_type": "Full"}),
        ("locate", {"device_id": ["a", "b"]}),
        ("locate", {"device_id": []}),
        ("set_displayed_cost", {"total_cost": -3.5}),
    ],
)
async def test_what_is_no_value(
    ready: FakeCharger, act: Act, name: str, data: dict[str, Any]
) -> None:
    """Nothing else is made of it, and nothing is sent."""
    ready.received.clear()
    with pytest.raises(vol.Invalid):
        await act(name, **data)
    assert not ready.received


async def test_what_yaml_and_templates_make(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, ask: Act
) -> None:
    """A target is a list, a text of digits a number, and a day no time."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, "CP-1"), entry.entry_id
    )
    assert device is not None
    await ask("clear_cache", device_id=[device.id])
    assert ready.calls("ClearCache") == [{}]
    badge = {"id_tag": 12345678, "id_tag_info": {"status": "Accepted"}}
    await ask(
        "send_local_list",
        list_version=1,
        update_type="Full",
        local_authorization_list=[badge],
    )
    (entered,) = ready.calls("SendLocalList")[-1]["localAuthorizationList"]
    assert entered["idTag"] == "12345678"
    await hass.config.async_set_time_zone("Europe/Paris")
    await ask("reserve_now", **RESERVATION | {"expiry_date": date(2099, 7, 1)})
    assert ready.calls("ReserveNow")[-1]["expiryDate"] == "2099-06-30T22:00:00Z"
    until = {"expiryDate": datetime(2099, 7, 1, tzinfo=UTC)}
    wanted = {"connectorId": 1, "idTag": "ADA", "reservationId": 8}
    await ask("call", action="ReserveNow", payload=wanted | until)
    assert ready.calls("ReserveNow")[-1]["expiryDate"] == "2099-07-01T00:00:00Z"
    await ask("remote_start_transaction", id_tag="")
    assert ready.calls("RemoteStartTransaction")[-1]["idTag"]
    await ask("get_configuration", key="")
    assert ready.calls("GetConfiguration")[-1] == {}
    await ask("change_configuration", key="LightIntensity", value=50.0)
    await ask("change_configuration", key="LedDayStartHour", value="08:30:00")
    assert [call["value"] for call in ready.calls("ChangeConfiguration")[-2:]] == [
        "50",
        "08:30",
    ]


@pytest.mark.parametrize("time_zone", ["Pacific/Auckland", "America/Los_Angeles"])
async def test_the_ends_of_the_calendar(
    hass: HomeAssistant, ready: FakeCharger, act: Act, ask: Act, time_zone: str
) -> None:
    """A time that is none elsewhere, or that has no next day, is refused."""
    await hass.config.async_set_time_zone(time_zone)
    ready.received.clear()
    for time in ("0001-01-01 00:00:00", "9999-12-31 23:59:59"):
        for name, data in (
            ("get_sessions", {"from": time}),
            ("reserve_now", {"reservation_id": 1, "id_tag": "A", "expiry_date": time}),
            ("update_firmware", {"location": "http://a/b", "retrieve_date": time}),
        ):
            with pytest.raises(vol.Invalid):
                await ask(name, **data)
    with pytest.raises(vol.Invalid):
        await act("set_charging_limit", amps=6, duration={"days": 3_000_000})
    assert not ready.received


@pytest.mark.parametrize(
    "time",
    ["2027-01-01T01:00:00+01:00", "2027-01-01 01:00:00", datetime(2027, 1, 1, 1)],
)
async def test_a_time_within_an_object(
    hass: HomeAssistant, ready: FakeCharger, ask: Act, time: object
) -> None:
    """It goes out as any other, as UTC."""
    await hass.config.async_set_time_zone("Europe/Paris")
    listed = {"id_tag": "A", "id_tag_info": {"status": "Accepted", "expiry_date": time}}
    await ask("set_charging_profile", cs_charging_profiles=PROFILE | {"valid_to": time})
    await ask(
        "send_local_list",
        list_version=1,
        update_type="Full",
        local_authorization_list=[listed],
    )
    (profile,) = ready.calls("SetChargingProfile")
    (sent,) = ready.calls("SendLocalList")[-1]["localAuthorizationList"]
    assert profile["csChargingProfiles"]["validTo"] == "2027-01-01T00:00:00Z"
    assert sent["idTagInfo"]["expiryDate"] == "2027-01-01T00:00:00Z"


async def test_no_time_within_an_object(ready: FakeCharger, ask: Act) -> None:
    """It is refused, and not sent."""
    ready.received.clear()
    for schedule in (
        SCHEDULE | {"start_schedule": "soon"},
        SCHEDULE | {"startSchedule": None},
    ):
        with pytest.raises(vol.Invalid):
            await ask(
                "set_charging_profile",
                cs_charging_profiles=PROFILE | {"charging_schedule": schedule},
            )
    assert not ready.received


async def test_offline_and_silent(
    ready: FakeCharger, ask: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are errors, asked for with a response or not."""
    monkeypatch.setattr(connection, "ANSWER_TIMEOUT", 0.1)
    ready.answers["ClearCache"] = lambda _: None
    with pytest.raises(HomeAssistantError) as raised:
        await ask("clear_cache")
    assert raised.value.translation_key == "timeout"
    ready.drop()
    await ready.wait_closed()
    await asyncio.sleep(0.05)
    with pytest.raises(HomeAssistantError) as raised:
        await ask("clear_cache")
    assert raised.value.translation_key == "offline"


async def test_call(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    ask: Act,
    hass_read_only_user: MockUser,
) -> None:
    """Anything goes, as it is spelt, and for administrators only."""
    ready.answers["DataTransfer"] = {"status": "Rejected", "data": "no"}
    answer = await ask("call", action="DataTransfer", payload={"vendorId": "x"})
    assert answer == {"status": "Rejected", "data": "no"}
    written = parse_yaml(CALL)
    assert isinstance(written, dict)
    await ask(**written)
    assert ready.calls("GetConfiguration")[-1] == {"key": ["LightIntensity"]}
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, "CP-1"), entry.entry_id
    )
    assert device is not None
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            DOMAIN,
            "call",
            {"device_id": device.id, "action": "ClearCache"},
            blocking=True,
            return_response=True,
            context=Context(user_id=hass_read_only_user.id),
        )


@pytest.mark.parametrize("chargers", [{"CP": {}, "CP_1": {}}])
async def test_a_connector_is_not_taken_for_a_charger(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, shown: Shown
) -> None:
    """Connector 1 of CP has a device and entities beside those of the charger CP_1."""
    async with fake("CP") as one, fake("CP_1") as other:
        one.configuration["NumberOfConnectors"] = ("2", True)
        for charger in (one, other):
            await charger.boot()
            await charger.until_ready()
        await one.status("Available", 1)
        await hass.async_block_till_done()
        assert shown["CP_1_status"] == "available"
        assert shown["CP_1_connected"] == "on"
        device = dr.async_get(hass).async_get_device_by_identifier(
            (DOMAIN, "CP_1"), entry.entry_id
        )
        assert device is not None
        await hass.services.async_call(
            DOMAIN, "locate", {"device_id": device.id}, blocking=True
        )
        assert len(other.calls("DataTransfer")) == 1
        assert not one.calls("DataTransfer")


async def test_a_wrong_device_is_nobody(
    hass: HomeAssistant, ready: FakeCharger
) -> None:
    """An action for an unknown device fails, and no other charger is touched."""
    ready.received.clear()
    with pytest.raises(ServiceValidationError):
        await hass.services.async_call(
            DOMAIN, "locate", {"device_id": "typo"}, blocking=True
        )
    assert not ready.received
