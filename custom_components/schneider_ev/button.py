"""Buttons: start and stop a session, unlock, locate, restart, refresh."""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.button import (
    ButtonDeviceClass,
    ButtonEntity,
    ButtonEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system.charge_point import LOCATE, Charger, Connector, read_state
from .commands import run_command
from .entity import (
    AnyEntity,
    Source,
    SourceEntity,
    SourceEntityDescription,
    connectors,
    described_entities,
)
from .entity_lifecycle import async_setup_entities
from .products.model import Direction, Plug
from .runtime import SchneiderConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SchneiderButtonDescription[SourceT: Source](
    SourceEntityDescription[SourceT], ButtonEntityDescription
):
    """Describes a button."""

    press_fn: Callable[[SourceT], Coroutine[Any, Any, None]]


CONNECTOR_DESCRIPTIONS: tuple[SchneiderButtonDescription[Connector], ...] = (
    SchneiderButtonDescription(
        key="start_session",
        has_fn=lambda connector: connector.charger.product.has_effect(
            "RemoteStartTransaction"
        ),
        press_fn=lambda connector: connector.control.resume(),
    ),
    SchneiderButtonDescription(
        key="stop_session", press_fn=lambda connector: connector.control.stop_session()
    ),
    SchneiderButtonDescription(
        key="unlock",
        has_fn=lambda connector: (
            connector.charger.product.has_effect("UnlockConnector")
            and connector.plug is not Plug.ATTACHED_CABLE
        ),
        press_fn=lambda connector: connector.unlock(),
    ),
)

CHARGER_DESCRIPTIONS: tuple[SchneiderButtonDescription[Charger], ...] = (
    SchneiderButtonDescription(
        key="locate",
        device_class=ButtonDeviceClass.IDENTIFY,
        entity_category=EntityCategory.DIAGNOSTIC,
        has_fn=lambda charger: (
            charger.product.data_transfer(Direction.TO_CHARGER, LOCATE) is not None
        ),
        press_fn=lambda charger: charger.vendor_messages.locate(),
    ),
    SchneiderButtonDescription(
        key="restart",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        press_fn=lambda charger: charger.reset("Soft"),
    ),
    SchneiderButtonDescription(
        key="hard_reset",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        press_fn=lambda charger: charger.reset("Hard"),
    ),
    SchneiderButtonDescription(
        key="refresh",
        entity_category=EntityCategory.DIAGNOSTIC,
        press_fn=read_state,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up buttons."""

    def create(charger: Charger) -> Iterator[AnyEntity]:
        yield from described_entities(
            connectors(charger), CONNECTOR_DESCRIPTIONS, SchneiderButton
        )
        yield from described_entities([charger], CHARGER_DESCRIPTIONS, SchneiderButton)

    async_setup_entities(hass, entry, async_add_entities, create)


class SchneiderButton[SourceT: Source](SourceEntity[SourceT], ButtonEntity):
    """A button of a charger or a connector."""

    entity_description: SchneiderButtonDescription[SourceT]

    @override
    async def async_press(self) -> None:
        """Send the command to the charger."""
        await run_command(self.hass, self.entity_description.press_fn(self.source))
