"""A browser that is logged in to a real Home Assistant, and the pictures in docs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import tempfile
import time
from urllib.parse import urlsplit

from playwright.async_api import Page, Route, async_playwright

from .demo import (
    CHARGING,
    charger_device,
    ensure_central_system,
    ensure_charger,
    simulated_charger,
)
from .processes import REPOSITORY, free_port
from .real_home_assistant import RealHomeAssistant

CHROMIUM = Path("/usr/bin/chromium")
PICTURES = REPOSITORY / "docs" / "screenshots"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


async def _only_loopback(route: Route) -> None:
    if urlsplit(route.request.url).hostname == "127.0.0.1":
        await route.continue_()
    else:
        await route.abort()


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
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
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
    await page.wait_for_load_state("networkidle")
    await page.wait_for_timeout(1000)


async def main() -> None:
    """Take the pictures of a charger that is charging."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    ocpp_port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        async with RealHomeAssistant(Path(directory)) as hass:
            entry_id = await ensure_central_system(hass, ocpp_port)
            async with simulated_charger(ocpp_port, *CHARGING):
                await ensure_charger(hass, entry_id)
                device = await charger_device(hass)
                await hass.wait_for(lambda: charging(hass), 60)
                async with open_browser(hass, height=2500) as page:
                    await open_device(page, device["id"])
                    picture = PICTURES / "device.png"
                    await page.screenshot(path=picture)
                    print(picture.relative_to(REPOSITORY))


async def charging(hass: RealHomeAssistant) -> bool:
    """Return whether a charger gives a car what three phases can."""
    return any(
        state["state"] not in ("unknown", "unavailable")
        and float(state["state"]) > {"W": 10_000, "kW": 10}[unit]
        for entity_id, state in (await hass.states()).items()
        if entity_id.startswith("sensor.") and not entity_id.endswith("_offered")
        if (unit := state["attributes"].get("unit_of_measurement")) in ("W", "kW")
    )


if __name__ == "__main__":
    asyncio.run(main())
