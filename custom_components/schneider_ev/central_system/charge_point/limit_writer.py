"""Writes limits to a charger as charging profiles (SetChargingProfile)."""

from datetime import UTC, datetime

from ..charging.profiles import limit_profiles
from ..messages.errors import ChargerCallError, ChargerRefusedError
from ..state.configuration import Configuration
from ..values import Problem, Problems
from .link import Link

STATION = 0
"""The connector number that stands for the station as a whole."""


class LimitWriter:
    """Puts a limit to a connector, or to the station, in the unit of the product."""

    def __init__(
        self, link: Link, configuration: Configuration, problems: Problems
    ) -> None:
        """Prepare to write."""
        self._link = link
        self._configuration = configuration
        self._problems = problems

    async def write(
        self, connector: int, limit: float, transaction_id: int | None
    ) -> None:
        """Write a limit, in the first form of a profile that the charger takes.

        Raises ChargerError where it takes none, or is offline.
        """
        charging = self._configuration.product.smart_charging
        if not charging.purposes:
            raise ChargerRefusedError("SetChargingProfile", "NotSupported")
        max_stack_level = self._configuration.integer("ChargeProfileMaxStackLevel")
        refusal: ChargerRefusedError | ChargerCallError | None = None
        for payload in limit_profiles(
            connector,
            limit,
            charging.unit,
            transaction_id=transaction_id,
            max_stack_level=max_stack_level or charging.stack_levels,
            now=datetime.now(UTC),
        ):
            try:
                await self._link.command("SetChargingProfile", payload)
            except (ChargerRefusedError, ChargerCallError) as error:
                refusal = refusal or error
            else:
                self._problems.set(Problem.LIMITS_REFUSED, None)
                return
        if refusal is not None:
            self._problems.set(Problem.LIMITS_REFUSED, {"answer": str(refusal)})
            raise refusal
