"""Charging profiles for a limit, as SetChargingProfile payloads.

The profiles have fixed ids, so that a new limit replaces the old one.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import floor
from typing import Any

from ...products.model import Purpose, RateUnit
from ..messages.payload import Json, format_timestamp

_STATION_PROFILE_ID = 1
_DEFAULT_PROFILE_ID = 10
_TRANSACTION_PROFILE_ID = 20

_STACK_LEVELS = {Purpose.CHARGE_POINT_MAX: 0, Purpose.TX_DEFAULT: 0, Purpose.TX: 1}


def limit_profiles(
    connector: int,
    limit: float,
    unit: RateUnit,
    *,
    transaction_id: int | None,
    max_stack_level: int,
    now: datetime,
) -> Iterator[Json]:
    """Return SetChargingProfile payloads for one limit, the best first.

    Connector 0 is the station as a whole. The later ones are for a charger that
    refuses the first: with its highest stack level, and with a fixed start.
    """
    if connector == 0:
        purpose, profile_id = Purpose.CHARGE_POINT_MAX, _STATION_PROFILE_ID
    elif transaction_id is None:
        purpose, profile_id = Purpose.TX_DEFAULT, _DEFAULT_PROFILE_ID + connector
    else:
        purpose, profile_id = Purpose.TX, _TRANSACTION_PROFILE_ID + connector
    kind = "Absolute" if purpose is Purpose.CHARGE_POINT_MAX else "Relative"
    started = {"startSchedule": format_timestamp(now - timedelta(minutes=1))}
    variants = (
        (_STACK_LEVELS[purpose], kind, False),
        (max_stack_level, kind, False),
        (max_stack_level, "Absolute", True),
    )
    for stack_level, schedule_kind, has_start in dict.fromkeys(variants):
        profile: dict[str, Any] = {
            "chargingProfileId": profile_id,
            "stackLevel": stack_level,
            "chargingProfilePurpose": purpose,
            "chargingProfileKind": schedule_kind,
            "chargingSchedule": {
                "chargingRateUnit": unit,
                **(started if has_start else {}),
                "chargingSchedulePeriod": [
                    {"startPeriod": 0, "limit": _rounded_down(limit)}
                ],
            },
        }
        if transaction_id is not None:
            profile["transactionId"] = transaction_id
        yield {"connectorId": connector, "csChargingProfiles": profile}


def _rounded_down(limit: float) -> float:
    """Return a limit with the one decimal that OCPP allows: no more than was asked for."""
    return floor(round(limit * 10, 6)) / 10
