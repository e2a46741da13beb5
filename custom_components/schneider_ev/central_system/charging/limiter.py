"""Puts one limit to a charger: what is asked, what is in force, and when to write."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
import logging
from typing import Any

from ..messages.errors import ChargerError, ChargerOfflineError
from .limits import NO_LIMIT, LimitRequest

_LOGGER = logging.getLogger(__name__)

WRITE_INTERVAL = 10.0
"""Seconds between two writes of one limit."""


def write_time(
    wanted: float, in_force: float | None, not_before: float, now: float
) -> float | None:
    """Return when a limit has to be written, None where it is in force already.

    `not_before` is when the interval since the last write is over.
    """
    return None if wanted == in_force else max(now, not_before)


class Limiter:
    """Coalesces writes: the first goes out at once, then the last of each interval.

    `requested` is what the owner asks for; `requested_changed` has the limit worked out
    that it comes to, and said by `want`. `send` puts a limit to the charger and raises
    ChargerError where that fails; `spawn` starts work that ends with the connection, and
    tells whether there is one. `is_used` tells whether anything was ever requested.
    """

    def __init__(
        self,
        *,
        requested_changed: Callable[[], None],
        send: Callable[[float], Awaitable[None]],
        spawn: Callable[[Coroutine[Any, Any, None]], bool],
    ) -> None:
        """Start with nothing requested."""
        self.requested = NO_LIMIT
        self.in_force: float | None = None
        self.is_used = False
        self._wanted = 0.0
        self._accepted = NO_LIMIT
        self._requested_changed = requested_changed
        self._send = send
        self._spawn = spawn
        self._writing = asyncio.Lock()
        self._not_before = 0.0
        self._is_due = False

    @property
    def recently_written(self) -> bool:
        """Whether a write went out within the interval."""
        return asyncio.get_running_loop().time() < self._not_before

    def want(self, limit: float) -> None:
        """Say what is to be in force, which the next write puts to the charger."""
        self._wanted = limit

    def restore(self, requested: LimitRequest) -> None:
        """Take over what was requested before Home Assistant restarted."""
        self.requested = self._accepted = requested
        self.is_used = requested != NO_LIMIT

    def forget(self, in_force: float | None = None) -> None:
        """Take nothing, or only the given value, for in force any more."""
        self.in_force = in_force
        self._is_due = False

    async def request(self, request: LimitRequest, *, at_once: bool = False) -> None:
        """Request a limit.

        Where a write just went out, this one follows when the interval is over.
        Raises ChargerError where the charger refuses: then the request before it
        counts again.
        """
        self.prepare(request)
        now = asyncio.get_running_loop().time()
        when = write_time(self._wanted, self.in_force, self._not_before, now)
        is_due_now = when is None or when <= now
        if at_once or (is_due_now and not self._writing.locked()):
            await self._write()
        elif not self._is_due:
            self._is_due = self._spawn(self._write_later())
            if not self._is_due:
                self._change(self._accepted)
                raise ChargerOfflineError

    def prepare(self, request: LimitRequest) -> None:
        """Request a limit that is put to the charger with the next `apply`."""
        self.is_used = True
        self._change(request)

    async def apply(self) -> None:
        """Bring what is wanted into force, where anything was requested and it is not."""
        if self.is_used:
            await self._write()

    async def _write_later(self) -> None:
        await asyncio.sleep(self._not_before - asyncio.get_running_loop().time())
        self._is_due = False
        try:
            await self._write()
        except ChargerError as error:
            _LOGGER.warning("A charging limit was not taken over: %s", error)

    async def _write(self) -> None:
        async with self._writing:
            requested, wanted = self.requested, self._wanted
            if wanted != self.in_force:
                self._not_before = asyncio.get_running_loop().time() + WRITE_INTERVAL
                self.in_force = None
                try:
                    await self._send(wanted)
                except ChargerError:
                    if self.requested == requested:
                        self._change(self._accepted)
                    raise
                self.in_force = wanted
            self._accepted = requested

    def _change(self, requested: LimitRequest) -> None:
        self.requested = requested
        self._requested_changed()
