"""Repair flows: what sets an issue right, once its owner agrees."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import voluptuous as vol

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .central_system import Problem
from .central_system.charge_point import (
    DEFAULT_SAMPLE_INTERVAL,
    SAMPLE_INTERVAL,
    Charger,
    set_meter_values,
)
from .central_system.messages import ChargerOfflineError
from .commands import translated_errors
from .config_flow import PORT_SCHEMA
from .const import CONF_IDENTITY, CONF_TLS_PORT, DOMAIN, ENTRY_ID
from .issues import PORT_BUSY
from .runtime import SchneiderConfigEntry
from .subentries import charger_subentries

type Data = Mapping[str, Any]
type Mend = Callable[[HomeAssistant, SchneiderConfigEntry, Data, Data], Awaitable[None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fix:
    """What mends an issue of an entry: with the issue's data and what the owner says."""

    mend: Mend
    schema: vol.Schema = field(default_factory=lambda: vol.Schema({}))


def _command(command: Callable[[Charger], Awaitable[object]]) -> Fix:
    """Mend an issue of a charger by commands to it."""

    async def mend(
        _hass: HomeAssistant, entry: SchneiderConfigEntry, data: Data, _said: Data
    ) -> None:
        with translated_errors():
            if entry.state is not ConfigEntryState.LOADED:
                raise ChargerOfflineError
            central_system = entry.runtime_data.central_system
            await command(central_system.chargers[data[CONF_IDENTITY]])

    return Fix(mend=mend)


async def _tell_time(charger: Charger) -> None:
    """Have the charger ask for the time; a clock that stays wrong is noticed anew."""
    await charger.link.trigger("Heartbeat")
    charger.clock.trust()


async def _take_password(
    hass: HomeAssistant, entry: SchneiderConfigEntry, data: Data, said: Data
) -> None:
    """Let the charger in with the password that it has."""
    subentry = charger_subentries(entry)[data[CONF_IDENTITY]]
    hass.config_entries.async_update_subentry(
        entry, subentry, data={**subentry.data, CONF_PASSWORD: said[CONF_PASSWORD]}
    )
    if entry.state is ConfigEntryState.LOADED:
        chargers = entry.runtime_data.central_system.chargers
        chargers[data[CONF_IDENTITY]].problems.set(Problem.WRONG_PASSWORD, None)


async def _use_port(
    hass: HomeAssistant, entry: SchneiderConfigEntry, data: Data, said: Data
) -> None:
    """Listen on another port instead of one that is in use."""
    is_tls = entry.data.get(CONF_TLS_PORT) == data[CONF_PORT]
    hass.config_entries.async_update_entry(
        entry,
        data={**entry.data, CONF_TLS_PORT if is_tls else CONF_PORT: said[CONF_PORT]},
    )
    await hass.config_entries.async_reload(entry.entry_id)
    if entry.state is not ConfigEntryState.LOADED:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="not_loaded",
            translation_placeholders={"reason": entry.reason or ""},
        )


FIXES: Mapping[str, Fix] = {
    Problem.CLOCK_WRONG: _command(_tell_time),
    Problem.FOREIGN_PROFILE: _command(lambda charger: charger.clear_foreign_profiles()),
    Problem.KEY_REFUSED: _command(set_meter_values),
    Problem.LIMITS_REFUSED: _command(lambda charger: charger.write_limits()),
    Problem.METER_VALUES_OFF: _command(
        lambda charger: charger.configuration_client.choose(
            SAMPLE_INTERVAL, DEFAULT_SAMPLE_INTERVAL
        )
    ),
    PORT_BUSY: Fix(
        mend=_use_port, schema=vol.Schema({vol.Required(CONF_PORT): PORT_SCHEMA})
    ),
    Problem.RESTART_REQUIRED: _command(lambda charger: charger.reset("Soft")),
    Problem.WRONG_PASSWORD: Fix(
        mend=_take_password,
        schema=vol.Schema(
            {
                vol.Required(CONF_PASSWORD): TextSelector(
                    TextSelectorConfig(type=TextSelectorType.PASSWORD)
                )
            }
        ),
    ),
}


class FixFlow(RepairsFlow):
    """Mends an issue when its owner says so."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Ask whether to mend it now, and with what."""
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        if issue is None or issue.translation_key is None:
            return self.async_create_entry(data={})
        fix = FIXES[issue.translation_key]
        errors: dict[str, str] = {}
        placeholders = {**(issue.translation_placeholders or {}), "error": ""}
        if user_input is not None:
            try:
                await self._mend(fix, user_input)
            except HomeAssistantError as error:
                errors["base"] = "not_mended"
                placeholders["error"] = str(error)
            else:
                return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=fix.schema,
            description_placeholders=placeholders,
            errors=errors,
        )

    async def _mend(self, fix: Fix, said: Data) -> None:
        data = self.data or {}
        entry: SchneiderConfigEntry = self.hass.config_entries.async_get_known_entry(
            str(data[ENTRY_ID])
        )
        await fix.mend(self.hass, entry, data, said)


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that mends an issue."""
    return FixFlow()
