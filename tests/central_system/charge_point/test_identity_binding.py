"""Who is the charger: it signed in, shows the serial number that its owner confirmed, or is where it was."""

import asyncio
from collections.abc import Callable
from typing import Any, override

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from websockets.frames import CloseCode

from custom_components.schneider_ev.central_system.charge_point import (
    identity_binding,
    patience,
)
from custom_components.schneider_ev.central_system.charge_point.credentials import (
    Credentials,
)
from custom_components.schneider_ev.central_system.charge_point.identity_binding import (
    IdentityBinding,
)
from custom_components.schneider_ev.central_system.charge_point.link import Link
from custom_components.schneider_ev.central_system.messages.boot import BootInfo
from custom_components.schneider_ev.central_system.state import duplicate_identity
from custom_components.schneider_ev.central_system.transport import connection
from custom_components.schneider_ev.central_system.values import Values
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from tests.central_system.charge_point.scripted import ScriptedConnection
from tests.conftest import IDENTITY, Act, Shown
from tests.fake_charger import CallError, FakeCharger, Payload
from tests.scenes import (
    START,
    basic,
    charge,
    device,
    get_ready,
    issues,
    register,
    remove_charger,
    sessions,
    start,
    until,
)

type Fake = Callable[..., FakeCharger]

ELSEWHERE = "127.0.0.2"
SERIAL = "FAKE0001"
OTHER: dict[str, Any] = {"chargePointSerialNumber": "OTHER", "chargePointModel": "Odd"}
PASSWORD = "0123456789abcdef"
WITH_PASSWORD = pytest.mark.parametrize(
    "chargers", [{IDENTITY: {"password": PASSWORD}}]
)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a pong and for a BootNotification only briefly."""
    monkeypatch.setattr(connection, "PONG_TIMEOUT", 0.3)
    monkeypatch.setattr(patience, "BOOT_GRACE", 0.1)


async def is_turned_away(charger: FakeCharger) -> bool:
    """Tell whether a charger that connected is closed on with Try Again Later."""
    code, _ = await asyncio.wait_for(charger.wait_closed(), 5)
    return code == CloseCode.TRY_AGAIN_LATER


def asked_to_boot(charger: FakeCharger) -> int:
    """Return how often a charger was asked for a BootNotification."""
    boot = {"requestedMessage": "BootNotification"}
    return charger.calls("TriggerMessage").count(boot)


# A new connection while there is one


async def test_another_address_while_it_answers(
    ready: FakeCharger, fake: Fake, shown: Shown
) -> None:
    """The present connection is pinged, and kept; nothing of the other one is read."""
    async with fake(source=ELSEWHERE) as impostor:
        await impostor.send_raw('[2, "1", "BootNotification", {}]')
        assert await is_turned_away(impostor)
        assert not impostor.received
    assert await ready.call("Heartbeat")
    assert shown[f"{IDENTITY}_connected"] == "on"


async def test_another_address_before_the_charger_ever_booted(fake: Fake) -> None:
    """The first one is kept: nothing is known of either."""
    async with fake() as first, fake(source=ELSEWHERE) as second:
        assert await is_turned_away(second)
        assert (await first.boot())["status"] == "Accepted"


@pytest.mark.parametrize("is_gone", [False, True])
async def test_another_address_while_it_does_not_answer(
    ready: FakeCharger, fake: Fake, shown: Shown, *, is_gone: bool
) -> None:
    """A charger that got another address is served, though its old socket is open still."""
    if is_gone:
        ready.drop()
    else:
        ready.websocket.transport.pause_reading()
    async with fake(source=ELSEWHERE) as moved:
        assert (await moved.boot())["status"] == "Accepted"
        await moved.until_ready()
        assert shown[f"{IDENTITY}_connected"] == "on"
        ready.drop()
        await asyncio.sleep(0.05)
        assert await moved.call("Heartbeat")


async def test_two_at_once_while_it_does_not_answer(
    ready: FakeCharger, fake: Fake
) -> None:
    """One of them is served, and once it showed its serial number it is kept."""
    ready.websocket.transport.pause_reading()
    async with fake(source=ELSEWHERE) as one, fake(source="127.0.0.3") as other:
        closing = [asyncio.ensure_future(each.wait_closed()) for each in (one, other)]
        closed, (open_still,) = await asyncio.wait(
            closing, timeout=5, return_when=asyncio.FIRST_COMPLETED
        )
        assert len(closed) == 1
        served = (one, other)[closing.index(open_still)]
        assert (await served.boot())["status"] == "Accepted"
        assert await served.call("Heartbeat")
        async with fake(source="127.0.0.4") as third:
            assert await is_turned_away(third)
    ready.drop()


async def test_the_charger_comes_back_while_another_is_unconfirmed(
    fake: Fake, ready: FakeCharger
) -> None:
    """Who only knows the identity keeps nobody out: the charger replaces it at once."""
    await ready.websocket.close()
    async with fake(source=ELSEWHERE) as impostor:
        assert await impostor.call("Heartbeat")
        async with fake(source="127.0.0.3") as charger:
            assert (await charger.boot())["status"] == "Accepted"
            await impostor.wait_closed()
            assert await charger.call("Heartbeat")


@WITH_PASSWORD
async def test_signed_in_from_another_address(fake: Fake) -> None:
    """It replaces the present connection at once, though that answers."""
    async with fake(headers=basic(PASSWORD)) as before:
        await before.boot()
        async with fake(headers=basic(PASSWORD), source=ELSEWHERE) as after:
            assert (await after.boot())["status"] == "Accepted"
            await before.wait_closed()
            assert await after.call("Heartbeat")


async def test_removed_while_the_present_one_is_pinged(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, fake: Fake
) -> None:
    """The new one is a stranger by then."""
    ready.websocket.transport.pause_reading()
    async with fake(source=ELSEWHERE) as moved:
        remove_charger(hass, entry)
        ready.drop()
        assert (await moved.boot())["status"] == "Pending"


async def test_stopped_while_the_present_one_is_pinged(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, fake: Fake
) -> None:
    """Nothing of either is left."""
    ready.websocket.transport.pause_reading()
    async with fake(source=ELSEWHERE) as moved:
        unloading = hass.async_create_task(
            hass.config_entries.async_unload(entry.entry_id)
        )
        ready.drop()
        await moved.wait_closed()
        assert await unloading


async def test_a_late_boot_of_the_connection_before() -> None:
    """It does not confirm the one that replaced it."""
    link = Link(IDENTITY, Values())
    binding = IdentityBinding(link, Credentials(None), Values(), SERIAL)
    before, after = Addressed("127.0.0.1"), Addressed(ELSEWHERE)
    boot = BootInfo(vendor="Schneider Electric", model="", serial_number=SERIAL)
    binding.attach(before)
    binding.attach(after)
    binding.confirm(before, boot)
    assert not link.is_confirmed
    assert binding.address is None
    binding.confirm(after, boot)
    assert link.is_confirmed
    assert binding.address == ELSEWHERE
    binding.attach(before)
    assert not link.is_confirmed
    binding.attach(Addressed(ELSEWHERE))
    assert link.is_confirmed
    binding.close()


class Addressed(ScriptedConnection):
    """A connection from an address, that did not sign in."""

    def __init__(self, address: str) -> None:
        """Set the address."""
        super().__init__(())
        self._address = address

    @property
    @override
    def address(self) -> str:
        return self._address


# Without a BootNotification


async def reconnect(fake: Fake, source: str) -> FakeCharger:
    """Return a charger that uses a list of badges, and connects from an address."""
    charger = fake(source=source)
    charger.configuration["LocalAuthListEnabled"] = ("true", False)
    charger.answers["GetLocalListVersion"] = {"listVersion": 0}
    return await charger.__aenter__()


async def test_the_list_of_badges_waits_for_the_serial_number(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, act: Act
) -> None:
    """From another address the charger is asked to boot, and only then gets the list."""
    async with fake() as charger:
        charger.configuration["LocalAuthListEnabled"] = ("true", False)
        await charger.boot()
        await charger.until_ready()
    await register(hass, entry, "04A1B2C3", "Ada")
    moved = await reconnect(fake, ELSEWHERE)
    assert await moved.call("Heartbeat")
    await moved.until(lambda: asked_to_boot(moved) == 1)
    await moved.until_ready()
    for action, fields in (
        ("synchronise_badges", {}),
        ("reserve_now", {"connector_id": 1, "id_tag": "04A1B2C3"}),
        ("remote_start_transaction", {"id_tag": "04A1B2C3"}),
    ):
        if action == "reserve_now":
            fields |= {"expiry_date": "2036-01-01T00:00:00Z", "reservation_id": 1}
        with pytest.raises(HomeAssistantError) as raised:
            await act(action, **fields)
        assert raised.value.translation_key == "charger_not_confirmed"
    assert "04A1B2C3" not in str(moved.received)
    await moved.boot()
    sent = await moved.until_called("SendLocalList")
    assert sent["localAuthorizationList"][0]["idTag"] == "04A1B2C3"
    assert asked_to_boot(moved) == 1
    assert not issues(hass)
    await moved.websocket.close()


async def test_the_same_address_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, ready: FakeCharger
) -> None:
    """Home Assistant remembers where the charger was, which is served as it was."""
    await hass.config_entries.async_reload(entry.entry_id)
    await register(hass, entry, "04A1B2C3", "Ada")
    charger = await reconnect(fake, "127.0.0.1")
    assert await charger.call("Heartbeat")
    await charger.until_called("SendLocalList")
    assert not asked_to_boot(charger)
    await charger.websocket.close()


@pytest.mark.parametrize("chargers", [{IDENTITY: {"manage_configuration": False}}])
async def test_one_that_is_not_managed_is_not_asked(
    hass: HomeAssistant, fake: Fake
) -> None:
    """It is sent nothing of our own accord."""
    async with fake() as charger:
        await charger.boot()
    async with fake(source=ELSEWHERE) as moved:
        assert await moved.call("Heartbeat")
        await asyncio.sleep(0.2)
        assert not moved.received


@pytest.mark.parametrize("chargers", [{IDENTITY: {"product": "schneider_charge_pro"}}])
async def test_no_password_is_set_on_who_is_not_confirmed(
    fake: Fake, ready: FakeCharger, act: Act
) -> None:
    """A password goes to the charger alone."""
    await ready.websocket.close()
    async with fake(source=ELSEWHERE) as impostor:
        await impostor.call("Heartbeat")
        change = {"key": "authorizationkey", "value": PASSWORD, "confirm": True}
        with pytest.raises(HomeAssistantError) as raised:
            await act("change_configuration", **change)
        assert raised.value.translation_key == "charger_not_confirmed"
        assert PASSWORD not in str(impostor.received)


# Another address, the same serial number


async def test_another_address(
    hass: HomeAssistant, fake: Fake, shown: Shown, entry: MockConfigEntry
) -> None:
    """Goes on as before, as often as it changes, also after a restart; nobody is asked."""
    for number in (1, 2, 3):
        async with fake(source=f"127.0.0.{number}") as charger:
            await get_ready(charger)
            await hass.async_block_till_done()
            assert shown[f"{IDENTITY}_1_status"] == "available"
        await hass.config_entries.async_reload(entry.entry_id)
    assert not issues(hass)


# Another serial number


async def held(fake: Fake, source: str | None = ELSEWHERE, **boot: Any) -> FakeCharger:
    """Return another charger, which connected and booted."""
    charger = await fake(source=source).__aenter__()
    assert (await charger.boot(**OTHER | boot))["status"] == "Pending"
    return charger


@pytest.mark.parametrize("source", [None, ELSEWHERE])
async def test_another_serial_number(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Fake,
    shown: Shown,
    offline_soon: None,
    source: str | None,
) -> None:
    """It is held like a stranger: nothing is shown of it, and it gets nothing."""
    await register(hass, entry, "04A1B2C3", "Ada")
    await ready.websocket.close()
    await until(lambda: shown[f"{IDENTITY}_connected"] == "off")
    await hass.async_block_till_done()
    before = {state.entity_id: state for state in hass.states.async_all()}
    other = await held(fake, source)
    for action in ("StartTransaction", "Authorize"):
        payload = {"connectorId": 1, "idTag": "04A1B2C3", "meterStart": 0}
        with pytest.raises(CallError) as raised:
            await other.call(action, payload | {"timestamp": START.isoformat()})
        assert raised.value.code == "SecurityError"
    await other.status("Charging")
    await other.call("Heartbeat")
    assert (await other.boot(**OTHER))["status"] == "Pending"
    await hass.async_block_till_done()
    assert {state.entity_id: state.state for state in hass.states.async_all()} == {
        entity_id: state.state for entity_id, state in before.items()
    }
    assert not other.received
    assert await sessions(hass) == []
    registered = device(hass, entry)
    assert registered is not None
    assert registered.serial_number == SERIAL
    assert issues(hass).keys() == {"another_charger"}
    assert issues(hass)["another_charger"].translation_placeholders == {
        "name": f"Charger {IDENTITY}",
        "model": "Odd",
        "serial_number": "OTHER",
        "known_serial_number": SERIAL,
        "address": source or "127.0.0.1",
    }
    await other.websocket.close()


async def test_the_charger_itself_is_served_meanwhile(
    hass: HomeAssistant, ready: FakeCharger, fake: Fake, shown: Shown
) -> None:
    """Another one that is held keeps it out neither here nor there."""
    await ready.websocket.close()
    other = await held(fake)
    async with fake() as charger:
        await get_ready(charger)
        transaction_id = await charge(charger)
        assert transaction_id
        with pytest.raises(CallError):
            await start(other)
        assert (await other.boot(**OTHER))["status"] == "Pending"
        await hass.async_block_till_done()
        assert shown[f"{IDENTITY}_1_status"] == "charging"
    await other.websocket.close()


async def test_no_serial_number_is_another_one(
    hass: HomeAssistant, ready: FakeCharger, fake: Fake
) -> None:
    """Who leaves it out is not the charger that showed one."""
    await ready.websocket.close()
    other = await held(fake, chargePointSerialNumber=None)
    placeholders = issues(hass)["another_charger"].translation_placeholders
    assert placeholders is not None
    assert placeholders["serial_number"] == "–"
    await other.websocket.close()


async def test_a_late_answer_of_another_one(
    ready: FakeCharger, fake: Fake, shown: Shown, hass: HomeAssistant
) -> None:
    """What was asked before it booted, and is answered after, is not taken over."""
    await ready.websocket.close()
    async with fake(source=ELSEWHERE) as other:
        answering = asyncio.Event()

        async def answer(_: Payload) -> Payload:
            await answering.wait()
            brightness = {"key": "LightIntensity", "readonly": False, "value": "7"}
            return {"configurationKey": [brightness]}

        other.answers["GetConfiguration"] = answer
        await other.call("Heartbeat")
        asking = asyncio.create_task(shown.do(f"{IDENTITY}_refresh", "press"))
        await other.until_called("GetConfiguration")
        assert (await other.boot(**OTHER))["status"] == "Pending"
        answering.set()
        with pytest.raises(HomeAssistantError):
            await asking
        await hass.async_block_till_done()
        assert shown[f"{IDENTITY}_light_intensity"] != "7"


@WITH_PASSWORD
async def test_signed_in_with_another_serial_number(
    hass: HomeAssistant, fake: Fake, entry: MockConfigEntry
) -> None:
    """It has the password, so it is the charger, at once."""
    async with fake(headers=basic(PASSWORD)) as charger:
        await charger.boot()
    async with fake(headers=basic(PASSWORD), source=ELSEWHERE) as other:
        assert (await other.boot(**OTHER))["status"] == "Accepted"
        await hass.async_block_till_done()
        registered = device(hass, entry)
        assert registered is not None
        assert registered.serial_number == "OTHER"
    assert not issues(hass)


async def test_another_one_that_is_gone(
    hass: HomeAssistant,
    ready: FakeCharger,
    fake: Fake,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The repair goes when it has not come for long, and comes again with it."""
    monkeypatch.setattr(identity_binding, "FORGET_AFTER", 0.2)
    await ready.websocket.close()
    for _ in range(2):
        other = await held(fake)
        assert "another_charger" in issues(hass)
        await other.websocket.close()
        await until(lambda: not issues(hass))


