"""Life cycle of entities: adds, replaces and removes them as chargers report more."""

from collections.abc import Callable, Iterable

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system.charge_point import Charger
from .device import device_info
from .entity import AnyEntity, ConfigurationKeyEntity, configuration_keys
from .products.model import ConfigurationKey
from .runtime import SchneiderConfigEntry
from .subentries import charger_subentries

type CreateEntities = Callable[[Charger], Iterable[AnyEntity]]


@callback
def async_setup_entities(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    create: CreateEntities,
) -> None:
    """Set up a platform for all chargers, also for those that are added later.

    `create` returns all entities that a charger has on the platform at that moment.
    """

    @callback
    def watch(charger: Charger) -> None:
        lifecycle = EntityLifecycle(hass, entry, async_add_entities, create, charger)
        lifecycle.update()
        charger.structure_changed.connect(lifecycle.update)

    central_system = entry.runtime_data.central_system
    for charger in central_system.chargers.values():
        watch(charger)
    central_system.charger_added.connect(watch)


@callback
def async_setup_configuration_entities(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    platform: Platform,
    create: Callable[[Charger, ConfigurationKey], ConfigurationKeyEntity],
) -> None:
    """Set up a platform that has entities of configuration keys only."""
    async_setup_entities(
        hass,
        entry,
        async_add_entities,
        lambda charger: (
            create(charger, key) for key in configuration_keys(charger, platform)
        ),
    )


class EntityLifecycle:
    """The entities of one charger on one platform."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SchneiderConfigEntry,
        async_add_entities: AddConfigEntryEntitiesCallback,
        create: CreateEntities,
        charger: Charger,
    ) -> None:
        """Start without entities."""
        self._hass = hass
        self._entry = entry
        self._async_add_entities = async_add_entities
        self._create = create
        self._charger = charger
        self._product = charger.product
        self._entities: dict[str | None, AnyEntity] = {}

    @callback
    def update(self) -> None:
        """Bring the entities in line with what the charger has now."""
        subentry = charger_subentries(self._entry).get(self._charger.identity)
        if subentry is None or self._entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS:
            return
        self._drop_deleted()
        present = {entity.unique_id: entity for entity in self._create(self._charger)}
        self._remove_obsolete(present.keys())
        new = [entity for entity in present.values() if not self._has_same(entity)]
        outdated = [
            self._entities[entity.unique_id]
            for entity in new
            if entity.unique_id in self._entities
        ]
        for entity in new:
            self._entities[entity.unique_id] = entity
            entity.set_device(device_info(self._hass, self._entry, entity.source))
        if outdated:
            self._entry.async_create_task(
                self._hass, self._replace(outdated, new, subentry.subentry_id)
            )
        elif new:
            self._add(new, subentry.subentry_id)

    def _has_same(self, entity: AnyEntity) -> bool:
        """Tell whether there is such an entity already, built from the same."""
        known = self._entities.get(entity.unique_id)
        return known is not None and known.identity_key == entity.identity_key

    def _drop_deleted(self) -> None:
        """Forget the entities that the owner deleted: what is reported comes back."""
        for entity in tuple(self._entities.values()):
            if _is_deleted(self._hass, entity):
                del self._entities[entity.unique_id]

    def _remove_obsolete(self, present: Iterable[str | None]) -> None:
        """Remove the entities of another product, and those now on another platform.

        The entity of what the charger no longer has stays in the registry alone, as it
        would after a restart. What else is not reported at present keeps its entity.
        """
        has_other_product = self._charger.product is not self._product
        self._product = self._charger.product
        for unique_id in self._entities.keys() - present:
            entity = self._entities[unique_id]
            if has_other_product or entity.is_on_another_platform:
                self._remove(self._entities.pop(unique_id))
            elif entity.is_gone:
                del self._entities[unique_id]
                self._entry.async_create_task(self._hass, _take_off(entity))

    def _add(self, entities: Iterable[AnyEntity], subentry_id: str) -> None:
        """Add new entities."""
        self._async_add_entities(entities, config_subentry_id=subentry_id)

    async def _replace(
        self,
        outdated: Iterable[AnyEntity],
        new: Iterable[AnyEntity],
        subentry_id: str,
    ) -> None:
        """Add entities, some in place of others with the same unique ids."""
        for entity in outdated:
            await _take_off(entity)
        self._add(new, subentry_id)

    def _remove(self, entity: AnyEntity) -> None:
        """Remove an entity from the registry, and with that from its platform."""
        registry = er.async_get(self._hass)
        known = entity.registry_entry and registry.async_get(entity.registry_entry.id)
        if known is not None:
            registry.async_remove(known.entity_id)


async def _take_off(entity: AnyEntity) -> None:
    """Take an entity off its platform; it stays in the registry."""
    if entity.hass is not None:  # one that is disabled was never added
        await entity.async_remove()


@callback
def _is_deleted(hass: HomeAssistant, entity: AnyEntity) -> bool:
    """Tell whether an entity was added, be it disabled, and deleted by its owner."""
    if (known := entity.registry_entry) is None:
        return bool(entity.entity_id)
    return er.async_get(hass).async_get(known.id) is None
