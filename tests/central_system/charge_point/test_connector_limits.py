"""What was asked last holds: limits, pauses and modes, however the charger answers."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from custom_components.schneider_ev.central_system import CentralSystem
from custom_components.schneider_ev.central_system.charge_point import (
    Connector,
    connector_limits,
)
from custom_components.schneider_ev.central_system.charge_point.settings import (
    ChargerSettings,
)
from custom_components.schneider_ev.central_system.charging import limiter
from custom_components.schneider_ev.central_system.charging.mode import ChargingMode
from custom_components.schneider_ev.central_system.messages.errors import (
    ChargerError,
    ChargerOfflineError,
    ChargerRefusedError,
)
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from tests.conftest import IDENTITY
from tests.fake_charger import FakeCharger, Payload
from tests.scenes import charge, get_ready, limits, shine, start, stop

type Fake = Callable[..., FakeCharger]

ACCEPTED, REJECTED = {"status": "Accepted"}, {"status": "Rejected"}


@pytest.fixture(autouse=True)
def _no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no write wait for the one before."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 0.0)


@pytest.fixture
def connector(bare: CentralSystem, ready: FakeCharger) -> Connector:
    """The connector of the charger."""
    return bare.chargers[IDENTITY].connectors[1]


class Gate:
    """Holds back the answer to the next SetChargingProfile until it is opened."""

    def __init__(self, charger: FakeCharger) -> None:
        """Hold back the next answer."""
        self._charger = charger
        self._opened = asyncio.Event()
        self._answer = ACCEPTED
        self._before = len(limits(charger))
        charger.answers["SetChargingProfile"] = self._slowly

    async def _slowly(self, _: Payload) -> Payload:
        await self._opened.wait()
        return self._answer

    async def reached(self) -> None:
        """Wait until a limit is on its way."""
        await self._charger.until(lambda: len(limits(self._charger)) > self._before)

    def open(self, answer: Payload = ACCEPTED, *, for_all: bool = True) -> None:
        """Answer what was held back, `for_all` its purposes; accept whatever follows."""
        purpose, held = limits(self._charger)[self._before]
        self._answer = answer
        self._charger.answers["SetChargingProfile"] = lambda _: (
            answer
            if limits(self._charger)[-1] == (purpose, held)
            or (for_all and limits(self._charger)[-1][1] == held)
            else ACCEPTED
        )
        self._opened.set()


async def while_under_way(
    charger: FakeCharger,
    first: Awaitable[None],
    second: Awaitable[None],
    answer: Payload = ACCEPTED,
) -> list[BaseException | None]:
    """Ask for something while the charger thinks about what was asked before."""
    gate = Gate(charger)
    asked = [asyncio.ensure_future(first)]
    await gate.reached()
    asked.append(asyncio.ensure_future(second))
    await asyncio.sleep(0.05)
    gate.open(answer)
    return await asyncio.gather(*asked, return_exceptions=True)


def minutes_left(connector: Connector) -> float | None:
    """Return how long the present limit still holds, None where it is for good."""
    kept: Any = connector.limits.data()["temporary_limit"]
    if kept is None:
        return None
    left = datetime.fromisoformat(kept["end"]) - datetime.now(UTC)
    return round(left.total_seconds() / 60)


def mode_of(connector: Connector) -> str:
    """Return the mode that holds."""
    return connector.limits.mode.value


async def holds(charger: FakeCharger, connector: Connector, limit: float) -> None:
    """Wait until a limit is what is asked for, and what the charger took last."""
    decision = connector.limits.decision
    assert decision.limit == limit
    await charger.until(lambda: connector.limits.in_force == limit)
    assert limits(charger)[-1][1] == limit


# In another order


@pytest.mark.parametrize("answer", [ACCEPTED, REJECTED])
async def test_for_some_time_and_then_for_less(
    ready: FakeCharger, connector: Connector, answer: Payload
) -> None:
    """Each ask has its own end, whatever becomes of the one before."""
    await charge(ready)
    await connector.limits.set_limit(16)
    await while_under_way(
        ready,
        connector.limits.set_limit(10, timedelta(minutes=60)),
        connector.limits.set_limit(8, timedelta(minutes=120)),
        answer,
    )
    assert minutes_left(connector) == 120
    await holds(ready, connector, 8)
    assert connector.limits.data()["temporary_limit"]["before"] == 16


@pytest.mark.parametrize("answer", [ACCEPTED, REJECTED])
async def test_for_good_after_for_some_time(
    ready: FakeCharger, connector: Connector, answer: Payload
) -> None:
    """What was asked for good does not end with what was asked before it."""
    await charge(ready)
    await while_under_way(
        ready,
        connector.limits.set_limit(10, timedelta(seconds=0.2)),
        connector.limits.set_limit(20),
        answer,
    )
    assert minutes_left(connector) is None
    await asyncio.sleep(0.3)
    await holds(ready, connector, 20)


async def test_a_pause_that_is_refused_leaves_the_limit(
    ready: FakeCharger, connector: Connector
) -> None:
    """Only the pause drops out of what was asked."""
    await charge(ready)
    refused, _ = await while_under_way(
        ready, connector.limits.pause(), connector.limits.set_limit(10), REJECTED
    )
    assert isinstance(refused, ChargerRefusedError)
    assert not connector.limits.decision.is_paused
    await holds(ready, connector, 10)


async def test_a_limit_that_is_refused_leaves_the_pause(
    ready: FakeCharger, connector: Connector
) -> None:
    """The limit before it counts when the pause ends."""
    await charge(ready)
    await connector.limits.set_limit(16)
    await while_under_way(
        ready, connector.limits.set_limit(10), connector.limits.pause(), REJECTED
    )
    await holds(ready, connector, 0)
    await connector.limits.resume()
    await holds(ready, connector, 16)


# For some time


@pytest.mark.parametrize("answer", [REJECTED, None])
async def test_the_end_is_no_ask(
    ready: FakeCharger, connector: Connector, answer: Payload | None
) -> None:
    """A charger that refuses what holds then, or hangs up, does not make it last."""
    await charge(ready)
    await connector.limits.set_limit(16)
    await connector.limits.set_limit(10, timedelta(seconds=0.1))
    ready.answers["SetChargingProfile"] = lambda _: answer
    before = len(limits(ready))
    await ready.until(lambda: len(limits(ready)) > before)
    if answer is None:
        ready.drop()
        await ready.wait_closed()
    await asyncio.sleep(0.1)
    assert connector.limits.decision.owners_limit == 16
    assert minutes_left(connector) is None


async def test_none_for_some_time_is_a_pause_that_can_be_ended(
    ready: FakeCharger, connector: Connector
) -> None:
    """By the limit that would have followed."""
    await charge(ready)
    await connector.limits.set_limit(16)
    await connector.limits.set_limit(0, timedelta(hours=1))
    await connector.control.resume()
    await holds(ready, connector, 16)
    assert minutes_left(connector) is None


async def test_a_pause_and_a_resume_leave_the_end(
    ready: FakeCharger, connector: Connector
) -> None:
    """A limit for some time holds for that time."""
    await charge(ready)
    await connector.limits.set_limit(10, timedelta(hours=1))
    await connector.control.pause()
    await connector.control.resume()
    await holds(ready, connector, 10)
    assert minutes_left(connector) == 60


@pytest.mark.parametrize("days", [-400, 400])
async def test_a_clock_that_jumps(
    ready: FakeCharger,
    connector: Connector,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
) -> None:
    """A limit for some time goes by the time that passes, and is kept by the clock."""
    await charge(ready)
    await connector.limits.set_limit(10, timedelta(hours=1))
    jump = timedelta(days=days)
    jumped = SimpleNamespace(
        now=lambda zone: datetime.now(zone) + jump,
        fromtimestamp=datetime.fromtimestamp,
        fromisoformat=datetime.fromisoformat,
    )
    monkeypatch.setattr(connector_limits, "datetime", jumped)
    await connector.limits.pause()
    await connector.limits.resume()
    await holds(ready, connector, 10)
    kept = connector.limits.data()
    end = datetime.fromisoformat(kept["temporary_limit"]["end"])
    left = end - datetime.now(UTC) - jump
    assert timedelta(minutes=59) < left < timedelta(minutes=61)
    connector.limits.restore(kept)
    assert connector.limits.decision.limit == 10


# While a limit is on its way


async def test_a_boot(ready: FakeCharger, connector: Connector) -> None:
    """What is answered then may have been lost: it is put again."""
    await charge(ready)
    gate = Gate(ready)
    asked = asyncio.create_task(connector.limits.set_limit(10))
    await gate.reached()
    await ready.boot()
    gate.open()
    await asked
    await ready.until(lambda: len(limits(ready)) == 2)
    assert limits(ready) == [("TxProfile", 10), ("TxProfile", 10)]


async def test_a_transaction_starts(ready: FakeCharger, connector: Connector) -> None:
    """The limit is put to it, too."""
    await ready.status("Preparing")
    gate = Gate(ready)
    asked = asyncio.create_task(connector.limits.set_limit(10))
    await gate.reached()
    await start(ready)
    gate.open()
    await asked
    await ready.until(lambda: len(limits(ready)) == 2)
    assert limits(ready) == [("TxDefaultProfile", 10), ("TxProfile", 10)]


async def test_a_transaction_ends(ready: FakeCharger, connector: Connector) -> None:
    """That a charger refuses a limit for one that is over refuses nothing."""
    transaction_id = await charge(ready)
    gate = Gate(ready)
    asked = asyncio.create_task(connector.limits.set_limit(10))
    await gate.reached()
    await stop(ready, transaction_id, 2000)
    gate.open(REJECTED, for_all=False)
    await asked
    await holds(ready, connector, 10)
    assert limits(ready)[-1] == ("TxDefaultProfile", 10)


async def test_a_transaction_that_was_over_when_it_was_delivered(
    ready: FakeCharger, connector: Connector
) -> None:
    """Is not limited: what holds is for those to come."""
    await connector.limits.set_limit(10)
    await start(ready)
    for limit in (6, 6, 8, 8):
        shine(connector, limit)
        await ready.until(lambda: connector.limits.in_force == limit)  # noqa: B023
    assert limits(ready) == [
        ("TxDefaultProfile", 10),
        ("TxDefaultProfile", 6),
        ("TxDefaultProfile", 8),
    ]


async def test_a_default_that_is_not_certain(
    ready: FakeCharger, connector: Connector
) -> None:
    """A limit that was refused may be in force all the same: it is put again."""
    await connector.limits.set_limit(10)
    ready.answers["SetChargingProfile"] = REJECTED
    with pytest.raises(ChargerRefusedError):
        await connector.limits.set_limit(16)
    ready.answers["SetChargingProfile"] = ACCEPTED
    transaction_id = await charge(ready)
    await ready.until(lambda: limits(ready)[-1] == ("TxProfile", 10))
    await stop(ready, transaction_id, 2000)
    await ready.until(lambda: limits(ready)[-1] == ("TxDefaultProfile", 10))


async def test_another_product(
    bare: CentralSystem, ready: FakeCharger, connector: Connector
) -> None:
    """A limit in amperes is no limit in watts, also where it is taken later."""
    await charge(ready)
    await connector.limits.set_limit(16)
    gate = Gate(ready)
    asked = asyncio.create_task(connector.limits.set_limit(10))
    await gate.reached()
    bare.change_charger(IDENTITY, ChargerSettings(product=EVLINK_PRO_DC.key))
    gate.open()
    await asked
    await holds(ready, connector, connector.limits.decision.maximum)
    ready.answers["SetChargingProfile"] = REJECTED
    with pytest.raises(ChargerRefusedError):
        await connector.limits.set_limit(20_000)
    assert connector.limits.decision.owners_limit == connector.limits.decision.maximum


async def test_another_product_leaves_a_pause(
    bare: CentralSystem, ready: FakeCharger, connector: Connector
) -> None:
    """And the mode: they have no unit. What the sun gave had one."""
    await charge(ready)
    await connector.control.choose_mode(ChargingMode.SOLAR)
    shine(connector, 6)
    await connector.limits.set_limit(10, timedelta(hours=1))
    await connector.limits.pause()
    bare.change_charger(IDENTITY, ChargerSettings(product=EVLINK_PRO_DC.key))
    assert connector.limits.data()["paused"]
    assert connector.limits.data()["charging_mode"] == "solar"
    assert connector.limits.data()["limit"] is None
    assert minutes_left(connector) is None
    bare.change_charger(IDENTITY, ChargerSettings())
    assert connector.limits.decision.is_paused
    await connector.limits.resume()
    assert connector.limits.decision.limit == 32


# Modes


async def test_a_mode_that_is_refused_is_not_kept(
    ready: FakeCharger, connector: Connector
) -> None:
    """After the pause it is the one that was taken last."""
    await charge(ready)
    await connector.control.choose_mode(ChargingMode.SOLAR)
    await connector.control.choose_mode(ChargingMode.OFF)
    ready.answers["SetChargingProfile"] = REJECTED
    with pytest.raises(ChargerRefusedError):
        await connector.control.choose_mode(ChargingMode.FAST)
    assert mode_of(connector) == "off"
    assert connector.limits.data()["charging_mode"] == "solar"
    ready.answers["SetChargingProfile"] = ACCEPTED
    await connector.control.resume()
    assert mode_of(connector) == "solar"


async def test_the_mode_that_was_chosen_last(
    ready: FakeCharger, connector: Connector
) -> None:
    """Counts, also where the one before is refused later."""
    await charge(ready)
    await connector.control.choose_mode(ChargingMode.OFF)
    await while_under_way(
        ready,
        connector.control.choose_mode(ChargingMode.MIN_SOLAR),
        connector.control.choose_mode(ChargingMode.SOLAR),
        REJECTED,
    )
    assert connector.limits.data()["charging_mode"] == "solar"


@pytest.fixture
async def direct(fake: Fake) -> Any:
    """A charger of direct current, which no limit can pause."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        await get_ready(charger, 2)
        yield charger


