"""The logbook: what an owner reads there of a day, and that no idTag is in it."""

from datetime import timedelta
import json

from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import DOMAIN, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import register, start, status_of, stop
from tests.texts import ENTITY_TEXTS

BADGE = "04A1B2C3"


async def test_a_day_in_the_logbook(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    shown: Shown,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Badges, sessions and faults are lines, in words that are translated."""
    assert await async_setup_component(hass, "logbook", {})
    await register(hass, entry, BADGE, "Ada", blocked=True)
    await status_of(ready, BADGE)
    await status_of(ready, "05D4E5F6")
    transaction_id = await start(ready)
    await stop(ready, transaction_id, 4000, reason="EVDisconnected")
    await ready.status("Faulted", vendorErrorCode="1.1")
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    registry = er.async_get(hass)
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {
            "type": "logbook/get_events",
            "start_time": (dt_util.utcnow() - timedelta(hours=1)).isoformat(),
            "entity_ids": [
                entity.entity_id
                for entity in registry.entities.values()
                if entity.platform == DOMAIN
            ],
        }
    )
    lines = (await client.receive_json())["result"]
    read = set()
    for line in lines:
        entity = registry.async_get(line["entity_id"])
        assert entity is not None
        assert entity.translation_key is not None
        text = ENTITY_TEXTS[entity.domain][entity.translation_key]
        state = line["state"]
        if entity.domain == "event":
            text = {**text, **text["state_attributes"]["event_type"]}
            state = line["attributes"]["event_type"]
        read.add((text["name"], text.get("state", {}).get(state)))
    assert read >= {
        ("Badge", "Refused"),
        ("Badge", "Accepted"),
        ("Session", "Started"),
        ("Session", "Ended"),
        ("Stop reason", "Vehicle unplugged"),
        ("Status", "Faulted"),
        ("Fault", "Software downgrade"),
    }
    assert BADGE not in json.dumps(lines)
