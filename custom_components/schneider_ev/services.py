"""Actions: what automations can ask of a charger beside its entities."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, service

from .central_system.charger import Charger
from .central_system.configuration import ConfigurationItem
from .const import DOMAIN
from .entity import translated_errors
from .products.model import ConfigurationKey
from .runtime import SchneiderConfigEntry

ATTR_CONFIRM = "confirm"
ATTR_KEY = "key"
ATTR_VALUE = "value"

type Action = Callable[[Charger, ServiceCall], Awaitable[dict[str, Any] | None]]


async def _locate(charger: Charger, _call: ServiceCall) -> None:
    await charger.locate()


async def _get_configuration(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    keys: list[str] = call.data[ATTR_KEY]
    items, unknown = await charger.get_configuration(keys)
    return {
        "configuration_key": [_describe(charger, item) for item in items],
        "unknown_key": unknown,
    }


async def _change_configuration(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    name, value = call.data[ATTR_KEY], call.data[ATTR_VALUE]
    key = charger.product.configuration_key(name)
    if key is not None:
        _check(charger, key, value, confirmed=call.data[ATTR_CONFIRM])
    status = await charger.choose_configuration(name, value)
    return {"status": status}


def _check(
    charger: Charger, key: ConfigurationKey, value: str, *, confirmed: bool
) -> None:
    """Refuse what the product is known not to take, and what needs a second thought."""
    if not key.accepts(value):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="value_not_accepted",
            translation_placeholders={ATTR_KEY: key.name, ATTR_VALUE: value},
        )
    if key.risk is not None and not confirmed:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="key_needs_confirmation",
            translation_placeholders={ATTR_KEY: key.name, "risk": key.risk},
        )
    item = charger.configuration.item(key.name)
    if item is not None and item.readonly:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="key_is_read_only",
            translation_placeholders={ATTR_KEY: key.name},
        )


def _describe(charger: Charger, item: ConfigurationItem) -> dict[str, Any]:
    """Return a key with what the product's guide says of it."""
    described: dict[str, Any] = {
        "key": item.name,
        "value": item.value,
        "readonly": item.readonly,
    }
    if (key := charger.product.configuration_key(item.name)) is not None:
        known = {
            "description": key.description,
            "default": key.default,
            "minimum": key.minimum,
            "maximum": key.maximum,
            "unit": key.unit,
            "choices": list(key.choices) or None,
            "risk": key.risk,
        }
        described |= {name: fact for name, fact in known.items() if fact is not None}
    return described


_DEVICE = {vol.Required(ATTR_DEVICE_ID): cv.string}

ACTIONS: dict[str, tuple[Action, vol.Schema, SupportsResponse]] = {
    "change_configuration": (
        _change_configuration,
        vol.Schema(
            {
                **_DEVICE,
                vol.Required(ATTR_KEY): cv.string,
                vol.Required(ATTR_VALUE): cv.string,
                vol.Optional(ATTR_CONFIRM, default=False): cv.boolean,
            }
        ),
        SupportsResponse.OPTIONAL,
    ),
    "get_configuration": (
        _get_configuration,
        vol.Schema(
            {
                **_DEVICE,
                vol.Optional(ATTR_KEY, default=list): vol.All(
                    cv.ensure_list, [cv.string]
                ),
            }
        ),
        SupportsResponse.ONLY,
    ),
    "locate": (_locate, vol.Schema(_DEVICE), SupportsResponse.NONE),
}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Set up the actions."""

    def handler(
        action: Action,
    ) -> Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]:
        async def handle(call: ServiceCall) -> ServiceResponse:
            charger = _charger(hass, call)
            with translated_errors():
                return await action(charger, call)

        return handle

    for name, (action, schema, supports_response) in ACTIONS.items():
        hass.services.async_register(
            DOMAIN,
            name,
            handler(action),
            schema=schema,
            supports_response=supports_response,
        )


def _charger(hass: HomeAssistant, call: ServiceCall) -> Charger:
    """Return the charger that a call names by its device or by a connector's."""
    entry: SchneiderConfigEntry
    device, entry = service.async_get_device_and_config_entry(
        hass, DOMAIN, call.data[ATTR_DEVICE_ID], include_child_devices=True
    )
    for charger in entry.runtime_data.central_system.chargers.values():
        names = {charger.identity} | {
            f"{charger.identity}_{number}" for number in charger.connectors
        }
        if any(
            domain == DOMAIN and name in names for domain, name in device.identifiers
        ):
            return charger
    raise ServiceValidationError(
        translation_domain=DOMAIN, translation_key="no_such_charger"
    )
