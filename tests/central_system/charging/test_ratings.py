"""What a charger can do at most, and over how many phases, from each of the sources."""

from collections.abc import Mapping
from typing import Any, Protocol

import pytest

from custom_components.schneider_ev.central_system.charge_point import (
    ChargerSettings,
    Connector,
)
from custom_components.schneider_ev.central_system.charging.ratings import (
    maximum_limit,
    plug,
)
from custom_components.schneider_ev.central_system.messages.boot import BootInfo
from custom_components.schneider_ev.central_system.state import (
    ConfigurationItem,
    Journal,
)
from custom_components.schneider_ev.central_system.values import ConnectorValue
from custom_components.schneider_ev.products.model import Plug
from custom_components.schneider_ev.products.schneider_charge_pro import (
    SCHNEIDER_CHARGE_PRO,
)
from tests.central_system.conftest import core


class MakeConnector(Protocol):
    """Makes the first connector of a charger."""

    def __call__(
        self,
        model: str = "",
        keys: dict[str, str] | None = None,
        values: Mapping[str, float | None] | None = None,
        **settings: Any,
    ) -> Connector:
        """Make it of a model, with configuration keys, readings and an owner's word."""


@pytest.fixture
async def make(journal: Journal) -> MakeConnector:
    """Make chargers, within a running loop."""

    def connector(
        model: str = "",
        keys: dict[str, str] | None = None,
        values: Mapping[str, float | None] | None = None,
        **settings: Any,
    ) -> Connector:
        charger = core(journal).add_charger("CP-1", ChargerSettings(**settings))
        charger.boot = BootInfo(vendor="Schneider Electric", model=model)
        charger.identify()
        charger.configuration.report(
            ConfigurationItem(name=name, value=value, readonly=True)
            for name, value in (keys or {}).items()
        )
        charger.set_connectors(None)
        made = charger.connector(1)
        made.readings.last.update(
            {ConnectorValue(name): value for name, value in (values or {}).items()}
        )
        return made

    return connector


def phases_of(connector: Connector) -> int:
    """Return over how many phases a connector charges."""
    return connector.phases.in_use


def plug_of(connector: Connector) -> Plug | None:
    """Return the plug of a connector."""
    return plug(connector.charger.rating_plate, connector.number)


@pytest.mark.parametrize(
    ("values", "phases"),
    [
        ({"current_l1": 10, "current_l2": 10, "current_l3": 10}, 3),
        ({"current_l1": 10, "current_l2": 10, "current_l3": 0.2}, 2),
        ({"current_l1": 10, "current_l2": 0.0, "current_l3": 0.0}, 1),
        ({"current_l2": 10}, 1),
        ({"current_l1": 10, "current_l2": 0.6, "current_l3": 0.5}, 2),
        # less than a vehicle draws is the meter's noise
        ({"current_l1": 0.4, "current_l2": 0.5, "current_l3": 0.0}, 3),
        # what flows counts more than what is offered
        ({"current_l1": 10, "power_offered": 6900, "current_offered": 10}, 1),
        ({"power_offered": 6255.9, "current_offered": 9, "voltage_l1": 231.7}, 3),
        ({"power_offered": 6255.9, "current_offered": 9}, 3),
        ({"power_offered": 2085.3, "current_offered": 9, "voltage_l1": 231.7}, 1),
        ({"power_offered": 4170.6, "current_offered": 9, "voltage_l1": 231.7}, 2),
        ({"power_offered": 20_000, "current_offered": 9}, 3),
        ({"power_offered": 100, "current_offered": 9}, 1),
        ({"power_offered": 0, "current_offered": 0}, 3),
        ({"power_offered": None, "current_offered": None, "current_l1": None}, 3),
        # the whole power tells of the phases whose currents are not measured
        ({"current_l1": 9.6, "power": 6680}, 3),
        ({"current_l1": 9.6, "power": 2200}, 1),
        ({"current_l1": 9.6, "power": 6700, "voltage_l1": 232, "voltage_l3": 231}, 3),
        ({"current_import": 9.6, "power": 4400}, 2),
        ({"current_l1": 10, "current_l2": 0.0, "current_l3": 0.0, "power": 6900}, 1),
        ({"current_l1": 10, "current_l2": 10, "power": 3000}, 2),
        ({"current_import": 9.6}, 3),
        ({}, 3),
    ],
)
async def test_phases_by_readings(
    make: MakeConnector, values: dict[str, float | None], phases: int
) -> None:
    """What flows, else what is offered."""
    assert phases_of(make(values=values)) == phases


@pytest.mark.parametrize("number", range(1, 12))
async def test_phases_by_wiring(make: MakeConnector, number: int) -> None:
    """Of the eleven ways to wire a Charge Pro, six are over one phase."""
    keys = {"PhasesConnection": str(number)}
    phases = 1 if 4 <= number <= 9 else 3
    assert phases_of(make("Schneider Charge Pro", keys)) == phases
    # the owner's word does not make a wire of it
    assert phases_of(make("EVB4S22N40M", {"PhasesConnection": "4"}, phases=3)) == 1


@pytest.mark.parametrize(
    ("model", "owner", "phases"),
    [
        ("EVB3S07N40EM", None, 1),
        ("EVB3S22N40M", None, 3),
        ("EVlink Pro AC", None, 3),
        ("EVB3S22N40M", 1, 1),
        ("EVB3S07N40EM", 3, 3),
        ("EVlink Pro AC", 1, 1),
    ],
)
async def test_phases_by_type_plate_and_owner(
    make: MakeConnector, model: str, owner: int | None, phases: int
) -> None:
    """The owner's word counts more; what flows counts more than both."""
    assert phases_of(make(model, phases=owner)) == phases
    flowing = {"current_l1": 10.0, "current_l2": 10.0}
    assert phases_of(make(model, values=flowing, phases=owner)) == 2


