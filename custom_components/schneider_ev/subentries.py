"""What the owner says of chargers and badges, read from the subentries of an entry."""

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .central_system.charge_point import ChargerSettings
from .central_system.state import Badge
from .const import (
    AUTO,
    CONF_BLOCKED,
    CONF_EXPIRES,
    CONF_GRID_POWER_ENTITY,
    CONF_GRID_POWER_SIGN,
    CONF_ID_TAG,
    CONF_MANAGE_CONFIGURATION,
    CONF_MAXIMUM_CURRENT,
    CONF_ONE_VEHICLE_AT_A_TIME,
    CONF_PHASES,
    CONF_PRODUCT,
    CONF_REFERENCE,
    CONF_SERIAL_NUMBER,
    CONF_WAKE_BY_AVAILABILITY,
    IMPORT_IS_POSITIVE,
    SUBENTRY_BADGE,
    SUBENTRY_CHARGER,
)


def charger_subentries(entry: ConfigEntry) -> dict[str, ConfigSubentry]:
    """Return the charger subentries by identity."""
    return {
        subentry.unique_id: subentry
        for subentry in entry.get_subentries_of_type(SUBENTRY_CHARGER)
        if subentry.unique_id is not None
    }


def charger_settings(subentry: ConfigSubentry) -> ChargerSettings:
    """Return the settings of a charger from its subentry."""
    data = subentry.data
    product = data.get(CONF_PRODUCT, AUTO)
    phases = data.get(CONF_PHASES, AUTO)
    return ChargerSettings(
        product=None if product == AUTO else product,
        reference=data.get(CONF_REFERENCE),
        phases=None if phases == AUTO else int(phases),
        maximum_current=data.get(CONF_MAXIMUM_CURRENT),
        manage_configuration=data.get(CONF_MANAGE_CONFIGURATION, True),
        serial_number=data.get(CONF_SERIAL_NUMBER),
        wake_by_availability=data.get(CONF_WAKE_BY_AVAILABILITY, False),
    )


def charger_password(subentry: ConfigSubentry) -> str | None:
    """Return the password of a charger from its subentry, None for none."""
    password: str | None = subentry.data.get(CONF_PASSWORD)
    return password or None


def meter_signs(entry: ConfigEntry) -> dict[str, set[str]]:
    """Return the signs of each grid meter: one, unless its chargers disagree."""
    signs: dict[str, set[str]] = {}
    for subentry in charger_subentries(entry).values():
        if meter := subentry.data.get(CONF_GRID_POWER_ENTITY):
            sign = subentry.data.get(CONF_GRID_POWER_SIGN, IMPORT_IS_POSITIVE)
            signs.setdefault(meter, set()).add(sign)
    return signs


@callback
def async_set_meter_sign(
    hass: HomeAssistant, entry: ConfigEntry, meter: str, sign: str
) -> None:
    """Set the sign of a grid meter for all chargers that have it."""
    for subentry in charger_subentries(entry).values():
        if subentry.data.get(CONF_GRID_POWER_ENTITY) == meter:
            hass.config_entries.async_update_subentry(
                entry, subentry, data={**subentry.data, CONF_GRID_POWER_SIGN: sign}
            )


def registered_badges(entry: ConfigEntry) -> dict[str, Badge]:
    """Return the registered badges by idTag."""
    return {
        subentry.data[CONF_ID_TAG]: _badge(subentry)
        for subentry in entry.get_subentries_of_type(SUBENTRY_BADGE)
    }


def _badge(subentry: ConfigSubentry) -> Badge:
    expires = subentry.data.get(CONF_EXPIRES)
    return Badge(
        id_tag=subentry.data[CONF_ID_TAG],
        name=subentry.title,
        expires=dt_util.parse_datetime(expires) if expires else None,
        blocked=subentry.data.get(CONF_BLOCKED, False),
        one_vehicle_at_a_time=subentry.data.get(CONF_ONE_VEHICLE_AT_A_TIME, False),
    )
