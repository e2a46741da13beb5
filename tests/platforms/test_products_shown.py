"""What a charger is, which connectors it has and what it measures, by product."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.model import Product
from custom_components.schneider_ev.products.schneider_charge_pro import (
    SCHNEIDER_CHARGE_PRO,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from tests.conftest import DOMAIN, IDENTITY, Act, Shown, each_product
from tests.fake_charger import FakeCharger
from tests.scenes import charge, send_values, unique_ids

type Fake = Callable[..., FakeCharger]

NOBODY = {"chargePointVendor": "Else", "chargePointModel": "Box"}
POWER = f"{IDENTITY}_1_power"


@pytest.fixture
def device(hass: HomeAssistant, entry: MockConfigEntry) -> Callable[[], dr.DeviceEntry]:
    """Look the charger's device up."""

    def find() -> dr.DeviceEntry:
        found = dr.async_get(hass).async_get_device_by_identifier(
            (DOMAIN, IDENTITY), entry.entry_id
        )
        assert found is not None
        return found

    return find


type Device = Callable[[], dr.DeviceEntry]


# What it is


@each_product
async def test_by_model_name(
    fake: Fake, device: Device, product: Product, subtests: pytest.Subtests
) -> None:
    """A charger is of the range that it calls itself, in whatever case."""
    async with fake() as charger:
        for name in (product.name, product.name.upper(), product.name.lower()):
            with subtests.test(name):
                await charger.boot(**NOBODY)
                assert (device().model, device().model_id) == ("Box", None)
                await charger.boot(chargePointModel=name)
                assert (device().model, device().model_id) == (product.name, None)
                assert device().manufacturer == "Schneider Electric"


@each_product
async def test_by_reference(
    fake: Fake, device: Device, product: Product, subtests: pytest.Subtests
) -> None:
    """Each commercial reference tells the product, and is shown as the type plate has it."""
    async with fake() as charger:
        for reference in product.references:
            name = reference.name
            spaced = f"{name[:5]} {name[5:]}"
            for spelling in (name, spaced, name.lower(), spaced.lower()):
                with subtests.test(spelling):
                    await charger.boot(**NOBODY)
                    assert device().model == "Box"
                    await charger.boot(chargePointModel=spelling)
                    assert (device().model, device().model_id) == (product.name, name)


@pytest.mark.parametrize(
    ("key", "product"),
    [
        ("PlugNumberingMode", EVLINK_PRO_AC),
        ("StationMeterType", SCHNEIDER_CHARGE_PRO),
        ("TriggerBackendConfigurationDataReset", SCHNEIDER_CHARGE_PRO),
        ("ChargeLimitedPower", EVLINK_PRO_DC),
        ("ConnectorALimitedPower", EVLINK_PRO_DC),
    ],
)
@pytest.mark.parametrize("spell", [str, str.lower])
async def test_by_its_keys(
    hass: HomeAssistant,
    fake: Fake,
    device: Device,
    shown: Shown,
    key: str,
    product: Product,
    spell: Callable[[str], str],
) -> None:
    """A charger that calls itself nothing known is told by a key that no other has."""
    async with fake() as charger:
        charger.configuration[spell(key)] = ("0", True)
        await charger.boot(**NOBODY, firmwareVersion="9.0")
        await charger.until_ready()
        await charger.status("Available")
        await hass.async_block_till_done()
        assert (device().model, device().model_id) == (product.name, "Box")
        assert device().manufacturer == "Else"
        options = shown.entity(f"{IDENTITY}_1_vendor_error").attributes["options"]
        assert {fault.key for fault in product.faults} < set(options)
        assert shown[f"{IDENTITY}_guide"].startswith(product.guides[0].document)


@each_product
async def test_by_its_keys_though_they_come_in_pages(
    hass: HomeAssistant,
    all_enabled: None,
    fake: Fake,
    device: Device,
    shown: Shown,
    product: Product,
) -> None:
    """None that tells is in the first page; in the end all are there, as the product's."""
    async with fake(product=product) as charger:
        charger.configuration["GetConfigurationMaxKeys"] = ("20", True)
        whole = charger.answers["GetConfiguration"]
        assert callable(whole)

        def in_pages(payload: dict[str, Any]) -> dict[str, Any]:
            answer = whole(payload)
            assert isinstance(answer, dict)
            return answer | {"configurationKey": answer["configurationKey"][:20]}

        charger.answers["GetConfiguration"] = in_pages
        assert not product.fingerprint & set(list(charger.configuration)[:20])
        await charger.boot(**NOBODY)
        await charger.until_ready()
        await hass.async_block_till_done()
        assert device().model == product.name
        for key in product.configuration:
            if key.risk is None and not key.removed:
                shown.entity(f"{IDENTITY}_{key.key}")
        known = product.configuration_key("disconnectedMeterValueSampleInterval")
        for key in filter(None, (product.configuration_key("ResetRetries"), known)):
            number = shown.entity(f"{IDENTITY}_{key.key}")
            lowest = 0 if key.may_be_zero else key.minimum
            assert number.attributes["min"] == lowest


