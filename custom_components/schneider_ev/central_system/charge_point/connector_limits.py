"""The limit of a connector: what is asked for, what holds, and why.

The owner's limit, a pause, a temporary limit, the charging mode and the ceilings of all
others come together here, and nowhere else.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from ...products.model import Purpose, RateUnit
from ..charging.explanation import SiteReport
from ..charging.limiter import Limiter, Target, Wanted
from ..charging.limits import (
    LIMIT_UNITS,
    Ceiling,
    CeilingSource,
    LimitDecision,
    LimitState,
    decide,
)
from ..charging.mode import ChargingMode
from ..charging.phases import VehiclePhases
from ..charging.power import Readings
from ..charging.profiles import STATION, profile_id
from ..charging.ratings import Rating, RatingPlate, connector_rating
from ..charging.requests import Change, LimitRequest, Requests
from ..messages.enums import ChargePointStatus
from ..messages.errors import ChargerOfflineError
from ..state.configuration import Configuration
from ..values import ConnectorValue, ConnectorValues, Problems, Signal
from .composite_schedule import ForeignProfiles, limit_in_force
from .connector_sessions import ConnectorSessions
from .explained import Explained
from .limit_writer import LimitWriter
from .limited_by import LimitedBy
from .link import Link
from .meter_readings import MeterReadings
from .settings import ChargerSettings
from .station_limit import StationLimit

_EARLY_S = 0.001
"""A timer may fire a little before its time."""


class ConnectorLimits:
    """Holds what is asked of a connector, and puts the limit that follows from it.

    `decision` is the limit that is to hold now, and why. `minimum_current` and
    `solar_reserve` (W) are settings of charging from the sun. `changed` tells of each
    change of what is kept, `decided` of each limit that is another one.
    """

    def __init__(
        self,
        number: int,
        *,
        link: Link,
        configuration: Configuration,
        problems: Problems,
        writer: LimitWriter,
        station: StationLimit,
        settings: Callable[[], ChargerSettings],
        rating_plate: Callable[[], RatingPlate],
        values: ConnectorValues,
        readings: MeterReadings,
        phases: VehiclePhases,
        sessions: ConnectorSessions,
        others_charge: Callable[[], bool],
    ) -> None:
        """Start with nothing asked for: the first parts are the charger's."""
        self.minimum_current: float | None = None
        self.solar_reserve = 0.0
        self.changed = Signal[()]()
        self.decided = Signal[()]()
        self._number = number
        self._link = link
        self._configuration = configuration
        self._writer = writer
        self._station = station
        self._settings = settings
        self._rating_plate = rating_plate
        self._values = values
        self._readings = readings
        self._phases = phases
        self._sessions = sessions
        self._ceilings: dict[CeilingSource, Ceiling] = {}
        self._ending: asyncio.TimerHandle | None = None
        self._is_closed = False
        self._left_alone: Target = None
        self._measures_offer = False
        self._set_aside: dict[RateUnit, _UnitLimits] = {}
        self._phases_put: int | None = None
        self._requests = Requests(self._requested_changed)
        self._limiter = Limiter(
            self._requests,
            wanted=self._wanted,
            send=self._send,
            spawn=link.spawn,
        )
        foreign_profiles = ForeignProfiles(
            number,
            link=link,
            problems=problems,
            configuration=configuration,
            settings=settings,
            limits=self,
            may_be_shared=others_charge,
        )
        self._limited_by = LimitedBy(
            configuration=configuration,
            values=values,
            readings=readings,
            phases=phases,
            foreign_profiles=foreign_profiles,
        )
        self._explained = Explained(
            unit=lambda: self.unit, values=values, readings=readings, phases=phases
        )
        self._rating = self._find_rating()
        self.decision = self._decide()
        self._shown_mode = self.mode

    # What holds, and why

    def status_reported(self, status: ChargePointStatus) -> None:
        """Take over the status of the connector, and decide by that."""
        self._limited_by.status_reported(status)
        self.update()
        self._explained.update()

    def update(self) -> None:
        """Decide on the limit anew, and tell of what is another one."""
        self._follow_decision()
        self._limited_by.update(self.decision)

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
        if self.decision.owners_limit != before.owners_limit:
            self._values.notify(ConnectorValue.LIMIT)
        if self.decision.is_paused is not before.is_paused:
            self._values.notify(ConnectorValue.PAUSED)
            self._follow_mode()
        if self.decision.limit != before.limit:
            self.decided.send()

    def _follow_mode(self) -> None:
        before, self._shown_mode = self._shown_mode, self.mode
        if self._shown_mode is not before:
            self._values.notify(ConnectorValue.CHARGING_MODE)

    def _find_rating(self) -> Rating:
        return connector_rating(self._rating_plate(), self._number)

    def _decide(self) -> LimitDecision:
        request = self._request
        return decide(
            LimitState(
                smart_charging=self._configuration.product.smart_charging,
                rating=self._rating,
                requested=request,
                requested_until=_date(request.end),
                station=self._station.requested,
                ceilings=tuple(self._ceilings.values()),
            )
        )

    def _wanted(self) -> Wanted:
        running = self._sessions.running
        if (
            running is None
            or running.id == self._left_alone
            or not self._writer.limits_transactions
        ):
            return self.decision.limit, None
        return self.decision.limit, running.id

    @property
    def _request(self) -> LimitRequest:
        """What is asked for now."""
        request = self._requests.current
        return request if request.end is None else request.at(_now())

    @property
    def mode(self) -> ChargingMode:
        """The mode that holds; where a limit can pause, off is a pause."""
        return ChargingMode.OFF if self.decision.is_paused else self._request.mode

    @property
    def minimum(self) -> float:
        """The least to charge with, in the unit of the product."""
        return max(self.minimum_current or 0.0, self._least)

    @property
    def _least(self) -> float:
        """The least that the product can charge with."""
        return self._configuration.product.smart_charging.minimum

    @property
    def watts_per_ampere(self) -> float:
        """The power in W of 1 A over the phases in use."""
        return self._phases.watts_per_ampere

    @property
    def in_force(self) -> float | None:
        """The limit that the charger took last, None where that is not certain."""
        return self._limiter.in_force

    # What is asked for

    async def set_limit(self, value: float, duration: timedelta | None = None) -> None:
        """Limit charging, in the unit of the product.

        After `duration` the limit is what it was before. Less than the product can
        charge with is a pause where that is one, else the least there is. Raises
        ChargerError where the charger refuses.
        """
        limit = min(value, self.decision.maximum)
        if limit < self._least:
            limit = 0.0 if self.decision.is_pausable or limit <= 0 else self._least
        end = None if duration is None else _now() + duration.total_seconds()
        await self._ask(partial(LimitRequest.limited, value=limit, end=end))

    async def pause(self) -> None:
        """Hold charging back by a limit of 0. Raises ChargerError where that fails."""
        await self._ask(LimitRequest.pausing, at_once=True)

    async def resume(self, mode: ChargingMode | None = None) -> None:
        """End a pause, also that of a limit of 0, be it in another mode.

        Raises ChargerError where that fails.
        """
        now, least = _now(), self._least

        def resume(request: LimitRequest) -> LimitRequest:
            return request.at(now).resumed(least).in_mode(mode or request.mode)

        if self.decision.is_paused:
            await self._ask(resume, at_once=True)

    async def choose_mode(self, mode: ChargingMode) -> None:
        """Charge in a mode, which ends a pause. Raises ChargerError where that fails."""
        if self.decision.is_paused:
            await self.resume(mode)
        else:
            with self.choosing(mode):
                pass

    def choosing(self, mode: ChargingMode) -> AbstractContextManager[None]:
        """Choose a mode that counts for good if nothing is raised."""
        return self._requests.asked(partial(LimitRequest.in_mode, mode=mode))

    async def _ask(self, change: Change, *, at_once: bool = False) -> None:
        if self._is_closed:
            raise ChargerOfflineError
        await self._limiter.request(change, at_once=at_once)

    def set_minimum_current(self, value: float) -> None:
        """Charge a vehicle that follows the sun with at least so many A."""
        self.minimum_current = value
        self._setting_changed()

    def set_solar_reserve(self, value: float) -> None:
        """Leave so many W of the surplus to the house."""
        self.solar_reserve = value
        self._setting_changed()

    def _setting_changed(self) -> None:
        self._values.notify(ConnectorValue.CHARGING_MODE)
        self.changed.send()

    def set_ceiling(self, source: CeilingSource, ceiling: Ceiling | None) -> None:
        """Charge with no more than a ceiling, None for no such ceiling any more."""
        before = self._ceilings.pop(source, None)
        if ceiling is not None:
            self._ceilings[source] = ceiling
        if (before, ceiling) != (None, None):
            self.update()
            if self._limiter.in_force != self.decision.limit:
                self._link.spawn_command(self._follow)

    def report_site(self, report: SiteReport) -> None:
        """Show why the ceiling of the site is what it is."""
        self._values.set(ConnectorValue.SURPLUS_REASON, report.reason)
        self._explained.report(report)

    async def _follow(self) -> None:
        if self._limiter.in_force != self.decision.limit:
            await self._limiter.follow()

    def change_unit(self, before: RateUnit, now: RateUnit) -> None:
        """Set limits aside until their unit applies again; the ceilings are dropped."""
        request = self._request
        self._set_aside[before] = _UnitLimits(
            limit=request.ended().value, minimum_current=self.minimum_current
        )
        back = self._set_aside.pop(now, _UnitLimits())
        self._ceilings.clear()
        self.minimum_current = back.minimum_current
        request = request.unlimited()
        self._requests.replace(
            request if back.limit is None else request.limited(back.limit)
        )
        self._limiter.forget()
        self._follow_decision()

    # What happened

    def leave_alone(self, transaction_id: int) -> None:
        """Put no limit to a transaction: it was over when it was delivered."""
        self._left_alone = transaction_id

    def resumed_by_charger(self) -> None:
        """Put the limit again: some chargers lose it while they are suspended."""
        if self._limiter.is_used and not self._limiter.recently_written:
            self._limiter.forget()
            self.spawn_apply()

    def readings_reported(self, readings: Readings) -> None:
        """Note whether the charger measures what it offers; find out the reason anew."""
        self._measures_offer |= self._offered in readings
        if self._phases_put is not None and self._phases_put != self._phases.in_use:
            self._limiter.forget()
            self._link.spawn_command(self._limiter.follow)
        self._limited_by.update(self.decision)

    def forget(self) -> None:
        """Take no limit for in force: the charger may have lost it."""
        self._limiter.forget()

    def put_when_connected(self) -> None:
        """Put the limit on the next connection: the charger may hold another one."""
        self._limiter.doubt()

    async def apply(self) -> None:
        """Bring what is asked for into force. Raises ChargerError where that fails."""
        await self._limiter.apply()

    def spawn_apply(self) -> None:
        """Bring what is asked for into force in the background.

        A transaction that starts or ends has a limit of its own.
        """
        if self._settings().manage_configuration:
            self._link.spawn_command(self._limiter.apply)

    def close(self) -> None:
        """Send nothing any more: the connector is gone, or its charger is."""
        self._is_closed = True
        self._limited_by.close()
        if self._ending is not None:
            self._ending.cancel()

    async def _send(self, value: float, transaction_id: Target) -> Target:
        if self._is_closed:
            raise ChargerOfflineError
        self._phases_put = None
        target = await self._writer.write(
            self._number,
            value,
            transaction_id,
            phases=self._phases_to_put,
            is_over=lambda: self._wanted()[1] != transaction_id,
        )
        if self._limited_by.is_settling:
            self._limited_by.written()
        if (
            transaction_id is not None
            and ConnectorValue.ENERGY in self._readings.last
            and not self._measures_offer
            and self._settings().manage_configuration
        ):
            self._link.spawn_command(self._ask_for_limit_in_force)
        return target

    def _phases_to_put(self) -> int:
        """Return the phases of a limit that goes out in another unit."""
        self._phases_put = self._phases.in_use
        return self._phases_put

    async def _ask_for_limit_in_force(self) -> None:
        """Read the limit in force from a charger that does not measure it."""
        if (limit := await self.composite_limit()) is not None:
            self._readings.report_offer(self._offered, limit)

    async def composite_limit(self) -> float | None:
        """Ask the charger for the limit in force. Raises ChargerError if it does not say."""
        return await limit_in_force(
            self._link,
            self._number,
            self.unit,
            wire_unit=self.wire_unit,
            watts_per_ampere=lambda: self.watts_per_ampere,
        )

    async def put_again(self) -> None:
        """Clear our profiles that nothing is asked of any more, and put the others again.

        Raises ChargerError where that fails.
        """
        kept = self._wanted()[1] is None, self._limiter.is_used
        leftovers = {
            profile_id(purpose, self._number)
            for purpose in (Purpose.TX_DEFAULT, Purpose.TX)
            if kept != (purpose is Purpose.TX_DEFAULT, True)
        }
        if self._station.requested is None:
            leftovers.add(profile_id(Purpose.CHARGE_POINT_MAX, STATION))
        await self._writer.clear(sorted(leftovers))
        self._limiter.forget()
        await self._limiter.apply()

    def _requested_changed(self) -> None:
        self._watch_end()
        self.update()
        self._follow_mode()
        self.changed.send()

    def _watch_end(self) -> None:
        """Have the limit end when its time is over."""
        if self._ending is not None:
            self._ending.cancel()
        if (end := self._requests.current.end) is not None and not self._is_closed:
            self._ending = asyncio.get_running_loop().call_at(
                end + _EARLY_S, self._ended
            )

    def _ended(self) -> None:
        self.update()
        self.changed.send()
        self._link.spawn_command(self._limiter.apply)

    @property
    def unit(self) -> RateUnit:
        """The unit of limits."""
        return self._configuration.product.smart_charging.unit

    @property
    def wire_unit(self) -> RateUnit:
        """The unit in which the charger takes limits."""
        return self._writer.unit(self._number, self._sessions.running_id)

    @property
    def _offered(self) -> ConnectorValue:
        """The reading of the limit in force."""
        return LIMIT_UNITS[self.unit].offered

    # What is kept

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON: ends by the clock as it is now, to 0.1 s."""
        request, temporary = self._request, None
        if (end := _date(request.end)) is not None:
            temporary = {"before": request.after, "end": end.isoformat()}
        return {
            "limit": request.value,
            "paused": request.paused,
            "charging_mode": request.mode,
            "minimum_current": self.minimum_current,
            "solar_reserve": self.solar_reserve,
            "temporary_limit": temporary,
            "unit": self.unit,
            "limits_set_aside": {
                unit: asdict(limits) for unit, limits in self._set_aside.items()
            },
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept."""
        self.minimum_current = data.get("minimum_current")
        self.solar_reserve = data.get("solar_reserve", 0.0)
        end = after = None
        if temporary := data.get("temporary_limit"):
            left = datetime.fromisoformat(temporary["end"]) - datetime.now(UTC)
            end, after = _now() + left.total_seconds(), temporary["before"]
        self._requests.replace(
            LimitRequest(
                data["limit"],
                data["paused"],
                end=end,
                after=after,
                mode=ChargingMode(data.get("charging_mode", ChargingMode.FAST)),
            )
        )
        self._set_aside = {
            RateUnit(unit): _UnitLimits(**limits)
            for unit, limits in data.get("limits_set_aside", {}).items()
        }
        unit = RateUnit(data.get("unit", self.unit))
        if unit is not self.unit:
            self.change_unit(unit, self.unit)


@dataclass(frozen=True, kw_only=True, slots=True)
class _UnitLimits:
    """What an owner asks for in one unit."""

    limit: float | None = None
    minimum_current: float | None = None


def _date(time: float | None) -> datetime | None:
    """Return a time of the event loop by the clock as it is now, to 0.1 s."""
    if time is None:
        return None
    timestamp = datetime.now(UTC).timestamp() + time - _now()
    return datetime.fromtimestamp(round(timestamp, 1), UTC)


def _now() -> float:
    """Return the time of the event loop, which no change of the clock touches."""
    return asyncio.get_running_loop().time()
