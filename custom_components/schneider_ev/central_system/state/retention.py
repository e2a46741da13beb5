"""The clock by which sessions are dropped, which no wrong clock can hurry."""

from datetime import UTC, datetime, timedelta
from time import monotonic

_MAX_STEP = timedelta(days=31)
"""The most that is made up for at once; the time is asked for more often than that."""


class RetentionClock:
    """Tells a time that is not ahead of the true one.

    It follows the computer's clock, but runs at most twice as fast as time passes while
    it is looked at: if the computer's clock jumps ahead by years, it takes years to
    follow. It never goes back.
    """

    def __init__(self, trusted: datetime) -> None:
        """Go on from a time that was trusted before."""
        self._trusted = trusted
        self._asked_at = monotonic()

    def now(self) -> datetime:
        """Return the time."""
        asked_at, self._asked_at = self._asked_at, monotonic()
        passed = timedelta(seconds=self._asked_at - asked_at)
        limit = self._trusted + min(2 * passed, _MAX_STEP)
        self._trusted = max(self._trusted, min(datetime.now(UTC), limit))
        return self._trusted
