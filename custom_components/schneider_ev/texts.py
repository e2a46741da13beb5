"""Texts that attributes hold: what an event or a fault means, in the owner's language."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN

_PREFIX = f"component.{DOMAIN}.entity"


def async_state_text(hass: HomeAssistant, entity: str, state: str) -> str | None:
    """Return what a state of an entity (`platform.key`) is called."""
    return _texts(hass).get(f"{_PREFIX}.{entity}.state.{state}")


def async_attribute_text(
    hass: HomeAssistant, entity: str, attribute: str, state: str
) -> str | None:
    """Return what an attribute of an entity says in a state."""
    return _texts(hass).get(
        f"{_PREFIX}.{entity}.state_attributes.{attribute}.state.{state}"
    )


def _texts(hass: HomeAssistant) -> dict[str, str]:
    """Return the texts of our entities in Home Assistant's language, else in English."""
    return async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
