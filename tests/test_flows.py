"""How far a message travels through the code: calls, modules, changes of module.

A reader follows the same way. What is counted is each call of a function of ours, and
each time that the next call is in another module than the one before. The least of
several rounds counts: other work of Home Assistant may come in between.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
import sys
from types import FrameType

import custom_components.schneider_ev
from homeassistant.core import HomeAssistant
from tests.conftest import Shown
from tests.fake_charger import FakeCharger
from tests.scenes import LIMIT, stamp

FOLDER = str(custom_components.schneider_ev.__path__[0])
ROUNDS = 3


@dataclass
class Flow:
    """The modules of the functions that were called, in order."""

    calls: list[str] = field(default_factory=list)

    @property
    def changes(self) -> int:
        """How often the next call was in another module."""
        return sum(module != following for module, following in pairwise(self.calls))


@contextmanager
def followed() -> Iterator[Flow]:
    """Follow what is called in the meantime."""
    flow = Flow()

    def called(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(FOLDER):
            flow.calls.append(frame.f_code.co_filename)

    sys.setprofile(called)
    try:
        yield flow
    finally:
        sys.setprofile(None)


async def shortest(
    prepare: Callable[[int], Awaitable[None]], act: Callable[[int], Awaitable[object]]
) -> Flow:
    """Follow an act some times, each after its preparation; return the shortest flow."""
    flows = []
    for number in range(ROUNDS):
        await prepare(number)
        with followed() as flow:
            await act(number)
        flows.append(flow)
    return min(flows, key=lambda flow: flow.changes)


def sample(transaction_id: int, number: int) -> dict[str, object]:
    """A MeterValues of nine readings, each of which has changed."""
    phases = ("L1", "L2", "L3")
    return {
        "connectorId": 1,
        "transactionId": transaction_id,
        "meterValue": [
            {
                "timestamp": stamp(number),
                "sampledValue": [
                    {"value": f"{2000 + number}", "unit": "Wh"},
                    {
                        "value": f"{7000 + number}",
                        "measurand": "Power.Active.Import",
                        "unit": "W",
                    },
                    {"value": f"{16 + number}", "measurand": "Current.Offered"},
                    *(
                        {
                            "value": f"{value + number}",
                            "measurand": measurand,
                            "phase": phase,
                        }
                        for measurand, value in (
                            ("Current.Import", 10),
                            ("Voltage", 230),
                        )
                        for phase in phases
                    ),
                ],
            }
        ],
    }


async def begin(charger: FakeCharger, number: int) -> int:
    """Begin a session; return its transaction id."""
    start = {"connectorId": 1, "idTag": "ADA", "meterStart": number}
    answer = await charger.call(
        "StartTransaction", start | {"timestamp": stamp(number)}
    )
    transaction_id: int = answer["transactionId"]
    return transaction_id


async def test_meter_values(hass: HomeAssistant, ready: FakeCharger) -> None:
    """Nine readings reach nine states."""
    await ready.status("Preparing")
    transaction_id = await begin(ready, 0)
    await ready.status("Charging")

    async def prepare(number: int) -> None:
        await ready.call("MeterValues", sample(transaction_id, 2 * number))
        await hass.async_block_till_done()

    async def act(number: int) -> None:
        await ready.call("MeterValues", sample(transaction_id, 2 * number + 1))

    assert 0 < (await shortest(prepare, act)).changes <= 75


async def test_limit(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, timeless: None
) -> None:
    """A limit reaches the charger, and the states that show it."""
    await ready.status("Preparing")
    transaction_id = await begin(ready, 0)
    await ready.status("Charging")
    await ready.call("MeterValues", sample(transaction_id, 1))

    async def prepare(_: int) -> None:
        await hass.async_block_till_done()

    async def act(number: int) -> None:
        await shown.do(LIMIT, "set_value", value=10 + number)

    assert 0 < (await shortest(prepare, act)).changes <= 95
    assert len(ready.calls("SetChargingProfile")) == ROUNDS


async def test_start_transaction(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, timeless: None
) -> None:
    """A session is on disk, is shown, and gets its limit."""
    await shown.do(LIMIT, "set_value", value=10)
    await ready.status("Preparing")

    async def prepare(number: int) -> None:
        transaction_id = await begin(ready, 10 * number)
        await ready.call("MeterValues", sample(transaction_id, number))
        stop = {"transactionId": transaction_id, "meterStop": 3000}
        await ready.call(
            "StopTransaction", stop | {"timestamp": stamp(10 * number + 5)}
        )
        await hass.async_block_till_done()
        await asyncio.sleep(0.05)

    async def act(number: int) -> None:
        before = len(ready.calls("SetChargingProfile"))
        await begin(ready, 10 * number + 6)
        await ready.until_called("SetChargingProfile", before + 1)
        await hass.async_block_till_done()
        await asyncio.sleep(0.05)

    assert 0 < (await shortest(prepare, act)).changes <= 130
