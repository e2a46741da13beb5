"""The device of a site: its entities appear as their sources do."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from tests.conftest import DOMAIN, Shown
from tests.sources.test_sources import battery, grid, keep, solar


def show(hass: HomeAssistant, entity_id: str, value: str, unit: str = "W") -> None:
    """Have a sensor show something."""
    hass.states.async_set(entity_id, value, {"unit_of_measurement": unit})


@pytest.fixture
async def site(
    hass: HomeAssistant,
    recorder_mock: object,
    entry: MockConfigEntry,
    central_system: str,
) -> str:
    """The site of an entry, with an Energy dashboard; the value begins unique ids."""
    assert await async_setup_component(hass, "energy", {})
    show(hass, "sensor.grid", "-1200")
    show(hass, "sensor.solar", "3400")
    await keep(hass, grid(stat_rate="sensor.grid"), solar())
    await hass.async_block_till_done()
    return f"{entry.entry_id}_site"


def keys(hass: HomeAssistant, prefix: str) -> set[str]:
    """Return the keys of the entities of a site."""
    return {
        entity.unique_id.removeprefix(f"{prefix}_")
        for entity in er.async_get(hass).entities.values()
        if entity.platform == DOMAIN and entity.unique_id.startswith(f"{prefix}_")
    }


async def test_powers(hass: HomeAssistant, site: str, shown: Shown) -> None:
    """Grid, panels and house, and what the cars may have."""
    assert keys(hass, site) == {"grid_power", "solar_power", "house_power", "surplus"}
    states = {key: float(shown[f"{site}_{key}"]) for key in keys(hass, site)}
    assert states == {
        "grid_power": -1.2,
        "solar_power": 3.4,
        "house_power": 2.2,
        "surplus": 1.2,
    }
    entity = er.async_get(hass).async_get(shown.entity_id(f"{site}_surplus"))
    assert entity is not None
    assert entity.device_id is not None
    device = dr.async_get(hass).async_get(entity.device_id)
    assert device is not None
    assert device.name == "Site"


async def test_more_is_known(hass: HomeAssistant, site: str, shown: Shown) -> None:
    """A battery and a price that come later have their entities at once."""
    show(hass, "sensor.battery", "-500")
    show(hass, "sensor.price", "0.25", "EUR/kWh")
    await keep(
        hass,
        grid(stat_rate="sensor.grid", entity_energy_price="sensor.price"),
        solar(),
        battery(stat_rate="sensor.battery"),
    )
    await hass.async_block_till_done()
    assert float(shown[f"{site}_battery_power"]) == -0.5
    assert float(shown[f"{site}_electricity_price"]) == 0.25
    assert float(shown[f"{site}_house_power"]) == 1.7
    assert shown[f"{site}_cheap_below"] == "unknown"


async def test_less_is_known(hass: HomeAssistant, site: str, shown: Shown) -> None:
    """What is not known any more is unavailable, not gone."""
    await keep(hass, grid(stat_rate="sensor.grid"))
    await hass.async_block_till_done()
    assert shown[f"{site}_solar_power"] == "unavailable"
    show(hass, "sensor.grid", "unavailable")
    await hass.async_block_till_done()
    assert shown[f"{site}_grid_power"] == "unavailable"
    show(hass, "sensor.grid", "300")
    await hass.async_block_till_done()
    assert float(shown[f"{site}_grid_power"]) == 0.3


async def test_cheap_below_is_kept(
    hass: HomeAssistant, entry: MockConfigEntry, site: str, shown: Shown
) -> None:
    """Over a reload."""
    await keep(hass, grid(stat_rate="sensor.grid", number_energy_price=0.3))
    await hass.async_block_till_done()
    key = f"{site}_cheap_below"
    await shown.do(key, "set_value", value=-0.015)
    assert shown[key] == "-0.015"
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert shown[key] == "-0.015"


async def test_a_second_connection(
    hass: HomeAssistant, entry: MockConfigEntry, site: str, shown: Shown
) -> None:
    """Has a device of its own."""
    show(hass, "sensor.flat", "700")
    await keep(
        hass,
        grid(stat_rate="sensor.grid"),
        grid(
            stat_rate="sensor.flat",
            stat_energy_from="sensor.flat_energy",
            stat_energy_to=None,
        ),
    )
    await hass.async_block_till_done()
    assert float(shown[f"{site}_2_grid_power"]) == 0.7
    assert float(shown[f"{site}_grid_power"]) == -1.2


async def test_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry: MockConfigEntry,
    site: str,
) -> None:
    """Name what was found, and what is shown of it."""
    assert await async_setup_component(hass, "diagnostics", {})
    data: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert data["sites"] == [
        {
            "sources": [
                {"role": "grid", "entity_ids": ["sensor.grid"], "value": -1200.0},
                {"role": "solar", "entity_ids": ["sensor.solar"], "value": 3400.0},
            ],
            "values": {
                "grid_power": -1200.0,
                "solar_power": 3400.0,
                "house_power": 2200.0,
                "surplus": 1200.0,
            },
        }
    ]
