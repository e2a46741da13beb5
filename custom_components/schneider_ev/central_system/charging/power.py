"""Estimated power: what currents come to, and how fast an energy register rises."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import gcd, inf

from ..messages.readings import CURRENTS_BY_PHASE, VOLTAGES_BY_PHASE
from ..values import ConnectorValue
from .phases import wired_phases
from .ratings import (
    GetReading,
    RatingPlate,
    is_between_phases,
    phase_factor,
    phase_voltage,
)

_MIN_FLOWING_CURRENT_A = 0.5
_MIN_SAMPLE_DISTANCE_S = 5.0
"""A sample that was asked for beside a periodic one says nothing."""

_GOOD_ERROR = 0.15
_WORST_ERROR = 0.34
"""Errors of a power, as shares of it: what is good enough, and what is better than none."""

_COARSEST_STEP_WH = 100.0
"""The coarsest steps that registers of chargers are known to have."""

_LEAST_POWER_W = 500.0
"""Less than any vehicle charges with: where the register rises no faster, nothing flows."""

_STEPS = 8
"""How many of the last steps of a register are remembered."""

type Readings = Mapping[ConnectorValue, float]


def estimated_power(
    plate: RatingPlate,
    readings: Readings,
    phases: Callable[[], int],
    get: GetReading,
) -> float | None:
    """Return the power in W that currents come to, None where none was measured.

    `phases` returns over how many phases the vehicle charges, `get` what was measured
    before.
    """
    volts = phase_voltage(lambda name: readings.get(name, get(name)))
    by_phase = [
        (readings[current], readings.get(voltage) or volts)
        for current, voltage in zip(CURRENTS_BY_PHASE, VOLTAGES_BY_PHASE, strict=True)
        if current in readings
    ]
    if by_phase and is_between_phases(plate):
        return round(volts * _between_phases(plate, [each for each, _ in by_phase]), 1)
    if by_phase:
        return round(sum(current * volts for current, volts in by_phase), 1)
    if (current_import := readings.get(ConnectorValue.CURRENT_IMPORT)) is None:
        return None
    return round(current_import * volts * phase_factor(plate, phases()), 1)


def _between_phases(plate: RatingPlate, currents: Sequence[float]) -> float:
    """Return the power of currents between phases, as a multiple of the voltage.

    What flows out of one phase flows into another one, where only two are used.
    """
    phases = wired_phases(plate)
    if phases == len(currents) and min(currents) > _MIN_FLOWING_CURRENT_A:
        return phase_factor(plate, phases) * sum(currents) / phases
    return max(currents)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """A reading of a register when it had risen; at the first one nobody saw it rise."""

    register: float
    at: datetime
    is_seen: bool = True

    def seconds_to(self, at: datetime) -> float:
        """Return how long ago it was."""
        return (at - self.at).total_seconds()


class RegisterRise:
    """Derives power from the rise of an energy register.

    It is taken from step to step of the register, over as many as it takes for the
    power to be true, however coarse the steps and however short the samples.
    """

    def __init__(self) -> None:
        """Start with no sample."""
        self._steps = deque[_Step](maxlen=_STEPS)
        self._sampled_at: datetime | None = None
        self._resolution = 0
        self._power: float | None = None

    def power(self, register: float, at: datetime) -> float | None:
        """Return the mean power in W of late; `register` is in Wh.

        None where it is not known yet.
        """
        before = self._sampled_at
        last = self._steps[-1] if self._steps else None
        if before is None or last is None or at <= before or register < last.register:
            self._begin(register, at)
            return None
        interval = (at - before).total_seconds()
        if interval < _MIN_SAMPLE_DISTANCE_S:
            return None
        self._sampled_at = at
        if register == last.register:
            return self._without_rise(last, at)
        milli_watt_hours = round((register - last.register) * 1000)
        self._resolution = gcd(self._resolution, milli_watt_hours)
        if (power := self._over_steps(register, at, interval)) is not None:
            self._power = round(power, 1)
        self._steps.append(_Step(register=register, at=at))
        return self._power

    def _begin(self, register: float, at: datetime) -> None:
        """Begin anew with a reading of which nobody knows how old it is."""
        self._steps.clear()
        self._steps.append(_Step(register=register, at=at, is_seen=False))
        self._sampled_at = at
        self._power = None

    def _over_steps(
        self, register: float, at: datetime, interval: float
    ) -> float | None:
        """Return the power since the latest step that tells it well, else the best."""
        least, best = inf, None
        for step in reversed(self._steps):
            rise, seconds = register - step.register, step.seconds_to(at)
            if step.is_seen:
                error = min(self._resolution / 1000 / rise, interval / seconds)
            else:
                error = _COARSEST_STEP_WH / rise
            if error < least:
                least, best = error, rise / seconds * 3600
            if least <= _GOOD_ERROR:
                break
        return best if least <= _WORST_ERROR else None

    def _without_rise(self, last: _Step, at: datetime) -> float | None:
        """Return the power while the next step is not there: it can be no more than that."""
        if self._power is None:
            return None
        most = self._resolution / 1000 / last.seconds_to(at) * 3600
        if most < _LEAST_POWER_W:
            self._begin(last.register, at)
            return 0.0
        self._power = round(min(self._power, most), 1)
        return self._power
