"""Charging profiles for a limit, as SetChargingProfile payloads, in each of their forms.

The profiles have fixed ids, so that a new limit replaces the old one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import product
from math import floor
from typing import Any, Self

from ...products.model import Purpose, RateUnit
from ..messages.payload import Json, format_timestamp
from ..state.configuration import Configuration

STATION = 0
"""The connector number that stands for the station as a whole."""

_PROFILE_IDS = {Purpose.CHARGE_POINT_MAX: 1, Purpose.TX_DEFAULT: 10, Purpose.TX: 20}
_STACK_LEVELS = {Purpose.CHARGE_POINT_MAX: 0, Purpose.TX_DEFAULT: 0, Purpose.TX: 1}
_PURPOSES = {Purpose.TX: (Purpose.TX, Purpose.TX_DEFAULT)}
"""By what purposes a limit can be put, the best first, if not by its own alone."""

_UNITS = {
    "current": RateUnit.AMPERE,
    "a": RateUnit.AMPERE,
    "power": RateUnit.WATT,
    "w": RateUnit.WATT,
}


class Kind(StrEnum):
    """When a schedule begins (OCPP ChargingProfileKindType)."""

    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileForm:
    """A form in which a charger may take a limit.

    `has_start` says that the schedule has a time at which it begins.
    """

    unit: RateUnit
    purpose: Purpose
    kind: Kind
    stack_level: int
    has_start: bool = False

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON."""
        return asdict(self)

    @classmethod
    def restored(cls, data: Mapping[str, Any]) -> Self:
        """Return the form that was kept."""
        return cls(
            unit=RateUnit(data["unit"]),
            purpose=Purpose(data["purpose"]),
            kind=Kind(data["kind"]),
            stack_level=data["stack_level"],
            has_start=data["has_start"],
        )


def named_units(configuration: Configuration) -> frozenset[RateUnit]:
    """Return the units of limits that the charger names in its configuration."""
    named = configuration.value("ChargingScheduleAllowedChargingRateUnit") or ""
    names = (name.strip().casefold() for name in named.split(","))
    return frozenset(_UNITS[name] for name in names if name in _UNITS)


def profile_forms(purpose: Purpose, configuration: Configuration) -> list[ProfileForm]:
    """Return the forms in which a limit for a purpose can be put, the best first.

    The guide of the product decides; where it leaves a choice, what the charger names.
    """
    charging = configuration.product.smart_charging
    units = sorted(
        named_units(configuration) & charging.units or charging.units,
        key=lambda unit: unit is not charging.unit,
    )
    purposes = [
        each for each in _PURPOSES.get(purpose, (purpose,)) if each in charging.purposes
    ]
    highest = configuration.integer("ChargeProfileMaxStackLevel")
    forms = (
        ProfileForm(
            unit=unit,
            purpose=purpose,
            kind=kind,
            stack_level=stack_level,
            has_start=has_start,
        )
        for unit, purpose in product(units, purposes)
        for stack_level, kind, has_start in _variants(
            purpose, highest or charging.stack_levels
        )
    )
    return list(dict.fromkeys(forms))


def _variants(purpose: Purpose, highest: int) -> Iterable[tuple[int, Kind, bool]]:
    """Return stack level, kind, and whether there is a start, the best first."""
    is_of_station = purpose is Purpose.CHARGE_POINT_MAX
    kind = Kind.ABSOLUTE if is_of_station else Kind.RELATIVE
    return (
        (_STACK_LEVELS[purpose], kind, False),
        (highest, kind, False),
        (highest, Kind.ABSOLUTE, True),
        (highest, Kind.RECURRING, True),
    )


def profile_id(purpose: Purpose, connector: int) -> int:
    """Return the id of our profile for a purpose on a connector."""
    return _PROFILE_IDS[purpose] + connector


def limit_profile(
    form: ProfileForm,
    connector: int,
    limit: float,
    *,
    transaction_id: int | None,
    now: datetime,
) -> Json:
    """Return the SetChargingProfile payload for a limit, which is in the form's unit."""
    schedule: dict[str, Any] = {"chargingRateUnit": form.unit}
    if form.has_start:
        schedule["startSchedule"] = format_timestamp(now - timedelta(minutes=1))
    schedule["chargingSchedulePeriod"] = [
        {"startPeriod": 0, "limit": _rounded_down(limit)}
    ]
    profile: dict[str, Any] = {
        "chargingProfileId": profile_id(form.purpose, connector),
        "stackLevel": form.stack_level,
        "chargingProfilePurpose": form.purpose,
        "chargingProfileKind": form.kind,
        "chargingSchedule": schedule,
    }
    if form.kind is Kind.RECURRING:
        profile["recurrencyKind"] = "Daily"
    if form.purpose is Purpose.TX:
        profile["transactionId"] = transaction_id
    return {"connectorId": connector, "csChargingProfiles": profile}


def _rounded_down(limit: float) -> float:
    """Return a limit with the one decimal that OCPP allows: no more than was asked for."""
    return floor(round(limit * 10, 6)) / 10
