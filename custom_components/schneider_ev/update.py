"""Updates: the firmware of a charger, and the progress of its installation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import override

from homeassistant.components.update import (
    UpdateDeviceClass,
    UpdateEntity,
    UpdateEntityDescription,
    UpdateEntityFeature,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system import ChargerValue
from .central_system.charge_point import Charger
from .entity import AnyEntity, SourceEntity, SourceEntityDescription, described_entities
from .entity_lifecycle import async_setup_entities
from .runtime import SchneiderConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SchneiderUpdateDescription(
    SourceEntityDescription[Charger], UpdateEntityDescription
):
    """Describes an update."""


FIRMWARE = SchneiderUpdateDescription(
    key="firmware",
    device_class=UpdateDeviceClass.FIRMWARE,
    entity_category=EntityCategory.DIAGNOSTIC,
    listens=(
        ChargerValue.BOOT,
        ChargerValue.FIRMWARE_STATUS,
        ChargerValue.FIRMWARE_UPDATE,
    ),
    has_fn=lambda charger: charger.product.supports("UpdateFirmware"),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up updates."""

    def create(charger: Charger) -> Iterator[AnyEntity]:
        yield from described_entities([charger], [FIRMWARE], FirmwareUpdate)

    async_setup_entities(hass, entry, async_add_entities, create)


class FirmwareUpdate(SourceEntity[Charger], UpdateEntity):
    """The firmware of a charger, and the file that `update_firmware` installs.

    Chargers do not report which version is the newest, so without such a file nobody
    knows, and Home Assistant is told that.
    """

    _attr_supported_features = UpdateEntityFeature.PROGRESS

    @property
    @override
    def installed_version(self) -> str | None:
        boot = self.source.boot
        return boot.firmware_version if boot else None

    @property
    @override
    def latest_version(self) -> str | None:
        return self.source.values.typed(ChargerValue.FIRMWARE_UPDATE, str)

    @property
    @override
    def in_progress(self) -> bool:
        status = self.source.firmware_status
        return status is not None and status.in_progress

    @override
    def version_is_newer(self, latest_version: str, installed_version: str) -> bool:
        """Take any file for newer, for a file name cannot be compared with a version."""
        return True
