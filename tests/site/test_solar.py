"""Charging from surplus: from what a grid meter shows to limits."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from math import inf
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.schneider_ev.central_system.charging.mode import ChargingMode
from custom_components.schneider_ev.site.load import Decision, Load, Reason
from custom_components.schneider_ev.site.readings import SiteReadings
from custom_components.schneider_ev.site.regulator import Regulator
from custom_components.schneider_ev.site.settings import Settings
from custom_components.schneider_ev.site.site import Site
from tests.solar_days import BEGIN, DAYS, DOCUMENT, END, MAXIMUM, results, table

SAMPLE_INTERVAL = 10
ONE_PHASE, THREE_PHASES = 230.0, 690.0
HOUR = 3600
USUAL = Settings(start_after=60, margin=0.5)


def load(**changes: Any) -> Load:
    """An AC connector over one phase with a car that waits for the sun."""
    usual = Load(
        mode=ChargingMode.SOLAR,
        minimum=6,
        maximum=32,
        watts_per_unit=ONE_PHASE,
        plugged=True,
    )
    return replace(usual, **changes)


def dc_load(**changes: Any) -> Load:
    """A DC connector."""
    return load(
        minimum=1000,
        maximum=24000,
        watts_per_unit=1,
        step=250,
        pausable=False,
        **changes,
    )


class Household:
    """Cars that take what they are offered, and a grid meter.

    `surplus` is what there is for cars, in W; `takes` is the most that each car takes,
    in the unit of its limits, and `takes_of_limit` what it takes of a smaller limit.
    `history` has what was decided, and when.
    """

    def __init__(
        self,
        *loads: Load,
        settings: Settings = USUAL,
        interval: float = SAMPLE_INTERVAL,
    ) -> None:
        self.now = 0.0
        self.surplus = 0.0
        self.is_silent = False
        self.takes = [inf] * len(loads)
        self.takes_of_limit: Callable[[float], float] = float
        self.site = Site(settings)
        self.site.regulators += [Regulator(each) for each in loads]
        self.history: list[tuple[float, list[Decision]]] = []
        self._interval = interval
        self.decide()

    @property
    def decisions(self) -> list[Decision]:
        """What is decided on each connector."""
        return [each.decision for each in self.site.regulators]

    @property
    def decision(self) -> Decision:
        """What is decided on the only connector."""
        (decision,) = self.decisions
        return decision

    @property
    def limits(self) -> list[float | None]:
        """The limits of all connectors."""
        return [decision.limit for decision in self.decisions]

    @property
    def draws(self) -> list[float]:
        """What each car draws, in W."""
        return [each.load.draw or 0.0 for each in self.site.regulators]

    @property
    def readings(self) -> SiteReadings:
        """What the meters show."""
        return SiteReadings(grid=sum(self.draws) - self.surplus)

    def decide(self) -> None:
        """Have it decide now."""
        self.site.decide(self.now)
        self.history.append((self.now, self.decisions))

    def set(self, number: int = 0, **changes: Any) -> None:
        """Change what is known of a connector, and have it decide."""
        regulator = self.site.regulators[number]
        regulator.load = replace(regulator.load, **changes)
        self.decide()

    def run(self, seconds: float, surplus: float | None = None) -> None:
        """Let time pass: a sample and a decision every 10 s."""
        if surplus is not None:
            self.surplus = surplus
        for _ in range(round(seconds / SAMPLE_INTERVAL)):
            self.now += SAMPLE_INTERVAL
            for regulator, most in zip(self.site.regulators, self.takes, strict=True):
                self._draw(regulator, most)
            if not self.is_silent:
                self.site.observe(self.readings, self.now)
            if self.now % self._interval == 0:
                self.decide()

    def _draw(self, regulator: Regulator, most: float) -> None:
        """Have a car take what it may, up to the most that it can."""
        known, limit = regulator.load, regulator.decision.limit
        offered = known.maximum if limit is None else limit
        taken = min(self.takes_of_limit(offered), most)
        draw = taken * known.watts_per_unit if known.plugged and offered else 0.0
        regulator.load = replace(known, draw=draw, charging=draw > 0)

    def limits_of(self, number: int) -> list[tuple[float, float | None]]:
        """The limits of one connector, and when they were decided."""
        return [(now, decisions[number].limit) for now, decisions in self.history]

    def pauses(self, number: int = 0) -> list[float]:
        """When a connector was paused for want of surplus."""
        return [
            now
            for (_, before), (now, after) in pairwise(self.history)
            if before[number].limit
            and after[number].limit == 0
            and after[number].reason in (Reason.NO_SURPLUS, Reason.NO_DATA)
        ]


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        ({"mode": ChargingMode.FAST}, Decision(None, Reason.FAST)),
        ({"mode": ChargingMode.OFF}, Decision(0, Reason.OFF)),
        ({"maximum": 5}, Decision(0, Reason.OFF)),
        ({"plugged": False}, Decision(0, Reason.UNPLUGGED)),
        (
            {"plugged": False, "mode": ChargingMode.MIN_SOLAR},
            Decision(6, Reason.UNPLUGGED),
        ),
        (
            {"plugged": False, "mode": ChargingMode.FAST},
            Decision(None, Reason.FAST),
        ),
    ],
)
def test_what_the_surplus_has_no_say_in(
    changes: dict[str, Any], decision: Decision
) -> None:
    """It is decided at once, whatever came before."""
    house = Household(load())
    house.run(HOUR, 5000)
    house.set(**changes)
    assert house.decision == decision
    house.run(HOUR, 0)
    assert house.decision == decision


@pytest.mark.parametrize(
    ("watts_per_unit", "least"), [(ONE_PHASE, 1380), (THREE_PHASES, 4140)]
)
def test_starts_after_a_minute_of_enough(watts_per_unit: float, least: float) -> None:
    """Which is 1.4 kW over one phase and 4.1 kW over three."""
    house = Household(load(watts_per_unit=watts_per_unit))
    house.run(HOUR, least - 10)
    assert house.decision == Decision(0, Reason.NO_SURPLUS)
    house.run(60, least + 10)
    assert house.decision == Decision(0, Reason.WAITING)
    house.run(60)
    assert house.decision == Decision(6, Reason.SURPLUS)


def test_a_timer_may_be_a_little_early() -> None:
    """A delay does not last one decision longer because of that."""
    house = Household(load())
    house.run(HOUR, 0)
    for seconds in (1, 30, 59.999, 89.998):
        house.site.observe(SiteReadings(grid=-5000), house.now + seconds)
        house.site.decide(house.now + seconds)
    assert house.decision.limit


def test_a_break_begins_the_minute_anew() -> None:
    """Enough now and then is not enough."""
    house = Household(load())
    for _ in range(30):
        house.run(60, 5000)
        house.run(30, 0)
    assert {limit for _, limit in house.limits_of(0)} == {0}


def test_pauses_after_three_minutes_of_too_little() -> None:
    """Until then it holds the minimum."""
    house = Household(load())
    house.run(HOUR, 3000)
    assert house.decision == Decision(12, Reason.SURPLUS)
    house.run(180, 1000)
    assert house.decision == Decision(6, Reason.MINIMUM)
    house.run(30)
    assert house.decision == Decision(0, Reason.NO_SURPLUS)


def test_a_short_gap_is_no_pause() -> None:
    """A kettle is done before."""
    house = Household(load())
    house.run(HOUR, 3000)
    house.run(150, 1000)
    house.run(150, 3000)
    house.run(150, 1000)
    assert house.decision == Decision(6, Reason.MINIMUM)
    assert not house.pauses()


def test_stays_on_for_the_minimum_on_time() -> None:
    """However little there is."""
    house = Household(load(), settings=Settings(minimum_on_time=900))
    house.run(60, 0)
    house.run(120, 3000)
    begun = min(now for now, limit in house.limits_of(0) if limit)
    house.run(2 * HOUR, 0)
    assert house.pauses() == [begun + 900]


def test_no_more_pauses_in_an_hour_than_allowed() -> None:
    """Then the grid makes up for the minimum."""
    house = Household(load(), settings=Settings(minimum_on_time=0, pause_after=0))
    for _ in range(2 * HOUR // 240):
        house.run(120, 3000)
        house.run(120, 0)
    pauses = house.pauses()
    assert len(pauses) > 6
    assert all(
        later - earlier >= HOUR
        for earlier, later in zip(pauses, pauses[6:], strict=False)
    )
    assert Decision(6, Reason.MINIMUM) in [decided for _, (decided,) in house.history]


def test_min_solar_keeps_the_minimum() -> None:
    """At once, and takes what there is beyond."""
    house = Household(load(mode=ChargingMode.MIN_SOLAR))
    house.run(30, -500)
    assert house.decision == Decision(6, Reason.MINIMUM)
    house.run(HOUR)
    assert house.decision == Decision(6, Reason.MINIMUM)
    house.run(60, 2900)
    assert house.decision == Decision(12, Reason.SURPLUS)


@pytest.mark.parametrize("watts_per_unit", [ONE_PHASE, THREE_PHASES])
@pytest.mark.parametrize("surplus", [4200, 5000, 6543, 7300])
def test_what_the_car_draws_is_counted(watts_per_unit: float, surplus: float) -> None:
    """It settles at most one and a half steps below the surplus."""
    house = Household(load(watts_per_unit=watts_per_unit))
    house.run(HOUR, surplus)
    (drawn,) = house.draws
    assert surplus - 1.5 * watts_per_unit <= drawn <= surplus


def test_never_more_than_the_maximum() -> None:
    """And at once less, when the owner wants less."""
    house = Household(load(maximum=16))
    house.run(HOUR, 20000)
    assert house.decision.limit == 16
    house.set(maximum=10)
    assert house.decision.limit == 10


def test_a_raised_minimum_holds_at_once() -> None:
    """Some cars need more than others."""
    house = Household(load())
    house.run(HOUR, 1500)
    assert house.decision.limit == 6
    house.set(minimum=8)
    assert house.decision == Decision(8, Reason.MINIMUM)


def test_the_reserve_is_left_to_the_house() -> None:
    """A start needs it, too."""
    house = Household(load(reserve=500))
    house.run(HOUR, 1800)
    assert house.decision == Decision(0, Reason.NO_SURPLUS)
    house.run(HOUR, 3500)
    assert house.decision.limit == 12


def test_a_loss_counts_at_once_and_a_gain_once_it_has_lasted() -> None:
    """A limit rises to the least of the last half minute."""
    house = Household(load())
    house.run(HOUR, 3000)
    house.run(20, 6300)
    assert house.decision.limit == 12
    house.run(10)
    assert house.decision.limit == 26
    house.run(HOUR)
    house.run(10, 2000)
    assert house.decision.limit == 2000 // ONE_PHASE


def test_a_short_drop_is_remembered() -> None:
    """A hob that its thermostat switches every 20 s does not make the limit swing."""
    house = Household(load())
    house.run(HOUR, 5000)
    for _ in range(20):
        house.run(10, 3200)
        house.run(20, 5000)
        assert house.decision.limit == 13


def test_less_than_a_part_of_a_step_more_changes_nothing() -> None:
    """A surplus on the edge between two limits does not make it swing."""
    house = Household(load())
    house.run(HOUR, 12.8 * ONE_PHASE)
    house.history.clear()
    for edge in (13.4, 12.9, 13.1, 12.1):
        house.run(60, edge * ONE_PHASE)
    assert {limit for _, limit in house.limits_of(0)} == {12}
    house.run(330, 13.6 * ONE_PHASE)
    assert house.decision.limit == 13


def test_what_is_measured_on_the_ramp_says_nothing() -> None:
    """The meter of the charger is behind that of the grid."""
    house = Household(load())
    house.run(HOUR, 3000)
    house.run(30, 6000)
    (drawn,), limit = house.draws, house.decision.limit
    assert limit
    assert limit * ONE_PHASE > drawn
    house.site.observe(SiteReadings(grid=limit * ONE_PHASE - 6000), house.now + 15)
    house.site.decide(house.now + 20)
    assert house.decision.limit == limit


@pytest.mark.parametrize(
    ("mode", "limit"), [(ChargingMode.SOLAR, 0), (ChargingMode.MIN_SOLAR, 6)]
)
def test_without_news_it_falls_back(mode: ChargingMode, limit: float) -> None:
    """After two minutes, to a pause or to the minimum; with news, it goes on."""
    house = Household(load(mode=mode))
    house.run(HOUR, 5000)
    house.is_silent = True
    house.run(120)
    assert house.decision == Decision(21, Reason.SURPLUS)
    house.run(30)
    assert house.decision == Decision(limit, Reason.NO_DATA)
    house.run(HOUR)
    assert house.decision == Decision(limit, Reason.NO_DATA)
    house.is_silent = False
    house.run(120, 3000)
    assert house.decision == Decision(12, Reason.SURPLUS)


def test_what_was_before_the_silence_counts_no_more() -> None:
    """The first news are taken as they are."""
    house = Household(load(mode=ChargingMode.MIN_SOLAR))
    house.run(HOUR, 0)
    house.is_silent = True
    house.run(HOUR)
    house.is_silent = False
    house.run(30, 6000)
    assert house.decision.limit == 25


def test_silence_wears_no_contactor() -> None:
    """A meter that comes and goes does not make more pauses than clouds may."""
    house = Household(load())
    for _ in range(12):
        house.is_silent = False
        house.run(120, 5000)
        house.is_silent = True
        house.run(180)
    assert len(house.pauses()) <= 6


def test_a_car_that_charges_already_goes_on() -> None:
    """As when Home Assistant restarted, and the first news are yet to come."""
    house = Household(load(charging=True, draw=3000.0))
    house.site.decide(0)
    assert house.decision == Decision(6, Reason.NO_DATA)
    house.run(60, 3000)
    assert house.decision == Decision(12, Reason.SURPLUS)


def test_a_car_that_charges_when_it_is_seen_goes_on() -> None:
    """As when its charger was away for a while."""
    house = Household(load(plugged=False))
    house.run(HOUR, 3000)
    house.set(plugged=True, charging=True)
    assert house.decision == Decision(12, Reason.SURPLUS)


def test_without_any_news_it_is_paused_after_two_minutes() -> None:
    """A meter that is never heard is not waited for any longer."""
    house = Household(load(charging=True, draw=3000.0))
    house.is_silent = True
    house.run(120)
    assert house.decision == Decision(6, Reason.NO_DATA)
    house.run(30)
    assert house.decision == Decision(0, Reason.NO_DATA)


@pytest.mark.parametrize(
    ("surplus", "charges", "decision"),
    [
        (5000, True, Decision(21, Reason.SURPLUS)),
        (500, True, Decision(6, Reason.MINIMUM)),
        (500, False, Decision(0, Reason.NO_SURPLUS)),
        (5000, False, Decision(0, Reason.WAITING)),
    ],
)
def test_from_fast_to_solar(surplus: float, charges: bool, decision: Decision) -> None:
    """What charges goes on; what does not, waits."""
    house = Household(load(mode=ChargingMode.FAST))
    house.takes = [inf if charges else 0]
    house.run(HOUR, surplus)
    house.set(mode=ChargingMode.SOLAR)
    assert house.decision == decision


def test_a_new_mode_begins_the_delay_anew() -> None:
    """What was too little long ago does not pause now."""
    house = Household(load())
    house.run(HOUR, 5000)
    house.run(120, 1000)
    house.set(mode=ChargingMode.MIN_SOLAR)
    house.run(HOUR)
    house.set(mode=ChargingMode.SOLAR)
    house.run(150)
    assert house.decision == Decision(6, Reason.MINIMUM)
    house.set(mode=ChargingMode.FAST)
    house.run(HOUR)
    house.set(mode=ChargingMode.SOLAR)
    house.run(150)
    assert house.decision == Decision(6, Reason.MINIMUM)


def test_dc_is_never_paused() -> None:
    """That would end the session: it holds 1 kW, and follows the surplus beyond."""
    house = Household(dc_load())
    house.run(HOUR, 0)
    assert house.decision == Decision(1000, Reason.MINIMUM)
    house.run(HOUR, 7600)
    assert house.decision == Decision(7250, Reason.SURPLUS)
    house.is_silent = True
    house.run(HOUR)
    assert house.decision == Decision(1000, Reason.NO_DATA)
    house.set(mode=ChargingMode.OFF)
    assert house.decision == Decision(0, Reason.OFF)


def test_a_draw_that_is_not_measured_is_what_the_limit_allows() -> None:
    """It settles all the same."""
    site = Site()
    regulator = Regulator(load())
    site.regulators.append(regulator)
    for now in range(0, HOUR, SAMPLE_INTERVAL):
        limit = regulator.decision.limit or 0
        regulator.load = replace(regulator.load, charging=limit > 0)
        site.observe(SiteReadings(grid=limit * ONE_PHASE - 5000), now)
        site.decide(now)
    assert regulator.decision == Decision(21, Reason.SURPLUS)


def test_a_car_that_does_not_charge_draws_nothing() -> None:
    """Whatever it may, where that is not measured."""
    site = Site()
    site.regulators += [Regulator(load(mode=ChargingMode.FAST)), Regulator(load())]
    for now in range(0, 120, SAMPLE_INTERVAL):
        site.observe(SiteReadings(grid=-5000), now)
        site.decide(now)
    assert site.regulators[1].decision == Decision(21, Reason.SURPLUS)


def test_a_car_that_takes_a_little_less_wants_more_all_the_same() -> None:
    """Many take 1 or 2 A less than they may."""
    house = Household(load())
    house.takes_of_limit = lambda limit: limit - 2
    house.run(HOUR, 3000)
    assert house.decision.limit == 12
    house.run(60, 6000)
    assert house.decision.limit == 25


def test_what_is_lost_on_the_way_is_not_left() -> None:
    """A large DC charger loses a kilowatt or two of its limit."""
    house = Household(dc_load())
    house.takes_of_limit = lambda limit: 0.9 * limit
    house.run(HOUR, 20000)
    assert house.decision.limit == 19750


def test_a_car_is_not_offered_much_more_than_it_takes() -> None:
    """A surplus that it cannot take is no reason for a call."""
    house = Household(load())
    house.takes = [10]
    house.run(HOUR, 6000)
    assert house.decision.limit == 13
    house.history.clear()
    for surplus in (7000, 5000, 6500, 4000):
        house.run(300, surplus)
    assert {limit for _, limit in house.limits_of(0)} == {13}
    house.takes = [inf]
    house.run(300, 7000)
    assert house.decision.limit == 29


def test_the_next_car_may_take_more() -> None:
    """What was learnt of a car goes with it."""
    house = Household(load())
    house.takes = [0]
    house.run(HOUR, 6000)
    assert house.decision.limit == 6
    house.set(plugged=False)
    house.run(60)
    house.set(plugged=True)
    house.takes = [inf]
    house.history.clear()
    house.run(120)
    assert {limit for _, limit in house.limits_of(0)} == {0, 25}


class TestTwoCars:
    """Two connectors behind one meter."""

    def test_the_first_gets_its_minimum_first(self) -> None:
        """The second one starts when there is enough for both."""
        house = Household(load(), load())
        house.run(HOUR, 2500)
        assert house.limits == [10, 0]
        house.run(HOUR, 2900)
        assert house.limits == [6, 6]

    def test_the_first_is_who_came_first(self) -> None:
        """Whatever its number."""
        house = Household(load(plugged=False), load())
        house.run(30, 0)
        house.set(0, plugged=True)
        house.run(HOUR, 2500)
        assert house.limits == [0, 10]

    def test_the_last_is_paused_first(self) -> None:
        """The first has its minimum yet."""
        house = Household(load(), load())
        house.run(HOUR, 2500)
        house.run(HOUR, 5000)
        house.run(HOUR, 2000)
        assert house.limits == [8, 0]

    def test_the_rest_is_shared_evenly(self) -> None:
        """Each gets the same power beyond its minimum."""
        house = Household(load(), load())
        house.run(HOUR, 21.2 * ONE_PHASE)
        assert house.limits == [10, 10]

    def test_who_can_take_more_gets_it(self) -> None:
        """Because of the maximum of the one, or of what its car takes."""
        house = Household(load(maximum=8), load())
        house.run(HOUR, 20.6 * ONE_PHASE)
        assert house.limits == [8, 12]
        house = Household(load(), load(maximum=8))
        house.run(HOUR, 20.6 * ONE_PHASE)
        assert house.limits == [12, 8]
        house = Household(load(watts_per_unit=THREE_PHASES, maximum=16), load())
        house.run(HOUR, 18820)
        assert house.limits == [16, 32]
        house = Household(load(), load())
        house.takes = [8, inf]
        house.run(HOUR, 24.6 * ONE_PHASE)
        assert house.limits == [11, 13]
        house = Household(load(), load())
        house.takes = [inf, 8]
        house.run(HOUR, 24.6 * ONE_PHASE)
        assert house.limits == [13, 11]

    def test_one_that_sleeps_holds_nothing_back(self) -> None:
        """Until it wakes up."""
        house = Household(load(), load())
        house.takes = [0, inf]
        house.run(HOUR, 17.2 * ONE_PHASE)
        assert house.limits == [6, 16]
        house.takes = [inf, inf]
        house.run(120)
        assert house.limits == [8, 9]

    def test_one_over_three_phases_waits_for_more(self) -> None:
        """The other one does not."""
        house = Household(load(watts_per_unit=THREE_PHASES), load())
        house.run(HOUR, 3000)
        assert house.limits == [0, 12]
        house.history.clear()
        house.run(HOUR, 5100)
        assert house.limits == [0, 21]
        assert {limit for _, limit in house.limits_of(0)} == {0}
        house.run(HOUR, 5600)
        assert house.limits == [6, 6]

    def test_what_another_one_draws_fast_is_no_surplus(self) -> None:
        """It is not there for others, now or later."""
        house = Household(load(mode=ChargingMode.FAST, maximum=16), load())
        house.run(HOUR, 9000)
        assert house.limits == [None, 22]
        house.set(0, mode=ChargingMode.OFF)
        house.run(60)
        assert house.limits == [0, 32]

    def test_min_solar_comes_before_solar(self) -> None:
        """Its minimum is spent in any case."""
        house = Household(load(), load(mode=ChargingMode.MIN_SOLAR))
        house.run(HOUR, 2000)
        assert house.limits == [0, 8]
        house.set(1, plugged=False)
        house.run(HOUR)
        assert house.limits == [8, 6]
        house.set(1, plugged=True)
        house.run(HOUR)
        assert house.limits == [0, 8]

    def test_the_larger_reserve_counts_for_both(self) -> None:
        """It is of one house."""
        house = Household(load(reserve=200), load(reserve=1000))
        house.run(HOUR, 1000 + 15.2 * ONE_PHASE)
        assert house.limits == [7, 7]


type Spell = tuple[float, float | None, dict[str, Any]]
"""How long it lasts, the surplus (None where nobody knows), what the owner wants."""

ANY_LOAD = st.one_of(
    st.builds(
        load,
        mode=st.sampled_from(ChargingMode),
        minimum=st.sampled_from([6, 8]),
        maximum=st.sampled_from([4, 10, 16, 32]),
        watts_per_unit=st.sampled_from([ONE_PHASE, THREE_PHASES]),
        plugged=st.booleans(),
        reserve=st.sampled_from([-300.0, 0.0, 300.0]),
    ),
    st.builds(dc_load, mode=st.sampled_from(ChargingMode), plugged=st.booleans()),
)
SOLAR_LOAD = st.builds(
    load,
    mode=st.sampled_from([ChargingMode.SOLAR, ChargingMode.MIN_SOLAR]),
    maximum=st.sampled_from([10, 16, 32]),
    watts_per_unit=st.sampled_from([ONE_PHASE, THREE_PHASES]),
    reserve=st.sampled_from([0.0, 300.0]),
)
ANY_SPELLS = st.lists(
    st.tuples(
        st.integers(1, 60).map(lambda samples: samples * SAMPLE_INTERVAL),
        st.none() | st.floats(-2000, 16000),
        st.fixed_dictionaries(
            {},
            optional={
                "mode": st.sampled_from(ChargingMode),
                "plugged": st.booleans(),
                "maximum": st.sampled_from([4, 13, 20]),
            },
        ),
    ),
    max_size=20,
)
CLOUDS: st.SearchStrategy[list[Spell]] = st.lists(
    st.tuples(
        st.sampled_from([20, 60, 150, 400]),
        st.sampled_from([None, 0.0, 2000.0, 5000.0]),
        st.just({}),
    ),
    min_size=10,
    max_size=60,
)
TIMINGS = st.builds(
    Settings,
    start_after=st.sampled_from([0.0, 60.0]),
    pause_after=st.sampled_from([0.0, 180.0]),
    minimum_on_time=st.sampled_from([0.0, 300.0]),
    pauses_per_hour=st.sampled_from([1, 6]),
    ramp=st.sampled_from([20.0, 60.0]),
)


def weather(house: Household, spells: list[Spell]) -> Iterator[None]:
    """Have one spell after the other, and a look after every decision."""
    for seconds, surplus, wishes in spells:
        if wishes:
            house.set(**wishes)
            yield
        house.is_silent = surplus is None
        for _ in range(round(seconds / SAMPLE_INTERVAL)):
            house.run(SAMPLE_INTERVAL, surplus)
            yield


@given(st.lists(ANY_LOAD, min_size=1, max_size=2), TIMINGS, ANY_SPELLS)
def test_limits_are_lawful(
    loads: list[Load], timings: Settings, spells: list[Spell]
) -> None:
    """Never above any limit, never between 0 and the minimum, in whole steps."""
    house = Household(*loads, settings=timings)
    for _ in weather(house, spells):
        for regulator in house.site.regulators:
            known, limit = regulator.load, regulator.decision.limit
            assert (limit is None) is (known.mode is ChargingMode.FAST)
            if limit:
                assert known.minimum <= limit <= known.maximum
                assert limit % known.step == 0
                assert known.mode is not ChargingMode.OFF
            elif limit == 0 and known.maximum >= known.minimum:
                assert known.mode is not ChargingMode.MIN_SOLAR
                assert known.pausable or known.mode is ChargingMode.OFF


@given(TIMINGS, CLOUDS)
def test_contactors_are_spared(timings: Settings, spells: list[Spell]) -> None:
    """No more pauses in any hour than allowed, none before the minimum on-time."""
    house = Household(load(), settings=timings)
    for _ in weather(house, spells):
        pass
    pauses = house.pauses()
    later = pauses[timings.pauses_per_hour :]
    assert all(last - first >= HOUR for first, last in zip(pauses, later, strict=False))
    offs = [now for now, limit in house.limits_of(0) if limit == 0]
    for pause in pauses:
        off_before = max(now for now in offs if now < pause)
        assert pause - off_before > timings.minimum_on_time


@given(TIMINGS, CLOUDS)
def test_calls_are_spared(timings: Settings, spells: list[Spell]) -> None:
    """It waits for the car before it raises a limit, and for the sun to last."""
    house = Household(load(), settings=timings)
    for _ in weather(house, spells):
        pass
    changes = [
        after for before, after in pairwise(house.limits_of(0)) if before[1] != after[1]
    ]
    for (before, lower), (after, limit) in pairwise(changes):
        if lower is not None and limit is not None and lower < limit:
            assert after - before >= min(timings.ramp, timings.raise_after)


@given(
    st.lists(SOLAR_LOAD, min_size=2, max_size=3),
    st.lists(st.sampled_from([0, 10, inf]), min_size=3, max_size=3),
    st.floats(-2000, 30000),
)
def test_a_steady_surplus_is_shared_once_and_for_all(
    loads: list[Load], takes: list[float], surplus: float
) -> None:
    """No more than there is, but for the minima, and without a fight."""
    house = Household(*loads)
    house.takes = takes[: len(loads)]
    house.run(1200, surplus)
    house.history.clear()
    house.run(600)
    for number in range(len(loads)):
        assert len({limit for _, limit in house.limits_of(number)}) == 1
    drawing = [each for each in house.site.regulators if each.load.draw]
    minima = sum(each.load.minimum_power for each in drawing)
    offered = sum(
        (each.decision.limit or 0) * each.load.watts_per_unit for each in drawing
    )
    reserve = max(each.reserve for each in loads)
    assert offered <= max(minima, surplus - reserve)


def test_figures_are_those_of_the_document() -> None:
    """`python -m tests.solar_days` writes them."""
    _, _, rest = DOCUMENT.read_text().partition(BEGIN)
    figures, _, _ = rest.partition(END)
    assert figures == table()


@pytest.mark.parametrize("phases", MAXIMUM)
@pytest.mark.parametrize("day", DAYS)
def test_a_day_is_no_worse_than_it_is_said_to_be(day: str, phases: int) -> None:
    """Fewer changes and pauses than the automation's, for little of the surplus."""
    plain, ours = results()[day, phases]
    assert ours.changes < plain.changes
    assert ours.pauses < plain.pauses
    assert ours.share > plain.share - 0.04
    assert ours.drawn < plain.drawn + 5
