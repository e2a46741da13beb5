"""Running commands to chargers, with errors translated for Home Assistant."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from .central_system.messages import (
    ChargerCallError,
    ChargerError,
    ChargerRefusedError,
    ChargerTimeoutError,
    InvalidCallError,
    InvalidCommandError,
)
from .central_system.transport import has_sent
from .const import DOMAIN


async def run_command[ResultT](
    hass: HomeAssistant, command: Coroutine[Any, Any, ResultT]
) -> ResultT:
    """Run a command, to its end once it has sent a call, even if the caller is cancelled.

    So an automation that is stopped half way leaves no charger half configured, and
    the entities show what the charger accepted. A command that still waits for its turn
    then is cancelled with its caller. Raises HomeAssistantError if the command fails.
    """
    task = hass.async_create_task(command)
    task.add_done_callback(_retrieve_exception)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        if not has_sent(task):
            task.cancel()
        raise
    with translated_errors():
        return task.result()


def _retrieve_exception(task: asyncio.Task[Any]) -> None:
    """Mark a task's exception as retrieved, for it may be that nobody awaits it."""
    if not task.cancelled():
        task.exception()


@contextmanager
def translated_errors() -> Iterator[None]:
    """Translate the errors of a command into Home Assistant's exceptions."""
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
