"""What can go wrong between the central system and a charger."""

from enum import StrEnum
import errno


class CallErrorCode(StrEnum):
    """The error codes of OCPP-J 1.6, section 4.2.3, in its own spelling."""

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
    """A call from a charger that cannot be served: it is answered by a CALLERROR."""

    def __init__(self, code: CallErrorCode, description: str) -> None:
        """Say what is wrong with the call."""
        super().__init__(description)
        self.code = code
        self.description = description


class UnservedActionError(Exception):
    """A charger calls for something that no central system serves."""


class ChargerError(Exception):
    """A command did not reach its charger, or the charger did not carry it out."""


class ChargerOfflineError(ChargerError):
    """The charger is not connected, or went away before it answered."""


class ChargerTimeoutError(ChargerError):
    """The charger did not answer in time."""

    def __init__(self, action: str) -> None:
        """Name the call that was not answered."""
        super().__init__(f"{action} was not answered in time")
        self.action = action


class ChargerCallError(ChargerError):
    """The charger answered with a CALLERROR, or with something that is no answer."""

    def __init__(self, action: str, code: str, description: str) -> None:
        """Name the call and what the charger said of it."""
        super().__init__(f"{action}: {code} {description}".strip())
        self.action = action
        self.code = code
        self.description = description


class ChargerRefusedError(ChargerError):
    """The charger understood the command and refused it."""

    def __init__(self, action: str, status: str) -> None:
        """Name the call and the status of the answer."""
        super().__init__(f"{action}: {status}")
        self.action = action
        self.status = status


class CannotListenError(Exception):
    """An address cannot be had to listen on."""

    def __init__(self, port: int, error: OSError | ValueError) -> None:
        """Name the port and what the system said."""
        self.port = port
        self.reason = getattr(error, "strerror", None) or str(error)
        self.is_busy = getattr(error, "errno", None) == errno.EADDRINUSE
        super().__init__(f"{port}: {self.reason}")


class CertificateError(Exception):
    """A certificate, or a request for one, that cannot be used."""


class InvalidCommandError(Exception):
    """A command that makes no sense for the charger as it is; nothing was sent.

    `key` names the reason: it is a translation key of the exceptions.
    """

    def __init__(self, key: str, /, **placeholders: str) -> None:
        """Give the reason and what to fill in."""
        super().__init__(key)
        self.key = key
        self.placeholders = placeholders
