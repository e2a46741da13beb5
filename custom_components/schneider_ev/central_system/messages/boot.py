"""BootNotification: vendor, model, serial number and firmware of a charger."""

from dataclasses import dataclass

from .payload import Json, optional_text, required_text


@dataclass(frozen=True, kw_only=True, slots=True)
class BootInfo:
    """The members of a BootNotification that the central system uses."""

    vendor: str
    model: str
    serial_number: str | None = None
    firmware_version: str | None = None


def read_boot_info(payload: Json) -> BootInfo:
    """Read a BootNotification; serial numbers longer than OCPP allows are accepted.

    Raises InvalidCallError if the vendor or the model is missing.
    """
    return BootInfo(
        vendor=required_text(payload, "chargePointVendor"),
        model=required_text(payload, "chargePointModel"),
        serial_number=optional_text(payload, "chargePointSerialNumber")
        or optional_text(payload, "chargeBoxSerialNumber"),
        firmware_version=optional_text(payload, "firmwareVersion"),
    )
