"""A vehicle that sleeps after a pause is woken by gentle steps, and not by more."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from math import inf

import pytest

from custom_components.schneider_ev.central_system import (
    CentralSystem,
    ConnectorValue,
    Problem,
)
from custom_components.schneider_ev.central_system.charge_point import Connector, waking
from custom_components.schneider_ev.central_system.charge_point.waking import (
    MAX_STEPS,
    PATIENCE,
    SHORT_PAUSE,
    Phase,
    Situation,
    WakeUp,
)
from custom_components.schneider_ev.central_system.charging import limiter
from custom_components.schneider_ev.central_system.charging.mode import ChargingMode
from custom_components.schneider_ev.central_system.messages import ChargePointStatus
from tests.conftest import IDENTITY
from tests.fake_charger import FakeCharger
from tests.scenes import charge, get_ready, limits, measure, shine, start, until
from tests.simulator import Simulator
from tests.simulator.car import Car

type Fake = Callable[..., FakeCharger]

DRAWS = Situation(draws=True)
RESTS = Situation(rests=True)
HELD_BACK = Situation(is_held_back=True, is_offered=False)
STEPPING = Situation(is_offered=False, rests=True)
UNPLUGGED = Situation(has_vehicle=False)


# When to wake it


def after(*situations: tuple[float, Situation]) -> WakeUp:
    """Return what comes of situations, each after so many seconds."""
    wake_up, now = WakeUp(), 0.0
    for seconds, situation in situations:
        now += seconds
        wake_up.observe(situation, now)
    return wake_up


ASLEEP = ((0, DRAWS), (60, HELD_BACK), (900, RESTS))
"""A vehicle that draws nothing when it is offered current after a pause."""

STEP = ((PATIENCE, RESTS), (SHORT_PAUSE, STEPPING), (1, RESTS))
"""A step that does not wake it, until it is offered current again."""


def test_is_woken_twice_at_most() -> None:
    """Then it is given up, also over other pauses, until it draws."""
    assert after(*ASLEEP).phase is Phase.OFFERED
    assert after(*ASLEEP, (PATIENCE - 1, RESTS)).phase is Phase.OFFERED
    first = after(*ASLEEP, (PATIENCE, RESTS))
    assert (first.phase, first.steps) == (Phase.STEP, 1)
    assert after(*ASLEEP, (PATIENCE, RESTS), (SHORT_PAUSE - 1, STEPPING)).phase is (
        Phase.STEP
    )
    assert after(*ASLEEP, *STEP).phase is Phase.OFFERED
    second = after(*ASLEEP, *STEP, (PATIENCE, RESTS))
    assert (second.phase, second.steps) == (Phase.STEP, MAX_STEPS)
    given_up = (*ASLEEP, *STEP, *STEP, (PATIENCE, RESTS))
    for more in ((), ((9, HELD_BACK),), ((9, HELD_BACK), (9, RESTS), (999, RESTS))):
        assert after(*given_up, *more).phase is Phase.ASLEEP
    for end in (DRAWS, UNPLUGGED):
        over = after(*given_up, (9, end))
        assert (over.phase, over.steps) == (Phase.AWAKE, 0)
    again = after(*given_up, (9, DRAWS), (9, HELD_BACK), (9, RESTS), (PATIENCE, RESTS))
    assert (again.phase, again.steps) == (Phase.STEP, 1)


def test_what_the_charger_did_not_take_is_no_offer() -> None:
    """The vehicle has its time anew."""
    not_put = Situation(is_in_force=False, rests=True)
    wake_up = after(*ASLEEP, (PATIENCE, not_put), (PATIENCE - 1, RESTS))
    assert wake_up.phase is Phase.OFFERED
    assert after(*ASLEEP, (PATIENCE, not_put), (PATIENCE, RESTS)).phase is Phase.STEP


def test_steps_count_over_pauses() -> None:
    """A pause in between does not begin the count anew."""
    wake_up = after(*ASLEEP, *STEP, (9, HELD_BACK), (9, RESTS), (PATIENCE, RESTS))
    assert (wake_up.phase, wake_up.steps) == (Phase.STEP, 2)


@pytest.mark.parametrize(
    "situations",
    [
        pytest.param([(0, DRAWS), (60, RESTS)], id="no pause of ours"),
        pytest.param([(0, DRAWS), (60, RESTS), (9, HELD_BACK), (9, RESTS)], id="full"),
        pytest.param([(0, HELD_BACK), (9, RESTS)], id="never drew"),
        pytest.param(
            [(0, DRAWS), (9, HELD_BACK), (9, UNPLUGGED), (9, RESTS)], id="gone"
        ),
        pytest.param([*ASLEEP, (9, DRAWS), (9, RESTS)], id="woke up by itself"),
        pytest.param(
            [*ASLEEP, (9, DRAWS), (9, RESTS), (9, HELD_BACK)], id="full later"
        ),
    ],
)
def test_is_left_alone(situations: list[tuple[float, Situation]]) -> None:
    """Where nothing says that it sleeps because of a pause."""
    wake_up = after(*situations, (PATIENCE, RESTS), (PATIENCE, RESTS))
    assert wake_up.phase is Phase.AWAKE


@pytest.mark.parametrize(
    "situation",
    [
        HELD_BACK,
        Situation(is_reachable=False),
        Situation(is_offered=False),
        Situation(),
    ],
)
def test_has_its_time_anew(situation: Situation) -> None:
    """It counts only while it is offered current, and seen to draw none."""
    wake_up = after(*ASLEEP, (PATIENCE - 1, situation), (1, RESTS))
    assert wake_up.phase is Phase.OFFERED
    wake_up.observe(RESTS, 900 + 60 + 2 * PATIENCE - 1)
    assert wake_up.phase is Phase.OFFERED


@pytest.mark.parametrize(
    ("situation", "phase"),
    [
        (HELD_BACK, Phase.PAUSED),
        (Situation(is_reachable=False), Phase.PAUSED),
        (UNPLUGGED, Phase.AWAKE),
        (DRAWS, Phase.AWAKE),
    ],
)
def test_a_step_is_ended(situation: Situation, phase: Phase) -> None:
    """At once, whatever comes in the middle of it."""
    assert after(*ASLEEP, (PATIENCE, RESTS), (1, situation)).phase is phase


# What is done


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing long."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 0.0)
    monkeypatch.setattr(waking, "PATIENCE", 0.1)
    monkeypatch.setattr(waking, "SHORT_PAUSE", 0.1)


@pytest.fixture
def _long_step(_soon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stay in the middle of a step."""
    monkeypatch.setattr(waking, "SHORT_PAUSE", 60.0)


