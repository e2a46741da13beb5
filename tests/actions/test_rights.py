"""Who may perform an action: by websocket, by the REST API, and from an automation."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    CLIENT_ID,
    MockUser,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)
from yarl import URL

from custom_components.schneider_ev.actions import ACTIONS
from custom_components.schneider_ev.actions.operations import OPERATIONS
from custom_components.schneider_ev.actions.rights import administrators
from custom_components.schneider_ev.files.signed_link import async_signed_link
from custom_components.schneider_ev.products.model import snake_case
from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.core import Context, HomeAssistant, SupportsResponse
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from tests.actions.test_operations import ANSWERS, CALLS
from tests.conftest import DOMAIN, IDENTITY, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import charge, start

type Json = dict[str, Any]
type TokenOf = Callable[[MockUser], Awaitable[str]]

KEY = {"key": "LightIntensity", "value": "50"}
OWN: dict[str, Json] = {
    "call": {"action": "ClearCache"},
    "change_configuration": KEY,
    "export_signed_readings": {},
    "get_configuration": {},
    "get_sessions": {},
    "locate": {},
    "send_tariff_image": {"location": "ftp://127.0.0.1/tariff.png"},
    "set_charging_limit": {"amps": 10},
    "set_displayed_cost": {"total_cost": 1},
    "set_surplus_power": {"watts": 1000},
    "synchronise_badges": {},
}
EACH = OWN | {snake_case(name): data for name, (data, _) in CALLS.items()}
"""Each action, and what to ask."""

FOR_ADMINISTRATORS = frozenset(
    {
        "call",
        "clear_cache",
        "data_transfer",
        "delete_certificate",
        "export_signed_readings",
        "extended_trigger_message",
        "get_configuration",
        "get_diagnostics",
        "get_log",
        "get_sessions",
        "install_certificate",
        "send_local_list",
        "send_tariff_image",
        "signed_update_firmware",
        "update_firmware",
    }
)


@pytest.fixture
def chargers() -> dict[str, dict[str, object]]:
    """A charger that is asked for every operation there is."""
    return {IDENTITY: {"product": "generic"}}


@pytest.fixture
async def guest(hass: HomeAssistant, local_auth: object) -> MockUser:
    """A user of the house who is no administrator."""
    group = await hass.auth.async_get_group(GROUP_ID_USER)
    assert group is not None
    return MockUser(groups=[group], name="Guest").add_to_hass(hass)


@pytest.fixture
async def viewer(hass: HomeAssistant, local_auth: object) -> MockUser:
    """A user who may only look, such as that of a tablet on the wall."""
    group = await hass.auth.async_get_group(GROUP_ID_READ_ONLY)
    assert group is not None
    return MockUser(groups=[group], name="Viewer").add_to_hass(hass)


@pytest.fixture
def token_of(hass: HomeAssistant) -> TokenOf:
    """Return a function that logs a user in."""

    async def log_in(user: MockUser) -> str:
        refresh_token = await hass.auth.async_create_refresh_token(user, CLIENT_ID)
        return hass.auth.async_create_access_token(refresh_token)

    return log_in


async def perform(
    hass: HomeAssistant, shown: Shown, name: str, user_id: str | None, **data: Any
) -> None:
    """Perform an action on the charger for a user; a charger's refusal does not matter."""
    entity = er.async_get(hass).async_get(shown.entity_id(f"{IDENTITY}_connected"))
    assert entity is not None
    try:
        await hass.services.async_call(
            DOMAIN,
            name,
            {"device_id": entity.device_id, **data},
            blocking=True,
            return_response=ACTIONS[name].response is not SupportsResponse.NONE,
            context=Context(user_id=user_id),
        )
    except Unauthorized:
        raise
    except HomeAssistantError:
        pass


def test_every_action_has_its_right() -> None:
    """Nobody adds an action without saying who may perform it."""
    assert set(EACH) == set(ACTIONS)
    assert {
        name for name, action in ACTIONS.items() if action.right is administrators
    } == FOR_ADMINISTRATORS
    assert len(OPERATIONS) == len(CALLS)


