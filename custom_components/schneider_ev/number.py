"""Numbers: charging limits, settings of solar charging, integer configuration keys."""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import (
    EntityCategory,
    Platform,
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .actions.validation import finite
from .central_system import ChargerValue, ConnectorValue
from .central_system.charge_point import Charger, Connector
from .commands import run_command
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
from .products.model import ConfigurationKey, RateUnit
from .runtime import SchneiderConfigEntry
from .site_entity import SiteEntity, async_setup_site_entities
from .site_values import SiteValue

PARALLEL_UPDATES = 0

_MAX_INTEGER = 2**31 - 1
_MAX_SLIDER_VALUE = 100
_MAX_RESERVE_W = 20_000
_MAX_PRICE = 1000
_PRICE_STEP = 0.001


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitUnit:
    """The unit in which a limit is shown; `scale` is that unit in A or W."""

    device_class: NumberDeviceClass
    unit: str
    scale: float
    step: float


LIMIT_UNITS: Mapping[RateUnit, LimitUnit] = {
    RateUnit.AMPERE: LimitUnit(
        device_class=NumberDeviceClass.CURRENT,
        unit=UnitOfElectricCurrent.AMPERE,
        scale=1,
        step=1,
    ),
    RateUnit.WATT: LimitUnit(
        device_class=NumberDeviceClass.POWER,
        unit=UnitOfPower.KILO_WATT,
        scale=1000,
        step=0.1,
    ),
}


@dataclass(frozen=True, kw_only=True)
class SchneiderNumberDescription[SourceT: Source](
    SourceEntityDescription[SourceT], NumberEntityDescription
):
    """Describes a number whose bounds depend on its source."""

    value_fn: Callable[[SourceT], float]
    min_fn: Callable[[SourceT], float]
    max_fn: Callable[[SourceT], float]


@dataclass(frozen=True, kw_only=True)
class LimitNumberDescription[SourceT: Source](SchneiderNumberDescription[SourceT]):
    """Describes a charging limit, in the unit of the product's charging profiles."""

    mode: NumberMode | None = NumberMode.SLIDER
    set_fn: Callable[[SourceT, float], Coroutine[Any, Any, None]]


@dataclass(frozen=True, kw_only=True)
class SurplusNumberDescription(SchneiderNumberDescription[Connector]):
    """Describes a setting of solar charging; it is kept here, not in the charger."""

    listens: tuple[ChargerValue | ConnectorValue, ...] = (
        ConnectorValue.CHARGING_MODE,
        ConnectorValue.LIMIT_BOUNDS,
    )
    entity_category: EntityCategory | None = EntityCategory.CONFIG
    mode: NumberMode | None = NumberMode.BOX
    set_fn: Callable[[Connector, float], None]


CONNECTOR_DESCRIPTIONS: tuple[LimitNumberDescription[Connector], ...] = (
    LimitNumberDescription(
        key="charging_limit",
        listens=(ConnectorValue.LIMIT, ConnectorValue.LIMIT_BOUNDS),
        has_fn=lambda connector: connector.limits.decision.is_limitable,
        value_fn=lambda connector: connector.limits.decision.owners_limit,
        min_fn=lambda _: 0,
        max_fn=lambda connector: connector.limits.decision.maximum,
        set_fn=lambda connector, value: connector.limits.set_limit(value),
    ),
)

SURPLUS_DESCRIPTIONS: tuple[SurplusNumberDescription, ...] = (
    SurplusNumberDescription(
        key="minimum_current",
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_step=1,
        has_fn=lambda connector: connector.limits.decision.is_pausable,
        value_fn=lambda connector: connector.limits.minimum,
        min_fn=lambda connector: connector.charger.product.smart_charging.minimum,
        max_fn=lambda connector: connector.limits.decision.maximum,
        set_fn=lambda connector, value: connector.limits.set_minimum_current(value),
    ),
    SurplusNumberDescription(
        key="solar_reserve",
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_step=50,
        has_fn=lambda connector: connector.limits.decision.is_limitable,
        value_fn=lambda connector: connector.limits.solar_reserve,
        min_fn=lambda _: 0,
        max_fn=lambda _: _MAX_RESERVE_W,
        set_fn=lambda connector, value: connector.limits.set_solar_reserve(value),
    ),
)

CHARGER_DESCRIPTIONS: tuple[LimitNumberDescription[Charger], ...] = (
    LimitNumberDescription(
        key="station_limit",
        entity_category=EntityCategory.CONFIG,
        listens=(ChargerValue.STATION_LIMIT,),
        has_fn=lambda charger: (
            charger.connectors_known and charger.station_limit.is_supported
        ),
        value_fn=lambda charger: charger.station_limit.limit,
        min_fn=lambda charger: charger.product.smart_charging.minimum,
        max_fn=lambda charger: charger.station_limit.maximum,
        set_fn=lambda charger, value: charger.station_limit.set_limit(value),
    ),
)


def site_descriptions(currency: str) -> dict[SiteValue, NumberEntityDescription]:
    """Return the descriptions of a site's numbers by the value that they set."""
    return {
        SiteValue.CHEAP_BELOW: NumberEntityDescription(
            key=SiteValue.CHEAP_BELOW.value,
            native_unit_of_measurement=f"{currency}/{UnitOfEnergy.KILO_WATT_HOUR}",
            native_min_value=-_MAX_PRICE,
            native_max_value=_MAX_PRICE,
            native_step=_PRICE_STEP,
            mode=NumberMode.BOX,
        )
    }


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up numbers."""

    def create(charger: Charger) -> Iterator[AnyEntity]:
        yield from described_entities(
            connectors(charger), CONNECTOR_DESCRIPTIONS, LimitNumber
        )
        yield from described_entities(
            connectors(charger), SURPLUS_DESCRIPTIONS, SurplusNumber
        )
        yield from described_entities([charger], CHARGER_DESCRIPTIONS, LimitNumber)
        for key in configuration_keys(charger, Platform.NUMBER):
            yield ConfigurationNumber(charger, key)

    async_setup_entities(hass, entry, async_add_entities, create)
    async_setup_site_entities(
        entry, async_add_entities, site_descriptions(hass.config.currency), CheapBelow
    )


class SchneiderNumber[SourceT: Source](SourceEntity[SourceT], NumberEntity):
    """A number whose bounds depend on its source."""

    entity_description: SchneiderNumberDescription[SourceT]

    @property
    @override
    def native_min_value(self) -> float:
        return self._scaled(self.entity_description.min_fn(self.source))

    @property
    @override
    def native_max_value(self) -> float:
        return self._scaled(self.entity_description.max_fn(self.source))

    @property
    @override
    def native_value(self) -> float:
        return self._scaled(self.entity_description.value_fn(self.source))

    def _scaled(self, value: float) -> float:
        """Return a value of the source in the unit of the number."""
        return value


class LimitNumber[SourceT: Source](SchneiderNumber[SourceT]):
    """A charging limit: the requested one, whether it is in force yet or not."""

    entity_description: LimitNumberDescription[SourceT]

    @property
    @override
    def device_class(self) -> NumberDeviceClass:
        return self._limit_unit.device_class

    @property
    @override
    def native_unit_of_measurement(self) -> str:
        return self._limit_unit.unit

    @property
    @override
    def native_step(self) -> float:
        return self._limit_unit.step

    @property
    def _limit_unit(self) -> LimitUnit:
        return LIMIT_UNITS[self.charger.product.smart_charging.unit]

    @override
    def _scaled(self, value: float) -> float:
        return value / self._limit_unit.scale

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Request a limit."""
        description = self.entity_description
        limit = finite(description.key, value) * self._limit_unit.scale
        await run_command(self.hass, description.set_fn(self.source, limit))


class SurplusNumber(SchneiderNumber[Connector]):
    """A setting of solar charging."""

    entity_description: SurplusNumberDescription

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Change the setting."""
        description = self.entity_description
        description.set_fn(self.source, finite(description.key, value))


class CheapBelow(SiteEntity[NumberEntityDescription], NumberEntity):
    """The price under which smart charging takes power from the grid."""

    @property
    @override
    def native_value(self) -> float | None:
        return self.shown

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Change the price."""
        price = finite(self.entity_description.key, value)
        self.site_control.set_cheap_below(price)


class ConfigurationNumber(ConfigurationKeyEntity, NumberEntity):
    """An integer configuration key."""

    def __init__(self, charger: Charger, key: ConfigurationKey) -> None:
        """Initialize the entity from its key."""
        maximum = _MAX_INTEGER if key.maximum is None else key.maximum
        super().__init__(
            charger,
            configuration_description(
                NumberEntityDescription,
                key,
                native_min_value=0 if key.may_be_zero else key.minimum or 0,
                native_max_value=maximum,
                native_step=1,
                native_unit_of_measurement=key.unit,
                mode=NumberMode.SLIDER
                if maximum <= _MAX_SLIDER_VALUE
                else NumberMode.BOX,
            ),
            key,
        )

    @property
    @override
    def native_value(self) -> int | None:
        return self.charger.configuration.integer(self.configuration_key.name)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the key."""
        await self._set_value(str(int(finite(self.configuration_key.name, value))))
