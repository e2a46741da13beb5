"""When limits are written, on a clock that passes while all tasks wait."""

import asyncio
from collections.abc import Callable, Coroutine
from selectors import SelectorKey, SelectSelector
from typing import Any, override

import pytest

from custom_components.schneider_ev.central_system.charging.limiter import (
    WRITE_INTERVAL,
    Limiter,
)
from custom_components.schneider_ev.central_system.charging.limits import (
    NO_LIMIT,
    LimitRequest,
)
from custom_components.schneider_ev.central_system.messages.errors import (
    ChargerOfflineError,
    ChargerRefusedError,
)

MAXIMUM = 32.0
REFUSAL = ChargerRefusedError("SetChargingProfile", "Rejected")


class SteppedSelector(SelectSelector):
    """Waits for nothing, but counts the seconds that it should have waited."""

    seconds = 1000.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Return what is ready now."""
        self.seconds += timeout or 0
        return super().select(0 if timeout else timeout)


class SteppedLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock stands still while anything runs."""

    def __init__(self) -> None:
        """Start its clock."""
        self._clock = SteppedSelector()
        super().__init__(self._clock)

    @override
    def time(self) -> float:
        """Return the seconds that its tasks have waited."""
        return self._clock.seconds


class Wire:
    """A limiter, and what it puts to a charger that takes `delay` seconds to answer.

    While it is offline no work is started. It refuses limits of `refused`.
    """

    def __init__(self) -> None:
        """Start online, with nothing asked for."""
        self.sent: list[tuple[float, float]] = []
        self.refused: set[float] = set()
        self.delay = 0.0
        self.is_offline = False
        self.tasks: list[asyncio.Task[None]] = []
        self._start = asyncio.get_running_loop().time()
        self.limiter = Limiter(
            requested_changed=self._requested_changed,
            send=self._send,
            spawn=self._spawn,
        )

    async def request(self, value: float | None, **options: bool) -> None:
        """Request a limit."""
        await self.limiter.request(LimitRequest(value), **options)

    def _requested_changed(self) -> None:
        value = self.limiter.requested.value
        self.limiter.want(MAXIMUM if value is None else value)

    async def _send(self, limit: float) -> None:
        if self.is_offline:
            raise ChargerOfflineError
        seconds = asyncio.get_running_loop().time() - self._start
        self.sent.append((round(seconds, 3), limit))
        await asyncio.sleep(self.delay)
        if limit in self.refused:
            raise REFUSAL

    def _spawn(self, work: Coroutine[Any, Any, None]) -> bool:
        if self.is_offline:
            work.close()
            return False
        self.tasks.append(asyncio.create_task(work))
        return True

    def disconnect(self) -> None:
        """End the work that was started."""
        for task in self.tasks:
            task.cancel()

    async def settle(self) -> None:
        """Wait until nothing is to be written any more."""
        await asyncio.gather(*self.tasks, return_exceptions=True)


