"""Badges: who may charge, who is told, and what the charger keeps for lonely hours."""

from collections.abc import Callable
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev import event
from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.model import Product
from custom_components.schneider_ev.products.schneider_charge_pro import (
    SCHNEIDER_CHARGE_PRO,
)
from homeassistant.components.tag import TAG_DATA
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from tests.conftest import DOMAIN, Act, Shown
from tests.fake_charger import CallError, FakeCharger
from tests.scenes import (
    OFFLINE_STRATEGY,
    register,
    sample,
    stamp,
    start,
    status_of,
    stop,
)

type Fake = Callable[..., FakeCharger]


@pytest.fixture
def registered_only(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Have only registered badges accepted."""
    hass.config_entries.async_update_entry(
        entry, options={"badge_policy": "registered_only"}
    )


async def test_everybody_may_charge_at_first(ready: FakeCharger) -> None:
    """An owner who registers nobody has a charger that works."""
    assert await status_of(ready, "anything") == "Accepted"


async def test_registered_only(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    registered_only: None,
) -> None:
    """What is registered, expired, blocked and unknown; idTags know no case."""
    await register(hass, entry, "ADA", "Ada", expires="2099-01-01 00:00:00")
    await register(hass, entry, "BOB", "Bob", expires="2020-01-01 00:00:00")
    await register(hass, entry, "EVE", "Eve", blocked=True)
    assert await status_of(ready, "ADA") == "Accepted"
    assert await status_of(ready, "ada") == "Accepted"
    assert await status_of(ready, "BOB") == "Expired"
    assert await status_of(ready, "EVE") == "Blocked"
    assert await status_of(ready, "nobody") == "Invalid"
    assert await status_of(ready, "18237379292") == "Accepted"
    answer = await ready.call("Authorize", {"idTag": "ADA"})
    assert answer["idTagInfo"]["expiryDate"].startswith("2099-01-01T")


@pytest.mark.parametrize("spell", [str, str.upper, str.title])
async def test_home_assistants_own_tag_is_accepted(
    ready: FakeCharger, shown: Shown, registered_only: None, spell: Callable[[str], str]
) -> None:
    """It is short, nobody can guess it, and a charger may write it in capitals."""
    await ready.status("Preparing")
    await shown.do("switch.CP-1_1_charging", "turn_on")
    (payload,) = ready.calls("RemoteStartTransaction")
    assert len(payload["idTag"]) <= 16
    own = spell(payload["idTag"])
    assert await status_of(ready, own) == "Accepted"
    await start(ready, id_tag=own)
    assert shown["CP-1_1_session_badge"] == "Home Assistant"
    assert shown["CP-1_1_badge"] == "unknown"
    assert await offered(shown.hass) == []


async def offered(hass: HomeAssistant) -> list[str]:
    """The badges that can be picked when one is registered."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    flow = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "badge"), context={"source": "user"}
    )
    assert flow["data_schema"] is not None
    options: list[str] = flow["data_schema"].schema["id_tag"].config["options"]
    return options


@pytest.mark.parametrize(
    ("chargers", "product", "default"),
    [
        ({"CP-1": {"manage_configuration": False}}, product, default)
        for product, default in (
            (EVLINK_PRO_AC, "18237379292"),
            (SCHNEIDER_CHARGE_PRO, "18237379292"),
            (EVLINK_PRO_DC, "SIMTAG"),
            (EVLINK_PRO_DC, "simtag"),
        )
    ],
)
async def test_the_default_tag_of_a_charger_that_is_not_read(
    fake: Fake, shown: Shown, registered_only: None, product: Product, default: str
) -> None:
    """Is that of its product, and no badge."""
    async with fake(product=product) as charger:
        await charger.boot()
        assert await status_of(charger, default) == "Accepted"
        answer = await charger.call("StartTransaction", starting(default))
        assert answer["idTagInfo"] == {"status": "Accepted"}
        assert shown["CP-1_1_badge"] == "unknown"
        assert await offered(shown.hass) == []
        assert await status_of(charger, "ADA") == "Invalid"


