"""Charging modes: from the grid meter in Home Assistant to the limits on the wire."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from time import monotonic
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.schneider_ev import site_control
from custom_components.schneider_ev.central_system.charging.mode import ChargingMode
from custom_components.schneider_ev.problems import PROBLEMS
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.subentries import async_set_meter_sign
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from tests.conftest import DOMAIN, IDENTITY, Act, Pass, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import (
    GRID,
    LIMIT,
    LIMITED_BY,
    charge,
    issues,
    limits,
    measure,
    remove_charger,
)
from tests.simulator import Simulator
from tests.simulator.car import Car
from tests.solar_days import STEP, broken_day
from tests.sources.test_sources import grid, keep

MODE = f"{IDENTITY}_1_charging_mode"
SWITCH = f"switch.{IDENTITY}_1_charging"
METERED: dict[str, object] = {"grid_power_entity": GRID, "grid_power_sign": "import"}

pytestmark = pytest.mark.usefixtures("timeless")


@pytest.fixture
def chargers() -> dict[str, dict[str, object]]:
    """A charger with a grid meter."""
    return {IDENTITY: METERED}


type Meter = Callable[..., None]


class Clock:
    """A clock that goes only when it is told to, by as much as it is told to."""

    def __init__(self) -> None:
        """Begin now."""
        self.seconds = 0.0
        self._begin = monotonic()

    def monotonic(self) -> float:
        """Return the seconds of a clock that never goes back."""
        return self._begin + self.seconds

    def utcnow(self) -> datetime:
        """Return the time of day."""
        return datetime.now(UTC) + timedelta(seconds=self.seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of who decides; sockets have their own."""
    clock = Clock()
    monkeypatch.setattr(site_control, "monotonic", clock.monotonic)
    monkeypatch.setattr(site_control, "dt_util", clock)
    return clock


@pytest.fixture
def meter(hass: HomeAssistant, clock: Clock) -> Meter:
    """Have the grid meter show what is drawn from the grid."""

    def show(power: float | str, unit: str = "W") -> None:
        hass.states.async_set(
            GRID,
            str(power),
            {"unit_of_measurement": unit},
            timestamp=clock.utcnow().timestamp(),
        )

    return show