async def test_two_that_alternate(
    hass: HomeAssistant,
    ready: FakeCharger,
    fake: Fake,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One repair tells of them, not two; the other one comes back after it."""
    monkeypatch.setattr(duplicate_identity, "WINDOW", 3.0)
    await ready.websocket.close()
    other = await held(fake)
    assert issues(hass).keys() == {"another_charger"}
    async with fake() as charger:
        await charger.boot()
    await other.boot(**OTHER)
    assert issues(hass).keys() == {"identity_twice"}
    await until(lambda: "identity_twice" not in issues(hass))
    assert issues(hass).keys() == {"another_charger"}
    await other.websocket.close()


async def test_many_others(
    hass: HomeAssistant,
    ready: FakeCharger,
    fake: Fake,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log has one line of them, the repair the last one; the others are dropped."""
    await ready.websocket.close()
    others = [
        await held(fake, f"127.0.0.{2 + number}", chargePointSerialNumber=f"N{number}")
        for number in range(4)
    ]
    placeholders = issues(hass)["another_charger"].translation_placeholders
    assert placeholders is not None
    assert placeholders["serial_number"] == "N3"
    for other in others[:-1]:
        await other.wait_closed()
    told = [text for text in caplog.messages if "Another charger" in text]
    assert len(told) == 1
    assert not any(secret in told[0] for secret in (IDENTITY, "N0", SERIAL))
    await others[-1].websocket.close()


# What the owner confirmed


async def test_another_one_than_on_the_card(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, ready: FakeCharger
) -> None:
    """It is the charger with the serial number on the card that is added."""
    async with fake("NEW") as mine:
        await mine.boot(chargePointSerialNumber="MINE")
        await hass.async_block_till_done()
        (flow,) = hass.config_entries.flow.async_progress()
    async with fake("NEW", source=ELSEWHERE) as other:
        await other.boot(**OTHER)
        await hass.config_entries.flow.async_configure(flow["flow_id"], {})
        await hass.async_block_till_done()
        assert "another_charger" in issues(hass)
        with pytest.raises(CallError):
            await start(other)
        async with fake("NEW", source="127.0.0.3") as mine:
            answer = await mine.boot(chargePointSerialNumber="MINE")
            assert answer["status"] == "Accepted"
    subentry = next(
        each for each in entry.subentries.values() if each.unique_id == "NEW"
    )
    assert subentry.data["serial_number"] == "MINE"


async def test_the_first_boot_of_one_that_was_added_by_hand(
    hass: HomeAssistant, fake: Fake
) -> None:
    """It shows the serial number that counts from then on."""
    async with fake() as charger:
        assert (await charger.boot())["status"] == "Accepted"
    other = await held(fake)
    await other.websocket.close()
