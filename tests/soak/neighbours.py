"""Soak test: one bad neighbour harms itself alone.

A real Home Assistant serves some chargers while a stranger of each kind attacks it from
a process of its own. In the same run it is measured before and during the attack how
long the chargers wait for answers, and a client for Home Assistant's own API. During
the attack a new charger has to be discovered, and a right password has to be taken.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count, islice
import logging
from math import inf
from pathlib import Path
import socket
import ssl
from statistics import median, quantiles
import time
from typing import Any

from websockets.exceptions import WebSocketException

from ..fake_charger import FakeCharger
from ..processes import free_port, running
from ..real_home_assistant import RealHomeAssistant
from ..scenes import basic
from .strangers import KNOWN, SECURED, STARTED, STRANGERS, readings

_LOGGER = logging.getLogger(__name__)

DOMAIN = "schneider_ev"
WELL_BEHAVED = tuple(f"GOOD-{number}" for number in range(1, 6))
PASSWORD = "correct horse 17"

MAX_ANSWER_S = 0.25
"""99th percentile of the time that a charger waits for an answer."""
MAX_API_DELAY_S = 0.02
"""How much later the API may answer, in the median, than without the stranger."""
MAX_LOG_LINES = 20
"""Lines that a stranger may add to the log."""

_WARM_UP_S = 1.0
_SETTLE_S = 2.0
_ATTACK_S = 6.0
_FLIGHT_S = 1.5  # of a slow charger's TLS handshake
_CALL_INTERVAL_S = 0.1
_API_INTERVAL_S = 0.03
_PATIENCE_S = 40.0
_HOST = "127.0.0.1"


@dataclass(kw_only=True)
class Times:
    """How long chargers waited for answers, and a client for the API, in seconds.

    `dials` is how often a charger had to dial again, `starved` the share of the time
    that Home Assistant had no processor because others on this machine used them.
    """

    answers: list[float] = field(default_factory=list)
    api: list[float] = field(default_factory=list)
    dials: int = 0
    starved: float = 0.0

    @property
    def slowest(self) -> float:
        """The 99th percentile of the chargers' times."""
        return quantiles(self.answers, n=100)[98] if len(self.answers) > 1 else inf


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was seen of one stranger."""

    stranger: str
    before: Times
    during: Times
    log_lines: int
    discovered_after: float | None
    signed_in_after: float | None

    def failures(self, *, by_times: bool) -> Iterable[str]:
        """Yield what is out of bounds."""
        delay = median(self.during.api) - median(self.before.api)
        for is_wrong, what in (
            (by_times and self.during.slowest > MAX_ANSWER_S, "chargers wait"),
            (by_times and delay > MAX_API_DELAY_S, "the API waits"),
            (self.during.dials > 0, "chargers are cut off"),
            (self.log_lines > MAX_LOG_LINES, f"{self.log_lines} lines in the log"),
            (self.discovered_after is None, "a new charger is not discovered"),
            (self.signed_in_after is None, "the right password is refused"),
        ):
            if is_wrong:
                yield f"{self.stranger}: {what}"

    def __str__(self) -> str:
        """Format it as a line of a table."""
        return (
            f"{self.stranger:18} {_ms(self.before.slowest)} {_ms(self.during.slowest)}"
            f" {_ms(max(self.during.answers, default=inf))}"
            f" {_ms(median(self.before.api))} {_ms(median(self.during.api))}"
            f" {self.log_lines:6} {_s(self.discovered_after)} {_s(self.signed_in_after)}"
            f" {self.before.starved:6.0%} {self.during.starved:6.0%}"
        )


HEADER = (
    f"{'stranger':18} {'p99':>7} {'with':>7} {'most':>7}"
    f" {'API':>7} {'with':>7} {'log':>6} {'found':>7} {'in':>7}"
    f" {'starved':>7}{'with':>7}"
)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:7.1f}"


def _s(seconds: float | None) -> str:
    return "  never" if seconds is None else f"{seconds:6.1f}s"


@dataclass
class Report:
    """The results; answers in milliseconds, discovery and sign-in in seconds."""

    rows: list[Row] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Format the results as a table, and each failure as a line."""
        summary = f"{len(self.rows)} strangers, {len(self.failures)} failures"
        return "\n".join([HEADER, *map(str, self.rows), summary, *self.failures])


