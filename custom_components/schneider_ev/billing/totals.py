"""Totals of a connector: what all its sessions cost, and what the sun gave them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..central_system.state import SessionCosts

_NOTHING = SessionCosts()


@dataclass(kw_only=True, slots=True)
class LifetimeTotals:
    """Adds up the sessions of a connector, also those that are no longer kept.

    `cost` is in millionths of the currency, None where none was known, `solar` in µWh.
    Of the newest session it is known what was added, so that none counts twice.
    """

    cost: int | None = None
    solar: int = 0
    session: int | None = None
    session_cost: int = 0
    session_solar: int = 0

    def follow(
        self, session: int, costs: SessionCosts, before: SessionCosts | None = None
    ) -> None:
        """Count what the newest session comes to now, in place of what it came to.

        `before` is what was counted of one that was not the newest until now.
        """
        if session != self.session:
            counted = before or _NOTHING
            self.session = session
            self.session_cost = counted.cost or 0
            self.session_solar = counted.energy_solar
        if costs.cost is not None:
            self.cost = (self.cost or 0) + costs.cost - self.session_cost
            self.session_cost = costs.cost
        self.solar += costs.energy_solar - self.session_solar
        self.session_solar = costs.energy_solar

    def correct(self, costs: SessionCosts, before: SessionCosts | None) -> None:
        """Count what another session comes to, in place of what it came to before."""
        counted = before or _NOTHING
        if costs.cost is not None:
            self.cost = (self.cost or 0) + costs.cost - (counted.cost or 0)
        self.solar += costs.energy_solar - counted.energy_solar

    def data(self) -> dict[str, Any]:
        """Return what is to be kept."""
        return {
            "cost": self.cost,
            "solar": self.solar,
            "session": self.session,
            "session_cost": self.session_cost,
            "session_solar": self.session_solar,
        }

    @classmethod
    def restore(cls, data: Mapping[str, Any]) -> LifetimeTotals:
        """Return what was kept."""
        return cls(**data)
