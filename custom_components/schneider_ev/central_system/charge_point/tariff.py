"""The picture of the tariff: DataTransfer TariffDownload."""

from typing import TYPE_CHECKING, Final

import orjson

from ..messages.enums import FirmwareStatus
from ..messages.errors import InvalidCallError
from ..messages.payload import optional_text, unwrap

if TYPE_CHECKING:
    from .charger import Charger

TARIFF_DOWNLOAD: Final = "TariffDownload"


async def send_tariff_image(charger: Charger, location: str, size: int) -> str | None:
    """Have a charger fetch a picture of so many bytes; return what it says of that.

    Raises InvalidCommandError where the product shows none, ChargerError where the
    charger refuses.
    """
    message = {"fileType": "Tariff", "type": "file", "location": location, "size": size}
    answer = await charger.transfer(TARIFF_DOWNLOAD, orjson.dumps(message).decode())
    try:
        return optional_text(unwrap(answer.get("data")), "downloadStatus")
    except InvalidCallError:
        return None


def has_failed(status: str | None) -> bool:
    """Tell whether a charger says that it could not fetch the picture."""
    return FirmwareStatus.parse(status or "") is FirmwareStatus.DOWNLOAD_FAILED
