"""Charging limits by product: their unit, their maximum, and what cannot be limited."""

from collections.abc import Callable
from typing import Any

import pytest

from custom_components.schneider_ev.central_system.charging import limiter
from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.model import Product
from custom_components.schneider_ev.products.schneider_charge_pro import (
    SCHNEIDER_CHARGE_PRO,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from tests.conftest import IDENTITY, Act, Shown, each_product
from tests.fake_charger import FakeCharger
from tests.scenes import charge, limits

type Fake = Callable[..., FakeCharger]
type Keys = dict[str, str]

STATION_LIMIT = f"{IDENTITY}_station_limit"
PRODUCTS = {
    product.key: product
    for product in (EVLINK_PRO_AC, SCHNEIDER_CHARGE_PRO, EVLINK_PRO_DC)
}


def limit(connector: int = 1) -> str:
    """Return the unique id of a connector's limit."""
    return f"{IDENTITY}_{connector}_charging_limit"


def has(hass: HomeAssistant, unique_id: str) -> bool:
    """Tell whether there is an entity."""
    registry = er.async_get(hass)
    return any(entity.unique_id == unique_id for entity in registry.entities.values())


async def begin(charger: FakeCharger, model: str, keys: Keys) -> None:
    """Boot as a model and with the values of some keys; an empty one is not there."""
    for name, value in keys.items():
        if value:
            charger.configuration[name] = (value, True)
        else:
            del charger.configuration[name]
    await charger.boot(chargePointModel=model)
    await charger.until_ready()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write every limit at once."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 0.0)


def bounds(state: State) -> tuple[float, float, float, str, str]:
    """Return the bounds of a number, its step, unit and device class."""
    names = ("min", "max", "step", "unit_of_measurement", "device_class")
    minimum, maximum, step, unit, device_class = map(state.attributes.get, names)
    assert isinstance(minimum, float | int)
    assert isinstance(maximum, float | int)
    assert isinstance(step, float | int)
    return minimum, maximum, step, str(unit), str(device_class)


# Alternating current


@pytest.mark.parametrize(
    ("product", "model", "keys", "maximum"),
    [
        ("evlink_pro_ac", "EVlink Pro AC", {}, 32),
        ("evlink_pro_ac", "EVB3S07N40EM", {}, 32),
        ("evlink_pro_ac", "evb3s 07n4ea", {}, 32),
        ("evlink_pro_ac", "EVB3S11N4FB", {}, 16),
        ("evlink_pro_ac", "EVB3S22N40M", {"iMaxDeratingSwCapacity": "20"}, 20),
        ("evlink_pro_ac", "EVB3S11N4FB", {"iMaxDeratingSwCapacity": "10"}, 10),
        ("evlink_pro_ac", "EVlink Pro AC", {"iMaxDeratingSwCapacity": ""}, 32),
        ("schneider_charge_pro", "EVB4S22N40M", {"iMaxDeratingSwCapacity": ""}, 32),
        ("schneider_charge_pro", "EVB4S22NC0G", {"iMaxDeratingSwCapacity": "16"}, 16),
    ],
)
async def test_amperes(
    hass: HomeAssistant,
    fake: Fake,
    shown: Shown,
    product: str,
    model: str,
    keys: Keys,
    maximum: float,
) -> None:
    """Of product, type plate and hardware the least; nothing more goes to the charger."""
    async with fake(product=PRODUCTS[product]) as charger:
        await begin(charger, model, keys)
        transaction_id = await charge(charger)
        await hass.async_block_till_done()
        assert bounds(shown.entity(limit())) == (0, maximum, 1, "A", "current")
        assert float(shown[limit()]) == maximum
        with pytest.raises(ServiceValidationError):
            await shown.do(limit(), "set_value", value=maximum + 1)
        assert not charger.calls("SetChargingProfile")
        await shown.do(limit(), "set_value", value=7)
        (payload,) = charger.calls("SetChargingProfile")
        profile = payload["csChargingProfiles"]
        assert profile["transactionId"] == transaction_id
        assert profile["chargingProfilePurpose"] == "TxProfile"
        assert profile["chargingSchedule"] == {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 7}],
        }


async def test_the_hardware_is_set_lower(
    hass: HomeAssistant, all_enabled: None, fake: Fake, shown: Shown
) -> None:
    """Then so is the maximum, and a limit that is above it."""
    async with fake(product=EVLINK_PRO_AC) as charger:
        await begin(charger, "EVlink Pro AC", {})
        charger.configuration["iMaxDeratingSwCapacity"] = ("32", False)
        await shown.do(f"{IDENTITY}_refresh", "press")
        await hass.async_block_till_done()
        await shown.do(f"{IDENTITY}_i_max_derating_sw_capacity", "set_value", value=16)
        assert shown.entity(limit()).attributes["max"] == 16
        assert shown[limit()] == "16.0"
        assert shown.entity(STATION_LIMIT).attributes["max"] == 16


@each_product
async def test_the_station_limit(
    hass: HomeAssistant, ready_product: FakeCharger, product: Product
) -> None:
    """Only an EVlink Pro AC can be limited as a whole."""
    assert has(hass, STATION_LIMIT) == (product is EVLINK_PRO_AC)


