"""EVlink Pro DC: facts from its Connectivity Guides.

Source: DOCA0311EN_IEC-03 (February 2026). From DOCA0311EN-01 (April 2024) come earlier
names of commercial references and keys. A blank cell in a table has the value of the
cell above. Obvious misprints of the guides (values in the wrong column, missing letters)
are corrected.
"""

from dataclasses import replace
import re

from .model import (
    Access,
    ConfigurationKey,
    DataTransfer,
    Direction,
    Fault,
    Guide,
    KeyType,
    Measurand,
    Mode,
    Option,
    Plug,
    Product,
    Purpose,
    RateUnit,
    Reference,
    SmartCharging,
    TariffImage,
)
from .modes import AUTHENTICATION_MODE, OFFLINE_STRATEGY
from .standard import shared, standard

GUIDES = (
    Guide(document="DOCA0311EN_IEC-03", year=2026, firmware="2.6.11"),
    Guide(document="DOCA0311EN-01", year=2024),
)

# The family, and its members.
MODELS = (
    "EVlink Pro DC",
    "EVlink Pro DC 60",
    "EVlink Pro DC 60 V2",
    "EVlink Pro DC 120 kW",
    "EVlink Pro DC 150 kW",
    "EVlink Pro DC 180",
    "EVlink Pro DC 180 kW",
    "EVlink Pro DC 180 V2",
    "EVlink Pro DC 320",
    "Schneider StarCharge Fast 60",
    "Schneider StarCharge Fast 180",
    "Schneider StarCharge Fast 320",
)

# Commercial references; the names in CC are earlier names of those in C.
_REFERENCE_NAMES = """
    EVD1S60TBB    EVD1S60TBBC5    EVD1S60TBBC7
    EVD1S60THB    EVD1S60THBC5
    EVD1S120TBB   EVD1S120TBBC    EVD1S120TBBCC   EVD1S120TBBC7
    EVD1S120THB   EVD1S120THBC    EVD1S120THBCC
    EVD1S150TBB   EVD1S150TBBC    EVD1S150TBBCC   EVD1S150TBBC7
    EVD1S150THB   EVD1S150THBC    EVD1S150THBCC
    EVD1S180TBB   EVD1S180TBBC    EVD1S180TBBCC   EVD1S180TBBC7
    EVD1S180THB   EVD1S180THBC    EVD1S180THBCC

    EVD1S120TBB-AN    EVD1S120THB-AN    EVD1S120TBBC7-AN
    EVD1S150TBB-AN    EVD1S150THB-AN    EVD1S150TBBC7-AN
    EVD1S180TBB-AN    EVD1S180THB-AN    EVD1S180TBBC7-AN

    EVD1S120TBBC-G    EVD1S120TBBC7-G
    EVD1S150TBBC-G    EVD1S150TBBC7-G
    EVD1S180TBBC-G    EVD1S180TBBC7-G

    EVD2S60TBB     EVD2S60TBBC     EVD2S60TBBC7
    EVD2S120TBB
    EVD2S180TBB    EVD2S180TBBC    EVD2S180TBBC1    EVD2S180TBBC7
    EVD2S240TBB
    EVD2S320TBB    EVD2S320TBBC    EVD2S320TBBC1    EVD2S320TBBC7

    EVD2S120TBB-G
    EVD2S180TBB-G    EVD2S180TBBC-G    EVD2S180TBBC1-G    EVD2S180TBBC7-G
    EVD2S240TBB-G
    EVD2S320TBB-G    EVD2S320TBBC-G    EVD2S320TBBC1-G    EVD2S320TBBC7-G
"""

# Connectors by reference. The guides do not say which connector of an HB has CHAdeMO;
# they name it second.
_PLUGS = {"BB": (Plug.CCS2, Plug.CCS2), "HB": (Plug.CCS2, Plug.CHADEMO)}


