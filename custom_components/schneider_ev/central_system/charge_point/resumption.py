"""Resumption: a session that a pause ended begins again when the pause is over."""

import asyncio
from collections.abc import Mapping
from functools import partial
from math import inf
from typing import Any

from ..messages.errors import ChargerCallError, ChargerRefusedError
from ..state.sessions import Session, StopReason
from ..values import ConnectorValue, Signal
from .charging_control import ChargingControl, ControlledConnector
from .connector_sessions import SessionChange
from .link import Link

SOON = 120.0
"""Seconds in which a charger ends a session for a limit of 0, if it does.

One that ends later without a reason may have been ended there, which is what a charger
means that gives none.
"""


class Resumption:
    """Begins a session again that ended because of a limit of 0.

    Only some chargers end it. One that does not begin it again either cannot be paused by
    a limit: then `is_refused`. `changed` tells of each change of what is kept.
    """

    def __init__(
        self, connector: ControlledConnector, control: ChargingControl, link: Link
    ) -> None:
        """Start with no session that a pause ended."""
        self.is_refused = False
        self.changed = Signal[()]()
        self._connector = connector
        self._control = control
        self._link = link
        self._ended: Session | None = None
        self._paused_at = -inf
        connector.limits.decided.connect(self._limit_changed)
        connector.sessions.changed.connect(self._session_changed)
        connector.values.listen(ConnectorValue.PLUGGED, self._plugged_changed)

    def _session_changed(self, change: SessionChange, session: Session) -> None:
        """Note a session that ended while it was paused and nobody stopped it."""
        decision = self._connector.limits.decision
        is_ended_by_pause = (
            change is SessionChange.ENDED
            and decision.is_pausable
            and decision.limit == 0
            and not session.is_assumed
            and session.id != self._control.stopped_id
            and self._may_be_of_the_pause(StopReason.of(session))
        )
        self._ended = session if is_ended_by_pause else None
        if is_ended_by_pause:
            self.changed.send()

    def _may_be_of_the_pause(self, reason: StopReason | None) -> bool:
        if reason in (None, StopReason.LOCAL):
            return asyncio.get_running_loop().time() <= self._paused_at + SOON
        return reason is StopReason.OTHER

    def _plugged_changed(self) -> None:
        """Begin nothing again: another vehicle is plugged in, or none."""
        self._ended = None

    def _limit_changed(self) -> None:
        connector = self._connector
        if connector.limits.decision.limit == 0:
            self._paused_at = asyncio.get_running_loop().time()
            return
        if (session := self._ended) is None:
            return
        self._ended = None
        if (
            connector.plugged
            and not connector.in_transaction
            and not self._control.is_resuming
        ):
            self._link.spawn_command(partial(self._begin, session.id_tag))

    async def _begin(self, id_tag: str | None) -> None:
        """Put the limit, for one of 0 may be refused a start; then start."""
        await self._connector.limits.apply()
        try:
            await self._control.start(id_tag)
        except ChargerRefusedError, ChargerCallError:
            self.is_refused = True
            self.changed.send()
            raise

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON."""
        return {
            "pause_ended": self._ended and self._ended.id,
            "pause_ends_sessions": self.is_refused,
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept: the last session is the one that ended."""
        self.is_refused = data.get("pause_ends_sessions", False)
        last = self._connector.sessions.last
        if last is not None and last.id == data.get("pause_ended"):
            self._ended = last
