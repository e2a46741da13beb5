"""A browser that is logged in to a real Home Assistant."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import time
from urllib.parse import urlsplit

from playwright.async_api import Page, Route, async_playwright

from homeassistant.util.yaml import load_yaml_dict

from .processes import REPOSITORY
from .real_home_assistant import RealHomeAssistant

CHROMIUM = Path("/usr/bin/chromium")
DASHBOARD = REPOSITORY / "docs" / "dashboard.yaml"

_CHARGING = "ev-charging"

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def open_browser(
    hass: RealHomeAssistant, width: int = 1280, height: int = 1600
) -> AsyncIterator[Page]:
    """Open a page that is logged in and reaches nothing but this Home Assistant."""
    tokens = {
        **hass.tokens,
        "access_token": await hass.access_token(),
        "hassUrl": hass.url,
        "clientId": hass.client_id,
        "expires": int((time.time() + hass.tokens["expires_in"]) * 1000),
    }
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=_FLAGS
        )
        context = await browser.new_context(
            base_url=hass.url,
            viewport={"width": width, "height": height},
            service_workers="block",
            locale="en-GB",
            timezone_id="Europe/Paris",
        )
        await context.route("**/*", _only_loopback)
        await context.add_init_script(
            f"localStorage.hassTokens ??= {json.dumps(json.dumps(tokens))}"
        )
        yield await context.new_page()
        await browser.close()


async def open_device(page: Page, device_id: str) -> None:
    """Show a device's page, with all its cards drawn."""
    await page.goto(f"/config/devices/device/{device_id}")
    await page.locator("ha-device-entities-card").first.wait_for()
    await settle(page)


async def open_dashboard(page: Page, hass: RealHomeAssistant) -> None:
    """Show the dashboard of docs, as an owner who has pasted it would see it."""
    await hass.ws_command(
        "lovelace/dashboards/create", url_path=_CHARGING, title="Charging"
    )
    config = await asyncio.to_thread(load_yaml_dict, DASHBOARD)
    await hass.ws_command("lovelace/config/save", url_path=_CHARGING, config=config)
    await page.goto(f"/{_CHARGING}")
    await page.locator("hui-section:visible").first.wait_for()
    await settle(page)


async def settle(page: Page) -> None:
    """Wait until what a page shows has come and stands still."""
    await page.wait_for_load_state("networkidle")
    await page.wait_for_timeout(1000)


async def _only_loopback(route: Route) -> None:
    if urlsplit(route.request.url).hostname == "127.0.0.1":
        await route.continue_()
    else:
        await route.abort()
