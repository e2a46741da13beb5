"""Named values, and the signals that tell of their changes."""

import asyncio
from collections.abc import Callable
import logging
from typing import override

import pytest

from custom_components.schneider_ev.central_system.values import (
    ConnectorValue,
    ConnectorValues,
    Signal,
    Stop,
    Values,
)

POWER, ENERGY, STATUS = (
    ConnectorValue.POWER,
    ConnectorValue.ENERGY,
    ConnectorValue.STATUS,
)


class CountingSignal(Signal[str]):
    """A signal that knows how many are connected."""

    connected = 0

    @override
    def connect(self, listener: Callable[[str], None]) -> Stop:
        """Count a listener until it stops."""
        self.connected += 1
        stop = super().connect(listener)

        def counted_stop() -> None:
            self.connected -= 1
            stop()

        return counted_stop


@pytest.fixture
def calls() -> list[str]:
    """Who was called, in order."""
    return []


@pytest.fixture
def signal() -> Signal[str]:
    """A signal that tells of a text."""
    return Signal()


@pytest.fixture
def values(calls: list[str]) -> ConnectorValues:
    """Values of which each change of power and energy, and each new name, is noted."""
    values: ConnectorValues = Values()
    for name in (POWER, ENERGY):
        values.listen(name, noting(calls, name))
    values.added.connect(lambda name: calls.append(f"added {name}"))
    return values


def noting(calls: list[str], name: str) -> Callable[..., None]:
    """Return a listener that notes each call of it, with what was sent."""
    return lambda *sent: calls.append("".join((name, *sent)))


def failing(_text: str) -> None:
    """Fail as a listener with a bug does."""
    raise ValueError("a bug")


def test_a_signal_calls_in_the_order_of_connecting(
    signal: Signal[str], calls: list[str]
) -> None:
    """All are called, each with what is sent."""
    for name in "abc":
        signal.connect(noting(calls, name))
    signal.send("1")
    signal.send("2")
    assert calls == ["a1", "b1", "c1", "a2", "b2", "c2"]


