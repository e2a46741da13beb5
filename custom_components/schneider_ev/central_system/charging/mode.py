"""The charging modes that an owner can choose."""

from enum import StrEnum


class ChargingMode(StrEnum):
    """What an owner lets a vehicle charge from."""

    FAST = "fast"
    MIN_SOLAR = "min_solar"
    SOLAR = "solar"
    SMART = "smart"
    OFF = "off"
