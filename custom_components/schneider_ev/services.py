"""Registers the actions with Home Assistant."""

from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import service

from .actions import (
    ACTIONS,
    CALL,
    CALL_SCHEMA,
    GET_SESSIONS,
    GET_SESSIONS_SCHEMA,
    Action,
)
from .actions.connectors import called_charger
from .actions.own import get_sessions
from .actions.runner import run_call
from .commands import run_command
from .const import DOMAIN


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Set up the actions."""
    for name, (action, schema, supports_response) in ACTIONS.items():
        hass.services.async_register(
            DOMAIN,
            name,
            _handler(action),
            schema=schema,
            supports_response=supports_response,
        )
    service.async_register_admin_service(
        hass,
        DOMAIN,
        CALL,
        _handler(run_call),
        schema=CALL_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    hass.services.async_register(
        DOMAIN,
        GET_SESSIONS,
        get_sessions,
        schema=GET_SESSIONS_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


def _handler(
    action: Action,
) -> Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]:
    """Return the handler that runs an action on the charger that a call names."""

    async def handle(call: ServiceCall) -> ServiceResponse:
        return await run_command(call.hass, action(called_charger(call), call))

    return handle
