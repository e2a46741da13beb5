"""The queue of calls: whose turn it is, and who leaves it."""

import asyncio

from custom_components.schneider_ev.central_system.transport.call_queue import CallQueue

_TURNS = 5


class Line:
    """Calls that wait for their turn; `served` names those that had one."""

    def __init__(self) -> None:
        """Start with a call under way."""
        self.queue = CallQueue()
        self.served: list[str] = []
        self.calls: dict[str, asyncio.Task[None]] = {}

    async def join(self, name: str, *, is_owners: bool = False) -> None:
        """Have a call wait."""
        self.calls[name] = asyncio.create_task(self._call(name, is_owners=is_owners))
        await asyncio.sleep(0)

    async def _call(self, name: str, *, is_owners: bool) -> None:
        await self.queue.turn(is_owners=is_owners)
        self.served.append(name)

    async def release(self) -> None:
        """End the present turn."""
        self.queue.release()
        for _ in range(_TURNS):
            await asyncio.sleep(0)


async def test_one_at_a_time_and_the_owners_first() -> None:
    """Within each kind in the order in which they came."""
    line = Line()
    for name in ("first", "ours", "ours too", "owner's", "owner's too"):
        await line.join(name, is_owners=name.startswith("owner"))
    assert line.served == ["first"]
    for _ in range(5):
        await line.release()
    assert line.served == ["first", "owner's", "owner's too", "ours", "ours too"]
    await line.join("afterwards")
    assert line.served[-1] == "afterwards"


async def test_one_that_gives_up() -> None:
    """Leaves the queue, and nothing of it."""
    line = Line()
    for name in ("first", "second", "third"):
        await line.join(name)
    line.calls["second"].cancel()
    await line.release()
    assert line.served == ["first", "third"]
    await line.release()
    await line.join("fourth")
    assert line.served == ["first", "third", "fourth"]


async def test_one_that_gives_up_when_its_turn_has_come() -> None:
    """Gives the turn to the next."""
    line = Line()
    for name in ("first", "second", "third"):
        await line.join(name)
    line.queue.release()
    line.calls["second"].cancel()
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    assert line.served == ["first", "third"]


async def test_all_give_up() -> None:
    """The next one does not wait for them."""
    line = Line()
    for name in ("first", "second", "third"):
        await line.join(name)
    line.calls["second"].cancel()
    line.calls["third"].cancel()
    line.queue.release()
    await line.join("fourth")
    assert line.served == ["first", "fourth"]
