"""The blueprint: run by Home Assistant's own automation, with a charger on the wire."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
import shutil

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import IDENTITY, Pass, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import GRID, charge, limits, measure
from tests.simulator import Car
from tests.solar_days import (
    KWH,
    METER_INTERVAL,
    MINIMUM,
    SEEDS,
    STEP,
    TIMES,
    VOLTAGE,
    WAKING,
    Day,
    Powers,
    SolarCharging,
    broken_day,
    live,
)

BLUEPRINT = Path("automation/schneider_ev/solar_surplus.yaml")
SOURCE = Path(__file__).parents[1] / "blueprints" / BLUEPRINT
HOUR = 3600


@pytest.fixture
def passing(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Pass:
    """Let time pass, half a minute at a time, and never close to a trigger's second."""
    soon = dt_util.utcnow() + timedelta(minutes=1)
    freezer.move_to(soon.replace(second=10, microsecond=0))

    async def wait(seconds: float) -> None:
        while seconds > 0:
            freezer.tick(timedelta(seconds=min(seconds, 30)))
            seconds -= 30
            async_fire_time_changed(hass)
            await hass.async_block_till_done()
            # what goes over the wire takes its turns, but no time
            for _ in range(50):
                await asyncio.sleep(0)

    return wait


@pytest.fixture
def inputs() -> dict[str, object]:
    """What the owner says beyond what has to be said."""
    return {}


@pytest.fixture
async def automation(
    hass: HomeAssistant,
    timeless: None,
    ready: FakeCharger,
    shown: Shown,
    tmp_path: Path,
    inputs: dict[str, object],
) -> AsyncIterator[None]:
    """The automation, made of the blueprint."""
    await measure(ready, 0, Power_Active_Import=0)
    await hass.async_block_till_done()
    hass.config.config_dir = str(tmp_path)
    target = tmp_path / "blueprints" / BLUEPRINT
    target.parent.mkdir(parents=True)
    shutil.copy(SOURCE, target)
    entities = {
        "charging_limit": f"{IDENTITY}_1_charging_limit",
        "charging_switch": f"switch.{IDENTITY}_1_charging",
        "charging_power": f"{IDENTITY}_1_power",
        "plugged": f"{IDENTITY}_1_plugged",
    }
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "alias": "Sun",
                "use_blueprint": {
                    "path": BLUEPRINT.relative_to("automation").as_posix(),
                    "input": {"grid_power": GRID, **inputs}
                    | {
                        name: shown.entity_id(unique_id)
                        for name, unique_id in entities.items()
                    },
                },
            }
        },
    )
    await hass.async_block_till_done()
    assert hass.states.get("automation.sun") is not None
    yield
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "automation.sun"}, blocking=True
    )


def grid(hass: HomeAssistant, power: float | str, unit: str = "W") -> None:
    """Set what is drawn from the grid."""
    hass.states.async_set(GRID, str(power), {"unit_of_measurement": unit})


async def begin(charger: FakeCharger) -> int:
    """Do as a charger does that is started."""
    await charger.until_called("RemoteStartTransaction")
    answer = await charger.call(
        "StartTransaction",
        {
            "connectorId": 1,
            "idTag": charger.calls("RemoteStartTransaction")[-1]["idTag"],
            "meterStart": 0,
            "timestamp": "2026-06-01T12:00:00Z",
        },
    )
    await charger.status("Charging")
    transaction_id: int = answer["transactionId"]
    return transaction_id


