"""Targets of triggers and conditions: filters their entities by integration and key."""

from collections.abc import Iterable

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN


def own_entities(hass: HomeAssistant, entity_ids: Iterable[str], key: str) -> set[str]:
    """Return the entities of this integration with a translation key."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entity_ids
        if (entity := registry.async_get(entity_id)) is not None
        and (entity.platform, entity.translation_key) == (DOMAIN, key)
    }
