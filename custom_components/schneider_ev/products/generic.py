"""The generic product: a charger without a guide, assumed to follow OCPP 1.6."""

from .model import Product, Purpose, RateUnit, SmartCharging
from .standard import STANDARD, shared

# Keys with a risk: other chargers of Schneider Electric may have them too.
_RISKY_KEYS = (
    "AuthorizationKey",
    "BoxIdentifier",
    "DhcpEnabled",
    "DnsAddress1",
    "DnsAddress2",
    "IpAddress",
    "NetworkGateway",
    "NetworkSubmask",
    "OcppEnable",
    "SecurityProfile",
    "SupervisionUrl",
    "WebsocketConnectionTimeout",
    "WebsocketRequestTimeout",
)

GENERIC = Product(
    key="generic",
    name="OCPP 1.6 charger",
    manufacturer="",
    connectors=4,
    configuration=(*STANDARD, *map(shared, _RISKY_KEYS)),
    sampled_data=(
        (
            "Energy.Active.Import.Register",
            "Power.Active.Import",
            "Current.Import",
            "Voltage",
            "Current.Offered",
            "Power.Offered",
            "SoC",
        ),
        ("Energy.Active.Import.Register", "Power.Active.Import", "Current.Import"),
        ("Energy.Active.Import.Register",),
    ),
    sampled_data_max_length=20,
    smart_charging=SmartCharging(
        unit=RateUnit.AMPERE,
        other_units=frozenset({RateUnit.WATT}),
        purposes=frozenset(Purpose),
        minimum=6,
        maximum=32,
        pausable=True,
        stack_levels=1,
        periods=1,
        profiles=10,
        is_maximum_assumed=True,
    ),
)