class Neighbourhood:
    """A Home Assistant with chargers that behave well, and their time sheet."""

    def __init__(self, hass: RealHomeAssistant, port: int, tls_port: int) -> None:
        """Measure a Home Assistant whose central system is at these ports."""
        self._hass = hass
        self._port = port
        self._tls_port = tls_port
        self._times = Times()
        self._watts = count(1000)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Have chargers call and a client ask, until the context ends."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._work(each)) for each in WELL_BEHAVED]
            tasks.append(group.create_task(self._ask()))
            yield
            for task in tasks:
                task.cancel()

    async def measure(self, seconds: float) -> Times:
        """Return the times of the next seconds."""
        times = self._times = Times()
        waited = self._hass.waited_seconds
        await asyncio.sleep(seconds)
        times.starved = (self._hass.waited_seconds - waited) / seconds
        return times

    async def attack(self, stranger: str, seconds: float) -> Row:
        """Measure before and during an attack."""
        before = await self.measure(seconds)
        lines = self._log_lines()
        arguments = (stranger, str(self._port), str(self._tls_port))
        output = self._hass.config_dir / "stranger.log"
        output.unlink(missing_ok=True)
        async with running("-m", "tests.soak.strangers", *arguments, output=output):
            await self._hass.wait_for(partial(_has_started, output))
            await asyncio.sleep(_WARM_UP_S)
            measuring = asyncio.create_task(self.measure(seconds))
            discovered_after, signed_in_after = await asyncio.gather(
                self._in_time(partial(self._is_discovered, stranger)),
                self._in_time(self._signs_in),
            )
            during = await measuring
        await asyncio.sleep(_SETTLE_S)
        row = Row(
            stranger=stranger,
            before=before,
            during=during,
            log_lines=self._log_lines() - lines,
            discovered_after=discovered_after,
            signed_in_after=signed_in_after,
        )
        _LOGGER.info("%s", row)
        return row

    def _charger(self, identity: str, **options: Any) -> FakeCharger:
        return FakeCharger(f"ws://{_HOST}:{self._port}", identity, **options)

    async def _work(self, identity: str) -> None:
        """Call all the time, as a charger that dials again when it is cut off."""
        while True:
            self._times.dials += 1
            with suppress(OSError, WebSocketException):
                async with self._charger(identity) as charger:
                    await self._call(charger)
            await asyncio.sleep(_CALL_INTERVAL_S)

    async def _call(self, charger: FakeCharger) -> None:
        await charger.boot()
        await charger.status("Available")
        while True:
            started = time.monotonic()
            with suppress(TimeoutError):
                await charger.call("MeterValues", readings(next(self._watts)))
            self._times.answers.append(time.monotonic() - started)
            await asyncio.sleep(_CALL_INTERVAL_S)

    async def _ask(self) -> None:
        while True:
            started = time.monotonic()
            await self._hass.get("/api/config")
            self._times.api.append(time.monotonic() - started)
            await asyncio.sleep(_API_INTERVAL_S)

    def _log_lines(self) -> int:
        return self._hass.log().count("\n")

    async def _in_time(self, attempt: Any) -> float | None:
        """Attempt something until it succeeds; return after how many seconds it did."""
        started = time.monotonic()
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                while not await attempt():
                    await asyncio.sleep(0.5)
                return time.monotonic() - started
        return None

    async def _is_discovered(self, stranger: str) -> bool:
        """Dial as a new charger, and look for its card; a slow one where TLS is meant."""
        identity = f"NEW-{stranger.replace(' ', '-')}"
        if stranger == "handshakes":
            return await asyncio.to_thread(self._gets_in_slowly)
        with suppress(OSError, WebSocketException, TimeoutError):
            async with self._charger(identity) as charger:
                await charger.boot()
                for _ in range(10):
                    flows = await self._hass.flows_in_progress(DOMAIN)
                    if any(flow["context"]["unique_id"] == identity for flow in flows):
                        return True
                    await asyncio.sleep(0.1)
        return False

    def _gets_in_slowly(self) -> bool:
        """Do a TLS handshake with seconds between its flights; tell whether it ends."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(incoming, outgoing)
        with (
            suppress(OSError),
            socket.create_connection((_HOST, self._tls_port), 5) as plain,
        ):
            while True:
                try:
                    client.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    time.sleep(_FLIGHT_S)
                    plain.sendall(outgoing.read())
                    incoming.write(plain.recv(65_536))
                    if incoming.eof:
                        return False
            time.sleep(_FLIGHT_S)
            client.write(
                b"GET /NEW-SLOW HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            plain.sendall(outgoing.read())
            while data := plain.recv(65_536):
                incoming.write(data)
                with suppress(ssl.SSLWantReadError):
                    return client.read(4096).startswith(b"HTTP/1.1 101")
        return False

    async def _signs_in(self) -> bool:
        """Dial as the charger that has a password, with the right one."""
        headers = basic(PASSWORD, SECURED)
        with suppress(OSError, WebSocketException, TimeoutError):
            async with self._charger(SECURED, headers=headers) as charger:
                return bool((await charger.boot())["status"] == "Accepted")
        return False


def _has_started(output: Path) -> bool:
    return output.exists() and STARTED in output.read_text()


async def soak(directory: Path, strangers: int, _seed: int) -> Report:
    """Attack with so many strangers, one after the other; judge the times of all."""
    report = Report()
    port, tls_port = free_port(), free_port()
    async with RealHomeAssistant(directory) as hass:
        entry = await hass.set_up(
            DOMAIN, {"host": _HOST, "port": port, "tls_port": tls_port}
        )
        for identity in (*WELL_BEHAVED, KNOWN, SECURED):
            flow = await hass.start_subentry_flow(entry["entry_id"], "charger")
            data = {"identity": identity, "product": "auto", "phases": "auto"}
            if identity == SECURED:
                data["password"] = PASSWORD
            await hass.continue_subentry_flow(flow["flow_id"], data)
        neighbourhood = Neighbourhood(hass, port, tls_port)
        async with neighbourhood.at_work():
            for stranger in islice(STRANGERS, strangers):
                row = await neighbourhood.attack(stranger, _ATTACK_S)
                report.rows.append(row)
                is_whole = strangers >= len(STRANGERS)
                report.failures += row.failures(by_times=is_whole)
        report.failures += hass.problems()
    return report
