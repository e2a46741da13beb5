"""Triggers: a vehicle is plugged in, unplugged, starts or stops charging; a fault."""

from typing import override

from homeassistant.const import STATE_OFF, STATE_ON, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import EntityTargetStateTriggerBase, Trigger

from .central_system.messages import ChargePointStatus
from .targets import own_entities


def _becomes(domain: Platform, key: str, state: str) -> type[Trigger]:
    """Return a trigger for entities with a translation key that change to a state."""

    class BecomesTrigger(EntityTargetStateTriggerBase):
        """Fires when entities change to the state from another valid one."""

        _domain_specs = {domain: DomainSpec()}
        _to_states = {state}

        @override
        def entity_filter(self, entities: set[str]) -> set[str]:
            """Return the entities of the target with the translation key."""
            return own_entities(self._hass, super().entity_filter(entities), key)

    return BecomesTrigger


TRIGGERS: dict[str, type[Trigger]] = {
    "started_charging": _becomes(Platform.BINARY_SENSOR, "charging", STATE_ON),
    "stopped_charging": _becomes(Platform.BINARY_SENSOR, "charging", STATE_OFF),
    "plugged_in": _becomes(Platform.BINARY_SENSOR, "plugged", STATE_ON),
    "unplugged": _becomes(Platform.BINARY_SENSOR, "plugged", STATE_OFF),
    "became_faulted": _becomes(Platform.SENSOR, "status", ChargePointStatus.FAULTED),
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers."""
    return TRIGGERS
