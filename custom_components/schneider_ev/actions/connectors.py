"""Which charger, and which of its connectors, an action is for.

A call names a charger or a connector by its device; some name a connector by its number
as well. Where one is needed and none is named, it is the only one that there is.
"""

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, service

from ..central_system.charge_point import Charger, Connector
from ..central_system.messages import InvalidCommandError
from ..const import DOMAIN
from ..device import charger_of_device, connector_number
from ..runtime import SchneiderConfigEntry

CONNECTOR_ID = "connector_id"


@callback
def called_charger(call: ServiceCall) -> Charger:
    """Return the charger of the call's device, which may be that of a connector."""
    device, entry = _device_and_entry(call)
    if (charger := charger_of_device(entry, device)) is not None:
        return charger
    raise ServiceValidationError(
        translation_domain=DOMAIN, translation_key="no_such_charger"
    )


@callback
def called_entry(call: ServiceCall) -> SchneiderConfigEntry:
    """Return the config entry of the call's device."""
    _, entry = _device_and_entry(call)
    return entry


@callback
def called_charger_title(call: ServiceCall) -> str:
    """Return the owner's name of the call's charger."""
    device, entry = _device_and_entry(call)
    return entry.subentries[device.config_subentry_id or ""].title


@callback
def called_number(charger: Charger, call: ServiceCall) -> int | None:
    """Return the number of the connector that the call names, None if it names none."""
    number: int | None = call.data.get(CONNECTOR_ID)
    return number or connector_number(call.hass, call.data[ATTR_DEVICE_ID], charger)


def one_connector(charger: Charger, number: int | None) -> Connector:
    """Return the connector with a number, without a number the only one.

    Raises InvalidCommandError if there is no such connector, or if there are several.
    """
    connectors = _connectors(charger, number)
    if len(connectors) != 1:
        raise InvalidCommandError(
            "which_connector" if connectors else "no_such_connector"
        )
    return connectors[0]


def one_charging_connector(charger: Charger, number: int | None) -> Connector:
    """Return the connector with a number, without a number the only one that charges.

    Raises InvalidCommandError if no transaction runs there, or if several run.
    """
    charging = [
        connector
        for connector in _connectors(charger, number)
        if connector.sessions.running is not None
    ]
    if len(charging) != 1:
        raise InvalidCommandError("which_connector" if charging else "no_transaction")
    return charging[0]


def given_number(_charger: Charger, number: int | None) -> int | None:
    """Return the number of the connector that is named, None if none is."""
    return number


def number_or_station(_charger: Charger, number: int | None) -> int:
    """Return the number of the connector that is named, else 0: the whole charger."""
    return number or 0


def number_or_only(charger: Charger, number: int | None) -> int | None:
    """Return the number of the connector that is named, else that of the only one."""
    if number is None and len(charger.connectors) == 1:
        return one_connector(charger, None).number
    return number


def one_number(charger: Charger, number: int | None) -> int:
    """Return the number of the connector that is named, else that of the only one.

    Raises InvalidCommandError if there is no such connector, or if there are several.
    """
    return one_connector(charger, number).number


def one_transaction(charger: Charger, number: int | None) -> int:
    """Return the id of the transaction of a connector, else that of the only one.

    Raises InvalidCommandError if none is running, or if several are.
    """
    transaction_id = one_charging_connector(charger, number).sessions.running_id
    assert transaction_id is not None
    return transaction_id


def _connectors(charger: Charger, number: int | None) -> list[Connector]:
    """Return the connector with a number, without a number all of them."""
    if number is None:
        return list(charger.connectors.values())
    if (connector := charger.connectors.get(number)) is None:
        raise InvalidCommandError("no_such_connector")
    return [connector]


@callback
def _device_and_entry(
    call: ServiceCall,
) -> tuple[dr.DeviceEntry | dr.ChildDeviceEntry, SchneiderConfigEntry]:
    """Return the call's device and its entry. Raises ServiceValidationError."""
    device, entry = service.async_get_device_and_config_entry(
        call.hass, DOMAIN, call.data[ATTR_DEVICE_ID], include_child_devices=True
    )
    return device, entry
