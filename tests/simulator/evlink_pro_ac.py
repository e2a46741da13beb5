"""EVlink Pro AC, as its guides and the field notes have it."""

from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC as FACTS

from .product import Firmware, SimulatedProduct

_SECURITY_OPERATIONS = frozenset(
    {
        "DeleteCertificate",
        "GetInstalledCertificateIds",
        "GetLog",
        "InstallCertificate",
        "SignedUpdateFirmware",
    }
)

# Keys of GEX1969200-11 that GEX1969200-00 has under no name.
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
            old_names=True,
            any_phase=False,
            absent_keys=_KEYS_AFTER_2022,
            absent_operations=_SECURITY_OPERATIONS | {"SendLocalList"},
            read_only_keys=frozenset({"BoxIdentifier", "SupervisionUrl"}),
        ),
        Firmware(version="1.6.1"),
        Firmware(version="2.0.1"),
    ),
    model="EVlink Pro AC",
    serial_prefix="3N231540123A1S1B",
    meter_type="Embedded MID meter",
    minimum_current=6,
    maximum_current=32,
    no_error_code="0.0",
    without_format=frozenset({"Current.Offered"}),
    without_location=frozenset({"Current.Offered", "Power.Offered"}),
    settings={
        "EnableDoubleNotification": "False",
        "MeterMID": "True",
        "OcppEnable": "True",
        "PhasesConnection": "1",
        "StationName": "ProAC-EVB3S",
    },
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
    ),
    current_limit_key="iMaxDeratingSwCapacity",
    presence_key="EvPresenceNotification",
    presence_message="Detection loop",
    blink_message="Locate",
)
