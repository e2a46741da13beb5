"""A limit goes out in the form that the charger takes: found once, and remembered."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.central_system.charging import limiter
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tests.conftest import IDENTITY, Act, Shown
from tests.fake_charger import FakeCharger, Payload
from tests.scenes import LIMIT, charge, get_ready, issues, limits, measure, stop

type Fake = Callable[..., FakeCharger]
type Takes = Callable[[dict[str, Any]], bool]

UNITS = "ChargingScheduleAllowedChargingRateUnit"
STATION = f"{IDENTITY}_station_limit"


@pytest.fixture(autouse=True)
def _no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no write wait for the one before."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 0.0)


@pytest.fixture
async def generic(
    hass: HomeAssistant, fake: Fake, keys: dict[str, str]
) -> AsyncIterator[FakeCharger]:
    """A charger of another maker that has some keys beside."""
    async with fake() as charger:
        charger.configuration |= {name: (value, True) for name, value in keys.items()}
        await be_generic(charger)
        await hass.async_block_till_done()
        yield charger


@pytest.fixture
def keys() -> dict[str, str]:
    """The keys that the charger has beside."""
    return {}


async def be_generic(charger: FakeCharger) -> None:
    """Boot as a charger of another maker."""
    charger.configuration.pop("iMaxDeratingSwCapacity", None)
    await get_ready(charger, chargePointVendor="Acme", chargePointModel="Box")


def take(charger: FakeCharger, takes: Takes) -> None:
    """Have a charger take only some profiles."""

    def answer(payload: Payload) -> Payload:
        is_taken = takes(payload["csChargingProfiles"])
        return {"status": "Accepted" if is_taken else "Rejected"}

    charger.answers["SetChargingProfile"] = answer


def put(charger: FakeCharger) -> list[tuple[str, str, float]]:
    """Return purpose, unit and limit of each profile that a charger got."""
    profiles = [
        call["csChargingProfiles"] for call in charger.calls("SetChargingProfile")
    ]
    schedules = [profile["chargingSchedule"] for profile in profiles]
    return [
        (
            profile["chargingProfilePurpose"],
            schedule["chargingRateUnit"],
            schedule["chargingSchedulePeriod"][0]["limit"],
        )
        for profile, schedule in zip(profiles, schedules, strict=True)
    ]


# The purpose


async def test_default_profiles_alone(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, shown: Shown
) -> None:
    """Are what a charger gets also during a charge; one call each, once that is known."""
    async with fake() as charger:
        await get_ready(charger)
        take(charger, lambda one: one["chargingProfilePurpose"] == "TxDefaultProfile")
        transaction_id = await charge(charger)
        await shown.do(LIMIT, "set_value", value=10)
        assert limits(charger)[-1] == ("TxDefaultProfile", 10)
        assert "transactionId" not in charger.calls("SetChargingProfile")[-1]
        assert not issues(hass)
        charger.received.clear()
        await shown.do(LIMIT, "set_value", value=12)
        await shown.do(f"switch.{IDENTITY}_1_charging", "turn_off")
        await shown.do(f"switch.{IDENTITY}_1_charging", "turn_on")
        await stop(charger, transaction_id, 2000)
        await charge(charger, meter_start=2000)
        await hass.async_block_till_done()
        # what holds for those to come needs not be put for each
        assert [limit for _, limit in limits(charger)] == [12, 0, 12]
        assert {purpose for purpose, _ in limits(charger)} == {"TxDefaultProfile"}
    # and it is known after a restart of Home Assistant
    await hass.config_entries.async_reload(entry.entry_id)
    async with fake() as charger:
        await charger.boot()
        await charger.status("Charging")
        await charger.until_ready()
        charger.received.clear()
        await shown.do(LIMIT, "set_value", value=14)
        assert limits(charger) == [("TxDefaultProfile", 14)]


async def test_profiles_of_transactions_alone(
    generic: FakeCharger, shown: Shown
) -> None:
    """Such a charger gets its limit when one begins."""
    take(generic, lambda one: one["chargingProfilePurpose"] == "TxProfile")
    with pytest.raises(HomeAssistantError):
        await shown.do(LIMIT, "set_value", value=10)
    transaction_id = await charge(generic)
    await shown.do(LIMIT, "set_value", value=10)
    await stop(generic, transaction_id, 2000)
    await shown.do(LIMIT, "set_value", value=12)
    assert shown[LIMIT] == "12.0"
    await charge(generic, meter_start=2000)
    await generic.until(lambda: limits(generic)[-1] == ("TxProfile", 12))


@pytest.mark.parametrize("kind", ["Relative", "Absolute", "Recurring"])
async def test_kinds(generic: FakeCharger, shown: Shown, kind: str) -> None:
    """One that is tied to a time has one, and one that recurs says how often."""

    def takes(one: dict[str, Any]) -> bool:
        has_start = "startSchedule" in one["chargingSchedule"]
        recurs = "recurrencyKind" in one
        return (
            one["chargingProfileKind"] == kind
            and has_start is (kind != "Relative")
            and recurs is (kind == "Recurring")
        )

    take(generic, takes)
    await charge(generic)
    await shown.do(LIMIT, "set_value", value=10)
    generic.received.clear()
    await shown.do(LIMIT, "set_value", value=12)
    assert limits(generic) == [("TxProfile", 12)]


async def test_a_charger_that_changes_its_mind(
    generic: FakeCharger, shown: Shown
) -> None:
    """Another form is found when the one that was taken is refused.

    That may be for once, as where a transaction has just ended, but not with another
    firmware.
    """
    await charge(generic)
    await shown.do(LIMIT, "set_value", value=10)
    take(generic, lambda one: one["chargingProfilePurpose"] == "TxDefaultProfile")
    await shown.do(LIMIT, "set_value", value=12)
    assert limits(generic)[-1] == ("TxDefaultProfile", 12)
    take(generic, lambda _: True)
    await shown.do(LIMIT, "set_value", value=14)
    assert limits(generic)[-1] == ("TxProfile", 14)
    take(generic, lambda one: one["chargingProfilePurpose"] == "TxDefaultProfile")
    await generic.boot(firmwareVersion="9")
    await generic.until_ready()
    generic.received.clear()
    await shown.do(LIMIT, "set_value", value=16)
    assert limits(generic) == [("TxDefaultProfile", 16)]


async def test_all_forms_are_tried_once(generic: FakeCharger, shown: Shown) -> None:
    """Then the best alone, until the charger boots, connects or is to try again."""
    take(generic, lambda _: False)
    await charge(generic)

    async def tries() -> int:
        before = len(limits(generic))
        with pytest.raises(HomeAssistantError):
            await shown.do(LIMIT, "set_value", value=10)
        return len(limits(generic)) - before

    assert await tries() > 1
    assert await tries() == 1
    before = len(limits(generic))
    await generic.boot()
    await generic.until_ready()
    assert len(limits(generic)) > before + 1


# The unit


@pytest.mark.parametrize(
    ("keys", "unit", "limit"),
    [
        ({}, "A", 10),
        ({UNITS: "Current"}, "A", 10),
        ({UNITS: "Current,Power"}, "A", 10),
        ({UNITS: "Power, Current"}, "A", 10),
        ({UNITS: "A"}, "A", 10),
        ({UNITS: "?"}, "A", 10),
        ({UNITS: "Power"}, "W", 6900),
        ({UNITS: "power"}, "W", 6900),
        ({UNITS: "W"}, "W", 6900),
    ],
)
async def test_the_unit_that_the_charger_names(
    generic: FakeCharger, shown: Shown, unit: str, limit: float
) -> None:
    """Is the one in which it gets its limits, of the station as well: in one call."""
    await charge(generic)
    await shown.do(LIMIT, "set_value", value=10)
    assert put(generic) == [("TxProfile", unit, limit)]
    assert shown[LIMIT] == "10.0"
    assert shown.entity(LIMIT).attributes["unit_of_measurement"] == "A"
    await shown.do(STATION, "set_value", value=10)
    assert put(generic)[1:] == [("ChargePointMaxProfile", unit, limit)]


async def test_the_unit_that_the_charger_takes(
    generic: FakeCharger, shown: Shown
) -> None:
    """Is found where the charger names none."""
    take(generic, lambda one: one["chargingSchedule"]["chargingRateUnit"] == "W")
    await charge(generic)
    await shown.do(LIMIT, "set_value", value=10)
    generic.received.clear()
    await shown.do(LIMIT, "set_value", value=16)
    assert put(generic) == [("TxProfile", "W", 11_040)]


@pytest.mark.parametrize("keys", [{UNITS: "Power"}])
async def test_watts_of_one_phase(
    hass: HomeAssistant, generic: FakeCharger, shown: Shown
) -> None:
    """Are put again when it is seen over how many phases the vehicle charges."""
    transaction_id = await charge(generic)
    await shown.do(LIMIT, "set_value", value=10)
    one_phase = {
        "Current_Import__L1": 16,
        "Current_Import__L2": 0,
        "Current_Import__L3": 0,
    }
    await measure(generic, transaction_id, **one_phase)
    await generic.until_called("SetChargingProfile", 2)
    await measure(generic, transaction_id, **one_phase | {"Current_Import__L1": 10})
    await hass.async_block_till_done()
    assert put(generic) == [("TxProfile", "W", 6900), ("TxProfile", "W", 2300)]


@pytest.mark.parametrize("keys", [{UNITS: "Power"}])
async def test_an_offer_in_watts(generic: FakeCharger, shown: Shown) -> None:
    """Tells what limits as one in amperes does."""
    limited_by = f"{IDENTITY}_1_limited_by"
    transaction_id = await charge(generic)
    currents = {f"Current_Import__L{phase}": 15.9 for phase in (1, 2, 3)}
    await measure(generic, transaction_id, Power_Offered=11_040, **currents)
    assert shown[limited_by] == "charger"
    await shown.do(LIMIT, "set_value", value=16)
    assert shown[limited_by] == "user"


# The maximum


@pytest.mark.parametrize("chargers", [{IDENTITY: {"maximum_current": 40}}])
async def test_more_than_is_usual(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """The owner knows the charger; a product with a guide can do what its guide says."""
    async with fake() as charger:
        await be_generic(charger)
        await hass.async_block_till_done()
        await shown.do(LIMIT, "set_value", value=40)
        assert put(charger) == [("TxDefaultProfile", "A", 40)]
        await shown.do(STATION, "set_value", value=38)
        await charger.boot(chargePointModel="EVlink Pro AC")
        await hass.async_block_till_done()
        assert shown.entity(LIMIT).attributes["max"] == 32


# A whole schedule of the owner's


@pytest.mark.parametrize(
    ("model", "attribute", "is_taken"),
    [
        ("Box", "number_phases", True),
        ("Box", "min_charging_rate", True),
        ("EVB4S22N40M", "number_phases", False),
        ("EVB4S22N40M", "min_charging_rate", True),
        ("EVlink Pro AC", "number_phases", False),
        ("EVlink Pro AC", "min_charging_rate", False),
    ],
)
async def test_attributes_that_a_product_takes(
    fake: Fake, act: Act, model: str, attribute: str, is_taken: bool
) -> None:
    """As its guide says; nothing is refused of a charger without one."""
    period = {"start_period": 0, "limit": 10}
    schedule: dict[str, Any] = {"charging_rate_unit": "A"}
    (period if attribute == "number_phases" else schedule)[attribute] = 3
    profile = {
        "charging_profile_id": 5,
        "stack_level": 0,
        "charging_profile_purpose": "TxDefaultProfile",
        "charging_profile_kind": "Relative",
        "charging_schedule": schedule | {"charging_schedule_period": [period]},
    }
    async with fake() as charger:
        if model == "Box":
            charger.configuration.pop("iMaxDeratingSwCapacity")
        await get_ready(charger, chargePointModel=model)
        call = act("set_charging_profile", cs_charging_profiles=profile)
        if is_taken:
            await call
        else:
            with pytest.raises(HomeAssistantError) as raised:
                await call
            assert raised.value.translation_key == "profile_attribute"
        assert len(charger.calls("SetChargingProfile")) == is_taken
