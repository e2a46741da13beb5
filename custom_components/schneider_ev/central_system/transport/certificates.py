"""Certificates in PEM: an own certificate authority, and certificates that it signs.

Generating keys takes time and TLS contexts are read from files, so call these functions
in a thread.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from secrets import token_hex
from ssl import PROTOCOL_TLS_SERVER, SSLContext, SSLError, TLSVersion
from tempfile import TemporaryDirectory
from typing import TypeGuard

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from ..messages.errors import CertificateError

type PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
type PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

_ORGANIZATION = "Home Assistant"
_RSA_BITS = 3072
_MIN_RSA_BITS = 2048
_MIN_EC_BITS = 224
_MAX_REQUEST_LENGTH = 5500  # of SignCertificate, by the security white paper

_ROOT_VALIDITY = timedelta(days=20 * 365)
_CHARGER_VALIDITY = timedelta(days=5 * 365)
_CLOCK_TOLERANCE = timedelta(days=1)  # a charger's clock may be slow

SERVER_VALIDITY = timedelta(days=397)
"""How long the certificates of the server are valid."""

RENEWED_BEFORE_EXPIRY = timedelta(days=30)
"""How long before they expire they are renewed."""

# The cipher suites of the security white paper, those without forward secrecy last.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:AES128-GCM-SHA256:AES256-GCM-SHA384"

_KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyPair:
    """A certificate, optionally with intermediate ones, and its private key."""

    certificate: str
    key: str = field(repr=False)

    @property
    def expires(self) -> datetime:
        """When the certificate expires. Raises CertificateError if it cannot be parsed."""
        return _parse(self.certificate).not_valid_after_utc


def make_root() -> KeyPair:
    """Make the root certificate of a new certificate authority, and its key.

    The key is RSA, so that chargers without elliptic curves can verify signatures.
    """
    key = make_rsa_key()
    name = _name(f"EV chargers {token_hex(4)}")
    builder = (
        _builder(name, name, key.public_key(), datetime.now(UTC) + _ROOT_VALIDITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
    )
    return _key_pair(builder.sign(key, SHA256()), key)


def make_server_pairs(root: KeyPair, names: Sequence[str]) -> tuple[KeyPair, KeyPair]:
    """Make server certificates for host names and IP addresses; the first is the CN.

    There are two, one with an EC key and one with an RSA key, as some chargers support
    only one kind.
    """
    return (
        _make_server_pair(root, names, ec.generate_private_key(ec.SECP256R1())),
        _make_server_pair(root, names, make_rsa_key()),
    )


def renew_server_pairs(
    root: KeyPair, pairs: tuple[KeyPair, ...], names: Sequence[str]
) -> tuple[KeyPair, ...]:
    """Return the server certificates, new ones if they expire soon or names differ."""
    if pairs and all(_is_current(pair, names) for pair in pairs):
        return pairs
    return make_server_pairs(root, names)


def _is_current(pair: KeyPair, names: Sequence[str]) -> bool:
    certificate = _parse(pair.certificate)
    extension = certificate.extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    now = datetime.now(UTC)
    return (
        certificate.not_valid_before_utc <= now
        and certificate.not_valid_after_utc > now + RENEWED_BEFORE_EXPIRY
        and extension.value == _alternative_names(names)
    )


def sign_request(root: KeyPair, request: str, names: Iterable[str]) -> str:
    """Sign the certificate signing request of a charger and return the certificate.

    `names` are those of the charger; its common name has to be one of them. Only that
    and the key are taken from the request: the rest of its subject and requested
    extensions are ignored. Raises CertificateError if the request cannot be parsed, has
    a weak key or an invalid signature, or if its common name is that of something else,
    or could be that of a server.
    """
    try:
        if len(request) > _MAX_REQUEST_LENGTH:
            raise CertificateError("The request is too long")
        csr = x509.load_pem_x509_csr(request.encode())
        key = csr.public_key()
        if not _is_strong(key) or not csr.is_signature_valid:
            raise CertificateError("The key is too weak, or the signature is invalid")
        asked = csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        own = {name.casefold(): name for name in names if not _is_server_name(name)}
        if len(asked) != 1 or str(asked[0].value).casefold() not in own:
            raise CertificateError("The common name is not that of the charger")
        common_name = own[str(asked[0].value).casefold()]
        return _pem(
            _leaf(
                root,
                x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]),
                key,
                _CHARGER_VALIDITY,
                ExtendedKeyUsageOID.CLIENT_AUTH,
            )
        )
    except (x509.InvalidVersion, TypeError, UnsupportedAlgorithm, ValueError) as error:
        raise CertificateError(str(error)) from error


def read_pair(certificate: Path, key: Path) -> KeyPair:
    """Read a server certificate and its key from files. Raises OSError."""
    return KeyPair(
        certificate=certificate.read_text("ascii", "replace"),
        key=key.read_text("ascii", "replace"),
    )


def server_context(pairs: Iterable[KeyPair]) -> SSLContext:
    """Return a TLS context for a server, for TLS 1.2 and later.

    Raises CertificateError if a certificate or key is not PEM, or if they do not match.
    """
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.minimum_version = TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    with TemporaryDirectory() as folder:
        certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        key.touch(0o600)
        for pair in pairs:
            certificate.write_text(pair.certificate)
            key.write_text(pair.key)
            try:
                # without a password, OpenSSL prompts for that of an encrypted key
                context.load_cert_chain(certificate, key, password="")
            except SSLError as error:
                raise CertificateError(
                    "The certificate and its key are not PEM, or do not match"
                ) from error
    return context


def _make_server_pair(root: KeyPair, names: Sequence[str], key: PrivateKey) -> KeyPair:
    certificate = _leaf(
        root,
        _name(names[0]),
        key.public_key(),
        SERVER_VALIDITY,
        ExtendedKeyUsageOID.SERVER_AUTH,
        _alternative_names(names),
    )
    return _key_pair(certificate, key)


def _leaf(
    root: KeyPair,
    subject: x509.Name,
    key: PublicKey,
    validity: timedelta,
    usage: ObjectIdentifier,
    *extensions: x509.ExtensionType,
) -> x509.Certificate:
    """Sign an end-entity certificate; it expires with the root certificate at the latest."""
    issuer = _parse(root.certificate)
    issuer_key = load_pem_private_key(root.key.encode(), None)
    assert isinstance(issuer_key, rsa.RSAPrivateKey)
    key_usages = ["digital_signature"]
    if isinstance(key, rsa.RSAPublicKey):
        key_usages.append("key_encipherment")
    builder = (
        _builder(
            subject,
            issuer.subject,
            key,
            min(datetime.now(UTC) + validity, issuer.not_valid_after_utc),
        )
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(*key_usages), critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key, SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, expires: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - _CLOCK_TOLERANCE)
        .not_valid_after(expires)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _alternative_names(names: Iterable[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [entry for name in names for entry in _general_names(name)]
    )


def _general_names(name: str) -> Iterator[x509.GeneralName]:
    """Yield the subjectAltName entries of a host name or IP address.

    An IPv4 address is also a DNS name, because some TLS libraries only look there.
    """
    try:
        address = ip_address(name)
    except ValueError:
        yield x509.DNSName(name)
        return
    yield x509.IPAddress(address)
    if isinstance(address, IPv4Address):
        yield x509.DNSName(name)


def _is_server_name(name: str) -> bool:
    """Tell whether a common name could be an IP address, a domain or a URL."""
    return any(character in name for character in ".:/")


def _is_strong(key: object) -> TypeGuard[PublicKey]:
    match key:
        case rsa.RSAPublicKey():
            return key.key_size >= _MIN_RSA_BITS
        case ec.EllipticCurvePublicKey():
            return key.key_size >= _MIN_EC_BITS
    return False


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _key_usage(*usages: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{usage: usage in usages for usage in _KEY_USAGES})


def make_rsa_key() -> rsa.RSAPrivateKey:
    """Make an RSA key, which takes some seconds."""
    return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)


def _key_pair(certificate: x509.Certificate, key: PrivateKey) -> KeyPair:
    return KeyPair(
        certificate=_pem(certificate),
        key=key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ).decode(),
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _parse(certificate: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(certificate.encode())
    except ValueError as error:
        raise CertificateError("The certificate cannot be parsed") from error
