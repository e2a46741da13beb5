"""Schneider Charge Pro: facts from its Connectivity Guide.

Source: BRU5587800-02 (November 2025). It gives no bounds for most keys. It says that
some writable keys have no effect yet: network addresses and clock-aligned measurands.
"""

from dataclasses import replace

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


def _without_effect(name: str, default: str) -> ConfigurationKey:
    """Return a key that can be written and is not used yet."""
    key = shared(name, default=default)
    return replace(
        key,
        description=f"{key.description} The charger does not use a new value yet.",
    )


CONFIGURATION = (
    standard("AllowOfflineTxForUnknownId", default="True"),
    standard("AuthorizationCacheEnabled", default="False"),
    standard("AuthorizeRemoteTxRequests", default="True"),
    standard(
        "ClockAlignedDataInterval",
        default="0",
        description=(
            "Time between clock-aligned readings, which the charger does not send yet."
        ),
    ),
    standard(
        "ConnectionTimeOut",
        default="60",
        description=(
            "How long the charger waits for a vehicle to be plugged in after a badge "
            "or a remote start. With 0, it waits indefinitely."
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
            "The measurands in clock-aligned readings, which the charger does not send "
            "yet."
        ),
    ),
    standard(
        "MeterValuesAlignedDataMaxLength",
        default="10",
        description=(
            "The maximum number of measurands that clock-aligned readings can have, "
            "which the charger does not send yet."
        ),
    ),
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
    shared("DefaultIdTag", default="18237379292", pattern=None),
    shared("SupervisionUrl"),
    shared("BoxIdentifier"),
    shared("iMaxDeratingSwCapacity", access=Access.READ_ONLY),
    shared("disconnectedMeterValueSampleInterval", default="900"),
    shared("SecurityEventsEnabled", default="True"),
    shared("CompressDiagnostic", default="True"),
    shared("StationName"),
    shared("DhcpEnabled", default="True"),
    _without_effect("IpAddress", "192.168.0.102"),
    _without_effect("NetworkSubmask", "255.255.255.0"),
    _without_effect("NetworkGateway", "192.168.0.254"),
    _without_effect("DnsAddress1", "8.8.8.8"),
    _without_effect("DnsAddress2", "4.4.4.4"),
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
            "Whether a meter certified for billing in Europe (MID) is built in."
        ),
    ),
    shared("ISO15118ChargeEnabled", default="True", since="3.0.0"),
    ConfigurationKey(
        name="TriggerBackendConfigurationDataReset",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="false",
        pattern="^(true|false)$",
        standard=False,
        description=(
            "Resets the settings of the central system when set from false to true, "
            "and then becomes false again."
        ),
        risk=(
            "Destructive: the guide does not say which settings are lost, and the "
            "charger may never reconnect to this central system."
        ),
    ),
)

# without the guide's row for 0x0, "NoError"
FAULTS = (
    Fault("0x100206", "ground", "GroundFailure", "GroundFailure", off_by_default=True),
    Fault("0x100101", "overtemperature", "HighTemperature", "HighTemperature"),
    Fault("0x200206", "input_over_voltage", "OverVoltage", "OverVoltage"),
    Fault("0x200208", "input_under_voltage", "UnderVoltage", "UnderVoltage"),
    Fault("0x100008", "weak_signal", "WeakSignal", "WeakSignal", off_by_default=True),
    Fault("0x300000", "software_downgrade", "InternalError", "Firmware downgrade"),
    Fault(
        "0x300001", "firmware_update_failed", "InternalError", "Firmware upgrade failed"
    ),
    Fault(
        "0x10020C",
        "front_cover_open",
        "InternalError",
        "Front cover opened",
        off_by_default=True,
    ),
    Fault(
        "0x10020F", "metering_board", "InternalError", "Internal Metering card issue"
    ),
    Fault(
        "0x300002",
        "power_meter_communication",
        "InternalError",
        "Internal Power Meter communication loss",
    ),
    Fault("0x300004", "wifi", "InternalError", "Wi-Fi communication issue"),
    Fault("0x100004", "badge_reader", "ReaderFailure", "Badge reader issue"),
    Fault(
        "0x100217",
        "control_pilot",
        "EVCommunicationError",
        "EV issue : Control Pilot (CP)",
    ),
    Fault(
        "0x100218",
        "plug_presence",
        "EVCommunicationError",
        "Plug Presence (PP) conformity",
    ),
    Fault(
        "0x300005",
        "control_pilot_short_circuit",
        "EVCommunicationError",
        "EV issue : Short-circuit CPW",
    ),
    Fault(
        "0x100205",
        "connector_lock",
        "ConnectorLockFailure",
        "Lock / Unlock cable Failure",
    ),
    Fault("0x300006", "contactor", "InternalError", "Contactors discordance"),
    Fault(
        "0x100213", "vehicle_overconsumption", "OverCurrentFailure", "EV Overcurrent"
    ),
    Fault("0x300009", "supervision", "OtherError", "Supervision (OCPP) issue"),
    Fault(
        "0x30000B",
        "energy_management_tic",
        "OtherError",
        "DEM communication loss : TIC",
    ),
    Fault(
        "0x30000C",
        "energy_management_meter",
        "OtherError",
        "DEM communication loss : Modbus meter",
    ),
    Fault(
        "0x30000D",
        "peak_controller",
        "OtherError",
        "DEM communication loss : Peak controller",
    ),
    Fault("0x30000E", "local_list_conflict", "LocalListConflict", "LocalListConflict"),
    Fault(
        "0x300010",
        "leakage_sensor",
        "InternalError",
        "RDC DD (6mA) measurement board error",
    ),
    Fault("0x300011", "leakage_current", "OtherError", "6mA DC leakage detected"),
    Fault(
        "0x300003",
        "cellular_modem",
        "InternalError",
        "Cellular Modem communication issue",
    ),
    Fault(
        "0x300007",
        "iso15118_module_hardware",
        "InternalError",
        "Issue with ISO15118 module",
        since="3.0.0",
    ),
    Fault(
        "0x300008",
        "iso15118_module_software",
        "EVCommunicationError",
        "Issue with ISO15118 module",
        since="3.0.0",
    ),
)

MEASURANDS = (
    Measurand(name="Current.Import", unit="A", phasing=Phasing.ALWAYS),
    Measurand(name="Current.Offered", unit="A"),
    Measurand(name="Energy.Active.Import.Register", unit="Wh"),
)

_DOCUMENTED_MEASURANDS = (
    "Energy.Active.Import.Register",
    "Current.Offered",
    "Current.Import.L1",
    "Current.Import.L2",
    "Current.Import.L3",
)

# The guide lists neither power nor voltage, but a charger may still support them.
SAMPLED_DATA = (
    (
        *_DOCUMENTED_MEASURANDS,
        "Power.Active.Import",
        "Voltage.L1",
        "Voltage.L2",
        "Voltage.L3",
    ),
    _DOCUMENTED_MEASURANDS,
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
    unsupported_attributes=frozenset({"numberPhases"}),
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
    it_connections=frozenset({7, 8, 9, 10, 11}),
    configuration=CONFIGURATION,
    faults=FAULTS,
    measurands=MEASURANDS,
    sampled_data=SAMPLED_DATA,
    sampled_data_max_length=10,
    sends_clock_aligned_data=False,
    smart_charging=SMART_CHARGING,
    operations=OPERATIONS,
    file_transfers=frozenset({"ftp", "ftps", "http", "https"}),
    modes=(OFFLINE_STRATEGY, AUTHENTICATION_MODE),
)
