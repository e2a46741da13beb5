"""Schneider Charge Pro, as its Connectivity Guide describes it.

The facts are those of BRU5587800-02 (November 2025). Most keys have no bounds there,
and none here. Some keys that can be written have no effect yet, the guide says: the
addresses in the network, and the measurands that go by the clock.
"""

from .faults import shared_fault
from .model import (
    Access,
    ConfigurationKey,
    Fault,
    Guide,
    KeyType,
    Measurand,
    Phasing,
    Plug,
    Product,
    Purpose,
    RateUnit,
    Reference,
    SmartCharging,
)
from .modes import AUTHENTICATION_MODE, OFFLINE_STRATEGY
from .standard import shared, standard

GUIDES = (Guide(document="BRU5587800-02", year=2025, firmware="1.13.1"),)

_SOCKET = (Plug.SOCKET_T2S,)
_CABLE = (Plug.ATTACHED_CABLE,)

REFERENCES = (
    Reference(name="EVB4S22N40M", power=22, phases=3, plugs=_SOCKET),
    Reference(name="EVB4S22N40", power=22, phases=3, plugs=_SOCKET),
    Reference(name="EVB4S22N40MG", power=22, phases=3, plugs=_SOCKET),
    Reference(name="EVB4S22N40G", power=22, phases=3, plugs=_SOCKET),
    Reference(name="EVB4S22NC0M", power=22, phases=3, plugs=_CABLE),
    Reference(name="EVB4S22NC0", power=22, phases=3, plugs=_CABLE),
    Reference(name="EVB4S22NC0MG", power=22, phases=3, plugs=_CABLE),
    Reference(name="EVB4S22NC0G", power=22, phases=3, plugs=_CABLE),
)

CONFIGURATION = (
    standard("AllowOfflineTxForUnknownId", default="True"),
    standard("AuthorizationCacheEnabled", default="False"),
    standard("AuthorizeRemoteTxRequests", default="True"),
    standard("ClockAlignedDataInterval", default="0"),
    standard(
        "ConnectionTimeOut",
        default="60",
        description=(
            "How long the charger waits for a cable after a badge or a remote start "
            "before it gives up. With 0 it waits for ever."
        ),
    ),
    standard("GetConfigurationMaxKeys", default="100"),
    standard("HeartbeatInterval", default="60"),
    standard("LocalAuthorizeOffline", default="True"),
    standard("LocalPreAuthorize", default="False"),
    standard(
        "MeterValuesAlignedData",
        default="Energy.Active.Import.Register",
        description=(
            "The quantities to report at round clock times, which the charger does not "
            "do yet."
        ),
    ),
    standard("MeterValuesAlignedDataMaxLength", default="10"),
    standard(
        "MeterValuesSampledData",
        default=(
            "Energy.Active.Import.Register,Current.Offered,"
            "Current.Import.L1,Current.Import.L2,Current.Import.L3"
        ),
    ),
    standard("MeterValuesSampledDataMaxLength", default="10"),
    standard("MeterValueSampleInterval", default="60"),
    standard("MinimumStatusDuration", default="10"),
    standard("NumberOfConnectors", default="1"),
    standard("ResetRetries", default="2"),
    standard("ConnectorPhaseRotationMaxLength", default="2"),
    standard("ConnectorPhaseRotation", default="0.RST, 1.RST"),
    standard(
        "StopTransactionOnEVSideDisconnect", access=Access.READ_ONLY, default="True"
    ),
    standard("StopTransactionOnInvalidId", default="True"),
    standard("StopTxnAlignedDataMaxLength", default="0"),
    standard("StopTxnSampledDataMaxLength", default="0"),
    standard(
        "SupportedFeatureProfiles",
        default=(
            "Core,FirmwareManagement,LocalAuthListManagement,"
            "Reservation,SmartCharging,RemoteTrigger"
        ),
    ),
    standard("SupportedFeatureProfilesMaxLength", default="6"),
    standard("TransactionMessageAttempts", default="2"),
    standard("TransactionMessageRetryInterval", default="10"),
    standard(
        "UnlockConnectorOnEVSideDisconnect", access=Access.READ_ONLY, default="True"
    ),
    standard("WebSocketPingInterval", default="20"),
    standard("LocalAuthListEnabled", default="False"),
    standard("LocalAuthListMaxLength", default="4000"),
    standard("SendLocalListMaxLength", default="400"),
    standard("ReserveConnectorZeroSupported", default="True"),
    standard("ChargeProfileMaxStackLevel", default="200"),
    standard("ChargingScheduleMaxPeriods", default="100"),
    standard("ConnectorSwitch3to1PhaseSupported", default="False"),
    standard("MaxChargingProfilesInstalled", default="200"),
    standard("ChargingScheduleAllowedChargingRateUnit", default="Current"),
    standard("StopTxnAlignedData"),
    standard("StopTxnSampledData"),
    standard("MaxEnergyOnInvalidId", default="0"),
    shared("AuthenticationOCPPMode", default="True"),
    shared("DefaultIdTag", default="18237379292"),
    shared("SupervisionUrl"),
    shared("BoxIdentifier"),
    shared("iMaxDeratingSwCapacity", access=Access.READ_ONLY),
    shared("disconnectedMeterValueSampleInterval", default="900"),
    shared("SecurityEventsEnabled", default="True"),
    shared("CompressDiagnostic", default="True"),
    shared("StationName"),
    shared("DhcpEnabled", default="True"),
    shared("IpAddress", default="192.168.0.102"),
    shared("NetworkSubmask", default="255.255.255.0"),
    shared("NetworkGateway", default="192.168.0.254"),
    shared("DnsAddress1", default="8.8.8.8"),
    shared("DnsAddress2", default="4.4.4.4"),
    shared("RestoreTimeout", default="600"),
    shared("AuthorizationKey", minimum=16),
    shared("SecurityProfile"),
    shared("WebsocketConnectionTimeout", default="5", minimum=3, maximum=2_147_483_647),
    shared("WebsocketRequestTimeout", default="10", minimum=5, maximum=2_147_483_647),
    shared("OcppEnable", default="False"),
    shared(
        "PhasesConnection",
        default="1",
        choices={
            "1": "tri_123",
            "2": "tri_231",
            "3": "tri_312",
            "4": "mono_1",
            "5": "mono_2",
            "6": "mono_3",
            "7": "it_12",
            "8": "it_23",
            "9": "it_31",
            "10": "it_312",
            "11": "it_213",
        },
    ),
    ConfigurationKey(
        name="StationMeterType",
        type=KeyType.CHOICE,
        access=Access.READ_ONLY,
        choices={"0": "not_built_in", "1": "built_in"},
        standard=False,
        description=(
            "Whether a meter that is certified for billing in Europe (MID) is built in."
        ),
    ),
    shared("ISO15118ChargeEnabled", default="True", since="3.0.0"),
    ConfigurationKey(
        name="TriggerBackendConfigurationDataReset",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        description=(
            "Resets settings of the central system when it is turned on, and turns "
            "itself off again."
        ),
        risk=(
            "Destructive: the guide does not say which settings are lost, and the "
            "charger may never come back to this central system."
        ),
    ),
)

