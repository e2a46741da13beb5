"""Simulated solar days: the regulator compared with a simple automation.

`python -m tests.solar_days` writes the figures into docs/solar.md.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from math import exp, floor, pi, sin
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Protocol

from custom_components.schneider_ev.central_system.charging.mode import ChargingMode
from custom_components.schneider_ev.site.load import Load
from custom_components.schneider_ev.site.readings import SiteReadings
from custom_components.schneider_ev.site.regulator import Regulator
from custom_components.schneider_ev.site.settings import DEFAULT_SETTINGS, Settings
from custom_components.schneider_ev.site.site import Site
from tests.simulator.car import Car

DOCUMENT = Path(__file__).parents[1] / "docs" / "solar.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->"

# in seconds
STEP = 5
DAYLIGHT = 14 * 3600
TIMES = range(0, DAYLIGHT, STEP)  # since sunrise
INTERVAL = 30  # between two decisions of the automation
METER_INTERVAL = 10  # between two readings of the grid meter
CHARGER_METER_DELAY = 5  # from a reading of the grid meter to one of the charger
WAKING = 15  # until a car charges again after a pause

PEAK = 9000.0  # W of the solar panels
VOLTAGE = 230.0
MINIMUM = 6.0  # A
MAXIMUM: Mapping[int, float] = {1: 32.0, 3: 16.0}  # A, by number of phases
KWH = 3.6e6  # Ws
SEEDS = range(1, 4)

type Powers = list[float]


def clear_sky() -> Powers:
    """The power of the panels from sunrise to sunset in W, at each step."""
    return [PEAK * sin(pi * time / DAYLIGHT) ** 1.5 for time in TIMES]


def broken_clouds(seed: int) -> Powers:
    """The power of the panels under passing clouds; the light changes within 20 s."""
    random = Random(seed)
    light = passing = 1.0
    until = 600.0
    powers = []
    for time, power in zip(TIMES, clear_sky(), strict=True):
        if time >= until:
            is_cloud = passing > 0.8
            passing = random.uniform(0.15, 0.5) if is_cloud else random.uniform(0.85, 1)
            until = time + random.uniform(20, 300 if is_cloud else 480)
        light += max(-0.03 * STEP, min(0.03 * STEP, passing - light))
        powers.append(power * light)
    return powers


def household(seed: int) -> Powers:
    """The power of a house: a refrigerator and small, varying loads."""
    random = Random(seed)
    small = 0.0
    powers = []
    for time in TIMES:
        if time % 60 == 0:
            small += 0.3 * (random.uniform(-100, 100) - small)
        refrigerator = 120.0 if time % 1800 < 600 else 0.0
        powers.append(350 + small + refrigerator + random.uniform(-25, 25))
    return powers


def kitchen(seed: int) -> Powers:
    """The power of a kettle (2 kW, at times) and a hob (1.8 kW, switched by its thermostat)."""
    random = Random(seed)
    powers = [0.0] * len(TIMES)
    for _ in range(14):
        begin = random.randrange(len(TIMES) - 240 // STEP)
        for index in range(begin, begin + random.randrange(120, 240) // STEP):
            powers[index] += 2000
    for meal in (2 * 3600, 6 * 3600, 11 * 3600):
        for time in range(meal, meal + 2400, STEP):
            powers[time // STEP] += 1800 if time % 35 < 15 else 0
    return powers


@dataclass(slots=True)
class Battery:
    """A house battery that regulates the grid power to zero, with a lag."""

    charge: float = 2000.0
    power: float = 0.0

    def follow(self, surplus: float) -> float:
        """Charge from a surplus or discharge into a deficit; return the power taken."""
        goal = max(-5000.0, min(5000.0, surplus))
        if (goal > 0 and self.charge >= 10000) or (goal < 0 and self.charge <= 1000):
            goal = 0.0
        self.power += (goal - self.power) * (1 - exp(-STEP / 8))
        self.charge += self.power * STEP / 3600
        return self.power


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A day: solar power minus household in W, at each step."""

    surplus: Powers
    has_battery: bool = False


def less(powers: Powers, *loads: Powers) -> Powers:
    """Return a power minus loads, at each step."""
    return [power - sum(taken) for power, *taken in zip(powers, *loads, strict=True)]


def clear_day(seed: int) -> Day:
    """A day without clouds."""
    return Day(surplus=less(clear_sky(), household(seed)))


def broken_day(seed: int) -> Day:
    """A day with broken clouds."""
    return Day(surplus=less(broken_clouds(seed), household(seed)))


def kitchen_day(seed: int) -> Day:
    """A day without clouds, with a kettle and a hob."""
    return Day(surplus=less(clear_sky(), household(seed), kitchen(seed)))


def battery_day(seed: int) -> Day:
    """A day with broken clouds, a kitchen and a house battery."""
    surplus = less(broken_clouds(seed), household(seed), kitchen(seed))
    return Day(surplus=surplus, has_battery=True)


DAYS: Mapping[str, Callable[[int], Day]] = {
    "clear sky": clear_day,
    "broken clouds": broken_day,
    "clear sky, kettle and hob": kitchen_day,
    "broken clouds, kettle and hob, house battery": battery_day,
}


