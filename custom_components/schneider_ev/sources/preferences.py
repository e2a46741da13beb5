"""Home Assistant's Energy preferences: what they are, and when they change."""

from homeassistant.components.energy.const import DOMAIN as ENERGY
from homeassistant.components.energy.data import (
    EnergyManager,
    EnergyPreferences,
    async_get_manager,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.setup import async_when_setup
from homeassistant.util.hass_dict import HassKey

from ..central_system import Signal
from ..const import DOMAIN

_MANAGER: HassKey[EnergyManager] = HassKey(f"{DOMAIN}_energy_manager")
_CHANGED: HassKey[Signal[()]] = HassKey(f"{DOMAIN}_energy_preferences_changed")


@callback
def async_preferences_changed(hass: HomeAssistant) -> Signal[()]:
    """Return what tells of each change of the preferences, also once they are loaded.

    Their manager keeps its listeners for good: one serves for the life of Home Assistant.
    """
    if (known := hass.data.get(_CHANGED)) is not None:
        return known
    changed = hass.data[_CHANGED] = Signal[()]()

    async def tell() -> None:
        changed.send()

    async def listen(_hass: HomeAssistant, _component: str) -> None:
        manager = hass.data[_MANAGER] = await async_get_manager(hass)
        manager.async_listen_updates(tell)
        changed.send()

    async_when_setup(hass, ENERGY, listen)
    return changed


@callback
def async_preferences(hass: HomeAssistant) -> EnergyPreferences | None:
    """Return the preferences, None while there are none or they are not loaded."""
    manager = hass.data.get(_MANAGER)
    return None if manager is None else manager.data
