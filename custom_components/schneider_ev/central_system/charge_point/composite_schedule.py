"""What the charger makes of all its charging profiles, where it does not measure it.

An owner's limit can be outranked by a profile that somebody else left behind. That is
looked for where the charger keeps offering less than it was asked to.
"""

import asyncio
from typing import TYPE_CHECKING, Final

from ...products.model import RateUnit
from ..charging.limit_reason import LimitedBy, is_less
from ..charging.ratings import watts_per_ampere

if TYPE_CHECKING:
    from .charger import Charger
    from .connector import Connector

FOREIGN_PROFILE: Final = "foreign_profile"

SETTLING_TIME = 30.0
"""Seconds that a charger and a vehicle have to follow a new limit."""

_DURATION = 60


async def limit_in_force(connector: Connector) -> float | None:
    """Return the limit that holds now, in the unit of the product, None for none.

    Raises ChargerError where the charger does not say.
    """
    charging = connector.charger.product.smart_charging
    if charging is None:
        return None
    answer = await connector.charger.call(
        "GetCompositeSchedule",
        {
            "connectorId": connector.number,
            "duration": _DURATION,
            "chargingRateUnit": charging.unit,
        },
    )
    match answer.get("chargingSchedule"):
        case {
            "chargingRateUnit": str(unit),
            "chargingSchedulePeriod": [{"limit": int() | float() as limit}, *_],
        }:
            if unit == charging.unit:
                return limit
            factor = watts_per_ampere(connector)
            return limit * factor if unit == RateUnit.AMPERE else limit / factor
    return None


class ForeignProfiles:
    """Looks for a foreign profile, once for each time that a connector falls short."""

    def __init__(self, connector: Connector) -> None:
        """Suspect nothing."""
        self._connector = connector
        self._problem = {"connector": str(connector.number)}
        self._is_suspected = False
        self._looking = asyncio.Lock()

    def judged(self, verdict: LimitedBy) -> None:
        """Look where the charger limits more than it was asked to."""
        suspected, self._is_suspected = self._is_suspected, verdict is LimitedBy.CHARGER
        charger = self._connector.charger
        if not self._is_suspected:
            if charger.problems.get(FOREIGN_PROFILE) == self._problem:
                charger.problems.set(FOREIGN_PROFILE, None)
        elif (
            not suspected
            and not self._looking.locked()
            and charger.settings.manage_configuration
            and charger.product.supports("GetCompositeSchedule")
        ):
            charger.attempt(self._look)

    async def _look(self) -> None:
        async with self._looking:
            await asyncio.sleep(SETTLING_TIME)
            if self._is_suspected:
                await self._compare()

    async def _compare(self) -> None:
        connector = self._connector
        limit = await limit_in_force(connector)
        if self._is_suspected and limit is not None and is_less(connector, limit):
            connector.charger.problems.set(FOREIGN_PROFILE, self._problem)


async def clear_foreign_profiles(charger: Charger) -> None:
    """Clear all profiles, and put our own limits again."""
    await charger.command("ClearChargingProfile", {})
    charger.problems.set(FOREIGN_PROFILE, None)
    await charger.apply_limits()