@each_product
async def test_purposes(
    ready_product: FakeCharger, shown: Shown, product: Product
) -> None:
    """A limit is a TxDefaultProfile, and a TxProfile in a session, on every product."""
    in_wire = 10_000 if product is EVLINK_PRO_DC else 10
    await shown.do(limit(), "set_value", value=10)
    await charge(ready_product)
    await ready_product.until_called("SetChargingProfile", 2)
    assert limits(ready_product) == [
        ("TxDefaultProfile", in_wire),
        ("TxProfile", in_wire),
    ]
    for payload in ready_product.calls("SetChargingProfile"):
        schedule = payload["csChargingProfiles"]["chargingSchedule"]
        assert "minChargingRate" not in schedule
        assert "numberPhases" not in schedule["chargingSchedulePeriod"][0]


@pytest.mark.parametrize("product", [EVLINK_PRO_AC, SCHNEIDER_CHARGE_PRO])
async def test_off_is_a_limit_of_nothing(
    ready_product: FakeCharger, shown: Shown, product: Product
) -> None:
    """The transaction goes on where current can be stopped without ending it."""
    await charge(ready_product)
    await shown.do("switch.CP-1_1_charging", "turn_off")
    assert limits(ready_product) == [("TxProfile", 0)]
    assert shown["switch.CP-1_1_charging"] == "off"
    await shown.do("switch.CP-1_1_charging", "turn_on")
    assert limits(ready_product)[1:] == [("TxProfile", 32)]
    assert not ready_product.calls("RemoteStopTransaction")
    assert not ready_product.calls("RemoteStartTransaction")


# Direct current


@pytest.mark.parametrize(
    ("model", "keys", "first", "second"),
    [
        ("EVlink Pro DC", {}, 320, 320),
        ("EVD1S60TBB", {}, 60, 60),
        ("evd2s 320tbbc7-g", {}, 320, 320),
        ("EVD1S120TBB", {"ChargeLimitedPower": "100"}, 100, 100),
        ("EVD1S120TBB", {"ConnectorALimitedPower": "40"}, 40, 120),
        ("EVD1S120TBB", {"ConnectorBLimitedPower": "40"}, 120, 40),
        (
            "EVD1S120TBB",
            {
                "ChargeLimitedPower": "80",
                "ConnectorALimitedPower": "90",
                "ConnectorBLimitedPower": "30",
            },
            80,
            30,
        ),
        (
            "EVD1S60TBB",
            {"ConnectorALimitedPower": "", "ChargeLimitedPower": ""},
            60,
            60,
        ),
    ],
)
async def test_kilowatts(
    hass: HomeAssistant,
    fake: Fake,
    shown: Shown,
    model: str,
    keys: Keys,
    first: float,
    second: float,
) -> None:
    """Of type plate, station and connector the least."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        await begin(charger, model, keys)
        await hass.async_block_till_done()
        for number, maximum in ((1, first), (2, second)):
            state = shown.entity(limit(number))
            assert bounds(state) == (0, maximum, 0.1, "kW", "power")
            assert float(state.state) == maximum
            with pytest.raises(ServiceValidationError):
                await shown.do(limit(number), "set_value", value=maximum + 0.1)
        assert not charger.calls("SetChargingProfile")


@pytest.mark.parametrize("product", [EVLINK_PRO_DC])
@pytest.mark.parametrize(
    ("asked", "sent"),
    [(20.5, 20_500), (7.3, 7_300), (1, 1_000), (0.9, 1_000), (0.1, 1_000), (0, 0)],
)
async def test_watts_go_over_the_wire(
    ready_product: FakeCharger,
    shown: Shown,
    product: Product,
    asked: float,
    sent: float,
) -> None:
    """Less than 1 kW is nothing: the charger takes 0 or at least 1 kW."""
    transaction_id = await charge(ready_product, 2)
    await shown.do(limit(2), "set_value", value=asked)
    assert ready_product.calls("SetChargingProfile") == [
        {
            "connectorId": 2,
            "csChargingProfiles": {
                "chargingProfileId": 22,
                "transactionId": transaction_id,
                "stackLevel": 1,
                "chargingProfilePurpose": "TxProfile",
                "chargingProfileKind": "Relative",
                "chargingSchedule": {
                    "chargingRateUnit": "W",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": sent}],
                },
            },
        }
    ]
    assert float(shown[limit(2)]) == sent / 1000
    assert float(shown[limit(1)]) == 320


@pytest.mark.parametrize(
    ("model", "keys", "limited"),
    [
        ("EVD1S60TBB", {}, {1, 2}),
        ("EVlink Pro DC", {"ConnectorBType": "CHAdeMO"}, {1}),
        ("EVlink Pro DC", {"ConnectorAType": "CHAdeMO"}, {2}),
        ("EVlink Pro DC", {"ConnectorAType": "CCS2", "ConnectorBType": "CCS2"}, {1, 2}),
        ("EVD1S60THB", {"ConnectorAType": "", "ConnectorBType": ""}, {1}),
        ("EVD1S60THB", {"ConnectorAType": "CHAdeMO", "ConnectorBType": "CCS"}, {2}),
    ],
)
async def test_chademo_is_not_limited(
    hass: HomeAssistant,
    fake: Fake,
    shown: Shown,
    model: str,
    keys: Keys,
    limited: set[int],
) -> None:
    """It follows no limit, so it has none; it is switched off all the same."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        await begin(charger, model, keys)
        await hass.async_block_till_done()
        assert {number for number in (1, 2) if has(hass, limit(number))} == limited
        for number in (1, 2):
            transaction_id = await charge(charger, number)
            await shown.do(f"switch.CP-1_{number}_charging", "turn_off")
            assert charger.calls("RemoteStopTransaction")[-1] == {
                "transactionId": transaction_id
            }
        assert not charger.calls("SetChargingProfile")


