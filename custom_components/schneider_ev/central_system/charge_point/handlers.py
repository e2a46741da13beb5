"""Handlers of the calls that a charge point makes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
import logging

from ...products.model import Direction
from ..charging.power import Readings
from ..messages.boot import read_boot_info
from ..messages.enums import (
    ChargePointErrorCode,
    ChargePointStatus,
    DiagnosticsStatus,
    FirmwareStatus,
    OcppState,
    RegistrationStatus,
)
from ..messages.errors import (
    CallErrorCode,
    CertificateError,
    ChargerError,
    InvalidCallError,
)
from ..messages.faults import read_faults
from ..messages.payload import (
    Json,
    format_timestamp,
    optional_integer,
    optional_text,
    optional_timestamp,
    optional_transaction_id,
    required_id_tag,
    required_integer,
    required_lines,
    required_text,
    unwrap,
)
from ..messages.readings import newest_timestamp, read_meter_values
from ..messages.transactions import read_start_transaction, read_stop_transaction
from ..state.badges import AuthorizationStatus
from ..state.transactions import (
    Running,
    session_to_stop,
    start_answer,
    started_session,
    stop_transaction,
)
from . import plug_and_charge
from .charger import Charger
from .connector import Connector

_LOGGER = logging.getLogger(__name__)

type Handler = Callable[[Charger, Json], Json | Awaitable[Json]]

PENDING_INTERVAL_S = 30
"""Seconds after which a charge point that is Pending boots again."""

_DETECTED = frozenset({"1", "true", "on"})
_MAX_REQUEST_LENGTH = 10_000


def boot_answer(status: RegistrationStatus, interval: int) -> Json:
    """Return the answer to a BootNotification; `interval` is in seconds."""
    return {
        "status": status,
        "currentTime": format_timestamp(datetime.now(UTC)),
        "interval": interval,
    }


def _boot_notification(charger: Charger, payload: Json) -> Json:
    charger.report_boot(read_boot_info(payload))
    chosen = charger.configuration_client.heartbeat_interval
    interval = charger.shared.heartbeat_interval if chosen is None else chosen
    return boot_answer(RegistrationStatus.ACCEPTED, interval)


def heartbeat_answer() -> Json:
    """Return the answer to a Heartbeat."""
    return {"currentTime": format_timestamp(datetime.now(UTC))}


def _heartbeat(_charger: Charger, _payload: Json) -> Json:
    return heartbeat_answer()


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
        optional_text(payload, "info"),
        error_code,
    )
    if (time := optional_timestamp(payload, "timestamp")) is not None:
        charger.clock.observe(time)
    if number == 0:
        charger.report_station_status(
            faults,
            has_problem=status is ChargePointStatus.FAULTED
            or error_code is not ChargePointErrorCode.NO_ERROR,
        )
        return {}
    connector = _connector(charger, number)
    before = connector.all_faults
    connector.report_status(status, error_code, faults)
    charger.station_faults.announce(number, before, faults)
    return {}


def _meter_values(charger: Charger, payload: Json) -> Json | Awaitable[Json]:
    number = required_integer(payload, "connectorId")
    transaction_id = optional_transaction_id(payload)
    readings, signed = read_meter_values(payload, charger.product.units)
    if number == 0:
        return {}
    connector = _connector(charger, number)
    sampled_at = partial(newest_timestamp, payload)
    is_taken = connector.report_readings(readings, transaction_id, sampled_at)
    if transaction_id and not is_taken:
        return _unfamiliar(connector, readings, transaction_id, sampled_at, signed)
    return _keep_signed(connector, transaction_id, signed) if signed else {}


async def _keep_signed(
    connector: Connector, transaction_id: int | None, signed: Sequence[Json]
) -> Json:
    """Keep signed readings before the charger, which may not repeat them, is answered."""
    await connector.sessions.keep_signed(transaction_id, signed)
    return {}


async def _unfamiliar(
    connector: Connector,
    readings: Readings,
    transaction_id: int,
    sampled_at: Callable[[], datetime],
    signed: Sequence[Json],
) -> Json:
    """Take over a MeterValues of a transaction that is not known to run."""
    try:
        if connector.may_adopt:
            await connector.sessions.adopt(transaction_id, sampled_at())
        else:
            await connector.sessions.recognise(transaction_id, sampled_at)
    except OSError as error:
        _LOGGER.debug("A session could not be looked up: %s", error)
    if not connector.report_readings(readings, transaction_id, sampled_at):
        connector.report_late_readings(readings, transaction_id, sampled_at)
    return await _keep_signed(connector, transaction_id, signed) if signed else {}


def _authorize(charger: Charger, payload: Json) -> Json:
    return {"idTagInfo": charger.badge_reader.authorize(required_id_tag(payload), None)}


async def _start_transaction(charger: Charger, payload: Json) -> Json:
    request = read_start_transaction(payload)
    connector = _connector(charger, request.connector)
    begins = started_session(request, charger.identity)
    session, is_new = await charger.shared.journal.begin(begins)
    reader = charger.badge_reader
    answer_badge = reader.authorize if is_new else reader.id_tag_info
    id_tag_info = answer_badge(request.id_tag, connector.number)
    if id_tag_info["status"] is not AuthorizationStatus.ACCEPTED:
        connector.sessions.refuse(session)
    connector.session_begun(session)
    charger.reservations.use(connector.number, request.id_tag, request.reservation_id)
    return start_answer(session, id_tag_info)


async def _stop_transaction(charger: Charger, payload: Json) -> Json:
    request = read_stop_transaction(payload, charger.product.units)
    journal = charger.shared.journal
    known = await journal.get(request.transaction_id)
    running = _running(charger)
    session = session_to_stop(
        request, charger.identity, known, running, len(charger.connectors)
    )
    id_tag = request.id_tag
    id_tag_info = charger.badge_reader.id_tag_info(id_tag) if id_tag else None
    outcome = stop_transaction(request, session, id_tag_info)
    if outcome.session is not None:
        await journal.end(outcome.session, request.data.signed)
        charger.connector(outcome.session.connector).session_ended(outcome.session)
    elif known is not None and known.id in [each.session.id for each in running]:
        charger.connector(known.connector).session_ended(known)
    return outcome.answer


def _running(charger: Charger) -> list[Running]:
    """Return the sessions that run on a charger."""
    return [
        Running(
            session=session,
            called=connector.sessions.called,
            goes_on=connector.status is not None and connector.status.in_transaction,
        )
        for connector in charger.connectors.values()
        if (session := connector.sessions.running) is not None
    ]


def _data_transfer(charger: Charger, payload: Json) -> Json:
    vendor_id = required_text(payload, "vendorId").casefold()
    message_id = optional_text(payload, "messageId") or ""
    if vendor_id == plug_and_charge.VENDOR_ID:
        return plug_and_charge.data_transfer_answer(
            charger.badge_reader, message_id, payload.get("data")
        )
    known = charger.product.data_transfers
    if vendor_id not in (transfer.vendor_id.casefold() for transfer in known):
        return {"status": "UnknownVendorId"}
    transfer = charger.product.data_transfer(Direction.FROM_CHARGER, message_id)
    if transfer is None:
        return {"status": "UnknownMessageId"}
    data = _by_plain_name(unwrap(payload.get("data")))
    number = optional_integer(data, "connectorid")
    connector = _connector(charger, 1 if number is None else number)
    state = data.get("state")
    if not isinstance(state, bool) and optional_text(data, "state") is None:
        return {"status": "Rejected"}
    detected = str(state).strip().casefold() in _DETECTED
    connector.report_vehicle_detected(detected=detected)
    return {"status": "Accepted"}


def _by_plain_name(data: Json) -> Json:
    """Return members by their names without case and blanks, as guides print them."""
    return {"".join(name.split()).casefold(): value for name, value in data.items()}


def _firmware_status(charger: Charger, payload: Json) -> Json:
    charger.report_firmware_status(_parse(FirmwareStatus, payload, "status"))
    return {}


def _diagnostics_status(charger: Charger, payload: Json) -> Json:
    charger.report_diagnostics_status(_parse(DiagnosticsStatus, payload, "status"))
    return {}


def _security_event(charger: Charger, payload: Json) -> Json:
    event = required_text(payload, "type")
    charger.security_event.send(event, optional_text(payload, "techInfo"))
    return {}


async def _sign_certificate(charger: Charger, payload: Json) -> Json:
    request = required_lines(payload, "csr", _MAX_REQUEST_LENGTH)
    if (sign := charger.shared.sign_request) is None:
        return {"status": "Rejected"}
    try:
        certificate = await sign(charger.identity, request)
    except CertificateError as error:
        _LOGGER.debug("%s: %s", charger.identity, error)
        return {"status": "Rejected"}
    charger.link.spawn(_send_certificate(charger, certificate))
    return {"status": "Accepted"}


async def _send_certificate(charger: Charger, certificate: str) -> None:
    try:
        await charger.link.command(
            "CertificateSigned", {"certificateChain": certificate}
        )
    except ChargerError as error:
        _LOGGER.warning("%s did not accept its certificate: %s", charger.name, error)


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
    if (connector := charger.connectors.get(number)) is not None:
        return connector
    if not 1 <= number <= charger.product.connectors:
        raise InvalidCallError(
            CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION,
            f"There is no connector {number}",
        )
    return charger.connector(number)


def _parse[StateT: OcppState](state: type[StateT], payload: Json, name: str) -> StateT:
    member = state.parse(required_text(payload, name))
    if member is None:
        raise InvalidCallError(
            CallErrorCode.PROPERTY_CONSTRAINT_VIOLATION, f"{name} is unknown"
        )
    return member
