"""Decoding and encoding of frames: whatever a charger sends, without a socket."""

import json
import re
from typing import Any

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.schneider_ev.central_system.messages.errors import (
    CallErrorCode,
    InvalidCallError,
)
from custom_components.schneider_ev.central_system.messages.payload import plain_text
from custom_components.schneider_ev.central_system.transport.frames import (
    Call,
    CallError,
    CallResult,
    MalformedCall,
    Message,
    MessageId,
    decode,
    encode_call,
    encode_error,
    encode_result,
    malformed,
)

UUID = "0f3c7d2e-51b9-4d0a-9f7e-2f6f0a1b3c4d"

_SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
_JSON = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)
_PAYLOADS = st.dictionaries(st.text(), _JSON, max_size=4)
_IDS = st.text(min_size=1) | st.integers(0, 2**53)
_DESCRIPTIONS = st.text() | st.integers(250, 260).map("ä".__mul__)
_BEGINNINGS = st.sampled_from([b"", b"[", b'[2,"1",', b'[3,"1",', b'[4,"1",', b"[2,"])


@given(_BEGINNINGS, st.binary() | st.text())
def test_any_bytes_or_text_can_be_decoded(beginning: bytes, rest: bytes | str) -> None:
    """Nothing raises; what is no message is None."""
    frame = beginning.decode() + rest if isinstance(rest, str) else beginning + rest
    assert isinstance(
        decode(frame), Call | MalformedCall | CallResult | CallError | None
    )


@given(st.lists(st.integers(2, 4) | _JSON, max_size=6))
def test_any_array_can_be_decoded(frame: list[Any]) -> None:
    """A message has the id of the frame, and its members are of the types they say."""
    match decode(orjson.dumps(frame)):
        case None:
            assert (
                len(frame) < 2
                or frame[0] not in (2, 3, 4)
                or not isinstance(frame[1], str | int)
            )
        case Call(id=message_id, action=action, payload=payload):
            assert frame[:3] == [2, message_id, action]
            assert isinstance(payload, dict)
        case MalformedCall(id=message_id):
            assert frame[:2] == [2, message_id]
        case CallResult(id=message_id, payload=payload):
            assert frame[:2] == [3, message_id]
            assert payload is None or isinstance(payload, dict)
        case CallError(id=message_id, code=code, description=description):
            assert frame[:2] == [4, message_id]
            assert isinstance(code, str)
            assert isinstance(description, str)


@given(st.text(min_size=1, max_size=36), st.text(), _PAYLOADS)
def test_a_call_is_decoded_as_it_was_encoded(
    message_id: str, action: str, payload: dict[str, Any]
) -> None:
    """Whatever is in its payload."""
    frame = encode_call(message_id, action, orjson.Fragment(orjson.dumps(payload)))
    assert decode(frame) == decode(frame.decode()) == Call(message_id, action, payload)


@given(_IDS, _PAYLOADS)
def test_a_result_is_decoded_as_it_was_encoded(
    message_id: MessageId, payload: dict[str, Any]
) -> None:
    """With the id as it came, a text or a number."""
    assert decode(encode_result(message_id, payload)) == CallResult(message_id, payload)


@given(_IDS, st.sampled_from(CallErrorCode), _DESCRIPTIONS)
def test_an_error_is_decoded_as_it_was_encoded(
    message_id: MessageId, code: CallErrorCode, description: str
) -> None:
    """But for what of its description is longer than OCPP-J allows."""
    frame = encode_error(message_id, InvalidCallError(code, description))
    assert decode(frame) == CallError(message_id, code, plain_text(description[:255]))
    assert json.loads(frame)[4] == {}


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ('[2,"7","Heartbeat",{}]', Call("7", "Heartbeat", {})),
        (f'[2,"{UUID}","Heartbeat",{{}}]', Call(UUID, "Heartbeat", {})),
        ('[2,7,"Heartbeat",{}]', Call(7, "Heartbeat", {})),
        ('[2,"7","Heartbeat",null]', Call("7", "Heartbeat", {})),
        ('[2,"7","Heartbeat"]', Call("7", "Heartbeat", {})),
        ('[2,"7","Heartbeat",{},1]', Call("7", "Heartbeat", {})),
        ('[2,"7","Heartbeat",[]]', MalformedCall("7")),
        ('[2,"7",5,{}]', MalformedCall("7")),
        ('[2,"7",{}]', MalformedCall("7")),
        ('[2,"7"]', MalformedCall("7")),
        ('[3,"7",{"a":1}]', CallResult("7", {"a": 1})),
        ('[3,"7",null]', CallResult("7", {})),
        ('[3,"7"]', CallResult("7", {})),
        ('[3,"7",[]]', CallResult("7", None)),
        ('[3,"7","a"]', CallResult("7", None)),
        ('[4,"7","GenericError","no",{}]', CallError("7", "GenericError", "no")),
        ('[4,"7","GenericError"]', CallError("7", "GenericError", "")),
        ('[4,"7"]', CallError("7", "", "")),
        ('[4,"7",5,null]', CallError("7", "5", "None")),
        ('[5,"7",{}]', None),
        ('["2","7","Heartbeat",{}]', None),
        ('[2,1.5,"Heartbeat",{}]', None),
        ("[2,null]", None),
        ("[2]", None),
        ("[]", None),
        ("{}", None),
        ("null", None),
        ("", None),
    ],
)
def test_messages(frame: str, message: Message | None) -> None:
    """Members that are missing, too many or of another type; the same as bytes."""
    assert decode(frame) == decode(frame.encode()) == message


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (b'[2,"7","Heartbeat",{', MalformedCall("7")),
        (b' [ 2 , "7" , "Heartbeat", {"a": }]', MalformedCall("7")),
        (b'[2,"7","\xff",{}]', MalformedCall("7")),
        (b'[2,"\xff","Heartbeat",{}]', MalformedCall("\N{REPLACEMENT CHARACTER}")),
        (f'[2,"{UUID}",'.encode(), MalformedCall(UUID)),
        (f'[2,"{UUID}0",'.encode(), None),
        (b'[2,"",', None),
        (b'[2,"7', None),
        (b"[2,7,", None),
        (b'[3,"7",{', None),
        (b'[2,"7","Heartbeat",' + b"[" * 5000, MalformedCall("7")),
    ],
)
def test_broken_calls(frame: bytes, message: Message | None) -> None:
    """What is no JSON but begins like a call, with an id of up to 36 bytes, is a call."""
    assert decode(frame) == message


@pytest.mark.parametrize("padding", ["\0", "\0\0\0"])
def test_padding(padding: str) -> None:
    """NULs behind a frame are passed over, but not those within it."""
    frame = '[2,"7","Heartbeat",{}]'
    assert decode(frame + padding) == Call("7", "Heartbeat", {})
    assert decode(frame[:-1] + padding + "]") == MalformedCall("7")


def test_the_error_for_a_malformed_call() -> None:
    """It says what a call looks like, in as many characters as are sent."""
    frame = decode(encode_error("7", malformed()))
    assert isinstance(frame, CallError)
    assert frame.code == "FormationViolation"
    assert re.search(r"<action>.*<payload>}]$", frame.description)
