"""MeterValues: reads sampled values, in W, A, V, Wh, varh, Hz and %; keeps signed ones."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ..values import ConnectorValue
from .payload import Json, optional_timestamp, parse_number, required_objects, stripped

_PHASES = ("L1", "L2", "L3")
_PREFIX_BY_MEASURAND = {
    "Power.Active.Import": "power",
    "Current.Import": "current",
    "Voltage": "voltage",
}
# by measurand and phase, as sampled values name them
_VALUES: dict[tuple[str, str | None], ConnectorValue] = {
    ("Power.Active.Import", None): ConnectorValue.POWER,
    ("Power.Offered", None): ConnectorValue.POWER_OFFERED,
    ("Current.Import", None): ConnectorValue.CURRENT_IMPORT,
    ("Current.Offered", None): ConnectorValue.CURRENT_OFFERED,
    ("Voltage", None): ConnectorValue.VOLTAGE,
    ("Energy.Active.Import.Register", None): ConnectorValue.ENERGY,
    ("Energy.Reactive.Import.Register", None): ConnectorValue.REACTIVE_ENERGY,
    ("Frequency", None): ConnectorValue.FREQUENCY,
    ("SoC", None): ConnectorValue.STATE_OF_CHARGE,
}
for _measurand, _prefix in _PREFIX_BY_MEASURAND.items():
    for _phase in _PHASES:
        _value = ConnectorValue(f"{_prefix}_{_phase.lower()}")
        for _spelling in (_phase, f"{_phase}-N"):
            _VALUES[_measurand, _spelling] = _value
            _VALUES[f"{_measurand}.{_spelling}", None] = _value
            _VALUES[f"{_measurand}.{_spelling}", _spelling] = _value
_FOLDED = {
    (measurand.casefold(), phase and phase.casefold()): name
    for (measurand, phase), name in _VALUES.items()
}

type _Total = tuple[ConnectorValue, Callable[[Iterable[float]], float]]

_TOTALS: dict[str, _Total] = {
    "energy.active.import.register": (ConnectorValue.ENERGY, sum),
    "energy.reactive.import.register": (ConnectorValue.REACTIVE_ENERGY, sum),
    "power.offered": (ConnectorValue.POWER_OFFERED, sum),
    "current.offered": (ConnectorValue.CURRENT_OFFERED, max),
    "frequency": (ConnectorValue.FREQUENCY, max),
}
"""What is shown as a whole, and how it is made of what some send by phase."""

_FOLDED_PHASES = {
    spelling: phase.casefold()
    for phase in _PHASES
    for spelling in (phase.casefold(), f"{phase}-N".casefold())
}

_PLAIN_UNITS = ("", "A", "Hz", "Percent", "V", "W", "Wh", "varh")
_FACTOR_BY_UNIT = (
    dict.fromkeys(_PLAIN_UNITS, 1.0)
    | dict.fromkeys(("kW", "kWh", "kvarh", "kV", "kA"), 1e3)
    | dict.fromkeys(("MW", "MWh"), 1e6)
    | dict.fromkeys(("mA", "mV"), 1e-3)
)
_FACTOR_BY_FOLDED_UNIT = dict.fromkeys(("kw", "kwh", "kvarh"), 1e3)

_DEFAULT_MEASURAND = "Energy.Active.Import.Register"
_OUTLET = "Outlet"
_OTHER_LOCATIONS = ("Body", "Cable", "EV", "Inlet")
_PERIODIC = "Sample.Periodic"
_PAST = frozenset({"transaction.begin", "interruption.begin", "interruption.end"})
"""Contexts of samples that tell of an earlier time, folded."""

_RAW = "Raw"
_SIGNED = "signeddata"
_SIGNED_PREFIX = "OCMF|"
"""What signed readings in the Open Charge Metering Format begin with."""

_NO_TIMESTAMP = datetime.min.replace(tzinfo=UTC)

READINGS = frozenset(_VALUES.values())

POWERS_BY_PHASE = (
    ConnectorValue.POWER_L1,
    ConnectorValue.POWER_L2,
    ConnectorValue.POWER_L3,
)
CURRENTS_BY_PHASE = (
    ConnectorValue.CURRENT_L1,
    ConnectorValue.CURRENT_L2,
    ConnectorValue.CURRENT_L3,
)
VOLTAGES_BY_PHASE = (
    ConnectorValue.VOLTAGE_L1,
    ConnectorValue.VOLTAGE_L2,
    ConnectorValue.VOLTAGE_L3,
)

ZERO_WHEN_IDLE = frozenset(
    {
        ConnectorValue.POWER,
        *POWERS_BY_PHASE,
        ConnectorValue.CURRENT_IMPORT,
        *CURRENTS_BY_PHASE,
    }
)
"""Readings that are zero while no transaction runs."""

UNKNOWN_WHEN_IDLE = frozenset(
    {ConnectorValue.CURRENT_OFFERED, ConnectorValue.POWER_OFFERED}
)
"""Readings that have no value while no transaction runs."""


type Readings = dict[ConnectorValue, float]


class MeterValues(NamedTuple):
    """What a MeterValues says: readings, and signed sampled values as they came.

    Each signed one has the timestamp of its meter value.
    """

    readings: Readings
    signed: list[Json]


def read_meter_values(payload: Json, units: Mapping[str, str]) -> MeterValues:
    """Return the newest reading of each measurand in a MeterValues payload.

    `units` gives the units of measurands that are sent without one. Unknown measurands
    and values that are not numbers are skipped. A sample of another location than the
    outlet is used only if the outlet has none, and one that tells of an earlier time
    only if no other is there. Raises InvalidCallError if the payload is malformed.
    """
    readings: Readings = {}
    elsewhere: Readings = {}
    past: Readings = {}
    signed: list[Json] = []
    meter_values = required_objects(payload, "meterValue")
    if len(meter_values) > 1:
        meter_values = sorted(meter_values, key=_timestamp)
    for meter_value in meter_values:
        samples = required_objects(meter_value, "sampledValue")
        batch: Readings = {}
        if found := _read_samples(samples, units, batch, elsewhere, past):
            timestamp = meter_value.get("timestamp")
            signed += [{"timestamp": timestamp, **sample} for sample in found]
        readings.update(_with_power(batch))
    if past or elsewhere:
        readings = _with_power(past) | _with_power(elsewhere) | readings
    return MeterValues(readings, signed)


def newest_timestamp(payload: Json) -> datetime:
    """Return the timestamp of the newest meter value; the present time if none has one.

    Raises InvalidCallError if the payload is malformed.
    """
    newest = max(
        map(_timestamp, required_objects(payload, "meterValue")), default=_NO_TIMESTAMP
    )
    return datetime.now(UTC) if newest == _NO_TIMESTAMP else newest


def _timestamp(meter_value: Json) -> datetime:
    return optional_timestamp(meter_value, "timestamp") or _NO_TIMESTAMP


def _with_power(batch: Readings) -> Readings:
    """Derive the total power from that of the phases."""
    if ConnectorValue.POWER not in batch:
        phases = [batch[name] for name in POWERS_BY_PHASE if name in batch]
        if phases:
            batch[ConnectorValue.POWER] = sum(phases)
    return batch


def _read_samples(
    samples: list[Json],
    units: Mapping[str, str],
    present: Readings,
    elsewhere: Readings,
    past: Readings,
) -> list[Json]:
    """Add the samples of a meter value to one of the readings; return the signed ones."""
    signed: list[Json] = []
    odd: list[tuple[Json, Readings]] = []
    for sample in samples:
        if sample.get("format", _RAW) != _RAW and _folded(sample, "format") == _SIGNED:
            signed.append(sample)
            continue
        readings = present
        if sample.get("context", _PERIODIC) != _PERIODIC and (
            _folded(sample, "context") in _PAST
        ):
            readings = past
        elif sample.get("location", _OUTLET) != _OUTLET and (
            stripped(sample, "location") in _OTHER_LOCATIONS
        ):
            readings = elsewhere
        measurand = sample.get("measurand", _DEFAULT_MEASURAND)
        try:
            name = _VALUES.get((measurand, sample.get("phase")))
            factor = _FACTOR_BY_UNIT.get(sample.get("unit") or units.get(measurand, ""))
        except TypeError:  # one of them is no string
            continue
        if name is None or factor is None:
            odd.append((sample, readings))
            continue
        number = parse_number(sample.get("value"))
        if number is None or (number < 0 and name is ConnectorValue.ENERGY):
            if str(sample.get("value")).startswith(_SIGNED_PREFIX):
                signed.append(sample)
            continue
        # adding 0 turns -0.0 into 0.0
        readings[name] = 0.0 + (number if factor == 1 else round(number * factor, 6))
    if odd:
        for readings in (present, elsewhere, past):
            of_these = [sample for sample, into in odd if into is readings]
            _read_odd_samples(of_these, units, readings)
    return signed


def _read_odd_samples(
    samples: list[Json], units: Mapping[str, str], readings: Readings
) -> None:
    """Add samples whose names are padded or spelt otherwise, and totals by phase.

    What is measured as a whole counts more than what is made of its phases.
    """
    by_phase: dict[ConnectorValue, dict[str, float]] = {}
    for sample in samples:
        measurand = stripped(sample, "measurand") or _DEFAULT_MEASURAND
        number = parse_number(sample.get("value"))
        if number is None or not isinstance(measurand, str):
            continue
        unit = stripped(sample, "unit") or units.get(measurand, "")
        value = 0.0 + round(number * _factor(unit), 6)
        folded, phase = measurand.casefold(), _folded(sample, "phase")
        if (name := _FOLDED.get((folded, phase))) is not None:
            if number >= 0 or name is not ConnectorValue.ENERGY:
                readings[name] = value
            continue
        whole, _, suffix = folded.rpartition(".")
        if phase is None and suffix in _FOLDED_PHASES:
            folded, phase = whole, suffix
        if folded in _TOTALS and phase in _FOLDED_PHASES and number >= 0:
            total, _ = _TOTALS[folded]
            by_phase.setdefault(total, {})[_FOLDED_PHASES[phase]] = value
    for total, combine in _TOTALS.values():
        if total in by_phase and total not in readings:
            readings[total] = combine(by_phase[total].values())


def _factor(unit: Any) -> float:
    """Return what a unit is worth; one that is not known is taken for a plain one."""
    if not isinstance(unit, str):
        return 1.0
    factor = _FACTOR_BY_UNIT.get(unit)
    if factor is None:
        factor = _FACTOR_BY_FOLDED_UNIT.get(unit.casefold(), 1.0)
    return factor


def _folded(sample: Json, name: str) -> str | None:
    """Return a member without surrounding blanks and regardless of case, None if none."""
    value = stripped(sample, name)
    return value.casefold() if isinstance(value, str) else None
