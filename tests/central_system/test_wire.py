"""Who breaks the rules of HTTP or of websockets costs one connection, whatever he sends."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import json

import pytest
from websockets.asyncio.client import connect
from websockets.frames import Frame, Opcode

from custom_components.schneider_ev.central_system import CentralSystem
from custom_components.schneider_ev.central_system.messages import ChargerTimeoutError
from custom_components.schneider_ev.central_system.transport import connection
from tests.fake_charger import FakeCharger

type Fake = Callable[..., FakeCharger]


@pytest.fixture
def chargers() -> dict[str, dict[str, object]]:
    """One that breaks rules, and one beside it."""
    return {"CP-1": {}, "CP-2": {}}


async def request(port: int, *lines: bytes) -> bytes:
    """Send a request; return the status line of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):
        for line in (b"GET /CP-1 HTTP/1.1", *lines, b""):
            writer.write(line + b"\r\n")
            await writer.drain()
    answer = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    return answer


@pytest.mark.parametrize(
    "lines",
    [[b"X: " + b"x" * 2**24], [b"X: x"] * 5000],
    ids=["16 MiB", "5,000 headers"],
)
async def test_long_headers(
    running: Callable[[], CentralSystem], fake: Fake, lines: list[bytes]
) -> None:
    """A request without end is refused before it is all read."""
    port = running().port
    assert b" 431 " in await request(port, b"Host: localhost", *lines)
    async with fake() as charger:
        assert (await charger.boot())["status"] == "Accepted"


async def test_compression(central_system: str) -> None:
    """No compression is agreed to, so nothing small can become large."""
    async with connect(
        f"{central_system}/CP-1", proxy=None, compression="deflate"
    ) as websocket:
        assert websocket.response is not None
        assert "Sec-WebSocket-Extensions" not in websocket.response.headers
        assert websocket.protocol.extensions == []


@pytest.mark.parametrize("bit", [0x40, 0x20, 0x10])
async def test_a_bit_of_an_extension(fake: Fake, bit: int) -> None:
    """A frame that claims to be compressed, or the like, breaks the protocol."""
    heartbeat = Frame(Opcode.TEXT, b'[2,"1","Heartbeat",{}]').serialize(mask=True)
    async with fake() as charger, fake("CP-2") as other:
        charger.websocket.transport.write(bytes([heartbeat[0] | bit, *heartbeat[1:]]))
        assert (await charger.wait_closed())[0] == 1002
        assert (await other.boot())["status"] == "Accepted"


def send_in_pieces(charger: FakeCharger, text: str) -> None:
    """Send a message in fragments of one byte."""
    first, *others = text.encode()
    frames = [
        Frame(Opcode.TEXT, bytes([first]), fin=False),
        *(Frame(Opcode.CONT, bytes([each]), fin=False) for each in others),
        Frame(Opcode.CONT, b""),
    ]
    data = b"".join(frame.serialize(mask=True) for frame in frames)
    charger.websocket.transport.write(data)


async def test_a_message_of_many_fragments(fake: Fake) -> None:
    """A message of 2,000 fragments is one message."""
    call = [2, "1", "DataTransfer", {"vendorId": "x", "data": "y" * 1950}]
    async with fake() as charger:
        answer = charger.expect("1")
        send_in_pieces(charger, json.dumps(call))
        assert "status" in await answer


async def test_a_message_of_too_many_fragments(fake: Fake) -> None:
    """One of more than 4,096 is none; the bound came with websockets 17.4."""
    call = [2, "1", "DataTransfer", {"vendorId": "x", "data": "y" * 4100}]
    async with fake() as charger, fake("CP-2") as other:
        send_in_pieces(charger, json.dumps(call))
        assert (await charger.wait_closed())[0] == 1009
        assert (await other.boot())["status"] == "Accepted"


async def test_one_that_does_not_read(
    running: Callable[[], CentralSystem], fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls to a charger with a zero window end in time, and others do not wait."""
    async with fake() as deaf, fake("CP-2") as other:
        for charger in (deaf, other):
            await charger.boot()
            await charger.until_ready()
        monkeypatch.setattr(connection, "ANSWER_TIMEOUT", 0.3)
        deaf.websocket.transport.pause_reading()
        link = running().chargers["CP-1"].link
        payload = {"vendorId": "x", "data": "y" * 2**23}
        calls = [
            asyncio.create_task(link.call("DataTransfer", payload)) for _ in range(2)
        ]
        assert (await other.call("Heartbeat"))["currentTime"]
        assert not any(call.done() for call in calls)
        for call in calls:
            with pytest.raises(ChargerTimeoutError):
                await call
        assert (await other.call("Heartbeat"))["currentTime"]
        deaf.drop()
