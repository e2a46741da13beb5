"""What the integration keeps on disk: what chargers reported last, and all sessions."""

from collections.abc import Container
from secrets import token_hex
from typing import Any, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .central_system.charge_point import Charger
from .central_system.state import Journal
from .const import DOMAIN

_VERSION = 2
SAVE_DELAY_S = 30.0
"""Seconds until a change that may be lost is written."""

type Data = dict[str, Any]


class _Store(Store[Data]):
    """The file of a central system; `failure` is why it was not written the last time."""

    failure: Exception | None = None

    @override
    async def _async_write_data(self, data: Data) -> None:
        self.failure = None
        try:
            await super()._async_write_data(data)
        except Exception as error:
            self.failure = error
            raise

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: Data
    ) -> Data:
        """Bring data of an older version up to this one.

        Version 1 kept a running transaction with its connector and knew no sessions.
        """
        sessions = []
        for identity, memory in old_data["chargers"].items():
            for number, connector in memory["connectors"].items():
                if (transaction := connector.pop("transaction", None)) is None:
                    continue
                meter_start = transaction["meter_start"]
                sessions.append(
                    {
                        "transaction_id": transaction["id"],
                        "identity": identity,
                        "connector": int(number),
                        "id_tag": transaction["id_tag"],
                        "start": transaction["start"],
                        "meter_start": meter_start,
                        "base": meter_start,
                        "register": None,
                        "stop": None,
                        "meter_stop": None,
                        "reason": None,
                        "is_assumed": False,
                    }
                )
        sessions = [session for session in sessions if session["start"] is not None]
        last_id = max((session["transaction_id"] for session in sessions), default=0)
        return {
            "chargers": old_data["chargers"],
            "journal": {"last_id": last_id, "sessions": sessions},
            "remote_id_tag": _new_remote_id_tag(),
        }


class Storage:
    """The stored data of a central system: its journal, and what is kept of chargers."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare to load and to save."""
        self.journal = Journal(self._record, self._save_soon)
        self.remote_id_tag = _new_remote_id_tag()
        self._store = _Store(hass, _VERSION, f"{DOMAIN}.{entry_id}")
        self._chargers: dict[str, Data] = {}
        self._changed: dict[str, Charger] = {}
        self._is_due = False
        self._is_closed = False

    async def async_load(self, identities: Container[str]) -> None:
        """Read what was saved; of other chargers than these, only their sessions."""
        if (data := await self._store.async_load()) is None:
            return
        self._chargers = {
            identity: kept
            for identity, kept in data["chargers"].items()
            if identity in identities
        }
        self.journal.restore(data["journal"])
        self.remote_id_tag = data["remote_id_tag"]

    def kept(self, identity: str) -> Data | None:
        """Return what is kept of a charger, None for a new one."""
        return self._chargers.get(identity)

    def charger_changed(self, charger: Charger) -> None:
        """Save soon what is to be kept of a charger."""
        self._changed[charger.identity] = charger
        self._save_soon()

    def forget(self, identity: str) -> None:
        """Keep nothing of what a charger reported any more; its sessions stay."""
        self._changed.pop(identity, None)
        self._chargers.pop(identity, None)
        self._save_soon()

    async def async_close(self) -> None:
        """Save for the last time: what changes from now on is not kept."""
        self._is_closed = True
        await self._save()

    async def async_remove(self) -> None:
        """Remove the file."""
        await self._store.async_remove()

    async def _record(self) -> None:
        """Save what must not be lost. Raises OSError where that is not possible."""
        await self._save()
        if self._store.failure is not None:
            raise OSError(str(self._store.failure))

    async def _save(self) -> None:
        """Save now."""
        await self._store.async_save(self._data())

    def _save_soon(self) -> None:
        """Save when the delay is over, however much changes meanwhile."""
        if not self._is_due and not self._is_closed:
            self._is_due = True
            self._store.async_delay_save(self._data, SAVE_DELAY_S)

    def _data(self) -> Data:
        self._is_due = False
        for identity, charger in self._changed.items():
            self._chargers[identity] = charger.data()
        self._changed.clear()
        return {
            "chargers": self._chargers,
            "journal": self.journal.data(),
            "remote_id_tag": self.remote_id_tag,
        }


def _new_remote_id_tag() -> str:
    """Return a tag to start transactions with that nobody can guess: 16 characters."""
    return f"HA{token_hex(7)}"
