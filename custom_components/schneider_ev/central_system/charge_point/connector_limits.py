"""The limit of a connector: what is asked for, what holds, and why.

The owner's limit, a pause, a temporary limit, the charging mode and the limit of the
sun come together here, and nowhere else.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from ...products.model import Product, RateUnit
from ..charging.limiter import Limiter
from ..charging.limits import (
    LIMIT_UNITS,
    NO_LIMIT,
    LimitDecision,
    LimitReason,
    LimitRequest,
    LimitState,
    decide,
    limit_reason,
)
from ..charging.mode import ChargingMode
from ..charging.ratings import Rating, RatingPlate, connector_rating, watts_per_ampere
from ..messages.enums import ChargePointStatus
from ..values import ConnectorValue, ConnectorValues, Problems, Signal
from .composite_schedule import ForeignProfiles, limit_in_force
from .connector_sessions import ConnectorSessions
from .limit_writer import LimitWriter
from .link import Link
from .meter_readings import MeterReadings, Readings
from .settings import ChargerSettings
from .station_limit import StationLimit


class LimitedCharger(Protocol):
    """What the limits of a connector need of its charger."""

    @property
    def link(self) -> Link:
        """The link to the charger."""

    @property
    def problems(self) -> Problems:
        """What the owner has to see to."""

    @property
    def product(self) -> Product:
        """The product."""

    @property
    def settings(self) -> ChargerSettings:
        """What the owner says of the charger."""

    @property
    def rating_plate(self) -> RatingPlate:
        """What the ratings follow from."""

    @property
    def limit_writer(self) -> LimitWriter:
        """What writes limits to the charger."""

    @property
    def station_limit(self) -> StationLimit:
        """The limit of the station as a whole."""


class LimitedConnector(Protocol):
    """What the limits of a connector need of it."""

    @property
    def charger(self) -> LimitedCharger:
        """The charger."""

    @property
    def number(self) -> int:
        """The number of the connector."""

    @property
    def status(self) -> ChargePointStatus | None:
        """The last reported status."""

    @property
    def values(self) -> ConnectorValues:
        """Who listens to what."""

    @property
    def readings(self) -> MeterReadings:
        """The last readings."""

    @property
    def sessions(self) -> ConnectorSessions:
        """The sessions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TemporaryLimit:
    """Until when a limit holds, and the owner's limit after that."""

    before: float | None
    end: datetime


