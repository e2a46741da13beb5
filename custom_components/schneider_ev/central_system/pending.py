"""Charge points that nobody has accepted yet: their BootNotification is answered Pending."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from .charge_point.handlers import HANDLERS, PENDING_INTERVAL_S, boot_answer
from .messages.boot import BootInfo, read_boot_info
from .messages.enums import RegistrationStatus
from .messages.errors import CallErrorCode, InvalidCallError, UnservedActionError
from .messages.payload import Json
from .transport.connection import Connection

BOOT_TIMEOUT = 30.0
"""Seconds that a pending charge point has to send a BootNotification."""

MAX_DISCOVERIES = 50
"""How many identities are told of: who invents names all the time is not for long."""

_MAX_PENDING = 8
_MAX_PENDING_PER_ADDRESS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovery:
    """A charge point that connected and that nobody has accepted yet."""

    identity: str
    address: str
    boot: BootInfo


class PendingChargePoint:
    """Answers the calls of a charge point that is pending: it may only boot."""

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

    async def receive(self, action: str, payload: Json) -> Json:
        """Answer a call of the charge point."""
        if action != "BootNotification":
            if action not in HANDLERS:
                raise UnservedActionError
            raise InvalidCallError(
                CallErrorCode.SECURITY_ERROR,
                "This charger has not been accepted in Home Assistant yet",
            )
        self.boot = read_boot_info(payload)
        self._on_boot(self)
        return boot_answer(RegistrationStatus.PENDING, PENDING_INTERVAL_S)

    async def expire(self) -> None:
        """Close the connection unless the charge point boots in time, or is accepted."""
        await asyncio.sleep(BOOT_TIMEOUT)
        if self.boot is None and self.connection.receiver is self:
            await self.connection.close("no BootNotification came")


class PendingChargePoints:
    """The charge points that are pending, only so many at a time."""

    def __init__(self) -> None:
        """Start with none."""
        self._pending: dict[str, PendingChargePoint] = {}
        self._discovered: set[str] = set()

    def __len__(self) -> int:
        """Return how many are pending."""
        return len(self._pending)

    def accepts(self, identity: str, address: str) -> bool:
        """Tell whether there is room for a charge point of an identity and address."""
        others = [
            pending.connection.address
            for name, pending in self._pending.items()
            if name != identity
        ]
        return (
            len(others) < _MAX_PENDING
            and others.count(address) < _MAX_PENDING_PER_ADDRESS
        )

    def hold(self, pending: PendingChargePoint) -> None:
        """Hold a charge point; an older connection of its identity is closed."""
        identity = pending.connection.identity
        old = self._pending.get(identity)
        if old is not None and old.connection is not pending.connection:
            old.connection.hang_up("replaced by a new connection")
        self._pending[identity] = pending
        pending.connection.hand_over(pending)
        pending.connection.create_task(pending.expire())

    def release(self, connection: Connection) -> None:
        """Let go of a charge point whose connection ended."""
        pending = self._pending.get(connection.identity)
        if pending is not None and pending.connection is connection:
            del self._pending[connection.identity]

    def accept(self, identity: str) -> PendingChargePoint | None:
        """Let go of the charge point of an identity, which is accepted now."""
        self._discovered.discard(identity)
        return self._pending.pop(identity, None)

    def discover(self, pending: PendingChargePoint) -> Discovery | None:
        """Return what to tell of a charge point that booted, None for nothing."""
        identity, boot = pending.connection.identity, pending.boot
        if len(self._discovered) < MAX_DISCOVERIES:
            self._discovered.add(identity)
        if boot is None or identity not in self._discovered:
            return None
        return Discovery(
            identity=identity, address=pending.connection.address, boot=boot
        )
