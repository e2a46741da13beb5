"""The trace of a charger for diagnostics: its last frames and how fast it answers."""

from collections import Counter, deque
from datetime import UTC, datetime
from enum import StrEnum

_LENGTH = 100
_LONGEST = 10_000


class Direction(StrEnum):
    """Whether a frame was received or sent."""

    RECEIVED = "received"
    SENT = "sent"


class Trace:
    """The last frames of a charger, how many there were, and how long it took to answer.

    `latency` is that of the last answer and `longest_latency` that of the slowest one,
    in seconds.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.frames: deque[tuple[datetime, Direction, str | bytes]] = deque(
            maxlen=_LENGTH
        )
        self.counts: Counter[Direction] = Counter()
        self.latency: float | None = None
        self.longest_latency = 0.0

    def note(self, direction: Direction, frame: str | bytes) -> None:
        """Keep a frame; of a very long one only its length.

        What is private could not be found in a part of it, and so not be removed.
        """
        self.counts[direction] += 1
        kept = frame if len(frame) <= _LONGEST else f"({len(frame)} characters)"
        self.frames.append((datetime.now(UTC), direction, kept))

    def answered(self, seconds: float) -> None:
        """Keep how long an answer took."""
        self.latency = seconds
        self.longest_latency = max(self.longest_latency, seconds)
