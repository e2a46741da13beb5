"""Reads the sampled values of a MeterValues: in W, A, V, Wh, varh, Hz and %."""

from collections.abc import Mapping
from datetime import UTC, datetime

from ..values import ConnectorValue
from .errors import CallErrorCode, InvalidCallError
from .payload import Json, optional_timestamp, parse_number, required_objects, stripped

_PHASES = ("L1", "L2", "L3")
_BY_PHASE = {
    "Power.Active.Import": "power",
    "Current.Import": "current",
    "Voltage": "voltage",
}
_NAMES: dict[tuple[str, str | None], ConnectorValue] = {
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
for _measurand, _name_part in _BY_PHASE.items():
    for _phase in _PHASES:
        _value = ConnectorValue(f"{_name_part}_{_phase.lower()}")
        for _spelling in (_phase, f"{_phase}-N"):
            _NAMES[_measurand, _spelling] = _value
            _NAMES[f"{_measurand}.{_spelling}", None] = _value
            _NAMES[f"{_measurand}.{_spelling}", _spelling] = _value

_FACTORS = {
    spelling: 1000.0
    for unit in ("kW", "kWh", "kvarh", "kVArh", "kVarh")
    for spelling in (unit, unit.lower(), unit.upper())
}
_DEFAULT_MEASURAND = "Energy.Active.Import.Register"
_OTHER_LOCATIONS = ("Body", "Cable", "EV", "Inlet")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

READINGS = frozenset(_NAMES.values())

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
    """Return the newest readings of a MeterValues payload.

    `units` gives the unit of a measurand where the charger leaves it out. Values that
    are not numbers (signed data, blanks) and unknown measurands are skipped; what was
    measured elsewhere than at the outlet counts only where the outlet was not measured.
    Raises InvalidCallError where the payload is no MeterValues.
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
    """Return the timestamp of the newest meter value; now, where none has one."""
    newest = max(
        map(_timestamp, required_objects(payload, "meterValue")), default=_LONG_AGO
    )
    return datetime.now(UTC) if newest == _LONG_AGO else newest


def _timestamp(meter_value: Json) -> datetime:
    return optional_timestamp(meter_value, "timestamp") or _LONG_AGO


def _complete(batch: dict[ConnectorValue, float]) -> dict[ConnectorValue, float]:
    """Add the readings that follow from the others."""
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
    """Add the samples of a meter value to the readings of their location."""
    for sample in samples:
        measurand = stripped(sample, "measurand") or _DEFAULT_MEASURAND
        try:
            name = _NAMES.get((measurand, stripped(sample, "phase")))
            factor = _FACTORS.get(stripped(sample, "unit") or units.get(measurand, ""))
        except TypeError as error:
            raise InvalidCallError(
                CallErrorCode.TYPE_CONSTRAINT_VIOLATION,
                "measurand, phase and unit are strings",
            ) from error
        if name is None or sample.get("format") == "SignedData":
            continue
        value = parse_number(sample.get("value"))
        if value is None or (value < 0 and name is ConnectorValue.ENERGY):
            continue
        readings = (
            elsewhere if stripped(sample, "location") in _OTHER_LOCATIONS else outlet
        )
        # adding 0 turns -0.0 into 0.0
        readings[name] = 0.0 + (value if factor is None else round(value * factor, 6))
