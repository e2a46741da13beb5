"""What is asked, what is in force, and what holds a connector back."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.central_system import ConnectorValue, Problem
from custom_components.schneider_ev.central_system.charge_point import (
    composite_schedule,
)
from custom_components.schneider_ev.central_system.charge_point.charger import Charger
from custom_components.schneider_ev.central_system.charging import (
    Ceiling,
    CeilingSource,
    LimitReason,
    limiter,
)
from custom_components.schneider_ev.central_system.transport import connection
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.model import Product
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from tests.conftest import DOMAIN, IDENTITY, Act, Shown
from tests.fake_charger import FakeCharger, Payload
from tests.scenes import (
    LIMIT,
    LIMITED_BY,
    charge,
    issues,
    limits,
    measure,
    shine,
    stop,
    until,
)
from tests.simulator import Simulator

PROFILE: dict[str, Any] = {
    "charging_profile_id": 5,
    "stack_level": 0,
    "charging_profile_purpose": "TxDefaultProfile",
    "charging_profile_kind": "Relative",
    "charging_schedule": {
        "charging_rate_unit": "A",
        "charging_schedule_period": [{"start_period": 0, "limit": 10}],
    },
}


@pytest.fixture(autouse=True)
def short_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing for long."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 0.05)
    monkeypatch.setattr(composite_schedule, "SETTLING_TIME", 0.1)


def running(entry: MockConfigEntry) -> Charger:
    """Return the charger as the central system sees it."""
    charger: Charger = entry.runtime_data.central_system.chargers[IDENTITY]
    return charger


async def test_why(ready: FakeCharger, shown: Shown) -> None:
    """Each reason in turn, by what the charger tells."""
    assert shown[LIMITED_BY] == "none"
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Current_Offered=32, Current_Import__L1=31.6)
    assert shown[LIMITED_BY] == "none"
    await measure(ready, transaction_id, Current_Offered=32, Current_Import__L1=15.9)
    assert shown[LIMITED_BY] == "vehicle"
    await shown.do(LIMIT, "set_value", value=16)
    await measure(ready, transaction_id, Current_Offered=16, Current_Import__L1=15.9)
    assert shown[LIMITED_BY] == "user"
    await measure(ready, transaction_id, Current_Offered=13, Current_Import__L1=12.9)
    assert shown[LIMITED_BY] == "charger"
    await shown.do(f"{IDENTITY}_station_limit", "set_value", value=13)
    assert shown[LIMITED_BY] == "station"
    await shown.do(f"switch.{IDENTITY}_1_charging", "turn_off")
    assert shown[LIMITED_BY] == "paused"
    await shown.do(f"switch.{IDENTITY}_1_charging", "turn_on")
    await shown.do(f"{IDENTITY}_station_limit", "set_value", value=32)
    await ready.status("SuspendedEV")
    assert shown[LIMITED_BY] == "vehicle"
    for status in ("Finishing", "Available", "Faulted", "Unavailable", "Reserved"):
        await ready.status(status)
        assert shown[LIMITED_BY] == "none"
    await ready.status("Preparing")
    assert shown[LIMITED_BY] == "user"


async def test_what_holds(
    hass: HomeAssistant, ready: FakeCharger, entry: MockConfigEntry, shown: Shown
) -> None:
    """The ceiling beside the reason, and when it changes, in whole minutes."""
    connector = running(entry).connectors[1]

    def attributes() -> tuple[object, object]:
        shown_now = shown.entity(LIMITED_BY).attributes
        return shown_now["ceiling"], shown_now["next_change"]

    transaction_id = await charge(ready)
    assert attributes() == (32, None)
    await shown.do(LIMIT, "set_value", value=16)
    assert attributes() == (16, None)
    await measure(ready, transaction_id, Current_Offered=16, Current_Import__L1=9)
    assert (shown[LIMITED_BY], *attributes()) == ("vehicle", 16, None)
    noon = datetime(2026, 6, 21, 12, tzinfo=UTC)
    sun = Ceiling(
        reason=LimitReason.SOLAR, limit=10, next_change=noon + timedelta(seconds=10)
    )
    connector.limits.set_ceiling(CeilingSource.SITE, sun)
    assert attributes() == (10, noon)
    await connector.limits.set_limit(8, timedelta(hours=1))
    ceiling, end = attributes()
    assert ceiling == 8
    assert isinstance(end, datetime)
    assert abs(end - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=1)
    assert end.second == end.microsecond == 0


async def test_it_is_told_only_of_what_is_shown(
    ready: FakeCharger, entry: MockConfigEntry, shown: Shown
) -> None:
    """A time that is worked out anew is the same one while it is off by little."""
    connector = running(entry).connectors[1]
    told: list[object] = []
    await charge(ready)
    connector.values.listen(ConnectorValue.LIMITED_BY, lambda: told.append(None))
    noon = datetime(2026, 6, 21, 12, tzinfo=UTC)
    for seconds in (0, 20, -40, 59, 60, 61):
        time = noon + timedelta(seconds=seconds)
        sun = Ceiling(reason=LimitReason.SOLAR, limit=10, next_change=time)
        connector.limits.set_ceiling(CeilingSource.SITE, sun)
    assert len(told) == 2
    connector.limits.set_ceiling(CeilingSource.SITE, None)
    assert len(told) == 3


async def test_readings_decide_on_no_limit(
    ready: FakeCharger, shown: Shown, entry: MockConfigEntry
) -> None:
    """They only give another reason for the limit that holds."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Current_Offered=32, Current_Import__L1=31.6)
    connector_limits = running(entry).connectors[1].limits
    decision = connector_limits.decision
    await measure(ready, transaction_id, Current_Offered=32, Current_Import__L1=15.9)
    assert shown[LIMITED_BY] == "vehicle"
    assert connector_limits.decision is decision


