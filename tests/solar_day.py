"""Solar charging for a day, end to end: a real Home Assistant, a simulated charger and car.

`python -m tests.solar_day` simulates days with broken clouds, a kettle and a hob, from
sunrise to sunset, and prints the results. The grid meter is a state in Home Assistant:
household minus solar power, plus the power that the simulated car draws. Time passes in
steps for both sides (see tests/clockwork): a day of 14 hours takes less than a minute.
A busy machine needs longer, but gets the same results.
"""

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, override
from unittest.mock import patch

from ocpp import messages

from .processes import free_port
from .real_home_assistant import CONFIGURATION, OURS, Json, RealHomeAssistant
from .simulator import Car, Simulator, simulator as simulator_module
from .solar_days import (
    CHARGER_METER_DELAY,
    INTERVAL,
    KWH,
    MAXIMUM,
    METER_INTERVAL,
    SEEDS,
    STEP,
    TIMES,
    WAKING,
    Day,
    Figures,
    SolarCharging,
    broken_clouds,
    household,
    kitchen,
    less,
    live,
)

DOMAIN = "schneider_ev"
IDENTITY = "EVB3S22N4A-0001"
GRID = "sensor.grid"
EVENING_LIMITS = (20, 15, 10)
"""Limits in A that the owner sets in quick succession in the evening."""

_TURNS = 20
"""Turns of the event loop until received frames have been handled."""
_EVENING_S = 300
_OBSERVATION_INTERVAL_S = 900
_CLOCKWORK = Path(__file__).parent / "clockwork"
_CONFIGURATION = "".join(
    line
    for line in f"{CONFIGURATION}\nclockwork:\n".splitlines(keepends=True)
    if line.strip() not in {"energy:", "history:", "logbook:", "recorder:"}
)
_SHOWN = {
    "status": "sensor",
    "power": "sensor",
    "limited_by": "sensor",
    "session_energy": "sensor",
    "charging_mode": "select",
    "charging_limit": "number",
    "charging": "switch",
}


