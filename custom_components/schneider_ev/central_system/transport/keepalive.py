"""Keepalive: any frame is a sign of life; a websocket on which none comes is closed."""

import asyncio
from typing import Any, override

from websockets.asyncio.server import ServerConnection
from websockets.frames import CloseCode


class KeptAliveConnection(ServerConnection):
    """A websocket that is pinged, and closed when nothing comes in time.

    Some chargers answer no ping. They are not pinged again, and what they send counts:
    a subclass notes in `heard_at` when the last frame of any kind came, by the clock of
    the event loop. While the event loop itself stands still nothing can be heard, and
    that is no silence.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        """Wait for the transport."""
        super().__init__(*args, **options)
        self.heard_at = self.loop.time()

    @override
    async def keepalive(self) -> None:
        assert self.ping_interval is not None
        silence = self.ping_interval + (self.ping_timeout or 0)
        pong: asyncio.Future[float] | None = None
        now = self.loop.time()
        while (left := self.heard_at + silence - now) > 0:
            wakes_at = now + min(left, self.ping_interval)
            await asyncio.sleep(wakes_at - now)
            now = self.loop.time()
            self.heard_at = min(self.heard_at + now - wakes_at, now)
            if pong is None or pong.done():
                pong = asyncio.ensure_future(await self.ping())
        async with self.send_context():
            self.protocol.fail(CloseCode.INTERNAL_ERROR, "nothing came in time")
