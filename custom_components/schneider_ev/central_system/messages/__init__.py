"""OCPP messages: enumerations, payloads and errors."""

from .enums import (
    ChargePointErrorCode,
    ChargePointStatus,
    DiagnosticsStatus,
    FirmwareStatus,
)
from .errors import (
    CannotListenError,
    CertificateError,
    ChargerCallError,
    ChargerError,
    ChargerOfflineError,
    ChargerRefusedError,
    ChargerTimeoutError,
    InvalidCallError,
    InvalidCommandError,
)
from .faults import CLASS_FAULTS
from .payload import Json, format_timestamp, plain, read_status
from .readings import CURRENTS_BY_PHASE, POWERS_BY_PHASE, VOLTAGES_BY_PHASE
from .security_events import SECURITY_EVENTS

__all__ = [
    "CLASS_FAULTS",
    "CURRENTS_BY_PHASE",
    "POWERS_BY_PHASE",
    "SECURITY_EVENTS",
    "VOLTAGES_BY_PHASE",
    "CannotListenError",
    "CertificateError",
    "ChargePointErrorCode",
    "ChargePointStatus",
    "ChargerCallError",
    "ChargerError",
    "ChargerOfflineError",
    "ChargerRefusedError",
    "ChargerTimeoutError",
    "DiagnosticsStatus",
    "FirmwareStatus",
    "InvalidCallError",
    "InvalidCommandError",
    "Json",
    "format_timestamp",
    "plain",
    "read_status",
]
