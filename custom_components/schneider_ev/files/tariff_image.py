"""The tariff image of chargers with a screen: checked, then served to the charger."""

from contextlib import nullcontext
from math import ceil
from pathlib import Path

from PIL import Image
from yarl import URL

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError

from ..central_system.charge_point import TARIFF_DOWNLOAD, Charger, has_failed
from ..central_system.messages import InvalidCommandError
from ..const import DOMAIN
from ..products.model import TariffImage
from .downloads import IMAGES, Download, check_protocol, find_file, is_url


async def async_send_tariff_image(
    hass: HomeAssistant, charger: Charger, location: str, size: int | None
) -> str | None:
    """Have a charger download an image; return its download status, if it tells one.

    `location` is a file in Home Assistant's folders or a URL; `size` is that of an image
    at a URL, in bytes. Raises ServiceValidationError or InvalidCommandError if the
    product does not take the image, ChargerError if the charger refuses.
    """
    if (wanted := charger.product.tariff_image) is None:
        raise InvalidCommandError(
            "operation_not_supported",
            action=TARIFF_DOWNLOAD,
            product=charger.product.name,
        )
    download = None
    if is_url(location):
        check_protocol(charger, location)
        size = size or wanted.maximum_size
        _check_name(URL(location).name, wanted)
        _check_size(size, wanted)
    else:
        path = await hass.async_add_executor_job(
            find_file, hass.config, location, IMAGES
        )
        size = await hass.async_add_executor_job(check_image, path, wanted)
        download = Download(hass, path, wanted.file_name)
        location = download.url
    with download or nullcontext():
        status = await charger.vendor_messages.send_tariff_image(location, size)
        if download is not None and not has_failed(status):
            download.confirm({})
    return status


def check_image(path: Path, wanted: TariffImage) -> int:
    """Return the size of an image in bytes; this blocks.

    Raises ServiceValidationError if the product does not take it.
    """
    size = path.stat().st_size
    _check_size(size, wanted)
    try:
        with Image.open(path, formats=["PNG"]) as image:
            width, height = image.size
            image.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="tariff_image_not_png",
            translation_placeholders={"file": path.name},
        ) from error
    if not wanted.has_ratio(width, height):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="tariff_image_ratio",
            translation_placeholders={
                "size": f"{width} × {height}",
                "ratio": ":".join(map(str, wanted.ratio)),
                "best": _best_sizes(wanted),
            },
        )
    return size


def _check_name(name: str, wanted: TariffImage) -> None:
    if name != wanted.file_name:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="tariff_image_name",
            translation_placeholders={"name": wanted.file_name},
        )


def _check_size(size: int, wanted: TariffImage) -> None:
    if size > wanted.maximum_size:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="tariff_image_too_large",
            translation_placeholders={
                "size": f"{ceil(size / 1024):,}",
                "maximum": f"{wanted.maximum_size // 1024:,}",
                "best": _best_sizes(wanted),
            },
        )


def _best_sizes(wanted: TariffImage) -> str:
    return ", ".join(
        f"{width} × {height} ({model})"
        for model, (width, height) in wanted.best_sizes.items()
    )
