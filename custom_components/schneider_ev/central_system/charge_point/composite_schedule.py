"""The limit that a charger makes of all its charging profiles (GetCompositeSchedule).

An owner's limit can be overruled by a profile that another system left in the charger.
That is looked for where the charger keeps offering less than it was asked to.
"""

import asyncio
from collections.abc import Callable

from ...products.model import RateUnit
from ..charging.limits import LimitReason, is_clearly_below
from ..messages.errors import ChargerOfflineError
from ..state.configuration import Configuration
from ..values import Problem, Problems
from .link import Link
from .settings import ChargerSettings

SETTLING_TIME = 30.0
"""Seconds that a charger and a vehicle have to follow a new limit."""

_DURATION_S = 60


async def limit_in_force(
    link: Link, connector: int, unit: RateUnit, watts_per_ampere: Callable[[], float]
) -> float | None:
    """Return the limit that holds now, in the given unit, None for none.

    Raises ChargerError where the charger does not say.
    """
    answer = await link.call(
        "GetCompositeSchedule",
        {
            "connectorId": connector,
            "duration": _DURATION_S,
            "chargingRateUnit": unit,
        },
    )
    match answer.get("chargingSchedule"):
        case {
            "chargingRateUnit": str(answered_unit),
            "chargingSchedulePeriod": [{"limit": int() | float() as limit}, *_],
        }:
            if answered_unit == unit:
                return limit
            factor = watts_per_ampere()
            return limit * factor if unit is RateUnit.WATT else limit / factor
    return None


class ForeignProfiles:
    """Looks for a foreign profile, once for each time that a connector falls short.

    A search that a lost connection ends begins again on the next one.
    """

    def __init__(
        self,
        connector: int,
        *,
        link: Link,
        problems: Problems,
        configuration: Configuration,
        settings: Callable[[], ChargerSettings],
        limit: Callable[[], float],
        watts_per_ampere: Callable[[], float],
    ) -> None:
        """Start without a suspicion; `limit` returns the one that is to hold."""
        self._connector = connector
        self._link = link
        self._problems = problems
        self._configuration = configuration
        self._settings = settings
        self._limit = limit
        self._watts_per_ampere = watts_per_ampere
        self._problem = {"connector": str(connector)}
        self._is_suspected = False
        self._is_searched = False
        self._search: asyncio.Task[None] | None = None

    def update(self, reason: LimitReason) -> None:
        """Look for a foreign profile where the charger limits more than it was asked to."""
        self._is_suspected = reason is LimitReason.CHARGER
        if not self._is_suspected:
            self.drop()
        elif (
            not self._is_searched
            and (self._search is None or self._search.done())
            and self._settings().manage_configuration
            and self._configuration.product.supports("GetCompositeSchedule")
        ):
            self._search = self._link.spawn_command(self._look)

    def drop(self) -> None:
        """Take it that there is none."""
        self._is_suspected = self._is_searched = False
        if self._problems.get(Problem.FOREIGN_PROFILE) == self._problem:
            self._problems.set(Problem.FOREIGN_PROFILE, None)

    async def _look(self) -> None:
        await asyncio.sleep(SETTLING_TIME)
        if not self._is_suspected:
            return
        self._is_searched = True
        try:
            await self._compare()
        except ChargerOfflineError, asyncio.CancelledError:
            self._is_searched = False
            raise

    async def _compare(self) -> None:
        unit = self._configuration.product.smart_charging.unit
        in_force = await limit_in_force(
            self._link, self._connector, unit, self._watts_per_ampere
        )
        if (
            self._is_suspected
            and in_force is not None
            and is_clearly_below(in_force, self._limit(), unit)
        ):
            self._problems.set(Problem.FOREIGN_PROFILE, self._problem)
