"""The faults that more than one product has, each described once.

A product adds the code under which it reports the fault, and whatever it says of the
fault in another way.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict, Unpack

from .model import Fault


class Facts(TypedDict, total=False):
    """What a product says of a fault itself: see `Fault`."""

    error_code: str
    description: str
    advice: str
    removed: bool


def shared_fault(key: str, code: str, **facts: Unpack[Facts]) -> Fault:
    """Return a fault as a product has it."""
    return replace(_FAULTS[key], code=code, **facts)


def _fault(
    key: str, name: str, error_code: str, *, description: str, advice: str
) -> Fault:
    return Fault(
        code="",
        key=key,
        name=name,
        error_code=error_code,
        description=description,
        advice=advice,
    )


def _table(*faults: Fault) -> Mapping[str, Fault]:
    return {fault.key: fault for fault in faults}


_FAULTS = _table(
    _fault(
        "software_downgrade",
        "Software downgrade",
        "OtherError",
        description="The charger runs an older software than it had before.",
        advice="Update the charger to its newest firmware.",
    ),
    _fault(
        "leakage_sensor",
        "Leakage sensor fault",
        "InternalError",
        description=(
            "The device that watches for direct current leakage has found a defect in "
            "itself."
        ),
        advice=(
            "Restart the charger once. If the fault returns, leave it switched off and "
            "call your installer."
        ),
    ),
    _fault(
        "leakage_current",
        "Direct current leakage",
        "OtherError",
        description=(
            "More than 6 mA of direct current is leaking, often because of the vehicle "
            "or its cable."
        ),
        advice=(
            "Unplug the vehicle and try another cable or vehicle. If the fault stays, "
            "call your installer."
        ),
    ),
    _fault(
        "metering_board",
        "Metering board fault",
        "InternalError",
        description="The built-in metering electronics do not work properly.",
        advice="Restart the charger once. If the fault returns, call your installer.",
    ),
    _fault(
        "power_meter_communication",
        "Power meter unreachable",
        "InternalError",
        description="The energy meter, built in or external, no longer answers.",
        advice=(
            "Check that an external meter has power. Otherwise have the meter's wiring "
            "and address checked."
        ),
    ),
    _fault(
        "badge_reader",
        "Badge reader fault",
        "ReaderFailure",
        description="The charger has no contact with its badge reader.",
        advice=(
            "Restart the charger. If badges still are not read, call your installer."
        ),
    ),
    _fault(
        "control_pilot",
        "No talk with the vehicle",
        "EVCommunicationError",
        description=(
            "The signal line between charger and vehicle, the control pilot, does not "
            "work."
        ),
        advice=(
            "Unplug both ends of the cable, look for dirt or damage and plug in again. "
            "Try another cable."
        ),
    ),
    _fault(
        "plug_presence",
        "Cable not recognised",
        "EVCommunicationError",
        description="The charger cannot tell what current the cable can carry.",
        advice="Push the plug in fully. If that does not help, use another cable.",
    ),
    _fault(
        "control_pilot_short_circuit",
        "Control pilot short circuit",
        "EVCommunicationError",
        description="The signal line to the vehicle has a short circuit.",
        advice=(
            "Unplug the cable and do not use it again until it has been checked. Try "
            "another one."
        ),
    ),
    _fault(
        "connector_lock",
        "Cable lock fault",
        "ConnectorLockFailure",
        description=(
            "The lock could not hold or free the plug, for instance because the plug "
            "was moved meanwhile or the motor is stuck."
        ),
        advice=(
            "Take the strain off the cable, push the plug in fully and try again. "
            "Never pull by force."
        ),
    ),
    _fault(
        "contactor",
        "Contactor fault",
        "InternalError",
        description=(
            "The switch for the charging current does not obey: it is stuck on or off."
        ),
        advice=(
            "Stop using the charger, switch off its circuit breaker and call your "
            "installer."
        ),
    ),
    _fault(
        "vehicle_overconsumption",
        "Vehicle draws too much",
        "OverCurrentFailure",
        description="The vehicle drew more current than the charger had allowed.",
        advice=(
            "Unplug and charge again. If it happens often, have the vehicle's charging "
            "system checked."
        ),
    ),
    _fault(
        "supervision",
        "Supervision fault",
        "OtherError",
        description="The connection to the central system failed or is set up wrongly.",
        advice=(
            "Check the network and the address of the central system that the charger "
            "has been given."
        ),
    ),
    _fault(
        "energy_management_meter",
        "Energy management meter unreachable",
        "OtherError",
        description=(
            "The charger no longer hears the Modbus meter that it adapts its current "
            "to."
        ),
        advice=(
            "Check that the meter has power. If so, have its wiring to the charger "
            "checked."
        ),
    ),
    _fault(
        "ground",
        "Earthing fault",
        "GroundFailure",
        description="The protective earth of the charger is missing or not sound.",
        advice="Do not charge. Have an electrician check the earth connection.",
    ),
    _fault(
        "input_over_voltage",
        "Supply voltage too high",
        "OverVoltage",
        description="The voltage of the supply is above what the charger can bear.",
        advice="It may pass by itself. If it happens often, have the supply measured.",
    ),
    _fault(
        "input_under_voltage",
        "Supply voltage too low",
        "UnderVoltage",
        description="The voltage of the supply is below what the charger needs.",
        advice="It may pass by itself. If it happens often, have the supply measured.",
    ),
)
