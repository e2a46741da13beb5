"""Files that chargers upload to Home Assistant, and those that they fetch from it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
import gzip
from http import HTTPStatus
from itertools import product as product_of
import json
from os import utime
from pathlib import Path
import re
from typing import Any
from urllib.parse import quote, urlsplit
from zlib import crc32

from aiohttp import ClientSession, FormData, web
from freezegun.api import FrozenDateTimeFactory
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import (
    async_get_persistent_notifications,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.schneider_ev.files import downloads, uploads
from custom_components.schneider_ev.files.one_time_url import ONE_TIME_URLS
from custom_components.schneider_ev.products import PRODUCTS
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
from tests.conftest import DOMAIN, IDENTITY, Act, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import until
from tests.simulator import Simulator
from tests.simulator.transfers import LOG

type Address = Callable[[], Awaitable[str]]
type Offer = Callable[..., Awaitable[str]]
type Picture = Callable[..., Path]

OK = HTTPStatus.OK
GONE = HTTPStatus.NOT_FOUND
TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

CONTENT = b"what the charger knows" * 20_000
FIRMWARE = bytes(range(256)) * 1000
STEM = r"charger_cp_1-\d{8}-\d{6}-[0-9a-f]{4}"
LARGE = 16 * 1024 * 1024
SIGNATURE = {"signing_certificate": "PEM", "signature": "x"}
TARIFF_URL = "ftp://127.0.0.1/prices/tariff.png"


@pytest.fixture
def config(hass: HomeAssistant, tmp_path: Path) -> Path:
    """A configuration folder of the test's own."""
    hass.config.config_dir = str(tmp_path)
    hass.config.media_dirs = {"local": str(tmp_path / "media")}
    hass.config.allowlist_external_dirs = set()
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "firmware.bin").write_bytes(FIRMWARE)
    return tmp_path


@pytest.fixture
def folder(config: Path) -> Path:
    """Where uploaded files are kept; there are none yet."""
    return config / DOMAIN


@pytest.fixture
def made_folder(folder: Path) -> Path:
    """The same, already there."""
    folder.mkdir()
    return folder


@pytest.fixture
async def central_system(
    hass: HomeAssistant,
    config: Path,
    central_system: str,
    hass_client_no_auth: ClientSessionGenerator,
) -> str:
    """A central system in a Home Assistant that can be reached by HTTP."""
    client = await hass_client_no_auth()
    await hass.config.async_update(internal_url=f"http://127.0.0.1:{client.port}")
    return central_system


@pytest.fixture(name="web")
async def charger_web() -> AsyncIterator[ClientSession]:
    """A charger's way to a web server."""
    async with ClientSession() as session:
        yield session


@pytest.fixture
def wait_for_file(ready: FakeCharger, ask: Act) -> Address:
    """Ask the charger for its diagnostics; return where they are awaited."""

    async def wait_for_file() -> str:
        ready.answers["GetDiagnostics"] = {"fileName": "log.tar.gz"}
        await ask("get_diagnostics")
        return asked(ready)

    return wait_for_file


@pytest.fixture
async def location(wait_for_file: Address) -> str:
    """An address at which diagnostics are awaited."""
    return await wait_for_file()


def asked(charger: FakeCharger) -> str:
    """Return the location of the last GetDiagnostics."""
    where: str = charger.calls("GetDiagnostics")[-1]["location"]
    return where


def content(path: str | Path) -> bytes:
    """Return what is in a file."""
    return Path(path).read_bytes()


def remove(path: Path) -> None:
    """Remove a file."""
    path.unlink()


def kept(folder: Path) -> list[Path]:
    """Return the files that are kept, unfinished ones included."""
    return sorted(folder.iterdir()) if folder.exists() else []


async def put(web: ClientSession, url: str | URL, data: Any = CONTENT) -> int:
    """Upload something; return the status."""
    async with web.put(url, data=data) as response:
        return response.status


async def get(web: ClientSession, url: str, **headers: str) -> tuple[int, bytes]:
    """Fetch something; return status and content."""
    async with web.get(url, headers=headers) as response:
        return response.status, await response.read()


