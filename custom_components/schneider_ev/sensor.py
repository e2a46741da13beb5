"""Sensors: status, readings, sessions and faults of connectors; states of chargers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
import re
from typing import Any, TypeGuard, override

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
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system import ChargerValue, ConnectorValue
from .central_system.charge_point import Charger, Connector
from .central_system.charging import Explanation, Limitation, LimitReason
from .central_system.messages import (
    CLASS_FAULTS,
    CURRENTS_BY_PHASE,
    POWERS_BY_PHASE,
    VOLTAGES_BY_PHASE,
    ChargePointErrorCode,
    ChargePointStatus,
    DiagnosticsStatus,
    FirmwareStatus,
)
from .central_system.state import Session, StopReason, parse_boolean
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
from .number import LIMIT_UNITS
from .products.model import ConfigurationKey, KeyType, Plug
from .runtime import SchneiderConfigEntry
from .site_entity import SiteEntity, async_setup_site_entities
from .site_values import SiteValue
from .texts import async_explanation_text, async_fault_texts

PARALLEL_UPDATES = 0

_NO_FAULT = "none"


@dataclass(frozen=True, kw_only=True)
class SchneiderSensorDescription[SourceT: Source](
    SourceEntityDescription[SourceT], SensorEntityDescription
):
    """Describes a sensor."""

    value_fn: Callable[[SourceT], datetime | float | str | None]


@dataclass(frozen=True, kw_only=True)
class TextSensorDescription(
    SourceEntityDescription[Connector], SensorEntityDescription
):
    """Describes a sensor of a text in Home Assistant's language."""


def _reading(
    key: ConnectorValue,
    device_class: SensorDeviceClass,
    unit: str,
    *,
    state_class: SensorStateClass = SensorStateClass.MEASUREMENT,
    precision: int = 1,
    suggested_unit: str | None = None,
    category: EntityCategory | None = None,
    enabled: bool = True,
) -> SchneiderSensorDescription[Connector]:
    """Describe a reading, which a connector has once the charger has sent it."""
    return SchneiderSensorDescription(
        key=key.value,
        listens=(key,),
        device_class=device_class,
        native_unit_of_measurement=unit,
        state_class=state_class,
        suggested_display_precision=precision,
        suggested_unit_of_measurement=suggested_unit,
        entity_category=category,
        entity_registry_enabled_default=enabled,
        has_fn=lambda connector: key in connector.values,
        value_fn=lambda connector: connector.readings.last.get(key),
    )


def _power(
    key: ConnectorValue, category: EntityCategory | None = None
) -> SchneiderSensorDescription[Connector]:
    """Describe a power."""
    return _reading(
        key,
        SensorDeviceClass.POWER,
        UnitOfPower.WATT,
        precision=2,
        suggested_unit=UnitOfPower.KILO_WATT,
        category=category,
    )


POWER = _power(ConnectorValue.POWER)

READINGS: tuple[SchneiderSensorDescription[Connector], ...] = (
    *(_power(name, EntityCategory.DIAGNOSTIC) for name in POWERS_BY_PHASE),
    _power(ConnectorValue.POWER_OFFERED, EntityCategory.DIAGNOSTIC),
    _reading(
        ConnectorValue.CURRENT_IMPORT,
        SensorDeviceClass.CURRENT,
        UnitOfElectricCurrent.AMPERE,
    ),
    *(
        _reading(name, SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE)
        for name in CURRENTS_BY_PHASE
    ),
    _reading(
        ConnectorValue.CURRENT_OFFERED,
        SensorDeviceClass.CURRENT,
        UnitOfElectricCurrent.AMPERE,
        category=EntityCategory.DIAGNOSTIC,
    ),
    *(
        _reading(
            name,
            SensorDeviceClass.VOLTAGE,
            UnitOfElectricPotential.VOLT,
            category=EntityCategory.DIAGNOSTIC,
        )
        for name in (ConnectorValue.VOLTAGE, *VOLTAGES_BY_PHASE)
    ),
    _reading(
        ConnectorValue.ENERGY,
        SensorDeviceClass.ENERGY,
        UnitOfEnergy.WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        precision=2,
        suggested_unit=UnitOfEnergy.KILO_WATT_HOUR,
    ),
    _reading(
        ConnectorValue.REACTIVE_ENERGY,
        SensorDeviceClass.REACTIVE_ENERGY,
        UnitOfReactiveEnergy.VOLT_AMPERE_REACTIVE_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        precision=2,
        suggested_unit=UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR,
        category=EntityCategory.DIAGNOSTIC,
        enabled=False,
    ),
    _reading(
        ConnectorValue.FREQUENCY,
        SensorDeviceClass.FREQUENCY,
        UnitOfFrequency.HERTZ,
        category=EntityCategory.DIAGNOSTIC,
        enabled=False,
    ),
    _reading(
        ConnectorValue.STATE_OF_CHARGE,
        SensorDeviceClass.BATTERY,
        UnitOfRatio.PERCENTAGE,
        precision=0,
    ),
)

