"""The charger's own list of badges: what it goes by while nobody answers it."""

from itertools import batched
from typing import TYPE_CHECKING, Any

from ..messages.errors import ChargerRefusedError, InvalidCommandError
from ..messages.payload import format_timestamp
from ..state.badges import Badge

if TYPE_CHECKING:
    from .charger import Charger

ENABLED = "LocalAuthListEnabled"
_MAX_LENGTH = "LocalAuthListMaxLength"
_SEND_MAX_LENGTH = "SendLocalListMaxLength"
_DEFAULT_SEND_MAX_LENGTH = 20
_UNSUPPORTED = -1
_OUT_OF_STEP = frozenset({"VersionMismatch", "Failed"})

type Entries = dict[str, dict[str, Any]]


def is_up_to_date(charger: Charger) -> bool:
    """Tell whether a charger was sent the badges as they are registered now."""
    return charger.local_list == _wanted(charger)


async def synchronise(charger: Charger) -> int:
    """Bring a charger's local list up to the registered badges; return its version.

    Only what changed is sent where the charger still has what it was sent last; else
    the whole list is. Raises InvalidCommandError where the charger keeps no list or it
    is too short, ChargerError where the charger refuses.
    """
    version = (await charger.call("GetLocalListVersion", {})).get("listVersion")
    if not isinstance(version, int) or version == _UNSUPPORTED:
        raise InvalidCommandError("no_local_list")
    wanted = _wanted(charger)
    longest = charger.configuration.integer(_MAX_LENGTH)
    if longest is not None and len(wanted) > longest:
        raise InvalidCommandError("local_list_too_short", length=str(longest))
    if charger.local_list_version == version:
        changes = _changes(charger.local_list, wanted)
        if not changes:
            return version
        try:
            return await _send(charger, version, changes, wanted, full=False)
        except ChargerRefusedError as refusal:
            if refusal.status not in _OUT_OF_STEP:
                raise
    return await _send(charger, version, list(wanted.values()), wanted, full=True)


async def _send(
    charger: Charger,
    version: int,
    entries: list[dict[str, Any]],
    wanted: Entries,
    *,
    full: bool,
) -> int:
    """Send entries in pieces that the charger takes, each under a version of its own."""
    size = charger.configuration.count(_SEND_MAX_LENGTH, _DEFAULT_SEND_MAX_LENGTH)
    for piece in list(batched(entries, size, strict=False)) or [()]:
        version += 1
        await charger.command(
            "SendLocalList",
            {
                "listVersion": version,
                "updateType": "Full" if full else "Differential",
                "localAuthorizationList": list(piece),
            },
        )
        full = False
    charger.local_list, charger.local_list_version = wanted, version
    charger.memory_changed()
    return version


def _wanted(charger: Charger) -> Entries:
    return {badge.id_tag: _entry(badge) for badge in charger.badges.registered.values()}


def _changes(held: Entries, wanted: Entries) -> list[dict[str, Any]]:
    changed = [entry for tag, entry in wanted.items() if held.get(tag) != entry]
    return changed + [{"idTag": tag} for tag in held if tag not in wanted]


def _entry(badge: Badge) -> dict[str, Any]:
    info: dict[str, Any] = {"status": badge.status}
    if badge.expires is not None:
        info["expiryDate"] = format_timestamp(badge.expires)
    return {"idTag": badge.id_tag, "idTagInfo": info}
