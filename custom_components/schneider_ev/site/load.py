"""Loads and decisions: what the regulation knows of a connector, and what it decides.

Powers are in W, limits in the unit of the connector, A or W. Times are in seconds of a
monotonic clock.
"""

from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum

from ..central_system.charging import ChargingMode, LimitReason


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
    CHEAP = "cheap"
    """The mode is smart and the price is low: only the owner's limit applies."""
    WAITING_FOR_PRICE = "waiting_for_price"
    """Paused: there is too little surplus, and the price is not low."""
    NEGATIVE_PRICE = "negative_price"
    """What is imported is paid for: only the owner's limit applies."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A limit and its reason: 0 is a pause, None leaves only the owner's limit.

    `available` is the surplus that the connector may have and `needed` its minimum, in
    W. `changes_at` is when a delay ends, as far as that can be known. `ceiling` is what
    the limit comes from: the sun or the price. These explain a decision, so two
    decisions that differ only in them are equal.
    """

    limit: float | None
    reason: Reason
    _: KW_ONLY
    available: float | None = field(default=None, compare=False)
    needed: float | None = field(default=None, compare=False)
    changes_at: float | None = field(default=None, compare=False)
    ceiling: LimitReason | None = field(default=None, compare=False)


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
        """The decision if it does not depend on the site, else None."""
        if self.mode is ChargingMode.FAST:
            return Decision(None, Reason.FAST)
        if self.mode is ChargingMode.OFF:
            return Decision(0.0, Reason.OFF)
        if self.maximum < self.minimum:
            return Decision(0.0, Reason.OFF, ceiling=LimitReason.SOLAR)
        if not self.plugged:
            limit = self.minimum if self.keeps_minimum else 0.0
            return Decision(limit, Reason.UNPLUGGED, ceiling=LimitReason.SOLAR)
        return None
