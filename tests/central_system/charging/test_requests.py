"""What was asked last and not refused holds: asks and answers in every order."""

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.schneider_ev.central_system.charging.limiter import (
    WRITE_INTERVAL,
    Limiter,
)
from custom_components.schneider_ev.central_system.charging.mode import ChargingMode
from custom_components.schneider_ev.central_system.charging.requests import (
    NO_LIMIT,
    Ask,
    LimitRequest,
    Requests,
)
from custom_components.schneider_ev.central_system.messages.errors import (
    ChargerError,
    ChargerHungUpError,
    ChargerOfflineError,
    ChargerRefusedError,
    ChargerTimeoutError,
)
from tests.central_system.charging.test_limiter import SteppedLoop

MAXIMUM = 32.0

_values = st.sampled_from([0.0, 6.0, 10.0, 16.0, 32.0])
_changes = st.one_of(
    st.builds(
        lambda value, end: partial(LimitRequest.limited, value=value, end=end),
        _values,
        st.none() | st.sampled_from([5.0, 50.0]),
    ),
    st.just(LimitRequest.pausing),
    st.just(partial(LimitRequest.resumed, minimum=6.0)),
    st.builds(
        lambda mode: partial(LimitRequest.in_mode, mode=mode),
        st.sampled_from(ChargingMode),
    ),
)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (partial(LimitRequest.limited, value=8.0), {"value": 8.0}),
        (
            partial(LimitRequest.limited, value=8.0, end=9.0),
            {"value": 8.0, "end": 9.0, "after": 16.0},
        ),
        (LimitRequest.pausing, {"paused": True}),
        (LimitRequest.unlimited, {"value": None}),
        (LimitRequest.ended, {}),
        (partial(LimitRequest.resumed, minimum=6.0), {}),
        (
            partial(LimitRequest.in_mode, mode=ChargingMode.SOLAR),
            {"mode": ChargingMode.SOLAR},
        ),
    ],
)
def test_a_change_leaves_the_rest(
    change: Callable[[LimitRequest], LimitRequest], expected: dict[str, Any]
) -> None:
    """Of what was asked before."""
    assert change(LimitRequest(16.0)) == replace(LimitRequest(16.0), **expected)


def test_limits_for_some_time_do_not_pile_up() -> None:
    """The last one has its own end; then it is what it was before the first."""
    request = LimitRequest(16.0).limited(10.0, 60.0).limited(8.0, 30.0)
    assert request.at(29.0).value == 8
    assert request.at(30.0) == LimitRequest(16.0)
    assert request.limited(12.0) == LimitRequest(12.0)


@given(
    st.lists(
        st.tuples(_changes, st.sampled_from(["accept", "refuse", "wait"]), st.floats()),
        max_size=8,
    )
)
def test_whatever_order_the_answers_come_in(
    asked: list[tuple[Callable[[LimitRequest], LimitRequest], str, float]],
) -> None:
    """What holds is what comes of all that was not refused, in the order of the asks."""
    told: list[LimitRequest] = []
    requests = Requests(lambda: told.append(requests.current))
    asks = [(requests.ask(change), answer, order) for change, answer, order in asked]
    for ask, answer, _ in sorted(asks, key=lambda item: str(item[2])):
        if answer == "accept":
            requests.accept([ask])
        elif answer == "refuse":
            requests.refuse([ask])
    expected = NO_LIMIT
    for change, answer, _ in asked:
        if answer != "refuse":
            expected = change(expected)
    assert requests.current == expected
    assert (told[-1] if told else NO_LIMIT) == expected
    waiting = [ask for ask, answer, _ in asks if answer == "wait"]
    assert requests.open == waiting
    requests.refuse(waiting)
    expected = NO_LIMIT
    for change, answer, _ in asked:
        if answer == "accept":
            expected = change(expected)
    assert requests.current == expected


def test_what_is_refused_after_it_was_accepted_counts() -> None:
    """And what was replaced meanwhile does not come back."""
    requests = Requests(lambda: None)
    first = requests.ask(partial(LimitRequest.limited, value=10.0))
    requests.accept([first])
    requests.refuse([first])
    assert requests.current == LimitRequest(10.0)
    second = requests.ask(LimitRequest.pausing)
    requests.replace(LimitRequest(6.0))
    requests.accept([second])
    requests.refuse([second])
    assert requests.current == LimitRequest(6.0)


def test_a_change_that_fails_is_taken_back() -> None:
    """Only where what it was asked for fails."""
    requests = Requests(lambda: None)
    change = partial(LimitRequest.in_mode, mode=ChargingMode.OFF)

    def fail() -> None:
        with requests.asked(change):
            assert requests.current.mode is ChargingMode.OFF
            raise ChargerOfflineError

    with pytest.raises(ChargerOfflineError):
        fail()
    assert requests.current == NO_LIMIT
    with requests.asked(change):
        pass
    assert requests.current.mode is ChargingMode.OFF
    assert requests.open == []


# A charger that does what it wants


@dataclass(frozen=True)
class Step:
    """Something that happens, and how long nothing else does."""

    what: str
    change: Callable[[LimitRequest], LimitRequest] = LimitRequest.pausing
    at_once: bool = False
    seconds: float = 0.0


