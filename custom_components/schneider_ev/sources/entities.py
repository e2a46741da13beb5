"""Entities held by their registry id: what they show, whatever they are called now."""

from homeassistant.core import Event, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_registry import EventEntityRegistryUpdatedData


class HeldEntities:
    """Finds entities again that were renamed since they were chosen."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Know of no renamed entity yet."""
        self._hass = hass
        self._registry = er.async_get(hass)
        self._renamed: dict[str, str] = {}

    @callback
    def hold(self, entity_id: str) -> str:
        """Return what an entity is held by: its registry id, if it has one."""
        if (entity := self._registry.async_get(entity_id)) is not None:
            return entity.id
        return self._renamed.get(entity_id, entity_id)

    @callback
    def entity_id(self, held: str) -> str | None:
        """Return what an entity is called now, None where it is gone."""
        return er.async_resolve_entity_id(self._registry, held)

    @callback
    def state(self, held: str) -> State | None:
        """Return the state of an entity, None where it has none."""
        entity_id = self.entity_id(held)
        return None if entity_id is None else self._hass.states.get(entity_id)

    @callback
    def follow(self, event: Event[EventEntityRegistryUpdatedData]) -> bool:
        """Note an event of the registry; tell whether entities are called otherwise."""
        data = event.data
        if data["action"] != "update":
            return True
        if (old := data.get("old_entity_id")) is None:
            return False
        if (entity := self._registry.async_get(data["entity_id"])) is not None:
            self._renamed[old] = entity.id
        return True
