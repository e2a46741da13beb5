"""What an owner finds on the page of a device: what matters, and nothing twice."""

from collections import Counter
from collections.abc import Callable

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.model import Product
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tests.conftest import IDENTITY, Shown, each_product
from tests.fake_charger import FakeCharger
from tests.scenes import charge, ours, send_values, tell_all
from tests.test_languages import LANGUAGES, translation

type Fake = Callable[..., FakeCharger]

MOST = 22
"""How many entities that matter fit on a page."""


def usual(product: Product) -> list[str]:
    """Return the measurands that a product is asked for and can send."""
    known = {measurand.name for measurand in product.measurands}
    return [name for name in product.sampled_data[0] if name.split(".L")[0] in known]


async def tell(charger: FakeCharger, product: Product) -> None:
    """Have a charger charge, and send the readings that it is asked for."""
    transaction_id = await charge(charger)
    await send_values(
        charger,
        transaction_id,
        [{"measurand": name, "value": "1"} for name in usual(product)],
    )


@each_product
async def test_some_twenty_entities(
    hass: HomeAssistant, ready_product: FakeCharger, product: Product
) -> None:
    """The rest of a device is configuration, diagnostics, or off."""
    await tell(ready_product, product)
    await hass.async_block_till_done()
    there = Counter(
        entity.device_id
        for entity in ours(hass)
        if entity.entity_category is None and entity.disabled_by is None
    )
    assert 14 < max(there.values()) <= MOST, there


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_no_name_twice(language: str) -> None:
    """What differs has different names, on whichever platform it is."""
    names: dict[str, set[str]] = {}
    for entities in translation(language)["entity"].values():
        for key, entity in entities.items():
            names.setdefault(entity["name"].casefold(), set()).add(key)
    assert not [keys for keys in names.values() if len(keys) > 1]


async def test_powers_are_in_kilowatts(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """For who has none yet; the sensor of an earlier version keeps its watts."""
    registry = er.async_get(hass)
    subentry = next(iter(entry.subentries.values()))
    registry.async_get_or_create(
        "sensor",
        "schneider_ev",
        f"{IDENTITY}_1_power",
        config_entry=entry,
        config_subentry_id=subentry.subentry_id,
        unit_of_measurement="W",
    )
    await tell_all(ready, ["Power.Active.Import", "Power.Offered"])
    await hass.async_block_till_done()
    for key, unit in (("power", "W"), ("power_offered", "kW")):
        attributes = shown.entity(f"{IDENTITY}_1_{key}").attributes
        assert attributes["unit_of_measurement"] == unit


async def test_nobody_knows_the_newest_firmware(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """So it is not said to be there, until one is being installed."""
    assert shown[f"{IDENTITY}_firmware"] == "unknown"
    attributes = shown.entity(f"{IDENTITY}_firmware").attributes
    assert attributes["installed_version"] == "1.6.1"


async def test_charging_is_no_battery(ready: FakeCharger, shown: Shown) -> None:
    """The charger's triggers are not led by those of batteries."""
    charging = shown.entity(f"binary_sensor.{IDENTITY}_1_charging")
    assert charging.attributes["device_class"] == "running"


async def test_plugs_are_named(hass: HomeAssistant, fake: Fake, shown: Shown) -> None:
    """On the device of each connector, where a charger says which they are."""
    product, plugs = EVLINK_PRO_DC, ["ccs2", "chademo"]
    async with fake(product=product) as charger:
        charger.configuration["NumberOfConnectors"] = ("2", True)
        for name, plug in zip(product.connector_type_keys, plugs, strict=False):
            charger.configuration[name] = (plug, True)
        await charger.boot(chargePointModel="EVD1S60THB")
        await charger.until_ready()
        await hass.async_block_till_done()
        shows = [shown[f"{IDENTITY}_{number}_plug_type"] for number in (1, 2)]
        assert shows == plugs


async def test_a_session_is_started_by_a_button(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """As the switch does, without a badge; with no vehicle, it says so."""
    await ready.status("Preparing")
    await shown.do(f"{IDENTITY}_1_start_session", "press")
    (started,) = ready.calls("RemoteStartTransaction")
    assert started["connectorId"] == 1
    assert started["idTag"]
    await shown.do(f"switch.{IDENTITY}_1_charging", "turn_on")
    assert ready.calls("RemoteStartTransaction") == [started, started]


async def test_expert_entities_are_off(hass: HomeAssistant, ready: FakeCharger) -> None:
    """What repeats the fault in OCPP's words can be switched on."""
    (error_class,) = (
        each for each in ours(hass) if each.translation_key == "error_code"
    )
    assert error_class.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    assert error_class.entity_category is EntityCategory.DIAGNOSTIC
