"""The limit that a charger makes of all its charging profiles (GetCompositeSchedule).

An owner's limit can be overruled by a profile that another system left in the charger.
That is looked for where the charger keeps offering less than it was asked to.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from ...products.model import RateUnit
from ..charging.limits import LimitDecision, LimitReason, is_clearly_below
from ..messages.errors import ChargerOfflineError
from ..state.configuration import Configuration
from ..values import Problem, Problems
from .link import Link
from .settings import ChargerSettings

SETTLING_TIME = 30.0
"""Seconds that a charger and a vehicle have to follow a new limit."""

_DURATION_S = 60


async def limit_in_force(
    link: Link,
    connector: int,
    unit: RateUnit,
    *,
    wire_unit: RateUnit,
    watts_per_ampere: Callable[[], float],
) -> float | None:
    """Return the limit that holds now, in the given unit, None for none.

    It is asked for in the unit in which the charger takes limits. Raises ChargerError
    where the charger does not say.
    """
    answer = await link.call(
        "GetCompositeSchedule",
        {
            "connectorId": connector,
            "duration": _DURATION_S,
            "chargingRateUnit": wire_unit,
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


class ComparedLimits(Protocol):
    """The limits of a connector, as they are held against those of the charger."""

    @property
    def decision(self) -> LimitDecision:
        """The limit that is to hold."""

    @property
    def unit(self) -> RateUnit:
        """The unit of limits."""

    async def composite_limit(self) -> float | None:
        """Ask the charger for the limit in force."""

    async def put_again(self) -> None:
        """Clear our profiles that nothing is asked of any more, and put the others."""


class ForeignProfiles:
    """Looks for a foreign profile, once for each time that a connector falls short.

    Our own profiles may be what limits more than was asked for, so they are put right
    first. Nothing is looked into while the charger's power `may_be_shared` with another
    connector. A search that a lost connection ends begins again on the next one.
    `is_due` says that nothing was looked into yet.
    """

    def __init__(
        self,
        connector: int,
        *,
        link: Link,
        problems: Problems,
        configuration: Configuration,
        settings: Callable[[], ChargerSettings],
        limits: ComparedLimits,
        may_be_shared: Callable[[], bool],
    ) -> None:
        """Start without a suspicion."""
        self._link = link
        self._problems = problems
        self._configuration = configuration
        self._settings = settings
        self._limits = limits
        self._may_be_shared = may_be_shared
        self._problem = {"connector": str(connector)}
        self.is_due = True
        self._is_suspected = False
        self._search: asyncio.Task[None] | None = None

    def update(self, reason: LimitReason) -> None:
        """Look for a foreign profile where the charger limits more than it was asked to."""
        self._is_suspected = reason is LimitReason.CHARGER
        if not self._is_suspected:
            self.drop()
        elif (
            self.is_due
            and (self._search is None or self._search.done())
            and self._settings().manage_configuration
            and self._configuration.product.supports("GetCompositeSchedule")
        ):
            self._search = self._link.spawn_command(self._look)
            if self._search is not None:
                self.is_due = False
                self._search.add_done_callback(self._search_ended)

    def drop(self) -> None:
        """Take it that there is none."""
        self._is_suspected, self.is_due = False, True
        if self._problems.get(Problem.FOREIGN_PROFILE) == self._problem:
            self._problems.set(Problem.FOREIGN_PROFILE, None)

    def _search_ended(self, search: asyncio.Task[None]) -> None:
        if search.cancelled():
            self.is_due = True

    async def _look(self) -> None:
        await asyncio.sleep(SETTLING_TIME)
        if not self._is_suspected:
            return
        self.is_due = self._may_be_shared()
        if self.is_due:
            return
        try:
            await self._compare()
        except ChargerOfflineError:
            self.is_due = True
            raise

    async def _compare(self) -> None:
        if await self._falls_short():
            await self._limits.put_again()
            if await self._falls_short():
                self._problems.set(Problem.FOREIGN_PROFILE, self._problem)

    async def _falls_short(self) -> bool:
        """Tell whether the charger limits more than it was asked to, as it says itself."""
        in_force = await self._limits.composite_limit()
        limit, unit = self._limits.decision.limit, self._limits.unit
        return (
            self._is_suspected
            and in_force is not None
            and is_clearly_below(in_force, limit, unit)
        )