async def test_a_station_that_may_have_all_limits_nobody(
    ready: FakeCharger, shown: Shown
) -> None:
    """A limit that leaves the connector all it can take is no reason for less."""
    await charge(ready)
    await shown.do(f"{IDENTITY}_station_limit", "set_value", value=32)
    assert shown[LIMITED_BY] == "none"
    await shown.do(f"{IDENTITY}_station_limit", "set_value", value=31)
    assert shown[LIMITED_BY] == "station"


@pytest.mark.parametrize("product", [EVLINK_PRO_DC])
async def test_why_in_watts(ready_product: FakeCharger, shown: Shown) -> None:
    """By the power, where that is what is limited."""
    transaction_id = await charge(ready_product)
    await shown.do(LIMIT, "set_value", value=20)
    for power, offer, reason in (
        (19_800, 20_000, "user"),
        (12_000, 20_000, "vehicle"),
        (12_000, 15_000, "charger"),
    ):
        await measure(
            ready_product,
            transaction_id,
            Power_Offered=offer,
            Power_Active_Import=power,
        )
        assert shown[LIMITED_BY] == reason
        assert shown.entity(LIMITED_BY).attributes["ceiling"] == 20


async def test_in_force_where_it_is_not_measured(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The charger's own schedule tells, after each new limit."""
    monkeypatch.setattr(composite_schedule, "SETTLING_TIME", 60.0)
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Energy_Active_Import_Register=2000)
    ready.answers["GetCompositeSchedule"] = lambda _: {
        "status": "Accepted",
        "connectorId": 1,
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": limits(ready)[-1][1]}
            ],
        },
    }
    for number, value in enumerate((10, 12), 1):
        await shown.do(LIMIT, "set_value", value=value)
        await ready.until_called("GetCompositeSchedule", number)
        connector = running(entry).connectors[1]
        await ready.until(
            lambda: connector.readings.get(ConnectorValue.CURRENT_OFFERED) == value  # noqa: B023
        )
        await hass.async_block_till_done()
        assert float(shown[f"{IDENTITY}_1_current_offered"]) == value
    await measure(ready, transaction_id, Current_Offered=12)
    await shown.do(LIMIT, "set_value", value=14)
    assert len(ready.calls("GetCompositeSchedule")) == 2


@pytest.mark.parametrize("chargers", [{IDENTITY: {"manage_configuration": False}}])
async def test_not_asked_where_it_is_configured_elsewhere(
    hass: HomeAssistant, fake: Callable[..., FakeCharger], shown: Shown
) -> None:
    """The limit that its owner sets is all that such a charger gets."""
    async with fake() as charger:
        await charger.boot()
        transaction_id = await charge(charger)
        await measure(charger, transaction_id, Energy_Active_Import_Register=2000)
        await hass.async_block_till_done()
        await shown.do(LIMIT, "set_value", value=10)
        await asyncio.sleep(0.1)
        assert [action for action, _ in charger.received] == ["SetChargingProfile"]