_steps = st.builds(
    Step,
    what=st.sampled_from(
        [
            "ask",
            "ask",
            "ask",
            "accept",
            "refuse",
            "hang",
            "drop",
            "connect",
            "boot",
            "start",
            "stop",
        ]
    ),
    change=_changes,
    at_once=st.booleans(),
    seconds=st.sampled_from([0.0, 0.0, 0.5, 4.0, WRITE_INTERVAL]),
)


class Charger:
    """A charger, what it holds for each transaction, and a model of what it was asked.

    The model is the list of all changes that neither were refused nor failed.
    """

    def __init__(self) -> None:
        """Start connected, and in a good mood."""
        self.requests = Requests(lambda: None)
        self.limiter = Limiter(
            self.requests, wanted=self.wanted, send=self._send, spawn=self._spawn
        )
        self.held: dict[int | None, float] = {}
        self.transaction: int | None = None
        self.transactions = 0
        self.mood = "accept"
        self.is_connected = True
        self.model: dict[int, Callable[[LimitRequest], LimitRequest]] = {}
        self.in_write: list[Ask] = []
        self.asked: dict[Ask, int] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self.lost = asyncio.Event()

    def wanted(self) -> tuple[float, int | None]:
        """Return what follows from what is asked for."""
        request = self.requests.current
        value = MAXIMUM if request.value is None else request.value
        return 0.0 if request.paused else value, self.transaction

    async def _send(self, limit: float, transaction: int | None) -> int | None:
        if not self.is_connected:
            raise ChargerOfflineError
        lost, asks = self.lost, self.requests.open
        for _ in range(10):
            await asyncio.sleep(0.1)
            if lost.is_set():
                raise ChargerHungUpError
        if self.mood == "accept" and transaction in (None, self.transaction):
            self.held[transaction] = limit
            return transaction
        if self.mood == "hang":
            self.held[transaction] = limit
            raise ChargerTimeoutError("SetChargingProfile")
        if transaction == self.transaction:
            for ask in asks:
                self.model.pop(self.asked[ask], None)
        raise ChargerRefusedError("SetChargingProfile", "Rejected")

    def _spawn(self, work: Any) -> asyncio.Task[None] | None:
        if not self.is_connected:
            work.close()
            return None
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.append(task)
        return task

    async def ask(self, number: int, step: Step) -> None:
        """Ask for a change, as an owner does; one that is refused is not asked for."""
        self.model[number] = step.change
        known = set(self.requests.open)
        asking = asyncio.ensure_future(
            self.limiter.request(step.change, at_once=step.at_once)
        )
        await asyncio.sleep(0)
        for ask in set(self.requests.open) - known:
            self.asked[ask] = number
        try:
            await asking
        except ChargerTimeoutError:
            pass
        except ChargerError:
            self.model.pop(number, None)

    def apply(self) -> None:
        """Have all that is asked for put, as after a boot."""

        async def work() -> None:
            with contextlib.suppress(ChargerError):
                await self.limiter.apply()

        self._spawn(work())

    def happen(self, what: str) -> None:
        """Have something happen to the charger."""
        match what:
            case "accept" | "refuse" | "hang":
                self.mood = what
            case "drop" if self.is_connected:
                self.is_connected = False
                self.lost.set()
                for task in self.tasks:
                    task.cancel()
            case "connect" if not self.is_connected:
                self.is_connected, self.lost = True, asyncio.Event()
                self.limiter.forget()
                self.apply()
            case "boot" if self.is_connected:
                self.held.clear()
                self.limiter.forget()
                self.apply()
            case "start" if self.transaction is None:
                self.transactions += 1
                self.transaction = self.transactions
                self.apply()
            case "stop" if self.transaction is not None:
                self.held.pop(self.transaction, None)
                self.transaction = None
                self.apply()

    @property
    def expected(self) -> LimitRequest:
        """What comes of all that was neither refused nor failed."""
        request = NO_LIMIT
        for number in sorted(self.model):
            request = self.model[number](request)
        return request


@settings(max_examples=200)
@given(st.lists(_steps, max_size=14))
def test_a_charger_gets_what_was_asked_last(steps: list[Step]) -> None:
    """However it answers, boots, hangs and hangs up: when it is quiet, it holds that."""

    async def scene() -> None:
        charger = Charger()
        asking = []
        for number, step in enumerate(steps):
            if step.what == "ask":
                asking.append(asyncio.ensure_future(charger.ask(number, step)))
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            else:
                charger.happen(step.what)
            await asyncio.sleep(step.seconds)
        await asyncio.gather(*asking)
        charger.happen("accept")
        charger.happen("connect")
        await asyncio.sleep(5 * WRITE_INTERVAL)
        await charger.limiter.apply()
        assert charger.requests.current == charger.expected
        assert charger.requests.open == []
        if charger.limiter.is_used:
            limit, transaction = charger.wanted()
            assert charger.held[transaction] == limit

    with asyncio.Runner(loop_factory=SteppedLoop) as runner:
        runner.run(scene())