async def test_off_that_is_refused_is_not_kept(
    bare: CentralSystem, direct: FakeCharger
) -> None:
    """A session that does not end goes on in the mode that it had."""
    connector = bare.chargers[IDENTITY].connectors[1]
    await charge(direct)
    direct.answers["RemoteStopTransaction"] = REJECTED
    with pytest.raises(ChargerRefusedError):
        await connector.control.choose_mode(ChargingMode.OFF)
    assert connector.limits.mode is ChargingMode.FAST


async def test_a_mode_that_is_chosen_while_a_session_ends(
    bare: CentralSystem, direct: FakeCharger
) -> None:
    """Is the last one: the session ends all the same."""
    connector = bare.chargers[IDENTITY].connectors[1]
    await charge(direct)
    stopping = asyncio.Event()

    async def slowly(_: Payload) -> Payload:
        await stopping.wait()
        return ACCEPTED

    direct.answers["RemoteStopTransaction"] = slowly
    off = asyncio.create_task(connector.control.choose_mode(ChargingMode.OFF))
    await direct.until_called("RemoteStopTransaction")
    assert mode_of(connector) == "off"
    await connector.control.choose_mode(ChargingMode.SOLAR)
    stopping.set()
    await off
    assert mode_of(connector) == "solar"


# Connections and connectors that go


