"""The security events of the OCPP 1.6 security white paper, edition 2, section 8."""

from collections.abc import Mapping
from typing import Final

SECURITY_EVENTS: Final[Mapping[str, bool]] = {
    "firmware_updated": True,
    "failed_to_authenticate_at_central_system": False,
    "central_system_failed_to_authenticate": False,
    "setting_system_time": True,
    "startup_of_the_device": True,
    "reset_or_reboot": True,
    "security_log_was_cleared": True,
    "reconfiguration_of_security_parameters": False,
    "memory_exhaustion": True,
    "invalid_messages": False,
    "attempted_replay_attacks": False,
    "tamper_detection_activated": True,
    "invalid_firmware_signature": False,
    "invalid_firmware_signing_certificate": False,
    "invalid_central_system_certificate": False,
    "invalid_charge_point_certificate": False,
    "invalid_tls_version": False,
    "invalid_tls_cipher_suite": False,
}
"""Security events in snake case, and whether the white paper calls them critical."""
