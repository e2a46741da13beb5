"""Securing a charger from its own dialog: a password, TLS, and the way back."""

import asyncio
from collections.abc import Callable, Iterator
from http import HTTPStatus
import ssl
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from websockets.exceptions import InvalidStatus

from custom_components.schneider_ev.central_system.charge_point import securing
from custom_components.schneider_ev.central_system.state.configuration import (
    ConfigurationItem,
)
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from tests.conftest import DOMAIN, IDENTITY
from tests.fake_charger import FakeCharger, Payload
from tests.keys import quick_keys
from tests.scenes import basic, issues, until
from tests.simulator import Simulator
from tests.texts import TEXTS, check_form

type Fake = Callable[[str], FakeCharger]

HOST = "127.0.0.1"
OLD_PASSWORD = "fedcba9876543210"
NEW_PASSWORD = "0123456789abcdef0123"


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Wait for nothing for long."""
    monkeypatch.setattr(securing, "RETURN_TIMEOUT", 3.0)
    monkeypatch.setattr(securing, "RECONNECT_TIMEOUT", 0.3)
    with quick_keys():
        yield


@pytest.fixture
def entry(
    entry: MockConfigEntry, unused_tcp_port_factory: Callable[[], int]
) -> MockConfigEntry:
    """A central system with a port for secured connections, not loaded yet."""
    return MockConfigEntry(
        domain=entry.domain,
        title=entry.title,
        data={**entry.data, "tls_port": unused_tcp_port_factory()},
        subentries_data=[
            {**subentry.as_dict(), "data": dict(subentry.data)}
            for subentry in entry.subentries.values()
        ],
    )


class Dialog:
    """The dialog of the charger."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Prepare to open it."""
        self._hass = hass
        self._entry = entry
        self.form: Any = None

    @property
    def subentry(self) -> Any:
        """The charger as it is kept."""
        return next(iter(self._entry.subentries.values()))

    async def open(self) -> Any:
        """Open it, and choose to secure the charger."""
        flows = self._hass.config_entries.subentries
        form = await flows.async_init(
            (self._entry.entry_id, "charger"),
            context={
                "source": SOURCE_RECONFIGURE,
                "subentry_id": self.subentry.subentry_id,
            },
        )
        self.form = await flows.async_configure(
            form["flow_id"], {"name": "My charger", "secure": True}
        )
        return self.form

    def suggested(self, field: str) -> Any:
        """Return what a field is filled with."""
        return next(
            key.description["suggested_value"]
            for key in self.form["data_schema"].schema
            if key == field
        )

    async def begin(self, **data: Any) -> Any:
        """Send the form."""
        flows = self._hass.config_entries.subentries
        return await flows.async_configure(self.form["flow_id"], data)

    def close(self) -> None:
        """Close it, whatever it shows."""
        self._hass.config_entries.subentries.async_abort(self.form["flow_id"])

    async def submit(self, **data: Any) -> Any:
        """Send the form, and wait for what comes of it."""
        return await self.end(await self.begin(**data))

    async def end(self, result: Any) -> Any:
        """Wait for what comes of a form that was sent."""
        flows = self._hass.config_entries.subentries
        async with asyncio.timeout(15):
            while result["type"] is FlowResultType.SHOW_PROGRESS:
                assert result["progress_action"] == "securing"
                await asyncio.sleep(0.1)
                await self._hass.async_block_till_done()
                result = await flows.async_configure(self.form["flow_id"])
        return result


@pytest.fixture
def dialog(hass: HomeAssistant, entry: MockConfigEntry) -> Dialog:
    """The dialog of the charger."""
    return Dialog(hass, entry)


@pytest.fixture
def charger(entry: MockConfigEntry, central_system: str) -> Any:
    """The charger as the central system sees it."""
    return entry.runtime_data.central_system.chargers[IDENTITY]


def dial(url: str, product: str, **options: Any) -> Simulator:
    """Return a charger that is quick in everything."""
    return Simulator(
        url, IDENTITY, product, latency=0, redial=0.1, boot_time=0.1, **options
    )


async def ready(simulator: Simulator) -> None:
    """Wait until nothing is done to the charger any more."""
    await simulator.until(simulator.accepted.is_set)
    await simulator.until(lambda: len(simulator.calls("TriggerMessage")) > 1)
    await asyncio.sleep(0.1)