async def test_the_default_tag_that_a_charger_tells(
    fake: Fake, registered_only: None
) -> None:
    """It counts in whatever case, and that of the product does not any more."""
    async with fake() as charger:
        charger.configuration["DefaultIdTag"] = ("Garage", False)
        await charger.boot()
        await charger.until_ready()
        assert await status_of(charger, "GARAGE") == "Accepted"
        assert await status_of(charger, "18237379292") == "Invalid"


def starting(id_tag: str, connector: int = 1, minutes: float = 0) -> dict[str, Any]:
    """Return a StartTransaction."""
    return {
        "connectorId": connector,
        "idTag": id_tag,
        "meterStart": 0,
        "timestamp": stamp(minutes),
    }


TWO = pytest.mark.parametrize("chargers", [{"CP-1": {}, "CP-2": {}}])


@TWO
@pytest.mark.parametrize("policy", ["accept_all", "registered_only"])
async def test_one_badge_charges_two_cars(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, policy: str
) -> None:
    """A family with two chargers needs one, and free charging has one tag for all."""
    hass.config_entries.async_update_entry(entry, options={"badge_policy": policy})
    await register(hass, entry, "ADA", "Ada")
    async with fake("CP-1") as one, fake("CP-2") as two:
        for minutes, tag in enumerate(("ADA", "ada", "18237379292")):
            for charger in (one, two):
                await charger.boot()
                await start(charger, minutes=minutes, id_tag=tag)
                await charger.status("Charging")
                again = starting(tag, minutes=minutes + 10)
                answer = await charger.call("StartTransaction", again)
                assert answer["idTagInfo"]["status"] == "Accepted"


@TWO
async def test_a_badge_nobody_registered_charges_two_cars(fake: Fake) -> None:
    """Every badge may charge."""
    async with fake("CP-1") as one, fake("CP-2") as two:
        for charger in (one, two):
            await charger.boot()
            answer = await charger.call("StartTransaction", starting("STRANGER"))
            assert answer["idTagInfo"]["status"] == "Accepted"
            await charger.status("Charging")


async def register_for_one(
    hass: HomeAssistant, entry: MockConfigEntry, id_tag: str = "ADA"
) -> None:
    """Register a badge that may charge one vehicle at a time."""
    await register(hass, entry, id_tag, "Ada", one_vehicle_at_a_time=True)


@TWO
async def test_one_vehicle_at_a_time(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, shown: Shown
) -> None:
    """The reason is in the event; the badge may charge where it does, and elsewhere later."""
    await register_for_one(hass, entry)
    async with fake("CP-1") as one, fake("CP-2") as two:
        for charger in (one, two):
            await charger.boot()
            await charger.until_ready()
        first = await start(one, id_tag="ADA")
        assert await status_of(two, "ada") == "Accepted"
        answer = await two.call("StartTransaction", starting("ada"))
        assert answer["idTagInfo"]["status"] == "ConcurrentTx"
        await two.call("StartTransaction", starting("ada", minutes=1))
        event = shown.entity("CP-2_1_badge").attributes
        assert event["event_type"] == "refused"
        assert (event["id_tag"], event["status"]) == ("ADA", "concurrent_tx")
        assert event["reason"] == "The badge is already charging another vehicle."
        await two.status("SuspendedEVSE")
        await stop(one, first, 2000, minutes=2)
        answer = await one.call("StartTransaction", starting("ADA", minutes=3))
        assert answer["idTagInfo"]["status"] == "Accepted"
        await one.status("Available")
        await two.status("Available")
        answer = await two.call("StartTransaction", starting("ada", minutes=4))
        assert answer["idTagInfo"]["status"] == "Accepted"


@TWO
async def test_a_charger_that_is_away_blocks_no_badge(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, offline_soon: None
) -> None:
    """Its session goes on there, or not: nobody knows before it is back and says so."""
    await register_for_one(hass, entry)
    system = entry.runtime_data.central_system
    async with fake("CP-2") as two:
        await two.boot()
        async with fake("CP-1") as one:
            await one.boot()
            transaction_id = await start(one, id_tag="ADA")
        await two.until(lambda: not system.chargers["CP-1"].link.is_available)
        second = await two.call("StartTransaction", starting("ADA"))
        assert second["idTagInfo"]["status"] == "Accepted"
        await stop(two, second["transactionId"], 10)
        async with fake("CP-1") as one:
            answer = await two.call("StartTransaction", starting("ADA", minutes=70))
            assert answer["idTagInfo"]["status"] == "Accepted"
            await stop(two, answer["transactionId"], 20, minutes=80)
            await sample(one, transaction_id, 2000, minutes=81)
            answer = await two.call("StartTransaction", starting("ADA", minutes=90))
            assert answer["idTagInfo"]["status"] == "ConcurrentTx"


