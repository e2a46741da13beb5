"""Runs the actions that send one OCPP call: the operations, and `call`."""

from contextlib import nullcontext
from typing import Any

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import ServiceCall

from ..central_system.charge_point import Charger
from ..central_system.messages import (
    ChargerRefusedError,
    InvalidCommandError,
    Json,
    read_status,
)
from .connectors import called_charger_title, called_number
from .operations import Operation
from .payload import request_payload, response_data

ACCEPTED = "Accepted"

_CHANGES_PROFILES = frozenset({"ClearChargingProfile", "SetChargingProfile"})


async def run_operation(
    operation: Operation, charger: Charger, call: ServiceCall
) -> dict[str, Any]:
    """Send the call of an operation and return the charger's answer.

    A refusal is returned if the action was called with a response, else
    ChargerRefusedError is raised.
    """
    check_support(charger, operation.action)
    fields = {
        name: value for name, value in call.data.items() if name != ATTR_DEVICE_ID
    }
    one_time_url = operation.file and await operation.file.async_open(
        call.hass, charger, called_charger_title(call), fields
    )
    with one_time_url or nullcontext():
        request = operation.request(charger, called_number(charger, call), fields)
        answer = await _send(charger, operation.action, request)
        response = response_data(answer)
        status = read_status(answer) if "status" in answer else ACCEPTED
        if status in {ACCEPTED, *operation.accepted}:
            return response | (one_time_url.confirm(answer) if one_time_url else {})
        if not call.return_response:
            raise ChargerRefusedError(operation.action, status)
        return response


async def run_call(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    """Send any OCPP call and return the charger's answer as it came."""
    payload = request_payload(call.data["payload"], str)
    return dict(await _send(charger, call.data["action"], payload))


def check_support(charger: Charger, action: str) -> None:
    """Raise InvalidCommandError if the product or its firmware does not know an action."""
    product = charger.product
    if not product.supports(action):
        raise InvalidCommandError(
            "operation_not_supported", action=action, product=product.name
        )
    if not charger.supports(action):
        raise InvalidCommandError(
            "operation_needs_firmware",
            action=action,
            product=product.name,
            since=product.operations_since[action],
            firmware=charger.firmware or "",
        )


async def _send(charger: Charger, action: str, payload: dict[str, Any]) -> Json:
    """Send a call; after one that changes charging profiles, our limits are uncertain."""
    answer = await charger.link.call(action, payload)
    if action in _CHANGES_PROFILES:
        charger.limits.forget()
    return answer