# The guide's row for 0x0, "NoError", is no fault.
FAULTS = (
    shared_fault(
        "ground",
        code="0x100206",
        description=(
            "The protective earth of the charger is missing or not sound. This check "
            "is switched off when the charger leaves the factory."
        ),
    ),
    Fault(
        code="0x100101",
        key="overtemperature",
        name="Charger too hot",
        error_code="HighTemperature",
        description="It is too hot inside the charger.",
        advice=(
            "Let the charger cool down and keep direct sun off it. If it happens "
            "often, lower the charging limit."
        ),
    ),
    shared_fault("input_over_voltage", code="0x200206"),
    shared_fault("input_under_voltage", code="0x200208"),
    Fault(
        code="0x100008",
        key="weak_signal",
        name="Weak wireless signal",
        error_code="WeakSignal",
        description=(
            "The charger hardly hears its wireless network. This check is switched off "
            "when the charger leaves the factory."
        ),
        advice="Move the access point closer, or connect the charger by cable.",
    ),
    shared_fault("software_downgrade", code="0x300000", error_code="InternalError"),
    Fault(
        code="0x300001",
        key="firmware_update_failed",
        name="Firmware update failed",
        error_code="InternalError",
        description="The charger could not install its new firmware.",
        advice=(
            "Restart the charger and try the update again. If it keeps failing, call "
            "your installer."
        ),
    ),
    Fault(
        code="0x10020C",
        key="front_cover_open",
        name="Front cover open",
        error_code="InternalError",
        description=(
            "The cover of the charger is off or not quite shut. This check is switched "
            "off when the charger leaves the factory."
        ),
        advice="Keep away from the inside and have an electrician fit the cover.",
    ),
    shared_fault("metering_board", code="0x10020F"),
    shared_fault(
        "power_meter_communication",
        code="0x300002",
        description=(
            "The energy meter, built in or external, did not answer ten times in a row."
        ),
    ),
    Fault(
        code="0x300004",
        key="wifi",
        name="Wi-Fi fault",
        error_code="InternalError",
        description=(
            "The Wi-Fi part of the charger does not answer or could not be updated."
        ),
        advice="Restart the charger. If the fault returns, connect it by cable.",
    ),
    shared_fault("badge_reader", code="0x100004"),
    shared_fault("control_pilot", code="0x100217"),
    shared_fault("plug_presence", code="0x100218"),
    shared_fault("control_pilot_short_circuit", code="0x300005"),
    shared_fault("connector_lock", code="0x100205"),
    shared_fault("contactor", code="0x300006"),
    shared_fault("vehicle_overconsumption", code="0x100213"),
    shared_fault("supervision", code="0x300009"),
    Fault(
        code="0x30000B",
        key="energy_management_tic",
        name="Utility meter unreachable",
        error_code="OtherError",
        description=(
            "The charger no longer hears the utility meter (TIC) that it adapts its "
            "current to."
        ),
        advice="Have the wiring between the utility meter and the charger checked.",
    ),
    shared_fault("energy_management_meter", code="0x30000C"),
    Fault(
        code="0x30000D",
        key="peak_controller",
        name="Peak controller unreachable",
        error_code="OtherError",
        description=(
            "The charger no longer hears the peak controller that it adapts its "
            "current to."
        ),
        advice=(
            "Check that the peak controller has power. If so, have its wiring to the "
            "charger checked."
        ),
    ),
    Fault(
        code="0x30000E",
        key="local_list_conflict",
        name="Badge lists disagree",
        error_code="LocalListConflict",
        description=(
            "The central system judged a badge in another way than the list in the "
            "charger."
        ),
        advice="Send the list of badges to the charger again.",
    ),
    shared_fault(
        "leakage_sensor",
        code="0x300010",
        description=(
            "The device that watches for direct current leakage has failed the test of "
            "itself that it makes after every start and before every charge."
        ),
    ),
    shared_fault("leakage_current", code="0x300011"),
    Fault(
        code="0x300003",
        key="cellular_modem",
        name="Cellular modem fault",
        error_code="InternalError",
        description=(
            "The charger's modem for the mobile network does not answer or could not "
            "be updated."
        ),
        advice="Restart the charger. If the fault returns, call your installer.",
    ),
    Fault(
        code="0x300007",
        key="iso15118_module_hardware",
        name="ISO 15118 module fault",
        error_code="InternalError",
        description=(
            "The part of the charger that talks to vehicles by ISO 15118 does not "
            "answer or could not be updated: its electronics have failed."
        ),
        advice=(
            "Restart the charger once. If the fault returns, call your installer. "
            "Vehicles may still charge without ISO 15118."
        ),
    ),
    Fault(
        code="0x300008",
        key="iso15118_module_software",
        name="ISO 15118 software fault",
        error_code="EVCommunicationError",
        description=(
            "The part of the charger that talks to vehicles by ISO 15118 does not "
            "answer or could not be updated: its software has failed."
        ),
        advice="Restart the charger and update it to its newest firmware.",
    ),
)

