"""The energy sensor is fit for Home Assistant's Energy dashboard, by its own judgement."""

from datetime import timedelta

from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from tests.conftest import Shown
from tests.fake_charger import FakeCharger
from tests.scenes import sample, start


async def test_energy_validates(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """As the consumption of a device, with its power beside it."""
    begin = dt_util.utcnow().replace(second=0, microsecond=0)
    begin -= timedelta(minutes=begin.minute % 5)
    assert await async_setup_component(hass, "energy", {})
    transaction_id = await start(ready)
    await sample(ready, transaction_id, 1500)
    await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    do_adhoc_statistics(hass, start=begin)
    await async_wait_recording_done(hass)
    client = await hass_ws_client()
    await client.send_json_auto_id(
        {
            "type": "energy/save_prefs",
            "device_consumption": [
                {
                    "stat_consumption": shown.entity_id("CP-1_1_energy"),
                    "stat_rate": shown.entity_id("CP-1_1_power"),
                }
            ],
        }
    )
    assert (await client.receive_json())["success"]
    await client.send_json_auto_id({"type": "energy/validate"})
    answer = await client.receive_json()
    assert answer["success"]
    assert answer["result"]["device_consumption"] == [[]]
