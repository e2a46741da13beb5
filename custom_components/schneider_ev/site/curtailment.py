"""Curtailment: panels that could supply more than the site may export."""

from math import inf

from .readings import SiteReadings
from .settings import Settings

_TOLERANCE_W = 100.0
_STANDS_AFTER_S = 30.0
_RETRY_AFTER_S = 600.0


class Curtailment:
    """Finds surplus that the grid meter cannot show.

    A site that curtails its panels exports just its limit, whatever the sun. Only a
    vehicle that draws a step more shows whether there is more. After a try that the
    grid had to pay for, the next one waits.
    """

    def __init__(self) -> None:
        """Start with panels that are not curtailed."""
        self._hidden = 0.0
        self._stands_since: float | None = None
        self._tried_at: float | None = None
        self._retry_at = -inf

    def observe(self, readings: SiteReadings, settings: Settings, now: float) -> bool:
        """Compare the export with its limit; return whether a try has been judged."""
        export = -(readings.grid or 0.0)
        if not _stands_at_limit(readings, export, settings):
            self._stands_since = None
        elif self._stands_since is None:
            self._stands_since = now
        if self._tried_at is None or now < self._tried_at + settings.ramp:
            return False
        if export < -_TOLERANCE_W:
            self._retry_at = now + _RETRY_AFTER_S
        self._tried_at = None
        return True

    def hidden(self, missing: float, now: float) -> float:
        """Return the surplus to try beyond what the meter shows, in W.

        `missing` is what the next step of a vehicle lacks. A try goes on until judged.
        """
        if self._tried_at is None:
            is_due = self._stands_since is not None and now >= max(
                self._stands_since + _STANDS_AFTER_S, self._retry_at
            )
            self._hidden = max(0.0, missing) if is_due and missing < inf else 0.0
        return self._hidden

    def offered(self, *, more: bool, now: float) -> None:
        """Note whether vehicles are offered more than before: then a try begins."""
        if more and self._hidden and self._tried_at is None:
            self._tried_at = now


def _stands_at_limit(readings: SiteReadings, export: float, settings: Settings) -> bool:
    limit = settings.export_limit
    if readings.export_price is not None and readings.export_price < 0:
        limit = 0.0
    if limit is None or abs(export - limit) > _TOLERANCE_W:
        return False
    shines = limit > _TOLERANCE_W or (readings.solar or 0.0) > _TOLERANCE_W
    return shines and abs(readings.battery or 0.0) <= _TOLERANCE_W
