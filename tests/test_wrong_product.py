"""A wrong product that is chosen by hand: it warns, and nothing is lost by it."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.central_system.charging import limiter
from homeassistant.core import HomeAssistant
from tests.conftest import IDENTITY, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import LIMIT, charge, issues, limits, remove_charger

STATION = f"{IDENTITY}_station_limit"


@pytest.fixture(autouse=True)
def _no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no write wait for the one before."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 0.0)


async def choose(hass: HomeAssistant, entry: MockConfigEntry, product: str) -> None:
    """Choose the product of the charger."""
    (subentry,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(
        entry, subentry, data={**subentry.data, "product": product}
    )
    await hass.async_block_till_done()


def answered_like_an_ac(payload: dict[str, Any]) -> dict[str, Any]:
    """Take limits in amperes alone."""
    unit = payload["csChargingProfiles"]["chargingSchedule"]["chargingRateUnit"]
    return {"status": "Accepted" if unit == "A" else "Rejected"}


async def test_the_owners_limits_come_back(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Callable[..., FakeCharger],
    shown: Shown,
) -> None:
    """When the product does, also over a restart of Home Assistant in between."""
    ready.answers["SetChargingProfile"] = answered_like_an_ac
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=10)
    await shown.do(STATION, "set_value", value=20)
    await shown.do(f"{IDENTITY}_1_minimum_current", "set_value", value=8)
    await choose(hass, entry, "evlink_pro_dc")
    assert shown.entity(LIMIT).attributes["unit_of_measurement"] == "kW"
    await hass.config_entries.async_reload(entry.entry_id)
    async with fake() as again:
        await again.boot()
        await again.status("Charging")
        await again.until_ready()
        await choose(hass, entry, "auto")
        assert shown[LIMIT] == "10.0"
        assert shown[STATION] == "20.0"
        assert shown[f"{IDENTITY}_1_minimum_current"] == "8.0"
        await again.until(lambda: limits(again)[-1:] == [("TxProfile", 10)])
        assert not issues(hass)


async def test_it_warns(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """And says which product the charger names itself."""
    await choose(hass, entry, "evlink_pro_ac")
    assert not issues(hass)
    await choose(hass, entry, "generic")
    assert not issues(hass)
    await choose(hass, entry, "evlink_pro_dc")
    issue = issues(hass)["wrong_product"]
    placeholders = issue.translation_placeholders or {}
    assert placeholders["named"] == "EVlink Pro AC"
    assert placeholders["chosen"] == "EVlink Pro DC"


async def test_a_charger_that_is_removed_is_left_without_our_limits(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """All profiles that it took are cleared by their ids, and no others."""
    await shown.do(LIMIT, "set_value", value=10)
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=12)
    await shown.do(STATION, "set_value", value=20)
    remove_charger(hass, entry)
    await ready.wait_closed()
    await hass.async_block_till_done()
    ids = [call["id"] for call in ready.calls("ClearChargingProfile")]
    assert sorted(ids) == [1, 11, 21]


async def test_a_charger_that_was_never_limited_is_removed(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """There is nothing to clear."""
    remove_charger(hass, entry)
    await ready.wait_closed()
    assert not ready.calls("ClearChargingProfile")
