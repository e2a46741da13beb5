"""Rights: who may perform an action: administrators, or the whole household.

Automations act for no user, and may perform all. A script that a user starts acts for
that user.
"""

from collections.abc import Callable

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.const import ATTR_DEVICE_ID, Platform
from homeassistant.core import ServiceCall
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er

from ..entity import platform_of
from .connectors import called_charger

ATTR_KEY = "key"

type Right = Callable[[User, ServiceCall], bool]
"""Tells whether a user may perform a call."""


def administrators(user: User, _call: ServiceCall) -> bool:
    """Allow what cuts a charger off, loads something onto it, or names people."""
    return user.is_admin


def household(user: User, call: ServiceCall) -> bool:
    """Allow whoever may control an entity of the device, such as its buttons."""
    return user.is_admin or any(
        user.permissions.check_entity(entity.entity_id, POLICY_CONTROL)
        for entity in er.async_entries_for_device(
            er.async_get(call.hass),
            call.data[ATTR_DEVICE_ID],
            include_disabled_entities=True,
        )
    )


def household_where_entity(user: User, call: ServiceCall) -> bool:
    """Allow the household a key that an entity can set, else administrators."""
    platform = platform_of(called_charger(call), call.data[ATTR_KEY])
    is_set_by_entity = platform not in (None, Platform.SENSOR)
    return (household if is_set_by_entity else administrators)(user, call)


async def check_right(right: Right, call: ServiceCall) -> None:
    """Raise Unauthorized if the call's user may not perform it, as Home Assistant does."""
    if (user_id := call.context.user_id) is None:
        return
    if (user := await call.hass.auth.async_get_user(user_id)) is None:
        raise UnknownUser(context=call.context)
    if not right(user, call):
        raise Unauthorized(context=call.context)
