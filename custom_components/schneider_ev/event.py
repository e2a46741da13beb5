"""Events: a fault that appears, and what the charger tells of its security."""

from collections.abc import Iterator
from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system.charger import Charger
from .central_system.connector import Connector
from .entity import AnyEntity, PartEntity, async_add_as_they_appear
from .products.model import Fault, snake_case
from .runtime import SchneiderConfigEntry

PARALLEL_UPDATES = 0

FAULT = EventEntityDescription(key="fault", event_types=["fault"])

_OTHER = "other"

# The security events of the OCPP 1.6 security white paper, edition 2, section 8.
SECURITY = EventEntityDescription(
    key="security",
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
    event_types=[
        "firmware_updated",
        "failed_to_authenticate_at_central_system",
        "central_system_failed_to_authenticate",
        "setting_system_time",
        "startup_of_the_device",
        "reset_or_reboot",
        "security_log_was_cleared",
        "reconfiguration_of_security_parameters",
        "memory_exhaustion",
        "invalid_messages",
        "attempted_replay_attacks",
        "tamper_detection_activated",
        "invalid_firmware_signature",
        "invalid_firmware_signing_certificate",
        "invalid_central_system_certificate",
        "invalid_charge_point_certificate",
        "invalid_tls_version",
        "invalid_tls_cipher_suite",
        _OTHER,
    ],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up events."""

    def create(charger: Charger) -> Iterator[AnyEntity]:
        yield FaultEvent(charger, FAULT)
        yield SecurityEvent(charger, SECURITY)

    async_add_as_they_appear(hass, entry, async_add_entities, create)


class FaultEvent(PartEntity[Charger], EventEntity):
    """Reports each fault when it appears."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen from now on."""
        await super().async_added_to_hass()
        listeners = self.charger.fault_listeners
        listeners.append(self._report)
        self.async_on_remove(lambda: listeners.remove(self._report))

    @callback
    def _report(self, connector: Connector | None, fault: Fault) -> None:
        self._trigger_event(
            "fault",
            {
                "connector": connector.number if connector else 0,
                "code": fault.code,
                "name": fault.name,
                "description": fault.description,
                "advice": fault.advice,
            },
        )
        self.async_write_ha_state()


class SecurityEvent(PartEntity[Charger], EventEntity):
    """Reports what the charger tells of its security."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen from now on."""
        await super().async_added_to_hass()
        listeners = self.charger.security_listeners
        listeners.append(self._report)
        self.async_on_remove(lambda: listeners.remove(self._report))

    @callback
    def _report(self, event: str, details: str | None) -> None:
        event_type = snake_case(event)
        self._trigger_event(
            event_type if event_type in self.event_types else _OTHER,
            {"type": event, "details": details},
        )
        self.async_write_ha_state()
