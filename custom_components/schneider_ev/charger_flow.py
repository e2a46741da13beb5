"""The subentry flow of a charger: add one by hand, or change what is said of it."""

from collections.abc import Mapping
from typing import Any

import voluptuous as vol

from homeassistant.components import network
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)

from .central_system.server import is_identity
from .const import (
    AUTO,
    CONF_IDENTITY,
    CONF_MANAGE_CONFIGURATION,
    CONF_MAXIMUM_CURRENT,
    CONF_PHASES,
    CONF_PRODUCT,
    SUBENTRY_CHARGER,
)
from .products import PRODUCTS

_ANY_HOSTS = frozenset({"0.0.0.0", "::", ""})

CHARGER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_PRODUCT, default=AUTO): SelectSelector(
            SelectSelectorConfig(
                options=[AUTO, *PRODUCTS], translation_key=CONF_PRODUCT
            )
        ),
        vol.Required(CONF_PHASES, default=AUTO): SelectSelector(
            SelectSelectorConfig(options=[AUTO, "1", "3"], translation_key=CONF_PHASES)
        ),
        vol.Optional(CONF_MAXIMUM_CURRENT): NumberSelector(
            NumberSelectorConfig(
                min=6, max=500, mode=NumberSelectorMode.BOX, unit_of_measurement="A"
            )
        ),
        vol.Required(CONF_MANAGE_CONFIGURATION, default=True): BooleanSelector(),
    }
)
NEW_CHARGER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_IDENTITY): TextSelector(),
        vol.Optional(CONF_NAME): TextSelector(),
    }
).extend(CHARGER_SCHEMA.schema)
NAMED_CHARGER_SCHEMA = vol.Schema({vol.Required(CONF_NAME): TextSelector()}).extend(
    CHARGER_SCHEMA.schema
)


class ChargerSubentryFlow(ConfigSubentryFlow):
    """Adds a charger by hand, or changes what is said of one."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a new charger."""
        entry = self._get_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            identity = user_input[CONF_IDENTITY].strip()
            if not is_identity(identity):
                errors[CONF_IDENTITY] = "invalid_identity"
            elif is_known(entry, identity):
                errors[CONF_IDENTITY] = "already_configured"
            else:
                subentry = new_charger(
                    identity, user_input.pop(CONF_NAME, None) or identity, user_input
                )
                return self.async_create_entry(
                    title=subentry.title,
                    data=dict(subentry.data),
                    unique_id=subentry.unique_id,
                )
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                NEW_CHARGER_SCHEMA, user_input
            ),
            errors=errors,
            description_placeholders={"url": await charger_url(self.hass, entry)},
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask what to change of a charger."""
        entry = self._get_entry()
        subentry = self._get_reconfigure_subentry()
        if user_input is not None:
            title = user_input.pop(CONF_NAME)
            return self.async_update_and_abort(
                entry,
                subentry,
                title=title,
                data={CONF_IDENTITY: subentry.data[CONF_IDENTITY], **user_input},
            )
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                NAMED_CHARGER_SCHEMA, {CONF_NAME: subentry.title, **subentry.data}
            ),
            description_placeholders={
                "url": await charger_url(self.hass, entry),
                "identity": subentry.data[CONF_IDENTITY],
            },
        )


def new_charger(
    identity: str, title: str, settings: Mapping[str, Any]
) -> ConfigSubentry:
    """Return the subentry of a charger."""
    return ConfigSubentry(
        data={**settings, CONF_IDENTITY: identity},  # type: ignore[arg-type]
        subentry_type=SUBENTRY_CHARGER,
        title=title,
        unique_id=identity,
    )


def is_known(entry: ConfigEntry, identity: str) -> bool:
    """Tell whether an entry has a charger of that identity."""
    return any(
        subentry.unique_id == identity
        for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER)
    )


async def charger_url(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return the address to type into the charger."""
    host = entry.data[CONF_HOST]
    if host in _ANY_HOSTS:
        host = await network.async_get_source_ip(hass)
    return f"ws://{host}:{entry.data[CONF_PORT]}"
