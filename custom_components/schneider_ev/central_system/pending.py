"""Charge points that nobody has accepted yet: their BootNotification is answered Pending."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from .charge_point.handlers import (
    HANDLERS,
    PENDING_INTERVAL_S,
    boot_answer,
    heartbeat_answer,
)
from .charge_point.patience import Patience
from .messages.boot import BootInfo, read_boot_info
from .messages.enums import RegistrationStatus
from .messages.errors import (
    CallErrorCode,
    ChargerCallError,
    ChargerError,
    InvalidCallError,
    UnservedActionError,
)
from .messages.payload import Json
from .transport.budget import Budgets
from .transport.connection import Connection
from .transport.network import network_of, oldest_of_the_most
from .values import Signal

BOOT_TIMEOUT = 30.0
"""Seconds that a pending charge point has to send a BootNotification."""

IDLE_TIMEOUT = 300.0
"""Seconds that it may take for another one; it is told to send one every 30 s."""

MAX_DISCOVERIES = 50
"""How many charge points that nobody has accepted are remembered."""

# identities of one network that nobody has seen before: at once, and seconds until one more
_NEWCOMERS = (10, 5.0)

_BOOT = "BootNotification"

_NOTHING: Json = {}
_REJECTED: Json = {"status": "Rejected"}
_ANSWERS: Mapping[str, Callable[[], Json]] = {
    "DataTransfer": lambda: _REJECTED,
    "DiagnosticsStatusNotification": lambda: _NOTHING,
    "FirmwareStatusNotification": lambda: _NOTHING,
    "Heartbeat": heartbeat_answer,
    "LogStatusNotification": lambda: _NOTHING,
    "MeterValues": lambda: _NOTHING,
    "SecurityEventNotification": lambda: _NOTHING,
    "SignCertificate": lambda: _REJECTED,
    "SignedFirmwareStatusNotification": lambda: _NOTHING,
    "StatusNotification": lambda: _NOTHING,
}
"""Answers that keep a charge point connected; what it says is not taken over.