@pytest.fixture
def passing(hass: HomeAssistant, clock: Clock) -> Pass:
    """Let time pass, half a minute at a time."""

    async def wait(seconds: float) -> None:
        for _ in range(int(seconds // 30)):
            clock.seconds += 30
            async_fire_time_changed(hass, datetime.now(UTC) + timedelta(seconds=31))
            await hass.async_block_till_done()
            await asyncio.sleep(0.02)

    return wait


async def choose(shown: Shown, mode: str, unique_id: str = MODE) -> None:
    """Choose a mode."""
    await shown.do(unique_id, "select_option", option=mode)


type Live = Callable[..., Any]


@pytest.fixture
def live(meter: Meter, passing: Pass) -> Live:
    """Let cars draw what they may, over three phases, and the sun shine for a while.

    The value is what they could draw at the end of each half minute.
    """

    async def steps(
        *cars: tuple[FakeCharger, int], sun: float, minutes: float = 3
    ) -> list[list[float]]:
        history = []
        for step in range(int(minutes * 2)):
            given = [limits(charger)[-1][1] for charger, _ in cars if limits(charger)]
            for (charger, transaction_id), limit in zip(cars, given, strict=False):
                power = 690 * limit
                await measure(charger, transaction_id, Power_Active_Import=power)
            meter(sum(given) * 690 - sun + step % 2)
            history.append(given)
            await passing(30)
        return history

    return steps


async def test_solar_only(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, live: Live, meter: Meter
) -> None:
    """Waits for the sun, follows it, and pauses when it is gone."""
    car = (ready, await charge(ready))
    await measure(ready, car[1], Power_Active_Import=0)
    meter(300)
    await choose(shown, "solar")
    assert shown[MODE] == "solar"
    await live(car, sun=0, minutes=10)
    assert limits(ready)[-1] == ("TxProfile", 0)
    assert shown[LIMITED_BY] == "solar"
    assert shown[SWITCH] == "on"
    assert shown.entity(MODE).attributes["reason"] == "no_surplus"
    await live(car, sun=5500)
    assert limits(ready)[-1] == ("TxProfile", 7)
    assert shown.entity(MODE).attributes["reason"] == "surplus"
    assert shown[LIMIT] == "32.0"
    await live(car, sun=6800, minutes=6)
    assert limits(ready)[-1] == ("TxProfile", 9)
    await live(car, sun=2500, minutes=2)
    assert limits(ready)[-1] == ("TxProfile", 6)
    await live(car, sun=0, minutes=8)
    assert limits(ready)[-1] == ("TxProfile", 0)


async def test_minimum_and_solar(ready: FakeCharger, shown: Shown, live: Live) -> None:
    """Never less than the owner's minimum."""
    car = (ready, await charge(ready))
    await shown.do(f"{IDENTITY}_1_minimum_current", "set_value", value=8)
    await choose(shown, "min_solar")
    await live(car, sun=0)
    assert limits(ready)[-1] == ("TxProfile", 8)
    assert shown.entity(MODE).attributes["reason"] == "minimum"
    await live(car, sun=7400)
    assert limits(ready)[-1] == ("TxProfile", 10)


async def test_back_to_fast_and_off(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, passing: Pass, meter: Meter
) -> None:
    """At once; off is the same pause as the switch, and on again is the mode before."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Power_Active_Import=0)
    await shown.do(LIMIT, "set_value", value=20)
    meter(300)
    await choose(shown, "min_solar")
    await passing(30)
    assert limits(ready)[-1] == ("TxProfile", 6)
    await choose(shown, "fast")
    await hass.async_block_till_done()
    await ready.until(lambda: limits(ready)[-1] == ("TxProfile", 20))
    await choose(shown, "off")
    assert limits(ready)[-1] == ("TxProfile", 0)
    assert shown[SWITCH] == "off"
    assert shown[LIMITED_BY] == "paused"
    await choose(shown, "min_solar")
    await ready.until(lambda: limits(ready)[-1] == ("TxProfile", 6))
    await shown.do(SWITCH, "turn_off")
    assert shown[MODE] == "off"
    before = len(limits(ready))
    await shown.do(SWITCH, "turn_on")
    assert shown[MODE] == "min_solar"
    assert limits(ready)[before:] == [("TxProfile", 6)]


async def test_what_a_car_draws_belongs_to_what_the_meter_shows(
    ready: FakeCharger,
    shown: Shown,
    clock: Clock,
    meter: Meter,
    live: Live,
    passing: Pass,
) -> None:
    """A car that draws less for a moment leaves no more surplus than there is."""
    car = (ready, await charge(ready))
    await choose(shown, "min_solar")
    await live(car, sun=7400, minutes=4)
    assert limits(ready)[-1] == ("TxProfile", 10)
    clock.seconds += 21
    await measure(ready, car[1], Power_Active_Import=5520)
    meter(5520 - 7400)
    await passing(30)
    assert limits(ready)[-1] == ("TxProfile", 10)


async def test_the_owners_limit_is_never_passed(
    ready: FakeCharger, shown: Shown, live: Live
) -> None:
    """Nor is what the house is to keep."""
    car = (ready, await charge(ready))
    await shown.do(LIMIT, "set_value", value=10)
    await choose(shown, "solar")
    await live(car, sun=20_000, minutes=5)
    assert max(limit for _, limit in limits(ready)) == 10
    await shown.do(f"{IDENTITY}_1_solar_reserve", "set_value", value=15_000)
    await live(car, sun=20_000, minutes=5)
    assert limits(ready)[-1][1] == 7


async def test_the_limit_of_the_station_is_never_passed(
    ready: FakeCharger, shown: Shown, live: Live
) -> None:
    """The sun gives a connector no more than the station has for it."""
    car = (ready, await charge(ready))
    await shown.do(f"{IDENTITY}_station_limit", "set_value", value=10)
    await choose(shown, "solar")
    await live(car, sun=20_000, minutes=5)
    assert max(limit for _, limit in limits(ready)) == 10
    assert limits(ready)[-1] == ("TxProfile", 10)


@pytest.mark.parametrize("state", ["unavailable", "unknown", "rubbish", "nan"])
async def test_the_meter_is_lost(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    live: Live,
    passing: Pass,
    state: str,
    meter: Meter,
) -> None:
    """After two minutes it is told, and the car gets the minimum."""
    car = (ready, await charge(ready))
    await choose(shown, "min_solar")
    await live(car, sun=9000)
    assert limits(ready)[-1][1] > 10
    meter(state)
    await passing(180)
    assert limits(ready)[-1] == ("TxProfile", 6)
    assert shown.entity(MODE).attributes["reason"] == "no_data"


async def test_a_meter_that_stands_still_is_not_lost(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, passing: Pass, meter: Meter
) -> None:
    """As long as it says so; one that says nothing is."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Power_Active_Import=0)
    await choose(shown, "min_solar")
    for _ in range(10):
        meter(-9000)
        await passing(30)
    assert shown.entity(MODE).attributes["reason"] == "surplus"
    await passing(240)
    assert shown.entity(MODE).attributes["reason"] == "no_data"


async def test_a_calculated_meter_that_stands_still_is_not_lost(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, passing: Pass, meter: Meter
) -> None:
    """A template reports only what changes; that it ought to have moved, it is lost."""
    hass.states.async_set("sensor.p1", "-9000")
    sensor = {
        "default_entity_id": GRID,
        "name": "grid",
        "state": "{{ states('sensor.p1') }}",
        "unit_of_measurement": "W",
        "device_class": "power",
    }
    assert await async_setup_component(
        hass, "template", {"template": {"sensor": sensor}}
    )
    await hass.async_block_till_done()
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Power_Active_Import=0)
    await choose(shown, "min_solar")
    await passing(600)
    assert shown.entity(MODE).attributes["reason"] == "surplus"
    await measure(ready, transaction_id, Power_Active_Import=8280)
    await passing(180)
    assert shown.entity(MODE).attributes["reason"] == "no_data"
    await measure(ready, transaction_id, Power_Active_Import=0)
    await passing(60)
    assert shown.entity(MODE).attributes["reason"] == "no_data"
    hass.states.async_set("sensor.p1", "-8000")
    await passing(60)
    assert shown.entity(MODE).attributes["reason"] == "surplus"


@pytest.mark.parametrize(
    ("sign", "unit", "value"), [("export", "W", 9400), ("import", "kW", -9.4)]
)
async def test_signs_and_units(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    shown: Shown,
    passing: Pass,
    sign: str,
    unit: str,
    value: float,
    meter: Meter,
) -> None:
    """As the owner says, from the moment that it is said."""
    (subentry,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(
        entry, subentry, data={**subentry.data, "grid_power_sign": sign}
    )
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Power_Active_Import=0)
    await choose(shown, "min_solar")
    meter(value, unit)
    await passing(60)
    assert limits(ready)[-1] == ("TxProfile", 13)


@pytest.fixture
def feed(hass: HomeAssistant, shown: Shown) -> Callable[[float], Any]:
    """Tell the surplus as an automation does."""

    async def action(watts: float) -> None:
        entity = er.async_get(hass).async_get(shown.entity_id(MODE))
        assert entity is not None
        await hass.services.async_call(
            DOMAIN,
            "set_surplus_power",
            {"device_id": entity.device_id, "watts": watts},
            blocking=True,
        )

    return action


async def test_another_meter(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    shown: Shown,
    passing: Pass,
) -> None:
    """Counts from the moment that it is named, with what it shows already."""
    hass.states.async_set("sensor.other", "-9400", {"unit_of_measurement": "W"})
    (subentry,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(
        entry, subentry, data={**subentry.data, "grid_power_entity": "sensor.other"}
    )
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Power_Active_Import=0)
    await choose(shown, "min_solar")
    await passing(30)
    assert limits(ready)[-1] == ("TxProfile", 13)


@pytest.mark.parametrize("chargers", [{IDENTITY: {}}])
async def test_fed_by_an_automation(
    ready: FakeCharger, shown: Shown, passing: Pass, feed: Callable[[float], Any]
) -> None:
    """Without a meter of its own."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Power_Active_Import=4140)
    await choose(shown, "min_solar")
    await passing(30)
    await feed(6000)
    await passing(30)
    assert limits(ready)[-1] == ("TxProfile", 14)


async def test_not_fed_beside_a_meter(
    ready: FakeCharger, feed: Callable[[float], Any]
) -> None:
    """Two sources would fight."""
    with pytest.raises(ServiceValidationError) as raised:
        await feed(6000)
    assert raised.value.translation_key == "goes_by_a_meter"


@pytest.mark.parametrize("chargers", [{IDENTITY: METERED | {"default_mode": "solar"}}])
async def test_the_next_vehicle(
    ready: FakeCharger, shown: Shown, hass: HomeAssistant
) -> None:
    """Begins with the owner's default mode."""
    await ready.status("Preparing")
    await choose(shown, "fast")
    await ready.status("Charging")
    assert shown[MODE] == "fast"
    await ready.status("Finishing")
    assert shown[MODE] == "fast"
    await ready.status("Available")
    await hass.async_block_till_done()
    await ready.until(lambda: shown[MODE] == "solar")


@pytest.mark.parametrize("chargers", [{"A": METERED, "B": METERED}])
async def test_two_share_one_meter(
    hass: HomeAssistant,
    fake: Callable[..., FakeCharger],
    shown: Shown,
    live: Live,
) -> None:
    """Together they take what there is, and then stay as they are."""
    async with fake("A") as one, fake("B") as other:
        both = {"A": one, "B": other}
        cars = []
        for name, charger in both.items():
            await charger.boot()
            await charger.until_ready()
            cars.append((charger, await charge(charger)))
            await hass.async_block_till_done()
            await choose(shown, "solar", f"{name}_1_charging_mode")
        history = await live(*cars, sun=14_300, minutes=15)
        assert history[-10:] == [[10, 10]] * 10


@pytest.mark.parametrize("chargers", [{"A": {}, IDENTITY: {}}])
async def test_one_that_is_removed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Callable[..., FakeCharger],
    shown: Shown,
    feed: Callable[[float], Any],
    passing: Pass,
) -> None:
    """What it drew last is no surplus for the others."""
    async with fake("A") as one, fake() as other:
        for charger, mode, power in (
            (one, "A_1_charging_mode", 22_080),
            (other, MODE, 4140),
        ):
            await charger.boot()
            await charger.until_ready()
            transaction_id = await charge(charger)
            await measure(charger, transaction_id, Power_Active_Import=power)
            await hass.async_block_till_done()
            await choose(shown, "min_solar", mode)
        remove_charger(hass, entry, "A")
        await one.wait_closed()
        for _ in range(6):
            await feed(-4140)
            await passing(30)
        assert limits(other)[-1] == ("TxProfile", 6)


