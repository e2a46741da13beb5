"""Why a command was not carried out, in the owner's language."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .central_system.errors import (
    ChargerCallError,
    ChargerError,
    ChargerRefusedError,
    ChargerTimeoutError,
    InvalidCallError,
    InvalidCommandError,
)
from .const import DOMAIN


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise what a command raises as Home Assistant's own errors."""
    try:
        yield
    except InvalidCommandError as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=error.key,
            translation_placeholders=error.placeholders,
        ) from error
    except InvalidCallError as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="invalid_call",
            translation_placeholders={"error": error.description},
        ) from error
    except ChargerRefusedError as error:
        limit = error.action == "SetChargingProfile"
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="limit_refused" if limit else "refused",
            translation_placeholders={"action": error.action, "status": error.status},
        ) from error
    except ChargerCallError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="call_error",
            translation_placeholders={
                "action": error.action,
                "code": error.code,
                "description": error.description,
            },
        ) from error
    except ChargerTimeoutError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="timeout",
            translation_placeholders={"action": error.action},
        ) from error
    except ChargerError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="offline"
        ) from error
