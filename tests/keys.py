"""Keys, which take time to make, and what chargers ask to be signed with them."""

from collections.abc import Iterator
from contextlib import contextmanager

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
import pytest

from custom_components.schneider_ev.central_system.transport import certificates

type Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

RSA_2048 = rsa.generate_private_key(65537, 2048)
EC_256 = ec.generate_private_key(ec.SECP256R1())


def request(
    key: Key,
    common_name: str | None = "3N231540123",
    *extensions: x509.ExtensionType,
) -> str:
    """Return a charger's request for a certificate."""
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Home")]
    if common_name is not None:
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name(attributes)
    )
    for value in extensions:
        builder = builder.add_extension(value, critical=True)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256()
    return builder.sign(key, algorithm).public_bytes(Encoding.PEM).decode()


@contextmanager
def quick_keys() -> Iterator[None]:
    """Have a single RSA key for as long as the context lasts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certificates, "make_rsa_key", lambda: RSA_2048)
        yield
