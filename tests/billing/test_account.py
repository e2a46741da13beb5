"""The account of a session against an independent reckoning, second by second."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cache
from itertools import groupby
from random import Random

import pytest

from custom_components.schneider_ev.billing import SessionAccount
from custom_components.schneider_ev.central_system.state import Session, SessionCosts
from custom_components.schneider_ev.site.readings import SiteReadings

START = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
"""Ten minutes before the clocks of Europe go back."""

CENT = Decimal("0.01")
PRICED = SiteReadings(grid=10_000.0, import_price=0.3)


def at(seconds: float) -> datetime:
    """Return a moment of the session."""
    return START + timedelta(seconds=seconds)


@dataclass(frozen=True, kw_only=True, slots=True)
class Second:
    """What flows during a second."""

    readings: SiteReadings
    cars: int
    own: int | None


@dataclass(kw_only=True, slots=True)
class Generated:
    """A session: its seconds, and the energy in Wh that is metered when they are over."""

    seconds: list[Second] = field(default_factory=list)
    registers: dict[int, int] = field(default_factory=dict)
    restarts: set[int] = field(default_factory=set)


def generated(seed: int) -> Generated:
    """Generate a session with sun, battery, another car, changes of price and gaps."""
    random = Random(seed)
    session = Generated()
    price = random.choice(
        [None, Fraction(3, 10), Fraction(random.randrange(500), 1000)]
    )
    export = random.choice([None, Fraction(8, 100)])
    metered = Fraction(0)
    energy = 0
    for second in range(random.randrange(120, 900)):
        if second == 0 or random.random() < 0.02:
            own = random.choice([0, *(random.randrange(1000, 11_000) for _ in "1234")])
            cars = own + random.choice([0, 0, random.randrange(1, 7000)])
            grid = random.choice(
                [None, *(random.randrange(-6000, 12_000) for _ in range(9))]
            )
            battery = random.choice([None, random.randrange(-3000, 4000)])
            is_gap = random.random() < 0.05
        if random.random() < 0.006:
            price = random.choice(
                [None, *(Fraction(random.randrange(-50, 600), 1000) for _ in "123")]
            )
        session.seconds.append(
            Second(
                readings=SiteReadings(
                    grid=grid,
                    battery=battery,
                    import_price=None if price is None else float(price),
                    export_price=None if export is None else float(export),
                ),
                cars=cars,
                own=None if is_gap else own,
            )
        )
        metered += Fraction(own, 3600) * Fraction(random.randrange(98, 103), 100)
        if random.random() < 0.03:
            energy = round(metered)
            session.registers[second] = energy
            if random.random() < 0.05:
                session.restarts.add(second)
    session.registers[len(session.seconds) - 1] = round(metered)
    return session


def run(session: Generated) -> Iterator[SessionCosts]:
    """Account for a session; yield what the account tells after each register."""
    account = SessionAccount()
    before: Second | None = None
    for number, second in enumerate(session.seconds):
        if second != before:
            account.flow(
                second.readings, cars=second.cars, own=second.own, now=at(number)
            )
            before = second
        if (register := session.registers.get(number)) is not None:
            account.register(register, at(number + 1))
            yield account.costs
        if number in session.restarts:
            account = SessionAccount(account.costs, is_new=False)
            before = None


@dataclass(kw_only=True, slots=True)
class Reckoning:
    """What a session comes to, reckoned with fractions, all of them exact."""

    solar: Fraction = Fraction(0)
    battery: Fraction = Fraction(0)
    grid: Fraction = Fraction(0)
    cost: Fraction = Fraction(0)
    unpriced: Fraction = Fraction(0)
    is_estimated: bool = False
    is_priced: bool = False


@cache
def exact(value: float) -> Fraction:
    """Return what a number is written as."""
    return Fraction(str(value))


@cache
def flowed(second: Second) -> tuple[Fraction, Fraction, Fraction]:
    """Return the energy in Wh of sun, battery and grid that a car gets in a second."""
    assert second.own is not None
    cars = Fraction(second.cars)
    from_grid, from_battery = cars, Fraction(0)
    if second.readings.grid is not None:
        from_grid = min(cars, max(Fraction(0), exact(second.readings.grid)))
        discharged = max(Fraction(0), exact(second.readings.battery or 0))
        from_battery = min(cars - from_grid, discharged)
    energy = Fraction(second.own, 3600)
    return (
        energy * (cars - from_grid - from_battery) / cars,
        energy * from_battery / cars,
        energy * from_grid / cars,
    )


def reckoned(session: Generated) -> Reckoning:
    """Reckon a session by the rules of docs/costs.md, a second at a time."""
    result = Reckoning()
    seconds: list[Second] = []
    accounted = 0
    is_gap = False
    meter_was_known = False
    last_price: Fraction | None = None

    for number, second in enumerate(session.seconds):
        price = second.readings.import_price
        if price is not None:
            last_price = exact(price)
            if result.unpriced:
                result.cost += result.unpriced * last_price / 1000
                result.unpriced = Fraction(0)
                result.is_estimated = result.is_priced = True
        seconds.append(second)
        if number not in session.registers:
            continue
        rise = session.registers[number] - accounted
        sums = {"solar": Fraction(0), "battery": Fraction(0), "grid": Fraction(0)}
        money = free = Fraction(0)
        interval_priced = doubtful = False
        for each, same in groupby(seconds):
            count = len(list(same))
            readings = each.readings
            meter_was_known |= readings.grid is not None
            if each.own is None:
                is_gap = True
                continue
            if not each.own:
                continue
            solar, battery, grid = (count * part for part in flowed(each))
            sums["solar"] += solar
            sums["battery"] += battery
            sums["grid"] += grid
            money += (battery + solar) * exact(readings.export_price or 0) / 1000
            if readings.import_price is None:
                free += grid
            else:
                money += grid * exact(readings.import_price) / 1000
            interval_priced |= (
                readings.import_price is not None or readings.export_price is not None
            )
            doubtful |= readings.grid is None and (
                meter_was_known or readings.battery is not None
            )
        total = sum(sums.values(), Fraction(0))
        if not rise:
            is_gap = False
            seconds = [each for each in seconds if each.own is not None]
        elif total or is_gap:
            known = min(Fraction(rise), total) if is_gap else Fraction(rise)
            for name, value in sums.items():
                share = known * value / total if total else Fraction(0)
                setattr(result, name, getattr(result, name) + share)
            gap = rise - known
            result.grid += gap
            result.unpriced += gap
            if total:
                result.cost += known * money / total
                result.unpriced += known * free / total
            result.is_estimated |= is_gap or doubtful
            result.is_priced |= interval_priced
            if price is not None and result.unpriced:
                result.cost += result.unpriced * exact(price) / 1000
                result.unpriced = Fraction(0)
                result.is_estimated = result.is_priced = True
            accounted, seconds, is_gap = session.registers[number], [], False
        if number in session.restarts:
            pending = session.registers[number] - accounted
            result.grid += pending
            result.unpriced += pending
            result.is_estimated |= pending > 0
            if last_price is not None:
                result.is_estimated |= result.unpriced > 0
                result.is_priced = True
                result.cost += result.unpriced * last_price / 1000
                result.unpriced = Fraction(0)
            elif result.is_priced:
                result.is_estimated |= result.unpriced > 0
                result.unpriced = Fraction(0)
            else:
                result.unpriced = result.grid
            accounted, seconds, is_gap = session.registers[number], [], True
            meter_was_known, last_price = False, None
    pending = session.registers[len(session.seconds) - 1] - accounted
    result.grid += pending
    result.unpriced += pending
    result.is_estimated |= pending > 0
    if last_price is not None:
        result.cost += result.unpriced * last_price / 1000
        result.is_priced = True
    result.is_estimated |= result.is_priced and result.unpriced > 0
    return result


def test_a_thousand_sessions() -> None:
    """Equal the independent reckoning to the cent and the watt-hour."""
    told = estimated = priced = 0
    for seed in range(1000):
        session = generated(seed)
        *_, costs = run(session)
        expected = reckoned(session)
        final = session.registers[len(session.seconds) - 1]
        exact = (expected.solar, expected.battery, expected.grid)
        assert sum(exact) == final
        assert costs.energy == final * 10**6
        whole = [each // 1 for each in exact]
        by_remainder = sorted(range(3), key=lambda i: whole[i] - exact[i])
        for index in by_remainder[: final - sum(whole)]:
            whole[index] += 1
        assert costs.energies == tuple(whole), seed
        assert (costs.cost is not None) == expected.is_priced, seed
        if costs.amount is not None:
            amount = Decimal(expected.cost.numerator) / expected.cost.denominator
            assert costs.amount == amount.quantize(CENT, ROUND_HALF_EVEN), seed
            priced += 1
        assert costs.is_estimated == expected.is_estimated, seed
        estimated += costs.is_estimated
        told += sum(share > 100 for share in costs.energies) == 3
    assert min(told, estimated, 1000 - estimated, priced, 1000 - priced) > 20


@pytest.mark.parametrize("seed", range(1000, 1100))
def test_sums(seed: int) -> None:
    """At every reading the parts come to the register, and only rise."""
    session = generated(seed)
    last = SessionCosts()
    registers = [session.registers[number] for number in sorted(session.registers)]
    for register, costs in zip(registers, run(session), strict=True):
        assert sum(costs.energies) == register
        assert costs.energy_solar >= last.energy_solar
        assert costs.energy_battery >= last.energy_battery
        assert min(costs.energies) >= 0
        last = costs


def test_the_house_comes_first() -> None:
    """What is imported is for the cars, then the battery; the sun gives the rest."""
    account = SessionAccount()
    account.flow(
        SiteReadings(grid=1000, battery=2000, import_price=0.4, export_price=0.1),
        cars=8000,
        own=4000,
        now=at(0),
    )
    account.register(4000, at(3600))
    costs = account.costs
    assert costs.energies == (2500, 1000, 500)
    assert costs.amount == Decimal("0.55")
    assert costs.solar_share == 62.5
    assert not costs.is_estimated


def test_a_price_that_changes() -> None:
    """Splits the interval at the change, by time."""
    account = SessionAccount()
    account.flow(PRICED, cars=6000, own=6000, now=at(0))
    account.flow(
        SiteReadings(grid=10_000, import_price=0.1), cars=6000, own=6000, now=at(900)
    )
    account.register(8000, at(3600))
    assert account.costs.amount == Decimal("1.20")


def test_a_gap() -> None:
    """Is filled by the register, from the grid at the present price, and none twice."""
    account = SessionAccount()
    account.flow(SiteReadings(grid=-1), cars=6000, own=6000, now=at(0))
    account.register(6000, at(3600))
    resumed = SessionAccount(account.costs, is_new=False)
    resumed.flow(PRICED, cars=6000, own=6000, now=at(7200))
    resumed.register(13_000, at(7200 + 60))
    costs = resumed.costs
    assert costs.energies == (6000, 0, 7000)
    assert costs.amount == Decimal("2.10")
    assert costs.is_estimated


def test_a_silent_charger() -> None:
    """Gives its energy to the grid until a power is measured."""
    account = SessionAccount()
    account.flow(PRICED, cars=0, own=0, now=at(0))
    account.register(500, at(60))
    assert account.costs.energies == (0, 0, 500)
    assert account.costs.is_estimated
    account.flow(SiteReadings(grid=0, import_price=0.3), cars=30, own=30, now=at(60))
    account.register(1000, at(120))
    assert account.costs.energies == (1000, 0, 0)
    assert not account.costs.is_estimated


def test_a_clock_that_is_set_back() -> None:
    """Takes back nothing of what flowed."""
    account = SessionAccount()
    account.flow(SiteReadings(grid=0), cars=6000, own=6000, now=at(0))
    account.register(0, at(600))
    account.flow(PRICED, cars=6000, own=6000, now=at(300))
    account.register(2000, at(1200))
    assert account.costs.energies == (1000, 0, 1000)
    assert account.costs.amount == Decimal("0.30")


def test_an_end_that_is_late() -> None:
    """Is all from the grid, where the charger was offline."""
    account = SessionAccount()
    account.flow(PRICED, cars=6000, own=6000, now=at(600))
    account.register(1000, at(1200))
    account.flow(SiteReadings(grid=-9000), cars=0, own=None, now=at(1200))
    account.flow(SiteReadings(grid=-9000), cars=0, own=None, now=at(1800))
    account.register(2000, at(900))
    assert account.costs.energies == (0, 0, 2000)
    assert account.costs.amount == Decimal("0.60")
    assert account.costs.is_estimated


def test_a_register_that_counts_otherwise() -> None:
    """Takes from all parts alike."""
    account = SessionAccount()
    account.flow(
        SiteReadings(grid=1000, import_price=0.3), cars=4000, own=4000, now=at(0)
    )
    account.register(4000, at(3600))
    account.register(1000, at(3600))
    assert account.costs.energies == (750, 0, 250)
    assert account.costs.amount == Decimal("0.08")
    account.register(0, at(3600))
    assert account.costs.energies == (0, 0, 0)
    assert account.costs.amount == 0


def test_no_price() -> None:
    """Costs nothing that is known; the first price counts for what had none."""
    account = SessionAccount()
    account.flow(SiteReadings(), cars=6000, own=6000, now=at(0))
    account.register(1000, at(600))
    assert account.costs.amount is None
    assert not account.costs.is_estimated
    account.flow(SiteReadings(import_price=0.5), cars=6000, own=6000, now=at(600))
    assert account.costs.amount == Decimal("0.50")
    assert account.costs.is_estimated


def test_a_meter_that_falls_silent() -> None:
    """Makes all that follows an estimate."""
    account = SessionAccount()
    account.flow(SiteReadings(grid=-500), cars=6000, own=6000, now=at(0))
    account.register(1000, at(600))
    assert not account.costs.is_estimated
    account.flow(SiteReadings(), cars=6000, own=6000, now=at(600))
    account.register(2000, at(1200))
    assert account.costs.energies == (1000, 0, 1000)
    assert account.costs.is_estimated


def test_what_is_not_accounted_for() -> None:
    """Is from the grid at the mean price of the session."""
    session = Session(
        id=1,
        identity="A",
        connector=1,
        start=START,
        base=0.0,
        register=2000.0,
        costs=SessionCosts(
            energy_solar=10**9, cost=200_000, currency="EUR", is_estimated=False
        ),
    )
    costs = session.settled_costs
    assert costs is not None
    assert costs.energies == (1000, 0, 1000)
    assert costs.amount == Decimal("0.40")
    assert costs.is_estimated
