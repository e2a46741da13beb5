"""Renamed entities: updates the grid meters and the price entity of an entry."""

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.entity_registry import (
    EVENT_ENTITY_REGISTRY_UPDATED,
    EventEntityRegistryUpdatedData,
)

from .const import CONF_GRID_POWER_ENTITY, CONF_PRICE_ENTITY
from .runtime import SchneiderConfigEntry
from .subentries import charger_subentries


@callback
def async_follow_renames(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Update entity ids in the options of an entry and its chargers when they are renamed."""

    @callback
    def follow(event: Event[EventEntityRegistryUpdatedData]) -> None:
        if (old := event.data.get("old_entity_id")) is None:
            return
        new = event.data["entity_id"]
        for subentry in charger_subentries(entry).values():
            if subentry.data.get(CONF_GRID_POWER_ENTITY) == old:
                hass.config_entries.async_update_subentry(
                    entry, subentry, data={**subentry.data, CONF_GRID_POWER_ENTITY: new}
                )
        if entry.options.get(CONF_PRICE_ENTITY) == old:
            hass.config_entries.async_update_entry(
                entry, options={**entry.options, CONF_PRICE_ENTITY: new}
            )

    entry.async_on_unload(hass.bus.async_listen(EVENT_ENTITY_REGISTRY_UPDATED, follow))
