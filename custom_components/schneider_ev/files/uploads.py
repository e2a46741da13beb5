"""Files that chargers upload, each to a one-time address, and who may have them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import timedelta
from functools import partial
from http import HTTPStatus
import logging
from pathlib import Path
import re
from secrets import token_hex
from typing import Any, BinaryIO, Final, override

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from homeassistant.components import persistent_notification
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util, slugify

from ..central_system.charge_point.charger import Charger
from ..central_system.messages.payload import Json
from ..const import DOMAIN
from ..runtime import SchneiderConfigEntry
from ..subentries import charger_subentries
from .one_time_url import ADDRESSES, TOKEN, Address, async_find_address

_LOGGER = logging.getLogger(__name__)

LIFETIME: Final = timedelta(hours=1)
KEPT: Final = 10
"""How many files of a charger are kept."""

_MAX_SIZE = 64 * 1024 * 1024
_CHUNK_SIZE = 256 * 1024
_LINK_LIFETIME = timedelta(hours=24)
_FILES = f"/api/{DOMAIN}/files"

_BROKEN = (HttpProcessingError, OSError, ValueError, web.RequestPayloadError)

_NAME = re.compile(r"([a-z0-9_]+)-\d{8}-\d{6}-[0-9a-f]{4}(\.[a-z0-9]+)*")
_EXTENSION = re.compile(r"(\.tar)?\.[a-z0-9]{1,8}$", re.ASCII | re.IGNORECASE)
_UNFINISHED = ".part"


class Upload(Address):
    """Where a charger uploads one file, which is kept under a name of our own.

    The name tells whose file it is and when it was asked for. Its extension is that of
    the name which the charger first gives it.
    """

    kind = "upload"

    def __init__(self, hass: HomeAssistant, charger: Charger, title: str) -> None:
        """Take a file of a charger, which its owner knows by the title, for an hour."""
        super().__init__(hass, dt_util.utcnow() + LIFETIME)
        self.identity = charger.identity
        self.name = charger.name
        self.title = title
        self._stem = (
            f"{slugify(title)[:64]}-{dt_util.now():%Y%m%d-%H%M%S}-{token_hex(2)}"
        )
        self._extension: str | None = None

    @property
    def charger(self) -> Charger | None:
        """The charger as it is served now, which may be another object by now."""
        for entry in self.hass.config_entries.async_loaded_entries(DOMAIN):
            chargers: dict[str, Charger] = entry.runtime_data.central_system.chargers
            if self.identity in chargers:
                return chargers[self.identity]
        return None

    @property
    def path(self) -> Path:
        """Where the file is kept."""
        return _folder(self.hass) / f"{self._stem}{self._extension or ''}"

    def name_after(self, name: str) -> None:
        """Take over the extension of a name, unless there is one already."""
        if self._extension is None and name:
            match = _EXTENSION.search(name)
            self._extension = match[0].lower() if match else ""

    @override
    def confirm(self, answer: Json) -> dict[str, Any]:
        """Stay open if the charger has a file; return where the owner will find it."""
        name = answer.get("fileName", answer.get("filename"))
        if name is None and "status" not in answer:
            return {}
        self.name_after(str(name or self._stem))
        return super().confirm(answer) | {
            "download": async_file_link(self.hass, self.path.name),
            "path": str(self.path),
        }


@callback
def async_file_link(hass: HomeAssistant, name: str) -> str:
    """Return a link to a file that was uploaded, or will be; it holds for a day."""
    return async_sign_path(hass, f"{_FILES}/{name}", _LINK_LIFETIME)


async def async_setup_uploads(hass: HomeAssistant) -> None:
    """Set up where files are uploaded and had, without what was left unfinished."""
    hass.http.register_view(UploadView())
    hass.http.register_view(FilesView())
    await hass.async_add_executor_job(_remove_unfinished, _folder(hass))


@callback
def async_close_uploads(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Take nothing more of the chargers of an entry."""
    identities = charger_subentries(entry)
    for address in tuple(hass.data[ADDRESSES].values()):
        if isinstance(address, Upload) and address.identity in identities:
            address.close()


