"""Sources of a site: Home Assistant's own Energy preferences, in the way it keeps them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    mock_integration,
    mock_platform,
)

from custom_components.schneider_ev.site.readings import SiteReadings
from custom_components.schneider_ev.sources import FoundSource, Role, Sources
from homeassistant.components.energy.data import EnergyManager, async_get_manager
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from tests.conftest import DOMAIN

type Stored = dict[str, Any]

pytestmark = pytest.mark.usefixtures("recorder_mock")


def grid(**more: Any) -> Stored:
    """Return a grid source, as the form of the Energy dashboard makes it."""
    return {
        "type": "grid",
        "stat_energy_from": "sensor.import_energy",
        "stat_energy_to": "sensor.export_energy",
        "stat_cost": None,
        "entity_energy_price": None,
        "number_energy_price": None,
        "stat_compensation": None,
        "entity_energy_price_export": None,
        "number_energy_price_export": None,
        "cost_adjustment_day": 0.0,
        **more,
    }


def solar(power: str | None = "sensor.solar", **more: Any) -> Stored:
    """Return a solar source."""
    rate = {"stat_rate": power} if power else {}
    return {
        "type": "solar",
        "stat_energy_from": "sensor.solar_energy",
        "config_entry_solar_forecast": None,
        **rate,
        **more,
    }


def battery(**more: Any) -> Stored:
    """Return a battery source."""
    return {
        "type": "battery",
        "stat_energy_from": "sensor.discharged",
        "stat_energy_to": "sensor.charged",
        **more,
    }


STATES: dict[str, tuple[str, str]] = {
    "sensor.grid": ("-1200", "W"),
    "sensor.grid_kw": ("-1.2", "kW"),
    "sensor.export": ("1200", "W"),
    "sensor.bought": ("0.3", "kW"),
    "sensor.sold": ("1500", "W"),
    "sensor.flat": ("800", "W"),
    "sensor.solar": ("3.4", "kW"),
    "sensor.roof": ("600", "W"),
    "sensor.battery": ("-900", "W"),
    "sensor.battery_charge": ("0.9", "kW"),
    "sensor.battery_2": ("100", "W"),
    "sensor.soc": ("60", "%"),
    "sensor.soc_2": ("90", "%"),
    "sensor.price": ("31.5", "ct/kWh"),
    "sensor.export_price": ("80", "EUR/MWh"),
}

EXPORTING = SiteReadings(grid=-1200)

PREFERENCES: dict[str, tuple[list[Stored], list[SiteReadings]]] = {
    "one power sensor": ([grid(stat_rate="sensor.grid")], [EXPORTING]),
    "inverted": (
        [grid(power_config={"stat_rate_inverted": "sensor.export"})],
        [EXPORTING],
    ),
    "two sensors": (
        [
            grid(
                power_config={
                    "stat_rate_from": "sensor.bought",
                    "stat_rate_to": "sensor.sold",
                },
                number_energy_price=0.3,
            )
        ],
        [SiteReadings(grid=-1200, import_price=0.3)],
    ),
    "W and kW": (
        [
            grid(
                power_config={"stat_rate": "sensor.grid_kw"},
                entity_energy_price="sensor.price",
                entity_energy_price_export="sensor.export_price",
            ),
            solar(),
            solar("sensor.roof"),
        ],
        [SiteReadings(grid=-1200, solar=4000, import_price=0.315, export_price=0.08)],
    ),
    "two connections": (
        [
            grid(stat_rate="sensor.grid", name="House"),
            solar(),
            grid(
                stat_rate="sensor.flat",
                stat_energy_from="sensor.flat_energy",
                stat_energy_to=None,
                number_energy_price=0.2,
                name="Flat",
            ),
        ],
        [
            SiteReadings(grid=-1200, solar=3400),
            SiteReadings(grid=800, import_price=0.2),
        ],
    ),
    "no export": (
        [grid(stat_rate="sensor.flat", stat_energy_to=None), solar()],
        [SiteReadings(grid=800, solar=3400)],
    ),
    "battery": (
        [
            grid(stat_rate="sensor.grid"),
            solar(),
            battery(
                power_config={"stat_rate_inverted": "sensor.battery_charge"},
                stat_soc="sensor.soc",
                capacity=10,
            ),
            battery(
                stat_energy_from="sensor.discharged_2",
                stat_energy_to="sensor.charged_2",
                stat_rate="sensor.battery_2",
                stat_soc="sensor.soc_2",
                capacity=5,
            ),
        ],
        [
            SiteReadings(
                grid=-1200,
                solar=3400,
                battery=-800,
                battery_state_of_charge=70,
                battery_capacity=15,
            )
        ],
    ),
    "no solar": ([grid(stat_rate="sensor.flat")], [SiteReadings(grid=800)]),
    "external statistics only": (
        [
            grid(
                stat_energy_from="utility:bought",
                stat_energy_to="utility:sold",
                stat_rate="utility:power",
            ),
            solar(None, stat_energy_from="utility:solar"),
        ],
        [SiteReadings()],
    ),
    "none": ([], []),
}


@pytest.fixture
def shows(hass: HomeAssistant) -> None:
    """Have all sensors show something."""
    for entity_id, (state, unit) in STATES.items():
        hass.states.async_set(entity_id, state, {"unit_of_measurement": unit})


async def keep(hass: HomeAssistant, *stored: Stored) -> None:
    """Keep other Energy preferences, as the form of the Energy dashboard does."""
    manager = await async_get_manager(hass)
    preferences: Any = {"energy_sources": [*stored]}
    await manager.async_update(preferences)


@pytest.fixture
async def sources(hass: HomeAssistant, entry: MockConfigEntry, shows: None) -> Sources:
    """The sources of an entry, with the Energy dashboard set up."""
    entry.add_to_hass(hass)
    assert await async_setup_component(hass, "energy", {})
    sources = Sources(hass, entry)
    sources.async_start()
    await hass.async_block_till_done()
    return sources


def read(sources: Sources) -> list[SiteReadings]:
    """Return the readings of all connections."""
    return [sources.readings(key) for key in sources.connections]


@pytest.mark.parametrize("name", PREFERENCES)
async def test_stored_preferences(
    hass: HomeAssistant, sources: Sources, name: str
) -> None:
    """Ten ways to fill in the Energy dashboard lead to the same signs and units."""
    stored, expected = PREFERENCES[name]
    await keep(hass, *stored)
    assert read(sources) == expected
    metered = [each for each in expected if each.grid is not None]
    assert (sources.connection_of("CP-1") is not None) is (len(metered) == 1)
    assert sources.is_ambiguous is (name == "two connections")


async def test_loaded_preferences(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    shows: None,
) -> None:
    """What the owner chose before the last restart is found, in its older form, too."""
    hass_storage["energy"] = {
        "version": 1,
        "minor_version": 2,
        "key": "energy",
        "data": {
            "energy_sources": [
                {
                    "type": "grid",
                    "flow_from": [
                        {
                            "stat_energy_from": "sensor.import_energy",
                            "stat_cost": None,
                            "entity_energy_price": "sensor.price",
                            "number_energy_price": None,
                        }
                    ],
                    "flow_to": [],
                    "power": [{"stat_rate": "sensor.grid"}],
                    "cost_adjustment_day": 0,
                }
            ],
            "device_consumption": [],
            "device_consumption_water": [],
        },
    }
    entry.add_to_hass(hass)
    sources = Sources(hass, entry)
    sources.async_start()
    assert read(sources) == []
    assert await async_setup_component(hass, "energy", {})
    await hass.async_block_till_done()
    assert read(sources) == [SiteReadings(grid=-1200, import_price=0.315)]


async def test_without_the_energy_dashboard(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Nothing is found, and nothing breaks."""
    entry.add_to_hass(hass)
    sources = Sources(hass, entry)
    sources.async_start()
    await hass.async_block_till_done()
    assert read(sources) == []
    assert sources.connection_of("CP-1") is None
    assert "energy" not in hass.config.components


