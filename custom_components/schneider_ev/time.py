"""Times: configuration keys that are a time of day."""

from datetime import time
from typing import override

from homeassistant.components.time import TimeEntity, TimeEntityDescription
from homeassistant.const import Platform
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
    """Set up times."""
    async_setup_configuration_entities(
        hass, entry, async_add_entities, Platform.TIME, ConfigurationTime
    )


class ConfigurationTime(ConfigurationKeyEntity, TimeEntity):
    """A configuration key that is a time of day, by the charger's clock."""

    def __init__(self, charger: Charger, key: ConfigurationKey) -> None:
        """Initialize the entity from its key."""
        super().__init__(
            charger, configuration_description(TimeEntityDescription, key), key
        )

    @property
    @override
    def native_value(self) -> time | None:
        try:
            return time.fromisoformat((self._value or "").zfill(5))
        except ValueError:
            return None

    @override
    async def async_set_value(self, value: time) -> None:
        """Set the key."""
        await self._set_value(value.strftime("%H:%M"))
