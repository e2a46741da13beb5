"""All that Home Assistant shows of a charger, entity by entity, as it was agreed on."""

from collections.abc import Awaitable, Callable

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from tests.conftest import DOMAIN, IDENTITY, Shown
from tests.simulator import Simulator, simulator

# Attributes that differ from one run to the next: times, and what follows from them.
DIFFERING = ("start", "transaction_id")


def timeless(state: State | None) -> State | None:
    """Take the times out of a state."""
    if state is None:
        return None
    attributes = dict(state.attributes)
    for name in DIFFERING:
        if name in attributes:
            attributes[name] = "differs"
    at = dt_util.parse_datetime(state.state)
    return State(state.entity_id, "a time" if at else state.state, attributes)


@pytest.fixture
def charges(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    central_system: str,
    shown: Shown,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str], Awaitable[None]]:
    """Compare all that is shown of a product a minute after a car was plugged in."""
    seconds = 0.0
    monkeypatch.setattr(simulator, "monotonic", lambda: seconds)

    async def compare(product: str) -> None:
        nonlocal seconds
        async with Simulator(
            central_system, IDENTITY, product, latency=0, free_charging=True
        ) as charger:
            await charger.until(
                lambda: (
                    {"requestedMessage": "MeterValues"}
                    in charger.calls("TriggerMessage")
                )
            )
            entities = er.async_get(hass).async_get_entity_id
            for unique_id in ("CP-1_1_status", "CP-1_1_power"):
                await charger.until(lambda: bool(entities("sensor", DOMAIN, unique_id)))  # noqa: B023
            await charger.plug_in()
            await charger.until(lambda: charger.transaction_id is not None)
            await hass.async_block_till_done()
            await charger.until(lambda: shown["CP-1_1_status"] == "charging")
            seconds = 60.0
            charger.post_meter_values("Sample.Periodic", idle=False)
            await charger.until(lambda: float(shown["CP-1_1_power"]) > 0)
            await hass.async_block_till_done()
            compare_all(hass, entry, snapshot)

    return compare


def compare_all(
    hass: HomeAssistant, entry: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    """Compare the devices and the entities of the only charger."""
    devices = dr.async_get(hass)
    (charger,) = dr.async_entries_for_config_entry(devices, entry.entry_id)
    assert charger == snapshot(name="device")
    children = dr.async_entries_for_parent_device(devices, charger.id)
    for child in sorted(children, key=lambda child: str(child.name)):
        assert child == snapshot(name=f"device of {child.name}")
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    for entity in sorted(entities, key=lambda entity: entity.entity_id):
        state = hass.states.get(entity.entity_id)
        assert (state is None) == (entity.disabled_by is not None)
        assert entity == snapshot(name=f"{entity.entity_id}-entry")
        if state is not None:
            assert timeless(state) == snapshot(name=f"{entity.entity_id}-state")


async def test_evlink_pro_ac(charges: Callable[[str], Awaitable[None]]) -> None:
    """An EVlink Pro AC."""
    await charges("evlink_pro_ac")


async def test_schneider_charge_pro(charges: Callable[[str], Awaitable[None]]) -> None:
    """A Schneider Charge Pro."""
    await charges("schneider_charge_pro")


async def test_evlink_pro_dc(charges: Callable[[str], Awaitable[None]]) -> None:
    """An EVlink Pro DC, with a vehicle at the first of its two connectors."""
    await charges("evlink_pro_dc")
