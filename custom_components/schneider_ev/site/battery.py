"""House battery: which part of the sun's power it leaves to vehicles."""

from .readings import SiteReadings
from .settings import BatteryRule, Settings


def battery_correction(readings: SiteReadings, settings: Settings) -> float:
    """Return what a house battery adds to the exported power for vehicles, in W.

    What it discharges is no surplus. What it charges with is only where vehicles come
    first. Without a reading of its power it counts as if there were none.
    """
    discharge = readings.battery or 0.0
    return -discharge if _cars_come_first(readings, settings) else min(0.0, -discharge)


def _cars_come_first(readings: SiteReadings, settings: Settings) -> bool:
    if settings.battery_rule is BatteryRule.SHARE_ABOVE:
        state_of_charge = readings.battery_state_of_charge
        return state_of_charge is not None and state_of_charge > settings.share_above
    return settings.battery_rule is BatteryRule.CAR_FIRST
