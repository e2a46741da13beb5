"""The root certificates that a charger has installed."""

from hashlib import sha256

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate, load_pem_x509_certificate
from ocpp.v16.enums import CertificateStatus, DeleteCertificateStatus, HashAlgorithm

type HashData = dict[str, str]


class CertificateStore:
    """Root certificates by use, known to the outside by their hash data."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._installed: list[tuple[str, HashData]] = []

    def install(self, use: str, pem: str) -> CertificateStatus:
        """Add a certificate, if it is one and there is room."""
        try:
            entry = (use, _hash_data(load_pem_x509_certificate(pem.encode())))
        except ValueError:
            return CertificateStatus.rejected
        if entry not in self._installed:
            if len(self._installed) >= self._capacity:
                return CertificateStatus.failed
            self._installed.append(entry)
        return CertificateStatus.accepted

    def installed(self, use: str) -> list[HashData]:
        """Return the hash data of the certificates of that use."""
        return [data for other, data in self._installed if other == use]

    def delete(self, data: HashData) -> DeleteCertificateStatus:
        """Remove the certificate that this hash data is of."""
        kept = [entry for entry in self._installed if entry[1] != data]
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
