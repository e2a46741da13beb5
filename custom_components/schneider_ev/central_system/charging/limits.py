"""The limit of a connector: which one holds, and why, as a function of a state."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ...products.model import RateUnit, SmartCharging
from ..messages.enums import ChargePointStatus
from ..values import ConnectorValue
from .ratings import Rating
from .requests import NO_LIMIT, LimitRequest


class LimitReason(StrEnum):
    """Why a vehicle does not charge with more."""

    USER = "user"
    SOLAR = "solar"
    STATION = "station"
    PAUSED = "paused"
    VEHICLE = "vehicle"
    CHARGER = "charger"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitUnit:
    """A unit of limits.

    Limits are changed in steps of `step`. A vehicle or charger that stays `margin`
    below a limit is limited by something else. `offered` is the reading of the limit
    in force.
    """

    step: float
    margin: float
    offered: ConnectorValue


LIMIT_UNITS: Mapping[RateUnit, LimitUnit] = {
    RateUnit.AMPERE: LimitUnit(
        step=1.0, margin=1.0, offered=ConnectorValue.CURRENT_OFFERED
    ),
    RateUnit.WATT: LimitUnit(
        step=250.0, margin=500.0, offered=ConnectorValue.POWER_OFFERED
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitState:
    """All that decides on the limit of a connector, in the unit of the product.

    `requested` is what the owner asks for, `surplus` the limit of the sun, None where
    there is none.
    """

    smart_charging: SmartCharging
    rating: Rating
    requested: LimitRequest = NO_LIMIT
    surplus: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitDecision:
    """The limit that is to hold, in the unit of the product.

    `reason` is what holds the connector back where that is the owner's pause or the sun,
    else None. `owners_limit` is what the owner asks for, a pause aside, and `maximum`
    the most that makes sense. A limit of 0 stops the current and keeps the transaction
    where the connector `is_pausable`; it `is_paused` where the owner holds it back.
    """

    limit: float
    reason: LimitReason | None
    owners_limit: float
    maximum: float
    is_limitable: bool
    is_pausable: bool
    is_paused: bool


def decide(state: LimitState) -> LimitDecision:
    """Return the smallest of all limits."""
    requested, maximum = state.requested, state.rating.maximum
    owners_limit = maximum if requested.value is None else min(maximum, requested.value)
    limit = 0.0 if requested.paused else owners_limit
    if state.surplus is not None:
        limit = min(limit, state.surplus)
    is_pausable = state.smart_charging.pausable and state.rating.is_limitable
    is_paused = is_pausable and (requested.paused or owners_limit == 0)
    reason = None
    if is_paused or requested.paused:
        reason = LimitReason.PAUSED
    elif limit < owners_limit:
        reason = LimitReason.SOLAR
    return LimitDecision(
        limit=limit,
        reason=reason,
        owners_limit=owners_limit,
        maximum=maximum,
        is_limitable=state.rating.is_limitable,
        is_pausable=is_pausable,
        is_paused=is_paused,
    )


def limit_reason(
    decision: LimitDecision,
    *,
    unit: RateUnit,
    station: float | None = None,
    status: ChargePointStatus | None = None,
    offered: float | None = None,
    drawn: float | None = None,
    has_followed: bool = True,
) -> LimitReason:
    """Return the most certain reason why a vehicle does not charge with more.

    `station` is the limit of the station, None where there is none. `offered` is the
    limit in force as the charger reports it, `drawn` what the vehicle takes of it. A
    charger that has not followed a higher limit yet still offers the one before.
    """
    if status in _NOTHING_CHARGES:
        return LimitReason.NONE
    limit = decision.limit
    if decision.reason is LimitReason.PAUSED or (decision.reason and limit == 0):
        return decision.reason
    if status is ChargePointStatus.SUSPENDED_EV:
        return LimitReason.VEHICLE
    if station is not None and station < limit:
        return LimitReason.STATION
    if offered is None or not is_clearly_below(offered, limit, unit):
        leaves = limit if offered is None else offered
        if (
            status is ChargePointStatus.CHARGING
            and drawn is not None
            and is_clearly_below(drawn, leaves, unit)
        ):
            return LimitReason.VEHICLE
    elif status in _SUPPLIED and has_followed:
        return LimitReason.CHARGER
    return decision.reason or (
        LimitReason.USER if limit < decision.maximum else LimitReason.NONE
    )


def is_clearly_below(limit: float, other: float, unit: RateUnit) -> bool:
    """Tell whether a limit, or what is drawn, is clearly less than another limit."""
    return limit <= other - LIMIT_UNITS[unit].margin


_NOTHING_CHARGES = frozenset(
    {
        ChargePointStatus.AVAILABLE,
        ChargePointStatus.FINISHING,
        ChargePointStatus.RESERVED,
        ChargePointStatus.UNAVAILABLE,
        ChargePointStatus.FAULTED,
    }
)
_SUPPLIED = frozenset({ChargePointStatus.CHARGING, ChargePointStatus.SUSPENDED_EVSE})
