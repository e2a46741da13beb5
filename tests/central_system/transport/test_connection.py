"""One connection: a call at a time, and what becomes of calls when it ends."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from custom_components.schneider_ev.central_system import CentralSystem
from custom_components.schneider_ev.central_system.charge_point import Charger
from custom_components.schneider_ev.central_system.messages.errors import (
    ChargerHungUpError,
    ChargerOfflineError,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from tests.conftest import IDENTITY, Shown
from tests.fake_charger import FakeCharger, Payload

type Fake = Callable[..., FakeCharger]


async def test_one_call_at_a_time(fake: Fake) -> None:
    """A slow charger that boots twice never has two calls at once."""
    busy: list[int] = []
    at_once: list[int] = []

    def slow(answer: Any) -> Any:
        async def answering(payload: dict[str, Any]) -> Any:
            busy.append(1)
            at_once.append(len(busy))
            await asyncio.sleep(0.15)
            busy.pop()
            return answer(payload) if callable(answer) else answer

        return answering

    async with fake() as charger:
        accepted = {"status": "Accepted"}
        for action in ("GetConfiguration", "ChangeConfiguration", "TriggerMessage"):
            charger.answers[action] = slow(charger.answers.get(action, accepted))
        await charger.boot()
        await charger.until_called("GetConfiguration")
        await charger.boot()
        await charger.until_ready()
        assert max(at_once) == 1
        assert len(charger.calls("GetConfiguration")) == 2
        assert len(charger.calls("TriggerMessage")) == 2


async def test_a_call_to_a_charger_that_goes_away_fails_at_once(
    ready: FakeCharger, shown: Shown
) -> None:
    """Nobody waits for the answer of a dead socket: else it would be said to be late."""
    ready.answers["SetChargingProfile"] = lambda _: None
    ready.answers["Reset"] = lambda _: None
    limiting = asyncio.create_task(
        shown.do("CP-1_1_charging_limit", "set_value", value=10)
    )
    await ready.until_called("SetChargingProfile")
    resetting = asyncio.create_task(shown.do("CP-1_restart", "press"))
    await asyncio.sleep(0.05)
    ready.drop()
    for task in (limiting, resetting):
        with pytest.raises(HomeAssistantError) as raised:
            await task
        assert raised.value.translation_key == "offline"


@pytest.fixture
def charger(bare: CentralSystem) -> Charger:
    """The charger as the central system sees it."""
    return bare.chargers[IDENTITY]


class Answers:
    """Holds back all answers to an action until they are let go."""

    def __init__(self, charger: FakeCharger, action: str) -> None:
        """Hold them back."""
        self.let_go = asyncio.Event()
        self._answering: Any = charger.answers.get(action, {"status": "Accepted"})
        charger.answers[action] = self._answer

    async def _answer(self, payload: Payload) -> Any:
        await self.let_go.wait()
        answering = self._answering
        return answering(payload) if callable(answering) else answering


async def test_whoever_gives_up_leaves_the_line(
    ready: FakeCharger, charger: Charger
) -> None:
    """What is on the wire is awaited all the same, and its answer counts."""
    held = Answers(ready, "ChangeConfiguration")
    ready.received.clear()
    changing = asyncio.create_task(
        charger.configuration_client.change("LightIntensity", "10")
    )
    await ready.until_called("ChangeConfiguration")
    waiting = [asyncio.create_task(charger.link.trigger("Heartbeat")) for _ in range(5)]
    await asyncio.sleep(0.05)
    for task in (changing, *waiting):
        task.cancel()
    reset = asyncio.create_task(charger.reset("Soft"))
    await asyncio.sleep(0.05)
    assert [action for action, _ in ready.received] == ["ChangeConfiguration"]
    held.let_go.set()
    await reset
    assert [action for action, _ in ready.received] == ["ChangeConfiguration", "Reset"]
    assert charger.configuration.value("LightIntensity") == "10"


async def test_an_owner_does_not_wait_for_a_charger_that_keeps_booting(
    ready: FakeCharger, charger: Charger
) -> None:
    """One call of our own accord may be under way; those that would follow are not."""
    held = Answers(ready, "GetConfiguration")
    ready.received.clear()
    for _ in range(4):
        await ready.boot()
        await asyncio.sleep(0.02)
    reset = asyncio.create_task(charger.reset("Hard"))
    await asyncio.sleep(0.02)
    held.let_go.set()
    await reset
    actions = [action for action, _ in ready.received]
    assert actions[: actions.index("Reset")] == ["GetConfiguration"]


async def test_what_waits_when_a_charger_goes_away(
    ready: FakeCharger, charger: Charger
) -> None:
    """Was never sent; what was sent may have been carried out."""
    Answers(ready, "TriggerMessage")
    sent = asyncio.create_task(charger.link.trigger("Heartbeat"))
    await ready.until(
        lambda: {"requestedMessage": "Heartbeat"} in ready.calls("TriggerMessage")
    )
    waiting = asyncio.create_task(charger.link.trigger("StatusNotification"))
    await asyncio.sleep(0.02)
    ready.drop()
    with pytest.raises(ChargerHungUpError):
        await sent
    with pytest.raises(ChargerOfflineError) as raised:
        await waiting
    assert not isinstance(raised.value, ChargerHungUpError)


async def test_a_connection_that_is_replaced_serves_nothing_more(
    ready: FakeCharger, fake: Fake, charger: Charger
) -> None:
    """Not even what has arrived on it already."""
    old = charger.link.connection
    assert old is not None
    served: list[str] = []
    receiver = old.receiver

    class Watching:
        async def receive(self, action: str, payload: Any) -> Any:
            if charger.link.connection is not old:
                served.append(action)
            return await receiver.receive(action, payload)

    old.hand_over(Watching())
    for number in range(200):
        await ready.send_raw(f'[2, "{number}", "Heartbeat", {{}}]')
    async with fake():
        await ready.wait_closed()
    assert charger.link.connection is not old
    assert served == []


async def test_an_automation_that_restarts(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """Leaves one command in the line, not one for each run."""
    held = Answers(ready, "Reset")
    entity_id = shown.entity_id("CP-1_restart")
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "mode": "restart",
                "triggers": {"trigger": "event", "event_type": "again"},
                "actions": {
                    "action": "button.press",
                    "target": {"entity_id": entity_id},
                },
            }
        },
    )
    for _ in range(5):
        hass.bus.async_fire("again")
        await asyncio.sleep(0.05)
    locating = asyncio.create_task(shown.do("CP-1_locate", "press"))
    await asyncio.sleep(0.05)
    held.let_go.set()
    await locating
    assert len(ready.calls("Reset")) == 2
