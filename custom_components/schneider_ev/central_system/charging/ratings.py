"""What a charger and its connectors can do at most, and over how many phases."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ...products.model import Plug, RateUnit, Reference, SmartCharging

if TYPE_CHECKING:
    from ..charge_point.charger import Charger
    from ..charge_point.connector import Connector

NOMINAL_VOLTAGE = 230.0

_FACTORS = {"kW": 1000}
_PLUG_NAMES = {"chademo": Plug.CHADEMO, "ccs": Plug.CCS2}
_SINGLE_PHASE_CONNECTIONS = frozenset({4, 5, 6, 7, 8, 9})
_FLOWING = 0.5
_MOST_PHASES = 3


def maximum_limit(charger: Charger) -> float:
    """Return the largest limit that makes sense for the station.

    It is the least of what the product, its type plate, its settings and the
    installation allow, in the unit of the product's limits.
    """
    if (charging := charger.product.smart_charging) is None:
        return 0
    limits = [
        float(charging.maximum),
        *_configured(charger, charging.maximum_keys),
        *_rated(charger, charging),
    ]
    return min(limits)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rating:
    """The largest limit that makes sense for a connector, and whether it follows one."""

    maximum: float
    is_limitable: bool


def rate(connector: Connector) -> Rating:
    """Return what a connector can do, by all that is known of it now."""
    charger = connector.charger
    if (charging := charger.product.smart_charging) is None:
        return Rating(maximum=0, is_limitable=False)
    keys = charging.connector_maximum_keys[connector.number - 1 : connector.number]
    return Rating(
        maximum=min([maximum_limit(charger), *_configured(charger, keys)]),
        is_limitable=plug(connector) not in charging.unlimited_plugs,
    )


def reference(charger: Charger) -> Reference | None:
    """Return the commercial reference, where the charger calls itself by it."""
    return charger.product.reference(charger.boot.model) if charger.boot else None


def plug(connector: Connector) -> Plug | None:
    """Return what a vehicle is connected to, where that is known."""
    charger = connector.charger
    keys = charger.product.connector_type_keys
    if connector.number <= len(keys):
        name = (
            charger.configuration.value(keys[connector.number - 1]) or ""
        ).casefold()
        for part, kind in _PLUG_NAMES.items():
            if part in name:
                return kind
    known = reference(charger)
    if known and connector.number <= len(known.plugs) == len(charger.connectors):
        return known.plugs[connector.number - 1]
    return None


def phases_in_use(connector: Connector) -> int:
    """Return over how many phases a vehicle charges, or would charge.

    What flows says it best, then what is offered, then how the charger is wired: by its
    own setting, by the owner's word, by its type plate.
    """
    charger = connector.charger
    values = connector.values
    currents: list[float] = [
        values.get(f"current_l{phase}") or 0.0 for phase in (1, 2, 3)
    ]
    if flowing := sum(current > _FLOWING for current in currents):
        return flowing
    power: float | None = values.get("power_offered")
    current: float | None = values.get("current_offered")
    if power and current:
        volts: float = values.get("voltage_l1") or NOMINAL_VOLTAGE
        return min(max(round(power / (current * volts)), 1), _MOST_PHASES)
    if charger.configuration.integer("PhasesConnection") in _SINGLE_PHASE_CONNECTIONS:
        return 1
    if charger.settings.phases is not None:
        return charger.settings.phases
    known = reference(charger)
    return known.phases if known else _MOST_PHASES


def watts_per_ampere(connector: Connector) -> float:
    """Return the power in W of 1 A over the phases in use, at the voltage measured."""
    measured: list[float] = [
        voltage
        for phase in (1, 2, 3)
        if (voltage := connector.values.get(f"voltage_l{phase}"))
    ]
    volts = sum(measured) / len(measured) if measured else NOMINAL_VOLTAGE
    return volts * phases_in_use(connector)


def estimated_power(readings: Mapping[str, float], phases: int) -> float | None:
    """Return the power in W that currents come to, None where none was measured."""
    by_phase = [
        readings[f"current_l{phase}"]
        * (readings.get(f"voltage_l{phase}") or NOMINAL_VOLTAGE)
        for phase in (1, 2, 3)
        if f"current_l{phase}" in readings
    ]
    if by_phase:
        return round(sum(by_phase), 1)
    if (current := readings.get("current_import")) is None:
        return None
    return round(current * (readings.get("voltage_l1") or NOMINAL_VOLTAGE) * phases, 1)


class RegisterRise:
    """Derives power from the rise of an energy register between two samples."""

    def __init__(self) -> None:
        """Start with no sample."""
        self._last: tuple[float, datetime] | None = None

    def power(self, register: float, at: datetime) -> float | None:
        """Return the mean power in W since the last sample of the register in Wh."""
        last, self._last = self._last, (register, at)
        if last is None or at <= last[1] or register < last[0]:
            return None
        hours = (at - last[1]).total_seconds() / 3600
        return round((register - last[0]) / hours, 1)


def _configured(charger: Charger, keys: Iterable[str]) -> Iterator[float]:
    """Read limits of the hardware from configuration keys."""
    for name in keys:
        key = charger.product.configuration_key(name)
        value = charger.configuration.integer(name)
        if key is not None and value:
            yield float(value * _FACTORS.get(key.unit or "", 1))


def _rated(charger: Charger, charging: SmartCharging) -> Iterator[float]:
    """Name what the type plate and the installation allow."""
    known = reference(charger)
    phases = charger.settings.phases or (known.phases if known else _MOST_PHASES)
    volts = phases * NOMINAL_VOLTAGE
    in_watts = charging.unit is RateUnit.WATT
    if known is not None:
        watts = known.power * 1000
        yield watts if in_watts else float(round(watts / volts))
    if (amperes := charger.settings.maximum_current) is not None:
        yield float(amperes * volts if in_watts else amperes)
