"""Solar charging: turns the power at a grid meter into limits of connectors.

A `Site` is everything behind one grid meter. It receives the meter's readings and
decides on the limits of its connectors, each of which has a `Regulator`:

1. The surplus is the power exported to the grid plus the power that the vehicles draw.
   It is averaged between two decisions; a drop counts at once. Readings are ignored
   while a vehicle adapts to a new limit.
2. A connector is switched on when the surplus covers its minimum, and off when it does
   not, both after a delay. To spare contactors, it stays on for a minimum time and is
   paused only so often in an hour. Minima go first to connectors that are on, then to
   those that have waited longest.
3. The surplus beyond the minima is shared evenly. What a vehicle does not use of its
   share goes to the others.

Powers are in W, limits in the unit of the connector, A or W. Times (`now`, `…_at`,
`…_since`) are in seconds of a monotonic clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import floor, inf

from ..central_system.charging import ChargingMode

INTERVAL = 30.0
"""Seconds between two decisions."""

_HOUR_S = 3600.0
_TICK_TOLERANCE_S = 1.0  # a decision may come a little early
_UNUSED_STEPS = 3
_UNUSED_SHARE = 0.25
"""A vehicle that leaves more than these of its limit unused does not get it back."""


class Reason(StrEnum):
    """The reason for a decision."""

    FAST = "fast"
    """The mode is fast: only the owner's limit applies."""
    OFF = "off"
    """The mode is off, or the maximum is below the minimum: no current."""
    UNPLUGGED = "unplugged"
    """No vehicle is plugged in; the limit is for the next one."""
    SURPLUS = "surplus"
    """The surplus covers the minimum."""
    MINIMUM = "minimum"
    """The surplus does not cover the minimum; the grid supplies the rest."""
    WAITING = "waiting"
    """Paused: the surplus covers the minimum, but not yet long enough."""
    NO_SURPLUS = "no_surplus"
    """Paused: the surplus does not cover the minimum."""
    NO_DATA = "no_data"
    """The surplus is unknown: paused, or at the minimum."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The parameters of a site's regulation; times are in seconds.

    A connector is switched on after `start_after` of sufficient surplus, and off after
    `pause_after` of insufficient surplus; it stays on for at least `minimum_on_time`
    and is paused at most `pauses_per_hour` times. A limit is raised only if the surplus
    exceeds the new limit by `margin` of a step. `ramp` is the time until a vehicle has
    adapted to a new limit and its charger has measured that. What a vehicle does not
    use of a limit after `release_after` goes to the others. Without a reading for
    `stale_after`, the surplus is unknown. A meter that stands still is dead if the
    vehicles draw more or less by `noticeable`, in W.
    """

    start_after: float = 60.0
    pause_after: float = 180.0
    minimum_on_time: float = 300.0
    pauses_per_hour: int = 6
    margin: float = 0.5
    ramp: float = 20.0
    release_after: float = 60.0
    stale_after: float = 120.0
    noticeable: float = 500.0


DEFAULT_SETTINGS = Settings()


