"""The dashboard in docs: what it shows is there, under the name that it has there."""

from collections.abc import AsyncIterator, Iterator
import re
from typing import Any

import pytest

from custom_components.schneider_ev.central_system.messages import ChargePointStatus
from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template
from homeassistant.util.yaml import parse_yaml
from tests.conftest import IDENTITY
from tests.docs.markdown import DOCS
from tests.simulator import Simulator

DASHBOARD = DOCS / "dashboard.yaml"
NAME = "garage"

type Json = dict[str, Any]


def mappings(config: object) -> Iterator[Json]:
    """Every mapping of a configuration, at any depth."""
    if isinstance(config, dict):
        yield config
        for value in config.values():
            yield from mappings(value)
    elif isinstance(config, list):
        for value in config:
            yield from mappings(value)


@pytest.fixture
def dashboard() -> str:
    """The dashboard without its comments."""
    lines = DASHBOARD.read_text().splitlines(keepends=True)
    return "".join(line for line in lines if not line.lstrip().startswith("#"))


@pytest.fixture
def titles() -> dict[str, str]:
    """The charger is called as on the dashboard."""
    return {IDENTITY: NAME.title()}


@pytest.fixture(params=["evlink_pro_ac", "schneider_charge_pro"])
async def charger(
    request: pytest.FixtureRequest, central_system: str
) -> AsyncIterator[Simulator]:
    """A charger that charges a car."""
    async with Simulator(
        central_system, IDENTITY, request.param, free_charging=True
    ) as simulator:
        await simulator.plug_in()
        yield simulator


def test_what_ended_the_last_session_is_not_of_the_next(dashboard: str) -> None:
    """While a session runs, there is a button to end it instead."""
    running = {status for status in ChargePointStatus if status.in_transaction}
    conditions = {
        card["entity"]: card["visibility"][-1]
        for card in mappings(parse_yaml(dashboard))
        if card.get("type") == "tile" and "visibility" in card
    }
    ended = conditions["sensor.garage_stop_reason"]
    stop = conditions["button.garage_stop_session"]
    assert ended["entity"] == stop["entity"] == "sensor.garage_status"
    assert set(ended["state_not"]) == set(stop["state"]) == running


def test_the_cards_are_home_assistants_own(dashboard: str) -> None:
    """Nothing has to be installed for it."""
    config = parse_yaml(dashboard)
    types = {mapping["type"] for mapping in mappings(config) if "type" in mapping}
    assert "tile" in types
    assert not [name for name in types if name.startswith("custom:")]


async def test_its_entities_exist(
    hass: HomeAssistant, dashboard: str, charger: Simulator
) -> None:
    """By replacing one word, an owner gets those of another charger."""
    shown = set(re.findall(rf"\b[a-z_]+\.{NAME}_\w+", dashboard))
    assert len(shown) > 10
    assert len(re.findall(NAME, dashboard, re.IGNORECASE)) == len(
        re.findall(rf"\b[a-z_]+\.{NAME}_", dashboard)
    )

    def missing() -> set[str]:
        return shown - set(hass.states.async_entity_ids())

    try:
        await charger.until(lambda: not missing())
    except TimeoutError:
        assert not missing()


async def test_it_says_what_to_do_about_a_fault(
    hass: HomeAssistant, dashboard: str, charger: Simulator
) -> None:
    """With the words of the fault."""
    fault = f"sensor.{NAME}_fault"
    section = next(
        mapping
        for mapping in mappings(parse_yaml(dashboard))
        if any(card["type"] == "markdown" for card in mapping.get("cards", ()))
    )
    (condition,) = section["visibility"]
    assert condition["entity"] == fault
    (content,) = (card["content"] for card in section["cards"] if "content" in card)

    def is_visible() -> bool:
        state = hass.states.get(fault)
        return state is not None and state.state not in condition["state_not"]

    await charger.until(lambda: hass.states.is_state(fault, "none"))
    assert not is_visible()
    await charger.raise_fault(charger.product.facts.faults[0].code)
    await charger.until(is_visible)
    text = Template(content, hass).async_render()
    state = hass.states.get(fault)
    assert state and state.attributes["description"] in text
    assert state.attributes["advice"] in text
