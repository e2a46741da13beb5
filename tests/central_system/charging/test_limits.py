"""Charging limits: what an owner asks, what goes over the wire, what is shown."""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.central_system.charging import limiter
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from tests.conftest import Shown
from tests.fake_charger import FakeCharger, Payload
from tests.scenes import LIMIT, charge, get_ready, limits

CHARGING = "switch.CP-1_1_charging"

type Fake = Callable[..., FakeCharger]


@pytest.fixture
def short_interval(monkeypatch: pytest.MonkeyPatch) -> float:
    """Write limits every 0.3 s at most."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 0.3)
    return 0.3


async def test_one_limit_is_one_call(ready: FakeCharger, shown: Shown) -> None:
    """During a transaction it is a TxProfile with its id, and nothing that is refused."""
    transaction_id = await charge(ready)
    await shown.do(LIMIT, "set_value", value=10)
    assert ready.calls("SetChargingProfile") == [
        {
            "connectorId": 1,
            "csChargingProfiles": {
                "chargingProfileId": 21,
                "transactionId": transaction_id,
                "stackLevel": 1,
                "chargingProfilePurpose": "TxProfile",
                "chargingProfileKind": "Relative",
                "chargingSchedule": {
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10}],
                },
            },
        }
    ]
    assert shown[LIMIT] == "10.0"


async def test_before_a_transaction_it_is_the_default(
    ready: FakeCharger, shown: Shown, short_interval: float
) -> None:
    """And it is put again to the transaction that starts."""
    await shown.do(LIMIT, "set_value", value=10)
    assert limits(ready) == [("TxDefaultProfile", 10)]
    await charge(ready)
    await ready.until_called("SetChargingProfile", 2)
    assert limits(ready)[1:] == [("TxProfile", 10)]


@pytest.mark.parametrize("value", [0, 1, 5])
async def test_less_than_a_car_can_take_is_nothing(
    ready: FakeCharger, shown: Shown, value: int
) -> None:
    """1 to 5 A become 0."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=value)
    assert limits(ready) == [("TxProfile", 0)]
    assert shown[LIMIT] == "0.0"
    assert shown[CHARGING] == "off"


async def test_no_number_is_no_limit(ready: FakeCharger, shown: Shown) -> None:
    """Which a template may make of what it does not know."""
    for unique_id in (
        LIMIT,
        "CP-1_1_solar_reserve",
        "CP-1_light_intensity",
    ):
        before = shown[unique_id]
        with pytest.raises(ServiceValidationError) as raised:
            await shown.do(unique_id, "set_value", value="nan")
        assert raised.value.translation_key == "value_not_accepted"
        assert shown[unique_id] == before
    assert not limits(ready)


async def test_a_burst_is_two_calls(
    ready: FakeCharger, shown: Shown, short_interval: float
) -> None:
    """The first goes out at once, the last when the interval is over."""
    await charge(ready)
    for value in range(6, 32):
        await shown.do(LIMIT, "set_value", value=value)
    assert limits(ready) == [("TxProfile", 6)]
    assert shown[LIMIT] == "31.0"
    await ready.until_called("SetChargingProfile", 2)
    await asyncio.sleep(2 * short_interval)
    assert limits(ready) == [("TxProfile", 6), ("TxProfile", 31)]


async def test_a_burst_at_once_is_two_calls(
    ready: FakeCharger, shown: Shown, short_interval: float
) -> None:
    """Also where the writes do not wait for each other."""
    await charge(ready)
    await asyncio.gather(
        *(shown.do(LIMIT, "set_value", value=value) for value in range(6, 32))
    )
    await asyncio.sleep(2 * short_interval)
    assert limits(ready) == [("TxProfile", 6), ("TxProfile", 31)]


