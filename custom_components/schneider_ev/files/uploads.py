"""Uploads: chargers send diagnostics and logs, each to a one-time URL."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
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
from yarl import URL

from homeassistant.components import persistent_notification
from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util, slugify

from ..central_system import ChargerValue
from ..central_system.charge_point import Charger
from ..central_system.messages import Json
from ..const import DOMAIN
from ..runtime import SchneiderConfigEntry
from ..subentries import charger_subentries
from ..texts import as_markdown
from .one_time_url import ONE_TIME_URLS, TOKEN, OneTimeUrl, async_find_one_time_url
from .signed_link import async_check_administrator, async_signed_link

_LOGGER = logging.getLogger(__name__)

LIFETIME: Final = timedelta(hours=1)
KEPT: Final = 10
"""How many files are kept for each charger."""

MAX_SIZE_BYTES = 64 * 1024 * 1024
"""The largest file that is accepted."""
MAX_RECEIVED_BYTES = 4 * MAX_SIZE_BYTES
"""How much is accepted at one URL, in attempts that fail."""
STALLED_AFTER = 60.0
"""Seconds without data after which an upload is given up."""

_CHUNK_SIZE_BYTES = 256 * 1024
_LINK_LIFETIME = timedelta(hours=24)
_FILES = f"/api/{DOMAIN}/files"

_TRANSFER_ERRORS = (HttpProcessingError, OSError, ValueError, web.RequestPayloadError)

_NAME = re.compile(r"([a-z0-9_]+)-\d{8}-\d{6}-[0-9a-f]{4}(\.[a-z0-9]+)*")
_EXTENSION = re.compile(r"(\.tar)?\.[a-z0-9]{1,8}$", re.ASCII | re.IGNORECASE)
_UNFINISHED = ".part"


class Upload(OneTimeUrl):
    """A one-time URL to which a charger uploads a file, in one request at a time.

    The file's name is made of the charger's title and the time of the request. Its
    extension is that of the first name that the charger gives it.
    """

    kind = "upload"

    def __init__(self, hass: HomeAssistant, charger: Charger, title: str) -> None:
        """Accept a file of a charger for an hour; `title` is the owner's name for it."""
        super().__init__(hass, dt_util.utcnow() + LIFETIME)
        self.identity = charger.identity
        self.name = charger.name
        self.title = title
        self._stem = (
            f"{slugify(title)[:64]}-{dt_util.now():%Y%m%d-%H%M%S}-{token_hex(2)}"
        )
        self._extension: str | None = None
        self._is_taken = False
        self._received = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Let one request upload. Raises HTTPConflict if another one does."""
        if self._is_taken:
            raise web.HTTPConflict
        self._is_taken = True
        try:
            yield
        finally:
            self._is_taken = False

    def receive(self, size: int) -> None:
        """Count bytes that arrived. Raises HTTPRequestEntityTooLarge for too many."""
        self._received += size
        if self._received > MAX_RECEIVED_BYTES:
            self.close()
            raise web.HTTPRequestEntityTooLarge(MAX_RECEIVED_BYTES, self._received)

    @property
    def charger(self) -> Charger | None:
        """The charger as it is served now: after a reload it is another object."""
        for entry in self.hass.config_entries.async_loaded_entries(DOMAIN):
            chargers: dict[str, Charger] = entry.runtime_data.central_system.chargers
            if self.identity in chargers:
                return chargers[self.identity]
        return None

    @property
    def path(self) -> Path:
        """The path of the file."""
        return _folder(self.hass) / f"{self._stem}{self._extension or ''}"

    def take_extension(self, name: str) -> None:
        """Use the extension of a name, unless the file has one already."""
        if self._extension is None and name:
            match = _EXTENSION.search(name)
            self._extension = match[0].lower() if match else ""

    @override
    def confirm(self, answer: Json) -> dict[str, Any]:
        """Stay open if the charger has a file; return the link and the path of that file."""
        name = answer.get("fileName", answer.get("filename"))
        if name is None and "status" not in answer:
            return {}
        self.take_extension(str(name or self._stem))
        return super().confirm(answer) | {
            "download": async_file_link(self.hass, self.path.name),
            "path": str(self.path),
        }


@callback
def async_file_link(hass: HomeAssistant, name: str) -> str:
    """Return a link to a file that was uploaded, or will be; it is valid for a day."""
    return async_signed_link(hass, URL(_FILES) / name, _LINK_LIFETIME)


async def async_setup_uploads(hass: HomeAssistant) -> None:
    """Register the views, and remove uploads that were not finished."""
    hass.http.register_view(UploadView())
    hass.http.register_view(FilesView())
    await hass.async_add_executor_job(_remove_unfinished, _folder(hass))


@callback
def async_close_uploads(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Close the uploads of an entry's chargers."""
    identities = charger_subentries(entry)
    for one_time_url in tuple(hass.data[ONE_TIME_URLS].values()):
        if isinstance(one_time_url, Upload) and one_time_url.identity in identities:
            one_time_url.close()


