"""What the owner of a vehicle that sleeps is asked, and told."""

from collections.abc import Callable

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.central_system import CentralSystem
from custom_components.schneider_ev.central_system.charge_point import waking
from custom_components.schneider_ev.central_system.charging import limiter
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.conftest import IDENTITY, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import charge, issues, measure


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing long."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 0.0)
    monkeypatch.setattr(waking, "PATIENCE", 0.1)
    monkeypatch.setattr(waking, "SHORT_PAUSE", 0.1)


@pytest.mark.usefixtures("_soon")
async def test_is_told(hass: HomeAssistant, ready: FakeCharger, shown: Shown) -> None:
    """There is an issue while a vehicle sleeps in spite of all."""
    await measure(ready, await charge(ready), Power_Active_Import=4000)
    charging = f"switch.{IDENTITY}_1_charging"
    await shown.do(charging, "turn_off")
    await ready.status("SuspendedEVSE")
    await shown.do(charging, "turn_on")
    await ready.status("SuspendedEV")
    await ready.until(lambda: "vehicle_asleep" in issues(hass))
    issue = issues(hass)["vehicle_asleep"]
    assert issue.translation_placeholders == {"name": f"Charger {IDENTITY}"}
    assert not issue.is_fixable
    await ready.status("Available")
    await ready.until(lambda: not issues(hass))


async def test_is_allowed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    central_system: str,
    running: Callable[[], CentralSystem],
) -> None:
    """A change of availability is off until its owner turns it on."""

    def is_allowed() -> bool:
        return running().chargers[IDENTITY].settings.wake_by_availability

    assert not is_allowed()
    (subentry,) = entry.subentries.values()
    form = await entry.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    flow_id, schema = form["flow_id"], form["data_schema"]
    assert schema is not None
    answer = await hass.config_entries.subentries.async_configure(
        flow_id, {"name": "Garage", "wake_by_availability": True}
    )
    assert answer["type"] is FlowResultType.ABORT
    assert answer["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert is_allowed()
