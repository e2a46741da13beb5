"""Renamed entities: updates the entities that an entry names."""

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.entity_registry import (
    EVENT_ENTITY_REGISTRY_UPDATED,
    EventEntityRegistryUpdatedData,
)

from .const import (
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_STATE_OF_CHARGE_ENTITY,
    CONF_EXPORT_PRICE_ENTITY,
    CONF_GRID_POWER_ENTITY,
    CONF_PRICE_ENTITY,
    CONF_SOLAR_POWER_ENTITY,
)
from .runtime import SchneiderConfigEntry
from .subentries import charger_subentries

_OPTIONS = (
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_STATE_OF_CHARGE_ENTITY,
    CONF_EXPORT_PRICE_ENTITY,
    CONF_GRID_POWER_ENTITY,
    CONF_PRICE_ENTITY,
    CONF_SOLAR_POWER_ENTITY,
)
"""Options that name an entity."""


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
        renamed = {name: new for name in _OPTIONS if entry.options.get(name) == old}
        if renamed:
            hass.config_entries.async_update_entry(
                entry, options={**entry.options, **renamed}
            )

    entry.async_on_unload(hass.bus.async_listen(EVENT_ENTITY_REGISTRY_UPDATED, follow))
