"""System health: counts of central systems, chargers, connections and problems."""

from collections import Counter
from typing import Any

from homeassistant.components import system_health
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .runtime import SchneiderConfigEntry


@callback
def async_register(
    hass: HomeAssistant, register: system_health.SystemHealthRegistration
) -> None:
    """Register the system health information."""
    register.async_register_info(_info)


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[SchneiderConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    systems = [
        entry.runtime_data.central_system
        for entry in entries
        if entry.state is ConfigEntryState.LOADED
    ]
    chargers = [charger for system in systems for charger in system.chargers.values()]
    problems = [system.problems for system in systems] + [
        charger.problems for charger in chargers
    ]
    turned_away: Counter[str] = Counter()
    for system in systems:
        turned_away.update(system.door.turned_away)
    return {
        "central_systems": len(systems),
        "chargers": len(chargers),
        "connected": sum(charger.link.is_connected for charger in chargers),
        "waiting": sum(len(system.pending) for system in systems),
        "problems": sum(
            values.get(name) is not None for values in problems for name in values
        ),
        **{f"turned_away_{reason}": count for reason, count in turned_away.items()},
    }
