"""The operations of OCPP 1.6 as actions: a table of their fields and defaults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import randrange
from typing import Any

import voluptuous as vol

from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util

from ..central_system.charge_point import Charger
from ..central_system.charging import (
    ProfileTarget,
    check_remote_start,
    complete_profile,
)
from ..files.operation_files import DownloadedFile, OperationFile, UploadedFile
from .connectors import (
    CONNECTOR_ID,
    given_number,
    number_or_only,
    number_or_station,
    one_number,
    one_transaction,
)
from .payload import camel_case, request_payload
from .rights import Right, administrators, household
from .validation import point_in_time, whole_number

type Fields = Mapping[vol.Marker, Any]
type Default = Callable[[Charger, int | None], Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """An operation that a central system can start.

    `fields` are the members of its request, in snake case. `defaults` return what a
    field is if it is left out or empty, by the charger and the number of the connector
    that the call names; None leaves it out. `accepted` are the statuses, beside
    Accepted, that mean success. `complete` adds what the request lacks, and raises
    InvalidCommandError if the product does not take it. `file` is the file that the
    charger uploads or downloads. `right` is who may perform it.
    """

    action: str
    right: Right = household
    fields: Fields = field(default_factory=dict)
    defaults: Mapping[str, Default] = field(default_factory=dict)
    accepted: frozenset[str] = frozenset()
    complete: Callable[[ProfileTarget, dict[str, Any]], None] | None = None
    file: OperationFile | None = None

    def request(
        self, charger: Charger, number: int | None, data: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the payload of the request; `number` is that of the named connector."""
        fields = {name: value for name, value in data.items() if value != ""}
        for name, default in self.defaults.items():
            if name not in fields and (value := default(charger, number)) is not None:
                fields[name] = value
        request = request_payload(fields, camel_case)
        if self.complete is not None:
            self.complete(charger.limits.profile_target(), request)
        return request


def _remote_id_tag(charger: Charger, _number: int | None) -> str:
    return charger.shared.badges.remote_id_tag


def _new_request_id(_charger: Charger, _number: int | None) -> int:
    return randrange(1, 2**31)


def _now(_charger: Charger, _number: int | None) -> datetime:
    return dt_util.utcnow()


def _read_members(value: Any, name: str = "") -> Any:
    """Validate the times and texts in an object, at any depth.

    Texts that look like a number come from templates as numbers.
    """
    match value:
        case Mapping():
            return {
                member: _read_members(item, camel_case(str(member)))
                for member, item in value.items()
            }
        case list():
            return [_read_members(item) for item in value]
        case _ if name in _TIMES:
            return point_in_time(value)
        case int() if name in _TEXTS:
            return str(value)
        case _:
            return value


