"""Sensors: status, readings and faults of a connector; what a charger says of itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    MAX_LENGTH_STATE_STATE,
    EntityCategory,
    Platform,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfRatio,
    UnitOfReactiveEnergy,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system.charge_point.charger import Charger
from .central_system.charge_point.connector import Connector
from .central_system.charging.limit_reason import LimitedBy
from .central_system.messages.enums import (
    ChargePointErrorCode,
    ChargePointStatus,
    DiagnosticsStatus,
    FirmwareStatus,
)
from .central_system.state.configuration import parse_boolean
from .central_system.state.sessions import Session, StopReason
from .entity import (
    AnyEntity,
    ConfigurationKeyEntity,
    Source,
    SourceEntity,
    SourceEntityDescription,
    configuration_description,
    configuration_keys,
    connectors,
    described_entities,
)
from .entity_lifecycle import async_setup_entities
from .fault_text import FaultText
from .products.model import ConfigurationKey, Fault, KeyType
from .runtime import SchneiderConfigEntry

PARALLEL_UPDATES = 0

_NO_FAULT = "none"


@dataclass(frozen=True, kw_only=True)
class SchneiderSensorDescription[SourceT: Source](
    SourceEntityDescription[SourceT], SensorEntityDescription
):
    """Describes a sensor; without `value_fn` it shows the value of its own key."""

    value_fn: Callable[[SourceT], datetime | float | str | None] | None = None


def _reading(
    key: str,
    device_class: SensorDeviceClass,
    unit: str,
    *,
    state_class: SensorStateClass = SensorStateClass.MEASUREMENT,
    precision: int = 1,
    suggested_unit: str | None = None,
    enabled: bool = True,
) -> SchneiderSensorDescription[Connector]:
    """Describe a reading, which a connector has once it was measured."""
    return SchneiderSensorDescription(
        key=key,
        device_class=device_class,
        native_unit_of_measurement=unit,
        state_class=state_class,
        suggested_display_precision=precision,
        suggested_unit_of_measurement=suggested_unit,
        entity_registry_enabled_default=enabled,
        has_fn=lambda connector: key in connector.values,
    )


READINGS: tuple[SchneiderSensorDescription[Connector], ...] = (
    _reading("power", SensorDeviceClass.POWER, UnitOfPower.WATT, precision=0),
    *(
        _reading(
            f"power_l{phase}", SensorDeviceClass.POWER, UnitOfPower.WATT, precision=0
        )
        for phase in (1, 2, 3)
    ),
    _reading("power_offered", SensorDeviceClass.POWER, UnitOfPower.WATT, precision=0),
    _reading("current_import", SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE),
    *(
        _reading(
            f"current_l{phase}", SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE
        )
        for phase in (1, 2, 3)
    ),
    _reading(
        "current_offered", SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE
    ),
    *(
        _reading(
            f"voltage_l{phase}",
            SensorDeviceClass.VOLTAGE,
            UnitOfElectricPotential.VOLT,
        )
        for phase in (1, 2, 3)
    ),
    _reading(
        "energy",
        SensorDeviceClass.ENERGY,
        UnitOfEnergy.WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        precision=2,
        suggested_unit=UnitOfEnergy.KILO_WATT_HOUR,
    ),
    _reading(
        "reactive_energy",
        SensorDeviceClass.REACTIVE_ENERGY,
        UnitOfReactiveEnergy.VOLT_AMPERE_REACTIVE_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        precision=2,
        suggested_unit=UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR,
        enabled=False,
    ),
    _reading(
        "frequency", SensorDeviceClass.FREQUENCY, UnitOfFrequency.HERTZ, enabled=False
    ),
    _reading(
        "state_of_charge",
        SensorDeviceClass.BATTERY,
        UnitOfRatio.PERCENTAGE,
        precision=0,
    ),
)

_SESSION = ("session",)


def _has_session(connector: Connector) -> bool:
    return connector.session is not None or connector.last_session is not None


def _of_session(
    value_fn: Callable[[Charger, Session], datetime | float | str | None],
) -> Callable[[Connector], datetime | float | str | None]:
    """Show a value of the session that runs, else of the last one."""

    def of_session(connector: Connector) -> datetime | float | str | None:
        session = connector.session or connector.last_session
        return None if session is None else value_fn(connector.charger, session)

    return of_session


CONNECTOR_DESCRIPTIONS: tuple[SchneiderSensorDescription[Connector], ...] = (
    SchneiderSensorDescription(
        key="status",
        device_class=SensorDeviceClass.ENUM,
        options=list(ChargePointStatus),
    ),
    SchneiderSensorDescription(
        key="error_code",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=list(ChargePointErrorCode),
    ),
    *READINGS,
    SchneiderSensorDescription(
        key="limited_by",
        device_class=SensorDeviceClass.ENUM,
        options=list(LimitedBy),
        has_fn=lambda connector: connector.limitable,
    ),
    SchneiderSensorDescription(
        key="session_energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        has_fn=_has_session,
        value_fn=_of_session(lambda _, session: session.energy),
    ),
    SchneiderSensorDescription(
        key="session_start",
        device_class=SensorDeviceClass.TIMESTAMP,
        listens=_SESSION,
        has_fn=_has_session,
        value_fn=_of_session(lambda _, session: session.start),
    ),
    SchneiderSensorDescription(
        key="session_badge",
        listens=_SESSION,
        has_fn=_has_session,
        value_fn=_of_session(
            lambda charger, session: charger.badges.display_name(session.id_tag)
        ),
    ),
    SchneiderSensorDescription(
        key="stop_reason",
        device_class=SensorDeviceClass.ENUM,
        options=list(StopReason),
        listens=_SESSION,
        has_fn=_has_session,
        value_fn=lambda connector: StopReason.of(connector.last_session),
    ),
)

RESERVATION = SchneiderSensorDescription[Connector](
    key="reservation",
    device_class=SensorDeviceClass.TIMESTAMP,
    has_fn=lambda connector: connector.charger.product.supports("ReserveNow"),
)

VENDOR_ERROR = SchneiderSensorDescription[Connector](
    key="vendor_error",
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    listens=("faults",),
)


DIAGNOSTICS_STATUS = SchneiderSensorDescription[Charger](
    key="diagnostics_status",
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    options=list(DiagnosticsStatus),
    listens=("diagnostics_status", "diagnostics_file"),
    has_fn=lambda charger: "diagnostics_status" in charger.values,
)


def _guide(charger: Charger) -> str | None:
    firmware = charger.boot.firmware_version if charger.boot else None
    guide = charger.product.guide(firmware)
    return f"{guide.document} ({guide.year})" if guide else None


CHARGER_DESCRIPTIONS: tuple[SchneiderSensorDescription[Charger], ...] = (
    SchneiderSensorDescription(
        key="firmware_status",
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=list(FirmwareStatus),
        has_fn=lambda charger: "firmware_status" in charger.values,
    ),
    SchneiderSensorDescription(
        key="guide",
        entity_category=EntityCategory.DIAGNOSTIC,
        listens=("boot",),
        has_fn=lambda charger: bool(charger.product.guides),
        value_fn=_guide,
    ),
    SchneiderSensorDescription(
        key="last_boot",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        has_fn=lambda charger: "last_boot" in charger.values,
    ),
    SchneiderSensorDescription(
        key="last_seen",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        has_fn=lambda charger: "last_seen" in charger.values,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up sensors."""

    def create(charger: Charger) -> Iterator[AnyEntity]:
        yield from described_entities(
            connectors(charger), CONNECTOR_DESCRIPTIONS, SchneiderSensor
        )
        yield from described_entities(
            connectors(charger), [VENDOR_ERROR], VendorErrorSensor
        )
        yield from described_entities(
            connectors(charger), [RESERVATION], ReservationSensor
        )
        yield from described_entities([charger], CHARGER_DESCRIPTIONS, SchneiderSensor)
        yield from described_entities(
            [charger], [DIAGNOSTICS_STATUS], DiagnosticsSensor
        )
        for key in configuration_keys(charger, Platform.SENSOR):
            yield ConfigurationSensor(charger, key)

    async_setup_entities(hass, entry, async_add_entities, create)


