"""Repair flows: what a command to the charger sets right, once its owner agrees."""

from collections.abc import Awaitable, Callable, Mapping

import voluptuous as vol

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from .central_system.charger import Charger
from .central_system.composite_schedule import FOREIGN_PROFILE, clear_foreign_profiles
from .central_system.errors import ChargerOfflineError
from .central_system.outcomes import RESTART_REQUIRED
from .const import DOMAIN
from .entity import translated_errors
from .issues import ENTRY_ID, IDENTITY
from .runtime import SchneiderConfigEntry

FIXES: Mapping[str, Callable[[Charger], Awaitable[None]]] = {
    FOREIGN_PROFILE: clear_foreign_profiles,
    RESTART_REQUIRED: lambda charger: charger.reset("Soft"),
}


class CommandRepairFlow(RepairsFlow):
    """Gives a charger the command that mends an issue."""

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Ask whether to give the command now."""
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        placeholders = {
            **((issue and issue.translation_placeholders) or {}),
            "error": "",
        }
        errors: dict[str, str] = {}
        if user_input is not None and issue is not None:
            try:
                await self._mend(issue.translation_key or "")
            except HomeAssistantError as error:
                errors["base"] = "not_mended"
                placeholders["error"] = str(error)
            else:
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders=placeholders,
            errors=errors,
        )

    async def _mend(self, key: str) -> None:
        with translated_errors():
            await FIXES[key](self._charger())

    def _charger(self) -> Charger:
        data = self.data or {}
        entry: SchneiderConfigEntry | None = self.hass.config_entries.async_get_entry(
            str(data[ENTRY_ID])
        )
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            raise ChargerOfflineError
        return entry.runtime_data.central_system.chargers[str(data[IDENTITY])]


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that mends an issue."""
    return CommandRepairFlow()
