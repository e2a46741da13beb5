"""The limit of a connector: which one holds, and why, as a function of a state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ...products.model import RateUnit, SmartCharging
from ..messages.enums import ChargePointStatus
from ..values import ConnectorValue
from .ratings import Rating
from .requests import NO_LIMIT, LimitRequest


class LimitReason(StrEnum):
    """Why a vehicle does not charge with more.

    The members up to PAUSED name ceilings, in their order: of equal ones, the first is
    the reason. The others say what holds a vehicle back below them.
    """

    STATION = "station"
    SOLAR = "solar"
    PRICE = "price"
    USER = "user"
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


class CeilingSource(StrEnum):
    """Who sets a ceiling of a connector: each has one at a time."""

    SITE = "site"
    WAKING = "waking"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ceiling:
    """A limit that a connector must not exceed, in the unit of the product.

    `next_change` is when it is decided on anew, None where that is not known.
    """

    reason: LimitReason
    limit: float
    next_change: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitState:
    """All that decides on the limit of a connector, in the unit of the product.

    `requested` is what the owner asks for, and `requested_until` the end of a limit for
    some time. `station` is the limit of the station, None where there is none.
    `ceilings` are those of all others.
    """

    smart_charging: SmartCharging
    rating: Rating
    requested: LimitRequest = NO_LIMIT
    requested_until: datetime | None = None
    station: float | None = None
    ceilings: tuple[Ceiling, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitDecision:
    """The limit that is to hold, in the unit of the product.

    `limit` is what is put to the connector, `ceiling` the smallest ceiling of all: that
    of the station is put to the station. Where none is less than the `maximum`, the most
    that makes sense, its reason is NONE. `owners_limit` is what the owner asks for, a
    pause aside. A limit of 0 stops the current and keeps the transaction where the
    connector `is_pausable`; it `is_paused` where the owner holds it back.
    """

    limit: float
    ceiling: Ceiling
    owners_limit: float
    maximum: float
    is_limitable: bool
    is_pausable: bool
    is_paused: bool


def decide(state: LimitState) -> LimitDecision:
    """Return the smallest of all ceilings; of equal ones, the first in their order.

    A ceiling that leaves the owner what he asks for holds nothing back.
    """
    requested, maximum = state.requested, state.rating.maximum
    owners_limit = maximum if requested.value is None else min(maximum, requested.value)
    is_pausable = state.smart_charging.pausable and state.rating.is_limitable
    is_held_back = requested.paused or (is_pausable and owners_limit == 0)
    reason = LimitReason.USER if owners_limit < maximum else LimitReason.NONE
    asked = Ceiling(
        reason=LimitReason.PAUSED if is_held_back else reason,
        limit=0.0 if is_held_back else owners_limit,
        next_change=None if requested.paused else state.requested_until,
    )
    ceilings = list(state.ceilings)
    if state.station is not None:
        ceilings.append(Ceiling(reason=LimitReason.STATION, limit=state.station))
    lowest = min(ceilings, key=_precedence, default=asked)
    return LimitDecision(
        limit=min([asked.limit, *(ceiling.limit for ceiling in state.ceilings)]),
        ceiling=lowest if lowest.limit < asked.limit else asked,
        owners_limit=owners_limit,
        maximum=maximum,
        is_limitable=state.rating.is_limitable,
        is_pausable=is_pausable,
        is_paused=is_pausable and is_held_back,
    )


def _precedence(ceiling: Ceiling) -> tuple[float, int]:
    """Sort key: the smallest limit, then the order of the reasons."""
    return ceiling.limit, _ORDER.index(ceiling.reason)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limitation:
    """What an owner sees: the `reason`, and the ceiling that holds beside it.

    `ceiling` is in the unit of the product. `next_change` is accurate to a minute.
    """

    reason: LimitReason
    ceiling: float
    next_change: datetime | None = None


def nearly(shown: datetime | None, time: datetime | None) -> datetime | None:
    """Return a time in whole minutes, or the one that is shown while it is not far off.

    So an estimate that is made anew again and again shows no new time each time.
    """
    if time is None:
        return None
    if shown is not None and abs(time - shown) < _MINUTE:
        return shown
    return (time + _MINUTE / 2).replace(second=0, microsecond=0)


def limit_reason(
    decision: LimitDecision,
    *,
    unit: RateUnit,
    status: ChargePointStatus | None = None,
    offered: float | None = None,
    drawn: float | None = None,
    has_followed: bool = True,
) -> LimitReason:
    """Return the most certain reason why a vehicle does not charge with more.

    `offered` is the limit in force as the charger reports it, `drawn` what the vehicle
    takes of it. Charger and vehicle that have not followed a higher limit yet still
    offer and draw what the one before allowed.
    """
    if status in _NOTHING_CHARGES:
        return LimitReason.NONE
    ceiling = decision.ceiling
    if ceiling.limit == 0:
        return ceiling.reason
    if status is ChargePointStatus.SUSPENDED_EV:
        return LimitReason.VEHICLE
    if ceiling.reason is LimitReason.STATION:
        return ceiling.reason
    if offered is None or not is_clearly_below(offered, ceiling.limit, unit):
        leaves = ceiling.limit if offered is None else offered
        if (
            status is ChargePointStatus.CHARGING
            and has_followed
            and drawn is not None
            and is_clearly_below(drawn, leaves, unit)
        ):
            return LimitReason.VEHICLE
    elif status in _SUPPLIED and has_followed:
        return LimitReason.CHARGER
    return ceiling.reason


def is_clearly_below(limit: float, other: float, unit: RateUnit) -> bool:
    """Tell whether a limit, or what is drawn, is clearly less than another limit."""
    return limit <= other - LIMIT_UNITS[unit].margin


_ORDER = tuple(LimitReason)
_MINUTE = timedelta(minutes=1)
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
