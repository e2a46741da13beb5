"""The limit of a connector: which one holds, and why, as functions of a state."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ...products.model import RateUnit, SmartCharging
from ..messages.enums import ChargePointStatus
from ..values import ConnectorValue
from .ratings import Rating


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


@dataclass(frozen=True, slots=True)
class LimitRequest:
    """What an owner asks for: a limit, None for all there is, and a pause."""

    value: float | None = None
    paused: bool = False


NO_LIMIT = LimitRequest()


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitState:
    """All that decides on the limit of a connector, in the unit of the product.

    `requested` is what the owner asks for, `surplus` the limit of the sun and `station`
    that of the station, None where there is none. `offered` is the limit in force as
    the charger reports it, `drawn` what the vehicle takes of it.
    """

    smart_charging: SmartCharging
    rating: Rating
    requested: LimitRequest
    surplus: float | None = None
    station: float | None = None
    status: ChargePointStatus | None = None
    offered: float | None = None
    drawn: float | None = None

    @property
    def is_pausable(self) -> bool:
        """Whether a limit of 0 stops the current and keeps the transaction."""
        return self.smart_charging.pausable and self.rating.is_limitable

    @property
    def is_paused(self) -> bool:
        """Whether the owner holds charging back, by a pause or by a limit of 0."""
        return self.is_pausable and (self.requested.paused or self.owners_limit == 0)

    @property
    def owners_limit(self) -> float:
        """The limit that the owner asks for, a pause aside."""
        value = self.requested.value
        return self.rating.maximum if value is None else min(self.rating.maximum, value)

    @property
    def limit(self) -> float:
        """The limit that is to hold: the smallest."""
        limit = 0.0 if self.requested.paused else self.owners_limit
        return limit if self.surplus is None else min(limit, self.surplus)

    @property
    def reason(self) -> LimitReason:
        """What holds the connector back, the most certain first."""
        limit = self.limit
        if self.is_paused:
            return LimitReason.PAUSED
        if limit < self.owners_limit:
            return LimitReason.SOLAR
        if self.status is ChargePointStatus.SUSPENDED_EV:
            return LimitReason.VEHICLE
        if self.station is not None and self.station < limit:
            return LimitReason.STATION
        if self.status in _SUPPLIED and self._falls_short(self.offered):
            return LimitReason.CHARGER
        if self.status is ChargePointStatus.CHARGING and self._draws_less:
            return LimitReason.VEHICLE
        return LimitReason.USER if limit < self.rating.maximum else LimitReason.NONE

    def is_clearly_below(self, limit: float) -> bool:
        """Tell whether a limit is clearly less than the one that is to hold."""
        return limit <= self.limit - self._margin

    @property
    def _margin(self) -> float:
        return LIMIT_UNITS[self.smart_charging.unit].margin

    def _falls_short(self, offered: float | None) -> bool:
        return offered is not None and self.is_clearly_below(offered)

    @property
    def _draws_less(self) -> bool:
        allowed = self.limit if self.offered is None else self.offered
        return self.drawn is not None and self.drawn <= allowed - self._margin


_SUPPLIED = frozenset({ChargePointStatus.CHARGING, ChargePointStatus.SUSPENDED_EVSE})