@pytest.mark.parametrize("chargers", [{IDENTITY: {}}])
async def test_a_connector_that_is_gone(
    pair: FakeCharger, shown: Shown, feed: Callable[[float], Any], passing: Pass
) -> None:
    """Gets no limit of the sun any more, and takes none of the others' share."""
    second = MODE.replace("_1_", "_2_")
    for mode in (MODE, second):
        await choose(shown, "min_solar", mode)
    await pair.until_called("SetChargingProfile", 2)
    pair.configuration["NumberOfConnectors"] = ("1", True)
    await pair.boot()
    await pair.until_ready()
    pair.received.clear()
    for power in (6000, 9000):
        await feed(power)
        await passing(60)
    assert 2 not in {call["connectorId"] for call in pair.calls("SetChargingProfile")}


@pytest.mark.parametrize("chargers", [{IDENTITY: {}}])
async def test_nobody_to_feed(
    hass: HomeAssistant,
    central_system: str,
    act: Act,
) -> None:
    """An automation that feeds a charger that never connected is told so."""
    with pytest.raises(ServiceValidationError) as raised:
        await act("set_surplus_power", watts=6000)
    assert raised.value.translation_key == "no_charger_follows"


CONTRADICTING = {
    "A": {"grid_power_entity": GRID, "grid_power_sign": "export"},
    IDENTITY: {"grid_power_entity": GRID},
}


