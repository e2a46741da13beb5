"""A websocket of which nobody can send more at a time than its neighbours can bear."""

import asyncio
from contextlib import suppress
import logging
from typing import Any, override

from websockets.frames import CTRL_OPCODES, Frame

from .budget import Budget
from .keepalive import KeptAliveConnection

_LOGGER = logging.getLogger(__name__)

# one for all: what is read is copied before anything else is read
_PIECE = memoryview(bytearray(4096))

CONTROL_FRAMES_AT_ONCE = 100
"""Pings and pongs in a row; a charger sends one every few seconds."""

_CONTROL_FRAME_INTERVAL_S = 0.1


class PiecewiseProtocol(asyncio.BufferedProtocol):
    """Reads so little at a time that others wait only for the work that this makes."""

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        return _PIECE

    @override
    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(_PIECE[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Take what was read."""
        raise NotImplementedError


class BoundedServerConnection(KeptAliveConnection, PiecewiseProtocol):
    """A websocket that is cut off where it sends control frames all the time.

    Those are answered as they are read; data frames wait until they are asked for.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        """Wait for the transport."""
        super().__init__(*args, **options)
        self._control_frames = Budget(CONTROL_FRAMES_AT_ONCE, _CONTROL_FRAME_INTERVAL_S)

    @override
    def process_event(self, event: Any) -> None:
        self.heard_at = self.loop.time()
        if (
            isinstance(event, Frame)
            and event.opcode in CTRL_OPCODES
            and self._control_frames.spend()
        ):
            _LOGGER.debug("%s sent too many pings, cut off", self.remote_address)
            self.transport.abort()
        super().process_event(event)

    @override
    def send_data(self) -> None:
        # a transport logs each write after its other end has gone
        for data in self.protocol.data_to_send():
            if self.transport.is_closing():
                return
            if data:
                self.transport.write(data)
            elif self.transport.can_write_eof():
                with suppress(OSError):
                    self.transport.write_eof()
            else:
                self.transport.close()
