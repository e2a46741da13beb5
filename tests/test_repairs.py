"""What an owner has to see to: shown among the repairs, mended from there, and gone."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component
from tests.conftest import DOMAIN, IDENTITY
from tests.fake_charger import FakeCharger


def issues(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Return what is shown, by translation key."""
    return {
        issue.translation_key or "": issue
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.active
    }


@pytest.fixture
async def waiting(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> FakeCharger:
    """A charger with a setting that waits for a restart."""
    ready.answers["ChangeConfiguration"] = {"status": "RebootRequired"}
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, IDENTITY), entry.entry_id
    )
    assert device is not None
    await hass.services.async_call(
        DOMAIN,
        "change_configuration",
        {"device_id": device.id, "key": "lightintensity", "value": "50"},
        blocking=True,
    )
    return ready


async def mend(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, issue_id: str
) -> Callable[[], Any]:
    """Open the repair as the page does; return what confirms it."""
    assert await async_setup_component(hass, "repairs", {})
    client = await hass_client()
    response = await client.post(
        "/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": issue_id}
    )
    assert response.status == HTTPStatus.OK
    form = await response.json()
    assert form["step_id"] == "confirm"
    assert form["description_placeholders"]["keys"] == "LightIntensity"

    async def confirm() -> Any:
        response = await client.post(
            f"/api/repairs/issues/fix/{form['flow_id']}", json={}
        )
        assert response.status == HTTPStatus.OK
        return await response.json()

    return confirm


async def test_restart(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, waiting: FakeCharger
) -> None:
    """The button restarts the charger, and tells where that fails."""
    issue = issues(hass)["restart_required"]
    assert issue.is_fixable
    assert issue.translation_placeholders == {
        "name": f"Charger {IDENTITY}",
        "keys": "LightIntensity",
    }
    confirm = await mend(hass, hass_client, issue.issue_id)
    waiting.answers["Reset"] = {"status": "Rejected"}
    answer = await confirm()
    assert answer["errors"] == {"base": "not_mended"}
    assert "Rejected" in answer["description_placeholders"]["error"]
    waiting.answers["Reset"] = {"status": "Accepted"}
    assert (await confirm())["type"] == "create_entry"
    assert waiting.calls("Reset") == [{"type": "Soft"}] * 2
    assert not issues(hass)


async def test_a_boot_makes_it_good(hass: HomeAssistant, waiting: FakeCharger) -> None:
    """However it came about."""
    assert "restart_required" in issues(hass)
    await waiting.boot()
    assert not issues(hass)


async def test_survives_a_restart_of_home_assistant(
    hass: HomeAssistant, entry: MockConfigEntry, waiting: FakeCharger
) -> None:
    """The charger still has to restart."""
    await hass.config_entries.async_unload(entry.entry_id)
    assert not issues(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    assert "restart_required" in issues(hass)


async def test_goes_with_the_charger(
    hass: HomeAssistant, entry: MockConfigEntry, waiting: FakeCharger
) -> None:
    """A charger that is removed has no issues."""
    (subentry_id,) = entry.subentries
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await hass.async_block_till_done()
    assert not issues(hass)
