"""The security events of the OCPP 1.6 security white paper, edition 2, section 8."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    """What an event means to an owner, and whether the white paper holds it critical."""

    meaning: str
    is_critical: bool = False


SECURITY_EVENTS: Final[Mapping[str, SecurityEvent]] = {
    "firmware_updated": SecurityEvent(
        "New firmware was installed on the charger.", is_critical=True
    ),
    "failed_to_authenticate_at_central_system": SecurityEvent(
        "Home Assistant turned the charger away: its password or certificate was wrong."
    ),
    "central_system_failed_to_authenticate": SecurityEvent(
        "The charger does not trust whom it dialled: it may not have been Home Assistant."
    ),
    "setting_system_time": SecurityEvent(
        "The charger's clock was set to another time.", is_critical=True
    ),
    "startup_of_the_device": SecurityEvent("The charger started.", is_critical=True),
    "reset_or_reboot": SecurityEvent(
        "The charger was restarted, by a command or by itself.", is_critical=True
    ),
    "security_log_was_cleared": SecurityEvent(
        "Somebody deleted what the charger had noted of its security.",
        is_critical=True,
    ),
    "reconfiguration_of_security_parameters": SecurityEvent(
        "A password, a certificate or the security profile of the charger was changed."
    ),
    "memory_exhaustion": SecurityEvent(
        "The charger runs out of memory and may lose what it has to keep.",
        is_critical=True,
    ),
    "invalid_messages": SecurityEvent(
        "The charger was sent messages that are not those of its protocol."
    ),
    "attempted_replay_attacks": SecurityEvent(
        "The charger was sent a message again that it already had: somebody may be "
        "listening in."
    ),
    "tamper_detection_activated": SecurityEvent(
        "The charger's housing was opened or moved.", is_critical=True
    ),
    "invalid_firmware_signature": SecurityEvent(
        "Firmware was refused, since its signature is not that of the manufacturer."
    ),
    "invalid_firmware_signing_certificate": SecurityEvent(
        "Firmware was refused, since the certificate that it is signed with is not valid."
    ),
    "invalid_central_system_certificate": SecurityEvent(
        "The charger refused Home Assistant's certificate: it has expired, is for "
        "another name, or its issuer is not installed on the charger."
    ),
    "invalid_charge_point_certificate": SecurityEvent(
        "The charger refused the certificate that was issued for it."
    ),
    "invalid_tls_version": SecurityEvent(
        "The charger was offered only versions of TLS that are not safe any more."
    ),
    "invalid_tls_cipher_suite": SecurityEvent(
        "The charger was offered only ciphers that are not safe any more."
    ),
}
