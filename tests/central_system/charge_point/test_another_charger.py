"""Another charger under an identity, another product, other settings: nothing of before lies."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from websockets.exceptions import InvalidStatus

from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.model import Product
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from tests.conftest import Shown
from tests.fake_charger import FakeCharger
from tests.scenes import (
    LIMIT,
    charge,
    get_ready,
    limits,
    measure,
    remove_charger,
    sample,
    sessions,
    stop,
)

type Fake = Callable[..., FakeCharger]

OTHER: dict[str, Any] = {"chargePointSerialNumber": "OTHER"}


def change(hass: HomeAssistant, entry: MockConfigEntry, **data: Any) -> None:
    """Change what the owner says of the charger."""
    subentry = next(iter(entry.subentries.values()))
    hass.config_entries.async_update_subentry(
        entry, subentry, data={**subentry.data, **data}
    )


async def test_a_limit_in_another_unit(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """Amperes do not become watts; they come back with their unit."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=16)
    change(hass, entry, product="evlink_pro_dc")
    await hass.async_block_till_done()
    assert float(shown[LIMIT]) == shown.entity(LIMIT).attributes["max"]
    change(hass, entry, product="evlink_pro_ac")
    await hass.async_block_till_done()
    assert shown[LIMIT] == "16.0"
    await ready.until(lambda: limits(ready)[1:][-1:] == [("TxProfile", 16)])


