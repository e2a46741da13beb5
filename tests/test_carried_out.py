"""Commands are carried out to their end, also where nobody waits for that any more."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.central_system.charging import limiter
from custom_components.schneider_ev.central_system.transport import connection
from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from tests.conftest import DOMAIN, IDENTITY, Shown
from tests.fake_charger import FakeCharger, Payload
from tests.scenes import LIMIT, OFFLINE_STRATEGY, charge, limits

ACCEPTED = {"status": "Accepted"}


@pytest.fixture(autouse=True)
def _short_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no limit wait for the one before."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 0.0)


async def abandon(
    charger: FakeCharger, action: str, command: Coroutine[Any, Any, object]
) -> None:
    """Stop waiting for a command while the charger takes its time to answer."""
    answering = charger.answers.get(action, ACCEPTED)
    answered = asyncio.Event()

    async def slowly(payload: Payload) -> Any:
        await answered.wait()
        answer = answering(payload) if callable(answering) else answering
        return await answer if isinstance(answer, Awaitable) else answer

    charger.answers[action] = slowly
    called = len(charger.calls(action))
    waiting = asyncio.ensure_future(command)
    await charger.until(lambda: len(charger.calls(action)) > called)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    charger.answers[action] = answering
    answered.set()


async def test_a_limit(ready: FakeCharger, shown: Shown) -> None:
    """What is shown is what is in force, whatever is asked for next."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=16)
    await abandon(ready, "SetChargingProfile", shown.do(LIMIT, "set_value", value=9))
    await shown.do(LIMIT, "set_value", value=16)
    await ready.until(lambda: limits(ready)[-1][1] == 16)
    assert [limit for _, limit in limits(ready)] == [16, 9, 16]
    assert shown[LIMIT] == "16.0"


async def test_a_limit_for_some_time(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, shown: Shown
) -> None:
    """It ends when it is to."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=16)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, IDENTITY), entry.entry_id
    )
    assert device is not None
    command = hass.services.async_call(
        DOMAIN,
        "set_charging_limit",
        {"device_id": device.id, "amps": 9, "duration": {"milliseconds": 300}},
        blocking=True,
    )
    await abandon(ready, "SetChargingProfile", command)
    await ready.until(lambda: limits(ready)[-1][1] == 16)
    assert [limit for _, limit in limits(ready)] == [16, 9, 16]


@pytest.mark.parametrize("product", [EVLINK_PRO_AC])
async def test_a_choice(ready_product: FakeCharger, shown: Shown) -> None:
    """All of its settings are made, and shown."""
    mode = OFFLINE_STRATEGY
    await shown.do(mode, "select_option", option="allow_all")
    command = shown.do(mode, "select_option", option="none")
    await abandon(ready_product, "ChangeConfiguration", command)
    await ready_product.until(lambda: shown[mode] == "none")
    assert ready_product.configuration["LocalAuthorizeOffline"][0] == "False"


async def test_a_limit_that_is_not_answered(
    ready: FakeCharger, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows whether it is in force: the one before it is put again."""
    await charge(ready)
    await shown.do(LIMIT, "set_value", value=16)
    monkeypatch.setattr(connection, "ANSWER_TIMEOUT", 0.1)
    ready.answers["SetChargingProfile"] = lambda _: None
    with pytest.raises(HomeAssistantError):
        await shown.do(LIMIT, "set_value", value=9)
    ready.answers["SetChargingProfile"] = ACCEPTED
    await shown.do(LIMIT, "set_value", value=16)
    assert [limit for _, limit in limits(ready)] == [16, 9, 16]
