"""One limit of a charger: what is asked, what is in force, and the writes between."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
import logging
from typing import Any

from ..messages.errors import ChargerError, ChargerOfflineError

_LOGGER = logging.getLogger(__name__)

WRITE_INTERVAL = 10.0
"""Seconds between two writes of one limit."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What an owner asks of a connector: a value, None for all it can, and a pause."""

    value: float | None = None
    paused: bool = False


NO_LIMIT = Limit()


class Limiter:
    """Coalesces writes: the first goes out at once, then the last of each interval.

    `resolve` gives the value that a limit comes to; `send` puts such a value to the
    charger and raises ChargerError where that fails; `start` starts work that ends
    with the connection, and tells whether there is one; `changed` is called whenever
    what is asked or what is in force changes. `is_used` tells whether anything was ever asked.
    """

    def __init__(
        self,
        *,
        resolve: Callable[[Limit], float],
        send: Callable[[float], Awaitable[None]],
        start: Callable[[Coroutine[Any, Any, None]], bool],
        changed: Callable[[], None],
    ) -> None:
        """Start with nothing asked."""
        self.asked = NO_LIMIT
        self.in_force: float | None = None
        self._accepted = NO_LIMIT
        self._resolve = resolve
        self._send = send
        self._start = start
        self._changed = changed
        self._writing = asyncio.Lock()
        self._not_before = 0.0
        self._is_due = False
        self.is_used = False

    @property
    def recently_written(self) -> bool:
        """Whether a write went out within the interval."""
        return asyncio.get_running_loop().time() < self._not_before

    def restore(self, asked: Limit) -> None:
        """Take over what was asked before Home Assistant restarted."""
        self.asked = self._accepted = asked
        self.is_used = asked != NO_LIMIT

    def forget(self, in_force: float | None = None) -> None:
        """Hold nothing, or only the given value, for in force any more."""
        self.in_force = in_force
        self._is_due = False

    async def ask(self, limit: Limit, *, at_once: bool = False) -> None:
        """Ask for a limit.

        Where a write just went out, this one follows when the interval is over.
        Raises ChargerError where the charger refuses; what is asked is then what it
        was before.
        """
        self.prepare(limit)
        if at_once or not (self.recently_written or self._writing.locked()):
            await self._write()
        elif not self._is_due:
            self._is_due = self._start(self._write_later())
            if not self._is_due:
                self._take_back()
                raise ChargerOfflineError

    def prepare(self, limit: Limit) -> None:
        """Ask for a limit that is put to the charger with the next `apply`."""
        self.asked = limit
        self.is_used = True
        self._changed()

    async def apply(self) -> None:
        """Bring what is asked in force, where anything ever was and it is not."""
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
            asked = self.asked
            value = self._resolve(asked)
            if value != self.in_force:
                self._not_before = asyncio.get_running_loop().time() + WRITE_INTERVAL
                self.in_force = None
                try:
                    await self._send(value)
                except ChargerError:
                    if self.asked == asked:
                        self._take_back()
                    raise
                self.in_force = value
            self._accepted = asked
            self._changed()

    def _take_back(self) -> None:
        """Ask for what the charger took last."""
        self.asked = self._accepted
        self._changed()
