"""The base entities: which part of a charger an entity shows, and what wakes it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system.charge_point.charger import Charger
from .central_system.charge_point.connector import Connector
from .central_system.state.configuration import ConfigurationItem
from .central_system.values import Values
from .commands import run_command
from .device import device_info
from .products.model import Access, ConfigurationKey, KeyType
from .runtime import SchneiderConfigEntry
from .subentries import charger_subentries

type Part = Charger | Connector

_PLATFORMS = {
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
class PartEntityDescription[PartT: Part](EntityDescription):
    """Describes an entity of a charger or a connector.

    `listens` names the values whose change wakes the entity; without it that is the
    value of the entity's own key. `has_fn` tells whether the part has the entity.
    """

    listens: tuple[str, ...] = ()
    has_fn: Callable[[PartT], bool] = lambda _: True


class PartEntity[PartT: Part](Entity):
    """An entity that shows values of a part, and is woken only by their change."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _always_available = False

    def __init__(self, part: PartT, description: EntityDescription) -> None:
        """Show what the description says of the part."""
        self.part = part
        self.charger = part if isinstance(part, Charger) else part.charger
        self.entity_description = description
        self._attr_translation_key = description.translation_key or description.key
        self._attr_unique_id = unique_id(part, description.key)

    def set_device(self, info: DeviceInfo | ChildDeviceInfo) -> None:
        """Say on which device the entity is shown."""
        self._attr_device_info = info

    @property
    def subject(self) -> tuple[object, ...]:
        """What the entity is made of: with another subject it is another entity."""
        return (self.part,)

    @property
    def has_moved(self) -> bool:
        """Whether an entity that its platform no longer has is one of another platform now."""
        return False

    @property
    def _values(self) -> Values:
        """Where the values are that the entity listens to."""
        return self.part.values

    @property
    def _listens(self) -> tuple[str, ...]:
        """The names of the values that the entity shows."""
        listens: tuple[str, ...] = getattr(self.entity_description, "listens", ())
        return listens or (self.entity_description.key,)

    @override
    async def async_added_to_hass(self) -> None:
        """Listen from now on."""
        for name in self._listens:
            self.async_on_remove(self._values.listen(name, self._changed))
        if not self._always_available:
            self._attr_available = self._is_available
            self.async_on_remove(
                self.charger.values.listen("available", self._availability_changed)
            )
        self._update()

    @property
    def _is_available(self) -> bool:
        return bool(self.charger.values.get("available"))

    @callback
    def _availability_changed(self) -> None:
        self._attr_available = self._is_available
        self.async_write_ha_state()

    @callback
    def _changed(self) -> None:
        self._update()
        self.async_write_ha_state()

    @callback
    def _update(self) -> None:
        """Take over the state; an entity that has none of its own leaves it at that."""


type AnyEntity = PartEntity[Any]


class ConfigurationEntity(PartEntity[Charger]):
    """An entity that shows a configuration key of a charger."""

    def __init__(
        self, part: Charger, description: EntityDescription, key: ConfigurationKey
    ) -> None:
        """Show the key."""
        super().__init__(part, description)
        self.configuration_key = key

    @property
    @override
    def subject(self) -> tuple[object, ...]:
        return (self.part, self.configuration_key)

    @property
    @override
    def has_moved(self) -> bool:
        return platform_of(self.charger, self.configuration_key.name) is not None

    @property
    @override
    def _values(self) -> Values:
        return self.charger.configuration

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

    async def _choose(self, value: str) -> None:
        name = self.configuration_key.name
        await run_command(self.hass, self.charger.choose_configuration(name, value))


def configuration_keys(
    charger: Charger, platform: Platform
) -> Iterator[ConfigurationKey]:
    """Name the reported keys that an owner may see and that belong on a platform."""
    for name in charger.configuration:
        key = charger.product.configuration_key(name)
        if key is not None and platform is platform_of(charger, name):
            yield key


