"""Actions: what automations can ask of a charger beside its entities, and with what."""

from collections.abc import Callable, Coroutine
from functools import partial
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

from .actions import own
from .actions.operations import CONNECTOR_ID, OPERATIONS
from .actions.own import (
    ATTR_AMPS,
    ATTR_CONFIRM,
    ATTR_DURATION,
    ATTR_KEY,
    ATTR_VALUE,
    ATTR_WATTS,
    Action,
)
from .actions.validation import (
    duration,
    number,
    one_device,
    point_in_time,
    whole_number,
)
from .central_system.charge_point.charger import Charger
from .commands import run_command
from .const import DOMAIN
from .device import connector_number
from .products.model import snake_case
from .runtime import SchneiderConfigEntry, charger_of_device
from .session_report import SessionFilter, async_download_link, async_sessions

_DEVICE = {vol.Required(ATTR_DEVICE_ID): one_device}
_ONE_CONNECTOR = {vol.Optional(CONNECTOR_ID): vol.All(whole_number, vol.Range(1))}
_NUMBER = vol.All(number, vol.Range(-1e6, 1e6))  # up to a megawatt
_NOT_NEGATIVE = vol.All(_NUMBER, vol.Range(0))

CALL = "call"
GET_SESSIONS = "get_sessions"

_SESSIONS_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_DEVICE_ID): one_device,
        vol.Optional("from"): point_in_time,
        vol.Optional("to"): point_in_time,
        vol.Optional("badge"): cv.string,
    }
)

ACTIONS: dict[str, tuple[Action, vol.Schema, SupportsResponse]] = {
    "change_configuration": (
        own.change_configuration,
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
        own.get_configuration,
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
    "send_tariff_image": (
        own.send_tariff_image,
        vol.Schema(
            {
                **_DEVICE,
                vol.Required("location"): cv.string,
                vol.Optional("size"): vol.All(whole_number, vol.Range(1)),
            }
        ),
        SupportsResponse.OPTIONAL,
    ),
    "set_charging_limit": (
        own.set_charging_limit,
        vol.Schema(
            {
                **_DEVICE,
                **_ONE_CONNECTOR,
                vol.Optional(ATTR_AMPS): _NOT_NEGATIVE,
                vol.Optional(ATTR_WATTS): _NOT_NEGATIVE,
                vol.Optional(ATTR_DURATION): duration,
            }
        ),
        SupportsResponse.NONE,
    ),
    "set_surplus_power": (
        own.set_surplus_power,
        vol.Schema({**_DEVICE, vol.Required(ATTR_WATTS): _NUMBER}),
        SupportsResponse.NONE,
    ),
    "set_displayed_cost": (
        own.set_displayed_cost,
        vol.Schema(
            {
                **_DEVICE,
                **_ONE_CONNECTOR,
                vol.Required("total_cost"): _NOT_NEGATIVE,
                vol.Optional("currency"): vol.All(cv.string, vol.Length(1, 10)),
            }
        ),
        SupportsResponse.OPTIONAL,
    ),
    "synchronise_badges": (
        own.synchronise_badges,
        vol.Schema(_DEVICE),
        SupportsResponse.OPTIONAL,
    ),
    "locate": (own.locate, vol.Schema(_DEVICE), SupportsResponse.OPTIONAL),
}


_CALL_SCHEMA = vol.Schema(
    {
        **_DEVICE,
        vol.Required("action"): cv.string,
        vol.Optional("payload", default=dict): vol.Schema({str: object}),
    }
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Set up the actions."""

    def handler(
        action: Action,
    ) -> Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]:
        async def handle(call: ServiceCall) -> ServiceResponse:
            charger = _charger(hass, call)
            return await run_command(hass, action(charger, call))

        return handle

    hass.services.async_register(
        DOMAIN,
        GET_SESSIONS,
        partial(_get_sessions, hass),
        schema=_SESSIONS_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    for operation in OPERATIONS:
        hass.services.async_register(
            DOMAIN,
            snake_case(operation.action),
            handler(own.perform(hass, operation)),
            schema=vol.Schema({**_DEVICE, **operation.fields}),
            supports_response=SupportsResponse.OPTIONAL,
        )
    service.async_register_admin_service(
        hass,
        DOMAIN,
        CALL,
        handler(own.call_raw),
        schema=_CALL_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    for name, (action, schema, supports_response) in ACTIONS.items():
        hass.services.async_register(
            DOMAIN,
            name,
            handler(action),
            schema=schema,
            supports_response=supports_response,
        )


@callback
def _get_sessions(hass: HomeAssistant, call: ServiceCall) -> ServiceResponse:
    """Return the sessions that a call asks for, with totals and a link to a file."""
    identity = connector = None
    if ATTR_DEVICE_ID in call.data:
        charger = _charger(hass, call)
        identity = charger.identity
        connector = connector_number(hass, call.data[ATTR_DEVICE_ID], charger)
    wanted = SessionFilter(
        begin=call.data.get("from"),
        end=call.data.get("to"),
        identity=identity,
        connector=connector,
        badge=call.data.get("badge") or None,
    )
    sessions: list[Any] = async_sessions(hass, wanted)
    return {
        "sessions": sessions,
        "totals": {
            "count": len(sessions),
            "energy": sum(session["energy"] or 0 for session in sessions),
        },
        "download": async_download_link(hass, wanted),
    }


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
