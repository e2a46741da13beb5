"""Names that more than one module of the integration uses."""

from typing import Final

DOMAIN: Final = "schneider_ev"

SUBENTRY_BADGE: Final = "badge"
SUBENTRY_CHARGER: Final = "charger"

CONF_BADGE_POLICY: Final = "badge_policy"
CONF_BLOCKED: Final = "blocked"
CONF_DEFAULT_MODE: Final = "default_mode"
CONF_EXPIRES: Final = "expires"
CONF_GRID_POWER_ENTITY: Final = "grid_power_entity"
CONF_GRID_POWER_SIGN: Final = "grid_power_sign"
CONF_HEARTBEAT_INTERVAL: Final = "heartbeat_interval"
CONF_ID_TAG: Final = "id_tag"
CONF_IDENTITY: Final = "identity"
CONF_MANAGE_CONFIGURATION: Final = "manage_configuration"
CONF_MAXIMUM_CURRENT: Final = "maximum_current"
CONF_ONE_VEHICLE_AT_A_TIME: Final = "one_vehicle_at_a_time"
CONF_PAUSE_AFTER: Final = "pause_after"
CONF_PHASES: Final = "phases"
CONF_PRICE_ENTITY: Final = "price_entity"
CONF_PRODUCT: Final = "product"
CONF_REFERENCE: Final = "reference"
CONF_SERIAL_NUMBER: Final = "serial_number"
CONF_SESSION_RETENTION: Final = "session_retention"
CONF_SIGN_CERTIFICATES: Final = "sign_certificates"
CONF_START_AFTER: Final = "start_after"
CONF_TLS_CERTIFICATE: Final = "tls_certificate"
CONF_TLS_KEY: Final = "tls_key"
CONF_TLS_PORT: Final = "tls_port"
ENTRY_ID: Final = "entry_id"

AUTO: Final = "auto"
EXPORT_IS_POSITIVE: Final = "export"
IMPORT_IS_POSITIVE: Final = "import"

ANY_HOSTS: Final = frozenset({"0.0.0.0", "::", ""})
"""What stands for all addresses of the machine."""

DEFAULT_HOST: Final = "0.0.0.0"
DEFAULT_PORT: Final = 9000
