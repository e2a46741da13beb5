"""What a charger says of itself when it boots."""

from dataclasses import dataclass

from .payload import Json, optional_text, required_text


@dataclass(frozen=True, kw_only=True, slots=True)
class BootInfo:
    """The members of a BootNotification that anyone looks at."""

    vendor: str
    model: str
    serial_number: str | None = None
    firmware_version: str | None = None


def read_boot_info(payload: Json) -> BootInfo:
    """Read a BootNotification, however long its serial numbers are.

    Raises InvalidCallError where it names no vendor or no model.
    """
    return BootInfo(
        vendor=required_text(payload, "chargePointVendor"),
        model=required_text(payload, "chargePointModel"),
        serial_number=optional_text(payload, "chargePointSerialNumber")
        or optional_text(payload, "chargeBoxSerialNumber"),
        firmware_version=optional_text(payload, "firmwareVersion"),
    )
