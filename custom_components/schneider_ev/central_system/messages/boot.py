"""BootNotification: vendor, model, serial number and firmware of a charger."""

from contextlib import suppress
from dataclasses import dataclass

from .errors import InvalidCallError
from .payload import Json, optional_text, text_or_empty


@dataclass(frozen=True, kw_only=True, slots=True)
class BootInfo:
    """The members of a BootNotification that the central system uses.

    `vendor` and `model` are empty where the charger leaves them so.
    """

    vendor: str
    model: str
    serial_number: str | None = None
    firmware_version: str | None = None


def read_boot_info(payload: Json) -> BootInfo:
    """Read a BootNotification; serial numbers longer than OCPP allows are accepted.

    Raises InvalidCallError if the vendor or the model is missing.
    """
    return BootInfo(
        vendor=text_or_empty(payload, "chargePointVendor"),
        model=text_or_empty(payload, "chargePointModel"),
        serial_number=_detail(payload, "chargePointSerialNumber")
        or _detail(payload, "chargeBoxSerialNumber"),
        firmware_version=_detail(payload, "firmwareVersion"),
    )


def _detail(payload: Json, name: str) -> str | None:
    """Return a member that no charger is refused for."""
    with suppress(InvalidCallError):
        return optional_text(payload, name)
    return None
