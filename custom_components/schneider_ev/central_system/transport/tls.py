"""Accepts sockets and does the TLS handshake itself, so that a failed one can be reported.

asyncio would do the handshake before it makes a connection, and would not report one
that failed. Here the connection is made first, and its handshake is a task.
"""

import asyncio
from collections.abc import Coroutine
import logging
from ssl import SSLContext, SSLError
from typing import Any, cast, override

from websockets.asyncio.server import Server
from websockets.server import ServerProtocol

from ..values import Problem, Problems
from .bounded_connection import BoundedServerConnection, PiecewiseProtocol
from .network import network_of, oldest_of_the_most

_LOGGER = logging.getLogger(__name__)

HANDSHAKE_TIMEOUT = 10.0
"""Seconds that a TLS handshake may take."""

MAX_UNSETTLED = 128
"""How many connections of one port may be opening or closing."""

_SHUTDOWN_TIMEOUT = 5.0

# Problems that an owner can solve, by the reasons that OpenSSL gives.
_PROBLEMS = {
    "NO_SHARED_CIPHER": Problem.NO_COMMON_TLS_VERSION,
    "SSLV3_ALERT_BAD_CERTIFICATE": Problem.UNKNOWN_CA,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": Problem.UNKNOWN_CA,
    "TLSV1_ALERT_PROTOCOL_VERSION": Problem.NO_COMMON_TLS_VERSION,
    "TLSV1_ALERT_UNKNOWN_CA": Problem.UNKNOWN_CA,
    "UNSUPPORTED_PROTOCOL": Problem.NO_COMMON_TLS_VERSION,
    "VERSION_TOO_LOW": Problem.NO_COMMON_TLS_VERSION,
}


class Listener:
    """Accepts the connections of one port, by TLS where there is a `context`.

    A new context counts for new connections and leaves the others alone. `problems`
    name the last address whose handshake failed, until one of it succeeds.
    """

    def __init__(self, problems: Problems, context: SSLContext | None) -> None:
        """Start with no connection."""
        self.context = context
        self._problems = problems
        self._unsettled: dict[TlsServerConnection, None] = {}
        self._handshakes: set[asyncio.Task[None]] = set()
        self._is_accepting = True

    def change_context(self, context: SSLContext) -> None:
        """Use another context for new connections."""
        self.context = context

    def connection(
        self, protocol: ServerProtocol, server: Server, **options: Any
    ) -> TlsServerConnection:
        """Make a connection of this port: the `create_connection` of `serve`."""
        return TlsServerConnection(self, protocol, server, **options)

    def unsettle(self, connection: TlsServerConnection) -> None:
        """Count a connection that opens or closes.

        Where there are too many, the oldest of the neighbour that has the most of them
        is aborted: who opens many and says nothing keeps out nobody but himself.
        """
        self._unsettled.setdefault(connection)
        if self._is_accepting and len(self._unsettled) > MAX_UNSETTLED:
            aborted = oldest_of_the_most(self._unsettled, TlsServerConnection.network)
            self.settle(aborted)
            aborted.abort()

    def settle(self, connection: TlsServerConnection) -> None:
        """Stop counting a connection: it is open, or it has ended."""
        self._unsettled.pop(connection, None)

    def start(self, handshake: Coroutine[Any, Any, None]) -> None:
        """Start a TLS handshake."""
        task = asyncio.get_running_loop().create_task(handshake, eager_start=True)
        if task.done():
            return
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)
        if not self._is_accepting:
            task.cancel()

    def failed(self, address: str, error: Exception) -> None:
        """Report why a TLS connection failed."""
        _LOGGER.debug("TLS with %s failed: %s", address, error)
        if problem := _PROBLEMS.get(getattr(error, "reason", "")):
            self._problems.set(problem, {"address": address})

    def succeeded(self, address: str) -> None:
        """Drop the problems of an address whose handshake succeeded."""
        if self.context is None:
            return
        for problem in (Problem.UNKNOWN_CA, Problem.NO_COMMON_TLS_VERSION):
            if self._problems.get(problem) == {"address": address}:
                self._problems.set(problem, None)

    async def close(self) -> None:
        """Abort what is still opening, and accept no more."""
        self._is_accepting = False
        for connection in tuple(self._unsettled):
            connection.abort()
        handshakes = tuple(self._handshakes)
        for handshake in handshakes:
            handshake.cancel()
        await asyncio.gather(*handshakes, return_exceptions=True)


class TlsServerConnection(BoundedServerConnection):
    """A websocket of a listener, which does its TLS handshake first."""

    def __init__(
        self,
        listener: Listener,
        protocol: ServerProtocol,
        server: Server,
        **options: Any,
    ) -> None:
        """Wait for the transport."""
        super().__init__(protocol, server, **options)
        self._listener = listener
        self._address = ""
        self._socket: asyncio.Transport

    def network(self) -> str:
        """Return the network of the other end."""
        return network_of(self._address)

    def abort(self) -> None:
        """Close the socket, whatever is under way."""
        self._socket.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._address = (transport.get_extra_info("peername") or ("",))[0]
        self._socket = cast("asyncio.Transport", transport)
        self._listener.unsettle(self)
        if (context := self._listener.context) is None:
            super().connection_made(transport)
        else:
            self._listener.start(self._start_tls(context))

    async def _start_tls(self, context: SSLContext) -> None:
        early = _EarlyData()
        secured = None
        try:
            secured = await self.loop.start_tls(
                self._socket,
                early,
                context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_TIMEOUT,
                ssl_shutdown_timeout=_SHUTDOWN_TIMEOUT,
            )
        except OSError as error:
            self._listener.failed(self._address, error)
        finally:
            if secured is None:
                self._listener.settle(self)
        if secured is None:
            return
        secured.set_protocol(self)
        super().connection_made(secured)
        if early.data:
            self.data_received(bytes(early.data))

    @override
    async def handshake(self, *args: Any, **options: Any) -> None:
        try:
            await super().handshake(*args, **options)
        finally:
            self._listener.settle(self)
        if self.request is not None:
            self._listener.succeeded(self._address)

    @override
    async def close(self, *args: Any, **options: Any) -> None:
        self._listener.unsettle(self)
        try:
            await super().close(*args, **options)
        finally:
            self._listener.settle(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._listener.settle(self)
        # some clients refuse a certificate only after the handshake
        if isinstance(exc, SSLError):
            self._listener.failed(self._address, exc)
        super().connection_lost(exc)


class _EarlyData(PiecewiseProtocol):
    """Keeps data that arrives together with the end of the handshake."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.data = bytearray()

    @override
    def data_received(self, data: bytes) -> None:
        self.data += data
