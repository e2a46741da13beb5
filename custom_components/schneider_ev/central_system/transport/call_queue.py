"""The queue of calls to a charger: one at a time, an owner's before those of our own."""

import asyncio


class CallQueue:
    """Gives each call its turn; one that is cancelled while it waits leaves the queue."""

    def __init__(self) -> None:
        """Start with no call."""
        self._is_busy = False
        self._owners: dict[asyncio.Future[None], None] = {}
        self._own: dict[asyncio.Future[None], None] = {}

    async def turn(self, *, is_owners: bool) -> None:
        """Wait until no other call is under way; `release` ends the turn."""
        if not self._is_busy:
            self._is_busy = True
            return
        turn = asyncio.get_running_loop().create_future()
        waiting = self._owners if is_owners else self._own
        waiting[turn] = None
        try:
            await turn
        except asyncio.CancelledError:
            waiting.pop(turn, None)
            if not turn.cancelled():
                self.release()
            raise

    def release(self) -> None:
        """End a turn: the next call has its own."""
        for waiting in (self._owners, self._own):
            while waiting:
                turn = next(iter(waiting))
                del waiting[turn]
                if not turn.done():
                    turn.set_result(None)
                    return
        self._is_busy = False
