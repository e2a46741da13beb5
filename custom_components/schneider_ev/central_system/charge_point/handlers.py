"""What a charger says of its own accord, and what it is answered."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from ...products.model import Direction
from ..messages.boot import read_boot_info
from ..messages.enums import (
    ChargePointErrorCode,
    ChargePointStatus,
    DiagnosticsStatus,
    FirmwareStatus,
    OcppState,
    RegistrationStatus,
)
from ..messages.errors import CallErrorCode, InvalidCallError
from ..messages.faults import read_faults
from ..messages.payload import (
    Json,
    format_timestamp,
    optional_integer,
    optional_text,
    optional_timestamp,
    required_integer,
    required_text,
    required_timestamp,
    unwrap,
)
from ..messages.readings import newest_timestamp, parse_number, read_meter_values
from ..state.sessions import UNKNOWN_ID, Session

if TYPE_CHECKING:
    from .charger import Charger
    from .connector import Connector

type Handler = Callable[[Charger, Json], Json | Awaitable[Json]]


def boot_answer(status: RegistrationStatus, interval: int) -> Json:
    """Answer a BootNotification."""
    return {
        "status": status,
        "currentTime": format_timestamp(datetime.now(UTC)),
        "interval": interval,
    }


def _boot_notification(charger: Charger, payload: Json) -> Json:
    charger.booted(read_boot_info(payload))
    return boot_answer(RegistrationStatus.ACCEPTED, charger.heartbeat_interval)


def _heartbeat(_charger: Charger, _payload: Json) -> Json:
    return {"currentTime": format_timestamp(datetime.now(UTC))}


def _status_notification(charger: Charger, payload: Json) -> Json:
    number = required_integer(payload, "connectorId")
    status = _parse(ChargePointStatus, payload, "status")
    error_code = (
        ChargePointErrorCode.parse(required_text(payload, "errorCode"))
        or ChargePointErrorCode.OTHER_ERROR
    )
    faults = read_faults(
        charger.product,
        optional_text(payload, "vendorErrorCode"),
        None
        if error_code is ChargePointErrorCode.NO_ERROR
        else optional_text(payload, "info"),
    )
    if (time := optional_timestamp(payload, "timestamp")) is not None:
        charger.clock.told(time)
    if number == 0:
        charger.report_station_faults(
            faults,
            has_problem=status is ChargePointStatus.FAULTED
            or error_code is not ChargePointErrorCode.NO_ERROR,
        )
        return {}
    connector = _connector(charger, number)
    before = connector.all_faults
    connector.report_status(status, error_code, faults)
    charger.report_faults(connector, before, faults)
    return {}


def _meter_values(charger: Charger, payload: Json) -> Json:
    number = required_integer(payload, "connectorId")
    transaction_id = optional_integer(payload, "transactionId")
    readings = read_meter_values(payload, charger.product.units)
    if number != 0:
        _connector(charger, number).report_readings(
            readings, transaction_id, partial(newest_timestamp, payload)
        )
    return {}


def _authorize(charger: Charger, payload: Json) -> Json:
    return {"idTagInfo": charger.badge_reader.authorize(_id_tag(payload), None)}


async def _start_transaction(charger: Charger, payload: Json) -> Json:
    connector = _connector(charger, required_integer(payload, "connectorId"))
    id_tag = _id_tag(payload)
    session = Session(
        id=UNKNOWN_ID,
        identity=charger.identity,
        connector=connector.number,
        id_tag=id_tag or None,
        meter_start=_register(payload, "meterStart"),
        start=required_timestamp(payload, "timestamp"),
    )
    reservation_id = optional_integer(payload, "reservationId")
    reader = charger.badge_reader
    is_repeated = charger.journal.begun_by(session) is not None
    answer = reader.id_tag_info if is_repeated else reader.authorize
    id_tag_info = answer(id_tag, connector)
    begun = await charger.journal.begin(session)
    connector.session_begun(begun)
    charger.reservations.use(connector.number, id_tag, reservation_id)
    return {"transactionId": begun.id, "idTagInfo": id_tag_info}


async def _stop_transaction(charger: Charger, payload: Json) -> Json:
    transaction_id = required_integer(payload, "transactionId")
    meter_stop = _register(payload, "meterStop")
    stop = required_timestamp(payload, "timestamp")
    reason = optional_text(payload, "reason") or "Local"
    id_tag = optional_text(payload, "idTag")
    data = _transaction_data(charger, payload)
    session = charger.session_to_stop(transaction_id)
    if session is not None:
        if (register := data.get("energy")) is not None:
            session = session.sampled(register)
        session = session.stopped(stop, meter_stop, reason)
        await charger.journal.end(session)
        charger.connector(session.connector).session_ended(session)
    return {"idTagInfo": charger.badge_reader.id_tag_info(id_tag)} if id_tag else {}


def _transaction_data(charger: Charger, payload: Json) -> Mapping[str, float]:
    """Read what was sampled at the end; a session ends, whatever is wrong with that."""
    try:
        return read_meter_values(
            {"meterValue": payload.get("transactionData") or []}, charger.product.units
        )
    except InvalidCallError:
        return {}


def _data_transfer(charger: Charger, payload: Json) -> Json:
    vendor_id = required_text(payload, "vendorId").casefold()
    message_id = optional_text(payload, "messageId") or ""
    known = charger.product.data_transfers
    if vendor_id not in (transfer.vendor_id.casefold() for transfer in known):
        return {"status": "UnknownVendorId"}
    transfer = charger.product.data_transfer(Direction.FROM_CHARGER, message_id)
    if transfer is None:
        return {"status": "UnknownMessageId"}
    data = unwrap(payload.get("data"))
    number = optional_integer(data, "connectorId")
    connector = _connector(charger, 1 if number is None else number)
    if (state := optional_text(data, "state")) is None:
        return {"status": "Rejected"}
    connector.values.set("vehicle_detected", state.casefold() in _DETECTED)
    return {"status": "Accepted"}


_DETECTED = frozenset({"1", "true", "on"})
_LONGEST_REQUEST = 10_000


def _firmware_status(charger: Charger, payload: Json) -> Json:
    status = _parse(FirmwareStatus, payload, "status")
    over = {"firmware_update": None} if status.is_final else {}
    charger.values.update({"firmware_status": status} | over)
    return {}


def _diagnostics_status(charger: Charger, payload: Json) -> Json:
    charger.values.set(
        "diagnostics_status", _parse(DiagnosticsStatus, payload, "status")
    )
    return {}


def _security_event(charger: Charger, payload: Json) -> Json:
    charger.report_security_event(
        required_text(payload, "type"), optional_text(payload, "techInfo")
    )
    return {}


async def _sign_certificate(charger: Charger, payload: Json) -> Json:
    is_signed = await charger.certify(required_text(payload, "csr", _LONGEST_REQUEST))
    return {"status": "Accepted" if is_signed else "Rejected"}


HANDLERS: Mapping[str, Handler] = {
    "Authorize": _authorize,
    "BootNotification": _boot_notification,
    "DataTransfer": _data_transfer,
    "DiagnosticsStatusNotification": _diagnostics_status,
    "FirmwareStatusNotification": _firmware_status,
    "Heartbeat": _heartbeat,
    "LogStatusNotification": _diagnostics_status,
    "MeterValues": _meter_values,
    "SecurityEventNotification": _security_event,
    "SignCertificate": _sign_certificate,
    "SignedFirmwareStatusNotification": _firmware_status,
    "StartTransaction": _start_transaction,
    "StatusNotification": _status_notification,
    "StopTransaction": _stop_transaction,
}


def _connector(charger: Charger, number: int) -> Connector:
    """Return a connector; one that was not known yet is known from now on."""
    if not 1 <= number <= charger.product.connectors:
        raise InvalidCallError(
            CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
            f"There is no connector {number}",
        )
    return charger.connector(number)


def _id_tag(payload: Json) -> str:
    """Return the tag of a badge, which may be empty but has to be there."""
    if isinstance(payload.get("idTag"), str):
        return optional_text(payload, "idTag") or ""
    return required_text(payload, "idTag")


def _register(payload: Json, name: str) -> int:
    """Return what a meter shows in whole Wh, also where it is sent with a fraction."""
    number = parse_number(payload.get(name))
    return required_integer(payload, name) if number is None else round(number)


def _parse[StateT: OcppState](state: type[StateT], payload: Json, name: str) -> StateT:
    member = state.parse(required_text(payload, name))
    if member is None:
        raise InvalidCallError(
            CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"{name} is unknown"
        )
    return member
