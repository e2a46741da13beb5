"""A charger's badge reader: which badges may charge there, and who hears of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..messages.payload import Json, format_timestamp
from ..state.badges import AuthorizationStatus, BadgePolicy

if TYPE_CHECKING:
    from .charger import Charger
    from .connector import Connector

_DEFAULT_ID_TAG = "DefaultIdTag"
_TO_NOBODY = {
    BadgePolicy.ACCEPT_ALL: AuthorizationStatus.ACCEPTED,
    BadgePolicy.REGISTERED_ONLY: AuthorizationStatus.INVALID,
}


class BadgeReader:
    """Answers the badges that are shown to a charger, or that begin its sessions.

    `listeners` hear of each badge, with what it is answered and the connector on which
    it begins a session, None where it is only shown.
    """

    def __init__(self, charger: Charger) -> None:
        """Start with no badge shown."""
        self.listeners: list[
            Callable[[str, AuthorizationStatus, Connector | None], None]
        ] = []
        self._charger = charger
        self._shown: str | None = None

    def authorize(self, id_tag: str, connector: Connector | None) -> Json:
        """Answer a badge that is shown, or that begins a session on a connector.

        Who listens hears of a badge once, though it is shown and then begins a session;
        the tags that stand for no badge are none of their business.
        """
        info = self.id_tag_info(id_tag, connector)
        is_known = connector is not None and id_tag == self._shown
        self._shown = id_tag if connector is None else None
        no_badges = ("", self._remote_id_tag, self._default_id_tag)
        if not is_known and id_tag not in no_badges:
            for listener in tuple(self.listeners):
                listener(id_tag, info["status"], connector)
        return info

    def id_tag_info(self, id_tag: str, connector: Connector | None = None) -> Json:
        """Return what a badge is answered that begins a session, or ends one."""
        badge = self._charger.badges.get(id_tag)
        expires = badge.expires if badge else None
        return {"status": self._status(id_tag, connector)} | (
            {"expiryDate": format_timestamp(expires)} if expires else {}
        )

    def probable_connector(self) -> Connector | None:
        """Return the connector that a badge is probably shown for: one that waits."""
        connectors = self._charger.connectors.values()
        waiting = [each for each in connectors if each.plugged and each.session is None]
        return next(iter([*waiting, *connectors]), None)

    def _status(self, id_tag: str, connector: Connector | None) -> AuthorizationStatus:
        badges = self._charger.badges
        if not id_tag:
            return _TO_NOBODY[badges.policy]
        if id_tag == self._default_id_tag:
            return AuthorizationStatus.ACCEPTED
        status = badges.check(id_tag)
        if (
            status is AuthorizationStatus.ACCEPTED
            and connector is not None
            and self._charges_elsewhere(id_tag, connector)
        ):
            return AuthorizationStatus.CONCURRENT_TX
        return status

    def _charges_elsewhere(self, id_tag: str, connector: Connector) -> bool:
        return id_tag != self._remote_id_tag and any(
            session.stop is None
            and (session.id_tag or "").casefold() == id_tag.casefold()
            and not session.is_of(self._charger.identity, connector.number)
            for session in self._charger.journal
        )

    @property
    def _remote_id_tag(self) -> str:
        """The tag of the sessions that Home Assistant starts."""
        return self._charger.badges.remote_id_tag

    @property
    def _default_id_tag(self) -> str | None:
        """The tag of the sessions that need no badge."""
        return self._charger.configuration.value(_DEFAULT_ID_TAG)