@pytest.mark.parametrize("product", [EVLINK_PRO_DC])
async def test_a_foreign_profile_of_another_connector(
    hass: HomeAssistant, entry: MockConfigEntry, ready_product: FakeCharger
) -> None:
    """That one connector gets what it is to get says nothing of the other."""
    charger = running(entry)
    charger.problems.set(Problem.FOREIGN_PROFILE, {"connector": "1"})
    for number, is_there in ((2, True), (1, False)):
        await ready_product.status("Preparing", number)
        await charger.connector(number).limits.set_limit(50_000)
        assert ("foreign_profile" in issues(hass)) is is_there


async def test_a_foreign_profile(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """Is found where the charger's schedule agrees with what it offers; it is cleared."""
    transaction_id = await charge(ready)
    ready.answers["GetCompositeSchedule"] = {
        "status": "Accepted",
        "chargingSchedule": {
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 5520}],
        },
    }
    await shown.do(LIMIT, "set_value", value=16)
    await measure(ready, transaction_id, Current_Offered=8, Power_Offered=5520)
    assert shown[LIMITED_BY] == "charger"
    await ready.until(lambda: "foreign_profile" in issues(hass))
    # our own profiles are put right before, so it is none of them
    assert [action for action, _ in ready.received[-5:]] == [
        "GetCompositeSchedule",
        "ClearChargingProfile",
        "ClearChargingProfile",
        "SetChargingProfile",
        "GetCompositeSchedule",
    ]
    assert ready.calls("GetCompositeSchedule")[0] == {
        "connectorId": 1,
        "duration": 60,
        "chargingRateUnit": "A",
    }
    assert ready.calls("ClearChargingProfile") == [{"id": 1}, {"id": 11}]
    ready.received.clear()
    before = len(ready.calls("SetChargingProfile"))
    await running(entry).limits.clear_foreign_profiles()
    assert ready.calls("ClearChargingProfile") == [{}]
    assert limits(ready)[before:] == [("TxProfile", 16)]
    assert "foreign_profile" not in issues(hass)


@pytest.mark.parametrize("product", [EVLINK_PRO_DC])
async def test_power_that_is_shared_is_no_foreign_profile(
    hass: HomeAssistant, ready_product: FakeCharger, product: Product
) -> None:
    """While another connector charges; once one charges alone, it is looked for."""
    charger = ready_product
    charger.answers["GetCompositeSchedule"] = {
        "status": "Accepted",
        "chargingSchedule": {
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 30_000}],
        },
    }
    first, second = await charge(charger), await charge(charger, 2)
    for _ in range(3):
        await measure(charger, first, Power_Offered=30_000)
        await asyncio.sleep(0.15)
    assert not charger.calls("GetCompositeSchedule")
    await charger.status("Available", 2)
    await stop(charger, second, 2000)
    await measure(charger, first, Power_Offered=30_000)
    await charger.until(lambda: "foreign_profile" in issues(hass))


async def test_a_profile_that_is_gone_when_the_charger_tells_of_it(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """Is no problem any more: the charger offers what was asked meanwhile."""
    transaction_id = await charge(ready)
    telling = asyncio.Event()

    async def tell(_: Payload) -> Payload:
        await telling.wait()
        return {
            "status": "Accepted",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8}],
            },
        }

    ready.answers["GetCompositeSchedule"] = tell
    await shown.do(LIMIT, "set_value", value=16)
    await measure(ready, transaction_id, Current_Offered=8)
    await ready.until_called("GetCompositeSchedule")
    await measure(ready, transaction_id, Current_Offered=16)
    telling.set()
    # one call at a time: when this one is answered, so is the one before
    await shown.do(f"{IDENTITY}_locate", "press")
    assert "foreign_profile" not in issues(hass)


