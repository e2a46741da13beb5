"""HTTP Basic authentication: passwords of chargers, and a limit of failed attempts."""

from base64 import b64decode
from collections.abc import Iterator
import hmac
import re
from secrets import choice, token_hex
import string
from time import monotonic

from websockets.datastructures import Headers

from ..messages.payload import plain

AUTHORIZATION_KEY = "AuthorizationKey"
"""The configuration key that holds a charger's password."""

_JSON_OBJECT = re.compile(r'\{(?:[^{}"]|"(?:[^"\\]|\\.)*+")*+\}')
_HEXADECIMAL = re.compile(r"([0-9A-Fa-f]{2})+")
_HEXADECIMAL_LENGTH = 40
_ALPHABET = string.ascii_letters + string.digits

_MAX_FAILURES_IN_A_ROW = 10
_SECONDS_PER_FAILURE = 6.0  # how long each failure counts
MAX_ADDRESSES = 1024
"""How many addresses with failed attempts are remembered."""


def presents(headers: Headers, identity: str, password: str) -> bool:
    """Tell whether a request has the HTTP Basic credentials of a charger.

    `identity` is the user name. A hexadecimal password may also be sent as the bytes
    that it encodes.
    """
    values = headers.get_all("Authorization")
    scheme, _, encoded = values[0].partition(" ") if len(values) == 1 else ("", "", "")
    if scheme.casefold() != "basic":
        return False
    try:
        credentials = b64decode(encoded.strip(), validate=True)
    except ValueError:
        return False
    user = f"{identity}:".encode()
    matches = [
        hmac.compare_digest(credentials, user + encoding)
        for encoding in _encodings(password)
    ]
    return True in matches


def _encodings(password: str) -> Iterator[bytes]:
    yield password.encode()
    if _HEXADECIMAL.fullmatch(password):
        yield bytes.fromhex(password)


def generate_password(max_length: int | None) -> str:
    """Return a new random password of at most `max_length` characters.

    It is 20 bytes in hexadecimal, as OCPP specifies; letters and digits if that is too
    long.
    """
    if max_length is None or max_length >= _HEXADECIMAL_LENGTH:
        return token_hex(_HEXADECIMAL_LENGTH // 2)
    return "".join(choice(_ALPHABET) for _ in range(max_length))


def hide_passwords(frame: str | bytes) -> str:
    """Return a frame as a line of the log, without objects that contain a password."""
    text = plain(frame if isinstance(frame, str) else frame.decode(errors="replace"))
    return text if not _holds_password(text) else _JSON_OBJECT.sub(_hide_password, text)


def _hide_password(match: re.Match[str]) -> str:
    return f'{{"{AUTHORIZATION_KEY}"}}' if _holds_password(match[0]) else match[0]


def _holds_password(text: str) -> bool:
    return AUTHORIZATION_KEY.casefold() in text.casefold()


class Throttle:
    """Limits failed sign-ins of an address: a few in a row, then one per interval."""

    def __init__(self) -> None:
        """Start without failures."""
        self._cleared_at: dict[str, float] = {}  # when no failure counts any more

    def allows(self, address: str) -> bool:
        """Tell whether an address may try to sign in."""
        debt = self._cleared_at.get(address, 0.0) - monotonic()
        return debt <= (_MAX_FAILURES_IN_A_ROW - 1) * _SECONDS_PER_FAILURE

    def failed(self, address: str) -> None:
        """Count a failed sign-in; the address that failed longest ago makes room."""
        now = monotonic()
        begin = max(self._cleared_at.pop(address, now), now)
        self._cleared_at[address] = begin + _SECONDS_PER_FAILURE
        if len(self._cleared_at) > MAX_ADDRESSES:
            del self._cleared_at[next(iter(self._cleared_at))]
