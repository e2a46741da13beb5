"""What the actions do, once it is known which charger they are for."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext
from math import floor
import re
from typing import Any

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import service

from ..central_system.charge_point.charger import Charger
from ..central_system.charge_point.connector import Connector
from ..central_system.charge_point.results import REBOOT_REQUIRED
from ..central_system.charge_point.tariff import TARIFF_DOWNLOAD, has_failed
from ..central_system.charging.ratings import watts_per_ampere
from ..central_system.messages.errors import ChargerRefusedError, InvalidCommandError
from ..central_system.messages.payload import Json
from ..central_system.state.configuration import ConfigurationItem
from ..const import DOMAIN
from ..device import connector_number
from ..files.tariff_image import async_send_tariff_image
from ..products.model import ConfigurationKey, KeyType, RateUnit
from ..runtime import SchneiderConfigEntry
from .operations import CONNECTOR_ID, Operation, response, wire

ATTR_AMPS = "amps"
ATTR_CONFIRM = "confirm"
ATTR_DURATION = "duration"
ATTR_KEY = "key"
ATTR_VALUE = "value"
ATTR_WATTS = "watts"

_ACCEPTED = "Accepted"
_SHOWN = {
    KeyType.INTEGER: re.compile(r"(-?\d+)\.0+"),
    KeyType.TIME: re.compile(r"(\d\d:\d\d):\d\d"),
}
"""How states show the values of keys: with what is not part of them."""
_OTHER_PROFILES = frozenset({"ClearChargingProfile", "SetChargingProfile"})

type Action = Callable[
    [Charger, ServiceCall], Coroutine[Any, Any, dict[str, Any] | None]
]


async def locate(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    """Have the charger show where it is."""
    return {"status": await _status(call, charger.locate())}


async def synchronise_badges(charger: Charger, _call: ServiceCall) -> dict[str, Any]:
    """Bring the charger's own list up to the registered badges."""
    return {"list_version": await charger.synchronise_badges()}