async def test_a_charger_that_derates_itself(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """Is no foreign profile: its schedule is what was asked."""
    transaction_id = await charge(ready)
    ready.answers["GetCompositeSchedule"] = {
        "status": "Accepted",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16}],
        },
    }
    await shown.do(LIMIT, "set_value", value=16)
    await measure(ready, transaction_id, Current_Offered=8)
    await ready.until_called("GetCompositeSchedule")
    await asyncio.sleep(0.05)
    assert "foreign_profile" not in issues(hass)
    assert shown[LIMITED_BY] == "charger"
    await measure(ready, transaction_id, Current_Offered=9)
    await asyncio.sleep(0.15)
    assert len(ready.calls("GetCompositeSchedule")) == 1


async def test_an_offer_that_flutters(ready: FakeCharger, shown: Shown) -> None:
    """Is looked into once, not each time that it falls short."""
    transaction_id = await charge(ready)
    await shown.do(LIMIT, "set_value", value=16)
    for offer in (8, 16, 8, 16, 8, 16, 8):
        await measure(ready, transaction_id, Current_Offered=offer)
    await ready.until_called("GetCompositeSchedule")
    await asyncio.sleep(0.15)
    assert len(ready.calls("GetCompositeSchedule")) == 1


async def test_a_search_that_is_cut_off(
    hass: HomeAssistant, ready: FakeCharger, fake: Callable[..., FakeCharger]
) -> None:
    """Begins again on the next connection while the charger still falls short."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Current_Offered=8)
    ready.drop()
    await ready.wait_closed()
    async with fake() as again:
        again.answers["GetCompositeSchedule"] = {
            "status": "Accepted",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 8}],
            },
        }
        await again.status("Charging")
        await measure(again, transaction_id, Current_Offered=8)
        await again.until(lambda: "foreign_profile" in issues(hass))
        await measure(again, transaction_id, Current_Offered=8)
        await asyncio.sleep(0.15)
        assert len(again.calls("GetCompositeSchedule")) == 2


async def test_a_foreign_profile_of_a_connector_that_is_gone(
    hass: HomeAssistant, entry: MockConfigEntry, pair: FakeCharger
) -> None:
    """Is no problem any more."""
    charger = running(entry)
    charger.problems.set(Problem.FOREIGN_PROFILE, {"connector": "2"})
    assert "foreign_profile" in issues(hass)
    pair.configuration["NumberOfConnectors"] = ("1", True)
    await pair.boot()
    await pair.until_ready()
    assert "foreign_profile" not in issues(hass)


async def test_an_offer_that_comes_right(
    ready: FakeCharger, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a charger has had the time to follow is not looked into."""
    monkeypatch.setattr(composite_schedule, "SETTLING_TIME", 0.3)
    transaction_id = await charge(ready)
    await shown.do(LIMIT, "set_value", value=16)
    await measure(ready, transaction_id, Current_Offered=8)
    await measure(ready, transaction_id, Current_Offered=16)
    await asyncio.sleep(0.4)
    assert not ready.calls("GetCompositeSchedule")


