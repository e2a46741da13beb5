"""Texts: configuration keys that are free text."""

from typing import override

from homeassistant.components.text import TextEntity, TextEntityDescription
from homeassistant.const import MAX_LENGTH_STATE_STATE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system.charge_point import Charger
from .entity import ConfigurationKeyEntity, configuration_description
from .entity_lifecycle import async_setup_configuration_entities
from .products.model import ConfigurationKey
from .runtime import SchneiderConfigEntry

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up texts."""
    async_setup_configuration_entities(
        hass, entry, async_add_entities, Platform.TEXT, ConfigurationText
    )


class ConfigurationText(ConfigurationKeyEntity, TextEntity):
    """A configuration key that is free text."""

    def __init__(self, charger: Charger, key: ConfigurationKey) -> None:
        """Initialize the entity from its key."""
        super().__init__(
            charger,
            configuration_description(
                TextEntityDescription,
                key,
                native_min=key.minimum or 0,
                native_max=min(
                    key.maximum or MAX_LENGTH_STATE_STATE, MAX_LENGTH_STATE_STATE
                ),
                pattern=key.pattern,
            ),
            key,
        )

    @property
    @override
    def native_value(self) -> str | None:
        value = self._value
        return value if self._is_valid(value) else None

    def _is_valid(self, value: str | None) -> bool:
        return (
            value is not None
            and self.native_min <= len(value) <= self.native_max
            and (self.pattern_cmp is None or bool(self.pattern_cmp.match(value)))
        )

    @override
    async def async_set_value(self, value: str) -> None:
        """Set the key."""
        await self._set_value(value)
