"""Charge points: chargers and connectors, and the calls in both directions."""

from .charger import Charger
from .commissioning import DEFAULT_SAMPLE_INTERVAL, read_state, set_meter_values
from .configuration_client import REBOOT_REQUIRED, SAMPLE_INTERVAL
from .connector import Connector
from .connector_sessions import SessionChange
from .local_list import SEND_LOCAL_LIST
from .modes import choose_option, chosen_option, modes, options
from .securing import INSTALL_CERTIFICATE, ConnectionTarget, can_set_password, secure
from .settings import DEFAULT_HEARTBEAT_INTERVAL, ChargerSettings, Shared
from .vendor_messages import COST_UPDATED, LOCATE, TARIFF_DOWNLOAD, has_failed

__all__ = [
    "COST_UPDATED",
    "DEFAULT_HEARTBEAT_INTERVAL",
    "DEFAULT_SAMPLE_INTERVAL",
    "INSTALL_CERTIFICATE",
    "LOCATE",
    "REBOOT_REQUIRED",
    "SAMPLE_INTERVAL",
    "SEND_LOCAL_LIST",
    "TARIFF_DOWNLOAD",
    "Charger",
    "ChargerSettings",
    "ConnectionTarget",
    "Connector",
    "SessionChange",
    "Shared",
    "can_set_password",
    "choose_option",
    "chosen_option",
    "has_failed",
    "modes",
    "options",
    "read_state",
    "secure",
    "set_meter_values",
]