@asynccontextmanager
async def connected(
    location: str,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to the server of an address; drop the connection without a word."""
    url = urlsplit(location)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    yield reader, writer
    writer.transport.abort()


def head(location: str, *headers: str, method: str = "PUT") -> bytes:
    """Return the head of a request."""
    url = urlsplit(location)
    lines = [f"{method} {url.path} HTTP/1.1", f"Host: {url.netloc}", *headers, "", ""]
    return "\r\n".join(lines).encode()


# Uploads


def form() -> FormData:
    """Return a form with a field before the file."""
    data = FormData()
    data.add_field("identity", "CP-1")
    data.add_field("file", CONTENT, filename="../../diag.zip")
    return data


async def in_pieces() -> AsyncIterator[bytes]:
    """Yield the content, of which nobody knows beforehand how long it is."""
    yield CONTENT[:1000]
    yield CONTENT[1000:]


BODIES: tuple[Callable[[], Any], ...] = (lambda: CONTENT, in_pieces, form)


async def test_upload(folder: Path, wait_for_file: Address, web: ClientSession) -> None:
    """By PUT and POST, raw and as a form, whatever is appended to the address; once."""
    for method, body, tail in product_of(
        ("PUT", "POST"), BODIES, ("", "log.tar.gz", "/log.tar.gz", "sub/log.tar.gz")
    ):
        url = await wait_for_file()
        async with web.request(method, f"{url}{tail}", data=body()) as answer:
            assert answer.status == OK
        (file,) = kept(folder)
        assert file.read_bytes() == CONTENT
        assert re.fullmatch(rf"{STEM}\.tar\.gz", file.name)
        assert await put(web, url) == GONE
        assert kept(folder) == [file]
        file.unlink()
    url = await wait_for_file()
    assert await put(web, url[:-2]) == GONE
    assert await put(web, url.rstrip("/")) == OK


async def test_the_file_is_told(
    hass: HomeAssistant,
    ready: FakeCharger,
    ask: Act,
    web: ClientSession,
    shown: Shown,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    freezer: FrozenDateTimeFactory,
) -> None:
    """In the response, beforehand; in the sensor and in a notification, once it is there.

    Who is not logged in needs a link, which holds for a day.
    """
    ready.answers["GetDiagnostics"] = {"fileName": "LOG.ZIP"}
    answer = await ask("get_diagnostics")
    assert set(answer) == {"file_name", "download", "path"}
    assert answer["file_name"] == "LOG.ZIP"
    path = Path(answer["path"])
    assert path.suffix == ".zip"
    stranger = await hass_client_no_auth()
    assert (await stranger.get(answer["download"])).status == GONE
    assert not notifications(hass)

    await ready.call("DiagnosticsStatusNotification", {"status": "Uploading"})
    await hass.async_block_till_done()
    sensor = f"{IDENTITY}_diagnostics_status"
    assert "file" not in shown.entity(sensor).attributes
    assert await put(web, f"{asked(ready)}LOG.ZIP") == OK
    assert content(path) == CONTENT
    assert shown.entity(sensor).attributes["file"] == str(path)
    await ready.call("DiagnosticsStatusNotification", {"status": "Uploaded"})
    await hass.async_block_till_done()
    assert shown[sensor] == "uploaded"
    assert shown.entity(sensor).attributes["file"] == str(path)

    (told,) = notifications(hass)
    assert told["title"] == "File from a charger"
    assert told["message"].startswith("Charger CP-1 has uploaded <a ")
    link = re.search(r'href="([^"]+)" target="_blank"', told["message"])
    assert link
    for url in (answer["download"], link[1]):
        async with await stranger.get(url) as response:
            assert response.status == OK
            assert await response.read() == CONTENT
            assert response.headers["Content-Disposition"] == (
                f'attachment; filename="{path.name}"'
            )
    bare = urlsplit(link[1]).path
    assert (await stranger.get(bare)).status == HTTPStatus.UNAUTHORIZED
    owner = await hass_client()
    assert (await owner.get(bare)).status == OK
    freezer.tick(timedelta(hours=23))
    assert (await stranger.get(answer["download"])).status == OK
    freezer.tick(timedelta(hours=2))
    assert (await stranger.get(answer["download"])).status == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize("titles", [{IDENTITY: "**Ada**'s <b>"}])
async def test_a_name_is_no_markup_in_a_notification(
    hass: HomeAssistant, location: str, web: ClientSession
) -> None:
    """The title of a charger may be the model that it reported."""
    assert await put(web, location) == OK
    (told,) = notifications(hass)
    assert told["message"].startswith(r"\*\*Ada\*\*'s \<b\> has uploaded <a ")


async def test_nobody_can_be_notified(
    folder: Path,
    location: str,
    web: ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The charger is answered all the same, and the log has the reason once."""

    def fail(*_: object, **__: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(persistent_notification, "async_create", fail)
    assert await put(web, location) == OK
    assert len(kept(folder)) == 1
    (record,) = (each for each in caplog.records if each.levelname == "ERROR")
    assert record.exc_info
    assert record.exc_info[0] is ValueError
    assert await put(web, location) == GONE


def notifications(hass: HomeAssistant) -> list[persistent_notification.Notification]:
    """Return what the owner is notified of."""
    return list(async_get_persistent_notifications(hass).values())


async def test_only_uploads_can_be_had(
    config: Path,
    made_folder: Path,
    central_system: str,
    hass_client: ClientSessionGenerator,
) -> None:
    """No way leads out of the folder, or to what others put into it."""
    for place in (config, made_folder):
        (place / "secrets.yaml").write_text("password: secret")
    owner = await hass_client()
    for name in (
        "..%2Fsecrets.yaml",
        "%2E%2E%2Fsecrets.yaml",
        f"..%2F{DOMAIN}%2Fsecrets.yaml",
        "%2Fetc%2Fpasswd",
        "secrets.yaml",
        ".part",
        "",
    ):
        url = URL(f"/api/{DOMAIN}/files/{name}", encoded=True)
        answer = await owner.get(url)
        assert answer.status in (GONE, HTTPStatus.BAD_REQUEST), name


async def test_names_are_ours(
    folder: Path, ready: FakeCharger, ask: Act, web: ClientSession
) -> None:
    """Of the name that a charger gives a file its extension is kept, if it is one.

    It may give it in its answer, or in what it appends to the address before that.
    """
    for name, extension in (
        ("/etc/cron.d/job", ""),
        ("a.sh\0", ""),
        ("log.TGZ", ".tgz"),
        ("log.a\u00e9", ""),
        ("log.thatisnoextension", ""),
        ("1.6.1.zip", ".zip"),
        (".storage", ".storage"),
        (f"{'x' * 3000}.log", ".log"),
    ):

        async def upload_first(request: dict[str, Any]) -> dict[str, Any]:
            tail = quote(name, safe="")  # noqa: B023
            await put(web, URL(f"{request['location']}{tail}", encoded=True))
            return {"fileName": "later"}

        for answer in ({"fileName": name}, upload_first):
            ready.answers["GetDiagnostics"] = answer
            path = Path((await ask("get_diagnostics"))["path"])
            assert path.parent == folder, name
            assert re.fullmatch(rf"{STEM}{re.escape(extension)}", path.name), name
            await put(web, asked(ready))
            assert kept(folder) == [path], name
            remove(path)
    ready.answers["GetDiagnostics"] = {"fileName": "../../outside.zip"}
    assert Path((await ask("get_diagnostics"))["path"]).parent == folder
    tail = quote("../../outside.zip", safe="")
    for url in (f"{asked(ready)}{tail}", f"{asked(ready)}../../outside.zip"):
        await put(web, URL(url, encoded=True))
    assert not kept(folder)


async def test_the_first_name_counts(
    ready: FakeCharger, ask: Act, web: ClientSession
) -> None:
    """A path that was promised stays, whatever name the charger gives the file then."""

    async def upload_first(request: dict[str, Any]) -> dict[str, Any]:
        await put(web, request["location"], form())
        return {"fileName": "log.tar"}

    ready.answers["GetDiagnostics"] = upload_first
    path = (await ask("get_diagnostics"))["path"]
    assert path.endswith(".zip")
    assert content(path) == CONTENT
    ready.answers["GetLog"] = {"status": "Accepted"}
    answer = await ask("get_log", log_type="SecurityLog")
    assert "." not in Path(answer["path"]).name
    await put(web, f"{ready.calls('GetLog')[0]['log']['remoteLocation']}log.zip")
    assert content(answer["path"]) == CONTENT


async def test_too_large(
    folder: Path,
    location: str,
    web: ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whether or not it says so beforehand; nothing of it stays, and it may be smaller."""
    async with connected(location) as (reader, writer):
        writer.write(head(location, f"Content-Length: {64 * 1024 * 1024 + 1}"))
        async with asyncio.timeout(5):
            assert b" 413 " in await reader.readline()
    monkeypatch.setattr(uploads, "MAX_SIZE_BYTES", len(CONTENT) - 1)
    for body in BODIES:
        assert await put(web, location, body()) == TOO_LARGE
        assert not kept(folder)
    assert await put(web, location, CONTENT[:-1]) == OK
    assert len(kept(folder)) == 1


async def test_a_small_file_that_becomes_large(
    folder: Path, location: str, web: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is the size that it has on disk; nothing of it stays."""
    monkeypatch.setattr(uploads, "MAX_SIZE_BYTES", 2**20)
    bomb = gzip.compress(bytes(2**26))
    assert len(bomb) < 2**17
    headers = {"Content-Encoding": "gzip"}
    async with web.put(location, data=bomb, headers=headers) as response:
        assert response.status == TOO_LARGE
    assert not kept(folder)


MULTIPART = "Content-Type: multipart/form-data; boundary=XX"
PART = (
    b'--XX\r\nContent-Disposition: form-data; name="f"; filename="a.zip"\r\n\r\n'
    b"the beginning"
)


async def test_an_upload_that_breaks_off(
    folder: Path, location: str, web: ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """Leaves nothing behind, and can be tried again."""
    for headers, begin in (
        (["Content-Length: 1000000"], CONTENT[:200_000]),
        (["Transfer-Encoding: chunked"], b"5\r\nhello\r\n"),
        (["Content-Length: 1000000", MULTIPART], PART),
    ):
        async with connected(location) as (_, writer):
            writer.write(head(location, *headers) + begin)
            await writer.drain()
            await until(lambda: kept(folder))
        await until(lambda: not kept(folder))
    assert await put(web, location) == OK
    (file,) = kept(folder)
    assert file.read_bytes() == CONTENT
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_no_file(
    folder: Path, location: str, web: ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """An upload without a file, or with a broken one, is refused; the address stays."""
    assert await put(web, location, b"") == HTTPStatus.BAD_REQUEST
    for body in (
        b"no form at all",
        b"--YY\r\n\r\nx\r\n--YY--\r\n",
        b'--XX\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n--XX--\r\n',
        PART.removesuffix(b"the beginning") + b"\r\n--XX--\r\n",
        PART.replace(b"\r\n\r\n", b"\r\nno header at all\r\n\r\n"),
        PART,
        PART + b"\r\n--X",
    ):
        async with connected(location) as (reader, writer):
            length = f"Content-Length: {len(body)}"
            writer.write(head(location, length, MULTIPART) + body)
            assert b" 400 " in await reader.readline(), body
        assert not kept(folder)
    headers = {"Content-Type": "multipart/form-data"}
    async with web.put(location, data=b"no boundary", headers=headers) as response:
        assert response.status == HTTPStatus.BAD_REQUEST
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    # what breaks the rules of HTTP is logged by the web server itself
    for header, content in (
        ("Transfer-Encoding: chunked", b"5\r\nhello\r\nno length\r\n"),
        ("Content-Encoding: gzip\r\nContent-Length: 5", b"hello"),
    ):
        async with connected(location) as (reader, writer):
            writer.write(head(location, header) + content)
            assert b" 400 " in await reader.readline()
        await until(lambda: not kept(folder))
    assert await put(web, location) == OK


async def test_an_address_expires(
    hass: HomeAssistant,
    folder: Path,
    location: str,
    wait_for_file: Address,
    web: ClientSession,
    freezer: FrozenDateTimeFactory,
) -> None:
    """After an hour; it is forgotten when the next one is opened."""
    freezer.tick(timedelta(minutes=59))
    assert await put(web, location, b"") == HTTPStatus.BAD_REQUEST
    freezer.tick(timedelta(minutes=2))
    assert await put(web, location) == GONE
    assert not kept(folder)
    assert len(hass.data[ONE_TIME_URLS]) == 1
    await wait_for_file()
    assert len(hass.data[ONE_TIME_URLS]) == 1


async def test_one_at_a_time(folder: Path, location: str, web: ClientSession) -> None:
    """The first request takes the address; those beside it leave nothing on the disk."""
    rest = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"slow"
        await rest.wait()
        yield b"ly"

    slowly = asyncio.create_task(put(web, location, slow()))
    await until(lambda: kept(folder))
    others = [put(web, f"{location}{name}.exe") for name in range(9)]
    assert await asyncio.gather(*others) == [HTTPStatus.CONFLICT] * 9
    assert len(kept(folder)) == 1
    rest.set()
    assert await slowly == OK
    (file,) = kept(folder)
    assert file.read_bytes() == b"slowly"
    assert file.name.endswith(".tar.gz")
    assert await put(web, location) == GONE


async def test_an_upload_that_stalls(
    folder: Path,
    location: str,
    web: ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is left of a lost connection gives way to the next attempt."""
    monkeypatch.setattr(uploads, "STALLED_AFTER", 0.05)
    async with connected(location) as (reader, writer):
        writer.write(head(location, "Content-Length: 1000") + b"hello")
        async with asyncio.timeout(5):
            assert b" 400 " in await reader.readline()
    assert not kept(folder)
    assert await put(web, location) == OK


async def test_attempts_are_bounded(
    folder: Path,
    location: str,
    web: ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever uploads again and again without an end loses the address."""
    monkeypatch.setattr(uploads, "MAX_SIZE_BYTES", len(CONTENT) - 1)
    monkeypatch.setattr(uploads, "MAX_RECEIVED_BYTES", 3 * len(CONTENT))
    for _ in range(4):
        assert await put(web, location, in_pieces()) == TOO_LARGE
        assert not kept(folder)
    assert await put(web, location, b"small") == GONE


async def test_a_slow_upload_ends(
    folder: Path, location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A charger that is gone without a word holds nothing for ever."""
    monkeypatch.setattr(uploads, "LIFETIME", timedelta(seconds=0.05))
    async with connected(location) as (reader, writer):
        writer.write(head(location, "Content-Length: 1000") + b"hello")
        async with asyncio.timeout(5):
            assert b" 400 " in await reader.readline()
    assert not kept(folder)


async def test_nothing_is_uploaded(
    ready: FakeCharger, act: Act, ask: Act, web: ClientSession
) -> None:
    """The address is closed at once, and no file is promised."""
    ready.answers["GetDiagnostics"] = {}
    assert await ask("get_diagnostics") == {}
    assert await put(web, asked(ready)) == GONE
    ready.answers["GetDiagnostics"] = lambda _: [4, "ID", "NotSupported", "no", {}]
    with pytest.raises(HomeAssistantError):
        await ask("get_diagnostics")
    assert await put(web, asked(ready)) == GONE
    refusal = {"status": "Rejected", "filename": "x"}
    ready.answers["GetLog"] = refusal
    assert await ask("get_log", log_type="SecurityLog") == refusal
    with pytest.raises(HomeAssistantError) as raised:
        await act("get_log", log_type="SecurityLog")
    assert raised.value.translation_key == "refused"
    for call in ready.calls("GetLog"):
        assert await put(web, call["log"]["remoteLocation"]) == GONE


async def test_log(
    hass: HomeAssistant, ready: FakeCharger, ask: Act, shown: Shown
) -> None:
    """What is left out of the request is made up for; how the upload goes is shown."""
    await ask("trigger_message", requested_message="DiagnosticsStatusNotification")
    await ready.call("DiagnosticsStatusNotification", {"status": "Idle"})
    await hass.async_block_till_done()
    assert shown[f"{IDENTITY}_diagnostics_status"] == "idle"
    for status in ("Accepted", "AcceptedCanceled"):
        ready.answers["GetLog"] = {"status": status, "filename": "s.log"}
        answer = await ask(
            "get_log",
            log_type="SecurityLog",
            log={"oldest_timestamp": "2026-01-01 00:00:00+00:00"},
        )
        assert set(answer) == {"status", "filename", "download", "path"}
    first, second = ready.calls("GetLog")
    assert first["requestId"] != second["requestId"]
    assert 0 < first["requestId"] < 2**31
    assert first["log"].pop("remoteLocation") != second["log"].pop("remoteLocation")
    assert first["log"] == second["log"] == {"oldestTimestamp": "2026-01-01T00:00:00Z"}
    for status, state in (("Uploaded", "uploaded"), ("UploadFailure", "upload_failed")):
        await ready.call("LogStatusNotification", {"status": status, "requestId": 1})
        await hass.async_block_till_done()
        assert shown[f"{IDENTITY}_diagnostics_status"] == state


async def test_ten_are_kept(
    made_folder: Path, wait_for_file: Address, web: ClientSession
) -> None:
    """The oldest of a charger are removed; those of others, and other files, stay."""
    others = {
        made_folder / "charger_cp_1.txt",
        made_folder / "charger_cp_1-notes.txt",
        made_folder / "charger_cp_10-20200101-000000-aaaa.zip",
    }
    for other in others:
        other.write_bytes(b"mine")
        utime(other, (0, 0))
    paths: list[Path] = []
    for _ in range(uploads.KEPT + 2):
        assert await put(web, await wait_for_file(), b"new") == OK
        (path,) = set(kept(made_folder)) - others - set(paths)
        # a clock that was wrong does not remove what has just come
        utime(path, (2**33 + len(paths), 2**33 + len(paths)))
        paths.append(path)
    assert set(kept(made_folder)) == others | set(paths[2:])


async def test_what_was_left_unfinished(
    hass: HomeAssistant, config: Path, made_folder: Path
) -> None:
    """Is removed when Home Assistant starts; nothing else is."""
    for name in (".0123.part", "mine.part", "mine.zip"):
        (made_folder / name).write_bytes(b"x")
    assert await async_setup_component(hass, DOMAIN, {})
    assert {file.name for file in kept(made_folder)} == {"mine.part", "mine.zip"}


async def test_no_way_to_home_assistant(
    hass: HomeAssistant, ready: FakeCharger, ask: Act
) -> None:
    """Without an internal URL that is said, and the charger is not asked."""
    hass.config.api = None
    await hass.config.async_update(internal_url=None, external_url="https://x.org")
    ready.received.clear()
    for name, data in (
        ("get_diagnostics", {}),
        ("get_log", {"log_type": "SecurityLog"}),
        ("update_firmware", {"location": "media/firmware.bin"}),
    ):
        with pytest.raises(ServiceValidationError) as raised:
            await ask(name, **data)
        assert raised.value.translation_key == "no_internal_url"
    assert not ready.received
    await hass.config.async_update(internal_url="https://192.0.2.1:8123")
    ready.answers["GetDiagnostics"] = {"fileName": "x"}
    await ask("get_diagnostics")
    assert asked(ready).startswith("https://192.0.2.1:8123/api/schneider_ev/upload/")


# Downloads


@pytest.fixture
def offer(ready: FakeCharger, ask: Act) -> Offer:
    """Have a charger fetch a file; return where from."""

    async def offer(path: str | Path = "media/firmware.bin", **data: Any) -> str:
        ready.answers["UpdateFirmware"] = {}
        await ask("update_firmware", location=str(path), **data)
        url: str = ready.calls("UpdateFirmware")[-1]["location"]
        return url

    return offer


async def test_download(offer: Offer, location: str, web: ClientSession) -> None:
    """Once, under its own name; a look at its head does not count."""
    url = await offer()
    assert url.endswith("/firmware.bin")
    for wrong in (
        url[:-1],
        url.rpartition("/")[0],
        f"{location.replace('/upload/', '/download/')}firmware.bin",
    ):
        assert (await get(web, wrong))[0] == GONE
    assert await put(web, url.replace("/download/", "/upload/")) == GONE
    assert await put(web, url) == HTTPStatus.METHOD_NOT_ALLOWED
    async with web.head(url) as response:
        assert response.status == OK
        assert response.headers["Content-Length"] == str(len(FIRMWARE))
    etag = response.headers["ETag"]
    assert (await get(web, url, **{"If-None-Match": etag}))[0] == 304
    assert await get(web, url) == (OK, FIRMWARE)
    assert (await get(web, url))[0] == GONE


async def test_a_download_that_breaks_off(
    config: Path, offer: Offer, web: ClientSession
) -> None:
    """Goes on where it broke off, or begins anew; it is over with its end."""
    (config / "media" / "large.bin").write_bytes(bytes(LARGE))
    url = await offer("media/large.bin")
    async with connected(url) as (reader, writer):
        writer.write(head(url, method="GET"))
        await reader.readexactly(1000)
    status, received = await get(web, url)
    assert (status, len(received)) == (OK, LARGE)

    url = await offer()
    size = len(FIRMWARE)
    for wanted, part in (
        ("bytes=0-99", FIRMWARE[:100]),
        ("bytes=100-199", FIRMWARE[100:200]),
        (f"bytes=200-{size - 2}", FIRMWARE[200:-1]),
    ):
        assert await get(web, url, Range=wanted) == (HTTPStatus.PARTIAL_CONTENT, part)
    status, _ = await get(web, url, Range=f"bytes={size}-")
    assert status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    status, part = await get(web, url, Range="bytes=100-")
    assert (status, part) == (HTTPStatus.PARTIAL_CONTENT, FIRMWARE[100:])
    assert (await get(web, url))[0] == GONE


async def test_downloads_expire(
    offer: Offer, web: ClientSession, freezer: FrozenDateTimeFactory
) -> None:
    """A day after the charger may fetch the file."""
    now = await offer()
    later = await offer(retrieve_date=f"{freezer() + timedelta(hours=30)}+00:00")
    freezer.tick(timedelta(hours=23))
    assert (await get(web, now, Range="bytes=0-1"))[0] == HTTPStatus.PARTIAL_CONTENT
    freezer.tick(timedelta(hours=2))
    assert (await get(web, now))[0] == GONE
    freezer.tick(timedelta(hours=28))
    assert (await get(web, later))[0] == OK


async def test_files_that_may_be_served(
    hass: HomeAssistant,
    config: Path,
    tmp_path_factory: pytest.TempPathFactory,
    offer: Offer,
    web: ClientSession,
) -> None:
    """In a media folder, in www, or in a folder of our own; also by a link to there."""
    media = tmp_path_factory.mktemp("media")
    hass.config.media_dirs = {"far": str(media)}
    for name in ("www", f"{DOMAIN}/firmware"):
        (config / name).mkdir(parents=True)
    (config / "link").symlink_to(media / "a 100%.bin")
    (media / "linked").symlink_to(config / "www")
    for path in (
        config / "www" / "ä#?.BIN",
        config / DOMAIN / "v2.tar.gz",
        config / DOMAIN / "firmware" / "v2.zip",
        media / "a 100%.bin",
    ):
        path.write_bytes(b"new")
    for given in (
        "www/ä#?.BIN",
        config / "www" / "ä#?.BIN",
        config / "www" / ".." / "www" / "ä#?.BIN",
        "schneider_ev/v2.tar.gz",
        "schneider_ev/firmware/v2.zip",
        media / "a 100%.bin",
        media / "linked" / "ä#?.BIN",
        "link",
    ):
        assert await get(web, await offer(given)) == (OK, b"new")


ELSEWHERE = (
    "SERVICE_ACCOUNT.json",
    "ssh/id_rsa",
    "secrets.yaml",
    ".storage/auth",
    "home-assistant_v2.db",
    "backups/all.zip",
    "firmware.bin",
    "WWW/firmware.bin",
    "Schneider_EV/firmware.bin",
    "www.bin",
    "schneider_ev.zip",
)
OF_NO_KIND = (
    "id_rsa",
    "SERVICE_ACCOUNT.json",
    "home-assistant_v2.db",
    "privkey.pem",
    "backup.tar",
    "firmware.bin.yaml",
    ".bin",
    "firmware.bin.",
    "picture.png",
)


async def test_files_that_may_not_be_served(
    hass: HomeAssistant, config: Path, ready: FakeCharger, ask: Act
) -> None:
    """Of another folder or another kind, by whatever name or way; it is said which."""
    # what other integrations may write into is not for chargers
    hass.config.allowlist_external_dirs = {str(config)}
    ready.received.clear()
    (config / "www").mkdir()
    for number, (name, key) in enumerate(
        [(name, "file_not_allowed") for name in ELSEWHERE]
        + [(f"media/{name}", "file_kind") for name in OF_NO_KIND]
    ):
        path = config / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"secret")
        link = f"www/firmware{number}.bin"
        (config / link).symlink_to(path)
        for given in (name, str(path), link, f"media/../{name}"):
            with pytest.raises(ServiceValidationError) as raised:
                await ask("update_firmware", location=given)
            assert raised.value.translation_key == key, given
            said = raised.value.translation_placeholders or {}
            assert said["file"] == given
            assert ".bin" in said["kinds"]
    (config.parent / "outside.bin").write_bytes(b"secret")
    (config / "media" / "circle.bin").symlink_to(config / "media" / "circle.bin")
    (config / "media" / "folder.bin").mkdir()
    for given, key in (
        ("../outside.bin", "file_not_allowed"),
        ("/etc/passwd", "file_not_allowed"),
        ("/etc/there-is-none", "file_not_allowed"),
        ("missing.bin", "file_not_allowed"),
        ("media", "file_kind"),
        ("media/missing.bin", "file_not_found"),
        ("media/folder.bin", "file_not_found"),
        ("media/circle.bin", "file_not_found"),
        ("media/nul\0.bin", "file_not_found"),
        ("file:///etc/passwd", "file_not_allowed"),
        ("tftp://127.0.0.1/f", "file_not_allowed"),
        ("http://[::1", "file_not_allowed"),
        ("", "file_not_allowed"),
    ):
        for name, data in (
            ("update_firmware", {"location": given}),
            ("signed_update_firmware", {"firmware": {"location": given, **SIGNATURE}}),
        ):
            with pytest.raises(ServiceValidationError) as raised:
                await ask(name, **data)
            assert raised.value.translation_key == key, given
    assert not ready.received


async def test_signed_firmware(
    ready: FakeCharger, ask: Act, web: ClientSession, freezer: FrozenDateTimeFactory
) -> None:
    """A file is served; a refusal closes the address."""
    for status, served in (("Accepted", OK), ("Rejected", GONE)):
        ready.answers["SignedUpdateFirmware"] = {"status": status}
        answer = await ask(
            "signed_update_firmware",
            firmware={"location": "media/firmware.bin", **SIGNATURE},
        )
        assert answer == {"status": status}
        request = ready.calls("SignedUpdateFirmware")[-1]
        firmware = request["firmware"]
        assert 0 < request["requestId"] < 2**31
        assert firmware["signature"] == "x"
        assert firmware["retrieveDateTime"] == f"{freezer():%Y-%m-%dT%H:%M:%SZ}"
        assert (await get(web, firmware["location"]))[0] == served
    ready.answers["UpdateFirmware"] = lambda _: [4, "ID", "NotSupported", "no", {}]
    with pytest.raises(HomeAssistantError):
        await ask("update_firmware", location="media/firmware.bin")
    url = ready.calls("UpdateFirmware")[0]["location"]
    assert (await get(web, url))[0] == GONE


async def test_home_assistant_fetches_nothing(
    hass: HomeAssistant, ready: FakeCharger, ask: Act
) -> None:
    """A URL is for the charger: nobody here calls it, or what it leads to."""
    called = []

    def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append(writer)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as elsewhere:
        port = elsewhere.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/firmware"
        ready.answers["GetDiagnostics"] = {"fileName": "x"}
        await ask("update_firmware", location=url)
        await ask("signed_update_firmware", firmware={"location": url, **SIGNATURE})
        await ask("get_diagnostics", location=url)
        await ask(
            "get_log",
            log_type="SecurityLog",
            request_id=4,
            log={"remote_location": url},
        )
        await hass.async_block_till_done()
        assert len(ready.calls("UpdateFirmware")) == 1
        assert not called


async def test_by_hand(hass: HomeAssistant, ready: FakeCharger, ask: Act) -> None:
    """A URL goes out as it is, even without a way to Home Assistant."""
    ready.configuration["SupportedFileTransferProtocols"] = (
        "FTP,FTPS,SFTP,HTTP,HTTPS",
        True,
    )
    await ask("get_configuration")
    hass.config.api = None
    await hass.config.async_update(internal_url=None)
    ready.answers["GetDiagnostics"] = {"fileName": "x"}
    for url in (
        "ftp://user:secret@127.0.0.1:2121/a//b/?x=%20#z",
        "ftps://127.0.0.1/",
        "sftp://127.0.0.1/f",
        "http://127.0.0.1/f",
        "HTTPS://127.0.0.1/f",
    ):
        ready.received.clear()
        assert await ask("get_diagnostics", location=url) == {"file_name": "x"}
        answer = await ask(
            "get_log",
            log_type="SecurityLog",
            request_id=4,
            log={"remote_location": url},
        )
        assert answer == {"status": "Accepted"}
        await ask("update_firmware", location=url)
        await ask("signed_update_firmware", firmware={"location": url, **SIGNATURE})
        assert ready.calls("GetDiagnostics") == [{"location": url}]
        (log,) = ready.calls("GetLog")
        assert log["log"] == {"remoteLocation": url}
        assert log["requestId"] == 4
        assert ready.calls("UpdateFirmware")[0]["location"] == url
        assert ready.calls("SignedUpdateFirmware")[0]["firmware"]["location"] == url


# The picture of the tariff


@pytest.fixture
def picture(config: Path) -> Picture:
    """Make a picture."""

    def make(
        size: tuple[int, int] = (987, 546), kind: str = "PNG", name: str = "prices.png"
    ) -> Path:
        path = config / "media" / name
        Image.new("RGB", size, "white").save(path, kind)
        return path

    return make


@pytest.fixture
def product() -> Any:
    """The product with a screen."""
    return EVLINK_PRO_DC


def tariff(charger: FakeCharger) -> dict[str, Any]:
    """Return what was sent, which is what the guide says."""
    transfer = charger.calls("DataTransfer")[-1]
    assert transfer["vendorId"] == "com.se.tariff"
    assert transfer["messageId"] == "TariffDownload"
    data: dict[str, Any] = json.loads(transfer["data"])
    assert set(data) == {"fileType", "type", "location", "size"}
    assert (data["fileType"], data["type"]) == ("Tariff", "file")
    return data


DOWNLOADED = {"status": "Accepted", "data": '{ "downloadStatus": "Downloaded" }'}


async def test_tariff_image(
    hass: HomeAssistant,
    ready_product: FakeCharger,
    act: Act,
    ask: Act,
    picture: Picture,
    web: ClientSession,
) -> None:
    """A file is served as tariff.png, with its size.

    A URL goes out as it is, with the size that is given, or the largest.
    """
    ready_product.answers["DataTransfer"] = DOWNLOADED
    for size in ((987, 546), (564, 312), (47, 26), (100, 55), (181, 100)):
        path = picture(size)
        answer = await ask("send_tariff_image", location="media/prices.png")
        assert answer == {"status": "Accepted", "download_status": "Downloaded"}
        data = tariff(ready_product)
        assert data["location"].endswith("/tariff.png")
        assert data["size"] == path.stat().st_size
        async with web.get(data["location"]) as response:
            assert response.content_type == "image/png"
            assert await response.read() == path.read_bytes()
        assert (await get(web, data["location"]))[0] == GONE
    hass.config.api = None
    await hass.config.async_update(internal_url=None)
    await ask("send_tariff_image", location=TARIFF_URL)
    assert tariff(ready_product)["location"] == TARIFF_URL
    assert tariff(ready_product)["size"] == 2_097_152
    await act("send_tariff_image", location=TARIFF_URL, size=5)
    assert tariff(ready_product)["size"] == 5


async def test_tariff_images_that_do_not_suit(
    config: Path, ready_product: FakeCharger, ask: Act, picture: Picture
) -> None:
    """Are not sent; it is said what would suit."""
    whole = picture().read_bytes()
    pixels = whole[12:16] + (987_000).to_bytes(4) + whole[20:29]
    bomb = whole[:12] + pixels + crc32(pixels).to_bytes(4) + whole[33:]
    picture(kind="JPEG", name="jpeg.png")
    picture((989, 546), name="wide.png")
    picture((987, 548), name="high.png")
    for name, content in (
        ("text.png", b"no picture"),
        ("empty.png", b""),
        ("half.png", whole[: len(whole) // 2]),
        ("spoilt.png", whole[:-20] + bytes([whole[-20] ^ 0xFF]) + whole[-19:]),
        ("bomb.png", bomb),
        ("heavy.png", whole + bytes(2_097_153 - len(whole))),
    ):
        (config / "media" / name).write_bytes(content)
    ready_product.received.clear()
    for location, key in (
        ("ftp://127.0.0.1/prices.png", "tariff_image_name"),
        ("ftp://127.0.0.1/Tariff.PNG", "tariff_image_name"),
        ("none.png", "file_not_allowed"),
        ("media/none.png", "file_not_found"),
        ("media/firmware.bin", "file_kind"),
        ("/etc/passwd", "file_not_allowed"),
        ("media/jpeg.png", "tariff_image_not_png"),
        ("media/text.png", "tariff_image_not_png"),
        ("media/half.png", "tariff_image_not_png"),
        ("media/spoilt.png", "tariff_image_not_png"),
        ("media/bomb.png", "tariff_image_not_png"),
        ("media/empty.png", "tariff_image_not_png"),
        ("media/wide.png", "tariff_image_ratio"),
        ("media/high.png", "tariff_image_ratio"),
        ("media/heavy.png", "tariff_image_too_large"),
        (TARIFF_URL, "tariff_image_too_large"),
    ):
        with pytest.raises(ServiceValidationError) as raised:
            await ask("send_tariff_image", location=location, size=2_097_153)
        assert raised.value.translation_key == key, location
        if key in ("tariff_image_ratio", "tariff_image_too_large"):
            assert (raised.value.translation_placeholders or {})["best"] == (
                "987 × 546 (EVlink Pro DC180), 564 × 312 (EVlink Pro DC60)"
            )
    assert not ready_product.received


async def test_tariff_image_refused(
    ready_product: FakeCharger, act: Act, ask: Act, picture: Picture, web: ClientSession
) -> None:
    """It is returned if asked for, else an error; the address is closed."""
    picture()
    failed = '{"downloadStatus":"DownloadFailed"}'
    for answer, response in (
        ({"status": "Rejected"}, {"status": "Rejected"}),
        ({"status": "UnknownVendorId"}, {"status": "UnknownVendorId"}),
        (
            {"status": "Accepted", "data": failed},
            {"status": "Accepted", "download_status": "DownloadFailed"},
        ),
    ):
        ready_product.answers["DataTransfer"] = answer
        assert await ask("send_tariff_image", location="media/prices.png") == response
        assert (await get(web, tariff(ready_product)["location"]))[0] == GONE
        with pytest.raises(HomeAssistantError) as raised:
            await act("send_tariff_image", location="media/prices.png")
        assert raised.value.translation_key == "refused"
        assert raised.value.translation_placeholders == {
            "action": "TariffDownload",
            "status": [*response.values()][-1],
        }


async def test_tariff_image_without_a_word(
    ready_product: FakeCharger, ask: Act, picture: Picture, web: ClientSession
) -> None:
    """A charger that only accepts may fetch the picture thereafter."""
    picture()
    for data in ({}, {"data": ""}, {"data": "no JSON"}, {"data": "[]"}, {"data": "{}"}):
        ready_product.answers["DataTransfer"] = {"status": "Accepted"} | data
        answer = await ask("send_tariff_image", location="media/prices.png")
        assert answer == {"status": "Accepted"}
        assert (await get(web, tariff(ready_product)["location"]))[0] == OK


async def test_a_charger_without_a_screen(ready: FakeCharger, ask: Act) -> None:
    """Is not asked."""
    with pytest.raises(ServiceValidationError) as raised:
        await ask("send_tariff_image", location=TARIFF_URL)
    assert raised.value.translation_key == "operation_not_supported"
    assert not ready.calls("DataTransfer")


# The update entity


async def test_installation(
    hass: HomeAssistant, ready: FakeCharger, ask: Act, shown: Shown
) -> None:
    """From the order to the charger's next start; of others only that there is one."""
    entity = f"{IDENTITY}_firmware"

    def seen() -> tuple[str, str | None, bool]:
        state = shown.entity(entity)
        assert state.attributes["installed_version"] == installed
        return (
            state.state,
            state.attributes["latest_version"],
            state.attributes["in_progress"],
        )

    async def report(status: str, message: str = "FirmwareStatusNotification") -> None:
        await ready.call(message, {"status": status})
        await hass.async_block_till_done()

    installed = "1.6.1"
    await hass.async_block_till_done()
    assert shown.entity(entity).attributes["device_class"] == "firmware"
    assert seen() == ("unknown", None, False)
    await report("Installing")
    assert seen() == ("unknown", None, True)
    ready.answers["UpdateFirmware"] = {}
    await report("Idle")
    await ask("update_firmware", location="ftp://127.0.0.1/new%202.0.1.bin?a=/b")
    await hass.async_block_till_done()
    assert seen() == ("on", "new 2.0.1.bin", False)
    for status in ("Downloading", "Downloaded", "Installing"):
        await report(status)
        assert seen() == ("on", "new 2.0.1.bin", True)
    installed = "2.0.1"
    await ready.boot(firmwareVersion="2.0.1")
    await hass.async_block_till_done()
    assert seen() == ("unknown", None, False)
    assert shown[f"{IDENTITY}_firmware_status"] == "installed"
    await report("Installed")
    assert seen() == ("unknown", None, False)

    await ask("update_firmware", location="ftp://127.0.0.1/1.0.0")
    await hass.async_block_till_done()
    assert seen() == ("on", "1.0.0", False)
    await report("DownloadFailed")
    signed = {"location": "media/firmware.bin", **SIGNATURE}
    ready.answers["SignedUpdateFirmware"] = {"status": "Rejected"}
    await ask("signed_update_firmware", firmware=signed)
    await hass.async_block_till_done()
    assert seen() == ("unknown", None, False)
    ready.answers["SignedUpdateFirmware"] = {"status": "Accepted"}
    for end in ("InvalidSignature", "InstallationFailed", "DownloadFailed", "Idle"):
        await ask("signed_update_firmware", firmware=signed)
        await hass.async_block_till_done()
        for status, is_busy in (
            ("DownloadScheduled", False),
            ("Downloading", True),
            ("DownloadPaused", True),
            ("SignatureVerified", True),
            ("InstallScheduled", False),
            ("InstallRebooting", True),
        ):
            await report(status, "SignedFirmwareStatusNotification")
            assert seen() == ("on", "firmware.bin", is_busy)
        await report(end, "SignedFirmwareStatusNotification")
        assert seen() == ("unknown", None, False)


# Chargers that behave like some


@pytest.fixture(params=[key for key in PRODUCTS if key != "generic"])
async def simulator(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    central_system: str,
) -> AsyncIterator[Simulator]:
    """A simulator of each product that is ready and answers at once."""
    monkeypatch.setattr("tests.simulator.simulator.STEP_SECONDS", 0)
    async with Simulator(
        central_system, IDENTITY, request.param, latency=0
    ) as simulator:
        await simulator.until(simulator.accepted.is_set)
        await simulator.until(lambda: len(simulator.calls("TriggerMessage")) > 1)
        yield simulator


def reported(simulator: Simulator) -> Iterator[str]:
    """Yield the statuses of uploads and installations that arrived."""
    for sent in simulator.sent:
        if sent.answer is not None and sent.action != "StatusNotification":
            yield sent.payload.get("status", "")


async def test_with_chargers_that_behave_like_some(
    hass: HomeAssistant,
    folder: Path,
    simulator: Simulator,
    ask: Act,
    picture: Picture,
    shown: Shown,
) -> None:
    """What they upload arrives; what they fetch they get."""
    answer = await ask("get_diagnostics")
    await simulator.until(lambda: "Uploaded" in reported(simulator))
    assert content(answer["path"]) == LOG
    await ask("update_firmware", location="media/firmware.bin")
    await simulator.until(lambda: "Installed" in reported(simulator))
    facts = simulator.product.facts
    if facts.supports("GetLog"):
        answer = await ask("get_log", log_type="SecurityLog")
        await simulator.until(lambda: [*reported(simulator)].count("Uploaded") == 2)
        assert content(answer["path"]) == LOG
    if facts.supports("SignedUpdateFirmware"):
        await ask(
            "signed_update_firmware",
            firmware={"location": "media/firmware.bin", **SIGNATURE},
        )
        await simulator.until(lambda: [*reported(simulator)].count("Installed") == 2)
    if facts.tariff_image:
        picture()
        answer = await ask("send_tariff_image", location="media/prices.png")
        assert answer == {"status": "Accepted", "download_status": "Downloaded"}
    await hass.async_block_till_done()
    assert shown[f"{IDENTITY}_diagnostics_status"] == "uploaded"
    assert shown[f"{IDENTITY}_firmware_status"] == "installed"
    assert not any("Fail" in status for status in reported(simulator))


@pytest.mark.parametrize("simulator", ["evlink_pro_dc"], indirect=True)
async def test_with_a_charger_that_fails(
    hass: HomeAssistant,
    folder: Path,
    simulator: Simulator,
    act: Act,
    ask: Act,
    picture: Picture,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What cannot be uploaded or fetched is reported so."""

    def nothing(*_: object) -> None:
        raise web.HTTPNotFound

    for module in (downloads, uploads):
        monkeypatch.setattr(module, "async_find_one_time_url", nothing)
    firmware: dict[str, Any] = {"location": "media/firmware.bin"}
    cases: tuple[tuple[str, dict[str, Any], str, str, str], ...] = (
        ("get_diagnostics", {}, "UploadFailed", "diagnostics", "upload_failed"),
        (
            "get_log",
            {"log_type": "SecurityLog"},
            "UploadFailure",
            "diagnostics",
            "upload_failed",
        ),
        ("update_firmware", firmware, "DownloadFailed", "firmware", "download_failed"),
        (
            "signed_update_firmware",
            {"firmware": firmware | SIGNATURE},
            "DownloadFailed",
            "firmware",
            "download_failed",
        ),
    )
    for name, data, status, subject, state in cases:
        simulator.sent.clear()
        await ask(name, **data)
        await simulator.until(lambda: status in reported(simulator))  # noqa: B023
        await hass.async_block_till_done()
        assert shown[f"{IDENTITY}_{subject}_status"] == state, name
    picture()
    with pytest.raises(HomeAssistantError):
        await act("send_tariff_image", location="media/prices.png")
    assert not kept(folder)
