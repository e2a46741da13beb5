"""Names that more than one module of the integration uses."""

from typing import Final

DOMAIN: Final = "schneider_ev"

SUBENTRY_CHARGER: Final = "charger"

CONF_HEARTBEAT_INTERVAL: Final = "heartbeat_interval"
CONF_IDENTITY: Final = "identity"
CONF_MANAGE_CONFIGURATION: Final = "manage_configuration"
CONF_MAXIMUM_CURRENT: Final = "maximum_current"
CONF_PHASES: Final = "phases"
CONF_PRODUCT: Final = "product"

AUTO: Final = "auto"

DEFAULT_HOST: Final = "0.0.0.0"
DEFAULT_PORT: Final = 9000