@TWO
async def test_a_session_that_is_assumed_to_run_blocks_no_badge(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """After a boot of the charger or a restart of Home Assistant, it has to say so first."""
    await register_for_one(hass, entry)
    async with fake("CP-1") as one, fake("CP-2") as two:
        await two.boot()
        await one.boot()
        await start(one, id_tag="ADA")
        await one.boot()
        answer = await two.call("StartTransaction", starting("ADA"))
        assert answer["idTagInfo"]["status"] == "Accepted"
        await stop(two, answer["transactionId"], 10)
        await one.status("Charging")
        answer = await two.call("StartTransaction", starting("ADA", minutes=70))
        assert answer["idTagInfo"]["status"] == "ConcurrentTx"
        await stop(two, answer["transactionId"], 10, minutes=71)
    await hass.config_entries.async_reload(entry.entry_id)
    async with fake("CP-1") as one, fake("CP-2") as two:
        await one.status("Preparing")
        answer = await two.call("StartTransaction", starting("ADA", minutes=80))
        assert answer["idTagInfo"]["status"] == "Accepted"


async def test_a_badge_for_one_vehicle_at_two_connectors(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """A second session there is told so, however its badge is spelt, and recorded."""
    await register_for_one(hass, entry)
    async with fake() as charger:
        charger.configuration["NumberOfConnectors"] = ("2", True)
        await charger.boot()
        await charger.until_ready()
        first = await start(charger, id_tag="ADA")
        payload = {
            "connectorId": 2,
            "idTag": "Ada",
            "meterStart": 0,
            "timestamp": stamp(5),
        }
        answer = await charger.call("StartTransaction", payload)
        assert answer["idTagInfo"]["status"] == "ConcurrentTx"
        assert answer["transactionId"] != first
        await stop(charger, first, 2000)
        payload["timestamp"] = stamp(90)
        await stop(charger, answer["transactionId"], 10, minutes=80)
        answer = await charger.call("StartTransaction", payload)
        assert answer["idTagInfo"]["status"] == "Accepted"


async def test_a_badge_is_an_event_and_a_scanned_tag(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    shown: Shown,
    registered_only: None,
) -> None:
    """Once for a badge that is shown and then charges; with the charger as device."""
    await register(hass, entry, "ADA", "Ada")
    scanned: list[Event[Any]] = []

    @callback
    def note(event: Event[Any]) -> None:
        scanned.append(event)

    hass.bus.async_listen("tag_scanned", note)
    assert await status_of(ready, "ADA") == "Accepted"
    await hass.async_block_till_done()
    attributes = shown.entity("CP-1_1_badge").attributes
    assert (attributes["event_type"], attributes["badge"]) == ("accepted", "Ada")
    transaction_id = await start(ready, id_tag="ADA")
    await hass.async_block_till_done()
    assert shown["CP-1_1_session_badge"] == "Ada"
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, "CP-1"), entry.entry_id
    )
    assert device is not None
    assert [(event.data["tag_id"], event.data["device_id"]) for event in scanned] == [
        ("ADA", device.id)
    ]
    await stop(ready, transaction_id, 2000)
    assert await status_of(ready, "nobody") == "Invalid"
    await hass.async_block_till_done()
    attributes = shown.entity("CP-1_1_badge").attributes
    assert (attributes["event_type"], attributes["status"]) == ("refused", "invalid")
    assert attributes["reason"] == "The badge is not registered."
    assert len(scanned) == 2


