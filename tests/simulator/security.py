"""Security profiles of a charger: URL, HTTP Basic, TLS and fallback."""

from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ssl import CERT_NONE, PROTOCOL_TLS_CLIENT, SSLContext
from time import monotonic

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import (
    Certificate,
    CertificateSigningRequestBuilder,
    Name,
    NameAttribute,
    load_pem_x509_certificates,
)
from cryptography.x509.oid import NameOID

from .certificates import CertificateStore
from .configuration import Configuration

_KEY = "AuthorizationKey"
_PROFILE = "SecurityProfile"
_URL = "SupervisionUrl"
_MIN_KEY_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings for a connection to the central system."""

    url: str
    profile: int
    password: str


class Security:
    """The connection settings of a charger, with fallback to the last that worked.

    A new password is used from the next connection, a new URL or profile once it is
    applied. With `signs_in`, the password is sent whatever the profile is. If no
    connection succeeds for `patience` seconds, the last settings that worked are
    restored.
    """

    def __init__(
        self,
        configuration: Configuration,
        roots: CertificateStore,
        *,
        signs_in: bool,
        context: SSLContext | None,
        patience: float,
    ) -> None:
        self.certificate: Certificate | None = None
        self._configuration = configuration
        self._roots = roots
        self._signs_in = signs_in
        self._context = context
        self._patience = patience
        self._in_force = self._proven = self._configured()
        self._failing_since: float | None = None
        self._key: ec.EllipticCurvePrivateKey | None = None

    @property
    def url(self) -> str:
        """The URL of the central system."""
        return self._in_force.url

    def apply(self) -> None:
        """Apply the URL and the security profile in the configuration."""
        self._in_force = self._configured()
        self._failing_since = None

    def headers(self, identity: str) -> dict[str, str]:
        """Return the HTTP headers for the connection."""
        password = self._configuration.get(_KEY, "")
        if not password or not (self._signs_in or self._in_force.profile in (1, 2)):
            return {}
        credentials = b64encode(f"{identity}:{password}".encode()).decode()
        return {"Authorization": f"Basic {credentials}"}

    def context(self) -> SSLContext | None:
        """Return the TLS context, None without TLS.

        Raises ConnectionError if the profile requires TLS and the URL is not wss.
        """
        if not self.url.startswith("wss:"):
            if self._in_force.profile >= 2:
                raise ConnectionError("the security profile requires TLS")
            return None
        if self._context:
            return self._context
        context = SSLContext(PROTOCOL_TLS_CLIENT)
        if self._configuration.boolean("SelfSignedCertificateAuthorized"):
            context.check_hostname = False
            context.verify_mode = CERT_NONE
        for pem in self._roots.central_system_roots():
            context.load_verify_locations(cadata=pem)
        return context

    def succeeded(self) -> None:
        """Note that a connection succeeded with the present settings."""
        self._failing_since = None
        self._proven = self._dialled()

    def failed(self) -> None:
        """Restore the last settings that worked, once the time for attempts is over."""
        if self._dialled() == self._proven:
            return
        if self._failing_since is None:
            self._failing_since = monotonic()
        if monotonic() - self._failing_since >= self._patience:
            self._configuration[_URL] = self._proven.url
            if _PROFILE in self._configuration:
                self._configuration[_PROFILE] = str(self._proven.profile)
            self._configuration[_KEY] = self._proven.password
            self.apply()

    def allows(self, profile: str) -> bool:
        """Tell whether a profile can be set: it is not lower, and its requirements are met."""
        wanted = int(profile) if profile.isdecimal() else 0
        key = self._configuration.get(_KEY, "")
        return (
            wanted > self._configured().profile
            and (wanted == 3 or len(key) >= _MIN_KEY_LENGTH)
            and (wanted < 2 or bool(self._roots.central_system_roots()))
            and (wanted < 3 or self.certificate is not None)
        )

    def request(self, organization: str, serial_number: str) -> str:
        """Generate a key and return a certificate signing request."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        subject = Name(
            [
                NameAttribute(NameOID.ORGANIZATION_NAME, organization),
                NameAttribute(NameOID.COMMON_NAME, serial_number),
            ]
        )
        csr = CertificateSigningRequestBuilder().subject_name(subject)
        return csr.sign(self._key, SHA256()).public_bytes(Encoding.PEM).decode()

    def take(self, chain: str) -> bool:
        """Install a requested certificate; tell whether it is valid."""
        try:
            certificate, *_ = load_pem_x509_certificates(chain.encode())
        except ValueError:
            return False
        if (
            self._key is None
            or certificate.public_key() != self._key.public_key()
            or not certificate.not_valid_before_utc
            <= datetime.now(UTC)
            < certificate.not_valid_after_utc
            or not self._is_ours(certificate)
        ):
            return False
        self.certificate = certificate
        return True

    def _is_ours(self, certificate: Certificate) -> bool:
        """Tell whether an installed root certificate has signed a certificate."""
        for pem in self._roots.central_system_roots():
            for root in load_pem_x509_certificates(pem.encode()):
                with suppress(InvalidSignature, TypeError, ValueError):
                    certificate.verify_directly_issued_by(root)
                    return True
        return False

    def _configured(self) -> Settings:
        configuration = self._configuration
        return Settings(
            url=configuration[_URL],
            profile=int(configuration.number(_PROFILE)),
            password=configuration.get(_KEY, ""),
        )

    def _dialled(self) -> Settings:
        return replace(self._in_force, password=self._configuration.get(_KEY, ""))
