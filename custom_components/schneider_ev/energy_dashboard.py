"""The individual devices of Home Assistant's Energy dashboard: which chargers are missing.

Each connector is one device: its energy, and beside it its power.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from homeassistant.components.energy.const import DOMAIN as ENERGY
from homeassistant.components.energy.data import (
    DeviceConsumption,
    EnergyManager,
    EnergyPreferencesUpdate,
    async_get_manager,
)
from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import get_metadata
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_RECORDER_5MIN_STATISTICS_GENERATED, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity_registry import (
    EVENT_ENTITY_REGISTRY_UPDATED,
    EventEntityRegistryUpdatedData,
)
from homeassistant.util.hass_dict import HassKey

from .central_system import ConnectorValue
from .const import DOMAIN
from .runtime import SchneiderConfigEntry
from .sources.preferences import async_preferences_changed

type FormerIds = dict[str, frozenset[str]]
"""The ids that entities had since Home Assistant started, by the id they have now."""

_FORMER_IDS: HassKey[FormerIds] = HassKey(f"{DOMAIN}_former_entity_ids")


@dataclass(frozen=True, kw_only=True, slots=True)
class Statistic:
    """The statistics of an entity: its id, and those that it had before."""

    entity_id: str
    former_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """A connector as an individual device: `power` is None where it has no statistics."""

    name: str
    energy: Statistic
    power: Statistic | None


def completed(
    listed: Sequence[DeviceConsumption], device: Device
) -> list[DeviceConsumption]:
    """Return the individual devices with one more, or with what it lacks there.

    What the owner chose for it stays, but for an entity that has another id now.
    """
    energy = device.energy
    devices = [_follow_parent(each, energy) for each in listed]
    for ids in ({energy.entity_id}, energy.former_ids):
        for position, each in enumerate(devices):
            if each["stat_consumption"] in ids:
                devices[position] = _with_power(
                    {**each, "stat_consumption": energy.entity_id}, device.power
                )
                return devices
    new: DeviceConsumption = {
        "stat_consumption": energy.entity_id,
        "name": device.name,
    }
    return [*devices, _with_power(new, device.power)]


def _with_power(each: DeviceConsumption, power: Statistic | None) -> DeviceConsumption:
    chosen = each.get("stat_rate")
    if power is None or (chosen and chosen not in power.former_ids):
        return each
    return {**each, "stat_rate": power.entity_id}


def _follow_parent(each: DeviceConsumption, energy: Statistic) -> DeviceConsumption:
    """Return a device with the id that the device has now which it is a part of."""
    if each.get("included_in_stat") in energy.former_ids:
        return {**each, "included_in_stat": energy.entity_id}
    return each


async def async_add_missing(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Add what is missing to the individual devices."""
    manager = await async_get_manager(hass)
    devices = await _async_devices(hass, entry)
    # nothing is awaited from here on: another change would be lost
    listed = before = list(_listed(manager))
    for device in devices:
        listed = completed(listed, device)
    if listed != before:
        update = {"device_consumption": listed}
        await manager.async_update(cast("EnergyPreferencesUpdate", update))


@callback
def async_watch_energy_dashboard(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    show: Callable[[Sequence[str]], None],
) -> None:
    """Have the names of the devices shown that are missing, until the entry is unloaded."""
    _Watch(hass, entry, show).async_start()


