"""Vendor messages to a charger (DataTransfer): Locate, CostUpdated, TariffDownload."""

from collections.abc import Callable
from typing import Final

import orjson

from ...products.model import Direction, Product
from ..messages.enums import FirmwareStatus
from ..messages.errors import (
    ChargerOfflineError,
    ChargerRefusedError,
    InvalidCallError,
    InvalidCommandError,
)
from ..messages.payload import Json, optional_text, read_status, unwrap
from .link import Link

COST_UPDATED: Final = "CostUpdated"
LOCATE: Final = "Locate"
TARIFF_DOWNLOAD: Final = "TariffDownload"


class VendorMessages:
    """Sends the vendor messages that the product's guide describes.

    All raise InvalidCommandError where the product has no such message, and
    ChargerError where the charger is offline or refuses.
    """

    def __init__(self, link: Link, product: Callable[[], Product]) -> None:
        """Prepare to send."""
        self._link = link
        self._product = product

    async def locate(self) -> None:
        """Have the charger show where it is."""
        await self._transfer(LOCATE)

    async def display_cost(
        self, connector: int, transaction_id: int, cost: float, currency: str
    ) -> None:
        """Show on the charger's screen what the running session costs so far."""
        message = {
            "currency": currency,
            "method": COST_UPDATED,
            "connectID": connector,
            "totalCost": round(cost, 2),
            "transactionId": transaction_id,
        }
        await self._transfer(COST_UPDATED, orjson.dumps(message).decode())

    async def send_tariff_image(self, location: str, size: int) -> str | None:
        """Have the charger fetch a picture of `size` bytes; return its downloadStatus."""
        message = {
            "fileType": "Tariff",
            "type": "file",
            "location": location,
            "size": size,
        }
        answer = await self._transfer(TARIFF_DOWNLOAD, orjson.dumps(message).decode())
        try:
            return optional_text(unwrap(answer.get("data")), "downloadStatus")
        except InvalidCallError:
            return None

    async def _transfer(self, message_id: str, data: str | None = None) -> Json:
        """Send a vendor message, with the guide's data or with others."""
        if not self._link.is_connected:
            raise ChargerOfflineError
        product = self._product()
        transfer = product.data_transfer(Direction.TO_CHARGER, message_id)
        if transfer is None:
            raise InvalidCommandError(
                "operation_not_supported", action=message_id, product=product.name
            )
        answer = await self._link.call(
            "DataTransfer",
            {
                "vendorId": transfer.vendor_id,
                "messageId": transfer.message_id,
                "data": transfer.data if data is None else data,
            },
        )
        if (status := read_status(answer)) != "Accepted":
            raise ChargerRefusedError(message_id, status)
        return answer


def has_failed(status: str | None) -> bool:
    """Tell whether a downloadStatus says that the picture could not be fetched."""
    return FirmwareStatus.parse(status or "") is FirmwareStatus.DOWNLOAD_FAILED