async def test_refused(hass: HomeAssistant, ready: FakeCharger, shown: Shown) -> None:
    """Rolled back, told at once, and among the repairs until a limit is taken."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=16)
    await asyncio.sleep(0.06)
    ready.answers["SetChargingProfile"] = {"status": "Rejected"}
    with pytest.raises(HomeAssistantError) as raised:
        await shown.do(LIMIT, "set_value", value=10)
    assert raised.value.translation_key == "limit_refused"
    assert shown[LIMIT] == "16.0"
    assert "Rejected" in str(issues(hass)["limits_refused"].translation_placeholders)
    ready.answers["SetChargingProfile"] = lambda _: [4, "ID", "NotSupported", "", {}]
    await asyncio.sleep(0.06)
    with pytest.raises(HomeAssistantError):
        await shown.do(LIMIT, "set_value", value=10)
    assert "NotSupported" in str(
        issues(hass)["limits_refused"].translation_placeholders
    )
    ready.answers["SetChargingProfile"] = {"status": "Accepted"}
    await asyncio.sleep(0.06)
    await shown.do(LIMIT, "set_value", value=10)
    assert not issues(hass)


async def test_a_refusal_that_comes_late(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever asked does not wait any more: the repair tells."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 2.0)
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=16)
    ready.answers["SetChargingProfile"] = {"status": "Rejected"}
    await shown.do(LIMIT, "set_value", value=10)
    await ready.until(lambda: "limits_refused" in issues(hass))
    assert shown[LIMIT] == "16.0"


@pytest.mark.parametrize(
    ("answer", "shown_limit", "reason"),
    [
        ("Accepted", "10.0", "user"),
        ("Rejected", "16.0", "charger"),
        (None, "10.0", "user"),
    ],
)
async def test_an_answer_that_comes_too_late(
    ready: FakeCharger,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
    answer: str | None,
    shown_limit: str,
    reason: str,
) -> None:
    """Is no refusal: what it says counts, and until then what was asked for."""
    transaction_id = await charge(ready)
    await shown.do(LIMIT, "set_value", value=16)
    monkeypatch.setattr(connection, "ANSWER_TIMEOUT", 0.1)
    answering = asyncio.Event()

    async def answer_late(_: Payload) -> Payload | None:
        await answering.wait()
        return None if answer is None else {"status": answer}

    ready.answers["SetChargingProfile"] = answer_late
    await asyncio.sleep(0.06)
    with pytest.raises(HomeAssistantError) as raised:
        await shown.do(LIMIT, "set_value", value=10)
    assert raised.value.translation_key == "timeout"
    assert shown[LIMIT] == "10.0"
    ready.answers["SetChargingProfile"] = {"status": "Accepted"}
    answering.set()
    await ready.call("Heartbeat", {})
    await ready.until(lambda: shown[LIMIT] == shown_limit)
    await measure(ready, transaction_id, Current_Offered=10, Current_Import__L1=9.6)
    await ready.until(lambda: shown[LIMITED_BY] == reason)
    if answer == "Accepted":
        before = len(limits(ready))
        await shown.do(LIMIT, "set_value", value=10)
        assert len(limits(ready)) == before  # it is known to be in force


async def test_a_late_answer_to_a_limit_that_is_over(
    ready: FakeCharger,
    entry: MockConfigEntry,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Says nothing of the one that was taken meanwhile."""
    await charge(ready)
    monkeypatch.setattr(connection, "ANSWER_TIMEOUT", 0.1)
    answering = asyncio.Event()

    async def answer_late(_: Payload) -> Payload:
        await answering.wait()
        return {"status": "Accepted"}

    ready.answers["SetChargingProfile"] = answer_late
    with pytest.raises(HomeAssistantError):
        await shown.do(LIMIT, "set_value", value=10)
    ready.answers["SetChargingProfile"] = {"status": "Accepted"}
    await asyncio.sleep(0.06)
    await shown.do(LIMIT, "set_value", value=12)
    answering.set()
    await ready.call("Heartbeat", {})
    await ready.call("Heartbeat", {})
    assert running(entry).connectors[1].limits.in_force == 12
    assert shown[LIMIT] == "12.0"


# Why, in every state


