"""Detects a charger's clock that is wrong.

A time that is off may only be old: that of a message that waited, or of a change long
ago. A clock that is wrong goes on, as far off as before.
"""

from datetime import UTC, datetime, timedelta

from ..values import Problem, Problems

MIN_OBSERVATION = timedelta(seconds=30)
"""How long a clock has to be off by the same time until it is wrong."""

_TOLERANCE = timedelta(minutes=5)
_MAX_JITTER = timedelta(seconds=10)


class Clock:
    """Compares the times that a charger sends with ours, and reports a wrong clock."""

    def __init__(self, problems: Problems) -> None:
        """Start with a clock that is trusted."""
        self._problems = problems
        self._suspected: tuple[datetime, timedelta] | None = None

    def observe(self, time: datetime) -> None:
        """Take the time that the charger says it is."""
        now = datetime.now(UTC)
        offset = time - now
        if abs(offset) <= _TOLERANCE:
            self.trust()
            return
        since, first = self._suspected or (now, offset)
        if abs(offset - first) > _MAX_JITTER:
            since, first = now, offset
        elif now - since >= MIN_OBSERVATION:
            self._problems.set(
                Problem.CLOCK_WRONG, {"charger_time": _text(time), "time": _text(now)}
            )
        self._suspected = since, first

    def trust(self) -> None:
        """Take the clock for right, until it is wrong again."""
        self._suspected = None
        self._problems.set(Problem.CLOCK_WRONG, None)


def _text(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