_SESSION = (ConnectorValue.SESSION,)


def _has_session(connector: Connector) -> bool:
    return connector.sessions.shown is not None


def _of_session(
    value_fn: Callable[[Charger, Session], datetime | float | str | None],
) -> Callable[[Connector], datetime | float | str | None]:
    """Return a `value_fn` for a value of the running session, else of the last one."""

    def of_session(connector: Connector) -> datetime | float | str | None:
        session = connector.sessions.running or connector.sessions.last
        return None if session is None else value_fn(connector.charger, session)

    return of_session


def _iec_status(connector: Connector) -> str | None:
    """Return the state of IEC 61851 as its letter; F is a charger that offers nothing."""
    match connector.status:
        case None:
            return None
        case ChargePointStatus.CHARGING:
            return "c"
        case ChargePointStatus.FAULTED | ChargePointStatus.UNAVAILABLE:
            return "f"
    return "b" if connector.plugged else "a"


def _session_energy(connector: Connector) -> float | None:
    session = connector.sessions.running or connector.sessions.last
    return session.energy if session else None


CONNECTOR_DESCRIPTIONS: tuple[SchneiderSensorDescription[Connector], ...] = (
    SchneiderSensorDescription(
        key="status",
        listens=(ConnectorValue.STATUS,),
        device_class=SensorDeviceClass.ENUM,
        options=list(ChargePointStatus),
        value_fn=lambda connector: connector.status,
    ),
    SchneiderSensorDescription(
        key="iec_status",
        listens=(ConnectorValue.STATUS, ConnectorValue.PLUGGED),
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        options=["a", "b", "c", "f"],
        value_fn=_iec_status,
    ),
    SchneiderSensorDescription(
        key="error_code",
        listens=(ConnectorValue.ERROR_CODE,),
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        options=list(ChargePointErrorCode),
        value_fn=lambda connector: connector.error_code,
    ),
    SchneiderSensorDescription(
        key="session_energy",
        listens=(ConnectorValue.SESSION_ENERGY,),
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        has_fn=_has_session,
        value_fn=_session_energy,
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
            lambda charger, session: charger.shared.badges.display_name(session.id_tag)
        ),
    ),
    SchneiderSensorDescription(
        key="stop_reason",
        device_class=SensorDeviceClass.ENUM,
        options=list(StopReason),
        listens=_SESSION,
        has_fn=_has_session,
        value_fn=lambda connector: StopReason.of(connector.sessions.last),
    ),
)


