"""Reads members of OCPP payloads: tolerates wrong formats, rejects missing values."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
import re
from typing import Any

import orjson

from .errors import CallErrorCode, InvalidCallError

type Json = Mapping[str, Any]

MAX_TEXT_LENGTH = 255
"""Characters of a string that are kept, the rest is cut off."""
MAX_STATUS_LENGTH = 50
"""Characters of a status in an answer that are kept: OCPP's own have at most 24."""
MAX_INTEGER = 2**53
"""The largest integer that every JSON parser reads exactly."""
UNKNOWN_ID = -1
"""What a charger calls a transaction whose id never reached it (errata 3.18)."""
_PLAUSIBLE_YEARS = range(1970, 2100)
_MAX_NUMBER = 1e15  # larger than any register; rejects infinity
_PADDING = "\x00 "

_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([.,]\d{1,9})?\s?(Z|[+-]\d\d:?\d\d)?",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """Return a text without what no display shows as a character, on one line.

    Control and formatting characters are removed, such as those that change the
    direction of writing; line breaks, tabs and blanks of any kind become blanks.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else " " * character.isspace()
        for character in text
    )


def plain_text(text: str, max_length: int = MAX_TEXT_LENGTH) -> str:
    """Return the beginning of a plain text, without surrounding blanks."""
    # of what is far too long, not all is looked at
    return plain(text.strip(_PADDING)[: 2 * max_length]).strip()[:max_length].rstrip()


def read_status(answer: Json) -> str:
    """Return the status of an answer as plain text; None where it has none."""
    return plain_text(str(answer.get("status")), MAX_STATUS_LENGTH)


def tolerant[MemberT](
    read: Callable[[Json, str], MemberT | None], payload: Json, name: str
) -> MemberT | None:
    """Return an optional member, None also if it is malformed: the rest counts."""
    try:
        return read(payload, name)
    except InvalidCallError:
        return None


def required[MemberT](member: MemberT | None, name: str) -> MemberT:
    """Return a member that was read. Raises InvalidCallError if it is missing."""
    if member is None:
        raise _missing(name)
    return member


def required_text(payload: Json, name: str, max_length: int = MAX_TEXT_LENGTH) -> str:
    """Return a required string, read like `optional_text`.

    Raises InvalidCallError if the member is missing, empty or of another type.
    """
    return required(optional_text(payload, name, max_length), name)


def optional_text(
    payload: Json, name: str, max_length: int = MAX_TEXT_LENGTH
) -> str | None:
    """Return a string as plain text without surrounding blanks; None if missing or empty.

    It is cut to `max_length` characters; numbers are converted. Raises InvalidCallError
    if the member is of another type.
    """
    match payload.get(name):
        case str(value):
            return plain_text(value, max_length) or None
        case bool():
            raise _wrong_type(name, "a string")
        case int() | float() as value:
            return str(value)
        case None:
            return None
        case _:
            raise _wrong_type(name, "a string")


def required_lines(payload: Json, name: str, max_length: int) -> str:
    """Return a required string as it came, such as a certificate in PEM.

    Raises InvalidCallError if the member is missing, empty or of another type.
    """
    match payload.get(name):
        case str(value) if value.strip(_PADDING):
            return value[:max_length]
        case None | str():
            raise _missing(name)
        case _:
            raise _wrong_type(name, "a string")


def required_integer(payload: Json, name: str) -> int:
    """Return a required integer, read like `optional_integer`.

    Raises InvalidCallError if it is missing, not an integer or too large.
    """
    return required(optional_integer(payload, name), name)


