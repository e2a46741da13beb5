"""A site end to end: from the Energy dashboard to the limits on the wire."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.conftest import IDENTITY, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import charge, limits, measure
from tests.sources.test_sources import battery, grid, keep, solar

MODE = f"{IDENTITY}_1_charging_mode"

pytestmark = pytest.mark.usefixtures("recorder_mock")


def show(hass: HomeAssistant, entity_id: str, power: float) -> None:
    """Have a sensor show a power in W."""
    hass.states.async_set(entity_id, str(power), {"unit_of_measurement": "W"})


@pytest.fixture
async def energy(hass: HomeAssistant, recorder_mock: object) -> None:
    """An Energy dashboard with a grid connection and panels, before all else."""
    assert await async_setup_component(hass, "energy", {})
    show(hass, "sensor.grid", -9000)
    show(hass, "sensor.solar", 9500)
    await keep(hass, grid(stat_rate="sensor.grid"), solar())


@pytest.fixture
async def car(energy: None, hass: HomeAssistant, ready: FakeCharger) -> FakeCharger:
    """A charger with a car that charges, of which its owner filled in nothing."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Power_Active_Import=0)
    await hass.async_block_till_done()
    return ready


async def choose(shown: Shown, mode: str) -> None:
    """Choose a mode."""
    await shown.do(MODE, "select_option", option=mode)


async def test_nothing_to_fill_in(
    hass: HomeAssistant, entry: MockConfigEntry, car: FakeCharger, shown: Shown
) -> None:
    """An Energy dashboard and a mode: the car gets the surplus."""
    (subentry,) = entry.subentries.values()
    assert set(subentry.data) == {"identity"}
    assert not entry.options
    await choose(shown, "solar")
    await car.until(lambda: bool(limits(car)))
    assert limits(car)[-1][1] >= 6
    assert shown.entity(MODE).attributes["reason"] == "surplus"


async def test_other_preferences(
    hass: HomeAssistant, entry: MockConfigEntry, car: FakeCharger, shown: Shown
) -> None:
    """Count within a second, without a reload and on the same connection."""
    await choose(shown, "min_solar")
    await car.until(lambda: bool(limits(car)))
    loaded = entry.runtime_data
    show(hass, "sensor.other", 4600)
    async with asyncio.timeout(1):
        await keep(hass, grid(power_config={"stat_rate_inverted": "sensor.other"}))
        key = entry.runtime_data.site_control.sources.connection_of(IDENTITY)
        assert key is not None
        assert entry.runtime_data.site_control.sources.readings(key).grid == -4600
    assert entry.runtime_data is loaded
    assert await car.call("Heartbeat", {})


@pytest.mark.parametrize(
    ("rule", "limit"), [("battery_first", 6), ("car_first", 8), ("share_above", 8)]
)
async def test_the_house_battery(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    car: FakeCharger,
    shown: Shown,
    rule: str,
    limit: float,
) -> None:
    """What it charges with is the car's or not, as its owner says."""
    show(hass, "sensor.battery", -5600)
    hass.states.async_set("sensor.soc", "85", {"unit_of_measurement": "%"})
    options: dict[str, Any] = {"battery_rule": rule}
    hass.config_entries.async_update_entry(entry, options=options)
    await keep(
        hass,
        grid(stat_rate="sensor.grid"),
        battery(stat_rate="sensor.battery", stat_soc="sensor.soc"),
    )
    show(hass, "sensor.grid", -100)
    await hass.async_block_till_done()
    await choose(shown, "min_solar")
    await car.until(lambda: bool(limits(car)))
    assert limits(car)[-1] == ("TxProfile", limit)


async def test_two_connections(
    hass: HomeAssistant, entry: MockConfigEntry, car: FakeCharger, shown: Shown
) -> None:
    """Of which the charger may be behind either: none is taken unasked."""
    show(hass, "sensor.flat", -9000)
    await keep(
        hass,
        grid(stat_rate="sensor.grid"),
        grid(
            stat_rate="sensor.flat",
            stat_energy_from="sensor.flat_energy",
            stat_energy_to=None,
        ),
    )
    await choose(shown, "min_solar")
    await car.until(lambda: bool(limits(car)))
    assert limits(car)[-1] == ("TxProfile", 6)
    assert shown.entity(MODE).attributes["reason"] == "no_data"
    (subentry,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(
        entry, subentry, data={**subentry.data, "grid_power_entity": "sensor.flat"}
    )
    await hass.async_block_till_done()
    show(hass, "sensor.flat", -9001)
    await car.until(lambda: shown.entity(MODE).attributes["reason"] == "surplus")