def stepped(scene: Callable[[Wire], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Make a test of a scene that takes place in a stepped loop."""

    async def on_a_wire() -> None:
        await scene(Wire())

    def test() -> None:
        with asyncio.Runner(loop_factory=SteppedLoop) as runner:
            runner.run(on_a_wire())

    return test


@stepped
async def test_the_first_is_written_at_once(wire: Wire) -> None:
    """So is one that is asked for when the interval is over; what is in force is not."""
    await wire.request(16)
    assert wire.limiter.recently_written
    await wire.request(16)
    await asyncio.sleep(WRITE_INTERVAL)
    assert not wire.limiter.recently_written
    await wire.request(10)
    await wire.settle()
    assert wire.sent == [(0, 16), (WRITE_INTERVAL, 10)]
    assert wire.limiter.in_force == 10


@stepped
async def test_a_burst_is_two_writes(wire: Wire) -> None:
    """The first and the last, when the interval is over; so is the next one."""
    for value in range(6, 17):
        await wire.request(value)
        await asyncio.sleep(0.5)
    await wire.settle()
    assert len(wire.tasks) == 1
    await wire.request(8)
    await wire.request(9)
    await wire.settle()
    assert wire.sent == [(0, 6), (WRITE_INTERVAL, 16), (2 * WRITE_INTERVAL, 9)]


@stepped
async def test_what_is_asked_for_while_another_is_under_way(wire: Wire) -> None:
    """Is written after its answer, however long that takes; nobody waits for it."""
    wire.delay = 25
    first = asyncio.create_task(wire.request(16))
    await asyncio.sleep(15)
    for value in (10, 12):
        await wire.request(value)
    assert not first.done()
    await wire.settle()
    assert wire.sent == [(0, 16), (25, 12)]


@stepped
async def test_a_pause_does_not_wait(wire: Wire) -> None:
    """What waited for the interval is overtaken, and is not written after it."""
    await wire.request(16)
    await wire.request(10)
    await wire.request(0, at_once=True)
    await wire.settle()
    assert wire.sent == [(0, 16), (0, 0)]


@stepped
async def test_a_refusal_is_taken_back(wire: Wire) -> None:
    """The request before it counts again; what is in force is not certain."""
    await wire.request(16)
    wire.refused = {10}
    with pytest.raises(ChargerRefusedError):
        await wire.request(10, at_once=True)
    assert wire.limiter.requested == LimitRequest(16)
    assert wire.limiter.in_force is None
    await wire.limiter.apply()
    assert wire.sent == [(0, 16), (0, 10), (0, 16)]


@stepped
async def test_what_a_refusal_goes_back_to(wire: Wire) -> None:
    """Also what was restored, or asked for without another limit to write for it."""
    wire.refused = {10}
    wire.limiter.restore(LimitRequest(MAXIMUM))
    with pytest.raises(ChargerRefusedError):
        await wire.request(10)
    assert wire.limiter.requested == LimitRequest(MAXIMUM)
    await wire.limiter.apply()
    await wire.request(None)
    with pytest.raises(ChargerRefusedError):
        await wire.request(10, at_once=True)
    assert wire.limiter.requested == NO_LIMIT


def test_a_late_refusal_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody waits for it any more; the request before it counts again."""

    @stepped
    async def scene(wire: Wire) -> None:
        await wire.request(16)
        wire.refused = {10}
        await wire.request(10)
        await wire.settle()
        assert wire.limiter.requested == LimitRequest(16)

    scene()
    (warning,) = (record for record in caplog.records if record.levelname == "WARNING")
    assert "SetChargingProfile: Rejected" in warning.getMessage()


@stepped
async def test_a_refusal_takes_back_only_what_was_refused(wire: Wire) -> None:
    """What was asked for while it was under way still counts, and is written."""
    wire.delay, wire.refused = 5, {16}
    refused = asyncio.create_task(wire.request(16))
    await asyncio.sleep(1)
    await wire.request(10)
    with pytest.raises(ChargerRefusedError):
        await refused
    assert wire.limiter.requested == LimitRequest(10)
    await wire.settle()
    assert wire.sent == [(0, 16), (WRITE_INTERVAL, 10)]
    assert wire.limiter.in_force == 10


@stepped
async def test_offline(wire: Wire) -> None:
    """A request fails, also where it would have waited, and does not count."""
    wire.is_offline = True
    with pytest.raises(ChargerOfflineError):
        await wire.request(16)
    with pytest.raises(ChargerOfflineError):
        await wire.request(10)
    assert wire.limiter.requested == NO_LIMIT
    assert wire.sent == []


@stepped
async def test_what_is_forgotten_is_written_again(wire: Wire) -> None:
    """But not where something else is known to be in force, which is what is wanted."""
    await wire.request(16)
    await wire.limiter.apply()
    wire.limiter.forget()
    assert wire.limiter.in_force is None
    await wire.limiter.apply()
    wire.limiter.forget(16)
    await wire.limiter.apply()
    assert wire.sent == [(0, 16), (0, 16)]


@stepped
async def test_what_waited_on_a_lost_connection(wire: Wire) -> None:
    """Is forgotten with it: the next request starts work of its own."""
    await wire.request(16)
    await wire.request(10)
    wire.disconnect()
    wire.limiter.forget()
    await wire.request(12)
    await wire.settle()
    assert wire.sent == [(0, 16), (WRITE_INTERVAL, 12)]


@stepped
async def test_nothing_is_written_unasked(wire: Wire) -> None:
    """Unless it was asked for before a restart, or is prepared."""
    wire.limiter.want(MAXIMUM)
    await wire.limiter.apply()
    wire.limiter.restore(NO_LIMIT)
    await wire.limiter.apply()
    assert wire.sent == []
    wire.limiter.restore(LimitRequest(16))
    wire.limiter.want(16)
    await wire.limiter.apply()
    wire.limiter.prepare(NO_LIMIT)
    await wire.limiter.apply()
    assert wire.sent == [(0, 16), (0, MAXIMUM)]
