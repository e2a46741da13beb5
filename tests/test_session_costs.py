"""What sessions cost and where their energy came from, in Home Assistant."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from tests.conftest import DOMAIN
from tests.fake_charger import FakeCharger
from tests.scenes import GRID, sessions

PRICE = "sensor.price"


def now() -> str:
    """Return the present as an OCPP timestamp."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def site(hass: HomeAssistant, entry: MockConfigEntry) -> Callable[..., None]:
    """Set what the grid meter and the price show."""

    def show(grid: float | str, price: float | str = 0.4) -> None:
        hass.states.async_set(GRID, str(grid), {"unit_of_measurement": "W"})
        hass.states.async_set(PRICE, str(price), {"unit_of_measurement": "EUR/kWh"})

    show(0)
    hass.config_entries.async_update_entry(
        entry, options={"grid_power_entity": GRID, "price_entity": PRICE}
    )
    return show


async def begin(charger: FakeCharger, connector: int = 1) -> int:
    """Start a session whose register is at 0."""
    start = {"connectorId": connector, "idTag": "ADA", "meterStart": 0}
    answer = await charger.call("StartTransaction", start | {"timestamp": now()})
    transaction_id: int = answer["transactionId"]
    return transaction_id


async def sample(
    charger: FakeCharger, transaction_id: int, register: int, power: int, **rest: Any
) -> None:
    """Send the register in Wh and the power in W."""
    values = [
        {"value": str(register)},
        {"value": str(power), "measurand": "Power.Active.Import", "unit": "W"},
    ]
    await charger.call(
        "MeterValues",
        {
            "connectorId": 1,
            "transactionId": transaction_id,
            "meterValue": [{"timestamp": now(), "sampledValue": values}],
            **rest,
        },
    )


async def end(charger: FakeCharger, transaction_id: int, register: int) -> None:
    """Stop a session."""
    stop = {"transactionId": transaction_id, "meterStop": register}
    await charger.call("StopTransaction", stop | {"timestamp": now()})


async def test_sun_then_grid(
    hass: HomeAssistant,
    ready: FakeCharger,
    site: Callable[..., None],
    freezer: FrozenDateTimeFactory,
    shown: Any,
) -> None:
    """Each interval by what flowed in it, at its price."""
    transaction_id = await begin(ready)
    await sample(ready, transaction_id, 0, 6000)
    freezer.tick(600)
    await sample(ready, transaction_id, 1000, 6000)
    site(10_000, 0.4)
    await ready.call("Heartbeat")
    freezer.tick(600)
    await sample(ready, transaction_id, 2000, 6000)
    site(10_000, 0.1)
    await ready.call("Heartbeat")
    freezer.tick(600)
    await end(ready, transaction_id, 3000)
    (session,) = await sessions(hass)
    assert session["energy"] == 3000
    assert session["energy_solar"] == 1000
    assert session["energy_battery"] == 0
    assert session["energy_grid"] == 2000
    assert session["cost"] == 0.5
    assert session["currency"] == "EUR"
    assert session["estimated"] is False
    await ready.call("Heartbeat")
    assert float(shown["CP-1_1_session_cost"]) == 0.5
    assert float(shown["CP-1_1_session_solar_share"]) == 33
    assert float(shown["CP-1_1_charging_cost"]) == 0.5
    assert float(shown["CP-1_1_solar_energy"]) == 1.0
    another = await begin(ready)
    await sample(ready, another, 0, 6000)
    freezer.tick(600)
    await end(ready, another, 1000)
    assert float(shown["CP-1_1_charging_cost"]) == 0.6
    assert float(shown["CP-1_1_session_cost"]) == 0.1


async def test_a_restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Callable[..., FakeCharger],
    site: Callable[..., None],
    freezer: FrozenDateTimeFactory,
    shown: Any,
) -> None:
    """What was charged meanwhile is from the grid, as estimated, and none counts twice."""
    transaction_id = await begin(ready)
    await sample(ready, transaction_id, 0, 6000)
    freezer.tick(600)
    await sample(ready, transaction_id, 1000, 6000)
    site(10_000, 0.4)
    await hass.config_entries.async_reload(entry.entry_id)
    freezer.tick(600)
    async with fake() as again:
        await again.boot()
        await sample(again, transaction_id, 2000, 6000)
        await end(again, transaction_id, 2000)
        (session,) = await sessions(hass)
        assert (session["energy_solar"], session["energy_grid"]) == (1000, 1000)
        assert session["cost"] == 0.4
        assert session["estimated"] is True
        await again.call("Heartbeat")
        assert float(shown["CP-1_1_charging_cost"]) == 0.4
        assert float(shown["CP-1_1_solar_energy"]) == 1.0
    totals: Any = await hass.services.async_call(
        DOMAIN, "get_sessions", {}, blocking=True, return_response=True
    )
    assert totals["totals"]["cost"] == 0.4
