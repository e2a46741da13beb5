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
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system import ChargerValue, ConnectorValue
from .central_system.charge_point import Charger, Connector
from .central_system.messages import ChargePointErrorCode, ChargePointStatus
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
        or connector.error_code is not ChargePointErrorCode.NO_ERROR
        or bool(connector.all_faults)
        or connector.charger.station_faults.has_problem
    )


def _is_charging(connector: Connector) -> bool | None:
    if connector.status is None:
        return None
    return connector.status is ChargePointStatus.CHARGING


CONNECTOR_DESCRIPTIONS: tuple[SchneiderBinarySensorDescription[Connector], ...] = (
    SchneiderBinarySensorDescription(
        key="plugged",
        listens=(ConnectorValue.PLUGGED,),
        device_class=BinarySensorDeviceClass.PLUG,
        is_on_fn=lambda connector: connector.values.typed(ConnectorValue.PLUGGED, bool),
    ),
    SchneiderBinarySensorDescription(
        key="charging",
        device_class=BinarySensorDeviceClass.RUNNING,
        listens=(ConnectorValue.STATUS,),
        is_on_fn=_is_charging,
    ),
    SchneiderBinarySensorDescription(
        key="problem",
        device_class=BinarySensorDeviceClass.PROBLEM,
        listens=(
            ConnectorValue.STATUS,
            ConnectorValue.ERROR_CODE,
            ConnectorValue.FAULTS,
            ConnectorValue.STATION_PROBLEM,
        ),
        is_on_fn=_has_problem,
    ),
    SchneiderBinarySensorDescription(
        key="vehicle_detected",
        listens=(ConnectorValue.VEHICLE_DETECTED,),
        device_class=BinarySensorDeviceClass.OCCUPANCY,
        has_fn=lambda connector: (
            ConnectorValue.VEHICLE_DETECTED in connector.values
            or bool(connector.charger.configuration.boolean("EvPresenceNotification"))
        ),
        is_on_fn=lambda connector: connector.values.typed(
            ConnectorValue.VEHICLE_DETECTED, bool
        ),
    ),
)

CHARGER_DESCRIPTIONS: tuple[SchneiderBinarySensorDescription[Charger], ...] = (
    SchneiderBinarySensorDescription(
        key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        listens=(ChargerValue.AVAILABLE,),
        is_on_fn=lambda charger: charger.link.is_available,
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

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.is_on_fn(self.source)


class ConnectedBinarySensor(SchneiderBinarySensor[Charger]):
    """Whether the charger is connected; available also while it is not."""

    _always_available = True
