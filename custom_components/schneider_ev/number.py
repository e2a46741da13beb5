"""Numbers: the charging limits, and the settings that are bounded integers."""

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
    UnitOfPower,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .actions.validation import finite
from .central_system.charge_point.charger import Charger
from .central_system.charge_point.connector import Connector
from .commands import run_command
from .entity import (
    AnyEntity,
    ConfigurationEntity,
    Part,
    PartEntity,
    PartEntityDescription,
    async_add_as_they_appear,
    configuration_description,
    configuration_keys,
    connectors,
    parts,
)
from .products.model import ConfigurationKey, RateUnit
from .runtime import SchneiderConfigEntry

PARALLEL_UPDATES = 0

_LARGEST_INTEGER = 2**31 - 1
_LARGEST_SLIDER = 100
_LARGEST_RESERVE = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitUnit:
    """How owners see a limit: `scale` is what one of it is on the wire."""

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
class SchneiderNumberDescription[PartT: Part](
    PartEntityDescription[PartT], NumberEntityDescription
):
    """Describes a charging limit."""

    value_fn: Callable[[PartT], float]
    min_fn: Callable[[PartT], float]
    max_fn: Callable[[PartT], float]
    set_fn: Callable[[PartT, float], Coroutine[Any, Any, None]]


@dataclass(frozen=True, kw_only=True)
class SurplusNumberDescription(
    PartEntityDescription[Connector], NumberEntityDescription
):
    """Describes a setting of charging from the sun, which no charger hears of."""

    listens: tuple[str, ...] = ("charging_mode", "limit")
    entity_category: EntityCategory | None = EntityCategory.CONFIG
    mode: NumberMode | None = NumberMode.BOX
    value_fn: Callable[[Connector], float]
    min_fn: Callable[[Connector], float]
    max_fn: Callable[[Connector], float]
    set_fn: Callable[[Connector, float], None]


CONNECTOR_DESCRIPTIONS: tuple[SchneiderNumberDescription[Connector], ...] = (
    SchneiderNumberDescription(
        key="charging_limit",
        mode=NumberMode.SLIDER,
        listens=("limit",),
        has_fn=lambda connector: connector.limitable,
        value_fn=lambda connector: connector.limit,
        min_fn=lambda _: 0,
        max_fn=lambda connector: connector.maximum_limit,
        set_fn=lambda connector, value: connector.set_limit(value),
    ),
)

SURPLUS_DESCRIPTIONS: tuple[SurplusNumberDescription, ...] = (
    SurplusNumberDescription(
        key="minimum_current",
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_step=1,
        has_fn=lambda connector: connector.pausable,
        value_fn=lambda connector: connector.minimum,
        min_fn=lambda connector: connector.charger.minimum_limit,
        max_fn=lambda connector: connector.maximum_limit,
        set_fn=lambda connector, value: connector.set_minimum_current(value),
    ),
    SurplusNumberDescription(
        key="solar_reserve",
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_step=50,
        has_fn=lambda connector: connector.limitable,
        value_fn=lambda connector: connector.solar_reserve,
        min_fn=lambda _: 0,
        max_fn=lambda _: _LARGEST_RESERVE,
        set_fn=lambda connector, value: connector.set_solar_reserve(value),
    ),
)

CHARGER_DESCRIPTIONS: tuple[SchneiderNumberDescription[Charger], ...] = (
    SchneiderNumberDescription(
        key="station_limit",
        mode=NumberMode.SLIDER,
        has_fn=lambda charger: charger.connectors_known and charger.has_station_limit,
        value_fn=lambda charger: charger.station_limit,
        min_fn=lambda charger: charger.minimum_limit,
        max_fn=lambda charger: charger.maximum_limit,
        set_fn=lambda charger, value: charger.set_station_limit(value),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up numbers."""

    def create(charger: Charger) -> Iterator[AnyEntity]:
        yield from parts(connectors(charger), CONNECTOR_DESCRIPTIONS, LimitNumber)
        yield from parts(connectors(charger), SURPLUS_DESCRIPTIONS, SurplusNumber)
        yield from parts([charger], CHARGER_DESCRIPTIONS, LimitNumber)
        for key in configuration_keys(charger, Platform.NUMBER):
            yield ConfigurationNumber(charger, key)

    async_add_as_they_appear(hass, entry, async_add_entities, create)


class LimitNumber[PartT: Part](PartEntity[PartT], NumberEntity):
    """A charging limit: what is asked, be it in force already or not."""

    entity_description: SchneiderNumberDescription[PartT]

    def __init__(self, part: PartT, description: EntityDescription) -> None:
        """Show the limit in the unit of the product."""
        super().__init__(part, description)
        self._update()

    @callback
    @override
    def _update(self) -> None:
        description, unit = self.entity_description, self._unit
        self._attr_device_class = unit.device_class
        self._attr_native_unit_of_measurement = unit.unit
        self._attr_native_step = unit.step
        self._attr_native_min_value = description.min_fn(self.part) / unit.scale
        self._attr_native_max_value = description.max_fn(self.part) / unit.scale
        self._attr_native_value = description.value_fn(self.part) / unit.scale

    @property
    def _unit(self) -> LimitUnit:
        charging = self.charger.product.smart_charging
        return LIMIT_UNITS[RateUnit.AMPERE if charging is None else charging.unit]

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Ask for a limit."""
        value = finite(self.entity_description.key, value) * self._unit.scale
        await run_command(self.hass, self.entity_description.set_fn(self.part, value))


class SurplusNumber(PartEntity[Connector], NumberEntity):
    """A setting of charging from the sun."""

    entity_description: SurplusNumberDescription

    def __init__(self, part: Connector, description: EntityDescription) -> None:
        """Show the setting within its bounds."""
        super().__init__(part, description)
        self._update()

    @callback
    @override
    def _update(self) -> None:
        description = self.entity_description
        self._attr_native_min_value = description.min_fn(self.part)
        self._attr_native_max_value = description.max_fn(self.part)
        self._attr_native_value = description.value_fn(self.part)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Change the setting."""
        description = self.entity_description
        description.set_fn(self.part, finite(description.key, value))


class ConfigurationNumber(ConfigurationEntity, NumberEntity):
    """A configuration key that is a bounded integer."""

    def __init__(self, charger: Charger, key: ConfigurationKey) -> None:
        """Show the key."""
        largest = _LARGEST_INTEGER if key.maximum is None else key.maximum
        super().__init__(
            charger,
            configuration_description(
                NumberEntityDescription,
                key,
                native_min_value=key.minimum or 0,
                native_max_value=largest,
                native_step=1,
                native_unit_of_measurement=key.unit,
                mode=NumberMode.SLIDER
                if largest <= _LARGEST_SLIDER
                else NumberMode.BOX,
            ),
            key,
        )

    @callback
    @override
    def _update(self) -> None:
        self._attr_native_value = self.charger.configuration.integer(
            self.configuration_key.name
        )

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the key."""
        await self._choose(str(int(finite(self.configuration_key.name, value))))
