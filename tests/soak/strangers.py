"""Strangers that attack a central system from another process.

`python -m tests.soak.strangers KIND PORT TLS_PORT` runs one of them until it is stopped.
Each is a function of where to attack and of whether it is over; it blocks its thread.
This module imports nothing that takes time to load.
"""

from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count, cycle
import json
import os
import resource
import socket
import sys
from threading import Thread
import time
from typing import Any

from websockets.frames import Frame, Opcode

KNOWN, SECURED = "NEIGHBOUR", "SECURED"
"""Identities that strangers know: without a password, and with one."""

ADDRESSES = tuple(f"127.0.0.{number}" for number in range(2, 10))
"""Where strangers dial from."""

STARTED = "attacking"
"""What the process prints when it begins."""

_BOOT = {
    "chargePointVendor": "Schneider Electric",
    "chargePointModel": "EVlink Pro AC",
    "chargePointSerialNumber": "STRANGE1",
}
_HOST = "127.0.0.1"
_TIMEOUT_S = 10.0
_AT_ONCE = 2000  # frames that are sent in one piece
_PATIENCE_S = 2.0  # before a stranger begins anew
_SOCKETS_HELD = 2000
_HANDSHAKE_INTERVAL_S = 0.005
_MEBIBYTE = 2**20

type IsOver = Callable[[], bool]
type Stranger = Callable[[Target, IsOver], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """The ports of a central system."""

    port: int
    tls_port: int | None = None


def dial(
    target: Target,
    identity: str,
    source: str = ADDRESSES[0],
    headers: dict[str, str] | None = None,
) -> socket.socket:
    """Connect by websocket; raises ConnectionError where that is refused."""
    lines = {
        "Host": f"{_HOST}:{target.port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol": "ocpp1.6",
    } | (headers or {})
    request = f"GET /{identity} HTTP/1.1\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in lines.items()
    )
    dialled = socket.create_connection((_HOST, target.port), _TIMEOUT_S, (source, 0))
    with ExitStack() as stack:
        stack.enter_context(dialled)
        dialled.sendall(f"{request}\r\n".encode())
        if not dialled.recv(4096).startswith(b"HTTP/1.1 101"):
            raise ConnectionRefusedError
        stack.pop_all()
    return dialled


def call(action: str, payload: dict[str, Any]) -> bytes:
    """Return the bytes of a call on the wire."""
    text = json.dumps([2, "1", action, payload]).encode()
    return Frame(Opcode.TEXT, text).serialize(mask=True)


@contextmanager
def drained(connection: socket.socket) -> Iterator[None]:
    """Read what comes and forget it, so that whoever sends it can send more."""

    def drain() -> None:
        with suppress(OSError):
            while connection.recv(65_536):
                pass

    thread = Thread(target=drain)
    thread.start()
    try:
        yield
    finally:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        thread.join()
        connection.close()


def _flood(target: Target, is_over: IsOver, identity: str, data: bytes) -> None:
    """Send the same again and again, on a new connection where the old one ends."""
    while not is_over():
        with suppress(OSError):
            connection = dial(target, identity)
            with drained(connection):
                _send(connection, data, is_over)
        time.sleep(0.01)


def _send(connection: socket.socket, data: bytes, is_over: IsOver) -> None:
    connection.settimeout(0.5)
    while not is_over():
        view = memoryview(data)
        while view and not is_over():
            with suppress(TimeoutError):
                view = view[connection.send(view) :]


def pings(target: Target, is_over: IsOver) -> None:
    """Send pings without reading the pongs, hang up in the middle, and dial again."""
    data = Frame(Opcode.PING, b"").serialize(mask=True) * _AT_ONCE
    while not is_over():
        until = time.monotonic() + _PATIENCE_S
        with suppress(OSError), dial(target, "PINGS") as connection:
            _send(connection, data, lambda: is_over() or time.monotonic() > until)  # noqa: B023
        time.sleep(0.01)


def calls(target: Target, is_over: IsOver) -> None:
    """Send calls that nobody has accepted."""
    _flood(target, is_over, "CALLS", call("Heartbeat", {}) * _AT_ONCE)


def known_calls(target: Target, is_over: IsOver) -> None:
    """Send readings as a charger that is known."""
    data = b"".join(call("MeterValues", readings(watts)) for watts in range(500))
    _flood(target, is_over, KNOWN, data)


