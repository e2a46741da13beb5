"""The link to a charger: its connections, one at a time, and the calls to the charger."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
import logging
from typing import Any

from ..messages.errors import (
    ChargerError,
    ChargerOfflineError,
    ChargerRefusedError,
    InvalidCommandError,
)
from ..messages.payload import Json, read_status
from ..transport.authentication import AUTHORIZATION_KEY
from ..transport.connection import Connection
from ..transport.trace import Trace
from ..values import ChargerValue, ChargerValues, Signal

_LOGGER = logging.getLogger(__name__)

_AUTHORIZATION_KEY = AUTHORIZATION_KEY.casefold()

OFFLINE_AFTER = 5.0
"""Seconds without a connection after which a charger is offline."""


class Link:
    """The connection of a charger, and what is sent on it.

    What is private is sent only if the connection `is_confirmed` to be that of the
    charger.

    `connection_changed` tells of each new and each lost connection, `went_offline` when
    no new one came in time, `answered` of each answer with its action and request.
    """

    def __init__(self, identity: str, values: ChargerValues) -> None:
        """Start without a connection."""
        self.identity = identity
        self.connection: Connection | None = None
        self.is_confirmed = False
        self.trace = Trace()
        self.connection_changed = Signal[()]()
        self.went_offline = Signal[()]()
        self.answered = Signal[str, Json, Json]()
        self._values = values
        self._values.set(ChargerValue.AVAILABLE, False)
        self._going_offline: asyncio.TimerHandle | None = None

    @property
    def is_connected(self) -> bool:
        """Whether a websocket is open."""
        return self.connection is not None

    @property
    def is_available(self) -> bool:
        """Whether the charger is connected, or was until a moment ago."""
        return self._values.get(ChargerValue.AVAILABLE) is True

    def attach(self, connection: Connection, *, is_confirmed: bool = False) -> None:
        """Use a new connection; the old one is closed."""
        if (old := self.connection) is not None:
            _LOGGER.debug("%s connected again", self.identity)
            old.hang_up("replaced by a new connection")
        if self._going_offline is not None:
            self._going_offline.cancel()
        self.connection = connection
        self.is_confirmed = is_confirmed
        connection.trace_to(self.trace)
        connection.answered.connect(self.answered.send)
        self._values.set(ChargerValue.AVAILABLE, True)
        self.connection_changed.send()

    def confirm(self) -> None:
        """Note that it is certain that the present connection is the charger's."""
        self.is_confirmed = True

    def detach(self, connection: Connection) -> bool:
        """Drop a connection that ended; return whether it was the present one."""
        if self.connection is not connection:
            return False
        self.connection = None
        self.is_confirmed = False
        self.connection_changed.send()
        self._going_offline = asyncio.get_running_loop().call_later(
            OFFLINE_AFTER, self._go_offline
        )
        return True

    def withdraw(self, connection: Connection) -> None:
        """Drop a connection that is not the charger's, which is offline at once."""
        if self.detach(connection):
            self.close()
            self._go_offline()

    def close(self) -> None:
        """Stop the timer."""
        if self._going_offline is not None:
            self._going_offline.cancel()

    def _go_offline(self) -> None:
        self._values.set(ChargerValue.AVAILABLE, False)
        self.went_offline.send()

    async def call(self, action: str, payload: Json) -> Json:
        """Send a call and return the answer as it came.

        Raises ChargerOfflineError, ChargerTimeoutError or ChargerCallError, and
        InvalidCommandError for what is private where the charger is not confirmed.
        """
        if self.connection is None:
            raise ChargerOfflineError
        if not self.is_confirmed and _is_private(action, payload):
            raise InvalidCommandError("charger_not_confirmed")
        return await self.connection.call(action, payload)

    async def command(
        self, action: str, payload: Json, *, accepted: frozenset[str] = frozenset()
    ) -> str:
        """Send a call whose answer has a status and return that status.

        Raises ChargerRefusedError where it is neither Accepted nor among `accepted`.
        """
        status = read_status(await self.call(action, payload))
        if status != "Accepted" and status not in accepted:
            raise ChargerRefusedError(action, status)
        return status

    async def trigger(self, message: str, connector: int | None = None) -> None:
        """Have the charger send a message (TriggerMessage)."""
        payload: dict[str, Any] = {"requestedMessage": message}
        if connector is not None:
            payload["connectorId"] = connector
        await self.command("TriggerMessage", payload)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        """Start work that ends with the present connection; None where there is none."""
        if self.connection is None or self.connection.is_closed:
            work.close()
            return None
        return self.connection.create_task(work)

    def spawn_command(
        self, command: Callable[[], Awaitable[object]]
    ) -> asyncio.Task[None] | None:
        """Run a command in the background; a failure is logged at debug level."""

        async def work() -> None:
            try:
                await command()
            except (ChargerError, InvalidCommandError) as error:
                _LOGGER.debug("%s: %s", self.identity, error)

        return self.spawn(work())


def _is_private(action: str, payload: Json) -> bool:
    """Tell whether a call has badges, the cost of a session, or a password in it."""
    return (
        action == "SendLocalList"
        or "idTag" in payload
        or payload.get("messageId") == "CostUpdated"
        or str(payload.get("key")).casefold() == _AUTHORIZATION_KEY
    )
