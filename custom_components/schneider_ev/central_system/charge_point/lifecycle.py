"""The lifecycle of a charger: it connects, boots, is commissioned and disconnects."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import monotonic, time

from ..messages.boot import BootInfo, read_boot_info
from ..messages.enums import RegistrationStatus
from ..messages.errors import UnservedActionError
from ..messages.payload import Json
from ..transport.connection import Connection
from ..values import Signal
from .charger import Charger
from .commissioning import Commissioning, check_meter_values
from .handlers import HANDLERS, PENDING_INTERVAL_S, boot_answer
from .patience import Patience, pause_after
from .results import ON_RESULT
from .settings import ChargerSettings

_BOOT = "BootNotification"
_CONFIGURES = frozenset({"ChangeConfiguration", "GetConfiguration"})


class Lifecycle:
    """Answers the calls of a charger, and commissions it when it boots or connects.

    `another_booted` tells of another charger that boots under the identity: the
    connection is not that of the charger any more.
    """

    def __init__(self, charger: Charger) -> None:
        """Start with a charger that is not connected."""
        self.charger = charger
        self.another_booted = Signal[Connection, BootInfo]()
        self._first_call = asyncio.Event()
        self._last_minute = 0
        self._patience = Patience()
        self._commissioning = Commissioning(charger)
        self._working: asyncio.Task[None] | None = None
        self._waiting: asyncio.Task[None] | None = None
        charger.link.answered.connect(self._answered)
        charger.booted.connect(self._booted)

    @property
    def is_commissioning(self) -> bool:
        """Whether commissioning has not finished yet."""
        return self._working is not None and not self._working.done()

    def attach(self, connection: Connection) -> None:
        """Serve the charger on a new connection."""
        connection.hand_over(_Receiver(self, connection))
        self._first_call = asyncio.Event()
        self._patience.connected(monotonic())
        self._commissioning.begin(anew=False)
        self.charger.attach(connection)
        self._working = connection.create_task(
            self._commission_without_boot(self._first_call)
        )

    def accept(self, connection: Connection, boot: BootInfo | None) -> None:
        """Serve a charger that was Pending until now; have it boot once more."""
        if boot is not None:
            self.charger.take_boot(boot)
        self.attach(connection)
        if boot is not None:
            self.charger.identity_binding.confirm(connection, boot)
        self._ask_to_boot()

    def _ask_to_boot(self) -> None:
        link = self.charger.link
        if self.charger.settings.manage_configuration:
            self._patience.asked()
            link.spawn_command(partial(link.trigger, _BOOT))

    def change_settings(self, settings: ChargerSettings) -> None:
        """Take over what the owner says of the charger now."""
        before = self.charger.settings
        if settings == before:
            return
        self.charger.change_settings(settings)
        if settings.manage_configuration is not before.manage_configuration:
            self._commission_anew()

    async def receive(self, action: str, payload: Json) -> Json:
        """Answer a call of the charger."""
        if (handler := HANDLERS.get(action)) is None:
            raise UnservedActionError
        self._note_sign_of_life()
        answer = handler(self.charger, payload)
        if not isinstance(answer, Mapping):
            answer = await answer
        if not self._patience.is_tried:
            self._first_call.set()
        return answer

    def recognizes(self, connection: Connection, boot: BootInfo) -> bool:
        """Tell whether it is the charger that boots; the connection is not its own else."""
        if self.charger.identity_binding.knows(connection, boot):
            self.charger.identity_binding.confirm(connection, boot)
            return True
        self.charger.link.withdraw(connection)
        self.another_booted.send(connection, boot)
        return False

    def _note_sign_of_life(self) -> None:
        """Report to the minute when the charger sent something last."""
        if (minute := int(time() // 60)) != self._last_minute:
            self._last_minute = minute
            self.charger.report_seen(datetime.fromtimestamp(minute * 60, UTC))

    def _answered(self, action: str, request: Json, answer: Json) -> None:
        """Take over what follows from an answer of the charger."""
        self._patience.answered()
        if (on_result := ON_RESULT.get(action)) is not None:
            on_result(self.charger, request, answer)
        if action in _CONFIGURES and not self.is_commissioning:
            check_meter_values(self.charger)

    async def _commission_without_boot(self, first_call: asyncio.Event) -> None:
        """Serve a charger that reconnects without a BootNotification as it was.

        Where it is not certain that it is that charger, it is asked for one.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(self._patience.grace):
                await first_call.wait()
        if not self.charger.link.is_confirmed and not self._patience.pause(monotonic()):
            self._ask_to_boot()
        await self._commission()

    def _booted(self) -> None:
        self._patience.booted()
        self._commission_anew()

    def _commission_anew(self) -> None:
        for task in (self._working, self._waiting):
            if task is not None:
                task.cancel()
        self._commissioning.begin(anew=True)
        self._working = self.charger.link.spawn(self._commission())

    async def _commission(self, retries: int = 0) -> None:
        """Do what is left to do: now, and later what the charger does not answer.

        A charger whose owner configures it elsewhere is sent nothing.
        """
        if not self.charger.settings.manage_configuration:
            self.charger.set_connectors(None)
            check_meter_values(self.charger)
            return
        if not (pause := self._patience.pause(monotonic())):
            self._patience.asked()
            await self._commissioning.run(self._patience.answered)
            check_meter_values(self.charger)
            if self._commissioning.is_done:
                return
            pause = pause_after(retries)
        self._waiting = self.charger.link.spawn(
            self._commission_after(pause, retries + 1)
        )

    async def _commission_after(self, pause: float, retries: int) -> None:
        await asyncio.sleep(pause)
        self._working = self.charger.link.spawn(self._commission(retries))


@dataclass(frozen=True, slots=True)
class _Receiver:
    """Receives the calls on one connection of a charger: it may be another one's."""

    lifecycle: Lifecycle
    connection: Connection

    async def receive(self, action: str, payload: Json) -> Json:
        """Answer a call of the charger, or of another one that boots."""
        if action == _BOOT and not self.lifecycle.recognizes(
            self.connection, read_boot_info(payload)
        ):
            return boot_answer(RegistrationStatus.PENDING, PENDING_INTERVAL_S)
        return await self.lifecycle.receive(action, payload)
