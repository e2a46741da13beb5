"""What owners may say, where Home Assistant's own validators would let too much pass."""

from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from math import isfinite
from typing import Any

import voluptuous as vol

from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from ..const import DOMAIN

_LONGEST_DURATION = timedelta(days=366)


def point_in_time(value: Any) -> datetime:
    """Validate a date and time and return it as UTC; without a zone it is a local one.

    A date is where that day begins. At either end of the calendar no other zone, and
    no later hour, may exist.
    """
    time = cv.datetime(value.isoformat() if isinstance(value, date) else value)
    if not MINYEAR < time.year < MAXYEAR:
        raise vol.Invalid(f"the year {time.year} is out of range")
    return dt_util.as_utc(time)


def duration(value: Any) -> timedelta:
    """Validate how long something is to last, which is longer than not at all."""
    try:
        period: timedelta = cv.positive_time_period(value)
    except OverflowError as error:
        raise vol.Invalid("that is too long") from error
    if not timedelta(0) < period <= _LONGEST_DURATION:
        raise vol.Invalid(f"{period} is not from 0 to {_LONGEST_DURATION.days} days")
    return period


def whole_number(value: Any) -> int:
    """Validate a whole number: none is made of what is not one."""
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise vol.Invalid(f"{value} is no whole number")
    whole: int = vol.Coerce(int)(value)
    return whole


def number(value: Any) -> float:
    """Validate a finite number."""
    if isinstance(value, bool) or not isfinite(result := vol.Coerce(float)(value)):
        raise vol.Invalid(f"{value} is no number")
    return float(result)


def one_device(value: Any) -> str:
    """Validate a device; targets come as lists."""
    devices = cv.ensure_list(value)
    if len(devices) != 1:
        raise vol.Invalid("one device at a time: repeat the action for each")
    return cv.string(devices[0])


def finite(key: str, value: float) -> float:
    """Return the value of a number entity; what a template makes may be no number.

    Raises ServiceValidationError where it is none.
    """
    if not isfinite(value):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="value_not_accepted",
            translation_placeholders={"key": key, "value": str(value)},
        )
    return value
