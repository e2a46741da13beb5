"""What a charger and its connectors can do at most, and what power follows from currents."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import sqrt

from ...products.model import Plug, Product, RateUnit, Reference
from ..messages.readings import VOLTAGES_BY_PHASE
from ..state.configuration import Configuration
from ..values import ConnectorValue

NOMINAL_VOLTAGE = 230.0

_FACTORS = {"kW": 1000}
_PLUG_NAMES = {"chademo": Plug.CHADEMO, "ccs": Plug.CCS2}
_CONNECTION_KEY = "PhasesConnection"
_PHASE_VOLTAGES = range(80, 300)
_MAX_PHASES = 3


type GetReading = Callable[[ConnectorValue], float | None]
"""Returns the present reading of a connector, None where it is not known."""


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


def phase_voltage(get: GetReading) -> float:
    """Return the voltage of a phase in V, as measured, else the nominal one.

    A voltage without a phase may be that of DC, or between phases.
    """
    measured = [voltage for name in VOLTAGES_BY_PHASE if (voltage := get(name))]
    if measured:
        return sum(measured) / len(measured)
    voltage = get(ConnectorValue.VOLTAGE) or 0.0
    return voltage if int(voltage) in _PHASE_VOLTAGES else NOMINAL_VOLTAGE


def is_between_phases(plate: RatingPlate) -> bool:
    """Tell whether the charger is wired between phases, as in IT grids, without neutral."""
    connections = plate.product.it_connections
    return bool(connections) and (
        plate.configuration.integer(_CONNECTION_KEY) in connections
    )


def phase_factor(plate: RatingPlate, phases: int) -> float:
    """Return the power of 1 A over some phases, as a multiple of the voltage."""
    if phases == 1 or not is_between_phases(plate):
        return float(phases)
    return sqrt(3) if phases == _MAX_PHASES else 1.0


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
