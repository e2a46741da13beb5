"""The flows: a central system, its options, its chargers, and chargers that dial in."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
import socket
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_schema_suggested_value,
)

from custom_components.schneider_ev.central_system import pending
from custom_components.schneider_ev.central_system.server import CentralSystem
from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from homeassistant.components import network
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntryState,
    ConfigSubentry,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from tests.conftest import DOMAIN, IDENTITY, Shown
from tests.fake_charger import CallError, FakeCharger
from tests.scenes import tell_all

type Fake = Callable[..., FakeCharger]

HOST = "127.0.0.1"
STRANGER = "EVB3S-042"


@asynccontextmanager
async def taken(port: int) -> AsyncIterator[None]:
    """Have something else listen on a port."""
    with socket.create_server((HOST, port)):
        yield


def running(entry: MockConfigEntry) -> CentralSystem:
    """Return the central system of a loaded entry."""
    central_system: CentralSystem = entry.runtime_data.central_system
    return central_system


def charger_subentry(entry: MockConfigEntry, identity: str) -> ConfigSubentry:
    """Return the subentry of a charger."""
    return next(
        subentry
        for subentry in entry.subentries.values()
        if subentry.unique_id == identity
    )


@pytest.fixture
async def other_entry(
    hass: HomeAssistant, unused_tcp_port_factory: Callable[[], int]
) -> AsyncIterator[MockConfigEntry]:
    """Another central system, without chargers."""
    data = {"host": HOST, "port": unused_tcp_port_factory()}
    entry = MockConfigEntry(domain=DOMAIN, data=data)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    yield entry
    await hass.config_entries.async_unload(entry.entry_id)


# The central system


async def start_user(hass: HomeAssistant) -> str:
    """Begin to set up a central system; return the flow's id."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert not result["errors"]
    return result["flow_id"]


async def test_user_is_asked_for_the_port_only(
    hass: HomeAssistant, unused_tcp_port: int
) -> None:
    """The rest is folded away, and the last screen says what to do in the charger."""
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    schema = form["data_schema"]
    assert schema is not None
    more = schema.schema["more_options"]
    assert list(schema.schema) == ["port", "more_options"]
    assert more.options == {"collapsed": True}
    assert list(more.schema.schema)[0] == "host"
    result = await configure(
        hass,
        form["flow_id"],
        {"port": unused_tcp_port, "more_options": {"host": HOST}},
    )
    assert result["data"] == {"host": HOST, "port": unused_tcp_port}
    assert result["description_placeholders"]["url"] == (
        f"ws://{HOST}:{unused_tcp_port}"
    )
    await hass.config_entries.async_unload(result["result"].entry_id)


async def test_user(hass: HomeAssistant, unused_tcp_port: int) -> None:
    """The central system that was asked for listens."""
    flow_id = await start_user(hass)
    data = {"host": HOST, "port": unused_tcp_port}
    result = await hass.config_entries.flow.async_configure(flow_id, data)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Schneider EV chargers"
    assert result["data"] == data
    assert type(result["data"]["port"]) is int
    entry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    assert entry.unique_id is None
    async with FakeCharger(f"ws://{HOST}:{unused_tcp_port}", STRANGER) as charger:
        assert (await charger.boot())["status"] == "Pending"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_user_port_is_a_whole_number(
    hass: HomeAssistant, unused_tcp_port: int
) -> None:
    """What the page sends as 9000.0 is kept as 9000."""
    result = await hass.config_entries.flow.async_configure(
        await start_user(hass), {"host": HOST, "port": float(unused_tcp_port)}
    )
    assert type(result["data"]["port"]) is int
    await hass.config_entries.async_unload(result["result"].entry_id)


