"""Times: the settings that are a time of day."""

from collections.abc import Iterator
from datetime import time
from typing import override

from homeassistant.components.time import TimeEntity, TimeEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system.charge_point.charger import Charger
from .entity import (
    AnyEntity,
    ConfigurationEntity,
    async_add_as_they_appear,
    configuration_description,
    configuration_keys,
)
from .products.model import ConfigurationKey
from .runtime import SchneiderConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up times."""

    def create(charger: Charger) -> Iterator[AnyEntity]:
        for key in configuration_keys(charger, Platform.TIME):
            yield ConfigurationTime(charger, key)

    async_add_as_they_appear(hass, entry, async_add_entities, create)


class ConfigurationTime(ConfigurationEntity, TimeEntity):
    """A configuration key that is a time of day, on the charger's own clock."""

    def __init__(self, charger: Charger, key: ConfigurationKey) -> None:
        """Show the key."""
        super().__init__(
            charger, configuration_description(TimeEntityDescription, key), key
        )

    @callback
    @override
    def _update(self) -> None:
        try:
            self._attr_native_value = time.fromisoformat((self._value or "").zfill(5))
        except ValueError:
            self._attr_native_value = None

    @override
    async def async_set_value(self, value: time) -> None:
        """Set the key."""
        await self._choose(value.strftime("%H:%M"))
