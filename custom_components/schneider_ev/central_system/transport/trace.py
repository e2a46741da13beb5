"""Trace for diagnostics: the last frames of a connection and its response times."""

from collections import Counter, deque
from datetime import UTC, datetime
from enum import StrEnum

_MAX_FRAMES = 100
_MAX_FRAME_LENGTH = 10_000


class Direction(StrEnum):
    """The direction of a frame, as the central system sees it."""

    RECEIVED = "received"
    SENT = "sent"


class Trace:
    """The last frames of a connection, the number of frames, and response times.

    `latency` is the response time of the last call, `longest_latency` that of the
    slowest one, in seconds.
    """

    def __init__(self) -> None:
        """Start without frames."""
        self.frames: deque[tuple[datetime, Direction, str | bytes]] = deque(
            maxlen=_MAX_FRAMES
        )
        self.counts: Counter[Direction] = Counter()
        self.latency: float | None = None
        self.longest_latency = 0.0

    def note(self, direction: Direction, frame: str | bytes) -> None:
        """Record a frame; only the length of a very long one.

        Private data in a part of a frame could not be found, and so not be removed.
        """
        self.counts[direction] += 1
        kept = (
            frame if len(frame) <= _MAX_FRAME_LENGTH else f"({len(frame)} characters)"
        )
        self.frames.append((datetime.now(UTC), direction, kept))

    def answered(self, seconds: float) -> None:
        """Record the response time of a call."""
        self.latency = seconds
        self.longest_latency = max(self.longest_latency, seconds)
