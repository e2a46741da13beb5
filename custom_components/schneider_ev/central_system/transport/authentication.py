"""HTTP Basic authentication: passwords of chargers, and a limit of failed attempts."""

from base64 import b64decode
from collections.abc import Iterator
import hmac
import re
from secrets import choice, token_hex
import string

from websockets.datastructures import Headers

from ..messages.payload import plain
from .budget import Budgets
from .network import network_of

AUTHORIZATION_KEY = "AuthorizationKey"
"""The configuration key that holds a charger's password."""

_JSON_OBJECT = re.compile(r'\{(?:[^{}"]|"(?:[^"\\]|\\.)*+")*+\}')
_HEXADECIMAL = re.compile(r"([0-9A-Fa-f]{2})+")
_HEXADECIMAL_LENGTH = 40
_ALPHABET = string.ascii_letters + string.digits

# failed sign-ins at once, and seconds until one more
_NARROW = (10, 6.0)
_WIDE = (100, 0.6)


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
    """Limits failed sign-ins: a few in a row, then one per interval.

    The narrow limit is that of an identity at a network, so that others behind the same
    address are not concerned. The wide ones are of a network, whatever the identity, and
    of an identity, whatever the network but the one from which it signed in last.
    """

    def __init__(self) -> None:
        """Start without failures."""
        self._of_both = Budgets[tuple[str, str]](*_NARROW)
        self._of_network = Budgets[str](*_WIDE)
        self._of_identity = Budgets[str](*_WIDE)
        self._signed_in_from: dict[str, str] = {}

    def allows(self, identity: str, address: str) -> bool:
        """Tell whether an identity may try to sign in from an address."""
        network = network_of(address)
        return not (
            self._of_both.is_spent((identity, network))
            or self._of_network.is_spent(network)
            or (
                self._of_identity.is_spent(identity)
                and self._signed_in_from.get(identity) != network
            )
        )

    def failed(self, identity: str, address: str) -> None:
        """Count a failed sign-in."""
        network = network_of(address)
        self._of_both.spend((identity, network))
        self._of_network.spend(network)
        if self._signed_in_from.get(identity) != network:
            self._of_identity.spend(identity)

    def succeeded(self, identity: str, address: str) -> None:
        """Note from where an identity signed in."""
        self._signed_in_from[identity] = network_of(address)