REFERENCES = tuple(
    Reference(name=match[0], power=int(match[1]), phases=3, plugs=_PLUGS[match[2]])
    for match in re.finditer(r"EVD[12]S(\d+)T([BH]B)\S*", _REFERENCE_NAMES)
)

# The first firmware with a separate key for each authentication method.
_METHOD_KEYS_SINCE = "3.5.8803"

CONFIGURATION = (
    standard("AllowOfflineTxForUnknownId", default="True"),
    standard(
        "AuthorizationCacheEnabled",
        default="False",
        aliases=("AuthorizationCacheEnable",),
    ),
    standard("AuthorizeRemoteTxRequests", default="True"),
    standard("ClockAlignedDataInterval", default="0"),
    standard("ConnectionTimeOut", default="120"),
    standard("GetConfigurationMaxKeys", default="200"),
    standard("HeartbeatInterval", default="60"),
    standard("LocalAuthorizeOffline", default="True"),
    standard("LocalPreAuthorize", default="False"),
    standard(
        "MeterValuesAlignedData",
        default=(
            "Current.Import,Current.Offered,Energy.Active.Import.Register,"
            "Power.Offered,Power.Active.Import"
        ),
    ),
    standard("MeterValuesAlignedDataMaxLength", default="9"),
    standard(
        "MeterValuesSampledData",
        default=(
            "Current.Import,Current.Offered,Energy.Active.Import.Register,"
            "Power.Offered,Power.Active.Import,SoC"
        ),
    ),
    standard("MeterValuesSampledDataMaxLength", default="8"),
    standard("MeterValueSampleInterval", default="60"),
    standard("MinimumStatusDuration", default="10"),
    standard("NumberOfConnectors", default="2"),
    standard("ResetRetries", default="2"),
    standard("ConnectorPhaseRotationMaxLength", default="1"),
    standard("ConnectorPhaseRotation", default="NotApplicable"),
    standard("StopTransactionOnEVSideDisconnect", default="True"),
    standard("StopTransactionOnInvalidId", default="True"),
    standard("StopTxnAlignedDataMaxLength", default="1"),
    standard("StopTxnSampledDataMaxLength", default="2"),
    standard(
        "SupportedFeatureProfiles",
        default=(
            "Core,FirmwareManagement,LocalAuthListManagement,Reservation,"
            "SmartCharging,RemoteTrigger"
        ),
    ),
    standard("SupportedFeatureProfilesMaxLength", default="6"),
    standard("TransactionMessageAttempts", default="2"),
    standard("TransactionMessageRetryInterval", default="10"),
    standard("UnlockConnectorOnEVSideDisconnect", default="False"),
    standard("WebSocketPingInterval", default="20"),
    standard("LocalAuthListEnabled", default="False"),
    standard("LocalAuthListMaxLength", default="100000"),
    standard("SendLocalListMaxLength", default="400"),
    standard("ReserveConnectorZeroSupported", default="True"),
    standard("ChargeProfileMaxStackLevel", default="20"),
    standard("ChargingScheduleMaxPeriods", default="50"),
    standard("ConnectorSwitch3to1PhaseSupported", default="False"),
    standard("MaxChargingProfilesInstalled", default="40"),
    standard("ChargingScheduleAllowedChargingRateUnit", default="Current,Power"),
    standard("StopTxnAlignedData"),
    standard("StopTxnSampledData"),
    standard("AuthorizationKey"),
    # no defaults: the guide has two for each, 1 and 0, 10 and 1000
    standard(
        "SecurityProfile",
        maximum=2,
        description=(
            "How the connection is secured: 0 not at all, 1 with a password, 2 with a "
            "password and TLS."
        ),
    ),
    standard("CertificateStoreMaxLength"),
    ConfigurationKey(
        name="CertificateSignedMaxChain",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="1000",
        description="The maximum length of a chain of signed certificates.",
    ),
    standard(
        "ISO15118PnCEnabled",
        since=_METHOD_KEYS_SINCE,
        description=(
            "Lets vehicles identify themselves with a certificate (Plug & Charge)."
        ),
    ),
    shared("AuthenticationOCPPMode", default="True"),
    shared("DefaultIdTag", default="SIMTAG", pattern=None),
    shared("SupervisionUrl"),
    shared("BoxIdentifier"),
    ConfigurationKey(
        name="ChargeLimitedPower",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        unit="kW",
        standard=False,
        description="The maximum power of both connectors together.",
    ),
    ConfigurationKey(
        name="ConnectorALimitedPower",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        unit="kW",
        standard=False,
        description="The maximum power of connector A.",
    ),
    ConfigurationKey(
        name="ConnectorBLimitedPower",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        unit="kW",
        standard=False,
        description="The maximum power of connector B.",
    ),
    ConfigurationKey(
        name="ConnectorAType",
        type=KeyType.TEXT,
        access=Access.READ_ONLY,
        standard=False,
        description="The plug type of connector A.",
    ),
    ConfigurationKey(
        name="ConnectorBType",
        type=KeyType.TEXT,
        access=Access.READ_ONLY,
        standard=False,
        description="The plug type of connector B.",
    ),
    shared(
        "disconnectedMeterValueSampleInterval",
        default="900",
        may_be_zero=True,
        description=(
            "Time between the readings that the charger stores while it is offline: at "
            "least 5 s, or 0 for the same interval as when online."
        ),
    ),
    shared("SecurityEventsEnabled", default="True"),
    ConfigurationKey(
        name="EnableMeterValuesContainVoltage",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        aliases=("EnabeMeterValuesContainVoltage",),
        standard=False,
        description="Adds the voltage at the plug to the readings.",
    ),
    ConfigurationKey(
        name="EnableRemoteStartNoConnectedEV",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        standard=False,
        description=(
            "Accepts a remote start before a vehicle is plugged in, and waits for the "
            "vehicle."
        ),
    ),
    ConfigurationKey(
        name="MacAddressPrefix",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="",
        standard=False,
        description=(
            "Text that the charger adds before a vehicle's network address to form a "
            "badge number."
        ),
    ),
    ConfigurationKey(
        name="QRcode1",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="",
        maximum=120,
        standard=False,
        since=_METHOD_KEYS_SINCE,
        description=(
            "Address in the QR code on the screen for connector A. If empty, no code "
            "is shown."
        ),
    ),
    ConfigurationKey(
        name="QRcode2",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="",
        maximum=120,
        standard=False,
        since=_METHOD_KEYS_SINCE,
        description=(
            "Address in the QR code on the screen for connector B. If empty, no code "
            "is shown."
        ),
    ),
    ConfigurationKey(
        name="QrCodeEnabled",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        standard=False,
        since=_METHOD_KEYS_SINCE,
        description="Offers charging by QR code, and allows remote starts.",
    ),
    ConfigurationKey(
        name="RFIDEnabled",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        standard=False,
        since=_METHOD_KEYS_SINCE,
        description="Lets drivers identify themselves with a badge.",
    ),
    ConfigurationKey(
        name="PosEnabled",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        since=_METHOD_KEYS_SINCE,
        description="Offers payment at a card terminal, and allows remote starts.",
    ),
    ConfigurationKey(
        name="APPEEnabled",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        aliases=("AppEnabled",),
        standard=False,
        since=_METHOD_KEYS_SINCE,
        description="Offers charging by app, and allows remote starts.",
    ),
    ConfigurationKey(
        name="AutoCharge",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        since=_METHOD_KEYS_SINCE,
        description=(
            "Recognises a vehicle by its network address when it is plugged in."
        ),
    ),
    ConfigurationKey(
        name="FreeCharging",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        since=_METHOD_KEYS_SINCE,
        description=(
            "Lets anyone plug in and charge. Every other way to identify drivers must "
            "be off."
        ),
    ),
    ConfigurationKey(
        name="CallMsgInOrder",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        standard=False,
        description=(
            "Sends a message only after the previous one has been answered, as OCPP "
            "requires."
        ),
    ),
    ConfigurationKey(
        name="OfflineTxMsgQueueEnable",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        standard=False,
        description=(
            "Sends readings stored while offline before newer ones. When off, both are "
            "sent at the same time."
        ),
    ),
    # keys that the charger has only while Plug & Charge is enabled
    standard("CentralContractValidationAllowed", default="False"),
    standard("CertificateSignedMaxChainSize", default="10000"),
    standard("CertSigningWaitMinimum", default="0"),
    standard("CertSigningRepeatTimes", default="0"),
    standard("ContractValidationOffline", default="False"),
    standard("SeccLeafSubjectCommonName", minimum=None, maximum=None),
    standard("SeccLeafSubjectCountry", minimum=None, maximum=None, pattern=None),
    standard("SeccLeafSubjectOrganization", minimum=None, maximum=None),
    ConfigurationKey(
        name="ConnectorEvseIds",
        type=KeyType.LIST,
        access=Access.READ_WRITE,
        aliases=("ConnectorEvselds",),
        description="The ID that vehicles and contracts use for each connector.",
    ),
    standard("CpoName", default=""),
    standard(
        "AdditionalRootCertificateCheck",
        access=Access.READ_WRITE,
        default="False",
        risk=(
            "When on, the charger may refuse a central system whose certificate is "
            "from a different authority."
        ),
    ),
)

