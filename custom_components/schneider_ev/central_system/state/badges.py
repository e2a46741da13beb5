"""Badges (OCPP idTags): registered badges and the authorization of a badge."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from ..values import Stop
from .sessions import Session

_MAX_SEEN = 10

type SessionSource = Callable[[], Iterable[Session]]
"""Returns the sessions that certainly run on the connectors of a charger."""


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
    """A registered badge and the name of its holder.

    With `one_vehicle_at_a_time` it begins no session while it charges elsewhere.
    """

    id_tag: str
    name: str
    expires: datetime | None = None
    blocked: bool = False
    one_vehicle_at_a_time: bool = False

    @property
    def status(self) -> AuthorizationStatus:
        """The status of the badge: blocked, expired or accepted."""
        if self.blocked:
            return AuthorizationStatus.BLOCKED
        if self.expires is not None and self.expires <= datetime.now(UTC):
            return AuthorizationStatus.EXPIRED
        return AuthorizationStatus.ACCEPTED


class Badges:
    """The registered badges, the policy for all others, and the idTags seen last.

    `remote_id_tag` is the idTag with which Home Assistant starts transactions.
    """

    def __init__(self, remote_id_tag: str) -> None:
        """Start without registered badges; every badge is accepted."""
        self.policy = BadgePolicy.ACCEPT_ALL
        self.remote_id_tag = remote_id_tag
        self.registered: Mapping[str, Badge] = {}
        self._seen: dict[str, str] = {}
        self._sources: list[SessionSource] = []

    @property
    def seen(self) -> list[str]:
        """The idTags seen last that are not registered, newest first."""
        seen = reversed(self._seen.values())
        return [id_tag for id_tag in seen if self.get(id_tag) is None]

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
        if self.is_remote(id_tag):
            return "Home Assistant"
        return f"…{id_tag[-4:]}"

    def is_remote(self, id_tag: str) -> bool:
        """Tell whether it is the idTag with which Home Assistant starts transactions."""
        return is_same_tag(id_tag, self.remote_id_tag)

    def check(self, id_tag: str) -> AuthorizationStatus:
        """Return the status of an idTag; note one that is not registered."""
        if (badge := self.get(id_tag)) is not None:
            return badge.status
        if self.is_remote(id_tag):
            return AuthorizationStatus.ACCEPTED
        self._note(id_tag)
        if self.policy is BadgePolicy.ACCEPT_ALL:
            return AuthorizationStatus.ACCEPTED
        return AuthorizationStatus.INVALID

    def _note(self, id_tag: str) -> None:
        self._seen.pop(id_tag.casefold(), None)
        self._seen[id_tag.casefold()] = id_tag
        if len(self._seen) > _MAX_SEEN:
            del self._seen[next(iter(self._seen))]

    def watch(self, sessions: SessionSource) -> Stop:
        """Count the sessions of a charger as those of badges; return how to stop."""
        self._sources.append(sessions)

        def stop() -> None:
            if sessions in self._sources:
                self._sources.remove(sessions)

        return stop

    def charges_elsewhere(self, id_tag: str, identity: str, connector: int) -> bool:
        """Tell whether a badge certainly charges on another connector than this one."""
        return any(
            is_same_tag(session.id_tag, id_tag)
            and not session.is_of(identity, connector)
            for sessions in self._sources
            for session in sessions()
        )


def is_same_tag(one: str | None, other: str | None) -> bool:
    """Tell whether two idTags are the same one (OCPP CiString): case does not count."""
    if one is None or other is None:
        return one is other
    return one.casefold() == other.casefold()
