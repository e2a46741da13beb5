"""Charging limits: what is asked, what is possible, what is sent and why."""

from .explanation import Explanation, Figure, SiteReason, SiteReport
from .limits import LIMIT_UNITS, Ceiling, CeilingSource, Limitation, LimitReason
from .mode import ChargingMode
from .owner_profiles import ProfileTarget, check_remote_start, complete_profile

__all__ = [
    "LIMIT_UNITS",
    "Ceiling",
    "CeilingSource",
    "ChargingMode",
    "Explanation",
    "Figure",
    "LimitReason",
    "Limitation",
    "ProfileTarget",
    "SiteReason",
    "SiteReport",
    "check_remote_start",
    "complete_profile",
]