def cost_descriptions(
    currency: str,
) -> tuple[SchneiderSensorDescription[Connector], ...]:
    """Return the descriptions of what sessions cost and where their energy comes from."""

    def described(
        key: ConnectorValue, **fields: Any
    ) -> SchneiderSensorDescription[Connector]:
        return SchneiderSensorDescription(
            key=key.value,
            listens=(key,),
            has_fn=lambda connector: key in connector.values,
            value_fn=lambda connector: connector.values.typed(key, float),
            **fields,
        )

    money = {
        "device_class": SensorDeviceClass.MONETARY,
        "native_unit_of_measurement": currency,
        "state_class": SensorStateClass.TOTAL,
        "suggested_display_precision": 2,
    }
    return (
        described(ConnectorValue.SESSION_COST, **money),
        described(
            ConnectorValue.SESSION_SOLAR_SHARE,
            native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
            state_class=SensorStateClass.MEASUREMENT,
            suggested_display_precision=0,
        ),
        described(ConnectorValue.CHARGING_COST, **money),
        described(
            ConnectorValue.SOLAR_ENERGY,
            device_class=SensorDeviceClass.ENERGY,
            native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
            state_class=SensorStateClass.TOTAL_INCREASING,
            suggested_display_precision=2,
            suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        ),
    )


def _limitation(connector: Connector) -> Limitation | None:
    return connector.values.typed(ConnectorValue.LIMITED_BY, Limitation)


LIMITED_BY = SchneiderSensorDescription[Connector](
    key="limited_by",
    listens=(ConnectorValue.LIMITED_BY,),
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    options=list(LimitReason),
    has_fn=lambda connector: connector.limits.decision.is_limitable,
    value_fn=lambda connector: (
        limitation.reason if (limitation := _limitation(connector)) else None
    ),
)


EXPLANATION = TextSensorDescription(
    key="explanation",
    listens=(ConnectorValue.EXPLANATION,),
    has_fn=lambda connector: connector.limits.decision.is_limitable,
)


def _reserved_until(connector: Connector) -> datetime | None:
    reservation = connector.charger.reservations.of(connector.number)
    return reservation.expiry if reservation else None


def _vendor_error(connector: Connector) -> str | None:
    """Return the key of the first fault; the faults are unknown until a status came."""
    if connector.values.get(ConnectorValue.FAULTS) is None:
        return None
    faults = connector.all_faults
    return faults[0].key if faults else _NO_FAULT


RESERVATION = SchneiderSensorDescription[Connector](
    key="reservation",
    listens=(ConnectorValue.RESERVATION,),
    device_class=SensorDeviceClass.TIMESTAMP,
    entity_category=EntityCategory.DIAGNOSTIC,
    has_fn=lambda connector: connector.charger.product.supports("ReserveNow"),
    value_fn=_reserved_until,
)

PLUG_TYPE = SchneiderSensorDescription[Connector](
    key="plug_type",
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    options=list(Plug),
    has_fn=lambda connector: (
        bool(connector.charger.product.connector_type_keys)
        and connector.plug is not None
    ),
    value_fn=lambda connector: connector.plug,
)

VENDOR_ERROR = SchneiderSensorDescription[Connector](
    key="vendor_error",
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    listens=(ConnectorValue.FAULTS,),
    value_fn=_vendor_error,
)


DIAGNOSTICS_STATUS = SchneiderSensorDescription[Charger](
    key="diagnostics_status",
    device_class=SensorDeviceClass.ENUM,
    entity_category=EntityCategory.DIAGNOSTIC,
    options=list(DiagnosticsStatus),
    listens=(ChargerValue.DIAGNOSTICS_STATUS, ChargerValue.DIAGNOSTICS_FILE),
    has_fn=lambda charger: ChargerValue.DIAGNOSTICS_STATUS in charger.values,
    value_fn=lambda charger: charger.values.typed(
        ChargerValue.DIAGNOSTICS_STATUS, DiagnosticsStatus
    ),
)


def _guide(charger: Charger) -> str | None:
    firmware = charger.boot.firmware_version if charger.boot else None
    guide = charger.product.guide(firmware)
    return f"{guide.document} ({guide.year})" if guide else None


