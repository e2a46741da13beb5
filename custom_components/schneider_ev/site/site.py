"""Site: turns the readings of a grid connection into limits of connectors.

A `Site` is everything behind one grid meter. It receives readings and decides on the
limits of its connectors, each of which has a `Regulator`:

1. The surplus is what the site exports, plus what its vehicles draw, less what its house
   battery discharges or comes first for. While a vehicle adapts to a new limit, what it
   draws is not certain: until then, only a drop that is certain counts.
2. A connector is switched on when the surplus has covered its minimum for a while, and
   off when it does not, after a delay that ends early when the grid has supplied enough.
   To spare contactors, it stays on for a minimum time and is paused only so often in an
   hour. Minima go first to connectors that are on, then to those that have waited
   longest.
3. The surplus beyond the minima is shared evenly. A limit drops at once, and rises to
   what the surplus has been all the time of late. What a vehicle does not use of its
   share goes to the others.
4. Where the price is negative, or low enough for smart charging, only the owner's limit
   applies.

Powers are in W, limits in the unit of the connector, A or W. Times (`now`, `…_at`,
`…_since`) are in seconds of a monotonic clock.
"""

from collections.abc import Sequence
from math import inf

from ..central_system.charging import ChargingMode, LimitReason
from .battery import battery_correction
from .curtailment import Curtailment
from .load import Decision, Load, Reason
from .readings import SiteReadings
from .regulator import Regulator
from .settings import DEFAULT_SETTINGS, Settings
from .surplus import SurplusHistory


