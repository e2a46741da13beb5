"""Sessions: recorded once, right to the watt-hour, whatever happens in between."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import pairwise
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.schneider_ev.central_system.state import journal as journals
from custom_components.schneider_ev.central_system.state.sessions import Session
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from tests.conftest import DOMAIN, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import (
    START,
    charge,
    measure,
    register,
    sample,
    sessions,
    stamp,
    start,
    stop,
)

type Fake = Callable[..., FakeCharger]

YEARS = 30 * 365 * 24 * 60


async def test_a_session_from_start_to_stop(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """What is shown while it runs, and what is left of it."""
    await ready.status("Preparing")
    transaction_id = await start(ready)
    await ready.status("Charging")
    await sample(ready, transaction_id, 3500)
    await hass.async_block_till_done()
    assert shown["CP-1_1_session_energy"] == "2.5"
    assert shown["CP-1_1_session_start"] == START.isoformat()
    assert shown["CP-1_1_session_badge"] == "…B2C3"
    assert shown["CP-1_1_stop_reason"] == "unknown"
    event = shown.entity("CP-1_1_session").attributes
    assert event["event_type"] == "started"
    assert event["transaction_id"] == transaction_id
    await stop(ready, transaction_id, 4000, reason="EVDisconnected")
    await hass.async_block_till_done()
    assert shown["CP-1_1_session_energy"] == "3.0"
    assert shown["CP-1_1_stop_reason"] == "ev_disconnected"
    assert shown["CP-1_1_energy"] == "4.0"
    event = shown.entity("CP-1_1_session").attributes
    assert event["event_type"] == "ended"
    assert (event["energy"], event["duration"], event["reason"]) == (
        3000,
        3600,
        "ev_disconnected",
    )
    assert await sessions(hass) == [
        {
            "charger": "CP-1",
            "transaction_id": transaction_id,
            "connector": 1,
            "badge": "…B2C3",
            "id_tag": "04A1B2C3",
            "start": START.isoformat(),
            "stop": (START + timedelta(hours=1)).isoformat(),
            "meter_start": 1000,
            "meter_stop": 4000,
            "energy": 3000.0,
            "reason": "EVDisconnected",
            "cost": None,
            "currency": None,
            "energy_solar": 0,
            "energy_battery": 0,
            "energy_grid": 3000,
            "estimated": True,
            "signed_readings": [],
        }
    ]


async def test_9_what_runs_can_be_stopped_after_a_restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Fake,
    shown: Shown,
) -> None:
    """Before the first sample, too, and with the right id."""
    transaction_id = await start(ready)
    await hass.config_entries.async_reload(entry.entry_id)
    async with fake() as charger:
        await charger.status("Charging")
        await shown.do("CP-1_1_stop_session", "press")
        assert charger.calls("RemoteStopTransaction") == [
            {"transactionId": transaction_id}
        ]


async def test_9_a_stop_that_cannot_be_asks_first_and_then_fails(
    ready: FakeCharger, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No success is reported while the car charges on."""
    monkeypatch.setattr(
        "custom_components.schneider_ev.central_system.charge_point.charging_control.REPORT_TIMEOUT",
        0.1,
    )
    await ready.status("Charging")
    ready.received.clear()
    with pytest.raises(ServiceValidationError) as raised:
        await shown.do("CP-1_1_stop_session", "press")
    assert raised.value.translation_key == "no_transaction"
    assert [call["requestedMessage"] for call in ready.calls("TriggerMessage")] == [
        "StatusNotification",
        "MeterValues",
    ]
    assert not ready.calls("RemoteStopTransaction")