CHARGER_DESCRIPTIONS: tuple[SchneiderSensorDescription[Charger], ...] = (
    SchneiderSensorDescription(
        key="firmware_status",
        listens=(ChargerValue.FIRMWARE_STATUS,),
        device_class=SensorDeviceClass.ENUM,
        entity_category=EntityCategory.DIAGNOSTIC,
        options=list(FirmwareStatus),
        has_fn=lambda charger: ChargerValue.FIRMWARE_STATUS in charger.values,
        value_fn=lambda charger: charger.firmware_status,
    ),
    SchneiderSensorDescription(
        key="guide",
        entity_category=EntityCategory.DIAGNOSTIC,
        listens=(ChargerValue.BOOT,),
        has_fn=lambda charger: bool(charger.product.guides),
        value_fn=_guide,
    ),
    SchneiderSensorDescription(
        key="last_boot",
        listens=(ChargerValue.LAST_BOOT,),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        has_fn=lambda charger: ChargerValue.LAST_BOOT in charger.values,
        value_fn=lambda charger: charger.values.typed(ChargerValue.LAST_BOOT, datetime),
    ),
    SchneiderSensorDescription(
        key="last_seen",
        listens=(ChargerValue.LAST_SEEN,),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        has_fn=lambda charger: ChargerValue.LAST_SEEN in charger.values,
        value_fn=lambda charger: charger.values.typed(ChargerValue.LAST_SEEN, datetime),
    ),
)


def _site_power(name: SiteValue) -> SensorEntityDescription:
    """Describe a power of a site."""
    return SensorEntityDescription(
        key=name.value,
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        suggested_unit_of_measurement=UnitOfPower.KILO_WATT,
    )


def site_descriptions(currency: str) -> dict[SiteValue, SensorEntityDescription]:
    """Return the descriptions of a site's sensors by the value that they show."""
    return {
        name: _site_power(name)
        for name in (
            SiteValue.GRID_POWER,
            SiteValue.SOLAR_POWER,
            SiteValue.BATTERY_POWER,
            SiteValue.HOUSE_POWER,
            SiteValue.SURPLUS,
        )
    } | {
        SiteValue.ELECTRICITY_PRICE: SensorEntityDescription(
            key=SiteValue.ELECTRICITY_PRICE.value,
            native_unit_of_measurement=f"{currency}/{UnitOfEnergy.KILO_WATT_HOUR}",
            state_class=SensorStateClass.MEASUREMENT,
            suggested_display_precision=3,
        )
    }


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up sensors."""

    costs = cost_descriptions(hass.config.currency)

    def create(charger: Charger) -> Iterator[AnyEntity]:
        yield from described_entities(
            connectors(charger), CONNECTOR_DESCRIPTIONS, SchneiderSensor
        )
        yield from described_entities(connectors(charger), costs, CostSensor)
        yield from described_entities(
            connectors(charger), [LIMITED_BY], LimitedBySensor
        )
        yield from described_entities(
            connectors(charger), [EXPLANATION], ExplanationSensor
        )
        yield from described_entities(connectors(charger), [POWER], PowerSensor)
        yield from described_entities(connectors(charger), READINGS, SchneiderSensor)
        yield from described_entities(
            connectors(charger), [VENDOR_ERROR], VendorErrorSensor
        )
        yield from described_entities(
            connectors(charger), [RESERVATION], ReservationSensor
        )
        yield from described_entities(connectors(charger), [PLUG_TYPE], SchneiderSensor)
        yield from described_entities([charger], CHARGER_DESCRIPTIONS, SchneiderSensor)
        yield from described_entities(
            [charger], [DIAGNOSTICS_STATUS], DiagnosticsSensor
        )
        for key in configuration_keys(charger, Platform.SENSOR):
            yield ConfigurationSensor(charger, key)

    async_setup_entities(hass, entry, async_add_entities, create)
    async_setup_site_entities(
        entry, async_add_entities, site_descriptions(hass.config.currency), SiteSensor
    )


class SchneiderSensor[SourceT: Source](SourceEntity[SourceT], SensorEntity):
    """A sensor of a charger or a connector."""

    entity_description: SchneiderSensorDescription[SourceT]

    @property
    @override
    def native_value(self) -> datetime | float | str | None:
        return self.entity_description.value_fn(self.source)


class SiteSensor(SiteEntity[SensorEntityDescription], SensorEntity):
    """A sensor of a site, unavailable while its source is."""

    @property
    @override
    def available(self) -> bool:
        return self.shown is not None

    @property
    @override
    def native_value(self) -> float | None:
        return self.shown


class CostSensor(SchneiderSensor[Connector]):
    """What sessions cost; that of one session begins anew with each."""

    @property
    @override
    def last_reset(self) -> datetime | None:
        if self.entity_description.key != ConnectorValue.SESSION_COST:
            return None
        session = self.source.sessions.shown
        return session.start if session else None


class PowerSensor(SchneiderSensor[Connector]):
    """The power of a connector, which may be an estimate."""

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        is_estimated = ConnectorValue.POWER in self.source.readings.estimates
        return {"estimated": True} if is_estimated else {}


class LimitedBySensor(SchneiderSensor[Connector]):
    """What limits a connector; the ceiling and when it changes are attributes."""

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        if (limitation := _limitation(self.source)) is None:
            return {}
        unit = LIMIT_UNITS[self.source.limits.unit]
        return {
            "ceiling": limitation.ceiling / unit.scale,
            "next_change": limitation.next_change,
        }


class ExplanationSensor(SourceEntity[Connector], SensorEntity):
    """Why a connector charges as it does, in a sentence."""

    @property
    @override
    def native_value(self) -> str | None:
        explanation = self.source.values.typed(ConnectorValue.EXPLANATION, Explanation)
        if explanation is None:
            return None
        text = async_explanation_text(self.hass, explanation)
        return text and text[:MAX_LENGTH_STATE_STATE]


class ReservationSensor(SchneiderSensor[Connector]):
    """The expiry of a connector's reservation; the badge is an attribute."""

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        reservation = self.charger.reservations.of(self.source.number)
        if reservation is None:
            return {}
        return {
            "reservation_id": reservation.id,
            "badge": self.charger.shared.badges.display_name(reservation.id_tag),
        }