@pytest.fixture
def connector(bare: CentralSystem, ready: FakeCharger) -> Connector:
    """The connector of the charger."""
    return bare.chargers[IDENTITY].connectors[1]


async def fall_asleep(charger: FakeCharger, connector: Connector) -> None:
    """Charge, pause, and resume: the vehicle draws nothing."""
    transaction_id = await charge(charger, connector.number)
    connector.report_readings(
        {ConnectorValue.POWER: 4000.0}, transaction_id, lambda: datetime.now(UTC)
    )
    await charger.call("Heartbeat", {})
    await connector.control.pause()
    await charger.status("SuspendedEVSE", connector.number)
    await connector.control.resume()
    await charger.status("SuspendedEV", connector.number)


def pauses(charger: FakeCharger) -> int:
    """Return how often a limit of 0 was put."""
    return [limit for _, limit in limits(charger)].count(0)


def is_told(connector: Connector) -> bool:
    """Tell whether the owner is told that a vehicle sleeps."""
    return connector.charger.problems.get(Problem.VEHICLE_ASLEEP) is not None


async def given_up(charger: FakeCharger, connector: Connector) -> None:
    """Wait until all steps were in vain."""
    await charger.until(lambda: is_told(connector))


@pytest.mark.usefixtures("_soon")
async def test_is_woken_and_told_of(
    ready: FakeCharger, connector: Connector, caplog: pytest.LogCaptureFixture
) -> None:
    """By two short pauses; then its owner is told, until it draws."""
    caplog.set_level("INFO", waking.__name__)
    await fall_asleep(ready, connector)
    await given_up(ready, connector)
    assert [limit for _, limit in limits(ready)][-5:] == [32, 0, 32, 0, 32]
    assert pauses(ready) == 1 + MAX_STEPS
    assert not ready.calls("ChangeAvailability")
    assert sum("to wake it" in line for line in caplog.messages) == MAX_STEPS
    assert connector.limits.mode is ChargingMode.FAST
    await ready.status("Charging")
    session = connector.sessions.running
    assert session is not None
    await measure(ready, session.id, Power_Active_Import=4000)
    await ready.until(lambda: not is_told(connector))


