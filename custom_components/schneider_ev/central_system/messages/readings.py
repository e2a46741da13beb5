"""MeterValues: reads sampled values, in W, A, V, Wh, varh, Hz and %."""

from collections.abc import Mapping
from datetime import UTC, datetime

from ..values import ConnectorValue
from .errors import CallErrorCode, InvalidCallError
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

_PLAIN_UNITS = ("", "A", "Hz", "Percent", "V", "W", "Wh", "varh")
_FACTOR_BY_UNIT = dict.fromkeys(_PLAIN_UNITS, 1.0) | {
    spelling: 1000.0
    for unit in ("kW", "kWh", "kvarh", "kVArh", "kVarh")
    for spelling in (unit, unit.lower(), unit.upper())
}
_DEFAULT_MEASURAND = "Energy.Active.Import.Register"
_OUTLET = "Outlet"
_OTHER_LOCATIONS = ("Body", "Cable", "EV", "Inlet")
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


def read_meter_values(
    payload: Json, units: Mapping[str, str]
) -> dict[ConnectorValue, float]:
    """Return the newest reading of each measurand in a MeterValues payload.

    `units` gives the units of measurands that are sent without one. Unknown measurands
    and values that are not numbers (such as signed data) are skipped. A sample of
    another location than the outlet is used only if the outlet has none. Raises
    InvalidCallError if the payload is malformed.
    """
    readings: dict[ConnectorValue, float] = {}
    elsewhere: dict[ConnectorValue, float] = {}
    meter_values = required_objects(payload, "meterValue")
    if len(meter_values) > 1:
        meter_values = sorted(meter_values, key=_timestamp)
    for samples in [required_objects(each, "sampledValue") for each in meter_values]:
        batch: dict[ConnectorValue, float] = {}
        _read_samples(samples, units, batch, elsewhere)
        readings.update(_complete(batch))
    return _complete(elsewhere) | readings if elsewhere else readings


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


def _complete(batch: dict[ConnectorValue, float]) -> dict[ConnectorValue, float]:
    """Derive the total power from the phases; store a voltage without phase as L1."""
    if ConnectorValue.POWER not in batch:
        phases = [batch[name] for name in POWERS_BY_PHASE if name in batch]
        if phases:
            batch[ConnectorValue.POWER] = sum(phases)
    if (voltage := batch.pop(ConnectorValue.VOLTAGE, None)) is not None:
        batch.setdefault(ConnectorValue.VOLTAGE_L1, voltage)
    return batch


def _read_samples(
    samples: list[Json],
    units: Mapping[str, str],
    outlet: dict[ConnectorValue, float],
    elsewhere: dict[ConnectorValue, float],
) -> None:
    """Add the samples of a meter value to `outlet` or `elsewhere`, by location."""
    for sample in samples:
        measurand = sample.get("measurand", _DEFAULT_MEASURAND)
        try:
            name = _VALUES.get((measurand, sample.get("phase")))
            factor = _FACTOR_BY_UNIT.get(sample.get("unit") or units.get(measurand, ""))
            if name is None or factor is None:  # some chargers pad names
                measurand = stripped(sample, "measurand") or _DEFAULT_MEASURAND
                unit = stripped(sample, "unit") or units.get(measurand, "")
                name = _VALUES.get((measurand, stripped(sample, "phase")))
                factor = _FACTOR_BY_UNIT.get(unit, 1.0)
        except TypeError as error:
            raise InvalidCallError(
                CallErrorCode.TYPE_CONSTRAINT_VIOLATION,
                "measurand, phase or unit is not a string",
            ) from error
        if name is None or sample.get("format") == "SignedData":
            continue
        number = parse_number(sample.get("value"))
        if number is None or (number < 0 and name is ConnectorValue.ENERGY):
            continue
        is_elsewhere = (
            sample.get("location", _OUTLET) != _OUTLET
            and stripped(sample, "location") in _OTHER_LOCATIONS
        )
        readings = elsewhere if is_elsewhere else outlet
        # adding 0 turns -0.0 into 0.0
        readings[name] = 0.0 + (number if factor == 1 else round(number * factor, 6))
