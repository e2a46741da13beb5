"""The way in, plain or by TLS: who comes in, and why somebody does not.

asyncio would do the TLS handshake before it makes a connection, and would not tell of
one that failed. Here the connection is made first, and its handshake is a task.
"""

import asyncio
from collections.abc import Coroutine
import logging
from ssl import SSLContext, SSLError
from typing import Any, cast, override

from websockets.asyncio.server import Server, ServerConnection
from websockets.server import ServerProtocol

from ..values import Values

_LOGGER = logging.getLogger(__name__)

UNKNOWN_CA = "unknown_ca"
NO_COMMON_TLS_VERSION = "no_common_tls_version"

_HANDSHAKE_TIMEOUT = 10.0
_SHUTDOWN_TIMEOUT = 5.0
_MAX_HANDSHAKES = 128

# What an owner can see to, by the reasons that OpenSSL gives.
_PROBLEMS = {
    "NO_SHARED_CIPHER": NO_COMMON_TLS_VERSION,
    "SSLV3_ALERT_BAD_CERTIFICATE": UNKNOWN_CA,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": UNKNOWN_CA,
    "TLSV1_ALERT_PROTOCOL_VERSION": NO_COMMON_TLS_VERSION,
    "TLSV1_ALERT_UNKNOWN_CA": UNKNOWN_CA,
    "UNSUPPORTED_PROTOCOL": NO_COMMON_TLS_VERSION,
    "VERSION_TOO_LOW": NO_COMMON_TLS_VERSION,
}


class Entrance:
    """Lets connections in at one port, by TLS where there is a `context`.

    Another context is for those that come from then on, and disturbs none that is in.
    `problems` are told of the last address that does not get in, until it does.
    """

    def __init__(self, problems: Values, context: SSLContext | None) -> None:
        """Open."""
        self.context = context
        self.waiting: set[GuardedConnection] = set()
        self._problems = problems
        self._handshakes: dict[asyncio.Task[None], None] = {}
        self._is_open = True

    def connection(
        self, protocol: ServerProtocol, server: Server, **options: Any
    ) -> GuardedConnection:
        """Make a connection that is to come in here."""
        return GuardedConnection(self, protocol, server, **options)

    def start(self, handshake: Coroutine[Any, Any, None]) -> None:
        """Start a TLS handshake; where too many are under way, the oldest gives way."""
        task = asyncio.get_running_loop().create_task(handshake, eager_start=True)
        if task.done():
            return
        self._handshakes[task] = None
        task.add_done_callback(self._handshakes.pop)
        if not self._is_open:
            task.cancel()
        elif len(self._handshakes) > _MAX_HANDSHAKES:
            next(iter(self._handshakes)).cancel()

    def failed(self, address: str, error: Exception) -> None:
        """Hear why a connection by TLS was lost."""
        _LOGGER.debug("TLS with %s failed: %s", address, error)
        if problem := _PROBLEMS.get(getattr(error, "reason", "")):
            self._problems.set(problem, {"address": address})

    def succeeded(self, address: str) -> None:
        """Hear of a connection that is in."""
        if self.context is None:
            return
        for problem in (UNKNOWN_CA, NO_COMMON_TLS_VERSION):
            if self._problems.get(problem) == {"address": address}:
                self._problems.set(problem, None)

    async def close(self) -> None:
        """Break off what is not in yet, and let nobody in any more."""
        self._is_open = False
        for connection in tuple(self.waiting):
            connection.transport.abort()
        handshakes = tuple(self._handshakes)
        for handshake in handshakes:
            handshake.cancel()
        await asyncio.gather(*handshakes, return_exceptions=True)


class GuardedConnection(ServerConnection):
    """A websocket that comes in by an entrance."""

    def __init__(
        self,
        entrance: Entrance,
        protocol: ServerProtocol,
        server: Server,
        **options: Any,
    ) -> None:
        """Wait for the transport."""
        super().__init__(protocol, server, **options)
        self._entrance = entrance
        self._address = ""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._address = (transport.get_extra_info("peername") or ("",))[0]
        if (context := self._entrance.context) is None:
            self._enter(transport)
        else:
            plain = cast("asyncio.Transport", transport)
            self._entrance.start(self._secure(plain, context))

    def _enter(self, transport: asyncio.BaseTransport) -> None:
        self._entrance.waiting.add(self)
        super().connection_made(transport)

    async def _secure(self, transport: asyncio.Transport, context: SSLContext) -> None:
        early = _Early()
        try:
            secured = await self.loop.start_tls(
                transport,
                early,
                context,
                server_side=True,
                ssl_handshake_timeout=_HANDSHAKE_TIMEOUT,
                ssl_shutdown_timeout=_SHUTDOWN_TIMEOUT,
            )
        except OSError as error:
            self._entrance.failed(self._address, error)
            return
        assert secured is not None
        secured.set_protocol(self)
        self._enter(secured)
        if early.data:
            self.data_received(bytes(early.data))

    @override
    async def handshake(self, *args: Any, **options: Any) -> None:
        try:
            await super().handshake(*args, **options)
        finally:
            self._entrance.waiting.discard(self)
        if self.request is not None:
            self._entrance.succeeded(self._address)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        # some refuse a certificate only after the handshake
        if isinstance(exc, SSLError):
            self._entrance.failed(self._address, exc)
        super().connection_lost(exc)


class _Early(asyncio.Protocol):
    """Keeps what comes along with the end of a handshake."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.data = bytearray()

    @override
    def data_received(self, data: bytes) -> None:
        self.data += data
