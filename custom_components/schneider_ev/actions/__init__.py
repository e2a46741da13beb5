"""Actions: what automations can ask of a charger beside its entities."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import ServiceCall, SupportsResponse
from homeassistant.helpers import config_validation as cv

from ..central_system.charge_point import Charger
from ..products.model import snake_case
from .connectors import CONNECTOR_ID
from .operations import OPERATIONS
from .own import (
    ATTR_AMPS,
    ATTR_CONFIRM,
    ATTR_DURATION,
    ATTR_KEY,
    ATTR_VALUE,
    ATTR_WATTS,
    change_configuration,
    get_configuration,
    locate,
    send_tariff_image,
    set_charging_limit,
    set_displayed_cost,
    set_surplus_power,
    synchronise_badges,
)
from .runner import run_operation
from .validation import duration, number, one_device, point_in_time, whole_number

type Action = Callable[
    [Charger, ServiceCall], Coroutine[Any, Any, dict[str, Any] | None]
]

CALL = "call"
GET_SESSIONS = "get_sessions"

_MAX_POWER_W = 1e6

_DEVICE = {vol.Required(ATTR_DEVICE_ID): one_device}
_CONNECTOR = {vol.Optional(CONNECTOR_ID): vol.All(whole_number, vol.Range(1))}
_NUMBER = vol.All(number, vol.Range(-_MAX_POWER_W, _MAX_POWER_W))
_NOT_NEGATIVE = vol.All(_NUMBER, vol.Range(0))

OWN_ACTIONS: dict[str, tuple[Action, vol.Schema, SupportsResponse]] = {
    "change_configuration": (
        change_configuration,
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
        get_configuration,
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
    "locate": (locate, vol.Schema(_DEVICE), SupportsResponse.OPTIONAL),
    "send_tariff_image": (
        send_tariff_image,
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
        set_charging_limit,
        vol.Schema(
            {
                **_DEVICE,
                **_CONNECTOR,
                vol.Optional(ATTR_AMPS): _NOT_NEGATIVE,
                vol.Optional(ATTR_WATTS): _NOT_NEGATIVE,
                vol.Optional(ATTR_DURATION): duration,
            }
        ),
        SupportsResponse.NONE,
    ),
    "set_displayed_cost": (
        set_displayed_cost,
        vol.Schema(
            {
                **_DEVICE,
                **_CONNECTOR,
                vol.Required("total_cost"): _NOT_NEGATIVE,
                vol.Optional("currency"): vol.All(cv.string, vol.Length(1, 10)),
            }
        ),
        SupportsResponse.OPTIONAL,
    ),
    "set_surplus_power": (
        set_surplus_power,
        vol.Schema({**_DEVICE, vol.Required(ATTR_WATTS): _NUMBER}),
        SupportsResponse.NONE,
    ),
    "synchronise_badges": (
        synchronise_badges,
        vol.Schema(_DEVICE),
        SupportsResponse.OPTIONAL,
    ),
}
"""What does each action, its schema, and whether it has a response."""

ACTIONS: dict[str, tuple[Action, vol.Schema, SupportsResponse]] = OWN_ACTIONS | {
    snake_case(operation.action): (
        partial(run_operation, operation),
        vol.Schema({**_DEVICE, **operation.fields}),
        SupportsResponse.OPTIONAL,
    )
    for operation in OPERATIONS
}
"""All actions that are for one charger, but for `call`."""

CALL_SCHEMA = vol.Schema(
    {
        **_DEVICE,
        vol.Required("action"): cv.string,
        vol.Optional("payload", default=dict): vol.Schema({str: object}),
    }
)
"""`call` is for administrators only."""

GET_SESSIONS_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_DEVICE_ID): one_device,
        vol.Optional("from"): point_in_time,
        vol.Optional("to"): point_in_time,
        vol.Optional("badge"): cv.string,
    }
)
"""`get_sessions` is for all chargers, if it names no device."""
