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
from custom_components.schneider_ev.central_system.charging.requests import (
    NO_LIMIT,
    LimitRequest,
    Requests,
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

    While it is offline no work is started. It refuses limits of `refused`, and those for
    another than the present `transaction`.
    """

    def __init__(self) -> None:
        """Start online, with nothing asked for."""
        self.sent: list[tuple[float, float]] = []
        self.targets: list[int | None] = []
        self.refused: set[float] = set()
        self.delay = 0.0
        self.is_offline = False
        self.transaction: int | None = None
        self.tasks: list[asyncio.Task[None]] = []
        self.requests = Requests(lambda: None)
        self._start = asyncio.get_running_loop().time()
        self.limiter = Limiter(
            self.requests,
            wanted=self._wanted,
            send=self._send,
            spawn=self._spawn,
        )

    @property
    def requested(self) -> LimitRequest:
        """What is asked for."""
        return self.requests.current

    async def request(self, value: float | None, *, at_once: bool = False) -> None:
        """Request a limit."""

        def change(request: LimitRequest) -> LimitRequest:
            return request.unlimited() if value is None else request.limited(value)

        await self.limiter.request(change, at_once=at_once)

    def _wanted(self) -> tuple[float, int | None]:
        value = self.requested.value
        return MAXIMUM if value is None else value, self.transaction

    async def _send(self, limit: float, transaction: int | None) -> int | None:
        if self.is_offline:
            raise ChargerOfflineError
        seconds = asyncio.get_running_loop().time() - self._start
        self.sent.append((round(seconds, 3), limit))
        self.targets.append(transaction)
        await asyncio.sleep(self.delay)
        if limit in self.refused or transaction != self.transaction:
            raise REFUSAL
        return transaction

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
        if self.is_offline:
            work.close()
            return None
        self.tasks.append(asyncio.create_task(work))
        return self.tasks[-1]

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
    assert wire.requested == LimitRequest(16)
    assert wire.limiter.in_force is None
    await wire.limiter.apply()
    assert wire.sent == [(0, 16), (0, 10), (0, 16)]


@stepped
async def test_what_a_refusal_goes_back_to(wire: Wire) -> None:
    """Also what was restored, or asked for without another limit to write for it."""
    wire.refused = {10}
    wire.requests.replace(LimitRequest(MAXIMUM))
    with pytest.raises(ChargerRefusedError):
        await wire.request(10)
    assert wire.requested == LimitRequest(MAXIMUM)
    await wire.limiter.apply()
    await wire.request(None)
    with pytest.raises(ChargerRefusedError):
        await wire.request(10, at_once=True)
    assert wire.requested == NO_LIMIT


def test_a_late_refusal_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody waits for it any more; the request before it counts again."""

    @stepped
    async def scene(wire: Wire) -> None:
        await wire.request(16)
        wire.refused = {10}
        await wire.request(10)
        await wire.settle()
        assert wire.requested == LimitRequest(16)

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
    assert wire.requested == LimitRequest(10)
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
    assert wire.requested == NO_LIMIT
    assert wire.sent == []


@stepped
async def test_what_is_forgotten_is_written_again(wire: Wire) -> None:
    """So is what was on its way."""
    await wire.request(16)
    await wire.limiter.apply()
    wire.limiter.forget()
    assert wire.limiter.in_force is None
    wire.delay = 5
    writing = asyncio.create_task(wire.limiter.apply())
    await asyncio.sleep(1)
    wire.limiter.forget()
    await writing
    assert wire.limiter.in_force is None
    await wire.limiter.apply()
    assert wire.sent == [(0, 16), (0, 16), (5, 16)]


@stepped
async def test_each_transaction_has_a_limit_of_its_own(wire: Wire) -> None:
    """The one for those to come stays in force meanwhile."""
    await wire.request(16)
    for transaction in (7, None, 8, None, 7):
        wire.transaction = transaction
        await wire.limiter.apply()
    assert wire.targets == [None, 7, 8, 7]


@stepped
async def test_a_transaction_that_is_over_refuses_nothing(wire: Wire) -> None:
    """The limit is put where it belongs now."""
    wire.delay, wire.transaction = 5, 7
    requested = asyncio.create_task(wire.request(16))
    await asyncio.sleep(1)
    wire.transaction = None
    await requested
    assert wire.sent == [(0, 16), (5, 16)]
    assert wire.limiter.in_force == 16


@stepped
async def test_what_waited_on_a_lost_connection(wire: Wire) -> None:
    """Ends with it: the next request starts work of its own."""
    await wire.request(16)
    await wire.request(10)
    wire.disconnect()
    await wire.request(12)
    await wire.settle()
    assert wire.sent == [(0, 16), (WRITE_INTERVAL, 12)]


@stepped
async def test_what_waits_for_a_charger_that_is_gone(wire: Wire) -> None:
    """Is an error; what was asked before, and promised, is still asked for."""
    await wire.request(16)
    await wire.request(10)
    wire.is_offline = True
    wire.disconnect()
    for at_once in (False, True):
        with pytest.raises(ChargerOfflineError):
            await wire.request(12, at_once=at_once)
    assert wire.requested == LimitRequest(10)
    wire.is_offline = False
    await wire.limiter.apply()
    assert wire.sent == [(0, 16), (0, 10)]


@stepped
async def test_whoever_asked_gives_up(wire: Wire) -> None:
    """What is not being written yet is not asked for any more."""
    wire.delay = 5
    first = asyncio.create_task(wire.request(16))
    await asyncio.sleep(1)
    second = asyncio.create_task(wire.request(0, at_once=True))
    await asyncio.sleep(1)
    second.cancel()
    await first
    await wire.limiter.apply()
    assert wire.requested == LimitRequest(16)
    assert wire.sent == [(0, 16)]


@stepped
async def test_nothing_is_written_unasked(wire: Wire) -> None:
    """Unless it was asked for before a restart, or was ever to be written."""
    await wire.limiter.apply()
    wire.requests.replace(NO_LIMIT)
    await wire.limiter.apply()
    assert wire.sent == []
    wire.requests.replace(LimitRequest(16))
    await wire.limiter.apply()
    await wire.limiter.follow()
    wire.requests.replace(NO_LIMIT)
    await wire.limiter.apply()
    assert wire.sent == [(0, 16), (0, MAXIMUM)]