def platform_of(charger: Charger, name: str) -> Platform | None:
    """Return where a reported key belongs, None where an owner may not see it."""
    key = charger.product.configuration_key(name)
    item = charger.configuration.item(name)
    if key is None or key.risk is not None or item is None:
        return None
    readonly = item.readonly or key.access is Access.READ_ONLY
    return Platform.SENSOR if readonly else _PLATFORMS[key.type]


def configuration_description[DescriptionT: EntityDescription](
    description: type[DescriptionT], key: ConfigurationKey, **fields: object
) -> DescriptionT:
    """Describe the entity of a configuration key."""
    return description(
        key=key.key,
        entity_registry_enabled_default=key.name in _ENABLED_KEYS,
        **{"entity_category": EntityCategory.CONFIG, **fields},  # type: ignore[arg-type]
    )


def unique_id(part: Part, key: str) -> str:
    """Return the unique id of an entity."""
    if isinstance(part, Charger):
        return f"{part.identity}_{key}"
    return f"{part.charger.identity}_{part.number}_{key}"


def parts[PartT: Part](
    parts_of: Iterable[PartT],
    descriptions: Iterable[PartEntityDescription[PartT]],
    create: Callable[[PartT, PartEntityDescription[PartT]], AnyEntity],
) -> Iterator[AnyEntity]:
    """Create the entities that the parts have, of those that are described."""
    return (
        create(part, description)
        for part in parts_of
        for description in descriptions
        if description.has_fn(part)
    )


def connectors(charger: Charger) -> Iterable[Connector]:
    """Return the connectors to show: none before it is known how many there are."""
    return charger.connectors.values() if charger.connectors_known else ()


@callback
def async_add_as_they_appear(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: Callable[[Charger], Iterable[AnyEntity]],
) -> None:
    """Add the entities that chargers have, now and whenever more can be shown."""

    @callback
    def watch(charger: Charger) -> None:
        added: dict[str | None, AnyEntity] = {}
        product = charger.product

        @callback
        def add() -> None:
            nonlocal product
            subentry = charger_subentries(entry).get(charger.identity)
            if subentry is None or entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
                return
            new: list[AnyEntity] = []
            outdated: list[AnyEntity] = []
            for entity in tuple(added.values()):
                if _is_removed(hass, entity):
                    del added[entity.unique_id]
            present = {entity.unique_id: entity for entity in create(charger)}
            for unique_id in added.keys() - present.keys():
                if charger.product is not product or added[unique_id].has_moved:
                    _forget(hass, added.pop(unique_id))
            product = charger.product
            for entity in present.values():
                if (old := added.get(entity.unique_id)) is not None:
                    if old.subject == entity.subject:
                        continue
                    outdated.append(old)
                new.append(entity)
                added[entity.unique_id] = entity
                entity.set_device(device_info(hass, entry, entity.part))
            if outdated:
                entry.async_create_task(
                    hass, replace(outdated, new, subentry.subentry_id)
                )
            elif new:
                async_add_entities(new, config_subentry_id=subentry.subentry_id)

        async def replace(
            outdated: list[AnyEntity], new: list[AnyEntity], subentry_id: str
        ) -> None:
            for entity in outdated:
                # an entity that is disabled was never there
                if entity.hass is not None:
                    await entity.async_remove()
            async_add_entities(new, config_subentry_id=subentry_id)

        add()
        charger.structure_listeners.append(add)

    central_system = entry.runtime_data.central_system
    for charger in central_system.chargers.values():
        watch(charger)
    central_system.charger_listeners.append(watch)


@callback
def _is_removed(hass: HomeAssistant, entity: AnyEntity) -> bool:
    """Tell whether an entity was there, be it disabled, and its owner removed it."""
    if (known := entity.registry_entry) is None:
        return bool(entity.entity_id)
    return er.async_get(hass).async_get(known.id) is None


@callback
def _forget(hass: HomeAssistant, entity: AnyEntity) -> None:
    """Remove an entity for good."""
    registry = er.async_get(hass)
    known = entity.registry_entry and registry.async_get(entity.registry_entry.id)
    if known is not None:
        registry.async_remove(known.entity_id)