async def test_a_refusal_of_what_nobody_asks_for_any_more(
    ready: FakeCharger, shown: Shown, short_interval: float
) -> None:
    """What was asked for while the charger thought about it is asked for still."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=16)
    await asyncio.sleep(1.1 * short_interval)
    refusing = asyncio.Event()

    async def refuse(_: Payload) -> Payload:
        await refusing.wait()
        return {"status": "Rejected" if limits(ready)[-1][1] == 10 else "Accepted"}

    ready.answers["SetChargingProfile"] = refuse
    refused = asyncio.create_task(shown.do(LIMIT, "set_value", value=10))
    await ready.until_called("SetChargingProfile", 2)
    await shown.do(LIMIT, "set_value", value=8)
    refusing.set()
    with pytest.raises(HomeAssistantError):
        await refused
    assert shown[LIMIT] == "8.0"
    await ready.until(lambda: limits(ready)[-1][1] != 10)
    assert limits(ready)[-1] == ("TxProfile", 8)
    assert shown[LIMIT] == "8.0"


async def test_what_is_in_force_is_not_sent(
    ready: FakeCharger, shown: Shown, short_interval: float
) -> None:
    """Neither at once nor later."""
    await charge(ready)
    for value in (10, 10, 12, 10, 10):
        await shown.do(LIMIT, "set_value", value=value)
    await asyncio.sleep(2 * short_interval)
    await shown.do(LIMIT, "set_value", value=10)
    assert limits(ready) == [("TxProfile", 10)]


@pytest.mark.parametrize(("asked", "sent"), [(10.46, 10.4), (10.8, 10.8), (9.99, 9.9)])
async def test_no_more_than_was_asked_for(
    ready: FakeCharger, shown: Shown, asked: float, sent: float
) -> None:
    """OCPP allows one decimal; the rest is left off."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=asked)
    assert limits(ready) == [("TxProfile", sent)]


async def test_a_late_refusal_is_rolled_back(
    ready: FakeCharger, shown: Shown, short_interval: float
) -> None:
    """What is shown is what the charger took last."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=10)
    ready.answers["SetChargingProfile"] = {"status": "Rejected"}
    await shown.do(LIMIT, "set_value", value=12)
    assert shown[LIMIT] == "12.0"
    await ready.until_called("SetChargingProfile", 4)
    await asyncio.sleep(0.05)
    assert shown[LIMIT] == "10.0"


async def test_a_refused_profile_is_tried_in_other_forms(
    ready: FakeCharger, shown: Shown
) -> None:
    """With the highest stack level, then with a fixed start."""
    await charge(ready)
    ready.configuration["ChargeProfileMaxStackLevel"] = ("999", True)
    await shown.do("CP-1_refresh", "press")

    def picky(payload: dict[str, Any]) -> dict[str, Any]:
        schedule = payload["csChargingProfiles"]["chargingSchedule"]
        return {"status": "Accepted" if "startSchedule" in schedule else "Rejected"}

    ready.answers["SetChargingProfile"] = picky
    await shown.do(LIMIT, "set_value", value=10)
    profiles = [
        payload["csChargingProfiles"] for payload in ready.calls("SetChargingProfile")
    ]
    assert [profile["stackLevel"] for profile in profiles] == [1, 999, 999]
    assert [profile["chargingProfileKind"] for profile in profiles] == [
        "Relative",
        "Relative",
        "Absolute",
    ]
    assert len({profile["chargingProfileId"] for profile in profiles}) == 1
    assert shown[LIMIT] == "10.0"


async def test_it_is_put_again_after_a_boot_and_a_reconnect(
    ready: FakeCharger, fake: Fake, shown: Shown, short_interval: float
) -> None:
    """The charger may have lost it."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=10)
    await ready.boot()
    await ready.until_called("SetChargingProfile", 2)
    ready.drop()
    async with fake() as again:
        await again.status("Charging")
        await again.until_called("SetChargingProfile")
        assert limits(again) == [("TxProfile", 10)]
        await asyncio.sleep(2 * short_interval)
        assert limits(again) == [("TxProfile", 10)]


