"""Commands to chargers: carried out to their end, or why not in the owner's language."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .central_system.messages.errors import (
    ChargerCallError,
    ChargerError,
    ChargerRefusedError,
    ChargerTimeoutError,
    InvalidCallError,
    InvalidCommandError,
)
from .const import DOMAIN


async def carry_out[ResultT](
    hass: HomeAssistant, command: Coroutine[Any, Any, ResultT]
) -> ResultT:
    """Carry a command out to its end, also where nobody waits for that any more.

    An automation that is stopped half way leaves no charger half set, and shows what
    the charger took. Raises HomeAssistantError where it was not carried out.
    """
    task = hass.async_create_task(command)
    task.add_done_callback(_note_error)
    await asyncio.wait([task])
    with translated_errors():
        return task.result()


def _note_error(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()


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
