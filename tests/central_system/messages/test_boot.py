"""BootNotification: what a charger has to say of itself, and what it need not."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from tests.fake_charger import FakeCharger
from tests.scenes import device

type Fake = Callable[..., FakeCharger]

ODD: list[dict[str, Any]] = [
    {"chargePointVendor": ""},
    {"chargePointModel": " \x00"},
    {"chargePointVendor": "", "chargePointModel": ""},
    {"chargePointSerialNumber": "", "firmwareVersion": ""},
    {"chargePointSerialNumber": {}, "firmwareVersion": False},
    {"chargeBoxSerialNumber": [], "iccid": None, "meterType": 7},
]


@pytest.mark.parametrize("odd", ODD, ids=str)
async def test_nothing_empty_or_optional_keeps_a_charger_out(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, odd: dict[str, Any]
) -> None:
    """A known charger is accepted; an unknown one is discovered and can be added."""
    async with fake() as known, fake("stranger") as stranger:
        assert (await known.boot(**odd))["status"] == "Accepted"
        assert (await stranger.boot(**odd))["status"] == "Pending"
        await hass.async_block_till_done()
        (flow,) = hass.config_entries.flow.async_progress()
        assert "stranger" in flow["context"]["title_placeholders"]["name"]
        form = await hass.config_entries.flow.async_configure(flow["flow_id"])
        assert all((form["description_placeholders"] or {}).values())
        await hass.config_entries.flow.async_configure(flow["flow_id"], {})
        await hass.async_block_till_done()
        assert (await stranger.boot(**odd))["status"] == "Accepted"
    assert all(subentry.title for subentry in entry.subentries.values())
    shown = device(hass, entry)
    assert shown is not None
    assert shown.model