def test_a_listener_that_fails_keeps_nobody_from_being_called(
    signal: Signal[str], calls: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Its first failure is logged with the traceback, no further one is."""
    signal.connect(failing)
    signal.connect(calls.append)
    for text in "123":
        signal.send(text)
    assert calls == ["1", "2", "3"]
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "failing" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[0] is ValueError


def test_each_listener_that_fails_is_logged(
    signal: Signal[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Also one that stopped and is connected again."""

    def failing_too(text: str) -> None:
        failing(text)

    signal.connect(failing)
    stop = signal.connect(failing_too)
    signal.send("1")
    assert len(caplog.records) == 2
    stop()
    signal.connect(failing_too)
    signal.send("2")
    assert len(caplog.records) == 3


def test_only_who_stops_is_not_called_any_more(
    signal: Signal[str], calls: list[str]
) -> None:
    """Stopping again does nothing."""
    stop = signal.connect(noting(calls, "a"))
    signal.connect(noting(calls, "b"))
    stop()
    stop()
    signal.send("1")
    assert calls == ["b1"]


def test_nobody_is_called_after_closing(signal: Signal[str], calls: list[str]) -> None:
    """Stopping then is harmless."""
    stop = signal.connect(calls.append)
    signal.close()
    stop()
    signal.send("1")
    assert calls == []


def test_a_listener_may_disconnect_itself(
    signal: Signal[str], calls: list[str]
) -> None:
    """Nobody is left out because of it."""
    stops: list[Stop] = []

    def once(text: str) -> None:
        calls.append(f"once {text}")
        stops[0]()

    stops.append(signal.connect(once))
    signal.connect(calls.append)
    signal.send("1")
    signal.send("2")
    assert calls == ["once 1", "1", "2"]


def test_a_listener_may_connect_another(signal: Signal[str], calls: list[str]) -> None:
    """That one is called from the next time on."""

    def connecting(_text: str) -> None:
        signal.connect(calls.append)

    stop = signal.connect(connecting)
    signal.send("1")
    assert calls == []
    stop()
    signal.send("2")
    assert calls == ["2"]


async def test_waiting_for_a_signal() -> None:
    """What was sent before does not count; nobody is connected after waiting."""
    signal = CountingSignal()
    signal.send("before")
    waiting, cancelled = (asyncio.create_task(signal.wait()) for _ in range(2))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    assert not waiting.done()
    assert signal.connected == 1
    signal.send("now")
    await waiting
    assert signal.connected == 0


def test_only_who_listens_to_what_changed_is_called(
    values: ConnectorValues, calls: list[str]
) -> None:
    """Once for each name, and not for what is as it was."""
    values.update({POWER: 1.0, ENERGY: 2.0, STATUS: "charging"})
    calls.clear()
    values.update({POWER: 1.0, ENERGY: 3.0, STATUS: "available"})
    assert calls == [ENERGY]
    values.set(ENERGY, 3.0)
    assert calls == [ENERGY]


def test_all_values_are_there_before_anybody_is_called(
    values: ConnectorValues,
) -> None:
    """A listener sees what came together."""
    seen: list[object] = []
    values.listen(POWER, lambda: seen.append(values.get(ENERGY)))
    values.update({POWER: 1.0, ENERGY: 2.0})
    assert seen == [2.0]


def test_new_names_are_told_after_the_changes(
    values: ConnectorValues, calls: list[str]
) -> None:
    """In the order in which they came, and each only once."""
    values.update({POWER: 1.0, ENERGY: None})
    assert calls == [POWER, f"added {POWER}", f"added {ENERGY}"]
    values.update({POWER: None, ENERGY: 2.0})
    assert calls[3:] == [POWER, ENERGY]


def test_a_value_that_is_unknown_is_there(values: ConnectorValues) -> None:
    """A name that never had a value is not; neither has a value."""
    values.set(POWER, None)
    assert POWER in values
    assert ENERGY not in values
    assert values.get(POWER) is values.get(ENERGY) is None
    assert list(values) == [POWER]


def test_values_by_type(values: ConnectorValues) -> None:
    """A value of another type counts as unknown."""
    values.set(POWER, 7.0)
    assert values.typed(POWER, float) == 7
    assert values.typed(POWER, str) is None
    assert values.typed(ENERGY, float) is None


def test_a_value_that_is_removed_is_told(
    values: ConnectorValues, calls: list[str]
) -> None:
    """It is new when it comes again; who listens to it still does."""
    values.set(POWER, 7.0)
    calls.clear()
    values.remove(POWER)
    assert POWER not in values
    assert calls == [POWER]
    values.set(POWER, 7.0)
    assert calls == [POWER, POWER, f"added {POWER}"]


def test_clearing_removes_all_and_tells_nobody(
    values: ConnectorValues, calls: list[str]
) -> None:
    """What comes after it is new."""
    values.update({POWER: 7.0, ENERGY: 1.0})
    calls.clear()
    values.clear()
    assert list(values) == calls == []
    values.set(POWER, 7.0)
    assert calls == [POWER, f"added {POWER}"]


def test_nobody_is_told_of_values_after_closing(
    values: ConnectorValues, calls: list[str]
) -> None:
    """They can still be set."""
    values.close()
    values.set(POWER, 7.0)
    assert calls == []
    assert values.get(POWER) == 7


async def test_waiting_for_a_value(values: ConnectorValues) -> None:
    """Only a change of that value ends it."""
    waiting = asyncio.create_task(values.changed(STATUS))
    await asyncio.sleep(0)
    values.update({POWER: 1.0, STATUS: None})
    await asyncio.sleep(0)
    assert not waiting.done()
    values.set(STATUS, "charging")
    await waiting
