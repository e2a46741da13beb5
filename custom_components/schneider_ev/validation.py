"""What owners may say, where Home Assistant's own validators would let too much pass."""

from datetime import MAXYEAR, MINYEAR, datetime, timedelta
from math import isfinite
from typing import Any

import voluptuous as vol

from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from .const import DOMAIN

_LONGEST_DURATION = timedelta(days=366)


def point_in_time(value: Any) -> datetime:
    """Validate a date and time and return it as UTC; without a zone it is a local one.

    At either end of the calendar no other zone, and no later hour, may exist.
    """
    time = cv.datetime(value)
    if not MINYEAR < time.year < MAXYEAR:
        raise vol.Invalid(f"the year {time.year} is out of range")
    return dt_util.as_utc(time)


duration = vol.All(cv.positive_time_period, vol.Range(max=_LONGEST_DURATION))


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
