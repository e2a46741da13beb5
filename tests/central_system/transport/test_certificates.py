"""The authority and what it signs: certificates of the server and of chargers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
import os
from pathlib import Path
import ssl
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store
from freezegun import freeze_time
from hypothesis import assume, given, settings, strategies as st
import pytest

from custom_components.schneider_ev.central_system.messages.errors import (
    CertificateError,
)
from custom_components.schneider_ev.central_system.transport import certificates
from custom_components.schneider_ev.central_system.transport.certificates import (
    KeyPair,
    make_root,
    make_server_pairs,
    read_pair,
    renew_server_pairs,
    server_context,
    sign_request,
)
from tests.keys import EC_256, RSA_2048, Key, quick_keys, request

SERIAL = "3N231540123"
NAMES = ["192.0.2.7", "homeassistant.local", "2001:db8::7"]


@pytest.fixture(scope="module")
def root() -> KeyPair:
    """An authority."""
    return make_root()


@pytest.fixture(scope="module")
def pairs(root: KeyPair) -> tuple[KeyPair, ...]:
    """The certificates of a server."""
    return make_server_pairs(root, NAMES)


@pytest.fixture(scope="module")
def others(root: KeyPair) -> tuple[KeyPair, ...]:
    """The certificates of another server."""
    return make_server_pairs(root, NAMES)


def parse(pem: str) -> x509.Certificate:
    """Read the only certificate of a text."""
    (certificate,) = x509.load_pem_x509_certificates(pem.encode())
    return certificate


def extension[T: x509.ExtensionType](
    certificate: x509.Certificate, kind: type[T]
) -> x509.Extension[T]:
    """Return an extension of a certificate."""
    return certificate.extensions.get_extension_for_class(kind)


# The authority


def test_root(root: KeyPair) -> None:
    """A root may sign certificates and nothing else, for long, and is small enough."""
    certificate = parse(root.certificate)
    assert certificate.issuer == certificate.subject
    certificate.verify_directly_issued_by(certificate)
    basic = extension(certificate, x509.BasicConstraints)
    assert basic.critical
    assert basic.value == x509.BasicConstraints(ca=True, path_length=0)
    usage = extension(certificate, x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert not usage.value.digital_signature
    lifetime = certificate.not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=7299) < lifetime < timedelta(days=7301)
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size >= 3000
    # the most that InstallCertificate takes, and what chargers may have room for
    assert len(root.certificate) < 2000
    assert root.key not in repr(root)


def test_roots_differ(root: KeyPair) -> None:
    """No two authorities have the same name."""
    assert parse(make_root().certificate).subject != parse(root.certificate).subject


# The server


def test_server(root: KeyPair, pairs: tuple[KeyPair, ...]) -> None:
    """A server has a certificate for each kind of key, for its names and for a year."""
    kinds = [type(parse(pair.certificate).public_key()) for pair in pairs]
    assert issubclass(kinds[0], ec.EllipticCurvePublicKey)
    assert issubclass(kinds[1], rsa.RSAPublicKey)
    issuer = parse(root.certificate)
    for pair in pairs:
        certificate = parse(pair.certificate)
        certificate.verify_directly_issued_by(issuer)
        (common_name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert common_name.value == NAMES[0]
        assert certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        now = datetime.now(UTC)
        assert certificate.not_valid_before_utc < now - timedelta(hours=23)
        lifetime = certificate.not_valid_after_utc - now
        assert timedelta(days=396) < lifetime < timedelta(days=398)
        assert certificate.serial_number.bit_length() > 64
        assert len(pair.certificate) < 2000
    assert len({parse(pair.certificate).serial_number for pair in pairs}) == 2


def test_server_is_valid(root: KeyPair, pairs: tuple[KeyPair, ...]) -> None:
    """Its certificates hold by the rules of the web, which are stricter than OCPP's."""
    builder = PolicyBuilder().store(Store([parse(root.certificate)]))
    for pair in pairs:
        for name in (x509.DNSName(NAMES[1]), x509.IPAddress(ip_address(NAMES[0]))):
            chain = builder.build_server_verifier(name).verify(
                parse(pair.certificate), []
            )
            assert len(chain) == 2
        with pytest.raises(x509.verification.VerificationError):
            builder.build_server_verifier(x509.DNSName("other.local")).verify(
                parse(pair.certificate), []
            )


