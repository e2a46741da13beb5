"""Accepts sockets and does the TLS handshake itself, so that a failed one can be reported.

asyncio would do the handshake before it makes a connection, and would not report one
that failed. Here the connection is made first, and its handshake is a task.
"""

import asyncio
from collections.abc import Coroutine
import logging
from ssl import SSLContext, SSLError
from typing import Any, cast, override

from websockets.asyncio.server import Server, ServerConnection
from websockets.server import ServerProtocol

from ..values import Problem, Problems

_LOGGER = logging.getLogger(__name__)

HANDSHAKE_TIMEOUT = 10.0
"""Seconds that a TLS handshake may take."""

MAX_HANDSHAKES = 128
"""How many TLS handshakes of one port may be under way."""

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
        self.opening: set[TlsServerConnection] = set()
        self._problems = problems
        self._handshakes: dict[asyncio.Task[None], None] = {}
        self._is_accepting = True

    def change_context(self, context: SSLContext) -> None:
        """Use another context for new connections."""
        self.context = context

    def connection(
        self, protocol: ServerProtocol, server: Server, **options: Any
    ) -> TlsServerConnection:
        """Make a connection of this port: the `create_connection` of `serve`."""
        return TlsServerConnection(self, protocol, server, **options)

    def start(self, handshake: Coroutine[Any, Any, None]) -> None:
        """Start a TLS handshake; where there are too many, the oldest is cancelled."""
        task = asyncio.get_running_loop().create_task(handshake, eager_start=True)
        if task.done():
            return
        self._handshakes[task] = None
        task.add_done_callback(self._handshakes.pop)
        if not self._is_accepting:
            task.cancel()
        elif len(self._handshakes) > MAX_HANDSHAKES:
            next(iter(self._handshakes)).cancel()

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
        for connection in tuple(self.opening):
            connection.transport.abort()
        handshakes = tuple(self._handshakes)
        for handshake in handshakes:
            handshake.cancel()
        await asyncio.gather(*handshakes, return_exceptions=True)


class TlsServerConnection(ServerConnection):
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

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._address = (transport.get_extra_info("peername") or ("",))[0]
        if (context := self._listener.context) is None:
            self._open(transport)
        else:
            plain = cast("asyncio.Transport", transport)
            self._listener.start(self._start_tls(plain, context))

    def _open(self, transport: asyncio.BaseTransport) -> None:
        self._listener.opening.add(self)
        super().connection_made(transport)

    async def _start_tls(
        self, transport: asyncio.Transport, context: SSLContext
    ) -> None:
        early = _EarlyData()
        try:
            secured = await self.loop.start_tls(
                transport,
                early,
                context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_TIMEOUT,
                ssl_shutdown_timeout=_SHUTDOWN_TIMEOUT,
            )
        except OSError as error:
            self._listener.failed(self._address, error)
            return
        assert secured is not None
        secured.set_protocol(self)
        self._open(secured)
        if early.data:
            self.data_received(bytes(early.data))

    @override
    async def handshake(self, *args: Any, **options: Any) -> None:
        try:
            await super().handshake(*args, **options)
        finally:
            self._listener.opening.discard(self)
        if self.request is not None:
            self._listener.succeeded(self._address)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        # some clients refuse a certificate only after the handshake
        if isinstance(exc, SSLError):
            self._listener.failed(self._address, exc)
        super().connection_lost(exc)


class _EarlyData(asyncio.Protocol):
    """Keeps data that arrives together with the end of the handshake."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.data = bytearray()

    @override
    def data_received(self, data: bytes) -> None:
        self.data += data
