"""The outbox of a charger: messages that wait for delivery, in order."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, eq=False)
class Message:
    """A call that waits for delivery.

    `payload` creates the payload just before it is sent, when the transaction id is
    known. A `durable` message survives a power cut and is retried. `answered` receives
    the answer.
    """

    payload: Callable[[], Any]
    durable: bool = False
    answered: Callable[[Any], None] | None = None
    attempts: int = 0


class Outbox:
    """A queue whose first message stays until it has been delivered."""

    def __init__(self) -> None:
        """Start empty."""
        self._messages: deque[Message] = deque()
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    def __len__(self) -> int:
        """Return the number of messages."""
        return len(self._messages)

    def post(self, message: Message) -> None:
        """Add a message."""
        self._messages.append(message)
        self._mark()

    def remove(self, message: Message) -> None:
        """Remove a message that has been delivered or given up."""
        with suppress(ValueError):
            self._messages.remove(message)
        self._mark()

    def lose_power(self) -> None:
        """Drop the messages that are not durable."""
        self._messages = deque(m for m in self._messages if m.durable)
        self._mark()

    async def first(self) -> Message:
        """Wait for a message and return it without removing it."""
        await self._filled.wait()
        return self._messages[0]

    async def drained(self) -> None:
        """Wait until the queue is empty."""
        await self._drained.wait()

    def _mark(self) -> None:
        for event, state in (
            (self._filled, bool(self._messages)),
            (self._drained, not self._messages),
        ):
            if state:
                event.set()
            else:
                event.clear()
