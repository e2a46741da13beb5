"""Settings of a site: what its owner can choose, and the limits to wear."""

from dataclasses import dataclass
from enum import StrEnum


class BatteryRule(StrEnum):
    """Who comes first where a house battery and vehicles want the sun's power."""

    BATTERY_FIRST = "battery_first"
    """Vehicles get what the battery leaves."""
    CAR_FIRST = "car_first"
    """Vehicles get what the battery charges with, too."""
    SHARE_ABOVE = "share_above"
    """The battery comes first up to a state of charge, the vehicles above it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The parameters of a site's regulation; times are in seconds, powers in W.

    A connector is switched on after `start_after` of sufficient surplus; within half an
    hour of a pause, that is `cloudy_start` times its minimum. It is switched off after
    `pause_after` of insufficient surplus, or earlier: once the grid has supplied
    `bridging_energy` (Wh) beyond `bridging_power`. It stays on for at least
    `minimum_on_time` and is paused at most `pauses_per_hour` times.

    A limit is raised by what the surplus has been all through `raise_after`, and only if
    that exceeds the new limit by `margin` of a step. A raise by less than a part of
    `large_raise` waits until the limit has held for `settle_after`. A lack up to
    `tolerance` lowers a limit only after `raise_after`. `ramp` is the time until a
    vehicle has adapted to a new limit and its charger has measured that. What a vehicle
    does not use of a limit after `release_after` goes to the others. Without a reading
    for `stale_after`, the surplus is unknown. A meter that stands still is dead if the
    vehicles draw more or less by `noticeable`.

    `share_above` is the state of charge in % of the battery's rule of that name. At
    `export_limit` the site curtails its panels; None if it does not. Below a price of
    `cheap_below` for a kWh, smart charging takes power from the grid; None if never.
    """

    start_after: float = 20.0
    cloudy_start: float = 1.3
    pause_after: float = 180.0
    bridging_energy: float = 1.0
    bridging_power: float = 2400.0
    minimum_on_time: float = 300.0
    pauses_per_hour: int = 6
    margin: float = 0.25
    raise_after: float = 30.0
    large_raise: float = 0.4
    settle_after: float = 300.0
    tolerance: float = 300.0
    ramp: float = 35.0
    release_after: float = 60.0
    stale_after: float = 120.0
    noticeable: float = 500.0
    battery_rule: BatteryRule = BatteryRule.BATTERY_FIRST
    share_above: float = 80.0
    export_limit: float | None = None
    cheap_below: float | None = None


DEFAULT_SETTINGS = Settings()
