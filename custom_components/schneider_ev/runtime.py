"""What a loaded config entry holds."""

from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.helpers import device_registry as dr

from .central_system.charger import Charger, ChargerSettings
from .central_system.server import CentralSystem
from .const import (
    AUTO,
    CONF_MANAGE_CONFIGURATION,
    CONF_MAXIMUM_CURRENT,
    CONF_PHASES,
    CONF_PRODUCT,
    SUBENTRY_CHARGER,
)
from .storage import ChargerStore


@dataclass(kw_only=True, slots=True)
class RuntimeData:
    """A central system and where its memory goes."""

    central_system: CentralSystem
    store: ChargerStore


type SchneiderConfigEntry = ConfigEntry[RuntimeData]


def charger_subentries(entry: SchneiderConfigEntry) -> dict[str, ConfigSubentry]:
    """Return the charger subentries by identity."""
    return {
        subentry.unique_id: subentry
        for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER)
        if subentry.unique_id is not None
    }


def charger_of_device(
    entry: SchneiderConfigEntry, device: dr.DeviceEntry | dr.ChildDeviceEntry
) -> Charger | None:
    """Return the charger that a device shows, or of which it shows a connector."""
    subentry = entry.subentries.get(device.config_subentry_id or "")
    if subentry is None or subentry.unique_id is None:
        return None
    return entry.runtime_data.central_system.chargers.get(subentry.unique_id)


def charger_settings(subentry: ConfigSubentry) -> ChargerSettings:
    """Return what a subentry says of its charger."""
    data = subentry.data
    product = data.get(CONF_PRODUCT, AUTO)
    phases = data.get(CONF_PHASES, AUTO)
    return ChargerSettings(
        product=None if product == AUTO else product,
        phases=None if phases == AUTO else int(phases),
        maximum_current=data.get(CONF_MAXIMUM_CURRENT),
        manage_configuration=data.get(CONF_MANAGE_CONFIGURATION, True),
    )
