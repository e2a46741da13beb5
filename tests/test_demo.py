"""The demo with all chargers: as many cars charge as it says."""

from contextlib import AsyncExitStack
from functools import partial

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.central_system.charge_point import Charger
from homeassistant.core import HomeAssistant
from tests.conftest import DOMAIN
from tests.demo import CHARGERS
from tests.scenes import sessions, until
from tests.simulator.__main__ import arguments_of, running, simulator

CARS = {
    "charges a car": 1,
    "charges a car at its domestic socket": 1,
    "charges two cars, one of them by CHAdeMO": 2,
    "is free": 0,
    "waits for a badge": 0,
}
"""How many cars charge at a charger that does so."""


def charges(charger: Charger, cars: int) -> bool:
    """Tell whether so many cars charge at a charger."""
    return len(charger.running_sessions) == cars


async def test_six_cars_charge(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str
) -> None:
    """Each from the moment when its charger is accepted, though all have one badge."""
    flows = hass.config_entries.flow
    async with AsyncExitStack() as stack:
        for charger in CHARGERS:
            arguments = arguments_of(
                *("--url", central_system, "--product", charger.product),
                *("--firmware", charger.firmware),
                *charger.options,
            )
            simulated = simulator(arguments, charger.identity)
            await stack.enter_async_context(running(arguments, [simulated]))
            await until(lambda: flows.async_progress_by_handler(DOMAIN))
            (flow,) = flows.async_progress_by_handler(DOMAIN)
            await flows.async_configure(flow["flow_id"], {"name": charger.name})
        cars = sum(CARS[charger.does] for charger in CHARGERS)
        assert cars == 6
        known = entry.runtime_data.central_system.chargers
        for charger in CHARGERS:
            await until(partial(charges, known[charger.identity], CARS[charger.does]))
        for charger in CHARGERS:
            await known[charger.identity].link.trigger("MeterValues")
        assert [each["stop"] for each in await sessions(hass)] == [None] * cars
        states = [
            hass.states.get(name) for name in hass.states.async_entity_ids("event")
        ]
        assert not [
            state
            for state in states
            if state is not None and state.attributes.get("event_type") == "refused"
        ]