async def test_a_lower_maximum(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """It is put to the charger at once."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=16)
    change(hass, entry, maximum_current=10)
    await ready.until(lambda: limits(ready)[-1][1] == 10)
    await hass.async_block_till_done()
    assert shown[LIMIT] == "10.0"


async def take_over(hass: HomeAssistant, charger: FakeCharger) -> None:
    """Boot as another charger, and have the owner confirm it."""
    assert (await charger.boot(**OTHER))["status"] == "Pending"
    (entry,) = hass.config_entries.async_entries("schneider_ev")
    entry.runtime_data.central_system.accept_another("CP-1", "OTHER")
    await get_ready(charger, **OTHER)
    await hass.async_block_till_done()


async def test_another_meter(hass: HomeAssistant, fake: Fake, shown: Shown) -> None:
    """Its register is shown from the first session on, though it is the smaller one."""
    async with fake() as charger:
        await get_ready(charger)
        await hass.async_block_till_done()
        await stop(charger, await charge(charger, meter_start=4_000_000), 5_000_000)
    async with fake() as charger:
        await take_over(hass, charger)
        transaction_id = await charge(charger, meter_start=0)
        await sample(charger, transaction_id, 1000)
        await hass.async_block_till_done()
        assert shown["CP-1_1_energy"] == "1.0"
        await sample(charger, transaction_id, 900)
        await hass.async_block_till_done()
        assert shown["CP-1_1_energy"] == "1.0"
        await stop(charger, transaction_id, 2000)
        await hass.async_block_till_done()
        assert shown["CP-1_1_energy"] == "2.0"


async def test_readings_of_another_charger(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """What only the one before it measured is unknown."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        await get_ready(charger)
        await hass.async_block_till_done()
        transaction_id = await charge(charger)
        await measure(charger, transaction_id, SoC=80, Voltage=400)
        await stop(charger, transaction_id, 2000)
        await hass.async_block_till_done()
        assert shown["CP-1_1_state_of_charge"] == "80.0"
    async with fake(product=EVLINK_PRO_AC) as charger:
        await take_over(hass, charger)
        assert shown["CP-1_1_state_of_charge"] == "unknown"


async def test_power_of_before(
    hass: HomeAssistant, fake: Fake, shown: Shown, offline_soon: None
) -> None:
    """A charger that was away, or restarts, has yet to tell what flows."""
    async with fake() as charger:
        await get_ready(charger)
        await hass.async_block_till_done()
        transaction_id = await charge(charger)
        await measure(charger, transaction_id, Power_Active_Import=7000)
        await hass.async_block_till_done()
        assert shown["CP-1_1_power"] == "7.0"
        await charger.boot()
        await hass.async_block_till_done()
        assert shown["CP-1_1_power"] == "unknown"
        await measure(charger, transaction_id, Power_Active_Import=7000)
    await asyncio.sleep(0.1)
    assert shown["CP-1_1_power"] == "unavailable"
    async with fake() as charger:
        await charger.status("Charging")
        await hass.async_block_till_done()
        assert shown["CP-1_1_power"] == "unknown"


@pytest.mark.parametrize("chargers", [{"CP-1": {}, "CP-2": {}}])
async def test_removed_while_it_charges(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """The session is over, as far as anybody will know, and its badge is free."""
    async with fake() as charger, fake("CP-2") as other:
        await charger.boot()
        await other.boot()
        await charge(charger)
        remove_charger(hass, entry)
        await charger.wait_closed()
        await hass.async_block_till_done()
        (session,) = await sessions(hass)
        assert session["stop"] is not None
        start = {
            "connectorId": 1,
            "idTag": session["id_tag"],
            "meterStart": 0,
            "timestamp": "2026-01-14T19:50:00Z",
        }
        answer = await other.call("StartTransaction", start)
        assert answer["idTagInfo"]["status"] == "Accepted"


@pytest.mark.parametrize("chargers", [{"CP-1": {}, "CP-2": {}}])
async def test_removed_while_it_does_not_hang_up(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """The session is over before the socket is closed, which may take seconds."""
    async with fake() as charger, fake("CP-2") as other:
        await charger.boot()
        await other.boot()
        await charge(charger)
        charger.websocket.transport.pause_reading()
        remove_charger(hass, entry)
        await asyncio.sleep(0)
        (session,) = await sessions(hass)
        assert session["stop"] is not None
        assert charger.websocket.close_code is None
        start = {"connectorId": 1, "idTag": session["id_tag"], "meterStart": 0}
        answer = await other.call(
            "StartTransaction", start | {"timestamp": "2026-01-14T19:50:00Z"}
        )
        assert answer["idTagInfo"]["status"] == "Accepted"
        charger.drop()


@pytest.mark.parametrize("chargers", [{"CP-1": {"password": "0123456789abcdef"}}])
async def test_a_wrong_password(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """It is of no concern while the charger is connected, nor once there is none."""

    def wrong() -> bool:
        issues = ir.async_get(hass).issues.values()
        return any(issue.translation_key == "wrong_password" for issue in issues)

    with pytest.raises(InvalidStatus):
        await fake(headers={"Authorization": "Basic bm8="}).__aenter__()
    await hass.async_block_till_done()
    assert wrong()
    change(hass, entry, password="")
    await hass.async_block_till_done()
    assert not wrong()
    async with fake():
        change(hass, entry, password="0123456789abcdef")
        await hass.async_block_till_done()
        with pytest.raises(InvalidStatus):
            await fake(headers={"Authorization": "Basic bm8="}).__aenter__()
        await hass.async_block_till_done()
        assert not wrong()


async def test_another_product_for_a_while(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """What only the first product has goes, and comes back as its owner named it."""
    registry = er.async_get(hass)

    async def boot(product: Product) -> set[str]:
        async with fake(product=product) as charger:
            await charger.boot()
            await charger.until_ready()
            await hass.async_block_till_done()
        return {each.unique_id for each in registry.entities.values()}

    of_ac = await boot(EVLINK_PRO_AC)
    only = sorted(of_ac - await boot(EVLINK_PRO_DC))
    assert await boot(EVLINK_PRO_AC) >= of_ac
    assert only
    entity_id = shown.entity_id(only[0])
    registry.async_update_entity(entity_id, name="My own name")
    assert only[0] not in await boot(EVLINK_PRO_DC)
    await boot(EVLINK_PRO_AC)
    entry = registry.async_get(entity_id)
    assert entry is not None
    assert (entry.unique_id, entry.name) == (only[0], "My own name")
