"""The subentry flow of a charger: add, change or secure one."""

import asyncio
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

import voluptuous as vol
from yarl import URL

from homeassistant.components import network
from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigSubentry,
    ConfigSubentryFlow,
    SubentryFlowResult,
    UnknownSubEntry,
)
from homeassistant.const import CONF_HOST, CONF_NAME, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.translation import async_get_translations

from ..central_system import is_identity
from ..central_system.charge_point import (
    INSTALL_CERTIFICATE,
    Charger,
    ConnectionTarget,
    can_set_password,
    secure,
)
from ..central_system.charging import ChargingMode
from ..central_system.transport import AUTHORIZATION_KEY, generate_password
from ..commands import translated_errors
from ..const import (
    ANY_HOSTS,
    AUTO,
    CONF_DEFAULT_MODE,
    CONF_GRID_POWER_ENTITY,
    CONF_GRID_POWER_SIGN,
    CONF_IDENTITY,
    CONF_MANAGE_CONFIGURATION,
    CONF_MAXIMUM_CURRENT,
    CONF_PHASES,
    CONF_PRODUCT,
    CONF_REFERENCE,
    CONF_SERIAL_NUMBER,
    CONF_TLS_CERTIFICATE,
    CONF_TLS_PORT,
    CONF_WAKE_BY_AVAILABILITY,
    DOMAIN,
    SUBENTRY_CHARGER,
)
from ..discovery import async_end_discovery_flows
from ..products import PRODUCTS
from ..products.generic import GENERIC
from ..products.model import Product, Reference
from ..runtime import SchneiderConfigEntry
from ..subentries import async_set_meter_sign, meter_signs
from ..texts import as_markdown
from .schemas import SIGN_SELECTOR
from .site import async_found

_SECURE = "secure"
_USE_TLS = "use_tls"
_MIN_PASSWORD_LENGTH = 16
_MAX_PASSWORD_LENGTH = 40

_METER_CONFIG = EntitySelectorConfig(
    domain=["input_number", "number", "sensor"], device_class="power"
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
        vol.Optional(CONF_PASSWORD): TextSelector(
            TextSelectorConfig(type=TextSelectorType.PASSWORD)
        ),
        vol.Required(CONF_MANAGE_CONFIGURATION, default=True): BooleanSelector(),
        vol.Optional(CONF_GRID_POWER_ENTITY): EntitySelector(_METER_CONFIG),
        vol.Optional(CONF_GRID_POWER_SIGN): SIGN_SELECTOR,
        vol.Optional(CONF_DEFAULT_MODE): SelectSelector(
            SelectSelectorConfig(
                options=list(ChargingMode), translation_key=CONF_DEFAULT_MODE
            )
        ),
        vol.Optional(CONF_WAKE_BY_AVAILABILITY): BooleanSelector(),
    }
)
NEW_CHARGER_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_IDENTITY): TextSelector(),
        vol.Optional(CONF_NAME): TextSelector(),
    }
).extend(CHARGER_SCHEMA.schema)


def named_charger_schema(references: Iterable[Reference]) -> vol.Schema:
    """Return the schema of a charger that is there, whose reference is to be picked."""
    return (
        vol.Schema({vol.Required(CONF_NAME): TextSelector()})
        .extend(CHARGER_SCHEMA.schema)
        .extend(
            {
                vol.Optional(CONF_REFERENCE): SelectSelector(
                    SelectSelectorConfig(
                        options=[reference.name for reference in references],
                        custom_value=True,
                        mode=SelectSelectorMode.DROPDOWN,
                    )
                ),
                vol.Optional(_SECURE, default=False): BooleanSelector(),
            }
        )
    )


