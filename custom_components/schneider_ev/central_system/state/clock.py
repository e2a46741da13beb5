"""Whether a charger's clock is right.

A time that is off may be an old one: of a message that waited, or of a change long ago.
A clock that is wrong goes on, as far off as before.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from ..values import Values

CLOCK_WRONG: Final = "clock_wrong"

_TOLERANCE = timedelta(minutes=5)
_UNEVENNESS = timedelta(seconds=10)
_SHORTEST_WATCH = timedelta(seconds=30)


class Clock:
    """Judges a charger's clock by the times that it tells; `problems` hear of it."""

    def __init__(self, problems: Values) -> None:
        """Start with a clock that is trusted."""
        self._problems = problems
        self._suspected: tuple[datetime, timedelta] | None = None

    def told(self, time: datetime) -> None:
        """Hear what time the charger says it is."""
        now = datetime.now(UTC)
        offset = time - now
        if abs(offset) <= _TOLERANCE:
            self.trust()
            return
        since, first = self._suspected or (now, offset)
        if abs(offset - first) > _UNEVENNESS:
            since, first = now, offset
        elif now - since >= _SHORTEST_WATCH:
            self._problems.set(
                CLOCK_WRONG, {"charger_time": _text(time), "time": _text(now)}
            )
        self._suspected = since, first

    def trust(self) -> None:
        """Take the clock for right, until it is wrong again."""
        self._suspected = None
        self._problems.set(CLOCK_WRONG, None)


def _text(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
