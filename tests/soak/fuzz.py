"""Soak test: malformed frames against a real central system.

They are sent by chargers in four states: unknown, not booted, booted, charging. Another
charger, the witness, charges at the same time and must not be affected.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import batched, count, cycle
import json
import logging
import math
import multiprocessing
from pathlib import Path
from statistics import quantiles
import time
from typing import Any

import orjson
from pytest_homeassistant_custom_component.common import MockConfigEntry
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from custom_components.schneider_ev.central_system.server import CentralSystem
from custom_components.schneider_ev.central_system.state import Selection
from homeassistant.components.tag import TAG_DATA
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.json import json_bytes

from ..fake_charger import FakeCharger
from ..scenes import basic
from .inside import home_assistant, memory
from .malformed_frames import (
    CALLS,
    ID,
    NEW,
    REPLIES,
    SECRETS,
    TRANSACTION,
    Frame,
    corpus,
    frames,
)

_LOGGER = logging.getLogger(__name__)

DOMAIN = "schneider_ev"
WITNESS = "WITNESS"
STRANGER = "FUZZ-STRANGER"
KNOWN = ("FUZZ-FRESH", "FUZZ-BOOTED", "FUZZ-CHARGING")

ERROR_CODES = frozenset(
    {
        "NotImplemented",
        "NotSupported",
        "InternalError",
        "ProtocolError",
        "SecurityError",
        "FormationViolation",
        "PropertyConstraintViolation",
        "OccurenceConstraintViolation",
        "TypeConstraintViolation",
        "GenericError",
    }
)
"""The error codes of OCPP-J 1.6."""

SLOWEST_ANSWER = 0.25
"""The maximum response time for the witness in seconds, 99th percentile."""

_TIMEOUT_S = 30.0
_FRAMES_AT_ONCE = 20
_MAX_STATE_LENGTH = 255
_MAX_ATTRIBUTES_BYTES = 16_384
_MAX_ENTITIES = 150  # per charger
_MAX_DEVICES = 5  # per charger
_MAX_TAGS = 500
_MAX_KEYS = 1000  # per charger
_MAX_ASSUMED_SESSIONS = 110  # without a StartTransaction
_MAX_SAME_WARNINGS = 2

_PAYLOADS = dict(CALLS)

_PASSWORD = "0123456789abcdef"

CHARGERS = {WITNESS: {}, **{key: {"password": _PASSWORD} for key in KNOWN}}
"""The settings of the chargers: one that signs in may boot by any serial number."""


class _Line:
    """A charger's connection that counts expected and received answers."""

    def __init__(self, url: str, identity: str, numbers: Iterator[int]) -> None:
        self.identity = identity
        self.failures: list[str] = []
        self.transaction_id = 1
        self._url = f"{url}/{identity}"
        self.numbers = numbers
        self._replies = cycle(REPLIES)
        self._expected: dict[str | int, int] = {}
        self._allowed: set[str] = set()
        self._answers: Counter[str] = Counter()
        self._awaited: dict[str, asyncio.Future[list[Any]]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._websocket: ClientConnection

    async def dial(self) -> None:
        """Connect."""
        self._websocket = await connect(
            self._url,
            additional_headers=basic(_PASSWORD, self.identity),
            subprotocols=[Subprotocol("ocpp1.6")],
            compression=None,
            proxy=None,
            ping_interval=None,
        )
        self._reader = asyncio.create_task(self._read())

    async def hang_up(self) -> None:
        """Close the connection."""
        await self._websocket.close()
        if self._reader is not None:
            await self._reader

    async def send(self, frames: Iterable[Frame]) -> None:
        """Send frames and check the answers."""
        sent: list[Frame] = []
        closes = None
        with suppress(ConnectionClosed):
            for frame in frames:
                sent.append(frame)
                await self._send(frame)
                if (closes := frame.closes) is not None:
                    break
            if closes is None:
                await self.call("Heartbeat", {}, allowed=ERROR_CODES)
        if closes is not None:
            async with asyncio.timeout(_TIMEOUT_S):
                await self._websocket.wait_closed()
        if self._websocket.close_code != closes:
            self._fail(f"was closed with {self._websocket.close_code}", sent)
        elif closes is None:
            self._check_answers(sent)
        self._expected.clear()
        self._allowed.clear()
        self._answers.clear()
        if self._websocket.close_code is not None:
            await self.hang_up()
            await self.dial()

    def _check_answers(self, sent: list[Frame]) -> None:
        for number, expected in self._expected.items():
            if (received := self._answers[str(number)]) != expected:
                self._fail(
                    f"received {received} answers to {number}, expected {expected}",
                    sent,
                )
        for number in self._answers.keys() - self._expected.keys() - self._allowed:
            self._fail(f"received an unexpected answer to {number}", sent)

    def _fail(self, what: str, sent: Iterable[Frame]) -> None:
        self.failures.append(f"{self.identity} {what}, after {list(sent)}")

    async def call(
        self,
        action: str,
        payload: dict[str, Any],
        allowed: frozenset[str] = frozenset(),
    ) -> dict[str, Any]:
        """Send a valid call; only the CALLERRORs in `allowed` may be the answer."""
        number = f"call-{next(self.numbers)}"
        self._expected[number] = 1
        answer = self._awaited[number] = asyncio.get_running_loop().create_future()
        await self._websocket.send(json.dumps([2, number, action, payload]))
        message = await asyncio.wait_for(answer, _TIMEOUT_S)
        if message[0] == 4 and message[2] not in allowed:
            self.failures.append(f"{self.identity} was answered {message}")
        content: dict[str, Any] = message[-1]
        return content

    async def _send(self, frame: Frame) -> None:
        data = frame.data
        number = f"frame-{next(self.numbers)}"
        if isinstance(data, str):
            if frame.is_answered:
                key = number if ID in data else "again"
                self._expected[key] = self._expected.get(key, 0) + 1
            elif frame.is_answered is None:
                self._allowed.add(number)
            data = (
                data.replace(ID, number)
                .replace(f'"{TRANSACTION}"', str(self.transaction_id))
                .replace(NEW, number.removeprefix("frame-"))
            )
            data = data.encode(errors="surrogatepass")
            # surrogates are not allowed in a text frame
            is_text = b"\xed" not in data
        else:
            self._allowed.add(number)
            data = data.replace(ID.encode(), number.encode())
            is_text = frame.is_text
        await self._websocket.send(data, text=is_text)

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for frame in self._websocket:
                match orjson.loads(frame):
                    case [2, str(number), str(), dict()]:
                        reply = next(self._replies).replace(ID, number)
                        new = str(next(self.numbers))
                        await self._websocket.send(reply.replace(NEW, new))
                    case [3, number, dict()] as message:
                        self._take(number, message)
                    case [4, number, code, str(text), dict()] as message:
                        self._take(number, message)
                        if code not in ERROR_CODES or len(text) > 255:
                            self.failures.append(f"it answered {code!r}: {text!r}")
                    case message:
                        self.failures.append(f"it sent {message}")
        for answer in self._awaited.values():
            answer.set_exception(ConnectionClosed(None, None))
            answer.exception()
        self._awaited.clear()

    def _take(self, number: Any, message: list[Any]) -> None:
        self._answers[str(number)] += 1
        if (answer := self._awaited.pop(str(number), None)) is not None:
            answer.set_result(message)


async def _wait(_line: _Line) -> None:
    """Send no valid message."""


async def _boot(line: _Line) -> None:
    await line.call("BootNotification", _PAYLOADS["BootNotification"])


async def _charge(line: _Line) -> None:
    await _boot(line)
    # a repeated StartTransaction does not start a new one
    start = _PAYLOADS["StartTransaction"] | {"meterStart": next(line.numbers)}
    answer = await line.call("StartTransaction", start)
    line.transaction_id = answer["transactionId"]
    await line.call("StatusNotification", _PAYLOADS["StatusNotification"])


STATES: dict[str, Callable[[_Line], Any]] = {
    STRANGER: _boot,
    **dict(zip(KNOWN, (_wait, _boot, _charge), strict=True)),
}
"""The senders, and what each of them does before it sends malformed frames."""


@dataclass
class _Log(logging.Handler):
    """Collects unexpected log records: errors, private values, repeated warnings."""

    failures: list[str] = field(default_factory=list)
    kinds: Counter[tuple[str, Any]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        super().__init__(logging.INFO)

    __hash__ = logging.Handler.__hash__

    def emit(self, record: logging.LogRecord) -> None:
        """Check a log record."""
        text = self.format(record)
        if record.name == "asyncio" and "Executing" in text:
            return
        ours = record.name.startswith(("custom_components", "websockets"))
        leaked = [secret for secret in (*SECRETS, *STATES) if secret in text]
        if leaked and (ours or record.levelno >= logging.WARNING):
            self.failures.append(f"the log contains {leaked}: {text[:500]}")
        if record.levelno >= logging.ERROR or record.exc_info:
            self.failures.append(f"in the log: {record.name}: {text[:3000]}")
        elif record.levelno >= logging.WARNING:
            self.kinds[record.name, record.msg] += 1
            if self.kinds[record.name, record.msg] == _MAX_SAME_WARNINGS + 1:
                self.failures.append(f"repeated in the log: {text[:500]}")


@contextmanager
def _watched(hass: HomeAssistant) -> Iterator[list[str]]:
    """Check all log records and all states."""
    log = _Log()
    numeric = {"power", "energy", "current", "voltage", "frequency", "battery"}

    @callback
    def check(event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is None:
            return
        shown = state.state
        if len(shown) > _MAX_STATE_LENGTH:
            log.failures.append(f"{state.entity_id} is too long: {shown[:300]}")
        if (size := len(json_bytes(state.attributes))) > _MAX_ATTRIBUTES_BYTES:
            log.failures.append(f"{state.entity_id} has {size} bytes of attributes")
        if state.attributes.get("device_class") in numeric:
            with suppress(ValueError):
                if not math.isfinite(float(shown)):
                    log.failures.append(f"{state.entity_id} is {shown}")

    stop = hass.bus.async_listen(EVENT_STATE_CHANGED, check)
    logging.getLogger().addHandler(log)
    try:
        yield log.failures
    finally:
        logging.getLogger().removeHandler(log)
        stop()


@dataclass
class Report:
    """The results.

    `answers` are the response times for the witness in seconds, `memory` is the memory
    in use after each batch, in bytes.
    """

    frames: int = 0
    memory: list[int] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        """The 99th percentile of response times for the witness, in seconds."""
        return quantiles(self.answers, n=100)[98]

    def __str__(self) -> str:
        """Format the results as a line, and each of the first failures as another one."""
        line = (
            f"{self.frames} frames, {len(self.answers)} answers to the witness "
            f"(99 % within {self.slowest * 1000:.0f} ms), {len(self.failures)} failures"
        )
        if self.memory:
            line += f", {self.memory[-1] / 2**20:.1f} MiB in use"
        return "\n".join([line, *(failure[:3000] for failure in self.failures[:20])])


def from_all(work: Iterable[Frame]) -> list[Frame]:
    """Repeat each frame once per state, as `Fuzz.send` deals frames out in turn."""
    return [frame for frame in work for _ in STATES]


class Fuzz:
    """Sends frames to a loaded central system with the chargers `KNOWN`."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Prepare to send to the central system of a config entry."""
        self.report = Report()
        self._hass = hass
        self._entry = entry
        self._url = f"ws://127.0.0.1:{entry.data['port']}"
        self._numbers = count(10_000)
        self._readings = count(1000)
        self._is_over = False

    @property
    def _central_system(self) -> CentralSystem:
        central_system: CentralSystem = self._entry.runtime_data.central_system
        return central_system

    async def send(self, frames: Iterable[Frame]) -> None:
        """Send frames from chargers in all states, in turn, and check the reactions."""
        before = asyncio.all_tasks()
        lines = [_Line(self._url, identity, self._numbers) for identity in STATES]
        with _watched(self._hass) as failures:
            async with FakeCharger(
                self._url, WITNESS, system=lambda: self._central_system
            ) as witness:
                await witness.boot()
                await witness.until_ready()
                self._is_over = False
                charging = asyncio.create_task(self._charge(witness))
                work = list(frames)
                await asyncio.gather(
                    *(
                        self._work(line, work[number :: len(lines)])
                        for number, line in enumerate(lines)
                    )
                )
                self._is_over = True
                await charging
            await self._hass.async_block_till_done()
            await self._check_tasks(before)
            await self._reload()
            await self._check_counts()
        self.report.failures += failures
        self.report.failures += [text for line in lines for text in line.failures]
        self.report.frames += len(work)

    async def _work(self, line: _Line, frames: list[Frame]) -> None:
        await line.dial()
        for some in batched(frames, _FRAMES_AT_ONCE, strict=False):
            remaining = list(some)
            while remaining:
                await STATES[line.identity](line)
                end = next(
                    (n for n, frame in enumerate(remaining, 1) if frame.closes),
                    len(remaining),
                )
                await line.send(remaining[:end])
                remaining = remaining[end:]
        # a valid BootNotification restores the product, and so its entities
        await _boot(line)
        await line.hang_up()

    async def _charge(self, witness: FakeCharger) -> None:
        """Send readings of the witness meanwhile, and check its power sensor."""
        power = er.async_get(self._hass).async_get_entity_id
        while not self._is_over:
            watts = next(self._readings)
            started = time.monotonic()
            await witness.call(
                "MeterValues",
                {
                    "connectorId": 1,
                    "meterValue": [
                        {
                            "timestamp": "2026-01-14T18:53:53Z",
                            "sampledValue": [
                                {
                                    "measurand": "Power.Active.Import",
                                    "unit": "W",
                                    "value": str(watts),
                                }
                            ],
                        }
                    ],
                },
            )
            self.report.answers.append(time.monotonic() - started)
            entity_id = power("sensor", DOMAIN, f"{WITNESS}_1_power")
            state = self._hass.states.get(entity_id) if entity_id else None
            if state is not None and state.state != str(watts / 1000):
                self.report.failures.append(f"{watts} W were shown as {state.state}")
            await asyncio.sleep(0.005)

    async def _check_counts(self) -> None:
        """Check the numbers of entities, devices, tags, keys and so on."""
        entry_id = self._entry.entry_id
        entities = er.async_entries_for_config_entry(er.async_get(self._hass), entry_id)
        devices = dr.async_entries_for_config_entry(dr.async_get(self._hass), entry_id)
        chargers = self._central_system.chargers.values()
        cards = self._hass.config_entries.flow.async_progress()
        kept = [len(each.data()["configuration"]) for each in chargers]
        journal = self._central_system.shared.journal
        invented = [
            session
            async for page in journal.select(Selection())
            for session in page
            if session.meter_start is None and session.stop is not None
        ]
        for what, number, most in (
            ("entities", len(entities), _MAX_ENTITIES * len(chargers)),
            ("devices", len(devices), _MAX_DEVICES * len(chargers)),
            ("discovery cards", len(cards), 1),
            ("tags", len(self._hass.data[TAG_DATA].data), _MAX_TAGS),
            ("configuration keys", max(kept), _MAX_KEYS),
            ("sessions without a start", len(invented), _MAX_ASSUMED_SESSIONS),
        ):
            if number > most:
                self.report.failures.append(f"there are {number} {what}")

    async def _check_tasks(self, before: set[asyncio.Task[Any]]) -> None:
        """Check that no tasks are left for closed connections."""

        async def over() -> None:
            while any(
                not task.done()
                for task in asyncio.all_tasks() - before - {asyncio.current_task()}
            ):
                await asyncio.sleep(0.01)

        try:
            await asyncio.wait_for(over(), 10)
        except TimeoutError:
            left = asyncio.all_tasks() - before
            self.report.failures.append(f"{len(left)} tasks are left: {left}")

    async def _reload(self) -> None:
        """Reload the entry and check that it loads and entities are restored."""
        before = {entity_id for entity_id in self._entity_ids() if self._has(entity_id)}
        await self._hass.config_entries.async_reload(self._entry.entry_id)
        await self._hass.async_block_till_done()
        if self._entry.state is not ConfigEntryState.LOADED:
            self.report.failures.append(f"after a reload it is {self._entry.state}")
        self.report.failures += [
            f"{entity_id} is lost after a reload"
            for entity_id in before
            if not self._has(entity_id)
        ]

    def _entity_ids(self) -> Iterable[str]:
        entities = er.async_entries_for_config_entry(
            er.async_get(self._hass), self._entry.entry_id
        )
        return (entity.entity_id for entity in entities if entity.disabled_by is None)

    def _has(self, entity_id: str) -> bool:
        """Tell whether there is the entity itself, not its entry in the registry alone."""
        state = self._hass.states.get(entity_id)
        return state is not None and not state.attributes.get("restored")


BATCH = 2000
_WARM_UP_BATCHES = 5
_MAX_GROWTH_BYTES = 16 * 2**20


async def soak(directory: Path, frames_to_send: int, seed: int) -> Report:
    """Send frames in batches, each with its own seed, and check the memory.

    Frames are generated in another process, so that its memory does not count.
    """
    spawn = multiprocessing.get_context("spawn")
    seeds = range(seed, seed + math.ceil(frames_to_send / BATCH))
    async with home_assistant(directory, CHARGERS) as (hass, entry):
        fuzz = Fuzz(hass, entry)
        report = fuzz.report
        await fuzz.send(from_all(corpus()))
        with ProcessPoolExecutor(1, mp_context=spawn) as maker:
            batches = maker.map(frames, [BATCH] * len(seeds), seeds)
            for number in seeds:
                batch = await asyncio.to_thread(next, batches)
                found = len(report.failures)
                await fuzz.send(batch)
                report.failures[found:] = [
                    f"seed {number}: {failure}" for failure in report.failures[found:]
                ]
                report.memory.append(memory())
                _LOGGER.info("seed %s: %s", number, report)
        grown = report.memory[-1] - report.memory[min(_WARM_UP_BATCHES, len(seeds)) - 1]
        if grown > _MAX_GROWTH_BYTES:
            report.failures.append(f"memory grew by {grown / 2**20:.1f} MiB")
    # a short run tells how long answers took, a long one is judged by it
    if frames_to_send > BATCH and report.slowest > SLOWEST_ANSWER:
        report.failures.append("the witness was affected")
    return report
