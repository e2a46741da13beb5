"""EVlink Pro AC, as its Connectivity Guides describe it.

The facts are those of GEX1969200-11 (March 2026), with what only GEX1969200-00
(May 2022) has: the references, older names of keys, keys and faults that are gone.
Where a guide contradicts itself, the reading that a charger can follow is taken: a
value that slipped into the next column, a number or a name that wraps.
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

_VENDOR = "Schneider Electric"

_BYTE = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IPV4 = rf"^{_BYTE}(\.{_BYTE}){{3}}$"

_LOSES_NETWORK = "With a wrong value the charger drops off the network."
_BREAKS_LEAF = "With a wrong value vehicles distrust the charger's certificate."

GUIDES = (
    Guide(document="GEX1969200-11", year=2026),
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
    ConfigurationKey(
        name="AllowOfflineTxForUnknownId",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        description=(
            "Lets a badge that the charger does not know start a charge while the "
            "connection is down."
        ),
    ),
    ConfigurationKey(
        name="AuthorizationCacheEnabled",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        description=(
            "Remembers badges that were accepted lately, so that they work without "
            "asking again."
        ),
    ),
    ConfigurationKey(
        name="AuthorizeRemoteTxRequests",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        description=(
            "Has a charge that is started remotely checked like a badge before current "
            "flows."
        ),
    ),
    ConfigurationKey(
        name="ClockAlignedDataInterval",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="0",
        minimum=0,
        unit="s",
        aliases=("AlignedDataInterval",),
        description=(
            "Time between readings taken at round clock times, such as every quarter "
            "of an hour. With 0 there are none."
        ),
    ),
    ConfigurationKey(
        name="ConnectionTimeOut",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="60",
        minimum=10,
        maximum=600,
        unit="s",
        description=(
            "How long the charger waits for a cable after a badge or a remote start "
            "before it gives up."
        ),
    ),
    ConfigurationKey(
        name="ConnectorPhaseRotation",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="0.RST, 1.RST, 2.RST",
        description=(
            "The order in which the supply phases are wired to each connector, so that "
            "loads can be spread over the phases. RST is the usual order."
        ),
    ),
    ConfigurationKey(
        name="ConnectorPhaseRotationMaxLength",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="3",
        maximum=3,
        description="How many connectors the phase order can be set for.",
    ),
    ConfigurationKey(
        name="GetConfigurationMaxKeys",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="100",
        maximum=100,
        description="How many settings can be read from the charger in one go.",
    ),
    ConfigurationKey(
        name="HeartbeatInterval",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="30",
        minimum=1,
        maximum=86_400,
        unit="s",
        description=(
            "How often the charger gives a sign of life when it has nothing else to "
            "say."
        ),
    ),
    ConfigurationKey(
        name="LightIntensity",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="80",
        minimum=0,
        maximum=100,
        unit="%",
        aliases=("LedIntensity",),
        description="Brightness of the charger's light during its day hours.",
    ),
    ConfigurationKey(
        name="LocalAuthorizeOffline",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        description=(
            "Lets badges that are stored in the charger start a charge while the "
            "connection is down."
        ),
    ),
    ConfigurationKey(
        name="LocalPreAuthorize",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        description=(
            "Starts charging at once for a badge that is stored in the charger and has "
            "it confirmed afterwards."
        ),
    ),
    ConfigurationKey(
        name="MeterValuesAlignedData",
        type=KeyType.LIST,
        access=Access.READ_WRITE,
        default="Energy.Active.Import.Register",
        aliases=("AlignedData",),
        description="The quantities that are reported at round clock times.",
    ),
    ConfigurationKey(
        name="MeterValuesAlignedDataMaxLength",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="10",
        maximum=10,
        aliases=("AlignedDataMaxLength",),
        description="How many quantities can be reported at round clock times.",
    ),
    ConfigurationKey(
        name="MeterValuesSampledData",
        type=KeyType.LIST,
        access=Access.READ_WRITE,
        default="Energy.Active.Import.Register",
        aliases=("SampledData",),
        description=(
            "The quantities that are reported regularly while a vehicle charges."
        ),
    ),
    ConfigurationKey(
        name="MeterValuesSampledDataMaxLength",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="10",
        maximum=10,
        aliases=("SampledDataMaxLength",),
        description=(
            "How many quantities can be reported regularly while a vehicle charges."
        ),
    ),
    ConfigurationKey(
        name="MeterValueSampleInterval",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="0",
        minimum=0,
        unit="s",
        aliases=("SampledDataInterval",),
        description=(
            "Time between two reports of the meter while a vehicle charges. With 0 "
            "power and current stay unknown."
        ),
    ),
    ConfigurationKey(
        name="MinimumStatusDuration",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="5",
        minimum=0,
        maximum=120,
        unit="s",
        description="How long a new state has to last before the charger reports it.",
    ),
    ConfigurationKey(
        name="NumberOfConnectors",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="1",
        minimum=1,
        maximum=2,
        description="How many connectors the charger counts.",
    ),
    ConfigurationKey(
        name="ResetRetries",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="3",
        minimum=1,
        maximum=5,
        description="How often the charger tries again when a restart fails.",
    ),
    ConfigurationKey(
        name="StopTransactionOnEVSideDisconnect",
        type=KeyType.BOOLEAN,
        access=Access.READ_ONLY,
        default="True",
        description="Ends the charge when the cable is pulled out of the vehicle.",
    ),
    ConfigurationKey(
        name="StopTransactionOnInvalidId",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        description="Ends a running charge when its badge turns out to be refused.",
    ),
    ConfigurationKey(
        name="StopTxnAlignedData",
        type=KeyType.LIST,
        access=Access.READ_WRITE,
        aliases=("AlignedDataTxEnded",),
        description=(
            "The quantities read at round clock times that the charger adds to its "
            "report of a finished charge."
        ),
    ),
    ConfigurationKey(
        name="StopTxnAlignedDataMaxLength",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="5",
        maximum=5,
        aliases=("AlignedDataTxEndedMaxLength",),
        description=(
            "How many quantities read at round clock times fit into the report of a "
            "finished charge."
        ),
    ),
    ConfigurationKey(
        name="StopTxnSampledData",
        type=KeyType.LIST,
        access=Access.READ_WRITE,
        aliases=("SampledDataTxEnded",),
        description=(
            "The regularly read quantities that the charger adds to its report of a "
            "finished charge."
        ),
    ),
    ConfigurationKey(
        name="StopTxnSampledDataMaxLength",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="5",
        maximum=5,
        aliases=("SampledDataTxEndedMaxLength",),
        description=(
            "How many regularly read quantities fit into the report of a finished "
            "charge."
        ),
    ),
    ConfigurationKey(
        name="SupportedFeatureProfiles",
        type=KeyType.LIST,
        access=Access.READ_ONLY,
        default=(
            "Core,FirmwareManagement,Reservation,SmartCharging,"
            "RemoteTrigger,LocalAuthListManagement"
        ),
        maximum=65_535,
        description="The parts of OCPP that the charger masters.",
    ),
    ConfigurationKey(
        name="SupportedFeatureProfilesMaxLength",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="5",
        minimum=0,
        maximum=65_535,
        description="How many parts of OCPP the charger says that it can list.",
    ),
    ConfigurationKey(
        name="TransactionMessageAttempts",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="0",
        minimum=0,
        aliases=("MessageAttemptsTransactionEvent",),
        description=(
            "How often the charger tries to deliver the report of a charge that was "
            "not accepted. At 0 a report may be lost."
        ),
    ),
    ConfigurationKey(
        name="TransactionMessageRetryInterval",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="0",
        minimum=0,
        unit="s",
        aliases=("MessageAttemptIntervalTransactionEvent",),
        description=(
            "How long the charger waits before it delivers the report of a charge "
            "again."
        ),
    ),
    ConfigurationKey(
        name="UnlockConnectorOnEVSideDisconnect",
        type=KeyType.BOOLEAN,
        access=Access.READ_ONLY,
        default="True",
        description=(
            "Releases the cable at the charger when it is pulled out of the vehicle."
        ),
    ),
    ConfigurationKey(
        name="WebsocketPingInterval",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="30",
        minimum=0,
        maximum=180,
        unit="s",
        description=(
            "How often the charger checks that its connection still stands. With 0 it "
            "does not check."
        ),
        risk=(
            "With a wrong interval the charger drops good connections or fails to "
            "notice dead ones."
        ),
    ),
    ConfigurationKey(
        name="LocalAuthListEnabled",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        description="Uses the list of badges that is stored in the charger.",
    ),
    ConfigurationKey(
        name="LocalAuthListMaxLength",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="100",
        maximum=100,
        description="How many badges fit into the charger's own list.",
    ),
    ConfigurationKey(
        name="SendLocalListMaxLength",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="100",
        maximum=100,
        description="How many badges can be sent to the charger at a time.",
    ),
    ConfigurationKey(
        name="ReserveConnectorZeroSupported",
        type=KeyType.BOOLEAN,
        access=Access.READ_ONLY,
        default="True",
        description=(
            "Tells whether a reservation can leave open which connector it will use."
        ),
    ),
    ConfigurationKey(
        name="ChargeProfileMaxStackLevel",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="999",
        maximum=999,
        description="The highest priority that a charging limit can have.",
    ),
    ConfigurationKey(
        name="ChargingScheduleAllowedChargingRateUnit",
        type=KeyType.LIST,
        access=Access.READ_ONLY,
        default="Current",
        description=(
            "Whether charging limits are set as a current, as a power or either way."
        ),
    ),
    ConfigurationKey(
        name="ChargingScheduleMaxPeriods",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="50",
        maximum=50,
        description="How many steps a charging plan can have.",
    ),
    ConfigurationKey(
        name="ConnectorSwitch3to1PhaseSupported",
        type=KeyType.BOOLEAN,
        access=Access.READ_ONLY,
        default="False",
        description=(
            "Tells whether the charger can change from three phases to one while it "
            "charges."
        ),
    ),
    ConfigurationKey(
        name="MaxChargingProfilesInstalled",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="99",
        maximum=99,
        description="How many charging limits and plans the charger can hold.",
    ),
    ConfigurationKey(
        name="CpoName",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        description=(
            "Name of the operator that the charger puts into requests for its own "
            "certificate."
        ),
    ),
    ConfigurationKey(
        name="AuthorizationKey",
        type=KeyType.TEXT,
        access=Access.WRITE_ONLY,
        default="EVlink_Pro_AC_Autho",
        maximum=20,
        standard=False,
        description=(
            "Password with which the charger signs in to its central system. It is set "
            "with the eSetup app."
        ),
        risk=(
            "With another password than the central system expects the charger can no "
            "longer sign in."
        ),
    ),
    ConfigurationKey(
        name="SupervisionUrl",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        maximum=255,
        pattern="^wss?://.+$",
        standard=False,
        description="Address of the central system that the charger dials.",
        risk=(
            "With a wrong address the charger never comes back to this central system."
        ),
    ),
    ConfigurationKey(
        name="BoxIdentifier",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        maximum=50,
        standard=False,
        description="Name under which the charger signs in to its central system.",
        risk=(
            "Under another name the charger is a stranger here and loses its settings "
            "and history."
        ),
    ),
    ConfigurationKey(
        name="EvPresenceNotification",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        description=(
            "Reports when a detection loop in the ground senses a vehicle in the "
            "parking space."
        ),
    ),
    ConfigurationKey(
        name="AuthenticationOCPPMode",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        standard=False,
        description=(
            "Asks for a badge before charging. When off, whoever plugs in can charge."
        ),
    ),
    ConfigurationKey(
        name="DefaultIdTag",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="18237379292",
        maximum=20,
        pattern="^[0-9A-Za-z]*$",
        standard=False,
        description=(
            "Badge number that stands in for a real one when the charger asks for no "
            "badge."
        ),
    ),
    ConfigurationKey(
        name="CompressDiagnostic",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        standard=False,
        description=(
            "Packs the maintenance report into a smaller file before it is uploaded."
        ),
    ),
    ConfigurationKey(
        name="PlugNumberingMode",
        type=KeyType.CHOICE,
        access=Access.READ_WRITE,
        default="0",
        choices={"0": "shared", "1": "separate"},
        standard=False,
        description=(
            "Whether the vehicle socket and the domestic socket share one connector "
            "number or have one each."
        ),
    ),
    ConfigurationKey(
        name="DhcpEnabled",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        standard=False,
        description=(
            "Takes the network settings from the router in place of fixed ones."
        ),
        risk=_LOSES_NETWORK,
    ),
    ConfigurationKey(
        name="IpAddress",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="192.168.0.102",
        pattern=_IPV4,
        standard=False,
        description=(
            "The charger's own address in the network, fixed or given by the router."
        ),
        risk=_LOSES_NETWORK,
    ),
    ConfigurationKey(
        name="NetworkSubmask",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="255.255.255.0",
        pattern=_IPV4,
        standard=False,
        description="Tells which addresses belong to the charger's own network.",
        risk=_LOSES_NETWORK,
    ),
    ConfigurationKey(
        name="NetworkGateway",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="192.168.0.254",
        pattern=_IPV4,
        standard=False,
        description=(
            "Address of the router through which the charger reaches other networks."
        ),
        risk=_LOSES_NETWORK,
    ),
    ConfigurationKey(
        name="DnsAddress1",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="8.8.8.8",
        pattern=_IPV4,
        standard=False,
        description=(
            "Address of the server that the charger asks first to look up names."
        ),
        risk=_LOSES_NETWORK,
    ),
    ConfigurationKey(
        name="DnsAddress2",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="4.4.4.4",
        pattern=_IPV4,
        standard=False,
        description=(
            "Address of the server that the charger asks for names when the first is "
            "silent."
        ),
        risk=_LOSES_NETWORK,
    ),
    ConfigurationKey(
        name="RestoreTimeout",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="600",
        minimum=0,
        maximum=86_400,
        unit="s",
        standard=False,
        description=(
            "How long the charger waits after a power cut before it charges again."
        ),
    ),
    ConfigurationKey(
        name="SelfSignedCertificateAuthorized",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        description=(
            "Trusts a central system whose certificate no known authority has signed."
        ),
        risk=(
            "When off, the charger refuses a secured central system that made its own "
            "certificate."
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
            "The least time between the readings that go into the report of a finished "
            "charge."
        ),
    ),
    ConfigurationKey(
        name="MeterPublicKey",
        type=KeyType.TEXT,
        access=Access.READ_ONLY,
        aliases=("PowerMeterPublicKey",),
        standard=False,
        since="1.2.2",
        description=(
            "Key with which readings of a calibrated meter can be verified, on "
            "chargers that follow German calibration law."
        ),
    ),
    ConfigurationKey(
        name="StationName",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        minimum=0,
        maximum=31,
        pattern=r"^[0-9A-Za-z _.\u2013\-]*$",
        standard=False,
        description=(
            "Name of the charger. It leaves the factory as ProAC with its serial "
            "number."
        ),
    ),
    ConfigurationKey(
        name="SecurityEventsEnabled",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="True",
        standard=False,
        description=(
            "Reports events that concern the charger's security, such as a failed "
            "sign-in."
        ),
    ),
    ConfigurationKey(
        name="SecurityProfile",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="0",
        minimum=0,
        maximum=2,
        standard=False,
        description=(
            "How the connection is secured: 0 not at all, 1 with a password, 2 with a "
            "password over TLS."
        ),
        risk=(
            "A level that the central system is not set up for locks the charger out, "
            "and it may refuse to go back."
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
        description="How many readings the report of a finished charge can hold.",
    ),
    ConfigurationKey(
        name="ModbusEnable",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        description=(
            "Lets other devices in the network read and steer the charger over Modbus."
        ),
    ),
    ConfigurationKey(
        name="OcppEnable",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        description="Connects the charger to a central system.",
        risk=(
            "When off, the charger leaves its central system and can be brought back "
            "only on site."
        ),
    ),
    ConfigurationKey(
        name="ResendBootNotificationInterval",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="40",
        minimum=0,
        maximum=65_535,
        unit="s",
        standard=False,
        description="How long the charger waits before it announces itself again.",
    ),
    ConfigurationKey(
        name="iMaxDeratingSwCapacity",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="32",
        minimum=10,
        maximum=32,
        unit="A",
        standard=False,
        writable_since="1.5.0",
        description=(
            "The most current that the charger draws on each phase. Meant for the "
            "limits of the installation, not for steering from minute to minute."
        ),
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
        description="The most current that the domestic socket gives: 6, 8 or 10 A.",
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
            "Time at which the light changes to its day brightness, by the charger's "
            "own clock."
        ),
    ),
    ConfigurationKey(
        name="LedDayEndHour",
        type=KeyType.TIME,
        access=Access.READ_WRITE,
        default="20:00",
        standard=False,
        description=(
            "Time at which the light changes to its night brightness, by the charger's "
            "own clock."
        ),
    ),
    ConfigurationKey(
        name="WebsocketConnectionTimeout",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="5",
        minimum=5,
        maximum=60,
        unit="s",
        standard=False,
        description="How long the charger waits for its central system to pick up.",
        risk=(
            "With too short a wait the charger gives up before a slow network has "
            "answered."
        ),
    ),
    ConfigurationKey(
        name="WebsocketRequestTimeout",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="10",
        minimum=10,
        maximum=60,
        unit="s",
        standard=False,
        description="How long the charger waits for the answer to a message.",
        risk=(
            "With a wrong wait the charger takes good answers for lost or hangs on "
            "dead ones."
        ),
    ),
    ConfigurationKey(
        name="CertificateStoreMaxLength",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="10",
        maximum=10,
        standard=False,
        description="How many root certificates the charger can keep.",
        risk=(
            "A store that is too small cannot hold the certificates of a secured "
            "connection."
        ),
    ),
    ConfigurationKey(
        name="MeterMID",
        type=KeyType.BOOLEAN,
        access=Access.READ_ONLY,
        standard=False,
        description=(
            "Tells whether the built-in meter is certified for billing in Europe (MID)."
        ),
    ),
    ConfigurationKey(
        name="CertificateSignedMaxChainSize",
        type=KeyType.INTEGER,
        access=Access.READ_ONLY,
        default="10000",
        maximum=10_000,
        standard=False,
        description=(
            "The largest signed certificate, with those above it, that the charger "
            "takes."
        ),
        risk=(
            "With too low a limit the charger refuses the certificates of a secured "
            "connection."
        ),
    ),
    ConfigurationKey(
        name="ISO15118PnCEnabled",
        type=KeyType.BOOLEAN,
        access=Access.READ_ONLY,
        default="False",
        standard=False,
        since="2.0.0",
        description=(
            "Tells whether the vehicle can identify itself by its certificate (Plug & "
            "Charge)."
        ),
        risk=(
            "Without working certificates Plug & Charge can keep vehicles from "
            "charging."
        ),
    ),
    ConfigurationKey(
        name="SeccLeafSubjectOrganization",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="Schneider Electric",
        minimum=0,
        maximum=64,
        standard=False,
        since="2.0.0",
        description=(
            "Operator's name in the certificate that the charger shows to vehicles."
        ),
        risk=_BREAKS_LEAF,
    ),
    ConfigurationKey(
        name="SeccLeafSubjectCommonName",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="ZZ00000",
        minimum=7,
        maximum=64,
        standard=False,
        since="2.0.0",
        description="The charger's name in the certificate that it shows to vehicles.",
        risk=_BREAKS_LEAF,
    ),
    ConfigurationKey(
        name="SeccLeafSubjectCountry",
        type=KeyType.TEXT,
        access=Access.READ_WRITE,
        default="FR",
        minimum=2,
        maximum=2,
        pattern="^[A-Z]{2}$",
        standard=False,
        since="2.0.0",
        description=(
            "Operator's country, as two letters, in the certificate that the charger "
            "shows to vehicles."
        ),
        risk=_BREAKS_LEAF,
    ),
    ConfigurationKey(
        name="CentralContractValidationAllowed",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        since="2.0.0",
        description=(
            "Passes a vehicle's contract on to the central system when the charger "
            "cannot check it."
        ),
    ),
    ConfigurationKey(
        name="CertSigningRepeatTimes",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="1",
        minimum=0,
        maximum=60,
        standard=False,
        since="2.0.0",
        description=(
            "How often the wait for an ordered certificate is doubled before the "
            "charger stops asking."
        ),
        risk="With too few tries the charger may be left without a valid certificate.",
    ),
    ConfigurationKey(
        name="CertSigningWaitMinimum",
        type=KeyType.INTEGER,
        access=Access.READ_WRITE,
        default="2",
        minimum=0,
        maximum=60,
        unit="s",
        standard=False,
        since="2.0.0",
        description=(
            "How long the charger first waits for an ordered certificate before it "
            "asks anew."
        ),
        risk="With too short a wait the charger orders certificates over and over.",
    ),
    ConfigurationKey(
        name="ContractValidationOffline",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        since="2.0.0",
        description=(
            "Has the charger check a vehicle's contract by itself while the connection "
            "is down."
        ),
    ),
    ConfigurationKey(
        name="ISO15118ChargeEnabled",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        default="False",
        standard=False,
        since="2.0.1",
        description=(
            "Talks to vehicles by ISO 15118, on chargers with that extension card."
        ),
        risk="Vehicles that get on badly with ISO 15118 may no longer charge.",
    ),
    ConfigurationKey(
        name="EnableDoubleNotification",
        type=KeyType.BOOLEAN,
        access=Access.READ_WRITE,
        standard=False,
        removed=True,
        description=(
            "Reports each change of state for both connector numbers, on chargers of "
            "2022."
        ),
    ),
    ConfigurationKey(
        name="PhasesConnection",
        type=KeyType.CHOICE,
        access=Access.READ_WRITE,
        choices={
            "1": "tri_123",
            "2": "tri_231",
            "3": "tri_312",
            "4": "mono_1",
            "5": "mono_2",
            "6": "mono_3",
        },
        standard=False,
        removed=True,
        description=(
            "Which supply phases the charger is wired to and in which order, on "
            "chargers of 2022."
        ),
    ),
)

FAULTS = (
    Fault(
        code="1.0",
        key="capacity_out_of_range",
        name="Current setting out of range",
        error_code="OtherError",
        description=(
            "The switches inside the charger are set to a current that it does not "
            "know."
        ),
        advice="Have an electrician check the switches inside the charger.",
        removed=True,
    ),
    Fault(
        code="1.1",
        key="software_downgrade",
        name="Software downgrade",
        error_code="OtherError",
        description="The charger runs an older software than it had before.",
        advice="Update the charger to its newest firmware.",
    ),
    Fault(
        code="2.0",
        key="mother_board",
        name="Mother board fault",
        error_code="InternalError",
        description="The main electronics of the charger have failed.",
        advice="Restart the charger once. If the fault returns, call your installer.",
    ),
    Fault(
        code="2.1",
        key="physical_derating",
        name="Current limit switches",
        error_code="InternalError",
        description=(
            "The switches that limit the current are set wrongly, or were moved during "
            "a charge."
        ),
        advice=(
            "Have an electrician set the switches as the installation guide shows, "
            "then restart the charger."
        ),
    ),
    Fault(
        code="2.2",
        key="leakage_sensor_plug",
        name="Leakage sensor unplugged",
        error_code="InternalError",
        description="The plug of the sensor for direct current leakage is missing.",
        advice="Do not use the charger. Call your installer.",
    ),
    Fault(
        code="2.4",
        key="temperature_sensor",
        name="Temperature sensor fault",
        error_code="InternalError",
        description=(
            "The charger cannot read its own temperature. Only models under German "
            "calibration law have this sensor."
        ),
        advice="Restart the charger once. If the fault returns, call your installer.",
    ),
    Fault(
        code="3.0",
        key="upstream_protection",
        name="Upstream protection tripped",
        error_code="OverCurrentFailure",
        description=(
            "The protection upstream of the charger has switched off, or its contactor "
            "did not follow."
        ),
        advice=(
            "Have an electrician find the cause before the protection is switched on "
            "again."
        ),
    ),
    Fault(
        code="4.0",
        key="leakage_sensor",
        name="Leakage sensor fault",
        error_code="InternalError",
        description=(
            "The device that watches for direct current leakage has found a defect in "
            "itself."
        ),
        advice=(
            "Restart the charger once. If the fault returns, leave it switched off and "
            "call your installer."
        ),
    ),
    Fault(
        code="5.0",
        key="leakage_current",
        name="Direct current leakage",
        error_code="OtherError",
        description=(
            "More than 6 mA of direct current is leaking, often because of the vehicle "
            "or its cable."
        ),
        advice=(
            "Unplug the vehicle and try another cable or vehicle. If the fault stays, "
            "call your installer."
        ),
    ),
    Fault(
        code="6.0",
        key="input_voltage",
        name="Supply voltage fault",
        error_code="InternalError",
        description=(
            "The supply has a wrong voltage or frequency, or a phase is missing or "
            "swapped."
        ),
        advice=(
            "Check whether the house has power on all phases. If it has, call your "
            "installer."
        ),
    ),
    Fault(
        code="6.1",
        key="metering_board",
        name="Metering board fault",
        error_code="InternalError",
        description="The built-in metering electronics do not work properly.",
        advice="Restart the charger once. If the fault returns, call your installer.",
    ),
    Fault(
        code="7.0",
        key="power_meter_communication",
        name="Power meter unreachable",
        error_code="InternalError",
        description=(
            "The energy meter, built in or external, did not answer three times in a "
            "row."
        ),
        advice=(
            "Check that an external meter has power. Otherwise have the meter's wiring "
            "and address checked."
        ),
    ),
    Fault(
        code="7.1",
        key="meter_dataset",
        name="Meter data invalid",
        error_code="InternalError",
        description=(
            "The signed readings of the meter could not be verified or are damaged."
        ),
        advice=(
            "Restart the charger once. Until the fault is gone, do not bill by these "
            "readings."
        ),
    ),
    Fault(
        code="8.0",
        key="bluetooth",
        name="Bluetooth fault",
        error_code="InternalError",
        description=(
            "The Bluetooth part of the charger does not answer or could not be updated."
        ),
        advice="Restart the charger. Without Bluetooth the eSetup app cannot reach it.",
    ),
    Fault(
        code="9.0",
        key="badge_reader",
        name="Badge reader fault",
        error_code="ReaderFailure",
        description="The charger has no contact with its badge reader.",
        advice=(
            "Restart the charger. If badges still are not read, call your installer."
        ),
    ),
    Fault(
        code="10.0",
        key="control_pilot",
        name="No talk with the vehicle",
        error_code="EVCommunicationError",
        description=(
            "The signal line between charger and vehicle, the control pilot, does not "
            "work."
        ),
        advice=(
            "Unplug both ends of the cable, look for dirt or damage and plug in again. "
            "Try another cable."
        ),
    ),
    Fault(
        code="10.1",
        key="plug_presence",
        name="Cable not recognised",
        error_code="EVCommunicationError",
        description="The charger cannot tell what current the cable can carry.",
        advice="Push the plug in fully. If that does not help, use another cable.",
    ),
    Fault(
        code="10.2",
        key="control_pilot_short_circuit",
        name="Control pilot short circuit",
        error_code="EVCommunicationError",
        description="The signal line to the vehicle has a short circuit.",
        advice=(
            "Unplug the cable and do not use it again until it has been checked. Try "
            "another one."
        ),
    ),
    Fault(
        code="11.0",
        key="connector_lock",
        name="Cable lock fault",
        error_code="ConnectorLockFailure",
        description=(
            "The lock could not hold or free the plug, for instance because the plug "
            "was moved meanwhile or the motor is stuck."
        ),
        advice=(
            "Take the strain off the cable, push the plug in fully and try again. "
            "Never pull by force."
        ),
    ),
    Fault(
        code="12.0",
        key="contactor",
        name="Contactor fault",
        error_code="InternalError",
        description=(
            "The switch for the charging current does not obey: it is stuck on or off."
        ),
        advice=(
            "Stop using the charger, switch off its circuit breaker and call your "
            "installer."
        ),
    ),
    Fault(
        code="13.0",
        key="three_phase_load",
        name="Three phases not allowed",
        error_code="OtherError",
        description=(
            "A vehicle without full signalling tried to charge on three phases."
        ),
        advice="Charge this vehicle on one phase or with a cable that is made for it.",
    ),
    Fault(
        code="14.0",
        key="vehicle_overconsumption",
        name="Vehicle draws too much",
        error_code="OverCurrentFailure",
        description="The vehicle drew more current than the charger had allowed.",
        advice=(
            "Unplug and charge again. If it happens often, have the vehicle's charging "
            "system checked."
        ),
    ),
    Fault(
        code="15.0",
        key="ventilation_not_allowed",
        name="Ventilation required",
        error_code="OtherError",
        description=(
            "The vehicle asks for a ventilated room because its battery can give off "
            "gas, which the charger does not support."
        ),
        advice="Do not charge this vehicle here.",
    ),
    Fault(
        code="16.0",
        key="load_manager_communication",
        name="Load manager unreachable",
        error_code="OtherError",
        description=(
            "The charger has lost its connection to the EV Charging Expert load "
            "manager."
        ),
        advice=(
            "Check that the load manager has power and that the network between the "
            "two works."
        ),
    ),
    Fault(
        code="17.0",
        key="supervision",
        name="Supervision fault",
        error_code="OtherError",
        description="The connection to the central system failed or is set up wrongly.",
        advice=(
            "Check the network and the address of the central system that the charger "
            "has been given."
        ),
    ),
    Fault(
        code="18.0",
        key="energy_management",
        name="Energy management unreachable",
        error_code="OtherError",
        description=(
            "The charger no longer hears the utility meter (TIC) or the Modbus meter "
            "that it adapts its current to."
        ),
        advice=(
            "Check that the meter has power. If so, have its wiring to the charger "
            "checked."
        ),
    ),
    Fault(
        code="18.1",
        key="energy_management_meter",
        name="Energy management meter unreachable",
        error_code="OtherError",
        description=(
            "The charger no longer hears the Modbus meter that it adapts its current "
            "to."
        ),
        advice=(
            "Check that the meter has power. If so, have its wiring to the charger "
            "checked."
        ),
        removed=True,
    ),
    Fault(
        code="19.0",
        key="temperature",
        name="Temperature out of range",
        error_code="OtherError",
        description=(
            "The charger is too hot or too cold to charge. Only models under German "
            "calibration law report this."
        ),
        advice=(
            "Wait until the charger has cooled down or warmed up, and keep direct sun "
            "off it."
        ),
    ),
)

# From firmware 1.6.0 on, voltage can be asked for without a phase too.
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
    references=REFERENCES,
    connectors=2,
    configuration=CONFIGURATION,
    faults=FAULTS,
    measurands=MEASURANDS,
    sampled_data=SAMPLED_DATA,
    sampled_data_max_length=10,
    smart_charging=SMART_CHARGING,
    operations=OPERATIONS,
    data_transfers=DATA_TRANSFERS,
)