MEASURANDS = (
    Measurand(name="Current.Import", unit="A", phasing=Phasing.ALWAYS),
    Measurand(name="Current.Offered", unit="A"),
    Measurand(name="Energy.Active.Import.Register", unit="Wh"),
)

_DOCUMENTED = (
    "Energy.Active.Import.Register",
    "Current.Offered",
    "Current.Import.L1",
    "Current.Import.L2",
    "Current.Import.L3",
)

# The guide knows neither power nor voltage; a charger may have them all the same.
SAMPLED_DATA = (
    (*_DOCUMENTED, "Power.Active.Import", "Voltage.L1", "Voltage.L2", "Voltage.L3"),
    _DOCUMENTED,
    ("Energy.Active.Import.Register", "Current.Offered"),
)

SMART_CHARGING = SmartCharging(
    unit=RateUnit.AMPERE,
    other_units=frozenset({RateUnit.WATT}),
    purposes=frozenset({Purpose.TX_DEFAULT, Purpose.TX}),
    minimum=6,
    maximum=32,
    pausable=True,
    stack_levels=200,
    periods=100,
    profiles=200,
    maximum_keys=("iMaxDeratingSwCapacity",),
)

OPERATIONS = frozenset(
    {
        "CancelReservation",
        "ChangeAvailability",
        "ChangeConfiguration",
        "ClearCache",
        "ClearChargingProfile",
        "DataTransfer",
        "GetCompositeSchedule",
        "GetConfiguration",
        "GetDiagnostics",
        "GetLocalListVersion",
        "RemoteStartTransaction",
        "RemoteStopTransaction",
        "ReserveNow",
        "Reset",
        "SendLocalList",
        "SetChargingProfile",
        "TriggerMessage",
        "UnlockConnector",
        "UpdateFirmware",
    }
)

SCHNEIDER_CHARGE_PRO = Product(
    key="schneider_charge_pro",
    name="Schneider Charge Pro",
    manufacturer="Schneider Electric",
    guides=GUIDES,
    models=("Schneider Charge Pro",),
    reference_pattern=r"^EVB4S",
    fingerprint=frozenset({"StationMeterType", "TriggerBackendConfigurationDataReset"}),
    references=REFERENCES,
    connectors=1,
    configuration=CONFIGURATION,
    faults=FAULTS,
    measurands=MEASURANDS,
    sampled_data=SAMPLED_DATA,
    sampled_data_max_length=10,
    smart_charging=SMART_CHARGING,
    operations=OPERATIONS,
    modes=(OFFLINE_STRATEGY, AUTHENTICATION_MODE),
)
