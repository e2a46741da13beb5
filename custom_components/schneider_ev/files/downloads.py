"""Downloads: chargers get files from Home Assistant's folders, each at a one-time URL."""

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
from .one_time_url import TOKEN, OneTimeUrl, async_find_one_time_url

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
"""Names of files that are never served, in whatever folder they are."""


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


def find_file(config: Config, location: str) -> Path:
    """Return the path of a file in Home Assistant's folders; this blocks.

    A relative path begins in the configuration folder. Raises ServiceValidationError
    if there is no such file, or if it may not be served.
    """
    try:
        path = Path(config.path(location)).resolve()
        if not _may_be_served(config, path):
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


def _may_be_served(config: Config, path: Path) -> bool:
    """Tell whether a file may be served.

    It has to be in a folder that Home Assistant may read, and its name or that of a
    folder must not be private.
    """
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
