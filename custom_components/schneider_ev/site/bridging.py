"""Bridging: how long the grid makes up for a cloud before a pause."""

from math import inf

from .settings import Settings


class BridgingAccount:
    """The energy that the grid may still supply beyond the surplus, in Wh.

    It is spent while a connector keeps its minimum without enough surplus, and granted
    anew all the time, up to its full amount.
    """

    def __init__(self) -> None:
        """Start with the full amount."""
        self._spent = 0.0
        self._power = 0.0
        self._at = 0.0

    def draw(self, power: float, settings: Settings, now: float) -> None:
        """Spend the power, in W, from now until the next call."""
        drawn = (self._power - settings.bridging_power) * (now - self._at) / 3600
        self._spent = max(0.0, self._spent + drawn)
        self._power, self._at = power, now

    def empty_at(self, settings: Settings) -> float:
        """Return when nothing is left if the grid goes on to supply as much as now."""
        net = self._power - settings.bridging_power
        left = max(0.0, settings.bridging_energy - self._spent)
        return self._at + left / net * 3600 if net > 0 else inf