@pytest.mark.parametrize(
    "chargers", [CONTRADICTING, dict(reversed(CONTRADICTING.items()))]
)
async def test_chargers_that_contradict_each_other(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    shown: Shown,
    passing: Pass,
    meter: Meter,
) -> None:
    """A meter whose sign is not certain is not gone by, until the owner says which."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Power_Active_Import=0)
    await choose(shown, "solar")
    for power in (9400, -9400):
        meter(power)
        await passing(330)
        assert limits(ready)[-1] == ("TxProfile", 0)
        assert shown.entity(MODE).attributes["reason"] == "no_data"
    issue = issues(hass)["meter_signs_differ"]
    assert issue.translation_placeholders == {"meter": GRID}
    repair = PROBLEMS["meter_signs_differ"].repair
    assert repair is not None
    await repair.repair(hass, entry, issue.data or {}, {"grid_power_sign": "export"})
    await hass.async_block_till_done()
    assert "meter_signs_differ" not in issues(hass)
    for _ in range(3):
        meter(9400)
        await passing(30)
    assert limits(ready)[-1][1] >= 6


async def test_another_sign(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    shown: Shown,
    passing: Pass,
    meter: Meter,
) -> None:
    """What was read by the one before counts no more."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Power_Active_Import=0)
    await choose(shown, "min_solar")
    meter(-9400)
    await passing(30)
    assert limits(ready)[-1] == ("TxProfile", 13)
    async_set_meter_sign(hass, entry, GRID, "export")
    await hass.async_block_till_done()
    meter("unknown")
    await passing(30)
    assert limits(ready)[-1] == ("TxProfile", 6)


