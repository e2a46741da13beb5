"""Secured connections: the second listener, its certificates, and those it turns away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
import json
import logging
from pathlib import Path
import socket
import ssl
from typing import Any

from cryptography import x509
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components import schneider_ev
from custom_components.schneider_ev.central_system import Problem
from custom_components.schneider_ev.central_system.charge_point.charger import Charger
from custom_components.schneider_ev.central_system.server import CentralSystem
from custom_components.schneider_ev.central_system.transport import certificates, tls
from custom_components.schneider_ev.central_system.transport.authentication import (
    generate_password,
)
from custom_components.schneider_ev.central_system.transport.certificates import (
    KeyPair,
    make_root,
    make_server_pairs,
)
from custom_components.schneider_ev.central_system.values import Values
from custom_components.schneider_ev.files.root_certificate import async_root_link
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
from tests.conftest import DOMAIN, IDENTITY
from tests.fake_charger import FakeCharger
from tests.keys import EC_256, quick_keys, request
from tests.scenes import basic, bind, until
from tests.simulator import Simulator
from tests.soak.strangers import Target, dial as dial_plainly

type Dial = Callable[..., FakeCharger]
type Storage = dict[str, Any]

HOST = "127.0.0.1"
TLS_1_1 = ssl.TLSVersion.TLSv1_1
TLS_1_2 = ssl.TLSVersion.TLSv1_2
TLS_1_3 = ssl.TLSVersion.TLSv1_3


@pytest.fixture(autouse=True, scope="module")
def _quick_keys() -> Iterator[None]:
    """Have a single RSA key."""
    with quick_keys():
        yield


@pytest.fixture(autouse=True)
def _no_entities(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do without entities, which take time to make."""
    monkeypatch.setattr(schneider_ev, "PLATFORMS", [])


@pytest.fixture(scope="module")
def own_root() -> KeyPair:
    """The authority of an owner."""
    return make_root()


@pytest.fixture(scope="module")
def own_pairs(own_root: KeyPair) -> tuple[KeyPair, ...]:
    """Certificates of an owner."""
    return make_server_pairs(own_root, [HOST])


@pytest.fixture
def own_files(own_pairs: tuple[KeyPair, ...], tmp_path: Path) -> dict[str, str]:
    """The owner's files, as they are typed in."""
    return write_files(tmp_path, own_pairs[0])


def write_files(folder: Path, pair: KeyPair) -> dict[str, str]:
    """Write a certificate and its key to files."""
    files = {"tls_certificate": folder / "fullchain.pem", "tls_key": folder / "key.pem"}
    files["tls_certificate"].write_text(pair.certificate)
    files["tls_key"].write_text(pair.key)
    return {name: str(path) for name, path in files.items()}


@pytest.fixture
def tls_data(
    request: pytest.FixtureRequest,
    own_files: dict[str, str],
    unused_tcp_port_factory: Callable[[], int],
) -> dict[str, Any]:
    """What the entry says of secured connections."""
    kind = getattr(request, "param", "made by us")
    if kind == "none":
        return {}
    files = own_files if kind == "owner's" else {}
    return {"tls_port": unused_tcp_port_factory(), **files}


WITHOUT_TLS = pytest.mark.parametrize("tls_data", ["none"], indirect=True)
OWN_FILES = pytest.mark.parametrize("tls_data", ["owner's"], indirect=True)


@pytest.fixture
def entry(entry: MockConfigEntry, tls_data: dict[str, Any]) -> MockConfigEntry:
    """A central system with a port for secured connections, not loaded yet."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=entry.title,
        data={**entry.data, **tls_data},
        subentries_data=[
            {**subentry.as_dict(), "data": dict(subentry.data)}
            for subentry in entry.subentries.values()
        ],
    )


@pytest.fixture
def dial(entry: MockConfigEntry, central_system: str) -> Dial:
    """Chargers that dial the port for secured connections."""

    def create(
        context: ssl.SSLContext | None = None, identity: str = IDENTITY
    ) -> FakeCharger:
        return FakeCharger(
            f"wss://{HOST}:{entry.data['tls_port']}",
            identity,
            ssl=context or trusting(entry),
            system=lambda: system(entry),
        )

    return create


def system(entry: MockConfigEntry) -> CentralSystem:
    """Return the central system of an entry."""
    running: CentralSystem = entry.runtime_data.central_system
    return running


def charger(entry: MockConfigEntry) -> Charger:
    """Return the charger as the central system knows it."""
    return system(entry).chargers[IDENTITY]


def trusting(
    entry: MockConfigEntry | None = None,
    *,
    root: str | None = None,
    version: ssl.TLSVersion | None = None,
    ciphers: str | None = None,
) -> ssl.SSLContext:
    """Return what a charger goes by that trusts the root of the entry, or that one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if entry is not None:
        root = entry.runtime_data.certificates.root
    if root is not None:
        context.load_verify_locations(cadata=root)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if ciphers is not None:
        context.set_ciphers(ciphers)
    return context


