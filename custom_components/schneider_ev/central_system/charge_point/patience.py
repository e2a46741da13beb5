"""Patience: when a charger is asked, by what came of asking it before.

Some chargers boot seconds after they have dialled and hang up when they are asked
before; others answer no call at all and hang up each time.
"""

BOOT_GRACE = 5.0
"""Seconds that a new connection has to begin with a BootNotification."""

MAX_BOOT_GRACE = 20.0
"""Seconds that it has where the charger does not like to be asked before."""

MAX_FAILURES = 3
"""On how many connections in a row a charger is asked in vain, until there is a pause."""

FIRST_PAUSE = 600.0
MAX_PAUSE = 86_400.0
"""Seconds until a charger is asked again: each pause is twice as long as the last one."""


class Patience:
    """When a charger is asked: not before `grace` seconds of a connection are over.

    All times are in seconds, by a clock that never jumps.
    """

    def __init__(self) -> None:
        """Start with a charger that was never asked."""
        self.grace = BOOT_GRACE
        self._is_asked = False
        self._is_answered = False
        self._failures = 0
        self._asks_at = 0.0

    @property
    def is_tried(self) -> bool:
        """Whether it was asked in vain twice, and is not to be asked when it calls."""
        return self._failures > 1

    def connected(self, now: float) -> None:
        """Begin a new connection; whether the charger answered on the last one counts."""
        if self._is_asked and not self._is_answered:
            self._wait_longer()
            self._failures += 1
            if (pauses := self._failures - MAX_FAILURES) >= 0:
                self._asks_at = now + pause_after(pauses)
        self._is_asked = self._is_answered = False

    def booted(self) -> None:
        """Note that the charger booted; it may have been asked before."""
        if self._is_asked and not self._is_answered:
            self._wait_longer()

    def _wait_longer(self) -> None:
        self.grace = min(2 * self.grace, MAX_BOOT_GRACE)

    def asked(self) -> None:
        """Note that the charger is called."""
        self._is_asked = True

    def answered(self) -> None:
        """Note that the charger answered a call."""
        self._is_answered = True
        self._failures = 0
        self._asks_at = 0.0

    def pause(self, now: float) -> float:
        """Return for how many seconds the charger is left alone."""
        return max(self._asks_at - now, 0.0)


def pause_after(pauses: int) -> float:
    """Return how many seconds the next pause lasts after so many of them."""
    return min(FIRST_PAUSE * 2.0 ** min(pauses, 16), MAX_PAUSE)
