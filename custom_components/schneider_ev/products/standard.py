"""Configuration keys of several products: OCPP's and Schneider Electric's.

OCPP's are those of OCPP 1.6 and of its white papers on security and on Plug & Charge;
they have the access that OCPP specifies, and bounds only if their meaning implies them.
Products add their own overrides: defaults, bounds, access, earlier names, firmware, risks.
They use `standard` for keys that their guide lists as OCPP's, else `shared`.
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

_LOSES_NETWORK = "With a wrong value, the charger loses its network connection."
_BREAKS_LEAF = "With a wrong value, vehicles do not trust the charger's certificate."


class Overrides(TypedDict, total=False):
    """What a product overrides of a key: see `ConfigurationKey`."""

    access: Access
    description: str
    default: str | None
    minimum: int | None
    maximum: int | None
    may_be_zero: bool
    unit: str | None
    choices: Mapping[str, str]
    pattern: str | None
    aliases: tuple[str, ...]
    since: str | None
    writable_since: str | None
    removed: bool
    risk: str | None
    set_with: str


def standard(name: str, **overrides: Unpack[Overrides]) -> ConfigurationKey:
    """Return a key that a guide lists as one of OCPP, spelt as in the guide."""
    return replace(_KEYS[name.casefold()], name=name, standard=True, **overrides)


def shared(name: str, **overrides: Unpack[Overrides]) -> ConfigurationKey:
    """Return a key that a guide lists as one of Schneider Electric, spelt as in the guide."""
    return replace(_KEYS[name.casefold()], name=name, standard=False, **overrides)


def _key(
    name: str, key_type: KeyType, text: str, **overrides: Unpack[Overrides]
) -> ConfigurationKey:
    key = ConfigurationKey(
        name=name,
        type=key_type,
        access=Access.READ_WRITE,
        description=text,
    )
    return replace(key, **overrides)


# OCPP 1.6, section 9
STANDARD = (
    # 9.1: Core
    _key(
        "AllowOfflineTxForUnknownId",
        _BOOLEAN,
        "Allows unknown badges to start a session while the charger is offline.",
    ),
    _key(
        "AuthorizationCacheEnabled",
        _BOOLEAN,
        "Remembers recently accepted badges. They work while the charger is offline, "
        "and without waiting for an answer if Start before confirmation is on.",
    ),
    _key(
        "AuthorizeRemoteTxRequests",
        _BOOLEAN,
        "Checks the badge number of a remote start before charging, as for a badge at "
        "the charger.",
    ),
    _key(
        "BlinkRepeat",
        _INTEGER,
        "How many times the charger's lights blink as a signal.",
        minimum=0,
    ),
    _key(
        "ClockAlignedDataInterval",
        _INTEGER,
        "Time between clock-aligned readings, for example every quarter of an hour. 0 "
        "turns them off.",
        minimum=0,
        unit="s",
    ),
    _key(
        "ConnectionTimeOut",
        _INTEGER,
        "How long the charger waits for a vehicle to be plugged in after a badge or a "
        "remote start.",
        minimum=0,
        unit="s",
    ),
    _key(
        "ConnectorPhaseRotation",
        _TEXT,
        "The order in which the supply phases are wired to each connector, for "
        "balancing loads. RST is the usual order.",
    ),
    _key(
        "ConnectorPhaseRotationMaxLength",
        _INTEGER,
        "The maximum number of connectors for which the phase rotation can be set.",
        access=_READ_ONLY,
    ),
    _key(
        "GetConfigurationMaxKeys",
        _INTEGER,
        "The maximum number of settings that can be read in one request.",
        access=_READ_ONLY,
    ),
    _key(
        "HeartbeatInterval",
        _INTEGER,
        "How often an idle charger confirms that it is connected.",
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
        "Allows badges stored in the charger to start a session while it is offline.",
    ),
    _key(
        "LocalPreAuthorize",
        _BOOLEAN,
        "Starts charging immediately for badges stored in the charger, and asks the "
        "central system afterwards.",
    ),
    _key(
        "MaxEnergyOnInvalidId",
        _INTEGER,
        "How much energy a session may still use after its badge was refused.",
        minimum=0,
        unit="Wh",
    ),
    _key(
        "MeterValuesAlignedData",
        _LIST,
        "The measurands in clock-aligned readings.",
    ),
    _key(
        "MeterValuesAlignedDataMaxLength",
        _INTEGER,
        "The maximum number of measurands that clock-aligned readings can have.",
        access=_READ_ONLY,
    ),
    _key(
        "MeterValuesSampledData",
        _LIST,
        "The measurands in the regular readings while a vehicle charges.",
    ),
    _key(
        "MeterValuesSampledDataMaxLength",
        _INTEGER,
        "The maximum number of measurands that the regular readings can have.",
        access=_READ_ONLY,
    ),
    _key(
        "MeterValueSampleInterval",
        _INTEGER,
        "Time between readings while a vehicle charges. With 0, there are no "
        "readings, so power and current are unknown.",
        minimum=0,
        unit="s",
    ),
    _key(
        "MinimumStatusDuration",
        _INTEGER,
        "How long a new status must last before the charger reports it.",
        minimum=0,
        unit="s",
    ),
    _key(
        "NumberOfConnectors",
        _INTEGER,
        "The number of connectors that the charger reports.",
        access=_READ_ONLY,
    ),
    _key(
        "ResetRetries",
        _INTEGER,
        "How many times the charger retries a failed restart.",
        minimum=0,
    ),
    _key(
        "StopTransactionOnEVSideDisconnect",
        _BOOLEAN,
        "Ends the session when the cable is pulled out of the vehicle.",
    ),
    _key(
        "StopTransactionOnInvalidId",
        _BOOLEAN,
        "Ends a running session when its badge is refused.",
    ),
    _key(
        "StopTxnAlignedData",
        _LIST,
        "The measurands of clock-aligned readings in the final report of a session.",
    ),
    _key(
        "StopTxnAlignedDataMaxLength",
        _INTEGER,
        "The maximum number of clock-aligned measurands that the final report of a "
        "session can have.",
        access=_READ_ONLY,
    ),
    _key(
        "StopTxnSampledData",
        _LIST,
        "The measurands of regular readings in the final report of a session.",
    ),
    _key(
        "StopTxnSampledDataMaxLength",
        _INTEGER,
        "The maximum number of regular measurands that the final report of a session "
        "can have.",
        access=_READ_ONLY,
    ),
    _key(
        "SupportedFeatureProfiles",
        _LIST,
        "The OCPP feature profiles that the charger supports.",
        access=_READ_ONLY,
    ),
    _key(
        "SupportedFeatureProfilesMaxLength",
        _INTEGER,
        "The maximum number of feature profiles that the charger can list.",
        access=_READ_ONLY,
    ),
    _key(
        "TransactionMessageAttempts",
        _INTEGER,
        "How many times the charger tries to send a transaction message that was not "
        "accepted. With 0, a message may be lost.",
        minimum=0,
    ),
    _key(
        "TransactionMessageRetryInterval",
        _INTEGER,
        "How long the charger waits before it sends a transaction message again.",
        minimum=0,
        unit="s",
    ),
    _key(
        "UnlockConnectorOnEVSideDisconnect",
        _BOOLEAN,
        "Releases the cable at the charger when it is unplugged from the vehicle.",
    ),
    _key(
        "WebSocketPingInterval",
        _INTEGER,
        "How often the charger checks its connection. With 0, it does not check.",
        minimum=0,
        unit="s",
        risk=(
            "With a wrong interval, the charger drops working connections or does not "
            "notice lost ones."
        ),
    ),
    # 9.2: local list
    _key(
        "LocalAuthListEnabled",
        _BOOLEAN,
        "Uses the list of badges stored in the charger.",
    ),
    _key(
        "LocalAuthListMaxLength",
        _INTEGER,
        "The maximum number of badges that the charger's list can hold.",
        access=_READ_ONLY,
    ),
    _key(
        "SendLocalListMaxLength",
        _INTEGER,
        "The maximum number of badges that can be sent to the charger in one request.",
        access=_READ_ONLY,
    ),
    # 9.3: reservation
    _key(
        "ReserveConnectorZeroSupported",
        _BOOLEAN,
        "Whether a reservation can be for any connector.",
        access=_READ_ONLY,
    ),
    # 9.4: smart charging
    _key(
        "ChargeProfileMaxStackLevel",
        _INTEGER,
        "The highest stack level (priority) that a charging profile can have.",
        access=_READ_ONLY,
    ),
    _key(
        "ChargingScheduleAllowedChargingRateUnit",
        _LIST,
        "Whether charging limits can be set as current, as power or both.",
        access=_READ_ONLY,
    ),
    _key(
        "ChargingScheduleMaxPeriods",
        _INTEGER,
        "The maximum number of periods that a charging schedule can have.",
        access=_READ_ONLY,
    ),
    _key(
        "ConnectorSwitch3to1PhaseSupported",
        _BOOLEAN,
        "Whether the charger can switch from three phases to one while charging.",
        access=_READ_ONLY,
    ),
    _key(
        "MaxChargingProfilesInstalled",
        _INTEGER,
        "The maximum number of charging profiles that the charger can store.",
        access=_READ_ONLY,
    ),
    # 9.5, added by the errata sheet: firmware
    _key(
        "SupportedFileTransferProtocols",
        _LIST,
        "The protocols that the charger can use to transfer files.",
        access=_READ_ONLY,
    ),
)

_OTHERS = (
    # The security white paper
    _key(
        "AdditionalRootCertificateCheck",
        _BOOLEAN,
        "Accepts a new root certificate for the central system only if the old one "
        "has signed it.",
        access=_READ_ONLY,
    ),
    _key(
        "AuthorizationKey",
        _TEXT,
        "The password with which the charger signs in to its central system.",
        access=_WRITE_ONLY,
        risk=(
            "With a password that the central system does not expect, the charger can "
            "no longer sign in."
        ),
    ),
    _key(
        "CertificateSignedMaxChainSize",
        _INTEGER,
        "The maximum size of a signed certificate with its chain.",
        access=_READ_ONLY,
    ),
    _key(
        "CertificateStoreMaxLength",
        _INTEGER,
        "The maximum number of root certificates that the charger can store.",
        access=_READ_ONLY,
    ),
    _key(
        "CpoName",
        _TEXT,
        "The operator's name in the charger's certificate requests.",
    ),
    _key(
        "SecurityProfile",
        _INTEGER,
        "How the connection is secured: 0 not at all, 1 with a password, 2 with a "
        "password and TLS, 3 with certificates on both sides.",
        minimum=0,
        maximum=3,
        risk=(
            "A profile that the central system is not set up for locks the charger "
            "out, and the charger may refuse to change it back."
        ),
    ),
    # The Plug & Charge white paper
    _key(
        "CentralContractValidationAllowed",
        _BOOLEAN,
        "Passes a vehicle's contract to the central system when the charger cannot "
        "check it. Home Assistant goes by the contract's id, as with a badge, and "
        "checks no certificate.",
    ),
    _key(
        "CertSigningRepeatTimes",
        _INTEGER,
        "How many times the waiting time for a requested certificate is doubled "
        "before the charger gives up.",
        minimum=0,
        risk=(
            "With too few attempts, the charger may be left without a valid "
            "certificate."
        ),
    ),
    _key(
        "CertSigningWaitMinimum",
        _INTEGER,
        "How long the charger waits for a requested certificate before its first new "
        "request.",
        minimum=0,
        unit="s",
        risk=(
            "If the time is too short, the charger requests certificates again and "
            "again."
        ),
    ),
    _key(
        "ContractValidationOffline",
        _BOOLEAN,
        "Lets the charger check a vehicle's contract itself while it is offline.",
    ),
    _key(
        "ISO15118PnCEnabled",
        _BOOLEAN,
        "Lets vehicles identify themselves with a certificate (Plug & Charge).",
        risk=(
            "Without working certificates, Plug & Charge can prevent vehicles from "
            "charging."
        ),
    ),
    # Schneider Electric
    _key(
        "AuthenticationOCPPMode",
        _BOOLEAN,
        "Requires a badge for charging. When off, anyone can plug in and charge.",
    ),
    _key(
        "BoxIdentifier",
        _TEXT,
        "The identity with which the charger connects to its central system.",
        maximum=50,
        risk=(
            "With a different identity, Home Assistant treats the charger as a new "
            "one, without its settings and history."
        ),
    ),
    _key(
        "CompressDiagnostic",
        _BOOLEAN,
        "Compresses the maintenance report before it is uploaded.",
    ),
    _key(
        "DefaultIdTag",
        _TEXT,
        "The badge number that is used when the charger does not require a badge.",
        maximum=20,
        pattern="^[0-9A-Za-z]*$",
    ),
    _key(
        "DhcpEnabled",
        _BOOLEAN,
        "Gets the network settings from the router instead of using fixed ones.",
        risk=_LOSES_NETWORK,
    ),
    _key(
        "disconnectedMeterValueSampleInterval",
        _INTEGER,
        "Time between the readings that the charger stores while it is offline.",
        minimum=5,
        maximum=3600,
        unit="s",
    ),
    _key(
        "DnsAddress1",
        _TEXT,
        "Address of the charger's first DNS server.",
        pattern=_IPV4,
        risk=_LOSES_NETWORK,
    ),
    _key(
        "DnsAddress2",
        _TEXT,
        "Address of the DNS server that the charger uses when the first one does not "
        "answer.",
        pattern=_IPV4,
        risk=_LOSES_NETWORK,
    ),
    _key(
        "iMaxDeratingSwCapacity",
        _INTEGER,
        "The charger's maximum current per phase. It is meant for the limit of the "
        "installation, not for continuous control.",
        unit="A",
    ),
    _key(
        "IpAddress",
        _TEXT,
        "The charger's IP address, fixed or assigned by the router.",
        pattern=_IPV4,
        risk=_LOSES_NETWORK,
    ),
    _key(
        "ISO15118ChargeEnabled",
        _BOOLEAN,
        "Uses ISO 15118 to communicate with vehicles. Turn it off if a vehicle does not "
        "charge with it.",
    ),
    _key(
        "NetworkGateway",
        _TEXT,
        "Address of the router that connects the charger to other networks.",
        pattern=_IPV4,
        risk=_LOSES_NETWORK,
    ),
    _key(
        "NetworkSubmask",
        _TEXT,
        "Defines which addresses belong to the charger's own network.",
        pattern=_IPV4,
        risk=_LOSES_NETWORK,
    ),
    _key(
        "OcppEnable",
        _BOOLEAN,
        "Connects the charger to a central system.",
        risk=(
            "When off, the charger disconnects from its central system and can be "
            "reconnected only on site."
        ),
    ),
    _key(
        "PhasesConnection",
        _CHOICE,
        "The supply phases that the charger is wired to, and their order.",
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
        "The operator's country, as two letters, in the certificate that the charger "
        "shows to vehicles.",
        minimum=2,
        maximum=2,
        pattern="^[A-Z]{2}$",
        risk=_BREAKS_LEAF,
    ),
    _key(
        "SeccLeafSubjectOrganization",
        _TEXT,
        "The operator's name in the certificate that the charger shows to vehicles.",
        minimum=0,
        maximum=64,
        risk=_BREAKS_LEAF,
    ),
    _key(
        "SecurityEventsEnabled",
        _BOOLEAN,
        "Reports security events, such as a failed sign-in.",
    ),
    _key("StationName", _TEXT, "Name of the charger."),
    _key(
        "SupervisionUrl",
        _TEXT,
        "Address of the central system that the charger connects to.",
        maximum=255,
        pattern="^wss?://.+$",
        risk=(
            "With a wrong address, the charger never reconnects to this central system."
        ),
    ),
    _key(
        "WebsocketConnectionTimeout",
        _INTEGER,
        "How long the charger waits for a connection to its central system.",
        unit="s",
        risk=(
            "If the time is too short, the charger cannot connect over a slow network."
        ),
    ),
    _key(
        "WebsocketRequestTimeout",
        _INTEGER,
        "How long the charger waits for the answer to a message.",
        unit="s",
        risk=(
            "If the time is too short, the charger discards late answers; if it is too "
            "long, it does not notice missing ones."
        ),
    ),
)

_KEYS = {key.name.casefold(): key for key in (*STANDARD, *_OTHERS)}
