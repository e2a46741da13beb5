"""The phases of a vehicle: seen while it charges, and remembered while it does not."""

import pytest

from custom_components.schneider_ev.central_system import CentralSystem
from custom_components.schneider_ev.central_system.charge_point import Connector
from custom_components.schneider_ev.site.loads import connector_load
from tests.conftest import IDENTITY, Act, Shown
from tests.fake_charger import FakeCharger
from tests.scenes import LIMIT, charge, limits, measure, stop

ONE_PHASE = {"Current_Import__L1": 16, "Current_Import__L2": 0, "Current_Import__L3": 0}
NOTHING = dict.fromkeys(ONE_PHASE, 0)
THREE_PHASES = dict.fromkeys(ONE_PHASE, 10)


@pytest.fixture
def connector(bare: CentralSystem, ready: FakeCharger) -> Connector:
    """The connector of the charger."""
    return bare.chargers[IDENTITY].connectors[1]


async def test_while_nothing_flows(ready: FakeCharger, connector: Connector) -> None:
    """A paused vehicle begins again from what one phase takes."""
    transaction_id = await charge(ready)
    assert connector_load(connector).minimum_power == 6 * 690
    await measure(ready, transaction_id, **ONE_PHASE)
    await measure(ready, transaction_id, **NOTHING)
    await ready.status("SuspendedEVSE")
    assert connector_load(connector).minimum_power == 6 * 230
    # also where it offers as if there were three, and where a session ends
    await measure(ready, transaction_id, Current_Offered=6, Power_Offered=4140)
    assert connector.phases.in_use == 1
    await stop(ready, transaction_id, 2000)
    await ready.status("Finishing")
    assert connector.phases.in_use == 1


async def test_until_it_is_unplugged(ready: FakeCharger, connector: Connector) -> None:
    """The next one may be another one."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, **ONE_PHASE)
    await stop(ready, transaction_id, 2000)
    await ready.status("Available")
    assert connector.phases.in_use == 3


async def test_what_flows_when_it_ends(
    ready: FakeCharger, connector: Connector
) -> None:
    """Need not flow over all phases."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, **THREE_PHASES)
    await measure(ready, transaction_id, **NOTHING | {"Current_Import__L1": 0.7})
    assert connector.phases.in_use == 3
    await measure(ready, transaction_id, **ONE_PHASE)
    assert connector.phases.in_use == 1


async def test_over_a_restart(ready: FakeCharger, connector: Connector) -> None:
    """It is kept with the session."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, **ONE_PHASE)
    kept = connector.data()
    await measure(ready, transaction_id, **NOTHING)
    connector.phases.forget()
    assert connector.phases.in_use == 3
    connector.restore(kept)
    assert connector.phases.in_use == 1


async def test_watts_where_one_current_is_told(
    ready: FakeCharger, act: Act, shown: Shown
) -> None:
    """The whole power tells that there are three."""
    transaction_id = await charge(ready)
    voltages = {f"Voltage__L{phase}": 232 for phase in (1, 2, 3)}
    await measure(
        ready,
        transaction_id,
        Current_Import__L1=9.6,
        Power_Active_Import=6680,
        **voltages,
    )
    await act("set_charging_limit", watts=4500)
    assert limits(ready)[-1] == ("TxProfile", 6)
    assert shown[LIMIT] == "6.0"
