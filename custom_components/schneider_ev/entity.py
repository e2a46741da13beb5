"""Base entities and their descriptions."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, override

from homeassistant.const import EntityCategory, Platform
from homeassistant.core import callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription

from .central_system import ChargerValue, ConnectorValue, Values
from .central_system.charge_point import Charger, Connector
from .central_system.state import ConfigurationItem
from .commands import run_command
from .const import DOMAIN
from .products.model import Access, ConfigurationKey, KeyType

type Source = Charger | Connector
"""What an entity shows values of."""

KEY_PLATFORMS = {
    KeyType.BOOLEAN: Platform.SWITCH,
    KeyType.INTEGER: Platform.NUMBER,
    KeyType.CHOICE: Platform.SELECT,
    KeyType.TIME: Platform.TIME,
    KeyType.TEXT: Platform.TEXT,
    KeyType.LIST: Platform.TEXT,
}
_ENABLED_KEYS = frozenset(
    {"LightIntensity", "LedNightIntensity", "LedDayStartHour", "LedDayEndHour"}
)


@dataclass(frozen=True, kw_only=True)
class SourceEntityDescription[SourceT: Source](EntityDescription):
    """Describes an entity of a charger or a connector.

    `listens` names the values whose change updates the entity. `has_fn` tells whether
    the source has the entity. `object_id` is what its entity id ends in, where that is
    not its name.
    """

    listens: tuple[ChargerValue | ConnectorValue, ...] = ()
    object_id: str | None = None
    has_fn: Callable[[SourceT], bool] = lambda _: True


class SourceEntity[SourceT: Source](Entity):
    """An entity of a charger or a connector, written only when a value it shows changes.

    It reads its state from there whenever it is written.
    """

    _attr_has_entity_name = True
    _attr_should_poll = False
    _always_available = False

    def __init__(self, source: SourceT, description: EntityDescription) -> None:
        """Initialize the entity from its source and its description."""
        self.source = source
        self.charger = source if isinstance(source, Charger) else source.charger
        self.entity_description = description
        self._attr_translation_key = description.translation_key or description.key
        self._attr_unique_id = unique_id(source, description.key)

    def set_device(self, info: DeviceInfo | ChildDeviceInfo) -> None:
        """Set the device that the entity is shown on."""
        self._attr_device_info = info

    @property
    @override
    def suggested_object_id(self) -> str | None:
        object_id: str | None = getattr(self.entity_description, "object_id", None)
        return object_id or super().suggested_object_id

    @property
    def identity_key(self) -> tuple[object, ...]:
        """What the entity was built from; a change means that it has to be recreated."""
        return (self.source,)

    @property
    def is_on_another_platform(self) -> bool:
        """Whether what the entity shows is shown by an entity of another platform now.

        Asked only of an entity that its own platform has no more.
        """
        return False

    @property
    def is_gone(self) -> bool:
        """Whether the charger reported that it no longer has what the entity shows."""
        return False

    @property
    def _values(self) -> Values[Any, Any]:
        """The values that the entity listens to."""
        return self.source.values

    @property
    def _listens(self) -> tuple[str, ...]:
        """The names of the values whose change updates the entity."""
        listens: tuple[str, ...] = getattr(self.entity_description, "listens", ())
        return listens

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the values."""
        for name in self._listens:
            self.async_on_remove(self._values.listen(name, self.async_write_ha_state))
        if not self._always_available:
            self._attr_available = self._is_available
            self.async_on_remove(
                self.charger.values.listen(
                    ChargerValue.AVAILABLE, self._availability_changed
                )
            )

    @property
    def _is_available(self) -> bool:
        return self.charger.link.is_available

    @callback
    def _availability_changed(self) -> None:
        self._attr_available = self._is_available
        self.async_write_ha_state()


type AnyEntity = SourceEntity[Any]


class ConfigurationEntity(SourceEntity[Charger]):
    """An entity that listens to the configuration keys of a charger."""

    @property
    @override
    def _values(self) -> Values[Any, Any]:
        return self.charger.configuration


class ConfigurationKeyEntity(ConfigurationEntity):
    """An entity of one configuration key."""

    def __init__(
        self, charger: Charger, description: EntityDescription, key: ConfigurationKey
    ) -> None:
        """Initialize the entity from its key and its description."""
        super().__init__(charger, description)
        self.configuration_key = key

    @property
    @override
    def identity_key(self) -> tuple[object, ...]:
        return (self.source, self.configuration_key)

    @property
    @override
    def is_on_another_platform(self) -> bool:
        return platform_of(self.charger, self.configuration_key.name) is not None

    @property
    @override
    def is_gone(self) -> bool:
        return self._item is None

    @property
    @override
    def _listens(self) -> tuple[str, ...]:
        return (self.configuration_key.name,)

    @property
    def _item(self) -> ConfigurationItem | None:
        return self.charger.configuration.item(self.configuration_key.name)

    @property
    def _value(self) -> str | None:
        """The value as the charger reported it."""
        return item.value if (item := self._item) else None

    async def _set_value(self, value: str) -> None:
        """Have the charger change the key. Raises ServiceValidationError if it cannot."""
        name = self.configuration_key.name
        if not self.configuration_key.accepts(value):
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="value_not_accepted",
                translation_placeholders={"key": name, "value": value},
            )
        await run_command(
            self.hass, self.charger.configuration_client.choose(name, value)
        )


def configuration_keys(
    charger: Charger, platform: Platform
) -> Iterator[ConfigurationKey]:
    """Yield the reported keys that have an entity on a platform."""
    for name in charger.configuration:
        key = charger.product.configuration_key(name)
        if key is not None and platform is platform_of(charger, name):
            yield key


def platform_of(charger: Charger, name: str) -> Platform | None:
    """Return the platform of a key's entity, None if the key has no entity.

    Keys that were not reported, that no guide describes or that are secret have none.
    Those that cannot be set, or are a risk to set, are only shown.
    """
    key = charger.product.configuration_key(name)
    item = charger.configuration.item(name)
    if key is None or item is None or key.access is Access.WRITE_ONLY:
        return None
    is_settable = not (item.readonly or key.access is Access.READ_ONLY or key.risk)
    return KEY_PLATFORMS[key.type] if is_settable else Platform.SENSOR


def configuration_description[DescriptionT: EntityDescription](
    description: type[DescriptionT], key: ConfigurationKey, **fields: object
) -> DescriptionT:
    """Return the description of a configuration key's entity."""
    return description(
        key=key.key,
        entity_registry_enabled_default=key.name in _ENABLED_KEYS,
        **{"entity_category": EntityCategory.CONFIG, **fields},  # type: ignore[arg-type]
    )


def unique_id(source: Source, key: str) -> str:
    """Return the unique id of an entity."""
    if isinstance(source, Charger):
        return f"{source.identity}_{key}"
    return f"{source.charger.identity}_{source.number}_{key}"


def described_entities[SourceT: Source](
    sources: Iterable[SourceT],
    descriptions: Iterable[SourceEntityDescription[SourceT]],
    create: Callable[[SourceT, SourceEntityDescription[SourceT]], AnyEntity],
) -> Iterator[AnyEntity]:
    """Yield an entity for each description of each source that has it."""
    return (
        create(source, description)
        for source in sources
        for description in descriptions
        if description.has_fn(source)
    )


def connectors(charger: Charger) -> Iterable[Connector]:
    """Return the connectors that have entities: none until their number is known."""
    return charger.connectors.values() if charger.connectors_known else ()