def cloudy_day(seed: int) -> Day:
    """A day with broken clouds, a kettle and a hob."""
    return Day(surplus=less(broken_clouds(seed), household(seed), kitchen(seed)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """The states in Home Assistant and the state of the charger at a time.

    `offered` is in A; `power` in W and `energy` in Wh since the start of the session are
    the last values that the charger sent.
    """

    at: int
    shows: dict[str, str]
    reason: str
    status: str
    offered: float
    power: float
    energy: float


@dataclass(kw_only=True)
class Report:
    """The results of a day.

    `surplus`, the part of it that the car has `taken`, and what it has `drawn` beyond it
    are in kWh. `limits` are those that the charger received, with the time in seconds
    since sunrise; `moments` are regular observations. In the `evening` the car charges
    from the grid; at `night` it is unplugged. `session` is the session in Home
    Assistant, `register` its energy by the register of the charger, in Wh.
    """

    phases: int
    surplus: float = 0.0
    taken: float = 0.0
    drawn: float = 0.0
    limits: list[tuple[float, float]] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    evening: Moment | None = None
    night: Moment | None = None
    session: Json = field(default_factory=dict)
    register: float = 0.0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def share(self) -> float:
        """The part of the surplus that the car took."""
        return self.taken / self.surplus

    @property
    def pauses(self) -> list[float]:
        """The times at which charging was paused."""
        return [
            at
            for (_, before), (at, limit) in pairwise(self.limits)
            if before and not limit
        ]

    def row(self, computed: Figures) -> str:
        """Format the results as a line, with those of the regulator alone in brackets."""
        return (
            f"{self.phases:6} {self.taken + self.drawn:12.1f} {self.share:6.0%} "
            f"({computed.share:.0%}) {self.drawn:8.1f} ({computed.drawn:.1f}) "
            f"{len(self.limits):8} ({computed.changes:.0f}) "
            f"{len(self.pauses):6} ({computed.pauses:.0f}) {self.seconds:8.0f}"
        )


HEAD = (
    "phases charged, kWh  share       drawn, kWh    limits       pauses      seconds\n"
    "(in brackets: the regulator alone, without Home Assistant and charger)"
)


async def play(directory: Path, day: Day, phases: int = 3) -> Report:
    """Simulate a day: a car is plugged in at sunrise, and unplugged after sunset."""
    begun = monotonic()
    port = free_port()
    async with RealHomeAssistant(
        directory, integrations=(OURS, _CLOCKWORK), configuration=_CONFIGURATION
    ) as hass:
        await _set_up(hass, port, phases)
        with _simulated_time() as time:
            async with _Charger(
                time,
                f"ws://127.0.0.1:{port}",
                latency=0,
                phases=phases,
                car=Car(
                    capacity=1000,
                    phases=phases,
                    maximum_current=MAXIMUM[phases],
                    ramp=1,
                ),
            ) as charger:
                player = _Player(hass, charger, time, Report(phases=phases))
                report = await player.play(day)
    report.problems = hass.problems(DOMAIN, "clockwork")
    report.seconds = monotonic() - begun
    return report


async def _set_up(hass: RealHomeAssistant, port: int, phases: int) -> None:
    entry = await hass.set_up(DOMAIN, {"host": "127.0.0.1", "port": port})
    flow = await hass.start_subentry_flow(entry["entry_id"], "charger")
    await hass.continue_subentry_flow(
        flow["flow_id"],
        {
            "identity": IDENTITY,
            "product": "auto",
            "phases": str(phases),
            "manage_configuration": True,
            "grid_power_entity": GRID,
            "grid_power_sign": "import",
        },
    )


@dataclass(slots=True)
class _Time:
    """The clock of charger and car: seconds since sunrise."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.seconds)


@contextmanager
def _simulated_time() -> Iterator[_Time]:
    """Make the simulator use a simulated clock, and answer without delay."""
    time = _Time()
    with (
        patch.multiple(simulator_module, monotonic=time.monotonic, now=time.now),
        patch.object(messages, "ASYNC_VALIDATION", False),
    ):
        yield time


class _Charger(Simulator):
    """A simulated charger that records the limits it receives."""

    def __init__(self, time: _Time, url: str, **options: Any) -> None:
        super().__init__(url, IDENTITY, **options)
        self._clock = time
        self.limits: list[tuple[float, float]] = []

    @override
    def note_received(self, action: str, payload: dict[str, Any]) -> None:
        super().note_received(action, payload)
        if action == "SetChargingProfile":
            schedule = payload["csChargingProfiles"]["chargingSchedule"]
            limit = schedule["chargingSchedulePeriod"][0]["limit"]
            self.limits.append((self._clock.seconds, limit))


class _Player:
    """Simulates a day step by step."""

    def __init__(
        self, hass: RealHomeAssistant, charger: _Charger, time: _Time, report: Report
    ) -> None:
        self._hass = hass
        self._charger = charger
        self._time = time
        self._report = report
        self._entities: dict[str, str] = {}
        self._resumed_at = -WAKING
        self._meter_start = 0.0
        self._measured = (0.0, 0.0)

    async def play(self, day: Day) -> Report:
        report = self._report
        await self._begin()
        await self._show_grid(self._charger.connectors[1].power)
        await self._do("charging_mode", "select_option", option="solar")
        for now, surplus in zip(TIMES, day.surplus, strict=True):
            drawn = await self._step(now, surplus)
            available = max(0.0, surplus)
            report.surplus += available * STEP / KWH
            report.taken += min(drawn, available) * STEP / KWH
            report.drawn += max(0.0, drawn - available) * STEP / KWH
            if now % _OBSERVATION_INTERVAL_S == CHARGER_METER_DELAY + METER_INTERVAL:
                report.moments.append(await self._observe(now))
        await self._do("charging_mode", "select_option", option="fast")
        for limit in EVENING_LIMITS:
            await self._do("charging_limit", "set_value", value=limit)
        for now in range(TIMES.stop, TIMES.stop + _EVENING_S, STEP):
            await self._step(now, 0.0)
        report.evening = await self._observe(now)
        report.register = self._charger.energy - self._meter_start
        await self._charger.unplug()
        await self._delivered()
        self._measured = 0.0, self._charger.energy
        report.night = await self._observe(now)
        response = await self._hass.call_service(
            DOMAIN, "get_sessions", {}, return_response=True
        )
        (report.session,) = response["sessions"]
        report.limits = self._charger.limits
        return report

    async def _begin(self) -> None:
        """Start charging with a badge, at full power."""
        charger = self._charger
        await charger.until(charger.accepted.is_set, 20)
        await charger.plug_in()
        await charger.present_badge("ADA")
        await charger.until(lambda: charger.transaction_id is not None, 20)
        charger.post_meter_values("Sample.Periodic")
        for key, domain in _SHOWN.items():
            find = partial(self._hass.entity_id, domain, f"{IDENTITY}_1_{key}")
            self._entities[key] = await self._hass.wait_for(find, 20)
        self._meter_start = charger.energy
        # from now, decisions come just after a reading of the grid meter
        await self._pass_time(INTERVAL - 1)

    async def _do(self, key: str, action: str, **data: object) -> None:
        """Perform an action on an entity."""
        target = {"entity_id": self._entities[key]}
        await self._hass.call_service(_SHOWN[key], action, data, target)

    async def _step(self, now: int, surplus: float) -> float:
        """Simulate a step; return the mean power of the car in W."""
        charger = self._charger
        if now % METER_INTERVAL == 0:
            await self._show_grid(charger.connectors[1].power - surplus)
        elif now % METER_INTERVAL == CHARGER_METER_DELAY:
            charger.post_meter_values("Sample.Periodic")
            self._measured = charger.connectors[1].power, charger.energy
            await self._delivered()
        await self._wake_car(now)
        await self._pass_time(STEP)
        before = charger.energy
        self._time.seconds = now + STEP
        return (charger.energy - before) * 3600 / STEP

    async def _pass_time(self, seconds: float) -> None:
        """Advance the clock of Home Assistant, and handle the frames that it sends."""
        await self._hass.call_service("clockwork", "pass_time", {"seconds": seconds})
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def _delivered(self) -> None:
        """Wait until Home Assistant has answered all messages of the charger."""
        await asyncio.wait_for(self._charger.uplink.outbox.drained(), 20)

    async def _show_grid(self, power: float) -> None:
        await self._hass.post(
            f"/api/states/{GRID}",
            {
                "state": f"{power:.0f}",
                "attributes": {"device_class": "power", "unit_of_measurement": "W"},
            },
        )

    async def _wake_car(self, now: int) -> None:
        """Delay charging after a pause by the time that a car takes to wake up."""
        if not self._charger.offered_current:
            self._resumed_at = now + STEP
        is_ready = now >= self._resumed_at + WAKING
        if is_ready is not self._charger.car.ready:
            self._charger.set_car(ready=is_ready)
            await self._delivered()

    async def _observe(self, now: int) -> Moment:
        """Return the states in Home Assistant and the state of the charger."""
        await self._delivered()
        states = await self._hass.states()
        return Moment(
            at=now,
            shows={key: states[self._entities[key]]["state"] for key in _SHOWN},
            reason=states[self._entities["charging_mode"]]["attributes"]["reason"],
            status=self._charger.status,
            offered=self._charger.offered_current,
            power=self._measured[0],
            energy=self._measured[1] - self._meter_start,
        )


def computed(day: Day, phases: int) -> Figures:
    """Return the results of the regulator alone."""
    return live(day, SolarCharging, phases)


def main() -> None:
    """Simulate the requested days."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, action="append", choices=SEEDS)
    parser.add_argument("--phases", type=int, action="append", choices=MAXIMUM)
    arguments = parser.parse_args()
    sys.stdout.write(f"{HEAD}\n")
    for phases in arguments.phases or MAXIMUM:
        for seed in arguments.seed or SEEDS:
            day = cloudy_day(seed)
            with TemporaryDirectory() as directory:
                report = asyncio.run(play(Path(directory), day, phases))
            sys.stdout.write(f"{report.row(computed(day, phases))}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
