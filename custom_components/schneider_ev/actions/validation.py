"""Validators of what owners enter, stricter than Home Assistant's own."""

from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from math import isfinite
from typing import Any

import voluptuous as vol

from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from ..const import DOMAIN

_MAX_DURATION_DAYS = 366


def point_in_time(value: Any) -> datetime:
    """Validate a date and time and return it in UTC.

    Without a time zone it is local, without a time it is the beginning of the day. The
    first and the last year that Python knows are rejected: conversion to another time
    zone could overflow.
    """
    time = cv.datetime(value.isoformat() if isinstance(value, date) else value)
    if not MINYEAR < time.year < MAXYEAR:
        raise vol.Invalid(f"the year {time.year} is out of range")
    return dt_util.as_utc(time)


def duration(value: Any) -> timedelta:
    """Validate a duration that is longer than 0."""
    try:
        period: timedelta = cv.positive_time_period(value)
    except OverflowError as error:
        raise vol.Invalid("that is too long") from error
    if not timedelta(0) < period <= timedelta(days=_MAX_DURATION_DAYS):
        raise vol.Invalid(f"{period} is not from 0 to {_MAX_DURATION_DAYS} days")
    return period


def whole_number(value: Any) -> int:
    """Reject anything but whole numbers: Coerce would round, and take booleans."""
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise vol.Invalid(f"{value} is no whole number")
    whole: int = vol.Coerce(int)(value)
    return whole


def number(value: Any) -> float:
    """Reject anything but finite numbers."""
    if isinstance(value, bool) or not isfinite(result := vol.Coerce(float)(value)):
        raise vol.Invalid(f"{value} is no number")
    return float(result)


def one_device(value: Any) -> str:
    """Reject more or fewer than one device; a target is a list."""
    devices = cv.ensure_list(value)
    if len(devices) != 1:
        raise vol.Invalid("one device at a time: repeat the action for each")
    return cv.string(devices[0])


def finite(key: str, value: float) -> float:
    """Return the value set on a number entity, for templates can return nan or inf.

    Raises ServiceValidationError if it is not finite.
    """
    if not isfinite(value):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="value_not_accepted",
            translation_placeholders={"key": key, "value": str(value)},
        )
    return value
