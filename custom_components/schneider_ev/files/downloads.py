"""Files in Home Assistant's folders that chargers fetch, each from a one-time address."""

from datetime import datetime, timedelta
from fnmatch import fnmatchcase
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

from ..const import DOMAIN
from .one_time_url import TOKEN, Address, async_find_address

LIFETIME: Final = timedelta(hours=24)

_SCHEMES = frozenset({"ftp", "ftps", "http", "https", "sftp"})

_PRIVATE_FOLDERS = (".*", "backups")
_PRIVATE_FILES = (
    ".*",
    "*.db",
    "*.db[-.]*",
    "*.key",
    "*.log",
    "*.log.*",
    "*.pem",
    "*.yaml",
    "*.yml",
)
"""What is nobody's business but Home Assistant's, in whatever folder it lies."""


class Download(Address):
    """Where a charger fetches one file, once."""

    kind = "download"

    def __init__(
        self,
        hass: HomeAssistant,
        path: Path,
        name: str | None = None,
        not_before: datetime | None = None,
    ) -> None:
        """Serve a file, under another name if there is one, for a day.

        The day begins when the charger may fetch the file.
        """
        self.path = path
        self.name = name or path.name
        begin = max(dt_util.utcnow(), dt_util.as_utc(not_before or dt_util.utcnow()))
        super().__init__(hass, begin + LIFETIME, self.name)


def is_url(location: str) -> bool:
    """Tell whether a location is a URL by which chargers transfer files."""
    try:
        return URL(location).scheme in _SCHEMES
    except ValueError:
        return False


def find_file(config: Config, location: str) -> Path:
    """Return the file in Home Assistant's folders that a path means; this blocks.

    A relative path begins in the configuration folder. Raises ServiceValidationError
    where there is no such file, or where it is none that may leave the house.
    """
    try:
        path = Path(config.path(location)).resolve()
        if not _is_public(config, path):
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="file_not_allowed",
                translation_placeholders={"file": location},
            )
        if path.is_file():
            return path
    except OSError, ValueError:
        pass
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="file_not_found",
        translation_placeholders={"file": location},
    )


def _is_public(config: Config, path: Path) -> bool:
    """Tell whether a file may be served, by the folders that it lies in."""
    roots = {
        Path(root).resolve()
        for root in (
            config.config_dir,
            *config.media_dirs.values(),
            *config.allowlist_external_dirs,
        )
    }
    within = [path.relative_to(root) for root in roots if path.is_relative_to(root)]
    return bool(within) and not any(
        _matches(relative.name, _PRIVATE_FILES)
        or any(_matches(folder, _PRIVATE_FOLDERS) for folder in relative.parts[:-1])
        for relative in within
    )


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name.casefold(), pattern) for pattern in patterns)


class DownloadView(HomeAssistantView):
    """Serves files at one-time addresses."""

    url = f"/api/{DOMAIN}/{Download.kind}/{TOKEN}/{{name}}"
    name = f"api:{DOMAIN}:download"
    requires_auth = False

    async def get(
        self, request: web.Request, token: str, name: str
    ) -> web.StreamResponse:
        """Return the file, or a part of it."""
        download = async_find_address(request.app[KEY_HASS], Download, token)
        if name != download.name:
            raise web.HTTPNotFound
        return _Delivery(download)

    head = get


class _Delivery(web.FileResponse):
    """Delivers a file; with its end delivered the address is closed."""

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