async def test_password_and_tls(
    central_system: str, entry: MockConfigEntry, dialog: Dialog, charger: Any
) -> None:
    """All of it from here: the root, the password, the address, the profile."""
    async with dial(central_system, "evlink_pro_dc") as simulator:
        simulator.configuration["SecurityProfile"] = "0"
        await ready(simulator)
        form = await dialog.open()
        assert form["step_id"] == "secure"
        check_form(form, TEXTS["config_subentries"]["charger"])
        assert form["errors"] == {}
        password = dialog.suggested("password")
        assert len(password) == 40
        result = await dialog.submit(password=password, use_tls=True)
        assert result["reason"] == "secured"
        assert charger.link.connection.is_encrypted
        assert charger.link.connection.presents(password)
        assert simulator.configuration["SecurityProfile"] == "2"
        assert (
            simulator.configuration["SupervisionUrl"]
            == f"wss://{HOST}:{entry.data['tls_port']}"
        )
    assert dialog.subentry.data["password"] == password
    assert dialog.subentry.title == "My charger"
    assert charger.credentials.password == password


@pytest.fixture
async def secured(
    central_system: str, dialog: Dialog, entry: MockConfigEntry
) -> FakeCharger:
    """A charger that was secured with TLS and is away, as it connects without TLS."""
    async with dial(central_system, "evlink_pro_dc") as simulator:
        await ready(simulator)
        await dialog.open()
        result = await dialog.submit(password=NEW_PASSWORD, use_tls=True)
        assert result["reason"] == "secured"
    known = entry.runtime_data.central_system.chargers[IDENTITY]
    await until(lambda: not known.link.is_connected)
    return FakeCharger(central_system, IDENTITY, headers=basic(NEW_PASSWORD))


async def refused(charger: FakeCharger) -> int:
    """Return the HTTP status that a charger is refused with."""
    with pytest.raises(InvalidStatus) as raised:
        await charger.__aenter__()
    return raised.value.response.status_code


async def test_without_tls_afterwards(
    hass: HomeAssistant, entry: MockConfigEntry, secured: FakeCharger
) -> None:
    """The right password is refused in plain, also after a restart, and that is told."""
    assert await refused(secured) == HTTPStatus.FORBIDDEN
    placeholders = issues(hass)["not_encrypted"].translation_placeholders
    assert placeholders == {"name": "My charger", "address": HOST}
    await hass.config_entries.async_reload(entry.entry_id)
    assert "not_encrypted" not in issues(hass)
    assert await refused(secured) == HTTPStatus.FORBIDDEN
    assert "not_encrypted" in issues(hass)


async def test_a_wrong_password_without_tls(
    hass: HomeAssistant, central_system: str, secured: FakeCharger
) -> None:
    """A guesser does not learn that there is TLS, nor that a password is right."""
    guesser = FakeCharger(central_system, IDENTITY, headers=basic(OLD_PASSWORD))
    assert await refused(guesser) == HTTPStatus.UNAUTHORIZED
    assert "not_encrypted" not in issues(hass)


async def test_with_tls_again(
    hass: HomeAssistant, entry: MockConfigEntry, secured: FakeCharger
) -> None:
    """The problem is over once the charger connects by TLS; meanwhile it is none."""
    assert await refused(secured) == HTTPStatus.FORBIDDEN
    url = f"wss://{HOST}:{entry.data['tls_port']}"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=entry.runtime_data.certificates.root)
    headers = basic(NEW_PASSWORD)
    async with FakeCharger(url, IDENTITY, headers=headers, ssl=context) as charger:
        assert (await charger.boot())["status"] == "Accepted"
        assert "not_encrypted" not in issues(hass)
        assert await refused(secured) == HTTPStatus.FORBIDDEN
        assert "not_encrypted" not in issues(hass)


async def test_tls_is_given_up(
    hass: HomeAssistant, secured: FakeCharger, hass_client: ClientSessionGenerator
) -> None:
    """A charger that lost its settings is let in once its owner confirms the repair."""
    assert await refused(secured) == HTTPStatus.FORBIDDEN
    assert await async_setup_component(hass, "repairs", {})
    client = await hass_client()
    issue = {"handler": DOMAIN, "issue_id": issues(hass)["not_encrypted"].issue_id}
    response = await client.post("/api/repairs/issues/fix", json=issue)
    flow = (await response.json())["flow_id"]
    response = await client.post(f"/api/repairs/issues/fix/{flow}", json={})
    assert (await response.json())["type"] == "create_entry"
    assert "not_encrypted" not in issues(hass)
    async with secured as charger:
        assert (await charger.boot())["status"] == "Accepted"


