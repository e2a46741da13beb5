"""The site in forms: what was found is shown with its values, before anything is saved."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from tests.sources.test_sources import PREFERENCES, STATES, battery, grid, keep, solar


@pytest.fixture
async def energy(hass: HomeAssistant, recorder_mock: object) -> None:
    """An Energy dashboard, and sensors that show something."""
    assert await async_setup_component(hass, "energy", {})
    for entity_id, (state, unit) in STATES.items():
        hass.states.async_set(entity_id, state, {"unit_of_measurement": unit})


async def options_form(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Open the form of the options."""
    return await hass.config_entries.options.async_init(entry.entry_id)


async def found(hass: HomeAssistant, entry: MockConfigEntry) -> list[str]:
    """Return what the form of the options says that was found."""
    form = await options_form(hass, entry)
    text: str = form["description_placeholders"]["found"]
    return text.splitlines()


async def test_what_was_found(
    hass: HomeAssistant, energy: None, entry: MockConfigEntry, central_system: str
) -> None:
    """Which way the power flows is said in words: a wrong sign is seen."""
    await keep(
        hass,
        grid(
            stat_rate="sensor.grid",
            entity_energy_price="sensor.price",
            number_energy_price_export=0.082,
        ),
        solar(),
        battery(stat_rate="sensor.battery", stat_soc="sensor.soc", capacity=10),
    )
    assert await found(hass, entry) == [
        "- Grid: exporting 1.20 kW (sensor.grid)",
        "- Solar panels: 3.40 kW (sensor.solar)",
        "- Battery: charging with 0.90 kW (sensor.battery)",
        r"- Battery level: 60.0 % (sensor.soc)",
        "- Electricity price: 0.315 EUR/kWh (sensor.price)",
        "- Export price: 0.082 EUR/kWh (–)",
    ]


async def test_the_other_way_round(
    hass: HomeAssistant, energy: None, entry: MockConfigEntry, central_system: str
) -> None:
    """What an owner names counts, with the sign that he says."""
    await keep(hass, *PREFERENCES["battery"][0])
    form = await options_form(hass, entry)
    await hass.config_entries.options.async_configure(
        form["flow_id"],
        {
            "site": {
                "grid_power_entity": "sensor.export",
                "grid_power_sign": "import",
                "battery_power_entity": "sensor.battery_charge",
                "battery_power_sign": "charge",
            }
        },
    )
    await hass.async_block_till_done()
    assert entry.options["grid_power_entity"] == "sensor.export"
    assert "site" not in entry.options
    lines = await found(hass, entry)
    assert lines[0] == "- Grid: importing 1.20 kW (sensor.export)"
    assert "- Battery: charging with 0.90 kW (sensor.battery_charge)" in [
        line.replace("\\", "") for line in lines
    ]


async def test_without_a_value(
    hass: HomeAssistant, energy: None, entry: MockConfigEntry, central_system: str
) -> None:
    """A sensor that shows nothing is named."""
    await keep(hass, grid(stat_rate="sensor.away"))
    assert await found(hass, entry) == ["- No value at present: sensor.away"]


async def test_several_connections(
    hass: HomeAssistant, energy: None, entry: MockConfigEntry, central_system: str
) -> None:
    """Of several connections, each charger has to be told its own."""
    await keep(hass, *PREFERENCES["two connections"][0])
    assert (await found(hass, entry))[-1] == (
        "- There are several grid connections. Choose the grid power of each charger."
    )


async def test_in_german(
    hass: HomeAssistant, energy: None, entry: MockConfigEntry, central_system: str
) -> None:
    """In Home Assistant's language, numbers as well."""
    hass.config.language = "de"
    await keep(hass, grid(stat_rate="sensor.grid"))
    assert await found(hass, entry) == ["- Netz: Einspeisung 1,20 kW (sensor.grid)"]
