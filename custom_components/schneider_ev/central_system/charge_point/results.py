"""State that follows from the answer to a call."""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote

from ..messages.payload import Json, parse_timestamp
from ..state.configuration import NUMBER_OF_CONNECTORS, ConfigurationItem, read_items
from ..state.reservations import Reservation
from ..transport.authentication import AUTHORIZATION_KEY
from ..values import ChargerValue
from .charger import Charger
from .configuration_client import REBOOT_REQUIRED
from .configuration_reader import count_connectors

type Result = Callable[[Charger, Json, Json], None]


def _change_configuration(charger: Charger, request: Json, answer: Json) -> None:
    status = answer.get("status")
    if status not in ("Accepted", REBOOT_REQUIRED):
        return
    name, value = request["key"], request["value"]
    if not charger.configuration.is_secret(name):
        charger.configuration.report(
            [ConfigurationItem(name=name, value=value, readonly=False)]
        )
    if charger.configuration.canonical(name) == AUTHORIZATION_KEY:
        if status == REBOOT_REQUIRED:
            charger.credentials.admit_also(value)
        else:
            charger.credentials.take(value)
    if status == REBOOT_REQUIRED:
        charger.configuration_client.require_restart(name)
    charger.limits_changed()
    charger.changed.send()


def _get_configuration(charger: Charger, _request: Json, answer: Json) -> None:
    before = charger.configuration.integer(NUMBER_OF_CONNECTORS)
    charger.configuration.report(read_items(answer))
    charger.ratings_changed()
    now = charger.configuration.integer(NUMBER_OF_CONNECTORS)
    if charger.connectors_known and now != before:
        count_connectors(charger)


def _reserve_now(charger: Charger, request: Json, answer: Json) -> None:
    expiry = parse_timestamp(request["expiryDate"])
    if answer.get("status") == "Accepted" and expiry is not None:
        charger.reservations.add(
            Reservation(
                id=request["reservationId"],
                connector=request["connectorId"],
                id_tag=request["idTag"],
                expiry=expiry,
            )
        )


def _cancel_reservation(charger: Charger, request: Json, answer: Json) -> None:
    if answer.get("status") == "Accepted":
        charger.reservations.end(request["reservationId"])


def _update_firmware(charger: Charger, request: Json, _answer: Json) -> None:
    path, _, _ = request["location"].partition("?")
    name = unquote(PurePosixPath(path).name)
    charger.values.set(ChargerValue.FIRMWARE_UPDATE, name)


def _signed_update_firmware(charger: Charger, request: Json, answer: Json) -> None:
    if answer.get("status") in ("Accepted", "AcceptedCanceled"):
        _update_firmware(charger, request["firmware"], answer)


ON_RESULT: Mapping[str, Result] = {
    "CancelReservation": _cancel_reservation,
    "ChangeConfiguration": _change_configuration,
    "GetConfiguration": _get_configuration,
    "ReserveNow": _reserve_now,
    "SignedUpdateFirmware": _signed_update_firmware,
    "UpdateFirmware": _update_firmware,
}
