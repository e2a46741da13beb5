"""Backups of Home Assistant: the database of sessions is copied as a whole."""

from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .runtime import SchneiderConfigEntry


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Let the databases not change while they are copied.

    What is recorded meanwhile is in their logs, which are copied as well.
    """
    for entry in _entries(hass):
        await entry.runtime_data.storage.database.hold_still()


async def async_post_backup(hass: HomeAssistant) -> None:
    """Let the databases change again."""
    for entry in _entries(hass):
        await entry.runtime_data.storage.database.go_on()


def _entries(hass: HomeAssistant) -> list[SchneiderConfigEntry]:
    return hass.config_entries.async_loaded_entries(DOMAIN)
