"""Estimated power: what currents come to, and how fast a register rises."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.schneider_ev.central_system.charging.phases import VehiclePhases
from custom_components.schneider_ev.central_system.charging.power import (
    RegisterRise,
    estimated_power,
)
from custom_components.schneider_ev.central_system.charging.ratings import RatingPlate
from custom_components.schneider_ev.central_system.state import ConfigurationItem
from custom_components.schneider_ev.central_system.state.configuration import (
    Configuration,
)
from custom_components.schneider_ev.central_system.values import ConnectorValue
from custom_components.schneider_ev.products.schneider_charge_pro import (
    SCHNEIDER_CHARGE_PRO,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def plate(connection: int = 1, phases: int | None = None) -> RatingPlate:
    """Return the rating plate of a Schneider Charge Pro with a `PhasesConnection`."""
    configuration = Configuration(SCHNEIDER_CHARGE_PRO)
    configuration.report(
        [
            ConfigurationItem(
                name="PhasesConnection", value=str(connection), readonly=False
            )
        ]
    )
    return RatingPlate(
        product=SCHNEIDER_CHARGE_PRO,
        reference=None,
        configuration=configuration,
        connectors=1,
        phases=phases,
        maximum_current=None,
    )


class Meter:
    """What a meter shows."""

    estimates: set[ConnectorValue] = set()

    def __init__(self, last: Mapping[ConnectorValue, float | None]) -> None:
        """Show these readings."""
        self.last = last


def phases_of(
    wired: RatingPlate, readings: Mapping[ConnectorValue, float | None]
) -> VehiclePhases:
    """Return the phases of a vehicle that nobody has seen before."""
    return VehiclePhases(lambda: wired, Meter(readings))


def named(readings: dict[str, float]) -> dict[ConnectorValue, float]:
    """Return readings by their names."""
    return {ConnectorValue(name): value for name, value in readings.items()}


@pytest.mark.parametrize(
    ("readings", "phases", "power"),
    [
        ({}, 3, None),
        ({"energy": 5000}, 3, None),
        ({"voltage_l1": 231.0}, 3, None),
        ({"current_l1": 10, "current_l2": 10, "current_l3": 10}, 1, 6900),
        ({"current_l1": 10, "current_l2": 0.0, "current_l3": 0.0}, 3, 2300),
        ({"current_l1": 10, "voltage_l1": 240}, 3, 2400),
        ({"current_l1": 10, "voltage_l1": 0.0}, 3, 2300),
        ({"current_l1": 10, "voltage": 240}, 3, 2400),
        ({"current_l1": 10, "voltage": 400}, 3, 2300),
        ({"current_import": 10}, 3, 6900),
        ({"current_import": 10}, 1, 2300),
        ({"current_import": 10, "voltage_l1": 240}, 2, 4800),
        ({"current_import": 99, "current_l1": 10}, 3, 2300),
        ({"current_import": 0.0}, 3, 0),
    ],
)
def test_power_of_currents(
    readings: dict[str, float], phases: int, power: float | None
) -> None:
    """From the current of each phase, else from the one current over all phases."""
    wired = plate(phases=phases)
    over = phases_of(wired, {})
    found = estimated_power(wired, named(readings), lambda: over.in_use, lambda _: None)
    assert found == power


@pytest.mark.parametrize(
    ("connection", "currents", "power", "watts_per_amp"),
    [
        (7, (16, 16, 0), 3680, 230),
        (8, (0, 16, 16), 3680, 230),
        (9, (16, 0, 15.8), 3680, 230),
        (10, (16, 16, 16), 6373.9, 398.4),
        (11, (10, 16, 16), 5577.2, 398.4),
        (10, (16, 16, 0), 3680, 230),
        (11, (0, 0, 0), 0, 398.4),
    ],
)
def test_power_on_an_it_grid(
    connection: int,
    currents: tuple[float, float, float],
    power: float,
    watts_per_amp: float,
) -> None:
    """One current passes two meters there, and three are no three times 230 V."""
    readings = named({f"current_l{n}": value for n, value in enumerate(currents, 1)})
    wired = plate(connection)
    over = phases_of(wired, readings)
    found = estimated_power(wired, readings, lambda: over.in_use, lambda _: None)
    assert found == pytest.approx(power, abs=0.1)
    assert over.watts_per_ampere == pytest.approx(watts_per_amp, abs=0.1)


@pytest.mark.parametrize("connection", range(4, 10))
def test_one_phase_between_two_is_one(connection: int) -> None:
    """However many currents are measured."""
    readings = named({"current_l1": 16, "current_l2": 16})
    assert phases_of(plate(connection), readings).in_use == 1


def powers(*samples: tuple[float, float]) -> list[float | None]:
    """Return the powers after samples of seconds and Wh."""
    rise = RegisterRise()
    return [rise.power(wh, NOON + timedelta(seconds=second)) for second, wh in samples]


def test_a_rise_is_taken_from_step_to_step() -> None:
    """The first reading may be older than it looks."""
    assert powers((0, 1000), (10, 1020), (20, 1041)) == [None, None, 7560]


def test_a_long_rise_tells_at_once() -> None:
    """Of what is more than the coarsest step."""
    assert powers((0, 1000), (1800, 3000)) == [None, 4000]


def test_a_sample_beside_another_says_nothing() -> None:
    """Such as one that was asked for; the next one does."""
    told = powers((0, 1000), (10, 1020), (20, 1041), (20.2, 1051), (30, 1061))
    assert told == [None, None, 7560, None, 7200]


def test_a_step_that_does_not_come() -> None:
    """Means less and less, and nothing where no vehicle would charge with so little."""
    samples = [(50 * number, 100 * number) for number in range(6)]
    later = [(250 + 60 * number, 500) for number in range(1, 14)]
    told = powers(*samples, *later)
    assert told[5] == 7200
    waiting = [power for power in told[6:] if power is not None]
    assert waiting[:3] == [6000, 3000, 2000]
    assert waiting[-1] == 0
    assert all(before >= after for before, after in pairwise(waiting))


def test_a_register_without_rise_is_no_power_at_once() -> None:
    """Where its steps are fine."""
    samples = [(10 * number, 19 * number) for number in range(6)]
    assert powers(*samples, (60, 96), (70, 96))[-1] == 0


def test_a_clock_or_a_register_that_is_set_back() -> None:
    """Begins anew."""
    assert powers((86_400, 1000), (0, 1010), (10, 1030), (20, 1051))[-1] == 7560
    assert powers((0, 5000), (10, 10), (20, 30), (30, 51))[-1] == 7560


@given(
    st.sampled_from([1, 10, 50, 100]),
    st.integers(1400, 22_000),
    st.integers(5, 60),
    st.floats(0, 100),
)
def test_power_is_true_whatever_the_steps(
    step: int, watts: int, interval: int, begin: float
) -> None:
    """To a third at once, and to a sixth on average."""
    samples = [
        (number * interval, (begin + watts * number * interval / 3600) // step * step)
        for number in range(120)
    ]
    told = [power for power in powers(*samples) if power is not None]
    assert all(0.6 * watts < power < 1.6 * watts for power in told)
    if told:
        assert sum(told) / len(told) == pytest.approx(watts, rel=0.2)
