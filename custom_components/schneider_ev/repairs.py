"""The repair flow, which runs the repair of a problem once its owner confirms."""

from typing import Any

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN, ENTRY_ID
from .problems import PROBLEMS, Data, Repair
from .runtime import SchneiderConfigEntry


class ProblemRepairFlow(RepairsFlow):
    """Runs the repair of an issue's problem."""

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
        if issue is None or issue.translation_key is None:
            return self.async_create_entry(data={})
        repair = PROBLEMS[issue.translation_key].repair
        assert repair is not None
        errors: dict[str, str] = {}
        placeholders = {**(issue.translation_placeholders or {}), "error": ""}
        if user_input is not None:
            try:
                await self._run(repair, user_input)
            except HomeAssistantError as error:
                errors["base"] = "not_mended"
                placeholders["error"] = str(error)
            else:
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=repair.schema,
            description_placeholders=placeholders,
            errors=errors,
        )

    async def _run(self, repair: Repair, user_input: Data) -> None:
        data = self.data or {}
        entry: SchneiderConfigEntry = self.hass.config_entries.async_get_known_entry(
            str(data[ENTRY_ID])
        )
        await repair.repair(self.hass, entry, data, user_input)


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the repair flow of an issue."""
    return ProblemRepairFlow()
