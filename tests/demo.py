"""A Home Assistant to try, with simulated chargers.

It is kept in .demo from one run to the next.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import signal

from .processes import REPOSITORY, running
from .real_home_assistant import PASSWORD, USER, Json, RealHomeAssistant, RequestError
from .simulator import PRODUCTS

DOMAIN = "schneider_ev"
DIRECTORY = REPOSITORY / ".demo"
IDENTITY = "EVB3S22N4A-0001"
CHARGING = ("--plugged", "--charging")


@dataclass(frozen=True, slots=True)
class DemoCharger:
    """A charger of the demo: what it is, and what it does."""

    identity: str
    product: str
    firmware: str
    does: str
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{PRODUCTS[self.product].facts.name} {self.firmware}"


# The first of each product is the one that stands for it.
CHARGERS = (
    DemoCharger(IDENTITY, "evlink_pro_ac", "2.0.1", "charges a car", CHARGING),
    DemoCharger(
        "EVB3S22N4EA-0002",
        "evlink_pro_ac",
        "1.6.1",
        "charges a car at its domestic socket",
        (
            *("--reference", "EVB3S22N4EA"),
            *("--set", "PlugNumberingMode=1"),
            *("--connector", "2"),
            *CHARGING,
        ),
    ),
    DemoCharger("EVB3S22N4-0003", "evlink_pro_ac", "1.1.6", "is free"),
    DemoCharger(
        "EVB4S22N40M-0001", "schneider_charge_pro", "3.0.0", "charges a car", CHARGING
    ),
    DemoCharger(
        "EVB4S22NC0M-0002",
        "schneider_charge_pro",
        "1.13.1",
        "waits for a badge",
        ("--reference", "EVB4S22NC0M", "--plugged"),
    ),
    DemoCharger(
        "EVD1S180TBBC-0001", "evlink_pro_dc", "3.5.8803", "charges a car", CHARGING
    ),
    DemoCharger(
        "EVD1S60THB-0002",
        "evlink_pro_dc",
        "2.6.11",
        "charges two cars, one of them by CHAdeMO",
        ("--connector", "1", "--connector", "2", *CHARGING),
    ),
)


def chargers_of(product: str) -> tuple[DemoCharger, ...]:
    """Return the charger that stands for a product, or all chargers for "all"."""
    if product == "all":
        return CHARGERS
    return (next(charger for charger in CHARGERS if charger.product == product),)


async def ensure_central_system(hass: RealHomeAssistant, port: int) -> str:
    """Set the integration up on this port and return its entry's id."""
    server = {"host": "127.0.0.1", "port": port}
    if not (entries := await hass.entries(DOMAIN)):
        return str((await hass.set_up(DOMAIN, server))["entry_id"])

    entry_id: str = entries[0]["entry_id"]
    if _stored_port(hass.config_dir) != port:
        flow = await hass.start_flow(DOMAIN, entry_id)
        await hass.continue_flow(flow["flow_id"], server)
    return entry_id


async def ensure_charger(
    hass: RealHomeAssistant, entry_id: str, identity: str = IDENTITY
) -> None:
    """Accept the charger once it has dialled in, unless it is known already."""
    if any(sub["unique_id"] == identity for sub in await hass.subentries(entry_id)):
        return
    result = await hass.confirm_discovery(DOMAIN, identity)
    if result.get("reason") != "charger_added":
        raise RequestError(result["type"], result)


async def charger_device(hass: RealHomeAssistant, identity: str = IDENTITY) -> Json:
    """Return the charger's device as soon as there is one."""

    async def find() -> Json | None:
        for device in await hass.devices():
            if [DOMAIN, identity] in device["identifiers"]:
                return device
        return None

    return await hass.wait_for(find)


@asynccontextmanager
async def simulated_charger(
    port: int,
    *options: str,
    identity: str = IDENTITY,
    product: str = "evlink_pro_ac",
    output: Path | None = None,
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Let a charger dial in."""
    async with running(
        "-m",
        "tests.simulator",
        *("--product", product),
        *("--url", f"ws://127.0.0.1:{port}"),
        *("--identity", identity),
        *options,
        output=output,
    ) as process:
        yield process


def _stored_port(config_dir: Path) -> int | None:
    stored = json.loads((config_dir / ".storage/core.config_entries").read_text())
    for entry in stored["data"]["entries"]:
        if entry["domain"] == DOMAIN:
            return int(entry["data"]["port"])
    return None


async def demo(port: int, ocpp_port: int, chargers: tuple[DemoCharger, ...]) -> None:
    """Run until something ends it."""
    print("Home Assistant is starting (15 seconds or more) ...", flush=True)
    async with RealHomeAssistant(DIRECTORY, port) as hass, AsyncExitStack() as stack:
        entry_id = await ensure_central_system(hass, ocpp_port)
        processes = [hass.process]
        print(
            f"""
  address    {hass.url}
  user       {USER}
  password   {PASSWORD}

Chargers are connecting, {len(chargers)} of them ...
""",
            flush=True,
        )
        # one by one: few unknown chargers of one address are served at a time
        for charger in chargers:
            simulator = simulated_charger(
                ocpp_port,
                *("--firmware", charger.firmware),
                *charger.options,
                identity=charger.identity,
                product=charger.product,
                output=DIRECTORY / f"{charger.identity}.log",
            )
            processes.append(await stack.enter_async_context(simulator))
            await ensure_charger(hass, entry_id, charger.identity)
            device = await charger_device(hass, charger.identity)
            print(
                f"  charger    {hass.url}/config/devices/device/{device['id']}\n"
                f"             A simulated {charger.name} {charger.does}.",
                flush=True,
            )
        print("\nCtrl-C stops everything.", flush=True)
        await asyncio.wait(
            [asyncio.ensure_future(process.wait()) for process in processes],
            return_when=asyncio.FIRST_COMPLETED,
        )
        print(f"Something ended by itself: its output is in {DIRECTORY}.")


async def main() -> None:
    """Run the demo until a signal arrives."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument(
        "--port",
        type=int,
        default=os.environ.get("DEMO_PORT", "8123"),
        help="where Home Assistant listens (default: DEMO_PORT or 8123)",
    )
    parser.add_argument(
        "--ocpp-port",
        type=int,
        default=os.environ.get("DEMO_OCPP_PORT", "9000"),
        help="where it listens for chargers (default: DEMO_OCPP_PORT or 9000)",
    )
    parser.add_argument(
        "--product",
        choices=("all", *PRODUCTS),
        default="evlink_pro_ac",
        help="which charger is simulated, or all of them, in all their firmwares",
    )
    options = parser.parse_args()

    running_demo = asyncio.create_task(
        demo(options.port, options.ocpp_port, chargers_of(options.product))
    )

    def interrupt() -> None:
        # once: what is being stopped is not to be interrupted
        if not running_demo.cancelling():
            print("\nStopping ...", flush=True)
            running_demo.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, interrupt)
    await asyncio.wait([running_demo])
    if not running_demo.cancelled() and (error := running_demo.exception()):
        if isinstance(error, OSError) and not isinstance(error, TimeoutError):
            raise SystemExit(str(error))
        raise error


if __name__ == "__main__":
    asyncio.run(main())