def optional_integer(payload: Json, name: str) -> int | None:
    """Return an integer, also one sent as a string or as 1.0; None if missing.

    Raises InvalidCallError if it is not an integer or larger than `MAX_INTEGER`.
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
    if abs(integer) > MAX_INTEGER:
        raise InvalidCallError(
            CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"{name} is too large"
        )
    return integer


def optional_transaction_id(payload: Json) -> int | None:
    """Return a transaction id, None if missing.

    One that cannot be an id, for it is no integer or too large for one, is UNKNOWN_ID.
    """
    try:
        return optional_integer(payload, "transactionId")
    except InvalidCallError:
        return UNKNOWN_ID


def parse_number(value: Any) -> float | None:
    """Return a number, also one sent as a string; None if it is not a number."""
    if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
        return None
    try:
        number = float(value)
    except ValueError:
        return _parse_padded(value)
    except TypeError, OverflowError:
        return None
    return number if abs(number) < _MAX_NUMBER else None


def _parse_padded(value: Any) -> float | None:
    """Return a number with a decimal comma, or with padding around it."""
    try:
        number = float(value.replace(",", ".").strip(_PADDING))
    except AttributeError, ValueError:
        return None
    return number if abs(number) < _MAX_NUMBER else None


def required_register(payload: Json, name: str) -> int:
    """Return a meter reading rounded to whole Wh; chargers also send fractions."""
    number = parse_number(payload.get(name))
    return required_integer(payload, name) if number is None else round(number)


def required_id_tag(payload: Json) -> str:
    """Return the idTag, which may be empty. Raises InvalidCallError if it is missing."""
    return text_or_empty(payload, "idTag")


def text_or_empty(payload: Json, name: str) -> str:
    """Return a required string that may be empty, read like `optional_text`.

    Raises InvalidCallError if the member is missing or of another type.
    """
    if isinstance(payload.get(name), str):
        return optional_text(payload, name) or ""
    return required_text(payload, name)


def required_timestamp(payload: Json, name: str) -> datetime:
    """Return a required timestamp.

    Raises InvalidCallError if it is missing or not a date and time.
    """
    text = required_text(payload, name)
    if (timestamp := parse_timestamp(text)) is None:
        raise InvalidCallError(
            CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
            f"{name} is not an ISO 8601 date and time",
        )
    return timestamp


def optional_timestamp(payload: Json, name: str) -> datetime | None:
    """Return a timestamp; None if it is missing or not a date and time."""
    value = payload.get(name)
    return parse_timestamp(value) if isinstance(value, str) else None


def parse_timestamp(text: str) -> datetime | None:
    """Return the ISO 8601 timestamp that a text begins with, in UTC.

    A timestamp without a time zone is taken as UTC. None if the text does not begin
    with one, or if its year is not plausible.
    """
    if (match := _TIMESTAMP.match(text.strip())) is None:
        return None
    try:
        timestamp = datetime.fromisoformat(
            re.sub(r"\s(?=Z|[+-])", "", match[0].upper())
        )
    except ValueError:
        return None
    if timestamp.year not in _PLAUSIBLE_YEARS:
        return None
    if timestamp.tzinfo is None:
        return timestamp.replace(tzinfo=UTC)
    return timestamp.astimezone(UTC)


def format_timestamp(timestamp: datetime) -> str:
    """Return a timestamp in the format of OCPP: UTC, whole seconds, with a Z."""
    return timestamp.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stripped(payload: Json, name: str) -> Any:
    """Return a member; a string without surrounding blanks and NULs, None if empty."""
    value = payload.get(name)
    return value.strip(_PADDING) or None if isinstance(value, str) else value


def required_objects(payload: Json, name: str) -> list[Json]:
    """Return a required list of objects; a single object is returned as a list of one.

    Raises InvalidCallError if it is missing or of another type.
    """
    value = payload.get(name)
    if value is None:
        raise _missing(name)
    if isinstance(value, dict):
        return [value]
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _wrong_type(name, "a list of objects")
    return value


def unwrap(data: object) -> Json:
    """Return the object in the `data` of a DataTransfer.

    It may be an object, or encoded as JSON once or twice. Raises InvalidCallError
    otherwise.
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
        CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "data is not a JSON object"
    )


def _missing(name: str) -> InvalidCallError:
    return InvalidCallError(CallErrorCode.PROTOCOL_ERROR, f"{name} is missing")


def _wrong_type(name: str, wanted: str) -> InvalidCallError:
    return InvalidCallError(
        CallErrorCode.TYPE_CONSTRAINT_VIOLATION, f"{name} is not {wanted}"
    )
