"""Selects: charging mode, modes of a charger, configuration keys with fixed choices."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import MAX_LENGTH_STATE_STATE, EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system import ConnectorValue
from .central_system.charge_point import (
    Charger,
    Connector,
    choose_option,
    chosen_option,
    modes,
    options,
)
from .central_system.charging import ChargingMode
from .commands import run_command
from .entity import (
    AnyEntity,
    ConfigurationEntity,
    ConfigurationKeyEntity,
    SourceEntity,
    SourceEntityDescription,
    configuration_description,
    configuration_keys,
    connectors,
    described_entities,
)
from .entity_lifecycle import async_setup_entities
from .products.model import ConfigurationKey, Mode
from .runtime import SchneiderConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SchneiderSelectDescription(
    SourceEntityDescription[Connector], SelectEntityDescription
):
    """Describes a select of a connector."""


CHARGING_MODE = SchneiderSelectDescription(
    key="charging_mode",
    listens=(
        ConnectorValue.CHARGING_MODE,
        ConnectorValue.PAUSED,
        ConnectorValue.SURPLUS_REASON,
    ),
    has_fn=lambda connector: connector.limits.decision.is_limitable,
    options=list(ChargingMode),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up selects."""

    def create(charger: Charger) -> Iterator[AnyEntity]:
        yield from described_entities(
            connectors(charger), [CHARGING_MODE], ChargingModeSelect
        )
        for mode in modes(charger.configuration):
            yield ModeSelect(charger, mode)
        for key in configuration_keys(charger, Platform.SELECT):
            yield ConfigurationSelect(charger, key)

    async_setup_entities(hass, entry, async_add_entities, create)


class ChargingModeSelect(SourceEntity[Connector], SelectEntity):
    """The charging mode; why the connector charges as it does is an attribute."""

    _unrecorded_attributes = frozenset({"reason"})

    @property
    @override
    def current_option(self) -> str:
        return self.source.limits.mode

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        return {"reason": self.source.values.get(ConnectorValue.SURPLUS_REASON)}

    @override
    async def async_select_option(self, option: str) -> None:
        """Change the charging mode."""
        await run_command(
            self.hass, self.source.control.choose_mode(ChargingMode(option))
        )


class ModeSelect(ConfigurationEntity, SelectEntity):
    """A mode of a charger: each option sets several configuration keys."""

    def __init__(self, charger: Charger, mode: Mode) -> None:
        """Initialize the entity from its mode."""
        super().__init__(
            charger,
            SelectEntityDescription(
                key=mode.key,
                entity_category=EntityCategory.CONFIG,
            ),
        )
        self._mode = mode
        self._choices = options(mode, charger.configuration)

    @property
    @override
    def identity_key(self) -> tuple[object, ...]:
        return (self.source, self._mode, *self._choices)

    @property
    @override
    def _listens(self) -> tuple[str, ...]:
        names = (name for option in self._mode.options for name, _ in option.settings)
        return tuple(dict.fromkeys(names))

    @property
    @override
    def options(self) -> list[str]:
        """What can be chosen, and what holds."""
        held = self.current_option
        shown = [] if held is None or held in self._choices else [held]
        return [*self._choices, *shown]

    @property
    @override
    def current_option(self) -> str | None:
        return chosen_option(self._mode, self.charger.configuration)

    @override
    async def async_select_option(self, option: str) -> None:
        """Set the configuration keys of an option."""
        charger = self.charger
        await run_command(
            self.hass,
            choose_option(
                self._mode, option, charger.configuration, charger.configuration_client
            ),
        )


class ConfigurationSelect(ConfigurationKeyEntity, SelectEntity):
    """A configuration key with fixed choices; another value is shown as it came."""

    def __init__(self, charger: Charger, key: ConfigurationKey) -> None:
        """Initialize the entity from its key."""
        super().__init__(
            charger, configuration_description(SelectEntityDescription, key), key
        )

    @property
    @override
    def options(self) -> list[str]:
        shown = filter(None, [self.current_option])
        return list(dict.fromkeys([*self.configuration_key.choices.values(), *shown]))

    @property
    @override
    def current_option(self) -> str | None:
        if not (value := self._value):
            return None
        return self.configuration_key.choices.get(value, value[:MAX_LENGTH_STATE_STATE])

    @override
    async def async_select_option(self, option: str) -> None:
        """Set the key."""
        choices = self.configuration_key.choices
        await self._set_value(
            next((key for key, name in choices.items() if name == option), option)
        )
