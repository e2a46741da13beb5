"""Reading the payload of a call from a charger: lenient in form, strict in meaning."""

from collections.abc import Mapping
from datetime import UTC, datetime
import re
from typing import Any

import orjson

from .errors import CallErrorCode, InvalidCallError

type Json = Mapping[str, Any]

LONGEST_TEXT = 255
_PADDING = "\x00 "
"""What some chargers put around texts."""

_MAX_VALUE = 1e15
LARGEST_INTEGER = 2**53  # up to here a JSON number is exact
_YEARS = range(1970, 2100)

_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([.,]\d{1,9})?\s?(Z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)


def required_text(payload: Json, name: str, longest: int = LONGEST_TEXT) -> str:
    """Return a text that must be there; numbers are taken for their text.

    Raises InvalidCallError when the member is missing, empty or of another type.
    """
    if (text := optional_text(payload, name, longest)) is None:
        raise _missing(name)
    return text


def optional_text(payload: Json, name: str, longest: int = LONGEST_TEXT) -> str | None:
    """Return a text without blanks and NUL characters around it, None for none.

    Of one that is too long it is the beginning.
    """
    match payload.get(name):
        case str(value):
            return value.replace("\x00", "").strip()[:longest] or None
        case bool():
            raise _wrong_type(name, "a string")
        case int() | float() as value:
            return str(value)
        case None:
            return None
        case _:
            raise _wrong_type(name, "a string")


def required_integer(payload: Json, name: str) -> int:
    """Return an integer that must be there."""
    if (integer := optional_integer(payload, name)) is None:
        raise _missing(name)
    return integer


def optional_integer(payload: Json, name: str) -> int | None:
    """Return an integer, also where it is sent as text or with a zero fraction.

    Raises InvalidCallError when it is none, or larger than anything that is counted.
    """
    match payload.get(name):
        case None:
            return None
        case bool():
            raise _wrong_type(name, "an integer")
        case int(value):
            integer = value
        case float(value) if value.is_integer():
            integer = int(value)
        case str(text) if re.fullmatch(r"\s*[+-]?\d{1,18}\s*", text, re.ASCII):
            integer = int(text)
        case _:
            raise _wrong_type(name, "an integer")
    if abs(integer) > LARGEST_INTEGER:
        raise InvalidCallError(
            CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"{name} is too large"
        )
    return integer


def parse_number(value: Any) -> float | None:
    """Return a number that is sent as itself or as text, None where it is none."""
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
    return number if abs(number) < _MAX_VALUE else None


def required_register(payload: Json, name: str) -> int:
    """Return what a meter shows in whole Wh, also where it is sent with a fraction."""
    number = parse_number(payload.get(name))
    return required_integer(payload, name) if number is None else round(number)


def required_id_tag(payload: Json) -> str:
    """Return the idTag, which may be empty but has to be there."""
    if isinstance(payload.get("idTag"), str):
        return optional_text(payload, "idTag") or ""
    return required_text(payload, "idTag")


def required_timestamp(payload: Json, name: str) -> datetime:
    """Return a point in time that must be there.

    Raises InvalidCallError when it is missing or no date and time at all.
    """
    text = required_text(payload, name)
    if (timestamp := parse_timestamp(text)) is None:
        raise InvalidCallError(
            CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
            f"{name} is not an ISO 8601 date and time",
        )
    return timestamp


def optional_timestamp(payload: Json, name: str) -> datetime | None:
    """Return a point in time, None where there is none that can be read."""
    value = payload.get(name)
    return parse_timestamp(value) if isinstance(value, str) else None


def parse_timestamp(text: str) -> datetime | None:
    """Return the point in time that a text begins with; without a zone it is UTC.

    It is None for a year in which no charger can have been, too.
    """
    if (match := _TIMESTAMP.match(text.strip())) is None:
        return None
    try:
        timestamp = datetime.fromisoformat(
            re.sub(r"\s(?=Z|[+-])", "", match[0].upper())
        )
    except ValueError:
        return None
    if timestamp.year not in _YEARS:
        return None
    if timestamp.tzinfo is None:
        return timestamp.replace(tzinfo=UTC)
    return timestamp.astimezone(UTC)


def format_timestamp(timestamp: datetime) -> str:
    """Return a point in time as OCPP wants it: UTC, whole seconds, with a Z."""
    return timestamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stripped(payload: Json, name: str) -> Any:
    """Return a member, a text without blanks and NUL characters around it."""
    value = payload.get(name)
    return value.strip(_PADDING) or None if isinstance(value, str) else value


def required_objects(payload: Json, name: str) -> list[Json]:
    """Return a list of objects; an object that stands alone is a list of one."""
    value = payload.get(name)
    if value is None:
        raise _missing(name)
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _wrong_type(name, "a list of objects")
    return value


def unwrap(data: object) -> Json:
    """Return an object that comes as itself, as JSON text, or as text of that text.

    Raises InvalidCallError where it is none of these.
    """
    for _ in range(3):
        if isinstance(data, dict):
            return data
        if not isinstance(data, str):
            break
        try:
            data = orjson.loads(data)
        except orjson.JSONDecodeError:
            break
    raise InvalidCallError(
        CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "data is no JSON object"
    )


def _missing(name: str) -> InvalidCallError:
    return InvalidCallError(CallErrorCode.PROTOCOL_ERROR, f"{name} is missing")


def _wrong_type(name: str, wanted: str) -> InvalidCallError:
    return InvalidCallError(
        CallErrorCode.TYPE_CONSTRAINT_VIOLATION, f"{name} is not {wanted}"
    )
