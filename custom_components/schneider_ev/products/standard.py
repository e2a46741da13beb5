"""The configuration keys that more than one product has, each described once.

They are those of OCPP 1.6, of its white papers (security, Plug & Charge) and of
Schneider Electric. The keys of OCPP have OCPP's own access, and no bounds but those
that follow from what a key means. A product adds what is its own: defaults, bounds,
access, earlier names, firmware, risks. It takes a key by `standard` if its guide lists
the key as one of OCPP, and by `shared` if it lists it beside those.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypedDict, Unpack

from .model import Access, ConfigurationKey, KeyType

_BOOLEAN = KeyType.BOOLEAN
_CHOICE = KeyType.CHOICE
_INTEGER = KeyType.INTEGER
_LIST = KeyType.LIST
_TEXT = KeyType.TEXT
_READ_ONLY = Access.READ_ONLY
_WRITE_ONLY = Access.WRITE_ONLY

_BYTE = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IPV4 = rf"^{_BYTE}(\.{_BYTE}){{3}}$"

_LOSES_NETWORK = "With a wrong value the charger drops off the network."
_BREAKS_LEAF = "With a wrong value vehicles distrust the charger's certificate."


class Facts(TypedDict, total=False):
    """What a product says of a key itself: see `ConfigurationKey`."""

    access: Access
    description: str
    default: str | None
    minimum: int | None
    maximum: int | None
    unit: str | None
    choices: Mapping[str, str]
    pattern: str | None
    aliases: tuple[str, ...]
    since: str | None
    writable_since: str | None
    removed: bool
    risk: str | None
    set_with: str


def standard(name: str, **facts: Unpack[Facts]) -> ConfigurationKey:
    """Return a key that a product's guide lists as one of OCPP, in its own spelling."""
    return replace(_KEYS[name.casefold()], name=name, standard=True, **facts)


def shared(name: str, **facts: Unpack[Facts]) -> ConfigurationKey:
    """Return a key that a product's guide lists beside those of OCPP."""
    return replace(_KEYS[name.casefold()], name=name, standard=False, **facts)


def _key(
    name: str, kind: KeyType, text: str, **facts: Unpack[Facts]
) -> ConfigurationKey:
    key = ConfigurationKey(
        name=name, type=kind, access=Access.READ_WRITE, description=text
    )
    return replace(key, **facts)


