"""Those who are slow, silent, many or loud: they cost a charger beside them nothing."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import partial
import json
from pathlib import Path
import resource
import socket
import ssl
from statistics import median, quantiles
import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from custom_components.schneider_ev.central_system import (
    CentralSystem,
    door,
    pending,
    server,
)
from custom_components.schneider_ev.central_system.transport import (
    authentication,
    budget,
    connection,
    tls,
)
from custom_components.schneider_ev.central_system.transport.trace import Direction
from tests.conftest import Shown
from tests.fake_charger import BOOT, FakeCharger, Payload

type Fake = Callable[..., FakeCharger]

HOST = "127.0.0.1"
SAMPLES = 200
PASSWORD = "correct horse 17"


@pytest.fixture
def handshake_timeout() -> float:
    """The seconds that a handshake may take here; it is 10 otherwise."""
    return 1.0


@pytest.fixture
def _short_handshakes(
    monkeypatch: pytest.MonkeyPatch, handshake_timeout: float
) -> None:
    """Have nobody wait for ten seconds, and the charger that is watched not slowed."""
    monkeypatch.setattr(connection, "FRAMES_AT_ONCE", 10_000)
    impatient = partial(serve, open_timeout=handshake_timeout)
    monkeypatch.setattr(server, "serve", impatient)
    monkeypatch.setattr(server, "CLOSE_TIMEOUT", 0.3)
    monkeypatch.setattr(tls, "HANDSHAKE_TIMEOUT", handshake_timeout)


@pytest.fixture(autouse=True)
async def _nothing_is_left(
    _short_handshakes: None, ready: FakeCharger
) -> AsyncIterator[None]:
    """Have no task and no socket left of those who came beside the charger."""
    tasks, sockets = asyncio.all_tasks(), _sockets()
    yield

    async def over() -> None:
        while (
            asyncio.all_tasks() - tasks - {asyncio.current_task()}
            or _sockets() > sockets
        ):
            await asyncio.sleep(0.01)

    try:
        await asyncio.wait_for(over(), 10)
    except TimeoutError:
        left = asyncio.all_tasks() - tasks
        pytest.fail(f"{_sockets() - sockets} sockets are left, and {left}")


def _sockets() -> int:
    return sum(
        1
        for descriptor in Path("/proc/self/fd").iterdir()
        if descriptor.is_symlink() and _target(descriptor).startswith("socket:")
    )


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""


@pytest.fixture
async def usual(ready: FakeCharger, shown: Shown) -> float:
    """In how many turns of the event loop a charger is answered that is alone."""
    return median(await turns(ready, shown))


async def turns(witness: FakeCharger, shown: Shown) -> list[int]:
    """Send samples; return in how many turns of the event loop each was answered.

    Turns are the same on a machine that is busy, and more where somebody has to wait
    for somebody else.
    """
    turn = 0
    answered = []

    async def count() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    for number in range(SAMPLES):
        before = turn
        await witness.call("MeterValues", _sample(number))
        answered.append(turn - before)
    counting.cancel()
    assert float(shown["CP-1_1_power"]) == (SAMPLES - 1) / 1000
    return answered


async def undisturbed(witness: FakeCharger, shown: Shown, usual: float) -> None:
    """See that a charger's samples are answered as if it were alone, and shown."""
    answered = await turns(witness, shown)
    assert median(answered) < 2 * usual
    assert quantiles(answered, n=100)[98] < 4 * usual


def _sample(watts: int) -> dict[str, Any]:
    power = {"measurand": "Power.Active.Import", "unit": "W", "value": str(watts)}
    return {
        "connectorId": 1,
        "meterValue": [{"timestamp": "2026-01-14T18:53:53Z", "sampledValue": [power]}],
    }


def dial_from(source: str, url: str, **options: Any) -> connect:
    """Dial from an address of this machine's."""
    return connect(
        url, proxy=None, local_addr=(source, 0), ping_interval=None, **options
    )


# Slow and silent


