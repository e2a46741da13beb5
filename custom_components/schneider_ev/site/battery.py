"""House battery: which part of the sun's power it leaves to vehicles."""

from .readings import SiteReadings
from .settings import BatteryRule, Settings

_SPILL_W = 100.0
_SPILL_S = 30.0
"""A battery that lets more than this be exported for so long takes all that it can."""


class BatteryShare:
    """Reckons what a house battery takes from the surplus, by its rule.

    A battery that charges with less than it could would take more if a vehicle drew
    less. What it could take is learnt: it is what it charges with while the site exports
    all the same, and at least what it charges with now.
    """

    def __init__(self) -> None:
        """Start with a battery that has not charged yet."""
        self._capability = 0.0
        self._spills_since: float | None = None

    def correction(
        self, readings: SiteReadings, settings: Settings, now: float
    ) -> float:
        """Return what has to be added to the exported power, in W.

        What the battery discharges is no surplus. What it charges with is, less what it
        comes first for.
        """
        power = readings.battery
        if power is None:
            return 0.0
        self._learn(max(0.0, -power), -(readings.grid or 0.0), now)
        first = 0.0 if _cars_come_first(readings, settings) else self._capability
        return -power - first

    def _learn(self, charging: float, export: float, now: float) -> None:
        if export <= _SPILL_W:
            self._spills_since = None
        elif self._spills_since is None:
            self._spills_since = now
        if self._spills_since is not None and now >= self._spills_since + _SPILL_S:
            self._capability = charging
        else:
            self._capability = max(self._capability, charging)


def _cars_come_first(readings: SiteReadings, settings: Settings) -> bool:
    if settings.battery_rule is BatteryRule.SHARE_ABOVE:
        state_of_charge = readings.battery_state_of_charge
        return state_of_charge is not None and state_of_charge > settings.share_above
    return settings.battery_rule is BatteryRule.CAR_FIRST
