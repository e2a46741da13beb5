"""The certificate store of a charger: installed root certificates."""

from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate, load_pem_x509_certificate
from ocpp.v16.enums import (
    CertificateStatus,
    CertificateUse,
    DeleteCertificateStatus,
    HashAlgorithm,
)

type HashData = dict[str, str]


@dataclass(frozen=True, slots=True)
class Installed:
    """A certificate in the store."""

    use: str
    pem: str
    hash_data: HashData


class CertificateStore:
    """Root certificates by use, which OCPP identifies by hash data."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._installed: list[Installed] = []

    def install(self, use: str, pem: str) -> CertificateStatus:
        """Add a certificate, unless it is invalid or the store is full."""
        try:
            entry = Installed(
                use, pem, _hash_data(load_pem_x509_certificate(pem.encode()))
            )
        except ValueError:
            return CertificateStatus.rejected
        if entry not in self._installed:
            if len(self._installed) >= self._capacity:
                return CertificateStatus.failed
            self._installed.append(entry)
        return CertificateStatus.accepted

    def installed(self, use: str) -> list[HashData]:
        """Return the hash data of the certificates of a use."""
        return [entry.hash_data for entry in self._installed if entry.use == use]

    def central_system_roots(self) -> list[str]:
        """Return the root certificates for the central system."""
        use = CertificateUse.central_system_root_certificate
        return [entry.pem for entry in self._installed if entry.use == use]

    def delete(self, data: HashData) -> DeleteCertificateStatus:
        """Remove the certificate with this hash data."""
        kept = [entry for entry in self._installed if entry.hash_data != data]
        if len(kept) == len(self._installed):
            return DeleteCertificateStatus.not_found
        self._installed = kept
        return DeleteCertificateStatus.accepted


def _hash_data(certificate: Certificate) -> HashData:
    key = certificate.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return {
        "hash_algorithm": HashAlgorithm.sha256.value,
        "issuer_name_hash": sha256(certificate.issuer.public_bytes()).hexdigest(),
        "issuer_key_hash": sha256(key).hexdigest(),
        "serial_number": f"{certificate.serial_number:x}",
    }
