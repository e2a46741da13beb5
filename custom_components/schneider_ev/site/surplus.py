"""Surplus: what it is now, what it has been all the time of late, what clouds leave."""

from collections import deque
from math import inf

_CLOUDS_S = 600.0


class SurplusHistory:
    """The surplus of the last minutes, in W, sample by sample."""

    def __init__(self) -> None:
        """Start without a sample."""
        self.present: float | None = None
        self._steady = _RollingMinimum()
        self._clouded = _RollingMinimum()

    def add(self, sample: float, now: float, window: float) -> None:
        """Add a sample; `window` is how long it takes to be steady, in s."""
        self.present = sample
        self._steady.add(sample, now, window)
        self._clouded.add(sample, now, _CLOUDS_S)

    def add_bound(self, bound: float, now: float, window: float) -> None:
        """Add what the surplus is at most: it counts if no more than that was known."""
        if self.present is not None and bound <= self.present:
            self.add(bound, now, window)

    @property
    def steady(self) -> float:
        """The least of the samples in the window; there has to be one."""
        return self._steady.value

    @property
    def clouded(self) -> float:
        """The least of the last ten minutes: what the last clouds have left."""
        return self._clouded.value


class _RollingMinimum:
    """The least of the samples in a window of time."""

    def __init__(self) -> None:
        self._candidates: deque[tuple[float, float]] = deque()

    @property
    def value(self) -> float:
        return self._candidates[0][1] if self._candidates else -inf

    def add(self, sample: float, now: float, window: float) -> None:
        candidates = self._candidates
        while candidates and candidates[-1][1] >= sample:
            candidates.pop()
        candidates.append((now, sample))
        while candidates[0][0] <= now - window:
            candidates.popleft()
