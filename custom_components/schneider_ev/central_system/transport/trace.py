"""What went over the wire lately, and how quickly: kept for diagnostics."""

from collections import Counter, deque
from datetime import UTC, datetime
from enum import StrEnum

_LENGTH = 100
_LONGEST = 10_000


class Way(StrEnum):
    """Which way a frame went."""

    RECEIVED = "received"
    SENT = "sent"


class Trace:
    """The last frames of a charger, how many there were, and how long it took to answer.

    `latency` is that of the last answer and `longest_latency` that of the slowest one,
    in seconds.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.frames: deque[tuple[datetime, Way, str | bytes]] = deque(maxlen=_LENGTH)
        self.counts: Counter[Way] = Counter()
        self.latency: float | None = None
        self.longest_latency = 0.0

    def note(self, way: Way, frame: str | bytes) -> None:
        """Keep a frame; of a very long one only how long it was.

        In a part of it nobody would find what is private any more.
        """
        self.counts[way] += 1
        kept = frame if len(frame) <= _LONGEST else f"({len(frame)} characters)"
        self.frames.append((datetime.now(UTC), way, kept))

    def answered(self, seconds: float) -> None:
        """Keep how long an answer took."""
        self.latency = seconds
        self.longest_latency = max(self.longest_latency, seconds)
