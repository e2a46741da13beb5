"""Events: sessions, badges, faults and security events."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.components.tag import async_scan_tag
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .central_system.charge_point import Charger, Connector, SessionChange
from .central_system.messages import SECURITY_EVENTS
from .central_system.state import AuthorizationStatus, Session, StopReason
from .entity import AnyEntity, SourceEntity, SourceEntityDescription, connectors
from .entity_lifecycle import async_setup_entities
from .products.model import Fault, snake_case
from .runtime import SchneiderConfigEntry
from .session_report import described_costs
from .texts import async_attribute_text, async_fault_texts

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SchneiderEventDescription(
    SourceEntityDescription[Charger], EventEntityDescription
):
    """Describes an event of a charger."""


FAULT = SchneiderEventDescription(
    key="fault",
    object_id="fault",
    entity_category=EntityCategory.DIAGNOSTIC,
    event_types=["fault"],
)

SESSION = EventEntityDescription(
    key="session", event_types=[change.value for change in SessionChange]
)

BADGE = EventEntityDescription(key="badge", event_types=["accepted", "refused"])

_OTHER = "other"

MAX_TAGS = 200
"""How many unregistered badges become tags of Home Assistant, which keeps them all."""

SECURITY = EventEntityDescription(
    key="security",
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
    event_types=[*SECURITY_EVENTS, _OTHER],
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up events."""

    def create(charger: Charger) -> Iterator[AnyEntity]:
        for connector in connectors(charger):
            yield SessionEvent(connector, SESSION)
            yield BadgeEvent(connector, BADGE)
        yield FaultEvent(charger, FAULT)
        yield SecurityEvent(charger, SECURITY)

    async_setup_entities(hass, entry, async_add_entities, create)


class SessionEvent(SourceEntity[Connector], EventEntity):
    """Fires when a session starts and when it ends."""

    @override
    async def async_added_to_hass(self) -> None:
        """Start listening."""
        await super().async_added_to_hass()
        self.async_on_remove(self.source.sessions.changed.connect(self._report))

    @callback
    def _report(self, change: SessionChange, session: Session) -> None:
        stop = session.stop
        attributes: dict[str, Any] = {
            "transaction_id": session.id,
            "badge": self.charger.shared.badges.display_name(session.id_tag),
            "start": session.start.isoformat(),
        }
        if stop is not None:
            attributes |= {
                "stop": stop.isoformat(),
                "duration": int((stop - session.start).total_seconds()),
                "energy": session.energy,
                "reason": StopReason.of(session),
                **described_costs(self.source.sessions.newest(session)),
            }
        self._trigger_event(change.value, attributes)
        self.async_write_ha_state()


class BadgeEvent(SourceEntity[Connector], EventEntity):
    """Fires when a badge is presented, and reports it to Home Assistant as a scanned tag.

    Home Assistant stores every tag that was ever scanned. Anybody can present invented
    idTags, so only a limited number of badges that are not registered become tags.
    """

    @override
    async def async_added_to_hass(self) -> None:
        """Start listening."""
        await super().async_added_to_hass()
        self._tags: set[str] = set()
        self.async_on_remove(
            self.charger.badge_reader.badge_shown.connect(self._report)
        )

    @callback
    def _report(
        self, id_tag: str, status: AuthorizationStatus, connector: int | None
    ) -> None:
        if (connector or _waiting_connector(self.charger)) != self.source.number:
            return
        badges = self.charger.shared.badges
        badge = badges.get(id_tag)
        id_tag = badge.id_tag if badge else id_tag
        key = snake_case(status)
        attributes = {
            "badge": badges.display_name(id_tag),
            "id_tag": id_tag,
            "status": key,
        }
        if status is AuthorizationStatus.ACCEPTED:
            self._trigger_event("accepted", attributes)
        else:
            reason = async_attribute_text(self.hass, "event.badge", "reason", key)
            self._trigger_event("refused", attributes | {"reason": reason})
        self.async_write_ha_state()
        if len(self._tags) < MAX_TAGS:
            self._tags.add(id_tag)
        if id_tag in self._tags or badge is not None:
            self.hass.async_create_task(
                async_scan_tag(self.hass, id_tag, self._charger_device_id)
            )

    @property
    def _charger_device_id(self) -> str | None:
        """The id of the charger's device, also if the connector has a device of its own."""
        match self.device_entry:
            case dr.ChildDeviceEntry(parent_device_id=parent_device_id):
                return parent_device_id
            case dr.DeviceEntry(id=device_id):
                return device_id
        return None


class FaultEvent(SourceEntity[Charger], EventEntity):
    """Fires when a fault appears."""

    @override
    async def async_added_to_hass(self) -> None:
        """Start listening."""
        await super().async_added_to_hass()
        self.async_on_remove(self.charger.station_faults.appeared.connect(self._report))

    @callback
    def _report(self, connector: int, fault: Fault) -> None:
        texts = async_fault_texts(self.hass, fault)
        self._trigger_event(
            "fault",
            {
                "connector": connector,
                "code": fault.code,
                "error_class": fault.error_code,
                "name": texts.name,
                "description": texts.description,
                "advice": texts.advice,
            },
        )
        self.async_write_ha_state()


class SecurityEvent(SourceEntity[Charger], EventEntity):
    """Fires when the charger sends a SecurityEventNotification."""

    @override
    async def async_added_to_hass(self) -> None:
        """Start listening."""
        await super().async_added_to_hass()
        self.async_on_remove(self.charger.security_event.connect(self._report))

    @callback
    def _report(self, event: str, details: str | None) -> None:
        key = snake_case(event)
        self._trigger_event(
            key if key in SECURITY_EVENTS else _OTHER,
            {
                "type": event,
                "details": details,
                "meaning": async_attribute_text(
                    self.hass, "event.security", "meaning", key
                ),
                "critical": SECURITY_EVENTS.get(key),
            },
        )
        self.async_write_ha_state()


def _waiting_connector(charger: Charger) -> int | None:
    """Return the connector that a badge is probably shown for: a vehicle waits there."""
    connectors = charger.connectors.values()
    waiting = [
        each for each in connectors if each.plugged and not each.sessions.running
    ]
    return next((each.number for each in [*waiting, *connectors]), None)
