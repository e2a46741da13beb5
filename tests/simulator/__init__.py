"""A charge point for the tests and the demo: Schneider chargers without hardware."""

from .car import Car
from .products import PRODUCTS
from .simulator import Received, Sent, Simulator

__all__ = ["PRODUCTS", "Car", "Received", "Sent", "Simulator"]
