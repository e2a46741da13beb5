"""Charging limits: what is asked, what is possible, what is sent and why."""

from .limits import LIMIT_UNITS, LimitReason
from .mode import ChargingMode
from .owner_profiles import ProfileTarget, check_remote_start, complete_profile

__all__ = [
    "LIMIT_UNITS",
    "ChargingMode",
    "LimitReason",
    "ProfileTarget",
    "check_remote_start",
    "complete_profile",
]