class Control(Protocol):
    """Decides on the limit of the charger."""

    def observe(self, readings: SiteReadings, now: float) -> None:
        """Handle readings of grid and battery."""

    def limit(self, draw: float, now: float) -> float:
        """Return the limit in A; `draw` is the last measured power of the car in W."""


class Automation:
    """Sets the limit to the present surplus, as a simple automation does."""

    def __init__(self, phases: int) -> None:
        """Charge over so many phases."""
        self._phases = phases
        self._export = 0.0
        self._limit = 0.0

    def observe(self, readings: SiteReadings, now: float) -> None:
        """Store the reading of the grid meter."""
        self._export = -(readings.grid or 0.0)

    def limit(self, draw: float, now: float) -> float:
        """Return the surplus in whole amperes, updated at each interval."""
        if now % INTERVAL == 0:
            amperes = floor((self._export + draw) / VOLTAGE / self._phases)
            self._limit = min(amperes, MAXIMUM[self._phases])
        return self._limit if self._limit >= MINIMUM else 0.0


class SolarCharging:
    """Uses the regulator."""

    def __init__(self, phases: int, settings: Settings = DEFAULT_SETTINGS) -> None:
        """Charge over so many phases."""
        self._regulator = Regulator(
            Load(
                mode=ChargingMode.SOLAR,
                minimum=MINIMUM,
                maximum=MAXIMUM[phases],
                watts_per_unit=VOLTAGE * phases,
                plugged=True,
            )
        )
        self._site = Site(settings)
        self._site.regulators.append(self._regulator)

    def observe(self, readings: SiteReadings, now: float) -> None:
        """Pass the readings to the regulator."""
        self._site.observe(readings, now)
        self._site.decide(now)

    def limit(self, draw: float, now: float) -> float:
        """Return the limit of the regulator, decided at each reading."""
        regulator = self._regulator
        if draw != regulator.load.draw:
            regulator.load = replace(regulator.load, draw=draw, charging=draw > 0)
        return regulator.decision.limit or 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """The results of a day.

    `share` is the part of the surplus that the car has taken, `drawn` what it took
    beyond the surplus, in kWh. `changes` counts new limits, `pauses` those of 0.
    """

    share: float
    drawn: float
    changes: float
    pauses: float

    @classmethod
    def mean(cls, days: Sequence[Figures]) -> Figures:
        """Return the mean of several days."""
        return cls(
            **{
                figure.name: fmean(getattr(day, figure.name) for day in days)
                for figure in fields(cls)
            }
        )


def live(day: Day, make: Callable[[int], Control], phases: int) -> Figures:
    """Simulate a day with a car at the charger."""
    control = make(phases)
    car = Car(
        capacity=1000,
        phases=phases,
        maximum_current=MAXIMUM[phases],
        ramp=1,
        ready=False,
    )
    battery = Battery() if day.has_battery else None
    limit = draw = shown = 0.0
    begun = 0
    surplus_energy = taken = drawn = 0.0
    changes = pauses = 0
    for now, surplus in zip(TIMES, day.surplus, strict=True):
        export = surplus - draw
        if battery is not None:
            export -= battery.follow(export)
        if now % METER_INTERVAL == 0:
            discharge = None if battery is None else -battery.power
            control.observe(SiteReadings(grid=-export, battery=discharge), now)
        elif now % METER_INTERVAL == CHARGER_METER_DELAY:
            shown = draw
        wanted = control.limit(shown, now)
        if wanted != limit:
            changes += 1
            pauses += wanted == 0
            begun = now if limit == 0 else begun
            limit = wanted
        car.ready = now >= begun + WAKING
        draw = car.step(STEP, limit, VOLTAGE, phases) * 3600 / STEP
        surplus_energy += max(0.0, surplus) * STEP
        taken += max(0.0, min(draw, surplus)) * STEP
        drawn += max(0.0, draw - max(0.0, surplus)) * STEP
    return Figures(
        share=taken / surplus_energy,
        drawn=drawn / KWH,
        changes=changes,
        pauses=pauses,
    )


@cache
def results() -> Mapping[tuple[str, int], tuple[Figures, Figures]]:
    """Return the results by kind of day and number of phases: automation, regulator."""
    outcomes = {}
    for name, dawn in DAYS.items():
        days = [dawn(seed) for seed in SEEDS]
        for phases in MAXIMUM:
            plain, ours = (
                Figures.mean([live(day, make, phases) for day in days])
                for make in (Automation, SolarCharging)
            )
            outcomes[name, phases] = plain, ours
    return outcomes


def table() -> str:
    """Return the results as a Markdown table."""
    return "".join(f"{line}\n" for line in _lines())


def _lines() -> Iterator[str]:
    yield (
        "| day | phases | share of the surplus | drawn beyond it, kWh "
        "| changes | pauses |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for (day, phases), (plain, ours) in results().items():
        cells = (
            f"{plain.share:.0%} → **{ours.share:.0%}**",
            f"{plain.drawn:.1f} → **{ours.drawn:.1f}**",
            f"{plain.changes:.0f} → **{ours.changes:.0f}**",
            f"{plain.pauses:.0f} → **{ours.pauses:.0f}**",
        )
        yield f"| {day} | {phases} | {' | '.join(cells)} |"


def main() -> None:
    """Write the results into the document."""
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}{table()}{END}{after}")


if __name__ == "__main__":
    main()
