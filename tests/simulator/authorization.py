"""Local authorization of a charger: its local list and its authorization cache."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ocpp.v16.enums import AuthorizationStatus, UpdateStatus, UpdateType


@dataclass(slots=True)
class KnownBadges:
    """The local authorization list, with its version, and the authorization cache."""

    version: int = 0
    local: dict[str, str] = field(default_factory=dict)
    cached: dict[str, str] = field(default_factory=dict)

    def update(
        self,
        version: int,
        entries: Sequence[Mapping[str, Any]],
        kind: str,
        capacity: int,
    ) -> UpdateStatus:
        """Apply a SendLocalList; an entry without idTagInfo is removed."""
        if kind == UpdateType.full:
            updated: dict[str, str] = {}
        elif version <= self.version:
            return UpdateStatus.version_mismatch
        else:
            updated = dict(self.local)
        for entry in entries:
            info = entry.get("id_tag_info")
            if info is None:
                updated.pop(entry["id_tag"], None)
            else:
                updated[entry["id_tag"]] = info["status"]
        if len(updated) > capacity:
            return UpdateStatus.failed
        self.version = version if updated else 0
        self.local = updated
        return UpdateStatus.accepted

    def accepts(self, id_tag: str, *, default: bool) -> bool:
        """Tell whether the list or the cache accepts a badge; `default` if neither has it."""
        status = self.local.get(id_tag) or self.cached.get(id_tag)
        return default if status is None else status == AuthorizationStatus.accepted
