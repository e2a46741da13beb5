"""The faults of the station as a whole, and which faults of a charger are new."""

from collections.abc import Iterable
from typing import Protocol

from ...products.model import Fault
from ..values import Signal


class FaultyConnector(Protocol):
    """What the faults of the station are compared with."""

    @property
    def all_faults(self) -> tuple[Fault, ...]:
        """The faults of the connector and those of the station."""


class StationFaults:
    """Holds what a StatusNotification of connector 0 says: all connectors show it.

    `appeared` tells of each fault that was not there before, with the number of its
    connector, 0 for the station.
    """

    def __init__(self) -> None:
        """Start without a fault."""
        self.faults: tuple[Fault, ...] = ()
        self.has_problem = False
        self.appeared = Signal[int, Fault]()

    def report(
        self,
        faults: tuple[Fault, ...],
        *,
        has_problem: bool,
        connectors: Iterable[FaultyConnector],
    ) -> tuple[Fault, ...]:
        """Take over the faults of the station; return those known before.

        A fault that every connector had already is known.
        """
        shown = [set(connector.all_faults) for connector in connectors]
        everywhere = set.intersection(*shown) if shown else set()
        before = self.faults + tuple(fault for fault in faults if fault in everywhere)
        self.faults = faults
        self.has_problem = has_problem
        return before

    def announce(
        self, number: int, before: tuple[Fault, ...], now: tuple[Fault, ...]
    ) -> None:
        """Tell of the faults that were not there before."""
        for fault in now:
            if fault not in before:
                self.appeared.send(number, fault)
