"""The repair flow, which runs the repair of a problem once its owner confirms."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from .const import CONF_IDENTITY, DOMAIN, ENTRY_ID
from .problems import PROBLEMS
from .runtime import SchneiderConfigEntry
from .subentries import charger_subentries


class ProblemRepairFlow(RepairsFlow):
    """Runs the repair of an issue's problem."""

    _shown: Mapping[str, str] = {}

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Begin with the confirmation."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask for confirmation, and for what the repair needs to know; then run it."""
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        entry = self._entry()
        if issue is None or issue.translation_key is None or entry is None:
            return self.async_abort(reason="no_longer_needed")
        repair = PROBLEMS[issue.translation_key].repair
        assert repair is not None
        errors: dict[str, str] = {}
        reason = ""
        if user_input is not None:
            data = {**(self.data or {}), **self._shown}
            try:
                await repair.repair(self.hass, entry, data, user_input)
            except HomeAssistantError as error:
                errors["base"] = "not_mended"
                reason = str(error)
            else:
                return self.async_create_entry(data={})
        self._shown = issue.translation_placeholders or {}
        return self.async_show_form(
            step_id="confirm",
            data_schema=repair.schema,
            description_placeholders={**self._shown, "error": reason},
            errors=errors,
        )

    def _entry(self) -> SchneiderConfigEntry | None:
        """Return the entry of the problem, None where it or its charger was removed."""
        data = self.data or {}
        entry = self.hass.config_entries.async_get_entry(str(data.get(ENTRY_ID)))
        identity = data.get(CONF_IDENTITY)
        if entry and identity and identity not in charger_subentries(entry):
            return None
        return entry


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the repair flow of an issue."""
    return ProblemRepairFlow()
