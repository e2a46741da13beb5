"""Over how many phases a vehicle charges: what flows, what was seen of it, the wiring."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ..messages.readings import CURRENTS_BY_PHASE
from ..values import ConnectorValue, Signal
from .ratings import RatingPlate, phase_factor, phase_voltage

_SINGLE_PHASE_CONNECTIONS = frozenset({4, 5, 6, 7, 8, 9})
CURRENTS = (*CURRENTS_BY_PHASE, ConnectorValue.CURRENT_IMPORT)
_MIN_FLOWING_CURRENT_A = 0.5
_MIN_CHARGING_CURRENT_A = 3.0
"""What flows while a vehicle begins or ends need not flow over all of its phases."""

_MAX_PHASES = 3

type Readings = Mapping[ConnectorValue, float | None]


class Measured(Protocol):
    """What the meter of a connector shows: readings, and which of them are estimates."""

    @property
    def last(self) -> Readings:
        """The last reading of each measurand."""

    @property
    def estimates(self) -> set[ConnectorValue]:
        """The readings that were not measured."""


class VehiclePhases:
    """The phases of the vehicle at a connector, which are those that were seen of it.

    `changed` tells that others were seen.
    """

    def __init__(
        self, rating_plate: Callable[[], RatingPlate], measured: Measured
    ) -> None:
        """Start with no vehicle."""
        self._rating_plate = rating_plate
        self._measured = measured
        self._seen: int | None = None
        self.changed = Signal[()]()

    @property
    def in_use(self) -> int:
        """The number of phases over which it charges, or would charge.

        A wire that is not there counts first, then what flows, then what was seen of the
        vehicle before, then what is offered, then the supply.
        """
        plate, readings = self._rating_plate(), self._measured.last
        if _has_one_phase(plate):
            return 1
        is_certain = self._largest_current >= _MIN_CHARGING_CURRENT_A
        if (is_certain or self._seen is None) and (flowing := self._flowing):
            return flowing
        if self._seen is not None:
            return self._seen
        power = readings.get(ConnectorValue.POWER_OFFERED)
        current = readings.get(ConnectorValue.CURRENT_OFFERED)
        if power and current:
            return _phases(power, current, readings)
        return wired_phases(plate)

    @property
    def watts_per_ampere(self) -> float:
        """The power in W of 1 A over the phases in use, at the voltage measured."""
        volts = phase_voltage(self._measured.last.get)
        return volts * phase_factor(self._rating_plate(), self.in_use)

    def observe(self) -> None:
        """Remember the phases over which the vehicle charges now."""
        if self._largest_current >= _MIN_CHARGING_CURRENT_A:
            before, self._seen = self._seen, self._flowing or self._seen
            if self._seen != before:
                self.changed.send()

    def forget(self) -> None:
        """Take the next vehicle for another one."""
        self._seen = None

    @property
    def _largest_current(self) -> float:
        readings = self._measured.last
        return max(readings.get(name) or 0.0 for name in CURRENTS)

    @property
    def _flowing(self) -> int | None:
        """The phases over which current flows, None where that cannot be told.

        Where not all currents are measured, the whole power tells how many more they are.
        """
        readings = self._measured.last
        currents = [readings.get(name) for name in CURRENTS_BY_PHASE]
        flowing = sum((current or 0.0) > _MIN_FLOWING_CURRENT_A for current in currents)
        if flowing and None not in currents:
            return flowing
        power, current = readings.get(ConnectorValue.POWER), self._largest_current
        is_measured = ConnectorValue.POWER not in self._measured.estimates
        if power and is_measured and current > _MIN_FLOWING_CURRENT_A:
            flowing = max(flowing, _phases(power, current, readings))
        return flowing or None

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON."""
        return {"phases": self._seen}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept."""
        self._seen = data.get("phases")


def wired_phases(plate: RatingPlate) -> int:
    """Return the phases of the supply: as set, as the owner or the type plate says."""
    if _has_one_phase(plate):
        return 1
    if plate.phases is not None:
        return plate.phases
    return plate.reference.phases if plate.reference else _MAX_PHASES


def _has_one_phase(plate: RatingPlate) -> bool:
    """Tell whether the charger is set to a supply of one phase."""
    return plate.configuration.integer("PhasesConnection") in _SINGLE_PHASE_CONNECTIONS


def _phases(power: float, current: float, readings: Readings) -> int:
    """Return over how many phases a current comes to a power."""
    volts = phase_voltage(readings.get)
    return min(max(round(power / (current * volts)), 1), _MAX_PHASES)
