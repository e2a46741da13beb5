"""Any frame is a sign of life, and none at all is not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from websockets.frames import CloseCode, Frame, Opcode

from custom_components.schneider_ev.central_system import CentralSystem, server
from custom_components.schneider_ev.central_system.transport import connection
from tests.fake_charger import FakeCharger
from tests.soak.strangers import Target, dial

type Fake = Callable[..., FakeCharger]
type Running = Callable[[], CentralSystem]

INTERVAL, TIMEOUT = 0.1, 0.3

FRAMES = {
    "call": (Opcode.TEXT, json.dumps([2, "1", "Heartbeat", {}]).encode()),
    "rubbish": (Opcode.TEXT, b"alive!"),
    "ping": (Opcode.PING, b""),
    "pong": (Opcode.PONG, b""),
}


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait 90 s for a sign of life."""
    monkeypatch.setattr(server, "PING_INTERVAL", INTERVAL)
    monkeypatch.setattr(server, "PING_TIMEOUT", TIMEOUT)
    monkeypatch.setattr(server, "CLOSE_TIMEOUT", INTERVAL)


@asynccontextmanager
async def chatty(running: Running, frame: bytes) -> AsyncIterator[asyncio.Task[None]]:
    """A charger that answers no ping, but sends a frame all the time."""
    socket = await asyncio.to_thread(dial, Target(port=running().port), "CP-1")

    async def send() -> None:
        with suppress(ConnectionError):
            while True:
                socket.sendall(frame)
                await asyncio.sleep(INTERVAL / 2)

    with socket:
        sending = asyncio.create_task(send())
        yield sending
        sending.cancel()


@pytest.mark.parametrize("kind", FRAMES)
async def test_any_frame_is_a_sign_of_life(
    hasty: None, running: Running, kind: str
) -> None:
    """Who answers no ping stays while he sends anything, and is dropped when he stops."""
    link = running().chargers["CP-1"].link
    lost: list[bool] = []
    frame = Frame(*FRAMES[kind]).serialize(mask=True)
    async with chatty(running, frame) as sending:
        link.connection_changed.connect(lambda: lost.append(not link.is_connected))
        await asyncio.sleep(5 * (INTERVAL + TIMEOUT))
        assert link.is_connected
        assert not any(lost)
        sending.cancel()
        async with asyncio.timeout(5):
            while link.is_connected:
                await asyncio.sleep(0.01)


async def test_who_says_nothing_at_all_is_dropped(hasty: None, fake: Fake) -> None:
    """Such as one behind a router that lost the connection."""
    async with fake() as charger:
        sent: Any = charger.websocket.transport
        sent.pause_reading()  # so that it sends no pong either
        await asyncio.sleep(3 * (INTERVAL + TIMEOUT))
        sent.resume_reading()
        code, _ = await charger.wait_closed()
    assert code == CloseCode.INTERNAL_ERROR


async def test_who_answers_pings_stays(hasty: None, fake: Fake) -> None:
    """A charger that is idle for hours says nothing else."""
    async with fake() as charger:
        await asyncio.sleep(5 * (INTERVAL + TIMEOUT))
        assert (await charger.boot())["status"] == "Accepted"


async def test_a_standstill_is_no_silence(
    fake: Fake, freezer: FrozenDateTimeFactory
) -> None:
    """Of the event loop, in which nobody could be heard; nor is a clock that jumps."""
    async with fake() as charger:
        freezer.tick(timedelta(days=1))
        for _ in range(20):
            await asyncio.sleep(0)
        assert (await charger.boot())["status"] == "Accepted"


async def test_who_sends_is_not_taken_for_gone(
    fake: Fake, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another address does not take the place of one that answers no ping, but sends."""
    monkeypatch.setattr(connection, "PONG_TIMEOUT", 3 * INTERVAL)
    frame = Frame(*FRAMES["call"]).serialize(mask=True)
    async with chatty(running, frame), fake(source="127.0.0.3") as another:
        async with asyncio.timeout(5):
            code, _ = await another.wait_closed()
    assert code == CloseCode.TRY_AGAIN_LATER
