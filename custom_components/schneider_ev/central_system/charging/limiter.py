"""Puts one limit to a charger: what is asked, what is in force, and when to write."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
import logging
from typing import Any

from ..messages.errors import ChargerError, ChargerOfflineError, ChargerTimeoutError
from ..messages.payload import Json, read_status
from .requests import Ask, Change, Requests

_LOGGER = logging.getLogger(__name__)

WRITE_INTERVAL = 10.0
"""Seconds between two writes of one limit."""

type Target = int | None
"""The transaction that a limit is for, None for those to come."""

type Wanted = tuple[float, Target]
"""The limit that is to be in force, and for what."""


def write_time(
    wanted: float, in_force: float | None, not_before: float, now: float
) -> float | None:
    """Return when a limit has to be written, None where it is in force already.

    `not_before` is when the interval since the last write is over.
    """
    return None if wanted == in_force else max(now, not_before)


class Limiter:
    """Coalesces writes: the first goes out at once, then the last of each interval.

    `wanted` returns what follows from the requests. `send` puts a limit to the charger
    and returns for what it holds; it raises ChargerError where that fails. `spawn` starts
    work that ends with the connection, and returns None where there is none.
    """

    def __init__(
        self,
        requests: Requests,
        *,
        wanted: Callable[[], Wanted],
        send: Callable[[float, Target], Awaitable[Target]],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None] | None],
    ) -> None:
        """Start with nothing in force."""
        self._requests = requests
        self._wanted = wanted
        self._send = send
        self._spawn = spawn
        self._in_force: dict[Target, float] = {}
        self._is_used = False
        self._writing = asyncio.Lock()
        self._not_before = 0.0
        self._writes = 0
        self._due: asyncio.Task[None] | None = None

    @property
    def in_force(self) -> float | None:
        """The limit that the charger took last, None where that is not certain."""
        return self._in_force.get(self._wanted()[1])

    @property
    def is_used(self) -> bool:
        """Whether anything is to be written, or ever was."""
        return self._is_used or self._requests.current.is_limited

    @property
    def recently_written(self) -> bool:
        """Whether a write went out within the interval."""
        return asyncio.get_running_loop().time() < self._not_before

    def forget(self) -> None:
        """Take nothing for in force any more, nor what is being written."""
        self._in_force = {}

    def doubt(self) -> None:
        """Take the charger for one that holds a limit, which has to be written anew."""
        self._is_used = True
        self.forget()

    async def request(self, change: Change, *, at_once: bool = False) -> None:
        """Ask for a change.

        Where a write just went out, this one follows when the interval is over.
        Raises ChargerError where the charger refuses or is offline: then the change does
        not count. It counts where the charger does not answer in time: it may have taken
        the limit.
        """
        ask = self._requests.ask(change)
        try:
            await self.follow(at_once=at_once)
        except ChargerOfflineError, asyncio.CancelledError:
            self._requests.refuse([ask])
            raise

    async def follow(self, *, at_once: bool = False) -> None:
        """Write what is wanted: now, or when the interval is over.

        Raises ChargerError where the charger refuses or is offline.
        """
        self._is_used = True
        now = asyncio.get_running_loop().time()
        limit, target = self._wanted()
        when = write_time(limit, self._in_force.get(target), self._not_before, now)
        is_due_now = when is None or when <= now
        if at_once or (is_due_now and not self._writing.locked()):
            await self._write()
        elif self._due is None or self._due.done() or self._due.cancelling():
            self._due = self._spawn(self._write_later())
            if self._due is None:
                raise ChargerOfflineError

    async def apply(self) -> None:
        """Bring what is wanted into force, where anything is to be written or ever was."""
        if self.is_used:
            await self._write()

    async def _write_later(self) -> None:
        await asyncio.sleep(self._not_before - asyncio.get_running_loop().time())
        self._due = None
        try:
            await self._write()
        except ChargerOfflineError as error:
            _LOGGER.debug("A charging limit is written later: %s", error)
        except ChargerError as error:
            _LOGGER.warning("A charging limit was not taken over: %s", error)

    async def _write(self) -> None:
        async with self._writing:
            while True:
                asks, (limit, target) = self._requests.open, self._wanted()
                try:
                    await self._put(limit, target)
                except ChargerOfflineError:
                    raise
                except ChargerTimeoutError as error:
                    if error.late is not None:
                        late = self._take_late(error.late, asks, limit, target)
                        self._spawn(late)
                    raise
                except ChargerError:
                    if target != self._wanted()[1]:  # it refused what is over
                        continue
                    self._requests.refuse(asks)
                    raise
                self._requests.accept(asks)
                return

    async def _put(self, limit: float, target: Target) -> None:
        """Put a limit to the charger where it is not in force."""
        in_force = self._in_force
        if in_force.get(target) == limit:
            return
        self._not_before = asyncio.get_running_loop().time() + WRITE_INTERVAL
        for over in in_force.keys() - {None}:
            del in_force[over]
        in_force.pop(target, None)
        self._writes += 1
        in_force[await self._send(limit, target)] = limit

    async def _take_late(
        self,
        answer: Awaitable[Json],
        asks: list[Ask],
        limit: float,
        target: Target,
    ) -> None:
        """Take over an answer that was not awaited any more."""
        in_force, write = self._in_force, self._writes
        if read_status(await answer) != "Accepted":
            self._requests.refuse(asks)
            return
        self._requests.accept(asks)
        if write == self._writes:
            in_force[target] = limit
