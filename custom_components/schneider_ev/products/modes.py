"""Modes that several products have: each sets one or more configuration keys."""

from .model import Mode, Option

OFFLINE_STRATEGY = Mode(
    key="offline_strategy",
    options=(
        Option(
            key="allow_all",
            settings=(("AllowOfflineTxForUnknownId", "true"),),
        ),
        Option(
            key="cache",
            settings=(
                ("AllowOfflineTxForUnknownId", "false"),
                ("LocalAuthorizeOffline", "true"),
                ("AuthorizationCacheEnabled", "true"),
                ("LocalAuthListEnabled", "false"),
            ),
        ),
        Option(
            key="local_list",
            settings=(
                ("AllowOfflineTxForUnknownId", "false"),
                ("LocalAuthorizeOffline", "true"),
                ("LocalAuthListEnabled", "true"),
                ("AuthorizationCacheEnabled", "false"),
            ),
        ),
        Option(
            key="none",
            settings=(
                ("AllowOfflineTxForUnknownId", "false"),
                ("LocalAuthorizeOffline", "false"),
            ),
        ),
    ),
    requires=(
        "AllowOfflineTxForUnknownId",
        "LocalAuthorizeOffline",
        "AuthorizationCacheEnabled",
        "LocalAuthListEnabled",
    ),
)
"""Which badges may charge while the charger is offline; options as in the guides.

Each option of the guides uses the cache or the local list, so the other one is disabled,
last.
"""

AUTHENTICATION_MODE = Mode(
    key="authentication_mode",
    options=(
        Option(key="badge", settings=(("AuthenticationOCPPMode", "true"),)),
        Option(key="free", settings=(("AuthenticationOCPPMode", "false"),)),
    ),
    requires=("AuthenticationOCPPMode",),
)
"""Whether a badge is required, on products that have one key for it."""
