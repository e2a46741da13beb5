"""Who may pass for a charger: passwords, and how often an address may guess them."""

from base64 import b64decode
from collections.abc import Iterator
import hmac
import re
from secrets import choice, token_hex
import string
from time import monotonic

from websockets.datastructures import Headers

AUTHORIZATION_KEY = "AuthorizationKey"
"""The configuration key that holds a charger's password."""

_OBJECT = re.compile(r'\{(?:[^{}"]|"(?:[^"\\]|\\.)*+")*+\}')
_HEXADECIMAL = re.compile(r"([0-9A-Fa-f]{2})+")
_HEX_DIGITS = 40
_CHARACTERS = string.ascii_letters + string.digits

_FAILURES_AT_ONCE = 10
_FAILURE_INTERVAL = 6.0
_MAX_ADDRESSES = 1024


def presents(headers: Headers, identity: str, password: str) -> bool:
    """Tell whether a request signs in as a charger, with that password (HTTP Basic).

    A password of hexadecimal digits may also come as the bytes that they stand for.
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
        hmac.compare_digest(credentials, user + form) for form in _forms(password)
    ]
    return True in matches


def _forms(password: str) -> Iterator[bytes]:
    yield password.encode()
    if _HEXADECIMAL.fullmatch(password):
        yield bytes.fromhex(password)


def generate_password(maximum: int | None) -> str:
    """Return a new password of at most so many characters, as hard to guess as it can be.

    It is hexadecimal, as OCPP wants it, where there is room for all of its 20 bytes.
    """
    if maximum is None or maximum >= _HEX_DIGITS:
        return token_hex(_HEX_DIGITS // 2)
    return "".join(choice(_CHARACTERS) for _ in range(maximum))


def hide_passwords(frame: str | bytes) -> str:
    """Return a frame as it may be logged."""
    text = frame if isinstance(frame, str) else frame.decode(errors="replace")
    return text if not _holds_password(text) else _OBJECT.sub(_hide_password, text)


def _hide_password(match: re.Match[str]) -> str:
    return f'{{"{AUTHORIZATION_KEY}"}}' if _holds_password(match[0]) else match[0]


def _holds_password(text: str) -> bool:
    return AUTHORIZATION_KEY.casefold() in text.casefold()


class Throttle:
    """Lets an address fail a few times at once, and then once in a while."""

    def __init__(self) -> None:
        """Start without failures."""
        self._forgiven: dict[str, float] = {}

    def allows(self, address: str) -> bool:
        """Tell whether an address may try."""
        debt = self._forgiven.get(address, 0.0) - monotonic()
        return debt <= (_FAILURES_AT_ONCE - 1) * _FAILURE_INTERVAL

    def failed(self, address: str) -> None:
        """Count a failure of an address; those that failed longest ago are forgotten."""
        now = monotonic()
        begin = max(self._forgiven.pop(address, now), now)
        self._forgiven[address] = begin + _FAILURE_INTERVAL
        if len(self._forgiven) > _MAX_ADDRESSES:
            del self._forgiven[next(iter(self._forgiven))]