@pytest.mark.parametrize("mode", [ChargingMode.MIN_SOLAR, ChargingMode.SMART])
async def test_kept_over_a_restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    shown: Shown,
    mode: ChargingMode,
) -> None:
    """With what belongs to it."""
    await choose(shown, mode)
    await shown.do(f"{IDENTITY}_1_minimum_current", "set_value", value=8)
    await shown.do(f"{IDENTITY}_1_solar_reserve", "set_value", value=500)
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    connector = entry.runtime_data.central_system.chargers[IDENTITY].connectors[1]
    assert connector.limits.mode is mode
    assert connector.limits.minimum == 8
    assert connector.limits.solar_reserve == 500


@pytest.mark.parametrize("product", [EVLINK_PRO_DC])
async def test_direct_current(
    hass: HomeAssistant,
    ready_product: FakeCharger,
    shown: Shown,
    passing: Pass,
    meter: Meter,
) -> None:
    """In kW, at least 1, and off ends the session as well as any that begins then."""
    transaction_id = await charge(ready_product)
    await measure(ready_product, transaction_id, Power_Active_Import=1000)
    meter(500)
    await choose(shown, "solar")
    for power in range(500, 510):
        meter(power)
        await passing(30)
    assert limits(ready_product)[-1] == ("TxProfile", 1000)
    meter(-20_000)
    await passing(60)
    assert 15_000 < limits(ready_product)[-1][1] <= 21_000
    await choose(shown, "off")
    assert ready_product.calls("RemoteStopTransaction") == [
        {"transactionId": transaction_id}
    ]
    assert shown[MODE] == "off"
    await ready_product.call(
        "StopTransaction",
        {
            "transactionId": transaction_id,
            "meterStop": 2000,
            "timestamp": "2026-01-14T19:50:00Z",
        },
    )
    await ready_product.call(
        "StartTransaction",
        {
            "connectorId": 1,
            "idTag": "ADA",
            "meterStart": 2000,
            "timestamp": "2026-01-14T20:50:00Z",
        },
    )
    await ready_product.until_called("RemoteStopTransaction", 2)


