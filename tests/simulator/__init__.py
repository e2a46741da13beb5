"""Simulated charge points for tests and the demo: Schneider chargers with cars."""

from .car import Car
from .products import PRODUCTS
from .simulator import Received, Sent, Simulator

__all__ = ["PRODUCTS", "Car", "Received", "Sent", "Simulator"]
