"""The OCPP 1.6J central system: everything between a charger's socket and its state."""

from .door import is_identity
from .pending import Discovery
from .server import CentralSystem
from .values import (
    ChargerValue,
    ConnectorValue,
    Problem,
    Problems,
    Signal,
    Stop,
    Values,
)

__all__ = [
    "CentralSystem",
    "ChargerValue",
    "ConnectorValue",
    "Discovery",
    "Problem",
    "Problems",
    "Signal",
    "Stop",
    "Values",
    "is_identity",
]
