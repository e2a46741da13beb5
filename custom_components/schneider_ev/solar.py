"""Charging from what the sun leaves over: from the power at the grid meter to limits.

A `Site` is all that one grid meter measures. It is told what the meter shows, and it
decides on the limits of its `Load`s, the connectors that charge there:

1. What is left for cars is what flows to the grid and what the cars draw already. It
   is averaged over time: slowly while it rises, quickly while it falls. While a car
   follows a new limit, what is measured says nothing and is left out.
2. Loads are switched on in the order in which they came, each when its minimum is
   left, and off in the reverse order; both only after a delay, and off not so often
   that it wears contactors.
3. What is left beyond the minima is shared out evenly. A car that does not take what
   it is offered leaves the rest to the others.

Powers are in W, times in seconds of any clock that only goes forward; limits are in
the unit of the connector, A or W.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from math import exp, floor, inf


class ChargingMode(StrEnum):
    """What an owner lets a connector charge from."""

    FAST = "fast"
    MIN_SOLAR = "min_solar"
    SOLAR = "solar"
    OFF = "off"


class Reason(StrEnum):
    """Why a limit is what it is."""

    FAST = "fast"
    """Only the owner's own limit holds."""
    OFF = "off"
    """The owner lets nothing flow."""
    UNPLUGGED = "unplugged"
    """There is no car; this is what the next one begins with."""
    SURPLUS = "surplus"
    """The surplus allows that much."""
    MINIMUM = "minimum"
    """The surplus is below the minimum, which the grid fills up."""
    NO_SURPLUS = "no_surplus"
    """Paused, for the surplus is below the minimum."""
    WAITING = "waiting"
    """Paused still, for the surplus has not been enough for long."""
    NO_DATA = "no_data"
    """The surplus is not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How fast a site reacts, in seconds.

    Charging starts after `start_after` of enough surplus and pauses after
    `pause_after` of too little, but not before `minimum_on_time` and at most
    `pauses_per_hour` times. `ramp` is how long it takes until a car has followed a
    new limit and the charger has measured it. A car that takes less than it is offered
    for `release_after` leaves the rest to others. A surplus that was not reported for
    `stale_after` is not known any more. `rise` and `fall` are the time constants of the
    average while the surplus is above and below it. A limit rises when there is
    `margin` steps more than it needs.
    """

    start_after: float = 60.0
    pause_after: float = 180.0
    minimum_on_time: float = 300.0
    pauses_per_hour: int = 6
    ramp: float = 20.0
    release_after: float = 60.0
    stale_after: float = 120.0
    rise: float = 90.0
    fall: float = 20.0
    margin: float = 0.3


INTERVAL = 30.0
"""Seconds from one decision to the next."""

DEFAULT_SETTINGS = Settings()

_HOUR = 3600.0
_UNUSED = 2
_HEADROOM = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """A limit and why; 0 is a pause, None is no limit beyond the owner's own."""

    limit: float | None
    reason: Reason


@dataclass(kw_only=True, slots=True, eq=False)
class Load:
    """A connector that charges: what is known of it, and what was decided.

    Its owner keeps `mode` to `draw` up to date. `minimum`, `maximum` and `step` are in
    the unit of its limits, one of which is `watts_per_unit`. `pausable` says that a
    limit of 0 does not end the session; a connector that is not is never paused for
    want of sun. `reserve` is the power to leave to the house. `charging` says that
    current flows or is about to; `draw` is its measured power, None where there
    is no meter: it then counts as what the limit allows.
    """

    mode: ChargingMode
    minimum: float
    maximum: float
    watts_per_unit: float
    step: float = 1.0
    pausable: bool = True
    reserve: float = 0.0
    plugged: bool = False
    charging: bool = False
    draw: float | None = None

    decision: Decision = field(default=Decision(None, Reason.FAST), init=False)
    _changed_at: float = field(default=-inf, init=False)
    _switched_at: float = field(default=-inf, init=False)
    _contrary_since: float | None = field(default=None, init=False)
    _pauses: list[float] = field(default_factory=list, init=False)
    _appetite: float = field(default=inf, init=False)