class ChargerSubentryFlow(ConfigSubentryFlow):
    """Adds a charger by its identity, changes its settings, or secures it."""

    _title: str
    _data: dict[str, Any]
    _securing: asyncio.Task[str | None]
    _waiting: asyncio.Task[Any]

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
            elif is_known(self.hass, identity):
                errors[CONF_IDENTITY] = "already_configured"
            else:
                async_end_discovery_flows(self.hass, {CONF_IDENTITY: identity})
                self._settle_sign(user_input)
                name = user_input.pop(CONF_NAME, None) or self._default_name(user_input)
                subentry = new_charger(identity, name or identity, user_input)
                return self.async_create_entry(
                    title=subentry.title,
                    data=dict(subentry.data),
                    unique_id=subentry.unique_id,
                    description_placeholders={
                        "url": await charger_url(self.hass, entry.data)
                    },
                )
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                _without_own_powers(self.hass, NEW_CHARGER_SCHEMA), user_input
            ),
            errors=errors,
            description_placeholders={
                "url": await charger_url(self.hass, entry.data),
                "found": await async_found(self.hass, entry),
            },
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for changes to a charger."""
        entry = self._get_entry()
        if (subentry := self._subentry()) is None:
            return self.async_abort(reason="charger_removed")
        if user_input is not None:
            continue_with_securing = user_input.pop(_SECURE)
            self._title = user_input.pop(CONF_NAME)
            self._settle_sign(user_input)
            self._data = _confirmed(subentry) | user_input
            return await (
                self.async_step_secure() if continue_with_securing else self._save()
            )
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                _without_own_powers(
                    self.hass,
                    named_charger_schema(self._product(subentry).references),
                ),
                {CONF_NAME: subentry.title, **subentry.data},
            ),
            description_placeholders={
                "url": await charger_url(self.hass, entry.data),
                "identity": subentry.data[CONF_IDENTITY],
                "found": await async_found(self.hass, entry),
            },
        )

    async def async_step_secure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for the new password, and whether to use TLS; then start securing."""
        charger = self._charger(self._data[CONF_IDENTITY])
        if charger is None:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if not charger.link.is_connected:
            errors["base"] = "not_connected"
        elif any(each.in_transaction for each in charger.connectors.values()):
            errors["base"] = "charging"
        key = charger.product.configuration_key(AUTHORIZATION_KEY)
        max_length = key.maximum if key else None
        if user_input is not None and not errors:
            password = user_input[CONF_PASSWORD]
            if (
                not _MIN_PASSWORD_LENGTH
                <= len(password)
                <= (max_length or _MAX_PASSWORD_LENGTH)
            ):
                errors[CONF_PASSWORD] = "invalid_password"
            else:
                self._data[CONF_PASSWORD] = password
                target = await self._new_way(charger, user_input)
                central_system = self._get_entry().runtime_data.central_system
                self._securing = central_system.create_task(
                    self._secure(charger, target)
                )
                # closing the dialog cancels this task, and must not cancel the securing
                self._waiting = self.hass.async_create_task(
                    asyncio.wait([self._securing])
                )
                return await self.async_step_securing()
        schema = vol.Schema({vol.Required(CONF_PASSWORD): TextSelector()})
        if self._offers_tls(charger):
            schema = schema.extend({vol.Required(_USE_TLS): BooleanSelector()})
        return self.async_show_form(
            step_id="secure" if can_set_password(charger) else "secure_by_hand",
            data_schema=self.add_suggested_values_to_schema(
                schema,
                user_input
                or {CONF_PASSWORD: generate_password(max_length), _USE_TLS: True},
            ),
            errors=errors,
            description_placeholders={
                "name": self._title,
                "tool": (key and key.set_with) or "",
            },
        )

    async_step_secure_by_hand = async_step_secure

    async def async_step_securing(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show progress until the charger has reconnected."""
        if not self._waiting.done():
            return self.async_show_progress(
                step_id="securing",
                progress_action="securing",
                progress_task=self._waiting,
                description_placeholders={"name": as_markdown(self._title)},
            )
        return self.async_show_progress_done(next_step_id="secured")

    async def async_step_secured(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show the result."""
        if self._securing.cancelled():
            return self.async_abort(reason="not_loaded")
        placeholders = {"name": as_markdown(self._title)}
        if (error := self._securing.result()) is None:
            return self.async_abort(
                reason="secured", description_placeholders=placeholders
            )
        return self.async_abort(
            reason="not_secured",
            description_placeholders=placeholders | {"error": as_markdown(error)},
        )

    async def _secure(self, charger: Charger, target: ConnectionTarget) -> str | None:
        """Secure the charger, then store its settings with the password it has now.

        Return None on success, else the reason why the charger was not changed.
        """
        reason = None
        try:
            with translated_errors():
                await secure(charger, target)
        except HomeAssistantError as error:
            reason = await _error_text(self.hass, error)
        if (subentry := self._subentry()) is None:
            return reason
        if reason is not None:
            del self._data[CONF_PASSWORD]
            if CONF_PASSWORD in subentry.data:
                self._data[CONF_PASSWORD] = subentry.data[CONF_PASSWORD]
        self.hass.config_entries.async_update_subentry(
            self._get_entry(), subentry, title=self._title, data=self._data
        )
        return reason

    def _settle_sign(self, settings: dict[str, Any]) -> None:
        """Have all chargers with the same grid meter agree on its sign.

        A sign that is chosen counts for all of them; where none is, theirs counts.
        """
        entry = self._get_entry()
        if (meter := settings.get(CONF_GRID_POWER_ENTITY)) is None:
            return
        if (sign := settings.get(CONF_GRID_POWER_SIGN)) is not None:
            async_set_meter_sign(self.hass, entry, meter, sign)
        elif len(signs := meter_signs(entry).get(meter, ())) == 1:
            settings[CONF_GRID_POWER_SIGN] = next(iter(signs))

    def _default_name(self, settings: Mapping[str, Any]) -> str | None:
        """Return the product's name, None if the product is yet to be detected."""
        product = PRODUCTS.get(settings[CONF_PRODUCT])
        if product is None or not product.guides:
            return None
        return vacant_name(self.hass, product.name)

    def _subentry(self) -> ConfigSubentry | None:
        """Return the subentry that is changed, None if it was removed meanwhile."""
        try:
            return self._get_reconfigure_subentry()
        except UnknownSubEntry:
            return None

    async def _save(self) -> SubentryFlowResult:
        return self.async_update_and_abort(
            self._get_entry(),
            self._get_reconfigure_subentry(),
            title=self._title,
            data=self._data,
        )

    def _charger(self, identity: str) -> Charger | None:
        entry: SchneiderConfigEntry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            return None
        return entry.runtime_data.central_system.chargers.get(identity)

    def _product(self, subentry: ConfigSubentry) -> Product:
        """Return the product that a charger is, as far as that is known."""
        charger = self._charger(subentry.data[CONF_IDENTITY])
        return charger.product if charger else GENERIC

    def _offers_tls(self, charger: Charger) -> bool:
        """Tell whether the form offers TLS: there is a port, and a certificate to trust."""
        data = self._get_entry().data
        return CONF_TLS_PORT in data and (
            CONF_TLS_CERTIFICATE in data or charger.supports(INSTALL_CERTIFICATE)
        )

    async def _new_way(
        self, charger: Charger, user_input: dict[str, Any]
    ) -> ConnectionTarget:
        entry: SchneiderConfigEntry = self._get_entry()
        if not user_input.get(_USE_TLS):
            return ConnectionTarget(password=user_input[CONF_PASSWORD])
        url = URL(await charger_url(self.hass, entry.data)).with_scheme("wss")
        # the charger's present URL may be malformed, so it is not parsed
        old = charger.configuration.value("SupervisionUrl") or ""
        path = old.partition("://")[2].partition("/")[2]
        new = url.with_port(entry.data[CONF_TLS_PORT]).with_path(f"/{path}")
        return ConnectionTarget(
            password=user_input[CONF_PASSWORD],
            url=str(new).rstrip("/"),
            root=(
                None
                if CONF_TLS_CERTIFICATE in entry.data
                else entry.runtime_data.certificates.root
            ),
        )


def _without_own_powers(hass: HomeAssistant, schema: vol.Schema) -> vol.Schema:
    """Return a form that offers no power of a charger as the power of the grid."""
    own = [
        entity.entity_id
        for entity in er.async_get(hass).entities.values()
        if entity.platform == DOMAIN
        and entity.original_device_class == _METER_CONFIG["device_class"]
    ]
    meter = EntitySelector({**_METER_CONFIG, "exclude_entities": own})
    return vol.Schema(
        {
            field: meter if field == CONF_GRID_POWER_ENTITY else selector
            for field, selector in schema.schema.items()
        }
    )


def new_charger(
    identity: str, title: str, settings: Mapping[str, Any]
) -> ConfigSubentry:
    """Return the subentry of a new charger."""
    return ConfigSubentry(
        data={**settings, CONF_IDENTITY: identity},  # type: ignore[arg-type]
        subentry_type=SUBENTRY_CHARGER,
        title=title,
        unique_id=identity,
    )


def _confirmed(subentry: ConfigSubentry) -> dict[str, Any]:
    """Return what no form changes: which charger it is that the owner added."""
    kept = (CONF_IDENTITY, CONF_SERIAL_NUMBER)
    return {name: subentry.data[name] for name in kept if name in subentry.data}


def is_known(hass: HomeAssistant, identity: str) -> bool:
    """Tell whether a charger with the identity is set up in any entry."""
    return any(
        subentry.unique_id == identity
        for entry in hass.config_entries.async_entries(DOMAIN)
        for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER)
    )


def vacant_name(hass: HomeAssistant, name: str) -> str:
    """Return a name for a charger, with a number if another charger has that name."""
    taken = {
        subentry.title.casefold()
        for entry in hass.config_entries.async_entries(DOMAIN)
        for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER)
    }
    names = (f"{name} {number}" if number > 1 else name for number in count(1))
    return next(each for each in names if each.casefold() not in taken)


async def charger_url(hass: HomeAssistant, server: Mapping[str, Any]) -> str:
    """Return the URL to enter in the charger's settings; `server` is an entry's data."""
    host = server[CONF_HOST]
    if host in ANY_HOSTS:
        host = await network.async_get_source_ip(hass)
    return f"ws://{host}:{server[CONF_PORT]}"


async def _error_text(hass: HomeAssistant, error: HomeAssistantError) -> str:
    """Return the message of an error in Home Assistant's language."""
    texts = await async_get_translations(
        hass, hass.config.language, "exceptions", [DOMAIN]
    )
    text = texts[f"component.{DOMAIN}.exceptions.{error.translation_key}.message"]
    return text.format(**error.translation_placeholders or {})
