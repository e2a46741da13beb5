"""The whole way, in a real Home Assistant process and over its public API."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from .processes import free_port
from .real_home_assistant import Json, RealHomeAssistant
from .simulator import Simulator

DOMAIN = "schneider_ev"
IDENTITY = "EVB3S22N4A-0001"


class Charger:
    """A charger as its owner sees it: its entities, by the keys of their unique ids."""

    def __init__(self, hass: RealHomeAssistant) -> None:
        """Look at it in that Home Assistant."""
        self._hass = hass

    async def entity_id(self, domain: str, key: str) -> str:
        """Return an entity's id as soon as there is the entity."""
        find = partial(self._hass.entity_id, domain, f"{IDENTITY}_{key}")
        return await self._hass.wait_for(find)

    async def shows(self, domain: str, key: str, state: str) -> Json:
        """Return an entity's state as soon as it is that one."""
        entity_id = await self.entity_id(domain, key)
        return await self._hass.wait_for_state(entity_id, state)

    async def gives_power(self) -> Json:
        """Return the state of the power as soon as it is more than a kilowatt."""

        def flows(state: str) -> bool:
            return state not in ("unknown", "unavailable") and float(state) > 1

        entity_id = await self.entity_id("sensor", "1_power")
        return await self._hass.wait_for_state(entity_id, flows, 20)

    async def do(self, domain: str, key: str, action: str, **data: object) -> None:
        """Perform an action on an entity."""
        target = {"entity_id": await self.entity_id(domain, key)}
        await self._hass.call_service(domain, action, data, target)


@pytest.fixture
async def hass_process(tmp_path: Path) -> AsyncIterator[RealHomeAssistant]:
    """A Home Assistant that knows no charger."""
    async with RealHomeAssistant(tmp_path) as hass:
        yield hass


@pytest.mark.timeout(300)
async def test_an_owners_day(hass_process: RealHomeAssistant) -> None:
    """A charger dials in, is accepted, seen, throttled, paused, found, and kept."""
    hass = hass_process
    port = free_port()
    entry = await hass.set_up(DOMAIN, {"host": "127.0.0.1", "port": port})

    async with Simulator(
        f"ws://127.0.0.1:{port}", IDENTITY, free_charging=True, redial=0.5
    ) as simulator:
        await simulator.plug_in()

        # nobody knows it yet: it waits, and a card tells of it
        accepted = await hass.confirm_discovery(DOMAIN, f"EVlink Pro AC ({IDENTITY})")
        assert accepted["reason"] == "charger_added"
        subentries = await hass.subentries(entry["entry_id"])
        assert [subentry["unique_id"] for subentry in subentries] == [IDENTITY]
        await simulator.until(simulator.accepted.is_set)

        charger = Charger(hass)
        power = await charger.gives_power()
        assert power["attributes"]["unit_of_measurement"] == "kW"
        await charger.shows("switch", "1_charging", "on")
        transaction_id = simulator.transaction_id

        await charger.do("number", "1_charging_limit", "set_value", value=10)
        await simulator.until(lambda: simulator.offered_current == 10)

        await charger.do("switch", "1_charging", "turn_off")
        await charger.shows("sensor", "1_status", "suspended_evse")
        assert simulator.offered_current == 0
        await charger.do("switch", "1_charging", "turn_on")
        await charger.shows("sensor", "1_status", "charging")
        assert simulator.offered_current == 10

        locate = await charger.entity_id("button", "locate")
        state = await hass.state(locate)
        assert state and state["attributes"]["device_class"] == "identify"
        await charger.do("button", "locate", "press")
        await simulator.until(lambda: simulator.blinking)

        # Home Assistant restarts, and the charger does not find it at once
        simulator.configuration["OcppEnable"] = "False"
        await hass.stop()
        assert hass.problems() == []
        await hass.start()
        for domain, key in (
            ("sensor", "1_power"),
            ("sensor", "1_status"),
            ("number", "1_charging_limit"),
            ("switch", "1_charging"),
            ("button", "locate"),
        ):
            state = await charger.shows(domain, key, "unavailable")
            assert "restored" not in state["attributes"], "there is no such entity"
        await charger.shows("binary_sensor", "connected", "off")

        simulator.configuration["OcppEnable"] = "True"
        await charger.shows("binary_sensor", "connected", "on")
        await charger.shows("switch", "1_charging", "on")
        await charger.shows("number", "1_charging_limit", "10.0")
        await charger.gives_power()
        await charger.do("switch", "1_charging", "turn_on")
        assert simulator.offered_current == 10
        assert simulator.transaction_id == transaction_id
        assert len(simulator.messages("StartTransaction")) == 1
        assert not simulator.calls("RemoteStartTransaction")
        assert not simulator.calls("RemoteStopTransaction")

    await hass.stop()
    assert hass.problems() == []