class UploadView(HomeAssistantView):
    """Takes files at one-time addresses, whatever a charger appends to them."""

    url = f"/api/{DOMAIN}/{Upload.kind}/{TOKEN}{{name:.*}}"
    name = f"api:{DOMAIN}:upload"
    requires_auth = False

    async def put(self, request: web.Request, token: str, name: str) -> web.Response:
        """Take the file."""
        upload = async_find_address(request.app[KEY_HASS], Upload, token)
        if (size := request.content_length or 0) > _MAX_SIZE:
            raise web.HTTPRequestEntityTooLarge(_MAX_SIZE, size)
        upload.name_after(name.strip("/"))
        try:
            async with asyncio.timeout(LIFETIME.total_seconds()):
                await _async_receive(request, upload)
        except _BROKEN as error:
            reason = type(error).__name__
            _LOGGER.warning("%s: an upload failed: %s", upload.name, reason)
            _LOGGER.debug("%s: %s", upload.identity, error)
            return self.json_message("There is no whole file", HTTPStatus.BAD_REQUEST)
        upload.close()
        if (charger := upload.charger) is not None:
            charger.values.set("diagnostics_file", str(upload.path))
        await _async_notify(upload)
        return web.Response()

    post = put


class FilesView(HomeAssistantView):
    """Serves what chargers uploaded, to users who are logged in."""

    url = f"{_FILES}/{{name}}"
    name = f"api:{DOMAIN}:files"

    async def get(self, request: web.Request, name: str) -> web.FileResponse:
        """Return the file."""
        if not _NAME.fullmatch(name):
            raise web.HTTPNotFound
        return web.FileResponse(
            _folder(request.app[KEY_HASS]) / name,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


async def _async_receive(request: web.Request, upload: Upload) -> None:
    """Keep the file that a request brings, if all of it comes.

    Raises ValueError where there is none, HTTPNotFound where there is another by now.
    """
    hass = upload.hass
    unfinished = _folder(hass) / f".{token_hex(8)}{_UNFINISHED}"
    try:
        async with aclosing(_chunks(request, upload)) as chunks:
            if not await _async_store(hass, chunks, unfinished):
                raise ValueError("the file is empty")
        if upload.is_closed:
            raise web.HTTPNotFound
        await hass.async_add_executor_job(_keep, unfinished, upload.path)
    finally:
        await hass.async_add_executor_job(partial(unfinished.unlink, missing_ok=True))


async def _chunks(request: web.Request, upload: Upload) -> AsyncGenerator[bytes]:
    """Yield what a request brings: its body, or the first file of a form."""
    if request.content_type != "multipart/form-data":
        async for chunk in request.content.iter_chunked(_CHUNK_SIZE):
            yield chunk
        return
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.filename is not None:
            upload.name_after(part.filename)
            while chunk := await part.read_chunk(_CHUNK_SIZE):
                yield chunk
            if not part.at_eof():
                raise ValueError("the form has no end")
            return


async def _async_store(
    hass: HomeAssistant, chunks: AsyncIterator[bytes], path: Path
) -> int:
    """Write a file as it comes in; return its size.

    Raises HTTPRequestEntityTooLarge as soon as it is too large.
    """
    size = 0
    file = await hass.async_add_executor_job(_create, path)
    try:
        async for chunk in chunks:
            size += len(chunk)
            if size > _MAX_SIZE:
                raise web.HTTPRequestEntityTooLarge(_MAX_SIZE, size)
            await hass.async_add_executor_job(file.write, chunk)
    finally:
        await hass.async_add_executor_job(file.close)
    return size


def _folder(hass: HomeAssistant) -> Path:
    """Return where uploaded files are kept."""
    return Path(hass.config.path(DOMAIN))


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(exist_ok=True)
    return path.open("wb")


def _keep(unfinished: Path, path: Path) -> None:
    """Give a file that is complete its name; remove the charger's oldest ones."""
    unfinished.replace(path)
    others = sorted(
        (
            file
            for file in path.parent.iterdir()
            if file != path and _charger_slug(file) == _charger_slug(path)
        ),
        key=lambda file: file.stat().st_mtime,
        reverse=True,
    )
    for file in others[KEPT - 1 :]:
        file.unlink(missing_ok=True)


def _charger_slug(file: Path) -> str | None:
    """Return the name of the charger whose file it is, None for a file of others."""
    match = _NAME.fullmatch(file.name)
    return match[1] if match else None


def _remove_unfinished(folder: Path) -> None:
    for file in folder.glob(f".*{_UNFINISHED}"):
        file.unlink(missing_ok=True)


async def _async_notify(upload: Upload) -> None:
    """Tell the owner that a file is there."""
    hass, name = upload.hass, upload.path.name
    texts = await async_get_translations(hass, hass.config.language, "common", [DOMAIN])
    # without a target the frontend would look for a page of its own behind the link
    link = f'<a href="{async_file_link(hass, name)}" target="_blank">{name}</a>'
    persistent_notification.async_create(
        hass,
        texts[f"component.{DOMAIN}.common.file_arrived"].format(
            charger=upload.title, file=link
        ),
        title=texts[f"component.{DOMAIN}.common.file_arrived_title"],
        notification_id=f"{DOMAIN}_{upload.identity}",
    )
