"""Reading the payload of a call from a charger: lenient in form, strict in meaning."""

from collections.abc import Mapping
from datetime import UTC, datetime
import re
from typing import Any

import orjson

from .errors import CallErrorCode, InvalidCallError

type Json = Mapping[str, Any]

_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([.,]\d{1,9})?\s?(Z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)


def required_text(payload: Json, name: str) -> str:
    """Return a text that must be there; numbers are taken for their text.

    Raises InvalidCallError when the member is missing, empty or of another type.
    """
    if (text := optional_text(payload, name)) is None:
        raise _missing(name)
    return text


def optional_text(payload: Json, name: str) -> str | None:
    """Return a text without blanks and NUL characters around it, None for none."""
    match payload.get(name):
        case str(value):
            return value.replace("\x00", "").strip() or None
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
    """Return an integer, also where it is sent as text or with a zero fraction."""
    match payload.get(name):
        case None:
            return None
        case bool():
            pass
        case int(value):
            return value
        case float(value) if value.is_integer():
            return int(value)
        case str(text) if re.fullmatch(r"\s*[+-]?\d{1,18}\s*", text, re.ASCII):
            return int(text)
    raise _wrong_type(name, "an integer")


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


def parse_timestamp(text: str) -> datetime | None:
    """Return the point in time that a text begins with; without a zone it is UTC."""
    if (match := _TIMESTAMP.match(text.strip())) is None:
        return None
    try:
        timestamp = datetime.fromisoformat(
            re.sub(r"\s(?=Z|[+-])", "", match[0].upper())
        )
    except ValueError:
        return None
    if timestamp.tzinfo is None:
        return timestamp.replace(tzinfo=UTC)
    try:
        return timestamp.astimezone(UTC)
    except OverflowError:
        return None


def format_timestamp(timestamp: datetime) -> str:
    """Return a point in time as OCPP wants it: UTC, whole seconds, with a Z."""
    return timestamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
