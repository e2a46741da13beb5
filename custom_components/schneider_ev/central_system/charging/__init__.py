"""Charging limits: what is asked, what is possible, what is sent and why."""

from .limits import LIMIT_UNITS, Ceiling, CeilingSource, Limitation, LimitReason
from .mode import ChargingMode
from .owner_profiles import ProfileTarget, check_remote_start, complete_profile

__all__ = [
    "LIMIT_UNITS",
    "Ceiling",
    "CeilingSource",
    "ChargingMode",
    "LimitReason",
    "Limitation",
    "ProfileTarget",
    "check_remote_start",
    "complete_profile",
]