async def test_a_start_that_is_repeated_shows_no_badge_again(
    hass: HomeAssistant, ready: FakeCharger
) -> None:
    """It is answered as it was the first time; the next start is another."""
    scanned: list[Event[Any]] = []

    @callback
    def note(event: Event[Any]) -> None:
        scanned.append(event)

    hass.bus.async_listen("tag_scanned", note)
    first = await start(ready, id_tag="ADA")
    assert await start(ready, id_tag="ADA") == first
    await hass.async_block_till_done()
    assert len(scanned) == 1
    await stop(ready, first, 2000)
    await start(ready, minutes=90, id_tag="ADA")
    await hass.async_block_till_done()
    assert len(scanned) == 2


@pytest.mark.parametrize(
    ("id_tag", "status"),
    [("nobody", "Invalid"), ("ADA", "Accepted"), ("18237379292", "Accepted")],
)
async def test_who_ends_a_session_is_told_what_the_policy_says(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    registered_only: None,
    id_tag: str,
    status: str,
) -> None:
    """As is who begins one."""
    await register(hass, entry, "ADA", "Ada")
    transaction_id = await start(ready, id_tag=id_tag)
    answer = await stop(ready, transaction_id, 2000, idTag=id_tag)
    assert answer["idTagInfo"] == {"status": status}


@pytest.mark.parametrize("id_tag", ["", " ", "\x00"])
@pytest.mark.parametrize(
    ("policy", "status"), [("registered_only", "Invalid"), ("accept_all", "Accepted")]
)
async def test_an_empty_tag_is_nobodys(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    shown: Shown,
    id_tag: str,
    policy: str,
    status: str,
) -> None:
    """Its session is recorded, and nobody hears of a badge."""
    hass.config_entries.async_update_entry(entry, options={"badge_policy": policy})
    assert await status_of(ready, id_tag) == status
    payload = {
        "connectorId": 1,
        "idTag": id_tag,
        "meterStart": 1000,
        "timestamp": stamp(0),
    }
    answer = await ready.call("StartTransaction", payload)
    assert answer["transactionId"] > 0
    assert answer["idTagInfo"] == {"status": status}
    await hass.async_block_till_done()
    assert shown["CP-1_1_session_start"] == stamp(0).replace("Z", "+00:00")
    assert shown["CP-1_1_session_badge"] == "unknown"
    assert shown["CP-1_1_badge"] == "unknown"
    flow = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "badge"), context={"source": "user"}
    )
    assert flow["data_schema"] is not None
    assert "" not in flow["data_schema"].schema["id_tag"].config["options"]


@pytest.mark.parametrize("payload", [{}, {"idTag": None}])
async def test_no_tag_is_an_error(ready: FakeCharger, payload: dict[str, Any]) -> None:
    """A badge that is shown has one, if an empty one."""
    with pytest.raises(CallError) as raised:
        await ready.call("Authorize", payload)
    assert raised.value.code == "ProtocolError"


async def test_a_badge_at_a_charger_with_two_connectors(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, shown: Shown
) -> None:
    """It is the connector's event that waits for it, and the charger's tag."""
    scanned: list[Event[Any]] = []

    @callback
    def note(event: Event[Any]) -> None:
        scanned.append(event)

    hass.bus.async_listen("tag_scanned", note)
    async with fake() as charger:
        charger.configuration["NumberOfConnectors"] = ("2", True)
        await charger.boot()
        await charger.until_ready()
        await charger.status("Available", 1)
        await charger.status("Preparing", 2)
        await status_of(charger, "ADA")
        await hass.async_block_till_done()
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, "CP-1"), entry.entry_id
    )
    assert device is not None
    assert [event.data["device_id"] for event in scanned] == [device.id]
    assert shown["CP-1_1_badge"] == "unknown"
    assert shown.entity("CP-1_2_badge").attributes["event_type"] == "accepted"