async def test_it_is_put_again_on_resume(
    ready: FakeCharger, shown: Shown, short_interval: float
) -> None:
    """But not right after it was put."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=10)
    await ready.status("SuspendedEV")
    await ready.status("Charging")
    await asyncio.sleep(1.5 * short_interval)
    assert limits(ready) == [("TxProfile", 10)]
    await ready.status("SuspendedEV")
    await ready.status("Charging")
    await ready.until_called("SetChargingProfile", 2)
    assert limits(ready)[1:] == [("TxProfile", 10)]


async def test_after_a_session_it_is_the_default(
    ready: FakeCharger, shown: Shown, short_interval: float
) -> None:
    """A limit of the session holds for the next one."""
    transaction_id = await charge(ready)
    await shown.do(LIMIT, "set_value", value=10)
    await ready.call(
        "StopTransaction",
        {
            "transactionId": transaction_id,
            "meterStop": 2000,
            "timestamp": "2026-01-14T19:50:00Z",
        },
    )
    await ready.until_called("SetChargingProfile", 2)
    assert limits(ready)[1:] == [("TxDefaultProfile", 10)]
    await asyncio.sleep(2 * short_interval)
    await charge(ready, meter_start=2000)
    await ready.until_called("SetChargingProfile", 3)
    assert limits(ready)[2:] == [("TxProfile", 10)]


@pytest.mark.parametrize(
    ("status", "age", "purposes"),
    [
        ("Available", 3600, []),
        ("Available", 60, ["TxProfile"]),
        ("Preparing", 3600, ["TxProfile"]),
    ],
)
async def test_a_session_that_is_delivered_late_is_not_limited(
    ready: FakeCharger,
    shown: Shown,
    short_interval: float,
    status: str,
    age: float,
    purposes: list[str],
) -> None:
    """The vehicle is gone: all that a charger can do is refuse."""
    await shown.do(LIMIT, "set_value", value=10)
    ready.received.clear()
    await ready.status(status)
    begun = datetime.now(UTC) - timedelta(seconds=age)
    payload = {
        "connectorId": 1,
        "idTag": "18237379292",
        "meterStart": 1000,
        "timestamp": begun.isoformat(),
    }
    answer = await ready.call("StartTransaction", payload)
    await asyncio.sleep(2 * short_interval)
    assert [purpose for purpose, _ in limits(ready)] == purposes
    stop = {
        "transactionId": answer["transactionId"],
        "meterStop": 2000,
        "timestamp": (begun + timedelta(seconds=30)).isoformat(),
    }
    await ready.call("StopTransaction", stop)
    await asyncio.sleep(0.1)
    assert [purpose for purpose, _ in limits(ready)] == purposes
    assert shown[LIMIT] == "10.0"


async def test_without_a_wish_nothing_is_sent(ready: FakeCharger) -> None:
    """An owner who never limits gets a charger that was never limited."""
    await charge(ready)
    await ready.boot()
    await ready.until_ready()
    assert not ready.calls("SetChargingProfile")


async def test_it_is_kept_over_a_restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Fake,
    shown: Shown,
) -> None:
    """The limit and the running transaction are known before the charger dials."""
    transaction_id = await charge(ready)
    await shown.do(LIMIT, "set_value", value=10)
    await shown.do(CHARGING, "turn_off")
    await hass.config_entries.async_reload(entry.entry_id)
    async with fake() as charger:
        await charger.status("SuspendedEVSE")
        await charger.until_called("SetChargingProfile")
        assert limits(charger) == [("TxProfile", 0)]
        assert shown[LIMIT] == "10.0"
        assert shown[CHARGING] == "off"
        await shown.do(CHARGING, "turn_on")
        assert limits(charger)[1:] == [("TxProfile", 10)]
        await shown.do("CP-1_1_stop_session", "press")
        assert charger.calls("RemoteStopTransaction") == [
            {"transactionId": transaction_id}
        ]


async def test_off_pauses_and_on_goes_on(ready: FakeCharger, shown: Shown) -> None:
    """The transaction is never ended by it, and a pause never waits."""
    await charge(ready)
    assert shown[CHARGING] == "on"
    await shown.do(LIMIT, "set_value", value=10)
    await shown.do(CHARGING, "turn_off")
    assert shown[CHARGING] == "off"
    assert shown[LIMIT] == "10.0"
    await shown.do(CHARGING, "turn_off")
    await ready.status("SuspendedEVSE")
    await shown.do(CHARGING, "turn_on")
    assert shown[CHARGING] == "on"
    assert [limit for _, limit in limits(ready)] == [10, 0, 10]
    assert not ready.calls("RemoteStopTransaction")
    assert not ready.calls("RemoteStartTransaction")


async def test_on_starts_what_waits(ready: FakeCharger, shown: Shown) -> None:
    """A plugged vehicle without a transaction is started with a tag of our own."""
    await ready.status("Preparing")
    assert shown[CHARGING] == "off"
    await shown.do(CHARGING, "turn_on")
    (payload,) = ready.calls("RemoteStartTransaction")
    assert payload["connectorId"] == 1
    assert len(payload["idTag"]) == 16


async def test_on_without_a_vehicle_is_an_error(
    ready: FakeCharger, shown: Shown
) -> None:
    """There is nothing to charge."""
    with pytest.raises(ServiceValidationError) as raised:
        await shown.do(CHARGING, "turn_on")
    assert raised.value.translation_key == "not_plugged"
    assert not ready.calls("RemoteStartTransaction")


@pytest.mark.parametrize(
    ("keys", "starts"),
    [
        ({"ConnectionTimeOut": "60"}, True),
        (
            {"ConnectionTimeOut": "120", "EnableRemoteStartNoConnectedEV": "TRUE"},
            True,
        ),
        (
            {"ConnectionTimeOut": "120", "EnableRemoteStartNoConnectedEV": "false"},
            False,
        ),
    ],
)
async def test_on_before_the_cable(
    hass: HomeAssistant,
    fake: Fake,
    shown: Shown,
    keys: dict[str, str],
    *,
    starts: bool,
) -> None:
    """A charger that waits for the cable after a remote start is started without one."""
    async with fake(product=EVLINK_PRO_DC) as charger:
        for name, value in keys.items():
            charger.configuration[name] = (value, False)
        await get_ready(charger, 2)
        await hass.async_block_till_done()
        with nullcontext() if starts else pytest.raises(ServiceValidationError):
            await shown.do(CHARGING, "turn_on")
        assert bool(charger.calls("RemoteStartTransaction")) is starts


async def test_stop_without_a_session_is_an_error(
    ready: FakeCharger, shown: Shown
) -> None:
    """Nothing is reported as stopped that did not run."""
    with pytest.raises(ServiceValidationError) as raised:
        await shown.do("CP-1_1_stop_session", "press")
    assert raised.value.translation_key == "no_transaction"


@pytest.mark.parametrize(
    ("chargers", "hardware", "maximum"),
    [
        ({"CP-1": {}}, "32", 32),
        ({"CP-1": {}}, "20", 20),
        ({"CP-1": {"maximum_current": 16}}, "20", 16),
        ({"CP-1": {"maximum_current": 63}}, "32", 32),
    ],
)
async def test_the_maximum_is_the_least_of_all(
    fake: Fake, shown: Shown, hardware: str, maximum: float
) -> None:
    """Of the product, the hardware and the installation."""
    async with fake() as charger:
        charger.configuration["iMaxDeratingSwCapacity"] = (hardware, False)
        await charger.boot()
        await charger.until_ready()
        await charger.status("Available")
        state = shown.entity(LIMIT)
        assert state.attributes["max"] == maximum
        assert float(state.state) == maximum
        with pytest.raises(ServiceValidationError):
            await shown.do(LIMIT, "set_value", value=maximum + 1)
        assert not charger.calls("SetChargingProfile")


async def test_the_station_limit(ready: FakeCharger, shown: Shown) -> None:
    """It is a ChargePointMaxProfile on connector 0, and touches no connector's limit."""
    await shown.do("CP-1_station_limit", "set_value", value=20)
    (payload,) = ready.calls("SetChargingProfile")
    assert payload["connectorId"] == 0
    profile = payload["csChargingProfiles"]
    assert profile["chargingProfilePurpose"] == "ChargePointMaxProfile"
    assert profile["chargingProfileKind"] == "Absolute"
    assert shown["CP-1_station_limit"] == "20.0"
    assert shown[LIMIT] == "32.0"


async def test_an_offline_charger_cannot_be_limited(
    ready: FakeCharger, shown: Shown
) -> None:
    """In the moment before it is shown offline, too."""
    ready.drop()
    await ready.wait_closed()
    await asyncio.sleep(0.05)
    with pytest.raises(HomeAssistantError) as raised:
        await shown.do(LIMIT, "set_value", value=10)
    assert raised.value.translation_key == "offline"
    assert shown[LIMIT] == "32.0"


async def test_an_offline_charger_cannot_be_limited_later_either(
    ready: FakeCharger, shown: Shown
) -> None:
    """Nor where a limit just went out, and the next one would have had to wait."""
    await shown.do(LIMIT, "set_value", value=10)
    assert limits(ready) == [("TxDefaultProfile", 10)]
    ready.drop()
    await ready.wait_closed()
    await asyncio.sleep(0.05)
    for _ in range(2):
        with pytest.raises(HomeAssistantError) as raised:
            await shown.do(LIMIT, "set_value", value=12)
        assert raised.value.translation_key == "offline"
        assert shown[LIMIT] == "10.0"