async def test_a_raise_is_no_charger_that_limits(
    ready: FakeCharger, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has some time to follow; then it is."""
    reasons = ["user"]
    transaction_id = await charge(ready)
    await shown.do(LIMIT, "set_value", value=8)
    await measure(ready, transaction_id, Current_Offered=8, Current_Import__L1=7.6)
    monkeypatch.setattr(composite_schedule, "SETTLING_TIME", 1.0)

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        is_reason = event.data["entity_id"] == shown.entity_id(LIMITED_BY)
        if is_reason and shown[LIMITED_BY] not in reasons[-1:]:
            reasons.append(shown[LIMITED_BY])

    shown.hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    await asyncio.sleep(0.06)
    await shown.do(LIMIT, "set_value", value=16)
    await measure(ready, transaction_id, Current_Offered=8, Current_Import__L1=7.5)
    await measure(ready, transaction_id, Current_Offered=16, Current_Import__L1=15.5)
    await asyncio.sleep(0.06)
    await shown.do(f"switch.{IDENTITY}_1_charging", "turn_off")
    await measure(ready, transaction_id, Current_Offered=0, Current_Import__L1=0)
    await ready.status("SuspendedEVSE")
    await asyncio.sleep(0.06)
    await shown.do(f"switch.{IDENTITY}_1_charging", "turn_on")
    await measure(ready, transaction_id, Current_Offered=0, Current_Import__L1=0)
    assert shown[LIMITED_BY] == "user"
    assert reasons == ["user", "paused", "user"]
    await ready.until(lambda: shown[LIMITED_BY] == "charger")


async def test_a_raise_that_is_taken_back(
    ready: FakeCharger, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit that holds when its time is over is the one that counts."""
    transaction_id = await charge(ready)
    await shown.do(LIMIT, "set_value", value=8)
    await measure(ready, transaction_id, Current_Offered=8, Current_Import__L1=7.6)
    monkeypatch.setattr(composite_schedule, "SETTLING_TIME", 0.2)
    for value in (16, 8):
        await asyncio.sleep(0.06)
        await shown.do(LIMIT, "set_value", value=value)
    await asyncio.sleep(0.3)
    assert shown[LIMITED_BY] == "user"


async def test_a_vehicle_that_leaves_some_of_the_sun(
    ready: FakeCharger, entry: MockConfigEntry, shown: Shown
) -> None:
    """Limits itself, as it does of any limit."""
    transaction_id = await charge(ready)
    shine(running(entry).connectors[1], 24)
    await measure(ready, transaction_id, Current_Offered=24, Current_Import__L1=16)
    assert shown[LIMITED_BY] == "vehicle"
    await measure(ready, transaction_id, Current_Offered=24, Current_Import__L1=23.6)
    assert shown[LIMITED_BY] == "solar"
    await ready.status("Faulted")
    assert shown[LIMITED_BY] == "none"


async def test_nothing_flows_while_the_charger_pauses(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """What was measured before is over when it says so."""
    transaction_id = await charge(ready)
    values = {
        "Power_Active_Import": 7000,
        "Current_Import__L1": 16,
        "Current_Offered": 16,
    }
    await measure(ready, transaction_id, **values)
    await shown.do(f"switch.{IDENTITY}_1_charging", "turn_off")
    await ready.status("SuspendedEVSE")
    await hass.async_block_till_done()
    assert float(shown[f"{IDENTITY}_1_power"]) == 0
    assert float(shown[f"{IDENTITY}_1_current_l1"]) == 0
    await ready.status("Charging")
    await measure(ready, transaction_id, **values)
    await ready.status("SuspendedEV")  # it may still draw a little
    await hass.async_block_till_done()
    assert float(shown[f"{IDENTITY}_1_current_l1"]) == 16


# What is left of ours


async def test_a_profile_of_our_own_is_not_blamed_on_another(
    hass: HomeAssistant, central_system: str, entry: MockConfigEntry, shown: Shown
) -> None:
    """It is cleared, which is all that it takes."""
    async with Simulator(central_system, IDENTITY, latency=0) as simulator:
        await simulator.until(simulator.accepted.is_set)
        await simulator.plug_in()
        await simulator.present_badge("ADA")
        await simulator.until(lambda: simulator.transaction_id is not None)
        charger = running(entry)
        await charger.link.command(
            "SetChargingProfile",
            {
                "connectorId": 1,
                "csChargingProfiles": {
                    "chargingProfileId": 21,
                    "transactionId": simulator.transaction_id,
                    "stackLevel": 1,
                    "chargingProfilePurpose": "TxProfile",
                    "chargingProfileKind": "Relative",
                    "chargingSchedule": {
                        "chargingRateUnit": "A",
                        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10}],
                    },
                },
            },
        )
        await measure_offer(charger, 10)
        await until(lambda: len(simulator.calls("GetCompositeSchedule")) == 2)
        await hass.async_block_till_done()
        assert "foreign_profile" not in issues(hass)
        assert simulator.calls("ClearChargingProfile")


async def measure_offer(charger: Charger, offered: float) -> None:
    """Have a charger offer less than it was asked to."""
    charger.connectors[1].readings.report_offer(ConnectorValue.CURRENT_OFFERED, offered)
    charger.connectors[1].limits.update()


# The action


