"""Regulator of a connector: switches it with the surplus, and finds its limit.

Powers are in W, limits in the unit of the connector, A or W. Times (`now`, `…_at`,
`…_since`) are in seconds of a monotonic clock.
"""

from math import floor, inf

from .bridging import BridgingAccount
from .load import Decision, Load, Reason
from .settings import Settings

_HOUR_S = 3600.0
_CLOUDY_S = 1800.0  # after a pause; then the next start needs no more than usual
_TICK_TOLERANCE_S = 1.0  # a decision may come a little early
_SETTLED_SHARE = 0.9
"""A surplus that was below this share of what it is still rises."""
_FALL_SHARE = 0.9
"""A limit that falls below this share of itself falls with a cloud."""
_UNUSED_STEPS = 3
_UNUSED_SHARE = 0.25
"""A vehicle that leaves more than these of its limit unused does not get it back."""


class Regulator:
    """Regulates one connector by its `load`, which has to be kept up to date."""

    def __init__(self, load: Load) -> None:
        """Start without a limit."""
        self.load = load
        self.decision = Decision(None, Reason.FAST)
        self.changed_at = -inf
        self.switched_at = -inf
        self.switches_at: float | None = None
        self._switch_due_since: float | None = None
        self._paused_at: list[float] = []
        self._short_since: float | None = None
        self._account = BridgingAccount()
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

    def most_power(self, now: float, settings: Settings) -> float:
        """Return what the vehicle draws at most while it adapts to a limit, in W."""
        limit = self.decision.limit
        if not limit or not self.is_adapting(now, settings):
            return self.power
        return max(self.power, limit * self.load.watts_per_unit)

    def is_adapting(self, now: float, settings: Settings) -> bool:
        """Tell whether the vehicle still adapts to its limit."""
        return now < self.changed_at + settings.ramp

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

    def needed_power(self, now: float, settings: Settings) -> float:
        """Return the surplus that it needs to be on, in W.

        After a pause it takes more for a while, for clouds pass.
        """
        minimum = self.load.minimum_power
        paused_at = self._paused_at[-1] if self._paused_at else -inf
        if self.is_on or self.load.keeps_minimum or now >= paused_at + _CLOUDY_S:
            return minimum
        return minimum * settings.cloudy_start

    def switch(
        self, now: float, settings: Settings, *, available: float | None, lost: bool
    ) -> bool:
        """Return whether the connector is on from now.

        `available` is the surplus that it may have, None if that is not known; `lost`
        says that nothing is known any longer.
        """
        minimum = self.load.minimum_power
        enough = available is not None and available >= self.needed_power(now, settings)
        is_bridged = self.is_on and not self.load.keeps_minimum
        lack = 0.0 if available is None else max(0.0, minimum - available)
        self._account.draw(lack if is_bridged else 0.0, settings, now)
        self.switches_at = None
        if self.load.keeps_minimum:
            is_on = True
        elif enough is self.is_on:
            is_on = enough
        else:
            if self._switch_due_since is None:
                self._switch_due_since = now
            self.switches_at = self._switch_due_at(settings, lost=lost)
            if now < self.switches_at:
                return self.is_on
            is_on = enough
        self._switch_due_since = self.switches_at = None
        if self.is_on and not is_on:
            self._paused_at.append(now)
        return is_on

    def _switch_due_at(self, settings: Settings, *, lost: bool) -> float:
        since = self._switch_due_since or 0.0
        if not self.is_on:
            return since + settings.start_after - _TICK_TOLERANCE_S
        bridged_until = min(
            since + settings.pause_after - _TICK_TOLERANCE_S,
            self._account.empty_at(settings),
        )
        last = self._paused_at[-settings.pauses_per_hour :]
        is_worn = len(last) == settings.pauses_per_hour
        return max(
            since if lost else bridged_until,
            self.switched_at + settings.minimum_on_time,
            last[0] + _HOUR_S if is_worn else -inf,
        )

    def limit_for(
        self,
        power: float,
        present: float,
        clouded: float,
        settings: Settings,
        now: float,
    ) -> float:
        """Return the limit for the power there has been of late, and is at present.

        `clouded` is what the last clouds have left: another one leaves no more.

        It falls at once where much is missing, and rises once that is worth it.
        """
        before, most = self.decision.limit, self.useful_maximum
        limit = self._steps(power)
        if before is not None and limit > before:
            limit = max(before, self._steps(power, settings.margin))
            is_large = limit >= min(most, before * (1 + settings.large_raise))
            wait = settings.raise_after if is_large else settings.settle_after
            rises = power < _SETTLED_SHARE * present
            if before and (rises or now < self.changed_at + wait):
                limit = before
        lack = (before or 0.0) * self.load.watts_per_unit - present
        if not before or lack <= 0 or limit >= before:
            self._short_since = None
        else:
            if self._short_since is None:
                self._short_since = now
            is_short = now < self._short_since + settings.raise_after
            if lack <= settings.tolerance and is_short:
                limit = before
            elif lack > settings.tolerance and limit < before * _FALL_SHARE:
                limit = min(limit, self._steps(clouded))
        return max(self.load.minimum, min(limit, most))

    def _steps(self, power: float, margin: float = 0.0) -> float:
        step = self.load.step
        return step * floor(power / self.load.watts_per_unit / step - margin)

    @property
    def next_step_power(self) -> float:
        """The power that would make its next limit possible, in W; inf if there is none."""
        load, limit = self.load, self.decision.limit
        if limit is None or limit >= self.useful_maximum:
            return inf
        return load.step * load.watts_per_unit if limit else load.minimum_power

    @property
    def offered_power(self) -> float:
        """The power that its limit allows, in W."""
        return (self.decision.limit or 0.0) * self.load.watts_per_unit

    def set(self, decision: Decision, now: float) -> None:
        """Store a decision."""
        before, limit = self.decision.limit, decision.limit
        self.decision = decision
        if limit != before:
            self.changed_at = now
        if (limit == 0) is not (before == 0):
            self.switched_at = now

    def set_fixed(self, fixed: Decision, settings: Settings, now: float) -> None:
        """Store a decision that does not depend on the surplus; reset if unplugged."""
        self.set(fixed, now)
        self._account.draw(0.0, settings, now)
        self._switch_due_since = self.switches_at = None
        if not self.load.plugged:
            self.switched_at = now
            self._usable_limit = inf
