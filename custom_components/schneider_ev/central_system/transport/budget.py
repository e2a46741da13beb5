"""Budget: so much at once, and from then on one more after each interval."""

from collections.abc import Hashable
from time import monotonic

MAX_KEYS = 1024
"""How many keys have a budget of their own."""


class Budget:
    """What may be spent: some at once; one more may be after each interval, in seconds."""

    def __init__(self, at_once: int, interval: float) -> None:
        """Start with a full budget."""
        self._at_once = at_once
        self._interval = interval
        self._full_at = 0.0

    @property
    def is_spent(self) -> bool:
        """Whether less than one is left."""
        return self._full_at - monotonic() > (self._at_once - 1) * self._interval

    def spend(self, amount: int = 1) -> float:
        """Spend an amount, even where less is left; return the seconds until it is paid."""
        now = monotonic()
        self._full_at = max(self._full_at, now) + amount * self._interval
        return max(self._full_at - now - self._at_once * self._interval, 0.0)


class Budgets[KeyT: Hashable]:
    """A budget for each key, as long as it spends; who spent longest ago makes room."""

    def __init__(self, at_once: int, interval: float) -> None:
        """Start with a full budget for every key."""
        self._at_once = at_once
        self._interval = interval
        self._budgets: dict[KeyT, Budget] = {}

    def is_spent(self, key: KeyT) -> bool:
        """Tell whether less than one is left to a key."""
        return key in self._budgets and self._budgets[key].is_spent

    def spend(self, key: KeyT) -> None:
        """Spend one of a key's budget."""
        budget = self._budgets.pop(key, None)
        self._budgets[key] = budget or Budget(self._at_once, self._interval)
        self._budgets[key].spend()
        if len(self._budgets) > MAX_KEYS:
            del self._budgets[next(iter(self._budgets))]