class SchneiderSensor[SourceT: Source](SourceEntity[SourceT], SensorEntity):
    """A sensor of a charger or a connector."""

    entity_description: SchneiderSensorDescription[SourceT]
    _attr_extra_state_attributes: dict[str, Any] = {}

    @callback
    @override
    def _update(self) -> None:
        description = self.entity_description
        self._attr_native_value = (
            self.source.values.get(description.key)
            if description.value_fn is None
            else description.value_fn(self.source)
        )
        if description.key in self.source.estimates:
            self._attr_extra_state_attributes = {"estimated": True}
        elif self._attr_extra_state_attributes:
            self._attr_extra_state_attributes = {}


class ReservationSensor(SchneiderSensor[Connector]):
    """Until when a connector is reserved, and for whom."""

    @callback
    @override
    def _update(self) -> None:
        reservation = self.charger.reservations.of(self.source.number)
        self._attr_native_value = reservation.expiry if reservation else None
        self._attr_extra_state_attributes = (
            {
                "reservation_id": reservation.id,
                "badge": self.charger.badges.display_name(reservation.id_tag),
            }
            if reservation
            else {}
        )


class VendorErrorSensor(SchneiderSensor[Connector]):
    """The vendor error of a connector, with what it means and what to do."""

    _unrecorded_attributes = frozenset({"description", "advice"})

    @callback
    @override
    def _update(self) -> None:
        faults: tuple[Fault, ...] | None = self.source.values.get("faults")
        known = {fault.key for fault in self.charger.product.faults}
        shown = {fault.key for fault in faults or ()}
        self._attr_options = [_NO_FAULT, *sorted(known | shown)]
        if faults:
            self._attr_native_value = faults[0].key
        else:
            self._attr_native_value = None if faults is None else _NO_FAULT
        self._attr_extra_state_attributes = self._explain(faults) if faults else {}

    def _explain(self, faults: tuple[Fault, ...]) -> dict[str, str]:
        texts = [FaultText.of(self.hass, fault) for fault in faults]
        return {
            "code": ", ".join(fault.code for fault in faults),
            "description": " ".join(filter(None, (text.description for text in texts))),
            "advice": " ".join(filter(None, (text.advice for text in texts))),
        }


