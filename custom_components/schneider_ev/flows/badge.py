"""The subentry flow of a badge: register or change one."""

from collections.abc import Mapping
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_NAME
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import (
    BooleanSelector,
    DateTimeSelector,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)
from homeassistant.util import dt as dt_util

from ..const import (
    CONF_BLOCKED,
    CONF_EXPIRES,
    CONF_ID_TAG,
    CONF_ONE_VEHICLE_AT_A_TIME,
    SUBENTRY_BADGE,
)

_MAX_ID_TAG_LENGTH = 20

BADGE_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Optional(CONF_EXPIRES): DateTimeSelector(),
        vol.Required(CONF_ONE_VEHICLE_AT_A_TIME, default=False): BooleanSelector(),
        vol.Required(CONF_BLOCKED, default=False): BooleanSelector(),
    }
)


class BadgeSubentryFlow(ConfigSubentryFlow):
    """Registers or changes a badge."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a new badge, and propose those that were seen recently."""
        entry = self._get_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            id_tag = user_input[CONF_ID_TAG].strip()
            if not 0 < len(id_tag) <= _MAX_ID_TAG_LENGTH:
                errors[CONF_ID_TAG] = "invalid_id_tag"
            elif any(
                subentry.unique_id == id_tag.casefold()
                for subentry in entry.get_subentries_of_type(SUBENTRY_BADGE)
            ):
                errors[CONF_ID_TAG] = "already_configured"
            else:
                return self.async_create_entry(
                    title=user_input[CONF_NAME],
                    data=_badge_data(id_tag, user_input),
                    unique_id=id_tag.casefold(),
                )
        seen = (
            entry.runtime_data.central_system.shared.badges.seen
            if entry.state is ConfigEntryState.LOADED
            else []
        )
        schema = vol.Schema(
            {
                vol.Required(CONF_ID_TAG): SelectSelector(
                    SelectSelectorConfig(options=seen, custom_value=True)
                )
            }
        ).extend(BADGE_SCHEMA.schema)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for changes to a badge."""
        subentry = self._get_reconfigure_subentry()
        if user_input is not None:
            return self.async_update_and_abort(
                self._get_entry(),
                subentry,
                title=user_input[CONF_NAME],
                data=_badge_data(subentry.data[CONF_ID_TAG], user_input),
            )
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                BADGE_SCHEMA, {CONF_NAME: subentry.title, **subentry.data}
            ),
        )


def _badge_data(id_tag: str, user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a badge's subentry; times in the form are local."""
    data = {
        CONF_ID_TAG: id_tag,
        CONF_ONE_VEHICLE_AT_A_TIME: user_input[CONF_ONE_VEHICLE_AT_A_TIME],
        CONF_BLOCKED: user_input[CONF_BLOCKED],
    }
    if expires := user_input.get(CONF_EXPIRES):
        data[CONF_EXPIRES] = dt_util.as_utc(cv.datetime(expires)).isoformat()
    return data
