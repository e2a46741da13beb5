"""The readings of a connector, without a charger."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.schneider_ev.central_system.charge_point.meter_readings import (
    MeterReadings,
)
from custom_components.schneider_ev.central_system.state.sessions import Session
from custom_components.schneider_ev.central_system.values import (
    ConnectorValue,
    ConnectorValues,
    Values,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SESSION = Session(id=7, identity="CP-1", connector=1, start=NOW, base=1000.0)
FLOWING: dict[str, Any] = {"power": 6900.0, "current_l1": 10.0, "current_offered": 32.0}
POWER, ENERGY = ConnectorValue.POWER, ConnectorValue.ENERGY


@pytest.fixture
def values() -> ConnectorValues:
    """What entities show."""
    return Values()


@pytest.fixture
def meter(values: ConnectorValues) -> MeterReadings:
    """A meter that has reported nothing."""
    return MeterReadings(values)


def report(
    meter: MeterReadings,
    *,
    session: Session | None = None,
    estimate: bool = True,
    hours: float = 0,
    **readings: float,
) -> None:
    """Report readings, some hours after noon, of a vehicle that uses two phases."""
    meter.report(
        {ConnectorValue(name): value for name, value in readings.items()},
        session=session,
        estimate=_over_two_phases if estimate else None,
        sampled_at=lambda: NOW + timedelta(hours=hours),
    )


def _over_two_phases(readings: Mapping[ConnectorValue, float]) -> float | None:
    current = readings.get(ConnectorValue.CURRENT_IMPORT)
    return None if current is None else current * 460


def test_readings_are_held_and_shown(
    meter: MeterReadings, values: ConnectorValues
) -> None:
    """What is not reported again stays as it was."""
    report(meter, **FLOWING)
    report(meter, power=7000.0, current_l2=12.0)
    assert meter.last == FLOWING | {"power": 7000.0, "current_l2": 12.0}
    assert {name: values.get(name) for name in values} == meter.last


def test_power_is_estimated_from_currents(meter: MeterReadings) -> None:
    """Until it is measured; and only where that is wanted."""
    report(meter, current_import=10.0, estimate=False)
    assert meter.get(POWER) is None
    report(meter, current_import=10.0)
    assert meter.get(POWER) == 4600
    assert meter.estimates == {POWER}
    report(meter, power=4500.0, current_import=10.0)
    assert meter.get(POWER) == 4500
    assert meter.estimates == set()


def test_power_is_estimated_from_the_register(meter: MeterReadings) -> None:
    """By its rise between two samples, where there is no current."""
    report(meter, energy=1000.0)
    assert meter.get(POWER) is None
    assert meter.estimates == set()
    report(meter, energy=3000.0, hours=0.5)
    assert meter.get(POWER) == 4000
    report(meter, energy=4000.0, current_import=10.0, hours=1)
    assert meter.get(POWER) == 4600


@pytest.mark.parametrize(
    "event", [MeterReadings.offline, MeterReadings.forget, MeterReadings.idle]
)
def test_power_is_not_that_of_another_time(meter: MeterReadings, event: object) -> None:
    """What rose while nobody told, or on another meter, is not what flows now."""
    report(meter, energy=1000.0)
    assert callable(event)
    event(meter)
    report(meter, energy=5_000_000.0, hours=1)
    assert meter.get(POWER) is None
    report(meter, energy=5_004_000.0, hours=2)
    assert meter.get(POWER) == 4000


@pytest.mark.parametrize(
    ("register", "shown"), [(4999, 5000), (4500, 5000), (4499, 4499), (5001, 5001)]
)
def test_a_register_that_falls(
    meter: MeterReadings, register: float, shown: float
) -> None:
    """During a session it does not, unless it is another meter's; else it may."""
    report(meter, energy=5000.0, session=SESSION)
    report(meter, energy=register, session=SESSION)
    assert meter.get(ENERGY) == shown
    report(meter, energy=4999.0)
    assert meter.get(ENERGY) == 4999
    meter.report_register(4998.0)
    assert meter.get(ENERGY) == 4999


def test_a_register_below_that_of_its_session(meter: MeterReadings) -> None:
    """Is the session's: readings may be unknown after a restart."""
    report(meter, energy=4000.0, session=replace(SESSION, register=5000.0))
    assert meter.get(ENERGY) == 5000


@pytest.mark.parametrize(
    ("event", "power", "offered", "energy"),
    [
        (MeterReadings.idle, 0, None, 5000),
        (MeterReadings.offline, None, None, 5000),
        (MeterReadings.forget, None, None, None),
    ],
)
def test_what_is_not_known_any_more(
    meter: MeterReadings,
    values: ConnectorValues,
    event: object,
    power: float | None,
    offered: float | None,
    energy: float | None,
) -> None:
    """Without a transaction, without a connection, and of another meter."""
    report(meter, energy=5000.0, **FLOWING)
    assert callable(event)
    event(meter)
    assert meter.last == {
        POWER: power,
        ConnectorValue.CURRENT_L1: power,
        ConnectorValue.CURRENT_OFFERED: offered,
        ENERGY: energy,
    }
    assert {name: values.get(name) for name in values} == meter.last


def test_names_are_restored_without_readings(
    meter: MeterReadings, values: ConnectorValues
) -> None:
    """What is no reading is left alone, and what was never reported is not there."""
    meter.restore(["power", "status", "energy"])
    assert meter.last == {POWER: None, ENERGY: None}
    assert set(values) == {POWER, ENERGY}
