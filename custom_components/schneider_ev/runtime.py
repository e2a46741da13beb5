"""What a loaded config entry holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_PASSWORD
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util

from .central_system.charge_point.charger import Charger, ChargerSettings
from .central_system.server import DEFAULT_HEARTBEAT_INTERVAL, CentralSystem
from .central_system.state.badges import Badge, BadgePolicy
from .central_system.state.sessions import DEFAULT_RETENTION
from .certificates import Certificates
from .const import (
    AUTO,
    CONF_BADGE_POLICY,
    CONF_BLOCKED,
    CONF_EXPIRES,
    CONF_HEARTBEAT_INTERVAL,
    CONF_ID_TAG,
    CONF_MANAGE_CONFIGURATION,
    CONF_MAXIMUM_CURRENT,
    CONF_PHASES,
    CONF_PRODUCT,
    CONF_SESSION_RETENTION,
    CONF_SIGN_CERTIFICATES,
    SUBENTRY_BADGE,
    SUBENTRY_CHARGER,
)
from .storage import Storage

if TYPE_CHECKING:
    from .surplus_charging import SurplusCharging


@dataclass(kw_only=True, slots=True)
class RuntimeData:
    """A central system, its certificates, and the storage of what chargers reported.

    `surplus` has its connectors follow the sun. `address` is the data of the entry that
    it was made of: where it listens, and how.
    """

    address: Mapping[str, Any]
    central_system: CentralSystem
    certificates: Certificates
    storage: Storage
    surplus: SurplusCharging = field(init=False)


type SchneiderConfigEntry = ConfigEntry[RuntimeData]


def charger_subentries(entry: SchneiderConfigEntry) -> dict[str, ConfigSubentry]:
    """Return the charger subentries by identity."""
    return {
        subentry.unique_id: subentry
        for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER)
        if subentry.unique_id is not None
    }


def apply_options(entry: SchneiderConfigEntry) -> None:
    """Have the central system go by the entry's options and registered badges."""
    central_system = entry.runtime_data.central_system
    options = entry.options
    central_system.heartbeat_interval = int(
        options.get(CONF_HEARTBEAT_INTERVAL, DEFAULT_HEARTBEAT_INTERVAL)
    )
    central_system.journal.retention = timedelta(
        days=options.get(CONF_SESSION_RETENTION, DEFAULT_RETENTION.days)
    )
    central_system.sign_request = (
        entry.runtime_data.certificates.async_sign_request
        if options.get(CONF_SIGN_CERTIFICATES)
        else None
    )
    central_system.badges.policy = BadgePolicy(
        options.get(CONF_BADGE_POLICY, BadgePolicy.ACCEPT_ALL)
    )
    central_system.badges.register(
        {
            subentry.data[CONF_ID_TAG]: _badge(subentry)
            for subentry in entry.get_subentries_of_type(SUBENTRY_BADGE)
        }
    )


def _badge(subentry: ConfigSubentry) -> Badge:
    expires = subentry.data.get(CONF_EXPIRES)
    return Badge(
        id_tag=subentry.data[CONF_ID_TAG],
        name=subentry.title,
        expires=dt_util.parse_datetime(expires) if expires else None,
        blocked=subentry.data.get(CONF_BLOCKED, False),
    )


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
        password=data.get(CONF_PASSWORD) or None,
    )
