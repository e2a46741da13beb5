"""What is shown of a site: named values, on a device of its own."""

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
    CHEAP_BELOW = "cheap_below"


type SiteValues = Values[SiteValue, float]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SiteView:
    """A grid connection as its owner sees it, the first one or one of several.

    Powers are in W, prices are those of a kWh.
    """

    number: int
    values: SiteValues = field(default_factory=Values)

    @property
    def key(self) -> str:
        """What its device and its entities are known by."""
        return "site" if self.number == 1 else f"site_{self.number}"
