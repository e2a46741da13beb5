"""A pause that ended the session is followed by a start, where the charger can."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from custom_components.schneider_ev.central_system import CentralSystem
from custom_components.schneider_ev.central_system.charge_point import (
    Connector,
    resumption,
)
from custom_components.schneider_ev.central_system.charge_point.charging_control import (
    ChargingControl,
)
from custom_components.schneider_ev.central_system.charging import limiter
from custom_components.schneider_ev.central_system.charging.mode import ChargingMode
from custom_components.schneider_ev.site.loads import connector_load
from tests.conftest import IDENTITY
from tests.fake_charger import FakeCharger
from tests.scenes import charge, limits, shine, start, stop

type Fake = Callable[..., FakeCharger]
type EndPause = Callable[[ChargingControl], Awaitable[None]]


@pytest.fixture(autouse=True)
def _no_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no write wait for the one before."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 0.0)


@pytest.fixture
def connector(bare: CentralSystem, ready: FakeCharger) -> Connector:
    """The connector of the charger."""
    return bare.chargers[IDENTITY].connectors[1]


async def sun(charger: FakeCharger, connector: Connector, limit: float) -> None:
    """Have the sun allow a limit, and the charger take it."""
    shine(connector, limit)
    await charger.until(lambda: connector.limits.in_force == limit)


async def clouded(charger: FakeCharger, connector: Connector, **reason: Any) -> None:
    """Charge from the sun until it is gone, which ends the session."""
    transaction_id = await charge(charger)
    await sun(charger, connector, 10)
    await sun(charger, connector, 0)
    await stop(charger, transaction_id, 2000, **reason)
    await charger.status("Finishing")


async def starts(charger: FakeCharger) -> int:
    """Return how often the charger was asked to start, once all was answered."""
    await charger.call("Heartbeat", {})
    return len(charger.calls("RemoteStartTransaction"))


@pytest.mark.parametrize("reason", [{}, {"reason": "Other"}])
async def test_the_sun_is_back(
    ready: FakeCharger, connector: Connector, reason: dict[str, str]
) -> None:
    """The plugged vehicle charges again, with the badge of the session before."""
    await clouded(ready, connector, **reason)
    await sun(ready, connector, 12)
    call = await ready.until_called("RemoteStartTransaction")
    assert call == {"connectorId": 1, "idTag": "18237379292"}
    assert limits(ready)[-1] == ("TxDefaultProfile", 12)
    assert ready.received[-1][0] == "RemoteStartTransaction"
    await start(ready, 90, 2000)
    await ready.until(lambda: limits(ready)[-1] == ("TxProfile", 12))
    await sun(ready, connector, 14)
    assert await starts(ready) == 1


@pytest.mark.parametrize(
    "reason", ["Remote", "EVDisconnected", "DeAuthorized", "UnlockCommand"]
)
async def test_somebody_ended_it(
    ready: FakeCharger, connector: Connector, reason: str
) -> None:
    """Then it is over."""
    await clouded(ready, connector, reason=reason)
    await sun(ready, connector, 12)
    assert await starts(ready) == 0


async def test_an_end_long_after_the_pause(
    ready: FakeCharger, connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """May be that of a badge, where the charger gives no reason."""
    monkeypatch.setattr(resumption, "SOON", -1.0)
    await clouded(ready, connector)
    await sun(ready, connector, 12)
    assert await starts(ready) == 0


async def test_the_owner_stopped_it(ready: FakeCharger, connector: Connector) -> None:
    """Also where the charger does not say so."""
    transaction_id = await charge(ready)
    await sun(ready, connector, 0)
    await connector.control.stop_session()
    await stop(ready, transaction_id, 2000)
    await ready.status("Finishing")
    await sun(ready, connector, 12)
    assert await starts(ready) == 0


async def test_another_vehicle(ready: FakeCharger, connector: Connector) -> None:
    """One that is plugged in later has nothing to go on with."""
    await clouded(ready, connector)
    await ready.status("Available")
    await ready.status("Preparing")
    await sun(ready, connector, 12)
    assert await starts(ready) == 0


@pytest.mark.parametrize(
    "end_pause",
    [
        lambda control: control.resume(),
        lambda control: control.choose_mode(ChargingMode.FAST),
    ],
    ids=["resume", "another mode"],
)
async def test_the_owner_ends_the_pause(
    ready: FakeCharger, connector: Connector, end_pause: EndPause
) -> None:
    """One start is enough."""
    transaction_id = await charge(ready)
    await connector.control.pause()
    await stop(ready, transaction_id, 2000)
    await ready.status("Finishing")
    await end_pause(connector.control)
    await ready.until_called("RemoteStartTransaction")
    assert await starts(ready) == 1


async def test_a_start_that_is_refused(
    ready: FakeCharger, connector: Connector, bare: CentralSystem
) -> None:
    """From then on the sun does not pause, which would end the charging of the day."""
    ready.answers["RemoteStartTransaction"] = {"status": "Rejected"}
    await clouded(ready, connector)
    assert connector_load(connector).pausable
    await sun(ready, connector, 12)
    await ready.until(lambda: not connector_load(connector).pausable)
    assert connector.limits.decision.is_pausable  # by the owner, who ends it
    kept = connector.data()
    another = bare.chargers[IDENTITY].connector(2)
    another.restore(kept)
    assert not connector_load(another).pausable


async def test_over_a_restart(
    ready: FakeCharger, connector: Connector, bare: CentralSystem
) -> None:
    """It is kept that the pause ended it."""
    await clouded(ready, connector)
    connector.restore(connector.data())
    await sun(ready, connector, 12)
    await ready.until_called("RemoteStartTransaction")
