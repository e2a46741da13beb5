"""Switches: charging, available, boolean configuration keys."""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system import ConnectorValue
from .central_system.charge_point import Charger, Connector
from .central_system.messages import ChargePointStatus
from .central_system.state import parse_boolean
from .commands import run_command
from .entity import (
    AnyEntity,
    ConfigurationKeyEntity,
    SourceEntity,
    SourceEntityDescription,
    configuration_description,
    configuration_keys,
    connectors,
    described_entities,
)
from .entity_lifecycle import async_setup_entities
from .products.model import ConfigurationKey
from .runtime import SchneiderConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SchneiderSwitchDescription(
    SourceEntityDescription[Connector], SwitchEntityDescription
):
    """Describes a switch of a connector."""

    is_on_fn: Callable[[Connector], bool | None]
    turn_fn: Callable[[Connector, bool], Coroutine[Any, Any, None]]


def _is_available(connector: Connector) -> bool | None:
    if connector.status is None:
        return None
    return connector.status is not ChargePointStatus.UNAVAILABLE


DESCRIPTIONS: tuple[SchneiderSwitchDescription, ...] = (
    SchneiderSwitchDescription(
        key="charging",
        object_id="charging",
        listens=(
            ConnectorValue.STATUS,
            ConnectorValue.SESSION,
            ConnectorValue.PAUSED,
        ),
        is_on_fn=lambda connector: (
            connector.in_transaction and not connector.limits.decision.is_paused
        ),
        turn_fn=lambda connector, on: (
            connector.control.resume() if on else connector.control.pause()
        ),
    ),
    SchneiderSwitchDescription(
        key="available",
        entity_category=EntityCategory.CONFIG,
        listens=(ConnectorValue.STATUS,),
        is_on_fn=_is_available,
        turn_fn=lambda connector, on: connector.set_available(available=on),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up switches."""

    def create(charger: Charger) -> Iterator[AnyEntity]:
        yield from described_entities(
            connectors(charger), DESCRIPTIONS, SchneiderSwitch
        )
        for key in configuration_keys(charger, Platform.SWITCH):
            yield ConfigurationSwitch(charger, key)

    async_setup_entities(hass, entry, async_add_entities, create)


class SchneiderSwitch(SourceEntity[Connector], SwitchEntity):
    """A switch of a connector."""

    entity_description: SchneiderSwitchDescription

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.is_on_fn(self.source)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Turn it on."""
        await run_command(self.hass, self.entity_description.turn_fn(self.source, True))

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Turn it off."""
        await run_command(
            self.hass, self.entity_description.turn_fn(self.source, False)
        )


class ConfigurationSwitch(ConfigurationKeyEntity, SwitchEntity):
    """A boolean configuration key."""

    def __init__(self, charger: Charger, key: ConfigurationKey) -> None:
        """Initialize the entity from its key."""
        super().__init__(
            charger, configuration_description(SwitchEntityDescription, key), key
        )

    @property
    @override
    def is_on(self) -> bool | None:
        return parse_boolean(self._value)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Set the key to true."""
        await self._set_value("true")

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Set the key to false."""
        await self._set_value("false")