@dataclass(frozen=True, slots=True)
class Decision:
    """A limit and its reason: 0 is a pause, None leaves only the owner's limit."""

    limit: float | None
    reason: Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """The present state and the bounds of a connector.

    `minimum`, `maximum` and `step` are in the unit of its limits; `watts_per_unit` is
    the power of one unit. If it is not `pausable`, a limit of 0 would end the session,
    so the minimum is used instead of a pause. `reserve` is the part of the surplus that
    is left to the house, in W. `charging` says that a vehicle draws current, `draw` is
    its power in W; if that is None (not measured), it is assumed to use its limit.
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

    @property
    def minimum_power(self) -> float:
        """The power at the minimum, in W."""
        return self.minimum * self.watts_per_unit

    @property
    def keeps_minimum(self) -> bool:
        """Whether it continues at the minimum without surplus, instead of pausing."""
        return self.mode is ChargingMode.MIN_SOLAR or not self.pausable

    @property
    def fixed_decision(self) -> Decision | None:
        """The decision if it does not depend on the surplus, else None."""
        if self.mode is ChargingMode.FAST:
            return Decision(None, Reason.FAST)
        if self.mode is ChargingMode.OFF or self.maximum < self.minimum:
            return Decision(0.0, Reason.OFF)
        if not self.plugged:
            limit = self.minimum if self.keeps_minimum else 0.0
            return Decision(limit, Reason.UNPLUGGED)
        return None


class Regulator:
    """Regulates one connector by its `load`, which has to be kept up to date."""

    def __init__(self, load: Load) -> None:
        """Start without a limit."""
        self.load = load
        self.decision = Decision(None, Reason.FAST)
        self.changed_at = -inf
        self.switched_at = -inf
        self._switch_due_since: float | None = None
        self._paused_at: list[float] = []
        self._usable_limit = inf

    def observe(self, load: Load) -> None:
        """Take over what is known of the connector now."""
        self.load = load

    @property
    def power(self) -> float:
        """The power that the vehicle draws, in W; assumed if it is not measured."""
        load, limit = self.load, self.decision.limit
        if load.draw is not None:
            return load.draw
        if not load.charging:
            return 0.0
        return load.watts_per_unit * (load.maximum if limit is None else limit)

    @property
    def is_on(self) -> bool:
        """Whether the vehicle may charge; without a decision yet, whether it charges."""
        limit = self.decision.limit
        if limit is None or self.decision.reason is Reason.UNPLUGGED:
            return self.load.charging
        return limit > 0

    @property
    def is_idle(self) -> bool:
        """Whether the vehicle does not even use the minimum."""
        return self._usable_limit < self.load.minimum

    @property
    def useful_maximum(self) -> float:
        """The largest limit that the vehicle can use."""
        return min(self.load.maximum, self._usable_limit)

    @property
    def usable_power(self) -> float:
        """The power beyond the minimum that the vehicle can use, in W."""
        return (
            max(0.0, self.useful_maximum - self.load.minimum) * self.load.watts_per_unit
        )

    def update_usable_limit(self, now: float, settings: Settings) -> None:
        """Estimate the limit that the vehicle can use, once it has adapted to one.

        A vehicle that leaves much of its limit unused is offered a little more than it
        draws. If it then draws more, it is offered its share again.
        """
        load, limit = self.load, self.decision.limit
        if load.draw is None or not limit:
            return
        if now < self.changed_at + settings.release_after:
            return
        taken = load.draw / load.watts_per_unit
        if limit - taken > self._max_unused(limit):
            steps = floor((taken + self._max_unused(taken)) / load.step)
            self._usable_limit = load.step * steps
        elif self._usable_limit - taken < self._max_unused(taken) / 2:
            self._usable_limit = inf

    def _max_unused(self, limit: float) -> float:
        return max(_UNUSED_STEPS * self.load.step, _UNUSED_SHARE * limit)

    def switch(
        self, now: float, settings: Settings, *, enough: bool, lost: bool
    ) -> bool:
        """Return whether the connector is on from now.

        `enough` says that the surplus covers the minimum, `lost` that it is unknown.
        """
        if self.load.keeps_minimum:
            is_on = True
        elif enough is self.is_on or self._may_switch(now, settings, lost=lost):
            is_on = enough
        else:
            return self.is_on
        self._switch_due_since = None
        if self.is_on and not is_on:
            self._paused_at.append(now)
        return is_on

    def _may_switch(self, now: float, settings: Settings, *, lost: bool) -> bool:
        if self._switch_due_since is None:
            self._switch_due_since = now
        lasted = now - self._switch_due_since + _TICK_TOLERANCE_S
        if not self.is_on:
            return lasted >= settings.start_after
        self._paused_at = [at for at in self._paused_at if at > now - _HOUR_S]
        return (
            (lost or lasted >= settings.pause_after)
            and now >= self.switched_at + settings.minimum_on_time
            and len(self._paused_at) < settings.pauses_per_hour
        )

    def limit_for(self, power: float, settings: Settings) -> float:
        """Return the largest limit for a power; not raised within the margin."""
        load, present = self.load, self.decision.limit
        steps = power / load.watts_per_unit / load.step
        limit = load.step * floor(steps)
        if present is not None and limit > present:
            limit = max(present, load.step * floor(steps - settings.margin))
        return max(load.minimum, min(limit, self.useful_maximum))

    def set(self, limit: float | None, reason: Reason, now: float) -> None:
        """Store a decision."""
        before = self.decision.limit
        self.decision = Decision(limit, reason)
        if limit != before:
            self.changed_at = now
        if (limit == 0) is not (before == 0):
            self.switched_at = now

    def set_fixed(self, fixed: Decision, now: float) -> None:
        """Store a decision that does not depend on the surplus; reset if unplugged."""
        self.set(fixed.limit, fixed.reason, now)
        self._switch_due_since = None
        if not self.load.plugged:
            self.switched_at = now
            self._usable_limit = inf


class _SurplusAverage:
    """The time-weighted average of a sampled power, in W.

    A reading is the average since the last reading, or the last sample if that is
    lower.
    """

    def __init__(self) -> None:
        self._reading: float | None = None
        self._last = inf
        self._current: float | None = None
        self._at = -inf
        self._energy = 0.0
        self._seconds = 0.0

    def add(self, sample: float | None, now: float) -> None:
        """Add a sample, which holds until the next one; None skips the time until then."""
        if self._current is not None:
            self._energy += self._current * (now - self._at)
            self._seconds += now - self._at
        self._current, self._at = sample, now
        if sample is not None:
            self._last = sample
        if self._reading is None:
            self._reading = sample

    def read(self, now: float) -> float | None:
        """Return the average, None before the first sample."""
        self.add(self._current, now)
        if self._seconds:
            self._reading = min(self._last, self._energy / self._seconds)
            self._energy = self._seconds = 0.0
        return self._reading


class Site:
    """Everything behind one grid meter: its `regulators` share the surplus."""

    def __init__(self, settings: Settings = DEFAULT_SETTINGS) -> None:
        """Start without readings."""
        self.settings = settings
        self.regulators: list[Regulator] = []
        self._average = _SurplusAverage()
        self._observed_at: float | None = None
        self._drawn: float | None = None

    def configure(self, settings: Settings, regulators: list[Regulator]) -> None:
        """Replace the settings, and the regulators that share the surplus."""
        self.settings = settings
        self.regulators = regulators

    def observe(self, export: float, now: float) -> None:
        """Add a reading of the grid meter: the exported power in W, negative for import.

        The power that the vehicles draw is added, so each `load` has to be current.
        """
        self._drawn = self._draw
        self._add(export, now)

    def confirm(self, export: float, now: float) -> None:
        """Add the reading of a meter that is there, but has reported nothing since.

        It counts as long as the vehicles draw what they drew at its last report: the
        meter would have moved with them. One that did not is dead until it reports.
        """
        if self._drawn is None:
            self.observe(export, now)
        elif abs(
            self._draw - self._drawn
        ) <= self.settings.noticeable and not self._is_stale(now):
            self._add(export, now)

    @property
    def _draw(self) -> float:
        """The power that the vehicles draw, in W."""
        return sum(each.power for each in self.regulators)

    def _add(self, export: float, now: float) -> None:
        """Add a reading to the average, unless a vehicle adapts to a new limit."""
        if self._is_stale(now):
            self._average = _SurplusAverage()
        self._observed_at = now
        changed_at = max((each.changed_at for each in self.regulators), default=-inf)
        if now >= changed_at + self.settings.ramp:
            self._average.add(export + self._draw, now)

    def decide(self, now: float) -> None:
        """Decide on every connector; call it each `INTERVAL` and when a mode changes."""
        if self._observed_at is None:
            self._observed_at = now
        before = [each.decision.limit for each in self.regulators]
        following = []
        for each in self.regulators:
            each.update_usable_limit(now, self.settings)
            if (fixed := each.load.fixed_decision) is None:
                following.append(each)
            else:
                each.set_fixed(fixed, now)
        self._share_out(self._surplus(following, now), following, now)
        if before != [each.decision.limit for each in self.regulators]:
            self._average.add(None, now)

    def _is_stale(self, now: float) -> bool:
        return (
            self._observed_at is not None
            and now > self._observed_at + self.settings.stale_after
        )

    def _surplus(self, following: Iterable[Regulator], now: float) -> float | None:
        """Return the surplus for the connectors that follow it, None if unknown."""
        surplus = self._average.read(now)
        if surplus is None or self._is_stale(now):
            return None
        fast = (each for each in self.regulators if each.load.mode is ChargingMode.FAST)
        reserve = max((each.load.reserve for each in following), default=0.0)
        return surplus - sum(each.power for each in fast) - reserve

    def _share_out(
        self, surplus: float | None, following: Iterable[Regulator], now: float
    ) -> None:
        """Assign the minimum to connectors that are on, and share the rest evenly."""
        left = -inf if surplus is None else surplus
        on: list[tuple[Regulator, Reason]] = []
        for each in sorted(following, key=_precedence):
            enough = left >= each.load.minimum_power
            is_on = each.switch(
                now, self.settings, enough=enough, lost=self._is_stale(now)
            )
            reason = Reason.NO_DATA if surplus is None else _REASONS[is_on, enough]
            if not is_on:
                each.set(0.0, reason, now)
                continue
            on.append((each, reason))
            if not each.is_idle:
                left -= each.load.minimum_power
        on.sort(key=lambda item: item[0].usable_power)
        for index, (each, reason) in enumerate(on):
            load = each.load
            share = max(0.0, left) / (len(on) - index)
            limit = each.limit_for(load.minimum_power + share, self.settings)
            left -= (limit - load.minimum) * load.watts_per_unit
            each.set(limit, reason, now)


_REASONS = {
    (True, True): Reason.SURPLUS,
    (True, False): Reason.MINIMUM,
    (False, True): Reason.WAITING,
    (False, False): Reason.NO_SURPLUS,
}


def _precedence(regulator: Regulator) -> tuple[bool, bool, float]:
    """Sort key: connectors that keep their minimum, those that are on, the oldest switch."""
    return (
        not regulator.load.keeps_minimum,
        not regulator.is_on,
        regulator.switched_at,
    )
