"""What an owner clicks and reads, in a browser that shows a real Home Assistant."""

from collections.abc import AsyncIterator
from pathlib import Path
import re

from playwright.async_api import ConsoleMessage, Locator, Page
import pytest

from .browser import CHROMIUM, open_browser, open_dashboard, open_device, settle
from .demo import DOMAIN, IDENTITY, charger_device
from .processes import free_port
from .real_home_assistant import RealHomeAssistant
from .simulator import Simulator

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no browser"),
    pytest.mark.timeout(400),
]


@pytest.fixture
async def hass_process(tmp_path: Path) -> AsyncIterator[RealHomeAssistant]:
    """A Home Assistant that knows nothing of chargers."""
    async with RealHomeAssistant(tmp_path) as hass:
        yield hass


def row(page: Page, name: str) -> Locator:
    """An entity on a device's page."""
    return page.locator("hui-number-entity-row, hui-button-entity-row").filter(
        has=page.get_by_text(name, exact=True)
    )


def field(page: Page, name: str) -> Locator:
    """A field of a form."""
    label = page.get_by_text(re.compile(rf"^\s*{name}\*?\s*$"))
    return page.locator("ha-selector").filter(has=label).locator("input")


async def add_integration(page: Page, port: int) -> None:
    """Add the integration, and have it listen on a port of this machine alone."""
    await page.goto("/config/integrations/dashboard")
    await page.get_by_role("button", name="Add integration").click()
    await page.get_by_placeholder("Search for a brand name").fill("Schneider EV")
    await page.get_by_text("Schneider EV Chargers", exact=True).click()
    await field(page, "Port").fill(str(port))
    assert not await field(page, "Address").is_visible()
    await page.get_by_text("Address and encryption").click()
    await field(page, "Address").fill("not an address!")
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_text("no such network address").wait_for()
    await field(page, "Address").fill("127.0.0.1")
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_text(f"ws://127.0.0.1:{port}").wait_for()
    await page.get_by_role("button", name="Finish").click()


async def accept(page: Page, name: str) -> None:
    """Accept the charger that was discovered, under a name, and go to its page."""
    await page.goto("/config/integrations/dashboard")
    card = page.locator("ha-config-flow-card").filter(has_text=IDENTITY)
    await card.get_by_role("button", name="Add").click()
    await page.get_by_text(f"Identity: {IDENTITY}").wait_for()
    await field(page, "Name").fill(name)
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_role("link", name=name).click()
    await page.wait_for_url("**/config/devices/device/*")


async def test_what_an_owner_clicks(hass_process: RealHomeAssistant) -> None:
    """From adding the integration to mending what a repair tells of."""
    hass, port = hass_process, free_port()
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if "translation" in message.text.lower() or DOMAIN in message.text:
            complaints.append(message.text)

    async with (
        open_browser(hass) as page,
        Simulator(
            f"ws://127.0.0.1:{port}", IDENTITY, free_charging=True, redial=0.5
        ) as simulator,
    ):
        page.on("console", listen)
        await simulator.plug_in()
        await add_integration(page, port)
        await accept(page, "Garage")
        await simulator.until(lambda: simulator.transaction_id is not None, 30)

        device = await charger_device(hass)
        await open_device(page, device["id"])
        await row(page, "Charging limit").get_by_role("slider").click()
        await simulator.until(lambda: simulator.offered_current == 16, 30)
        await row(page, "Locate").get_by_role("button", name="Press").click()
        await simulator.until(lambda: simulator.blinks == 1, 30)

        await open_dashboard(page, hass)
        limit = page.locator("hui-tile-card").filter(has_text="Charging limit")
        await limit.get_by_text("16 A").first.wait_for()
        advice = page.get_by_text("What to do:")
        assert not await advice.is_visible()
        await simulator.raise_fault("2.4")
        await advice.wait_for()
        await settle(page)
        assert not await page.locator("hui-error-card, hui-warning").count()
        await simulator.clear_fault()

        await hass.call_service(
            DOMAIN,
            "change_configuration",
            {
                "device_id": device["id"],
                "key": "PlugNumberingMode",
                "value": "1",
                "confirm": True,
            },
        )
        await page.goto("/config/repairs")
        await page.get_by_text("Garage needs a restart").click()
        await page.get_by_text("takes effect only after a restart").wait_for()
        await page.get_by_role("button", name="Submit").click()
        await simulator.until(lambda: bool(simulator.calls("Reset")), 30)

    assert not complaints
    await hass.stop()
    assert hass.problems() == []
