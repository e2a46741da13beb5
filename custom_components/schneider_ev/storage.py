"""What the integration keeps on disk: what chargers reported last, and all sessions."""

from collections.abc import Container
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import STORAGE_DIR, Store
from homeassistant.util import dt as dt_util

from .billing import LifetimeTotals
from .central_system import Problem, Problems
from .central_system.charge_point import Charger
from .central_system.state import Journal, Session, SessionDatabase, take_over
from .const import DOMAIN

_VERSION = 3
SAVE_DELAY_S = 30.0
"""Seconds until a change that may be lost is written."""

type Data = dict[str, Any]


class _Store(Store[Data]):
    """The file of what is small.

    The sessions of older versions, which were in it, are moved to the database; the
    file as it was is kept beside it.
    """

    def __init__(
        self, hass: HomeAssistant, key: str, database: SessionDatabase
    ) -> None:
        """Prepare to load and to save."""
        super().__init__(hass, _VERSION, key, private=True, atomic_writes=True)
        self._database = database

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: Data
    ) -> Data:
        before = deepcopy(old_data)
        sessions = (
            _running_transactions(old_data)
            if old_major_version == 1
            else old_data["journal"]["sessions"]
        )
        data = {
            "chargers": {**old_data["chargers"]},
            "remote_id_tag": old_data.get("remote_id_tag", _new_remote_id_tag()),
        }
        taken_over = take_over([_session(kept) for kept in sessions], dt_util.utcnow())
        await self._async_keep(old_major_version, before)
        await self._database.run(taken_over)
        return data

    async def _async_keep(self, version: int, data: Data) -> None:
        """Keep the file of an older version beside this one."""
        key = f"{self.key}.version_{version}"
        store = Store[Data](self.hass, version, key, private=True, atomic_writes=True)
        await store.async_save(data)


class Storage:
    """The stored data of a central system: its journal, and what is kept of chargers."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare to load and to save."""
        key = f"{DOMAIN}.{entry_id}"
        self.database = SessionDatabase(
            Path(hass.config.path(STORAGE_DIR, f"{key}.db"))
        )
        self.journal = Journal(self.database)
        self.remote_id_tag = _new_remote_id_tag()
        self.cheap_below: float | None = None
        self._totals: dict[str, dict[int, LifetimeTotals]] = {}
        self._hass = hass
        self._store = _Store(hass, key, self.database)
        self._chargers: dict[str, Data] = {}
        self._changed: dict[str, Charger] = {}
        self._is_due = False
        self._is_closed = False

    async def async_load(self, identities: Container[str]) -> None:
        """Read what was saved; of other chargers than these, only their sessions.

        Raises NewerDatabaseError, or OSError where the sessions cannot be read.
        """
        data = await self._store.async_load()
        await self.journal.load()
        if data is None:
            return
        self._chargers = {
            identity: kept
            for identity, kept in data["chargers"].items()
            if identity in identities
        }
        self.remote_id_tag = data["remote_id_tag"]
        self.cheap_below = data.get("cheap_below")
        self._totals = {
            identity: {
                int(number): LifetimeTotals.restore(totals)
                for number, totals in kept.items()
            }
            for identity, kept in data.get("totals", {}).items()
            if identity in identities
        }

    def show_problems(self, problems: Problems) -> None:
        """Show what is wrong with the file of sessions, now and from now on."""

        def show(error: OSError | None) -> None:
            aside = self.database.set_aside
            failure = {"error": str(error)} if error else None
            problems.set(Problem.SESSIONS_NOT_RECORDED, failure)
            damage = {"file": str(aside)} if aside else None
            problems.set(Problem.SESSIONS_DAMAGED, damage)

        self.database.failed.connect(show)
        show(None)

    def kept(self, identity: str) -> Data | None:
        """Return what is kept of a charger, None for a new one."""
        return self._chargers.get(identity)

    def charger_changed(self, charger: Charger) -> None:
        """Save soon what is to be kept of a charger."""
        self._changed[charger.identity] = charger
        self._save_soon()

    def set_cheap_below(self, price: float | None) -> None:
        """Keep the price of a kWh under which charging is wanted, None for none."""
        self.cheap_below = price
        self._save_soon()

    def totals(self, identity: str, connector: int) -> LifetimeTotals:
        """Return what the sessions of a connector come to, to be brought up to date."""
        totals = self._totals.setdefault(identity, {})
        return totals.setdefault(connector, LifetimeTotals())

    def totals_changed(self) -> None:
        """Save soon what sessions come to."""
        self._save_soon()

    def forget(self, identity: str) -> None:
        """Keep nothing of what a charger reported any more; its sessions stay."""
        self._changed.pop(identity, None)
        self._chargers.pop(identity, None)
        self._totals.pop(identity, None)
        self._save_soon()

    async def async_close(self) -> None:
        """Save for the last time: what changes from now on is not kept."""
        self._is_closed = True
        await self.journal.close()
        await self._store.async_save(self._data())

    async def async_remove(self) -> None:
        """Remove the files."""
        await self._store.async_remove()
        await self._hass.async_add_executor_job(self._remove_files)

    def _remove_files(self) -> None:
        for file in self.database.path.parent.glob(f"{self._store.key}.*"):
            file.unlink()

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
            "remote_id_tag": self.remote_id_tag,
            "cheap_below": self.cheap_below,
            "totals": {
                identity: {
                    str(number): totals.data()
                    for number, totals in by_connector.items()
                    if totals.session is not None
                }
                for identity, by_connector in self._totals.items()
            },
        }


def _running_transactions(data: Data) -> list[Data]:
    """Take the running transactions out of a file of version 1, as sessions.

    It kept a transaction with its connector, and none that was over.
    """
    sessions = []
    for identity, kept in data["chargers"].items():
        for number, connector in kept["connectors"].items():
            if (transaction := connector.pop("transaction", None)) is None:
                continue
            if transaction["start"] is None:
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
                }
            )
    return sessions


def _session(kept: Data) -> Session:
    """Return a session that an older version kept as JSON."""
    stop = kept.get("stop")
    return Session(
        id=kept["transaction_id"],
        identity=kept["identity"],
        connector=kept["connector"],
        id_tag=kept["id_tag"],
        start=datetime.fromisoformat(kept["start"]),
        meter_start=kept["meter_start"],
        base=kept["base"],
        register=kept.get("register"),
        stop=stop and datetime.fromisoformat(stop),
        meter_stop=kept.get("meter_stop"),
        reason=kept.get("reason"),
        is_assumed=kept.get("is_assumed", False),
    )


def _new_remote_id_tag() -> str:
    """Return a tag to start transactions with that nobody can guess: 16 characters."""
    return f"HA{token_hex(7)}"
