"""Actions of our own, and those operations that are more than one OCPP call."""

from collections.abc import Awaitable
from math import floor
from operator import itemgetter
import re
from typing import Any

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import ServiceCall, ServiceResponse

from ..central_system.charge_point import (
    REBOOT_REQUIRED,
    SEND_LOCAL_LIST,
    TARIFF_DOWNLOAD,
    Charger,
    has_failed,
)
from ..central_system.messages import ChargerRefusedError, InvalidCommandError
from ..central_system.state import ConfigurationItem
from ..files.tariff_image import async_send_tariff_image
from ..files.transparency_file import async_public_key, async_signed_readings_link
from ..products.model import ConfigurationKey, KeyType, RateUnit
from ..session_report import SessionFilter, async_download_link, async_sessions, totals
from .connectors import (
    called_charger,
    called_entry,
    called_number,
    one_charging_connector,
    one_connector,
)
from .rights import ATTR_KEY
from .runner import ACCEPTED, check_support

ATTR_AMPS = "amps"
ATTR_CONFIRM = "confirm"
ATTR_DURATION = "duration"
ATTR_VALUE = "value"
ATTR_WATTS = "watts"

_STATE_FORMATS = {
    KeyType.INTEGER: re.compile(r"(-?\d+)\.0+"),
    KeyType.TIME: re.compile(r"(\d\d:\d\d):\d\d"),
}
"""How entity states show values: the group is the value that the charger takes."""