async def trickle(port: int, data: bytes) -> bool:
    """Send byte by byte; tell whether the other end broke it off."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        for byte in data:
            writer.write(bytes([byte]))
            await writer.drain()
            with suppress(TimeoutError):
                return not await asyncio.wait_for(reader.read(1), 0.05)
    except ConnectionError:
        return True
    finally:
        writer.close()
    return False


REQUEST = (
    b"GET /CP-2 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


async def test_handshakes_byte_by_byte(
    entry: MockConfigEntry, ready: FakeCharger, shown: Shown, usual: float
) -> None:
    """A request that takes for ever is broken off, and there may be many of them."""
    port = entry.data["port"]
    slow = [asyncio.create_task(trickle(port, REQUEST)) for _ in range(50)]
    await undisturbed(ready, shown, usual)
    assert all(await asyncio.gather(*slow))


class TestTls:
    """By the port for secured connections."""

    @pytest.fixture
    def entry(
        self, entry: MockConfigEntry, unused_tcp_port_factory: Callable[[], int]
    ) -> MockConfigEntry:
        """A central system with a port for secured connections."""
        return MockConfigEntry(
            domain=entry.domain,
            data={**entry.data, "tls_port": unused_tcp_port_factory()},
            subentries_data=[
                {**subentry.as_dict(), "data": dict(subentry.data)}
                for subentry in entry.subentries.values()
            ],
        )

    async def test_handshakes_byte_by_byte(
        self, entry: MockConfigEntry, ready: FakeCharger, shown: Shown, usual: float
    ) -> None:
        """A greeting that takes for ever is broken off, too."""
        outgoing = ssl.MemoryBIO()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        greeting = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="a")
        with pytest.raises(ssl.SSLWantReadError):
            greeting.do_handshake()
        hello = outgoing.read()
        port = entry.data["tls_port"]
        slow = [asyncio.create_task(trickle(port, hello)) for _ in range(50)]
        await undisturbed(ready, shown, usual)
        assert all(await asyncio.gather(*slow))


HALF_OPEN = 1000


@pytest.fixture
def _many_files() -> Iterator[None]:
    """Allow for both ends of many sockets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, 3 * HALF_OPEN)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"only {hard} files may be open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("_many_files")
@pytest.mark.parametrize("handshake_timeout", [4.0])
async def test_half_open_sockets(
    entry: MockConfigEntry, ready: FakeCharger, fake: Fake, shown: Shown, usual: float
) -> None:
    """A thousand that say nothing are served nothing, and go when their time is over."""
    before = _sockets()
    with ExitStack() as stack:
        silent = []
        for _ in range(HALF_OPEN):
            address = (HOST, entry.data["port"])
            silent.append(stack.enter_context(socket.create_connection(address)))
            await asyncio.sleep(0)
        assert _sockets() > before + HALF_OPEN
        await undisturbed(ready, shown, usual)
        await ready.until(lambda: _sockets() <= before + HALF_OPEN, 10)
        async with fake("stranger") as stranger:
            assert (await stranger.boot())["status"] == "Pending"


# Strangers


async def test_strangers(
    entry: MockConfigEntry,
    ready: FakeCharger,
    central_system: str,
    shown: Shown,
    usual: float,
) -> None:
    """Of fifty who dial at once the last two of an address wait, and eight of all."""

    async def dial(number: int) -> ClientConnection:
        address = f"127.0.0.{2 + number // 5}"
        websocket = await dial_from(address, f"{central_system}/stranger-{number}")
        with suppress(ConnectionClosed):
            await websocket.send(json.dumps([2, "boot", "BootNotification", BOOT]))
            assert json.loads(await websocket.recv())[2]["status"] == "Pending"
        return websocket

    dialled = await asyncio.gather(*(dial(number) for number in range(50)))
    system = entry.runtime_data.central_system
    assert len(system.pending) == 8

    def waiting() -> list[ClientConnection]:
        return [each for each in dialled if each.state is State.OPEN]

    await ready.until(lambda: len(waiting()) == 8)
    addresses = [each.local_address[0] for each in waiting()]
    assert all(addresses.count(address) <= 2 for address in addresses)
    await undisturbed(ready, shown, usual)
    for websocket in dialled:
        await websocket.close()
    late = await dial(50)
    assert late.state is State.OPEN
    await late.close()


