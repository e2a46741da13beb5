"""Readings of entities: powers, prices and how full a battery is."""

from math import isfinite

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfPower
from homeassistant.core import State
from homeassistant.util.unit_conversion import PowerConverter

_KWH_PER_UNIT = {"Wh": 0.001, "kWh": 1.0, "MWh": 1000.0}
_MINOR_UNITS = frozenset(
    {"¢", "c", "ct", "cent", "cents", "øre", "öre", "p", "pence", "gr", "st"}
)
"""Units of money of which a hundred are one of the currency."""


def read_number(state: State | None) -> float | None:
    """Return the number that an entity shows, None if its state is none."""
    if state is None:
        return None
    try:
        number = float(state.state)
    except ValueError:
        return None
    return number if isfinite(number) else None


def read_power(state: State | None) -> float | None:
    """Return the power of an entity in W, None if its state is no power."""
    power = read_number(state)
    if state is None or power is None:
        return None
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT, UnitOfPower.WATT)
    if unit not in PowerConverter.VALID_UNITS:
        return None
    return PowerConverter.convert(power, unit, UnitOfPower.WATT)


def read_price(state: State | None) -> float | None:
    """Return what a kWh costs by an entity; its unit is one of money per energy.

    A price without a unit is one of the currency per kWh. Another currency than Home
    Assistant's is taken as it is.
    """
    price = read_number(state)
    if state is None or price is None:
        return None
    money, _, energy = (state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) or "").partition(
        "/"
    )
    if energy.strip() not in {"", *_KWH_PER_UNIT}:
        return None
    price /= _KWH_PER_UNIT.get(energy.strip(), 1.0)
    return price / 100 if money.strip().casefold() in _MINOR_UNITS else price


def price_currency(state: State | None) -> str | None:
    """Return the currency in the unit of a price, None where it names none."""
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None
    money = (unit or "").partition("/")[0].strip()
    return money or None
