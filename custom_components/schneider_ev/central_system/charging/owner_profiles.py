"""Completes the charging profiles that owners give, and checks them for the product."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ...products.model import Purpose, RateUnit, SmartCharging
from ..messages.errors import InvalidCommandError
from ..state.configuration import Configuration

_UNITS = {"Current": RateUnit.AMPERE, "Power": RateUnit.WATT}


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileTarget:
    """The charger that a profile is for: its settings, and what runs on it.

    `transaction` returns the transaction id of a connector, None where none runs;
    `is_limitable` tells whether a connector follows a limit.
    """

    smart_charging: SmartCharging
    configuration: Configuration
    connectors: int
    transaction: Callable[[int], int | None]
    is_limitable: Callable[[int], bool]


def complete_profile(target: ProfileTarget, request: dict[str, Any]) -> None:
    """Add the connector and the transaction that a SetChargingProfile leaves out.

    Raises InvalidCommandError where the product does not take such a profile. The form
    of the profile is left to OCPP's own schema.
    """
    profile = request["csChargingProfiles"]
    schedule = profile.get("chargingSchedule")
    if not isinstance(schedule, dict):
        return
    is_of_transaction = profile.get("chargingProfilePurpose") == Purpose.TX
    is_only = is_of_transaction and target.connectors == 1
    connector: int = request.setdefault("connectorId", 1 if is_only else 0)
    for objection in (
        *_profile_objections(target, connector, profile),
        *_schedule_objections(target, schedule),
    ):
        raise objection
    if is_of_transaction:
        profile.setdefault("transactionId", _transaction(target, connector))


def check_remote_start(target: ProfileTarget, request: dict[str, Any]) -> None:
    """Check the profile of a RemoteStartTransaction, if it has one, for the product.

    It has to be a profile of the transaction that is to begin (OCPP 1.6, section
    5.16.2). Raises InvalidCommandError where the product does not take it.
    """
    profile = request.get("chargingProfile")
    if profile is None:
        return
    purpose = profile.get("chargingProfilePurpose")
    if purpose != Purpose.TX:
        raise InvalidCommandError("profile_purpose", purpose=str(purpose))
    if "transactionId" in profile:
        raise InvalidCommandError("profile_attribute", attribute="transactionId")
    connector = request.get("connectorId", 1 if target.connectors == 1 else 0)
    if not target.is_limitable(connector):
        raise InvalidCommandError("not_limitable")
    schedule = profile.get("chargingSchedule")
    if isinstance(schedule, dict):
        for objection in _schedule_objections(target, schedule):
            raise objection


def _profile_objections(
    target: ProfileTarget, connector: int, profile: dict[str, Any]
) -> Iterator[InvalidCommandError]:
    charging = target.smart_charging
    if not target.is_limitable(connector):
        yield InvalidCommandError("not_limitable")
    purpose = profile.get("chargingProfilePurpose")
    if purpose in [each for each in Purpose if each not in charging.purposes]:
        yield InvalidCommandError("profile_purpose", purpose=str(purpose))
    if (purpose == Purpose.CHARGE_POINT_MAX and connector != 0) or (
        purpose == Purpose.TX and connector == 0
    ):
        yield InvalidCommandError("profile_connector", purpose=str(purpose))
    levels = target.configuration.integer("ChargeProfileMaxStackLevel")
    highest = charging.stack_levels if levels is None else levels
    if _number(profile.get("stackLevel")) > highest:
        yield InvalidCommandError("profile_stack_level", maximum=str(highest))
    if (
        profile.get("chargingProfileKind") == "Recurring"
        and "recurrencyKind" not in profile
    ):
        yield InvalidCommandError("profile_recurrency")


def _schedule_objections(
    target: ProfileTarget, schedule: dict[str, Any]
) -> Iterator[InvalidCommandError]:
    charging = target.smart_charging
    unit = schedule.get("chargingRateUnit")
    units = charging.units | _allowed_units(target)
    if isinstance(unit, str) and unit not in units:
        yield InvalidCommandError("profile_unit", unit=", ".join(sorted(units)))
    periods = schedule.get("chargingSchedulePeriod")
    periods = periods if isinstance(periods, list) else []
    most = target.configuration.integer("ChargingScheduleMaxPeriods")
    if len(periods) > (longest := most or charging.periods):
        yield InvalidCommandError("profile_periods", maximum=str(longest))
    for part in (schedule, *(part for part in periods if isinstance(part, dict))):
        for name in sorted(charging.unsupported_attributes & part.keys()):
            yield InvalidCommandError("profile_attribute", attribute=name)
        limit = _number(part.get("limit"))
        if unit == charging.unit and 0 < limit < charging.minimum:
            yield InvalidCommandError(
                "profile_limit", minimum=f"{charging.minimum:g} {unit}"
            )


def _allowed_units(target: ProfileTarget) -> set[str]:
    allowed = target.configuration.value("ChargingScheduleAllowedChargingRateUnit")
    return {unit for name, unit in _UNITS.items() if name in (allowed or "")}


def _transaction(target: ProfileTarget, number: int) -> int:
    if (transaction_id := target.transaction(number)) is None:
        raise InvalidCommandError("no_transaction")
    return transaction_id


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0
