"""Charging profiles as owners give them: completed, and held against the product."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...products.model import Purpose, RateUnit, SmartCharging
from ..messages.errors import InvalidCommandError

if TYPE_CHECKING:
    from ..charge_point.charger import Charger

_UNITS = {"Current": RateUnit.AMPERE, "Power": RateUnit.WATT}
_UNSENT = ("numberPhases", "minChargingRate")
"""What the guides say is not supported, and what makes chargers refuse a profile."""


def complete_profile(charger: Charger, request: dict[str, Any]) -> None:
    """Say which connector and transaction a SetChargingProfile is for.

    Raises InvalidCommandError where the product does not take such a profile. What is
    no profile at all is left to OCPP's own schema.
    """
    charging = charger.product.smart_charging
    profile = request["csChargingProfiles"]
    schedule = profile.get("chargingSchedule")
    if charging is None or not isinstance(schedule, dict):
        return
    is_of_transaction = profile.get("chargingProfilePurpose") == Purpose.TX
    is_only = is_of_transaction and len(charger.connectors) == 1
    connector: int = request.setdefault("connectorId", 1 if is_only else 0)
    for objection in (
        *_to_profile(charger, charging, connector, profile),
        *_to_schedule(charger, charging, schedule),
    ):
        raise objection
    if is_of_transaction:
        profile.setdefault("transactionId", _transaction(charger, connector))


def check_remote_start(charger: Charger, request: dict[str, Any]) -> None:
    """Hold the profile of a RemoteStartTransaction, if it has one, against the product.

    It is one of the transaction that is yet to begin (OCPP 1.6, section 5.16.2). Raises
    InvalidCommandError where it is not, or where the product does not take it.
    """
    charging = charger.product.smart_charging
    profile = request.get("chargingProfile")
    if charging is None or profile is None:
        return
    purpose = profile.get("chargingProfilePurpose")
    if purpose != Purpose.TX:
        raise InvalidCommandError("profile_purpose", purpose=str(purpose))
    if "transactionId" in profile:
        raise InvalidCommandError("profile_attribute", attribute="transactionId")
    schedule = profile.get("chargingSchedule")
    if isinstance(schedule, dict):
        for objection in _to_schedule(charger, charging, schedule):
            raise objection


def _to_profile(
    charger: Charger, charging: SmartCharging, connector: int, profile: dict[str, Any]
) -> Iterator[InvalidCommandError]:
    purpose = profile.get("chargingProfilePurpose")
    if purpose in [each for each in Purpose if each not in charging.purposes]:
        yield InvalidCommandError("profile_purpose", purpose=str(purpose))
    if (purpose == Purpose.CHARGE_POINT_MAX and connector != 0) or (
        purpose == Purpose.TX and connector == 0
    ):
        yield InvalidCommandError("profile_connector", purpose=str(purpose))
    levels = charger.configuration.integer("ChargeProfileMaxStackLevel")
    highest = charging.stack_levels if levels is None else levels
    if _number(profile.get("stackLevel")) > highest:
        yield InvalidCommandError("profile_stack_level", maximum=str(highest))
    if (
        profile.get("chargingProfileKind") == "Recurring"
        and "recurrencyKind" not in profile
    ):
        yield InvalidCommandError("profile_recurrency")


def _to_schedule(
    charger: Charger, charging: SmartCharging, schedule: dict[str, Any]
) -> Iterator[InvalidCommandError]:
    unit = schedule.get("chargingRateUnit")
    units = charging.units | _allowed_units(charger)
    if isinstance(unit, str) and unit not in units:
        yield InvalidCommandError("profile_unit", unit=", ".join(sorted(units)))
    periods = schedule.get("chargingSchedulePeriod")
    periods = periods if isinstance(periods, list) else []
    most = charger.configuration.integer("ChargingScheduleMaxPeriods")
    if len(periods) > (longest := most or charging.periods):
        yield InvalidCommandError("profile_periods", maximum=str(longest))
    for part in (schedule, *(part for part in periods if isinstance(part, dict))):
        for name in _UNSENT:
            if name in part:
                yield InvalidCommandError("profile_attribute", attribute=name)
        limit = _number(part.get("limit"))
        if unit == charging.unit and 0 < limit < charging.minimum:
            yield InvalidCommandError(
                "profile_limit", minimum=f"{charging.minimum:g} {unit}"
            )


def _allowed_units(charger: Charger) -> set[str]:
    allowed = charger.configuration.value("ChargingScheduleAllowedChargingRateUnit")
    return {unit for name, unit in _UNITS.items() if name in (allowed or "")}


def _transaction(charger: Charger, number: int) -> int:
    connector = charger.connectors.get(number)
    if connector is None or connector.session is None:
        raise InvalidCommandError("no_transaction")
    return connector.session.id


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0