_CONNECTOR: Fields = {vol.Optional(CONNECTOR_ID): vol.All(whole_number, vol.Range(1))}
_CONNECTOR_OR_STATION: Fields = {
    vol.Optional(CONNECTOR_ID): vol.All(whole_number, vol.Range(0))
}
_RETRIES: Fields = {
    vol.Optional("retries"): vol.All(whole_number, vol.Range(0)),
    vol.Optional("retry_interval"): vol.All(whole_number, vol.Range(0)),
}
_TIMES = frozenset({"expiryDate", "startSchedule", "validFrom", "validTo"})
_TEXTS = frozenset(
    {"idTag", "issuerKeyHash", "issuerNameHash", "parentIdTag", "serialNumber"}
)
_OBJECT = vol.All(vol.Schema({str: object}), _read_members)
_LOG = vol.Schema(
    {
        vol.Optional("remote_location"): cv.string,
        vol.Optional("oldest_timestamp"): point_in_time,
        vol.Optional("latest_timestamp"): point_in_time,
    }
)
_FIRMWARE = vol.Schema(
    {
        vol.Required("location"): cv.string,
        vol.Optional("retrieve_date_time", default=dt_util.utcnow): point_in_time,
        vol.Optional("install_date_time"): point_in_time,
        vol.Required("signing_certificate"): cv.string,
        vol.Required("signature"): cv.string,
    }
)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        action="CancelReservation",
        fields={vol.Required("reservation_id"): whole_number},
    ),
    Operation(
        action="ChangeAvailability",
        fields={
            **_CONNECTOR_OR_STATION,
            vol.Required("type"): vol.In(["Operative", "Inoperative"]),
        },
        defaults={CONNECTOR_ID: number_or_station},
        accepted=frozenset({"Scheduled"}),
    ),
    Operation(action="ClearCache", right=administrators),
    Operation(
        action="ClearChargingProfile",
        fields={
            **_CONNECTOR_OR_STATION,
            vol.Optional("id"): whole_number,
            vol.Optional("charging_profile_purpose"): cv.string,
            vol.Optional("stack_level"): vol.All(whole_number, vol.Range(0)),
        },
        defaults={CONNECTOR_ID: given_number},
    ),
    Operation(
        action="DataTransfer",
        right=administrators,
        fields={
            vol.Required("vendor_id"): cv.string,
            vol.Optional("message_id"): cv.string,
            vol.Optional("data"): cv.string,
        },
    ),
    Operation(
        action="DeleteCertificate",
        right=administrators,
        fields={vol.Required("certificate_hash_data"): _OBJECT},
    ),
    Operation(
        action="ExtendedTriggerMessage",
        right=administrators,
        fields={vol.Required("requested_message"): cv.string, **_CONNECTOR},
        defaults={CONNECTOR_ID: given_number},
    ),
    Operation(
        action="GetCompositeSchedule",
        fields={
            **_CONNECTOR_OR_STATION,
            vol.Required("duration"): vol.All(whole_number, vol.Range(0)),
            vol.Optional("charging_rate_unit"): vol.In(["A", "W"]),
        },
        defaults={CONNECTOR_ID: number_or_station},
    ),
    Operation(
        action="GetDiagnostics",
        right=administrators,
        fields={
            vol.Optional("location"): cv.string,
            **_RETRIES,
            vol.Optional("start_time"): point_in_time,
            vol.Optional("stop_time"): point_in_time,
        },
        file=UploadedFile(location="location"),
    ),
    Operation(
        action="GetInstalledCertificateIds",
        fields={vol.Required("certificate_type"): cv.string},
    ),
    Operation(action="GetLocalListVersion"),
    Operation(
        action="GetLog",
        right=administrators,
        fields={
            vol.Optional("log"): _LOG,
            vol.Required("log_type"): vol.In(["DiagnosticsLog", "SecurityLog"]),
            vol.Optional("request_id"): whole_number,
            **_RETRIES,
        },
        defaults={"request_id": _new_request_id},
        accepted=frozenset({"AcceptedCanceled"}),
        file=UploadedFile(location="remote_location", within="log"),
    ),
    Operation(
        action="InstallCertificate",
        right=administrators,
        fields={
            vol.Required("certificate_type"): cv.string,
            vol.Required("certificate"): cv.string,
        },
    ),
    Operation(
        action="RemoteStartTransaction",
        fields={
            **_CONNECTOR,
            vol.Optional("id_tag"): cv.string,
            vol.Optional("charging_profile"): _OBJECT,
        },
        defaults={CONNECTOR_ID: number_or_only, "id_tag": _remote_id_tag},
        complete=check_remote_start,
    ),
    Operation(
        action="RemoteStopTransaction",
        fields={vol.Optional("transaction_id"): whole_number},
        defaults={"transaction_id": one_transaction},
    ),
    Operation(
        action="ReserveNow",
        fields={
            **_CONNECTOR_OR_STATION,
            vol.Required("expiry_date"): point_in_time,
            vol.Required("id_tag"): cv.string,
            vol.Optional("parent_id_tag"): cv.string,
            vol.Required("reservation_id"): whole_number,
        },
        defaults={CONNECTOR_ID: number_or_station},
    ),
    Operation(action="Reset", fields={vol.Required("type"): vol.In(["Hard", "Soft"])}),
    Operation(
        action="SendLocalList",
        right=administrators,
        fields={
            vol.Required("list_version"): vol.All(whole_number, vol.Range(1)),
            vol.Required("update_type"): vol.In(["Differential", "Full"]),
            vol.Optional("local_authorization_list"): [_OBJECT],
        },
    ),
    Operation(
        action="SetChargingProfile",
        fields={**_CONNECTOR_OR_STATION, vol.Required("cs_charging_profiles"): _OBJECT},
        defaults={CONNECTOR_ID: given_number},
        complete=complete_profile,
    ),
    Operation(
        action="SignedUpdateFirmware",
        right=administrators,
        fields={
            vol.Optional("request_id"): whole_number,
            vol.Required("firmware"): _FIRMWARE,
            **_RETRIES,
        },
        defaults={"request_id": _new_request_id},
        accepted=frozenset({"AcceptedCanceled"}),
        file=DownloadedFile(
            location="location", within="firmware", not_before="retrieve_date_time"
        ),
    ),
    Operation(
        action="TriggerMessage",
        fields={vol.Required("requested_message"): cv.string, **_CONNECTOR},
        defaults={CONNECTOR_ID: given_number},
    ),
    Operation(
        action="UnlockConnector",
        fields={**_CONNECTOR},
        defaults={CONNECTOR_ID: one_number},
        accepted=frozenset({"Unlocked"}),
    ),
    Operation(
        action="UpdateFirmware",
        right=administrators,
        fields={
            vol.Required("location"): cv.string,
            vol.Optional("retrieve_date"): point_in_time,
            **_RETRIES,
        },
        defaults={"retrieve_date": _now},
        file=DownloadedFile(location="location", not_before="retrieve_date"),
    ),
)
