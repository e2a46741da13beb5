"""The readings of a connector: what its meter shows, and what follows from that."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from ..charging.power import Readings, RegisterRise
from ..messages.readings import READINGS, UNKNOWN_WHEN_IDLE, ZERO_WHEN_IDLE
from ..state.sessions import Session
from ..values import ConnectorValue, ConnectorValues

_METER_SWAP_RATIO = 0.9
"""A register below this share of the one before is that of another meter."""

_REGISTERS = frozenset({ConnectorValue.ENERGY, ConnectorValue.REACTIVE_ENERGY})

type Estimate = Callable[[Readings], float | None]
"""Returns the power in W that readings come to, None where they do not tell."""


class MeterReadings:
    """The last reading of each measurand, None where it is not known any more.

    `estimates` names the readings that were not measured.
    """

    def __init__(self, values: ConnectorValues) -> None:
        """Start with no reading; `values` tells who listens of those that change."""
        self.last: dict[ConnectorValue, float | None] = {}
        self.estimates: set[ConnectorValue] = set()
        self._values = values
        self._rise = RegisterRise()

    def get(self, name: ConnectorValue) -> float | None:
        """Return a reading, None where it is not known."""
        return self.last.get(name)

    def report(
        self,
        readings: Readings,
        *,
        session: Session | None,
        estimate: Estimate | None,
        sampled_at: Callable[[], datetime],
    ) -> None:
        """Take over readings.

        `session` is the one by which the register is to be understood. Where power is
        not measured it is estimated by `estimate`, if given, else from the rise of the
        register.
        """
        register = readings.get(ConnectorValue.ENERGY)
        if session is not None and register is not None:
            counted = (session.register or 0.0) + session.meter_offset
            energy = self._risen(max(register, counted))
            readings = {**readings, ConnectorValue.ENERGY: energy}
        if ConnectorValue.POWER in readings:
            self.estimates.discard(ConnectorValue.POWER)
        elif estimate is not None:
            readings = {**readings, **self._estimate(readings, estimate, sampled_at)}
        self._update(readings)

    def of_any_time(self, readings: Readings) -> Readings:
        """Return what late readings still tell: not what flowed, nor an older register."""
        return {
            name: value
            for name, value in readings.items()
            if name not in ZERO_WHEN_IDLE
            and name not in UNKNOWN_WHEN_IDLE
            and (name not in _REGISTERS or value >= (self.last.get(name) or 0.0))
        }

    def report_register(self, register: float) -> None:
        """Take over the register at the end of a session."""
        self._update({ConnectorValue.ENERGY: self._risen(register)})

    def report_offer(self, name: ConnectorValue, limit: float) -> None:
        """Take over the limit in force of a charger that does not measure it."""
        self._update({name: limit})

    def restore(self, names: Iterable[str]) -> None:
        """Take over which measurands there are; their readings are not known."""
        self._update({name: None for name in READINGS if name in names})

    def forget(self) -> None:
        """Forget all readings: they are those of another meter."""
        self._rise = RegisterRise()
        self._clear(READINGS)

    def offline(self) -> None:
        """Forget what flows: the charger reports nothing any more."""
        self._rise = RegisterRise()
        self._clear(ZERO_WHEN_IDLE | UNKNOWN_WHEN_IDLE)

    def idle(self) -> None:
        """Take it that nothing flows and nothing is offered: no transaction runs."""
        self._rise = RegisterRise()
        self._clear(UNKNOWN_WHEN_IDLE)
        self.nothing_flows()

    def nothing_flows(self) -> None:
        """Take it that nothing flows: the charger supplies nothing."""
        self._update({name: 0.0 for name in ZERO_WHEN_IDLE if name in self.last})

    def _clear(self, names: Iterable[ConnectorValue]) -> None:
        self._update({name: None for name in names if name in self.last})

    def _update(self, readings: Mapping[ConnectorValue, float | None]) -> None:
        self.last.update(readings)
        self._values.update(readings)

    def _estimate(
        self,
        readings: Readings,
        estimate: Estimate,
        sampled_at: Callable[[], datetime],
    ) -> Readings:
        power = estimate(readings)
        register = readings.get(ConnectorValue.ENERGY)
        if power is None and register is not None:
            power = self._rise.power(register, sampled_at())
        if power is None:
            return {}
        self.estimates.add(ConnectorValue.POWER)
        return {ConnectorValue.POWER: power}

    def _risen(self, register: float) -> float:
        """Return the register of a session, in which it does not fall.

        A reading slightly below the previous one is ignored; one far below is that of
        another meter.
        """
        held = self.last.get(ConnectorValue.ENERGY) or 0.0
        return held if _METER_SWAP_RATIO * held <= register < held else register
