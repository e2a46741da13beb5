"""Schneider EV Chargers: a local OCPP 1.6J central system for Home Assistant."""

from functools import partial

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    EVENT_HOMEASSISTANT_STOP,
    Platform,
)
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import (
    ConfigEntryError,
    ConfigEntryNotReady,
    UnsupportedStorageVersionError,
)
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .central_system import CentralSystem
from .central_system.charge_point import Charger, Shared
from .central_system.messages import CannotListenError, CertificateError
from .central_system.state import Badges, NewerDatabaseError
from .certificates import Certificates, async_renew_daily
from .const import CONF_TLS_PORT, DOMAIN, ENTRY_ID
from .device import async_register_charger, async_update_charger, charger_of_device
from .discovery import (
    async_end_discovery_flows,
    async_forget_discovery,
    async_start_discovery_flow,
)
from .displayed_cost import async_display_costs
from .energy_dashboard import async_watch_energy_dashboard
from .files.downloads import DownloadView
from .files.one_time_url import ONE_TIME_URLS
from .files.root_certificate import RootCertificateView
from .files.sessions_csv import SessionsView
from .files.transparency_file import TransparencyFileView
from .files.uploads import async_close_uploads, async_setup_uploads
from .issues import (
    async_hide_charger_issues,
    async_hide_energy_dashboard,
    async_hide_port_busy,
    async_show_energy_dashboard,
    async_show_issues,
    async_show_meter_signs,
    async_show_port_busy,
    async_watch_entries,
)
from .renames import async_follow_renames
from .runtime import RuntimeData, SchneiderConfigEntry, apply_options
from .services import async_setup_services
from .session_costs import async_account_for_sessions
from .site_control import SiteControl
from .storage import Storage
from .subentries import charger_password, charger_settings, charger_subentries

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
    Platform.UPDATE,
]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up the actions and the views of Home Assistant's web server."""
    async_setup_services(hass)
    async_watch_entries(hass)
    hass.data[ONE_TIME_URLS] = {}
    await async_setup_uploads(hass)
    hass.http.register_view(DownloadView())
    hass.http.register_view(RootCertificateView())
    hass.http.register_view(SessionsView())
    hass.http.register_view(TransparencyFileView())
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SchneiderConfigEntry) -> bool:
    """Set up a config entry: load what is stored, then start the central system."""
    storage = Storage(hass, entry.entry_id)
    certificates = Certificates(hass, entry)
    try:
        await _async_load(entry, storage, certificates)
    except BaseException:
        await storage.database.close()
        raise
    central_system = CentralSystem(
        host=entry.data[CONF_HOST],
        port=entry.data[CONF_PORT],
        tls_port=entry.data.get(CONF_TLS_PORT),
        shared=Shared(journal=storage.journal, badges=Badges(storage.remote_id_tag)),
    )
    central_system.discovered.connect(partial(async_start_discovery_flow, hass, entry))
    central_system.pending.forgotten.connect(
        partial(async_forget_discovery, hass, entry)
    )
    central_system.charger_changed.connect(storage.charger_changed)
    central_system.password_changed.connect(partial(_async_store_password, hass, entry))
    entry.runtime_data = RuntimeData(
        address=entry.data,
        central_system=central_system,
        certificates=certificates,
        storage=storage,
        site_control=SiteControl(hass, entry, central_system, storage),
    )
    storage.show_problems(central_system.problems)
    apply_options(entry)
    _async_watch_chargers(hass, entry)
    async_follow_renames(hass, entry)
    async_watch_energy_dashboard(
        hass, entry, partial(async_show_energy_dashboard, hass, entry)
    )
    entry.async_on_unload(partial(async_hide_energy_dashboard, hass, entry))
    for identity in charger_subentries(entry):
        _add_charger(entry, identity)
    try:
        await _async_start(hass, entry)
        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    except BaseException:
        await _async_stop(entry)
        raise
    return True


async def _async_load(
    entry: SchneiderConfigEntry, storage: Storage, certificates: Certificates
) -> None:
    """Load what is stored."""
    try:
        await storage.async_load(charger_subentries(entry))
        await certificates.async_load()
    except (UnsupportedStorageVersionError, NewerDatabaseError) as error:
        raise ConfigEntryError(
            translation_domain=DOMAIN, translation_key="storage_newer"
        ) from error
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="storage_damaged",
            translation_placeholders={"error": repr(error)},
        ) from error
    except OSError as error:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="storage_unreadable",
            translation_placeholders={"error": str(error)},
        ) from error