def trusting_all() -> ssl.SSLContext:
    """Return what a charger goes by that trusts everybody."""
    context = trusting()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def problem(
    hass: HomeAssistant, entry: MockConfigEntry, name: str
) -> Mapping[str, str] | None:
    """Return what is told of a problem, to the owner as well."""
    told = system(entry).problems.get(Problem(name))
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"{name}_{entry.entry_id}")
    assert (issue is None) is (told is None)
    if issue is not None:
        assert issue.translation_placeholders == told
    return told


def peer(fake: FakeCharger) -> x509.Certificate:
    """Return the certificate that a charger was shown."""
    ssl_object: ssl.SSLObject = fake.websocket.transport.get_extra_info("ssl_object")
    shown = ssl_object.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown)


# Those who come in


async def test_both_ports(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str, dial: Dial
) -> None:
    """Both ports lead to the same chargers; who comes last is served."""
    async with FakeCharger(central_system, IDENTITY) as plain:
        assert (await plain.boot())["status"] == "Accepted"
        connection = charger(entry).link.connection
        assert connection is not None
        assert not connection.is_encrypted
        async with dial() as secured:
            await plain.wait_closed()
            assert (await secured.boot())["status"] == "Accepted"
            await secured.until_ready()
            connection = charger(entry).link.connection
            assert connection is not None
            assert connection.is_encrypted
            assert connection.address == HOST
        async with dial(identity="stranger") as stranger:
            assert (await stranger.boot())["status"] == "Pending"


async def test_suites(entry: MockConfigEntry, dial: Dial) -> None:
    """A charger that knows only one of the suites of the white paper is served."""
    for ciphers in (
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
    ):
        context = trusting(entry, version=TLS_1_2, ciphers=ciphers)
        async with dial(context) as fake:
            assert fake.websocket.transport.get_extra_info("cipher")[0] == ciphers
            assert (await fake.boot())["status"] == "Accepted"


async def test_best_suite(entry: MockConfigEntry, dial: Dial) -> None:
    """Who knows more gets the best: TLS 1.3, and a key for this connection only."""
    async with dial() as fake:
        assert fake.websocket.transport.get_extra_info("cipher")[1] == "TLSv1.3"
    everything = trusting(entry, version=TLS_1_2, ciphers="AES128-GCM-SHA256:ECDHE")
    async with dial(everything) as fake:
        assert fake.websocket.transport.get_extra_info("cipher")[0].startswith("ECDHE")


