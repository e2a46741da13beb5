"""The badge reader of a charger: which badges may charge there."""

from ..messages.payload import Json, format_timestamp
from ..state.badges import AuthorizationStatus, BadgePolicy, Badges, SessionSource
from ..state.configuration import Configuration
from ..values import Signal

_DEFAULT_ID_TAG = "DefaultIdTag"
"""The key of the idTag with which sessions begin that need no badge."""

_WITHOUT_BADGE = {
    BadgePolicy.ACCEPT_ALL: AuthorizationStatus.ACCEPTED,
    BadgePolicy.REGISTERED_ONLY: AuthorizationStatus.INVALID,
}


class BadgeReader:
    """Answers the badges that are shown to a charger, or that begin its sessions.

    `badge_shown` tells of each badge, of its answer, and of the connector on which it
    begins a session, None where it is only shown.
    """

    def __init__(
        self,
        identity: str,
        configuration: Configuration,
        badges: Badges,
        sessions: SessionSource,
    ) -> None:
        """Start with no badge shown; `sessions` are those that certainly run here."""
        self.badge_shown = Signal[str, AuthorizationStatus, int | None]()
        self._identity = identity
        self._configuration = configuration
        self._badges = badges
        self._last_shown: str | None = None
        self.close = badges.watch(sessions)

    def authorize(self, id_tag: str, connector: int | None) -> Json:
        """Answer a badge that is shown, or that begins a session on a connector.

        A badge that is shown and then begins a session is told of once; the idTags that
        are no badges, Home Assistant's and the charger's default one, are not.
        """
        default = self._default_id_tag()
        info = self._info(id_tag, connector, default)
        tag = id_tag.casefold()
        is_known = connector is not None and tag == self._last_shown
        self._last_shown = tag if connector is None else None
        no_badges = ("", self._badges.remote_id_tag.casefold(), default)
        if not is_known and tag not in no_badges:
            self.badge_shown.send(id_tag, info["status"], connector)
        return info

    def id_tag_info(self, id_tag: str, connector: int | None = None) -> Json:
        """Return the idTagInfo for a badge that begins a session, or ends one."""
        return self._info(id_tag, connector, self._default_id_tag())

    def _default_id_tag(self) -> str:
        """Return the charger's default idTag, in lower case; empty for none.

        That is the product's as long as the charger has not told its own.
        """
        default = self._configuration.value(_DEFAULT_ID_TAG)
        if default is None:
            default = self._configuration.default(_DEFAULT_ID_TAG)
        return (default or "").casefold()

    def _info(self, id_tag: str, connector: int | None, default: str) -> Json:
        badge = self._badges.get(id_tag)
        status = self._status(id_tag, default)
        if (
            badge is not None
            and badge.one_vehicle_at_a_time
            and status is AuthorizationStatus.ACCEPTED
            and connector is not None
            and self._badges.charges_elsewhere(id_tag, self._identity, connector)
        ):
            status = AuthorizationStatus.CONCURRENT_TX
        expires = badge.expires if badge else None
        return {"status": status} | (
            {"expiryDate": format_timestamp(expires)} if expires else {}
        )

    def _status(self, id_tag: str, default: str) -> AuthorizationStatus:
        if not id_tag:
            return _WITHOUT_BADGE[self._badges.policy]
        if id_tag.casefold() == default:
            return AuthorizationStatus.ACCEPTED
        return self._badges.check(id_tag)