class _Watch:
    """Finds out what is missing whenever that may be something else."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SchneiderConfigEntry,
        show: Callable[[Sequence[str]], None],
    ) -> None:
        """Prepare."""
        self._hass = hass
        self._entry = entry
        self._show = show
        self._is_due = False
        self._is_running = False

    @callback
    def async_start(self) -> None:
        """Look now, and on changes of preferences, entities and statistics."""
        entry, listen = self._entry, self._hass.bus.async_listen
        entry.async_on_unload(async_preferences_changed(self._hass).connect(self._look))
        entry.async_on_unload(
            listen(EVENT_ENTITY_REGISTRY_UPDATED, self._entities_changed)
        )
        entry.async_on_unload(
            listen(EVENT_RECORDER_5MIN_STATISTICS_GENERATED, self._statistics_made)
        )
        self._look()

    @callback
    def _entities_changed(self, event: Event[EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        if data["action"] != "remove":
            entity = er.async_get(self._hass).async_get(data["entity_id"])
            if entity is None or entity.config_entry_id != self._entry.entry_id:
                return
            if data["action"] == "update" and "old_entity_id" in data:
                old = data["old_entity_id"]
                former: FormerIds = self._hass.data.setdefault(_FORMER_IDS, {})
                former[entity.entity_id] = former.pop(old, frozenset()) | {old}
        self._look()

    @callback
    def _statistics_made(self, _event: Event) -> None:
        self._look()

    @callback
    def _look(self) -> None:
        """Look in the background: once more where it is being done already."""
        self._is_due = True
        if not self._is_running and ENERGY in self._hass.config.components:
            self._is_running = True
            self._entry.async_create_task(self._hass, self._async_look())

    async def _async_look(self) -> None:
        try:
            while self._is_due:
                self._is_due = False
                names = await _async_missing(self._hass, self._entry)
                if self._entry.state is not ConfigEntryState.UNLOAD_IN_PROGRESS:
                    self._show(names)
        finally:
            self._is_running = False


async def _async_missing(
    hass: HomeAssistant, entry: SchneiderConfigEntry
) -> Sequence[str]:
    """Return the names of what is missing: of nothing where there is no dashboard."""
    manager = await async_get_manager(hass)
    if manager.data is None or not manager.data["energy_sources"]:
        return []
    devices = await _async_devices(hass, entry)
    listed = _listed(manager)
    return [device.name for device in devices if completed(listed, device) != listed]


def _listed(manager: EnergyManager) -> list[DeviceConsumption]:
    return [] if manager.data is None else manager.data["device_consumption"]


async def _async_devices(
    hass: HomeAssistant, entry: SchneiderConfigEntry
) -> list[Device]:
    """Return the connectors whose energy has statistics."""
    sensors = [*_sensors(hass, entry)]
    ids = {sensor.entity_id for pair in sensors for sensor in pair if sensor}
    recorded = await get_instance(hass).async_add_executor_job(
        partial(get_metadata, hass, statistic_ids=ids)
    )
    return [
        Device(
            name=_device_name(hass, energy),
            energy=_statistic(hass, energy),
            power=(
                _statistic(hass, power)
                if power is not None and power.entity_id in recorded
                else None
            ),
        )
        for energy, power in sensors
        if energy.entity_id in recorded
    ]


def _sensors(
    hass: HomeAssistant, entry: SchneiderConfigEntry
) -> Iterator[tuple[er.RegistryEntry, er.RegistryEntry | None]]:
    """Yield the sensors of energy and power of each connector, if they are enabled."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    by_unique_id = {entity.unique_id: entity for entity in _enabled_sensors(entities)}
    for unique_id, entity in by_unique_id.items():
        if entity.translation_key == ConnectorValue.ENERGY:
            connector = unique_id.removesuffix(ConnectorValue.ENERGY)
            yield entity, by_unique_id.get(f"{connector}{ConnectorValue.POWER}")


def _enabled_sensors(
    entities: Iterable[er.RegistryEntry],
) -> Iterator[er.RegistryEntry]:
    return (
        entity
        for entity in entities
        if entity.domain == Platform.SENSOR and not entity.disabled
    )


def _statistic(hass: HomeAssistant, entity: er.RegistryEntry) -> Statistic:
    former = hass.data.get(_FORMER_IDS, {})
    return Statistic(
        entity_id=entity.entity_id,
        former_ids=former.get(entity.entity_id, frozenset[str]()),
    )


def _device_name(hass: HomeAssistant, entity: er.RegistryEntry) -> str:
    """Return the name of the charger, and of its connector where it has several."""
    registry = dr.async_get(hass)
    device = registry.async_get(entity.device_id or "")
    names = []
    while device is not None:
        names.append(device.name_by_user or device.name or "")
        parent = (
            device.parent_device_id if isinstance(device, dr.ChildDeviceEntry) else ""
        )
        device = registry.async_get(parent)
    return " ".join(reversed(names)) or entity.entity_id
