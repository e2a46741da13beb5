"""Loads: what the regulator has to know of a connector."""

from math import inf

from ..central_system import ConnectorValue
from ..central_system.charge_point import Connector
from ..central_system.charging import LIMIT_UNITS
from ..central_system.messages import ChargePointStatus
from ..products.model import RateUnit
from .load import Load


def connector_load(connector: Connector) -> Load:
    """Return what the regulator has to know of a connector."""
    charger, limits = connector.charger, connector.limits
    decision = limits.decision
    unit = charger.product.smart_charging.unit
    station = charger.station_limit.limit if charger.station_limit.is_supported else inf
    is_available = charger.link.is_available
    return Load(
        mode=limits.mode,
        minimum=limits.minimum,
        maximum=min(decision.owners_limit, station),
        watts_per_unit=limits.watts_per_ampere if unit is RateUnit.AMPERE else 1.0,
        step=LIMIT_UNITS[unit].step,
        pausable=decision.is_pausable and not connector.resumption.is_refused,
        reserve=limits.solar_reserve,
        plugged=is_available and connector.plugged,
        charging=is_available and connector.status is ChargePointStatus.CHARGING,
        draw=connector.readings.get(ConnectorValue.POWER) if is_available else None,
    )
