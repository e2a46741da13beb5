"""Conditions: automations that go on only while a vehicle charges."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.schneider_ev.condition import CONDITIONS
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import entity_registry as er
from tests.conftest import DOMAIN, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import automate, device_of

CHARGING = "binary_sensor.CP-1_1_charging"


async def guarded(
    hass: HomeAssistant, target: dict[str, Any], **options: Any
) -> list[ServiceCall]:
    """Set up an automation that is asked to run, and does so while one charges."""
    return await automate(
        hass,
        triggers={"trigger": "event", "event_type": "asked"},
        conditions={
            "condition": f"{DOMAIN}.is_charging",
            "target": target,
            "options": options,
        },
    )


async def holds(hass: HomeAssistant, runs: list[ServiceCall]) -> bool:
    """Ask the automation to run; tell whether it did."""
    runs.clear()
    hass.bus.async_fire("asked")
    await hass.async_block_till_done()
    return bool(runs)


async def test_is_charging(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, offline_soon: None
) -> None:
    """It holds while power may flow, and not while nobody knows."""
    runs = await guarded(hass, {"entity_id": shown.entity_id(CHARGING)})
    for status, charging in (
        ("Available", False),
        ("Preparing", False),
        ("Charging", True),
        ("SuspendedEV", False),
        ("Charging", True),
    ):
        await ready.status(status)
        assert await holds(hass, runs) is charging, status
    ready.drop()
    await ready.until(lambda: shown[CHARGING] == STATE_UNAVAILABLE)
    assert not await holds(hass, runs)


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [("any", [False, True, True]), ("all", [False, False, True])],
)
async def test_the_connectors_of_a_charger(
    hass: HomeAssistant,
    pair: FakeCharger,
    shown: Shown,
    behavior: str,
    expected: list[bool],
) -> None:
    """The device of a charger stands for all its connectors."""
    device = device_of(hass, shown.entity_id(CHARGING))
    runs = await guarded(hass, {"device_id": device.id}, behavior=behavior)
    held = [await holds(hass, runs)]
    for connector in (1, 2):
        await pair.status("Charging", connector)
        held.append(await holds(hass, runs))
    assert held == expected


async def test_for(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    freezer: FrozenDateTimeFactory,
) -> None:
    """It takes the time that it takes."""
    entity_id = shown.entity_id(CHARGING)
    runs = await guarded(hass, {"entity_id": entity_id}, **{"for": {"minutes": 5}})
    await ready.status("Charging")
    assert not await holds(hass, runs)
    freezer.tick(timedelta(minutes=4, seconds=59))
    assert not await holds(hass, runs)
    freezer.tick(timedelta(seconds=2))
    assert await holds(hass, runs)


async def test_entities_of_others(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """A telephone that charges is no vehicle, nor is a cable that is plugged in."""
    registry = er.async_get(hass)
    other = registry.async_get_or_create(
        "binary_sensor", "other", "CP-1_1_charging", translation_key="charging"
    ).entity_id
    hass.states.async_set(other, "on")
    await ready.status("Preparing")
    await hass.async_block_till_done()
    plugged = shown.entity_id("CP-1_1_plugged")
    assert shown["CP-1_1_plugged"] == "on"
    runs = await guarded(
        hass, {"entity_id": [other, plugged, shown.entity_id(CHARGING)]}
    )
    assert not await holds(hass, runs)
    hass.states.async_set(other, "off")
    await ready.status("Charging")
    assert await holds(hass, runs)


async def test_what_an_owner_is_offered(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The editor offers the condition for what charges."""
    client = await hass_ws_client(hass)
    for entity, expected in ((CHARGING, set(CONDITIONS)), ("CP-1_1_plugged", set())):
        await client.send_json_auto_id(
            {
                "type": "get_conditions_for_target",
                "target": {"entity_id": [shown.entity_id(entity)]},
            }
        )
        answer = await client.receive_json()
        ours = {name for name in answer["result"] if name.startswith(f"{DOMAIN}.")}
        assert ours == {f"{DOMAIN}.{name}" for name in expected}
