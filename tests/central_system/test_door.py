"""The door: who is turned away, and that the owner can see it, without names."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from custom_components.schneider_ev.central_system import pending
from custom_components.schneider_ev.central_system.charge_point import patience
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.conftest import DOMAIN
from tests.fake_charger import FakeCharger
from tests.scenes import basic

type Fake = Callable[..., FakeCharger]

ALL_WELL = {
    "central_systems": 1,
    "chargers": 2,
    "connected": 0,
    "waiting": 0,
    "problems": 0,
}


@pytest.fixture
def chargers() -> dict[str, dict[str, object]]:
    """One without a password, and one that has one."""
    return {"CP-1": {}, "CP-2": {"password": "correct horse 17"}}


@pytest.fixture(autouse=True)
async def _system_health(hass: HomeAssistant, central_system: str) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()


async def turned_away(hass: HomeAssistant) -> dict[str, int]:
    """Return what the system health page tells of those who were turned away."""
    info: dict[str, Any] = await get_system_health_info(hass, DOMAIN)
    prefix = "turned_away_"
    return {
        name.removeprefix(prefix): count
        for name, count in info.items()
        if name.startswith(prefix)
    }


async def knock(url: str, **options: Any) -> None:
    """Dial, and be turned away by an answer of HTTP."""
    with pytest.raises(InvalidStatus):
        async with connect(url, proxy=None, **options):
            pass


async def test_nobody(hass: HomeAssistant) -> None:
    """What has not happened is not shown."""
    assert await get_system_health_info(hass, DOMAIN) == ALL_WELL


@pytest.mark.parametrize(
    ("path", "headers", "reason"),
    [
        ("/", {}, "no_identity"),
        ("/ocpp/", {}, "no_identity"),
        ("/a%20b", {}, "invalid_identity"),
        ("/" + "x" * 49, {}, "invalid_identity"),
        ("/CP-1", {"Origin": "https://example.org"}, "web_page"),
        ("/", {"Sec-Fetch-Mode": "navigate"}, "web_page"),
        ("/CP-2", {}, "wrong_password"),
        ("/CP-2", basic("wrong", "CP-2"), "wrong_password"),
    ],
)
async def test_by_an_answer_of_http(
    hass: HomeAssistant,
    central_system: str,
    path: str,
    headers: dict[str, str],
    reason: str,
) -> None:
    """Each time is counted, under its reason."""
    for count in (1, 2):
        await knock(f"{central_system}{path}", additional_headers=headers)
        assert await turned_away(hass) == {reason: count}


@pytest.mark.parametrize("header", ["Connection", "Upgrade", "Sec-WebSocket-Key"])
async def test_what_is_no_websocket(
    hass: HomeAssistant, entry: MockConfigEntry, header: str
) -> None:
    """Such as a charger that leaves out a header."""
    headers = {
        "Host": "localhost",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    del headers[header]
    reader, writer = await asyncio.open_connection("127.0.0.1", entry.data["port"])
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"GET /CP-1 HTTP/1.1\r\n{lines}\r\n".encode())
    assert b" 4" in await reader.readline()
    writer.close()
    assert await turned_away(hass) == {"no_websocket": 1}


async def test_another_subprotocol(hass: HomeAssistant, fake: Fake) -> None:
    """A charger that speaks OCPP 2.0.1 only."""
    async with fake(subprotocols=("ocpp2.0.1",)) as charger:
        await charger.wait_closed()
    assert await turned_away(hass) == {"other_subprotocol": 1}


async def test_who_does_not_boot(
    hass: HomeAssistant, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger that is asked in vain; while it waits, that can be seen as well."""
    monkeypatch.setattr(patience, "BOOT_GRACE", 0.1)
    monkeypatch.setattr(pending, "BOOT_TIMEOUT", 0.5)
    async with fake("stranger") as stranger:
        await stranger.until_called("TriggerMessage")
        info = await get_system_health_info(hass, DOMAIN)
        assert info["waiting"] == 1
        await stranger.wait_closed()
    assert await turned_away(hass) == {"not_booted": 1}


async def test_too_many_strangers(
    hass: HomeAssistant, central_system: str, fake: Fake
) -> None:
    """Beyond ten names of a network."""
    for number in range(10):
        async with fake(f"name-{number}"):
            pass
    await knock(f"{central_system}/name-11")
    assert await turned_away(hass) == {"too_many": 1}


async def test_who_is_connected_from_elsewhere(hass: HomeAssistant, fake: Fake) -> None:
    """A second charger under the identity of one that answers."""
    async with fake(), fake(source="127.0.0.2") as another:
        await another.wait_closed()
    assert await turned_away(hass) == {"already_connected": 1}


async def test_in_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry: MockConfigEntry,
    central_system: str,
    fake: Fake,
) -> None:
    """Counts alone: no identity and no address of anybody."""
    await knock(f"{central_system}/secret%20name")
    async with fake("STRANGER") as stranger:
        await stranger.boot()
        shown: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert shown["connections"] == {
        "waiting": 1,
        "turned_away": {"invalid_identity": 1},
    }
    assert "secret" not in str(shown)
    assert "STRANGER" not in str(shown)