class UploadView(HomeAssistantView):
    """Accepts files at one-time URLs, whatever a charger appends to the URL."""

    url = f"/api/{DOMAIN}/{Upload.kind}/{TOKEN}{{name:.*}}"
    name = f"api:{DOMAIN}:upload"
    requires_auth = False

    async def put(self, request: web.Request, token: str, name: str) -> web.Response:
        """Store the file, by PUT or POST."""
        upload = async_find_one_time_url(request.app[KEY_HASS], Upload, token)
        if (size := request.content_length or 0) > MAX_SIZE_BYTES:
            raise web.HTTPRequestEntityTooLarge(MAX_SIZE_BYTES, size)
        try:
            with upload.taken():
                upload.take_extension(name.strip("/"))
                async with asyncio.timeout(LIFETIME.total_seconds()):
                    await _async_receive(request, upload)
        except _TRANSFER_ERRORS as error:
            reason = type(error).__name__
            _LOGGER.warning("%s: an upload failed: %s", upload.name, reason)
            _LOGGER.debug("%s: %r", upload.identity, error)
            return self.json_message("There is no whole file", HTTPStatus.BAD_REQUEST)
        upload.close()
        if (charger := upload.charger) is not None:
            charger.values.set(ChargerValue.DIAGNOSTICS_FILE, str(upload.path))
        try:
            await _async_notify(upload)
        except Exception:
            _LOGGER.exception("%s: nobody was notified of an upload", upload.name)
        return web.Response()

    post = put


class FilesView(HomeAssistantView):
    """Serves uploaded files to administrators: logs name badges."""

    url = f"{_FILES}/{{name}}"
    name = f"api:{DOMAIN}:files"

    async def get(self, request: web.Request, name: str) -> web.FileResponse:
        """Return the file."""
        async_check_administrator(request)
        if not _NAME.fullmatch(name):
            raise web.HTTPNotFound
        return web.FileResponse(
            _folder(request.app[KEY_HASS]) / name,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


async def _async_receive(request: web.Request, upload: Upload) -> None:
    """Store the file of a request, if it is complete.

    Raises ValueError if it is empty, HTTPNotFound if the URL was closed meanwhile.
    """
    hass = upload.hass
    unfinished = _folder(hass) / f".{token_hex(8)}{_UNFINISHED}"
    try:
        async with aclosing(_chunks(request, upload)) as chunks:
            if not await _async_store(upload, chunks, unfinished):
                raise ValueError("the file is empty")
        if upload.is_closed:
            raise web.HTTPNotFound
        await hass.async_add_executor_job(_keep, unfinished, upload.path)
    finally:
        await hass.async_add_executor_job(partial(unfinished.unlink, missing_ok=True))


async def _chunks(request: web.Request, upload: Upload) -> AsyncGenerator[bytes]:
    """Yield the file of a request: its body, or the first file of a form."""
    if request.content_type != "multipart/form-data":
        async for chunk in request.content.iter_chunked(_CHUNK_SIZE_BYTES):
            yield chunk
        return
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.filename is not None:
            upload.take_extension(part.filename)
            while chunk := await part.read_chunk(_CHUNK_SIZE_BYTES):
                yield chunk
            if not part.at_eof():
                raise ValueError("the form has no end")
            return


async def _async_store(
    upload: Upload, chunks: AsyncGenerator[bytes], path: Path
) -> int:
    """Write a file as it arrives; return its size in bytes.

    Raises HTTPRequestEntityTooLarge as soon as it is too large, TimeoutError if nothing
    arrives any more.
    """
    size = 0
    hass = upload.hass
    file = await hass.async_add_executor_job(_create, path)
    try:
        while chunk := await asyncio.wait_for(anext(chunks, b""), STALLED_AFTER):
            size += len(chunk)
            upload.receive(len(chunk))
            if size > MAX_SIZE_BYTES:
                raise web.HTTPRequestEntityTooLarge(MAX_SIZE_BYTES, size)
            await hass.async_add_executor_job(file.write, chunk)
    finally:
        await hass.async_add_executor_job(file.close)
    return size


def _folder(hass: HomeAssistant) -> Path:
    """Return the folder of uploaded files."""
    return Path(hass.config.path(DOMAIN))


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(exist_ok=True)
    return path.open("wb")


def _keep(unfinished: Path, path: Path) -> None:
    """Give a complete file its name; remove the oldest files of the charger."""
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
    """Return the charger's part of a file's name, None if it is no uploaded file."""
    match = _NAME.fullmatch(file.name)
    return match[1] if match else None


def _remove_unfinished(folder: Path) -> None:
    for file in folder.glob(f".*{_UNFINISHED}"):
        file.unlink(missing_ok=True)


async def _async_notify(upload: Upload) -> None:
    """Notify the owner that a file has arrived."""
    hass, name = upload.hass, upload.path.name
    texts = await async_get_translations(hass, hass.config.language, "common", [DOMAIN])
    # without a target the frontend would look for a page of its own behind the link
    link = f'<a href="{async_file_link(hass, name)}" target="_blank">{name}</a>'
    persistent_notification.async_create(
        hass,
        texts[f"component.{DOMAIN}.common.file_arrived"].format(
            charger=as_markdown(upload.title), file=link
        ),
        title=texts[f"component.{DOMAIN}.common.file_arrived_title"],
        notification_id=f"{DOMAIN}_{upload.identity}",
    )
