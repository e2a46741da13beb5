"""The runtime data of a loaded config entry."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry

from .central_system import CentralSystem
from .central_system.charge_point import DEFAULT_HEARTBEAT_INTERVAL
from .central_system.state import DEFAULT_RETENTION, BadgePolicy
from .certificates import Certificates
from .const import (
    CONF_BADGE_POLICY,
    CONF_HEARTBEAT_INTERVAL,
    CONF_SESSION_RETENTION,
    CONF_SIGN_CERTIFICATES,
)
from .site_control import SiteControl
from .storage import Storage
from .subentries import registered_badges


@dataclass(kw_only=True, slots=True)
class RuntimeData:
    """The objects that belong to a loaded entry.

    `address` is the entry's data that the central system was made from: where it
    listens, and with which certificate. `site_control` has connectors follow their site.
    """

    address: Mapping[str, Any]
    central_system: CentralSystem
    certificates: Certificates
    storage: Storage
    site_control: SiteControl


type SchneiderConfigEntry = ConfigEntry[RuntimeData]


def apply_options(entry: SchneiderConfigEntry) -> None:
    """Apply the entry's options and its registered badges to the central system."""
    shared = entry.runtime_data.central_system.shared
    options = entry.options
    shared.configure(
        heartbeat_interval=int(
            options.get(CONF_HEARTBEAT_INTERVAL, DEFAULT_HEARTBEAT_INTERVAL)
        ),
        sign_request=(
            entry.runtime_data.certificates.async_sign_request
            if options.get(CONF_SIGN_CERTIFICATES)
            else None
        ),
    )
    shared.journal.keep_for(
        timedelta(days=options.get(CONF_SESSION_RETENTION, DEFAULT_RETENTION.days))
    )
    shared.badges.configure(
        BadgePolicy(options.get(CONF_BADGE_POLICY, BadgePolicy.ACCEPT_ALL)),
        registered_badges(entry),
    )