async def test_the_password_is_taken_away(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    central_system: str,
    dialog: Dialog,
    secured: FakeCharger,
) -> None:
    """A charger after a factory reset has neither: its owner takes both away."""
    assert await refused(secured) == HTTPStatus.FORBIDDEN
    flows = hass.config_entries.subentries
    form = await flows.async_init(
        (entry.entry_id, "charger"),
        context={
            "source": SOURCE_RECONFIGURE,
            "subentry_id": dialog.subentry.subentry_id,
        },
    )
    await flows.async_configure(form["flow_id"], {"name": "Mine", "secure": False})
    await hass.async_block_till_done()
    assert "not_encrypted" not in issues(hass)
    async with FakeCharger(central_system, IDENTITY) as charger:
        serial_number = entry.runtime_data.central_system.chargers[
            IDENTITY
        ].boot.serial_number
        answer = await charger.boot(chargePointSerialNumber=serial_number)
        assert answer["status"] == "Accepted"


async def test_from_an_address_that_is_none(
    central_system: str, entry: MockConfigEntry, dialog: Dialog, charger: Any
) -> None:
    """Whatever a charger says that it dials now, the new one is right."""
    async with dial(central_system, "evlink_pro_dc") as simulator:
        await ready(simulator)
        charger.configuration.report(
            [ConfigurationItem(name="SupervisionUrl", value="ws://[", readonly=False)]
        )
        await dialog.open()
        result = await dialog.submit(password="0123456789abcdef0123", use_tls=True)
        assert result["reason"] == "secured"
        new = simulator.configuration["SupervisionUrl"]
        assert new == f"wss://{HOST}:{entry.data['tls_port']}"


async def test_password_only(central_system: str, dialog: Dialog, charger: Any) -> None:
    """A charger that takes no certificates is not offered TLS with ours."""
    async with dial(central_system, "schneider_charge_pro") as simulator:
        simulator.configuration["SecurityProfile"] = "0"
        await ready(simulator)
        form = await dialog.open()
        assert [str(key) for key in form["data_schema"].schema] == ["password"]
        result = await dialog.submit(password="0123456789abcdef")
        assert result["reason"] == "secured"
        assert not charger.link.connection.is_encrypted
        assert charger.link.connection.presents("0123456789abcdef")
    assert dialog.subentry.data["password"] == "0123456789abcdef"


async def test_password_by_hand(
    central_system: str, dialog: Dialog, charger: Any
) -> None:
    """An EVlink Pro AC takes its password in eSetup: it is shown what to type there."""
    async with dial(central_system, "evlink_pro_ac") as simulator:
        await ready(simulator)
        form = await dialog.open()
        assert form["step_id"] == "secure_by_hand"
        check_form(form, TEXTS["config_subentries"]["charger"])
        assert form["description_placeholders"]["tool"] == "eSetup"
        password = dialog.suggested("password")
        assert len(password) == 20
        simulator.configuration["AuthorizationKey"] = password
        result = await dialog.submit(password=password, use_tls=True)
        assert result["reason"] == "secured"
        assert charger.link.connection.is_encrypted
        assert not [
            call
            for call in simulator.calls("ChangeConfiguration")
            if call["key"] == "AuthorizationKey"
        ]
    assert dialog.subentry.data["password"] == password