async def test_a_charger_that_has_just_gone_away(
    ready: FakeCharger,
    fake: Fake,
    connector: Connector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody is told that a limit is set; what was promised before is put later."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 10.0)
    await charge(ready)
    await connector.limits.set_limit(10)
    await connector.limits.set_limit(12)
    ready.drop()
    await ready.wait_closed()
    await asyncio.sleep(0.05)
    with pytest.raises(ChargerOfflineError):
        await connector.limits.set_limit(14)
    with pytest.raises(ChargerOfflineError):
        await connector.limits.pause()
    assert connector.limits.decision.limit == 12
    async with fake() as again:
        await again.status("Charging")
        await again.until(lambda: limits(again) == [("TxProfile", 12)])


async def test_a_connection_that_is_replaced(
    ready: FakeCharger, fake: Fake, connector: Connector
) -> None:
    """What is on its way on the old one fails; what holds is put on the new one."""
    await charge(ready)
    await connector.limits.set_limit(10)
    gate = Gate(ready)
    asked = asyncio.create_task(connector.limits.set_limit(16))
    await gate.reached()
    async with fake() as again:
        with pytest.raises(ChargerOfflineError):
            await asked
        await again.status("Charging")
        await again.until(lambda: limits(again) == [("TxProfile", 10)])
    assert connector.limits.decision.limit == 10


async def test_whoever_asked_gives_up(ready: FakeCharger, connector: Connector) -> None:
    """What is not on its way yet is not asked for any more."""
    await charge(ready)
    gate = Gate(ready)
    asked = asyncio.create_task(connector.limits.set_limit(10))
    await gate.reached()
    paused = asyncio.create_task(connector.limits.pause())
    await asyncio.sleep(0.02)
    paused.cancel()
    gate.open()
    await asked
    await holds(ready, connector, 10)
    assert not connector.limits.decision.is_paused
    assert len(limits(ready)) == 1


async def test_a_connector_that_is_gone(
    bare: CentralSystem, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent to it any more: neither later, nor when its time is over."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 0.2)
    async with fake() as charger:
        await get_ready(charger, 2)
        gone = bare.chargers[IDENTITY].connectors[2]
        await gone.limits.set_limit(10)
        await gone.limits.set_limit(12, timedelta(seconds=0.3))
        charger.configuration["NumberOfConnectors"] = ("1", True)
        await charger.boot()
        await charger.until_ready()
        assert list(bare.chargers[IDENTITY].connectors) == [1]
        before = len(charger.calls("SetChargingProfile"))
        shine(gone, 6)
        gone.limits.spawn_apply()
        with pytest.raises(ChargerError):
            await gone.limits.set_limit(8)
        await asyncio.sleep(0.5)
        assert len(charger.calls("SetChargingProfile")) == before
