"""Surplus: what it is now, and what it has been all the time of late."""

from collections import deque
from math import inf


class SurplusHistory:
    """The surplus of the last seconds, in W, sample by sample."""

    def __init__(self) -> None:
        """Start without a sample."""
        self.present: float | None = None
        self._minima: deque[tuple[float, float]] = deque()

    def add(self, sample: float, now: float, window: float) -> None:
        """Add a sample, and forget those that are older than the window, in s."""
        self.present = sample
        minima = self._minima
        while minima and minima[-1][1] >= sample:
            minima.pop()
        minima.append((now, sample))
        while minima[0][0] <= now - window:
            minima.popleft()

    def add_bound(self, bound: float, now: float, window: float) -> None:
        """Add what the surplus is at most: it counts if it is less than was known."""
        if self.present is not None and bound < self.present:
            self.add(bound, now, window)

    @property
    def steady(self) -> float:
        """The least of the samples in the window."""
        return self._minima[0][1] if self._minima else -inf
