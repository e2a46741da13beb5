"""What is shown of a site: named values, as a device of its own shows them."""

from dataclasses import dataclass, field
from enum import StrEnum

from .central_system import Values


class SiteValue(StrEnum):
    """Names of the values of a site: keys of its entities."""

    GRID_POWER = "grid_power"
    SOLAR_POWER = "solar_power"
    BATTERY_POWER = "battery_power"
    HOUSE_POWER = "house_power"
    SURPLUS = "surplus"
    ELECTRICITY_PRICE = "electricity_price"


type SiteValues = Values[SiteValue, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteView:
    """A grid connection as its owner sees it.

    `key` names it as in `Sources`, `name` is what its owner calls it. Powers are in W,
    the price is that of an imported kWh.
    """

    key: str
    name: str | None
    values: SiteValues = field(default_factory=Values)