async def test_back_to_what_worked(
    central_system: str, dialog: Dialog, charger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A charger that cannot follow is put back, and why is told."""
    async with dial(central_system, "evlink_pro_dc", patience=0.2) as simulator:
        simulator.configuration["SecurityProfile"] = "0"
        await ready(simulator)
        await dialog.open()
        monkeypatch.setattr(
            simulator.security, "context", _broken(simulator.security.context)
        )
        result = await dialog.submit(password="0123456789abcdef0123", use_tls=True)
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "not_secured"
        await simulator.until(simulator.connected.is_set)
        assert simulator.configuration["SupervisionUrl"] == central_system
        assert charger.link.connection is not None
        assert not charger.link.connection.is_encrypted
    assert "password" not in dialog.subentry.data
    assert dialog.subentry.title == "My charger"


def _broken(context: Any) -> Any:
    def connect() -> Any:
        if context() is not None:
            raise ConnectionError("the clock is wrong")

    return connect


async def test_refused(central_system: str, dialog: Dialog, charger: Any) -> None:
    """A charger that takes no root certificate stays as it is."""
    async with dial(central_system, "evlink_pro_dc") as simulator:
        await ready(simulator)
        await dialog.open()
        simulator.forget_operations()
        result = await dialog.submit(password="0123456789abcdef0123", use_tls=True)
        assert result["reason"] == "not_secured"
        assert "InstallCertificate" in result["description_placeholders"]["error"]
        assert charger.link.is_connected
    assert "password" not in dialog.subentry.data


@pytest.mark.parametrize("chargers", [{IDENTITY: {"password": OLD_PASSWORD}}])
async def test_refused_with_a_password(
    central_system: str, dialog: Dialog, charger: Any
) -> None:
    """The password that the charger has goes on being asked for."""
    async with dial(
        central_system,
        "evlink_pro_dc",
        configuration={"AuthorizationKey": OLD_PASSWORD, "SecurityProfile": "1"},
    ) as simulator:
        await ready(simulator)
        await dialog.open()
        simulator.forget_operations()
        result = await dialog.submit(password="0123456789abcdef0123", use_tls=True)
        assert result["reason"] == "not_secured"
    assert dialog.subentry.data["password"] == OLD_PASSWORD
    assert charger.credentials.password == OLD_PASSWORD
    assert charger.credentials.new_password is None


NEWEST = {"firmwareVersion": "3.5.8803"}
BY_HAND, FROM_HERE = (
    {IDENTITY: {"password": OLD_PASSWORD, "product": product}}
    for product in ("evlink_pro_ac", "evlink_pro_dc")
)
each_kind = pytest.mark.parametrize(
    "chargers", [BY_HAND, FROM_HERE], ids=["by hand", "from here"]
)


@pytest.fixture
def signing_in(fake: Callable[..., FakeCharger]) -> Fake:
    """A charger that signs in with a password."""

    return lambda password: fake(headers=basic(password))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait until a charger comes back."""
    monkeypatch.setattr(securing, "RETURN_TIMEOUT", 0.1)


@pytest.mark.parametrize("status", ["Accepted", "RebootRequired"])
@each_kind
async def test_in_force_from_the_restart_on(
    dialog: Dialog, signing_in: Fake, status: str
) -> None:
    """The charger is let in with the old password until it comes with the new one."""
    async with signing_in(OLD_PASSWORD) as charger:
        charger.answers["ChangeConfiguration"] = {"status": status}
        await charger.boot(**NEWEST)
        await charger.until_ready()
        await dialog.open()
        result = await dialog.begin(password=NEW_PASSWORD, use_tls=False)
        await charger.until_called("Reset")
    async with signing_in(OLD_PASSWORD) as charger:
        await charger.boot(**NEWEST)
        assert dialog.subentry.data["password"] == OLD_PASSWORD
    async with signing_in(NEW_PASSWORD) as charger:
        await charger.boot(**NEWEST)
        assert (await dialog.end(result))["reason"] == "secured"
    assert dialog.subentry.data["password"] == NEW_PASSWORD
    with pytest.raises(InvalidStatus):
        await signing_in(OLD_PASSWORD).__aenter__()


@pytest.mark.parametrize("chargers", [FROM_HERE])
async def test_in_force_at_once(dialog: Dialog, signing_in: Fake) -> None:
    """The old password is of no use once the charger has come with the new one."""
    async with signing_in(OLD_PASSWORD) as charger:
        charger.answers["ChangeConfiguration"] = {"status": "Accepted"}
        await charger.boot(**NEWEST)
        await charger.until_ready()
        await dialog.open()
        result = await dialog.begin(password=NEW_PASSWORD, use_tls=False)
        await charger.until_called("Reset")
    async with signing_in(NEW_PASSWORD) as charger:
        await charger.boot(**NEWEST)
        assert (await dialog.end(result))["reason"] == "secured"
    with pytest.raises(InvalidStatus):
        await signing_in(OLD_PASSWORD).__aenter__()


@pytest.mark.parametrize("action", ["Reset", "ChangeConfiguration"])
@pytest.mark.parametrize("chargers", [FROM_HERE])
async def test_hangs_up_instead_of_answering(
    dialog: Dialog, signing_in: Fake, action: str
) -> None:
    """A charger that restarts is given the time for it."""
    async with signing_in(OLD_PASSWORD) as charger:
        charger.configuration["SecurityProfile"] = ("0", False)
        charger.configuration["AuthorizationKey"] = (None, False)
        await charger.boot(**NEWEST)
        await charger.until_ready()

        def hang_up(payload: Payload) -> Payload | None:
            if payload.get("key") == "AuthorizationKey":
                return {"status": "Accepted"}
            charger.drop()
            return None

        if action == "Reset":
            charger.answers["ChangeConfiguration"] = {"status": "Accepted"}
        charger.answers[action] = hang_up
        await dialog.open()
        result = await dialog.begin(password=NEW_PASSWORD, use_tls=False)
        await charger.wait_closed()
    async with signing_in(NEW_PASSWORD) as charger:
        await charger.boot(**NEWEST)
        assert (await dialog.end(result))["reason"] == "secured"
    assert dialog.subentry.data["password"] == NEW_PASSWORD


@pytest.mark.parametrize("chargers", [FROM_HERE])
async def test_dials_again_before_it_restarts(dialog: Dialog, signing_in: Fake) -> None:
    """A charger that dials anew, with the old password still, is let in."""
    async with signing_in(OLD_PASSWORD) as charger:
        await charger.boot(**NEWEST)
        await charger.until_ready()
        charger.answers["ChangeConfiguration"] = {"status": "Accepted"}
        await dialog.open()
        result = await dialog.begin(password=NEW_PASSWORD, use_tls=False)
        await charger.until(lambda: dialog.subentry.data["password"] == NEW_PASSWORD)
        async with signing_in(OLD_PASSWORD) as again:
            await again.boot(**NEWEST)
    async with signing_in(NEW_PASSWORD) as charger:
        await charger.boot(**NEWEST)
        assert (await dialog.end(result))["reason"] == "secured"


@pytest.mark.parametrize("chargers", [BY_HAND])
async def test_typed_in_for_nothing(dialog: Dialog, signing_in: Fake) -> None:
    """A charger that refuses the root certificate has the new password all the same."""
    async with signing_in(OLD_PASSWORD) as charger:
        charger.answers["InstallCertificate"] = {"status": "Rejected"}
        await charger.boot(**NEWEST)
        await charger.until_ready()
        await dialog.open()
        result = await dialog.submit(password=NEW_PASSWORD, use_tls=True)
        assert result["reason"] == "not_secured"
    async with signing_in(NEW_PASSWORD) as charger:
        await charger.boot(**NEWEST)
    assert dialog.subentry.data["password"] == NEW_PASSWORD


@each_kind
async def test_in_force_too_late(
    dialog: Dialog, signing_in: Fake, impatient: None
) -> None:
    """A charger that comes with the new password after all is let in."""
    async with signing_in(OLD_PASSWORD) as charger:
        charger.answers["ChangeConfiguration"] = {"status": "RebootRequired"}
        await charger.boot(**NEWEST)
        await charger.until_ready()
        await dialog.open()
        result = await dialog.begin(password=NEW_PASSWORD, use_tls=False)
        await charger.until_called("Reset")
        charger.answers["ChangeConfiguration"] = {"status": "Rejected"}
        assert (await dialog.end(result))["reason"] == "not_secured"
    assert dialog.subentry.data["password"] == OLD_PASSWORD
    async with signing_in(NEW_PASSWORD) as charger:
        await charger.boot(**NEWEST)
    assert dialog.subentry.data["password"] == NEW_PASSWORD


@pytest.mark.parametrize("chargers", [FROM_HERE])
async def test_an_answer_that_is_lost(dialog: Dialog, signing_in: Fake) -> None:
    """The charger may have taken the password, or not."""
    async with signing_in(OLD_PASSWORD) as charger:
        await charger.boot(**NEWEST)
        await charger.until_ready()
        charger.answers["ChangeConfiguration"] = lambda _: None
        await dialog.open()
        result = await dialog.begin(password=NEW_PASSWORD, use_tls=False)
        await charger.until(
            lambda: any(
                call["key"] == "AuthorizationKey"
                for call in charger.calls("ChangeConfiguration")
            )
        )
    assert (await dialog.end(result))["reason"] == "not_secured"
    for password in (OLD_PASSWORD, NEW_PASSWORD):
        async with signing_in(password) as charger:
            await charger.boot(**NEWEST)


@pytest.mark.parametrize("chargers", [BY_HAND])
async def test_nobody_watches(
    hass: HomeAssistant, dialog: Dialog, signing_in: Fake, charger: Any
) -> None:
    """A dialog that is closed leaves what it began to go on to its end."""
    async with signing_in(OLD_PASSWORD) as before:
        await before.boot()
        await before.until_ready()
        await dialog.open()
        await dialog.begin(password=NEW_PASSWORD, use_tls=False)
        await before.until_called("Reset")
        dialog.close()
        await hass.async_block_till_done()
    async with signing_in(NEW_PASSWORD) as after:
        await after.boot()
        await after.until(lambda: dialog.subentry.title == "My charger")
    assert dialog.subentry.data["password"] == NEW_PASSWORD
    assert charger.credentials.new_password is None


@pytest.mark.parametrize("chargers", [BY_HAND])
async def test_reloaded_meanwhile(
    hass: HomeAssistant, entry: MockConfigEntry, dialog: Dialog, signing_in: Fake
) -> None:
    """It ends with the central system; the charger is let in by the next one."""
    async with signing_in(OLD_PASSWORD) as charger:
        await charger.boot(**NEWEST)
        await charger.until_ready()
        await dialog.open()
        result = await dialog.begin(password=NEW_PASSWORD, use_tls=False)
        await charger.until_called("Reset")
        await hass.config_entries.async_reload(entry.entry_id)
    assert (await dialog.end(result))["reason"] == "not_loaded"
    async with signing_in(NEW_PASSWORD) as charger:
        await charger.boot(**NEWEST)
    assert dialog.subentry.data["password"] == NEW_PASSWORD


async def test_why_is_told(
    hass: HomeAssistant, dialog: Dialog, signing_in: Fake, impatient: None
) -> None:
    """In the owner's language."""
    hass.config.language = "de"
    async with signing_in(OLD_PASSWORD) as charger:
        charger.answers["ChangeConfiguration"] = {"status": "Accepted"}
        await charger.boot(**NEWEST)
        await charger.until_ready()
        await dialog.open()
        result = await dialog.begin(password=NEW_PASSWORD, use_tls=False)
        await charger.until_called("Reset")
    result = await dialog.end(result)
    assert result["reason"] == "not_secured"
    assert result["description_placeholders"]["error"].startswith(
        "Die Ladestation ist nicht verbunden"
    )


async def test_removed_meanwhile(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dialog: Dialog,
    signing_in: Fake,
    impatient: None,
) -> None:
    """A charger that is served no more does not come back."""
    async with signing_in(OLD_PASSWORD) as charger:
        await charger.boot(**NEWEST)
        await charger.until_ready()
        await dialog.open()
        result = await dialog.begin(password=NEW_PASSWORD, use_tls=False)
        hass.config_entries.async_remove_subentry(entry, dialog.subentry.subentry_id)
        await charger.wait_closed()
    assert (await dialog.end(result))["reason"] == "not_secured"


async def test_not_now(central_system: str, dialog: Dialog) -> None:
    """Neither without the charger nor while it charges; nor with any password."""
    form = await dialog.open()
    assert form["errors"] == {"base": "not_connected"}
    async with dial(central_system, "evlink_pro_dc") as simulator:
        await ready(simulator)
        await simulator.plug_in()
        await simulator.present_badge("ADA")
        await simulator.until(lambda: simulator.transaction_id is not None)
        result = await dialog.submit(password="0123456789abcdef", use_tls=False)
        assert result["errors"] == {"base": "charging"}
        await simulator.unplug()
        await simulator.until(lambda: simulator.status == "Available")
        await asyncio.sleep(0.2)
        for password in ("short", "x" * 41):
            result = await dialog.submit(password=password, use_tls=False)
            assert result["errors"] == {"password": "invalid_password"}


async def test_without_a_central_system(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str, dialog: Dialog
) -> None:
    """There is nothing to secure."""
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await dialog.open())["reason"] == "not_loaded"
