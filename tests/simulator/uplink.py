"""The uplink of a charger: connects, boots, delivers messages, reconnects."""

import asyncio
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ocpp.v16 import call
from ocpp.v16.enums import RegistrationStatus
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from .charge_point import ChargePoint
from .outbox import Outbox

if TYPE_CHECKING:
    from .simulator import Simulator


class Uplink:
    """Connects a charger to the central system, again after each disconnection.

    `registration` is the answer to the last BootNotification; setting `boot_due` sends
    another one.
    """

    def __init__(
        self,
        simulator: Simulator,
        *,
        redial: float,
    ) -> None:
        self.connected = asyncio.Event()
        self.accepted = asyncio.Event()
        self.boot_due = asyncio.Event()
        self.registration: RegistrationStatus | None = None
        self.outbox = Outbox()
        self._simulator = simulator
        self._redial = redial
        self._retry_interval = 0.0
        self._dial_at = 0.0
        self._line: ChargePoint | None = None

    async def run(self) -> None:
        """Connect, and reconnect for ever."""
        while True:
            while (wait := self._dial_at - monotonic()) > 0:
                await asyncio.sleep(wait)
            if self._simulator.configuration.boolean("OcppEnable", True):
                try:
                    await self._connect()
                except OSError, InvalidHandshake, TimeoutError:
                    self._simulator.security.failed()
            if self._dial_at <= monotonic():
                self._dial_at = monotonic() + self._redial

    async def ask(self, payload: Any) -> Any:
        """Call the central system without queueing; None if there is no answer."""
        if self._line:
            with suppress(ConnectionError, TimeoutError):
                return await self._line.ask(payload)
        return None

    def forget_operations(self) -> None:
        """Answer every call with a CALLERROR from now on."""
        if self._line:
            self._line.route_map.clear()

    def stay_off(self, seconds: float) -> None:
        """Do not connect for some seconds."""
        self._dial_at = max(self._dial_at, monotonic() + seconds)

    def hang_up(self) -> None:
        """Abort the connection without a close frame."""
        if self._line:
            self._line.websocket.transport.abort()

    async def close(self) -> None:
        """Close the connection with a close frame."""
        if self._line:
            await self._line.websocket.close()

    async def reconnect(self) -> None:
        """Reconnect with the present settings."""
        self._simulator.security.apply()
        await self.close()

    def lose_power(self, seconds: float) -> None:
        """Drop messages that are not durable, and boot after the power cut."""
        self.accepted.clear()
        self.registration = None
        self.outbox.lose_power()
        self._simulator.security.apply()
        self._dial_at = monotonic() + seconds

    async def _connect(self) -> None:
        security = self._simulator.security
        async with connect(
            f"{security.url.rstrip('/')}/{quote(self._simulator.identity, safe='')}",
            subprotocols=[Subprotocol("ocpp1.6")],
            additional_headers=security.headers(self._simulator.identity),
            ssl=security.context(),
            proxy=None,
            compression=None,
            open_timeout=self._simulator.configuration.number(
                "WebsocketConnectionTimeout", 5
            ),
            close_timeout=1,
            ping_interval=self._simulator.configuration.number("WebsocketPingInterval")
            or None,
        ) as websocket:
            security.succeeded()
            if self._dial_at > monotonic():
                return
            await self._serve(websocket)

    async def _serve(self, websocket: ClientConnection) -> None:
        """Serve one websocket until it closes."""
        line = self._line = ChargePoint(self._simulator, websocket)
        self.connected.set()
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(work(line))
                    for work in (self._register, self._deliver, self._beat)
                ]
                tasks.append(group.create_task(line.answer()))
                await line.listen()
                for task in tasks:
                    task.cancel()
        except* ConnectionError, ConnectionClosed:
            pass
        finally:
            self.connected.clear()
            self._line = None

    async def _register(self, line: ChargePoint) -> None:
        """Send a BootNotification if it is due, and repeat it until it is accepted."""
        while True:
            if not self.accepted.is_set() or self.boot_due.is_set():
                self.boot_due.clear()
                await self._boot(line)
            delay = None if self.accepted.is_set() else self._retry_interval
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self.boot_due.wait()

    async def _boot(self, line: ChargePoint) -> None:
        answer = None
        with suppress(TimeoutError):
            answer = await line.ask(
                call.BootNotification(
                    charge_point_model=self._simulator.model,
                    charge_point_vendor=self._simulator.product.facts.manufacturer,
                    charge_point_serial_number=self._simulator.serial_number,
                    firmware_version=self._simulator.firmware.version,
                    meter_type=self._simulator.product.meter_type,
                    meter_serial_number=self._simulator.meter_serial_number,
                )
            )
        self.registration = RegistrationStatus(
            answer.status if answer else RegistrationStatus.rejected
        )
        interval = answer.interval if answer else 0
        if self.registration is not RegistrationStatus.accepted:
            self.accepted.clear()
            self._retry_interval = interval or self._simulator.configuration.number(
                "ResendBootNotificationInterval", 40
            )
            return
        if interval:
            self._simulator.configuration["HeartbeatInterval"] = str(interval)
        if not self.accepted.is_set():
            self.accepted.set()
            self._simulator.report_anew()

    async def _deliver(self, line: ChargePoint) -> None:
        """Send the messages of the outbox, each once the previous one is answered."""
        while True:
            message = await self.outbox.first()
            await self.accepted.wait()
            answer = None
            with suppress(TimeoutError):
                answer = await line.ask(message.payload())
            message.attempts += 1
            attempts = self._simulator.configuration.number(
                "TransactionMessageAttempts"
            )
            if answer is None and message.durable and message.attempts < attempts:
                retry = self._simulator.configuration.number(
                    "TransactionMessageRetryInterval"
                )
                await asyncio.sleep(retry * message.attempts)
                continue
            self.outbox.remove(message)
            if answer is not None and message.answered:
                message.answered(answer)

    async def _beat(self, line: ChargePoint) -> None:
        while True:
            await self._simulator.interval("HeartbeatInterval")
            if self.accepted.is_set():
                with suppress(TimeoutError):
                    await line.ask(call.Heartbeat())
