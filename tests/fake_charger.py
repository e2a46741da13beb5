"""A charger that says just what a test has it say, over a real websocket.

Where a charger has to behave like one, tests use the simulator instead.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
import inspect
import json
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from custom_components.schneider_ev.central_system.server import CentralSystem
from custom_components.schneider_ev.products.model import Access, Product
from tests.lawful import plausible

type Payload = dict[str, Any]
type Answer = Payload | list[Any] | None
type Answering = Callable[[Payload], Answer | Awaitable[Answer]]

BOOT: Payload = {
    "chargePointVendor": "Schneider Electric",
    "chargePointModel": "EVlink Pro AC",
    "chargePointSerialNumber": "FAKE0001",
    "firmwareVersion": "1.6.1",
}

CONFIGURATION: Mapping[str, tuple[str | None, bool]] = {
    "GetConfigurationMaxKeys": ("100", True),
    "NumberOfConnectors": ("1", True),
    "MeterValuesSampledData": ("Energy.Active.Import.Register", False),
    "MeterValuesSampledDataMaxLength": ("10", True),
    "MeterValueSampleInterval": ("0", False),
    "LightIntensity": ("80", False),
    "LedNightIntensity": ("40", False),
    "LedDayStartHour": ("08:00", False),
    "LedDayEndHour": ("20:00", False),
    "iMaxDeratingSwCapacity": ("32", False),
    "DefaultIdTag": ("18237379292", False),
}


FIRMWARE: Mapping[str, str] = {
    "evlink_pro_ac": "2.0.1",
    "schneider_charge_pro": "3.0.0",
    "evlink_pro_dc": "3.5.8803",
}
"""The newest firmware that a product's guide knows."""


def every_key(product: Product) -> dict[str, tuple[str | None, bool]]:
    """Return all configuration keys of a product, with values that it can have."""
    return {
        key.name: (
            None if key.access is Access.WRITE_ONLY else plausible(key),
            key.access is Access.READ_ONLY,
        )
        for key in product.configuration
    }


class CallError(Exception):
    """The central system answered with a CALLERROR."""

    def __init__(self, code: str, description: str) -> None:
        """Keep what it said."""
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description