# OCPP 1.6, section 9
STANDARD = (
    # 9.1: Core
    _key(
        "AllowOfflineTxForUnknownId",
        _BOOLEAN,
        "Lets a badge that the charger does not know start a charge while the "
        "connection is down.",
    ),
    _key(
        "AuthorizationCacheEnabled",
        _BOOLEAN,
        "Remembers badges that were accepted lately, so that they work without asking "
        "again.",
    ),
    _key(
        "AuthorizeRemoteTxRequests",
        _BOOLEAN,
        "Has a charge that is started remotely checked like a badge before current "
        "flows.",
    ),
    _key(
        "BlinkRepeat",
        _INTEGER,
        "How often the charger blinks when it has something to show.",
        minimum=0,
    ),
    _key(
        "ClockAlignedDataInterval",
        _INTEGER,
        "Time between readings taken at round clock times, such as every quarter of an "
        "hour. With 0 there are none.",
        minimum=0,
        unit="s",
    ),
    _key(
        "ConnectionTimeOut",
        _INTEGER,
        "How long the charger waits for a cable after a badge or a remote start before "
        "it gives up.",
        minimum=0,
        unit="s",
    ),
    _key(
        "ConnectorPhaseRotation",
        _TEXT,
        "The order in which the supply phases are wired to each connector, so that "
        "loads can be spread over the phases. RST is the usual order.",
    ),
    _key(
        "ConnectorPhaseRotationMaxLength",
        _INTEGER,
        "How many connectors the phase order can be set for.",
        access=_READ_ONLY,
    ),
    _key(
        "GetConfigurationMaxKeys",
        _INTEGER,
        "How many settings can be read from the charger in one go.",
        access=_READ_ONLY,
    ),
    _key(
        "HeartbeatInterval",
        _INTEGER,
        "How often the charger gives a sign of life when it has nothing else to say.",
        minimum=0,
        unit="s",
    ),
    _key(
        "LightIntensity",
        _INTEGER,
        "Brightness of the charger's light.",
        minimum=0,
        maximum=100,
        unit="%",
    ),
    _key(
        "LocalAuthorizeOffline",
        _BOOLEAN,
        "Lets badges that are stored in the charger start a charge while the "
        "connection is down.",
    ),
    _key(
        "LocalPreAuthorize",
        _BOOLEAN,
        "Starts charging at once for a badge that is stored in the charger and has it "
        "confirmed afterwards.",
    ),
    _key(
        "MaxEnergyOnInvalidId",
        _INTEGER,
        "How much energy a charge still gets after its badge turned out to be refused.",
        minimum=0,
        unit="Wh",
    ),
    _key(
        "MeterValuesAlignedData",
        _LIST,
        "The quantities that are reported at round clock times.",
    ),
    _key(
        "MeterValuesAlignedDataMaxLength",
        _INTEGER,
        "How many quantities can be reported at round clock times.",
        access=_READ_ONLY,
    ),
    _key(
        "MeterValuesSampledData",
        _LIST,
        "The quantities that are reported regularly while a vehicle charges.",
    ),
    _key(
        "MeterValuesSampledDataMaxLength",
        _INTEGER,
        "How many quantities can be reported regularly while a vehicle charges.",
        access=_READ_ONLY,
    ),
    _key(
        "MeterValueSampleInterval",
        _INTEGER,
        "Time between two reports of the meter while a vehicle charges. With 0 power "
        "and current stay unknown.",
        minimum=0,
        unit="s",
    ),
    _key(
        "MinimumStatusDuration",
        _INTEGER,
        "How long a new state has to last before the charger reports it.",
        minimum=0,
        unit="s",
    ),
    _key(
        "NumberOfConnectors",
        _INTEGER,
        "How many connectors the charger counts.",
        access=_READ_ONLY,
    ),
    _key(
        "ResetRetries",
        _INTEGER,
        "How often the charger tries again when a restart fails.",
        minimum=0,
    ),
    _key(
        "StopTransactionOnEVSideDisconnect",
        _BOOLEAN,
        "Ends the charge when the cable is pulled out of the vehicle.",
    ),
    _key(
        "StopTransactionOnInvalidId",
        _BOOLEAN,
        "Ends a running charge when its badge turns out to be refused.",
    ),
    _key(
        "StopTxnAlignedData",
        _LIST,
        "The quantities read at round clock times that the charger adds to its report "
        "of a finished charge.",
    ),
    _key(
        "StopTxnAlignedDataMaxLength",
        _INTEGER,
        "How many quantities read at round clock times fit into the report of a "
        "finished charge.",
        access=_READ_ONLY,
    ),
    _key(
        "StopTxnSampledData",
        _LIST,
        "The regularly read quantities that the charger adds to its report of a "
        "finished charge.",
    ),
    _key(
        "StopTxnSampledDataMaxLength",
        _INTEGER,
        "How many regularly read quantities fit into the report of a finished charge.",
        access=_READ_ONLY,
    ),
    _key(
        "SupportedFeatureProfiles",
        _LIST,
        "The parts of OCPP that the charger masters.",
        access=_READ_ONLY,
    ),
    _key(
        "SupportedFeatureProfilesMaxLength",
        _INTEGER,
        "How many parts of OCPP the charger says that it can list.",
        access=_READ_ONLY,
    ),
    _key(
        "TransactionMessageAttempts",
        _INTEGER,
        "How often the charger tries to deliver the report of a charge that was not "
        "accepted. At 0 a report may be lost.",
        minimum=0,
    ),
    _key(
        "TransactionMessageRetryInterval",
        _INTEGER,
        "How long the charger waits before it delivers the report of a charge again.",
        minimum=0,
        unit="s",
    ),
    _key(
        "UnlockConnectorOnEVSideDisconnect",
        _BOOLEAN,
        "Releases the cable at the charger when it is pulled out of the vehicle.",
    ),
    _key(
        "WebSocketPingInterval",
        _INTEGER,
        "How often the charger checks that its connection still stands. With 0 it does "
        "not check.",
        minimum=0,
        unit="s",
        risk=(
            "With a wrong interval the charger drops good connections or fails to "
            "notice dead ones."
        ),
    ),
    # 9.2: local list
    _key(
        "LocalAuthListEnabled",
        _BOOLEAN,
        "Uses the list of badges that is stored in the charger.",
    ),
    _key(
        "LocalAuthListMaxLength",
        _INTEGER,
        "How many badges fit into the charger's own list.",
        access=_READ_ONLY,
    ),
    _key(
        "SendLocalListMaxLength",
        _INTEGER,
        "How many badges can be sent to the charger at a time.",
        access=_READ_ONLY,
    ),
    # 9.3: reservation
    _key(
        "ReserveConnectorZeroSupported",
        _BOOLEAN,
        "Tells whether a reservation can leave open which connector it will use.",
        access=_READ_ONLY,
    ),
    # 9.4: smart charging
    _key(
        "ChargeProfileMaxStackLevel",
        _INTEGER,
        "The highest priority that a charging limit can have.",
        access=_READ_ONLY,
    ),
    _key(
        "ChargingScheduleAllowedChargingRateUnit",
        _LIST,
        "Whether charging limits are set as a current, as a power or either way.",
        access=_READ_ONLY,
    ),
    _key(
        "ChargingScheduleMaxPeriods",
        _INTEGER,
        "How many steps a charging plan can have.",
        access=_READ_ONLY,
    ),
    _key(
        "ConnectorSwitch3to1PhaseSupported",
        _BOOLEAN,
        "Tells whether the charger can change from three phases to one while it "
        "charges.",
        access=_READ_ONLY,
    ),
    _key(
        "MaxChargingProfilesInstalled",
        _INTEGER,
        "How many charging limits and plans the charger can hold.",
        access=_READ_ONLY,
    ),
    # 9.5, which the errata sheet adds: firmware
    _key(
        "SupportedFileTransferProtocols",
        _LIST,
        "The ways in which the charger can fetch and deliver files.",
        access=_READ_ONLY,
    ),
)

