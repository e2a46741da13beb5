"""Badges (OCPP idTags): registered badges and the authorization of a badge."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

_MAX_REFUSED = 10


class AuthorizationStatus(StrEnum):
    """The status of an idTag (OCPP AuthorizationStatus)."""

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
    """A registered badge and the name of its holder."""

    id_tag: str
    name: str
    expires: datetime | None = None
    blocked: bool = False

    @property
    def status(self) -> AuthorizationStatus:
        """The status of the badge: blocked, expired or accepted."""
        if self.blocked:
            return AuthorizationStatus.BLOCKED
        if self.expires is not None and self.expires <= datetime.now(UTC):
            return AuthorizationStatus.EXPIRED
        return AuthorizationStatus.ACCEPTED


class Badges:
    """The registered badges, the policy for all others, and the last refused idTags.

    `remote_id_tag` is the idTag with which Home Assistant starts transactions.
    """

    def __init__(self, remote_id_tag: str) -> None:
        """Start without registered badges; every badge is accepted."""
        self.policy = BadgePolicy.ACCEPT_ALL
        self.remote_id_tag = remote_id_tag
        self.registered: Mapping[str, Badge] = {}
        self._refused: deque[str] = deque(maxlen=_MAX_REFUSED)

    @property
    def refused(self) -> list[str]:
        """The last refused idTags that are still not registered, newest first."""
        return [tag for tag in self._refused if self.get(tag) is None]

    def configure(self, policy: BadgePolicy, badges: Mapping[str, Badge]) -> None:
        """Replace the policy and the registered badges, by idTag; idTags ignore case."""
        self.policy = policy
        self.registered = {tag.casefold(): badge for tag, badge in badges.items()}

    def get(self, id_tag: str) -> Badge | None:
        """Return a registered badge, None if the idTag is not registered."""
        return self.registered.get(id_tag.casefold())

    def display_name(self, id_tag: str | None) -> str | None:
        """Return the name of a badge; only the end of an idTag that is not registered."""
        if id_tag is None:
            return None
        if (badge := self.get(id_tag)) is not None:
            return badge.name
        if id_tag == self.remote_id_tag:
            return "Home Assistant"
        return f"…{id_tag[-4:]}"

    def check(self, id_tag: str) -> AuthorizationStatus:
        """Return the status of an idTag; note an idTag that is refused as unknown."""
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