class FakeCharger:
    """Calls, is called, and keeps a list of what it was called with.

    It is an EVlink Pro AC with a few keys, or of a product and has all of its keys.
    `answers` gives, by action, the payload to answer with, or what makes it: a
    function of the request, that may wait, and may return a list for a frame of any
    form, or None for no answer at all.
    """

    def __init__(
        self,
        url: str,
        identity: str,
        *,
        subprotocols: tuple[str, ...] = ("ocpp1.6",),
        headers: Mapping[str, str] | None = None,
        product: Product | None = None,
        ssl: SSLContext | None = None,
        source: str | None = None,
        system: Callable[[], CentralSystem] | None = None,
    ) -> None:
        """Prepare to dial, from a `source` address where it matters.

        `system` is asked for when the charger waits to be ready.
        """
        self.received: list[tuple[str, Payload]] = []
        self.boot_payload = BOOT
        self.configuration = dict(CONFIGURATION)
        if product is not None:
            self.boot_payload = BOOT | {
                "chargePointModel": product.name,
                "firmwareVersion": FIRMWARE[product.key],
            }
            self.configuration = every_key(product)
        self.answers: dict[str, Payload | Answering] = {
            "GetConfiguration": self._get_configuration,
            "ChangeConfiguration": self._change_configuration,
            "UnlockConnector": {"status": "Unlocked"},
        }
        self._url = f"{url}/{quote(identity)}"
        self._subprotocols = [Subprotocol(name) for name in subprotocols]
        self._headers = headers
        self._identity = identity
        self._system = system
        self._ssl = ssl
        self._source = source
        self._waiting: dict[str, asyncio.Future[list[Any]]] = {}
        self._frames: asyncio.Queue[Any] = asyncio.Queue()
        self._next_id = 0
        self._reader: asyncio.Task[None] | None = None
        self._answering: set[asyncio.Task[None]] = set()
        self.websocket: ClientConnection

    async def __aenter__(self) -> Self:
        """Dial."""
        self.websocket = await connect(
            self._url,
            subprotocols=self._subprotocols or None,
            additional_headers=self._headers,
            ssl=self._ssl,
            local_addr=(self._source, 0) if self._source else None,
            compression=None,
            proxy=None,
            ping_interval=None,
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Hang up."""
        await self.websocket.close()
        await self.wait_closed()

    async def wait_closed(self) -> tuple[int | None, str | None]:
        """Wait until the connection is over; return the close code and reason."""
        if self._reader is not None:
            await self._reader
        await self.websocket.wait_closed()
        return self.websocket.close_code, self.websocket.close_reason

    def drop(self) -> None:
        """Lose the network: no close frame is sent."""
        self.websocket.transport.abort()

    async def send_raw(self, frame: str | bytes) -> None:
        """Send a frame of any form."""
        await self.websocket.send(frame)

    async def call(self, action: str, payload: Payload | None = None) -> Payload:
        """Call the central system. Raises CallError where it answers so."""
        self._next_id += 1
        return await self.call_as(f"call-{self._next_id}", action, payload or {})

    async def call_as(self, message_id: str, action: Any, payload: Any) -> Payload:
        """Call with an id of one's own."""
        answer = self.expect(message_id)
        await self.send_raw(json.dumps([2, message_id, action, payload]))
        return await answer

    async def expect(self, message_id: str) -> Payload:
        """Wait for the answer to a frame that was sent with an id."""
        message = await asyncio.wait_for(self._answer_to(message_id), 5)
        del self._waiting[message_id]
        if message[0] == 4:
            raise CallError(message[2], message[3])
        payload: Payload = message[2]
        return payload

    async def boot(self, **overrides: Any) -> Payload:
        """Send a BootNotification."""
        return await self.call("BootNotification", self.boot_payload | overrides)

    async def status(
        self, status: str, connector: int = 1, error_code: str = "NoError", **rest: Any
    ) -> None:
        """Send a StatusNotification."""
        await self.call(
            "StatusNotification",
            {
                "connectorId": connector,
                "errorCode": error_code,
                "status": status,
                "vendorId": "Schneider Electric",
                "vendorErrorCode": "0.0",
                **rest,
            },
        )

    def calls(self, action: str) -> list[Payload]:
        """Return the payloads of the calls of an action, in order."""
        return [payload for name, payload in self.received if name == action]

    async def until(self, condition: Callable[[], object], timeout: float = 5) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(timeout):
            while not condition():
                await asyncio.sleep(0.005)

    async def until_called(self, action: str, count: int = 1) -> Payload:
        """Wait for a call; return the payload of the last one."""
        await self.until(lambda: len(self.calls(action)) >= count)
        return self.calls(action)[-1]

    async def until_ready(self) -> None:
        """Wait until the central system has done all that follows a boot.

        On the wire that has no end to be seen: what comes last depends on the charger.
        """
        assert self._system is not None, "nobody said which central system it dials"
        lifecycle = self._system().lifecycles[self._identity]
        await self.until(lambda: not lifecycle.is_commissioning)

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for frame in self.websocket:
                message = json.loads(frame)
                if message[0] == 2:
                    task = asyncio.create_task(self._answer(*message[1:]))
                    self._answering.add(task)
                    task.add_done_callback(self._answering.discard)
                else:
                    self._answer_to(message[1]).set_result(message)
        for task in self._answering:
            task.cancel()

    def _answer_to(self, message_id: str) -> asyncio.Future[list[Any]]:
        return self._waiting.setdefault(
            message_id, asyncio.get_running_loop().create_future()
        )

    async def _answer(self, message_id: str, action: str, payload: Payload) -> None:
        self.received.append((action, payload))
        answering = self.answers.get(action, {"status": "Accepted"})
        answer: Answer
        if callable(answering):
            result = answering(payload)
            answer = await result if inspect.isawaitable(result) else result
        else:
            answer = answering
        if answer is None:
            return
        frame = [3, message_id, answer] if isinstance(answer, dict) else answer
        with suppress(ConnectionClosed):
            await self.send_raw(
                json.dumps([message_id if item == "ID" else item for item in frame])
            )

    def _get_configuration(self, payload: Payload) -> Payload:
        names = payload.get("key") or list(self.configuration)
        return {
            "configurationKey": [
                {"key": name, "readonly": self.configuration[name][1]}
                | (
                    {}
                    if (value := self.configuration[name][0]) is None
                    else {"value": value}
                )
                for name in names
                if name in self.configuration
            ],
            "unknownKey": [name for name in names if name not in self.configuration],
        }

    def _change_configuration(self, payload: Payload) -> Payload:
        name = payload["key"]
        if name not in self.configuration:
            return {"status": "NotSupported"}
        if self.configuration[name][1]:
            return {"status": "Rejected"}
        self.configuration[name] = (payload["value"], False)
        return {"status": "Accepted"}
