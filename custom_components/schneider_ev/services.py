"""Actions: what automations can ask of a charger beside its entities."""

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, service

from .central_system.charger import Charger
from .const import DOMAIN
from .entity import translated_errors
from .runtime import SchneiderConfigEntry, charger_of_device

SERVICE_LOCATE = "locate"

_DEVICE_SCHEMA = vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string})


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Set up the actions."""

    async def locate(call: ServiceCall) -> None:
        charger = _charger(hass, call)
        with translated_errors():
            await charger.locate()

    hass.services.async_register(DOMAIN, SERVICE_LOCATE, locate, schema=_DEVICE_SCHEMA)


def _charger(hass: HomeAssistant, call: ServiceCall) -> Charger:
    """Return the charger that a call names by its device or by a connector's."""
    entry: SchneiderConfigEntry
    device, entry = service.async_get_device_and_config_entry(
        hass, DOMAIN, call.data[ATTR_DEVICE_ID], include_child_devices=True
    )
    if (charger := charger_of_device(entry, device)) is not None:
        return charger
    raise ServiceValidationError(
        translation_domain=DOMAIN, translation_key="no_such_charger"
    )
