"""Actions: what automations can ask of a charger beside its entities."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext
from functools import partial
from math import floor
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
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    service,
)
from homeassistant.util import dt as dt_util

from .central_system.charger import Charger
from .central_system.configuration import ConfigurationItem
from .central_system.connector import Connector
from .central_system.errors import (
    ChargerRefusedError,
    InvalidCallError,
    InvalidCommandError,
)
from .central_system.payload import Json
from .central_system.ratings import watts_per_ampere
from .central_system.tariff import TARIFF_DOWNLOAD, has_failed
from .const import DOMAIN
from .entity import translated_errors
from .operations import CONNECTOR_ID, OPERATIONS, Operation, response
from .products.model import ConfigurationKey, RateUnit, snake_case
from .runtime import SchneiderConfigEntry, charger_of_device
from .session_report import SessionFilter, async_download_link, async_sessions
from .tariff_image import async_send_tariff_image

ACCEPTED = "Accepted"
ATTR_AMPS = "amps"
ATTR_CONFIRM = "confirm"
ATTR_DURATION = "duration"
ATTR_KEY = "key"
ATTR_VALUE = "value"
ATTR_WATTS = "watts"

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
    answer = {"status": await charger.choose_configuration(name, value)}
    in_force = charger.configuration.value(name)
    return answer if in_force is None else answer | {"value": in_force}


async def _set_displayed_cost(charger: Charger, call: ServiceCall) -> None:
    number = _named_connector(charger, call)
    charging = [
        connector
        for connector in charger.connectors.values()
        if connector.session is not None and number in (None, connector.number)
    ]
    if len(charging) != 1:
        raise InvalidCommandError("no_transaction")
    await charging[0].display_cost(
        call.data["total_cost"], call.data.get("currency", call.hass.config.currency)
    )


async def _set_charging_limit(charger: Charger, call: ServiceCall) -> None:
    connector = _limited_connector(charger, call)
    charging = charger.product.smart_charging
    in_watts = charging is not None and charging.unit is RateUnit.WATT
    value: float
    if (watts := call.data.get(ATTR_WATTS)) is not None:
        value = watts if in_watts else floor(watts / watts_per_ampere(connector))
    elif (amps := call.data.get(ATTR_AMPS)) is None:
        raise InvalidCommandError("amps_or_watts")
    else:
        value = amps * watts_per_ampere(connector) if in_watts else amps
    await connector.set_limit(value, call.data.get(ATTR_DURATION))


async def _set_surplus_power(charger: Charger, call: ServiceCall) -> None:
    entry: SchneiderConfigEntry
    _, entry = service.async_get_device_and_config_entry(
        call.hass, DOMAIN, call.data[ATTR_DEVICE_ID], include_child_devices=True
    )
    entry.runtime_data.surplus.async_feed(charger, call.data[ATTR_WATTS])


def _named_connector(charger: Charger, call: ServiceCall) -> int | None:
    """Return the connector that a call names by its number or its device, if it does."""
    number: int | None = call.data.get(CONNECTOR_ID)
    return number or _connector_number(call.hass, call.data[ATTR_DEVICE_ID], charger)


def _limited_connector(charger: Charger, call: ServiceCall) -> Connector:
    """Return the connector that is meant: the one named, or the only one."""
    number = _named_connector(charger, call)
    connectors = [
        connector
        for connector in charger.connectors.values()
        if number in (None, connector.number)
    ]
    if len(connectors) != 1:
        raise InvalidCommandError("which_connector")
    if not connectors[0].limitable:
        raise InvalidCommandError("not_limitable")
    return connectors[0]


async def _send_tariff_image(charger: Charger, call: ServiceCall) -> dict[str, Any]:
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


async def _synchronise_badges(charger: Charger, _call: ServiceCall) -> dict[str, Any]:
    return {"list_version": await charger.synchronise_badges()}


def _perform(
    hass: HomeAssistant, operation: Operation
) -> Callable[[Charger, ServiceCall], Awaitable[dict[str, Any]]]:
    """Perform an operation of OCPP; asked for with a response, a refusal is one."""

    async def perform(charger: Charger, call: ServiceCall) -> dict[str, Any]:
        if not charger.product.supports(operation.action):
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="operation_not_supported",
                translation_placeholders={
                    "action": operation.action,
                    "product": charger.product.name,
                },
            )
        fields = dict(call.data)
        device_id = fields.pop(ATTR_DEVICE_ID)
        connector = _connector_number(hass, device_id, charger)
        address = operation.file and await operation.file.async_open(
            hass, charger, _title(hass, device_id), fields
        )
        with address or nullcontext():
            answer = await _call(
                charger, operation.action, operation.request(charger, connector, fields)
            )
            described: dict[str, Any] = response(answer)
            status = answer.get("status", ACCEPTED)
            if status in {ACCEPTED, *operation.accepted}:
                return described | (address.confirm(answer) if address else {})
            if not call.return_response:
                raise ChargerRefusedError(operation.action, str(status))
            return described

    return perform


async def _call_raw(charger: Charger, call: ServiceCall) -> dict[str, Any]:
    answer = await _call(charger, call.data["action"], call.data["payload"])
    return dict(answer)


async def _call(charger: Charger, action: str, payload: dict[str, Any]) -> Json:
    """Call a charger; what OCPP's own schema does not allow is not sent."""
    try:
        answer = await charger.call(action, payload)
    except InvalidCallError as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="invalid_call",
            translation_placeholders={"error": error.description},
        ) from error
    if action in _OTHER_PROFILES:
        charger.forget_limits()
    return answer


