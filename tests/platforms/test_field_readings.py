"""Readings as chargers in the field send them: what is shown is present, and whole."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from tests.conftest import Shown
from tests.fake_charger import FakeCharger
from tests.scenes import (
    START,
    charge,
    sample,
    send_values,
    sessions,
    start,
    stop,
    unique_ids,
)

ENERGY = "CP-1_1_energy"
SESSION_ENERGY = "CP-1_1_session_energy"
LIFETIME = 1_234_567
"""What a meter has counted before, in Wh."""


def register(value: float, **more: str) -> dict[str, str]:
    """Return a sample of the energy register."""
    return {"value": str(value), "unit": "Wh"} | more


async def tell(
    charger: FakeCharger,
    values: Iterable[dict[str, str]],
    *,
    transaction_id: int | None = None,
    minutes: float = 1,
    connector: int = 1,
) -> None:
    """Send samples, of a transaction or of none."""
    timestamp = (START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    payload: dict[str, Any] = {
        "connectorId": connector,
        "meterValue": [{"timestamp": timestamp, "sampledValue": [*values]}],
    }
    if transaction_id is not None:
        payload["transactionId"] = transaction_id
    await charger.call("MeterValues", payload)


@pytest.fixture
def seen(hass: HomeAssistant, shown: Shown) -> Callable[[], list[float]]:
    """All energies that were shown, as a recorder sees them."""
    energies: list[float] = []

    def note(_event: object) -> None:
        state = shown.entity(ENERGY).state
        if state not in ("unknown", "unavailable"):
            energies.append(float(state))

    hass.bus.async_listen("state_changed", note)
    return lambda: energies


@pytest.fixture
async def charging(ready: FakeCharger) -> tuple[FakeCharger, int]:
    """A charger that charges, and the id of its transaction."""
    return ready, await charge(ready)


@pytest.mark.parametrize("context", ["Transaction.Begin", " transaction.begin\x00"])
async def test_a_register_of_the_start_beside_the_present_one(
    hass: HomeAssistant,
    charging: tuple[FakeCharger, int],
    shown: Shown,
    context: str,
) -> None:
    """The present one counts, in any order; alone, that of the start is taken."""
    charger, transaction_id = charging
    await tell(
        charger, [register(1000, context=context)], transaction_id=transaction_id
    )
    await hass.async_block_till_done()
    assert shown[ENERGY] == "1.0"
    begin, now = (
        register(1000, context=context),
        register(3500, context="Sample.Periodic"),
    )
    for values in ([now, begin], [begin, now]):
        await tell(charger, values, transaction_id=transaction_id)
        await hass.async_block_till_done()
        assert (shown[ENERGY], shown[SESSION_ENERGY]) == ("3.5", "2.5")


@pytest.mark.parametrize("odd", [-16, 2**63 - 1, 2**70, "none", 12.5, True, [1], 77])
async def test_a_transaction_id_that_nobody_gave(
    hass: HomeAssistant, charging: tuple[FakeCharger, int], shown: Shown, odd: Any
) -> None:
    """What is sampled now on the connector that charges is of that charge."""
    charger, _ = charging
    values = [
        register(3500),
        {"measurand": "Power.Active.Import", "unit": "kW", "value": "7"},
    ]
    for _ in range(2):
        await tell(charger, values, transaction_id=odd)
    await hass.async_block_till_done()
    assert (shown["CP-1_1_power"], shown[SESSION_ENERGY]) == ("7.0", "2.5")
    assert [each["stop"] for each in await sessions(hass)] == [None]


async def test_samples_of_an_id_that_nobody_gave_from_before(
    hass: HomeAssistant, charging: tuple[FakeCharger, int], shown: Shown
) -> None:
    """Are late: they say nothing of what flows now."""
    charger, transaction_id = charging
    await sample(charger, transaction_id, 3500)
    values = [
        register(900),
        {"measurand": "Power.Active.Import", "unit": "kW", "value": "3"},
    ]
    await tell(charger, values, transaction_id=77, minutes=-30)
    await hass.async_block_till_done()
    assert (shown["CP-1_1_power"], shown[ENERGY]) == ("7.0", "3.5")


@pytest.mark.parametrize(
    ("odd", "action"),
    [
        ({"reservationId": "none"}, "StartTransaction"),
        ({"reason": True}, "StopTransaction"),
        ({"idTag": [1]}, "StopTransaction"),
    ],
)
async def test_an_odd_optional_member(
    hass: HomeAssistant, ready: FakeCharger, odd: dict[str, Any], action: str
) -> None:
    """Refuses no start and no end."""
    more = {action: odd}
    transaction_id = await start(ready, **more.get("StartTransaction", {}))
    await stop(ready, transaction_id, 2500, **more.get("StopTransaction", {}))
    (session,) = await sessions(hass)
    assert (session["energy"], session["reason"]) == (1500, "Local")


@pytest.mark.parametrize(
    ("meter_start", "meter_stop"),
    [
        pytest.param(0, 8000, id="the session's own"),
        pytest.param(LIFETIME, LIFETIME + 8000, id="the meter's"),
    ],
)
@pytest.mark.parametrize("beside", [False, True])
async def test_a_count_of_the_session_beside_that_of_the_meter(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    seen: Callable[[], list[float]],
    meter_start: int,
    meter_stop: int,
    *,
    beside: bool,
) -> None:
    """Neither falls nor leaps for the recorder, and the session counts as it goes."""
    await tell(ready, [register(LIFETIME)], minutes=-1)
    await hass.async_block_till_done()
    await ready.status("Preparing")
    now = (dt_util.utcnow() - START) / timedelta(minutes=1)
    transaction_id = await start(ready, minutes=now - 60, meter_start=meter_start)
    await ready.status("Charging")
    for own, energy in ((18, "0.018"), (4000, "4.0"), (8000, "8.0")):
        await tell(ready, [register(own)], transaction_id=transaction_id)
        if beside:
            await tell(ready, [register(LIFETIME + own, context="Sample.Clock")])
        await hass.async_block_till_done()
        assert shown[SESSION_ENERGY] == energy
    await stop(ready, transaction_id, meter_stop, minutes=now)
    await ready.status("Finishing")
    await tell(ready, [register(8000)])
    await ready.status("Available")
    await tell(ready, [register(LIFETIME + 8000)])
    await hass.async_block_till_done()
    assert (shown[SESSION_ENERGY], shown[ENERGY]) == ("8.0", "1242.567")
    assert sorted(seen()) == seen()
    assert {round(energy, 3) for energy in seen()} == {
        1234.567,
        1234.585,
        1238.567,
        1242.567,
    }
    (session,) = await sessions(hass)
    assert session["energy"] == 8000


@pytest.mark.parametrize(
    ("step", "watts", "interval"),
    [
        (100, 7000, 10),
        (10, 7000, 10),
        (1, 7000, 10),
        (100, 3600, 10),
        (1, 1400, 60),
        (100, 22000, 30),
    ],
)
async def test_power_from_a_coarse_register(
    hass: HomeAssistant,
    fake: Callable[..., FakeCharger],
    shown: Shown,
    step: int,
    watts: int,
    interval: int,
) -> None:
    """It is what flows, whatever the steps of the register and the time between samples."""
    powers: list[str] = []
    async with fake() as charger:
        await charger.boot(chargePointVendor="Maker", chargePointModel="One")
        await charger.until_ready()
        transaction_id = await charge(charger, meter_start=0)
        for number in range(900 // interval):
            counted = 7 + watts * number * interval / 3600
            value = register(counted // step * step)
            await tell(
                charger,
                [value],
                transaction_id=transaction_id,
                minutes=number * interval / 60,
            )
            await hass.async_block_till_done()
            if "CP-1_1_power" in unique_ids(hass):
                powers.append(shown["CP-1_1_power"])
    told = [1000 * float(power) for power in powers if power != "unknown"]
    assert len(told) > 300 / interval
    assert all(0.65 * watts < power < 1.35 * watts for power in told)
    assert told[-1] == pytest.approx(watts, rel=0.15)


async def test_a_stop_of_no_id_while_another_connector_charges(
    hass: HomeAssistant, pair: FakeCharger, shown: Shown
) -> None:
    """Is of the start that was refused: the session that goes on is left alone."""
    await pair.status("Preparing", 1)
    transaction_id = await start(pair, meter_start=1000)
    await pair.status("Charging", 1)
    await pair.status("Preparing", 2)
    await stop(pair, -1, 51_880)
    await sample(pair, transaction_id, 3000)
    await stop(pair, -1, 51_880)
    await stop(pair, -1, 0)
    await hass.async_block_till_done()
    assert (shown[ENERGY], shown[SESSION_ENERGY]) == ("3.0", "2.0")
    assert [each["stop"] for each in await sessions(hass)] == [None]


async def test_a_stop_of_no_id_ends_what_is_called_so(
    hass: HomeAssistant, pair: FakeCharger
) -> None:
    """The session whose samples have no id either, whatever charges beside it."""
    other = await start(pair, meter_start=50_000, connector=2)
    await pair.status("Charging", 2)
    await tell(pair, [register(50_100)], transaction_id=other, connector=2)
    await start(pair, meter_start=1000)
    await pair.status("Charging", 1)
    await tell(pair, [register(2000)], transaction_id=-1)
    await stop(pair, -1, 2500)
    ended = {
        each["connector"]: each["stop"] is not None for each in await sessions(hass)
    }
    assert ended == {1: True, 2: False}


@pytest.mark.parametrize(
    ("values", "key", "state"),
    [
        ([("Energy.Active.Import.Register", f"L{n}", "Wh", str(n * 1000)) for n in (1, 2, 3)], "energy", "6.0"),
        ([("Energy.Active.Import.Register", "L1-N", "kWh", "2")], "energy", "2.0"),
        ([("Energy.Active.Import.Register", "L1", "kWh", "2"), ("Energy.Active.Import.Register", None, "kWh", "5")], "energy", "5.0"),
        ([("energy.active.import.register", None, "KWH", "5")], "energy", "5.0"),
        ([("Energy.Active.Import.Register", None, "MWh", "0.005")], "energy", "5.0"),
        ([("Power.Offered", f"L{n}", "kW", "2.5") for n in (1, 2, 3)], "power_offered", "7.5"),
        ([("Current.Offered", f"L{n}", "A", "16") for n in (1, 2, 3)], "current_offered", "16.0"),
        ([("Current.Import", "l1", "mA", "9500")], "current_l1", "9.5"),
        ([("Voltage", None, "V", "410")], "voltage", "410.0"),
        ([("Voltage", None, "V", "410"), ("Voltage", "L1-N", "V", "230")], "voltage_l1", "230.0"),
    ],
)  # fmt: skip
async def test_other_phases_units_and_spellings(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    values: list[tuple[str, str | None, str, str]],
    key: str,
    state: str,
) -> None:
    """One reading is shown, as a whole."""
    transaction_id = await charge(ready, meter_start=0)
    sampled = [
        {"measurand": measurand, "unit": unit, "value": value}
        | ({"phase": phase} if phase else {})
        for measurand, phase, unit, value in values
    ]
    await send_values(ready, transaction_id, sampled)
    await hass.async_block_till_done()
    assert shown[f"CP-1_1_{key}"] == state


async def test_an_odd_member_of_one_sample(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """Costs that sample, not those beside it."""
    transaction_id = await charge(ready)
    odd: list[dict[str, Any]] = [
        {"value": "1", "measurand": ["Voltage"]},
        {"value": "1", "phase": {}},
        {"value": "1", "unit": []},
        {"value": "1", "context": 5, "measurand": "Frequency"},
    ]
    await send_values(ready, transaction_id, [*odd, register(3500)])
    await hass.async_block_till_done()
    assert shown[ENERGY] == "3.5"