@pytest.mark.parametrize("state", ["unknown", "unavailable", "nan", "inf", "text"])
async def test_what_is_not_known(
    hass: HomeAssistant, sources: Sources, state: str
) -> None:
    """Is not taken for 0, nor is a sum of which a part is not known."""
    await keep(hass, *PREFERENCES["W and kW"][0])
    hass.states.async_set("sensor.roof", state, {"unit_of_measurement": "W"})
    hass.states.async_set("sensor.price", state, {"unit_of_measurement": "EUR/kWh"})
    (readings,) = read(sources)
    assert (readings.solar, readings.import_price) == (None, None)
    assert readings.grid == -1200


async def test_a_change_counts_at_once(hass: HomeAssistant, sources: Sources) -> None:
    """Once for each change, and not at all where it changes nothing of ours."""
    changes: list[int] = []
    sources.changed.connect(lambda: changes.append(len(sources.connections)))
    await keep(hass, grid(stat_rate="sensor.grid"))
    await keep(hass, grid(stat_rate="sensor.grid"))
    await keep(hass, grid(stat_rate="sensor.flat"))
    await keep(hass)
    assert changes == [1, 1, 0]


async def test_a_meter_speaks(hass: HomeAssistant, sources: Sources) -> None:
    """Each report of a power is told of, of other entities none."""
    await keep(hass, *PREFERENCES["two connections"][0])
    house, flat = sources.connections
    spoken: list[str] = []
    sources.spoken.connect(spoken.append)
    for entity_id in ("sensor.grid", "sensor.solar", "sensor.flat", "sensor.price"):
        hass.states.async_set(entity_id, "7", {"unit_of_measurement": "W"})
    await hass.async_block_till_done()
    assert spoken == [house, house, flat]


