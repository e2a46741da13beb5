"""A fleet for benchmarks: many minimal chargers in a separate process.

They boot, start a transaction and send readings on request. Tests that need the
behaviour of a charger use tests/simulator instead.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle, islice
import multiprocessing
from multiprocessing.connection import Connection
import time
from types import TracebackType
from typing import Any, Self

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.model import Access

KEYS = (
    "energy",
    "power",
    "current_l1",
    "current_l2",
    "current_l3",
    "voltage_l1",
    "voltage_l2",
    "voltage_l3",
    "current_offered",
)
"""The keys of the entities that show the values of a MeterValues."""

_REQUEST_TIMEOUT_S = 60.0
_QUIET_S = 1.0  # without calls, the central system has finished


@dataclass(frozen=True, slots=True)
class Exchange:
    """A MeterValues: when it was sent (monotonic) and its response time in seconds."""

    sent: float
    seconds: float


class _Charger:
    """An EVlink Pro AC with a charging vehicle."""

    def __init__(self, url: str, identity: str) -> None:
        self.calls: Counter[str] = Counter()
        self.called_at = 0.0
        self._url = f"{url}/{identity}"
        self._identity = identity
        self._configuration = {
            key.name: [key.default or "", key.access is Access.READ_ONLY]
            for key in EVLINK_PRO_AC.configuration
            if not key.removed and key.access is not Access.WRITE_ONLY
        }
        self._transaction_id: int | None = None
        self._count = 0
        self._answer: asyncio.Future[Any] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._websocket: ClientConnection

    async def dial(self) -> None:
        """Connect and boot; fails if the charger is not accepted."""
        self.calls.clear()
        self.called_at = time.monotonic()
        self._websocket = await connect(
            self._url,
            subprotocols=[Subprotocol("ocpp1.6")],
            compression=None,
            proxy=None,
            ping_interval=None,
        )
        self._reader = asyncio.create_task(self._read())
        answer = await self._call(
            "BootNotification",
            {
                "chargePointVendor": EVLINK_PRO_AC.manufacturer,
                "chargePointModel": EVLINK_PRO_AC.models[0],
                "chargePointSerialNumber": self._identity,
                "firmwareVersion": "2.0.1",
            },
        )
        if answer["status"] != "Accepted":
            raise RuntimeError(f"{self._identity} is {answer['status']}")

    async def hang_up(self) -> None:
        """Close the connection."""
        await self._websocket.close()
        if self._reader:
            await self._reader

    async def charge(self) -> None:
        """Report Charging, and start a transaction if there is none."""
        await self._call(
            "StatusNotification",
            {"connectorId": 1, "errorCode": "NoError", "status": "Charging"},
        )
        if self._transaction_id is None:
            start = {
                "connectorId": 1,
                "idTag": "18237379292",
                "meterStart": 1000,
                "timestamp": "2026-01-01T00:00:00Z",
            }
            answer = await self._call("StartTransaction", start)
            self._transaction_id = answer["transactionId"]

    async def send_readings(self) -> Exchange:
        """Send nine readings, each different from the previous one."""
        payload = {
            "connectorId": 1,
            "transactionId": self._transaction_id,
            "meterValue": [
                {"timestamp": "2026-01-01T00:00:00Z", "sampledValue": self._samples()}
            ],
        }
        sent = time.monotonic()
        await self._call("MeterValues", payload)
        return Exchange(sent, time.monotonic() - sent)

    def _samples(self) -> list[dict[str, str]]:
        self._count += 1
        step = self._count % 100

        def sample(
            measurand: str, value: str, unit: str, phase: str | None = None
        ) -> dict[str, str]:
            return {
                "value": value,
                "context": "Sample.Periodic",
                "format": "Raw",
                "measurand": measurand,
                "location": "Outlet",
                "unit": unit,
                **({"phase": phase} if phase else {}),
            }

        return [
            sample("Energy.Active.Import.Register", str(1000 + self._count), "Wh"),
            sample("Power.Active.Import", f"{7 + step / 50:.4f}", "kW"),
            *(
                sample("Current.Import", f"{10 + n + step / 10:.1f}", "A", f"L{n}")
                for n in (1, 2, 3)
            ),
            *(
                sample("Voltage", f"{225 + n + step / 10:.1f}", "V", f"L{n}")
                for n in (1, 2, 3)
            ),
            sample("Current.Offered", f"{6 + step % 26}", "A"),
        ]

    async def _call(self, action: str, payload: dict[str, Any]) -> Any:
        self._answer = asyncio.get_running_loop().create_future()
        frame = orjson.dumps([2, str(self._count), action, payload])
        await self._websocket.send(frame, text=True)
        return await self._answer

    async def _read(self) -> None:
        try:
            async for frame in self._websocket:
                match orjson.loads(frame):
                    case [2, message_id, action, payload]:
                        self.calls[action] += 1
                        self.called_at = time.monotonic()
                        answer = [3, message_id, self._answer_to(action, payload)]
                        await self._websocket.send(orjson.dumps(answer), text=True)
                    case [3, _, payload] if self._answer:
                        self._answer.set_result(payload)
                    case error if self._answer:
                        self._answer.set_exception(RuntimeError(error))
        except ConnectionClosed:
            pass
        finally:
            if self._answer and not self._answer.done():
                self._answer.set_exception(ConnectionError(self._identity))

    def _answer_to(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        match action:
            case "GetConfiguration":
                return {
                    "configurationKey": [
                        {"key": name, "readonly": readonly, "value": value}
                        for name, (value, readonly) in self._configuration.items()
                    ]
                }
            case "ChangeConfiguration":
                self._configuration[payload["key"]][0] = payload["value"]
        return {"status": "Accepted"}


class _Chargers:
    """The requests that the process performs."""

    def __init__(self, url: str, identities: list[str]) -> None:
        self._chargers = [_Charger(url, identity) for identity in identities]

    async def dial(self) -> float:
        """Connect all chargers at once; return the seconds until all are accepted."""
        started = time.monotonic()
        await asyncio.gather(*(charger.dial() for charger in self._chargers))
        seconds = time.monotonic() - started
        for charger in self._chargers:
            await charger.charge()
        await self._until_quiet()
        return seconds

    async def hang_up(self) -> None:
        """Disconnect all chargers."""
        await asyncio.gather(*(charger.hang_up() for charger in self._chargers))

    async def send(
        self, messages: int, rate: float, chargers: int | None = None
    ) -> list[Exchange]:
        """Send MeterValues from the chargers in turn, at a rate per second."""
        started = time.monotonic()
        senders = cycle(self._chargers[:chargers])
        exchanges = []
        for number, charger in enumerate(islice(senders, messages)):
            await asyncio.sleep(started + number / rate - time.monotonic())
            exchanges.append(await charger.send_readings())
        return exchanges

    async def calls(self) -> list[Counter[str]]:
        """Count the calls to each charger since it connected, by action."""
        return [charger.calls for charger in self._chargers]

    async def _until_quiet(self) -> None:
        """Wait until no charger has been called for a while."""
        while (
            max(charger.called_at for charger in self._chargers) + _QUIET_S
            > time.monotonic()
        ):
            await asyncio.sleep(0.1)


async def _serve(pipe: Connection[Any, Any], url: str, identities: list[str]) -> None:
    chargers = _Chargers(url, identities)
    while True:
        action, arguments = await asyncio.to_thread(pipe.recv)
        try:
            async with asyncio.timeout(_REQUEST_TIMEOUT_S):
                result = await getattr(chargers, action)(**arguments)
        except Exception as error:  # noqa: BLE001
            result = error
        pipe.send(result)


def _run(pipe: Connection[Any, Any], url: str, identities: list[str]) -> None:
    with suppress(EOFError, KeyboardInterrupt):
        asyncio.run(_serve(pipe, url, identities))


class Fleet:
    """The process with the chargers, controlled over a pipe."""

    def __init__(self, url: str, identities: list[str]) -> None:
        """Prepare chargers with these identities."""
        context = multiprocessing.get_context("spawn")
        self._pipe, self._other_end = context.Pipe()
        self._process = context.Process(
            target=_run, args=(self._other_end, url, identities), daemon=True
        )

    async def __aenter__(self) -> Self:
        """Start the process; no charger connects yet."""
        self._process.start()
        self._other_end.close()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Terminate the process."""
        self._process.terminate()
        await asyncio.to_thread(self._process.join)

    async def _ask(self, action: str, **arguments: Any) -> Any:
        self._pipe.send((action, arguments))
        result = await asyncio.to_thread(self._pipe.recv)
        if isinstance(result, Exception):
            raise result
        return result

    async def dial(self) -> float:
        """Connect all chargers at once; return the seconds until all are accepted."""
        return float(await self._ask("dial"))

    async def hang_up(self) -> None:
        """Disconnect all chargers."""
        await self._ask("hang_up")

    async def send(
        self, messages: int, rate: float, chargers: int | None = None
    ) -> list[Exchange]:
        """Send MeterValues from the chargers in turn, at a rate per second."""
        exchanges: list[Exchange] = await self._ask(
            "send", messages=messages, rate=rate, chargers=chargers
        )
        return exchanges

    async def calls(self) -> list[Counter[str]]:
        """Count the calls to each charger since it connected, by action."""
        calls: list[Counter[str]] = await self._ask("calls")
        return calls
