"""What a charger has still to tell: messages that leave in the order of events."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True, eq=False)
class Message:
    """A call that waits for its turn.

    `payload` makes the call when it is due, for only then is the transaction's number
    known. A `durable` one survives a loss of power and is tried again. `answered` gets
    the answer.
    """

    payload: Callable[[], Any]
    durable: bool = False
    answered: Callable[[Any], None] | None = None
    attempts: int = 0


class Outbox:
    """A queue whose first message stays until it is known to be delivered."""

    def __init__(self) -> None:
        """Start empty."""
        self._messages: deque[Message] = deque()
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    def __len__(self) -> int:
        """Return how many messages wait."""
        return len(self._messages)

    def post(self, message: Message) -> None:
        """Add a message."""
        self._messages.append(message)
        self._mark()

    def remove(self, message: Message) -> None:
        """Take out a message that is delivered or given up."""
        with suppress(ValueError):
            self._messages.remove(message)
        self._mark()

    def lose_power(self) -> None:
        """Forget what is only kept in memory."""
        self._messages = deque(m for m in self._messages if m.durable)
        self._mark()

    async def first(self) -> Message:
        """Wait for a message and return it without taking it out."""
        await self._filled.wait()
        return self._messages[0]

    async def drained(self) -> None:
        """Wait until every message is out."""
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
