"""What a charger refuses is an error for whoever asked for it at an entity."""

from collections.abc import Callable
from typing import Any

import pytest

from homeassistant.exceptions import HomeAssistantError
from tests.conftest import Shown
from tests.fake_charger import FakeCharger
from tests.scenes import charge

type Fake = Callable[..., FakeCharger]


REFUSALS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("SetChargingProfile", "CP-1_1_charging_limit", "set_value", {"value": 10}),
    ("SetChargingProfile", "CP-1_station_limit", "set_value", {"value": 10}),
    ("SetChargingProfile", "switch.CP-1_1_charging", "turn_off", {}),
    ("ChangeConfiguration", "CP-1_light_intensity", "set_value", {"value": 10}),
    ("ChangeConfiguration", "CP-1_led_day_start_hour", "set_value", {"time": "07:00"}),
    ("ChangeAvailability", "CP-1_1_available", "turn_off", {}),
    ("DataTransfer", "CP-1_locate", "press", {}),
    ("Reset", "CP-1_restart", "press", {}),
    ("UnlockConnector", "CP-1_1_unlock", "press", {}),
    ("RemoteStopTransaction", "CP-1_1_stop_session", "press", {}),
    ("GetConfiguration", "CP-1_refresh", "press", {}),
]


@pytest.mark.parametrize(
    ("call", "key", "action", "data", "answer", "reason"),
    [
        (*refusal, answer, reason)
        for refusal in REFUSALS
        for answer, reason in (
            ({"status": "Rejected"}, "refused"),
            ([4, "ID", "InternalError", "no", {}], "call_error"),
        )
        # an answer to it has no status
        if (refusal[0], reason) != ("GetConfiguration", "refused")
    ],
)
async def test_a_refusal_is_an_error(
    ready: FakeCharger,
    shown: Shown,
    call: str,
    key: str,
    action: str,
    data: dict[str, Any],
    answer: Any,
    reason: str,
) -> None:
    """What the charger refuses is said so, and is not shown as if it were done."""
    await charge(ready)
    before = shown[key]
    ready.answers[call] = lambda _: answer
    with pytest.raises(HomeAssistantError) as raised:
        await shown.do(key, action, **data)
    limit = call == "SetChargingProfile" and reason == "refused"
    assert raised.value.translation_key == ("limit_refused" if limit else reason)
    if "button" not in shown.entity_id(key):
        assert shown[key] == before


async def test_a_refused_start_is_an_error(ready: FakeCharger, shown: Shown) -> None:
    """A remote start that is refused is no success."""
    await ready.status("Preparing")
    ready.answers["RemoteStartTransaction"] = {"status": "Rejected"}
    with pytest.raises(HomeAssistantError):
        await shown.do("switch.CP-1_1_charging", "turn_on")
    assert shown["switch.CP-1_1_charging"] == "off"
