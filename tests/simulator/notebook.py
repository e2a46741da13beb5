"""A central system that records messages, for the tests of the simulator."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
import json
from ssl import SSLContext
from typing import Any

from ocpp.exceptions import OCPPError
from ocpp.messages import Call, validate_payload
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from .simulator import Simulator

type Answer = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]

IDENTITY = "EVB3S-001"


class CentralSystem:
    """Accepts every charger, records its calls and can call it."""

    def __init__(self) -> None:
        """Accept everything; transaction ids start at 1."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.paths: list[str] = []
        self.subprotocols: list[str | None] = []
        self.message_ids: list[str] = []
        self.credentials: list[str | None] = []
        self.violations: list[str] = []
        self.connections: list[ServerConnection] = []
        self.answers: dict[str, Answer] = {
            "Authorize": {"idTagInfo": {"status": "Accepted"}},
            "BootNotification": boot_answer("Accepted"),
            "DataTransfer": {"status": "Accepted"},
            "Heartbeat": {"currentTime": "2026-01-01T00:00:00Z"},
            "SignCertificate": {"status": "Accepted"},
            "StartTransaction": self._start,
        }
        self.url = ""
        self._sessions = 0
        self._waiting: dict[str, asyncio.Future[list[Any]]] = {}

    def __getitem__(self, action: str) -> list[dict[str, Any]]:
        """Return the payloads of the received calls of an action."""
        return [payload for name, payload in self.calls if name == action]

    @property
    def statuses(self) -> list[str]:
        """The statuses that connector 1 has reported."""
        return [
            payload["status"]
            for payload in self["StatusNotification"]
            if payload["connectorId"] == 1
        ]

    async def call(self, action: str, **payload: Any) -> dict[str, Any]:
        """Call the charger and return its answer, or its CALLERROR as a dict."""
        message_id = f"cs{len(self._waiting)}"
        future = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = future
        await self.connections[-1].send(json.dumps([2, message_id, action, payload]))
        kind, _, *rest = await asyncio.wait_for(future, 5)
        if kind == 4:
            return {"error": rest[0]}
        answer: dict[str, Any] = rest[0]
        return answer

    async def serve(self, websocket: ServerConnection) -> None:
        """Serve one connection."""
        assert websocket.request
        self.paths.append(websocket.request.path)
        self.subprotocols.append(websocket.subprotocol)
        self.credentials.append(websocket.request.headers.get("Authorization"))
        self.connections.append(websocket)
        with suppress(ConnectionClosed):
            async for frame in websocket:
                kind, message_id, *rest = json.loads(frame)
                if kind == 2:
                    await self._answer(websocket, message_id, *rest)
                else:
                    self._waiting[message_id].set_result([kind, message_id, *rest])

    async def _answer(
        self,
        websocket: ServerConnection,
        message_id: str,
        action: str,
        payload: dict[str, Any],
    ) -> None:
        self.calls.append((action, payload))
        self.message_ids.append(message_id)
        try:
            await validate_payload(Call(message_id, action, dict(payload)), "1.6")
        except OCPPError as error:
            self.violations.append(f"{action}: {error}")
        answer = self.answers.get(action, {})
        if callable(answer):
            answer = answer(payload)
        # messages that a charger sent before it disconnected still count
        with suppress(ConnectionClosed):
            await websocket.send(json.dumps([3, message_id, answer]))

    def _start(self, _: dict[str, Any]) -> dict[str, Any]:
        self._sessions += 1
        return {
            "transactionId": self._sessions,
            "idTagInfo": {"status": "Accepted"},
        }


def boot_answer(status: str, interval: int = 300) -> dict[str, Any]:
    """Return an answer to BootNotification."""
    return {
        "currentTime": "2026-01-01T00:00:00Z",
        "interval": interval,
        "status": status,
    }


def charging_profile(
    limit: float, purpose: str = "TxProfile", **fields: Any
) -> dict[str, Any]:
    """Return a charging profile with a single limit in A."""
    schedule = {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    } | fields.pop("schedule", {})
    return {
        "chargingProfileId": 1,
        "stackLevel": 1,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
    } | fields


@asynccontextmanager
async def listening(
    central: CentralSystem, ssl: SSLContext | None = None
) -> AsyncIterator[Server]:
    """Run a central system on a free port."""
    async with serve(
        central.serve, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6")], ssl=ssl
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        central.url = f"{'wss' if ssl else 'ws'}://127.0.0.1:{port}"
        yield server


def build(central: CentralSystem, **options: Any) -> Simulator:
    """Create a simulator without delays."""
    options = {"latency": 0.0, "redial": 0.05, "boot_time": 0.05} | options
    configuration = {"RestoreTimeout": "0"} | options.pop("configuration", {})
    return Simulator(central.url, IDENTITY, configuration=configuration, **options)


async def said_all(simulator: Simulator) -> None:
    """Wait until the charger has delivered all messages."""
    await simulator.accepted.wait()
    await simulator.uplink.outbox.drained()
