"""Errors of calls, commands, certificates and listening; the CALLERROR codes."""

from collections.abc import Awaitable, Mapping
from enum import StrEnum
import errno
from typing import Any


class CallErrorCode(StrEnum):
    """The CALLERROR codes of OCPP-J 1.6, section 4.2.3 (Occurence is spelt so there)."""

    NOT_IMPLEMENTED = "NotImplemented"
    NOT_SUPPORTED = "NotSupported"
    INTERNAL_ERROR = "InternalError"
    PROTOCOL_ERROR = "ProtocolError"
    SECURITY_ERROR = "SecurityError"
    FORMATION_VIOLATION = "FormationViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    OCCURENCE_CONSTRAINT_VIOLATION = "OccurenceConstraintViolation"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"
    GENERIC_ERROR = "GenericError"


class InvalidCallError(Exception):
    """An invalid call: one from a charger is answered with this CALLERROR."""

    def __init__(self, code: CallErrorCode, description: str) -> None:
        """Set the code and the description of the CALLERROR."""
        super().__init__(description)
        self.code = code
        self.description = description


class UnservedActionError(Exception):
    """A charger called an action that the central system does not handle."""


class ChargerError(Exception):
    """A command was not delivered to its charger, or not carried out."""


class ChargerOfflineError(ChargerError):
    """The charger is not connected, or disconnected before it answered."""


class ChargerHungUpError(ChargerOfflineError):
    """The charger disconnected before it answered: it may have carried out the command."""


class ChargerTimeoutError(ChargerError):
    """The charger did not answer in time: it may have carried out the command.

    `late` is the answer that may still come.
    """

    def __init__(
        self, action: str, late: Awaitable[Mapping[str, Any]] | None = None
    ) -> None:
        """Set the action that was not answered."""
        super().__init__(f"{action} was not answered in time")
        self.action = action
        self.late = late


class ChargerCallError(ChargerError):
    """The charger answered with a CALLERROR or with an invalid CALLRESULT."""

    def __init__(self, action: str, code: str, description: str) -> None:
        """Set the action, and the code and the description of the CALLERROR."""
        super().__init__(f"{action}: {code} {description}".strip())
        self.action = action
        self.code = code
        self.description = description


class ChargerRefusedError(ChargerError):
    """The charger answered with a status other than Accepted."""

    def __init__(self, action: str, status: str) -> None:
        """Set the action and the status of the answer."""
        super().__init__(f"{action}: {status}")
        self.action = action
        self.status = status


class CannotListenError(Exception):
    """A port cannot be listened on; `is_busy` says that another program uses it."""

    def __init__(self, port: int, error: OSError | ValueError) -> None:
        """Set the port and the reason."""
        self.port = port
        self.reason = getattr(error, "strerror", None) or str(error)
        self.is_busy = getattr(error, "errno", None) == errno.EADDRINUSE
        super().__init__(f"{port}: {self.reason}")


class CertificateError(Exception):
    """A certificate, private key or signing request cannot be used."""


class InvalidCommandError(Exception):
    """A command is not valid for the charger or its present state; nothing was sent.

    `key` is the translation key of the message, under `exceptions`.
    """

    def __init__(self, key: str, /, **placeholders: str) -> None:
        """Set the translation key and the values of its placeholders."""
        super().__init__(key)
        self.key = key
        self.placeholders = placeholders
