"""Config flows: the central system, its chargers, and the chargers that dial in."""

import asyncio
from collections.abc import Mapping
from typing import Any, override

import voluptuous as vol

from homeassistant.components import network
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentry,
    ConfigSubentryFlow,
    OptionsFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import (
    BooleanSelector,
    DateTimeSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)
from homeassistant.util import dt as dt_util

from .central_system.authorization import BadgePolicy
from .central_system.server import DEFAULT_HEARTBEAT_INTERVAL, is_identity
from .central_system.sessions import DEFAULT_RETENTION
from .const import (
    AUTO,
    CONF_BADGE_POLICY,
    CONF_BLOCKED,
    CONF_EXPIRES,
    CONF_HEARTBEAT_INTERVAL,
    CONF_ID_TAG,
    CONF_IDENTITY,
    CONF_MANAGE_CONFIGURATION,
    CONF_MAXIMUM_CURRENT,
    CONF_PHASES,
    CONF_PRODUCT,
    CONF_SESSION_RETENTION,
    DEFAULT_HOST,
    DEFAULT_PORT,
    DOMAIN,
    SUBENTRY_BADGE,
    SUBENTRY_CHARGER,
)
from .discovery import ENTRY_ID
from .products import PRODUCTS

_MAX_ID_TAG_LENGTH = 20
_ANY_HOSTS = frozenset({"0.0.0.0", "::", ""})

SERVER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_HOST, default=DEFAULT_HOST): TextSelector(),
        vol.Required(CONF_PORT, default=DEFAULT_PORT): vol.All(
            NumberSelector(
                NumberSelectorConfig(min=1, max=65535, mode=NumberSelectorMode.BOX)
            ),
            vol.Coerce(int),
            cv.port,
        ),
    }
)
OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(
            CONF_HEARTBEAT_INTERVAL, default=DEFAULT_HEARTBEAT_INTERVAL
        ): vol.All(
            NumberSelector(
                NumberSelectorConfig(
                    min=10,
                    max=86400,
                    mode=NumberSelectorMode.BOX,
                    unit_of_measurement="s",
                )
            ),
            vol.Coerce(int),
        ),
        vol.Required(
            CONF_BADGE_POLICY, default=BadgePolicy.ACCEPT_ALL.value
        ): SelectSelector(
            SelectSelectorConfig(
                options=[policy.value for policy in BadgePolicy],
                translation_key=CONF_BADGE_POLICY,
            )
        ),
        vol.Required(CONF_SESSION_RETENTION, default=DEFAULT_RETENTION.days): vol.All(
            NumberSelector(
                NumberSelectorConfig(
                    min=1,
                    max=3650,
                    mode=NumberSelectorMode.BOX,
                    unit_of_measurement="d",
                )
            ),
            vol.Coerce(int),
        ),
    }
)
BADGE_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Optional(CONF_EXPIRES): DateTimeSelector(),
        vol.Required(CONF_BLOCKED, default=False): BooleanSelector(),
    }
)
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


class SchneiderConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up a central system, and accepts chargers that dial in."""

    VERSION = 1

    def __init__(self) -> None:
        """Start without a discovered charger."""
        self._discovery: Mapping[str, Any] = {}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        return SchneiderOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        return {
            SUBENTRY_CHARGER: ChargerSubentryFlow,
            SUBENTRY_BADGE: BadgeSubentryFlow,
        }

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where to listen."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._async_abort_entries_match({CONF_PORT: user_input[CONF_PORT]})
            if (error := await _test_bind(user_input)) is None:
                return self.async_create_entry(
                    title="Schneider EV chargers", data=user_input
                )
            errors[CONF_PORT] = error
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(SERVER_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where to listen from now on."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            self._async_abort_entries_match({CONF_PORT: user_input[CONF_PORT]})
            is_loaded = entry.state is ConfigEntryState.LOADED
            is_held = is_loaded and user_input[CONF_PORT] == entry.data[CONF_PORT]
            error = None if is_held else await _test_bind(user_input)
            if error is None and is_loaded:
                # the listener to the entry's updates reloads it where that is needed
                return self.async_update_and_abort(entry, data_updates=user_input)
            if error is None:
                return self.async_update_reload_and_abort(
                    entry, data_updates=user_input
                )
            errors[CONF_PORT] = error
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                SERVER_SCHEMA, user_input or entry.data
            ),
            errors=errors,
        )

    @override
    async def async_step_integration_discovery(
        self, discovery_info: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Meet a charger that dialled in."""
        identity = discovery_info[CONF_IDENTITY]
        await self.async_set_unique_id(identity)
        self._abort_if_unique_id_configured()
        self._discovery = discovery_info
        self._abort_if_charger_is_known()
        self.context["title_placeholders"] = {
            "name": f"{discovery_info['boot']['model']} ({identity})"
        }
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether the charger is the owner's."""
        boot = self._discovery["boot"]
        identity = self._discovery[CONF_IDENTITY]
        if user_input is not None:
            entry = self._abort_if_charger_is_known()
            title = user_input.get(CONF_NAME) or self._default_name(entry)
            self.hass.config_entries.async_add_subentry(
                entry, new_charger(identity, title, CHARGER_SCHEMA({}))
            )
            return self.async_abort(reason="charger_added")
        self._set_confirm_only()
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema(
                {
                    vol.Optional(
                        CONF_NAME,
                        default=self._default_name(self._abort_if_charger_is_known()),
                    ): TextSelector()
                }
            ),
            description_placeholders={
                "vendor": boot["vendor"],
                "model": boot["model"],
                "serial": boot["serial_number"] or "–",
                "firmware": boot["firmware_version"] or "–",
                "identity": identity,
                "address": self._discovery["address"],
            },
        )

    def _default_name(self, entry: ConfigEntry) -> str:
        """Name the charger by its model, and by its identity where that is taken."""
        model: str = self._discovery["boot"]["model"]
        if all(subentry.title != model for subentry in entry.subentries.values()):
            return model
        return f"{model} {self._discovery[CONF_IDENTITY]}"

    def _abort_if_charger_is_known(self) -> ConfigEntry:
        """Return the entry that the charger dialled."""
        entry = self.hass.config_entries.async_get_entry(self._discovery[ENTRY_ID])
        if entry is None:
            raise AbortFlow("entry_removed")
        if is_known(entry, self._discovery[CONF_IDENTITY]):
            raise AbortFlow("already_configured")
        return entry


class SchneiderOptionsFlow(OptionsFlow):
    """Changes how the central system behaves; no charger is disconnected by it."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                OPTIONS_SCHEMA, self.config_entry.options
            ),
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


class BadgeSubentryFlow(ConfigSubentryFlow):
    """Registers a badge, or changes what is said of one."""

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a new badge: any, or one that was refused lately."""
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
        refused = (
            entry.runtime_data.central_system.badges.refused
            if entry.state is ConfigEntryState.LOADED
            else []
        )
        schema = vol.Schema(
            {
                vol.Required(CONF_ID_TAG): SelectSelector(
                    SelectSelectorConfig(options=refused, custom_value=True)
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
        """Ask what to change of a badge."""
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
    """Return the data of a badge's subentry; a time without a zone is a local one."""
    data = {CONF_ID_TAG: id_tag, CONF_BLOCKED: user_input[CONF_BLOCKED]}
    if expires := user_input.get(CONF_EXPIRES):
        data[CONF_EXPIRES] = dt_util.as_utc(cv.datetime(expires)).isoformat()
    return data


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


async def _test_bind(user_input: Mapping[str, Any]) -> str | None:
    """Return why the address cannot be had, None where it can."""
    try:
        server = await asyncio.get_running_loop().create_server(
            asyncio.Protocol, user_input[CONF_HOST], user_input[CONF_PORT]
        )
    except OSError:
        return "cannot_listen"
    server.close()
    await server.wait_closed()
    return None
