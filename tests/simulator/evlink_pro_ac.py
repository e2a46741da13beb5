"""EVlink Pro AC: simulated by its guides and by notes from the field."""

from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC as FACTS
from custom_components.schneider_ev.products.model import Plug

from .product import Firmware, KeyRules, SimulatedProduct, VendorMessage

_REFERENCE = "EVB3S22N4A"

_SECURITY_OPERATIONS = frozenset(
    {
        "DeleteCertificate",
        "GetInstalledCertificateIds",
        "GetLog",
        "InstallCertificate",
        "SignedUpdateFirmware",
    }
)

# Keys of GEX1969200-11 that GEX1969200-00 does not have under any name.
_KEYS_AFTER_2022 = frozenset(
    {
        "CertificateSignedMaxChainSize",
        "CertificateStoreMaxLength",
        "ConnectorPhaseRotation",
        "ConnectorPhaseRotationMaxLength",
        "ConnectorSwitch3to1PhaseSupported",
        "CpoName",
        "DhcpEnabled",
        "DnsAddress1",
        "DnsAddress2",
        "IMaxEvseCapacityTE",
        "IpAddress",
        "LedDayEndHour",
        "LedDayStartHour",
        "LedNightIntensity",
        "MeterMID",
        "ModbusEnable",
        "NetworkGateway",
        "NetworkSubmask",
        "OcppEnable",
        "ReserveConnectorZeroSupported",
        "RestoreTimeout",
        "SecurityEventsEnabled",
        "SecurityProfile",
        "SelfSignedCertificateAuthorized",
        "StationName",
        "StopTransactionOnEVSideDisconnect",
        "StopTransactionOnInvalidId",
        "StopTxnMaximaleData",
        "StopTxnMinimumDurationData",
        "SupportedFeatureProfilesMaxLength",
        "UnlockConnectorOnEVSideDisconnect",
        "WebsocketConnectionTimeout",
        "WebsocketRequestTimeout",
        "iMaxDeratingSwCapacity",
    }
)

EVLINK_PRO_AC = SimulatedProduct(
    facts=FACTS,
    firmwares=(
        Firmware(
            version="1.1.6",
            reference=_REFERENCE,
            old_names=frozenset(key.name for key in FACTS.configuration if key.aliases),
            with_removed_keys=True,
            any_phase=False,
            absent_keys=_KEYS_AFTER_2022,
            absent_operations=_SECURITY_OPERATIONS | {"SendLocalList"},
            read_only_keys=frozenset({"BoxIdentifier", "SupervisionUrl"}),
        ),
        Firmware(version="1.6.1", reference=_REFERENCE),
        Firmware(version="2.0.1", reference=_REFERENCE),
    ),
    model="EVlink Pro AC",
    serial_prefix="3N231540123A1S1B",
    meter_type="Embedded MID meter",
    settings={
        "EnableDoubleNotification": "False",
        "MeterMID": "True",
        "OcppEnable": "True",
        "PhasesConnection": "1",
        "StationName": "ProAC-EVB3S",
    },
    rules=KeyRules(
        needs_reboot=frozenset(
            {
                "BoxIdentifier",
                "DhcpEnabled",
                "DnsAddress1",
                "DnsAddress2",
                "IpAddress",
                "ModbusEnable",
                "NetworkGateway",
                "NetworkSubmask",
                "OcppEnable",
                "PlugNumberingMode",
                "SecurityProfile",
                "SupervisionUrl",
            }
        )
    ),
    numbering_key="PlugNumberingMode",
    plug_currents={
        Plug.SOCKET_T2S: 32,
        Plug.ATTACHED_CABLE: 32,
        Plug.DOMESTIC_SOCKET: 10,
    },
    plug_current_keys={Plug.DOMESTIC_SOCKET: "IMaxEvseCapacityTE"},
    no_error_code="0.0",
    numeric_message_ids=True,
    locations={"Current.Offered": None, "Power.Offered": None},
    without_format=frozenset({"Current.Offered"}),
    presence_key="EvPresenceNotification",
    presence_message="Detection loop",
    vendor_messages={"Locate": VendorMessage()},
    blink_message="Locate",
)
