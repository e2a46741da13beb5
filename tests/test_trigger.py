"""Triggers: automations that start when a vehicle or a charger does something."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.schneider_ev.trigger import TRIGGERS
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from tests.conftest import DOMAIN, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import automate, device_of

type Fake = Callable[..., FakeCharger]

CHARGING = "binary_sensor.CP-1_1_charging"
CHARGING_2 = "binary_sensor.CP-1_2_charging"


async def triggered(
    hass: HomeAssistant, names: Iterable[str], target: dict[str, Any], **options: Any
) -> list[ServiceCall]:
    """Set up an automation with triggers of ours."""
    return await automate(
        hass,
        triggers=[
            {
                "trigger": f"{DOMAIN}.{name}",
                "id": name,
                "target": target,
                "options": options,
            }
            for name in names
        ],
    )


DAY: tuple[tuple[str, set[str]], ...] = (
    ("Available", set()),
    ("Preparing", {"plugged_in"}),
    ("Charging", {"started_charging"}),
    ("Charging", set()),
    ("SuspendedEV", {"stopped_charging"}),
    ("Charging", {"started_charging"}),
    ("SuspendedEVSE", {"stopped_charging"}),
    ("Finishing", set()),
    ("Available", {"unplugged"}),
    ("Faulted", {"became_faulted"}),
    ("Faulted", set()),
    ("Unavailable", set()),
    ("Faulted", {"became_faulted"}),
    ("Available", set()),
)
"""What a connector tells in a day, and what fires."""


async def test_a_day(hass: HomeAssistant, ready: FakeCharger, shown: Shown) -> None:
    """Each trigger fires when it is to, and only then."""
    assert set().union(*(fires for _, fires in DAY)) == set(TRIGGERS)
    device = device_of(hass, shown.entity_id(CHARGING))
    runs = await triggered(hass, TRIGGERS, {"device_id": device.id})
    for status, fires in DAY:
        runs.clear()
        await ready.status(status)
        await hass.async_block_till_done()
        assert [run.data["id"] for run in runs] == list(fires), status


@pytest.mark.parametrize("status", ["Available", "Charging", "Faulted"])
async def test_what_was_so_before_is_no_news(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    shown: Shown,
    offline_soon: None,
    status: str,
) -> None:
    """Neither at the first status, nor after a lost connection, nor a restart."""
    async with fake() as charger:
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        device = device_of(hass, shown.entity_id(CHARGING))
        runs = await triggered(hass, TRIGGERS, {"device_id": device.id})
        assert shown[CHARGING] == STATE_UNKNOWN
        await charger.status(status)
        await hass.async_block_till_done()
        charger.drop()
        await charger.until(lambda: shown[CHARGING] == STATE_UNAVAILABLE)
    async with fake() as charger:
        await charger.status(status)
        await charger.until(lambda: shown[CHARGING] in ("off", "on"))
    await hass.config_entries.async_reload(entry.entry_id)
    assert shown[CHARGING] == STATE_UNAVAILABLE
    async with fake() as charger:
        await charger.status(status)
        await charger.until(lambda: shown[CHARGING] in ("off", "on"))
        await hass.async_block_till_done()
        assert not runs
        await charger.status("Preparing")
        await charger.status(status)
        await hass.async_block_till_done()
        assert runs


@pytest.mark.parametrize(
    ("behavior", "expected"),
    [("each", [CHARGING, CHARGING_2]), ("first", [CHARGING]), ("all", [CHARGING_2])],
)
async def test_the_connectors_of_a_charger(
    hass: HomeAssistant,
    pair: FakeCharger,
    shown: Shown,
    behavior: str,
    expected: list[str],
) -> None:
    """The device of a charger stands for all its connectors."""
    device = device_of(hass, shown.entity_id(CHARGING))
    runs = await triggered(
        hass, ["started_charging"], {"device_id": device.id}, behavior=behavior
    )
    await pair.status("Charging", 1)
    await pair.status("Charging", 2)
    await hass.async_block_till_done()
    assert [run.data["entity_id"] for run in runs] == [
        shown.entity_id(entity) for entity in expected
    ]


async def test_for(hass: HomeAssistant, ready: FakeCharger, shown: Shown) -> None:
    """A vehicle that stops at once has not been charging for a while."""
    runs = await triggered(
        hass,
        ["started_charging"],
        {"entity_id": shown.entity_id(CHARGING)},
        **{"for": {"milliseconds": 300}},
    )
    await ready.status("Charging")
    await ready.status("SuspendedEV")
    await hass.async_block_till_done()
    await ready.status("Charging")
    await hass.async_block_till_done()
    assert not runs
    await ready.until(lambda: runs)
    await hass.async_block_till_done()
    assert len(runs) == 1


async def test_entities_of_others(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """Of all that is in the garage only the chargers count."""
    area = ar.async_get(hass).async_create("Garage")
    entity_id = shown.entity_id(CHARGING)
    dr.async_get(hass).async_update_device(
        device_of(hass, entity_id).id, area_id=area.id
    )
    registry = er.async_get(hass)
    other = registry.async_get_or_create(
        "binary_sensor", "other", "CP-1_1_charging", translation_key="charging"
    ).entity_id
    registry.async_update_entity(other, area_id=area.id)
    runs = await triggered(
        hass,
        ["started_charging"],
        {"area_id": area.id, "entity_id": [other, shown.entity_id("CP-1_1_plugged")]},
        behavior="all",
    )
    for state in ("off", "on"):
        hass.states.async_set(other, state)
    hass.states.async_set(other, "off")
    await ready.status("Preparing")
    await hass.async_block_till_done()
    assert not runs
    await ready.status("Charging")
    await hass.async_block_till_done()
    assert [run.data["entity_id"] for run in runs] == [entity_id]


async def test_what_an_owner_is_offered(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """The editor offers what can fire: for the device, all of it."""
    client = await hass_ws_client(hass)

    async def offered(**target: str) -> set[str]:
        await client.send_json_auto_id(
            {
                "type": "get_triggers_for_target",
                "target": {kind: [chosen] for kind, chosen in target.items()},
            }
        )
        answer = await client.receive_json()
        return {
            name.removeprefix(f"{DOMAIN}.")
            for name in answer["result"]
            if name.startswith(f"{DOMAIN}.")
        }

    for entity, expected in (
        (CHARGING, {"started_charging", "stopped_charging"}),
        ("CP-1_1_plugged", {"plugged_in", "unplugged"}),
        ("CP-1_1_status", {"became_faulted"}),
        ("CP-1_1_problem", set()),
        ("switch.CP-1_1_charging", set()),
    ):
        assert await offered(entity_id=shown.entity_id(entity)) == expected, entity
    device = device_of(hass, shown.entity_id(CHARGING))
    assert await offered(device_id=device.id) == set(TRIGGERS)
