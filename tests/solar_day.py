"""A day in the sun, end to end: a real Home Assistant, a charger and its car.

`python -m tests.solar_day` plays days with broken clouds, a kettle and a hob, from sunrise
to sunset, and says what came of them. The grid meter is a state in Home Assistant: what
the house takes, less what the panels give, and what the simulated car really draws. Time
passes in steps for both sides (see tests/clockwork): a day of 14 hours takes less than a
minute, and on a busy machine it takes longer, but is no other day.
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

from custom_components.schneider_ev.site.regulator import INTERVAL

from .processes import free_port
from .real_home_assistant import CONFIGURATION, OURS, Json, RealHomeAssistant
from .simulator import Car, Simulator, simulator as simulator_module
from .solar_days import (
    CHARGER_METER_DELAY,
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
"""What the owner, who is not sure, sets one after the other."""

_TURNS = 20
"""How often the loop turns until what has come in is dealt with."""
_EVENING = 300
_LOOK_EVERY = 900
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
    """A day with broken clouds on which somebody cooks."""
    return Day(surplus=less(broken_clouds(seed), household(seed), kitchen(seed)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """What Home Assistant `shows` at a time, beside what is so at the charger.

    `offered` is in A, `power` and `energy` are what it last measured, in W and in Wh
    since the session began.
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
    """What came of a day.

    `surplus`, and what the car `taken` of it and `drawn` beyond it, are in kWh. `limits`
    are those on the wire, each with its time in seconds since sunrise, and `moments` what
    was seen every now and then. In the `evening` the car was charged from the grid for a while, and it
    was gone by `night`. `session` is what was recorded, `register` what the charger's own
    register says of it in Wh.
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
        """When the car was made to pause."""
        return [
            at
            for (_, before), (at, limit) in pairwise(self.limits)
            if before and not limit
        ]

    def row(self, computed: Figures) -> str:
        """Tell it in a line, beside what the regulator alone makes of such a day."""
        return (
            f"{self.phases:6} {self.taken + self.drawn:12.1f} {self.share:6.0%} "
            f"({computed.share:.0%}) {self.drawn:8.1f} ({computed.drawn:.1f}) "
            f"{len(self.limits):8} ({computed.changes:.0f}) "
            f"{len(self.pauses):6} ({computed.pauses:.0f}) {self.seconds:8.0f}"
        )


HEAD = (
    "phases charged, kWh  share       drawn, kWh    limits       pauses      seconds\n"
    "(in brackets: what the regulator alone makes of that day)"
)


async def play(directory: Path, day: Day, phases: int = 3) -> Report:
    """Play a day: a car is plugged in at sunrise, and unplugged after sunset."""
    begun = monotonic()
    port = free_port()
    async with RealHomeAssistant(
        directory, integrations=(OURS, _CLOCKWORK), configuration=_CONFIGURATION
    ) as hass:
        await _set_up(hass, port, phases)
        with _own_time() as time:
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
    """The seconds since sunrise, as the charger and its car have them."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.seconds)


@contextmanager
def _own_time() -> Iterator[_Time]:
    """Have the simulator go by a time of its own, and answer within it."""
    time = _Time()
    with (
        patch.multiple(simulator_module, monotonic=time.monotonic, now=time.now),
        patch.object(messages, "ASYNC_VALIDATION", False),
    ):
        yield time


class _Charger(Simulator):
    """Notes when a limit comes."""

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
    """Has everybody live through the day, step by step."""

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
            there = max(0.0, surplus)
            report.surplus += there * STEP / KWH
            report.taken += min(drawn, there) * STEP / KWH
            report.drawn += max(0.0, drawn - there) * STEP / KWH
            if now % _LOOK_EVERY == CHARGER_METER_DELAY + METER_INTERVAL:
                report.moments.append(await self._look(now))
        await self._do("charging_mode", "select_option", option="fast")
        for limit in EVENING_LIMITS:
            await self._do("charging_limit", "set_value", value=limit)
        for now in range(TIMES.stop, TIMES.stop + _EVENING, STEP):
            await self._step(now, 0.0)
        report.evening = await self._look(now)
        report.register = self._charger.energy - self._meter_start
        await self._charger.unplug()
        await self._told()
        self._measured = 0.0, self._charger.energy
        report.night = await self._look(now)
        response = await self._hass.call_service(
            DOMAIN, "get_sessions", {}, return_response=True
        )
        (report.session,) = response["sessions"]
        report.limits = self._charger.limits
        return report

    async def _begin(self) -> None:
        """Have a car charge, by a badge, with all that it can take."""
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
        # decisions are to follow what the meter has just shown
        await self._pass_time(INTERVAL - 1)

    async def _do(self, key: str, action: str, **data: object) -> None:
        """Have the owner do something."""
        target = {"entity_id": self._entities[key]}
        await self._hass.call_service(_SHOWN[key], action, data, target)

    async def _step(self, now: int, surplus: float) -> float:
        """Live through a step; return the power that the car drew in it."""
        charger = self._charger
        if now % METER_INTERVAL == 0:
            await self._show_grid(charger.connectors[1].power - surplus)
        elif now % METER_INTERVAL == CHARGER_METER_DELAY:
            charger.post_meter_values("Sample.Periodic")
            self._measured = charger.connectors[1].power, charger.energy
            await self._told()
        await self._wake_car(now)
        await self._pass_time(STEP)
        before = charger.energy
        self._time.seconds = now + STEP
        return (charger.energy - before) * 3600 / STEP

    async def _pass_time(self, seconds: float) -> None:
        """Let time pass in Home Assistant, and take in what comes of it."""
        await self._hass.call_service("clockwork", "pass_time", {"seconds": seconds})
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def _told(self) -> None:
        """Wait until Home Assistant has answered to all that the charger says."""
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
        """Have the car take a while until it charges again."""
        if not self._charger.offered_current:
            self._resumed_at = now + STEP
        is_ready = now >= self._resumed_at + WAKING
        if is_ready is not self._charger.car.ready:
            self._charger.set_car(ready=is_ready)
            await self._told()

    async def _look(self, now: int) -> Moment:
        """See what is shown, and what is so."""
        await self._told()
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
    """Return what the regulator alone makes of a day."""
    return live(day, SolarCharging, phases)


def main() -> None:
    """Play the days that are asked for."""
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