# 0x10…: faults of the terminal, which has the connectors; 0x20…: of the power cabinet
FAULTS = (
    Fault("0x100005", "badge_reader", "ReaderFailure"),
    Fault("0x100007", "insulation_warning", "OtherError"),
    Fault("0x100009", "terminal_memory_card", "InternalError"),
    Fault("0x10000C", "vehicle_controller", "OtherError"),
    Fault("0x10000F", "environment_board", "OtherError"),
    Fault("0x100101", "terminal_temperature", "HighTemperature"),
    Fault("0x100102", "plug_temperature", "InternalError"),
    Fault("0x100202", "terminal_emergency_stop", "InternalError"),
    Fault("0x100205", "connector_lock", "ConnectorLockFailure"),
    Fault("0x100206", "ground", "GroundFailure"),
    Fault("0x100207", "insulation_board", "InternalError"),
    Fault("0x100208", "output_relay", "InternalError"),
    Fault("0x10020A", "insulation", "OtherError"),
    # a code of the terminal, which the guides describe as water in the power cabinet
    Fault("0x10020B", "terminal_water_level", "OtherError"),
    Fault("0x10020C", "terminal_door", "OtherError"),
    Fault("0x10020D", "humidity", "OtherError"),
    Fault("0x10020E", "terminal_tilt", "OtherError"),
    Fault("0x10020F", "power_meter", "PowerMeterFailure"),
    Fault("0x100210", "sub_board", "InternalError"),
    Fault("0x100211", "power_loss", "InternalError"),
    Fault("0x100212", "power_cabinet_communication", "InternalError"),
    Fault("0x100213", "over_current", "OverCurrentFailure"),
    Fault("0x100214", "output_over_voltage", "InternalError"),
    Fault("0x100216", "power_line_board", "InternalError"),
    Fault("0x200001", "power_module_communication", "InternalError"),
    Fault("0x200002", "power_module", "InternalError"),
    Fault("0x200003", "power_distribution_relay", "InternalError"),
    Fault("0x200004", "power_distribution_communication", "InternalError"),
    Fault("0x200008", "surge_protection", "OtherError"),
    Fault("0x200101", "power_module_temperature", "InternalError"),
    Fault("0x200102", "power_distribution_temperature", "InternalError"),
    Fault("0x200103", "power_control_fan_communication", "InternalError"),
    Fault("0x200104", "power_control_fan_failure", "InternalError"),
    Fault("0x200202", "power_cabinet_emergency_stop", "InternalError"),
    Fault("0x200203", "power_cabinet_water_level", "OtherError"),
    Fault("0x200204", "power_cabinet_door", "OtherError"),
    Fault("0x200206", "input_over_voltage", "OverVoltage"),
    Fault("0x200207", "input_relay", "PowerSwitchFailure"),
    Fault("0x200208", "input_under_voltage", "UnderVoltage"),
    Fault("0x200209", "circuit_breaker", "OtherError"),
    Fault("0x20020B", "power_cabinet_tilt", "OtherError"),
    Fault("0x20020C", "fuse", "OtherError"),
    Fault("0xC00000", "power_control_fan", "InternalError"),
)

