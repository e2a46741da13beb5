"""A site: house battery, prices, export limit, and what a decision says of itself."""

from dataclasses import replace

from hypothesis import given, strategies as st
import pytest

from custom_components.schneider_ev.central_system.charging import (
    ChargingMode,
    LimitReason,
)
from custom_components.schneider_ev.site.load import Decision, Load, Reason
from custom_components.schneider_ev.site.readings import SiteReadings
from custom_components.schneider_ev.site.regulator import Regulator
from custom_components.schneider_ev.site.settings import BatteryRule, Settings
from custom_components.schneider_ev.site.site import Site

BATTERY_FIRST, CAR_FIRST, SHARE_ABOVE = BatteryRule
LOAD = Load(
    mode=ChargingMode.SOLAR, minimum=6, maximum=32, watts_per_unit=230, plugged=True
)
POWERS = st.floats(-9000, 9000)
STATES_OF_CHARGE = st.none() | st.floats(0, 100)


def surplus(rule: BatteryRule, readings: SiteReadings) -> float:
    """The surplus without a car, by a rule of the battery."""
    site = Site(Settings(battery_rule=rule, share_above=50))
    site.observe(readings, 0)
    assert site.surplus is not None
    return site.surplus


def run(site: Site, readings: SiteReadings, begin: int, end: int) -> Decision:
    """Give a site the same readings each 10 s; return the last decision."""
    for now in range(begin, end, 10):
        site.observe(readings, now)
        site.decide(now)
    return site.regulators[0].decision


def site_with(settings: Settings | None = None, **changes: object) -> Site:
    """A site with one connector."""
    site = Site(settings or Settings())
    site.regulators.append(Regulator(replace(LOAD, **changes)))  # type: ignore[arg-type]
    return site


@given(POWERS, POWERS, STATES_OF_CHARGE)
def test_battery_rules_are_in_order(
    grid: float, battery: float, state_of_charge: float | None
) -> None:
    """The battery first leaves the least to vehicles, the vehicles first the most."""
    readings = SiteReadings(
        grid=grid, battery=battery, battery_state_of_charge=state_of_charge
    )
    least, middle, most = (
        surplus(rule, readings) for rule in (BATTERY_FIRST, SHARE_ABOVE, CAR_FIRST)
    )
    assert least <= middle <= most
    assert middle in (least, most)


@given(st.sampled_from(BatteryRule), POWERS, st.floats(0, 9000), STATES_OF_CHARGE)
def test_discharge_is_no_surplus(
    rule: BatteryRule, grid: float, discharge: float, state_of_charge: float | None
) -> None:
    """It takes from the surplus what the grid does not show."""
    with_battery = surplus(
        rule,
        SiteReadings(
            grid=grid, battery=discharge, battery_state_of_charge=state_of_charge
        ),
    )
    assert with_battery == pytest.approx(max(0.0, -grid - discharge))
    assert with_battery <= surplus(rule, SiteReadings(grid=grid))


@given(st.sampled_from(BatteryRule), POWERS, POWERS, st.floats(0, 5000))
def test_more_export_is_no_less_surplus(
    rule: BatteryRule, grid: float, battery: float, more: float
) -> None:
    """Whatever the rule."""
    before = surplus(rule, SiteReadings(grid=grid, battery=battery))
    assert surplus(rule, SiteReadings(grid=grid - more, battery=battery)) >= before


@pytest.mark.parametrize(
    ("rule", "state_of_charge", "expected"),
    [
        (BATTERY_FIRST, 90.0, 500),
        (CAR_FIRST, 10.0, 2500),
        (SHARE_ABOVE, 50.0, 500),
        (SHARE_ABOVE, 51.0, 2500),
        (SHARE_ABOVE, None, 500),
    ],
)
def test_who_gets_what_the_battery_charges_with(
    rule: BatteryRule, state_of_charge: float | None, expected: float
) -> None:
    """By the rule, and by the state of charge where the rule goes by it."""
    readings = SiteReadings(
        grid=-500, battery=-2000, battery_state_of_charge=state_of_charge
    )
    assert surplus(rule, readings) == expected


def test_house_power_is_what_is_left() -> None:
    """Grid, panels and battery supply house and cars."""
    site = site_with(draw=3000.0, charging=True)
    assert site.house_power is None
    site.observe(SiteReadings(grid=200, solar=4000, battery=-700), 0)
    assert site.house_power == 500
    site.observe(SiteReadings(solar=4000), 10)
    assert site.house_power is None


def test_without_news_nothing_is_known() -> None:
    """After two minutes there is neither a surplus nor a house."""
    site = site_with()
    run(site, SiteReadings(grid=-5000), 0, 20)
    assert site.next_decision_at is not None
    site.decide(131)
    assert site.surplus is None
    assert site.house_power is None


@pytest.mark.parametrize(
    "mode", [ChargingMode.SOLAR, ChargingMode.MIN_SOLAR, ChargingMode.SMART]
)
def test_a_negative_price_is_surplus(mode: ChargingMode) -> None:
    """Import is paid for: cars take what they can, at once."""
    site = site_with(mode=mode)
    decision = run(site, SiteReadings(grid=300, import_price=-0.01), 0, 10)
    assert decision == Decision(None, Reason.NEGATIVE_PRICE)
    assert decision.ceiling is None
    assert run(site, SiteReadings(grid=300, import_price=0.0), 10, 20).limit is not None


