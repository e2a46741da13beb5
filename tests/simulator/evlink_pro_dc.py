"""EVlink Pro DC: simulated by its guides, without logs of a real one."""

from functools import partial
import json
from typing import Any
from urllib.parse import urlsplit

from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC as FACTS
from custom_components.schneider_ev.products.model import Plug

from .car import Car
from .product import Firmware, KeyRules, SimulatedProduct, VendorMessage

_FILE_TRANSFERS = ("ftp", "http", "https")
_MAX_TARIFF_BYTES = 2048 * 1024

_REMOTE_STARTS = frozenset({"APPEEnabled", "PosEnabled", "QrCodeEnabled"})
_METHODS = _REMOTE_STARTS | {"AutoCharge", "ISO15118PnCEnabled", "RFIDEnabled"}

_PLUG_AND_CHARGE = frozenset(
    {
        "AdditionalRootCertificateCheck",
        "CentralContractValidationAllowed",
        "CertSigningRepeatTimes",
        "CertSigningWaitMinimum",
        "CertificateSignedMaxChainSize",
        "ConnectorEvseIds",
        "ContractValidationOffline",
        "CpoName",
        "SeccLeafSubjectCommonName",
        "SeccLeafSubjectCountry",
        "SeccLeafSubjectOrganization",
    }
)

# Keys of DOCA0311EN_IEC-03 that DOCA0311EN-01 does not have under any name, without
# those that the guide says came with a firmware.
_KEYS_AFTER_2024 = _PLUG_AND_CHARGE | {
    "CallMsgInOrder",
    "CertificateSignedMaxChain",
    "CertificateStoreMaxLength",
    "ConnectorAType",
    "ConnectorBType",
    "MacAddressPrefix",
    "OfflineTxMsgQueueEnable",
    "SecurityProfile",
}


def _is_cost(data: Any) -> bool:
    match data:
        case {
            "currency": str(),
            "method": "CostUpdated",
            "connectID": int(),
            "totalCost": int() | float(),
            "transactionId": int(),
        }:
            return True
    return False


def _is_tariff(data: Any) -> bool:
    match data:
        case {
            "fileType": "Tariff",
            "type": "file",
            "location": str(location),
            "size": int(size),
        }:
            url = urlsplit(location)
            return (
                url.scheme in _FILE_TRANSFERS
                and url.path.endswith("/tariff.png")
                and 0 < size <= _MAX_TARIFF_BYTES
            )
    return False


# Firmware 2.6.11 has the keys of DOCA0311EN-01, but all messages of the newer guide,
# whose revision history lists those for tariffs and security for this firmware.
EVLINK_PRO_DC = SimulatedProduct(
    facts=FACTS,
    firmwares=(
        Firmware(
            version="2.6.11",
            reference="EVD1S60THB",
            old_names=frozenset({"EnableMeterValuesContainVoltage"}),
            absent_keys=_KEYS_AFTER_2024,
            settings={
                "ChargingScheduleAllowedChargingRateUnit": "Power",
                "ChargingScheduleMaxPeriods": "20",
                "GetConfigurationMaxKeys": "50",
                "LocalAuthListMaxLength": "4000",
                "StopTxnAlignedDataMaxLength": "0",
                "StopTxnSampledDataMaxLength": "0",
            },
        ),
        Firmware(
            version="3.5.8803",
            reference="EVD1S180TBBC",
            free_charging=("FreeCharging", "True"),
            badge_key="RFIDEnabled",
            remote_start_keys=_REMOTE_STARTS,
        ),
    ),
    serial_prefix="5N223540123D1S1B",
    settings={
        "CertificateStoreMaxLength": "10",
        "ISO15118PnCEnabled": "false",
        "SecurityProfile": "0",
    },
    power_keys=(
        "ChargeLimitedPower",
        "ConnectorALimitedPower",
        "ConnectorBLimitedPower",
    ),
    plug_names={Plug.CCS2: "CCS2", Plug.CHADEMO: "CHAdeMO"},
    lower_case_booleans=True,
    rules=KeyRules(
        needs_reboot=frozenset({"BoxIdentifier", "SupervisionUrl"}),
        behind={"ISO15118PnCEnabled": _PLUG_AND_CHARGE},
        exclusive={"FreeCharging": _METHODS},
        # AuthenticationOCPPMode still works: it sets the newer keys
        consequences={
            ("AuthenticationOCPPMode", "False"): {
                **dict.fromkeys(_METHODS, "False"),
                "FreeCharging": "True",
            },
            ("AuthenticationOCPPMode", "True"): {
                "FreeCharging": "False",
                "QrCodeEnabled": "True",
                "RFIDEnabled": "True",
            },
        },
    ),
    voltages=(400.0,),
    voltage_swing=0.0,
    plug_currents={Plug.CCS2: 500, Plug.CHADEMO: 125},
    shares_power=True,
    # of one power module
    residual_current=0.5,
    refuses_low_limits=True,
    resumes_after_power_cut=False,
    car=partial(
        Car,
        capacity=77.0,
        state_of_charge=25.0,
        target=80.0,
        minimum_current=0.0,
        maximum_current=200.0,
        phases=1,
        ramp=50.0,
    ),
    status_fields=frozenset({"timestamp"}),
    locations={"SoC": "EV"},
    switched_measurands={"Voltage": "EnableMeterValuesContainVoltage"},
    clock_aligned_when_idle=False,
    file_transfers=_FILE_TRANSFERS,
    without_effect=frozenset({"UnlockConnector"}),
    vendor_messages={
        "CostUpdated": VendorMessage(accepts=_is_cost, answer=""),
        "TariffDownload": VendorMessage(
            accepts=_is_tariff,
            answer=json.dumps({"downloadStatus": "Downloaded"}),
            failure=json.dumps({"downloadStatus": "DownloadFailed"}),
        ),
    },
    unplugged_start_key="EnableRemoteStartNoConnectedEV",
    badge_needs_vehicle=True,
)
