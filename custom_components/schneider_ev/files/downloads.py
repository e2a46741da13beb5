"""Downloads: chargers get files from Home Assistant's folders, each at a one-time URL."""

from datetime import datetime, timedelta
from pathlib import Path
import re
from typing import Final, override

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest
from yarl import URL

from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.core import HomeAssistant
from homeassistant.core_config import Config
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from ..central_system.charge_point import Charger
from ..const import DOMAIN
from .one_time_url import TOKEN, OneTimeUrl, async_find_one_time_url

LIFETIME: Final = timedelta(hours=24)

_SCHEMES = frozenset({"ftp", "ftps", "http", "https", "sftp"})

FIRMWARE: Final = frozenset(
    {
        ".7z",
        ".bin",
        ".bz2",
        ".cpio",
        ".deb",
        ".epk",
        ".fw",
        ".gz",
        ".hex",
        ".img",
        ".ipk",
        ".pkg",
        ".raucb",
        ".rom",
        ".sedp",
        ".swu",
        ".tgz",
        ".upd",
        ".xz",
        ".zip",
    }
)
IMAGES: Final = frozenset({".png"})
"""The files that chargers get, by what their names end in: no text, key or database.

Home Assistant's backups end in .tar.
"""

_FOLDERS = ("www", DOMAIN)
"""Folders in the configuration folder whose files chargers may get."""


class Download(OneTimeUrl):
    """A one-time URL at which a charger downloads a file."""

    kind = "download"

    def __init__(
        self,
        hass: HomeAssistant,
        path: Path,
        name: str | None = None,
        not_before: datetime | None = None,
    ) -> None:
        """Serve a file, if given under another name.

        The URL expires a day after the charger may download the file.
        """
        self.path = path
        self.name = name or path.name
        begin = max(dt_util.utcnow(), dt_util.as_utc(not_before or dt_util.utcnow()))
        super().__init__(hass, begin + LIFETIME, self.name)


def is_url(location: str) -> bool:
    """Tell whether a location is a URL of a scheme that chargers transfer files by."""
    try:
        return URL(location).scheme in _SCHEMES
    except ValueError:
        return False


def check_protocol(charger: Charger, url: str) -> None:
    """Check that a charger can transfer files by the scheme of a URL.

    It says so itself, or its product's guide does. Raises ServiceValidationError.
    """
    reported = charger.configuration.value("SupportedFileTransferProtocols") or ""
    known = (
        set(re.findall(r"\w+", reported.casefold())) or charger.product.file_transfers
    )
    scheme = url.partition("://")[0].casefold()
    if known and scheme in _SCHEMES and scheme not in known:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="file_transfer_not_supported",
            translation_placeholders={
                "product": charger.product.name,
                "protocols": ", ".join(sorted(known)).upper(),
                "protocol": scheme.upper(),
            },
        )


def find_file(config: Config, location: str, kinds: frozenset[str]) -> Path:
    """Return the path of a file that chargers may get; this blocks.

    It is in a media folder of Home Assistant or in one of `_FOLDERS`, wherever links
    lead, and its name ends in one of `kinds`. A relative path begins in the
    configuration folder. Raises ServiceValidationError otherwise.
    """
    is_offered = is_kind = True
    try:
        path = Path(config.path(location)).resolve()
        is_offered = any(path.is_relative_to(folder) for folder in _folders(config))
        is_kind = path.suffix.casefold() in kinds
        if is_offered and is_kind and path.is_file():
            return path
    except OSError, ValueError:
        pass
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=(
            "file_not_allowed"
            if not is_offered
            else "file_not_found"
            if is_kind
            else "file_kind"
        ),
        translation_placeholders={"file": location, "kinds": ", ".join(sorted(kinds))},
    )


def _folders(config: Config) -> list[Path]:
    """Return the folders whose files chargers may get, wherever links lead."""
    folders = (*config.media_dirs.values(), *map(config.path, _FOLDERS))
    return [Path(folder).resolve() for folder in folders]


class DownloadView(HomeAssistantView):
    """Serves files at one-time URLs."""

    url = f"/api/{DOMAIN}/{Download.kind}/{TOKEN}/{{name}}"
    name = f"api:{DOMAIN}:download"
    requires_auth = False

    async def get(
        self, request: web.Request, token: str, name: str
    ) -> web.StreamResponse:
        """Return the file, or the range of it that the request asks for."""
        download = async_find_one_time_url(request.app[KEY_HASS], Download, token)
        if name != download.name:
            raise web.HTTPNotFound
        return _DownloadResponse(download)

    head = get


class _DownloadResponse(web.FileResponse):
    """A response with a file, which closes the one-time URL once its end was sent."""

    def __init__(self, download: Download) -> None:
        super().__init__(download.path)
        self._download = download

    @override
    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        writer = await super().prepare(request)
        if request.method == hdrs.METH_GET and self._has_reached_the_end:
            self._download.close()
        return writer

    @property
    def _has_reached_the_end(self) -> bool:
        content_range = re.fullmatch(
            r"bytes \d+-(\d+)/(\d+)", self.headers.get(hdrs.CONTENT_RANGE, "")
        )
        if content_range is None:
            return self.status == web.HTTPOk.status_code
        last, size = map(int, content_range.groups())
        return last + 1 == size