@pytest.mark.parametrize("chargers", [{IDENTITY: {"product": "schneider_charge_pro"}}])
async def test_by_the_owner(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, device: Device
) -> None:
    """What the owner says counts more than what the charger says, and may be changed."""
    async with fake(product=EVLINK_PRO_AC) as charger:
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        assert device().model == "Schneider Charge Pro"
        assert device().model_id == "EVlink Pro AC"
        assert f"{IDENTITY}_phases_connection" in unique_ids(hass)
        assert f"{IDENTITY}_led_night_intensity" not in unique_ids(hass)
        (subentry,) = entry.subentries.values()
        for choice, model in (
            ("evlink_pro_dc", "EVlink Pro DC"),
            ("generic", "EVlink Pro AC"),
            ("auto", "EVlink Pro AC"),
        ):
            data = {"identity": IDENTITY, "product": choice}
            hass.config_entries.async_update_subentry(entry, subentry, data=data)
            await hass.async_block_till_done()
            assert device().model == model
        assert f"{IDENTITY}_led_night_intensity" in unique_ids(hass)


@pytest.mark.parametrize(
    ("vendor", "model"),
    [
        ("Schneider Electric", "EVH5A22N2S"),
        ("Schneider Electric", "MONOBLOCK"),
        ("Else", "Box"),
    ],
)
async def test_generic(
    hass: HomeAssistant,
    fake: Fake,
    device: Device,
    shown: Shown,
    vendor: str,
    model: str,
) -> None:
    """Any other charger is served by what OCPP says; its keys may be in lower case."""
    async with fake() as charger:
        charger.configuration = {
            name.lower(): item for name, item in charger.configuration.items()
        }
        charger.configuration["numberofconnectors"] = ("2", True)
        await charger.boot(
            chargePointVendor=vendor,
            chargePointModel=model,
            chargePointSerialNumber="EVB1A22P4RI3N1712406002002503A057",
        )
        await charger.until_ready()
        await charger.status("Available", 2)
        await hass.async_block_till_done()
        assert (device().manufacturer, device().model) == (vendor, model)
        assert device().model_id is None
        assert device().serial_number == "EVB1A22P4RI3N1712406002002503A057"
        assert shown[f"{IDENTITY}_2_status"] == "available"
        assert shown[f"{IDENTITY}_light_intensity"] == "80"
        assert f"{IDENTITY}_guide" not in unique_ids(hass)
        await shown.do(f"{IDENTITY}_light_intensity", "set_value", value=40)
        assert charger.calls("ChangeConfiguration")[-1] == {
            "key": "lightintensity",
            "value": "40",
        }


@pytest.mark.parametrize(
    ("model", "firmware", "guide"),
    [
        ("EVlink Pro AC", "1.0.0", "GEX1969200-00 (2022)"),
        ("EVlink Pro AC", "1.1.5", "GEX1969200-00 (2022)"),
        ("EVlink Pro AC", "1.1.6", "GEX1969200-11 (2026)"),
        ("EVB3S22N40M", "2.0.1", "GEX1969200-11 (2026)"),
        ("Schneider Charge Pro", "1.13.1", "BRU5587800-02 (2025)"),
        ("Schneider Charge Pro", "3.0.0", "BRU5587800-02 (2025)"),
        ("Schneider Charge Pro", "1.9.0", "unknown"),
        ("EVD1S180THB-AN", "2.5.99", "DOCA0311EN-01 (2024)"),
        ("EVD1S180THB-AN", "2.6.11", "DOCA0311EN_IEC-03 (2026)"),
        ("EVD2S320TBBC7-G", "3.5.8803", "DOCA0311EN_IEC-03 (2026)"),
    ],
)
async def test_the_guide(
    hass: HomeAssistant,
    fake: Fake,
    shown: Shown,
    model: str,
    firmware: str,
    guide: str,
) -> None:
    """The revision that describes the charger's firmware is named."""
    async with fake() as charger:
        await charger.boot(chargePointModel=model, firmwareVersion=firmware)
        await hass.async_block_till_done()
        assert shown[f"{IDENTITY}_guide"] == guide


