"""Schneider EV Chargers: a local OCPP 1.6J central system for Home Assistant."""

from functools import partial

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PORT, EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .central_system.charger import Charger
from .central_system.server import DEFAULT_HEARTBEAT_INTERVAL, CentralSystem
from .const import CONF_HEARTBEAT_INTERVAL, DOMAIN
from .device import async_register_charger, async_update_charger
from .discovery import async_discovered
from .runtime import (
    RuntimeData,
    SchneiderConfigEntry,
    charger_of_device,
    charger_settings,
    charger_subentries,
)
from .services import async_setup_services
from .storage import ChargerStore

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TEXT,
    Platform.TIME,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SchneiderConfigEntry) -> bool:
    """Set up a central system."""
    store = ChargerStore(hass, entry.entry_id)
    await store.async_load()
    central_system = CentralSystem(
        host=entry.data[CONF_HOST],
        port=entry.data[CONF_PORT],
        heartbeat_interval=_heartbeat_interval(entry),
        on_discovery=partial(async_discovered, hass, entry),
        on_change=store.charger_changed,
    )
    entry.runtime_data = RuntimeData(central_system=central_system, store=store)
    central_system.charger_listeners.append(
        partial(async_register_charger, hass, entry)
    )
    for identity in charger_subentries(entry):
        _add_charger(entry, identity)
    try:
        await central_system.start()
    except OSError as error:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="cannot_listen",
            translation_placeholders={
                "host": entry.data[CONF_HOST],
                "port": str(entry.data[CONF_PORT]),
                "error": error.strerror or str(error),
            },
        ) from error

    async def stop(_event: Event) -> None:
        await central_system.stop()
        await store.async_save()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))
    entry.async_on_unload(entry.add_update_listener(_async_entry_updated))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SchneiderConfigEntry) -> bool:
    """Stop a central system; its port is free thereafter."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await entry.runtime_data.central_system.stop()
        await entry.runtime_data.store.async_save()
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Remove what was kept."""
    await ChargerStore(hass, entry.entry_id).async_remove()


async def async_remove_config_entry_device(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    device: dr.DeviceEntry | dr.ChildDeviceEntry,
) -> bool:
    """Let a device be removed whose charger is not connected."""
    if entry.state is not ConfigEntryState.LOADED:
        return True
    charger = charger_of_device(entry, device)
    return charger is None or not charger.connected


async def _async_entry_updated(
    hass: HomeAssistant, entry: SchneiderConfigEntry
) -> None:
    """Take over what the owner changed; only a new address disturbs connections."""
    central_system = entry.runtime_data.central_system
    if (central_system.host, central_system.port) != (
        entry.data[CONF_HOST],
        entry.data[CONF_PORT],
    ):
        hass.config_entries.async_schedule_reload(entry.entry_id)
        return
    central_system.heartbeat_interval = _heartbeat_interval(entry)
    subentries = charger_subentries(entry)
    for identity, subentry in subentries.items():
        if (charger := central_system.chargers.get(identity)) is None:
            _add_charger(entry, identity)
        else:
            charger.change_settings(charger_settings(subentry))
            async_update_charger(hass, entry, charger)
    # it takes a moment until a connection is closed, and more may be changed meanwhile
    for identity in central_system.chargers.keys() - subentries.keys():
        entry.runtime_data.store.forget(identity)
        await central_system.remove_charger(identity)


def _add_charger(entry: SchneiderConfigEntry, identity: str) -> Charger:
    runtime = entry.runtime_data
    return runtime.central_system.add_charger(
        identity,
        charger_settings(charger_subentries(entry)[identity]),
        runtime.store.memory(identity),
    )


def _heartbeat_interval(entry: SchneiderConfigEntry) -> int:
    interval: float = entry.options.get(
        CONF_HEARTBEAT_INTERVAL, DEFAULT_HEARTBEAT_INTERVAL
    )
    return int(interval)
