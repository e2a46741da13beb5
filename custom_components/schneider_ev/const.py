"""Names that more than one module of the integration uses."""

from typing import Final

DOMAIN: Final = "schneider_ev"

SUBENTRY_BADGE: Final = "badge"
SUBENTRY_CHARGER: Final = "charger"

CONF_BADGE_POLICY: Final = "badge_policy"
CONF_BLOCKED: Final = "blocked"
CONF_EXPIRES: Final = "expires"
CONF_HEARTBEAT_INTERVAL: Final = "heartbeat_interval"
CONF_ID_TAG: Final = "id_tag"
CONF_IDENTITY: Final = "identity"
CONF_MANAGE_CONFIGURATION: Final = "manage_configuration"
CONF_MAXIMUM_CURRENT: Final = "maximum_current"
CONF_PHASES: Final = "phases"
CONF_PRICE_ENTITY: Final = "price_entity"
CONF_PRODUCT: Final = "product"
CONF_SESSION_RETENTION: Final = "session_retention"

AUTO: Final = "auto"

DEFAULT_HOST: Final = "0.0.0.0"
DEFAULT_PORT: Final = 9000
