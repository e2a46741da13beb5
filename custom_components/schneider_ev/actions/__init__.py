"""Actions: what automations can ask of a charger beside its entities."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

import voluptuous as vol

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.helpers import config_validation as cv

from ..central_system.charge_point import Charger
from ..commands import run_command
from ..products.model import snake_case
from .connectors import CONNECTOR_ID, called_charger
from .operations import OPERATIONS
from .own import (
    ATTR_AMPS,
    ATTR_CONFIRM,
    ATTR_DURATION,
    ATTR_VALUE,
    ATTR_WATTS,
    change_configuration,
    export_signed_readings,
    get_configuration,
    get_sessions,
    locate,
    send_tariff_image,
    set_charging_limit,
    set_displayed_cost,
    set_surplus_power,
    synchronise_badges,
)
from .rights import ATTR_KEY, Right, administrators, household, household_where_entity
from .runner import run_call, run_operation
from .validation import duration, number, one_device, point_in_time, whole_number

type Run = Callable[[ServiceCall], Coroutine[Any, Any, ServiceResponse]]
type Command = Callable[
    [Charger, ServiceCall], Coroutine[Any, Any, dict[str, Any] | None]
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """An action: what does it, its fields, its response, and who may perform it."""

    run: Run
    schema: vol.Schema
    response: SupportsResponse = SupportsResponse.OPTIONAL
    right: Right = household


def _of_charger(command: Command) -> Run:
    """Have a command done by the charger that a call names."""

    async def run(call: ServiceCall) -> ServiceResponse:
        return await run_command(call.hass, command(called_charger(call), call))

    return run


_MAX_POWER_W = 1e6

_DEVICE = {vol.Required(ATTR_DEVICE_ID): one_device}
_CONNECTOR = {vol.Optional(CONNECTOR_ID): vol.All(whole_number, vol.Range(1))}
_NUMBER = vol.All(number, vol.Range(-_MAX_POWER_W, _MAX_POWER_W))
_NOT_NEGATIVE = vol.All(_NUMBER, vol.Range(0))

ACTIONS: dict[str, Action] = {
    "call": Action(
        run=_of_charger(run_call),
        schema=vol.Schema(
            {
                **_DEVICE,
                vol.Required("action"): cv.string,
                vol.Optional("payload", default=dict): vol.Schema({str: object}),
            }
        ),
        response=SupportsResponse.ONLY,
        right=administrators,
    ),
    "change_configuration": Action(
        run=_of_charger(change_configuration),
        schema=vol.Schema(
            {
                **_DEVICE,
                vol.Required(ATTR_KEY): cv.string,
                vol.Required(ATTR_VALUE): cv.string,
                vol.Optional(ATTR_CONFIRM, default=False): cv.boolean,
            }
        ),
        right=household_where_entity,
    ),
    "export_signed_readings": Action(
        run=_of_charger(export_signed_readings),
        schema=vol.Schema(
            {
                **_DEVICE,
                vol.Optional("transaction_id"): whole_number,
                vol.Optional("from"): point_in_time,
                vol.Optional("to"): point_in_time,
            }
        ),
        response=SupportsResponse.ONLY,
        right=administrators,
    ),
    "get_configuration": Action(
        run=_of_charger(get_configuration),
        schema=vol.Schema(
            {
                **_DEVICE,
                vol.Optional(ATTR_KEY, default=list): vol.All(
                    cv.ensure_list, [cv.string]
                ),
            }
        ),
        response=SupportsResponse.ONLY,
        right=administrators,
    ),
    "get_sessions": Action(
        run=get_sessions,
        schema=vol.Schema(
            {
                vol.Optional(ATTR_DEVICE_ID): one_device,
                vol.Optional("from"): point_in_time,
                vol.Optional("to"): point_in_time,
                vol.Optional("badge"): cv.string,
            }
        ),
        response=SupportsResponse.ONLY,
        right=administrators,
    ),
    "locate": Action(run=_of_charger(locate), schema=vol.Schema(_DEVICE)),
    "send_tariff_image": Action(
        run=_of_charger(send_tariff_image),
        schema=vol.Schema(
            {
                **_DEVICE,
                vol.Required("location"): cv.string,
                vol.Optional("size"): vol.All(whole_number, vol.Range(1)),
            }
        ),
        right=administrators,
    ),
    "set_charging_limit": Action(
        run=_of_charger(set_charging_limit),
        schema=vol.Schema(
            {
                **_DEVICE,
                **_CONNECTOR,
                vol.Optional(ATTR_AMPS): _NOT_NEGATIVE,
                vol.Optional(ATTR_WATTS): _NOT_NEGATIVE,
                vol.Optional(ATTR_DURATION): duration,
            }
        ),
        response=SupportsResponse.NONE,
    ),
    "set_displayed_cost": Action(
        run=_of_charger(set_displayed_cost),
        schema=vol.Schema(
            {
                **_DEVICE,
                **_CONNECTOR,
                vol.Required("total_cost"): _NOT_NEGATIVE,
                vol.Optional("currency"): vol.All(cv.string, vol.Length(1, 10)),
            }
        ),
    ),
    "set_surplus_power": Action(
        run=_of_charger(set_surplus_power),
        schema=vol.Schema({**_DEVICE, vol.Required(ATTR_WATTS): _NUMBER}),
        response=SupportsResponse.NONE,
    ),
    "synchronise_badges": Action(
        run=_of_charger(synchronise_badges), schema=vol.Schema(_DEVICE)
    ),
} | {
    snake_case(operation.action): Action(
        run=_of_charger(partial(run_operation, operation)),
        schema=vol.Schema({**_DEVICE, **operation.fields}),
        right=operation.right,
    )
    for operation in OPERATIONS
}
"""All actions by name; `get_sessions` is for all chargers, if it names no device."""
