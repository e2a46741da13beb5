"""The server that chargers dial: it knows them by their identity, or asks about them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
import logging
import re
from ssl import SSLContext
from typing import Any, cast, override
from urllib.parse import unquote

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from .charge_point.charger import WRONG_PASSWORD, Charger, ChargerSettings
from .charge_point.handlers import HANDLERS, boot_answer
from .charge_point.snapshot import Memory, restore
from .messages.boot import BootInfo, read_boot_info
from .messages.enums import RegistrationStatus
from .messages.errors import (
    CallErrorCode,
    CannotListenError,
    InvalidCallError,
    UnservedActionError,
)
from .messages.payload import Json
from .state.badges import Badges
from .state.sessions import Journal
from .transport.authentication import Throttle, presents
from .transport.connection import Connection
from .transport.tls import Entrance
from .values import Values

_LOGGER = logging.getLogger(__name__)

SUBPROTOCOL = Subprotocol("ocpp1.6")
DEFAULT_HEARTBEAT_INTERVAL = 300

_MAX_FRAME_SIZE = 2**20
_PING_INTERVAL = 30
_PING_TIMEOUT = 60
_CLOSE_TIMEOUT = 5

_IDENTITY = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9\-_.*:+|@=]{1,48}")
_MAX_STRANGERS = 8
_MAX_STRANGERS_PER_ADDRESS = 2
_MAX_DISCOVERIES = 50
_STRANGER_RETRY_INTERVAL = 30
_STRANGER_BOOT_TIMEOUT = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovery:
    """A charger that dialled in and that nobody has accepted yet."""

    identity: str
    address: str
    boot: BootInfo


class CentralSystem:
    """Hosts chargers.

    They dial `port`, or `tls_port` where there is one. `on_discovery` hears of each
    unknown charger that boots, `on_change` whenever what is kept of a charger changed,
    `on_password` when a charger took another password. `sign_request` signs what a
    charger wants to have certified, None refuses that. `problems` holds what the owner
    has to see to that cannot be laid to one charger.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        tls_port: int | None = None,
        heartbeat_interval: int = DEFAULT_HEARTBEAT_INTERVAL,
        journal: Journal,
        badges: Badges,
        on_discovery: Callable[[Discovery], None],
        on_change: Callable[[Charger], None],
        on_password: Callable[[Charger], None],
    ) -> None:
        """Prepare to listen; `heartbeat_interval` is in seconds."""
        self.host = host
        self.port = port
        self.tls_port = tls_port
        self.heartbeat_interval = heartbeat_interval
        self.journal = journal
        self.badges = badges
        self.chargers: dict[str, Charger] = {}
        self.problems = Values()
        self.sign_request: Callable[[str], Awaitable[str]] | None = None
        self.charger_listeners: list[Callable[[Charger], None]] = []
        self._on_discovery = on_discovery
        self._on_change = on_change
        self._on_password = on_password
        self._strangers: dict[str, _Stranger] = {}
        self._discoveries: set[str] = set()
        self._throttle = Throttle()
        self._listeners: list[tuple[Server, Entrance]] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self, tls: SSLContext | None = None) -> None:
        """Listen, and by TLS as well where there is a port for it.

        Raises CannotListenError where an address cannot be had; nothing listens then.
        """
        await self._listen(self.port, None)
        if self.tls_port is not None and tls is not None:
            await self._listen(self.tls_port, tls)

    def change_tls(self, tls: SSLContext) -> None:
        """Show other certificates to those who come by TLS from now on."""
        for _, entrance in self._listeners:
            if entrance.context is not None:
                entrance.context = tls

    async def _listen(self, port: int, tls: SSLContext | None) -> None:
        entrance = Entrance(self.problems, tls)
        server = serve(
            self._serve,
            self.host,
            port,
            create_connection=cast("type[ServerConnection]", entrance.connection),
            process_request=self._process_request,
            select_subprotocol=_select_subprotocol,
            compression=None,
            server_header=None,
            max_size=_MAX_FRAME_SIZE,
            ping_interval=_PING_INTERVAL,
            ping_timeout=_PING_TIMEOUT,
            close_timeout=_CLOSE_TIMEOUT,
            logger=_Quiet(_LOGGER),
        )
        try:
            self._listeners.append((await server, entrance))
        except (OSError, ValueError) as error:  # a host may be no name at all
            await self.stop()
            raise CannotListenError(port, error) from error

    async def stop(self) -> None:
        """Close every connection and stop listening; the ports are free thereafter."""
        for task in self._tasks:
            task.cancel()
        for server, entrance in self._listeners:
            server.close()
            await entrance.close()
        for server, _ in self._listeners:
            await server.wait_closed()
        for charger in self.chargers.values():
            await charger.close()

    def create_task[ResultT](
        self, work: Coroutine[Any, Any, ResultT]
    ) -> asyncio.Task[ResultT]:
        """Have something done, for as long as chargers are served."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def add_charger(
        self, identity: str, settings: ChargerSettings, memory: Memory | None = None
    ) -> Charger:
        """Serve a charger from now on; one that waits for it is accepted at once."""
        charger = self.chargers[identity] = Charger(self, identity, settings)
        self._discoveries.discard(identity)
        if memory is not None:
            try:
                restore(charger, memory)
            except AttributeError, LookupError, TypeError, ValueError:
                _LOGGER.warning(
                    "What was kept of a charger is of no use: it starts afresh"
                )
                charger.release()
                return self.add_charger(identity, settings)
        for listener in tuple(self.charger_listeners):
            listener(charger)
        if (stranger := self._strangers.pop(identity, None)) is not None:
            connection = stranger.connection
            if charger.admits(connection.presents):
                charger.adopt(connection, stranger.boot)
            else:
                connection.hang_up("a password is needed")
        return charger

    async def remove_charger(self, identity: str) -> None:
        """Serve a charger no more; nobody will tell how its sessions end."""
        charger = self.chargers.pop(identity)
        await charger.close()
        for connector in charger.connectors.values():
            connector.assume_over()

    def charger_changed(self, charger: Charger) -> None:
        """Hear that what is kept of a charger changed, if it is still served."""
        if self.chargers.get(charger.identity) is charger:
            self._on_change(charger)

    def password_changed(self, charger: Charger) -> None:
        """Hear that a charger took another password, if it is still served."""
        if self.chargers.get(charger.identity) is charger:
            self._on_password(charger)

    def _process_request(
        self, websocket: ServerConnection, request: Request
    ) -> Response | None:
        identity = _identity(request.path)
        if identity is None:
            return websocket.respond(
                HTTPStatus.NOT_FOUND,
                "The address must end with the charger's identity.\n",
            )
        address = (websocket.remote_address or ("",))[0]
        if (charger := self.chargers.get(identity)) is None:
            if not self._has_room(identity, address):
                return websocket.respond(
                    HTTPStatus.SERVICE_UNAVAILABLE, "Too many unknown chargers.\n"
                )
        elif not self._signs_in(charger, address, request):
            response = websocket.respond(
                HTTPStatus.UNAUTHORIZED, "The charger must sign in.\n"
            )
            response.headers["WWW-Authenticate"] = 'Basic realm="OCPP"'
            return response
        return None

    def _signs_in(self, charger: Charger, address: str, request: Request) -> bool:
        """Tell whether who dials may pass for a charger.

        While an address has failed too often, its passwords are not even looked at.
        """
        if charger.settings.password is not None and not self._throttle.allows(address):
            return False
        if charger.admits(partial(presents, request.headers, charger.identity)):
            charger.problems.set(WRONG_PASSWORD, None)
            return True
        self._throttle.failed(address)
        if not charger.connected:
            charger.problems.set(WRONG_PASSWORD, {"address": address})
        return False

    def _has_room(self, identity: str, address: str) -> bool:
        others = [
            stranger.connection.address
            for name, stranger in self._strangers.items()
            if name != identity
        ]
        return (
            len(others) < _MAX_STRANGERS
            and others.count(address) < _MAX_STRANGERS_PER_ADDRESS
        )

    async def _serve(self, websocket: ServerConnection) -> None:
        request = websocket.request
        identity = _identity(request.path) if request is not None else None
        if request is None or identity is None:
            return
        if (
            websocket.subprotocol is None
            and "Sec-WebSocket-Protocol" in request.headers
        ):
            await websocket.close(CloseCode.PROTOCOL_ERROR, "ocpp1.6 is not offered")
            return
        stranger = _Stranger(self._discovered)
        connection = Connection(websocket, identity, stranger)
        charger = self.chargers.get(identity)
        if charger is not None and charger.admits(connection.presents):
            charger.attach(connection)
        elif charger is None and self._has_room(identity, connection.address):
            stranger.connection = connection
            self._greet(identity, stranger)
        else:
            await websocket.close(CloseCode.TRY_AGAIN_LATER)
            return
        try:
            await connection.serve()
        finally:
            if self._strangers.get(identity) is stranger:
                del self._strangers[identity]
            if (charger := self.chargers.get(identity)) is not None:
                charger.detach(connection)

    def _greet(self, identity: str, stranger: _Stranger) -> None:
        if (old := self._strangers.get(identity)) is not None:
            old.connection.hang_up("replaced by a new connection")
        self._strangers[identity] = stranger
        stranger.connection.create_task(stranger.expire())

    def _discovered(self, stranger: _Stranger, boot: BootInfo) -> None:
        """Tell of a stranger; who invents names all the time is not told of for long."""
        if len(self._discoveries) < _MAX_DISCOVERIES:
            self._discoveries.add(stranger.connection.identity)
        if stranger.connection.identity not in self._discoveries:
            return
        self._on_discovery(
            Discovery(
                identity=stranger.connection.identity,
                address=stranger.connection.address,
                boot=boot,
            )
        )


class _Stranger:
    """Answers a charger that nobody has accepted yet: it may only boot, and wait."""

    connection: Connection

    def __init__(self, on_boot: Callable[[_Stranger, BootInfo], None]) -> None:
        self.boot: BootInfo | None = None
        self._on_boot = on_boot

    async def receive(self, action: str, payload: Json) -> Json:
        """Serve a call of the charger."""
        if action != "BootNotification":
            if action not in HANDLERS:
                raise UnservedActionError
            raise InvalidCallError(
                CallErrorCode.SECURITY_ERROR,
                "This charger has not been accepted in Home Assistant yet",
            )
        self.boot = read_boot_info(payload)
        self._on_boot(self, self.boot)
        return boot_answer(RegistrationStatus.PENDING, _STRANGER_RETRY_INTERVAL)

    async def expire(self) -> None:
        """Drop the connection unless the charger boots in time, or is accepted."""
        await asyncio.sleep(_STRANGER_BOOT_TIMEOUT)
        if self.boot is None and self.connection.receiver is self:
            await self.connection.close("no BootNotification came")


def is_identity(text: str) -> bool:
    """Tell whether a text can be a charge point identity."""
    return _IDENTITY.fullmatch(text) is not None


def _identity(path: str) -> str | None:
    """Return the charge point identity that a path ends with, None where it has none."""
    identity = unquote(path.partition("?")[0].rpartition("/")[2])
    return identity if is_identity(identity) else None


def _select_subprotocol(
    _websocket: ServerConnection, offered: list[Subprotocol] | Any
) -> Subprotocol | None:
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


class _Quiet(logging.LoggerAdapter[logging.Logger]):
    """Takes what the websocket library logs for details: strangers cause most of it.

    What it takes for details itself is left out: there are passwords among that.
    """

    @override
    def isEnabledFor(self, level: int) -> bool:
        return level > logging.DEBUG and self.logger.isEnabledFor(logging.DEBUG)

    @override
    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        if self.isEnabledFor(level):
            self.logger.debug(msg, *args, **kwargs)