async def test_it_changes(
    hass: HomeAssistant, fake: Fake, device: Device, shown: Shown
) -> None:
    """A later boot says otherwise: its firmware, or what it is at all."""
    guide = f"{IDENTITY}_guide"
    async with fake() as charger:
        await charger.boot(firmwareVersion="1.0.0")
        await hass.async_block_till_done()
        assert shown[guide] == "GEX1969200-00 (2022)"
        await charger.boot(firmwareVersion="2.0.1")
        assert shown[guide] == "GEX1969200-11 (2026)"
        assert device().sw_version == "2.0.1"
        await charger.boot(chargePointModel="EVD1S60TBB", firmwareVersion="3.5.8803")
        await charger.until_ready()
        await hass.async_block_till_done()
        assert shown[guide] == "DOCA0311EN_IEC-03 (2026)"
        assert (device().model, device().model_id) == ("EVlink Pro DC", "EVD1S60TBB")
        assert device().sw_version == "3.5.8803"
        await charger.status("Faulted", vendorErrorCode="0x10020C")
        assert shown[f"{IDENTITY}_1_vendor_error"] == "terminal_door"


async def test_it_is_known_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, device: Device
) -> None:
    """Before the charger dials in, be it known by its model or by its keys."""
    async with fake() as charger:
        charger.configuration["StationMeterType"] = ("1", True)
        await charger.boot(**NOBODY)
        await charger.until_ready()
        await hass.async_block_till_done()
        await hass.config_entries.async_reload(entry.entry_id)
        assert device().model == "Schneider Charge Pro"


@pytest.mark.parametrize("chargers", [{IDENTITY: {"product": "generic"}}])
async def test_its_entities_change_with_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    all_enabled: None,
    fake: Fake,
    shown: Shown,
) -> None:
    """What was shown as another product's is shown as this one's, and still works."""
    interval = f"{IDENTITY}_connection_time_out"
    mode = f"{IDENTITY}_authentication_mode"
    async with fake(product=EVLINK_PRO_DC) as charger:
        charger.configuration["AllowOfflineTxForUnknownId"] = ("False", False)
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        before = shown.entity(interval)
        assert before.attributes["max"] == 2**31 - 1
        (subentry,) = entry.subentries.values()

        async def choose(product: str) -> None:
            data = {"identity": IDENTITY, "product": product}
            hass.config_entries.async_update_subentry(entry, subentry, data=data)
            await hass.async_block_till_done()

        await choose("evlink_pro_ac")
        after = shown.entity(interval)
        assert after.entity_id == before.entity_id
        assert after.state == before.state
        assert (after.attributes["min"], after.attributes["max"]) == (10, 600)
        assert shown.entity(mode).attributes["options"] == ["badge", "free"]
        await choose("evlink_pro_dc")
        assert "terminal" in shown.entity(mode).attributes["options"]
        await shown.do(interval, "set_value", value=700)
        assert charger.calls("ChangeConfiguration")[-1] == {
            "key": "ConnectionTimeOut",
            "value": "700",
        }
        assert shown[interval] == "700"
        await charger.boot()
        await charger.until_ready()
        assert shown[interval] == "700"


@pytest.mark.parametrize("is_enabled", [True, False])
async def test_a_key_becomes_writable(
    hass: HomeAssistant,
    request: pytest.FixtureRequest,
    fake: Fake,
    shown: Shown,
    *,
    is_enabled: bool,
) -> None:
    """With a newer firmware: then it is a number and no sensor any more."""
    unique_id = f"{IDENTITY}_i_max_derating_sw_capacity"
    if is_enabled:
        request.getfixturevalue("all_enabled")
    async with fake(product=EVLINK_PRO_AC) as charger:
        for readonly, domain in ((True, "sensor"), (False, "number")):
            charger.configuration["iMaxDeratingSwCapacity"] = ("20", readonly)
            charger.received.clear()
            await charger.boot(firmwareVersion="1.4.0" if readonly else "1.6.1")
            await charger.until_ready()
            await hass.async_block_till_done()
            (entity,) = (
                entity
                for entity in er.async_get(hass).entities.values()
                if entity.unique_id == unique_id
            )
            assert entity.domain == domain
            if is_enabled:
                assert shown[unique_id] == "20"


