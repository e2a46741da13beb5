"""What an owner has to see to: shown among the repairs, mended from there, and gone."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
import socket
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from websockets.exceptions import InvalidStatus

from custom_components.schneider_ev.central_system.state import clock
from custom_components.schneider_ev.problems import PROBLEMS
from custom_components.schneider_ev.products.schneider_charge_pro import (
    SCHNEIDER_CHARGE_PRO,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from tests.conftest import DOMAIN, IDENTITY, Shown
from tests.fake_charger import CallError, FakeCharger
from tests.scenes import basic, issues, remove_charger, start
from tests.texts import TEXTS, placeholders

type Confirm = Callable[..., Awaitable[Any]]
type Mend = Callable[[str], Awaitable[Confirm]]
type Fake = Callable[..., FakeCharger]


@pytest.fixture
def device_id(hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger) -> str:
    """The charger's device."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, IDENTITY), entry.entry_id
    )
    assert device is not None
    return device.id


@pytest.fixture
async def waiting(
    hass: HomeAssistant, ready: FakeCharger, device_id: str
) -> FakeCharger:
    """A charger with a setting that waits for a restart."""
    ready.answers["ChangeConfiguration"] = {"status": "RebootRequired"}
    await hass.services.async_call(
        DOMAIN,
        "change_configuration",
        {"device_id": device_id, "key": "lightintensity", "value": "50"},
        blocking=True,
    )
    return ready