def test_prices_count_without_a_grid_meter() -> None:
    """Smart charging is for owners without panels, too."""
    site = site_with(Settings(cheap_below=0.2), mode=ChargingMode.SMART)
    decision = run(site, SiteReadings(import_price=0.2), 0, 600)
    assert decision == Decision(0, Reason.WAITING_FOR_PRICE)
    assert decision.ceiling is LimitReason.PRICE
    decision = run(site, SiteReadings(import_price=0.19), 600, 610)
    assert decision == Decision(None, Reason.CHEAP)
    assert decision.ceiling is None


def test_smart_takes_the_sun_first() -> None:
    """As solar does, whatever the price; without a price to go by, it is solar."""
    site = site_with(Settings(cheap_below=0.2), mode=ChargingMode.SMART)
    decision = run(site, SiteReadings(grid=-3000, import_price=0.4), 0, 60)
    assert decision == Decision(12, Reason.SURPLUS)
    assert decision.ceiling is LimitReason.SOLAR
    site = site_with(mode=ChargingMode.SMART)
    decision = run(site, SiteReadings(grid=0, import_price=0.1), 0, 60)
    assert decision == Decision(0, Reason.NO_SURPLUS)
    assert decision.ceiling is LimitReason.SOLAR


def test_only_smart_goes_by_a_low_price() -> None:
    """Solar waits for the sun."""
    site = site_with(Settings(cheap_below=0.2))
    decision = run(site, SiteReadings(grid=0, import_price=0.1), 0, 60)
    assert decision == Decision(0, Reason.NO_SURPLUS)


def test_a_smart_dc_connector_keeps_its_minimum() -> None:
    """A pause would end its session."""
    site = site_with(
        Settings(cheap_below=0.2), mode=ChargingMode.SMART, pausable=False, step=2
    )
    decision = run(site, SiteReadings(grid=0, import_price=0.4), 0, 600)
    assert decision == Decision(6, Reason.MINIMUM)


def test_a_decision_explains_itself() -> None:
    """What there is, what it takes, and when a delay ends."""
    site = site_with(Settings(start_after=60))
    decision = run(site, SiteReadings(grid=-1000), 0, 10)
    assert (decision.available, decision.needed, decision.changes_at) == (
        1000,
        1380,
        None,
    )
    decision = run(site, SiteReadings(grid=-1500), 50, 60)
    assert decision == Decision(0, Reason.WAITING)
    assert decision.changes_at == pytest.approx(110, abs=1)
    assert site.next_decision_at == decision.changes_at


def test_a_pause_is_announced() -> None:
    """At the end of the delay, not before the contactor has been closed long enough."""
    site = site_with()
    decision = run(site, SiteReadings(grid=-3000), 0, 30)
    assert decision.limit
    site.regulators[0].load = replace(LOAD, draw=2000.0, charging=True)
    decision = run(site, SiteReadings(grid=1000), 100, 110)
    assert decision == Decision(6, Reason.MINIMUM)
    assert decision.changes_at == 20 + 300


def curtailed(sun: float, export_limit: float, draw: float) -> float:
    """What the grid meter shows where panels give no more than may be exported."""
    return -min(sun - draw, export_limit)


@pytest.mark.parametrize(
    ("settings", "prices", "export_limit"),
    [
        (Settings(export_limit=1000), {}, 1000.0),
        (Settings(export_limit=0), {}, 0.0),
        (Settings(), {"export_price": -0.05}, 0.0),
    ],
)
def test_curtailed_panels_are_found_out(
    settings: Settings, prices: dict[str, float], export_limit: float
) -> None:
    """Step by step, until the meter shows less export than the limit."""
    site = site_with(settings)
    regulator = site.regulators[0]
    draw = 0.0
    for now in range(0, 7200, 10):
        draw = (regulator.decision.limit or 0.0) * 230
        regulator.load = replace(LOAD, draw=draw, charging=draw > 0)
        grid = curtailed(5000, export_limit, draw)
        site.observe(SiteReadings(grid=grid, solar=5000, **prices), now)
        site.decide(now)
    assert 4300 <= draw <= 5000


def test_a_try_in_vain_is_not_repeated_at_once() -> None:
    """At most once in ten minutes, where there is no more sun than the meter shows."""
    site = site_with(Settings(export_limit=0, minimum_on_time=0))
    regulator = site.regulators[0]
    starts = 0
    for now in range(0, 3600, 10):
        before = regulator.decision.limit
        draw = (before or 0.0) * 230
        regulator.load = replace(LOAD, draw=draw, charging=draw > 0)
        site.observe(SiteReadings(grid=draw, solar=400), now)
        site.decide(now)
        starts += not before and bool(regulator.decision.limit)
    assert 1 <= starts <= 6


@pytest.mark.parametrize(
    "readings", [SiteReadings(grid=0, solar=0), SiteReadings(grid=0, battery=-3000)]
)
def test_nothing_is_tried_without_sun_or_beside_a_battery(
    readings: SiteReadings,
) -> None:
    """No export is no sign of curtailed panels then."""
    site = site_with(Settings(export_limit=0))
    assert run(site, readings, 0, 3600) == Decision(0, Reason.NO_SURPLUS)
