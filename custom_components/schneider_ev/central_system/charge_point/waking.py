"""Waking: a vehicle that fell asleep during a pause is woken by gentle steps.

Many vehicles sleep when charging is paused for a while, and draw nothing when current is
offered again. A short pause wakes most of them: they see the offer come anew.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
import logging
from typing import Any, Protocol

from ..charging.limits import Ceiling, CeilingSource, LimitReason
from ..messages.enums import ChargePointStatus
from ..messages.errors import ChargerCallError, ChargerRefusedError
from ..values import ConnectorValue, ConnectorValues, Signal
from .connector_limits import ConnectorLimits
from .link import Link
from .meter_readings import MeterReadings
from .resumption import Resumption
from .settings import ChargerSettings

_LOGGER = logging.getLogger(__name__)

PATIENCE = 180.0
"""Seconds in which a vehicle begins to draw what it is offered, if it is awake."""

SHORT_PAUSE = 30.0
"""Seconds of a pause that wakes a vehicle."""

MAX_STEPS = 2

_DRAWS_W = 100.0
"""What a vehicle draws at least while it charges."""


class Phase(StrEnum):
    """How far the waking of a vehicle is."""

    AWAKE = "awake"
    PAUSED = "paused"
    OFFERED = "offered"
    STEP = "step"
    ASLEEP = "asleep"


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """What is known of a connector and its vehicle.

    `has_vehicle` says that one is plugged in where a limit can pause, `is_held_back` that
    a pause of ours is asked for, `is_offered` that a limit is with which it could charge,
    `is_in_force` that the charger took it. Of `draws` and `rests`, one is true at most,
    and none where it cannot be told.
    """

    has_vehicle: bool = True
    is_reachable: bool = True
    is_held_back: bool = False
    is_offered: bool = True
    is_in_force: bool = True
    draws: bool = False
    rests: bool = False


class WakeUp:
    """Decides when a vehicle is to be woken; all times are in seconds, of one clock.

    A vehicle is woken only if it drew before the pause: one that had stopped by itself is
    full. It is not woken more than `MAX_STEPS` times until it draws or is unplugged.
    `until` is when the phase is over at the latest, None where no time counts.
    """

    def __init__(self) -> None:
        """Start with a vehicle of which nothing is known."""
        self.phase = Phase.AWAKE
        self.steps = 0
        self.until: float | None = None
        self._drew = False

    def observe(self, situation: Situation, now: float) -> None:
        """Take over what is known now."""
        if not situation.has_vehicle:
            self._go(Phase.AWAKE)
            self._drew = False
        elif situation.is_held_back:
            self._held_back()
        elif not situation.is_reachable:
            self._begin_again()
        elif situation.draws:
            self._go(Phase.AWAKE)
            self._drew = True
        elif self.phase is Phase.AWAKE:
            self._drew = self._drew and not situation.rests
        elif self.phase is Phase.STEP:
            if self._is_over(now):
                self._go(Phase.PAUSED)
        elif not (situation.is_offered and situation.rests):
            self._begin_again()
        elif self.phase is Phase.PAUSED:
            self._go(Phase.OFFERED, now + PATIENCE)
        elif self.phase is Phase.OFFERED and self._is_over(now):
            if not situation.is_in_force:
                self._go(Phase.OFFERED, now + PATIENCE)
            elif self.steps < MAX_STEPS:
                self.steps += 1
                self._go(Phase.STEP, now + SHORT_PAUSE)
            else:
                self._go(Phase.ASLEEP)

    def _held_back(self) -> None:
        if self.phase is not Phase.AWAKE or self._drew:
            self._begin_again(Phase.AWAKE)

    def _begin_again(self, *more: Phase) -> None:
        """Wait for the offer again; a vehicle that was given up stays so."""
        if self.phase in (Phase.OFFERED, Phase.STEP, *more):
            self._go(Phase.PAUSED)

    def _go(self, phase: Phase, until: float | None = None) -> None:
        self.phase, self.until = phase, until
        if phase is Phase.AWAKE:
            self.steps = 0

    def _is_over(self, now: float) -> bool:
        return self.until is not None and now >= self.until


class WakingConnector(Protocol):
    """What waking needs of a connector."""

    @property
    def number(self) -> int:
        """The number of the connector."""

    @property
    def plugged(self) -> bool:
        """Whether a cable connects a vehicle."""

    @property
    def status(self) -> ChargePointStatus | None:
        """The last reported status."""

    @property
    def values(self) -> ConnectorValues:
        """Who listens to what."""

    @property
    def readings(self) -> MeterReadings:
        """What was measured."""

    @property
    def limits(self) -> ConnectorLimits:
        """The limits."""

    @property
    def resumption(self) -> Resumption:
        """What begins a session again that a pause ended."""


class Waking:
    """Wakes the vehicle at a connector.

    `asleep_changed` tells that a vehicle could not be woken, or no longer needs to be;
    `changed` of each change of what is kept: what has to be undone if Home Assistant or
    the charger goes away in the middle of a step.
    """

    def __init__(
        self,
        connector: WakingConnector,
        link: Link,
        settings: Callable[[], ChargerSettings],
    ) -> None:
        """Start with a vehicle of which nothing is known."""
        self.changed = Signal[()]()
        self.asleep_changed = Signal[()]()
        self._connector = connector
        self._link = link
        self._settings = settings
        self._wake_up = WakeUp()
        self._drew: bool | None = None
        self._is_limited = False
        self._is_inoperative = False
        self._is_limit_uncertain = False
        self._operating: asyncio.Task[None] | None = None
        self._soon: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        connector.limits.decided.connect(self._look_soon)
        link.connection_changed.connect(self._look_soon)
        for value in (
            ConnectorValue.STATUS,
            ConnectorValue.PLUGGED,
            ConnectorValue.PAUSED,
            ConnectorValue.LIMITED_BY,
        ):
            connector.values.listen(value, self._look_soon)
        connector.values.listen(ConnectorValue.POWER, self._power_measured)

    @property
    def is_asleep(self) -> bool:
        """Whether all steps were in vain."""
        return self._wake_up.phase is Phase.ASLEEP

    def close(self) -> None:
        """Wake nothing any more: the connector is gone, or its charger is."""
        self._is_closed = True
        for handle in (self._soon, self._timer):
            if handle is not None:
                handle.cancel()

    def _power_measured(self) -> None:
        """Look where a vehicle is not awake, or begins or ceases to draw."""
        power = self._connector.readings.last.get(ConnectorValue.POWER)
        draws = power is None or power >= _DRAWS_W
        if draws is not self._drew or self._wake_up.phase is not Phase.AWAKE:
            self._drew = draws
            self._look_soon()

    def _look_soon(self) -> None:
        """Look once what changed at the same time has changed."""
        if self._soon is None and not self._is_closed:
            self._soon = asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._soon = None
        wake_up, loop = self._wake_up, asyncio.get_running_loop()
        before = wake_up.phase
        wake_up.observe(self._situation(), loop.time())
        if wake_up.phase is not before:
            self._act(before)
            self._look_soon()
        if self._is_inoperative and wake_up.phase is not Phase.STEP:
            self._make_operative()
        if self._is_limit_uncertain and self._connector.limits.in_force is not None:
            self._is_limit_uncertain = False
            self.changed.send()
        if self._timer is not None:
            self._timer.cancel()
        if wake_up.until is not None:
            self._timer = loop.call_at(wake_up.until, self._look)

    def _situation(self) -> Situation:
        connector, limits = self._connector, self._connector.limits
        decision, ceiling = limits.decision, limits.decision.ceiling
        power = connector.readings.last.get(ConnectorValue.POWER)
        is_charging = connector.status is ChargePointStatus.CHARGING
        may_draw = is_charging and (power is None or power >= _DRAWS_W)
        is_ours = self._is_limited and ceiling.reason is LimitReason.PAUSED
        return Situation(
            has_vehicle=connector.plugged and self._can_pause,
            is_reachable=self._link.is_connected,
            is_held_back=decision.limit == 0 and (decision.is_paused or not is_ours),
            is_offered=ceiling.limit >= limits.minimum,
            is_in_force=limits.in_force == decision.limit,
            draws=may_draw,
            rests=connector.status is ChargePointStatus.SUSPENDED_EV
            or (is_charging and not may_draw),
        )

    @property
    def _can_pause(self) -> bool:
        return (
            self._connector.limits.decision.is_pausable
            and not self._connector.resumption.is_refused
            and self._settings().manage_configuration
        )

    def _act(self, before: Phase) -> None:
        """Do what a new phase asks for."""
        phase = self._wake_up.phase
        if before is Phase.STEP and self._is_limited:
            self._limit(None)
        if phase is Phase.STEP:
            _LOGGER.info(
                "The vehicle at connector %s of %s draws nothing after a pause: step %s "
                "to wake it",
                self._connector.number,
                self._link.identity,
                self._wake_up.steps,
            )
            if self._wake_up.steps > 1 and self._settings().wake_by_availability:
                self._link.spawn_command(self._make_inoperative)
            else:
                resumes = datetime.now(UTC) + timedelta(seconds=SHORT_PAUSE)
                self._limit(
                    Ceiling(reason=LimitReason.PAUSED, limit=0.0, next_change=resumes)
                )
        if Phase.ASLEEP in (before, phase):
            self.asleep_changed.send()

    def _limit(self, ceiling: Ceiling | None) -> None:
        self._is_limited = ceiling is not None
        self._connector.limits.set_ceiling(CeilingSource.WAKING, ceiling)
        self.changed.send()

    async def _make_inoperative(self) -> None:
        """Put the connector out of service; one that only plans it has not done it."""
        self._is_inoperative = True
        self.changed.send()
        try:
            status = await self._change_availability("Inoperative")
        except ChargerRefusedError, ChargerCallError:
            self._operative_again()
            raise
        if status == "Scheduled":
            self._make_operative()

    def _make_operative(self) -> None:
        """Put the connector in service again, on the next connection if need be."""
        if self._operating is None or self._operating.done():
            self._operating = self._link.spawn_command(self._undo)

    async def _undo(self) -> None:
        with suppress(ChargerRefusedError, ChargerCallError):
            await self._change_availability("Operative")
        self._operative_again()

    def _operative_again(self) -> None:
        self._is_inoperative = False
        self.changed.send()

    async def _change_availability(self, kind: str) -> str:
        return await self._link.command(
            "ChangeAvailability",
            {"connectorId": self._connector.number, "type": kind},
            accepted=frozenset({"Scheduled"}),
        )

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON."""
        return {
            "waking_limits": self._is_limited or self._is_limit_uncertain,
            "waking_inoperative": self._is_inoperative,
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept: a step in the middle is undone on the connection."""
        self._is_inoperative = data.get("waking_inoperative", False)
        self._is_limit_uncertain = data.get("waking_limits", False)
        if self._is_limit_uncertain:
            self._connector.limits.put_when_connected()