async def test_a_renamed_sensor(
    hass: HomeAssistant, entry: MockConfigEntry, sources: Sources
) -> None:
    """Is followed; the connection stays the same."""
    registry = er.async_get(hass)
    meter = registry.async_get_or_create(
        "sensor", "meters", "1", suggested_object_id="p1"
    )
    hass.states.async_set("sensor.p1", "-500", {"unit_of_measurement": "W"})
    await keep(hass, grid(stat_rate="sensor.p1"))
    (key,) = sources.connections
    registry.async_update_entity(meter.entity_id, new_entity_id="sensor.main_meter")
    hass.states.async_set("sensor.main_meter", "-700", {"unit_of_measurement": "W"})
    hass.states.async_remove("sensor.p1")
    spoken: list[str] = []
    sources.spoken.connect(spoken.append)
    for power in ("-800", "-900"):
        hass.states.async_set("sensor.main_meter", power, {"unit_of_measurement": "W"})
        await hass.async_block_till_done()
    assert (sources.readings(key).grid, spoken) == (-900, [key, key])
    await keep(hass, grid(stat_rate="sensor.p1", number_energy_price=0.25))
    assert read(sources) == [SiteReadings(grid=-900, import_price=0.25)]


def choose(hass: HomeAssistant, entry: MockConfigEntry, **options: Any) -> None:
    """Choose options of the site."""
    hass.config_entries.async_update_entry(entry, options={**entry.options, **options})


async def test_what_an_owner_names_for_the_site(
    hass: HomeAssistant, entry: MockConfigEntry, sources: Sources
) -> None:
    """Outranks what was found, source by source."""
    await keep(hass, *PREFERENCES["battery"][0])
    choose(
        hass,
        entry,
        grid_power_entity="sensor.export",
        grid_power_sign="export",
        battery_power_entity="sensor.battery_charge",
        battery_power_sign="charge",
        price_entity="sensor.price",
    )
    sources.async_refresh()
    assert read(sources) == [
        SiteReadings(grid=-1200, solar=3400, battery=-900, import_price=0.315)
    ]
    (key,) = sources.connections
    assert sources.connection_of("CP-1") == key
    assert sources.found(key)[:2] == (
        FoundSource(role=Role.GRID, entity_ids=("sensor.export",), value=-1200),
        FoundSource(role=Role.SOLAR, entity_ids=("sensor.solar",), value=3400),
    )