@callback
def _async_watch_chargers(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Attach what listens to chargers, in the order in which it hears of a new one.

    The device comes first: issues and entities are shown on it. The platforms follow
    when they are set up.
    """
    central_system = entry.runtime_data.central_system
    central_system.charger_added.connect(partial(async_register_charger, hass, entry))
    entry.runtime_data.site_control.async_start()
    async_account_for_sessions(entry)
    async_show_issues(hass, entry)
    async_display_costs(entry)


async def _async_start(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Start the central system; it stops with the entry or with Home Assistant."""
    central_system = entry.runtime_data.central_system
    certificates = entry.runtime_data.certificates
    try:
        await central_system.start(await certificates.async_context())
    except CannotListenError as error:
        if error.is_busy:
            async_show_port_busy(hass, entry, error)
        else:
            async_hide_port_busy(hass, entry)
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="cannot_listen",
            translation_placeholders={
                "host": entry.data[CONF_HOST],
                "port": str(error.port),
                "error": error.reason,
            },
        ) from error
    except (CertificateError, OSError) as error:
        async_hide_port_busy(hass, entry)
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="no_certificate",
            translation_placeholders={"error": str(error)},
        ) from error
    entry.async_on_unload(
        async_renew_daily(hass, certificates, central_system.change_tls)
    )

    async def stop(_event: Event) -> None:
        await _async_stop(entry)

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))
    entry.async_on_unload(entry.add_update_listener(_async_entry_updated))


async def async_unload_entry(hass: HomeAssistant, entry: SchneiderConfigEntry) -> bool:
    """Unload a config entry; its ports are free afterwards."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        await _async_stop(entry)
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Remove what is stored of an entry, and its discovery flows."""
    async_end_discovery_flows(hass, {ENTRY_ID: entry.entry_id})
    async_close_uploads(hass, entry)
    async_show_energy_dashboard(hass, entry, ())
    await Storage(hass, entry.entry_id).async_remove()
    await Certificates(hass, entry).async_remove()


async def async_remove_config_entry_device(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    device: dr.DeviceEntry | dr.ChildDeviceEntry,
) -> bool:
    """Allow removing a device unless its charger is connected."""
    if entry.state is not ConfigEntryState.LOADED:
        return True
    charger = charger_of_device(entry, device)
    return charger is None or not charger.link.is_connected


async def _async_entry_updated(
    hass: HomeAssistant, entry: SchneiderConfigEntry
) -> None:
    """Apply changes of an entry. Only a changed address closes all connections."""
    central_system = entry.runtime_data.central_system
    if entry.runtime_data.address != entry.data:
        hass.config_entries.async_schedule_reload(entry.entry_id)
        return
    registered = central_system.shared.badges.registered
    apply_options(entry)
    if central_system.shared.badges.registered != registered:
        for charger in central_system.chargers.values():
            charger.badges_changed()
    subentries = charger_subentries(entry)
    for identity, subentry in subentries.items():
        if (known := central_system.chargers.get(identity)) is None:
            _add_charger(entry, identity)
        else:
            central_system.change_charger(
                identity,
                charger_settings(subentry),
                password=charger_password(subentry),
            )
            async_update_charger(hass, entry, known)
    for identity in central_system.chargers.keys() - subentries.keys():
        entry.runtime_data.storage.forget(identity)
        async_hide_charger_issues(hass, entry, identity)
        # it is removed at once, but closing its connection takes a moment
        entry.async_create_task(hass, central_system.remove_charger(identity))
    entry.runtime_data.site_control.async_options_changed()
    async_show_meter_signs(hass, entry)


async def _async_stop(entry: SchneiderConfigEntry) -> None:
    """Stop the central system, then save the state of its chargers."""
    await entry.runtime_data.central_system.stop()
    await entry.runtime_data.storage.async_close()


def _add_charger(entry: SchneiderConfigEntry, identity: str) -> Charger:
    runtime = entry.runtime_data
    subentry = charger_subentries(entry)[identity]
    return runtime.central_system.add_charger(
        identity,
        charger_settings(subentry),
        password=charger_password(subentry),
        kept=runtime.storage.kept(identity),
    )


@callback
def _async_store_password(
    hass: HomeAssistant, entry: SchneiderConfigEntry, charger: Charger
) -> None:
    """Store the password that a charger has accepted."""
    if (subentry := charger_subentries(entry).get(charger.identity)) is not None:
        hass.config_entries.async_update_subentry(
            entry,
            subentry,
            data={**subentry.data, CONF_PASSWORD: charger.credentials.password or ""},
        )