@pytest.mark.usefixtures("automation")
async def test_a_day(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, passing: Pass
) -> None:
    """It starts after a while, follows, never below the minimum, and pauses after one."""
    await ready.status("Preparing")
    grid(hass, -3)
    await passing(120)
    assert not ready.calls("RemoteStartTransaction")
    grid(hass, -5, "kW")
    await passing(30)
    assert not ready.calls("RemoteStartTransaction")
    await passing(60)
    transaction_id = await begin(ready)
    assert limits(ready)[-1][1] == 7
    await measure(ready, transaction_id, Power_Active_Import=4830)
    grid(hass, -1500)
    await passing(20)
    assert limits(ready)[-1][1] == 7
    await passing(40)
    assert limits(ready)[-1] == ("TxProfile", 8)
    await measure(ready, transaction_id, Power_Active_Import=5520)
    before = len(limits(ready))
    grid(hass, -1000)
    await passing(120)
    assert len(limits(ready)) == before
    grid(hass, 3000)
    await passing(30)
    assert limits(ready)[-1] == ("TxProfile", 6)
    await passing(60)
    assert shown[f"switch.{IDENTITY}_1_charging"] == "on"
    await passing(210)
    assert limits(ready)[-1] == ("TxProfile", 6)
    await passing(240)
    assert limits(ready)[-1] == ("TxProfile", 0)
    assert shown[f"switch.{IDENTITY}_1_charging"] == "off"
    await ready.status("SuspendedEVSE")
    await measure(ready, transaction_id, Power_Active_Import=0)
    grid(hass, -8000)
    await passing(90)
    assert limits(ready)[-1] == ("TxProfile", 11)
    assert shown[f"switch.{IDENTITY}_1_charging"] == "on"


@pytest.mark.usefixtures("automation")
async def test_the_meter_is_lost(
    hass: HomeAssistant, ready: FakeCharger, passing: Pass
) -> None:
    """At the minimum at once, paused after a while."""
    await ready.status("Preparing")
    grid(hass, -9000)
    await passing(90)
    transaction_id = await begin(ready)
    await measure(ready, transaction_id, Power_Active_Import=8970)
    grid(hass, -30)
    await passing(630)
    assert limits(ready)[-1][1] == 13
    grid(hass, "unavailable")
    await passing(30)
    assert limits(ready)[-1] == ("TxProfile", 6)
    await passing(210)
    assert limits(ready)[-1] == ("TxProfile", 0)


@pytest.mark.usefixtures("automation")
async def test_a_car_that_comes_while_the_sun_shines(
    hass: HomeAssistant, ready: FakeCharger, passing: Pass
) -> None:
    """Is charged, though the surplus has been there for long."""
    grid(hass, -9000)
    await passing(300)
    assert not ready.calls("RemoteStartTransaction")
    await ready.status("Preparing")
    await passing(90)
    assert len(ready.calls("RemoteStartTransaction")) == 1


@pytest.mark.usefixtures("automation")
async def test_saved_while_the_sun_shines(
    hass: HomeAssistant, ready: FakeCharger, passing: Pass
) -> None:
    """An automation that is saved then does not wait for the next cloud."""
    automation = {"entity_id": "automation.sun"}
    await hass.services.async_call("automation", "turn_off", automation, blocking=True)
    grid(hass, -9000)
    await ready.status("Preparing")
    await hass.async_block_till_done()
    await hass.services.async_call("automation", "turn_on", automation, blocking=True)
    hass.bus.async_fire("automation_reloaded")
    await passing(30)
    assert len(ready.calls("RemoteStartTransaction")) == 1


@pytest.mark.usefixtures("automation")
async def test_a_session_that_nobody_asked_for(
    hass: HomeAssistant, ready: FakeCharger, passing: Pass
) -> None:
    """One begun by a badge at night is paused."""
    grid(hass, 500)
    await passing(300)
    await ready.status("Preparing")
    await ready.call(
        "StartTransaction",
        {
            "connectorId": 1,
            "idTag": "ADA",
            "meterStart": 0,
            "timestamp": "2026-06-01T23:00:00Z",
        },
    )
    await passing(7)
    await ready.status("Charging")
    await passing(690)
    assert limits(ready)[-1] == ("TxProfile", 0)


