"""The server that chargers connect to: it knows them by the identity in the URL."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from functools import partial
import logging
from ssl import SSLContext
from typing import Any, cast, override

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.frames import CloseCode
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from .charge_point.charger import Charger
from .charge_point.lifecycle import Lifecycle
from .charge_point.settings import ChargerSettings, Shared
from .door import Door, Reason, last_segment
from .messages.boot import BootInfo
from .messages.errors import CannotListenError, ChargerError
from .pending import Discovery, PendingChargePoint, PendingChargePoints
from .transport.connection import Connection
from .transport.keepalive import KeptAliveConnection
from .transport.tls import Listener
from .values import Problem, Problems, Signal, Values

_LOGGER = logging.getLogger(__name__)

SUBPROTOCOL = Subprotocol("ocpp1.6")

PING_INTERVAL: float | None = 30.0
PING_TIMEOUT = 60.0
CLOSE_TIMEOUT = 5.0
"""Seconds between two pings, and those that a pong and a close frame may take."""

WITHDRAWAL_TIMEOUT = 5.0
"""Seconds in which a charger that is removed clears our charging profiles."""

_MAX_FRAME_BYTES = 2**20


class CentralSystem:
    """Hosts chargers, which connect to `port`, or to `tls_port` where there is one.

    `discovered` tells of each unknown charger that boots, `charger_added` of each that
    is served from now on, `charger_changed` when what is kept of a charger changed, and
    `password_changed` when a charger took over another password. `pending` are those
    that nobody has accepted yet, and `door` knows who was turned away. `problems` holds
    what the owner has to see to that concerns no known charger.
    """

    def __init__(
        self, *, host: str, port: int, tls_port: int | None = None, shared: Shared
    ) -> None:
        """Prepare to listen."""
        self.host = host
        self.port = port
        self.tls_port = tls_port
        self.shared = shared
        self.chargers: dict[str, Charger] = {}
        self.problems: Problems = Values()
        self.discovered = Signal[Discovery]()
        self.charger_added = Signal[Charger]()
        self.charger_changed = Signal[Charger]()
        self.password_changed = Signal[Charger]()
        self.lifecycles: dict[str, Lifecycle] = {}
        self.pending = PendingChargePoints()
        self._others = PendingChargePoints()  # one at most for each known identity
        self.door = Door(self.chargers, self.pending)
        self._listeners: list[tuple[Server, Listener]] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._connections: set[Connection] = set()
        self._is_stopping = False

    async def start(self, tls: SSLContext | None = None) -> None:
        """Listen, and by TLS as well where there is a port for it.

        Raises CannotListenError where that is not possible; nothing listens then.
        """
        await self._listen(self.port, None)
        if self.tls_port is not None and tls is not None:
            await self._listen(self.tls_port, tls)

    def change_tls(self, tls: SSLContext) -> None:
        """Use other certificates for new TLS connections."""
        for _, listener in self._listeners:
            if listener.context is not None:
                listener.change_context(tls)

    async def _listen(self, port: int, tls: SSLContext | None) -> None:
        listener = Listener(self.problems, tls)
        server = serve(
            self._serve_and_report,
            self.host,
            port,
            create_connection=cast("type[ServerConnection]", listener.connection),
            process_request=self._process_and_report,
            process_response=self.door.process_response,
            select_subprotocol=_select_subprotocol,
            compression=None,
            server_header=None,
            max_size=_MAX_FRAME_BYTES,
            ping_interval=PING_INTERVAL,
            ping_timeout=PING_TIMEOUT,
            close_timeout=CLOSE_TIMEOUT,
            logger=_DebugOnly(_LOGGER),
        )
        try:
            self._listeners.append((await server, listener))
        except (OSError, ValueError) as error:  # a host may be no name at all
            await self.stop()
            raise CannotListenError(port, error) from error

    async def stop(self) -> None:
        """Close every connection and stop listening; the ports are free thereafter.

        A call that is being handled is answered before.
        """
        self._is_stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(each.finish() for each in self._connections))
        for server, listener in self._listeners:
            server.close()
            await listener.close()
        for server, _ in self._listeners:
            await server.wait_closed()
        for charger in self.chargers.values():
            await charger.close()

    def create_task[ResultT](
        self, work: Coroutine[Any, Any, ResultT]
    ) -> asyncio.Task[ResultT]:
        """Start work that ends when the central system stops, at the latest."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # Its chargers

    def add_charger(
        self,
        identity: str,
        settings: ChargerSettings,
        *,
        password: str | None = None,
        kept: Mapping[str, Any] | None = None,
    ) -> Charger:
        """Serve a charger from now on; one that is pending is accepted at once.

        `kept` is what was kept of it, None for a new one.
        """
        charger = Charger(identity, settings, self.shared, password)
        if kept is not None and not _is_restored(charger, kept):
            charger.release()
            charger = Charger(identity, settings, self.shared, password)
        self.chargers[identity] = charger
        self.lifecycles[identity] = lifecycle = Lifecycle(charger)
        lifecycle.another_booted.connect(self._hold_another)
        charger.changed.connect(partial(self._tell, self.charger_changed, charger))
        charger.credentials.password_changed.connect(
            partial(self._tell, self.password_changed, charger)
        )
        self.charger_added.send(charger)
        pending = self.pending.accept(identity) or self._others.accept(identity)
        if pending is not None:
            self._accept(pending)
        return charger

    def _accept(self, pending: PendingChargePoint) -> None:
        """Serve a charge point that was pending, if it is its owner's."""
        connection, boot = pending.connection, pending.boot
        lifecycle = self.lifecycles[connection.identity]
        charger = lifecycle.charger
        if not charger.credentials.admits(connection.presents):
            connection.hang_up("a password is needed")
        elif boot is None or charger.identity_binding.knows(connection, boot):
            lifecycle.accept(connection, boot)
        else:
            self._hold_another(connection, boot)

    def _hold_another(self, connection: Connection, boot: BootInfo) -> None:
        """Hold another charger under a known identity until its owner confirms it."""
        self._others.hold(PendingChargePoint(connection, self._booted, boot))
        if (charger := self.chargers.get(connection.identity)) is not None:
            charger.identity_binding.report_another(connection, boot)

    def accept_another(self, identity: str, serial_number: str) -> None:
        """Serve another charger under an identity in place of the one before.

        Its owner confirmed the serial number. Raises InvalidCommandError if no charger
        with that one waits any more.
        """
        charger = self.chargers[identity]
        charger.take_boot(charger.identity_binding.take_another(serial_number))
        charger.changed.send()
        if (old := charger.link.connection) is not None:
            charger.link.withdraw(old)
            old.hang_up("replaced by another charger")
        if (other := self._others.accept(identity)) is not None:
            self._accept(other)

    def change_charger(
        self, identity: str, settings: ChargerSettings, *, password: str | None = None
    ) -> None:
        """Take over what the owner says of a charger now."""
        charger = self.chargers[identity]
        if charger.credentials.password != password:
            charger.credentials.enter(password)
            charger.problems.update(
                {Problem.WRONG_PASSWORD: None, Problem.NOT_ENCRYPTED: None}
            )
            charger.identity_binding.forget_another()
        self.lifecycles[identity].change_settings(settings)

    async def remove_charger(self, identity: str) -> None:
        """Stop serving a charger; nobody will report how its sessions end.

        Our limits are taken from it, if it is connected and answers soon.
        """
        charger = self.chargers.pop(identity)
        del self.lifecycles[identity]
        _end_sessions(charger)
        with suppress(ChargerError, TimeoutError):
            async with asyncio.timeout(WITHDRAWAL_TIMEOUT):
                await charger.limits.withdraw()
        await charger.close()
        _end_sessions(charger)  # one may have begun meanwhile

    def own_names(self, identity: str) -> set[str]:
        """Return the identity of a charger, and its serial number if no other has it.

        A charger can say that it has any serial number, also that of another one.
        """
        others = {
            name.casefold()
            for other in self.chargers.values()
            if other.identity != identity
            for name in other.names
        }
        names = self.chargers[identity].names
        return {identity, *(name for name in names if name.casefold() not in others)}

    def _tell(self, signal: Signal[Charger], charger: Charger) -> None:
        """Tell of a change of a charger, if it is still served."""
        if self.chargers.get(charger.identity) is charger:
            signal.send(charger)

    # Their connections

    # What fails in the next two, the library logs among what strangers cause.

    async def _serve_and_report(self, websocket: ServerConnection) -> None:
        try:
            await self._serve(websocket)
        except Exception:
            _LOGGER.exception("A connection could not be served")
            await websocket.close(CloseCode.INTERNAL_ERROR)

    def _process_and_report(
        self, websocket: ServerConnection, request: Request
    ) -> Response | None:
        try:
            return self.door.process_request(websocket, request)
        except Exception:
            _LOGGER.exception("A request could not be processed")
            raise

    async def _serve(self, websocket: ServerConnection) -> None:
        request = websocket.request
        if request is None or self._is_stopping:
            return
        identity = last_segment(request.path)
        if (
            websocket.subprotocol is None
            and "Sec-WebSocket-Protocol" in request.headers
        ):
            self.door.turn_away(Reason.OTHER_SUBPROTOCOL)
            await websocket.close(CloseCode.PROTOCOL_ERROR, "ocpp1.6 is not offered")
            return
        connection = Connection(cast("KeptAliveConnection", websocket), identity)
        # here and not in the handshake, so that of two at once none is let in unseen
        known = self.chargers.get(identity)
        if known and not await known.identity_binding.makes_room_for(connection):
            self.door.turn_away(Reason.ALREADY_CONNECTED)
            await websocket.close(CloseCode.TRY_AGAIN_LATER, "already connected")
            return
        charger = self.chargers.get(identity)
        if charger is not None and charger.credentials.admits(connection.presents):
            self.lifecycles[identity].attach(connection)
        elif charger is None:
            self.pending.hold(PendingChargePoint(connection, self._booted))
        else:
            await websocket.close(CloseCode.TRY_AGAIN_LATER)
            return
        self._connections.add(connection)
        try:
            await connection.serve()
        finally:
            self._connections.discard(connection)
            self.pending.release(connection)
            self._others.release(connection)
            if (charger := self.chargers.get(identity)) is not None:
                charger.link.detach(connection)

    def _booted(self, pending: PendingChargePoint) -> None:
        if pending.connection.identity in self.chargers:
            self._others.release(pending.connection)
            self._accept(pending)
        elif (discovery := self.pending.discover(pending)) is not None:
            self.discovered.send(discovery)


def _end_sessions(charger: Charger) -> None:
    for connector in charger.connectors.values():
        connector.assume_over()


def _is_restored(charger: Charger, kept: Mapping[str, Any]) -> bool:
    """Restore what was kept of a charger; tell whether that was possible."""
    try:
        charger.restore(kept)
    except AttributeError, LookupError, TypeError, ValueError:
        _LOGGER.warning(
            "What was stored of a charger could not be restored; starting with an"
            " empty state",
            exc_info=True,
        )
        _LOGGER.debug("The charger is %s", charger.identity)
        return False
    return True


def _select_subprotocol(
    _websocket: ServerConnection, offered: list[Subprotocol] | Any
) -> Subprotocol | None:
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


class _DebugOnly(logging.LoggerAdapter[logging.Logger]):
    """Logs what the websockets library logs at debug level: strangers cause most of it.

    What the library logs at debug level itself is dropped: it contains passwords.
    """

    @override
    def isEnabledFor(self, level: int) -> bool:
        return level > logging.DEBUG and self.logger.isEnabledFor(logging.DEBUG)

    @override
    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        if self.isEnabledFor(level):
            self.logger.debug(msg, *args, **kwargs)