async def test_a_cloudy_noon(
    hass: HomeAssistant,
    central_system: str,
    clock: Clock,
    meter: Meter,
    shown: Shown,
    entry: MockConfigEntry,
) -> None:
    """An hour with broken clouds in a few seconds, with a charger and a car that live it.

    The simulator's clock runs as much faster as that of who decides.
    """
    speed = 1500
    surplus = broken_day(3).surplus
    noon = len(surplus) // 2
    async with Simulator(
        central_system,
        IDENTITY,
        latency=0,
        speed=speed,
        car=Car(capacity=1000, maximum_current=16, ramp=1),
    ) as simulator:
        await simulator.until(simulator.accepted.is_set)
        await simulator.until(lambda: bool(simulator.calls("TriggerMessage")))
        await hass.async_block_till_done()
        await simulator.plug_in()
        await simulator.present_badge("ADA")
        await simulator.until(lambda: simulator.transaction_id is not None)
        await choose(shown, "solar")
        charger = entry.runtime_data.central_system.chargers[IDENTITY]
        taken = drawn = there = 0.0
        offers = []
        for step in range(120):
            at = noon + step * 30 // STEP
            await charger.link.trigger("MeterValues", 1)
            await asyncio.sleep(30 / speed)
            power = simulator.current * 3 * 230
            meter(power - surplus[at] + step / 1000)
            clock.seconds += 30
            async_fire_time_changed(hass, datetime.now(UTC) + timedelta(seconds=31))
            offers.append(simulator.offered_current)
            taken += max(0.0, min(power, surplus[at]))
            drawn += max(0.0, power - max(0.0, surplus[at]))
            there += max(0.0, surplus[at])
        sent = [
            call["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][0]
            for call in simulator.calls("SetChargingProfile")
        ]
    assert all(period["limit"] == 0 or 6 <= period["limit"] <= 32 for period in sent)
    assert len(sent) <= len(offers)
    pauses = [before for before, after in pairwise(offers) if before and not after]
    assert len(pauses) <= 6
    assert taken > 0.4 * there
    assert drawn < 0.4 * there
    assert max(offers) > 10


@pytest.mark.parametrize("chargers", [{}])
async def test_nothing_to_fill_in(
    hass: HomeAssistant,
    recorder_mock: object,
    central_system: str,
    fake: Callable[..., FakeCharger],
    shown: Shown,
    live: Live,
    meter: Meter,
) -> None:
    """With an Energy dashboard, the sun is followed by confirming and a mode."""
    assert await async_setup_component(hass, "energy", {})
    meter(-5200)
    await keep(hass, grid(stat_rate=GRID))
    async with fake(IDENTITY) as charger:
        assert (await charger.boot())["status"] == "Pending"
        await hass.async_block_till_done()
        (flow,) = hass.config_entries.flow.async_progress()
        await hass.config_entries.flow.async_configure(flow["flow_id"], {})
        await charger.until_called("TriggerMessage")
        assert (await charger.boot())["status"] == "Accepted"
        await charger.until_ready()
        car = (charger, await charge(charger))
        await measure(charger, car[1], Power_Active_Import=0)
        await choose(shown, "solar")
        await live(car, sun=5200)
        assert limits(charger)[-1] == ("TxProfile", 7)
        assert shown[LIMITED_BY] == "solar"


@pytest.mark.parametrize("chargers", [{IDENTITY: {}}])
async def test_several_connections(
    hass: HomeAssistant,
    recorder_mock: object,
    ready: FakeCharger,
    meter: Meter,
) -> None:
    """The owner is asked where a charger is for as long as nobody can tell."""
    assert await async_setup_component(hass, "energy", {})
    assert "several_connections" not in issues(hass)
    meter(-5200)
    house, flat = grid(stat_rate=GRID), grid(stat_rate="sensor.flat")
    await keep(hass, house, flat)
    assert "several_connections" in issues(hass)
    await keep(hass, house)
    assert "several_connections" not in issues(hass)
