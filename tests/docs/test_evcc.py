"""The page on evcc: its example names entities that do what evcc's template asks of them."""

from collections.abc import AsyncIterator
import re
from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util.yaml import parse_yaml
from tests.conftest import IDENTITY
from tests.docs.markdown import DOCS
from tests.simulator import Simulator

PHASES = {f"{kind}L{phase}" for kind in ("current", "voltage") for phase in (1, 2, 3)}
TAKEN = {"status", "enabled", "enable", "setMaxCurrent", "power", "energy"} | PHASES
"""What evcc's template takes, its address aside."""


@pytest.fixture(scope="module")
def example() -> dict[str, str]:
    """The charger in the example: its entities."""
    (text,) = re.findall(
        r"```yaml\n(.*?)```", (DOCS / "evcc.md").read_text(), re.DOTALL
    )
    config: Any = parse_yaml(text)
    (charger,) = config["chargers"]
    assert charger["type"] == "template"
    assert charger["template"] == "homeassistant"
    return {key: charger[key] for key in charger.keys() - {"type", "template", "uri"}}


@pytest.fixture
def titles() -> dict[str, str]:
    """The charger is called as on the page."""
    return {IDENTITY: "Garage"}


@pytest.fixture(params=["evlink_pro_ac", "schneider_charge_pro"])
async def charger(
    request: pytest.FixtureRequest, all_enabled: None, central_system: str
) -> AsyncIterator[Simulator]:
    """A charger without a car."""
    async with Simulator(
        central_system, IDENTITY, request.param, free_charging=True
    ) as simulator:
        yield simulator


def test_what_the_template_takes(example: dict[str, str]) -> None:
    """No more and no less."""
    assert example.keys() - {"name"} == TAKEN


async def test_as_evcc_uses_it(
    hass: HomeAssistant, example: dict[str, str], charger: Simulator
) -> None:
    """Its states are what evcc can read, and what evcc sets is done."""

    def read(key: str) -> str | None:
        state = hass.states.get(example[key])
        return state.state if state else None

    def number(key: str) -> float:
        try:
            return float(read(key) or "nan")
        except ValueError:
            return float("nan")

    async def enable(action: str) -> None:
        await hass.services.async_call(
            "switch", action, {"entity_id": example["enable"]}, blocking=True
        )

    await charger.until(lambda: read("status") == "a")
    await charger.plug_in()
    await charger.until(lambda: read("status") == "c" and read("enabled") == "on")
    registry = er.async_get(hass)
    await charger.until(lambda: number("power") > 0)
    registry.async_update_entity_options(
        example["power"], "sensor", {"unit_of_measurement": "W"}
    )
    await charger.until(lambda: number("power") > 1000)
    units = {
        key: state.attributes.get("unit_of_measurement")
        for key in TAKEN
        if (state := hass.states.get(example[key])) is not None
    }
    assert units.keys() >= TAKEN - PHASES
    assert units["energy"] == "kWh"
    assert units["setMaxCurrent"] == "A"
    await hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": example["setMaxCurrent"], "value": 8.0},
        blocking=True,
    )
    assert number("setMaxCurrent") == 8
    await enable("turn_off")
    await charger.until(lambda: read("status") == "b" and read("enabled") == "off")
    await enable("turn_on")
    await charger.until(lambda: read("status") == "c" and read("enabled") == "on")
    await charger.raise_fault(charger.product.facts.faults[0].code)
    await charger.until(lambda: read("status") == "f")
