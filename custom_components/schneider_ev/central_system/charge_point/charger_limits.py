"""All limits of a charger: that of the station and those of its connectors."""

from collections.abc import Mapping
from typing import Protocol

from ...products.model import RateUnit
from ..charging.owner_profiles import ProfileTarget
from ..messages.errors import ChargerError
from ..state.configuration import Configuration
from ..values import ChargerValue, ChargerValues, Problem, Problems
from .connector_limits import ConnectorLimits
from .connector_sessions import ConnectorSessions
from .limit_writer import LimitWriter
from .link import Link
from .station_limit import StationLimit


class LimitedConnector(Protocol):
    """A connector that has limits."""

    @property
    def sessions(self) -> ConnectorSessions:
        """Its sessions."""

    @property
    def limits(self) -> ConnectorLimits:
        """Its limits."""


class ChargerLimits:
    """Puts the limits of a charger together, and drops them together."""

    def __init__(
        self,
        link: Link,
        writer: LimitWriter,
        configuration: Configuration,
        station: StationLimit,
        connectors: Mapping[int, LimitedConnector],
        values: ChargerValues,
        problems: Problems,
    ) -> None:
        """Start with the limit of the station alone."""
        self._link = link
        self._writer = writer
        self._configuration = configuration
        self._station = station
        self._connectors = connectors
        self._values = values
        self._problems = problems

    async def apply(self) -> None:
        """Bring all limits into force that are not.

        Raises ChargerError for the first one that the charger refuses, after the others.
        """
        refusals = []
        for apply in (
            self._station.apply,
            *(connector.limits.apply for connector in self._connectors.values()),
        ):
            try:
                await apply()
            except ChargerError as error:
                refusals.append(error)
        for refusal in refusals:
            raise refusal

    async def write(self) -> None:
        """Put all limits again, even those that are taken for in force."""
        self.forget()
        await self.apply()

    async def clear_foreign_profiles(self) -> None:
        """Clear all charging profiles, and put our own limits again."""
        await self._link.command("ClearChargingProfile", {})
        self._problems.set(Problem.FOREIGN_PROFILE, None)
        await self.write()

    async def withdraw(self) -> None:
        """Clear all of our profiles, and put no limit any more.

        Raises ChargerError where the charger is offline or does not answer.
        """
        for connector in self._connectors.values():
            connector.limits.close()
        await self._writer.clear(self._writer.profiles)

    def forget(self) -> None:
        """Take no limit for in force: the charger may have lost them."""
        self._writer.try_all()
        self._station.forget()
        for connector in self._connectors.values():
            connector.limits.forget()

    def profile_target(self) -> ProfileTarget:
        """Return what an owner's charging profile is checked against."""

        def transaction(number: int) -> int | None:
            connector = self._connectors.get(number)
            return connector.sessions.running_id if connector else None

        def is_limitable(number: int) -> bool:
            connector = self._connectors.get(number)
            return connector is None or connector.limits.decision.is_limitable

        return ProfileTarget(
            smart_charging=self._configuration.product.smart_charging,
            configuration=self._configuration,
            connectors=len(self._connectors),
            transaction=transaction,
            is_limitable=is_limitable,
        )

    def change_unit(self, before: RateUnit, now: RateUnit) -> None:
        """Set the requested limits aside until their unit applies again."""
        self._station.change_unit(before, now)
        for connector in self._connectors.values():
            connector.limits.change_unit(before, now)

    def ratings_changed(self) -> None:
        """Find out anew what the connectors can do."""
        for connector in self._connectors.values():
            connector.limits.rating_changed()

    def bounds_changed(self) -> None:
        """Tell that the limits may have other bounds."""
        self._values.notify(ChargerValue.STATION_LIMIT)
        for connector in self._connectors.values():
            connector.limits.bounds_changed()