async def test_password(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    """A charger signs in by TLS as it does without."""
    charger(entry).credentials.admit_also("secret")
    headers = {"Authorization": "Basic Q1AtMTpzZWNyZXQ="}
    url = f"wss://{HOST}:{entry.data['tls_port']}"
    context = trusting(entry)
    async with FakeCharger(url, IDENTITY, headers=headers, ssl=context) as fake:
        await fake.boot()
        connection = charger(entry).link.connection
        assert connection is not None
        assert connection.is_encrypted
        assert connection.presents("secret")


async def test_all_at_once(entry: MockConfigEntry, dial: Dial) -> None:
    """What comes together with the end of the handshake is not lost."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting(entry).wrap_bio(incoming, outgoing, server_hostname=HOST)
    reader, writer = await asyncio.open_connection(HOST, entry.data["tls_port"])
    while True:
        try:
            client.do_handshake()
            break
        except ssl.SSLWantReadError:
            writer.write(outgoing.read())
            incoming.write(await asyncio.wait_for(reader.read(65536), 5))
    client.write(
        f"GET /{IDENTITY} HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    writer.write(outgoing.read())
    answer = b""
    while b"\r\n\r\n" not in answer:
        incoming.write(await asyncio.wait_for(reader.read(65536), 5))
        try:
            answer += client.read(65536)
        except ssl.SSLWantReadError:
            continue
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert charger(entry).link.is_connected
    writer.close()
    await until(lambda: not charger(entry).link.is_connected)


# Those who do not


async def knock(
    hass: HomeAssistant, entry: MockConfigEntry, context: ssl.SSLContext
) -> None:
    """Dial as a charger does that tells what it does not like."""

    def dial() -> None:
        address = (HOST, entry.data["tls_port"])
        with (
            socket.create_connection(address, 5) as plain,
            pytest.raises((ssl.SSLError, ConnectionError)),
            context.wrap_socket(plain, server_hostname=HOST),
        ):
            pass

    await hass.async_add_executor_job(dial)


@pytest.mark.parametrize("version", [TLS_1_2, TLS_1_3])
async def test_unknown_ca(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, version: ssl.TLSVersion
) -> None:
    """The owner hears of a charger that does not trust the server, until it does."""
    assert problem(hass, entry, "unknown_ca") is None
    await knock(hass, entry, trusting(version=version))
    await until(lambda: problem(hass, entry, "unknown_ca"))
    assert problem(hass, entry, "unknown_ca") == {"address": HOST}
    assert problem(hass, entry, "no_common_tls_version") is None
    async with dial():
        assert problem(hass, entry, "unknown_ca") is None


async def test_other_name(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    """A certificate that is refused for its name is told in the same way."""
    context = trusting(entry)

    def dial_wrongly() -> None:
        with (
            socket.create_connection((HOST, entry.data["tls_port"]), 5) as plain,
            pytest.raises(ssl.SSLCertVerificationError),
            context.wrap_socket(plain, server_hostname="other.local"),
        ):
            pass

    await hass.async_add_executor_job(dial_wrongly)
    await until(lambda: problem(hass, entry, "unknown_ca"))


async def test_unknown_ca_afterwards(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some look at the certificate only when the handshake is done."""
    error = ssl.SSLError(1, "alert")
    error.reason = "TLSV1_ALERT_UNKNOWN_CA"
    read = ssl.SSLObject.read

    def alert(secured: ssl.SSLObject, *arguments: Any) -> Any:
        if secured.server_side:
            raise error
        return read(secured, *arguments)

    async with dial() as fake:
        await fake.boot()
        monkeypatch.setattr(ssl.SSLObject, "read", alert)
        await fake.send_raw("what is read where the alert comes")
        await fake.wait_closed()
    await until(lambda: problem(hass, entry, "unknown_ca"))
    await until(lambda: not charger(entry).link.is_connected)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
@pytest.mark.parametrize(
    ("version", "ciphers"),
    [
        (ssl.TLSVersion.TLSv1, "ALL:@SECLEVEL=0"),
        (TLS_1_1, "ALL:@SECLEVEL=0"),
        (TLS_1_2, "AES128-SHA256:@SECLEVEL=0"),
    ],
)
async def test_no_common_tls_version(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    version: ssl.TLSVersion,
    ciphers: str,
) -> None:
    """The owner hears of a charger that knows no encryption that is safe enough."""
    await knock(hass, entry, trusting(entry, version=version, ciphers=ciphers))
    await until(lambda: problem(hass, entry, "no_common_tls_version"))
    assert problem(hass, entry, "no_common_tls_version") == {"address": HOST}
    assert problem(hass, entry, "unknown_ca") is None
    async with dial():
        assert problem(hass, entry, "no_common_tls_version") is None


async def test_problem_of_another(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str, dial: Dial
) -> None:
    """A charger that comes in otherwise solves no problem of one that does not."""
    here, elsewhere = {"address": HOST}, {"address": "192.0.2.1"}
    system(entry).problems.set(Problem.UNKNOWN_CA, elsewhere)
    async with dial() as fake:
        await fake.boot()
    assert problem(hass, entry, "unknown_ca") == elsewhere
    system(entry).problems.set(Problem.UNKNOWN_CA, here)
    async with FakeCharger(central_system, IDENTITY) as fake:
        await fake.boot()
    assert problem(hass, entry, "unknown_ca") == here


async def test_noise(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What is no TLS costs its own connection, and is no problem of the owner's."""
    async with dial() as fake:
        await fake.boot()
        for noise in (
            b"\x00\x01\x02 nothing that anybody knows " * 20,
            b"GET /CP-1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"\x16\x03\x01\x00\x05hello",
            b"",
        ):
            reader, writer = await asyncio.open_connection(HOST, entry.data["tls_port"])
            writer.write(noise)
            writer.write_eof()
            await asyncio.wait_for(reader.read(), 5)
            writer.close()
        assert (await fake.call("Heartbeat"))["currentTime"]
    for name in ("unknown_ca", "no_common_tls_version"):
        assert problem(hass, entry, name) is None
    assert not [
        record
        for record in caplog.records
        if record.levelno >= logging.WARNING
        and record.name.startswith(("custom_components", "websockets", "asyncio"))
        # where the machine is busy
        and "Executing" not in record.message
    ]


async def silent(
    entry: MockConfigEntry, source: str = HOST
) -> tuple[asyncio.StreamReader, Any]:
    """Begin a handshake, and say nothing more."""
    reader, writer = await asyncio.open_connection(
        HOST, entry.data["tls_port"], local_addr=(source, 0)
    )
    writer.write(b"\x16\x03")
    return reader, writer


async def test_slow_handshake(
    entry: MockConfigEntry, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handshake that does not come to an end is broken off."""
    monkeypatch.setattr(tls, "HANDSHAKE_TIMEOUT", 0.1)
    reader, writer = await silent(entry)
    async with dial() as fake:
        assert (await fake.boot())["status"] == "Accepted"
    assert await asyncio.wait_for(reader.read(), 1) == b""
    writer.close()


async def test_many_handshakes(
    entry: MockConfigEntry, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where too many do not come to an end, the oldest give way, and chargers get in."""
    monkeypatch.setattr(tls, "MAX_UNSETTLED", 3)
    slow = [await silent(entry) for _ in range(4)]
    assert await asyncio.wait_for(slow[0][0].read(), 1) == b""
    async with dial() as fake:
        assert (await fake.boot())["status"] == "Accepted"
    assert await asyncio.wait_for(slow[1][0].read(), 1) == b""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(slow[3][0].read(), 0.1)
    for _, writer in slow:
        writer.close()


async def test_handshakes_of_one_address(
    entry: MockConfigEntry, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who opens many keeps out nobody but himself, however slow another is."""
    monkeypatch.setattr(tls, "MAX_UNSETTLED", 5)
    slow = await silent(entry)
    many = [await silent(entry, "127.0.0.2") for _ in range(20)]
    for reader, _ in many[:15]:
        assert await asyncio.wait_for(reader.read(), 1) == b""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(slow[0].read(), 0.1)
    async with dial() as fake:
        assert (await fake.boot())["status"] == "Accepted"
    for _, writer in (slow, *many):
        writer.close()


@pytest.mark.parametrize("port", ["port", "tls_port"])
async def test_those_that_say_nothing(
    entry: MockConfigEntry,
    dial: Dial,
    monkeypatch: pytest.MonkeyPatch,
    port: str,
) -> None:
    """Without TLS, too, only so many may be opening; open ones do not count."""
    monkeypatch.setattr(tls, "MAX_UNSETTLED", 3)
    async with dial() as known, dial() as fake:
        await known.wait_closed()
        many = [
            await asyncio.open_connection(HOST, entry.data[port]) for _ in range(10)
        ]
        for reader, _ in many[:7]:
            assert await asyncio.wait_for(reader.read(), 1) == b""
        assert (await fake.boot())["status"] == "Accepted"
        for _, writer in many:
            writer.close()


async def test_those_that_do_not_hang_up(
    entry: MockConfigEntry, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections that were replaced and stay open count like those that open."""
    monkeypatch.setattr(tls, "MAX_UNSETTLED", 3)
    target = Target(port=entry.data["port"])
    async with dial() as first:
        replaced = [
            await asyncio.to_thread(dial_plainly, target, IDENTITY, HOST)
            for _ in range(10)
        ]
        await first.wait_closed()
        ended = 0
        async with asyncio.timeout(5):
            while ended < 6:
                await asyncio.sleep(0.05)
                ended = sum(map(has_ended, replaced))
        assert ended <= 7
    for connection in replaced:
        connection.close()


def has_ended(connection: socket.socket) -> bool:
    """Tell whether the other end has reset a connection, or closed it."""
    connection.setblocking(False)
    try:
        while connection.recv(4096):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


async def test_a_long_message(entry: MockConfigEntry, dial: Dial) -> None:
    """What is longer than a piece that is read is put together again."""
    async with dial() as fake:
        await fake.boot()
        data = "".join(f"{number};" for number in range(100_000))
        call = json.dumps([2, "long", "DataTransfer", {"vendorId": "x", "data": data}])
        answer = fake.expect("long")
        await fake.send_raw(call)
        assert "status" in await answer


async def test_unload(hass: HomeAssistant, entry: MockConfigEntry, dial: Dial) -> None:
    """Unloading closes all connections at once, also those that are not made yet."""
    slow = [await silent(entry) for _ in range(3)]
    # no request follows, neither after the handshake nor without one
    address = (HOST, entry.data["tls_port"])
    slow.append(await asyncio.open_connection(*address, ssl=trusting(entry)))
    slow.append(await asyncio.open_connection(HOST, entry.data["port"]))
    await asyncio.sleep(0.05)
    async with dial() as fake:
        await fake.boot()
        async with asyncio.timeout(3):
            assert await hass.config_entries.async_unload(entry.entry_id)
        assert (await fake.wait_closed())[0] == 1001
    for reader, writer in slow:
        with suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 1) == b""
        writer.close()
    bind(entry.data["port"])
    bind(entry.data["tls_port"])


async def test_late_handshake() -> None:
    """A handshake that begins while all is being closed is broken off, not forgotten."""
    closing = tls.Listener(Values(), None)
    await closing.close()
    ended = asyncio.Event()

    async def handshake() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    closing.start(handshake())
    await asyncio.wait_for(ended.wait(), 1)


# The certificates of our own


def stored(hass_storage: Storage, entry: MockConfigEntry) -> dict[str, Any]:
    """Return what is kept of the certificates."""
    data: dict[str, Any] = hass_storage[f"{DOMAIN}.{entry.entry_id}.certificates"][
        "data"
    ]
    return data


async def test_kept(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, hass_storage: Storage
) -> None:
    """The authority and the certificates outlive a restart, and go with the entry."""
    root = entry.runtime_data.certificates.root
    async with dial() as fake:
        before = peer(fake)
    kept = stored(hass_storage, entry)
    assert kept["root"]["certificate"] == root
    assert {"certificate", "key"} == set(kept["root"]) == set(kept["server"][0])
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.runtime_data.certificates.root == root
    async with dial() as fake:
        assert peer(fake) == before
    await hass.config_entries.async_remove(entry.entry_id)
    assert not [key for key in hass_storage if entry.entry_id in key]


@WITHOUT_TLS
async def test_not_needed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    central_system: str,
    hass_storage: Storage,
) -> None:
    """Where no port is for secured connections, no key is made."""
    assert entry.runtime_data.certificates.root is None
    assert f"{DOMAIN}.{entry.entry_id}.certificates" not in hass_storage


async def look(hass: HomeAssistant) -> None:
    """Let a day go by."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(days=1, minutes=1))
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def due(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have certificates be due to be renewed."""
    return lambda: monkeypatch.setattr(
        certificates, "RENEWED_BEFORE_EXPIRY", timedelta(days=398)
    )


async def test_renewal(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    hass_storage: Storage,
    due: Callable[[], None],
) -> None:
    """A certificate is renewed in time; whoever is connected stays so."""
    root = entry.runtime_data.certificates.root
    async with dial() as fake:
        await fake.boot()
        first = peer(fake)
        await look(hass)
        async with dial(identity="other") as other:
            assert peer(other) == first
        due()
        await look(hass)
        async with dial(identity="other") as other:
            second = peer(other)
        assert (await fake.call("Heartbeat"))["currentTime"]
    assert second.serial_number != first.serial_number
    assert entry.runtime_data.certificates.root == root
    assert second in [
        x509.load_pem_x509_certificate(pair["certificate"].encode())
        for pair in stored(hass_storage, entry)["server"]
    ]


async def test_renewal_at_start(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial, due: Callable[[], None]
) -> None:
    """Home Assistant may have been off when a certificate was to be renewed."""
    async with dial() as fake:
        first = peer(fake)
    due()
    await hass.config_entries.async_reload(entry.entry_id)
    async with dial() as fake:
        assert peer(fake).serial_number != first.serial_number


async def test_new_name(
    hass: HomeAssistant, entry: MockConfigEntry, dial: Dial
) -> None:
    """A certificate is for the names by which the machine is known now."""

    def names() -> list[str]:
        alternative = peer(fake).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
        return alternative.value.get_values_for_type(x509.DNSName)

    async with dial() as fake:
        assert names()[0] == HOST
        assert "homeassistant.local" in names()
        assert socket.gethostname() in names()
        assert "charging.example" not in names()
    hass.config.internal_url = "http://charging.example:8123"
    await look(hass)
    async with dial() as fake:
        assert names()[0] == HOST
        assert "charging.example" in names()


async def test_root_as_a_file(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    central_system: str,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """The root certificate can be downloaded, by those who are logged in."""
    url = "/api/schneider_ev/root.pem"
    stranger, user = await hass_client_no_auth(), await hass_client()
    assert (await stranger.get(url)).status == 401
    link = async_root_link(hass, entry)
    for client, address in (
        (user, url),
        (user, f"{url}?entry_id={entry.entry_id}"),
        (stranger, link),
    ):
        answer = await client.get(address)
        assert answer.status == 200
        assert await answer.text() == entry.runtime_data.certificates.root
        assert 'filename="root.pem"' in answer.headers["Content-Disposition"]
    assert (await user.get(f"{url}?entry_id=other")).status == 404
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await user.get(url)).status == 404
    form = await entry.start_reconfigure_flow(hass)
    placeholders = form["description_placeholders"]
    assert placeholders is not None
    assert url in placeholders["root_url"]


# The owner's own files


@OWN_FILES
async def test_own_files(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    own_root: KeyPair,
    own_pairs: tuple[KeyPair, ...],
    hass_storage: Storage,
) -> None:
    """The owner's certificate is shown, and none is made."""
    async with dial(trusting(root=own_root.certificate)) as fake:
        assert (await fake.boot())["status"] == "Accepted"
        shown = peer(fake)
    assert shown == x509.load_pem_x509_certificate(own_pairs[0].certificate.encode())
    assert entry.runtime_data.certificates.root is None
    assert f"{DOMAIN}.{entry.entry_id}.certificates" not in hass_storage


@OWN_FILES
async def test_own_files_renewed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    own_root: KeyPair,
    own_pairs: tuple[KeyPair, ...],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Files that the owner renews are read again; where that fails, the old ones stay."""
    context = trusting(root=own_root.certificate)
    write_files(tmp_path, own_pairs[1])
    async with dial(context) as fake:
        await fake.boot()
        first = peer(fake)
        await look(hass)
        async with dial(context, "other") as other:
            second = peer(other)
        assert second.serial_number != first.serial_number
        (tmp_path / "key.pem").unlink()
        await look(hass)
        assert "The certificate could not be read again" in caplog.text
        async with dial(context, "other") as other:
            assert peer(other) == second
        assert (await fake.call("Heartbeat"))["currentTime"]


@OWN_FILES
async def test_own_files_expired(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    own_root: KeyPair,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An owner who forgot to renew a certificate is told; chargers may dial plainly."""
    monkeypatch.setattr(certificates, "SERVER_VALIDITY", timedelta(hours=-1))
    write_files(tmp_path, make_server_pairs(own_root, [HOST])[0])
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert "has expired" in caplog.text
    url = f"ws://{HOST}:{entry.data['port']}"
    async with FakeCharger(url, IDENTITY) as fake:
        assert (await fake.boot())["status"] == "Accepted"
    await hass.config_entries.async_unload(entry.entry_id)


# Starting


async def test_start_on_a_busy_port(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Where one port is taken, the other is not taken either, and the owner is told."""
    entry.add_to_hass(hass)
    with socket.create_server((HOST, entry.data["tls_port"])):
        assert not await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_RETRY
        assert str(entry.data["tls_port"]) in (entry.reason or "")
        bind(entry.data["port"])
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)


def spoil(name: str, content: str | None) -> None:
    """Write something else to a file, or take it away."""
    path = Path(name)
    if content is None:
        path.unlink()
    else:
        path.write_text(content)


@OWN_FILES
@pytest.mark.parametrize("content", [None, "", "nonsense"])
async def test_start_without_files(
    hass: HomeAssistant, entry: MockConfigEntry, content: str | None
) -> None:
    """Where the owner's files are of no use, nothing is started, and the owner is told."""
    key = entry.data["tls_key"]
    spoil(key, content)
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    reason = entry.reason or ""
    assert "The certificate for secure connections cannot be used" in reason
    assert (key in reason) is (content is None)
    bind(entry.data["port"])
    bind(entry.data["tls_port"])


# The forms


async def create(hass: HomeAssistant, data: dict[str, Any]) -> dict[str, Any]:
    """Fill in the form of a new central system."""
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    result = await hass.config_entries.flow.async_configure(form["flow_id"], data)
    await hass.async_block_till_done()
    return dict(result)


async def test_create(
    hass: HomeAssistant, unused_tcp_port_factory: Callable[[], int]
) -> None:
    """The central system that was asked for listens at both ports."""
    port, tls_port = unused_tcp_port_factory(), unused_tcp_port_factory()
    data = {"host": HOST, "port": port, "tls_port": float(tls_port)}
    result = await create(hass, {**data, "tls_certificate": "", "tls_key": ""})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == data
    assert type(result["data"]["tls_port"]) is int
    entry = result["result"]
    async with FakeCharger(
        f"wss://{HOST}:{tls_port}", IDENTITY, ssl=trusting(entry)
    ) as fake:
        assert (await fake.boot())["status"] == "Pending"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_create_wrongly(
    hass: HomeAssistant,
    unused_tcp_port_factory: Callable[[], int],
    own_root: KeyPair,
    own_files: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is wrong is told at its field; put right, all is well."""
    port, tls_port, busy = (unused_tcp_port_factory() for _ in range(3))
    right = {"host": HOST, "port": port, "tls_port": tls_port, **own_files}
    pair, other = (make_server_pairs(own_root, [HOST])[0] for _ in range(2))
    monkeypatch.setattr(certificates, "SERVER_VALIDITY", timedelta(hours=-1))
    expired = make_server_pairs(own_root, [HOST])[0]
    missing = str(tmp_path / "missing")

    def files(name: str, certificate: str, key: str) -> dict[str, str]:
        folder = tmp_path / name
        folder.mkdir()
        return write_files(folder, KeyPair(certificate=certificate, key=key))

    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    with socket.create_server((HOST, busy)):
        for change, errors in (
            ({"tls_port": port}, {"tls_port": "same_port"}),
            ({"tls_port": busy}, {"tls_port": "cannot_listen"}),
            ({"port": busy}, {"port": "cannot_listen"}),
            ({"tls_port": None}, {"tls_port": "port_missing"}),
            ({"tls_certificate": None}, {"tls_certificate": "file_missing"}),
            ({"tls_key": ""}, {"tls_key": "file_missing"}),
            ({"tls_certificate": missing}, {"tls_certificate": "cannot_read"}),
            ({"tls_key": missing}, {"tls_key": "cannot_read"}),
            ({"tls_key": str(tmp_path)}, {"tls_key": "cannot_read"}),
            (
                files("another key", pair.certificate, other.key),
                {"tls_certificate": "invalid_certificate"},
            ),
            (
                files("no certificate", "nonsense", pair.key),
                {"tls_certificate": "invalid_certificate"},
            ),
            (
                files("expired", expired.certificate, expired.key),
                {"tls_certificate": "certificate_expired"},
            ),
        ):
            data = {k: v for k, v in {**right, **change}.items() if v is not None}
            result = await hass.config_entries.flow.async_configure(
                form["flow_id"], data
            )
            assert result["type"] is FlowResultType.FORM
            assert result["errors"] == errors
    result = await hass.config_entries.flow.async_configure(form["flow_id"], right)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == right
    await hass.config_entries.async_unload(result["result"].entry_id)


async def reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, **data: Any
) -> dict[str, Any]:
    """Give a central system other data; return the flow's result."""
    form = await entry.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(form["flow_id"], data)
    await hass.async_block_till_done()
    return dict(result)


async def test_reconfigure(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    dial: Dial,
    own_root: KeyPair,
    own_files: dict[str, str],
) -> None:
    """Other certificates, other ports, or none: the central system begins anew by them."""
    data = dict(entry.data)
    before = system(entry)
    assert (await reconfigure(hass, entry, **data))["type"] is FlowResultType.ABORT
    assert system(entry) is before

    await reconfigure(hass, entry, **data, **own_files)
    assert entry.data == {**data, **own_files}
    async with dial(trusting(root=own_root.certificate)) as fake:
        assert (await fake.boot())["status"] == "Accepted"

    exchanged = {**data, "port": data["tls_port"], "tls_port": data["port"]}
    await reconfigure(hass, entry, **exchanged)
    assert entry.data == exchanged
    async with dial() as fake:
        assert (await fake.boot())["status"] == "Accepted"

    plain = {"host": HOST, "port": data["port"]}
    await reconfigure(hass, entry, **plain)
    assert entry.data == plain
    assert entry.state is ConfigEntryState.LOADED
    bind(data["tls_port"])


@WITHOUT_TLS
async def test_reconfigure_secured(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    central_system: str,
    unused_tcp_port_factory: Callable[[], int],
) -> None:
    """A port for secured connections can be added, if it is free."""
    port = unused_tcp_port_factory()
    data = {**entry.data, "tls_port": port}
    with socket.create_server((HOST, port)):
        result = await reconfigure(hass, entry, **data)
        assert result["errors"] == {"tls_port": "cannot_listen"}
    await hass.config_entries.flow.async_configure(result["flow_id"], data)
    await hass.async_block_till_done()
    async with FakeCharger(
        f"wss://{HOST}:{port}", IDENTITY, ssl=trusting(entry)
    ) as fake:
        assert (await fake.boot())["status"] == "Accepted"


# All of it together


@pytest.mark.parametrize("product", ["evlink_pro_ac", "evlink_pro_dc"])
async def test_from_plain_to_secured(
    hass: HomeAssistant, entry: MockConfigEntry, central_system: str, product: str
) -> None:
    """A charger that dials plainly can be brought to dial by TLS, with a password."""
    known = charger(entry)
    async with Simulator(
        central_system, IDENTITY, product, latency=0, redial=0.1, boot_time=0.1
    ) as simulator:
        async with asyncio.timeout(5):
            await simulator.accepted.wait()
        key = known.product.configuration_key("AuthorizationKey")
        assert key is not None
        password = generate_password(key.maximum)
        known.credentials.admit_also(password)
        await known.configuration_client.change("AuthorizationKey", password)
        await install_root(entry)
        url = f"wss://{HOST}:{entry.data['tls_port']}"
        assert await known.configuration_client.change("SupervisionUrl", url)
        if (
            await known.configuration_client.change("SecurityProfile", "2")
            != "Accepted"
        ):
            await known.reset("Soft")
        await until(
            lambda: (
                known.link.connection is not None and known.link.connection.is_encrypted
            )
        )
        assert known.link.connection is not None
        assert known.link.connection.presents(password)
        await simulator.until(simulator.accepted.is_set)


# Certificates of chargers


async def consent(hass: HomeAssistant, entry: MockConfigEntry, *, given: bool) -> None:
    """Have the owner consent to sign certificates, or not."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    result = await hass.config_entries.options.async_configure(
        form["flow_id"], {"sign_certificates": given}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


@pytest.fixture
async def simulator(central_system: str) -> AsyncIterator[Simulator]:
    """A charger that can have a certificate of its own."""
    async with Simulator(
        central_system, IDENTITY, "evlink_pro_dc", latency=0, redial=0.1
    ) as simulator:
        async with asyncio.timeout(5):
            await simulator.accepted.wait()
        yield simulator


async def install_root(entry: MockConfigEntry) -> None:
    """Have the charger know who is to sign its certificate."""
    root = entry.runtime_data.certificates.root
    answer = await charger(entry).link.call(
        "InstallCertificate",
        {"certificateType": "CentralSystemRootCertificate", "certificate": root},
    )
    assert answer == {"status": "Accepted"}


type Ask = Callable[[Simulator, MockConfigEntry], Awaitable[object]]


async def _trigger(_simulator: Simulator, entry: MockConfigEntry) -> None:
    await charger(entry).link.call(
        "ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"}
    )


async def _by_itself(simulator: Simulator, _entry: MockConfigEntry) -> None:
    await simulator.request_certificate()


@pytest.mark.parametrize("ask", [_trigger, _by_itself])
async def test_sign(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, ask: Ask
) -> None:
    """With the owner's consent a charger gets the certificate that it asks for."""
    await consent(hass, entry, given=True)
    await install_root(entry)
    await ask(simulator, entry)
    await simulator.until(lambda: simulator.security.certificate is not None)
    (sent,) = (each for each in simulator.sent if each.action == "SignCertificate")
    assert sent.answer == {"status": "Accepted"}
    certificate = simulator.security.certificate
    assert certificate is not None
    assert simulator.serial_number in certificate.subject.rfc4514_string()


async def test_sign_after_the_answer(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """The certificate comes after the answer to the request, not before."""
    await consent(hass, entry, given=True)
    ready.answers["CertificateSigned"] = {"status": "Accepted"}
    answer = await ready.call("SignCertificate", {"csr": request(EC_256, "FAKE0001")})
    assert answer == {"status": "Accepted"}
    assert not ready.calls("CertificateSigned")
    signed = await ready.until_called("CertificateSigned")
    certificate = x509.load_pem_x509_certificate(signed["certificateChain"].encode())
    assert certificate.public_key() == EC_256.public_key()


@pytest.mark.parametrize("chargers", [{IDENTITY: {"password": "a" * 20}, "CP-2": {}}])
async def test_sign_for_another(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Callable[..., FakeCharger],
) -> None:
    """Nobody gets a certificate in the name of another charger, or by claiming it."""
    await consent(hass, entry, given=True)
    async with fake("CP-2") as other, fake(headers=basic("a" * 20)) as charger:
        await other.boot(chargePointSerialNumber="FAKE0002")
        for serial, name, status in (
            ("FAKE0001", "CP-2", "Rejected"),
            ("FAKE0001", "FAKE0002", "Rejected"),
            ("FAKE0001", "homeassistant", "Rejected"),
            ("CP-2", "CP-2", "Rejected"),
            ("fake0002", "FAKE0002", "Rejected"),
            ("FAKE0001", "FAKE0001", "Accepted"),
            ("fake0002", IDENTITY, "Accepted"),
        ):
            await charger.boot(chargePointSerialNumber=serial)
            asked = {"csr": request(EC_256, name)}
            answer = await charger.call("SignCertificate", asked)
            assert answer == {"status": status}, (serial, name)


async def test_sign_not_taken(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A charger that does not take its certificate is told of, without the contents."""
    await consent(hass, entry, given=True)
    ready.answers["CertificateSigned"] = {"status": "Rejected"}
    await ready.call("SignCertificate", {"csr": request(EC_256, "FAKE0001")})
    await ready.until_called("CertificateSigned")
    await ready.until(lambda: "did not accept its certificate" in caplog.text)
    (record,) = (
        record for record in caplog.records if "did not accept" in record.message
    )
    assert "BEGIN CERTIFICATE" not in record.message
    assert IDENTITY not in record.message
    assert (await ready.call("Heartbeat"))["currentTime"]


async def test_sign_nonsense(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """A request that is none is refused."""
    await consent(hass, entry, given=True)
    answer = await ready.call("SignCertificate", {"csr": "nonsense"})
    assert answer == {"status": "Rejected"}
    assert not ready.calls("CertificateSigned")


@WITHOUT_TLS
async def test_sign_without_consent(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    hass_storage: Storage,
) -> None:
    """Without the owner's consent nothing is signed; the consent can be given and taken."""
    for given, status in ((None, "Rejected"), (True, "Accepted"), (False, "Rejected")):
        if given is not None:
            await consent(hass, entry, given=given)
        await simulator.request_certificate()
        await simulator.uplink.outbox.drained()
        *_, sent = (each for each in simulator.sent if each.action == "SignCertificate")
        assert sent.answer == {"status": status}
        is_there = f"{DOMAIN}.{entry.entry_id}.certificates" in hass_storage
        assert is_there is (given is not None)
    # it does not know who signed, and says so
    await simulator.until(lambda: bool(simulator.messages("SecurityEventNotification")))
    assert len(simulator.calls("CertificateSigned")) == 1
    assert simulator.security.certificate is None
