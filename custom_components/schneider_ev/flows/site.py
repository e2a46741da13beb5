"""The site in forms: what was found of it, with its values now, and what outranks that."""

from collections.abc import Iterator, Mapping
from typing import Any

import voluptuous as vol

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
)
from homeassistant.helpers.translation import async_get_translations

from ..const import (
    CHARGE_IS_POSITIVE,
    CONF_BATTERY_CAPACITY,
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_POWER_SIGN,
    CONF_BATTERY_RULE,
    CONF_BATTERY_STATE_OF_CHARGE_ENTITY,
    CONF_EXPORT_LIMIT,
    CONF_EXPORT_PRICE_ENTITY,
    CONF_GRID_POWER_ENTITY,
    CONF_GRID_POWER_SIGN,
    CONF_SHARE_ABOVE,
    CONF_SOLAR_POWER_ENTITY,
    DISCHARGE_IS_POSITIVE,
    DOMAIN,
)
from ..site.settings import BatteryRule
from ..sources import FoundSource, Role, Sources
from ..texts import as_markdown, decimal
from .schemas import SIGN_SELECTOR

_TEXTS = f"component.{DOMAIN}.selector.found_source.options"

POWER_SELECTOR = EntitySelector(
    EntitySelectorConfig(
        domain=["input_number", "number", "sensor"], device_class="power"
    )
)
_PRICE_SELECTOR = EntitySelector(
    EntitySelectorConfig(domain=["input_number", "number", "sensor"])
)
_CHARGE_SELECTOR = EntitySelector(
    EntitySelectorConfig(domain=["input_number", "number", "sensor"])
)


def _number(minimum: float, maximum: float, unit: str, step: float) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=minimum,
            max=maximum,
            step=step,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=unit,
        )
    )


def _choice(name: str, *options: str) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(options=[*options], translation_key=name)
    )


SITE_SCHEMA = vol.Schema(
    {
        vol.Optional(CONF_BATTERY_RULE): _choice(
            CONF_BATTERY_RULE, *(rule.value for rule in BatteryRule)
        ),
        vol.Optional(CONF_SHARE_ABOVE): _number(0, 100, "%", 1),
        vol.Optional(CONF_EXPORT_LIMIT): _number(0, 100_000, "W", 10),
        vol.Optional(CONF_GRID_POWER_ENTITY): POWER_SELECTOR,
        vol.Optional(CONF_GRID_POWER_SIGN): SIGN_SELECTOR,
        vol.Optional(CONF_SOLAR_POWER_ENTITY): POWER_SELECTOR,
        vol.Optional(CONF_BATTERY_POWER_ENTITY): POWER_SELECTOR,
        vol.Optional(CONF_BATTERY_POWER_SIGN): _choice(
            CONF_BATTERY_POWER_SIGN, DISCHARGE_IS_POSITIVE, CHARGE_IS_POSITIVE
        ),
        vol.Optional(CONF_BATTERY_STATE_OF_CHARGE_ENTITY): _CHARGE_SELECTOR,
        vol.Optional(CONF_BATTERY_CAPACITY): _number(0.1, 1000, "kWh", 0.1),
        vol.Optional(CONF_EXPORT_PRICE_ENTITY): _PRICE_SELECTOR,
    }
)
"""What an owner can say of the site: all of it may be empty."""


async def async_found(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Return what is known of the grid connections now, as a list in Markdown."""
    texts = await async_get_translations(
        hass, hass.config.language, "selector", [DOMAIN]
    )

    def text(name: str, **values: str) -> str:
        return texts[f"{_TEXTS}.{name}"].format(**values)

    if entry.state is not ConfigEntryState.LOADED:
        return text("nothing")
    sources: Sources = entry.runtime_data.site_control.sources
    lines = [
        text(name, **values)
        for key in sources.connections
        for source in sources.found(key)
        for name, values in _line(hass, source)
    ]
    if sources.is_ambiguous:
        lines.append(text("several"))
    return "\n".join(f"- {line}" for line in lines or [text("nothing")])


_SIGNED: Mapping[Role, tuple[str, str]] = {
    Role.GRID: ("importing", "exporting"),
    Role.BATTERY: ("discharging", "charging"),
}
"""What a power is called, if it is positive and if it is negative."""


def _line(
    hass: HomeAssistant, source: FoundSource
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the text of a source and its figures."""
    entities = as_markdown(", ".join(source.entity_ids) or "–")
    if source.value is None:
        yield "no_value", {"entity": entities}
        return
    value, name = source.value, source.role.value
    if source.role in _SIGNED:
        name = _SIGNED[source.role][value < 0]
        value = abs(value)
    digits = 1
    if source.role in (Role.GRID, Role.SOLAR, Role.BATTERY):
        value, digits = value / 1000, 2
    elif source.role in (Role.IMPORT_PRICE, Role.EXPORT_PRICE):
        digits = 3
    figure = decimal(hass, value, digits)
    currency = hass.config.currency
    yield name, {"entity": entities, "value": figure, "currency": currency}