def _check(
    charger: Charger, key: ConfigurationKey, value: str, *, confirmed: bool
) -> None:
    """Refuse what the product is known not to take, and what needs a second thought."""
    if not key.accepts(value):
        shown = "***" if charger.configuration.is_secret(key.name) else value
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="value_not_accepted",
            translation_placeholders={ATTR_KEY: key.name, ATTR_VALUE: shown},
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
_OTHER_PROFILES = frozenset({"ClearChargingProfile", "SetChargingProfile"})
_ONE_CONNECTOR = {vol.Optional(CONNECTOR_ID): vol.All(vol.Coerce(int), vol.Range(1))}
_NUMBER = vol.All(vol.Coerce(float), vol.Range(-1e6, 1e6))  # finite, up to a megawatt
_LIMIT = vol.All(_NUMBER, vol.Range(0))
_VALUE = "value"

CALL = "call"
GET_SESSIONS = "get_sessions"

_SESSIONS_SCHEMA = vol.Schema(
    {
        vol.Optional(ATTR_DEVICE_ID): cv.string,
        vol.Optional("from"): cv.datetime,
        vol.Optional("to"): cv.datetime,
        vol.Optional("badge"): cv.string,
    }
)

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
    "send_tariff_image": (
        _send_tariff_image,
        vol.Schema(
            {
                **_DEVICE,
                vol.Required("location"): cv.string,
                vol.Optional("size"): vol.All(vol.Coerce(int), vol.Range(1)),
            }
        ),
        SupportsResponse.OPTIONAL,
    ),
    "set_charging_limit": (
        _set_charging_limit,
        vol.Schema(
            {
                **_DEVICE,
                **_ONE_CONNECTOR,
                vol.Exclusive(ATTR_AMPS, _VALUE): _LIMIT,
                vol.Exclusive(ATTR_WATTS, _VALUE): _LIMIT,
                vol.Optional(ATTR_DURATION): cv.positive_time_period,
            }
        ),
        SupportsResponse.NONE,
    ),
    "set_surplus_power": (
        _set_surplus_power,
        vol.Schema({**_DEVICE, vol.Required(ATTR_WATTS): _NUMBER}),
        SupportsResponse.NONE,
    ),
    "set_displayed_cost": (
        _set_displayed_cost,
        vol.Schema(
            {
                **_DEVICE,
                **_ONE_CONNECTOR,
                vol.Required("total_cost"): _NUMBER,
                vol.Optional("currency"): vol.All(cv.string, vol.Length(1, 10)),
            }
        ),
        SupportsResponse.NONE,
    ),
    "synchronise_badges": (
        _synchronise_badges,
        vol.Schema(_DEVICE),
        SupportsResponse.OPTIONAL,
    ),
    "locate": (_locate, vol.Schema(_DEVICE), SupportsResponse.NONE),
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
            with translated_errors():
                return await action(charger, call)

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
            handler(_perform(hass, operation)),
            schema=vol.Schema({**_DEVICE, **operation.fields}),
            supports_response=SupportsResponse.OPTIONAL,
        )
    service.async_register_admin_service(
        hass,
        DOMAIN,
        CALL,
        handler(_call_raw),
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
        connector = _connector_number(hass, call.data[ATTR_DEVICE_ID], charger)
    wanted = SessionFilter(
        begin=call.data.get("from") and dt_util.as_utc(call.data["from"]),
        end=call.data.get("to") and dt_util.as_utc(call.data["to"]),
        identity=identity,
        connector=connector,
        badge=call.data.get("badge"),
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


def _connector_number(
    hass: HomeAssistant, device_id: str, charger: Charger
) -> int | None:
    """Return the number of the connector that a device shows, None for a charger's."""
    device = dr.async_get(hass).async_get(device_id, include_child_devices=True)
    identifiers = {name for _, name in device.identifiers} if device else set()
    return next(
        (
            number
            for number in charger.connectors
            if f"{charger.identity}_{number}" in identifiers
        ),
        None,
    )


def _title(hass: HomeAssistant, device_id: str) -> str:
    """Return what its owner calls the charger of a device."""
    device, entry = service.async_get_device_and_config_entry(
        hass, DOMAIN, device_id, include_child_devices=True
    )
    return entry.subentries[device.config_subentry_id or ""].title


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