def test_server_names(pairs: tuple[KeyPair, ...]) -> None:
    """An address is among the names as well, for those who look for it there."""
    for pair in pairs:
        names = extension(parse(pair.certificate), x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == NAMES[:2]
        assert names.get_values_for_type(x509.IPAddress) == [
            ip_address(NAMES[0]),
            ip_address(NAMES[2]),
        ]


@quick_keys()
def test_renewal(
    root: KeyPair, pairs: tuple[KeyPair, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Certificates are made anew a month before they expire, or for other names."""
    assert renew_server_pairs(root, pairs, NAMES) is pairs
    for days, is_due in ((0, False), (366, False), (368, True), (-30, True)):
        with freeze_time(datetime.now(UTC) + timedelta(days=days)):
            renewed = renew_server_pairs(root, pairs, NAMES)
            assert (renewed is not pairs) is is_due, days
            assert renew_server_pairs(root, renewed, NAMES) is renewed
    for names in (NAMES[:1], [*NAMES, "other.local"]):
        renewed = renew_server_pairs(root, pairs, names)
        assert renewed is not pairs
        assert renew_server_pairs(root, renewed, names) is renewed
    assert len(renew_server_pairs(root, (), NAMES)) == 2
    assert renewed[0].key != pairs[0].key


@quick_keys()
def test_root_outlives_what_it_signs(
    root: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is signed for longer than the root itself is valid."""
    expires = parse(root.certificate).not_valid_after_utc
    with freeze_time(expires - timedelta(days=100)):
        for pair in make_server_pairs(root, NAMES):
            assert parse(pair.certificate).not_valid_after_utc == expires


# TLS


def test_context(pairs: tuple[KeyPair, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server's context speaks nothing below TLS 1.2, and leaves no key behind."""
    folders: list[Path] = []

    class Watched(TemporaryDirectory[str]):
        def __enter__(self) -> str:
            folders.append(Path(self.name))
            return super().__enter__()

    modes: list[int] = []
    load_cert_chain = ssl.SSLContext.load_cert_chain

    def load(self: ssl.SSLContext, certificate: Path, key: Path, password: str) -> None:
        modes.extend(path.stat().st_mode & 0o777 for path in (key.parent, key))
        load_cert_chain(self, certificate, key, password)

    monkeypatch.setattr(certificates, "TemporaryDirectory", Watched)
    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", load)
    previous = os.umask(0)
    try:
        context = server_context(pairs)
    finally:
        os.umask(previous)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_COMPRESSION
    assert modes == [0o700, 0o600] * 2
    (folder,) = folders
    assert not folder.exists()


def encrypted(pair: KeyPair) -> KeyPair:
    """Return a pair whose key has a pass phrase."""
    key = load_pem_private_key(pair.key.encode(), None)
    text = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"phrase")
    ).decode()
    return KeyPair(certificate=pair.certificate, key=text)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one, two: KeyPair(certificate=one.certificate, key=two.key),
        lambda one, _: KeyPair(certificate=one.key, key=one.key),
        lambda one, _: KeyPair(certificate=one.certificate, key=one.certificate),
        lambda one, _: KeyPair(certificate=one.certificate, key=""),
        lambda one, _: KeyPair(certificate="", key=one.key),
        lambda one, _: encrypted(one),
    ],
)
def test_context_of_nonsense(
    pairs: tuple[KeyPair, ...],
    others: tuple[KeyPair, ...],
    spoil: Callable[[KeyPair, KeyPair], KeyPair],
) -> None:
    """What is no certificate with its key is told; nobody is asked for a pass phrase."""
    for one, two in ((pairs[0], pairs[1]), (pairs[0], others[0])):
        with pytest.raises(CertificateError, match="not PEM, or do not match"):
            server_context([spoil(one, two)])


def test_read_pair(pairs: tuple[KeyPair, ...], tmp_path: Path) -> None:
    """An owner's files are read as they are; when they expire is known."""
    certificate, key = tmp_path / "certificate", tmp_path / "key"
    certificate.write_text(pairs[0].certificate)
    with pytest.raises(FileNotFoundError) as missing:
        read_pair(certificate, key)
    assert missing.value.filename == str(key)
    key.write_text(pairs[0].key)
    pair = read_pair(certificate, key)
    assert pair == pairs[0]
    assert pair.expires == parse(pair.certificate).not_valid_after_utc
    certificate.write_bytes(bytes(range(256)))
    with pytest.raises(CertificateError, match="cannot be parsed"):
        _ = read_pair(certificate, key).expires


# Requests of chargers


@pytest.mark.parametrize(
    "key", [RSA_2048, EC_256, ec.generate_private_key(ec.SECP224R1())]
)
def test_sign_request(root: KeyPair, key: Key) -> None:
    """A charger gets a certificate for its name and key, and may be a client with it."""
    chain = sign_request(root, request(key, SERIAL.lower()), ["CP-1", SERIAL])
    assert len(chain) < 10_000
    certificate = parse(chain)
    certificate.verify_directly_issued_by(parse(root.certificate))
    assert certificate.public_key() == key.public_key()
    assert certificate.subject.rfc4514_string() == f"CN={SERIAL}"
    assert not extension(certificate, x509.BasicConstraints).value.ca
    assert list(extension(certificate, x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.CLIENT_AUTH
    ]
    usage = extension(certificate, x509.KeyUsage).value
    assert usage.digital_signature
    assert not usage.key_cert_sign
    assert certificate.not_valid_before_utc < datetime.now(UTC)
    assert certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=1000)
    again = parse(sign_request(root, request(key), [SERIAL]))
    assert again.serial_number != certificate.serial_number


def test_the_subject_is_ours(root: KeyPair) -> None:
    """Of what a request says of its subject, only which name of the charger is used."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Home Assistant"),
            x509.NameAttribute(NameOID.COMMON_NAME, "CP-1"),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, "owner@example.org"),
        ]
    )
    asked = x509.CertificateSigningRequestBuilder().subject_name(subject)
    pem = asked.sign(EC_256, SHA256()).public_bytes(Encoding.PEM).decode()
    certificate = parse(sign_request(root, pem, ["CP-1", SERIAL]))
    assert certificate.subject.rfc4514_string() == "CN=CP-1"
    twice = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([*subject, x509.NameAttribute(NameOID.COMMON_NAME, SERIAL)])
    )
    pem = twice.sign(EC_256, SHA256()).public_bytes(Encoding.PEM).decode()
    with pytest.raises(CertificateError):
        sign_request(root, pem, ["CP-1", SERIAL])


def test_sign_request_for_more(root: KeyPair) -> None:
    """What a request asks for beside its name and key is not granted."""
    wanted = (
        x509.BasicConstraints(ca=True, path_length=None),
        x509.SubjectAlternativeName([x509.DNSName("homeassistant.local")]),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
    )
    certificate = parse(sign_request(root, request(EC_256, SERIAL, *wanted), [SERIAL]))
    assert not extension(certificate, x509.BasicConstraints).value.ca
    assert list(extension(certificate, x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.CLIENT_AUTH
    ]
    with pytest.raises(x509.ExtensionNotFound):
        extension(certificate, x509.SubjectAlternativeName)


OF_SERVERS = ("192.0.2.7", "homeassistant.local", "wss://homeassistant", "2001:db8::7")
GOOD = ssl.PEM_cert_to_DER_cert(
    request(EC_256).replace("CERTIFICATE REQUEST", "CERTIFICATE")
)


def spoilt(at: int, byte: int) -> str:
    """Return a request of which one byte is another one."""
    der = GOOD[:at] + bytes([byte]) + GOOD[at + 1 :]
    pem = ssl.DER_cert_to_PEM_cert(der)
    return pem.replace("CERTIFICATE", "CERTIFICATE REQUEST")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
        request(rsa.generate_private_key(65537, 1024)),
        request(ec.generate_private_key(ec.SECP192R1())),
        request(ed25519.Ed25519PrivateKey.generate()),
        spoilt(GOOD.index(b"3N231540123"), ord("4")),
        spoilt(GOOD.index(b"\x02\x01\x00") + 2, 52),
        request(EC_256, None),
        *(request(EC_256, name) for name in OF_SERVERS),
        request(EC_256, "CP-2"),
        request(EC_256, f"{SERIAL} "),
        request(EC_256, f"{SERIAL}\nCN=CP-2"),
        request(EC_256, f"{SERIAL}0"),
        request(EC_256) + " " * 5500,
    ],
    ids=lambda text: text[-20:].strip() or "empty",
)
def test_sign_request_refused(root: KeyPair, text: str) -> None:
    """A request that is none, is too weak, is forged or is a server's is refused."""
    with pytest.raises(CertificateError):
        sign_request(root, text, [SERIAL, *OF_SERVERS])


@settings(max_examples=200)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_sign_request_spoilt(root: KeyPair, at: int, byte: int) -> None:
    """A request that was spoilt on its way is refused, whatever has become of it."""
    assume(GOOD[at] != byte)
    with pytest.raises(CertificateError):
        sign_request(root, spoilt(at, byte), [SERIAL])