async def test_the_reference_that_the_owner_reads(make: MakeConnector) -> None:
    """It counts where the charger only names its range, and gives phases and power."""
    small = make("EVlink Pro AC", reference="evb3s 07n4ea")
    assert phases_of(small) == 1
    assert small.charger.rating_plate.reference is not None
    assert maximum_limit(small.charger.rating_plate) == 32
    assert maximum_limit(make("EVlink Pro AC").charger.rating_plate) == 32
    medium = make("EVlink Pro AC", reference="EVB3S11N4FB").charger.rating_plate
    assert maximum_limit(medium) == 16
    # it outranks what the charger says, and one of another product says nothing
    assert phases_of(make("EVB3S22N40M", reference="EVB3S07N4EA")) == 1
    assert phases_of(make("EVB3S07N4EA", reference="EVB4S22N40M")) == 1
    assert make("?", reference="EVB4S22N40M").charger.product is SCHNEIDER_CHARGE_PRO


@pytest.mark.parametrize("mode", ["1", "2"])
async def test_the_second_connector_is_the_domestic_socket(
    make: MakeConnector, mode: str
) -> None:
    """Of an EVlink Pro AC that has two, also where nobody knows its reference."""
    first = make(
        "EVlink Pro AC", {"PlugNumberingMode": mode, "NumberOfConnectors": "2"}
    )
    assert first.plug is None
    first.charger.set_connectors(2)
    assert first.plug is Plug.SOCKET_T2S
    assert first.charger.connectors[2].plug is Plug.DOMESTIC_SOCKET


@pytest.mark.parametrize(
    ("model", "keys", "settings", "limit"),
    [
        ("EVlink Pro AC", {}, {}, 32),
        ("EVB3S07N40EM", {}, {}, 32),
        ("EVB3S11N4FB", {}, {}, 16),
        ("EVB3S22N40M", {}, {}, 32),
        ("EVB3S22N40M", {"iMaxDeratingSwCapacity": "20"}, {}, 20),
        ("EVB3S11N4FB", {"iMaxDeratingSwCapacity": "20"}, {}, 16),
        ("EVB3S22N40M", {"iMaxDeratingSwCapacity": "?"}, {}, 32),
        ("EVB3S22N40M", {}, {"maximum_current": 13}, 13),
        ("EVB4S22N40M", {"iMaxDeratingSwCapacity": "25"}, {}, 25),
        ("EVlink Pro DC", {}, {}, 320_000),
        ("EVD1S60TBB", {}, {}, 60_000),
        ("EVD2S180TBBC7-G", {"ChargeLimitedPower": "150"}, {}, 150_000),
        ("EVD2S180TBB", {"ConnectorALimitedPower": "90"}, {}, 90_000),
        ("EVD2S180TBB", {"ConnectorBLimitedPower": "90"}, {}, 180_000),
        ("EVD2S180TBB", {}, {"maximum_current": 100}, 69_000),
        ("Box", {}, {}, 32),
        ("Box", {}, {"maximum_current": 16}, 16),
        ("Box", {}, {"maximum_current": 40}, 40),
        ("EVB3S22N40M", {}, {"maximum_current": 40}, 32),
    ],
)
async def test_maximum(
    make: MakeConnector,
    model: str,
    keys: dict[str, str],
    settings: dict[str, Any],
    limit: float,
) -> None:
    """The least that product, type plate, hardware and installation allow."""
    connector = make(model, keys, **settings)
    assert connector.limits.decision.maximum == limit
    assert connector.charger.station_limit.maximum >= limit


@pytest.mark.parametrize(
    ("model", "keys", "plugs"),
    [
        ("EVD1S60TBB", {}, (Plug.CCS2, Plug.CCS2)),
        ("EVD1S60THB", {}, (Plug.CCS2, Plug.CHADEMO)),
        ("EVlink Pro DC", {}, (None, None)),
        ("EVlink Pro DC", {"ConnectorBType": "CHAdeMO"}, (None, Plug.CHADEMO)),
        ("EVlink Pro DC", {"ConnectorAType": "Chademo"}, (Plug.CHADEMO, None)),
        (
            "EVD1S60THB",
            {"ConnectorAType": "CHAdeMO", "ConnectorBType": "CCS2"},
            (Plug.CHADEMO, Plug.CCS2),
        ),
        ("EVD1S60THB", {"ConnectorBType": "?"}, (Plug.CCS2, Plug.CHADEMO)),
    ],
)
async def test_plugs(
    make: MakeConnector,
    model: str,
    keys: dict[str, str],
    plugs: tuple[Plug | None, Plug | None],
) -> None:
    """Its keys tell, else its type plate; a CHAdeMO connector follows no limit."""
    charger = make(model, keys).charger
    connectors = tuple(charger.connectors.values())
    assert tuple(map(plug_of, connectors)) == plugs
    assert [connector.limits.decision.is_limitable for connector in connectors] == [
        kind is not Plug.CHADEMO for kind in plugs
    ]


async def test_a_second_connector_that_reports_first(make: MakeConnector) -> None:
    """A type plate that knows of one plug says nothing of it."""
    charger = make("EVB3S22N40M").charger
    charger.connectors.clear()
    assert plug_of(charger.connector(2)) is None


async def test_two_sockets(make: MakeConnector) -> None:
    """A domestic socket has a kind only where it has a number of its own."""
    charger = make("EVB3S07N40EM").charger
    assert [plug_of(each) for each in charger.connectors.values()] == [None]
    charger.set_connectors(2)
    assert [plug_of(each) for each in charger.connectors.values()] == [
        Plug.SOCKET_T2S,
        Plug.DOMESTIC_SOCKET,
    ]