async def test_user_busy_port(hass: HomeAssistant, unused_tcp_port: int) -> None:
    """A port that is taken is an error of the form; when it is free, all is well."""
    flow_id = await start_user(hass)
    data = {"host": HOST, "port": unused_tcp_port}
    async with taken(unused_tcp_port):
        result = await hass.config_entries.flow.async_configure(flow_id, data)
        assert result["type"] is FlowResultType.FORM
        assert result["errors"] == {"port": "cannot_listen"}
        # what was typed in is still there
        schema = result["data_schema"]
        assert schema is not None
        folded = schema.schema["more_options"].schema.schema
        assert get_schema_suggested_value(schema.schema, "port") == data["port"]
        assert get_schema_suggested_value(folded, "host") == HOST
    result = await hass.config_entries.flow.async_configure(flow_id, data)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.config_entries.async_unload(result["result"].entry_id)


async def test_user_unknown_address(hass: HomeAssistant, unused_tcp_port: int) -> None:
    """An address that this machine has not is marked, and folded away no longer."""
    host, flow_id = "192.0.2.1", await start_user(hass)
    result = await configure(hass, flow_id, {"host": host, "port": unused_tcp_port})
    assert result["errors"] == {"host": "unknown_address"}
    schema = result["data_schema"].schema
    assert get_schema_suggested_value(schema, "host") == host
    result = await configure(hass, flow_id, {"host": HOST, "port": unused_tcp_port})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.config_entries.async_unload(result["result"].entry_id)


async def test_user_empties_the_address(
    hass: HomeAssistant, unused_tcp_port: int
) -> None:
    """Without an address, all of this machine are listened on."""
    data = {"host": "", "port": unused_tcp_port}
    result = await configure(hass, await start_user(hass), data)
    assert result["data"]["host"] == "0.0.0.0"
    await hass.config_entries.async_unload(result["result"].entry_id)


async def test_user_same_port(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str
) -> None:
    """A second central system cannot have the port of the first."""
    result = await hass.config_entries.flow.async_configure(
        await start_user(hass), {"host": "0.0.0.0", "port": entry.data["port"]}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


# Another address


async def reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, **data: Any
) -> dict[str, Any]:
    """Give a central system other data; return the flow's result."""
    result = await entry.start_reconfigure_flow(hass)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "reconfigure"
    schema = result["data_schema"]
    assert schema is not None
    for name in ("host", "port"):
        assert get_schema_suggested_value(schema.schema, name) == entry.data[name]
    return await configure(hass, result["flow_id"], {**entry.data, **data})


async def configure(
    hass: HomeAssistant, flow_id: str, data: dict[str, Any]
) -> dict[str, Any]:
    """Fill in a form; return the flow's result once all that follows is done."""
    result = await hass.config_entries.flow.async_configure(flow_id, data)
    await hass.async_block_till_done()
    return dict(result)


