"""From the sampled values of a MeterValues to readings in base units.

Readings are in W, A, V, Wh, varh, Hz and %, under the keys of the entities.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .errors import CallErrorCode, InvalidCallError
from .payload import Json, optional_timestamp, required_objects

_PHASES = ("L1", "L2", "L3")
_BY_PHASE = {
    "Power.Active.Import": "power",
    "Current.Import": "current",
    "Voltage": "voltage",
}
_KEYS: dict[tuple[str, str | None], str] = {
    ("Power.Active.Import", None): "power",
    ("Power.Offered", None): "power_offered",
    ("Current.Import", None): "current_import",
    ("Current.Offered", None): "current_offered",
    ("Voltage", None): "voltage",
    ("Energy.Active.Import.Register", None): "energy",
    ("Energy.Reactive.Import.Register", None): "reactive_energy",
    ("Frequency", None): "frequency",
    ("SoC", None): "state_of_charge",
}
for _measurand, _key in _BY_PHASE.items():
    for _phase in _PHASES:
        for _spelling in (_phase, f"{_phase}-N"):
            _KEYS[_measurand, _spelling] = f"{_key}_{_phase.lower()}"
            _KEYS[f"{_measurand}.{_spelling}", None] = f"{_key}_{_phase.lower()}"
            _KEYS[f"{_measurand}.{_spelling}", _spelling] = f"{_key}_{_phase.lower()}"

_FACTORS = {
    spelling: 1000.0
    for unit in ("kW", "kWh", "kvarh", "kVArh", "kVarh")
    for spelling in (unit, unit.lower(), unit.upper())
}
_TOO_MUCH = 1e15
_PADDING = "\x00 "
_DEFAULT_MEASURAND = "Energy.Active.Import.Register"
_ELSEWHERE = ("Body", "Cable", "EV", "Inlet")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

READINGS = frozenset(_KEYS.values())

FLOWS = frozenset(
    {
        "power",
        "power_l1",
        "power_l2",
        "power_l3",
        "current_import",
        "current_l1",
        "current_l2",
        "current_l3",
    }
)
"""Readings that are zero while no transaction runs."""

OFFERS = frozenset({"current_offered", "power_offered"})
"""Readings that say nothing while no transaction runs."""


def read_meter_values(payload: Json, units: Mapping[str, str]) -> dict[str, float]:
    """Return the newest readings of a MeterValues payload.

    `units` gives the unit of a measurand where the charger leaves it out. Values that
    are no number (signed data, blanks) and measurands nobody shows are passed over;
    what was taken elsewhere than at the outlet counts where nothing else does.
    Raises InvalidCallError where the payload is no MeterValues.
    """
    readings: dict[str, float] = {}
    elsewhere: dict[str, float] = {}
    for meter_value in _oldest_first(required_objects(payload, "meterValue")):
        batch: dict[str, float] = {}
        _read_samples(meter_value, units, batch, elsewhere)
        readings.update(_complete(batch))
    return _complete(elsewhere) | readings if elsewhere else readings


def newest_timestamp(payload: Json) -> datetime:
    """Return when the newest meter value was taken; now, where none of them says."""
    newest = max(
        map(_taken, required_objects(payload, "meterValue")), default=_LONG_AGO
    )
    return datetime.now(UTC) if newest == _LONG_AGO else newest


def parse_number(value: Any) -> float | None:
    """Return a number that a meter can show, also where it is sent as text, else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if "_" in value:
            return None
        value = value.replace(",", ".").strip(_PADDING)
    try:
        number = float(value)
    except TypeError, ValueError, OverflowError:
        return None
    return number if abs(number) < _TOO_MUCH else None


_POWER_PHASES = ("power_l1", "power_l2", "power_l3")


def _oldest_first(meter_values: list[Json]) -> list[Json]:
    """Return meter values in the order in which they were taken, the undated first."""
    return meter_values if len(meter_values) == 1 else sorted(meter_values, key=_taken)


def _taken(meter_value: Json) -> datetime:
    return optional_timestamp(meter_value, "timestamp") or _LONG_AGO


def _complete(batch: dict[str, float]) -> dict[str, float]:
    """Return readings with those that follow from the others."""
    if "power" not in batch:
        phases = [batch[key] for key in _POWER_PHASES if key in batch]
        if phases:
            batch["power"] = sum(phases)
    if (voltage := batch.pop("voltage", None)) is not None:
        batch.setdefault("voltage_l1", voltage)
    return batch


def _read_samples(
    meter_value: Json,
    units: Mapping[str, str],
    here: dict[str, float],
    elsewhere: dict[str, float],
) -> None:
    """Add the samples of a meter value to those taken here, or elsewhere."""
    for sample in required_objects(meter_value, "sampledValue"):
        measurand = _name(sample, "measurand") or _DEFAULT_MEASURAND
        try:
            key = _KEYS.get((measurand, _name(sample, "phase")))
            factor = _FACTORS.get(_name(sample, "unit") or units.get(measurand, ""))
        except TypeError as error:
            raise InvalidCallError(
                CallErrorCode.TYPE_CONSTRAINT_VIOLATION,
                "measurand, phase and unit are strings",
            ) from error
        if key is None or sample.get("format") == "SignedData":
            continue
        value = parse_number(sample.get("value"))
        if value is None or (value < 0 and key == "energy"):
            continue
        readings = elsewhere if _name(sample, "location") in _ELSEWHERE else here
        # adding 0 turns -0.0 into 0.0
        readings[key] = 0.0 + (value if factor is None else round(value * factor, 6))


def _name(sample: Json, name: str) -> Any:
    """Return a name without blanks and NUL characters around it, None for none."""
    value = sample.get(name)
    return value.strip(_PADDING) or None if isinstance(value, str) else value