async def test_amps_and_watts(ready: FakeCharger, act: Act, shown: Shown) -> None:
    """Watts by the voltage that is measured and the phases in use, never too many."""
    transaction_id = await charge(ready)
    await act("set_charging_limit", amps=12)
    assert limits(ready)[-1] == ("TxProfile", 12)
    await asyncio.sleep(0.06)
    await act("set_charging_limit", watts=6900)
    assert limits(ready)[-1] == ("TxProfile", 10)
    await measure(
        ready,
        transaction_id,
        Current_Import__L1=10,
        Voltage__L1=240,
        Current_Offered=10,
    )
    await asyncio.sleep(0.06)
    await act("set_charging_limit", watts=4000, connector_id=1)
    assert limits(ready)[-1] == ("TxProfile", 16)
    await asyncio.sleep(0.06)
    await act("set_charging_limit", watts=1300)
    assert limits(ready)[-1] == ("TxProfile", 0)
    for data in ({}, {"amps": 10, "connector_id": 2}):
        with pytest.raises(ServiceValidationError):
            await act("set_charging_limit", **data)


@pytest.mark.parametrize("product", [EVLINK_PRO_DC])
async def test_amps_and_watts_of_direct_current(
    ready_product: FakeCharger, act: Act, product: Product
) -> None:
    """Watts as they are; which connector has to be said."""
    await charge(ready_product)
    await act("set_charging_limit", LIMIT, watts=20_500)
    assert limits(ready_product)[-1] == ("TxProfile", 20_500)
    await asyncio.sleep(0.06)
    await act("set_charging_limit", LIMIT, amps=16)
    assert limits(ready_product)[-1] == ("TxProfile", 16 * 3 * 230)
    with pytest.raises(ServiceValidationError) as raised:
        await act("set_charging_limit", watts=5000)
    assert raised.value.translation_key == "which_connector"


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", float("inf"), "1e400"])
async def test_numbers_that_are_none(ready: FakeCharger, act: Act, number: Any) -> None:
    """What a template makes of a broken sensor is refused where it is asked for."""
    for action, field in (
        ("set_charging_limit", "amps"),
        ("set_charging_limit", "watts"),
        ("set_surplus_power", "watts"),
    ):
        with pytest.raises(probatio.Invalid):
            await act(action, **{field: number})
    assert not limits(ready)


async def test_for_some_time(ready: FakeCharger, act: Act, shown: Shown) -> None:
    """Then it is what it was before, be there two of them; a new limit is for good."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=16)
    await act("set_charging_limit", amps=10, duration={"seconds": 0.3})
    await act("set_charging_limit", amps=8, duration={"seconds": 0.2})
    await ready.until(lambda: limits(ready)[-1] == ("TxProfile", 8))
    assert shown[LIMIT] == "8.0"
    await ready.until(lambda: limits(ready)[-1] == ("TxProfile", 16))
    assert shown[LIMIT] == "16.0"
    await act("set_charging_limit", amps=10, duration={"seconds": 0.2})
    await shown.do(LIMIT, "set_value", value=12)
    await asyncio.sleep(0.3)
    assert shown[LIMIT] == "12.0"


async def test_for_some_time_over_a_restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    act: Act,
    shown: Shown,
) -> None:
    """It still ends, also while Home Assistant is not there."""
    await shown.do(LIMIT, "set_value", value=16)
    await act("set_charging_limit", amps=10, duration={"seconds": 2})
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    connector = running(entry).connectors[1]
    assert connector.limits.decision.owners_limit == 10
    await hass.config_entries.async_unload(entry.entry_id)
    await asyncio.sleep(2)
    await hass.config_entries.async_setup(entry.entry_id)
    await asyncio.sleep(0.05)
    connector = running(entry).connectors[1]
    assert connector.limits.decision.owners_limit == 16


# Whole schedules


def profile(schedule: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return a profile that is changed in parts."""
    return (
        PROFILE
        | changes
        | {"charging_schedule": PROFILE["charging_schedule"] | (schedule or {})}
    )


PERIOD = {"start_period": 0, "limit": 10}