# Two connectors


@pytest.mark.parametrize("product", [EVLINK_PRO_DC])
async def test_two_connectors(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready_product: FakeCharger,
    shown: Shown,
    device: Device,
    product: Product,
) -> None:
    """Each is a device of its own, with its own status, readings, limit and session."""
    devices = dr.async_get(hass)
    entities = er.async_get(hass)
    children = dr.async_entries_for_parent_device(devices, device().id)
    assert sorted(str(child.name) for child in children) == [
        "Connector 1",
        "Connector 2",
    ]
    for child in children:
        ((_, identifier),) = child.identifiers
        prefix = f"{identifier.replace('/', '_')}_"
        shows = er.async_entries_for_device(entities, child.id)
        assert len(shows) > 8
        assert all(each.unique_id.startswith(prefix) for each in shows)
    ids = unique_ids(hass)
    assert {
        each.replace("CP-1_1_", "CP-1_2_") for each in ids if "CP-1_1_" in each
    } == {each for each in ids if "CP-1_2_" in each}
    assert f"{IDENTITY}_1_charging_limit" in ids

    transaction_id = await charge(ready_product, 2)
    await ready_product.call(
        "MeterValues",
        {
            "connectorId": 2,
            "transactionId": transaction_id,
            "meterValue": [
                {
                    "timestamp": "2026-01-14T18:53:53Z",
                    "sampledValue": [
                        {"measurand": "SoC", "unit": "Percent", "value": "55"},
                        {
                            "measurand": "Power.Active.Import",
                            "unit": "W",
                            "value": "42000",
                        },
                    ],
                }
            ],
        },
    )
    await hass.async_block_till_done()
    assert shown["CP-1_1_status"] == "available"
    assert shown["CP-1_2_status"] == "charging"
    assert shown["CP-1_2_state_of_charge"] == "55.0"
    assert shown["CP-1_2_power"] == "42.0"
    assert not {"CP-1_1_power", "CP-1_1_state_of_charge"} & unique_ids(hass)
    assert shown["switch.CP-1_1_charging"] == "off"
    assert shown["switch.CP-1_2_charging"] == "on"

    await shown.do("CP-1_2_charging_limit", "set_value", value=20)
    (profile,) = ready_product.calls("SetChargingProfile")
    assert profile["connectorId"] == 2
    assert profile["csChargingProfiles"]["transactionId"] == transaction_id
    assert shown["CP-1_2_charging_limit"] == "20.0"
    assert shown["CP-1_1_charging_limit"] == "320.0"

    await shown.do("CP-1_2_available", "turn_off")
    assert ready_product.calls("ChangeAvailability") == [
        {"connectorId": 2, "type": "Inoperative"}
    ]
    await ready_product.status("Unavailable", 1)
    assert shown["CP-1_1_available"] == "off"
    assert shown["CP-1_2_available"] == "on"
    await shown.do("CP-1_2_stop_session", "press")
    assert ready_product.calls("RemoteStopTransaction") == [
        {"transactionId": transaction_id}
    ]