async def get_configuration(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    """Read keys, with what the product's guide says of each."""
    keys: list[str] = call.data[ATTR_KEY]
    items, unknown = await charger.get_configuration(filter(None, keys))
    return {
        "configuration_key": [_describe(charger, item) for item in items],
        "unknown_key": unknown,
    }


async def change_configuration(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    """Set a key, if the product takes such a value; return what is in force then."""
    name, value = call.data[ATTR_KEY], call.data[ATTR_VALUE]
    key = charger.product.configuration_key(name)
    if key is not None:
        value = _as_on_charger(key, value)
        _check(charger, key, value, confirmed=call.data[ATTR_CONFIRM])
    status = await _status(call, charger.choose_configuration(name, value))
    in_force = charger.configuration.value(name)
    if in_force is None or status not in (_ACCEPTED, REBOOT_REQUIRED):
        return {"status": status}
    return {"status": status, "value": in_force}


async def set_charging_limit(charger: Charger, call: ServiceCall) -> None:
    """Limit a connector, in whichever unit its limits are."""
    connector = _limited_connector(charger, call)
    charging = charger.product.smart_charging
    in_watts = charging is not None and charging.unit is RateUnit.WATT
    amps, watts = call.data.get(ATTR_AMPS), call.data.get(ATTR_WATTS)
    value: float
    if watts is not None and amps is None:
        value = watts if in_watts else floor(watts / watts_per_ampere(connector))
    elif amps is not None and watts is None:
        value = amps * watts_per_ampere(connector) if in_watts else amps
    else:
        raise InvalidCommandError("amps_or_watts")
    await connector.set_limit(value, call.data.get(ATTR_DURATION))


async def set_surplus_power(charger: Charger, call: ServiceCall) -> None:
    """Take what an automation says flows to the grid."""
    entry: SchneiderConfigEntry
    _, entry = service.async_get_device_and_config_entry(
        call.hass, DOMAIN, call.data[ATTR_DEVICE_ID], include_child_devices=True
    )
    entry.runtime_data.surplus.async_feed(charger, call.data[ATTR_WATTS])


async def set_displayed_cost(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    """Show on the charger's screen what the session costs so far."""
    number = _named_connector(charger, call)
    charging = [
        connector
        for connector in charger.connectors.values()
        if connector.session is not None and number in (None, connector.number)
    ]
    if len(charging) != 1:
        raise InvalidCommandError("no_transaction")
    currency = call.data.get("currency", call.hass.config.currency)
    told = charging[0].display_cost(call.data["total_cost"], currency)
    return {"status": await _status(call, told)}


async def send_tariff_image(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    """Have the charger fetch the picture of its tariff."""
    try:
        status = await async_send_tariff_image(
            call.hass, charger, call.data["location"], call.data.get("size")
        )
    except ChargerRefusedError as error:
        if not call.return_response:
            raise
        return {"status": error.status}
    if status and has_failed(status) and not call.return_response:
        raise ChargerRefusedError(TARIFF_DOWNLOAD, status)
    return {"status": _ACCEPTED} | ({"download_status": status} if status else {})


def perform(hass: HomeAssistant, operation: Operation) -> Action:
    """Return what performs an operation of OCPP; asked for with a response, a refusal is one."""

    async def perform(charger: Charger, call: ServiceCall) -> dict[str, Any]:
        if not charger.product.supports(operation.action):
            raise InvalidCommandError(
                "operation_not_supported",
                action=operation.action,
                product=charger.product.name,
            )
        fields = dict(call.data)
        device_id = fields.pop(ATTR_DEVICE_ID)
        connector = connector_number(hass, device_id, charger)
        address = operation.file and await operation.file.async_open(
            hass, charger, _title(hass, device_id), fields
        )
        with address or nullcontext():
            answer = await _call(
                charger, operation.action, operation.request(charger, connector, fields)
            )
            described: dict[str, Any] = response(answer)
            status = answer.get("status", _ACCEPTED)
            if status in {_ACCEPTED, *operation.accepted}:
                return described | (address.confirm(answer) if address else {})
            if not call.return_response:
                raise ChargerRefusedError(operation.action, str(status))
            return described

    return perform


async def call_raw(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    """Send any call; the answer is returned as it came."""
    payload = wire(call.data["payload"], str)
    answer = await _call(charger, call.data["action"], payload)
    return dict(answer)


async def _status(call: ServiceCall, command: Awaitable[str | None]) -> str:
    """Await a command; asked for with a response, a refusal is its status."""
    try:
        return await command or _ACCEPTED
    except ChargerRefusedError as error:
        if not call.return_response:
            raise
        return error.status


def _named_connector(charger: Charger, call: ServiceCall) -> int | None:
    """Return the connector that a call names by its number or its device, if it does."""
    number: int | None = call.data.get(CONNECTOR_ID)
    return number or connector_number(call.hass, call.data[ATTR_DEVICE_ID], charger)


def _limited_connector(charger: Charger, call: ServiceCall) -> Connector:
    """Return the connector that is meant: the one named, or the only one."""
    number = _named_connector(charger, call)
    connectors = [
        connector
        for connector in charger.connectors.values()
        if number in (None, connector.number)
    ]
    if not connectors:
        raise InvalidCommandError("no_such_connector")
    if len(connectors) > 1:
        raise InvalidCommandError("which_connector")
    if not connectors[0].limitable:
        raise InvalidCommandError("not_limitable")
    return connectors[0]


async def _call(charger: Charger, action: str, payload: dict[str, Any]) -> Json:
    """Call a charger; where that changes its profiles, ours may be in force no more."""
    answer = await charger.call(action, payload)
    if action in _OTHER_PROFILES:
        charger.forget_limits()
    return answer


def _as_on_charger(key: ConfigurationKey, value: str) -> str:
    """Return a value, which may be written as a state shows it, as the charger has it."""
    shown = _SHOWN.get(key.type)
    match = shown and shown.fullmatch(value)
    return match[1] if match else value


def _check(
    charger: Charger, key: ConfigurationKey, value: str, *, confirmed: bool
) -> None:
    """Refuse what the product is known not to take, and what needs a second thought."""
    if not key.accepts(value):
        shown = "***" if charger.configuration.is_secret(key.name) else value
        raise InvalidCommandError("value_not_accepted", key=key.name, value=shown)
    if key.risk is not None and not confirmed:
        raise InvalidCommandError("key_needs_confirmation", key=key.name, risk=key.risk)
    item = charger.configuration.item(key.name)
    if item is not None and item.readonly:
        raise InvalidCommandError("key_is_read_only", key=key.name)


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


def _title(hass: HomeAssistant, device_id: str) -> str:
    """Return what its owner calls the charger of a device."""
    device, entry = service.async_get_device_and_config_entry(
        hass, DOMAIN, device_id, include_child_devices=True
    )
    return entry.subentries[device.config_subentry_id or ""].title