class DiagnosticsSensor(SchneiderSensor[Charger]):
    """How far an upload is, and where the last file that Home Assistant got is."""

    _unrecorded_attributes = frozenset({"file"})

    @callback
    @override
    def _update(self) -> None:
        super()._update()
        file = self.source.values.get("diagnostics_file")
        self._attr_extra_state_attributes = {"file": file} if file else {}


class ConfigurationSensor(ConfigurationKeyEntity, SensorEntity):
    """A configuration key that can only be read."""

    def __init__(self, charger: Charger, key: ConfigurationKey) -> None:
        """Show the key."""
        is_boolean = key.type is KeyType.BOOLEAN
        super().__init__(
            charger,
            configuration_description(
                SensorEntityDescription,
                key,
                entity_category=EntityCategory.DIAGNOSTIC,
                native_unit_of_measurement=(
                    key.unit if key.type is KeyType.INTEGER else None
                ),
                device_class=(
                    SensorDeviceClass.ENUM if is_boolean or key.choices else None
                ),
                options=(
                    ["false", "true"] if is_boolean else list(key.choices.values())
                )
                or None,
            ),
            key,
        )

    @callback
    @override
    def _update(self) -> None:
        self._attr_native_value = self._read()

    def _read(self) -> str | int | None:
        value = self._value
        match self.configuration_key.type:
            case _ if value is None:
                return None
            case KeyType.BOOLEAN:
                truth = parse_boolean(value)
                return None if truth is None else str(truth).lower()
            case KeyType.INTEGER:
                return self.charger.configuration.integer(self.configuration_key.name)
            case KeyType.CHOICE:
                return self.configuration_key.choices.get(value)
            case _:
                return value[:MAX_LENGTH_STATE_STATE]
