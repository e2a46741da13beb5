"""Authorization: which badges may charge."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class AuthorizationStatus(StrEnum):
    """The answer to a badge (OCPP AuthorizationStatus)."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    CONCURRENT_TX = "ConcurrentTx"


class BadgePolicy(StrEnum):
    """Whether a badge has to be registered."""

    ACCEPT_ALL = "accept_all"
    REGISTERED_ONLY = "registered_only"


@dataclass(frozen=True, kw_only=True, slots=True)
class Badge:
    """A registered badge and whose it is."""

    id_tag: str
    name: str
    expires: datetime | None = None
    blocked: bool = False

    @property
    def status(self) -> AuthorizationStatus:
        """What the badge itself allows."""
        if self.blocked:
            return AuthorizationStatus.BLOCKED
        if self.expires is not None and self.expires <= datetime.now(UTC):
            return AuthorizationStatus.EXPIRED
        return AuthorizationStatus.ACCEPTED


class Badges:
    """The registered badges, what becomes of the others, and who was refused lately.

    `remote_id_tag` is the tag with which Home Assistant starts transactions itself.
    """

    def __init__(self, remote_id_tag: str) -> None:
        """Start with no badge registered and every badge accepted."""
        self.policy = BadgePolicy.ACCEPT_ALL
        self.remote_id_tag = remote_id_tag
        self.registered: Mapping[str, Badge] = {}
        self._refused: deque[str] = deque(maxlen=10)

    @property
    def refused(self) -> list[str]:
        """The idTags that were refused lately and are not registered, newest first."""
        return [tag for tag in self._refused if self.get(tag) is None]

    def register(self, badges: Mapping[str, Badge]) -> None:
        """Have these badges registered, and no others. IdTags know no case."""
        self.registered = {tag.casefold(): badge for tag, badge in badges.items()}

    def get(self, id_tag: str) -> Badge | None:
        """Return a registered badge."""
        return self.registered.get(id_tag.casefold())

    def display_name(self, id_tag: str | None) -> str | None:
        """Return whose badge it is, as far as that is anybody's business."""
        if id_tag is None:
            return None
        if (badge := self.get(id_tag)) is not None:
            return badge.name
        if id_tag == self.remote_id_tag:
            return "Home Assistant"
        return f"…{id_tag[-4:]}"

    def check(self, id_tag: str) -> AuthorizationStatus:
        """Tell whether a badge may charge, and remember one that may not."""
        badge = self.get(id_tag)
        if badge is not None:
            status = badge.status
        elif id_tag == self.remote_id_tag or self.policy is BadgePolicy.ACCEPT_ALL:
            status = AuthorizationStatus.ACCEPTED
        else:
            status = AuthorizationStatus.INVALID
        if badge is None and status is not AuthorizationStatus.ACCEPTED:
            if id_tag in self._refused:
                self._refused.remove(id_tag)
            self._refused.appendleft(id_tag)
        return status
