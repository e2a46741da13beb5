"""The enumerations of OCPP 1.6 that the central system uses."""

from enum import StrEnum
import re
from typing import Self, override


class RegistrationStatus(StrEnum):
    """The answer to a BootNotification (OCPP RegistrationStatus)."""

    ACCEPTED = "Accepted"
    PENDING = "Pending"


class OcppState(StrEnum):
    """An OCPP status: names as in OCPP, values as the states in Home Assistant."""

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the member with an OCPP name, ignoring case; None if unknown."""
        folded = text.replace("_", "").upper()
        return next(
            (member for member in cls if member.name.replace("_", "") == folded), None
        )


class ChargePointStatus(OcppState):
    """The status of a connector (OCPP ChargePointStatus)."""

    AVAILABLE = "available"
    PREPARING = "preparing"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    FINISHING = "finishing"
    RESERVED = "reserved"
    UNAVAILABLE = "out_of_service"  # "unavailable" is Home Assistant's own state
    FAULTED = "faulted"

    @property
    def plugged(self) -> bool | None:
        """Whether a vehicle is connected; None if the status does not say."""
        return None if self in _PLUGGED_UNKNOWN else self in _PLUGGED

    @property
    def in_transaction(self) -> bool:
        """Whether a connector has this status only while a transaction runs."""
        return self in _IN_TRANSACTION


_IN_TRANSACTION = frozenset(
    {
        ChargePointStatus.CHARGING,
        ChargePointStatus.SUSPENDED_EV,
        ChargePointStatus.SUSPENDED_EVSE,
    }
)
_PLUGGED_UNKNOWN = frozenset({ChargePointStatus.FAULTED, ChargePointStatus.UNAVAILABLE})
_PLUGGED = _IN_TRANSACTION | {
    ChargePointStatus.PREPARING,
    ChargePointStatus.FINISHING,
}


class ChargePointErrorCode(OcppState):
    """The error code of a StatusNotification (OCPP ChargePointErrorCode)."""

    NO_ERROR = "no_error"
    CONNECTOR_LOCK_FAILURE = "connector_lock_failure"
    EV_COMMUNICATION_ERROR = "ev_communication_error"
    GROUND_FAILURE = "ground_failure"
    HIGH_TEMPERATURE = "high_temperature"
    INTERNAL_ERROR = "internal_error"
    LOCAL_LIST_CONFLICT = "local_list_conflict"
    OTHER_ERROR = "other_error"
    OVER_CURRENT_FAILURE = "over_current_failure"
    OVER_VOLTAGE = "over_voltage"
    POWER_METER_FAILURE = "power_meter_failure"
    POWER_SWITCH_FAILURE = "power_switch_failure"
    READER_FAILURE = "reader_failure"
    RESET_FAILURE = "reset_failure"
    UNDER_VOLTAGE = "under_voltage"
    WEAK_SIGNAL = "weak_signal"


class FirmwareStatus(OcppState):
    """The state of a firmware update (OCPP FirmwareStatus, with the security white paper)."""

    IDLE = "idle"
    DOWNLOADING = "downloading"
    DOWNLOADED = "downloaded"
    DOWNLOAD_FAILED = "download_failed"
    DOWNLOAD_SCHEDULED = "download_scheduled"
    DOWNLOAD_PAUSED = "download_paused"
    INSTALLING = "installing"
    INSTALLED = "installed"
    INSTALLATION_FAILED = "installation_failed"
    INSTALL_REBOOTING = "install_rebooting"
    INSTALL_SCHEDULED = "install_scheduled"
    INSTALL_VERIFICATION_FAILED = "install_verification_failed"
    INVALID_SIGNATURE = "invalid_signature"
    SIGNATURE_VERIFIED = "signature_verified"

    @property
    def in_progress(self) -> bool:
        """Whether the charger is downloading or installing firmware."""
        return self in _IN_PROGRESS

    @property
    def is_final(self) -> bool:
        """Whether the update is over: installed, failed, or none was requested."""
        return self in _FINAL


_IN_PROGRESS = frozenset(
    {
        FirmwareStatus.DOWNLOADING,
        FirmwareStatus.DOWNLOADED,
        FirmwareStatus.DOWNLOAD_PAUSED,
        FirmwareStatus.SIGNATURE_VERIFIED,
        FirmwareStatus.INSTALLING,
        FirmwareStatus.INSTALL_REBOOTING,
    }
)
_FINAL = frozenset(
    {
        FirmwareStatus.IDLE,
        FirmwareStatus.DOWNLOAD_FAILED,
        FirmwareStatus.INSTALLED,
        FirmwareStatus.INSTALLATION_FAILED,
        FirmwareStatus.INSTALL_VERIFICATION_FAILED,
        FirmwareStatus.INVALID_SIGNATURE,
    }
)


class DiagnosticsStatus(OcppState):
    """The state of an upload (OCPP DiagnosticsStatus and UploadLogStatus).

    A failed upload is UploadFailed for diagnostics and UploadFailure for a log.
    """

    IDLE = "idle"
    UPLOADING = "uploading"
    UPLOADED = "uploaded"
    UPLOAD_FAILED = "upload_failed"
    BAD_MESSAGE = "bad_message"
    NOT_SUPPORTED_OPERATION = "not_supported_operation"
    PERMISSION_DENIED = "permission_denied"

    @classmethod
    @override
    def parse(cls, text: str) -> Self | None:
        """Return the member with an OCPP name; UploadFailure is UPLOAD_FAILED."""
        return super().parse(re.sub("failure$", "Failed", text, flags=re.IGNORECASE))
