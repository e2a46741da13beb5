"""Binary sensors: plugged, charging, problem, vehicle detected, connected."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system.charge_point.charger import Charger
from .central_system.charge_point.connector import Connector
from .central_system.messages.enums import ChargePointErrorCode, ChargePointStatus
from .entity import (
    AnyEntity,
    Source,
    SourceEntity,
    SourceEntityDescription,
    connectors,
    described_entities,
)
from .entity_lifecycle import async_setup_entities
from .runtime import SchneiderConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SchneiderBinarySensorDescription[SourceT: Source](
    SourceEntityDescription[SourceT], BinarySensorEntityDescription
):
    """Describes a binary sensor."""

    is_on_fn: Callable[[SourceT], bool | None]


def _has_problem(connector: Connector) -> bool | None:
    if connector.status is None:
        return None
    return (
        connector.status is ChargePointStatus.FAULTED
        or connector.values.get("error_code") is not ChargePointErrorCode.NO_ERROR
        or bool(connector.values.get("faults"))
        or connector.charger.station_has_problem
    )


def _is_charging(connector: Connector) -> bool | None:
    if connector.status is None:
        return None
    return connector.status is ChargePointStatus.CHARGING


CONNECTOR_DESCRIPTIONS: tuple[SchneiderBinarySensorDescription[Connector], ...] = (
    SchneiderBinarySensorDescription(
        key="plugged",
        device_class=BinarySensorDeviceClass.PLUG,
        is_on_fn=lambda connector: connector.values.get("plugged"),
    ),
    SchneiderBinarySensorDescription(
        key="charging",
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        listens=("status",),
        is_on_fn=_is_charging,
    ),
    SchneiderBinarySensorDescription(
        key="problem",
        device_class=BinarySensorDeviceClass.PROBLEM,
        listens=("status", "error_code", "faults", "station_problem"),
        is_on_fn=_has_problem,
    ),
    SchneiderBinarySensorDescription(
        key="vehicle_detected",
        device_class=BinarySensorDeviceClass.OCCUPANCY,
        has_fn=lambda connector: (
            "vehicle_detected" in connector.values
            or bool(connector.charger.configuration.boolean("EvPresenceNotification"))
        ),
        is_on_fn=lambda connector: connector.values.get("vehicle_detected"),
    ),
)

CHARGER_DESCRIPTIONS: tuple[SchneiderBinarySensorDescription[Charger], ...] = (
    SchneiderBinarySensorDescription(
        key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        listens=("available",),
        is_on_fn=lambda charger: charger.values.get("available"),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up binary sensors."""

    def create(charger: Charger) -> Iterator[AnyEntity]:
        yield from described_entities(
            connectors(charger), CONNECTOR_DESCRIPTIONS, SchneiderBinarySensor
        )
        yield from described_entities(
            [charger], CHARGER_DESCRIPTIONS, ConnectedBinarySensor
        )

    async_setup_entities(hass, entry, async_add_entities, create)


class SchneiderBinarySensor[SourceT: Source](SourceEntity[SourceT], BinarySensorEntity):
    """A binary sensor of a charger or a connector."""

    entity_description: SchneiderBinarySensorDescription[SourceT]

    @callback
    @override
    def _update(self) -> None:
        self._attr_is_on = self.entity_description.is_on_fn(self.source)


class ConnectedBinarySensor(SchneiderBinarySensor[Charger]):
    """Tells whether the charger is connected, also while it is not."""

    _always_available = True
