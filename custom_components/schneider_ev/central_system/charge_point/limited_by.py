"""Why a vehicle at a connector does not charge with more, as its owner sees it."""

import asyncio
from math import inf

from ...products.model import RateUnit
from ..charging.limits import (
    LIMIT_UNITS,
    Limitation,
    LimitDecision,
    LimitReason,
    is_clearly_below,
    limit_reason,
    nearly,
)
from ..charging.phases import CURRENTS, VehiclePhases
from ..messages.enums import ChargePointStatus
from ..state.configuration import Configuration
from ..values import ConnectorValue, ConnectorValues
from . import composite_schedule
from .meter_readings import MeterReadings


class LimitedBy:
    """Finds the reason of the limit, by what is asked for, reported and measured.

    A charger has some time to follow a limit that was raised. While it `is_settling`,
    what it offers is that of the limit before.
    """

    def __init__(
        self,
        *,
        configuration: Configuration,
        values: ConnectorValues,
        readings: MeterReadings,
        phases: VehiclePhases,
        foreign_profiles: composite_schedule.ForeignProfiles,
    ) -> None:
        """Start with no reason."""
        self._configuration = configuration
        self._values = values
        self._readings = readings
        self._phases = phases
        self._foreign_profiles = foreign_profiles
        self._status: ChargePointStatus | None = None
        self._limitation: Limitation | None = None
        self._decision: LimitDecision | None = None
        self._expected = inf
        self.is_settling = False
        self._settling: asyncio.TimerHandle | None = None
        self._is_closed = False

    def status_reported(self, status: ChargePointStatus) -> None:
        """Take over the status of the connector."""
        self._status = status

    def update(self, decision: LimitDecision) -> None:
        """Find out the reason anew."""
        self._decision = decision
        expected = decision.ceiling.limit
        if expected > self._expected:
            self._settle()
        self._expected = expected
        unit, offered, drawn = self._unit, self._offered, self._drawn
        if (
            self.is_settling
            and offered is not None
            and not is_clearly_below(offered, expected, unit)
            and (drawn is None or not is_clearly_below(drawn, offered, unit))
        ):
            self._stop_settling()
        reason = limit_reason(
            decision,
            unit=unit,
            status=self._status,
            offered=offered,
            drawn=drawn,
            has_followed=not self.is_settling,
        )
        before, ceiling = self._limitation, decision.ceiling
        self._limitation = Limitation(
            reason=reason,
            ceiling=ceiling.limit,
            next_change=nearly(
                before.next_change if before else None, ceiling.next_change
            ),
        )
        self._values.set(ConnectorValue.LIMITED_BY, self._limitation)
        if (
            before is None
            or before.reason is not reason
            or (reason is LimitReason.CHARGER and self._foreign_profiles.is_due)
        ):
            self._foreign_profiles.update(reason)

    def written(self) -> None:
        """Note that a charger that is settling has just been told of a limit."""
        self._settle()

    def close(self) -> None:
        """Look into nothing any more."""
        self._is_closed = True
        self._stop_settling()
        self._foreign_profiles.drop()

    def _settle(self) -> None:
        self._stop_settling()
        if self._is_closed:
            return
        self.is_settling = True
        self._settling = asyncio.get_running_loop().call_later(
            composite_schedule.SETTLING_TIME, self._settled
        )

    def _settled(self) -> None:
        self.is_settling = False
        if self._decision is not None:
            self.update(self._decision)

    def _stop_settling(self) -> None:
        self.is_settling = False
        if self._settling is not None:
            self._settling.cancel()

    @property
    def _unit(self) -> RateUnit:
        return self._configuration.product.smart_charging.unit

    @property
    def _offered(self) -> float | None:
        """The limit in force as the charger reports it, in the unit of the product."""
        last = self._readings.last
        offered = last.get(LIMIT_UNITS[self._unit].offered)
        if offered is None and self._unit is RateUnit.AMPERE:
            power = last.get(ConnectorValue.POWER_OFFERED)
            return None if power is None else power / self._phases.watts_per_ampere
        return offered

    @property
    def _drawn(self) -> float | None:
        """What the vehicle draws, in the unit of the product, None where not known."""
        power = self._readings.last.get(ConnectorValue.POWER)
        if self._unit is RateUnit.WATT:
            return power
        last = self._readings.last
        currents = [
            current for name in CURRENTS if (current := last.get(name)) is not None
        ]
        if currents:
            return max(currents)
        return None if power is None else power / self._phases.watts_per_ampere