@pytest.mark.usefixtures("automation")
async def test_a_limit_that_was_low_before(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, passing: Pass
) -> None:
    """Rises when charging begins, though the surplus has been there for long."""
    await shown.do(f"{IDENTITY}_1_charging_limit", "set_value", value=6)
    grid(hass, -9000)
    await passing(300)
    await measure(ready, await charge(ready), Power_Active_Import=0)
    await passing(60)
    assert limits(ready)[-1] == ("TxProfile", 12)


@pytest.mark.usefixtures("automation")
@pytest.mark.parametrize("inputs", [{"minimum_current": 8}])
async def test_a_limit_below_the_minimum(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, passing: Pass
) -> None:
    """Is raised to the minimum, also without surplus, as long as charging is on."""
    grid(hass, 500)
    await measure(ready, await charge(ready), Power_Active_Import=0)
    await shown.do(f"{IDENTITY}_1_charging_limit", "set_value", value=6)
    await passing(60)
    assert limits(ready)[-1] == ("TxProfile", 8)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hour:
    """What came of an hour: energies are in kWh."""

    limits: list[float]
    share: float
    drawn: float

    @property
    def pauses(self) -> int:
        """How often the car was made to pause."""
        return sum(before > after == 0 for before, after in pairwise(self.limits))


type Live = Callable[[Powers], Awaitable[Hour]]


@pytest.fixture
def live_through(
    hass: HomeAssistant, automation: None, ready: FakeCharger, passing: Pass
) -> Live:
    """Let a car charge over three phases for an hour, with so much surplus."""

    async def steps(surpluses: Powers) -> Hour:
        car = Car(capacity=1000, ramp=1)
        await ready.status("Preparing")
        await passing(METER_INTERVAL / 2)
        transaction_id = resumed_at = 0
        power = there = taken = drawn = 0.0
        for now in range(0, HOUR, METER_INTERVAL):
            surplus = surpluses[now // STEP]
            grid(hass, power - surplus)
            await passing(METER_INTERVAL)
            if not transaction_id and ready.calls("RemoteStartTransaction"):
                transaction_id = await begin(ready)
            limit = limits(ready)[-1][1] if transaction_id else 0.0
            if not limit:
                resumed_at = now + METER_INTERVAL
            car.ready = now >= resumed_at + WAKING
            energy = car.step(METER_INTERVAL, limit, VOLTAGE, 3)
            power = energy * HOUR / METER_INTERVAL
            await measure(ready, transaction_id, Power_Active_Import=round(power))
            there += surplus
            taken += min(power, surplus)
            drawn += max(0.0, power - surplus)
        return Hour(
            limits=[limit for _, limit in limits(ready)],
            share=taken / there,
            drawn=drawn * METER_INTERVAL / KWH,
        )

    return steps


@pytest.mark.parametrize("seed", SEEDS)
async def test_an_hour_of_broken_clouds(live_through: Live, seed: int) -> None:
    """The car gets what it gets in the mode `solar`, or more, at no higher price."""
    noon = (len(TIMES) - HOUR // STEP) // 2
    clouds = broken_day(seed).surplus[noon:][: HOUR // STEP]
    hour = await live_through(clouds)
    night = [0.0] * (len(TIMES) - len(clouds))
    mode = live(Day(surplus=clouds + night), SolarCharging, 3)
    assert all(not limit or limit >= MINIMUM for limit in hour.limits)
    assert hour.share > mode.share - 0.1
    assert hour.drawn < mode.drawn + 0.3
    assert len(hour.limits) <= mode.changes
    assert hour.pauses <= min(6, mode.pauses)


async def test_contactors_are_spared(live_through: Live) -> None:
    """Also where the sun is gone whenever the car has just begun to charge."""
    suns = [6000.0 if time % 480 < 80 else 0.0 for time in range(0, HOUR, STEP)]
    hour = await live_through(suns)
    assert all(not limit or limit >= MINIMUM for limit in hour.limits)
    assert 3 <= hour.pauses <= 6
