"""The local authorization list of a charger: the badges that it accepts while offline."""

import asyncio
from collections.abc import Mapping
from itertools import batched
from typing import Any

from ..messages.errors import (
    CallErrorCode,
    ChargerCallError,
    ChargerRefusedError,
    InvalidCommandError,
)
from ..messages.payload import format_timestamp
from ..state.badges import Badge, Badges
from ..state.configuration import Configuration
from ..values import Signal
from .link import Link

SEND_LOCAL_LIST = "SendLocalList"

_ENABLED = "LocalAuthListEnabled"
_MAX_LENGTH = "LocalAuthListMaxLength"
_SEND_MAX_LENGTH = "SendLocalListMaxLength"
_DEFAULT_SEND_MAX_LENGTH = 20
_UNSUPPORTED = -1
_OUT_OF_STEP = frozenset({"VersionMismatch", "Failed"})
_NOT_SUPPORTED = frozenset({CallErrorCode.NOT_IMPLEMENTED, CallErrorCode.NOT_SUPPORTED})

type Entries = dict[str, dict[str, Any]]


class LocalList:
    """Keeps the registered badges in the charger's list.

    What the charger was sent last, and under which version, is kept; `changed` tells
    of a change of that, `turned_on` that the charger uses its list from now on.
    """

    def __init__(
        self, link: Link, configuration: Configuration, badges: Badges
    ) -> None:
        """Start with a charger that was sent nothing."""
        self.changed = Signal[()]()
        self.turned_on = Signal[()]()
        self._link = link
        self._configuration = configuration
        self._badges = badges
        self._entries: Entries = {}
        self._version: int | None = None
        self._synchronising = asyncio.Lock()
        self._is_on = False
        self._is_supported = True
        configuration.listen(_ENABLED, self._switched)

    def _switched(self) -> None:
        """Tell once that the list is on, however the charger spells it."""
        was_on, self._is_on = self._is_on, bool(self._configuration.boolean(_ENABLED))
        if self._is_on and not was_on:
            self._is_supported = True
            self.turned_on.send()

    def restarted(self) -> None:
        """Note that the charger restarted: its firmware may take a list by now."""
        self._is_supported = True

    async def synchronise(self) -> int:
        """Bring the list up to the registered badges; return its version.

        Only what changed is sent where the charger still has what it was sent last;
        else the whole list is. Raises InvalidCommandError where the charger keeps no
        list or it is too short, ChargerError where the charger refuses.
        """
        async with self._synchronising:
            return await self._synchronise()

    async def keep_up_to_date(self) -> None:
        """Bring the list up to date where the charger uses it and it is not.

        That of a charger that is not confirmed waits until it is. One that supports no
        list is not asked again until it restarts.

        Raises as `synchronise` does.
        """
        if not self._configuration.boolean(_ENABLED) or not self._link.is_confirmed:
            return
        async with self._synchronising:
            if self._is_supported and self._entries != self._registered():
                await self._synchronise()

    def forget_charger(self) -> None:
        """Forget what another charger under this identity was sent."""
        self._entries, self._version = {}, None

    async def _synchronise(self) -> int:
        """Do it, and note whether the charger supports a list."""
        self._is_supported = True
        try:
            return await self._bring_up_to_date()
        except ChargerCallError as error:
            self._is_supported = error.code not in _NOT_SUPPORTED
            raise
        except ChargerRefusedError as refusal:
            self._is_supported = refusal.status not in _NOT_SUPPORTED
            raise

    async def _bring_up_to_date(self) -> int:
        answer = await self._link.call("GetLocalListVersion", {})
        version = answer.get("listVersion")
        if not isinstance(version, int) or version == _UNSUPPORTED:
            self._is_supported = False
            raise InvalidCommandError("no_local_list")
        wanted = self._registered()
        max_length = self._configuration.integer(_MAX_LENGTH)
        if max_length is not None and len(wanted) > max_length:
            raise InvalidCommandError("local_list_too_short", length=str(max_length))
        if self._version == version:
            changes = _changes(self._entries, wanted)
            if not changes:
                return version
            try:
                return await self._send(version, changes, wanted, full=False)
            except ChargerRefusedError as refusal:
                if refusal.status not in _OUT_OF_STEP:
                    raise
        return await self._send(version, list(wanted.values()), wanted, full=True)

    async def _send(
        self,
        version: int,
        entries: list[dict[str, Any]],
        wanted: Entries,
        *,
        full: bool,
    ) -> int:
        """Send entries in parts that the charger takes, each under its own version."""
        size = self._configuration.positive(_SEND_MAX_LENGTH, _DEFAULT_SEND_MAX_LENGTH)
        for part in list(batched(entries, size, strict=False)) or [()]:
            version += 1
            await self._link.command(
                SEND_LOCAL_LIST,
                {
                    "listVersion": version,
                    "updateType": "Full" if full else "Differential",
                    "localAuthorizationList": list(part),
                },
            )
            full = False
        self._entries, self._version = wanted, version
        self.changed.send()
        return version

    def _registered(self) -> Entries:
        return {
            badge.id_tag: _entry(badge) for badge in self._badges.registered.values()
        }

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON."""
        return {"local_list": self._entries, "local_list_version": self._version}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept."""
        self._entries = data.get("local_list", {})
        self._version = data.get("local_list_version")


def _changes(held: Entries, wanted: Entries) -> list[dict[str, Any]]:
    changed = [entry for tag, entry in wanted.items() if held.get(tag) != entry]
    return changed + [{"idTag": tag} for tag in held if tag not in wanted]


def _entry(badge: Badge) -> dict[str, Any]:
    info: dict[str, Any] = {"status": badge.status}
    if badge.expires is not None:
        info["expiryDate"] = format_timestamp(badge.expires)
    return {"idTag": badge.id_tag, "idTagInfo": info}
