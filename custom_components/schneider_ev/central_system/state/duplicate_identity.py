"""Detects two chargers that dial with one identity: they replace each other in turn."""

import asyncio
from collections import deque

from ..values import Problem, Problems

WINDOW = 600.0
"""Seconds within which changes are counted, and after which the problem is dropped."""

_CHANGES = 4
"""How many changes tell two chargers from one that moved to another address."""


class DuplicateIdentity:
    """Notes the source of each sign-in: an address, or a serial number.

    Two sources that alternate share one identity.
    """

    def __init__(self, problems: Problems) -> None:
        """Start with no source."""
        self._problems = problems
        self._changes: deque[tuple[str, float]] = deque(maxlen=_CHANGES)
        self._dropping: asyncio.TimerHandle | None = None

    def seen(self, source: str) -> None:
        """Note who signed in."""
        loop = asyncio.get_running_loop()
        if self._changes and self._changes[-1][0] == source:
            return
        self._changes.append((source, loop.time()))
        sources = {source for source, _ in self._changes}
        since = self._changes[0][1]
        if (
            len(self._changes) == _CHANGES
            and len(sources) == 2
            and loop.time() - since <= WINDOW
        ):
            one, other = sorted(sources)
            self._problems.set(Problem.IDENTITY_TWICE, {"one": one, "other": other})
            self.close()
            self._dropping = loop.call_later(WINDOW, self._drop)

    def reset(self) -> None:
        """Forget who signed in: the owner has decided which one it is."""
        self._changes.clear()
        self.close()
        self._drop()

    def close(self) -> None:
        """Stop the timer that drops the problem."""
        if self._dropping is not None:
            self._dropping.cancel()

    def _drop(self) -> None:
        self._problems.set(Problem.IDENTITY_TWICE, None)
