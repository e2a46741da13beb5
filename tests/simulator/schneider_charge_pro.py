"""Schneider Charge Pro: simulated by its guide, without logs of a real one."""

from custom_components.schneider_ev.products.model import Plug
from custom_components.schneider_ev.products.schneider_charge_pro import (
    SCHNEIDER_CHARGE_PRO as FACTS,
)

from .product import Firmware, KeyRules, SimulatedProduct

_REFERENCE = "EVB4S22N40M"

SCHNEIDER_CHARGE_PRO = SimulatedProduct(
    facts=FACTS,
    firmwares=(
        Firmware(version="1.13.1", reference=_REFERENCE, any_phase=False),
        Firmware(version="3.0.0", reference=_REFERENCE, any_phase=False),
    ),
    serial_prefix="4N244540123B1S1B",
    settings={
        "OcppEnable": "True",
        "SecurityProfile": "0",
        "StationMeterType": "1",
        "StationName": "Charge Pro",
        "iMaxDeratingSwCapacity": "32",
    },
    rules=KeyRules(
        needs_reboot=frozenset({"BoxIdentifier", "OcppEnable", "SupervisionUrl"}),
        momentary=frozenset({"TriggerBackendConfigurationDataReset"}),
    ),
    plug_currents={Plug.SOCKET_T2S: 32, Plug.ATTACHED_CABLE: 32},
    # The guide mentions both units, but this key has only one; some may support both.
    watts_key="ChargingScheduleAllowedChargingRateUnit",
    takes_minimum_rate=True,
    no_error_code="0x0",
    # "Not currently supported", by the guide
    clock_aligned=False,
)