MEASURANDS = (
    Measurand(name="Energy.Active.Import.Register", unit="Wh"),
    Measurand(name="Power.Active.Import", unit="W"),
    Measurand(name="Power.Offered", unit="W"),
    Measurand(name="SoC", unit="Percent"),
    Measurand(name="Current.Import", unit="A"),
    Measurand(name="Current.Offered", unit="A"),
    Measurand(name="Voltage", unit="V", needs="EnableMeterValuesContainVoltage"),
)

_SAMPLED_BY_DEFAULT = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Power.Offered",
    "SoC",
    "Current.Import",
    "Current.Offered",
)

SAMPLED_DATA = (
    (*_SAMPLED_BY_DEFAULT, "Voltage"),
    _SAMPLED_BY_DEFAULT,
    ("Energy.Active.Import.Register", "Power.Active.Import", "SoC"),
)

# Not pausable: at a limit of 0, each power module still delivers about 0.5 A.
SMART_CHARGING = SmartCharging(
    unit=RateUnit.WATT,
    purposes=frozenset({Purpose.TX_DEFAULT, Purpose.TX}),
    minimum=1_000,
    maximum=1_000 * max(reference.power for reference in REFERENCES),
    pausable=False,
    stack_levels=20,
    periods=50,
    profiles=40,
    unlimited_plugs=frozenset({Plug.CHADEMO}),
    maximum_keys=("ChargeLimitedPower",),
    connector_maximum_keys=("ConnectorALimitedPower", "ConnectorBLimitedPower"),
    unsupported_attributes=frozenset({"numberPhases", "minChargingRate"}),
)

