"""The server: which connection counts, who is let in, and what the log says of it."""

import asyncio
from collections.abc import Callable
import logging

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.frames import CloseCode

from homeassistant.core import HomeAssistant
from tests.conftest import Shown
from tests.fake_charger import FakeCharger
from tests.scenes import charge, issues

type Fake = Callable[..., FakeCharger]


@pytest.mark.parametrize("is_silent", [False, True])
async def test_the_newest_connection_wins(
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


async def test_three_rapid_redials(fake: Fake, shown: Shown) -> None:
    """Of several connections at once, the last one serves."""
    async with fake() as first, fake() as second, fake() as third:
        await first.wait_closed()
        await second.wait_closed()
        assert (await third.boot())["status"] == "Accepted"
        assert shown["CP-1_connected"] == "on"


async def test_two_chargers_in_turn(hass: HomeAssistant, fake: Fake) -> None:
    """The second is turned away, and told of by its address when it comes back."""
    async with fake() as first:
        await first.boot()
        for turn in range(2):
            async with fake(source="127.0.0.2") as second:
                code, _ = await second.wait_closed()
            assert code == CloseCode.TRY_AGAIN_LATER
            assert ("identity_twice" in issues(hass)) == (turn == 1)
        assert await first.call("Heartbeat")
    placeholders = issues(hass)["identity_twice"].translation_placeholders
    assert placeholders is not None
    assert (placeholders["one"], placeholders["other"]) == ("127.0.0.1", "127.0.0.2")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/..",
        "/.",
        "/ocpp/",
        "/etc/passwd%00",
        "/..%2f",
        "/a/..%2fCP-1",
        "/" + "x" * 49,
        "/a%20b",
    ],
)
async def test_what_is_no_identity_is_not_served(
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


async def test_logs_name_nobody(
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