class Site:
    """Everything behind one grid meter: its `regulators` share the surplus."""

    def __init__(self, settings: Settings = DEFAULT_SETTINGS) -> None:
        """Start without readings."""
        self.settings = settings
        self.regulators: list[Regulator] = []
        self.readings = SiteReadings()
        self._history = SurplusHistory()
        self._curtailment = Curtailment()
        self._observed_at: float | None = None
        self._drawn: float | None = None
        self._is_stale = False

    def configure(self, settings: Settings, regulators: list[Regulator]) -> None:
        """Replace the settings, and the regulators that share the surplus."""
        self.settings = settings
        self.regulators = regulators

    @property
    def surplus(self) -> float | None:
        """The surplus that the vehicles may have, in W; None if it is not known.

        It is what the sun supplies, whatever the price.
        """
        present = None if self._is_stale else self._history.present
        return None if present is None else max(0.0, present)

    @property
    def house_power(self) -> float | None:
        """What the house draws without the vehicles, in W; None if it is not known.

        Without a reading of panels or battery, the site has none.
        """
        readings = self.readings
        if readings.grid is None or self._is_stale:
            return None
        supplied = readings.grid + (readings.solar or 0.0) + (readings.battery or 0.0)
        return max(0.0, supplied - self._draw)

    @property
    def next_decision_at(self) -> float | None:
        """When to decide next if no reading comes before; None if nothing is due."""
        times = [
            each.switches_at for each in self.regulators if each.switches_at is not None
        ]
        if self._observed_at is not None and not self._is_stale:
            times.append(self._observed_at + self.settings.stale_after)
        return min(times, default=None)

    def observe(self, readings: SiteReadings, now: float) -> None:
        """Take over readings; without one of the grid, only the prices are news.

        The power that the vehicles draw is added, so each `load` has to be current.
        """
        self.readings = readings
        if readings.grid is not None:
            self._drawn = self._draw
            self._add(readings.grid, now)

    def note(self, readings: SiteReadings) -> None:
        """Take over readings of which that of the grid has been observed before."""
        self.readings = readings

    def confirm(self, readings: SiteReadings, now: float) -> None:
        """Take over readings whose grid meter is there, but has reported nothing since.

        It counts as long as the vehicles draw what they drew at its last report: the
        meter would have moved with them. One that did not is dead until it reports.
        """
        if self._drawn is None:
            self.observe(readings, now)
            return
        self.readings = readings
        moved = abs(self._draw - self._drawn)
        if (
            readings.grid is not None
            and moved <= self.settings.noticeable
            and not self._is_stale_at(now)
        ):
            self._add(readings.grid, now)

    @property
    def _draw(self) -> float:
        """The power that the vehicles draw, in W."""
        return sum(each.power for each in self.regulators)

    def _add(self, grid: float, now: float) -> None:
        """Add a reading of the grid meter to the history of the surplus."""
        if self._is_stale_at(now):
            self._history = SurplusHistory()
        self._observed_at, self._is_stale = now, False
        settings = self.settings
        if self._curtailment.observe(self.readings, settings, now):
            self._history = SurplusHistory()
        base = battery_correction(self.readings, settings) - grid
        window = settings.raise_after
        adapting = any(each.is_adapting(now, settings) for each in self.regulators)
        if adapting and self._history.present is not None:
            most = sum(each.most_power(now, settings) for each in self.regulators)
            self._history.add_bound(base + most, now, window)
        else:
            self._history.add(base + self._draw, now, window)

    def decide(self, now: float) -> None:
        """Decide on every connector: at each reading, and when a mode changes."""
        if self._observed_at is None:
            self._observed_at = now
        self._is_stale = self._is_stale_at(now)
        following = []
        for each in self.regulators:
            each.update_usable_limit(now, self.settings)
            fixed = each.load.fixed_decision or self._decision_by_price(each.load)
            if fixed is None:
                following.append(each)
            else:
                each.set_fixed(fixed, self.settings, now)
        self._share_out(following, now)

    def _is_stale_at(self, now: float) -> bool:
        return (
            self._observed_at is not None
            and now > self._observed_at + self.settings.stale_after
        )

    def _decision_by_price(self, load: Load) -> Decision | None:
        """Return the decision if the price alone makes it, else None."""
        price, cheap_below = self.readings.import_price, self.settings.cheap_below
        if price is None:
            return None
        if price < 0:
            return Decision(None, Reason.NEGATIVE_PRICE)
        is_cheap = cheap_below is not None and price < cheap_below
        if load.mode is ChargingMode.SMART and is_cheap:
            return Decision(None, Reason.CHEAP)
        return None

    def _waits_for_price(self, load: Load) -> bool:
        return (
            load.mode is ChargingMode.SMART
            and self.settings.cheap_below is not None
            and self.readings.import_price is not None
        )

    def _taken(self, following: Sequence[Regulator]) -> float:
        """Return what is not there for those that follow the surplus, in W."""
        unlimited = (each for each in self.regulators if each.decision.limit is None)
        reserve = max((each.load.reserve for each in following), default=0.0)
        return sum(each.power for each in unlimited if each not in following) + reserve

    def _share_out(self, following: Sequence[Regulator], now: float) -> None:
        """Assign the minimum to connectors that are on, and share the rest evenly."""
        settings, history = self.settings, self._history
        taken = self._taken(following)
        known = history.present is not None and not self._is_stale
        left = (history.present or 0.0) - taken
        steady = history.steady - taken if known else -inf
        clouded = history.clouded - taken if known else -inf
        before = sum(each.offered_power for each in following)
        step = min((each.next_step_power for each in following), default=inf)
        missing = (1 + settings.margin) * step - (left - before)
        hidden = self._curtailment.hidden(missing, now)
        left += hidden
        steady += hidden
        on: list[tuple[Regulator, Reason, float | None]] = []
        for each in sorted(following, key=_precedence):
            load = each.load
            available = left if known else None
            needed = each.needed_power(now, settings)
            enough = known and left >= needed
            is_on = each.switch(now, settings, available=available, lost=self._is_stale)
            reason = _REASONS[is_on, enough] if known else Reason.NO_DATA
            if is_on:
                on.append((each, reason, available))
                if not each.is_idle:
                    left -= load.minimum_power
                    steady -= load.minimum_power
                    clouded -= load.minimum_power
            else:
                each.set(self._explained(each, 0.0, reason, available, needed), now)
        on.sort(key=lambda item: item[0].usable_power)
        for index, (each, reason, available) in enumerate(on):
            load, count = each.load, len(on) - index
            lately, present, under_clouds = (
                load.minimum_power + max(0.0, power) / count
                for power in (steady, left, clouded)
            )
            limit = each.limit_for(lately, present, under_clouds, settings, now)
            left -= (limit - load.minimum) * load.watts_per_unit
            steady -= (limit - load.minimum) * load.watts_per_unit
            each.set(
                self._explained(
                    each, limit, reason, available, each.load.minimum_power
                ),
                now,
            )
        after = sum(each.offered_power for each in following)
        self._curtailment.offered(more=after > before, now=now)

    def _explained(
        self,
        regulator: Regulator,
        limit: float,
        reason: Reason,
        left: float | None,
        needed: float,
    ) -> Decision:
        """Return a decision with what explains it."""
        ceiling = LimitReason.SOLAR
        if limit == 0 and self._waits_for_price(regulator.load):
            ceiling = LimitReason.PRICE
            if reason in (Reason.NO_SURPLUS, Reason.NO_DATA):
                reason = Reason.WAITING_FOR_PRICE
        return Decision(
            limit,
            reason,
            available=None if left is None else max(0.0, left),
            needed=needed,
            changes_at=regulator.switches_at,
            ceiling=ceiling,
        )


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