async def locate(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    """Have the charger blink, and return its answer."""
    return {"status": await _status(call, charger.vendor_messages.locate())}


async def synchronise_badges(charger: Charger, _call: ServiceCall) -> dict[str, Any]:
    """Send the registered badges to the charger's local list, and return its version."""
    check_support(charger, SEND_LOCAL_LIST)
    return {"list_version": await charger.local_list.synchronise()}


async def get_configuration(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    """Return configuration keys, with what the product's guide says of each."""
    keys: list[str] = call.data[ATTR_KEY]
    items, unknown = await charger.configuration_client.get(filter(None, keys))
    return {
        "configuration_key": [_describe(charger, item) for item in items],
        "unknown_key": unknown,
    }


async def change_configuration(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    """Set a configuration key, and return the value that is in force then."""
    name, value = call.data[ATTR_KEY], call.data[ATTR_VALUE]
    key = charger.product.configuration_key(name)
    if key is not None:
        value = _as_on_charger(key, value)
        _check_change(charger, key, value, confirmed=call.data[ATTR_CONFIRM])
    status = await _status(call, charger.configuration_client.choose(name, value))
    in_force = charger.configuration.value(name)
    if in_force is None or status not in (ACCEPTED, REBOOT_REQUIRED):
        return {"status": status}
    return {"status": status, "value": in_force}


async def set_charging_limit(charger: Charger, call: ServiceCall) -> None:
    """Set the limit of a connector, converted to the unit of the product's limits."""
    connector = one_connector(charger, called_number(charger, call))
    if not connector.limits.decision.is_limitable:
        raise InvalidCommandError("not_limitable")
    in_watts = charger.product.smart_charging.unit is RateUnit.WATT
    amps, watts = call.data.get(ATTR_AMPS), call.data.get(ATTR_WATTS)
    value: float
    if watts is not None and amps is None:
        value = watts if in_watts else floor(watts / connector.limits.watts_per_ampere)
    elif amps is not None and watts is None:
        value = amps * connector.limits.watts_per_ampere if in_watts else amps
    else:
        raise InvalidCommandError("amps_or_watts")
    await connector.limits.set_limit(value, call.data.get(ATTR_DURATION))


async def set_surplus_power(charger: Charger, call: ServiceCall) -> None:
    """Give the surplus power of a charger without a grid meter to solar charging."""
    entry = called_entry(call)
    entry.runtime_data.site_control.async_feed(charger, call.data[ATTR_WATTS])


async def set_displayed_cost(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    """Have the charger display the cost of a running session."""
    connector = one_charging_connector(charger, called_number(charger, call))
    currency = call.data.get("currency", call.hass.config.currency)
    command = connector.display_cost(call.data["total_cost"], currency)
    return {"status": await _status(call, command)}


async def send_tariff_image(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    """Have the charger download a tariff image."""
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
    return {"status": ACCEPTED} | ({"download_status": status} if status else {})


async def get_sessions(call: ServiceCall) -> ServiceResponse:
    """Return the sessions of all chargers or of one, with totals and a download link."""
    identity = number = None
    if ATTR_DEVICE_ID in call.data:
        charger = called_charger(call)
        identity = charger.identity
        number = called_number(charger, call)
    wanted = SessionFilter(
        begin=call.data.get("from"),
        end=call.data.get("to"),
        identity=identity,
        connector=number,
        badge=call.data.get("badge") or None,
    )
    found = async_sessions(call.hass, wanted, with_signed=True)
    sessions: list[Any] = [each async for each in found]
    sessions.sort(key=itemgetter("start"))
    return {
        "sessions": sessions,
        "totals": totals(sessions),
        "download": async_download_link(call.hass, wanted),
    }


async def export_signed_readings(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    """Return a file of signed readings for each session of a charger that has some.

    Raises InvalidCommandError if the one that is asked for has none.
    """
    wanted = SessionFilter(
        begin=call.data.get("from"),
        end=call.data.get("to"),
        identity=charger.identity,
        connector=called_number(charger, call),
        transaction_id=call.data.get("transaction_id"),
    )
    found = async_sessions(call.hass, wanted, with_signed=True)
    sessions = [each async for each in found if each["signed_readings"]]
    if not sessions and wanted.transaction_id is not None:
        raise InvalidCommandError("no_signed_readings")
    return {
        "sessions": [
            {
                "transaction_id": each["transaction_id"],
                "connector": each["connector"],
                "start": each["start"],
                "stop": each["stop"],
                "signed_readings": len(each["signed_readings"]),
                "public_key": async_public_key(
                    call.hass, charger.identity, each["connector"]
                ),
                "download": async_signed_readings_link(
                    call.hass, charger.identity, each["transaction_id"]
                ),
            }
            for each in sessions
        ]
    }


async def _status(call: ServiceCall, command: Awaitable[str | None]) -> str:
    """Await a command; if the call wants a response, return a refusal as its status."""
    try:
        return await command or ACCEPTED
    except ChargerRefusedError as error:
        if not call.return_response:
            raise
        return error.status


def _as_on_charger(key: ConfigurationKey, value: str) -> str:
    """Return a value as the charger writes it, also if it is written like a state."""
    state_format = _STATE_FORMATS.get(key.type)
    match = state_format and state_format.fullmatch(value)
    return match[1] if match else value


def _check_change(
    charger: Charger, key: ConfigurationKey, value: str, *, confirmed: bool
) -> None:
    """Check a change of a configuration key against the product.

    Raises InvalidCommandError if the value is not valid, if only another tool sets the
    key, if the key is read-only, or if it can cut the charger off and that was not
    confirmed.
    """
    if not key.accepts(value):
        shown = "***" if charger.configuration.is_secret(key.name) else value
        raise InvalidCommandError("value_not_accepted", key=key.name, value=shown)
    if key.set_with is not None:
        raise InvalidCommandError("key_set_elsewhere", key=key.name, tool=key.set_with)
    if key.risk is not None and not confirmed:
        raise InvalidCommandError("key_needs_confirmation", key=key.name, risk=key.risk)
    item = charger.configuration.item(key.name)
    if item is not None and item.readonly:
        raise InvalidCommandError("key_is_read_only", key=key.name)


def _describe(charger: Charger, item: ConfigurationItem) -> dict[str, Any]:
    """Return a configuration key with what the product's guide says of it."""
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
            "since": key.since,
            "writable_since": key.writable_since,
            "set_with": key.set_with,
            "risk": key.risk,
        }
        described |= {name: fact for name, fact in known.items() if fact is not None}
    return described