The beginning and the end of a session are not among them, for they would have to be
recorded, and Authorize is not, for nobody knows yet whose badges count.
"""

_MAX_PENDING = 8
_MAX_PENDING_PER_ADDRESS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovery:
    """A charge point that connected and that nobody has accepted yet."""

    identity: str
    address: str
    boot: BootInfo


class PendingChargePoint:
    """Answers the calls of a charge point that is pending, and has it boot."""

    def __init__(
        self,
        connection: Connection,
        on_boot: Callable[[PendingChargePoint], None],
        boot: BootInfo | None = None,
    ) -> None:
        """Wait for a BootNotification, or the next one; `on_boot` is called for each."""
        self.connection = connection
        self.boot = boot
        self._on_boot = on_boot
        self._booted_lately = asyncio.Event()
        if boot is not None:
            self._booted_lately.set()

    async def receive(self, action: str, payload: Json) -> Json:
        """Answer a call of the charge point."""
        if action == _BOOT:
            self.boot = read_boot_info(payload)
            self._booted_lately.set()
            self._on_boot(self)
            return boot_answer(RegistrationStatus.PENDING, PENDING_INTERVAL_S)
        if (answer := _ANSWERS.get(action)) is not None:
            return answer()
        if action not in HANDLERS:
            raise UnservedActionError
        raise InvalidCallError(
            CallErrorCode.SECURITY_ERROR,
            "This charger has not been accepted in Home Assistant yet",
        )

    async def wait_for_boots(self, patience: Patience) -> None:
        """Have it boot; return when it does not, or not again, or is accepted."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BOOT_TIMEOUT):
                await self._first_boot(patience)
            while self.connection.receiver is self:
                self._booted_lately.clear()
                async with asyncio.timeout(IDLE_TIMEOUT):
                    await self._booted_lately.wait()

    async def _first_boot(self, patience: Patience) -> None:
        """Wait for a BootNotification; ask for one, for it may have booted elsewhere."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience.grace):
                await self._booted_lately.wait()
        if not self._booted_lately.is_set() and not patience.pause(monotonic()):
            patience.asked()
            self.connection.create_task(self._ask_to_boot(patience))
        await self._booted_lately.wait()
        patience.answered()

    async def _ask_to_boot(self, patience: Patience) -> None:
        try:
            await self.connection.call("TriggerMessage", {"requestedMessage": _BOOT})
        except ChargerCallError:
            pass
        except ChargerError:
            return
        patience.answered()


class PendingChargePoints:
    """The charge points that are pending, only so many at a time.

    A new one is always let in; the oldest gives way, at first that of the same address.
    `forgotten` tells of an identity that was discovered and is not remembered any more,
    `did_not_boot` of one that was hung up on.
    """

    def __init__(self) -> None:
        """Start with none."""
        self.forgotten = Signal[str]()
        self.did_not_boot = Signal[()]()
        self._pending: dict[str, PendingChargePoint] = {}
        self._discovered: dict[str, None] = {}
        self._newcomers = Budgets[str](*_NEWCOMERS)
        self._patience: dict[str, Patience] = {}

    def __len__(self) -> int:
        """Return how many are pending."""
        return len(self._pending)

    def admits(self, identity: str, address: str) -> bool:
        """Tell whether an identity may connect: new ones of a network only so often."""
        if identity in self._pending or identity in self._discovered:
            return True
        network = network_of(address)
        if self._newcomers.is_spent(network):
            return False
        self._newcomers.spend(network)
        return True

    def hold(self, pending: PendingChargePoint) -> None:
        """Hold a charge point; one of its identity, or one too many, is hung up on."""
        identity = pending.connection.identity
        old = self._pending.pop(identity, None)
        if old is not None and old.connection is not pending.connection:
            old.connection.hang_up("replaced by a new connection")
        self._pending[identity] = pending
        pending.connection.hand_over(pending)
        patience = self._patience_with(identity)
        patience.connected(monotonic())
        pending.connection.create_task(self._supervise(pending, patience))
        address = pending.connection.address
        same = [each for each in self._pending.values() if _address(each) == address]
        if len(same) > _MAX_PENDING_PER_ADDRESS:
            self._give_way(same[0])
        elif len(self._pending) > _MAX_PENDING:
            self._give_way(oldest_of_the_most(self._pending.values(), _address))

    async def _supervise(self, pending: PendingChargePoint, patience: Patience) -> None:
        """Hang up on a charge point that does not boot, unless it is accepted."""
        await pending.wait_for_boots(patience)
        if pending.connection.receiver is pending:
            if pending.boot is None:
                self.did_not_boot.send()
            await pending.connection.close("no BootNotification came")

    def _patience_with(self, identity: str) -> Patience:
        """Return the patience with an identity; of too many, the oldest is forgotten."""
        patience = self._patience.pop(identity, None) or Patience()
        self._patience[identity] = patience
        if len(self._patience) > MAX_DISCOVERIES:
            del self._patience[next(iter(self._patience))]
        return patience

    def _give_way(self, pending: PendingChargePoint) -> None:
        del self._pending[pending.connection.identity]
        pending.connection.hang_up("others want to connect")

    def release(self, connection: Connection) -> None:
        """Let go of a charge point whose connection ended."""
        pending = self._pending.get(connection.identity)
        if pending is not None and pending.connection is connection:
            del self._pending[connection.identity]

    def accept(self, identity: str) -> PendingChargePoint | None:
        """Let go of the charge point of an identity, which is accepted now."""
        self._discovered.pop(identity, None)
        return self._pending.pop(identity, None)

    def discover(self, pending: PendingChargePoint) -> Discovery | None:
        """Return what to tell of a charge point that booted, None for nothing.

        Where too many are remembered, the one that booted longest ago and is not
        connected is forgotten.
        """
        identity, boot = pending.connection.identity, pending.boot
        if boot is None:
            return None
        self._discovered.pop(identity, None)
        self._discovered[identity] = None
        if len(self._discovered) > MAX_DISCOVERIES:
            for each in self._discovered:
                if each not in self._pending:
                    del self._discovered[each]
                    self.forgotten.send(each)
                    break
        return Discovery(
            identity=identity, address=pending.connection.address, boot=boot
        )


def _address(pending: PendingChargePoint) -> str:
    return pending.connection.address