@pytest.mark.parametrize(
    "chargers", [{"A": {"grid_power_entity": "sensor.flat"}, "B": {}}]
)
async def test_what_an_owner_names_for_a_charger(
    hass: HomeAssistant, sources: Sources
) -> None:
    """Is its connection; of two that were found, none is taken unasked."""
    await keep(hass, *PREFERENCES["two connections"][0])
    key = sources.connection_of("A")
    assert key is not None
    assert sources.readings(key) == SiteReadings(grid=800, import_price=0.2)
    assert sources.connection_of("B") is None
    assert sources.is_ambiguous


@pytest.mark.parametrize(
    ("chargers", "power"),
    [
        ({"A": {"grid_power_entity": "sensor.export"}}, -1200),
        (
            {"A": {"grid_power_entity": "sensor.export", "grid_power_sign": "import"}},
            1200,
        ),
    ],
)
async def test_the_sign_of_a_meter_that_is_chosen_and_found(
    hass: HomeAssistant, sources: Sources, power: float
) -> None:
    """Is that of the Energy preferences, unless the owner says another."""
    await keep(hass, *PREFERENCES["inverted"][0])
    key = sources.connection_of("A")
    assert key is not None
    assert sources.readings(key).grid == power


@pytest.mark.parametrize("chargers", [{"A": {"grid_power_entity": "sensor.grid_kw"}}])
async def test_another_meter_of_the_same_connection(
    hass: HomeAssistant, sources: Sources
) -> None:
    """Has behind it what the only connection has."""
    await keep(hass, *PREFERENCES["one power sensor"][0], solar())
    key = sources.connection_of("A")
    assert key is not None
    assert sources.readings(key) == SiteReadings(grid=-1200, solar=3400)


@pytest.fixture
def forecast(hass: HomeAssistant) -> Callable[[dict[str, Any] | Exception], str]:
    """Return a function that sets up an integration that forecasts the sun."""

    def create(answer: dict[str, Any] | Exception) -> str:
        async def async_get_solar_forecast(_hass: HomeAssistant, _entry: str) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        class Platform:
            """An energy platform."""

        Platform.async_get_solar_forecast = staticmethod(  # type: ignore[attr-defined]
            async_get_solar_forecast
        )
        mock_integration(hass, MockModule("sunny"))
        mock_platform(hass, "sunny.energy", Platform)  # type: ignore[arg-type]
        hass.config.components.add("sunny")
        config_entry = MockConfigEntry(domain="sunny")
        config_entry.add_to_hass(hass)
        return config_entry.entry_id

    return create


async def test_the_forecast_of_the_sun(
    hass: HomeAssistant,
    sources: Sources,
    forecast: Callable[[dict[str, Any] | Exception], str],
) -> None:
    """Comes from the entries that are chosen in the Energy dashboard, in UTC."""
    entry_id = forecast(
        {
            "wh_hours": {
                "2026-06-01T12:00:00+02:00": 1500,
                "2026-06-01T11:00:00+02:00": 900,
            }
        }
    )
    await keep(
        hass,
        grid(stat_rate="sensor.grid"),
        solar(config_entry_solar_forecast=[entry_id, "removed"]),
    )
    (key,) = sources.connections
    assert await sources.solar_forecast(key) == {
        datetime(2026, 6, 1, 9, tzinfo=UTC): 900,
        datetime(2026, 6, 1, 10, tzinfo=UTC): 1500,
    }


async def test_a_forecast_that_fails(
    hass: HomeAssistant,
    sources: Sources,
    forecast: Callable[[dict[str, Any] | Exception], str],
) -> None:
    """Is none."""
    entry_id = forecast(RuntimeError("No sun"))
    await keep(hass, solar(config_entry_solar_forecast=[entry_id]))
    (key,) = sources.connections
    assert await sources.solar_forecast(key) == {}


async def test_one_listener_for_good(hass: HomeAssistant, central_system: str) -> None:
    """However often an entry is loaded, the preferences are listened to once."""
    with patch.object(EnergyManager, "async_listen_updates", autospec=True) as listen:
        assert await async_setup_component(hass, "energy", {})
        await hass.async_block_till_done()
        (entry,) = hass.config_entries.async_entries(DOMAIN)
        for _ in range(3):
            await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
    ours = [
        call
        for call in listen.call_args_list
        if call.args[1].__module__.startswith("custom_components")
    ]
    assert len(ours) == 1
