"""Entities of a site, on a device of its own."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .runtime import SchneiderConfigEntry
from .site_values import SiteValue, SiteView


@callback
def async_setup_site_entities[DescriptionT: EntityDescription](
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Mapping[SiteValue, DescriptionT],
    create: Callable[[SchneiderConfigEntry, SiteView, DescriptionT], Entity],
) -> None:
    """Set up the entities of sites on a platform, also of those that are found later.

    A site has an entity for each of its values, once that is known.
    """
    site_control = entry.runtime_data.site_control
    shown: set[SiteView] = set()

    @callback
    def add(view: SiteView, *names: SiteValue) -> None:
        async_add_entities(
            create(entry, view, descriptions[name])
            for name in names
            if name in descriptions
        )

    @callback
    def watch() -> None:
        for view in site_control.views:
            if view not in shown:
                shown.add(view)
                add(view, *view.values)
                entry.async_on_unload(view.values.added.connect(partial(add, view)))

    watch()
    entry.async_on_unload(site_control.structure_changed.connect(watch))


class SiteEntity[DescriptionT: EntityDescription](Entity):
    """An entity of a site, written only when its value changes."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    entity_description: DescriptionT

    def __init__(
        self, entry: SchneiderConfigEntry, view: SiteView, description: DescriptionT
    ) -> None:
        """Initialize the entity from its site and its description."""
        self.entity_description = description
        self.site_control = entry.runtime_data.site_control
        self._view = view
        self._name = SiteValue(description.key)
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{entry.entry_id}_{view.key}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, f"{entry.entry_id}/{view.key}")},
            entry_type=DeviceEntryType.SERVICE,
            translation_key="site" if view.number == 1 else "further_site",
            translation_placeholders={"number": str(view.number)},
        )

    @property
    def shown(self) -> float | None:
        """The value, None where it is not known."""
        return self._view.values.get(self._name)

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the value."""
        self.async_on_remove(
            self._view.values.listen(self._name, self.async_write_ha_state)
        )
