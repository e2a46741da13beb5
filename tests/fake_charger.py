"""A fake charger: sends exactly what a test tells it to, over a real websocket.

Tests that need the behaviour of a charger use tests/simulator instead.
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
from tests.key_values import default_value

type Payload = dict[str, Any]
type Answer = Payload | list[Any] | None
type AnswerFunction = Callable[[Payload], Answer | Awaitable[Answer]]

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
"""The newest firmware that the guide of a product mentions."""


def every_key(product: Product) -> dict[str, tuple[str | None, bool]]:
    """Return all configuration keys of a product: valid value and whether read-only."""
    return {
        key.name: (
            None if key.access is Access.WRITE_ONLY else default_value(key),
            key.access is Access.READ_ONLY,
        )
        for key in product.configuration
    }


class CallError(Exception):
    """The central system answered with a CALLERROR."""

    def __init__(self, code: str, description: str) -> None:
        """Set the code and the description."""
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description


class FakeCharger:
    """A charger that calls the central system and records its calls in `received`.

    It is an EVlink Pro AC with a few configuration keys, or a `product` with all keys.
    `answers` maps actions to the payload to answer with, or to a function of the
    request that returns it and may be async. The function may also return a list (a
    complete frame) or None (no answer).
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
        patience: float = 5,
    ) -> None:
        """Prepare to connect, optionally from a `source` address.

        `system` returns the central system; `until_ready` needs it. `patience` is for
        how many seconds it waits for an answer.
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
        self.answers: dict[str, Payload | AnswerFunction] = {
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
        self._patience = patience
        self._waiting: dict[str, asyncio.Future[list[Any]]] = {}
        self._frames: asyncio.Queue[Any] = asyncio.Queue()
        self._next_id = 0
        self._reader: asyncio.Task[None] | None = None
        self._answering: set[asyncio.Task[None]] = set()
        self.websocket: ClientConnection

    async def __aenter__(self) -> Self:
        """Connect."""
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
        """Disconnect."""
        await self.websocket.close()
        await self.wait_closed()

    async def wait_closed(self) -> tuple[int | None, str | None]:
        """Wait until the connection is closed; return the close code and reason."""
        if self._reader is not None:
            await self._reader
        await self.websocket.wait_closed()
        return self.websocket.close_code, self.websocket.close_reason

    def drop(self) -> None:
        """Abort the connection without a close frame, like a network failure."""
        self.websocket.transport.abort()

    async def send_raw(self, frame: str | bytes) -> None:
        """Send a frame, valid or not."""
        await self.websocket.send(frame)

    async def call(self, action: str, payload: Payload | None = None) -> Payload:
        """Call the central system. Raises CallError if it answers with a CALLERROR."""
        self._next_id += 1
        return await self.call_as(f"call-{self._next_id}", action, payload or {})

    async def call_as(self, message_id: str, action: Any, payload: Any) -> Payload:
        """Call with a given message id."""
        answer = self.expect(message_id)
        await self.send_raw(json.dumps([2, message_id, action, payload]))
        return await answer

    async def expect(self, message_id: str) -> Payload:
        """Wait for the answer to a message id."""
        message = await asyncio.wait_for(self._answer_to(message_id), self._patience)
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
        """Return the payloads of the received calls of an action, in order."""
        return [payload for name, payload in self.received if name == action]

    async def until(self, condition: Callable[[], object], timeout: float = 20) -> None:
        """Wait until a condition is true."""
        async with asyncio.timeout(timeout):
            while not condition():
                await asyncio.sleep(0.005)

    async def until_called(self, action: str, count: int = 1) -> Payload:
        """Wait for a number of calls of an action; return the payload of the last one."""
        await self.until(lambda: len(self.calls(action)) >= count)
        return self.calls(action)[-1]

    async def until_ready(self) -> None:
        """Wait until the central system has commissioned the charger.

        The last call of that differs, so it cannot be recognized on the wire.
        """
        assert self._system is not None, "FakeCharger needs `system` for this"
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
                elif not (answer := self._answer_to(message[1])).cancelled():
                    answer.set_result(message)
        for task in self._answering:
            task.cancel()

    def _answer_to(self, message_id: str) -> asyncio.Future[list[Any]]:
        return self._waiting.setdefault(
            message_id, asyncio.get_running_loop().create_future()
        )

    async def _answer(self, message_id: str, action: str, payload: Payload) -> None:
        self.received.append((action, payload))
        maker = self.answers.get(action, {"status": "Accepted"})
        answer: Answer
        if callable(maker):
            result = maker(payload)
            answer = await result if inspect.isawaitable(result) else result
        else:
            answer = maker
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
