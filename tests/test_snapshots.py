"""All that Home Assistant shows of a charger, entity by entity, as it was agreed on."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from tests.conftest import DOMAIN, IDENTITY, Shown
from tests.simulator import Car, Simulator, simulator


def timeless(state: State | None) -> State | None:
    """Take the time out of a state that is one."""
    if state is None or state.attributes.get("device_class") != "timestamp":
        return state
    assert dt_util.parse_datetime(state.state)
    return State(state.entity_id, "a time", state.attributes)


async def test_evlink_pro_ac(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    central_system: str,
    shown: Shown,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An EVlink Pro AC that charges a car, a minute after it was plugged in."""
    clock = 0.0
    monkeypatch.setattr(simulator, "monotonic", lambda: clock)
    async with Simulator(
        central_system, IDENTITY, latency=0, car=Car(), free_charging=True
    ) as charger:
        await charger.until(
            lambda: (
                {"requestedMessage": "MeterValues"} in charger.calls("TriggerMessage")
            )
        )
        await charger.plug_in()
        await charger.until(lambda: charger.transaction_id is not None)
        await hass.async_block_till_done()
        await charger.until(lambda: shown["CP-1_1_status"] == "charging")
        clock = 60.0
        charger.post_meter_values("Sample.Periodic")
        await charger.until(lambda: float(shown["CP-1_1_current_l1"]) > 0)
        await hass.async_block_till_done()

        device = dr.async_get(hass).async_get_device_by_identifier(
            (DOMAIN, IDENTITY), entry.entry_id
        )
        assert device == snapshot(name="device")
        entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        for entity in sorted(entities, key=lambda entity: entity.entity_id):
            state = hass.states.get(entity.entity_id)
            assert (state is None) == (entity.disabled_by is not None)
            assert entity == snapshot(name=f"{entity.entity_id}-entry")
            if state is not None:
                assert timeless(state) == snapshot(name=f"{entity.entity_id}-state")
