"""Passwords: who may pass for a charger, and what comes of a wrong password."""

from base64 import b64encode
from collections.abc import Callable
import logging
import string
from typing import Any

from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus

from custom_components import schneider_ev
from custom_components.schneider_ev.central_system import Problem, door
from custom_components.schneider_ev.central_system.charge_point.charger import Charger
from custom_components.schneider_ev.central_system.transport import budget
from custom_components.schneider_ev.central_system.transport.authentication import (
    Throttle,
    generate_password,
    hide_passwords,
    presents,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from tests.conftest import DOMAIN, IDENTITY
from tests.fake_charger import FakeCharger, Payload
from tests.scenes import basic

type Fake = Callable[..., FakeCharger]

PASSWORD = "correct horse 17"
NEW_PASSWORD = "0123456789abcdefABCDEF0123456789abcdef01"

WITH_PASSWORD = pytest.mark.parametrize(
    "chargers", [{IDENTITY: {"password": PASSWORD}, "CP-2": {}}]
)


def encoded(credentials: bytes) -> str:
    """Return credentials as they are in a header."""
    return b64encode(credentials).decode()


async def dial(fake: Fake, headers: dict[str, str] | None = None) -> int:
    """Dial, hang up, and return the status of the answer."""
    try:
        async with fake(headers=headers):
            return 101
    except InvalidStatus as refused:
        status: int = refused.response.status_code
        return status


def charger(entry: MockConfigEntry) -> Charger:
    """Return the charger as the central system knows it."""
    known: Charger = entry.runtime_data.central_system.chargers[IDENTITY]
    return known


def subentry(entry: MockConfigEntry) -> ConfigSubentry:
    """Return what the owner says of the charger."""
    return next(
        each for each in entry.subentries.values() if each.unique_id == IDENTITY
    )


def issue(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    """Return what the owner is told of the charger's password."""
    return ir.async_get(hass).async_get_issue(
        DOMAIN, f"wrong_password_{entry.entry_id}_{IDENTITY}"
    )


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        """Start at some time."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture(autouse=True)
def _no_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do without entities, which take time to make."""
    monkeypatch.setattr(schneider_ev, "PLATFORMS", [])


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that failures are counted by."""
    clock = Clock()
    monkeypatch.setattr(budget, "monotonic", clock)
    return clock


# What a charger presents


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        (f"Basic {encoded(b'CP-1:secret')}", True),
        (f"basic {encoded(b'CP-1:secret')}", True),
        (f"BASIC   {encoded(b'CP-1:secret')} ", True),
        (f"Basic {encoded(b'CP-1:Secret')}", False),
        (f"Basic {encoded(b'CP-1:secret ')}", False),
        (f"Basic {encoded(b'CP-1:')}", False),
        (f"Basic {encoded(b'CP-1')}", False),
        (f"Basic {encoded(b':secret')}", False),
        (f"Basic {encoded(b'cp-1:secret')}", False),
        (f"Basic {encoded(b'CP-2:secret')}", False),
        (f"Basic {encoded(b'secret')}", False),
        (f"Basic {encoded(bytes([255, 254]))}", False),
        (f"Bearer {encoded(b'CP-1:secret')}", False),
        (encoded(b"CP-1:secret"), False),
        ("Basic CP-1:secret", False),
        ("Basic Q1AtMTpzZWNyZXQ!", False),
        ("Basic ä", False),
        ("Basic", False),
        ("", False),
    ],
)
def test_presents(header: str, *, matches: bool) -> None:
    """Only the right user with the right password counts, whatever else is sent."""
    headers = Headers({"Authorization": header})
    assert presents(headers, "CP-1", "secret") is matches


def test_presents_nothing() -> None:
    """Who sends no credentials, or two of them, presents no password."""
    assert not presents(Headers(), "CP-1", "secret")
    right = ("Authorization", f"Basic {encoded(b'CP-1:secret')}")
    assert presents(Headers([right]), "CP-1", "secret")
    assert not presents(Headers([right, right]), "CP-1", "secret")


@pytest.mark.parametrize(
    ("password", "sent", "matches"),
    [
        ("00ff10", b"00ff10", True),
        ("00ff10", b"\x00\xff\x10", True),
        ("00FF10", b"\x00\xff\x10", True),
        ("00ff10", b"00FF10", False),
        ("00ff1", b"00ff1", True),
        ("00ff1", b"\x00\xff", False),
        ("00 ff", b"\x00\xff", False),
        ("pässword", "pässword".encode(), True),
        ("with:colon", b"with:colon", True),
    ],
)
def test_presents_hexadecimal(password: str, sent: bytes, *, matches: bool) -> None:
    """A password of hexadecimal digits may come as the bytes that they stand for."""
    headers = Headers({"Authorization": f"Basic {encoded(b'A:1:' + sent)}"})
    assert presents(headers, "A:1", password) is matches


@given(st.binary(max_size=60))
def test_presents_by_chance(credentials: bytes) -> None:
    """Whatever is sent is understood, and is right only if it is."""
    headers = Headers({"Authorization": f"Basic {encoded(credentials)}"})
    assert presents(headers, "CP-1", "secret") is (credentials == b"CP-1:secret")


@pytest.mark.parametrize(
    ("maximum", "length", "characters"),
    [
        (None, 40, string.hexdigits),
        (40, 40, string.hexdigits),
        (255, 40, string.hexdigits),
        (39, 39, string.ascii_letters + string.digits),
        (20, 20, string.ascii_letters + string.digits),
    ],
)
def test_generate_password(maximum: int | None, length: int, characters: str) -> None:
    """A generated password is as long as it may be, and never the same."""
    passwords = {generate_password(maximum) for _ in range(100)}
    assert len(passwords) == 100
    for password in passwords:
        assert len(password) == length
        assert set(password) <= set(characters)


# Dialling


@WITH_PASSWORD
async def test_dial(fake: Fake) -> None:
    """A charger with a password gets in with it, and in no other way."""
    for headers, status in (
        (basic(PASSWORD), 101),
        (basic("wrong"), 401),
        (basic(PASSWORD, "CP-2"), 401),
        (basic(""), 401),
        ({"Authorization": f"Bearer {PASSWORD}"}, 401),
        ({"Authorization": "Basic \xff\xfe"}, 401),
        (None, 401),
        (basic(PASSWORD), 101),
    ):
        assert await dial(fake, headers) == status, headers


@WITH_PASSWORD
async def test_dial_is_told_how(fake: Fake) -> None:
    """Who is turned away is told how to sign in."""
    with pytest.raises(InvalidStatus) as refused:
        await fake().__aenter__()
    headers = refused.value.response.headers
    assert headers["WWW-Authenticate"] == 'Basic realm="OCPP"'


@pytest.mark.parametrize("chargers", [{IDENTITY: {"password": NEW_PASSWORD}}])
async def test_dial_hexadecimal(fake: Fake) -> None:
    """One that takes its password for hexadecimal gets in, too."""
    assert await dial(fake, basic(NEW_PASSWORD)) == 101
    assert await dial(fake, basic(bytes.fromhex(NEW_PASSWORD))) == 101
    assert await dial(fake, basic(bytes.fromhex(NEW_PASSWORD)[:-1])) == 401


@pytest.mark.parametrize("chargers", [{IDENTITY: {}}, {IDENTITY: {"password": ""}}])
async def test_dial_without_a_password(hass: HomeAssistant, fake: Fake) -> None:
    """A charger that has none may send what it likes, as often as it likes."""
    for _ in range(12):
        assert await dial(fake, basic("anything")) == 101
    assert await dial(fake) == 101


@WITH_PASSWORD
async def test_impostor(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """Who does not know the password does not disturb the charger that does."""
    async with fake(headers=basic(PASSWORD)) as real:
        await real.boot()
        assert await dial(fake, basic("wrong")) == 401
        assert (await real.call("Heartbeat"))["currentTime"]
        connection = charger(entry).link.connection
        assert connection is not None
        assert connection.presents(PASSWORD)
        assert not connection.presents("wrong")
        assert not connection.is_encrypted


@WITH_PASSWORD
async def test_wrong_password_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """The owner hears of a charger that is turned away, until it gets in."""
    assert issue(hass, entry) is None
    for headers in (basic("wrong"), None):
        assert await dial(fake, headers) == 401
        assert charger(entry).problems.get(Problem.WRONG_PASSWORD) == {
            "address": "127.0.0.1"
        }
        told = issue(hass, entry)
        assert told is not None
        assert told.translation_placeholders == {
            "name": f"Charger {IDENTITY}",
            "address": "127.0.0.1",
        }
        assert await dial(fake, basic(PASSWORD)) == 101
        assert charger(entry).problems.get(Problem.WRONG_PASSWORD) is None
        assert issue(hass, entry) is None


@WITH_PASSWORD
async def test_password_is_no_problem_any_more(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """A charger that gets in because it needs no password any more is no problem."""
    assert await dial(fake) == 401
    await reconfigure(hass, entry)
    assert await dial(fake) == 101
    assert issue(hass, entry) is None


@WITH_PASSWORD
async def test_nothing_is_logged(
    hass: HomeAssistant, fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    """Passwords are in no log of ours, not even in the details."""
    caplog.set_level(logging.DEBUG)
    read_out = "a key that can be read"
    async with fake(headers=basic(PASSWORD)) as real:
        real.configuration["AuthorizationKey"] = (read_out, False)
        await real.boot()
        await real.until_ready()
        await change(hass, real, "Accepted")
    await dial(fake, basic("attempt"))
    logged = "\n".join(
        str(record.__dict__)
        for record in caplog.records
        if record.name.startswith("custom_components")
    )
    assert "LightIntensity" in logged
    assert "AuthorizationKey" in logged
    for secret in (PASSWORD, NEW_PASSWORD, read_out, "attempt"):
        assert secret not in logged
        assert basic(secret)["Authorization"].split()[1] not in logged


async def test_nothing_is_told(hass: HomeAssistant, ready: FakeCharger) -> None:
    """A password that the product does not take is not in the error either."""
    (device,) = dr.async_get(hass).devices
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(
            DOMAIN,
            "change_configuration",
            {
                "device_id": device.id,
                "key": "AuthorizationKey",
                "value": NEW_PASSWORD,
                "confirm": True,
            },
            blocking=True,
        )
    assert error.value.translation_key == "value_not_accepted"
    assert NEW_PASSWORD not in str(error.value)
    assert NEW_PASSWORD not in str(ready.received)


@pytest.mark.parametrize(
    "frame",
    [
        '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"SECRET"}]',
        '[2,"1","ChangeConfiguration",{"value":"SECRET","key":"authorizationkey"}]',
        r'[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"}\"SECRET"}]',
        '[3,"1",[{"key":"AuthorizationKey","value":"SECRET"},{"value":"KEPT"}]]',
    ],
)
def test_hide_passwords(frame: str) -> None:
    """A password is left out of a frame, and nothing else is."""
    for form in (frame, frame.encode()):
        shown = hide_passwords(form)
        assert "SECRET" not in shown
        assert "AuthorizationKey" in shown
        assert ("KEPT" in shown) is ("KEPT" in frame)
    plain = '[2,"1","Heartbeat",{}]'
    assert hide_passwords(plain) == plain


# Guessing


def guess(throttle: Throttle, identity: str, address: str, times: int) -> int:
    """Fail so often, where that is allowed; return how often it was."""
    allowed = 0
    for _ in range(times):
        if throttle.allows(identity, address):
            throttle.failed(identity, address)
            allowed += 1
    return allowed


def test_throttle(clock: Clock) -> None:
    """Ten failures at once are let pass, then one each six seconds."""
    throttle = Throttle()
    assert guess(throttle, "CP-1", "a", 20) == 10
    assert throttle.allows("CP-1", "b")
    clock.now += 5.9
    assert not throttle.allows("CP-1", "a")
    for _ in range(3):
        clock.now += 6
        assert guess(throttle, "CP-1", "a", 20) == 1
    clock.now += 53
    assert guess(throttle, "CP-1", "a", 20) == 9
    clock.now += 3600
    assert guess(throttle, "CP-1", "a", 20) == 10


def test_throttle_of_those_behind_one_address(clock: Clock) -> None:
    """One that tries again and again locks out itself, and no other charger there."""
    throttle = Throttle()
    for _ in range(100):
        guess(throttle, "CP-2", "a", 20)
        assert throttle.allows("CP-1", "a")
        clock.now += 60


def test_throttle_of_many_identities(clock: Clock) -> None:
    """Who guesses the passwords of many chargers in turn has a limit in all."""
    throttle = Throttle()
    guesses = [guess(throttle, f"CP-{number}", "a", 20) for number in range(30)]
    assert sum(guesses) == 100
    assert not throttle.allows("CP-99", "a")
    assert throttle.allows("CP-99", "b")
    clock.now += 0.6
    assert throttle.allows("CP-99", "a")


def test_throttle_of_many_addresses(clock: Clock) -> None:
    """Guesses from anywhere have a limit, and leave the address of the charger alone."""
    throttle = Throttle()
    throttle.succeeded("CP-1", "192.0.2.1")
    guesses = [guess(throttle, "CP-1", f"192.0.2.{n}", 20) for n in range(2, 60)]
    assert sum(guesses) == 100
    assert not throttle.allows("CP-1", "192.0.2.99")
    assert throttle.allows("CP-1", "192.0.2.1")
    assert throttle.allows("CP-2", "192.0.2.99")
    # there, too, it is not guessed without end
    assert guess(throttle, "CP-1", "192.0.2.1", 20) == 10


def test_throttle_by_prefix(clock: Clock) -> None:
    """Who has a whole prefix of IPv6 addresses is one who guesses, not 3,000."""
    throttle = Throttle()
    addresses = [f"2001:db8::{number:x}" for number in range(3000)]
    assert sum(guess(throttle, "CP-1", address, 1) for address in addresses) == 10
    assert throttle.allows("CP-1", "2001:db8:0:1::1")


def test_throttle_forgets(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many addresses fail, only the last ones are remembered."""
    monkeypatch.setattr(budget, "MAX_KEYS", 3)
    throttle = Throttle()
    for address in "abcd":
        for _ in range(10):
            throttle.failed("CP-1", address)
        throttle.failed("CP-1", "a")
    assert [throttle.allows("CP-1", address) for address in "abcd"] == [
        False,
        True,
        False,
        False,
    ]


@WITH_PASSWORD
async def test_guessing(
    entry: MockConfigEntry, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who guesses too often is refused for a while, without a look at what he sends."""
    for _ in range(10):
        assert await dial(fake, basic("wrong")) == 401
    with monkeypatch.context() as patch:
        patch.setattr(door, "presents", lambda *_: pytest.fail("it was looked at"))
        assert await dial(fake, basic(PASSWORD)) == 401
    assert await dial(fake, basic(PASSWORD)) == 401
    clock.now += 6
    assert await dial(fake, basic(PASSWORD)) == 101
    # others at the same address that need no password are not concerned
    assert await dial(fake, basic("wrong")) == 401
    assert await dial(fake, basic(PASSWORD)) == 401
    async with fake("CP-2") as other:
        assert (await other.boot())["status"] == "Accepted"


# Another password


async def change(hass: HomeAssistant, fake_charger: FakeCharger, status: str) -> None:
    """Set the charger's password to the new one, which it answers by that status."""
    fake_charger.answers["ChangeConfiguration"] = {"status": status}
    entry = hass.config_entries.async_entries(DOMAIN)[0]
    central_system = entry.runtime_data.central_system
    await central_system.chargers[IDENTITY].link.call(
        "ChangeConfiguration", {"key": "authorizationKey", "value": NEW_PASSWORD}
    )
    await hass.async_block_till_done()


async def dial_and_change(hass: HomeAssistant, fake: Fake, status: str) -> None:
    """Have a charger dial with its password, be given another one, and hang up."""
    async with fake(headers=basic(PASSWORD)) as real:
        await real.boot()
        await real.until_ready()
        await change(hass, real, status)


@WITH_PASSWORD
async def test_change_accepted(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """A password that the charger took counts from then on, and is kept."""
    async with fake(headers=basic(PASSWORD)) as real:
        await real.boot()
        await real.until_ready()
        await change(hass, real, "Accepted")
        assert (await real.call("Heartbeat"))["currentTime"]
        assert subentry(entry).data == {
            "identity": IDENTITY,
            "password": NEW_PASSWORD,
        }
        assert charger(entry).credentials.new_password is None
    assert await dial(fake, basic(PASSWORD)) == 401
    assert await dial(fake, basic(NEW_PASSWORD)) == 101
    await hass.config_entries.async_reload(entry.entry_id)
    assert await dial(fake, basic(PASSWORD)) == 401
    assert await dial(fake, basic(NEW_PASSWORD)) == 101


@WITH_PASSWORD
@pytest.mark.parametrize("status", ["Rejected", "NotSupported"])
async def test_change_refused(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, status: str
) -> None:
    """A password that the charger did not take counts for nothing."""
    await dial_and_change(hass, fake, status)
    assert subentry(entry).data["password"] == PASSWORD
    assert await dial(fake, basic(NEW_PASSWORD)) == 401
    assert await dial(fake, basic(PASSWORD)) == 101


@WITH_PASSWORD
async def test_change_with_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """Both count where the charger restarts first, until the new one comes."""
    await dial_and_change(hass, fake, "RebootRequired")
    assert subentry(entry).data["password"] == PASSWORD
    assert await dial(fake, basic("wrong")) == 401
    assert await dial(fake, basic(PASSWORD)) == 101
    assert await dial(fake, basic(NEW_PASSWORD)) == 101
    await hass.async_block_till_done()
    assert subentry(entry).data["password"] == NEW_PASSWORD
    assert await dial(fake, basic(PASSWORD)) == 401
    assert await dial(fake, basic(NEW_PASSWORD)) == 101


@WITH_PASSWORD
async def test_a_restart_of_home_assistant_in_between(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """The password that waits for the charger's restart is not forgotten."""
    await dial_and_change(hass, fake, "RebootRequired")
    await hass.config_entries.async_reload(entry.entry_id)
    assert await dial(fake, basic("wrong")) == 401
    assert await dial(fake, basic(NEW_PASSWORD)) == 101
    await hass.async_block_till_done()
    assert subentry(entry).data["password"] == NEW_PASSWORD


@pytest.mark.parametrize("status", ["Accepted", "RebootRequired"])
async def test_change_without_a_password(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Fake,
    status: str,
) -> None:
    """A charger that does not have to sign in does not have to afterwards."""
    await change(hass, ready, status)
    assert "password" not in subentry(entry).data
    assert charger(entry).credentials.new_password is None
    assert await dial(fake) == 101
    assert await dial(fake, basic(NEW_PASSWORD)) == 101


@WITH_PASSWORD
async def test_introduce(entry: MockConfigEntry, fake: Fake) -> None:
    """While a password is introduced, both of them open the door."""
    charger(entry).credentials.admit_also(NEW_PASSWORD)
    assert await dial(fake, basic(PASSWORD)) == 101
    assert await dial(fake, basic("wrong")) == 401


async def test_introduce_the_first(entry: MockConfigEntry, fake: Fake) -> None:
    """Whether a charger came with its first password can be seen, nothing else changes."""
    assert await dial(fake) == 101
    async with fake(headers=basic(NEW_PASSWORD)) as real:
        await real.boot()
        connection = charger(entry).link.connection
        assert connection is not None
        assert connection.presents(NEW_PASSWORD)
        assert charger(entry).credentials.new_password is None
        assert charger(entry).credentials.password is None


# The forms


async def reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, **data: Any
) -> Payload:
    """Change what is said of the charger; return the form's suggestions."""
    form = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "charger"),
        context={"source": "reconfigure", "subentry_id": subentry(entry).subentry_id},
    )
    assert form["data_schema"] is not None
    suggested = {
        str(field): (field.description or {}).get("suggested_value")
        for field in form["data_schema"].schema
    }
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"], {"name": "Garage", **data}
    )
    assert result["type"] is FlowResultType.ABORT
    await hass.async_block_till_done()
    return suggested


@WITH_PASSWORD
async def test_change_by_hand(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """Another password disturbs no connection; the next one needs it."""
    async with fake(headers=basic(PASSWORD)) as real:
        await real.boot()
        suggested = await reconfigure(hass, entry, password=NEW_PASSWORD)
        assert suggested["password"] == PASSWORD
        assert (await real.call("Heartbeat"))["currentTime"]
        assert await dial(fake, basic(PASSWORD)) == 401
        assert (await real.call("Heartbeat"))["currentTime"]
    assert await dial(fake, basic(NEW_PASSWORD)) == 101


@WITH_PASSWORD
async def test_take_away_by_hand(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """A charger whose password is taken away needs none."""
    assert await dial(fake) == 401
    await reconfigure(hass, entry, password="")
    assert await dial(fake) == 101


@pytest.mark.parametrize("chargers", [{}])
@pytest.mark.parametrize(
    ("headers", "is_accepted"), [(None, False), (basic(PASSWORD, "new"), True)]
)
async def test_add(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    headers: dict[str, str] | None,
    *,
    is_accepted: bool,
) -> None:
    """One that waits to be accepted needs the password with which it is added, too."""
    async with fake("new", headers=headers) as waiting:
        assert (await waiting.boot())["status"] == "Pending"
        form = await hass.config_entries.subentries.async_init(
            (entry.entry_id, "charger"), context={"source": "user"}
        )
        result = await hass.config_entries.subentries.async_configure(
            form["flow_id"], {"identity": "new", "password": PASSWORD}
        )
        assert result["type"] is FlowResultType.CREATE_ENTRY
        await hass.async_block_till_done()
        if is_accepted:
            assert (await waiting.boot())["status"] == "Accepted"
        else:
            assert (await waiting.wait_closed())[1] == "a password is needed"
    known = entry.runtime_data.central_system.chargers["new"]
    assert known.credentials.password == PASSWORD
    assert PASSWORD not in repr(known.settings)
