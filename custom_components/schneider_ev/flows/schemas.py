"""Schemas of form fields that more than one flow has."""

from collections.abc import Callable
from typing import Any

import voluptuous as vol

from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
)

from ..const import CONF_GRID_POWER_SIGN, EXPORT_IS_POSITIVE, IMPORT_IS_POSITIVE


def whole_number(
    minimum: int, maximum: int, unit: str | None = None
) -> Callable[[Any], int]:
    """Return the schema of a whole number that is typed into a box."""
    config = NumberSelectorConfig(min=minimum, max=maximum, mode=NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return vol.All(NumberSelector(config), vol.Coerce(int))


PORT_SCHEMA = vol.All(whole_number(1, 65535), cv.port)

SIGN_SELECTOR = SelectSelector(
    SelectSelectorConfig(
        options=[IMPORT_IS_POSITIVE, EXPORT_IS_POSITIVE],
        translation_key=CONF_GRID_POWER_SIGN,
    )
)
