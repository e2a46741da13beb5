"""Readings: units, phases, spellings, and what is no number."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.schneider_ev.central_system import ConnectorValue
from custom_components.schneider_ev.central_system.messages.readings import (
    newest_timestamp,
    read_meter_values,
)
from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC


def read(*samples: dict[str, Any]) -> dict[ConnectorValue, float]:
    """Read one meter value."""
    return read_meter_values(
        {"meterValue": [{"sampledValue": list(samples)}]}, EVLINK_PRO_AC.units
    ).readings


@pytest.mark.parametrize(
    ("sample", "readings"),
    [
        ({"value": "5"}, {"energy": 5.0}),
        ({"value": "5", "unit": "kWh"}, {"energy": 5000.0}),
        ({"value": " 5.5 "}, {"energy": 5.5}),
        ({"value": "5,5"}, {"energy": 5.5}),
        ({"value": 5}, {"energy": 5.0}),
        ({"value": "7", "measurand": "Power.Active.Import"}, {"power": 7000.0}),
        ({"value": "7", "measurand": "Power.Active.Import", "unit": "W"}, {"power": 7.0}),
        ({"value": "7", "measurand": "Power.Active.Import", "unit": "KW"}, {"power": 7000.0}),
        ({"value": "7", "measurand": "Power.Offered", "unit": "kW"}, {"power_offered": 7000.0}),
        ({"value": "7", "measurand": "Current.Import", "unit": "Amp"}, {"current_import": 7.0}),
        ({"value": "7", "measurand": "Current.Import", "phase": "L2"}, {"current_l2": 7.0}),
        ({"value": "7", "measurand": "Current.Import", "phase": "N"}, {}),
        ({"value": "7", "measurand": "Current.Import.L3"}, {"current_l3": 7.0}),
        ({"value": "7", "measurand": "Current.Import.L3", "phase": "L3"}, {"current_l3": 7.0}),
        ({"value": "7", "measurand": "Voltage.L1-N"}, {"voltage_l1": 7.0}),
        ({"value": "7", "measurand": "Voltage", "phase": "L1-N"}, {"voltage_l1": 7.0}),
        ({"value": "410", "measurand": "Voltage"}, {"voltage": 410.0}),
        ({"value": "400", "measurand": "Voltage", "phase": "L1-L2"}, {}),
        ({"value": "50", "measurand": "Frequency", "unit": "Hz"}, {"frequency": 50.0}),
        ({"value": "80", "measurand": "SoC", "unit": "Percent"}, {"state_of_charge": 80.0}),
        ({"value": "2", "measurand": "Energy.Reactive.Import.Register", "unit": "Varh"}, {"reactive_energy": 2.0}),
        ({"value": "1", "measurand": "Energy.Active.Import.Interval"}, {}),
        ({"value": "1", "measurand": "RPM"}, {}),
        ({"value": "7\x00", "measurand": "Power.Offered\x00", "unit": "kW\x00\x00"}, {"power_offered": 7000.0}),
        ({"value": "7", "measurand": " Voltage", "phase": "L1 ", "unit": " V "}, {"voltage_l1": 7.0}),
        ({"value": "7", "measurand": "Power.Active.Import", "unit": "\x00"}, {"power": 7000.0}),
        ({"value": "inf"}, {}),
        ({"value": "1_000"}, {}),
        ({"value": "-1"}, {}),
        ({"value": "-1", "measurand": "Power.Active.Import", "unit": "W"}, {"power": -1.0}),
        ({"value": None}, {}),
        ({"value": [1]}, {}),
        ({}, {}),
    ],
)  # fmt: skip
def test_sample(sample: dict[str, Any], readings: dict[str, float]) -> None:
    """One sampled value is one reading in base units, or none."""
    assert read(sample) == readings


def test_power_is_the_sum_of_its_phases_where_no_total_is_sent() -> None:
    """A total that is sent counts."""
    phases = [
        {"measurand": "Power.Active.Import", "phase": f"L{phase}", "value": "2.3"}
        for phase in (1, 2, 3)
    ]
    assert read(*phases)[ConnectorValue.POWER] == pytest.approx(6900)
    assert (
        read(*phases, {"measurand": "Power.Active.Import", "value": "6"})[
            ConnectorValue.POWER
        ]
        == 6000
    )


@pytest.mark.parametrize("value", ["-0", "-0.0", "-0.0000000001", -0.0])
def test_zero_has_no_sign(value: object) -> None:
    """Whatever a meter makes of it."""
    (power,) = read({"value": value, "measurand": "Power.Active.Import"}).values()
    assert str(power) == "0.0"


def power(value: str, **more: str) -> dict[str, str]:
    """Return a sample of the power, in W."""
    return {"value": value, "measurand": "Power.Active.Import", "unit": "W"} | more


@pytest.mark.parametrize(
    ("samples", "readings"),
    [
        ([power("7000", location="Outlet"), power("9", location="Inlet")], {"power": 7000}),
        ([power("9", location="Inlet"), power("7000")], {"power": 7000}),
        ([power("9", location="Cable\x00"), power("7000", location="")], {"power": 7000}),
        ([power("9", location="Inlet")], {"power": 9}),
        ([power("9", location="Inlet"), power("7", phase="L1")], {"power": 7, "power_l1": 7}),
        ([power("9", location="Inlet", phase="L1")], {"power": 9, "power_l1": 9}),
        ([{"value": "2000"}, {"value": "9000000", "location": "Body"}], {"energy": 2000}),
        ([{"value": "80", "measurand": "SoC", "location": "EV"}], {"state_of_charge": 80}),
    ],
)  # fmt: skip
def test_the_outlet_comes_first(
    samples: list[dict[str, str]], readings: dict[str, float]
) -> None:
    """What is measured elsewhere counts where the outlet says nothing."""
    assert read(*samples) == readings


def test_the_outlet_comes_first_in_the_whole_message() -> None:
    """Also where the other place is told of later."""
    payload = {
        "meterValue": [
            {"sampledValue": power("7000")},
            {"sampledValue": power("9", location="Inlet")},
        ]
    }
    assert read_meter_values(payload, {}).readings == {"power": 7000}


def test_the_newest_counts_in_any_order() -> None:
    """What has no date is the oldest; what has the same one keeps its order."""
    payload = {
        "meterValue": [
            {"timestamp": "2026-01-14T18:52:00Z", "sampledValue": power("2")},
            {"timestamp": "2026-01-14T18:53:00+00:00", "sampledValue": power("3")},
            {"timestamp": "2026-01-14T18:53:00Z", "sampledValue": power("4")},
            {"timestamp": "2026-01-14T18:51:00Z", "sampledValue": power("1")},
            {"timestamp": "once", "sampledValue": power("0")},
        ]
    }
    assert read_meter_values(payload, {}).readings == {"power": 4}
    assert newest_timestamp(payload) == datetime(2026, 1, 14, 18, 53, tzinfo=UTC)


def test_history_ends_in_the_newest() -> None:
    """Of several meter values the last one counts, reading by reading."""
    payload = {
        "meterValue": [
            {"sampledValue": [{"value": "1"}, {"measurand": "SoC", "value": "5"}]},
            {"sampledValue": {"value": "2"}},
        ]
    }
    assert read_meter_values(payload, {}).readings == {
        "energy": 2.0,
        "state_of_charge": 5.0,
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
SAMPLES = st.fixed_dictionaries(
    {},
    optional={
        "value": JSON,
        "measurand": st.sampled_from([m.name for m in EVLINK_PRO_AC.measurands]),
        "phase": st.sampled_from(["L1", "L2", "L3", "N", "L1-N", None]),
        "unit": st.sampled_from(["W", "kW", "Wh", "A", "", None]),
    },
)


@given(st.lists(SAMPLES, max_size=12))
def test_a_reading_is_a_finite_number(samples: list[dict[str, Any]]) -> None:
    """Whatever comes, what is shown is a number."""
    for value in read(*samples).values():
        assert value - value == 0
