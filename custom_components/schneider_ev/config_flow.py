"""Config and options flow of a central system; discovery flow of its chargers."""

import asyncio
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any, override

import voluptuous as vol

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
)
from homeassistant.util import dt as dt_util

from .central_system.charge_point import DEFAULT_HEARTBEAT_INTERVAL
from .central_system.messages import CertificateError
from .central_system.state import DEFAULT_RETENTION, BadgePolicy
from .central_system.transport import read_pair, server_context
from .const import (
    CONF_BADGE_POLICY,
    CONF_HEARTBEAT_INTERVAL,
    CONF_IDENTITY,
    CONF_PAUSE_AFTER,
    CONF_PRICE_ENTITY,
    CONF_SERIAL_NUMBER,
    CONF_SESSION_RETENTION,
    CONF_SIGN_CERTIFICATES,
    CONF_START_AFTER,
    CONF_TLS_CERTIFICATE,
    CONF_TLS_KEY,
    CONF_TLS_PORT,
    DEFAULT_HOST,
    DEFAULT_PORT,
    DOMAIN,
    ENTRY_ID,
    SUBENTRY_BADGE,
    SUBENTRY_CHARGER,
)
from .files.root_certificate import async_root_link
from .flows.badge import BadgeSubentryFlow
from .flows.charger import CHARGER_SCHEMA, ChargerSubentryFlow, is_known, new_charger
from .flows.schemas import PORT_SCHEMA, whole_number
from .site.regulator import DEFAULT_SETTINGS
from .texts import as_markdown

SERVER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_HOST, default=DEFAULT_HOST): TextSelector(),
        vol.Required(CONF_PORT, default=DEFAULT_PORT): PORT_SCHEMA,
        vol.Optional(CONF_TLS_PORT): PORT_SCHEMA,
        vol.Optional(CONF_TLS_CERTIFICATE): TextSelector(),
        vol.Optional(CONF_TLS_KEY): TextSelector(),
    }
)
_DELAY_SCHEMA = whole_number(0, 3600, "s")
OPTIONS_SCHEMA = vol.Schema(
    {
        vol.Required(
            CONF_HEARTBEAT_INTERVAL, default=DEFAULT_HEARTBEAT_INTERVAL
        ): whole_number(10, 86400, "s"),
        vol.Required(
            CONF_BADGE_POLICY, default=BadgePolicy.ACCEPT_ALL.value
        ): SelectSelector(
            SelectSelectorConfig(
                options=[policy.value for policy in BadgePolicy],
                translation_key=CONF_BADGE_POLICY,
            )
        ),
        vol.Required(
            CONF_SESSION_RETENTION, default=DEFAULT_RETENTION.days
        ): whole_number(1, 3650, "d"),
        vol.Required(
            CONF_START_AFTER, default=DEFAULT_SETTINGS.start_after
        ): _DELAY_SCHEMA,
        vol.Required(
            CONF_PAUSE_AFTER, default=DEFAULT_SETTINGS.pause_after
        ): _DELAY_SCHEMA,
        vol.Optional(CONF_PRICE_ENTITY): EntitySelector(
            EntitySelectorConfig(domain=["input_number", "number", "sensor"])
        ),
        vol.Optional(CONF_SIGN_CERTIFICATES): BooleanSelector(),
    }
)


class SchneiderConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up a central system, and adds discovered chargers to it."""

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
        """Ask for the address, ports and certificate of a new central system."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._async_abort_entries_match({CONF_PORT: user_input[CONF_PORT]})
            data = _filled_in(user_input)
            if not (errors := await _form_errors(self.hass, data)):
                return self.async_create_entry(title="Schneider EV chargers", data=data)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(SERVER_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for another address, other ports or another certificate."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            self._async_abort_entries_match({CONF_PORT: user_input[CONF_PORT]})
            data = _filled_in(user_input)
            is_loaded = entry.state is ConfigEntryState.LOADED
            own_ports = (entry.data[CONF_PORT], entry.data.get(CONF_TLS_PORT))
            errors = await _form_errors(self.hass, data, own_ports if is_loaded else ())
            if not errors and is_loaded:
                # the update listener of a loaded entry reloads it if necessary
                return self.async_update_and_abort(entry, data=data)
            if not errors:
                return self.async_update_reload_and_abort(entry, data=data)
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                SERVER_SCHEMA, user_input or entry.data
            ),
            errors=errors,
            description_placeholders={"root_url": async_root_link(self.hass, entry)},
        )

    @override
    async def async_step_integration_discovery(
        self, discovery_info: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Handle a charger that connected and is not set up."""
        identity = discovery_info[CONF_IDENTITY]
        await self.async_set_unique_id(identity)
        self._abort_if_unique_id_configured()
        self._discovery = discovery_info
        self._abort_if_charger_is_known()
        model = discovery_info["boot"]["model"]
        self.context["title_placeholders"] = {
            "name": f"{model} ({identity})" if model else identity
        }
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add the charger."""
        boot = self._discovery["boot"]
        identity = self._discovery[CONF_IDENTITY]
        if user_input is not None:
            entry = self._abort_if_charger_is_known()
            title = user_input.get(CONF_NAME) or self._default_name(entry)
            settings: dict[str, Any] = CHARGER_SCHEMA({})
            if boot["serial_number"]:
                settings[CONF_SERIAL_NUMBER] = boot["serial_number"]
            self.hass.config_entries.async_add_subentry(
                entry, new_charger(identity, title, settings)
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
                name: as_markdown(text or "–")
                for name, text in (
                    ("vendor", boot["vendor"]),
                    ("model", boot["model"]),
                    ("serial", boot["serial_number"]),
                    ("firmware", boot["firmware_version"]),
                    ("identity", identity),
                    ("address", self._discovery["address"]),
                )
            },
        )

    def _default_name(self, entry: ConfigEntry) -> str:
        """Return the model as name, with the identity if another charger has that name."""
        model: str = self._discovery["boot"]["model"] or self._discovery[CONF_IDENTITY]
        if all(subentry.title != model for subentry in entry.subentries.values()):
            return model
        return f"{model} {self._discovery[CONF_IDENTITY]}"

    def _abort_if_charger_is_known(self) -> ConfigEntry:
        """Return the entry whose central system the charger connected to."""
        entry = self.hass.config_entries.async_get_entry(self._discovery[ENTRY_ID])
        if entry is None:
            raise AbortFlow("entry_removed")
        if is_known(self.hass, self._discovery[CONF_IDENTITY]):
            raise AbortFlow("already_configured")
        return entry


class SchneiderOptionsFlow(OptionsFlow):
    """Changes the options of a central system; chargers stay connected."""

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


def _filled_in(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are not empty."""
    return {name: value for name, value in user_input.items() if value != ""}


async def _form_errors(
    hass: HomeAssistant, data: Mapping[str, Any], own_ports: Container[int | None] = ()
) -> dict[str, str]:
    """Return the errors by field. The entry itself listens on `own_ports` already."""
    errors: dict[str, str] = {}
    for field in (CONF_PORT, CONF_TLS_PORT):
        port = data.get(field)
        if port is not None:
            # with an own port, which is in use, only the host is tested
            error = await _test_bind(data[CONF_HOST], 0 if port in own_ports else port)
            if error is not None:
                errors[field] = error
    if data[CONF_PORT] == data.get(CONF_TLS_PORT):
        errors[CONF_TLS_PORT] = "same_port"
    if CONF_TLS_CERTIFICATE in data and CONF_TLS_PORT not in data:
        errors[CONF_TLS_PORT] = "port_missing"
    for field, other in (
        (CONF_TLS_CERTIFICATE, CONF_TLS_KEY),
        (CONF_TLS_KEY, CONF_TLS_CERTIFICATE),
    ):
        if field not in data and other in data:
            errors[field] = "file_missing"
    if not errors and CONF_TLS_CERTIFICATE in data:
        errors = await hass.async_add_executor_job(
            _certificate_errors,
            Path(data[CONF_TLS_CERTIFICATE]),
            Path(data[CONF_TLS_KEY]),
        )
    return errors


def _certificate_errors(certificate: Path, key: Path) -> dict[str, str]:
    """Return the errors of a certificate and its key by field; this blocks."""
    errors: dict[str, str] = {}
    try:
        pair = read_pair(certificate, key)
        server_context([pair])
        if pair.expires < dt_util.utcnow():
            errors[CONF_TLS_CERTIFICATE] = "certificate_expired"
    except OSError as error:
        is_key = error.filename == str(key)
        errors[CONF_TLS_KEY if is_key else CONF_TLS_CERTIFICATE] = "cannot_read"
    except CertificateError:
        errors[CONF_TLS_CERTIFICATE] = "invalid_certificate"
    return errors


async def _test_bind(host: str, port: int) -> str | None:
    """Return the error of listening on an address, None if that is possible."""
    try:
        server = await asyncio.get_running_loop().create_server(
            asyncio.Protocol, host, port
        )
    except OSError, ValueError:  # ValueError if the host is malformed
        return "cannot_listen"
    server.close()
    await server.wait_closed()
    return None
