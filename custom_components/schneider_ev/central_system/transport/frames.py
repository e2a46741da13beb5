"""OCPP-J frames: decoded to messages, and messages encoded (OCPP-J 1.6, section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
import re
from typing import Any

import orjson

from ..messages.errors import CallErrorCode, InvalidCallError
from ..messages.payload import MAX_STATUS_LENGTH, plain_text

type MessageId = str | int

_CALL, _CALL_RESULT, _CALL_ERROR = 2, 3, 4
_MAX_DESCRIPTION_LENGTH = 255
_BROKEN_CALL = re.compile(rb'\s*\[\s*2\s*,\s*"([^"\\]{1,36})"')


@dataclass(frozen=True, slots=True)
class Call:
    """A CALL: an action with its payload."""

    id: MessageId
    action: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MalformedCall:
    """A CALL that cannot be read beyond its id."""

    id: MessageId


@dataclass(frozen=True, slots=True)
class CallResult:
    """A CALLRESULT; `payload` is None where it is no object."""

    id: MessageId
    payload: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class CallError:
    """A CALLERROR."""

    id: MessageId
    code: str
    description: str


type Message = Call | MalformedCall | CallResult | CallError


def decode(frame: str | bytes) -> Message | None:
    """Return the message of a frame, None where it is no OCPP-J message."""
    match _parse(frame):
        case [2, str() | int() as message_id, str(action), dict(payload), *_]:
            return Call(message_id, action, payload)
        case [2, str() | int() as message_id, str(action)]:
            return Call(message_id, action, {})
        case [2, str() | int() as message_id, str(action), None]:
            return Call(message_id, action, {})
        case [2, str() | int() as message_id, *_]:
            return MalformedCall(message_id)
        case [3, str() | int() as message_id, dict(payload), *_]:
            return CallResult(message_id, payload)
        case [3, str() | int() as message_id] | [3, str() | int() as message_id, None]:
            return CallResult(message_id, {})
        case [3, str() | int() as message_id, *_]:
            return CallResult(message_id, None)
        case [4, str() | int() as message_id, *rest]:
            code, description = (*map(str, rest[:2]), "", "")[:2]
            return CallError(
                message_id, plain_text(code, MAX_STATUS_LENGTH), plain_text(description)
            )
        case _:
            return None


def encode_call(message_id: str, action: str, payload: orjson.Fragment) -> bytes:
    """Return the frame of a CALL; the payload is JSON already."""
    return orjson.dumps([_CALL, message_id, action, payload])


def encode_result(message_id: MessageId, payload: Mapping[str, Any]) -> bytes:
    """Return the frame of a CALLRESULT."""
    return orjson.dumps([_CALL_RESULT, message_id, payload])


def encode_error(message_id: MessageId, error: InvalidCallError) -> bytes:
    """Return the frame of a CALLERROR; of a long description it has the beginning."""
    description = error.description[:_MAX_DESCRIPTION_LENGTH]
    return orjson.dumps([_CALL_ERROR, message_id, error.code, description, {}])


def malformed() -> InvalidCallError:
    """Return the error for a CALL that cannot be read."""
    return InvalidCallError(
        CallErrorCode.FORMATION_VIOLATION,
        'A call is [2, "<id>", "<action>", {<payload>}]',
    )


def _parse(frame: str | bytes) -> Any:
    """Return the JSON of a frame.

    Where it is no JSON, but begins like a call, it is that call without its rest.
    """
    raw = frame.encode() if isinstance(frame, str) else frame
    try:
        return orjson.loads(raw.rstrip(b"\x00"))
    except orjson.JSONDecodeError:
        if match := _BROKEN_CALL.match(raw):
            return [_CALL, match[1].decode(errors="replace"), None, None]
        return None
