"""The choices that take several configuration keys, where products share them."""

from .model import Mode, Option

# Which badges may charge while the central system is away, in the guides' own order. The
# other list is switched off last: the guides' options are one list only.
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

# Whether a badge is asked for, where one key says it all.
AUTHENTICATION_MODE = Mode(
    key="authentication_mode",
    options=(
        Option(key="badge", settings=(("AuthenticationOCPPMode", "true"),)),
        Option(key="free", settings=(("AuthenticationOCPPMode", "false"),)),
    ),
    requires=("AuthenticationOCPPMode",),
)