async def test_what_was_accepted_can_be_picked(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """By default every badge may charge, and nobody is refused; each is offered once."""
    await register(hass, entry, "ADA", "Ada")
    for id_tag in ("one", "ADA", "two", "ONE", "18237379292"):
        await status_of(ready, id_tag)
    assert await offered(hass) == ["ONE", "two"]
    for number in range(20):
        await status_of(ready, f"invented-{number}")
    assert len(await offered(hass)) == 10


async def test_what_was_refused_can_be_picked(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    registered_only: None,
) -> None:
    """The newest first; and once it is registered it charges."""
    for id_tag in ("one", "two", "one"):
        await status_of(ready, id_tag)
    subentries = hass.config_entries.subentries
    flow = await subentries.async_init(
        (entry.entry_id, "badge"), context={"source": "user"}
    )
    assert flow["data_schema"] is not None
    assert flow["data_schema"].schema["id_tag"].config["options"] == ["one", "two"]
    result = await subentries.async_configure(
        flow["flow_id"], {"id_tag": " ", "name": "Nobody"}
    )
    assert result["errors"] == {"id_tag": "invalid_id_tag"}
    result = await subentries.async_configure(
        flow["flow_id"], {"id_tag": "one", "name": "Ada"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert await status_of(ready, "one") == "Accepted"
    flow = await subentries.async_init(
        (entry.entry_id, "badge"), context={"source": "user"}
    )
    result = await subentries.async_configure(
        flow["flow_id"], {"id_tag": "ONE", "name": "Again"}
    )
    assert result["errors"] == {"id_tag": "already_configured"}


async def test_a_badge_can_be_changed(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """Blocked from one moment to the next, without any connection lost."""
    await register(hass, entry, "ADA", "Ada")
    (badge,) = entry.get_subentries_of_type("badge")
    flow = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "badge"),
        context={"source": "reconfigure", "subentry_id": badge.subentry_id},
    )
    result = await hass.config_entries.subentries.async_configure(
        flow["flow_id"], {"name": "Ada L.", "blocked": True}
    )
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert await status_of(ready, "ADA") == "Blocked"
    hass.config_entries.async_remove_subentry(entry, badge.subentry_id)
    await hass.async_block_till_done()
    assert await status_of(ready, "ADA") == "Accepted"


async def test_the_form_opens_before_anything_runs(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A badge can be registered while the central system is not loaded."""
    entry.add_to_hass(hass)
    flow = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "badge"), context={"source": "user"}
    )
    assert flow["type"] is FlowResultType.FORM


class LocalList:
    """A charger's own list of badges, with its rules."""

    def __init__(self, charger: FakeCharger, size: int = 3, length: int = 100) -> None:
        """Install it in a charger."""
        self.version = 0
        self.entries: dict[str, Any] = {}
        self.updates: list[tuple[str, int]] = []
        self.size = size
        charger.configuration |= {
            "LocalAuthListEnabled": ("True", False),
            "LocalAuthListMaxLength": (str(length), True),
            "SendLocalListMaxLength": (str(size), True),
        }
        charger.answers["GetLocalListVersion"] = lambda _: {"listVersion": self.version}
        charger.answers["SendLocalList"] = self.take

    def take(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Answer a SendLocalList."""
        entries = payload["localAuthorizationList"]
        assert len(entries) <= self.size
        if payload["updateType"] == "Full":
            self.entries = {}
        elif payload["listVersion"] <= self.version:
            return {"status": "VersionMismatch"}
        for entry in entries:
            if info := entry.get("idTagInfo"):
                self.entries[entry["idTag"]] = info["status"]
            else:
                del self.entries[entry["idTag"]]
        self.version = payload["listVersion"]
        self.updates.append((payload["updateType"], len(entries)))
        return {"status": "Accepted"}


async def synchronise(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Synchronise by the action."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, "CP-1"), entry.entry_id
    )
    assert device is not None
    return await hass.services.async_call(
        DOMAIN,
        "synchronise_badges",
        {"device_id": device.id},
        blocking=True,
        return_response=True,
    )


async def test_the_local_list(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """In pieces, by itself after a change, and only what changed."""
    async with fake() as charger:
        kept = LocalList(charger)
        await charger.boot()
        await charger.until_ready()
        for number in range(4):
            await register(hass, entry, f"TAG{number}", f"Badge {number}")
            await charger.until_called("SendLocalList", number + 1)
        assert kept.updates == [("Full", 1)] + [("Differential", 1)] * 3
        kept.version, kept.entries = 0, {}
        assert await synchronise(hass, entry) == {"list_version": 2}
        assert kept.updates[4:] == [("Full", 3), ("Differential", 1)]
        assert kept.entries == {f"TAG{number}": "Accepted" for number in range(4)}
        first = entry.get_subentries_of_type("badge")[0]
        hass.config_entries.async_remove_subentry(entry, first.subentry_id)
        await charger.until(lambda: len(kept.entries) == 3)
        assert kept.updates[6:] == [("Differential", 1)]
        charger.received.clear()
        await synchronise(hass, entry)
        assert [action for action, _ in charger.received] == ["GetLocalListVersion"]


async def test_the_local_list_after_a_boot(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """A badge that was registered while the charger was away gets there, too."""
    await register(hass, entry, "ADA", "Ada")
    async with fake() as charger:
        kept = LocalList(charger)
        await charger.boot()
        await charger.until(lambda: kept.entries == {"ADA": "Accepted"})


@pytest.mark.parametrize("way", ["switch", "choice", "action", "raw", "read"])
async def test_the_local_list_is_sent_once_it_is_on(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    all_enabled: None,
    fake: Fake,
    shown: Shown,
    act: Act,
    ask: Act,
    way: str,
) -> None:
    """By whichever way: a charger that uses an empty list lets nobody charge offline."""
    await register(hass, entry, "ADA", "Ada")
    async with fake(product=EVLINK_PRO_AC) as charger:
        kept = LocalList(charger)
        charger.configuration["LocalAuthListEnabled"] = ("False", False)
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        assert not charger.calls("SendLocalList")
        on = {"key": "LocalAuthListEnabled", "value": "true"}
        match way:
            case "switch":
                await shown.do("CP-1_local_auth_list_enabled", "turn_on")
            case "choice":
                await shown.do(OFFLINE_STRATEGY, "select_option", option="local_list")
            case "action":
                await act("change_configuration", **on)
            case "raw":
                await ask("call", action="ChangeConfiguration", payload=on)
            case "read":
                charger.configuration["LocalAuthListEnabled"] = ("TRUE", False)
                await shown.do("CP-1_refresh", "press")
        await charger.until(lambda: kept.entries == {"ADA": "Accepted"})
        await shown.do("CP-1_refresh", "press")
        await shown.do("CP-1_local_auth_list_enabled", "turn_off")
        await register(hass, entry, "BOB", "Bob")
        await shown.do("CP-1_local_auth_list_enabled", "turn_on")
        await charger.until(lambda: "BOB" in kept.entries)
        assert kept.updates == [("Full", 1), ("Differential", 1)]


async def test_a_firmware_that_takes_no_local_list(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Before 1.1.6, an EVlink Pro AC has the key and not the operation: nothing is sent."""
    async with fake() as charger:
        LocalList(charger)
        await register(hass, entry, "ADA", "Ada")
        await charger.boot(firmwareVersion="1.0.5")
        await charger.until_ready()
        assert not charger.calls("GetLocalListVersion")
        assert "local list of badges" not in caplog.text
        with pytest.raises(ServiceValidationError) as raised:
            await synchronise(hass, entry)
        assert raised.value.translation_key == "operation_needs_firmware"
        assert not charger.calls("GetLocalListVersion")
        await charger.boot(firmwareVersion="1.1.6")
        await charger.until_called("SendLocalList")


@pytest.mark.parametrize(
    "answer", [{"status": "NotSupported"}, [4, "ID", "NotImplemented", "", {}], None]
)
async def test_a_charger_that_takes_no_local_list(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    caplog: pytest.LogCaptureFixture,
    answer: Any,
) -> None:
    """Such as an early EVlink Pro AC is asked once after a boot, and not at each change."""
    async with fake() as charger:
        kept = LocalList(charger)
        charger.answers["SendLocalList"] = lambda _: answer
        kept.version = -1 if answer is None else 0
        await register(hass, entry, "ADA", "Ada")
        await charger.boot()
        await charger.until_ready()
        for number in range(3):
            await register(hass, entry, f"TAG{number}", f"Badge {number}")
        assert len(charger.calls("GetLocalListVersion")) == 1
        assert caplog.text.count("local list of badges is not up to date") == 1
        with pytest.raises(HomeAssistantError):
            await synchronise(hass, entry)
        assert len(charger.calls("GetLocalListVersion")) == 2
        kept.version = 0
        charger.answers["SendLocalList"] = kept.take
        await charger.boot()
        await charger.until_ready()
        assert len(kept.entries) == 4


async def test_a_local_list_that_fails_to_change_is_sent_whole(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """Some chargers have no better word for a list that they no longer have."""
    async with fake() as charger:
        kept = LocalList(charger)
        await charger.boot()
        await charger.until_ready()
        await register(hass, entry, "ADA", "Ada")
        await charger.until_called("SendLocalList")
        take = charger.answers["SendLocalList"]
        assert callable(take)
        charger.answers["SendLocalList"] = lambda payload: (
            take(payload) if payload["updateType"] == "Full" else {"status": "Failed"}
        )
        await register(hass, entry, "BOB", "Bob")
        await charger.until(lambda: len(kept.entries) == 2)
    updates = [call["updateType"] for call in charger.calls("SendLocalList")]
    assert updates == ["Full", "Differential", "Full"]


async def test_a_local_list_that_cannot_be(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    shown: Shown,
) -> None:
    """Too short, switched off, refused: each is said."""
    async with fake() as charger:
        kept = LocalList(charger, length=1)
        charger.configuration["LocalAuthListEnabled"] = ("False", False)
        await charger.boot()
        await charger.until_ready()
        await register(hass, entry, "ADA", "Ada")
        assert not charger.calls("SendLocalList")
        await register(hass, entry, "BOB", "Bob")
        with pytest.raises(ServiceValidationError) as raised:
            await synchronise(hass, entry)
        assert raised.value.translation_key == "local_list_too_short"
        kept.version = -1
        with pytest.raises(ServiceValidationError) as raised:
            await synchronise(hass, entry)
        assert raised.value.translation_key == "no_local_list"
        kept.version = 0
        charger.configuration["LocalAuthListMaxLength"] = ("9", True)
        await shown.do("CP-1_refresh", "press")
        charger.answers["SendLocalList"] = {"status": "Failed"}
        with pytest.raises(HomeAssistantError) as refused:
            await synchronise(hass, entry)
        assert refused.value.translation_key == "refused"


async def test_41_no_badge_in_the_log(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Above debug, that is."""
    caplog.set_level(logging.DEBUG, f"custom_components.{DOMAIN}")
    await register(hass, entry, "04SECRET", "Ada")
    await status_of(ready, "04SECRET")
    transaction_id = await start(ready, id_tag="04SECRET")
    await stop(ready, transaction_id, 2000)
    ours = [record for record in caplog.records if "schneider_ev" in record.name]
    assert any("04SECRET" in record.getMessage() for record in ours)
    for record in ours:
        if record.levelno > logging.DEBUG:
            assert "04SECRET" not in record.getMessage()


async def test_invented_badges_do_not_all_become_tags(
    hass: HomeAssistant,
    ready: FakeCharger,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Home Assistant's list of tags is not filled by whoever invents them."""
    monkeypatch.setattr(event, "MAX_TAGS", 3)
    for number in range(6):
        await ready.call("Authorize", {"idTag": f"invented-{number}"})
        state = shown.entity("event.CP-1_1_badge")
        assert state.attributes["id_tag"] == f"invented-{number}"
    await hass.async_block_till_done()
    assert len(hass.data[TAG_DATA].data) == 3


@pytest.mark.parametrize("chargers", [{"CP-1": {}, "CP-2": {}}])
async def test_a_badge_whose_end_was_lost(fake: Callable[..., FakeCharger]) -> None:
    """A session that was delivered behind a newer one does not keep it busy."""
    async with fake("CP-1") as one, fake("CP-2") as two:
        for charger in (one, two):
            await charger.boot()
            await charger.until_ready()
            await charger.status("Preparing")
        new = await start(one, minutes=60, id_tag="ADA")
        await start(one, minutes=0, id_tag="ADA")
        await stop(one, new, 5000, minutes=120)
        payload = {"connectorId": 1, "idTag": "ADA", "meterStart": 1000}
        answer = await two.call("StartTransaction", payload | {"timestamp": stamp(200)})
        assert answer["idTagInfo"]["status"] == "Accepted"
