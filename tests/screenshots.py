"""The pictures in docs/screenshots, taken of a real Home Assistant."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from io import BytesIO
from itertools import accumulate
from pathlib import Path
import tempfile
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.async_api import Page

from .browser import open_browser, open_dashboard, open_device, settle
from .demo import IDENTITY, charger_device, ensure_central_system
from .processes import REPOSITORY, free_port
from .real_home_assistant import RealHomeAssistant, RequestError
from .simulator import Simulator
from .solar_days import DAYLIGHT
from .sunny_history import ATTRIBUTES, SURPLUS, sunny_courses, write

PICTURES = REPOSITORY / "docs" / "screenshots"
NAME = "Garage"
BADGE = "04A2B3C4D5"
ENERGY = "sensor.garage_energy"
CHARGED = (11.2, 0.0, 23.5, 8.1, 0.0, 14.7, 31.9, 6.4, 0.0, 19.3, 12.6, 27.8, 9.5)
"""What was charged on the days before the pictures, in kWh."""
LIMIT = "number.garage_charging_limit"
HOME = ZoneInfo("Europe/Paris")
DAY = "clear sky, kettle and hob"


async def main() -> None:
    """Take the pictures, in the order in which an owner comes to see them."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        async with RealHomeAssistant(Path(directory)) as hass:
            entry_id = await ensure_central_system(hass, port)
            await add_badge(hass, entry_id)
            async with (
                Simulator(f"ws://127.0.0.1:{port}", IDENTITY, redial=0.5) as charger,
                open_browser(hass) as page,
            ):
                await discovery(page)
                await device(page, hass, charger)
                await dashboard(page, hass)
                await fault(page, hass, charger)
                await repairs(page, hass, charger)
            await hass.stop()
            sunrise = datetime.now(HOME).replace(hour=6, minute=0, second=0)
            sunrise -= timedelta(days=1)
            write(hass.config_dir, sunny_courses(DAY), sunrise)
            await hass.start()
            async with open_browser(hass) as page:
                await sunny_day(page, hass, sunrise)


async def add_badge(hass: RealHomeAssistant, entry_id: str) -> None:
    """Register the badge that the car's driver has."""
    flow = await hass.start_subentry_flow(entry_id, "badge")
    await hass.continue_subentry_flow(
        flow["flow_id"], {"id_tag": BADGE, "name": "Blue badge", "blocked": False}
    )


async def discovery(page: Page) -> None:
    """A charger has dialled in, and is accepted under a name."""
    await page.set_viewport_size({"width": 1280, "height": 384})
    await page.goto("/config/integrations/dashboard")
    card = page.locator("ha-config-flow-card").filter(has_text=IDENTITY)
    await card.wait_for()
    await settle(page)
    await take(page, "discovery")
    await page.set_viewport_size({"width": 1280, "height": 760})
    await card.get_by_role("button", name="Add").click()
    await page.get_by_text(f"Identity: {IDENTITY}").wait_for()
    await page.locator("ha-selector input").fill(NAME)
    await settle(page)
    await take(page, "confirm")
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_text("has been added").wait_for()


async def device(page: Page, hass: RealHomeAssistant, charger: Simulator) -> None:
    """All that there is of the charger, while it charges."""
    await charger.until(charger.accepted.is_set, 30)
    await charger.plug_in()
    await charger.present_badge(BADGE)
    await charger.until(lambda: charger.current == 16, 60)
    await hass.wait_for_state("sensor.garage_current_l1", lambda s: s == "16.0", 30)
    await page.set_viewport_size({"width": 1280, "height": 1725})
    await open_device(page, (await charger_device(hass))["id"])
    await take(page, "device")


async def dashboard(page: Page, hass: RealHomeAssistant) -> None:
    """The dashboard of docs, after somebody has set a limit."""
    await hass.call_service("number", "set_value", {"value": 13}, {"entity_id": LIMIT})
    await hass.wait_for_state("sensor.garage_current_l1", lambda s: s == "13.0", 30)
    await import_days(hass)
    await page.set_viewport_size({"width": 1280, "height": 900})
    await open_dashboard(page, hass)
    await take(page, "dashboard")


async def import_days(hass: RealHomeAssistant) -> None:
    """Have something been charged on the days before."""
    today = datetime.now(HOME).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=len(CHARGED) - day) for day in range(len(CHARGED))]
    await hass.ws_command(
        "recorder/import_statistics",
        metadata={
            "statistic_id": ENERGY,
            "source": "recorder",
            "name": None,
            "has_sum": True,
            "mean_type": 0,
            "unit_class": "energy",
            "unit_of_measurement": "kWh",
        },
        stats=[
            {"start": day.isoformat(), "state": total, "sum": total}
            for day, total in zip(days, accumulate(CHARGED), strict=True)
        ],
    )


async def fault(page: Page, hass: RealHomeAssistant, charger: Simulator) -> None:
    """The dashboard again, while there is a fault."""
    await charger.raise_fault("5.0")
    await page.get_by_text("What to do:").wait_for()
    await hass.wait_for_state("sensor.garage_power", "0.0", 30)
    await settle(page)
    await page.set_viewport_size({"width": 1280, "height": 560})
    await take(page, "fault")
    await charger.clear_fault()


async def repairs(page: Page, hass: RealHomeAssistant, charger: Simulator) -> None:
    """What a charger that takes no limits leaves to do."""
    charger.external_energy_management = False
    with suppress(RequestError):
        await hass.call_service(
            "number", "set_value", {"value": 20}, {"entity_id": LIMIT}
        )
    await page.set_viewport_size({"width": 1280, "height": 620})
    await page.goto("/config/repairs")
    await page.get_by_text(f"{NAME} refuses charging limits").click(timeout=60_000)
    await page.get_by_text("an external system").wait_for()
    await settle(page)
    await take(page, "repairs")


async def sunny_day(page: Page, hass: RealHomeAssistant, sunrise: datetime) -> None:
    """A simulated day, in Home Assistant's history."""
    await hass.post(
        f"/api/states/{SURPLUS}", {"state": "0", "attributes": ATTRIBUTES[SURPLUS]}
    )
    query = {
        "entity_id": ",".join(ATTRIBUTES),
        "start_date": sunrise.isoformat(),
        "end_date": (sunrise + timedelta(seconds=DAYLIGHT)).isoformat(),
    }
    await page.set_viewport_size({"width": 1280, "height": 860})
    await page.goto(f"/history?{urlencode(query)}")
    await page.locator("state-history-chart-line").first.wait_for()
    await settle(page)
    await take(page, "solar_day")


async def take(page: Page, name: str) -> None:
    """Take a picture, with no more colours than it needs."""
    picture = PICTURES / f"{name}.png"
    shot = Image.open(BytesIO(await page.screenshot())).convert("RGB")
    shot.quantize(256, dither=Image.Dither.NONE).save(picture, optimize=True)
    print(picture.relative_to(REPOSITORY), picture.stat().st_size // 1000, "kB")


if __name__ == "__main__":
    asyncio.run(main())