@pytest.mark.usefixtures("_soon")
async def test_is_unplugged(ready: FakeCharger, connector: Connector) -> None:
    """Then nobody has to be told any more."""
    await fall_asleep(ready, connector)
    await given_up(ready, connector)
    await ready.status("Available")
    await ready.until(lambda: not is_told(connector))


@pytest.mark.usefixtures("_soon")
async def test_after_a_pause_of_the_sun(
    ready: FakeCharger, connector: Connector
) -> None:
    """A charger that goes on to say Charging is known by its power."""
    transaction_id = await charge(ready)
    await measure(ready, transaction_id, Power_Active_Import=4000)
    shine(connector, 0)
    await ready.until(lambda: connector.limits.in_force == 0)
    await measure(ready, transaction_id, Power_Active_Import=20)
    shine(connector, 10)
    await ready.until(lambda: pauses(ready) == 2)
    await ready.until(lambda: connector.limits.in_force == 10)
    await measure(ready, transaction_id, Power_Active_Import=4000)
    await ready.until(lambda: not connector.waking.is_asleep)
    assert pauses(ready) == 2


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize("chargers", [{IDENTITY: {"wake_by_availability": True}}])
async def test_by_availability(ready: FakeCharger, connector: Connector) -> None:
    """Where its owner allows it, the second step takes the connector out of service."""
    ready.answers["ChangeAvailability"] = {"status": "Accepted"}
    await fall_asleep(ready, connector)
    await given_up(ready, connector)
    assert pauses(ready) == 2
    assert ready.calls("ChangeAvailability") == [
        {"connectorId": 1, "type": "Inoperative"},
        {"connectorId": 1, "type": "Operative"},
    ]


@pytest.mark.usefixtures("_long_step")
@pytest.mark.parametrize("chargers", [{IDENTITY: {"wake_by_availability": True}}])
@pytest.mark.parametrize(
    ("status", "calls"),
    [("Scheduled", ["Inoperative", "Operative"]), ("Rejected", ["Inoperative"])],
)
async def test_availability_is_not_changed(
    ready: FakeCharger,
    connector: Connector,
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    calls: list[str],
) -> None:
    """What a charger only plans is taken back at once."""
    monkeypatch.setattr(waking, "SHORT_PAUSE", 0.1)
    ready.answers["ChangeAvailability"] = {"status": status}
    await fall_asleep(ready, connector)
    await ready.until(lambda: pauses(ready) == 2)
    monkeypatch.setattr(waking, "SHORT_PAUSE", 60.0)

    def kinds() -> list[str]:
        return [call["type"] for call in ready.calls("ChangeAvailability")]

    await ready.until(lambda: kinds() == calls)
    await ready.call("Heartbeat", {})
    assert kinds() == calls
    assert not connector.data()["waking_inoperative"]


@pytest.mark.usefixtures("_long_step")
@pytest.mark.parametrize("mode", [ChargingMode.OFF, None])
async def test_held_back_in_the_middle(
    ready: FakeCharger, connector: Connector, mode: ChargingMode | None
) -> None:
    """A pause of the owner or the sun holds, and what waking put is gone."""
    await fall_asleep(ready, connector)
    await ready.until(lambda: pauses(ready) == 2)
    if mode is not None:
        await connector.control.choose_mode(mode)
    else:
        shine(connector, 0)
    await ready.until(lambda: not connector.data()["waking_limits"])
    assert connector.limits.in_force == 0
    if mode is not None:
        await connector.control.resume()
    else:
        shine(connector, None)
    await ready.until(lambda: connector.limits.in_force == 32)


@pytest.mark.usefixtures("_long_step")
async def test_unplugged_in_the_middle(
    ready: FakeCharger, connector: Connector
) -> None:
    """The next vehicle is not held back."""
    await fall_asleep(ready, connector)
    await ready.until(lambda: pauses(ready) == 2)
    await ready.status("Available")
    await ready.until(lambda: connector.limits.in_force == 32)
    assert not is_told(connector)


@pytest.mark.usefixtures("_long_step")
async def test_offline_in_the_middle(
    ready: FakeCharger, connector: Connector, fake: Fake
) -> None:
    """The charger gets its limit when it is back."""
    await fall_asleep(ready, connector)
    await ready.until(lambda: pauses(ready) == 2)
    await ready.websocket.close()
    await until(lambda: connector.limits.decision.limit == 32)
    async with fake() as again:
        await again.status("SuspendedEV")
        await again.until(lambda: limits(again)[-1:] == [("TxProfile", 32)])


