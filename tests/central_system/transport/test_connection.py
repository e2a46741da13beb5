"""One connection: a call at a time, and what becomes of calls when it ends."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from homeassistant.exceptions import HomeAssistantError
from tests.conftest import Shown
from tests.fake_charger import FakeCharger

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