class VendorErrorSensor(SchneiderSensor[Connector]):
    """The vendor error of a connector, with description and advice as attributes."""

    _unrecorded_attributes = frozenset({"description", "advice"})

    @property
    @override
    def options(self) -> list[str]:
        faults = (
            *self.charger.product.faults,
            *CLASS_FAULTS.values(),
            *self.source.all_faults,
        )
        return [_NO_FAULT, *sorted({fault.key for fault in faults})]

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        if not (faults := self.source.all_faults):
            return {}
        texts = [async_fault_texts(self.hass, fault) for fault in faults]
        return {
            "code": ", ".join(fault.code for fault in faults),
            "error_class": ", ".join(dict.fromkeys(each.error_code for each in faults)),
            "description": " ".join(filter(None, (text.description for text in texts))),
            "advice": " ".join(filter(None, (text.advice for text in texts))),
        }


class DiagnosticsSensor(SchneiderSensor[Charger]):
    """The status of a diagnostics upload, with the last file as an attribute."""

    _unrecorded_attributes = frozenset({"file"})

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        file = self.source.values.get(ChargerValue.DIAGNOSTICS_FILE)
        return {"file": file} if file else {}


class ConfigurationSensor(ConfigurationKeyEntity, SensorEntity):
    """A configuration key that can only be read, or should only be.

    A text that is too long for a state is an attribute.
    """

    _unrecorded_attributes = frozenset({"value"})

    def __init__(self, charger: Charger, key: ConfigurationKey) -> None:
        """Initialize the entity from its key."""
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

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        value = self._value
        return {"value": _without_login(value)} if _is_too_long(value) else {}

    @property
    @override
    def native_value(self) -> str | int | None:
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
                return None if _is_too_long(value) else _without_login(value)


def _is_too_long(value: str | None) -> TypeGuard[str]:
    """Tell whether a text is longer than a state can be: a part of it may be of no use."""
    return value is not None and len(value) > MAX_LENGTH_STATE_STATE


def _without_login(value: str) -> str:
    """Return a text without the user and the password that a URL in it can have."""
    return re.sub(r"(?<=://)[^/@\s]*@", "", value)