class ConnectorLimits:
    """Holds what is asked of a connector, and puts the limit that follows from it.

    `decision` is the limit that is to hold now, and why. `minimum_current` and
    `solar_reserve` (W) are settings of charging from the sun. `changed` tells of each
    change of what is kept.
    """

    def __init__(self, connector: LimitedConnector) -> None:
        """Start with nothing asked for."""
        self.minimum_current: float | None = None
        self.solar_reserve = 0.0
        self.changed = Signal[()]()
        self._connector = connector
        self._charger = connector.charger
        self._values = connector.values
        self._readings = connector.readings
        self._sessions = connector.sessions
        self._charging_mode = ChargingMode.FAST
        self._surplus: float | None = None
        self._temporary: TemporaryLimit | None = None
        self._reverting: asyncio.TimerHandle | None = None
        self._default_in_force: float | None = None
        self._measures_offer = False
        self._reason: LimitReason | None = None
        self._limiter = Limiter(
            requested_changed=self._requested_changed,
            send=self._send,
            spawn=self._charger.link.spawn,
        )
        self._foreign_profiles = ForeignProfiles(
            connector.number,
            link=self._charger.link,
            problems=self._charger.problems,
            product=lambda: self._charger.product,
            settings=lambda: self._charger.settings,
            limit=lambda: self.decision.limit,
            watts_per_ampere=lambda: self.watts_per_ampere,
        )
        self._rating = self._find_rating()
        self.decision = self._decide()

    # What holds, and why

    def update(self) -> None:
        """Decide on the limit anew, and tell of what is another one."""
        self._follow_decision()
        self._update_reason()

    def _update_reason(self) -> None:
        reason = limit_reason(
            self.decision,
            station=self._charger.station_limit.requested,
            unit=self._unit,
            status=self._connector.status,
            offered=self._readings.last.get(self._offered),
            drawn=self._drawn,
        )
        if reason is not self._reason:
            self._reason = reason
            self._values.set(ConnectorValue.LIMITED_BY, reason)
            self._foreign_profiles.limited_by_changed(reason)

    def rating_changed(self) -> None:
        """Find out anew what the connector can do, and decide on its limit by that."""
        self._rating = self._find_rating()
        self._follow_decision()

    def bounds_changed(self) -> None:
        """Tell that the limits may have other bounds, and decide anew."""
        self._values.notify(ConnectorValue.LIMIT_BOUNDS)
        self.update()

    def _follow_decision(self) -> None:
        before, self.decision = self.decision, self._decide()
        self._limiter.want(self.decision.limit)
        if self.decision.owners_limit != before.owners_limit:
            self._values.notify(ConnectorValue.LIMIT)
        if self.decision.is_paused is not before.is_paused:
            self._values.notify(ConnectorValue.PAUSED)

    def _find_rating(self) -> Rating:
        return connector_rating(self._charger.rating_plate, self._connector.number)

    def _decide(self) -> LimitDecision:
        return decide(
            LimitState(
                smart_charging=self._charger.product.smart_charging,
                rating=self._rating,
                requested=self._limiter.requested,
                surplus=self._surplus,
            )
        )

    @property
    def mode(self) -> ChargingMode:
        """The mode that holds; where a limit can pause, off is a pause."""
        return ChargingMode.OFF if self.decision.is_paused else self._charging_mode

    @property
    def minimum(self) -> float:
        """The least to charge with, in the unit of the product."""
        return max(
            self.minimum_current or 0.0, self._charger.product.smart_charging.minimum
        )

    @property
    def watts_per_ampere(self) -> float:
        """The power in W of 1 A over the phases in use."""
        return watts_per_ampere(self._charger.rating_plate, self._readings.get)

    @property
    def in_force(self) -> float | None:
        """The limit that the charger took last, None where that is not certain."""
        return self._limiter.in_force

    # What is asked for

    async def set_limit(self, value: float, duration: timedelta | None = None) -> None:
        """Limit charging, in the unit of the product.

        After `duration` the limit is what it was before. Raises ChargerError where the
        charger refuses.
        """
        requested = self._limiter.requested
        before = self._temporary.before if self._temporary else requested.value
        if value < self._charger.product.smart_charging.minimum:
            value = 0.0
        limit = min(value, self.decision.maximum)
        await self._limiter.request(LimitRequest(limit, requested.paused))
        self._limit_until(
            TemporaryLimit(before=before, end=datetime.now(UTC) + duration)
            if duration
            else None
        )

    async def pause(self) -> None:
        """Hold charging back by a limit of 0. Raises ChargerError where that fails."""
        requested = self._limiter.requested
        await self._limiter.request(
            LimitRequest(requested.value, paused=True), at_once=True
        )

    async def resume(self) -> None:
        """End a pause, also that of a limit of 0. Raises ChargerError where that fails."""
        if not self.decision.is_paused:
            return
        value = self._limiter.requested.value
        if value == 0:
            value = self._charger.product.smart_charging.minimum
        self._limiter.prepare(LimitRequest(value))
        self._values.notify(ConnectorValue.CHARGING_MODE)
        await self._limiter.request(self._limiter.requested, at_once=True)

    def keep_mode(self, mode: ChargingMode) -> None:
        """Keep the mode that the owner chose."""
        self._charging_mode = mode

    def mode_changed(self) -> None:
        """Tell that the mode, or a setting of charging from the sun, is another one."""
        self._values.notify(ConnectorValue.CHARGING_MODE)
        self.changed.send()

    def set_minimum_current(self, value: float) -> None:
        """Charge a vehicle that follows the sun with at least so many A."""
        self.minimum_current = value
        self.mode_changed()

    def set_solar_reserve(self, value: float) -> None:
        """Leave so many W of the surplus to the house."""
        self.solar_reserve = value
        self.mode_changed()

    def follow_surplus(self, limit: float | None) -> None:
        """Charge with no more than a limit of the sun, None for no such limit."""
        before, self._surplus = self._surplus, limit
        if (before, limit) != (None, None):
            self.update()
            self._charger.link.spawn_command(self._follow)

    def report_surplus_reason(self, reason: str) -> None:
        """Show why the limit of the sun is what it is."""
        self._values.set(ConnectorValue.SURPLUS_REASON, reason)

    async def _follow(self) -> None:
        if self._limiter.in_force != self.decision.limit:
            await self._limiter.request(self._limiter.requested)

    def _limit_until(self, temporary: TemporaryLimit | None) -> None:
        """End the limit when its time is over, None for never."""
        self.close()
        self._temporary = temporary
        if temporary is not None:
            seconds = (temporary.end - datetime.now(UTC)).total_seconds()
            self._reverting = asyncio.get_running_loop().call_later(
                max(seconds, 0), self._revert, temporary
            )
        self.changed.send()

    def _revert(self, temporary: TemporaryLimit) -> None:
        self._temporary = None
        paused = self._limiter.requested.paused
        self._limiter.prepare(LimitRequest(temporary.before, paused))
        self._charger.link.spawn_command(self._limiter.apply)

    def reset(self) -> None:
        """Drop the requested limits: their unit no longer applies."""
        self._limit_until(None)
        self._limiter.restore(NO_LIMIT)
        self._follow_decision()
        self.minimum_current = None

    # What happened

    def transaction_started(self) -> None:
        """Put the limit to a transaction that started."""
        self._limiter.forget()
        self.spawn_apply()

    def transaction_ended(self) -> None:
        """Put the limit again that holds without a transaction."""
        self._limiter.forget(self._default_in_force)
        self.spawn_apply()

    def resumed_by_charger(self) -> None:
        """Put the limit again: some chargers lose it while they are suspended."""
        if self._limiter.is_used and not self._limiter.recently_written:
            self._limiter.forget()
            self.spawn_apply()

    def readings_reported(self, readings: Readings) -> None:
        """Note whether the charger measures what it offers; find out the reason anew."""
        self._measures_offer |= self._offered in readings
        self._update_reason()

    def forget(self) -> None:
        """Take no limit for in force: the charger may have lost it."""
        self._default_in_force = None
        self._limiter.forget()

    async def apply(self) -> None:
        """Bring what is asked for into force. Raises ChargerError where that fails."""
        await self._limiter.apply()

    def spawn_apply(self) -> None:
        """Bring what is asked for into force in the background."""
        if self._charger.settings.manage_configuration:
            self._charger.link.spawn_command(self._limiter.apply)

    def close(self) -> None:
        """Stop the timer of a temporary limit."""
        if self._reverting is not None:
            self._reverting.cancel()

    async def _send(self, value: float) -> None:
        running, number = self._sessions.running, self._connector.number
        transaction_id = running.id if running else None
        await self._charger.limit_writer.write(number, value, transaction_id)
        if running is None:
            self._default_in_force = value
        elif (
            ConnectorValue.ENERGY in self._readings.last
            and not self._measures_offer
            and self._charger.settings.manage_configuration
        ):
            self._charger.link.spawn_command(self._ask_for_limit_in_force)

    async def _ask_for_limit_in_force(self) -> None:
        """Read the limit in force from a charger that does not measure it."""
        limit = await limit_in_force(
            self._charger.link,
            self._connector.number,
            self._unit,
            lambda: self.watts_per_ampere,
        )
        if limit is not None:
            self._readings.report_offer(self._offered, limit)

    def _requested_changed(self) -> None:
        self.update()
        self.changed.send()

    @property
    def _unit(self) -> RateUnit:
        return self._charger.product.smart_charging.unit

    @property
    def _offered(self) -> ConnectorValue:
        """The reading of the limit in force."""
        return LIMIT_UNITS[self._unit].offered

    @property
    def _drawn(self) -> float | None:
        """What the vehicle draws, in the unit of the product, None where not known."""
        power = self._readings.last.get(ConnectorValue.POWER)
        if self._unit is RateUnit.WATT:
            return power
        if (current := self._readings.largest_current) is not None:
            return current
        return None if power is None else power / self.watts_per_ampere

    # What is kept

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON."""
        requested, temporary = self._limiter.requested, self._temporary
        return {
            "limit": requested.value,
            "paused": requested.paused,
            "charging_mode": self._charging_mode,
            "minimum_current": self.minimum_current,
            "solar_reserve": self.solar_reserve,
            "temporary_limit": temporary
            and {"before": temporary.before, "end": temporary.end.isoformat()},
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept."""
        self._limiter.restore(LimitRequest(data["limit"], data["paused"]))
        self._charging_mode = ChargingMode(data.get("charging_mode", ChargingMode.FAST))
        self.minimum_current = data.get("minimum_current")
        self.solar_reserve = data.get("solar_reserve", 0.0)
        if temporary := data.get("temporary_limit"):
            self._limit_until(
                TemporaryLimit(
                    before=temporary["before"],
                    end=datetime.fromisoformat(temporary["end"]),
                )
            )
        self._follow_decision()