_OTHERS = (
    # The security white paper
    _key(
        "AdditionalRootCertificateCheck",
        _BOOLEAN,
        "Accepts a new root certificate of the central system only if the old one has "
        "signed it.",
        access=_READ_ONLY,
    ),
    _key(
        "AuthorizationKey",
        _TEXT,
        "Password with which the charger signs in to its central system.",
        access=_WRITE_ONLY,
        risk=(
            "With another password than the central system expects the charger can no "
            "longer sign in."
        ),
    ),
    _key(
        "CertificateSignedMaxChainSize",
        _INTEGER,
        "The largest signed certificate, with those above it, that the charger takes.",
        access=_READ_ONLY,
        risk=(
            "With too low a limit the charger refuses the certificates of a secured "
            "connection."
        ),
    ),
    _key(
        "CertificateStoreMaxLength",
        _INTEGER,
        "How many root certificates the charger can keep.",
        access=_READ_ONLY,
        risk=(
            "A store that is too small cannot hold the certificates of a secured "
            "connection."
        ),
    ),
    _key(
        "CpoName",
        _TEXT,
        "Name of the operator that the charger puts into requests for its own "
        "certificate.",
    ),
    _key(
        "SecurityProfile",
        _INTEGER,
        "How the connection is secured: 0 not at all, 1 with a password, 2 with a "
        "password over TLS, 3 with certificates on both sides.",
        minimum=0,
        maximum=3,
        risk=(
            "A level that the central system is not set up for locks the charger out, "
            "and it may refuse to go back."
        ),
    ),
    # The Plug & Charge white paper
    _key(
        "CentralContractValidationAllowed",
        _BOOLEAN,
        "Passes a vehicle's contract on to the central system when the charger cannot "
        "check it.",
    ),
    _key(
        "CertSigningRepeatTimes",
        _INTEGER,
        "How often the wait for an ordered certificate is doubled before the charger "
        "stops asking.",
        minimum=0,
        risk="With too few tries the charger may be left without a valid certificate.",
    ),
    _key(
        "CertSigningWaitMinimum",
        _INTEGER,
        "How long the charger first waits for an ordered certificate before it asks "
        "anew.",
        minimum=0,
        unit="s",
        risk="With too short a wait the charger orders certificates over and over.",
    ),
    _key(
        "ContractValidationOffline",
        _BOOLEAN,
        "Has the charger check a vehicle's contract by itself while the connection is "
        "down.",
    ),
    _key(
        "ISO15118PnCEnabled",
        _BOOLEAN,
        "Tells whether the vehicle can identify itself by its certificate (Plug & "
        "Charge).",
        risk=(
            "Without working certificates Plug & Charge can keep vehicles from "
            "charging."
        ),
    ),
    # Schneider Electric's own
    _key(
        "AuthenticationOCPPMode",
        _BOOLEAN,
        "Asks for a badge before charging. When off, whoever plugs in can charge.",
    ),
    _key(
        "BoxIdentifier",
        _TEXT,
        "Name under which the charger signs in to its central system.",
        maximum=50,
        risk=(
            "Under another name the charger is a stranger here and loses its settings "
            "and history."
        ),
    ),
    _key(
        "CompressDiagnostic",
        _BOOLEAN,
        "Packs the maintenance report into a smaller file before it is uploaded.",
    ),
    _key(
        "DefaultIdTag",
        _TEXT,
        "Badge number that stands in for a real one when the charger asks for no "
        "badge.",
        maximum=20,
        pattern="^[0-9A-Za-z]*$",
    ),
    _key(
        "DhcpEnabled",
        _BOOLEAN,
        "Takes the network settings from the router in place of fixed ones.",
        risk=_LOSES_NETWORK,
    ),
    _key(
        "disconnectedMeterValueSampleInterval",
        _INTEGER,
        "Time between two readings of the meter that the charger keeps for later while "
        "the connection is down.",
        minimum=5,
        maximum=3600,
        unit="s",
    ),
    _key(
        "DnsAddress1",
        _TEXT,
        "Address of the server that the charger asks first to look up names.",
        pattern=_IPV4,
        risk=_LOSES_NETWORK,
    ),
    _key(
        "DnsAddress2",
        _TEXT,
        "Address of the server that the charger asks for names when the first is "
        "silent.",
        pattern=_IPV4,
        risk=_LOSES_NETWORK,
    ),
    _key(
        "iMaxDeratingSwCapacity",
        _INTEGER,
        "The most current that the charger draws on each phase. Meant for the limits "
        "of the installation, not for steering from minute to minute.",
        unit="A",
    ),
    _key(
        "IpAddress",
        _TEXT,
        "The charger's own address in the network, fixed or given by the router.",
        pattern=_IPV4,
        risk=_LOSES_NETWORK,
    ),
    _key(
        "ISO15118ChargeEnabled",
        _BOOLEAN,
        "Talks to vehicles by ISO 15118.",
        risk="Vehicles that get on badly with ISO 15118 may no longer charge.",
    ),
    _key(
        "NetworkGateway",
        _TEXT,
        "Address of the router through which the charger reaches other networks.",
        pattern=_IPV4,
        risk=_LOSES_NETWORK,
    ),
    _key(
        "NetworkSubmask",
        _TEXT,
        "Tells which addresses belong to the charger's own network.",
        pattern=_IPV4,
        risk=_LOSES_NETWORK,
    ),
    _key(
        "OcppEnable",
        _BOOLEAN,
        "Connects the charger to a central system.",
        risk=(
            "When off, the charger leaves its central system and can be brought back "
            "only on site."
        ),
    ),
    _key(
        "PhasesConnection",
        _CHOICE,
        "Which supply phases the charger is wired to and in which order.",
        choices={
            "1": "tri_123",
            "2": "tri_231",
            "3": "tri_312",
            "4": "mono_1",
            "5": "mono_2",
            "6": "mono_3",
        },
    ),
    _key(
        "RestoreTimeout",
        _INTEGER,
        "How long the charger waits after a power cut before it charges again.",
        minimum=0,
        maximum=86_400,
        unit="s",
    ),
    _key(
        "SeccLeafSubjectCommonName",
        _TEXT,
        "The charger's name in the certificate that it shows to vehicles.",
        minimum=7,
        maximum=64,
        risk=_BREAKS_LEAF,
    ),
    _key(
        "SeccLeafSubjectCountry",
        _TEXT,
        "Operator's country, as two letters, in the certificate that the charger shows "
        "to vehicles.",
        minimum=2,
        maximum=2,
        pattern="^[A-Z]{2}$",
        risk=_BREAKS_LEAF,
    ),
    _key(
        "SeccLeafSubjectOrganization",
        _TEXT,
        "Operator's name in the certificate that the charger shows to vehicles.",
        minimum=0,
        maximum=64,
        risk=_BREAKS_LEAF,
    ),
    _key(
        "SecurityEventsEnabled",
        _BOOLEAN,
        "Reports events that concern the charger's security, such as a failed sign-in.",
    ),
    _key("StationName", _TEXT, "Name of the charger."),
    _key(
        "SupervisionUrl",
        _TEXT,
        "Address of the central system that the charger dials.",
        maximum=255,
        pattern="^wss?://.+$",
        risk=(
            "With a wrong address the charger never comes back to this central system."
        ),
    ),
    _key(
        "WebsocketConnectionTimeout",
        _INTEGER,
        "How long the charger waits for its central system to pick up.",
        unit="s",
        risk=(
            "With too short a wait the charger gives up before a slow network has "
            "answered."
        ),
    ),
    _key(
        "WebsocketRequestTimeout",
        _INTEGER,
        "How long the charger waits for the answer to a message.",
        unit="s",
        risk=(
            "With a wrong wait the charger takes good answers for lost or hangs on "
            "dead ones."
        ),
    ),
)

_KEYS = {key.name.casefold(): key for key in (*STANDARD, *_OTHERS)}