@pytest.mark.parametrize("name", EACH)
async def test_action(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    guest: MockUser,
    viewer: MockUser,
    hass_admin_user: MockUser,
    name: str,
) -> None:
    """What is refused does not reach the charger; administrators and automations may all."""
    ready.answers |= ANSWERS
    await charge(ready)
    calls = len(ready.received)
    refused = [viewer, *([guest] if name in FOR_ADMINISTRATORS else [])]
    for user in refused:
        with pytest.raises(Unauthorized):
            await perform(hass, shown, name, user.id, **EACH[name])
    with pytest.raises(UnknownUser):
        await perform(hass, shown, name, "nobody", **EACH[name])
    assert len(ready.received) == calls
    for user_id in (
        *([guest.id] if guest not in refused else []),
        hass_admin_user.id,
        None,
    ):
        await perform(hass, shown, name, user_id, **EACH[name])


async def test_a_guest_by_websocket_and_rest(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    guest: MockUser,
    token_of: TokenOf,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
) -> None:
    """The error is Home Assistant's own, and what the household does goes on."""
    assert await async_setup_component(hass, "api", {})
    token = await token_of(guest)
    websocket = await hass_ws_client(hass, token)
    client = await hass_client(token)
    entity = er.async_get(hass).async_get(shown.entity_id(f"{IDENTITY}_connected"))
    assert entity is not None
    device = {"device_id": entity.device_id}
    risky = {"key": "SupervisionUrl", "value": "ws://192.0.2.1/", "confirm": True}
    ready.received.clear()
    for name, data in (
        ("install_certificate", EACH["install_certificate"]),
        ("update_firmware", {"location": "http://192.0.2.1/firmware.bin"}),
        ("change_configuration", risky),
        ("send_local_list", EACH["send_local_list"]),
    ):
        await websocket.send_json_auto_id(
            {
                "type": "call_service",
                "domain": DOMAIN,
                "service": name,
                "service_data": device | data,
            }
        )
        answer = await websocket.receive_json()
        assert not answer["success"]
        assert answer["error"]["message"] == "Unauthorized"
        response = await client.post(
            f"/api/services/{DOMAIN}/{name}", json=device | data
        )
        assert response.status == HTTPStatus.UNAUTHORIZED
    assert not ready.received
    response = await client.post(
        f"/api/services/{DOMAIN}/set_charging_limit", json=device | {"amps": 8}
    )
    assert response.status == HTTPStatus.OK
    assert ready.calls("SetChargingProfile")


@pytest.mark.parametrize(
    ("key", "is_setting"),
    [
        ("LightIntensity", True),
        ("lightintensity", True),
        ("SupervisionUrl", False),
        ("supervisionURL", False),
        ("SupervisionUrl ", False),
        ("AuthorizationKey", False),
        ("SomethingOfTheMaker", False),
        ("StationName", False),  # not reported, so it has no entity
    ],
)
async def test_settings(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    guest: MockUser,
    viewer: MockUser,
    key: str,
    *,
    is_setting: bool,
) -> None:
    """A key that has an entity is the household's, every other one an administrator's."""
    ready.configuration |= {
        "SomethingOfTheMaker": ("1", False),
        "SupervisionUrl": ("ws://192.0.2.7", False),
    }
    await perform(hass, shown, "get_configuration", None)
    value = "50" if is_setting else "ws://192.0.2.1/a-charger"
    data = {"key": key, "value": value, "confirm": True}
    ready.received.clear()
    with pytest.raises(Unauthorized):
        await perform(hass, shown, "change_configuration", viewer.id, **data)
    if is_setting:
        await perform(hass, shown, "change_configuration", guest.id, **data)
        assert ready.calls("ChangeConfiguration")
    else:
        with pytest.raises(Unauthorized):
            await perform(hass, shown, "change_configuration", guest.id, **data)
        assert not ready.received
        await perform(hass, shown, "change_configuration", None, **data)
        assert ready.calls("ChangeConfiguration")


async def test_a_wrong_device(
    hass: HomeAssistant, ready: FakeCharger, hass_admin_user: MockUser, guest: MockUser
) -> None:
    """An administrator reads that there is no such device, others that they may not."""
    for user, error in (
        (hass_admin_user, ServiceValidationError),
        (guest, Unauthorized),
    ):
        with pytest.raises(error):
            await hass.services.async_call(
                DOMAIN,
                "locate",
                {"device_id": "typo"},
                blocking=True,
                context=Context(user_id=user.id),
            )


