"""Commands to a connector: charge by a mode, pause, resume, stop."""

import asyncio
from typing import Protocol

from ..charging.mode import ChargingMode
from ..messages.enums import ChargePointStatus
from ..messages.errors import ChargerCallError, ChargerRefusedError, InvalidCommandError
from ..state.configuration import Configuration
from ..values import ConnectorValue, ConnectorValues
from .connector_limits import ConnectorLimits
from .connector_sessions import ConnectorSessions
from .link import Link

REPORT_TIMEOUT = 10.0
"""Seconds that a charger has to report a transaction that it was asked about."""


class ControlledConnector(Protocol):
    """What its commands need of a connector."""

    @property
    def number(self) -> int:
        """The number of the connector."""

    @property
    def plugged(self) -> bool:
        """Whether a cable connects a vehicle."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction runs, be it one whose id is not known."""

    @property
    def status(self) -> ChargePointStatus | None:
        """The last reported status."""

    @property
    def values(self) -> ConnectorValues:
        """Who listens to what."""

    @property
    def sessions(self) -> ConnectorSessions:
        """The sessions."""

    @property
    def limits(self) -> ConnectorLimits:
        """The limits."""

    def assume_over(self) -> None:
        """End the running session, if any, without a StopTransaction."""


class ChargingControl:
    """Lets a connector charge or not.

    `stopped_id` is the transaction that was stopped here last; `is_resuming` says that a
    pause is being ended, after which charging begins. All commands raise ChargerError
    where the charger is offline or refuses.
    """

    def __init__(
        self,
        connector: ControlledConnector,
        link: Link,
        configuration: Configuration,
        remote_id_tag: str,
    ) -> None:
        """Prepare; sessions that are started here begin with `remote_id_tag`."""
        self._connector = connector
        self._link = link
        self._configuration = configuration
        self._remote_id_tag = remote_id_tag
        self.stopped_id: int | None = None
        self.is_resuming = False

    async def choose_mode(self, mode: ChargingMode) -> None:
        """Charge from the sun, from the grid, or not at all."""
        limits = self._connector.limits
        if mode is not ChargingMode.OFF:
            await limits.choose_mode(mode)
        elif limits.decision.is_pausable:
            await limits.pause()
        else:
            with limits.choosing(mode):
                if self._connector.sessions.running is not None:
                    await self.stop_session()

    async def pause(self) -> None:
        """Hold charging back.

        The transaction goes on, where the connector can be held back by a limit.
        """
        if self._connector.limits.decision.is_pausable:
            await self._connector.limits.pause()
        else:
            await self.stop_session()

    async def resume(self) -> None:
        """Let charging go on, or begin where a vehicle is plugged in.

        A charger that waits for the cable is started without one. Raises
        InvalidCommandError where there is nothing to go on with.
        """
        connector = self._connector
        was_paused = connector.limits.decision.is_paused
        self.is_resuming = True
        try:
            await connector.limits.resume()
        finally:
            self.is_resuming = False
        if connector.in_transaction:
            return
        if connector.plugged or (self._waits_for_cable and not was_paused):
            await self.start()
        elif not was_paused:
            raise InvalidCommandError("not_plugged")

    @property
    def _waits_for_cable(self) -> bool:
        """Whether the charger takes a remote start before a vehicle is plugged in."""
        return (
            self._configuration.value("ConnectionTimeOut") is not None
            and self._configuration.boolean("EnableRemoteStartNoConnectedEV")
            is not False
        )

    async def start(self, id_tag: str | None = None) -> None:
        """Begin a transaction, with a badge or without."""
        await self._link.command(
            "RemoteStartTransaction",
            {
                "connectorId": self._connector.number,
                "idTag": id_tag or self._remote_id_tag,
            },
        )

    async def stop_session(self) -> None:
        """End the transaction.

        One that the charger does not know any more, by its answer and its status, is
        over. Raises InvalidCommandError where none is known to run.
        """
        sessions = self._connector.sessions
        if sessions.running is None:
            await self._ask_for_transaction()
        if (transaction_id := sessions.running_id) is None:
            raise InvalidCommandError("no_transaction")
        self.stopped_id = transaction_id
        try:
            await self._link.command(
                "RemoteStopTransaction", {"transactionId": transaction_id}
            )
        except ChargerRefusedError:
            status = self._connector.status
            if status is None or status.in_transaction:
                raise
            self._connector.assume_over()

    async def _ask_for_transaction(self) -> None:
        """Have the charger report a transaction that is not known yet."""
        connector = self._connector
        for message in ("StatusNotification", "MeterValues"):
            try:
                await self._link.trigger(message, connector.number)
            except ChargerRefusedError, ChargerCallError:
                continue
        try:
            async with asyncio.timeout(REPORT_TIMEOUT):
                while connector.sessions.running is None and connector.in_transaction:
                    await connector.values.changed(ConnectorValue.SESSION)
        except TimeoutError:
            pass
