"""What was removed, replaced, switched or spoilt while nobody looked."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
import socket
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from homeassistant.config_entries import (
    ConfigEntries,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from tests.conftest import DOMAIN, IDENTITY, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import (
    add_charger,
    bind,
    charge,
    device,
    get_ready,
    issues,
    ours,
    remove_charger,
    unique_ids,
    until,
)

type Fake = Callable[..., FakeCharger]

LIGHT = f"{IDENTITY}_light_intensity"
REFUSAL = [4, "ID", "NotSupported", "", {}]


def charger_configuration(hass: HomeAssistant) -> set[str]:
    """Name the keys that the charger is known to have."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    return set(entry.runtime_data.central_system.chargers[IDENTITY].configuration)


def change(hass: HomeAssistant, entry: MockConfigEntry, **data: object) -> None:
    """Have the owner say something else of his only charger."""
    (subentry,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(
        entry, subentry, data={**subentry.data, **data}
    )


# Removed


async def test_added_again_amid_commissioning(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, shown: Shown
) -> None:
    """What is left of the old charger shows nothing in place of the new one."""
    async with fake() as charger:
        charger.answers["GetConfiguration"] = lambda _: None
        await charger.boot()
        await charger.until_called("GetConfiguration")
        remove_charger(hass, entry)
        await add_charger(hass, entry)
        await charger.wait_closed()
        await hass.async_block_till_done()
    async with fake() as charger:
        await get_ready(charger)
        await hass.async_block_till_done()
        assert shown[f"{IDENTITY}_1_status"] == "available"


@pytest.mark.parametrize("boots", [True, False])
@pytest.mark.parametrize("child", [None, f"{IDENTITY}/2"])
async def test_a_removed_device_comes_back_with_its_charger(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    shown: Shown,
    offline_soon: None,
    child: str | None,
    boots: bool,
) -> None:
    """It comes back whole, disabled entities too, and not before the charger does."""
    async with fake() as charger:
        await get_ready(charger, 2)
        await hass.async_block_till_done()
        before = unique_ids(hass)
        removed: dr.DeviceEntry | dr.ChildDeviceEntry | None = (
            device(hass, entry)
            if child is None
            else dr.async_get(hass).async_get_child_device_by_identifier(
                (DOMAIN, child), entry.entry_id
            )
        )
    assert removed is not None
    await until(lambda: shown[f"{IDENTITY}_1_status"] == "unavailable")
    dr.async_get(hass).async_remove_device(removed.id)
    await hass.async_block_till_done()
    assert unique_ids(hass) < before
    async with fake() as charger:
        if boots:
            await get_ready(charger, 2)
            await hass.async_block_till_done()
        await charger.status("Available", 2)
        await hass.async_block_till_done()
        assert unique_ids(hass) == before
        assert shown[f"{IDENTITY}_2_status"] == "available"


async def test_connectors_of_which_nothing_is_kept(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    hass_storage: dict[str, Any],
) -> None:
    """Their devices stay as the owner has them until the charger tells how many it has."""
    devices = dr.async_get(hass)

    def second() -> dr.ChildDeviceEntry | None:
        return devices.async_get_child_device_by_identifier(
            (DOMAIN, f"{IDENTITY}/2"), entry.entry_id
        )

    async with fake() as charger:
        await get_ready(charger, 2)
        await hass.async_block_till_done()
    before = second()
    assert before is not None
    await hass.config_entries.async_unload(entry.entry_id)
    del hass_storage[f"{DOMAIN}.{entry.entry_id}"]
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert second() == before
    async with fake() as charger:
        await get_ready(charger, 2)
        await hass.async_block_till_done()
    after = second()
    assert after is not None
    assert after.id == before.id


async def test_removed_while_it_is_unloaded(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Fake,
    shown: Shown,
) -> None:
    """A charger that is gone when the entry is set up is forgotten then."""
    await shown.do(f"{IDENTITY}_1_charging_limit", "set_value", value=13)
    await hass.config_entries.async_unload(entry.entry_id)
    remove_charger(hass, entry)
    await hass.config_entries.async_setup(entry.entry_id)
    await add_charger(hass, entry)
    async with fake() as charger:
        await get_ready(charger)
        await hass.async_block_till_done()
        assert shown[f"{IDENTITY}_1_charging_limit"] == "32.0"


# Replaced


@pytest.mark.parametrize("chargers", [{IDENTITY: {"product": "evlink_pro_ac"}}])
async def test_another_product(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """What the new product does not have goes, disabled or not; the rest stays as it is."""
    registry = er.async_get(hass)
    async with fake(product=EVLINK_PRO_AC) as charger:
        await get_ready(charger)
        await hass.async_block_till_done()
        before = {entity.unique_id: entity.id for entity in ours(hass)}
        (status,) = (
            entity for entity in ours(hass) if entity.unique_id.endswith("_1_status")
        )
        registry.async_update_entity(
            status.entity_id, disabled_by=er.RegistryEntryDisabler.USER
        )
        await hass.async_block_till_done()
        change(hass, entry, product="evlink_pro_dc")
        await hass.async_block_till_done()
        after = {entity.unique_id: entity.id for entity in ours(hass)}
        gone = before.keys() - after.keys()
        assert {f"{IDENTITY}_station_limit", f"{IDENTITY}_1_unlock", LIGHT} <= gone
        assert f"{IDENTITY}_led_night_intensity" in gone
        assert all(after[name] == before[name] for name in after.keys() & before.keys())
        assert hass.states.get(status.entity_id) is None
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert {entity.unique_id for entity in ours(hass)} == after.keys()
    assert not [
        state for state in hass.states.async_all() if state.attributes.get("restored")
    ]


async def test_a_key_that_is_gone(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, shown: Shown
) -> None:
    """Its entity is offered no more, and is there again when the key is back."""
    async with fake() as charger:
        await get_ready(charger)
        await hass.async_block_till_done()
        assert shown[LIGHT] == "80"
        light = charger.configuration.pop("LightIntensity")
        await get_ready(charger)
        await hass.async_block_till_done()
        before = shown.entity(LIGHT)
        assert (before.state, before.attributes["restored"]) == ("unavailable", True)
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done()
        after = shown.entity(LIGHT)
        assert (after.state, after.attributes) == (before.state, before.attributes)
    async with fake() as charger:
        charger.configuration["LightIntensity"] = light
        await get_ready(charger)
        await hass.async_block_till_done()
        assert shown[LIGHT] == "80"


@pytest.mark.parametrize("is_named", [True, False])
async def test_a_key_that_no_list_has(
    hass: HomeAssistant, fake: Fake, shown: Shown, is_named: bool
) -> None:
    """One that comes by its name, or that could not be asked for, keeps its value."""
    async with fake() as charger:
        await get_ready(charger)
        await hass.async_block_till_done()
        whole: Any = charger.answers["GetConfiguration"]

        def hide(payload: dict[str, Any]) -> dict[str, Any] | list[Any]:
            answer: dict[str, Any] = whole(payload)
            if "key" in payload:
                return answer if is_named else REFUSAL
            listed = answer["configurationKey"]
            return {
                "configurationKey": [
                    item for item in listed if item["key"] != "LightIntensity"
                ]
            }

        charger.answers["GetConfiguration"] = hide
        charger.received.clear()
        await get_ready(charger)
        await hass.async_block_till_done()
        assert charger.calls("GetConfiguration") == [{}, {"key": ["LightIntensity"]}]
        await shown.do(f"{IDENTITY}_refresh", "press")
        assert shown[LIGHT] == "80"


async def test_a_list_without_any_key(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """A charger that lists nothing at all is not taken at its word."""
    async with fake() as charger:
        await get_ready(charger)
        await hass.async_block_till_done()
        charger.answers["GetConfiguration"] = {"configurationKey": []}
        await get_ready(charger)
        await hass.async_block_till_done()
        assert shown[LIGHT] == "80"


async def test_a_key_that_is_gone_from_a_page(
    hass: HomeAssistant, all_enabled: None, fake: Fake, shown: Shown
) -> None:
    """A charger that answers in parts keeps all that it has, and nothing else."""
    async with fake(product=EVLINK_PRO_AC) as charger:
        charger.configuration["GetConfigurationMaxKeys"] = ("7", True)
        whole: Any = charger.answers["GetConfiguration"]

        def some(payload: dict[str, Any]) -> dict[str, Any]:
            return {"configurationKey": whole(payload)["configurationKey"][:7]}

        charger.answers["GetConfiguration"] = some
        await get_ready(charger)
        await hass.async_block_till_done()
        before = charger_configuration(hass)
        assert len(before) > 50
        del charger.configuration["LightIntensity"]
        await get_ready(charger)
        await hass.async_block_till_done()
        assert before - charger_configuration(hass) == {"LightIntensity"}
        assert shown[LIGHT] == "unavailable"


# Switched


@pytest.mark.parametrize("chargers", [{IDENTITY: {"manage_configuration": False}}])
@pytest.mark.parametrize("is_connected", [True, False])
async def test_managed_from_now_on(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, is_connected: bool
) -> None:
    """The charger is read and set at once, or when it comes back, though without a boot."""
    async with fake() as charger:
        await charger.boot()
        await charger.status("Available")
        await hass.async_block_till_done()
        if is_connected:
            change(hass, entry, manage_configuration=True)
            await charger.until_ready()
            assert charger.calls("ChangeConfiguration")
            return
    change(hass, entry, manage_configuration=True)
    await hass.async_block_till_done()
    async with fake() as charger:
        await charger.call("Heartbeat")
        await charger.until_ready()
        assert charger.calls("ChangeConfiguration")


@pytest.mark.parametrize("chargers", [{IDENTITY: {"product": "evlink_pro_ac"}}])
async def test_no_longer_managed_amid_commissioning(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake, shown: Shown
) -> None:
    """Nothing more is sent, and the charger is shown all the same."""
    async with fake() as charger:
        answer = asyncio.Event()
        whole: Any = charger.answers["GetConfiguration"]

        async def slow(payload: dict[str, Any]) -> dict[str, Any]:
            await answer.wait()
            listed: dict[str, Any] = whole(payload)
            return listed

        charger.answers["GetConfiguration"] = slow
        await charger.boot()
        await charger.until_called("GetConfiguration")
        change(hass, entry, manage_configuration=False)
        await hass.async_block_till_done()
        answer.set()
        await charger.status("Available")
        await hass.async_block_till_done()
        await asyncio.sleep(0.1)
        assert charger.received == [("GetConfiguration", {})]
        assert shown[f"{IDENTITY}_1_status"] == "available"


async def test_a_badge_gets_another_name(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """The session that it began is of that name at once."""
    flows = hass.config_entries.subentries
    form = await flows.async_init((entry.entry_id, "badge"), context={"source": "user"})
    data = {"id_tag": "18237379292", "name": "Ada", "blocked": False}
    await flows.async_configure(form["flow_id"], data)
    await charge(ready)
    await hass.async_block_till_done()
    assert shown[f"{IDENTITY}_1_session_badge"] == "Ada"
    (badge,) = entry.get_subentries_of_type("badge")
    hass.config_entries.async_update_subentry(entry, badge, title="Grace")
    await hass.async_block_till_done()
    assert shown[f"{IDENTITY}_1_session_badge"] == "Grace"


# Not set up


@pytest.fixture
async def port_busy(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Have somebody else listen on the port when the entry is set up."""
    entry.add_to_hass(hass)
    with socket.create_server(("127.0.0.1", entry.data["port"])):
        await hass.config_entries.async_setup(entry.entry_id)
    assert set(issues(hass)) == {"port_busy"}


@pytest.mark.parametrize(
    "give_up",
    [
        lambda entries, entry_id: entries.async_set_disabled_by(
            entry_id, ConfigEntryDisabler.USER
        ),
        ConfigEntries.async_unload,
        ConfigEntries.async_remove,
    ],
)
async def test_a_busy_port_that_nobody_wants(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    port_busy: None,
    give_up: Callable[[ConfigEntries, str], Awaitable[object]],
) -> None:
    """It is no issue any more."""
    await give_up(hass.config_entries, entry.entry_id)
    assert not issues(hass)


@pytest.mark.parametrize(
    "data", [{"host": "192.0.2.1"}, {"tls_port": 1, "tls_certificate": "/nowhere"}]
)
async def test_a_busy_port_is_not_the_reason_any_more(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    port_busy: None,
    data: dict[str, object],
) -> None:
    """The next try fails for another reason."""
    hass.config_entries.async_update_entry(
        entry, data={"tls_key": "/nowhere", **entry.data, **data}
    )
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert not issues(hass)


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError])
async def test_a_setup_that_is_broken_off(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
) -> None:
    """The port is free again."""

    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(ConfigEntries, "async_forward_entry_setups", fail)
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    bind(entry.data["port"])