OPERATIONS = frozenset(
    {
        "CancelReservation",
        "CertificateSigned",
        "ChangeAvailability",
        "ChangeConfiguration",
        "ClearCache",
        "ClearChargingProfile",
        "DataTransfer",
        "DeleteCertificate",
        "ExtendedTriggerMessage",
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

# The security extension, by the history of the guide: 2.7.06 on the 180 kW models.
OPERATIONS_SINCE = dict.fromkeys(
    (
        "CertificateSigned",
        "DeleteCertificate",
        "ExtendedTriggerMessage",
        "GetInstalledCertificateIds",
        "GetLog",
        "InstallCertificate",
        "SignedUpdateFirmware",
    ),
    "2.6.11",
)

_METHOD_KEYS = (
    "QrCodeEnabled",
    "RFIDEnabled",
    "APPEEnabled",
    "PosEnabled",
    "AutoCharge",
    "ISO15118PnCEnabled",
)


_WITHOUT_METHODS = tuple((method, "false") for method in _METHOD_KEYS)
_FREE = (("FreeCharging", "true"),)
_QR_CODES = ("QRcode1", "QRcode2")


def _authenticate_with(key: str, *methods: str, choosable: bool = True) -> Option:
    """Return the option that enables these methods, then disables all others.

    FreeCharging is disabled first, because no method can be enabled before.
    """
    return Option(
        key=key,
        settings=(
            ("FreeCharging", "false"),
            *((method, "true") for method in methods),
            *((method, "false") for method in _METHOD_KEYS if method not in methods),
        ),
        choosable=choosable,
    )


_QR_CODE = _authenticate_with("qr_code", "QrCodeEnabled")


# The charger accepts RemoteStartTransaction only while QR code, app or payment terminal
# is enabled. Methods without remote start therefore enable the QR code too, as
# AuthenticationOCPPMode does; the screen shows none while QRcode1 and QRcode2 are empty.
MODES = (
    OFFLINE_STRATEGY,
    Mode(
        key="authentication_mode",
        requires=("FreeCharging",),
        options=(
            # The guide asks only that FreeCharging is off before other methods go on.
            # A charger that also asks the reverse refuses the first way.
            Option(key="free", settings=(*_FREE, *_WITHOUT_METHODS)),
            Option(key="free", settings=(*_WITHOUT_METHODS, *_FREE)),
            _authenticate_with("badge", "QrCodeEnabled", "RFIDEnabled"),
            _authenticate_with(
                "badge_or_app", "QrCodeEnabled", "RFIDEnabled", "APPEEnabled"
            ),
            Option(
                key="remote_start_only",
                settings=(*_QR_CODE.settings, *((code, "") for code in _QR_CODES)),
            ),
            replace(_QR_CODE, any_of=_QR_CODES),
            _authenticate_with("app", "APPEEnabled"),
            _authenticate_with("terminal", "PosEnabled"),
            _authenticate_with("mac", "QrCodeEnabled", "AutoCharge"),
            _authenticate_with(
                "plug_and_charge", "QrCodeEnabled", "ISO15118PnCEnabled"
            ),
            # without remote start
            _authenticate_with("badge", "RFIDEnabled", choosable=False),
            _authenticate_with("mac", "AutoCharge", choosable=False),
            _authenticate_with(
                "plug_and_charge", "ISO15118PnCEnabled", choosable=False
            ),
            Option(
                key="several_ways",
                settings=(("FreeCharging", "false"),),
                any_of=_METHOD_KEYS,
                choosable=False,
            ),
        ),
    ),
    replace(AUTHENTICATION_MODE, excludes=("FreeCharging",)),
)

DATA_TRANSFERS = (
    DataTransfer(
        vendor_id="com.se.cost",
        message_id="CostUpdated",
        direction=Direction.TO_CHARGER,
    ),
    DataTransfer(
        vendor_id="com.se.tariff",
        message_id="TariffDownload",
        direction=Direction.TO_CHARGER,
    ),
)

TARIFF_IMAGE = TariffImage(
    file_name="tariff.png",
    maximum_size=2048 * 1024,
    ratio=(47, 26),
    best_sizes={"EVlink Pro DC180": (987, 546), "EVlink Pro DC60": (564, 312)},
)

EVLINK_PRO_DC = Product(
    key="evlink_pro_dc",
    name="EVlink Pro DC",
    manufacturer="Schneider Electric",
    guides=GUIDES,
    models=MODELS,
    reference_pattern=r"^EVD[12]S(\d+)T(BB|HB)(C|CC|C1|C5|C7)?(-AN|-G)?$",
    fingerprint=frozenset({"ChargeLimitedPower", "ConnectorALimitedPower"}),
    references=REFERENCES,
    connectors=2,
    connector_type_keys=("ConnectorAType", "ConnectorBType"),
    configuration=CONFIGURATION,
    interlocked_keys=frozenset(
        {"AuthenticationOCPPMode", "FreeCharging", "ISO15118PnCEnabled"}
    ),
    faults=FAULTS,
    measurands=MEASURANDS,
    sampled_data=SAMPLED_DATA,
    sampled_data_max_length=8,
    smart_charging=SMART_CHARGING,
    operations=OPERATIONS,
    operations_since=OPERATIONS_SINCE,
    file_transfers=frozenset({"ftp", "http", "https"}),
    without_effect=frozenset({"UnlockConnector"}),
    modes=MODES,
    data_transfers=DATA_TRANSFERS,
    tariff_image=TARIFF_IMAGE,
)