@pytest.fixture
def mend(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> Mend:
    """Open a repair as the page does; return what confirms it."""

    async def open_repair(key: str) -> Confirm:
        assert await async_setup_component(hass, "repairs", {})
        client = await hass_client()
        issue = issues(hass)[key]
        assert issue.is_fixable
        response = await client.post(
            "/api/repairs/issues/fix",
            json={"handler": DOMAIN, "issue_id": issue.issue_id},
        )
        assert response.status == HTTPStatus.OK
        form = await response.json()
        text = TEXTS["issues"][key]["fix_flow"]
        assert set(text["step"]) == {form["step_id"]}
        given = form["description_placeholders"].keys()
        words = text["step"]["confirm"]
        assert placeholders(words["title"] + words["description"]) <= given
        assert placeholders(text["error"]["not_mended"]) <= given
        fields = {field["name"] for field in form["data_schema"]}
        assert set(words.get("data", {})) == fields

        async def confirm(**said: object) -> Any:
            response = await client.post(
                f"/api/repairs/issues/fix/{form['flow_id']}", json=said
            )
            assert response.status == HTTPStatus.OK
            return await response.json()

        return confirm

    return open_repair


def test_every_issue_is_told() -> None:
    """Each issue has its texts: those that can be mended the texts of a flow."""
    fixable = {problem.key for problem in PROBLEMS.values() if problem.is_fixable}
    assert {key for key, text in TEXTS["issues"].items() if "fix_flow" in text} == (
        fixable
    )
    assert TEXTS["issues"].keys() == PROBLEMS.keys()


async def test_restart(hass: HomeAssistant, mend: Mend, waiting: FakeCharger) -> None:
    """The button restarts the charger, and tells where that fails."""
    issue = issues(hass)["restart_required"]
    assert issue.translation_placeholders == {
        "name": f"Charger {IDENTITY}",
        "keys": "LightIntensity",
    }
    confirm = await mend("restart_required")
    waiting.answers["Reset"] = {"status": "Rejected"}
    answer = await confirm()
    assert answer["errors"] == {"base": "not_mended"}
    assert "Rejected" in answer["description_placeholders"]["error"]
    waiting.answers["Reset"] = {"status": "Accepted"}
    assert (await confirm())["type"] == "create_entry"
    assert waiting.calls("Reset") == [{"type": "Soft"}] * 2
    assert not issues(hass)


async def test_a_boot_makes_it_good(hass: HomeAssistant, waiting: FakeCharger) -> None:
    """However it came about."""
    assert "restart_required" in issues(hass)
    await waiting.boot()
    assert not issues(hass)


async def test_survives_a_restart_of_home_assistant(
    hass: HomeAssistant, entry: MockConfigEntry, waiting: FakeCharger
) -> None:
    """The charger still has to restart."""
    await hass.config_entries.async_unload(entry.entry_id)
    assert not issues(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    assert "restart_required" in issues(hass)


async def test_goes_with_the_charger(
    hass: HomeAssistant, entry: MockConfigEntry, waiting: FakeCharger
) -> None:
    """A charger that is removed has no issues."""
    (subentry_id,) = entry.subentries
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await hass.async_block_till_done()
    assert not issues(hass)


# The others


async def test_limits_refused(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown, mend: Mend
) -> None:
    """Once eSetup is set right, the charger takes the limit."""
    ready.answers["SetChargingProfile"] = {"status": "Rejected"}
    with pytest.raises(HomeAssistantError):
        await shown.do(f"{IDENTITY}_1_charging_limit", "set_value", value=16)
    confirm = await mend("limits_refused")
    answer = await confirm()
    assert answer["errors"] == {"base": "not_mended"}
    ready.answers["SetChargingProfile"] = {"status": "Accepted"}
    assert (await confirm())["type"] == "create_entry"
    assert not issues(hass)


FORGED = "[x](http://x)\n2026-01-01 CRITICAL \x1b[31m \u202e" + "x" * 500


@pytest.mark.parametrize(
    "answer", [{"status": FORGED}, lambda _: [4, "ID", FORGED, FORGED, {}]]
)
async def test_a_forged_refusal(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    caplog: pytest.LogCaptureFixture,
    answer: Any,
) -> None:
    """What a charger answers is text: no link in a repair, and no line in the log."""
    ready.answers["SetChargingProfile"] = answer
    with pytest.raises(HomeAssistantError) as raised:
        await shown.do(f"{IDENTITY}_1_charging_limit", "set_value", value=16)
    said = issues(hass)["limits_refused"].translation_placeholders
    assert said is not None
    assert r"\[x\](http\://x) 2026-01-01" in said["answer"]
    assert said["answer"].isprintable()
    errors = raised.value.translation_placeholders or {}
    assert all(text.isprintable() for text in errors.values())
    assert len(errors.get("status") or errors["code"]) <= 50
    for record in caplog.records:
        if record.name.startswith("custom_components"):
            assert record.getMessage().isprintable(), record


async def test_wrong_product(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, mend: Mend
) -> None:
    """What the charger names itself counts again."""
    (subentry,) = entry.subentries.values()
    data = {**subentry.data, "product": "evlink_pro_dc"}
    hass.config_entries.async_update_subentry(entry, subentry, data=data)
    await hass.async_block_till_done()
    confirm = await mend("wrong_product")
    assert (await confirm())["type"] == "create_entry"
    await hass.async_block_till_done()
    (subentry,) = entry.subentries.values()
    assert subentry.data["product"] == "auto"
    assert not issues(hass)


async def test_key_refused(hass: HomeAssistant, fake: Fake, mend: Mend) -> None:
    """A charger that does not let its readings be set is told of, and tried again."""
    async with fake() as charger:
        took = charger.answers["ChangeConfiguration"]
        charger.answers["ChangeConfiguration"] = {"status": "Rejected"}
        await charger.boot()
        await charger.until_ready()
        placeholders = issues(hass)["key_refused"].translation_placeholders
        assert placeholders is not None
        assert (
            placeholders["keys"] == "MeterValuesSampledData, MeterValueSampleInterval"
        )
        confirm = await mend("key_refused")
        assert (await confirm())["errors"] == {"base": "not_mended"}
        charger.answers["ChangeConfiguration"] = took
        assert (await confirm())["type"] == "create_entry"
        assert charger.configuration["MeterValueSampleInterval"] == ("10", False)
        assert not issues(hass)


async def test_meter_values_off(
    hass: HomeAssistant, ready: FakeCharger, device_id: str, mend: Mend
) -> None:
    """A charger that is told to keep its readings to itself is told to send them."""
    assert not issues(hass)
    change = {"device_id": device_id, "key": "MeterValueSampleInterval", "value": "0"}
    await hass.services.async_call(
        DOMAIN, "change_configuration", change, blocking=True
    )
    confirm = await mend("meter_values_off")
    assert (await confirm())["type"] == "create_entry"
    assert ready.configuration["MeterValueSampleInterval"] == ("10", False)
    assert not issues(hass)


async def test_clock_readings_that_the_product_does_not_send(
    hass: HomeAssistant, fake: Fake
) -> None:
    """They are no readings."""
    async with fake(product=SCHNEIDER_CHARGE_PRO) as charger:
        charger.configuration |= {
            "MeterValueSampleInterval": ("0", True),
            "ClockAlignedDataInterval": ("60", False),
        }
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        assert "meter_values_off" in issues(hass)


async def test_clock_readings_will_do(
    hass: HomeAssistant, ready: FakeCharger, device_id: str
) -> None:
    """A charger that sends readings by the clock sends readings."""
    ready.configuration["ClockAlignedDataInterval"] = ("60", False)
    await hass.services.async_call(
        DOMAIN,
        "get_configuration",
        {"device_id": device_id},
        blocking=True,
        return_response=True,
    )
    change = {"device_id": device_id, "key": "MeterValueSampleInterval", "value": "0"}
    await hass.services.async_call(
        DOMAIN, "change_configuration", change, blocking=True
    )
    assert ready.configuration["MeterValueSampleInterval"] == ("0", False)
    assert not issues(hass)


async def test_clock_wrong(
    hass: HomeAssistant,
    ready: FakeCharger,
    mend: Mend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A charger whose clock is wrong asks for the time; one that stays wrong is told."""
    monkeypatch.setattr(clock, "MIN_OBSERVATION", timedelta(0))

    async def tell() -> None:
        wrong = datetime.now(UTC) + timedelta(hours=2)
        await ready.status("Available", timestamp=wrong.isoformat())

    await tell()
    await tell()
    confirm = await mend("clock_wrong")
    ready.answers["TriggerMessage"] = {"status": "NotImplemented"}
    assert (await confirm())["errors"] == {"base": "not_mended"}
    ready.answers["TriggerMessage"] = {"status": "Accepted"}
    assert (await confirm())["type"] == "create_entry"
    assert ready.calls("TriggerMessage")[-1] == {"requestedMessage": "Heartbeat"}
    assert not issues(hass)
    await tell()
    await tell()
    assert "clock_wrong" in issues(hass)
    await ready.status("Available", timestamp=datetime.now(UTC).isoformat())
    assert not issues(hass)


async def test_identity_twice(hass: HomeAssistant, fake: Fake) -> None:
    """Two chargers that throw each other out are told of, by serial number."""
    for turn in range(4):
        async with fake() as charger:
            await charger.boot(chargePointSerialNumber=f"SERIAL-{turn % 2}")
        assert ("identity_twice" in issues(hass)) == (turn == 3)
        assert ("another_charger" in issues(hass)) == (turn in (1, 2))
    placeholders = issues(hass)["identity_twice"].translation_placeholders
    assert placeholders == {
        "name": f"Charger {IDENTITY}",
        "one": "SERIAL-0",
        "other": "SERIAL-1",
    }


@pytest.mark.parametrize("chargers", [{IDENTITY: {"password": "old-password-1234"}}])
async def test_wrong_password(hass: HomeAssistant, fake: Fake, mend: Mend) -> None:
    """The password that the charger has is taken over, and the charger gets in."""
    headers = basic("new-password-5678")
    with pytest.raises(InvalidStatus):
        async with fake(headers=headers):
            pass
    confirm = await mend("wrong_password")
    assert (await confirm(password="new-password-5678"))["type"] == "create_entry"
    assert not issues(hass)
    with pytest.raises(InvalidStatus):
        async with fake(headers=basic("old-password-1234")):
            pass
    assert "wrong_password" in issues(hass)
    async with fake(headers=headers) as charger:
        assert (await charger.boot())["status"] == "Accepted"
    assert not issues(hass)


# Another charger under the identity

OTHER = {"chargePointSerialNumber": "OTHER", "chargePointModel": "EVlink Pro DC"}


@pytest.fixture
async def other(ready: FakeCharger, fake: Fake) -> AsyncIterator[FakeCharger]:
    """Another charger, which waits until the owner confirms it."""
    await ready.websocket.close()
    async with fake(source="127.0.0.2") as charger:
        assert (await charger.boot(**OTHER))["status"] == "Pending"
        yield charger


def serial_number(hass: HomeAssistant, entry: MockConfigEntry) -> str | None:
    """Return the serial number that the charger's device shows."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, IDENTITY), entry.entry_id
    )
    assert device is not None
    return device.serial_number


async def test_another_charger(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    mend: Mend,
    other: FakeCharger,
    fake: Fake,
    shown: Shown,
) -> None:
    """Once it is confirmed it is served at once; the one before it is not any more."""
    runtime_data = entry.runtime_data
    confirm = await mend("another_charger")
    assert (await confirm())["type"] == "create_entry"
    assert not issues(hass)
    boot = {"requestedMessage": "BootNotification"}
    await other.until(lambda: boot in other.calls("TriggerMessage"))
    assert shown[f"{IDENTITY}_connected"] == "on"
    assert (await other.boot(**OTHER))["status"] == "Accepted"
    await hass.async_block_till_done()
    assert serial_number(hass, entry) == "OTHER"
    assert await start(other)
    assert entry.runtime_data is runtime_data
    await other.websocket.close()
    async with fake() as before:
        assert (await before.boot())["status"] == "Pending"
    placeholders = issues(hass)["another_charger"].translation_placeholders
    assert placeholders is not None
    assert placeholders["serial_number"] == "FAKE0001"
    assert placeholders["known_serial_number"] == "OTHER"


async def test_another_charger_while_the_one_before_is_connected(
    hass: HomeAssistant, mend: Mend, other: FakeCharger, fake: Fake
) -> None:
    """It takes the place of that one."""
    async with fake() as before:
        await before.boot()
        confirm = await mend("another_charger")
        assert (await confirm())["type"] == "create_entry"
        await before.wait_closed()
        assert (await other.boot(**OTHER))["status"] == "Accepted"
    assert not issues(hass)


async def test_another_charger_that_was_cut_off(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    mend: Mend,
    other: FakeCharger,
    fake: Fake,
) -> None:
    """It is served when it connects again, also after a restart of Home Assistant."""
    confirm = await mend("another_charger")
    other.drop()
    await other.wait_closed()
    assert (await confirm())["type"] == "create_entry"
    await hass.config_entries.async_reload(entry.entry_id)
    async with fake(source="127.0.0.3") as again:
        assert (await again.boot(**OTHER))["status"] == "Accepted"
    async with fake() as before:
        assert (await before.boot())["status"] == "Pending"


async def test_another_charger_is_confirmed_twice(
    hass: HomeAssistant, mend: Mend, other: FakeCharger
) -> None:
    """The second time there is nothing left to do, and the owner is told so."""
    first, second = await mend("another_charger"), await mend("another_charger")
    assert (await first())["type"] == "create_entry"
    answer = await second()
    assert (answer["type"], answer["reason"]) == ("abort", "no_longer_needed")
    assert (await other.boot(**OTHER))["status"] == "Accepted"


async def test_yet_another_charger_comes_meanwhile(
    hass: HomeAssistant, mend: Mend, other: FakeCharger, fake: Fake
) -> None:
    """It is the one that the owner was shown that is confirmed, or none."""
    confirm = await mend("another_charger")
    async with fake(source="127.0.0.3") as third:
        assert (await third.boot(**OTHER | {"chargePointSerialNumber": "THIRD"}))[
            "status"
        ] == "Pending"
        answer = await confirm()
        assert answer["errors"] == {"base": "not_mended"}
        assert "OTHER" in answer["description_placeholders"]["error"]
        assert answer["description_placeholders"]["serial_number"] == "THIRD"
        with pytest.raises(CallError):
            await start(third)
        assert (await confirm())["type"] == "create_entry"
        answer = await third.boot(chargePointSerialNumber="THIRD")
        assert answer["status"] == "Accepted"


async def test_another_charger_over_a_restart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    mend: Mend,
    other: FakeCharger,
    fake: Fake,
) -> None:
    """It is told of anew when it comes again, and confirmed by the form that was open."""
    early, late = await mend("another_charger"), await mend("another_charger")
    await hass.config_entries.async_reload(entry.entry_id)
    assert not issues(hass)
    assert (await early())["reason"] == "no_longer_needed"
    async with fake(source="127.0.0.2") as again:
        assert (await again.boot(**OTHER))["status"] == "Pending"
        assert (await late())["type"] == "create_entry"
        assert (await again.boot(**OTHER))["status"] == "Accepted"


async def test_secured_while_another_charger_waits(
    hass: HomeAssistant, entry: MockConfigEntry, other: FakeCharger, fake: Fake
) -> None:
    """A password makes it certain who is the charger: there is nothing to confirm."""
    (subentry,) = entry.subentries.values()
    data = {**subentry.data, "password": "0123456789abcdef"}
    hass.config_entries.async_update_subentry(entry, subentry, data=data)
    await hass.async_block_till_done()
    assert not issues(hass)
    await other.boot(**OTHER)
    await other.wait_closed()
    assert not issues(hass)


async def test_removed_while_another_charger_waits(
    hass: HomeAssistant, entry: MockConfigEntry, mend: Mend, other: FakeCharger
) -> None:
    """There is nothing left to confirm, and the other one is a stranger."""
    confirm = await mend("another_charger")
    remove_charger(hass, entry)
    answer = await confirm()
    assert (answer["type"], answer["reason"]) == ("abort", "no_longer_needed")
    await hass.async_block_till_done()
    assert not issues(hass)
    assert (await other.boot(**OTHER))["status"] == "Pending"
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["unique_id"] == IDENTITY


@pytest.mark.parametrize("is_shown", [False, True])
async def test_removed_while_a_repair_is_open(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    mend: Mend,
    waiting: FakeCharger,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_shown: bool,
) -> None:
    """The owner is told that there is nothing left to mend, be it shown still or not."""
    confirm = await mend("restart_required")
    with monkeypatch.context() as patch:
        if is_shown:
            patch.setattr(entry, "update_listeners", [])
        remove_charger(hass, entry)
    assert ("restart_required" in issues(hass)) == is_shown
    answer = await confirm()
    assert (answer["type"], answer["reason"]) == ("abort", "no_longer_needed")
    assert not waiting.calls("Reset")


@pytest.mark.parametrize("chargers", [{IDENTITY: {"password": "old-password-1234"}}])
async def test_removed_while_a_password_is_asked_for(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    mend: Mend,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There is no charger to give it to."""
    with pytest.raises(InvalidStatus):
        await fake(headers=basic("new-password-5678")).__aenter__()
    confirm = await mend("wrong_password")
    with monkeypatch.context() as patch:
        patch.setattr(entry, "update_listeners", [])
        remove_charger(hass, entry)
    answer = await confirm(password="new-password-5678")
    assert (answer["type"], answer["reason"]) == ("abort", "no_longer_needed")


async def test_the_entry_is_removed_while_a_repair_is_open(
    hass: HomeAssistant, entry: MockConfigEntry, mend: Mend, waiting: FakeCharger
) -> None:
    """Nor is there then."""
    confirm = await mend("restart_required")
    await hass.config_entries.async_remove(entry.entry_id)
    answer = await confirm()
    assert (answer["type"], answer["reason"]) == ("abort", "no_longer_needed")


# The port


@pytest.fixture
async def busy(
    hass: HomeAssistant, entry: MockConfigEntry
) -> AsyncIterator[socket.socket]:
    """An entry whose port somebody else has."""
    with socket.create_server(("127.0.0.1", entry.data["port"])) as other:
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        yield other
    for loaded in hass.config_entries.async_loaded_entries(DOMAIN):
        await hass.config_entries.async_unload(loaded.entry_id)


async def test_port_busy(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    busy: socket.socket,
    mend: Mend,
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    """Another port is taken; one that cannot be had either is told of."""
    confirm = await mend("port_busy")
    answer = await confirm(port=entry.data["port"])
    assert answer["errors"] == {"base": "not_mended"}
    assert "in use" in answer["description_placeholders"]["error"]
    port = unused_tcp_port_factory()
    assert (await confirm(port=port))["type"] == "create_entry"
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["port"] == port
    assert not issues(hass)


async def test_the_port_is_free_again(
    hass: HomeAssistant, entry: MockConfigEntry, busy: socket.socket
) -> None:
    """There is nothing to mend then."""
    assert "port_busy" in issues(hass)
    busy.close()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert not issues(hass)


async def test_the_entry_is_removed(
    hass: HomeAssistant, entry: MockConfigEntry, busy: socket.socket
) -> None:
    """Nor then."""
    await hass.config_entries.async_remove(entry.entry_id)
    assert not issues(hass)


@pytest.mark.parametrize(
    "chargers",
    [
        {
            IDENTITY: {"grid_power_entity": "sensor.grid"},
            "CP-2": {"grid_power_entity": "sensor.grid", "grid_power_sign": "export"},
            "CP-3": {"grid_power_entity": "sensor.other", "grid_power_sign": "export"},
            "CP-4": {"grid_power_entity": "sensor.other", "grid_power_sign": "export"},
        }
    ],
)
async def test_the_sign_of_a_grid_meter(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str, mend: Mend
) -> None:
    """It is chosen once for all chargers that have the meter, and gone with the entry."""
    confirm = await mend("meter_signs_differ")
    assert (await confirm(grid_power_sign="import"))["type"] == "create_entry"
    await hass.async_block_till_done()
    assert "meter_signs_differ" not in issues(hass)
    signs = {
        subentry.unique_id: subentry.data["grid_power_sign"]
        for subentry in entry.subentries.values()
    }
    assert signs == {
        IDENTITY: "import",
        "CP-2": "import",
        "CP-3": "export",
        "CP-4": "export",
    }
    subentry = next(iter(entry.subentries.values()))
    hass.config_entries.async_update_subentry(
        entry, subentry, data={**subentry.data, "grid_power_sign": "export"}
    )
    await hass.async_block_till_done()
    assert "meter_signs_differ" in issues(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    assert "meter_signs_differ" not in issues(hass)
