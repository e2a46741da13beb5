"""Conditions: a vehicle is charging."""

from typing import override

from homeassistant.const import STATE_ON, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .targets import own_entities


class IsChargingCondition(EntityStateConditionBase):
    """True while connectors charge."""

    _domain_specs = {Platform.BINARY_SENSOR: DomainSpec()}
    _states = {STATE_ON}

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the `charging` entities of the target."""
        return own_entities(self._hass, super().entity_filter(entities), "charging")


CONDITIONS: dict[str, type[Condition]] = {"is_charging": IsChargingCondition}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions."""
    return CONDITIONS