async def test_an_automation_of_a_guest(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, guest: MockUser
) -> None:
    """An automation acts for nobody, whoever caused it; a script acts for its user."""
    entity = er.async_get(hass).async_get(shown.entity_id(f"{IDENTITY}_connected"))
    assert entity is not None
    restart = {
        "action": f"{DOMAIN}.clear_cache",
        "data": {"device_id": entity.device_id},
    }
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "triggers": {"trigger": "state", "entity_id": "input_boolean.test"},
                "actions": restart,
            }
        },
    )
    assert await async_setup_component(
        hass, "script", {"script": {"clear": {"sequence": [restart]}}}
    )
    await hass.async_block_till_done()
    hass.states.async_set("input_boolean.test", "on", context=Context(user_id=guest.id))
    await ready.until_called("ClearCache")
    with pytest.raises(Unauthorized):
        await hass.services.async_call(
            "script", "clear", blocking=True, context=Context(user_id=guest.id)
        )
    assert len(ready.calls("ClearCache")) == 1


@pytest.mark.parametrize(
    "kept",
    [
        "sessions.csv",
        "signed_readings.xml?charger=CP-1&transaction_id={number}",
        "files/{name}",
    ],
)
async def test_files_that_name_people(
    hass: HomeAssistant,
    tmp_path: Path,
    ready: FakeCharger,
    guest: MockUser,
    token_of: TokenOf,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    hass_ws_client: WebSocketGenerator,
    kept: str,
) -> None:
    """Are for administrators; who has a link of ours needs no login.

    A link that a guest signs is the guest's.
    """
    assert await async_setup_component(hass, "auth", {})
    hass.config.config_dir = str(tmp_path)
    name = "charger_cp_1-20260101-000000-aaaa.log"
    (tmp_path / DOMAIN).mkdir()
    (tmp_path / DOMAIN / name).write_text("idTag")
    path = f"/api/{DOMAIN}/{kept.format(name=name, number=await start(ready))}"
    token = await token_of(guest)
    websocket = await hass_ws_client(hass, token)
    client, stranger = await hass_client(token), await hass_client_no_auth()
    assert (await client.get(path)).status == HTTPStatus.UNAUTHORIZED
    await websocket.send_json_auto_id({"type": "auth/sign_path", "path": path})
    own = (await websocket.receive_json())["result"]["path"]
    assert (await stranger.get(own)).status == HTTPStatus.UNAUTHORIZED
    administrator = await hass_client()
    assert (await administrator.get(path)).status == HTTPStatus.OK
    websocket = await hass_ws_client(hass)
    await websocket.send_json_auto_id({"type": "auth/sign_path", "path": path})
    own = (await websocket.receive_json())["result"]["path"]
    assert (await stranger.get(own)).status == HTTPStatus.OK
    link = async_signed_link(hass, URL(path), timedelta(minutes=5))
    assert (await stranger.get(link)).status == HTTPStatus.OK


async def test_the_link_of_an_automation(
    hass: HomeAssistant,
    ready: FakeCharger,
    guest: MockUser,
    token_of: TokenOf,
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """It holds whoever caused the automation: what it does is for nobody."""
    runs = async_mock_service(hass, "notify", "owner")
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "triggers": {
                    "trigger": "state",
                    "entity_id": "input_boolean.ask",
                    "to": "on",
                },
                "actions": [
                    {
                        "action": f"{DOMAIN}.get_sessions",
                        "response_variable": "list",
                    },
                    {
                        "action": "notify.owner",
                        "data": {"link": "{{ list.download }}"},
                    },
                ],
            }
        },
    )
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"ask": {}}}
    )

    websocket = await hass_ws_client(hass, await token_of(guest))
    await websocket.send_json_auto_id(
        {
            "type": "call_service",
            "domain": "input_boolean",
            "service": "turn_on",
            "target": {"entity_id": "input_boolean.ask"},
        }
    )
    await ready.until(lambda: runs)
    stranger = await hass_client_no_auth()
    answer = await stranger.get(runs[0].data["link"])
    assert answer.status == HTTPStatus.OK
