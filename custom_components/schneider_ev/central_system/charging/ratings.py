"""What a charger and its connectors can do at most, and what power follows from currents."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from ...products.model import Plug, Product, RateUnit, Reference
from ..messages.readings import CURRENTS_BY_PHASE, VOLTAGES_BY_PHASE
from ..state.configuration import Configuration
from ..values import ConnectorValue

NOMINAL_VOLTAGE = 230.0

_FACTORS = {"kW": 1000}
_PLUG_NAMES = {"chademo": Plug.CHADEMO, "ccs": Plug.CCS2}
_MAX_PHASES = 3
_MIN_RISE_TIME_S = 5.0
"""Half of a sample interval: a register's steps of 10 Wh say nothing of shorter times."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RatingPlate:
    """What the ratings of a charger follow from.

    `reference` is the commercial reference on its type plate. `phases` and
    `maximum_current` (A) are what the owner says of the installation.
    """

    product: Product
    reference: Reference | None
    configuration: Configuration
    connectors: int
    phases: int | None
    maximum_current: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rating:
    """The largest limit that makes sense for a connector, and whether it follows one."""

    maximum: float
    is_limitable: bool


def maximum_limit(plate: RatingPlate) -> float:
    """Return the largest limit that makes sense for the station.

    It is the least of what the product, its type plate, its settings and the
    installation allow, in the unit of the product's limits. A maximum that is only
    assumed of a product does not count beside the others.
    """
    charging = plate.product.smart_charging
    limits = [*_configured(plate, charging.maximum_keys), *_rated(plate)]
    if not (limits and charging.is_maximum_assumed):
        limits.append(float(charging.maximum))
    return min(limits)


def connector_rating(plate: RatingPlate, number: int) -> Rating:
    """Return the rating of a connector."""
    charging = plate.product.smart_charging
    keys = charging.connector_maximum_keys[number - 1 : number]
    return Rating(
        maximum=min([maximum_limit(plate), *_configured(plate, keys)]),
        is_limitable=bool(charging.purposes)
        and plug(plate, number) not in charging.unlimited_plugs,
    )


def plug(plate: RatingPlate, number: int) -> Plug | None:
    """Return the plug or socket of a connector, where it is known."""
    keys = plate.product.connector_type_keys
    if number <= len(keys):
        name = (plate.configuration.value(keys[number - 1]) or "").casefold()
        for part, kind in _PLUG_NAMES.items():
            if part in name:
                return kind
    known = plate.reference
    for plugs in (known.plugs if known else (), plate.product.plugs):
        if number <= len(plugs) == plate.connectors:
            return plugs[number - 1]
    return None


def estimated_power(
    readings: Mapping[ConnectorValue, float], phases: int
) -> float | None:
    """Return the power in W that currents come to, None where none was measured."""
    by_phase = [
        readings[current] * (readings.get(voltage) or NOMINAL_VOLTAGE)
        for current, voltage in zip(CURRENTS_BY_PHASE, VOLTAGES_BY_PHASE, strict=True)
        if current in readings
    ]
    if by_phase:
        return round(sum(by_phase), 1)
    if (current_import := readings.get(ConnectorValue.CURRENT_IMPORT)) is None:
        return None
    volts = readings.get(ConnectorValue.VOLTAGE_L1) or NOMINAL_VOLTAGE
    return round(current_import * volts * phases, 1)


class RegisterRise:
    """Derives power from the rise of an energy register between two samples."""

    def __init__(self) -> None:
        """Start with no sample."""
        self._last: tuple[float, datetime] | None = None

    def power(self, register: float, at: datetime) -> float | None:
        """Return the mean power in W since an earlier sample of the register in Wh.

        None where there is none, or it is too recent to tell.
        """
        if self._last is None or at <= self._last[1] or register < self._last[0]:
            self._last = (register, at)
            return None
        seconds = (at - self._last[1]).total_seconds()
        if seconds < _MIN_RISE_TIME_S:
            return None
        rise, self._last = register - self._last[0], (register, at)
        return round(rise / seconds * 3600, 1)


def _configured(plate: RatingPlate, keys: Iterable[str]) -> Iterator[float]:
    """Yield the limits of the hardware that configuration keys set."""
    for name in keys:
        key = plate.product.configuration_key(name)
        value = plate.configuration.integer(name)
        if key is not None and value:
            yield float(value * _FACTORS.get(key.unit or "", 1))


def _rated(plate: RatingPlate) -> Iterator[float]:
    """Yield the limits of the type plate and of the installation."""
    known = plate.reference
    volts = (plate.phases or (known.phases if known else _MAX_PHASES)) * NOMINAL_VOLTAGE
    in_watts = plate.product.smart_charging.unit is RateUnit.WATT
    if known is not None:
        watts = known.power * 1000
        yield watts if in_watts else float(round(watts / volts))
    if (amperes := plate.maximum_current) is not None:
        yield float(amperes * volts if in_watts else amperes)
