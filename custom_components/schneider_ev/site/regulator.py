"""Charging from what the sun leaves over: from the power at a grid meter to limits.

A `Site` is what stands behind one grid meter. It is told what the meter shows, and
decides on the connectors that charge there, each of which has a `Regulator`:

1. What there is for cars is what flows to the grid and what the cars draw already. It
   is averaged from one decision to the next; a loss counts at once. While a car follows
   a new limit, what is measured says nothing and is left out.
2. A connector is switched on when its minimum is there, and off when it is not, both
   after a delay. Contactors wear: one that is on stays on for a while, and there are
   only so many pauses in an hour. Who came first gets the minimum first.
3. What is there beyond the minima is shared out evenly. A car that does not take what
   it is offered leaves the rest to the others.

Powers are in W, limits in the unit of the connector, A or W. Times are in seconds, of
any clock that only goes forward.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import floor, inf

from ..central_system.charging import ChargingMode

INTERVAL = 30.0
"""Seconds from one decision to the next."""

_HOUR = 3600.0
_SPARE_STEPS = 3
_SPARE_SHARE = 0.25
_PUNCTUALITY = 1.0


class Reason(StrEnum):
    """Why a limit is what it is."""

    FAST = "fast"
    """Only the owner's own limit holds."""
    OFF = "off"
    """The owner lets nothing flow."""
    UNPLUGGED = "unplugged"
    """There is no car; the next one begins with this."""
    SURPLUS = "surplus"
    """The surplus is enough for it."""
    MINIMUM = "minimum"
    """The surplus is less than the minimum, and the grid makes up for it."""
    WAITING = "waiting"
    """Paused: the surplus is enough, but has not been for long."""
    NO_SURPLUS = "no_surplus"
    """Paused: the surplus is less than the minimum."""
    NO_DATA = "no_data"
    """The surplus is not known: paused or at the minimum."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """How quickly a site reacts.

    A connector is switched on after `start_after` seconds of enough surplus, and off
    after `pause_after` of too little, but not before `minimum_on_time` and at most
    `pauses_per_hour` times. A limit rises where the surplus is `margin` of a step
    larger than that takes. `ramp` is the time in which a car follows a new limit and
    its charger has measured it; a car that has not followed after `release_after`
    leaves the rest to the others. After `stale_after` without news the surplus is not
    known.
    """

    start_after: float = 60.0
    pause_after: float = 180.0
    minimum_on_time: float = 300.0
    pauses_per_hour: int = 6
    margin: float = 0.5
    ramp: float = 20.0
    release_after: float = 60.0
    stale_after: float = 120.0


DEFAULT_SETTINGS = Settings()


@dataclass(frozen=True, slots=True)
class Decision:
    """A limit and why: 0 is a pause, None is no limit but the owner's own."""

    limit: float | None
    reason: Reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """What is known of a connector now.

    `minimum`, `maximum` and `step` are in the unit of its limits, one of which is
    `watts_per_unit`. Where it is not `pausable`, a limit of 0 would end the session, and
    the minimum stands in for a pause. `reserve` is the surplus to leave to the house.
    `charging` says that a car draws current, and `draw` how much power that is, None
    where it is not measured: then it counts as all that the limit allows.
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
        """The least power to charge with."""
        return self.minimum * self.watts_per_unit

    @property
    def keeps_minimum(self) -> bool:
        """Whether it does not pause when there is no surplus."""
        return self.mode is ChargingMode.MIN_SOLAR or not self.pausable

    @property
    def given(self) -> Decision | None:
        """What is decided whatever the surplus is, None where that depends on it."""
        if self.mode is ChargingMode.FAST:
            return Decision(None, Reason.FAST)
        if self.mode is ChargingMode.OFF or self.maximum < self.minimum:
            return Decision(0.0, Reason.OFF)
        if not self.plugged:
            limit = self.minimum if self.keeps_minimum else 0.0
            return Decision(limit, Reason.UNPLUGGED)
        return None


class Regulator:
    """Decides on one connector; `load` is what is known of it, to be kept up to date."""

    def __init__(self, load: Load) -> None:
        """Start with nothing decided."""
        self.load = load
        self.decision = Decision(None, Reason.FAST)
        self.changed_at = -inf
        self.switched_at = -inf
        self._contrary_since: float | None = None
        self._pauses: list[float] = []
        self._appetite = inf

    @property
    def power(self) -> float:
        """The power that the car draws."""
        load, limit = self.load, self.decision.limit
        if load.draw is not None:
            return load.draw
        if not load.charging:
            return 0.0
        return load.watts_per_unit * (load.maximum if limit is None else limit)

    @property
    def is_on(self) -> bool:
        """Whether the car may charge; where nothing was said of it yet, whether it does."""
        limit = self.decision.limit
        if limit is None or self.decision.reason is Reason.UNPLUGGED:
            return self.load.charging
        return limit > 0

    @property
    def is_idle(self) -> bool:
        """Whether the car leaves even the minimum."""
        return self._appetite < self.load.minimum

    @property
    def most(self) -> float:
        """The largest limit that is of use."""
        return min(self.load.maximum, self._appetite)

    @property
    def room(self) -> float:
        """The power of use beyond the minimum."""
        return max(0.0, self.most - self.load.minimum) * self.load.watts_per_unit

    def learn(self, now: float, settings: Settings) -> None:
        """See what the car takes of its limit, once it had the time to.

        One that leaves much will be offered a little more than it takes; when it takes
        of that as well, it wants more after all.
        """
        load, limit = self.load, self.decision.limit
        if load.draw is None or not limit:
            return
        if now < self.changed_at + settings.release_after:
            return
        taken = load.draw / load.watts_per_unit
        if limit - taken > self._spare(limit):
            steps = floor((taken + self._spare(taken)) / load.step)
            self._appetite = load.step * steps
        elif self._appetite - taken < self._spare(taken) / 2:
            self._appetite = inf

    def _spare(self, limit: float) -> float:
        return max(_SPARE_STEPS * self.load.step, _SPARE_SHARE * limit)

    def switch(
        self, now: float, settings: Settings, *, enough: bool, lost: bool
    ) -> bool:
        """Return whether to be on from now.

        `enough` says that there is surplus for the minimum, `lost` that nobody knows.
        """
        if self.load.keeps_minimum:
            is_on = True
        elif enough is self.is_on or self._may_switch(now, settings, lost=lost):
            is_on = enough
        else:
            return self.is_on
        self._contrary_since = None
        if self.is_on and not is_on:
            self._pauses.append(now)
        return is_on

    def _may_switch(self, now: float, settings: Settings, *, lost: bool) -> bool:
        if self._contrary_since is None:
            self._contrary_since = now
        lasted = now - self._contrary_since + _PUNCTUALITY
        if not self.is_on:
            return lasted >= settings.start_after
        self._pauses = [at for at in self._pauses if at > now - _HOUR]
        return (
            (lost or lasted >= settings.pause_after)
            and now >= self.switched_at + settings.minimum_on_time
            and len(self._pauses) < settings.pauses_per_hour
        )

    def limit_for(self, power: float, settings: Settings) -> float:
        """Return the limit that a power is enough for, the present one if it is near."""
        load, present = self.load, self.decision.limit
        steps = power / load.watts_per_unit / load.step
        limit = load.step * floor(steps)
        if present is not None and limit > present:
            limit = max(present, load.step * floor(steps - settings.margin))
        return max(load.minimum, min(limit, self.most))

    def set(self, limit: float | None, reason: Reason, now: float) -> None:
        """Decide on a limit."""
        before = self.decision.limit
        self.decision = Decision(limit, reason)
        if limit != before:
            self.changed_at = now
        if (limit == 0) is not (before == 0):
            self.switched_at = now

    def obey(self, given: Decision, now: float) -> None:
        """Do what is given whatever the surplus is; the next car begins anew."""
        self.set(given.limit, given.reason, now)
        self._contrary_since = None
        if not self.load.plugged:
            self.switched_at = now
            self._appetite = inf


class _Level:
    """A power that is sampled, and read from time to time.

    It reads as its average since it was read before, or as its last sample where that
    is lower.
    """

    def __init__(self) -> None:
        self._reading: float | None = None
        self._last = inf
        self._held: float | None = None
        self._at = -inf
        self._energy = 0.0
        self._seconds = 0.0

    def hold(self, sample: float | None, now: float) -> None:
        """Have it at a sample until the next one; None leaves the time until then out."""
        if self._held is not None:
            self._energy += self._held * (now - self._at)
            self._seconds += now - self._at
        self._held, self._at = sample, now
        if sample is not None:
            self._last = sample
        if self._reading is None:
            self._reading = sample

    def read(self, now: float) -> float | None:
        """Return what it is, None before the first sample."""
        self.hold(self._held, now)
        if self._seconds:
            self._reading = min(self._last, self._energy / self._seconds)
            self._energy = self._seconds = 0.0
        return self._reading


class Site:
    """What stands behind one grid meter: its `regulators` share the surplus."""

    def __init__(self, settings: Settings = DEFAULT_SETTINGS) -> None:
        """Start with nothing known."""
        self.settings = settings
        self.regulators: list[Regulator] = []
        self._level = _Level()
        self._heard_at: float | None = None

    def observe(self, export: float, now: float) -> None:
        """Take over the power that flows to the grid; what is drawn is negative.

        What the cars draw is added to it, so each `load` has to be of the same moment.
        """
        if self._is_lost(now):
            self._level = _Level()
        self._heard_at = now
        changed_at = max((each.changed_at for each in self.regulators), default=-inf)
        if now >= changed_at + self.settings.ramp:
            drawn = sum(each.power for each in self.regulators)
            self._level.hold(export + drawn, now)

    def decide(self, now: float) -> None:
        """Decide on every connector: each `INTERVAL`, and when an owner chose anew."""
        if self._heard_at is None:
            self._heard_at = now
        before = [each.decision.limit for each in self.regulators]
        following = []
        for each in self.regulators:
            each.learn(now, self.settings)
            if (given := each.load.given) is None:
                following.append(each)
            else:
                each.obey(given, now)
        self._share_out(self._surplus(following, now), following, now)
        if before != [each.decision.limit for each in self.regulators]:
            self._level.hold(None, now)

    def _is_lost(self, now: float) -> bool:
        return (
            self._heard_at is not None
            and now > self._heard_at + self.settings.stale_after
        )

    def _surplus(self, following: Iterable[Regulator], now: float) -> float | None:
        """Return what there is for those who follow the surplus, if that is known."""
        level = self._level.read(now)
        if level is None or self._is_lost(now):
            return None
        fast = (each for each in self.regulators if each.load.mode is ChargingMode.FAST)
        reserve = max((each.load.reserve for each in following), default=0.0)
        return level - sum(each.power for each in fast) - reserve

    def _share_out(
        self, surplus: float | None, following: Iterable[Regulator], now: float
    ) -> None:
        """Give those who are on their minimum, and an even share of the rest."""
        left = -inf if surplus is None else surplus
        on: list[tuple[Regulator, Reason]] = []
        for each in sorted(following, key=_precedence):
            enough = left >= each.load.minimum_power
            is_on = each.switch(
                now, self.settings, enough=enough, lost=self._is_lost(now)
            )
            reason = Reason.NO_DATA if surplus is None else _REASONS[is_on, enough]
            if not is_on:
                each.set(0.0, reason, now)
                continue
            on.append((each, reason))
            if not each.is_idle:
                left -= each.load.minimum_power
        on.sort(key=lambda item: item[0].room)
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
    """Put first whose minimum is spent anyway, then who came first."""
    return (
        not regulator.load.keeps_minimum,
        not regulator.is_on,
        regulator.switched_at,
    )
