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
from homeassistant.data_entry_flow import AbortFlow, section
from homeassistant.helpers import device_registry as dr
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
from .flows.charger import (
    CHARGER_SCHEMA,
    ChargerSubentryFlow,
    charger_url,
    is_known,
    new_charger,
    vacant_name,
)
from .flows.schemas import PORT_SCHEMA, whole_number
from .flows.site import SITE_SCHEMA, async_found
from .products import identify
from .site.settings import DEFAULT_SETTINGS
from .texts import as_markdown

_MORE_OPTIONS = "more_options"
_SITE = "site"

_PORT_SCHEMA = vol.Schema({vol.Required(CONF_PORT, default=DEFAULT_PORT): PORT_SCHEMA})
_MORE_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_HOST, default=DEFAULT_HOST): TextSelector(),
        vol.Optional(CONF_TLS_PORT): PORT_SCHEMA,
        vol.Optional(CONF_TLS_CERTIFICATE): TextSelector(),
        vol.Optional(CONF_TLS_KEY): TextSelector(),
    }
)
SERVER_SCHEMA = _PORT_SCHEMA.extend(_MORE_SCHEMA.schema)


class _FoldedSchema(vol.Schema):
    """The form of a central system, with all but the port folded away.

    The fold is a matter of the form only: what is entered is returned without it.
    """

    @override
    def __call__(self, data: Mapping[str, Any], **_: object) -> Any:
        """Check what was entered, be it folded or not."""
        return SERVER_SCHEMA(
            {name: value for name, value in data.items() if name != _MORE_OPTIONS}
            | data.get(_MORE_OPTIONS, {})
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
        vol.Required(_SITE, default={}): section(SITE_SCHEMA, {"collapsed": True}),
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
        """Ask for the port of a new central system, and for the rest if wanted."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._async_abort_entries_match({CONF_PORT: user_input[CONF_PORT]})
            data = _filled_in(user_input)
            if not (errors := await _form_errors(self.hass, data)):
                return self.async_create_entry(
                    title="Schneider EV chargers",
                    data=data,
                    description_placeholders={
                        "url": await charger_url(self.hass, data)
                    },
                )
        return self.async_show_form(
            step_id="user",
            data_schema=self._user_schema(user_input or {}, errors),
            errors=errors,
        )

    def _user_schema(
        self, user_input: Mapping[str, Any], errors: Container[str]
    ) -> vol.Schema:
        """Return the form of a new central system.

        Home Assistant shows no error at a field that is folded away, so with such an
        error nothing is.
        """
        if any(field in errors for field in _MORE_SCHEMA.schema):
            return self.add_suggested_values_to_schema(SERVER_SCHEMA, user_input)
        more = self.add_suggested_values_to_schema(_MORE_SCHEMA, user_input)
        return _FoldedSchema(
            self.add_suggested_values_to_schema(_PORT_SCHEMA, user_input)
            .extend({vol.Required(_MORE_OPTIONS): section(more, {"collapsed": True})})
            .schema
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
        self.context["title_placeholders"] = {"name": f"{self._product} ({identity})"}
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add the charger."""
        boot = self._discovery["boot"]
        identity = self._discovery[CONF_IDENTITY]
        if user_input is not None:
            entry = self._abort_if_charger_is_known()
            title = user_input.get(CONF_NAME) or vacant_name(self.hass, self._product)
            settings: dict[str, Any] = CHARGER_SCHEMA({})
            if boot["serial_number"]:
                settings[CONF_SERIAL_NUMBER] = boot["serial_number"]
            self.hass.config_entries.async_add_subentry(
                entry, new_charger(identity, title, settings)
            )
            return self.async_abort(
                reason="charger_added",
                description_placeholders={
                    "name": as_markdown(title),
                    "page": _page(self.hass, entry, identity),
                },
            )
        self._abort_if_charger_is_known()
        self._set_confirm_only()
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema(
                {
                    vol.Optional(
                        CONF_NAME, default=vacant_name(self.hass, self._product)
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

    @property
    def _product(self) -> str:
        """The product's name; without a guide the model, or the identity without one."""
        vendor, model = (self._discovery["boot"][name] for name in ("vendor", "model"))
        product = identify(vendor, model)
        identity: str = self._discovery[CONF_IDENTITY]
        return product.name if product.guides else model or identity

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
            options = {name: user_input[name] for name in user_input if name != _SITE}
            return self.async_create_entry(data=options | user_input[_SITE])
        options = dict(self.config_entry.options)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                OPTIONS_SCHEMA, {**options, _SITE: options}
            ),
            description_placeholders={
                "found": await async_found(self.hass, self.config_entry)
            },
        )


def _filled_in(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are not empty; there is always a host."""
    filled_in = {name: value for name, value in user_input.items() if value != ""}
    return {CONF_HOST: DEFAULT_HOST} | filled_in


async def _form_errors(
    hass: HomeAssistant, data: Mapping[str, Any], own_ports: Container[int | None] = ()
) -> dict[str, str]:
    """Return the errors by field. The entry itself listens on `own_ports` already."""
    errors: dict[str, str] = {}
    if not await _can_listen(data[CONF_HOST], 0):
        errors[CONF_HOST] = "unknown_address"
    for field in (CONF_PORT, CONF_TLS_PORT):
        port = data.get(field)
        if errors or port is None or port in own_ports:
            continue
        if not await _can_listen(data[CONF_HOST], port):
            errors[field] = "cannot_listen"
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


async def _can_listen(host: str, port: int) -> bool:
    """Tell whether it is possible to listen on an address; port 0 is any free port."""
    try:
        server = await asyncio.get_running_loop().create_server(
            asyncio.Protocol, host, port
        )
    except OSError, ValueError:  # ValueError if the host is malformed
        return False
    server.close()
    await server.wait_closed()
    return True


def _page(hass: HomeAssistant, entry: ConfigEntry, identity: str) -> str:
    """Return the path of a charger's page; of the integration's, if there is none yet."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, identity), entry.entry_id
    )
    if device is None:
        return f"/config/integrations/integration/{DOMAIN}"
    return f"/config/devices/device/{device.id}"