async def test_no_profile_for_chademo(fake: Fake, act: Act) -> None:
    """A schedule of the owner's is not sent either, nor with a start."""
    profile: dict[str, Any] = {
        "charging_profile_id": 5,
        "stack_level": 0,
        "charging_profile_kind": "Relative",
        "charging_schedule": {
            "charging_rate_unit": "W",
            "charging_schedule_period": [{"start_period": 0, "limit": 10_000}],
        },
    }
    tx_profile = profile | {"charging_profile_purpose": "TxProfile"}
    default = profile | {"charging_profile_purpose": "TxDefaultProfile"}
    async with fake(product=EVLINK_PRO_DC) as charger:
        await begin(charger, "EVlink Pro DC", {"ConnectorBType": "CHAdeMO"})
        for number in (1, 2):
            await charge(charger, number)
        charger.received.clear()
        for action, data in (
            ("set_charging_profile", {"cs_charging_profiles": tx_profile}),
            ("set_charging_profile", {"cs_charging_profiles": default}),
            (
                "remote_start_transaction",
                {"id_tag": "ADA", "charging_profile": tx_profile},
            ),
        ):
            with pytest.raises(ServiceValidationError) as raised:
                await act(action, connector_id=2, **data)
            assert raised.value.translation_key == "not_limitable"
            assert not charger.received
            await act(action, connector_id=1, **data)
            charger.received.clear()


@pytest.mark.parametrize("product", [EVLINK_PRO_DC])
async def test_off_ends_the_session(
    ready_product: FakeCharger, shown: Shown, product: Product
) -> None:
    """A limit would leave a current; on begins another session."""
    switch = "switch.CP-1_1_charging"
    transaction_id = await charge(ready_product)
    assert shown[switch] == "on"
    await shown.do(switch, "turn_off")
    assert ready_product.calls("RemoteStopTransaction") == [
        {"transactionId": transaction_id}
    ]
    assert not ready_product.calls("SetChargingProfile")
    await ready_product.call(
        "StopTransaction",
        {
            "transactionId": transaction_id,
            "meterStop": 2000,
            "timestamp": "2026-01-14T19:50:00Z",
        },
    )
    await ready_product.status("Preparing")
    assert shown[switch] == "off"
    await shown.do(switch, "turn_on")
    (payload,) = ready_product.calls("RemoteStartTransaction")
    assert payload["connectorId"] == 1


@pytest.mark.parametrize("product", [EVLINK_PRO_DC])
async def test_no_limit_is_no_pause(
    ready_product: FakeCharger, shown: Shown, product: Product
) -> None:
    """With a limit of 0 a current still flows, so charging is not shown as off."""
    await charge(ready_product)
    await shown.do(limit(), "set_value", value=0)
    assert shown["switch.CP-1_1_charging"] == "on"


# What the charger refuses


@each_product
async def test_a_refused_limit(
    ready_product: FakeCharger, shown: Shown, product: Product
) -> None:
    """All forms are tried that its guide allows, then the owner is told."""
    assert product.smart_charging is not None
    before = shown[limit()]
    await charge(ready_product)
    answers: list[dict[str, Any]] = []

    def refuse(payload: dict[str, Any]) -> dict[str, Any]:
        answers.append(payload["csChargingProfiles"])
        return {"status": "Rejected"}

    ready_product.answers["SetChargingProfile"] = refuse
    with pytest.raises(HomeAssistantError) as raised:
        await shown.do(limit(), "set_value", value=10)
    assert raised.value.translation_key == "limit_refused"
    highest = product.smart_charging.stack_levels
    assert [
        (profile["chargingProfilePurpose"], profile["stackLevel"])
        for profile in answers
    ] == [
        *[("TxProfile", level) for level in (1, highest, highest, highest)],
        *[("TxDefaultProfile", level) for level in (0, highest, highest, highest)],
    ]
    units = {profile["chargingSchedule"]["chargingRateUnit"] for profile in answers}
    assert units == {product.smart_charging.unit}
    assert shown[limit()] == before
    # and the best one alone, until the charger connects or boots anew
    answers.clear()
    with pytest.raises(HomeAssistantError):
        await shown.do(limit(), "set_value", value=10)
    assert [profile["stackLevel"] for profile in answers] == [1]
