"""Selects: the settings with a closed set of values."""

from collections.abc import Iterator
from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system.charger import Charger
from .entity import (
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
    """Set up selects."""

    def create(charger: Charger) -> Iterator[Entity]:
        for key in configuration_keys(charger, Platform.SELECT):
            yield ConfigurationSelect(charger, key)

    async_add_as_they_appear(hass, entry, async_add_entities, create)


class ConfigurationSelect(ConfigurationEntity, SelectEntity):
    """A configuration key with a closed set of values."""

    def __init__(self, charger: Charger, key: ConfigurationKey) -> None:
        """Show the key."""
        super().__init__(
            charger,
            configuration_description(
                SelectEntityDescription, key, options=list(key.choices.values())
            ),
            key,
        )

    @callback
    @override
    def _update(self) -> None:
        super()._update()
        self._attr_current_option = self.configuration_key.choices.get(
            self._value or ""
        )

    @override
    async def async_select_option(self, option: str) -> None:
        """Set the key."""
        choices = self.configuration_key.choices
        await self._choose(next(key for key, name in choices.items() if name == option))
