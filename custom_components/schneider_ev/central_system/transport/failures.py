"""Failures of ours while a websocket is served: in the log once, with their traceback.

The websockets library logs them among those that strangers cause.
"""

from collections.abc import Awaitable, Callable
import functools
import logging

from websockets.asyncio.server import ServerConnection
from websockets.frames import CloseCode
from websockets.http11 import Request, Response

_LOGGER = logging.getLogger(__name__)

type Serve = Callable[[ServerConnection], Awaitable[None]]
type Process = Callable[[ServerConnection, Request], Response | None]


def reporting_failures(serve: Serve) -> Serve:
    """Return a handler of websockets that logs what fails, and closes the websocket."""

    @functools.wraps(serve)
    async def served(websocket: ServerConnection) -> None:
        try:
            await serve(websocket)
        except Exception:
            _LOGGER.exception("A connection could not be served")
            await websocket.close(CloseCode.INTERNAL_ERROR)

    return served


def reporting_a_failure(process: Process) -> Process:
    """Return a handler of requests that logs what fails; the answer is HTTP 500."""

    @functools.wraps(process)
    def processed(websocket: ServerConnection, request: Request) -> Response | None:
        try:
            return process(websocket, request)
        except Exception:
            _LOGGER.exception("A request could not be processed")
            raise

    return processed