@pytest.mark.parametrize(
    "chargers", [{IDENTITY: {}}, {IDENTITY: {"manage_configuration": False}}]
)
async def test_two_connectors_that_nobody_counts(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """A charger of a product that has two has two, though it does not say so."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        del charger.configuration["NumberOfConnectors"]
        await charger.boot()
        await charger.until(lambda: "CP-1_1_status" in unique_ids(hass))
        await hass.async_block_till_done()
        assert shown["CP-1_2_status"] == "unknown"


def places(hass: HomeAssistant, prefix: str) -> dict[str, tuple[str, str | None]]:
    """Return the entity ids and devices of entities, by domain and unique id."""
    return {
        f"{entity.domain}.{entity.unique_id}": (entity.entity_id, entity.device_id)
        for entity in er.async_get(hass).entities.values()
        if entity.unique_id.startswith(prefix)
    }


async def test_a_second_connector_comes_and_goes(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    device: Device,
    shown: Shown,
) -> None:
    """An EVlink Pro AC whose domestic socket gets a number of its own, and loses it."""
    devices = dr.async_get(hass)

    def child(number: int) -> dr.ChildDeviceEntry | None:
        return devices.async_get_child_device_by_identifier(
            (DOMAIN, f"{IDENTITY}/{number}"), entry.entry_id
        )

    async with fake(product=EVLINK_PRO_AC) as charger:

        async def boot(count: int) -> None:
            charger.received.clear()
            charger.configuration["NumberOfConnectors"] = (str(count), True)
            charger.configuration["PlugNumberingMode"] = (str(count - 1), False)
            await charger.boot()
            await charger.until_ready()
            for number in range(1, count + 1):
                await charger.status("Available", number)
            await hass.async_block_till_done()

        await boot(1)
        before = places(hass, "CP-1_1_")
        assert len(before) > 8
        assert {place for _, place in before.values()} == {device().id}
        assert not places(hass, "CP-1_2_")

        for _ in range(2):
            await boot(2)
            first, second = child(1), child(2)
            assert first is not None
            assert second is not None
            during = places(hass, "CP-1_1_")
            assert {key: entity_id for key, (entity_id, _) in during.items()} == {
                key: entity_id for key, (entity_id, _) in before.items()
            }
            assert {place for _, place in during.values()} == {first.id}
            theirs = places(hass, "CP-1_2_")
            assert {place for _, place in theirs.values()} == {second.id}
            assert len(theirs) == len(before)
            assert shown["CP-1_2_status"] == "available"
            await charger.status("Charging", 1)
            assert shown["CP-1_1_status"] == "charging"
            await charger.status("Preparing", 2)
            assert shown["CP-1_2_status"] == "preparing"

            await boot(1)
            assert places(hass, "CP-1_1_") == before
            assert not places(hass, "CP-1_2_")
            assert child(1) is None
            assert child(2) is None
            assert shown["CP-1_1_status"] == "available"
            await charger.status("Charging")
            assert shown["CP-1_1_status"] == "charging"


async def test_a_domestic_socket_of_its_own(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, shown: Shown, act: Act
) -> None:
    """It appears when its number is chosen, and its device is named for it."""
    async with fake(product=EVLINK_PRO_AC) as charger:

        def change(payload: dict[str, str]) -> dict[str, str]:
            value = payload["value"]
            charger.configuration["PlugNumberingMode"] = (value, False)
            charger.configuration["NumberOfConnectors"] = (str(int(value) + 1), True)
            return {"status": "Accepted"}

        await charger.boot()
        await charger.until_ready()
        charger.answers["ChangeConfiguration"] = change
        await act("change_configuration", key="PlugNumberingMode", value="1")
        await hass.async_block_till_done()
        assert shown["CP-1_2_status"] == "unknown"
        devices = dr.async_get(hass)
        names = []
        for number in (1, 2):
            child = devices.async_get_child_device_by_identifier(
                (DOMAIN, f"{IDENTITY}/{number}"), entry.entry_id
            )
            assert child is not None
            names.append(child.name)
        assert names == ["Connector 1", "Domestic socket"]


@pytest.mark.parametrize(
    ("model", "has_button"), [("EVB3S22N40M", True), ("EVB3S22NCB", False)]
)
async def test_an_attached_cable_cannot_be_unlocked(
    hass: HomeAssistant, fake: Fake, model: str, *, has_button: bool
) -> None:
    """There is no button for it, where the reference tells."""
    async with fake(product=EVLINK_PRO_AC) as charger:
        await charger.boot(chargePointModel=model)
        await charger.until_ready()
        await hass.async_block_till_done()
        assert ("CP-1_1_unlock" in unique_ids(hass)) is has_button


async def test_a_connector_that_is_not_counted_stays(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """A charger that says it has one and speaks of two has two, also after a boot."""
    async with fake(product=EVLINK_PRO_AC) as charger:
        await charger.boot()
        await charger.status("Available", 2)
        await charger.until_ready()
        await hass.async_block_till_done()
        assert shown["CP-1_2_status"] == "available"
        await shown.do(f"{IDENTITY}_refresh", "press")
        await hass.async_block_till_done()
        assert shown["CP-1_2_status"] == "available"


async def test_a_connector_whose_session_runs_stays(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """Its session can still be stopped."""
    async with fake(product=EVLINK_PRO_AC) as charger:
        charger.configuration["NumberOfConnectors"] = ("2", True)
        await charger.boot()
        await charger.until_ready()
        transaction_id = await charge(charger, 2)
        charger.configuration["NumberOfConnectors"] = ("1", True)
        charger.received.clear()
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        await shown.do("CP-1_2_stop_session", "press")
        assert charger.calls("RemoteStopTransaction") == [
            {"transactionId": transaction_id}
        ]


# Derived readings


CURRENTS = [(f"Current.Import.L{phase}", "A", 10 + phase) for phase in (1, 2, 3)]
VOLTAGES = [(f"Voltage.L{phase}", "V", 230 + phase) for phase in (1, 2, 3)]
each_charge_pro = pytest.mark.parametrize("product", [SCHNEIDER_CHARGE_PRO])


async def send(
    charger: FakeCharger,
    transaction_id: int,
    *values: tuple[str, str, float],
    timestamp: str | None = None,
) -> None:
    """Send a MeterValues of measurands, units and values."""
    sampled = [
        {"measurand": measurand, "unit": unit, "value": str(value)}
        for measurand, unit, value in values
    ]
    await send_values(charger, transaction_id, sampled, timestamp)


@each_charge_pro
@pytest.mark.parametrize(
    ("values", "power"),
    [
        (CURRENTS, 230 * (11 + 12 + 13)),
        ([*CURRENTS, *VOLTAGES], 11 * 231 + 12 * 232 + 13 * 233),
        (CURRENTS[:1], 230 * 11),
        ([("Current.Import", "A", 16)], 3 * 16 * 230),
    ],
)
async def test_power_from_currents(
    hass: HomeAssistant,
    ready_product: FakeCharger,
    shown: Shown,
    product: Product,
    values: list[tuple[str, str, float]],
    power: float,
) -> None:
    """A charger that measures no power gets it from its currents and voltages."""
    transaction_id = await charge(ready_product)
    await send(ready_product, transaction_id, *values)
    await hass.async_block_till_done()
    assert float(shown[POWER]) == pytest.approx(power / 1000)
    await ready_product.status("Finishing")
    await ready_product.status("Available")
    assert float(shown[POWER]) == 0


@each_charge_pro
async def test_an_estimate_is_marked(
    hass: HomeAssistant, ready_product: FakeCharger, shown: Shown, product: Product
) -> None:
    """By an attribute; what the charger measures itself is not."""
    transaction_id = await charge(ready_product)
    await send(ready_product, transaction_id, *CURRENTS)
    await hass.async_block_till_done()
    assert shown.entity(POWER).attributes["estimated"] is True
    await send(
        ready_product, transaction_id, *CURRENTS, ("Power.Active.Import", "kW", 7.2)
    )
    assert shown[POWER] == "7.2"
    assert not shown.entity(POWER).attributes.get("estimated")


@each_charge_pro
async def test_power_from_the_register(
    hass: HomeAssistant, ready_product: FakeCharger, shown: Shown, product: Product
) -> None:
    """Where there are no currents either, it is what the register rises in a time."""
    transaction_id = await charge(ready_product)
    for minute in range(4):
        await send(
            ready_product,
            transaction_id,
            ("Energy.Active.Import.Register", "Wh", 5000 + 100 * minute),
            timestamp=f"2026-01-14T18:5{minute}:00Z",
        )
    await hass.async_block_till_done()
    assert float(shown[POWER]) == 6
    assert shown.entity(POWER).attributes["estimated"] is True


@pytest.mark.parametrize("product", [EVLINK_PRO_AC, EVLINK_PRO_DC])
async def test_no_power_is_made_up(
    hass: HomeAssistant, ready_product: FakeCharger, product: Product
) -> None:
    """A charger that can measure power has it measured, or shows none."""
    transaction_id = await charge(ready_product)
    await send(ready_product, transaction_id, *CURRENTS)
    await hass.async_block_till_done()
    assert f"{IDENTITY}_1_current_l1" in unique_ids(hass)
    assert POWER not in unique_ids(hass)


async def test_power_is_measured_where_it_can_be(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """A Schneider Charge Pro that knows power all the same is believed."""
    async with fake(product=SCHNEIDER_CHARGE_PRO) as charger:
        await charger.boot()
        await charger.until_ready()
        transaction_id = await charge(charger)
        await send(
            charger, transaction_id, *CURRENTS, ("Power.Active.Import", "kW", 7.2)
        )
        await hass.async_block_till_done()
        assert shown[POWER] == "7.2"
