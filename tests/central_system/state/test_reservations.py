"""Reservations: shown until they are used, cancelled or over."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
from tests.conftest import IDENTITY, Act, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import start
from tests.simulator import Simulator

type Reserve = Callable[..., Any]

SENSOR = f"{IDENTITY}_1_reservation"


@pytest.fixture
def reserve(act: Act) -> Reserve:
    """Reserve connector 1 for Ada; the value is until when."""

    async def action(
        *, connector: int = 1, number: int = 7, seconds: float = 3600
    ) -> datetime:
        expiry = dt_util.utcnow().replace(microsecond=0) + timedelta(seconds=seconds)
        await act(
            "reserve_now",
            connector_id=connector,
            reservation_id=number,
            id_tag="ADA12345",
            expiry_date=expiry.isoformat(),
        )
        return expiry

    return action


async def test_shown_until_cancelled(
    ready: FakeCharger, act: Act, reserve: Reserve, shown: Shown
) -> None:
    """With its expiry, its number, and no more of the badge than is anyone's business."""
    assert shown[SENSOR] == "unknown"
    expiry = await reserve()
    state = shown.entity(SENSOR)
    assert datetime.fromisoformat(state.state) == expiry
    assert state.attributes["reservation_id"] == 7
    assert state.attributes["badge"] == "…2345"
    ready.answers["CancelReservation"] = {"status": "Rejected"}
    with pytest.raises(HomeAssistantError):
        await act("cancel_reservation", reservation_id=7)
    assert shown[SENSOR] == expiry.isoformat()
    ready.answers["CancelReservation"] = {"status": "Accepted"}
    await act("cancel_reservation", reservation_id=7)
    assert shown[SENSOR] == "unknown"
    assert "reservation_id" not in shown.entity(SENSOR).attributes


async def test_a_refused_one_is_not_shown(
    ready: FakeCharger, reserve: Reserve, shown: Shown
) -> None:
    """What the charger did not take is none."""
    ready.answers["ReserveNow"] = {"status": "Occupied"}
    with pytest.raises(HomeAssistantError):
        await reserve()
    assert shown[SENSOR] == "unknown"


async def test_the_same_number_again(
    ready: FakeCharger, reserve: Reserve, shown: Shown
) -> None:
    """Replaces the one before."""
    await reserve(seconds=60)
    expiry = await reserve(seconds=7200)
    assert shown[SENSOR] == expiry.isoformat()


@pytest.mark.parametrize(
    ("id_tag", "rest", "is_used"),
    [
        ("ADA12345", {"reservationId": 7}, True),
        ("ada12345", {}, True),
        ("GRACE", {"reservationId": 7}, True),
        ("GRACE", {}, False),
        ("GRACE", {"reservationId": 8}, False),
    ],
)
@pytest.mark.parametrize("connector", [0, 1])
async def test_ends_with_its_session(
    ready: FakeCharger,
    reserve: Reserve,
    shown: Shown,
    id_tag: str,
    rest: dict[str, int],
    is_used: bool,
    connector: int,
) -> None:
    """By its number, or by its badge where the charger does not say the number."""
    await reserve(connector=connector)
    now = dt_util.utcnow().isoformat()
    await start(ready, meter_start=0, id_tag=id_tag, timestamp=now, **rest)
    assert (shown[SENSOR] == "unknown") is is_used


async def test_expires(ready: FakeCharger, reserve: Reserve, shown: Shown) -> None:
    """By itself, without a word of the charger."""
    await reserve(seconds=2)
    assert shown[SENSOR] != "unknown"
    async with asyncio.timeout(4):
        while shown[SENSOR] != "unknown":
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("status", "is_over"),
    [("Available", True), ("Faulted", True), ("Preparing", False)],
)
async def test_ends_where_the_charger_gives_it_up(
    ready: FakeCharger, reserve: Reserve, shown: Shown, status: str, is_over: bool
) -> None:
    """Its status tells."""
    await reserve()
    await ready.status("Reserved")
    assert shown[SENSOR] != "unknown"
    await ready.status(status)
    assert (shown[SENSOR] == "unknown") is is_over


async def test_survives_a_restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    reserve: Reserve,
    shown: Shown,
    fake: Callable[..., FakeCharger],
) -> None:
    """One that holds is there again; one that is over meanwhile is not."""
    await ready.call("Heartbeat")
    over = await reserve(number=8, seconds=1)
    expiry = await reserve(number=9, connector=1)
    assert shown[SENSOR] in (over.isoformat(), expiry.isoformat())
    await hass.config_entries.async_unload(entry.entry_id)
    await asyncio.sleep(1.1)
    await hass.config_entries.async_setup(entry.entry_id)
    async with fake() as again:
        await again.boot()
        await again.until_ready()
        await hass.async_block_till_done()
        assert shown[SENSOR] == expiry.isoformat()


async def test_with_a_charger_that_behaves_like_one(
    hass: HomeAssistant, central_system: str, reserve: Reserve, shown: Shown
) -> None:
    """Reserved, then used by the one who reserved."""
    async with Simulator(central_system, IDENTITY, latency=0) as simulator:
        await simulator.until(simulator.accepted.is_set)
        await simulator.until(lambda: len(simulator.calls("TriggerMessage")) > 1)
        await hass.async_block_till_done()
        await reserve()
        await simulator.until(lambda: shown[f"{IDENTITY}_1_status"] == "reserved")
        assert shown[SENSOR] != "unknown"
        await simulator.plug_in()
        await simulator.present_badge("ADA12345")
        await simulator.until(lambda: simulator.transaction_id is not None)
        await simulator.until(lambda: shown[SENSOR] == "unknown")