def large_frames(target: Target, is_over: IsOver) -> None:
    """Send a mebibyte at a time."""
    reasons = ["x" * 40] * (_MEBIBYTE // 50)
    _flood(target, is_over, "LARGE", call("BootNotification", _BOOT | {"r": reasons}))


def known_large_frames(target: Target, is_over: IsOver) -> None:
    """Send thousands of readings in one message, as a charger that is known."""
    payload = readings(1)
    payload["meterValue"][0]["sampledValue"] *= 600
    _flood(target, is_over, KNOWN, call("MeterValues", payload))


def readings(watts: int) -> dict[str, Any]:
    """Return a MeterValues with nine readings."""
    samples = [
        {"measurand": "Power.Active.Import", "unit": "W", "value": str(watts)},
        {"measurand": "Current.Offered", "unit": "A", "value": "16"},
        {"measurand": "Energy.Active.Import.Register", "value": str(1000 + watts)},
        *(
            {"measurand": measurand, "phase": f"L{n}", "value": str(n + watts / 10)}
            for measurand in ("Current.Import", "Voltage")
            for n in (1, 2, 3)
        ),
    ]
    value = {"timestamp": "2026-01-14T18:53:53Z", "sampledValue": samples}
    return {"connectorId": 1, "meterValue": [value]}


def names(target: Target, is_over: IsOver) -> None:
    """Dial by another name each time, and say nothing."""
    for number in count():
        if is_over():
            return
        with suppress(OSError):
            dial(target, f"NAME-{number}", ADDRESSES[number % 8]).close()


def booted_names(target: Target, is_over: IsOver) -> None:
    """Dial and boot by another name each time."""
    boot = call("BootNotification", _BOOT)
    for number in count():
        if is_over():
            return
        with (
            suppress(OSError),
            dial(target, f"BOOTED-{number}", ADDRESSES[number % 8]) as connection,
        ):
            connection.sendall(boot)
            connection.recv(4096)


def held(target: Target, is_over: IsOver) -> None:
    """Hold two connections of each address, boot on each, and dial again at once."""
    boot = call("BootNotification", _BOOT)
    connections: dict[str, socket.socket] = {}
    for address, number in cycle((a, n) for a in ADDRESSES for n in (1, 2)):
        if is_over():
            break
        identity = f"HELD-{address}-{number}"
        with suppress(OSError):
            if identity not in connections:
                connections[identity] = dial(target, identity, address)
                connections[identity].sendall(boot)
                connections[identity].setblocking(False)
            elif not _is_open(connections[identity]):
                connections.pop(identity).close()
        time.sleep(0.02)
    for connection in connections.values():
        connection.close()


def _is_open(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(65_536))
    except BlockingIOError:
        return True
    except OSError:
        return False


def passwords(target: Target, is_over: IsOver) -> None:
    """Guess the password of a charger, from all addresses in turn."""
    for number in count():
        if is_over():
            return
        with suppress(OSError):
            guess = b64encode(f"{SECURED}:guess {number}".encode()).decode()
            headers = {"Authorization": f"Basic {guess}"}
            dial(target, SECURED, ADDRESSES[number % 8], headers).close()


def handshakes(target: Target, is_over: IsOver) -> None:
    """Open connections to the port for TLS, 200 a second, and say nothing."""
    assert target.tls_port is not None
    _open_and_hold(target.tls_port, is_over)


def silence(target: Target, is_over: IsOver) -> None:
    """Open connections, 200 a second, and say nothing."""
    _open_and_hold(target.port, is_over)


def _open_and_hold(port: int, is_over: IsOver) -> None:
    held: deque[socket.socket] = deque()
    while not is_over():
        with suppress(OSError):
            opened = socket.create_connection((_HOST, port), 1, (ADDRESSES[0], 0))
            held.append(opened)
        if len(held) > _SOCKETS_HELD:
            held.popleft().close()
        time.sleep(_HANDSHAKE_INTERVAL_S)
    for opened in held:
        opened.close()


STRANGERS: dict[str, Stranger] = {
    "pings": pings,
    "handshakes": handshakes,
    "silence": silence,
    "names": names,
    "booted names": booted_names,
    "held": held,
    "calls": calls,
    "known calls": known_calls,
    "large frames": large_frames,
    "known large frames": known_large_frames,
    "passwords": passwords,
}


def main(kind: str, port: str, tls_port: str) -> None:
    """Attack until the process is stopped; others go first."""
    os.nice(5)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    target = Target(port=int(port), tls_port=int(tls_port))
    sys.stdout.write(f"{STARTED}\n")
    sys.stdout.flush()
    STRANGERS[kind](target, lambda: False)


if __name__ == "__main__":
    main(*sys.argv[1:])
