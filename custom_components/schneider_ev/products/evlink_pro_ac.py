"""EVlink Pro AC: facts from its Connectivity Guides.

Source: GEX1969200-11 (March 2026). From GEX1969200-00 (May 2022) come the commercial
references, earlier names of keys, and removed keys and faults. Obvious misprints of the
guides (values in the wrong column, names and numbers broken by a line end) are
corrected.
"""

from .model import (
    Access,
    ConfigurationKey,
    DataTransfer,
    Direction,
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

_VENDOR = "Schneider Electric"

GUIDES = (
    Guide(document="GEX1969200-11", year=2026, firmware="1.1.6"),
    Guide(document="GEX1969200-00", year=2022),
)

_SOCKET = (Plug.SOCKET_T2S,)
_CABLE = (Plug.ATTACHED_CABLE,)
_TWO_SOCKETS = (Plug.SOCKET_T2S, Plug.DOMESTIC_SOCKET)

REFERENCES = (
    Reference(name="EVB3S22N4B", power=22, phases=3, plugs=_SOCKET),
    Reference(name="EVB3S22N4A", power=22, phases=3, plugs=_SOCKET),
    Reference(name="EVB3S22N40M", power=22, phases=3, plugs=_SOCKET),
    Reference(name="EVB3S22N40MR", power=22, phases=3, plugs=_SOCKET),
    Reference(name="EVB3S22N4", power=22, phases=3, plugs=_SOCKET),
    Reference(name="EVB3S22NCB", power=22, phases=3, plugs=_CABLE),
    Reference(name="EVB3S22NC0M", power=22, phases=3, plugs=_CABLE),
    Reference(name="EVB3S07N40EM", power=7.4, phases=1, plugs=_TWO_SOCKETS),
    Reference(name="EVB3S11N4FB", power=11, phases=3, plugs=_TWO_SOCKETS),
    Reference(name="EVB3S22N4E", power=22, phases=3, plugs=_TWO_SOCKETS),
    Reference(name="EVB3S22N4EA", power=22, phases=3, plugs=_TWO_SOCKETS),
    Reference(name="EVB3S22N4EB", power=22, phases=3, plugs=_TWO_SOCKETS),
    Reference(name="EVB3S22N4FB", power=22, phases=3, plugs=_TWO_SOCKETS),
    Reference(name="EVB3S22N40EM", power=22, phases=3, plugs=_TWO_SOCKETS),
    Reference(name="EVB3S22N40FM", power=22, phases=3, plugs=_TWO_SOCKETS),
    Reference(name="EVB3S07N4EAM", power=7.4, phases=1, plugs=_TWO_SOCKETS),
    Reference(name="EVB3S07N4EA", power=7.4, phases=1, plugs=_TWO_SOCKETS),
)

CONFIGURATION = (
    standard("AllowOfflineTxForUnknownId", default="True"),
    standard("AuthorizationCacheEnabled", default="False"),
    standard("AuthorizeRemoteTxRequests", default="True"),
    standard("ClockAlignedDataInterval", default="0", aliases=("AlignedDataInterval",)),
    standard("ConnectionTimeOut", default="60", minimum=10, maximum=600),
    standard("ConnectorPhaseRotation", default="0.RST, 1.RST, 2.RST"),
    standard("ConnectorPhaseRotationMaxLength", default="3", maximum=3),
    standard("GetConfigurationMaxKeys", default="100", maximum=100),
    standard("HeartbeatInterval", default="30", minimum=1, maximum=86_400),
    standard(
        "LightIntensity",
        default="80",
        aliases=("LedIntensity",),
        description=(
            "Brightness of the charger's light. Where there is one for the night as "
            "well, this one is for its day hours."
        ),
    ),
    standard("LocalAuthorizeOffline", default="True"),
    standard("LocalPreAuthorize", default="False"),
    standard(
        "MeterValuesAlignedData",
        default="Energy.Active.Import.Register",
        aliases=("AlignedData",),
    ),
    standard(
        "MeterValuesAlignedDataMaxLength",
        default="10",
        maximum=10,
        aliases=("AlignedDataMaxLength",),
    ),
    standard(
        "MeterValuesSampledData",
        default="Energy.Active.Import.Register",
        aliases=("SampledData",),
    ),
    standard(
        "MeterValuesSampledDataMaxLength",
        default="10",
        maximum=10,
        aliases=("SampledDataMaxLength",),
    ),
    standard("MeterValueSampleInterval", default="0", aliases=("SampledDataInterval",)),
    standard("MinimumStatusDuration", default="5", maximum=120),
    standard("NumberOfConnectors", default="1", minimum=1, maximum=2),
    standard("ResetRetries", default="3", minimum=1, maximum=5),
    standard(
        "StopTransactionOnEVSideDisconnect", access=Access.READ_ONLY, default="True"
    ),
    standard("StopTransactionOnInvalidId", default="True"),
    standard("StopTxnAlignedData", aliases=("AlignedDataTxEnded",)),
    standard(
        "StopTxnAlignedDataMaxLength",
        default="5",
        maximum=5,
        aliases=("AlignedDataTxEndedMaxLength",),
    ),
    standard("StopTxnSampledData", aliases=("SampledDataTxEnded",)),
    standard(
        "StopTxnSampledDataMaxLength",
        default="5",
        maximum=5,
        aliases=("SampledDataTxEndedMaxLength",),
    ),
    standard(
        "SupportedFeatureProfiles",
        default=(
            "Core,FirmwareManagement,Reservation,SmartCharging,"
            "RemoteTrigger,LocalAuthListManagement"
        ),
        maximum=65_535,
    ),
    standard(
        "SupportedFeatureProfilesMaxLength", default="5", minimum=0, maximum=65_535
    ),
    standard(
        "TransactionMessageAttempts",
        default="0",
        description=(
            "How many times the charger tries to send a transaction message that was "
            "not accepted. With 0, as delivered, such a message may be lost: 3 is safer."
        ),
        aliases=("MessageAttemptsTransactionEvent",),
    ),
    standard(
        "TransactionMessageRetryInterval",
        default="0",
        aliases=("MessageAttemptIntervalTransactionEvent",),
    ),
    standard(
        "UnlockConnectorOnEVSideDisconnect", access=Access.READ_ONLY, default="True"
    ),
    standard("WebsocketPingInterval", default="30", maximum=180),
    standard("LocalAuthListEnabled", default="False"),
    standard("LocalAuthListMaxLength", default="100", maximum=100),
    standard("SendLocalListMaxLength", default="100", maximum=100),
    standard("ReserveConnectorZeroSupported", default="True"),
    standard("ChargeProfileMaxStackLevel", default="999", maximum=999),
    standard("ChargingScheduleAllowedChargingRateUnit", default="Current"),
    standard("ChargingScheduleMaxPeriods", default="50", maximum=50),
    standard("ConnectorSwitch3to1PhaseSupported", default="False"),
    standard("MaxChargingProfilesInstalled", default="99", maximum=99),
    standard(
        "CpoName",
        description=(
            "The operator's name in the charger's certificate requests. The charger "
            "makes none yet, so the name has no effect."
        ),
    ),
    shared(
        "AuthorizationKey",
        default="EVlink_Pro_AC_Autho",
        maximum=20,
        set_with="eSetup",
        description=(
            "The password with which the charger signs in to its central system. It is "
            "set with the eSetup app."
        ),
    ),
    shared("SupervisionUrl"),
    shared("BoxIdentifier"),
    ConfigurationKey(
        name="EvPresenceNotification",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        description=(
            "Reports when a detection loop in the ground detects a vehicle in the "
            "parking space."
        ),
    ),
    shared("AuthenticationOCPPMode", default="True"),
    shared("DefaultIdTag", default="18237379292"),
    shared("CompressDiagnostic", default="True"),
    ConfigurationKey(
        name="PlugNumberingMode",
        type=KeyType.CHOICE,
        access=Access.READ_WRITE,
        default="0",
        choices={"0": "shared", "1": "separate", "2": "other"},
        standard=False,
        description=(
            "Whether the vehicle socket and the domestic socket share a connector "
            "number or have one each: then the domestic socket is connector 2. Only "
            "chargers from 2022 know the value 2, and their guide does not explain it."
        ),
    ),
    shared("DhcpEnabled", default="True"),
    shared("IpAddress", default="192.168.0.102"),
    shared("NetworkSubmask", default="255.255.255.0"),
    shared("NetworkGateway", default="192.168.0.254"),
    shared("DnsAddress1", default="8.8.8.8"),
    shared("DnsAddress2", default="4.4.4.4"),
    shared("RestoreTimeout", default="600"),
    ConfigurationKey(
        name="SelfSignedCertificateAuthorized",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        description=(
            "Trusts a central system with a self-signed certificate. Before firmware "
            "1.4.0, to which no root certificate can be sent, it is the only way to a "
            "secure connection with Home Assistant's own certificate."
        ),
        risk=(
            "When on, the charger cannot tell its central system from a device that "
            "poses as it. When off, it refuses a secure connection to a central system "
            "with a self-signed certificate."
        ),
    ),
    ConfigurationKey(
        name="StopTxnMinimumDurationData",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="60",
        minimum=0,
        maximum=4_294_967_295,
        unit="s",
        standard=False,
        description=(
            "The minimum time between the readings in the final report of a session."
        ),
    ),
    ConfigurationKey(
        name="MeterPublicKey",
        type=KeyType.TEXT,
        access=Access.READ_ONLY,
        aliases=("PowerMeterPublicKey",),
        standard=False,
        description=(
            "The key for verifying readings of a calibrated meter, on chargers for "
            "German calibration law."
        ),
    ),
    shared(
        "StationName",
        minimum=0,
        maximum=31,
        pattern=r"^[0-9A-Za-z _.\u2013\-]*$",
        description=(
            "Name of the charger. The factory setting is ProAC with the serial number."
        ),
    ),
    shared("SecurityEventsEnabled", default="True", since="1.4.0"),
    shared(
        "SecurityProfile",
        default="0",
        since="1.4.0",
        maximum=2,
        description=(
            "How the connection is secured: 0 not at all, 1 with a password, 2 with a "
            "password and TLS."
        ),
    ),
    ConfigurationKey(
        name="StopTxnMaximaleData",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="1440",
        minimum=0,
        maximum=4_294_967_295,
        standard=False,
        description=(
            "The maximum number of readings that the final report of a session can "
            "have."
        ),
    ),
    ConfigurationKey(
        name="ModbusEnable",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        description=(
            "Lets other devices in the network read and control the charger over "
            "Modbus."
        ),
    ),
    shared("OcppEnable", default="False"),
    ConfigurationKey(
        name="ResendBootNotificationInterval",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="40",
        minimum=0,
        maximum=65_535,
        unit="s",
        standard=False,
        description=(
            "How long the charger waits before it sends its BootNotification again."
        ),
    ),
    shared(
        "iMaxDeratingSwCapacity",
        default="32",
        minimum=10,
        maximum=32,
        writable_since="1.5.0",
    ),
    ConfigurationKey(
        name="IMaxEvseCapacityTE",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="10",
        minimum=6,
        maximum=10,
        unit="A",
        standard=False,
        description="The maximum current of the domestic socket: 6, 8 or 10 A.",
    ),
    ConfigurationKey(
        name="LedNightIntensity",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="40",
        minimum=0,
        maximum=100,
        unit="%",
        standard=False,
        description="Brightness of the charger's light outside its day hours.",
    ),
    ConfigurationKey(
        name="LedDayStartHour",
        type=KeyType.TIME,
        access=Access.READ_WRITE,
        default="08:00",
        standard=False,
        description=(
            "When the light changes to its day brightness, by the charger's own clock."
        ),
    ),
    ConfigurationKey(
        name="LedDayEndHour",
        type=KeyType.TIME,
        access=Access.READ_WRITE,
        default="20:00",
        standard=False,
        description=(
            "When the light changes to its night brightness, by the charger's own "
            "clock."
        ),
    ),
    shared(
        "WebsocketConnectionTimeout",
        default="5",
        minimum=5,
        maximum=60,
        since="1.3.6",
    ),
    shared(
        "WebsocketRequestTimeout", default="10", minimum=10, maximum=60, since="1.3.6"
    ),
    shared("CertificateStoreMaxLength", default="10", maximum=10, since="1.4.0"),
    ConfigurationKey(
        name="MeterMID",
        type=KeyType.BOOLEAN,
        access=Access.READ_ONLY,
        standard=False,
        description=(
            "Whether the built-in meter is certified for billing in Europe (MID)."
        ),
    ),
    shared(
        "CertificateSignedMaxChainSize",
        default="10000",
        maximum=10_000,
        since="1.4.0",
    ),
    shared(
        "ISO15118PnCEnabled",
        access=Access.READ_ONLY,
        default="False",
        since="2.0.0",
        risk=None,
    ),
    shared("SeccLeafSubjectOrganization", default="Schneider Electric", since="2.0.0"),
    shared("SeccLeafSubjectCommonName", default="ZZ00000", since="2.0.0"),
    shared("SeccLeafSubjectCountry", default="FR", since="2.0.0"),
    shared("CentralContractValidationAllowed", default="False", since="2.0.0"),
    shared(
        "CertSigningRepeatTimes",
        default="1",
        maximum=60,
        since="2.0.0",
        description=(
            "How many times the waiting time for a requested certificate is doubled "
            "before the charger gives up. The charger requests none yet."
        ),
    ),
    shared(
        "CertSigningWaitMinimum",
        default="2",
        maximum=60,
        since="2.0.0",
        description=(
            "How long the charger waits for a requested certificate before its first "
            "new request. The charger requests none yet."
        ),
    ),
    shared("ContractValidationOffline", default="False", since="2.0.0"),
    shared(
        "ISO15118ChargeEnabled",
        default="False",
        since="2.0.1",
        description=(
            "Uses ISO 15118 to communicate with vehicles, on chargers with the "
            "extension card. Turn it off if a vehicle does not charge with it."
        ),
    ),
    ConfigurationKey(
        name="EnableDoubleNotification",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        standard=False,
        removed=True,
        description=(
            "Reports each status change for both connector numbers, on chargers from "
            "2022."
        ),
    ),
    shared(
        "PhasesConnection",
        removed=True,
        description=(
            "The supply phases that the charger is wired to, and their order, on "
            "chargers from 2022."
        ),
    ),
)

FAULTS = (
    Fault("1.0", "capacity_out_of_range", "OtherError", removed=True),
    Fault("1.1", "software_downgrade", "OtherError"),
    Fault("2.0", "mother_board", "InternalError"),
    Fault("2.1", "physical_derating", "InternalError"),
    Fault("2.2", "leakage_sensor_plug", "InternalError"),
    Fault("2.4", "temperature_sensor", "InternalError"),
    Fault("3.0", "upstream_protection", "OverCurrentFailure"),
    Fault("4.0", "leakage_sensor", "InternalError"),
    Fault("5.0", "leakage_current", "OtherError"),
    Fault("6.0", "input_voltage", "InternalError"),
    Fault("6.1", "metering_board", "InternalError"),
    Fault("7.0", "power_meter_communication", "InternalError"),
    Fault("7.1", "meter_dataset", "InternalError"),
    Fault("8.0", "bluetooth", "InternalError"),
    Fault("9.0", "badge_reader", "ReaderFailure"),
    Fault("10.0", "control_pilot", "EVCommunicationError"),
    Fault("10.1", "plug_presence", "EVCommunicationError"),
    Fault("10.2", "control_pilot_short_circuit", "EVCommunicationError"),
    Fault("11.0", "connector_lock", "ConnectorLockFailure"),
    Fault("12.0", "contactor", "InternalError"),
    Fault("13.0", "three_phase_load", "OtherError"),
    Fault("14.0", "vehicle_overconsumption", "OverCurrentFailure"),
    Fault("15.0", "ventilation_not_allowed", "OtherError"),
    Fault("16.0", "load_manager_communication", "OtherError"),
    Fault("17.0", "supervision", "OtherError"),
    Fault("18.0", "energy_management", "OtherError"),
    Fault("18.1", "energy_management_meter", "OtherError", removed=True),
    Fault("19.0", "temperature", "OtherError"),
)

# From firmware 1.6.0, voltage can also be requested without a phase.
MEASURANDS = (
    Measurand(name="Current.Import", unit="A", phasing=Phasing.OPTIONAL),
    Measurand(name="Current.Offered", unit="A"),
    Measurand(name="Energy.Active.Import.Register", unit="Wh"),
    Measurand(name="Energy.Reactive.Import.Register", unit="varh"),
    Measurand(name="Frequency", unit="Hz"),
    Measurand(name="Power.Active.Import", unit="kW", phasing=Phasing.OPTIONAL),
    Measurand(name="Voltage", unit="V", phasing=Phasing.ALWAYS),
    Measurand(name="Power.Offered", unit="kW"),
)

SAMPLED_DATA = (
    (
        "Energy.Active.Import.Register",
        "Power.Active.Import",
        "Current.Import.L1",
        "Current.Import.L2",
        "Current.Import.L3",
        "Voltage.L1",
        "Voltage.L2",
        "Voltage.L3",
        "Current.Offered",
        "Power.Offered",
    ),
    (
        "Energy.Active.Import.Register",
        "Power.Active.Import",
        "Current.Import.L1",
        "Current.Import.L2",
        "Current.Import.L3",
        "Current.Offered",
    ),
    (
        "Energy.Active.Import.Register",
        "Power.Active.Import",
    ),
)

SMART_CHARGING = SmartCharging(
    unit=RateUnit.AMPERE,
    purposes=frozenset(Purpose),
    minimum=6,
    maximum=32,
    pausable=True,
    stack_levels=999,
    periods=50,
    profiles=99,
    maximum_keys=("iMaxDeratingSwCapacity",),
    connector_maximum_keys=("", "IMaxEvseCapacityTE"),
    unsupported_attributes=frozenset({"numberPhases", "minChargingRate"}),
)

OPERATIONS = frozenset(
    {
        "CancelReservation",
        "ChangeAvailability",
        "ChangeConfiguration",
        "ClearCache",
        "ClearChargingProfile",
        "DataTransfer",
        "DeleteCertificate",
        "GetCompositeSchedule",
        "GetConfiguration",
        "GetDiagnostics",
        "GetInstalledCertificateIds",
        "GetLocalListVersion",
        "GetLog",
        "InstallCertificate",
        "RemoteStartTransaction",
        "RemoteStopTransaction",
        "ReserveNow",
        "Reset",
        "SendLocalList",
        "SetChargingProfile",
        "SignedUpdateFirmware",
        "TriggerMessage",
        "UnlockConnector",
        "UpdateFirmware",
    }
)

# The guide of 2022 does not have these. The history of the newest one tells when the
# security extension came, and names no older firmware than that of its first line.
OPERATIONS_SINCE = {
    "SendLocalList": "1.1.6",
    **dict.fromkeys(
        (
            "DeleteCertificate",
            "GetInstalledCertificateIds",
            "GetLog",
            "InstallCertificate",
            "SignedUpdateFirmware",
        ),
        "1.4.0",
    ),
}

DATA_TRANSFERS = (
    DataTransfer(
        vendor_id=_VENDOR,
        message_id="Detection loop",
        direction=Direction.FROM_CHARGER,
    ),
    DataTransfer(
        vendor_id=_VENDOR,
        message_id="Locate",
        direction=Direction.TO_CHARGER,
        data="{}",
    ),
)

EVLINK_PRO_AC = Product(
    key="evlink_pro_ac",
    name="EVlink Pro AC",
    manufacturer=_VENDOR,
    guides=GUIDES,
    models=("EVlink Pro AC",),
    reference_pattern=r"^EVB3S",
    fingerprint=frozenset({"PlugNumberingMode"}),
    references=REFERENCES,
    connectors=2,
    # the second connector of a charger is its domestic socket
    plugs=_TWO_SOCKETS,
    configuration=CONFIGURATION,
    interlocked_keys=frozenset({"PlugNumberingMode"}),
    faults=FAULTS,
    measurands=MEASURANDS,
    sampled_data=SAMPLED_DATA,
    sampled_data_max_length=10,
    smart_charging=SMART_CHARGING,
    operations=OPERATIONS,
    operations_since=OPERATIONS_SINCE,
    file_transfers=frozenset({"ftp", "ftps", "http", "https"}),
    modes=(OFFLINE_STRATEGY, AUTHENTICATION_MODE),
    data_transfers=DATA_TRANSFERS,
)
