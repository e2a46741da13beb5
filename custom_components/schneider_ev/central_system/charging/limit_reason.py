"""What holds a connector back: the owner, the sun, the station, the vehicle, the charger."""

from enum import StrEnum
from typing import TYPE_CHECKING

from ...products.model import RateUnit
from ..messages.enums import ChargePointStatus
from .ratings import watts_per_ampere

if TYPE_CHECKING:
    from ..charge_point.connector import Connector


class LimitedBy(StrEnum):
    """Why a vehicle does not charge with more."""

    USER = "user"
    SOLAR = "solar"
    STATION = "station"
    PAUSED = "paused"
    VEHICLE = "vehicle"
    CHARGER = "charger"
    NONE = "none"


_SUPPLIED = frozenset({ChargePointStatus.CHARGING, ChargePointStatus.SUSPENDED_EVSE})
_MARGINS = {RateUnit.AMPERE: 1.0, RateUnit.WATT: 500.0}
"""How far a vehicle stays below what it may draw where it is the vehicle that limits."""


def limited_by(connector: Connector) -> LimitedBy:
    """Tell what holds a connector back, the most certain first."""
    charger = connector.charger
    if connector.paused:
        return LimitedBy.PAUSED
    wanted = connector.wanted_limit
    if wanted < connector.limit:
        return LimitedBy.SOLAR
    if connector.status is ChargePointStatus.SUSPENDED_EV:
        return LimitedBy.VEHICLE
    station = charger.station_limiter.asked.value
    if station is not None and station < wanted:
        return LimitedBy.STATION
    if connector.status in _SUPPLIED and falls_short(connector):
        return LimitedBy.CHARGER
    if connector.status is ChargePointStatus.CHARGING and _draws_less(connector):
        return LimitedBy.VEHICLE
    return LimitedBy.USER if wanted < connector.maximum_limit else LimitedBy.NONE


def offered_key(connector: Connector) -> str:
    """Return under which key the limit in force is found, in the product's unit."""
    return "power_offered" if _unit(connector) is RateUnit.WATT else "current_offered"


def offered(connector: Connector) -> float | None:
    """Return the limit in force as the charger reports it, in the product's unit."""
    value: float | None = connector.values.get(offered_key(connector))
    return value


def falls_short(connector: Connector) -> bool:
    """Tell whether the charger offers the vehicle less than it was asked to."""
    in_force = offered(connector)
    return in_force is not None and is_less(connector, in_force)


def is_less(connector: Connector, limit: float) -> bool:
    """Tell whether a limit is clearly less than the one that is asked for."""
    return limit <= connector.wanted_limit - _MARGINS[_unit(connector)]


def _draws_less(connector: Connector) -> bool:
    allowed = offered(connector)
    drawn = _drawn(connector)
    if drawn is None:
        return False
    if allowed is None:
        allowed = connector.wanted_limit
    return drawn <= allowed - _MARGINS[_unit(connector)]


def _drawn(connector: Connector) -> float | None:
    values = connector.values
    power: float | None = values.get("power")
    if _unit(connector) is RateUnit.WATT:
        return power
    currents: list[float] = [
        current
        for name in ("current_l1", "current_l2", "current_l3", "current_import")
        if (current := values.get(name)) is not None
    ]
    if currents:
        return max(currents)
    return None if power is None else power / watts_per_ampere(connector)


def _unit(connector: Connector) -> RateUnit:
    charging = connector.charger.product.smart_charging
    return RateUnit.AMPERE if charging is None else charging.unit
