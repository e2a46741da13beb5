"""Registers the actions with Home Assistant."""

from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, callback

from .actions import ACTIONS, Action, Run
from .actions.rights import check_right
from .const import DOMAIN


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Set up the actions."""
    for name, action in ACTIONS.items():
        hass.services.async_register(
            DOMAIN,
            name,
            _handler(action),
            schema=action.schema,
            supports_response=action.response,
        )


def _handler(action: Action) -> Run:
    """Return the handler of an action, for those who may perform it."""

    async def handle(call: ServiceCall) -> ServiceResponse:
        await check_right(action.right, call)
        return await action.run(call)

    return handle
