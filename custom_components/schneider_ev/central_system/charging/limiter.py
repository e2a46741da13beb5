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

    `resolve` gives the value of a request; `send` puts such a value to the charger and
    raises ChargerError where that fails; `spawn` starts work that ends with the
    connection, and tells whether there is one; `changed` is called whenever what is
    requested or what is in force changes. `is_used` tells whether anything was ever
    requested.
    """

    def __init__(
        self,
        *,
        resolve: Callable[[LimitRequest], float],
        send: Callable[[float], Awaitable[None]],
        spawn: Callable[[Coroutine[Any, Any, None]], bool],
        changed: Callable[[], None],
    ) -> None:
        """Start with nothing requested."""
        self.requested = NO_LIMIT
        self.in_force: float | None = None
        self.is_used = False
        self._accepted = NO_LIMIT
        self._resolve = resolve
        self._send = send
        self._spawn = spawn
        self._changed = changed
        self._writing = asyncio.Lock()
        self._not_before = 0.0
        self._is_due = False

    @property
    def recently_written(self) -> bool:
        """Whether a write went out within the interval."""
        return asyncio.get_running_loop().time() < self._not_before

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
        wanted = self._resolve(request)
        when = write_time(wanted, self.in_force, self._not_before, now)
        is_due_now = when is None or when <= now
        if at_once or (is_due_now and not self._writing.locked()):
            await self._write()
        elif not self._is_due:
            self._is_due = self._spawn(self._write_later())
            if not self._is_due:
                self._take_back()
                raise ChargerOfflineError

    def prepare(self, request: LimitRequest) -> None:
        """Request a limit that is put to the charger with the next `apply`."""
        self.requested = request
        self.is_used = True
        self._changed()

    async def apply(self) -> None:
        """Bring what is requested into force, where anything ever was and it is not."""
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
            requested = self.requested
            value = self._resolve(requested)
            if value != self.in_force:
                self._not_before = asyncio.get_running_loop().time() + WRITE_INTERVAL
                self.in_force = None
                try:
                    await self._send(value)
                except ChargerError:
                    if self.requested == requested:
                        self._take_back()
                    raise
                self.in_force = value
            self._accepted = requested
            self._changed()

    def _take_back(self) -> None:
        """Request what the charger took last."""
        self.requested = self._accepted
        self._changed()
