"""Tells a charger from another one under its identity: by password, serial number, address.

An identity is no secret. Where there is no password, a charger is known by the serial
number of its BootNotification, and where it reconnects without one by its address.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
import logging
from typing import Any

from ..messages.boot import BootInfo
from ..messages.errors import InvalidCommandError
from ..state.duplicate_identity import DuplicateIdentity
from ..transport.connection import Connection
from ..values import Problem, Problems, Signal
from .credentials import Credentials
from .link import Link

_LOGGER = logging.getLogger(__name__)

FORGET_AFTER = 3600.0
"""Seconds after its last BootNotification until another charger is forgotten."""

_UNKNOWN = "–"


@dataclass(frozen=True, kw_only=True, slots=True)
class AnotherCharger:
    """Another charger under the identity, which waits until the owner confirms it."""

    boot: BootInfo
    address: str

    @property
    def serial_number(self) -> str:
        """The serial number as it is shown to the owner."""
        return self.boot.serial_number or _UNKNOWN


class IdentityBinding:
    """Tells the charger that its owner confirmed from another one under its identity.

    `serial_number` is the one that the owner confirmed, once the charger `is_bound`; it
    is None for a charger that shows none. `address` is where the charger was seen last.
    `another` is the last other one that booted. `changed` tells of each change of what
    is kept.
    """

    def __init__(
        self,
        link: Link,
        credentials: Credentials,
        problems: Problems,
        serial_number: str | None,
    ) -> None:
        """Start with the serial number that the owner confirmed, None for any."""
        self.serial_number = serial_number
        self.is_bound = serial_number is not None
        self.address: str | None = None
        self.another: AnotherCharger | None = None
        self.changed = Signal[()]()
        self._link = link
        self._credentials = credentials
        self._problems = problems
        self._addresses = DuplicateIdentity(problems)
        self._serial_numbers = DuplicateIdentity(problems)
        self._forgetting: asyncio.TimerHandle | None = None
        problems.listen(Problem.IDENTITY_TWICE, self._show_another)

    # Connections

    async def makes_room_for(self, newcomer: Connection) -> bool:
        """Tell whether a new connection may replace the present one, if there is one.

        The present one is kept while it answers, unless the new one signed in or has
        the same address. One that the charger was not recognized by is not kept.
        """
        link = self._link
        while (
            (present := link.connection) is not None
            and (link.is_confirmed or not self.is_bound)
            and present.address != newcomer.address
            and not self._has_signed_in(newcomer)
        ):
            if await present.is_alive():
                _LOGGER.debug(
                    "%s is connected; another address was turned away", link.identity
                )
                self._alternate(present, newcomer)
                return False
            if link.connection is present:
                break
        return True

    def attach(self, connection: Connection) -> None:
        """Use a new connection; it is confirmed if it signed in or is where it was."""
        if (old := self._link.connection) is not None:
            self._alternate(old, connection)
        is_confirmed = self._has_signed_in(connection) or (
            self.is_bound and connection.address == self.address
        )
        self._link.attach(connection, is_confirmed=is_confirmed)
        if is_confirmed:
            self._note_address(connection)

    def _alternate(self, old: Connection, new: Connection) -> None:
        self._addresses.seen(old.address)
        self._addresses.seen(new.address)

    def _has_signed_in(self, connection: Connection) -> bool:
        credentials = self._credentials
        return credentials.are_required and credentials.admits(connection.presents)

    def _note_address(self, connection: Connection) -> None:
        if connection.address != self.address:
            self.address = connection.address
            self.changed.send()

    # BootNotifications

    def knows(self, connection: Connection, boot: BootInfo) -> bool:
        """Tell whether a BootNotification is that of the charger.

        One that signed in is the charger whatever it shows; so is the first one.
        """
        return (
            not self.is_bound
            or boot.serial_number == self.serial_number
            or self._has_signed_in(connection)
        )

    def bind(self, boot: BootInfo) -> None:
        """Know the charger by the serial number that it shows from now on."""
        self.serial_number = boot.serial_number
        self.is_bound = True

    def confirm(self, connection: Connection, boot: BootInfo) -> None:
        """Note that the charger booted on a connection, if that is still the present one."""
        self._note_serial_number(boot)
        if self.another and self.another.boot.serial_number == boot.serial_number:
            self.forget_another()
        if connection is self._link.connection:
            self._link.confirm()
            self._note_address(connection)

    def _note_serial_number(self, boot: BootInfo) -> None:
        if boot.serial_number is not None:
            self._serial_numbers.seen(boot.serial_number)

    # Another charger

    def report_another(self, connection: Connection, boot: BootInfo) -> None:
        """Note that another charger booted, which waits until the owner confirms it."""
        if self.another is None:
            _LOGGER.info(
                "Another charger connects by the identity of a charger that is set up."
                " It is not served until the repair is confirmed"
            )
        self._note_serial_number(boot)
        self._keep_another(AnotherCharger(boot=boot, address=connection.address))
        loop = asyncio.get_running_loop()
        self._forgetting = loop.call_later(FORGET_AFTER, self.forget_another)

    def take_another(self, serial_number: str) -> BootInfo:
        """Return the BootNotification of another charger, which its owner confirmed.

        `serial_number` is as it was shown to the owner. Raises InvalidCommandError if
        it is that of no charger that waits, or no longer.
        """
        another = self.another
        if another is None or another.serial_number != serial_number:
            raise InvalidCommandError("another_charger_changed", serial=serial_number)
        self.address = None
        self._addresses.reset()
        self._serial_numbers.reset()
        self.forget_another()
        return another.boot

    def forget_another(self) -> None:
        """Forget the other charger: it is confirmed, or has not come for long."""
        self._keep_another(None)

    def _keep_another(self, another: AnotherCharger | None) -> None:
        if self._forgetting is not None:
            self._forgetting.cancel()
        self.another = another
        self._show_another()

    def _show_another(self) -> None:
        """Show the problem, unless it is shown already that there are two chargers."""
        another = self.another
        is_shown = another and self._problems.get(Problem.IDENTITY_TWICE) is None
        self._problems.set(
            Problem.ANOTHER_CHARGER,
            {
                "model": another.boot.model or _UNKNOWN,
                "serial_number": another.serial_number,
                "address": another.address,
                "known_serial_number": self.serial_number or _UNKNOWN,
            }
            if another and is_shown
            else None,
        )

    def close(self) -> None:
        """Stop all timers."""
        self._addresses.close()
        self._serial_numbers.close()
        if self._forgetting is not None:
            self._forgetting.cancel()

    # What is kept

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON; the serial number is that of the last boot."""
        return {"address": self.address} if self.address is not None else {}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept."""
        self.address = data.get("address")
