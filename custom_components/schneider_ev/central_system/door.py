"""The door of the server: who is let in, and how many were turned away for what reason."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from http import HTTPStatus
import logging
import re
from urllib.parse import unquote

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from .charge_point.charger import Charger
from .pending import PendingChargePoints
from .transport.authentication import Throttle, presents
from .transport.connection import is_encrypted
from .transport.web_pages import is_of_a_web_page
from .values import Problem

_LOGGER = logging.getLogger(__name__)

_IDENTITY = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9\-_.*:+|@=]{1,48}")

_NO_HANDSHAKE = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UPGRADE_REQUIRED})


class Reason(StrEnum):
    """Why somebody was turned away."""

    ALREADY_CONNECTED = "already_connected"
    INVALID_IDENTITY = "invalid_identity"
    NO_IDENTITY = "no_identity"
    NO_WEBSOCKET = "no_websocket"
    NOT_BOOTED = "not_booted"
    NOT_ENCRYPTED = "not_encrypted"
    OTHER_SUBPROTOCOL = "other_subprotocol"
    TOO_MANY = "too_many"
    WEB_PAGE = "web_page"
    WRONG_PASSWORD = "wrong_password"


_ANSWERS = {
    Reason.WEB_PAGE: (
        HTTPStatus.FORBIDDEN,
        "Only chargers may connect, not web pages.\n",
    ),
    Reason.NO_IDENTITY: (
        HTTPStatus.NOT_FOUND,
        "The address must end with the charger's identity.\n",
    ),
    Reason.INVALID_IDENTITY: (
        HTTPStatus.NOT_FOUND,
        "An identity has up to 48 letters, digits and -_.*:+|@= characters.\n",
    ),
    Reason.TOO_MANY: (HTTPStatus.SERVICE_UNAVAILABLE, "Too many unknown chargers.\n"),
    Reason.WRONG_PASSWORD: (HTTPStatus.UNAUTHORIZED, "The charger must sign in.\n"),
    Reason.NOT_ENCRYPTED: (
        HTTPStatus.FORBIDDEN,
        "The charger must connect by TLS (wss://).\n",
    ),
}


class Door:
    """Turns away requests that are not those of a charger that may connect.

    `turned_away` counts them by reason, and names nobody.
    """

    def __init__(
        self, chargers: Mapping[str, Charger], pending: PendingChargePoints
    ) -> None:
        """Let in the chargers that are known, and those that may wait."""
        self.turned_away = Counter[Reason]()
        self._chargers = chargers
        self._pending = pending
        self._throttle = Throttle()
        pending.did_not_boot.connect(partial(self.turn_away, Reason.NOT_BOOTED))

    def turn_away(self, reason: Reason) -> None:
        """Count one who was turned away."""
        self.turned_away[reason] += 1

    def process_request(
        self, websocket: ServerConnection, request: Request
    ) -> Response | None:
        """Answer a request that is turned away, before its handshake."""
        if (reason := self._reason(websocket, request)) is None:
            return None
        self.turn_away(reason)
        response = websocket.respond(*_ANSWERS[reason])
        if reason is Reason.WRONG_PASSWORD:
            response.headers["WWW-Authenticate"] = 'Basic realm="OCPP"'
        return response

    def process_response(
        self, _websocket: ServerConnection, _request: Request, response: Response
    ) -> None:
        """Count a request that is no handshake of a websocket."""
        if response.status_code in _NO_HANDSHAKE:
            self.turn_away(Reason.NO_WEBSOCKET)

    def _reason(self, websocket: ServerConnection, request: Request) -> Reason | None:
        """Return why a request is turned away, None where it is not."""
        if is_of_a_web_page(request.headers):
            return Reason.WEB_PAGE
        last = last_segment(request.path)
        if not is_identity(last):
            return Reason.INVALID_IDENTITY if last else Reason.NO_IDENTITY
        address = (websocket.remote_address or ("",))[0]
        if (charger := self._chargers.get(last)) is None:
            return None if self._pending.admits(last, address) else Reason.TOO_MANY
        if not self._signs_in(charger, address, request):
            return Reason.WRONG_PASSWORD
        if not _is_encrypted_enough(charger, address, websocket):
            return Reason.NOT_ENCRYPTED
        return None

    def _signs_in(self, charger: Charger, address: str, request: Request) -> bool:
        """Tell whether a request may be that of a charger.

        While it has failed too often there, its passwords are not compared.
        """
        credentials, identity = charger.credentials, charger.identity
        if credentials.are_required and not self._throttle.allows(identity, address):
            return False
        if credentials.admits(partial(presents, request.headers, identity)):
            if credentials.are_required:
                self._throttle.succeeded(identity, address)
            charger.problems.set(Problem.WRONG_PASSWORD, None)
            return True
        self._throttle.failed(identity, address)
        if not charger.link.is_connected:
            charger.problems.set(Problem.WRONG_PASSWORD, {"address": address})
        return False


def is_identity(text: str) -> bool:
    """Tell whether a text can be a charge point identity."""
    return _IDENTITY.fullmatch(text) is not None


def last_segment(path: str) -> str:
    """Return what a path ends with: the charge point identity, if it can be one."""
    return unquote(path.partition("?")[0].rpartition("/")[2])


def _is_encrypted_enough(
    charger: Charger, address: str, websocket: ServerConnection
) -> bool:
    """Tell whether a charger that signs in connects by TLS, where it has to."""
    if is_encrypted(websocket) or not charger.credentials.require_tls:
        charger.problems.set(Problem.NOT_ENCRYPTED, None)
        return True
    _LOGGER.debug("%s: refused, for it does not connect by TLS", charger.identity)
    if not charger.link.is_connected:
        charger.problems.set(Problem.NOT_ENCRYPTED, {"address": address})
    return False