async def test_reconfigure_same(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """Nothing new is no reason to disturb anybody."""
    before = running(entry)
    result = await reconfigure(hass, entry)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert running(entry) is before
    assert (await ready.call("Heartbeat"))["currentTime"]
    assert shown["CP-1_connected"] == "on"


async def test_reconfigure_new_port(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    unused_tcp_port_factory: Callable[[], int],
    shown: Shown,
) -> None:
    """The central system moves to the new port, and chargers can dial it there."""
    old, new = entry.data["port"], unused_tcp_port_factory()
    assert old != new
    result = await reconfigure(hass, entry, port=new)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == {"host": HOST, "port": new}
    assert entry.state is ConfigEntryState.LOADED
    assert (await ready.wait_closed())[0] == 1001
    with pytest.raises(OSError, match=str(old)):
        await ready.__aenter__()
    async with FakeCharger(f"ws://{HOST}:{new}", IDENTITY) as charger:
        assert (await charger.boot())["status"] == "Accepted"
        assert shown["CP-1_connected"] == "on"


async def test_reconfigure_new_host(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, fake: Fake
) -> None:
    """The port that the central system holds itself is not held against it."""
    result = await reconfigure(hass, entry, host="localhost")
    assert result["reason"] == "reconfigure_successful"
    assert entry.state is ConfigEntryState.LOADED
    assert running(entry).host == "localhost"
    await ready.wait_closed()
    async with fake() as charger:
        assert (await charger.boot())["status"] == "Accepted"


async def test_reconfigure_address_of_another_machine(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """That the port is ours does not help, and the charger stays."""
    result = await reconfigure(hass, entry, host="192.0.2.1")
    assert result["errors"] == {"host": "unknown_address"}
    assert (await ready.call("Heartbeat"))["currentTime"]


async def test_reconfigure_busy_port(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    """A port that is taken is an error of the form, and the charger stays."""
    port = unused_tcp_port_factory()
    async with taken(port):
        result = await reconfigure(hass, entry, port=port)
        assert result["type"] is FlowResultType.FORM
        assert result["errors"] == {"port": "cannot_listen"}
        assert get_schema_suggested_value(result["data_schema"].schema, "port") == port
        assert (await ready.call("Heartbeat"))["currentTime"]
    result = await configure(hass, result["flow_id"], {"host": HOST, "port": port})
    assert result["reason"] == "reconfigure_successful"
    assert running(entry).port == port


async def test_reconfigure_port_of_another(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    """The port of another central system cannot be had, be that loaded or not."""
    port = unused_tcp_port_factory()
    MockConfigEntry(domain=DOMAIN, data={"host": HOST, "port": port}).add_to_hass(hass)
    result = await reconfigure(hass, entry, port=port)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data["port"] != port
    assert (await ready.call("Heartbeat"))["currentTime"]


async def test_reconfigure_where_the_port_was_busy(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    """A central system that could not start is started at once at its new port."""
    port = unused_tcp_port_factory()
    async with taken(entry.data["port"]):
        entry.add_to_hass(hass)
        assert not await hass.config_entries.async_setup(entry.entry_id)
        result = await reconfigure(hass, entry)
        assert result["errors"] == {"port": "cannot_listen"}
        result = await configure(hass, result["flow_id"], {"host": HOST, "port": port})
        assert result["reason"] == "reconfigure_successful"
        assert entry.state is ConfigEntryState.LOADED
        assert running(entry).port == port
    await hass.config_entries.async_unload(entry.entry_id)


# Options


async def test_options(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """Options take effect without a reload and without a lost connection."""
    before = running(entry)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "init"
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {"heartbeat_interval": 77.0}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {
        "heartbeat_interval": 77,
        "badge_policy": "accept_all",
        "session_retention": 730,
        "start_after": 20,
        "pause_after": 180,
    }
    await hass.async_block_till_done()
    assert running(entry) is before
    assert (await ready.boot())["interval"] == 77
    result = await hass.config_entries.options.async_init(entry.entry_id)
    schema = result["data_schema"]
    assert schema is not None
    assert get_schema_suggested_value(schema.schema, "heartbeat_interval") == 77


# Chargers that dial in


async def discover(
    hass: HomeAssistant, charger: FakeCharger, **overrides: Any
) -> dict[str, Any]:
    """Have a charger boot; return the flow that this has begun."""
    assert (await charger.boot(**overrides))["status"] == "Pending"
    await hass.async_block_till_done()
    (flow,) = hass.config_entries.flow.async_progress()
    return dict(flow)


async def test_what_a_stranger_says_is_text(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """A name is no markup in the form, and has no lines and no direction of its own."""
    evil = "![x](http://x)\n\n# **Ours** <b>\u202e"
    async with fake(STRANGER) as charger:
        flow = await discover(
            hass, charger, chargePointModel=evil, chargePointVendor=evil
        )
        title = flow["context"]["title_placeholders"]["name"]
        assert title == f"![x](http://x)  # **Ours** <b> ({STRANGER})"
        form = await hass.config_entries.flow.async_configure(flow["flow_id"])
        said = form["description_placeholders"]
        assert said is not None
        shown = r"!\[x\](http\://x)  # \*\*Ours\*\* \<b\>"
        assert (said["vendor"], said["model"]) == (shown, shown)


async def test_discovery(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, shown: Shown
) -> None:
    """A charger that dials in is shown, confirmed and served on the same connection."""
    before = running(entry)
    async with fake(STRANGER) as charger:
        flow = await discover(hass, charger)
        assert flow["step_id"] == "confirm"
        assert flow["context"]["unique_id"] == STRANGER
        assert flow["context"]["title_placeholders"] == {
            "name": f"EVlink Pro AC ({STRANGER})"
        }
        form = await hass.config_entries.flow.async_configure(flow["flow_id"])
        assert form["type"] is FlowResultType.FORM
        assert form["description_placeholders"] == {
            "vendor": "Schneider Electric",
            "model": "EVlink Pro AC",
            "serial": "FAKE0001",
            "firmware": "1.6.1",
            "identity": STRANGER,
            "address": HOST,
        }
        assert not charger.received

        result = await configure(hass, flow["flow_id"], {})
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "charger_added"
        subentry = charger_subentry(entry, STRANGER)
        assert subentry.subentry_type == "charger"
        assert subentry.title == "EVlink Pro AC"
        assert subentry.data == {
            "identity": STRANGER,
            "product": "auto",
            "phases": "auto",
            "manage_configuration": True,
            "serial_number": "FAKE0001",
        }
        # the charger is told, with neither a reload nor a new connection
        assert await charger.until_called("TriggerMessage") == {
            "requestedMessage": "BootNotification"
        }
        assert (await charger.boot())["status"] == "Accepted"
        assert running(entry) is before
        await charger.until_ready()
        await charger.status("Available")
        await hass.async_block_till_done()
        assert shown[f"{STRANGER}_1_status"] == "available"
        device = dr.async_get(hass).async_get_device_by_identifier(
            (DOMAIN, STRANGER), entry.entry_id
        )
        assert device is not None
        assert device.config_subentry_id == subentry.subentry_id


async def test_discovery_named(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """The owner can name the charger, and its device is called so."""
    async with fake(STRANGER) as charger:
        flow = await discover(hass, charger)
        await configure(hass, flow["flow_id"], {"name": "Garage"})
    assert charger_subentry(entry, STRANGER).title == "Garage"
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, STRANGER), entry.entry_id
    )
    assert device is not None
    assert device.name == "Garage"


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("EVlink Pro AC", "EVlink Pro AC"),
        ("EVB4S22N40M", "Schneider Charge Pro"),
        ("EVD1S180TBBC", "EVlink Pro DC"),
        ("Wallbox", "Wallbox"),
    ],
)
async def test_discovery_by_the_name_of_the_product(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, model: str, name: str
) -> None:
    """No charger is called by a part number; the second of a product has a number."""
    for identity, title in ((STRANGER, name), ("OTHER-1", f"{name} 2")):
        async with fake(identity) as charger:
            flow = await discover(hass, charger, chargePointModel=model)
            card = flow["context"]["title_placeholders"]["name"]
            assert card == f"{name} ({identity})"
            await configure(hass, flow["flow_id"], {})
        assert charger_subentry(entry, identity).title == title


async def test_discovery_ends_with_a_link(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """The last screen leads to the page of the charger, and shows its name as it is."""
    async with fake(STRANGER) as charger:
        flow = await discover(hass, charger)
        result = await configure(hass, flow["flow_id"], {"name": "My [car]"})
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, STRANGER), entry.entry_id
    )
    assert device is not None
    assert result["description_placeholders"] == {
        "name": r"My \[car\]",
        "page": f"/config/devices/device/{device.id}",
    }


async def test_discovery_without_details(hass: HomeAssistant, fake: Fake) -> None:
    """A charger that does not name its serial number or firmware is shown all the same."""
    async with fake(STRANGER) as charger:
        await charger.call(
            "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}
        )
        await hass.async_block_till_done()
        (flow,) = hass.config_entries.flow.async_progress()
        form = await hass.config_entries.flow.async_configure(flow["flow_id"])
        placeholders = form["description_placeholders"]
        assert placeholders is not None
        assert placeholders["serial"] == placeholders["firmware"] == "–"


async def test_discovery_once(hass: HomeAssistant, fake: Fake) -> None:
    """However often a charger boots, or dials, it is shown once."""
    for _ in range(2):
        async with fake(STRANGER) as charger:
            await discover(hass, charger)
            await discover(hass, charger)


async def test_discovery_of_one_added_meanwhile(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """The card of a charger goes when it is added by hand, that of another stays."""
    async with fake(STRANGER) as charger, fake("OTHER-1") as other:
        await discover(hass, charger)
        await other.boot()
        await hass.async_block_till_done()
        await add_by_hand(hass, entry, identity=STRANGER)
        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["context"]["unique_id"] == "OTHER-1"


async def test_discovery_of_one_that_another_entry_has(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    other_entry: MockConfigEntry,
) -> None:
    """A charger belongs to one central system only, whichever it dials."""
    await add_by_hand(hass, other_entry, identity=STRANGER)
    async with fake(STRANGER) as charger:
        assert (await charger.boot())["status"] == "Pending"
        await hass.async_block_till_done()
    assert not hass.config_entries.flow.async_progress()


async def test_discovery_of_many(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those that were added do not count among those that nobody knows."""
    monkeypatch.setattr(pending, "MAX_DISCOVERIES", 1)
    for identity in (STRANGER, "OTHER-1"):
        async with fake(identity) as charger:
            flow = await discover(hass, charger)
            await configure(hass, flow["flow_id"], {})
    assert len(entry.subentries) == 3


async def test_discovery_of_a_known_one(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str
) -> None:
    """A discovery that comes late, of a charger that is there by now, is dropped."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": "integration_discovery"},
        data={"identity": IDENTITY, "entry_id": entry.entry_id},
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_discovery_entry_removed(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """A charger cannot be added to a central system that was removed meanwhile."""
    async with fake(STRANGER) as charger:
        await discover(hass, charger)
        await hass.config_entries.async_remove(entry.entry_id)
    assert not hass.config_entries.flow.async_progress()
    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": "integration_discovery"},
        data={"identity": STRANGER, "entry_id": entry.entry_id},
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "entry_removed"


async def test_discovery_ignored(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """A charger that the owner ignores is not shown again, and is not served."""
    async with fake(STRANGER) as charger:
        flow = await discover(hass, charger)
        result = await hass.config_entries.flow.async_init(
            DOMAIN,
            context={"source": SOURCE_IGNORE},
            data={"unique_id": flow["context"]["unique_id"], "title": "Not mine"},
        )
        assert result["type"] is FlowResultType.CREATE_ENTRY
        assert not hass.config_entries.flow.async_progress()
        assert (await charger.boot())["status"] == "Pending"
    async with fake(STRANGER) as charger:
        assert (await charger.boot())["status"] == "Pending"
        await hass.async_block_till_done()
        assert not hass.config_entries.flow.async_progress()
    assert len(entry.subentries) == 1
    # nor does it get in the way of the flows of the central system
    result = await hass.config_entries.flow.async_configure(
        await start_user(hass), {"host": HOST, "port": entry.data["port"]}
    )
    assert result["reason"] == "already_configured"
    assert (await reconfigure(hass, entry))["reason"] == "reconfigure_successful"


# Chargers that are added and changed by hand


async def start_charger(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Begin to add a charger by hand; return the form."""
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "charger"), context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert not result["errors"]
    return dict(result)


async def add_by_hand(
    hass: HomeAssistant, entry: MockConfigEntry, **data: Any
) -> dict[str, Any]:
    """Add a charger by hand; return the flow's result."""
    return await configure_charger(hass, await start_charger(hass, entry), **data)


async def configure_charger(
    hass: HomeAssistant, form: dict[str, Any], **data: Any
) -> dict[str, Any]:
    """Fill in a charger's form; return the flow's result once what follows is done."""
    result = await hass.config_entries.subentries.async_configure(form["flow_id"], data)
    await hass.async_block_till_done()
    return dict(result)


async def test_charger(hass: HomeAssistant, entry: MockConfigEntry, fake: Fake) -> None:
    """A charger that was added by hand is accepted when it dials in."""
    before = running(entry)
    result = await add_by_hand(
        hass,
        entry,
        identity=f" {STRANGER} ",
        name="Garage",
        product="evlink_pro_ac",
        phases="1",
        maximum_current=16,
        manage_configuration=False,
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    subentry = charger_subentry(entry, STRANGER)
    assert subentry.title == "Garage"
    assert subentry.data == {
        "identity": STRANGER,
        "product": "evlink_pro_ac",
        "phases": "1",
        "maximum_current": 16,
        "manage_configuration": False,
    }
    assert running(entry) is before
    settings = before.chargers[STRANGER].settings
    assert (settings.product, settings.phases) == ("evlink_pro_ac", 1)
    assert (settings.maximum_current, settings.manage_configuration) == (16, False)
    async with fake(STRANGER) as charger:
        assert (await charger.boot())["status"] == "Accepted"


async def test_charger_without_a_name(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str
) -> None:
    """A charger that is not named is called by its product, else by its identity."""
    result = await add_by_hand(hass, entry, identity=STRANGER)
    assert result["description_placeholders"]["url"] == (
        f"ws://127.0.0.1:{entry.data['port']}"
    )
    subentry = charger_subentry(entry, STRANGER)
    assert subentry.title == STRANGER
    assert "name" not in subentry.data
    await add_by_hand(hass, entry, identity="OTHER-1", product="evlink_pro_dc")
    assert charger_subentry(entry, "OTHER-1").title == "EVlink Pro DC"


@pytest.mark.parametrize("wrong", ["a b", "..", "", "x" * 49, "CP/1", "ü"])
async def test_charger_invalid_identity(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str, wrong: str
) -> None:
    """What no charger can dial with is an error of the form; the rest stays as typed."""
    form = await start_charger(hass, entry)
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"], {"identity": wrong, "name": "Garage"}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"identity": "invalid_identity"}
    schema = result["data_schema"]
    assert schema is not None
    assert get_schema_suggested_value(schema.schema, "identity") == wrong
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"], {"identity": STRANGER, "name": "Garage"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert charger_subentry(entry, STRANGER).title == "Garage"


async def test_charger_duplicate(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """An identity that is there already is an error of the form."""
    form = await start_charger(hass, entry)
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"], {"identity": IDENTITY}
    )
    assert result["errors"] == {"identity": "already_configured"}
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"], {"identity": STRANGER}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert (await ready.call("Heartbeat"))["currentTime"]


async def test_charger_of_another_entry(
    hass: HomeAssistant, ready: FakeCharger, other_entry: MockConfigEntry
) -> None:
    """So is one that is there at another central system."""
    result = await add_by_hand(hass, other_entry, identity=IDENTITY)
    assert result["errors"] == {"identity": "already_configured"}


async def test_charger_removed_meanwhile(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str
) -> None:
    """A charger that is gone cannot be changed any more."""
    form = await start_change(hass, entry)
    subentry_id = charger_subentry(entry, IDENTITY).subentry_id
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    result = await configure_charger(hass, form, name="Carport")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "charger_removed"


async def test_charger_url(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str
) -> None:
    """The address to type into the charger is the one that is listened on."""
    form = await start_charger(hass, entry)
    assert form["description_placeholders"]["url"] == (
        f"ws://127.0.0.1:{entry.data['port']}"
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
async def test_charger_url_of_all_addresses(
    hass: HomeAssistant, entry: MockConfigEntry, host: str
) -> None:
    """Where all addresses are listened on, the network integration names the best."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "host": host})
    form = await start_charger(hass, entry)
    assert form["description_placeholders"]["url"] == (
        f"ws://{await network.async_get_source_ip(hass)}:{entry.data['port']}"
    )


async def start_change(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Begin to change the charger; return the form."""
    result = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "charger"),
        context={
            "source": SOURCE_RECONFIGURE,
            "subentry_id": charger_subentry(entry, IDENTITY).subentry_id,
        },
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "reconfigure"
    return dict(result)


async def test_the_reference_on_the_type_plate(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """One of the product's can be picked; it counts at once, and any text is kept."""
    limit = "CP-1_1_charging_limit"
    assert shown.entity(limit).attributes["max"] == 32
    for entered, shown_as, maximum in (
        ("EVB3S 11N4FB", "EVB3S11N4FB", 16),
        ("XYZ-1", "XYZ-1", 32),
        (None, None, 32),
    ):
        form = await start_change(hass, entry)
        selector = form["data_schema"].schema["reference"]
        names = [reference.name for reference in EVLINK_PRO_AC.references]
        assert selector.config["options"] == names
        data = {
            "name": "Carport",
            "product": "auto",
            "phases": "auto",
            "manage_configuration": True,
        } | ({"reference": entered} if entered else {})
        await hass.config_entries.subentries.async_configure(form["flow_id"], data)
        await hass.async_block_till_done()
        assert charger_subentry(entry, IDENTITY).data.get("reference") == entered
        device = dr.async_get(hass).async_get_device_by_identifier(
            (DOMAIN, IDENTITY), entry.entry_id
        )
        assert device is not None
        assert device.model_id == shown_as
        assert shown.entity(limit).attributes["max"] == maximum


async def test_no_charger_is_a_grid_meter(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """What is offered as the grid's power leaves out what chargers draw and may draw."""
    await tell_all(ready, ["Power.Active.Import", "Power.Offered"])
    await hass.async_block_till_done()
    for form in (await start_charger(hass, entry), await start_change(hass, entry)):
        config = form["data_schema"].schema["grid_power_entity"].config
        assert set(config["exclude_entities"]) == {
            shown.entity_id(f"{IDENTITY}_1_power"),
            shown.entity_id(f"{IDENTITY}_1_power_offered"),
            shown.entity_id(f"{IDENTITY}_1_solar_reserve"),
        }


@pytest.mark.parametrize("chargers", [{IDENTITY: {"phases": "3"}}])
async def test_charger_reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """A charger's name and settings change, its identity and its connection do not."""
    before = running(entry)
    connection = before.chargers[IDENTITY].link.connection
    assert shown.entity("CP-1_1_charging_limit").attributes["max"] == 32
    form = await start_change(hass, entry)
    assert form["description_placeholders"] == {
        "url": f"ws://127.0.0.1:{entry.data['port']}",
        "identity": IDENTITY,
        "found": (
            "- Nothing. Add your grid connection to the Energy dashboard, or choose its "
            "sensors here."
        ),
    }
    schema = form["data_schema"].schema
    assert get_schema_suggested_value(schema, "name") == "Charger CP-1"
    assert get_schema_suggested_value(schema, "phases") == "3"
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"],
        {
            "name": "Carport",
            "product": "auto",
            "phases": "1",
            "maximum_current": 16,
            "manage_configuration": True,
        },
    )
    await hass.async_block_till_done()
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    subentry = charger_subentry(entry, IDENTITY)
    assert subentry.title == "Carport"
    assert subentry.data == {
        "identity": IDENTITY,
        "product": "auto",
        "phases": "1",
        "maximum_current": 16,
        "manage_configuration": True,
    }
    assert running(entry) is before
    assert before.chargers[IDENTITY].link.connection is connection
    assert before.chargers[IDENTITY].settings.phases == 1
    assert (await ready.call("Heartbeat"))["currentTime"]
    assert shown.entity("CP-1_1_charging_limit").attributes["max"] == 16
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, IDENTITY), entry.entry_id
    )
    assert device is not None
    assert device.name == "Carport"


METERED = {"grid_power_entity": "sensor.grid", "grid_power_sign": "export"}


@pytest.mark.parametrize("chargers", [{IDENTITY: METERED}])
@pytest.mark.parametrize(
    ("chosen", "sign"), [({}, "export"), ({"grid_power_sign": "import"}, "import")]
)
async def test_charger_with_a_known_meter(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    central_system: str,
    chosen: dict[str, str],
    sign: str,
) -> None:
    """Its sign is known, too; another one counts for all chargers that have it."""
    form = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "charger"), context={"source": "user"}
    )
    await hass.config_entries.subentries.async_configure(
        form["flow_id"],
        {"identity": "CP-2", "grid_power_entity": "sensor.grid", **chosen},
    )
    await hass.async_block_till_done()
    for identity in (IDENTITY, "CP-2"):
        assert charger_subentry(entry, identity).data["grid_power_sign"] == sign


@pytest.mark.parametrize("chargers", [{IDENTITY: METERED, "CP-2": METERED}])
@pytest.mark.parametrize(
    ("chosen", "sign"), [({}, "export"), ({"grid_power_sign": "import"}, "import")]
)
async def test_charger_sign_reconfigured(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    central_system: str,
    chosen: dict[str, str],
    sign: str,
) -> None:
    """The sign is changed for all at once; left empty, it is what it was."""
    form = await start_change(hass, entry)
    await hass.config_entries.subentries.async_configure(
        form["flow_id"],
        {"name": "Carport", "grid_power_entity": "sensor.grid", **chosen},
    )
    await hass.async_block_till_done()
    for identity in (IDENTITY, "CP-2"):
        assert charger_subentry(entry, identity).data["grid_power_sign"] == sign


async def test_charger_renamed(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """A new name, and nothing else, reaches the device."""
    form = await start_change(hass, entry)
    await configure_charger(hass, form, name="Carport")
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, IDENTITY), entry.entry_id
    )
    assert device is not None
    assert device.name == "Carport"
    assert (await ready.call("Heartbeat"))["currentTime"]


@pytest.mark.parametrize("chargers", [{IDENTITY: {"maximum_current": 16}}])
async def test_charger_setting_taken_back(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """What is left empty holds no more."""
    assert shown.entity("CP-1_1_charging_limit").attributes["max"] == 16
    form = await start_change(hass, entry)
    await configure_charger(hass, form, name="Carport")
    assert "maximum_current" not in charger_subentry(entry, IDENTITY).data
    assert shown.entity("CP-1_1_charging_limit").attributes["max"] == 32


async def test_accepting_one_charger_keeps_the_other(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """Two chargers that wait at once are both there in the end."""
    async with fake("new-1") as one, fake("new-2") as two:
        await one.boot()
        await two.boot()
        await hass.async_block_till_done()
        flows = hass.config_entries.flow.async_progress()
        assert len(flows) == 2
        for flow in flows:
            result = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
            assert result["reason"] == "charger_added"
        for charger in (one, two):
            await charger.until_called("TriggerMessage")
            assert (await charger.boot())["status"] == "Accepted"
    identities = {subentry.unique_id for subentry in entry.subentries.values()}
    assert identities == {"CP-1", "new-1", "new-2"}


async def test_only_a_boot_makes_a_card(hass: HomeAssistant, fake: Fake) -> None:
    """What dials in without saying what it is gets no card."""
    async with fake("stranger") as stranger:
        await stranger.send_raw("hello")
        with pytest.raises(CallError):
            await stranger.call("BootNotification", {})
        await hass.async_block_till_done()
        assert not hass.config_entries.flow.async_progress()
        await stranger.boot()
        await hass.async_block_till_done()
        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["context"]["unique_id"] == "stranger"