@pytest.mark.usefixtures("_long_step")
async def test_home_assistant_restarts_in_the_middle(
    ready: FakeCharger, connector: Connector, fake: Fake, bare: CentralSystem
) -> None:
    """The charger still holds the limit of 0, and gets another one."""
    await fall_asleep(ready, connector)
    await ready.until(lambda: pauses(ready) == 2)
    charger = connector.charger
    kept, settings = charger.data(), charger.settings
    await bare.remove_charger(IDENTITY)
    again = bare.add_charger(IDENTITY, settings, password=None, kept=kept)
    assert again.connectors[1].data()["waking_limits"]
    async with fake() as redialled:
        await redialled.boot()
        await redialled.until(lambda: [limit for _, limit in limits(redialled)] == [32])
        await redialled.status("SuspendedEV")
        await redialled.until(lambda: not again.connectors[1].data()["waking_limits"])


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize(
    "chargers",
    [
        {IDENTITY: {"product": "evlink_pro_dc"}},
        {IDENTITY: {"manage_configuration": False}},
    ],
)
async def test_is_not_for_all(ready: FakeCharger, connector: Connector) -> None:
    """A product that cannot pause, or that somebody else configures, is left alone."""
    await start(ready)
    await ready.status("Charging")
    shine(connector, 0)
    await ready.status("SuspendedEVSE")
    shine(connector, 32)
    await ready.status("SuspendedEV")
    calls = len(ready.calls("SetChargingProfile"))
    shine(connector, 31)
    await ready.call("Heartbeat", {})
    assert connector.waking._wake_up.phase is Phase.AWAKE  # noqa: SLF001
    assert len(ready.calls("SetChargingProfile")) <= calls + 1


@pytest.mark.usefixtures("_soon")
async def test_two_vehicles(bare: CentralSystem, fake: Fake) -> None:
    """The owner is told until none sleeps."""
    async with fake() as charger:
        await get_ready(charger, connectors=2)
        one, other = bare.chargers[IDENTITY].connectors.values()
        for connector in (one, other):
            await fall_asleep(charger, connector)
        await charger.until(lambda: one.waking.is_asleep and other.waking.is_asleep)
        await charger.status("Available", 1)
        await charger.until(lambda: not one.waking.is_asleep)
        assert is_told(one)
        await charger.status("Available", 2)
        await charger.until(lambda: not is_told(one))


# With a vehicle that sleeps


def power(connector: Connector) -> float:
    """Return what the vehicle draws, in W."""
    return connector.readings.last.get(ConnectorValue.POWER) or 0.0


@pytest.fixture
async def simulated(
    bare: CentralSystem, central_system: str, request: pytest.FixtureRequest
) -> AsyncIterator[Simulator]:
    """A charger with a vehicle that sleeps soon, and wakes by so many offers."""
    car = Car(sleeps_after=0.01, wakes_by=request.param)
    async with Simulator(
        central_system, IDENTITY, latency=0, speed=100, free_charging=True
    ) as simulator:
        await simulator.until(simulator.accepted.is_set)
        chargers = bare.chargers
        await simulator.until(lambda: 1 in chargers[IDENTITY].connectors)
        await simulator.plug_in(car=car)
        yield simulator


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize(
    ("simulated", "steps"), [(1, 0), (2, 1), (3, 2), (inf, 2)], indirect=["simulated"]
)
async def test_a_vehicle_that_sleeps(
    bare: CentralSystem, simulated: Simulator, steps: int
) -> None:
    """It charges after as many steps as it needs, or its owner is told."""
    connector = bare.chargers[IDENTITY].connectors[1]
    car = simulated.connectors[1].car
    assert car is not None
    await simulated.until(lambda: connector.status is ChargePointStatus.CHARGING)
    await connector.charger.link.trigger("MeterValues")
    await simulated.until(lambda: power(connector) > 1000)
    await connector.control.pause()
    await simulated.until(lambda: connector.status is ChargePointStatus.SUSPENDED_EVSE)
    await connector.control.resume()
    if car.wakes_by == inf:
        await simulated.until(lambda: is_told(connector))
    else:
        await simulated.until(lambda: connector.status is ChargePointStatus.CHARGING)
    puts = [
        payload["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][0]
        for action, payload in simulated.received
        if action == "SetChargingProfile"
    ]
    assert [put["limit"] for put in puts].count(0) == 1 + steps
