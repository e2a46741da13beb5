"""What is known of a charger after it answered a call, whoever had it sent."""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ..messages.payload import Json, parse_timestamp
from ..state.configuration import ConfigurationItem, read_items
from ..state.reservations import Reservation
from ..transport.authentication import AUTHORIZATION_KEY
from .commissioning import judge_readings

if TYPE_CHECKING:
    from .charger import Charger

type Outcome = Callable[[Charger, Json, Json], None]

REBOOT_REQUIRED = "RebootRequired"
RESTART_REQUIRED = "restart_required"


def _change_configuration(charger: Charger, request: Json, answer: Json) -> None:
    if answer.get("status") not in ("Accepted", REBOOT_REQUIRED):
        return
    name, value = request["key"], request["value"]
    if not charger.configuration.is_secret(name):
        charger.configuration.report(
            [ConfigurationItem(name=name, value=value, readonly=False)]
        )
    if charger.configuration.canonical(name) == AUTHORIZATION_KEY:
        charger.password_taken(value, in_force=answer["status"] == "Accepted")
    if answer["status"] == REBOOT_REQUIRED:
        charger.restart_required.add(charger.configuration.canonical(name))
        charger.report_restart_required()
    charger.limits_changed()
    charger.memory_changed()
    _judge_readings(charger)


def _get_configuration(charger: Charger, _request: Json, answer: Json) -> None:
    charger.configuration.report(read_items(answer))
    charger.ratings_changed()
    _judge_readings(charger)


def _judge_readings(charger: Charger) -> None:
    """Judge what a charger is set to, but not before it is set up."""
    if not charger.is_being_commissioned:
        judge_readings(charger)


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
    charger.values.set("firmware_update", unquote(PurePosixPath(path).name))


def _signed_update_firmware(charger: Charger, request: Json, answer: Json) -> None:
    if answer.get("status") in ("Accepted", "AcceptedCanceled"):
        _update_firmware(charger, request["firmware"], answer)


OUTCOMES: Mapping[str, Outcome] = {
    "CancelReservation": _cancel_reservation,
    "ChangeConfiguration": _change_configuration,
    "GetConfiguration": _get_configuration,
    "ReserveNow": _reserve_now,
    "SignedUpdateFirmware": _signed_update_firmware,
    "UpdateFirmware": _update_firmware,
}