async def come_in(
    port: int, identity: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Dial as one that never answers, not even when it is hung up on."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(REQUEST.replace(b"CP-2", identity.encode()) + b"\r\n")
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def test_a_stranger_that_does_not_hang_up(
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Fake,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Is dropped when its time is over, and leaves its place to others."""
    monkeypatch.setattr(pending, "BOOT_TIMEOUT", 0.1)
    reader, writer = await come_in(entry.data["port"], "stranger")
    with suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 5)
    async with asyncio.timeout(5):
        while True:
            with suppress(InvalidStatus):
                # there is room for two of an address
                async with fake("another"), fake("third"):
                    break
    writer.close()


async def test_one_that_is_replaced_and_does_not_hang_up(
    entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """Is dropped, though the one that replaced it is gone by then."""
    old, old_writer = await come_in(entry.data["port"], "CP-1")
    await ready.wait_closed()
    _, new_writer = await come_in(entry.data["port"], "CP-1")
    await old.readexactly(1)  # it is being hung up on
    new_writer.transport.abort()
    with suppress(ConnectionError):
        await asyncio.wait_for(old.read(), 5)
    old_writer.close()


class TestPasswords:
    """A charger that has to sign in."""

    @pytest.fixture
    def chargers(self) -> dict[str, dict[str, object]]:
        """One that has a password, beside the one that is watched."""
        return {"CP-1": {}, "CP-2": {"password": PASSWORD}}

    async def test_a_guesser(
        self,
        ready: FakeCharger,
        fake: Fake,
        central_system: str,
        shown: Shown,
        usual: float,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """He learns nothing, and keeps the owner's charger out neither here nor there."""
        now = time.monotonic()
        monkeypatch.setattr(budget, "monotonic", lambda: now)
        looks = 0

        def look(*arguments: Any) -> bool:
            nonlocal looks
            looks += 1
            return authentication.presents(*arguments)

        monkeypatch.setattr(door, "presents", look)

        async def guess(number: int) -> None:
            headers = _credentials(f"guess {number}")
            with pytest.raises(InvalidStatus) as refused:
                await dial_from(
                    HOST, f"{central_system}/CP-2", additional_headers=headers
                )
            assert refused.value.response.status_code == 401

        async def guess_all() -> None:
            for number in range(200):
                await guess(number)

        guessing = asyncio.create_task(guess_all())
        await undisturbed(ready, shown, usual)
        await guessing
        assert looks == 10
        elsewhere = await dial_from(
            "127.0.0.2",
            f"{central_system}/CP-2",
            additional_headers=_credentials(PASSWORD),
        )
        await elsewhere.close()
        now += 6
        async with fake("CP-2", headers=_credentials(PASSWORD)) as charger:
            assert (await charger.boot())["status"] == "Accepted"


def _credentials(password: str) -> dict[str, str]:
    encoded = b64encode(f"CP-2:{password}".encode()).decode()
    return {"Authorization": f"Basic {encoded}"}


# Chargers that are slow to answer, or loud


class TestTwoChargers:
    """One that misbehaves, beside the one that is watched."""

    @pytest.fixture
    def chargers(self) -> dict[str, dict[str, object]]:
        """Two that are known."""
        return {"CP-1": {}, "CP-2": {}}

    async def test_a_charger_that_takes_its_time(
        self, ready: FakeCharger, fake: Fake, shown: Shown, usual: float
    ) -> None:
        """It has more than 3.5 s for an answer, and is set up as any other."""
        assert connection.ANSWER_TIMEOUT > 3.5
        async with fake("CP-2") as slow:
            quick: Any = slow.answers["GetConfiguration"]
            answering = asyncio.Event()

            async def answer(payload: Payload) -> Payload:
                await answering.wait()
                answer: Payload = quick(payload)
                return answer

            slow.answers["GetConfiguration"] = answer
            await slow.boot()
            await undisturbed(ready, shown, usual)
            assert slow.received == [("GetConfiguration", {})]
            answering.set()
            await slow.until(lambda: slow.calls("TriggerMessage"))
            assert shown["CP-2_light_intensity"] == "80"

    async def test_a_charger_that_never_answers(
        self,
        ready: FakeCharger,
        fake: Fake,
        shown: Shown,
        usual: float,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """It is asked for the next thing when its time is over, and still listened to."""
        monkeypatch.setattr(connection, "ANSWER_TIMEOUT", 0.2)
        async with fake("CP-2") as silent:
            silent.answers = dict.fromkeys(
                ("GetConfiguration", "TriggerMessage"), lambda _: None
            )
            await silent.boot()
            await undisturbed(ready, shown, usual)
            await silent.until(lambda: len(silent.calls("TriggerMessage")) >= 2)
            await silent.status("Available")
            assert shown["CP-2_1_status"] == "available"

    async def test_a_flood(
        self,
        entry: MockConfigEntry,
        ready: FakeCharger,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """A thousand messages a second are answered in turn with those of others."""
        monkeypatch.setattr(connection, "FRAMES_AT_ONCE", 300)
        async with flood(entry.data["port"], 0.05, 50):
            assert await handled_meanwhile(entry, ready) <= 3

    async def test_a_torrent(
        self,
        entry: MockConfigEntry,
        ready: FakeCharger,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """So are thousands that come in one piece."""
        monkeypatch.setattr(connection, "FRAMES_AT_ONCE", 300)
        async with flood(entry.data["port"], 0.0, 5000):
            assert await handled_meanwhile(entry, ready) <= 3

    async def test_what_was_kept_while_offline(
        self, ready: FakeCharger, fake: Fake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A charger that delivers all of it at once is slowed, answered, and not cut off."""
        monkeypatch.setattr(connection, "FRAMES_AT_ONCE", 20)
        monkeypatch.setattr(connection, "FRAME_INTERVAL", 0.001)
        async with fake("CP-2") as charger:
            answers = [charger.expect(f"kept-{number}") for number in range(300)]
            for number in range(300):
                call = [2, f"kept-{number}", "MeterValues", _sample(number)]
                await charger.send_raw(json.dumps(call))
            assert await asyncio.gather(*answers) == [{}] * 300
            assert (await charger.boot())["status"] == "Accepted"

    async def test_one_that_rests(
        self, ready: FakeCharger, fake: Fake, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After many frames others are answered and it is not, until it may go on."""
        monkeypatch.setattr(connection, "FRAMES_AT_ONCE", 5)
        monkeypatch.setattr(connection, "FRAMES_PAID_AT_ONCE", 1)
        monkeypatch.setattr(connection, "FRAME_INTERVAL", 600)
        async with fake("CP-2") as loud:
            for number in range(8):
                await loud.send_raw(json.dumps([2, f"{number}", "Heartbeat", {}]))
            assert (await loud.expect("5"))["currentTime"]
            for _ in range(100):
                assert (await ready.call("Heartbeat"))["currentTime"]
            # who dials again is answered at once
            async with fake("CP-2") as again:
                assert (await again.call("Heartbeat"))["currentTime"]
                await loud.wait_closed()

    @pytest.mark.parametrize(("length", "answered"), [(100, 6), (5000, 3), (30_000, 1)])
    async def test_long_frames(
        self,
        entry: MockConfigEntry,
        ready: FakeCharger,
        fake: Fake,
        monkeypatch: pytest.MonkeyPatch,
        length: int,
        answered: int,
    ) -> None:
        """A long frame counts as several: it takes as much of the others' time."""
        monkeypatch.setattr(connection, "FRAMES_AT_ONCE", 5)
        monkeypatch.setattr(connection, "FRAMES_PAID_AT_ONCE", 1)
        monkeypatch.setattr(connection, "FRAME_INTERVAL", 600)
        charger = entry.runtime_data.central_system.chargers["CP-2"]
        async with fake("CP-2") as loud:
            for number in range(10):
                payload = {"vendorId": "x", "data": "y" * length}
                await loud.send_raw(
                    json.dumps([2, f"{number}", "DataTransfer", payload])
                )
            for _ in range(100):
                await ready.call("Heartbeat")
            assert charger.link.trace.counts[Direction.RECEIVED] == answered


async def handled_meanwhile(entry: MockConfigEntry, witness: FakeCharger) -> float:
    """Return how many frames of CP-2 are handled while a charger waits, in the median."""
    system: CentralSystem = entry.runtime_data.central_system
    counts = system.chargers["CP-2"].link.trace.counts
    handled = []
    for number in range(SAMPLES):
        before = counts[Direction.RECEIVED]
        await witness.call("MeterValues", _sample(number))
        handled.append(counts[Direction.RECEIVED] - before)
    return median(handled)


_UNDER_WAY = 5000
_ANSWER = b'..[3,"1",{"currentTime":"2026-06-01T12:00:00Z"}]'


@asynccontextmanager
async def flood(
    port: int, interval: float, messages: int
) -> AsyncIterator[Callable[[], int]]:
    """Send so many messages each time, in a thread, from when answers come on.

    The value tells how many were answered.
    """
    heartbeat = Frame(Opcode.TEXT, b'[2,"1","Heartbeat",{}]').serialize(mask=True)
    received = 0
    is_over = False
    with socket.create_connection((HOST, port)) as flooding:
        flooding.sendall(REQUEST + b"\r\n")
        await asyncio.to_thread(flooding.recv, 1024)

        def send() -> None:
            with suppress(OSError):
                while not is_over:
                    flooding.sendall(heartbeat * messages)
                    time.sleep(interval)

        def receive() -> None:
            nonlocal received
            with suppress(OSError):
                while data := flooding.recv(65_536):
                    received += len(data)

        threads = [asyncio.to_thread(send), asyncio.to_thread(receive)]
        flooding_and_draining = asyncio.gather(*threads)
        try:
            async with asyncio.timeout(10):
                while received < _UNDER_WAY:
                    await asyncio.sleep(0.01)
            yield lambda: received // len(_ANSWER)
        finally:
            is_over = True
            flooding.shutdown(socket.SHUT_RDWR)
            await flooding_and_draining
