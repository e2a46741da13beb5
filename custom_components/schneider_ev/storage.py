"""What the integration keeps on disk: what each charger reported last."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .central_system.charger import Charger
from .central_system.memory import Memory, remember
from .const import DOMAIN

_VERSION = 1
_SAVE_DELAY = 10.0


class ChargerStore:
    """The memories of a central system's chargers, by identity."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare to load and to save."""
        self._store = Store[dict[str, Any]](hass, _VERSION, f"{DOMAIN}.{entry_id}")
        self._memories: dict[str, Memory] = {}
        self._changed: dict[str, Charger] = {}

    async def async_load(self) -> None:
        """Read what was saved."""
        self._memories = (await self._store.async_load() or {}).get("chargers", {})

    def memory(self, identity: str) -> Memory | None:
        """Return what is kept of a charger, None for a new one."""
        return self._memories.get(identity)

    def charger_changed(self, charger: Charger) -> None:
        """Save soon what is to be kept of a charger."""
        self._changed[charger.identity] = charger
        self._store.async_delay_save(self._data, _SAVE_DELAY)

    def forget(self, identity: str) -> None:
        """Keep nothing of a charger any more."""
        self._changed.pop(identity, None)
        self._memories.pop(identity, None)
        self._store.async_delay_save(self._data, _SAVE_DELAY)

    async def async_save(self) -> None:
        """Save now."""
        await self._store.async_save(self._data())

    async def async_remove(self) -> None:
        """Remove the file."""
        await self._store.async_remove()

    def _data(self) -> dict[str, Any]:
        for identity, charger in self._changed.items():
            self._memories[identity] = remember(charger)
        self._changed.clear()
        return {"chargers": self._memories}
