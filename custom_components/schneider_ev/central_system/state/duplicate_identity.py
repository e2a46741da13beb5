"""Whether two chargers dial with one identity: then they throw each other out in turn."""

import asyncio
from collections import deque
from typing import Final

from ..values import Values

IDENTITY_TWICE: Final = "identity_twice"

_WINDOW = 600.0
"""Seconds within which turns are counted, and after which the last one is forgotten."""

_TURNS = 4
"""How many turns tell rivals from one charger that moved to another address."""


class Rivals:
    """Hears who a charger is each time it comes, by address or serial number."""

    def __init__(self, problems: Values) -> None:
        """Start with nobody."""
        self._problems = problems
        self._turns: deque[tuple[str, float]] = deque(maxlen=_TURNS)
        self._forgetting: asyncio.TimerHandle | None = None

    def came(self, name: str) -> None:
        """Hear who came now."""
        loop = asyncio.get_running_loop()
        if self._turns and self._turns[-1][0] == name:
            return
        self._turns.append((name, loop.time()))
        names = {name for name, _ in self._turns}
        since = self._turns[0][1]
        if (
            len(self._turns) == _TURNS
            and len(names) == 2
            and loop.time() - since <= _WINDOW
        ):
            one, other = sorted(names)
            self._problems.set(IDENTITY_TWICE, {"one": one, "other": other})
            self.close()
            self._forgetting = loop.call_later(_WINDOW, self._forget)

    def close(self) -> None:
        """Forget nothing any more."""
        if self._forgetting is not None:
            self._forgetting.cancel()

    def _forget(self) -> None:
        self._problems.set(IDENTITY_TWICE, None)