async def test_a_session_that_the_charger_does_not_know_any_more(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """Its owner can end it by hand; while the charger says that it runs, nobody can."""
    await charge(ready)
    ready.answers["RemoteStopTransaction"] = {"status": "Rejected"}
    with pytest.raises(HomeAssistantError):
        await shown.do("CP-1_1_stop_session", "press")
    await ready.status("Finishing")
    await shown.do("CP-1_1_stop_session", "press")
    (session,) = await sessions(hass)
    assert session["stop"] is not None


async def test_ends_that_were_lost(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Callable[..., FakeCharger],
) -> None:
    """At most one session of a connector goes on, also after restarts."""
    ids = [await start(ready, minutes=number) for number in range(3)]
    late = await start(ready, minutes=-60)
    is_over = {each["transaction_id"]: each["stop"] for each in await sessions(hass)}
    assert [number for number in ids if is_over[number] is None] == ids[-1:]
    await hass.config_entries.async_reload(entry.entry_id)
    async with fake() as charger:
        await charger.status("Available")
        await hass.async_block_till_done()
    found = {each["transaction_id"]: each["stop"] for each in await sessions(hass)}
    assert found.keys() == {*ids, late}
    assert None not in found.values()


async def test_9_a_charger_that_tells_when_asked_is_stopped(
    ready: FakeCharger, shown: Shown
) -> None:
    """Its sample names the transaction."""
    await ready.status("Charging")

    async def tell(payload: dict[str, Any]) -> dict[str, Any]:
        if payload["requestedMessage"] == "MeterValues":
            told.append(asyncio.create_task(sample(ready, 77, 5000)))
        return {"status": "Accepted"}

    told: list[asyncio.Task[None]] = []
    ready.answers["TriggerMessage"] = tell
    await shown.do("CP-1_1_stop_session", "press")
    assert ready.calls("RemoteStopTransaction") == [{"transactionId": 77}]
    await asyncio.gather(*told)


async def test_10_an_old_session_does_not_hide_the_one_that_runs(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Fake,
    shown: Shown,
) -> None:
    """The charger ended one and began another while Home Assistant was away."""
    old = await start(ready)
    await sample(ready, old, 1500)
    await hass.config_entries.async_reload(entry.entry_id)
    async with fake() as charger:
        await charger.status("Charging")
        now = await start(charger, minutes=120, meter_start=9000)
        await sample(charger, now, 9700, minutes=125)
        await hass.async_block_till_done()
        assert shown["CP-1_1_session_energy"] == "0.7"
        await shown.do("CP-1_1_stop_session", "press")
        assert charger.calls("RemoteStopTransaction") == [{"transactionId": now}]
        await stop(charger, old, 2000, minutes=60)
        assert shown["CP-1_1_session_energy"] == "0.7"
        first, second = await sessions(hass)
        assert (first["energy"], first["stop"]) == (1000.0, stamped(60))
        assert second["stop"] is None


def stamped(minutes: float) -> str:
    """The same time as Home Assistant writes it."""
    return (START + timedelta(minutes=minutes)).isoformat()


@pytest.mark.parametrize(
    ("meter_start", "samples", "meter_stop", "energy"),
    [
        (1000, [1500, 2000], 2500, 1500),
        (1000, [1500, 0, 1600], 2500, 1500),
        (1000, [1500], 0, 500),
        (1000, [1500], 900, 500),
        (1000, [], 900, 0),
        (0, [500, 900], 1000, 1000),
        (0, [], 1000, 1000),
        (0, [9_000_000_000, 9_000_001_000], 9_000_001_500, 1500),
        (253_000, [], 253_580, 580),
        (100_000, [99_000, 101_000], 101_500, 1500),
        (-1, [253_580, 254_000], 254_100, 520),
        (-1, [253_580, 254_000], -1, 420),
        (253_000, [], -1, None),
    ],
)
async def test_11_12_17_energy(
    hass: HomeAssistant,
    ready: FakeCharger,
    meter_start: int,
    samples: list[float],
    meter_stop: int,
    energy: float | None,
) -> None:
    """Never negative, never the lifetime register, right to the last sample."""
    transaction_id = await start(ready, meter_start=meter_start)
    for value in samples:
        await sample(ready, transaction_id, value)
    await stop(ready, transaction_id, meter_stop)
    (session,) = await sessions(hass)
    assert session["energy"] == energy


@pytest.mark.parametrize("nothing", [-1, 0])
async def test_a_stop_that_knows_no_register(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, nothing: int
) -> None:
    """What was shown before is what is shown, and what is not known is not 0."""
    transaction_id = await start(ready)
    await sample(ready, transaction_id, 3500)
    await sample(ready, transaction_id, -1)
    await stop(ready, transaction_id, nothing)
    await ready.status("Available")
    await stop(ready, await start(ready, minutes=90, meter_start=3500), nothing, 95)
    await hass.async_block_till_done()
    assert shown["CP-1_1_energy"] == "3.5"
    assert [session["energy"] for session in await sessions(hass)] == [2500, None]


async def test_a_stop_before_the_start(hass: HomeAssistant, ready: FakeCharger) -> None:
    """A clock that was set back in between makes no session that ends before it began."""
    await stop(ready, await start(ready), 4000, minutes=-30)
    (session,) = await sessions(hass)
    assert session["stop"] == session["start"] == START.isoformat()
    assert session["energy"] == 3000


@pytest.mark.parametrize(
    ("register", "energy"), [(9_100, "10.0"), (8_900, "8.9"), (10_100, "10.1")]
)
async def test_a_register_below_the_one_before(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, register: int, energy: str
) -> None:
    """A little less is the same meter, that does not fall; clearly less is another."""
    await stop(ready, await start(ready), 10_000)
    transaction_id = await start(ready, minutes=90, meter_start=register)
    await sample(ready, transaction_id, register, minutes=91)
    await hass.async_block_till_done()
    assert shown["CP-1_1_energy"] == energy


@pytest.mark.parametrize(("register", "energy"), [(990, "0.99"), (1010, "0.0")])
async def test_the_first_leap_of_a_session_from_0(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    freezer: FrozenDateTimeFactory,
    register: int,
    energy: str,
) -> None:
    """Up to 1 kWh is what a session charged; more is what the meter counted in its life."""
    freezer.move_to(START)
    transaction_id = await start(ready, meter_start=0)
    await sample(ready, transaction_id, register, minutes=0)
    await hass.async_block_till_done()
    assert shown["CP-1_1_session_energy"] == energy


@pytest.mark.parametrize(
    ("meter_start", "meter_stop", "energy"),
    [("1000.5", 2000.5, 1000), (999.7, "2000,4", 1000), ("20.5", "+30", 10)],
)
async def test_a_fraction_of_a_watt_hour(
    hass: HomeAssistant,
    ready: FakeCharger,
    meter_start: Any,
    meter_stop: Any,
    energy: float,
) -> None:
    """It is rounded: a session is not refused for it."""
    await stop(ready, await start(ready, meter_start=meter_start), meter_stop)
    (session,) = await sessions(hass)
    assert session["energy"] == energy


async def test_12_a_second_session_counts_for_itself(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """And the register goes on, for the energy dashboard."""
    first = await start(ready, meter_start=0)
    await sample(ready, first, 4000)
    await stop(ready, first, 4000)
    await ready.status("Available")
    second = await start(ready, minutes=120, meter_start=4000)
    await sample(ready, second, 6000, minutes=125)
    await hass.async_block_till_done()
    assert shown["CP-1_1_session_energy"] == "2.0"
    assert shown["CP-1_1_energy"] == "6.0"


async def test_13_a_stop_of_nothing_ends_nothing(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """It is answered, and that is all."""
    transaction_id = await start(ready)
    await ready.status("Charging")
    assert await stop(ready, transaction_id + 1, 9999) == {}
    assert await stop(ready, 5, 9999, idTag="a") == {
        "idTagInfo": {"status": "Accepted"}
    }
    assert shown["switch.CP-1_1_charging"] == "on"
    (session,) = await sessions(hass)
    assert session["stop"] is None


async def test_15_a_start_that_is_repeated_is_the_same(
    hass: HomeAssistant, ready: FakeCharger
) -> None:
    """Also after it has ended; another one is another."""
    first = await start(ready)
    assert await start(ready) == first
    await stop(ready, first, 2000)
    assert await start(ready) == first
    other = await start(ready, minutes=120)
    assert other != first
    again = await stop(ready, first, 3000)
    assert again == {}
    ended, running = await sessions(hass)
    assert (ended["meter_stop"], ended["energy"]) == (2000, 1000.0)
    assert running["stop"] is None


async def test_15_an_offline_session_keeps_its_own_times(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """Delivered late, behind a running one, it disturbs nothing."""
    running = await start(ready, minutes=300, meter_start=9000)
    await ready.status("Charging")
    await sample(ready, running, 9500, minutes=301)
    late = await start(ready, minutes=0, meter_start=1000)
    await sample(ready, late, 1700, minutes=30)
    assert shown["CP-1_1_power"] == "7.0"
    await stop(ready, late, 2000, minutes=60, reason="PowerLoss")
    await hass.async_block_till_done()
    assert shown["switch.CP-1_1_charging"] == "on"
    assert shown["CP-1_1_session_energy"] == "0.5"
    assert shown["CP-1_1_session_start"] == stamped(300)
    first, second = await sessions(hass)
    assert (first["start"], first["stop"], first["energy"]) == (
        stamped(0),
        stamped(60),
        1000.0,
    )
    assert second["transaction_id"] == running
    await shown.do("CP-1_1_stop_session", "press")
    assert ready.calls("RemoteStopTransaction") == [{"transactionId": running}]


async def test_transaction_data_is_read(
    hass: HomeAssistant, ready: FakeCharger
) -> None:
    """Where the meter stop says nothing, the samples that come along do."""
    transaction_id = await start(ready)
    data = [
        {
            "timestamp": stamp(59),
            "sampledValue": [{"value": "1800", "context": "Transaction.End"}],
        }
    ]
    await stop(ready, transaction_id, 0, transactionData=data)
    (session,) = await sessions(hass)
    assert session["energy"] == 800


async def test_transaction_data_in_any_order(
    hass: HomeAssistant, ready: FakeCharger
) -> None:
    """The newest of it is what the session came to."""
    transaction_id = await start(ready)
    data = [
        {"timestamp": stamp(minutes), "sampledValue": [{"value": register}]}
        for minutes, register in ((59, "1800"), (0, "1000"))
    ]
    await stop(ready, transaction_id, 0, transactionData=data)
    (session,) = await sessions(hass)
    assert session["energy"] == 800


@pytest.mark.parametrize("data", ["none", [], [{}], [{"sampledValue": 5}], {"a": 1}])
async def test_transaction_data_is_rubbish(
    hass: HomeAssistant, ready: FakeCharger, data: object
) -> None:
    """A session ends all the same: the charger may not tell again."""
    transaction_id = await start(ready)
    await stop(ready, transaction_id, 1800, transactionData=data)
    (session,) = await sessions(hass)
    assert (session["stop"], session["energy"]) == (stamped(60), 800)


async def test_available_ends_what_nobody_ended(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """And the StopTransaction that comes after all sets it right."""
    transaction_id = await start(ready)
    await ready.status("Charging")
    await sample(ready, transaction_id, 1500)
    await ready.status("Available")
    assert shown["switch.CP-1_1_charging"] == "off"
    (session,) = await sessions(hass)
    assert session["stop"] is not None
    assert session["energy"] == 500
    await stop(ready, transaction_id, 2000, reason="Local")
    (session,) = await sessions(hass)
    assert (session["stop"], session["energy"]) == (stamped(60), 1000.0)


async def test_a_session_without_a_start_is_adopted(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """Its samples tell of it; -1 is a session whose id never reached the charger."""
    await ready.status("Charging")
    await sample(ready, 1768416593, 5000)
    await sample(ready, 1768416593, 5400)
    await hass.async_block_till_done()
    assert shown["CP-1_1_session_energy"] == "0.4"
    assert shown["CP-1_1_power"] == "7.0"
    await stop(ready, 1768416593, 5500, minutes=9_999_999)
    (session,) = await sessions(hass)
    assert (session["transaction_id"], session["energy"]) == (1768416593, 500.0)
    assert await start(ready, minutes=500) > 1768416593


async def test_an_adopted_session_begins_with_its_first_sample(
    hass: HomeAssistant, ready: FakeCharger
) -> None:
    """However late that is delivered; so it can end before it is delivered."""
    await ready.status("Charging")
    await sample(ready, 555, 5000, minutes=3)
    await stop(ready, 555, 9500, minutes=60)
    (session,) = await sessions(hass)
    assert (session["start"], session["stop"]) == (stamped(3), stamped(60))


@pytest.mark.parametrize(
    "meter_values", [[], [{"timestamp": stamp(YEARS), "sampledValue": []}]]
)
async def test_an_adopted_session_has_begun(
    hass: HomeAssistant, ready: FakeCharger, meter_values: list[Any]
) -> None:
    """Where its samples do not say when, or when it is still to come: now."""
    await ready.status("Charging")
    before = datetime.now(UTC)
    await ready.call(
        "MeterValues",
        {"connectorId": 1, "transactionId": 555, "meterValue": meter_values},
    )
    (session,) = await sessions(hass)
    assert before <= datetime.fromisoformat(session["start"]) <= datetime.now(UTC)


@pytest.mark.parametrize("chargers", [{"CP-1": {}, "CP-2": {}}])
async def test_a_session_of_another_charger_is_left_alone(
    hass: HomeAssistant, ready: FakeCharger, fake: Fake
) -> None:
    """Whoever sends samples of it."""
    transaction_id = await start(ready)
    await sample(ready, transaction_id, 1500)
    async with fake("CP-2") as other:
        await other.boot()
        await other.until_ready()
        await other.status("Charging")
        await sample(other, transaction_id, 9000)
        await stop(other, transaction_id, 9000)
        await start(other, minutes=5)
        await sample(other, transaction_id, 9000)
    first, _ = await sessions(hass)
    assert (first["charger"], first["energy"], first["stop"]) == ("CP-1", 500.0, None)


async def test_minus_one_is_served(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """As the errata want it, and under an id of ours."""
    await ready.status("Charging")
    await sample(ready, -1, 5000)
    await sample(ready, -1, 5400)
    await hass.async_block_till_done()
    assert shown["CP-1_1_session_energy"] == "0.4"
    await stop(ready, -1, 5500, minutes=9_999_999)
    (session,) = await sessions(hass)
    assert session["transaction_id"] > 0
    assert session["energy"] == 500.0


async def test_a_restart_loses_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Fake,
    shown: Shown,
) -> None:
    """What runs goes on, with its energy, and what is over is there."""
    transaction_id = await start(ready)
    await sample(ready, transaction_id, 1500)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    (session,) = await sessions(hass)
    assert (session["transaction_id"], session["energy"]) == (transaction_id, 500.0)
    async with fake() as charger:
        await charger.status("Charging")
        await sample(charger, transaction_id, 1800)
        assert shown["CP-1_1_session_energy"] == "0.8"
        await stop(charger, transaction_id, 2000)
    await hass.config_entries.async_reload(entry.entry_id)
    assert [s["energy"] for s in await sessions(hass)] == [1000.0]


@pytest.mark.parametrize(
    "data",
    [
        {"from": "2026-01-14 19:50:00+00:00"},
        {"badge": "Ada"},
        {"badge": "04A1B2C3"},
        {"badge": "04a1b2c3"},
    ],
)
async def test_get_sessions_is_filtered(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    data: dict[str, Any],
) -> None:
    """By time, badge and device; with totals."""
    await register(hass, entry, "04A1B2C3", "Ada")
    for number, id_tag in enumerate(("other", "04a1b2c3", "other")):
        transaction_id = await start(
            ready, number * 120, number * 1000, id_tag if number != 1 else "04A1B2C3"
        )
        await stop(ready, transaction_id, number * 1000 + 500, number * 120 + 30)
    found = await sessions(hass, **data)
    expected = {1, 2} if "from" in data else {1}
    assert {session["meter_start"] // 1000 for session in found} == expected


async def test_the_file(
    hass: HomeAssistant,
    ready: FakeCharger,
    hass_client_no_auth: ClientSessionGenerator,
    hass_client: ClientSessionGenerator,
) -> None:
    """It is for users who are logged in, or have the link; and harmless.

    It names the charger, and has the time of the house and kWh.
    """
    await hass.config.async_set_time_zone("Europe/Paris")
    transaction_id = await start(ready, id_tag="=1+1")
    await stop(ready, transaction_id, 2500)
    response = await hass.services.async_call(
        DOMAIN, "get_sessions", {}, blocking=True, return_response=True
    )
    assert response is not None
    assert response["totals"] == {
        "count": 1,
        "energy": 1500.0,
        "energy_solar": 0,
        "energy_battery": 0,
        "energy_grid": 1500,
        "cost": None,
        "currency": None,
        "estimated": True,
    }
    stranger = await hass_client_no_auth()
    refused = await stranger.get("/api/schneider_ev/sessions.csv")
    assert refused.status == HTTPStatus.UNAUTHORIZED
    answer = await stranger.get(str(response["download"]))
    assert answer.status == HTTPStatus.OK
    head, row = (await answer.text()).splitlines()
    assert head == (
        "Charger,Identity,Session number,Connector,Badge,Badge number,Start,End,"
        "Duration (h:mm:ss),Meter at start (kWh),Meter at end (kWh),Energy (kWh),"
        "From the sun (kWh),From the battery (kWh),From the grid (kWh),"
        "Share of sun (%),Cost,Currency,Estimated,Reason for the end"
    )
    assert row == (
        f"Charger CP-1,CP-1,{transaction_id},1,…=1+1,'=1+1,2026-01-14 19:50:00,"
        "2026-01-14 20:50:00,1:00:00,1.0,2.5,1.5,0.0,0.0,1.5,0,,,✓,Local"
    )
    owner = await hass_client()
    answer = await owner.get("/api/schneider_ev/sessions.csv?from=2027-01-01T00:00:00Z")
    assert len((await answer.text()).splitlines()) == 1
    hass.config.language = "de"
    answer = await owner.get("/api/schneider_ev/sessions.csv?from=2027-01-01T00:00:00Z")
    assert (await answer.text()).startswith("Ladestation,")
    for time in ("soon", "2027-13-01T00:00:00", "0001-01-01T00:00:00"):
        bad = await owner.get(f"/api/schneider_ev/sessions.csv?from={time}")
        assert bad.status == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("badge", ["Car #2", "50%25", "Ada & Žofie", "authSig=x", ""])
async def test_the_file_of_a_badge(
    hass: HomeAssistant,
    ready: FakeCharger,
    hass_client_no_auth: ClientSessionGenerator,
    badge: str,
) -> None:
    """The link is to the sessions that the list has, whatever the badge is called."""
    await stop(ready, await start(ready, id_tag="other"), 2500)
    await stop(ready, await start(ready, minutes=90, id_tag=badge or "ADA"), 2500)
    response: Any = await hass.services.async_call(
        DOMAIN, "get_sessions", {"badge": badge}, blocking=True, return_response=True
    )
    link = response["download"]
    assert not re.search(r"[^!-~]", link)
    stranger = await hass_client_no_auth()
    answer = await stranger.get(URL(link, encoded=True))
    assert answer.status == HTTPStatus.OK
    rows = (await answer.text()).splitlines()[1:]
    assert len(rows) == response["totals"]["count"] == (1 if badge else 2)


def test_session_energy_is_never_negative() -> None:
    """Whatever order registers come in."""
    session = Session(
        id=1, identity="a", connector=1, start=START, meter_start=10, base=10.0
    )
    for value in (5.0, 3.0, 12.0, 0.0, 11.0):
        session = session.sampled(value)
        assert session.energy is not None
        assert session.energy >= 0
    assert session.energy == 2


async def test_an_older_session_behind_the_newest(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """Once it is recorded, the newest one is shown again, as a whole."""
    await stop(ready, await start(ready), 3500)
    late = await start(ready, minutes=-300, meter_start=100)
    await sample(ready, late, 400, minutes=-290)
    await stop(ready, late, 900, minutes=-200)
    await hass.async_block_till_done()
    assert shown["CP-1_1_session_start"] == START.isoformat()
    assert shown["CP-1_1_session_energy"] == "2.5"
    assert [session["energy"] for session in await sessions(hass)] == [800, 2500]


@pytest.mark.parametrize("ended", [True, False])
async def test_a_session_of_times_to_come(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Callable[..., FakeCharger],
    shown: Shown,
    *,
    ended: bool,
) -> None:
    """A charger whose clock was wrong hides none of the sessions that come after."""
    future = await start(ready, minutes=YEARS, meter_start=1000)
    if ended:
        await stop(ready, future, 2000, minutes=YEARS + 60)
    current = await start(ready, meter_start=2000)
    await hass.async_block_till_done()
    assert shown["CP-1_1_session_start"] == START.isoformat()
    await sample(ready, current, 2700)
    await stop(ready, current, 3500)
    await hass.async_block_till_done()
    assert shown["CP-1_1_session_energy"] == "1.5"
    await hass.config_entries.async_reload(entry.entry_id)
    async with fake() as again:
        await again.boot()
        await again.until_ready()
        await hass.async_block_till_done()
        assert shown["CP-1_1_session_energy"] == "1.5"


async def test_a_charger_without_a_clock(
    hass: HomeAssistant, ready: FakeCharger
) -> None:
    """A session of 1970 is not forgotten for its age."""
    answer = await ready.call(
        "StartTransaction",
        {
            "connectorId": 1,
            "idTag": "04A1B2C3",
            "meterStart": 0,
            "timestamp": "1970-01-01T00:01:00Z",
        },
    )
    await ready.call(
        "StopTransaction",
        {
            "transactionId": answer["transactionId"],
            "meterStop": 700,
            "timestamp": "1970-01-01T01:01:00Z",
        },
    )
    (session,) = await sessions(hass)
    assert session["energy"] == 700


async def test_what_is_too_old_is_forgotten(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    freezer: FrozenDateTimeFactory,
) -> None:
    """After the time that the owner chose; the newer ones stay."""
    hass.config_entries.async_update_entry(entry, options={"session_retention": 10})
    await hass.async_block_till_done()
    first = await start(ready)
    await stop(ready, first, 2000)
    freezer.tick(timedelta(days=11))
    second = await start(ready, minutes=120)
    await stop(ready, second, 3000, minutes=180)
    assert [s["transaction_id"] for s in await sessions(hass)] == [second]


async def test_transaction_ids_are_unique(ready: FakeCharger) -> None:
    """Several transactions within a second have ids of their own."""
    ids = [await start(ready, meter_start=number) for number in range(3)]
    assert all(0 < before < after < 2**31 for before, after in pairwise(ids))


async def test_an_id_beyond_all_others(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """A charger that makes up the largest id of all leads to no id being given twice."""
    ids = []
    for number in range(3):
        await ready.status("Charging")
        await measure(ready, 2**31 - 2 - number % 2, Power_Active_Import=7000)
        ids.append(await charge(ready, meter_start=number))
        await ready.status("Available")
    assert len(set(ids)) == 3
    begun = {
        each["transaction_id"]: each["meter_start"] for each in await sessions(hass)
    }
    assert [begun[number] for number in ids] == [0, 1, 2]


async def test_invented_ids_are_not_all_kept(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of sessions that nobody began the last ones are kept, of the others all."""
    monkeypatch.setattr(journals, "MAX_ADOPTED", 3)
    begun = await charge(ready)
    for number in range(8):
        await ready.status("Available")
        await ready.status("Charging")
        await measure(ready, 100 + number, Power_Active_Import=7000)
    await hass.config_entries.async_reload(entry.entry_id)
    kept = {session["transaction_id"] for session in await sessions(hass)}
    assert kept == {begun, 104, 105, 106, 107}
