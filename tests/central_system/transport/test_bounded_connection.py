"""What one sends is read little by little, and pings without end cut it off."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import json
import logging
import socket

import pytest
from websockets.frames import Frame, Opcode

from custom_components.schneider_ev.central_system import CentralSystem
from custom_components.schneider_ev.central_system.transport import bounded_connection
from tests.fake_charger import FakeCharger
from tests.soak.strangers import Target, dial

type Fake = Callable[..., FakeCharger]

PING = Frame(Opcode.PING, b"").serialize(mask=True)
PONG_BYTES = 2
PIECE_BYTES = 4096


def ping(target: Target, pings: int) -> int:
    """Send pings in one piece; return how many pongs come until one is cut off."""
    received = 0
    with suppress(ConnectionError), dial(target, "CP-1") as connection:
        with suppress(ConnectionError):
            connection.sendall(PING * pings)
            connection.shutdown(socket.SHUT_WR)
        while data := connection.recv(65_536):
            received += len(data)
    return received // PONG_BYTES


async def test_a_few_pings(running: Callable[[], CentralSystem], fake: Fake) -> None:
    """A charger may ping: each is answered."""
    async with fake() as charger:
        for _ in range(bounded_connection.CONTROL_FRAMES_AT_ONCE // 2):
            await (await charger.websocket.ping())
        assert (await charger.boot())["status"] == "Accepted"


@pytest.mark.parametrize("kind", [Opcode.PING, Opcode.PONG])
async def test_many_pings(fake: Fake, kind: Opcode) -> None:
    """Who sends pings or pongs all the time is cut off, and can dial again."""
    frame = Frame(kind, b"").serialize(mask=True)
    async with fake() as charger:
        await charger.boot()
        charger.websocket.transport.write(frame * 10_000)
        code, _ = await charger.wait_closed()
        assert code == 1006
    async with fake() as charger:
        assert (await charger.boot())["status"] == "Accepted"


async def test_pings_are_read_in_pieces(running: Callable[[], CentralSystem]) -> None:
    """No more are answered than were read before they were too many."""
    pongs = await asyncio.to_thread(ping, Target(port=running().port), 50_000)
    most = bounded_connection.CONTROL_FRAMES_AT_ONCE + PIECE_BYTES // len(PING)
    assert pongs <= most + 1


async def test_who_pings_and_hangs_up(
    running: Callable[[], CentralSystem], fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be sent any more is not written, so that nobody logs each of it."""

    def hang_up() -> None:
        for _ in range(5):
            with suppress(ConnectionError), dial(target, "CP-1") as connection:
                connection.sendall(PING * 10_000)

    target = Target(port=running().port)
    await asyncio.to_thread(hang_up)
    async with fake() as charger:
        assert (await charger.boot())["status"] == "Accepted"
    assert not [
        record
        for record in caplog.records
        if record.levelno >= logging.WARNING and "Executing" not in record.message
    ]


async def test_a_long_message(fake: Fake) -> None:
    """What is longer than a piece is put together again."""
    async with fake() as charger:
        await charger.boot()
        call = [2, "long", "DataTransfer", {"vendorId": "x", "data": "ä" * 400_000}]
        answer = charger.expect("long")
        await charger.send_raw(json.dumps(call, ensure_ascii=False))
        assert "status" in await answer