@pytest.mark.parametrize(
    ("connector", "given", "objection"),
    [
        (1, profile(), None),
        (1, profile({"charging_schedule_period": [PERIOD] * 50}), None),
        (1, profile({"charging_schedule_period": [PERIOD] * 51}), "profile_periods"),
        (1, profile(stack_level=999), None),
        (1, profile(stack_level=1000), "profile_stack_level"),
        (1, profile({"charging_rate_unit": "W"}), "profile_unit"),
        (1, profile(charging_profile_kind="Recurring"), "profile_recurrency"),
        (
            1,
            profile(charging_profile_kind="Recurring", recurrency_kind="Daily"),
            None,
        ),
        (
            1,
            profile(charging_profile_purpose="ChargePointMaxProfile"),
            "profile_connector",
        ),
        (0, profile(charging_profile_purpose="ChargePointMaxProfile"), None),
        (0, profile(charging_profile_purpose="TxProfile"), "profile_connector"),
        (1, profile(charging_profile_purpose="TxProfile"), "no_transaction"),
        (
            1,
            profile({"charging_schedule_period": [PERIOD | {"number_phases": 3}]}),
            "profile_attribute",
        ),
        (1, profile({"min_charging_rate": 6}), "profile_attribute"),
        (1, profile({"charging_schedule_period": [PERIOD | {"limit": 0}]}), None),
        (
            1,
            profile({"charging_schedule_period": [PERIOD, PERIOD | {"limit": 5}]}),
            "profile_limit",
        ),
        (1, profile(stack_level="many"), "invalid_call"),
    ],
)
async def test_a_profile_is_held_against_the_product(
    ready: FakeCharger,
    act: Act,
    connector: int,
    given: dict[str, Any],
    objection: str | None,
) -> None:
    """What it would refuse is not sent, and why is said."""
    ready.received.clear()
    if objection is None:
        await act(
            "set_charging_profile", connector_id=connector, cs_charging_profiles=given
        )
        assert len(ready.calls("SetChargingProfile")) == 1
        return
    with pytest.raises(ServiceValidationError) as raised:
        await act(
            "set_charging_profile", connector_id=connector, cs_charging_profiles=given
        )
    assert raised.value.translation_key == objection
    assert not ready.received


async def test_a_profile_of_a_transaction(ready: FakeCharger, act: Act) -> None:
    """Is for the one that runs."""
    transaction_id = await charge(ready)
    await act(
        "set_charging_profile",
        cs_charging_profiles=profile(charging_profile_purpose="TxProfile"),
    )
    (call,) = ready.calls("SetChargingProfile")
    assert call["csChargingProfiles"]["transactionId"] == transaction_id


async def test_an_owners_profile_makes_ours_uncertain(
    ready: FakeCharger, act: Act, shown: Shown
) -> None:
    """The same limit is sent again after it."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=10)
    await asyncio.sleep(0.06)
    await shown.do(LIMIT, "set_value", value=10)
    assert len(limits(ready)) == 1
    await act("clear_charging_profile")
    await asyncio.sleep(0.06)
    await shown.do(LIMIT, "set_value", value=10)
    assert len(limits(ready)) == 2


@pytest.mark.parametrize("kind", ["Absolute", "Recurring", "Relative"])
async def test_a_schedule_is_followed(
    hass: HomeAssistant, central_system: str, shown: Shown, act: Act, kind: str
) -> None:
    """A charger that behaves like one answers with the schedule it was given."""
    async with Simulator(central_system, IDENTITY, latency=0) as simulator:
        await simulator.until(simulator.accepted.is_set)
        await simulator.until(lambda: len(simulator.calls("TriggerMessage")) > 1)
        await simulator.plug_in()
        await simulator.present_badge("ADA")
        await simulator.until(lambda: simulator.transaction_id is not None)
        changes = {"recurrency_kind": "Daily"} if kind == "Recurring" else {}
        start = (
            {"start_schedule": "2026-01-01T00:00:00Z"} if kind == "Recurring" else {}
        )
        await act(
            "set_charging_profile",
            cs_charging_profiles=profile(
                start | {"duration": 86400},
                charging_profile_kind=kind,
                charging_profile_purpose="TxProfile",
                **changes,
            ),
        )
        answer = await hass.services.async_call(
            DOMAIN,
            "get_composite_schedule",
            {
                "device_id": er.async_get(hass)
                .async_get(shown.entity_id(LIMIT))
                .device_id,  # type: ignore[union-attr]
                "connector_id": 1,
                "duration": 600,
                "charging_rate_unit": "A",
            },
            blocking=True,
            return_response=True,
        )
        assert answer is not None
        schedule: Any = answer["charging_schedule"]
        assert schedule["charging_schedule_period"][0]["limit"] == 10
