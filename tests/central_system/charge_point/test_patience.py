"""A charger that does not answer is asked another way, later, and less."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.central_system.charge_point import patience
from custom_components.schneider_ev.central_system.charge_point.patience import Patience
from custom_components.schneider_ev.central_system.transport import connection
from custom_components.schneider_ev.products.model import Product
from homeassistant.core import HomeAssistant
from tests.conftest import Shown, each_product
from tests.fake_charger import FakeCharger, Payload
from tests.scenes import register

type Fake = Callable[..., FakeCharger]

SAMPLED, INTERVAL = "MeterValuesSampledData", "MeterValueSampleInterval"
BROKEN = '[3, "ID", {"configurationKey": [}]'
REFUSED = [4, "ID", "NotSupported", "", {}]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for answers, BootNotifications and the next try only briefly."""
    monkeypatch.setattr(connection, "ANSWER_TIMEOUT", 0.2)
    monkeypatch.setattr(patience, "BOOT_GRACE", 0.1)


# Keys


def answering_few(charger: FakeCharger, to_all: Any) -> None:
    """Have a charger send four keys at most, and another answer when asked for all."""
    by_name: Any = charger.answers["GetConfiguration"]

    def get(payload: Payload) -> Any:
        if len(payload.get("key", ())) in range(1, 5):
            return by_name(payload)
        return to_all

    charger.answers["GetConfiguration"] = get


@each_product
@pytest.mark.parametrize("to_all", [None, REFUSED, {}], ids=["silent", "refused", "{}"])
async def test_keys_are_asked_for_by_name(
    hass: HomeAssistant,
    hasty: None,
    fake: Fake,
    shown: Shown,
    product: Product,
    to_all: Any,
) -> None:
    """Where a charger does not send all at once, all that are set or shown come so."""
    async with fake(product=product) as charger:
        answering_few(charger, to_all)
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        assert charger.configuration[INTERVAL] == ("10", False)
        assert charger.configuration[SAMPLED][0] == ",".join(product.sampled_data[0])
        for key in product.configuration:
            if not key.removed and key.access != "WO" and key.risk is None:
                assert shown.entity_id(f"CP-1_{key.key}")


async def test_an_answer_in_broken_json(hasty: None, fake: Fake) -> None:
    """It is no answer; the keys come by name."""
    async with fake() as charger:
        by_name: Any = charger.answers["GetConfiguration"]

        async def get(payload: Payload) -> Any:
            if payload:
                return by_name(payload)
            await charger.send_raw(BROKEN)
            return None

        charger.answers["GetConfiguration"] = get
        await charger.boot()
        await charger.until(lambda: charger.configuration[INTERVAL][0] == "10")


# What is left


async def test_what_was_not_answered_is_asked_later(
    hasty: None, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the same connection, after a pause; what was answered is not asked again."""
    monkeypatch.setattr(patience, "FIRST_PAUSE", 0.3)
    async with fake() as charger:
        answer = charger.answers.pop("GetConfiguration")
        charger.answers["GetConfiguration"] = lambda _: None
        await charger.boot()
        await charger.until_called("GetConfiguration", 2)
        charger.answers["GetConfiguration"] = answer
        await charger.until(lambda: charger.configuration[INTERVAL][0] == "10")
        await charger.until_ready()
        statuses = [
            payload
            for payload in charger.calls("TriggerMessage")
            if payload["requestedMessage"] == "StatusNotification"
        ]
        assert len(statuses) == 1


@pytest.mark.parametrize("answer", [REFUSED, {"status": "Rejected"}, None], ids=str)
async def test_what_was_not_answered_is_asked_on_each_connection(
    hasty: None, fake: Fake, answer: Any
) -> None:
    """A first commissioning in which nothing was done does not count as one."""
    async with fake() as charger:
        charger.answers = dict.fromkeys(
            ("GetConfiguration", "ChangeConfiguration", "TriggerMessage"),
            lambda _: answer,
        )
        await charger.boot()
        await charger.until_ready()
    async with fake() as charger:
        await charger.until_ready()
        assert charger.calls("GetConfiguration")[0] == {}
        assert charger.configuration[INTERVAL] == ("10", False)
    async with fake() as charger:
        await charger.until_ready()
        assert not charger.calls("GetConfiguration")


async def test_a_setting_that_was_not_answered(hasty: None, fake: Fake) -> None:
    """It is set on the next connection, where nothing else is asked again."""
    async with fake() as charger:
        charger.answers["ChangeConfiguration"] = lambda _: None
        await charger.boot()
        await charger.until_ready()
    async with fake() as charger:
        await charger.until_ready()
        assert not charger.calls("GetConfiguration")
        assert charger.configuration[INTERVAL] == ("10", False)


async def test_a_list_of_badges_that_was_not_answered(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hasty: None,
    fake: Fake,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is sent later, on the same connection."""
    monkeypatch.setattr(patience, "FIRST_PAUSE", 0.3)
    await register(hass, entry, "04A1B2C3", "Ada")
    async with fake() as charger:
        charger.configuration["LocalAuthListEnabled"] = ("true", False)
        charger.answers["GetLocalListVersion"] = lambda _: None
        await charger.boot()
        await charger.until_called("GetLocalListVersion")
        await charger.until_ready()
        charger.answers["GetLocalListVersion"] = {"listVersion": 0}
        sent = await charger.until_called("SendLocalList")
        assert sent["localAuthorizationList"][0]["idTag"] == "04A1B2C3"


# Chargers that do not like to be asked


async def test_one_that_boots_late_and_hangs_up_when_asked_before(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked too soon once; the next time it is waited for."""
    monkeypatch.setattr(patience, "BOOT_GRACE", 0.3)
    async with fake() as charger:
        hang_up_when_asked(charger)
        await charger.wait_closed()
    async with fake() as charger:
        await asyncio.sleep(0.4)
        assert not charger.received
        assert (await charger.boot())["status"] == "Accepted"
        await charger.until_ready()
        assert charger.calls("GetConfiguration")


async def test_one_that_calls_before_it_boots(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After two connections it is waited for, too, whatever it tells before."""
    monkeypatch.setattr(patience, "BOOT_GRACE", 0.3)
    for _ in range(2):
        async with fake() as charger:
            hang_up_when_asked(charger)
            await charger.status("Available")
            await charger.wait_closed()
    async with fake() as charger:
        await charger.status("Available")
        await asyncio.sleep(0.4)
        assert not charger.received
        await charger.boot()
        await charger.until_ready()
        assert charger.calls("GetConfiguration")


def hang_up_when_asked(charger: FakeCharger) -> None:
    """Have a charger hang up at any call."""
    charger.answers = dict.fromkeys(
        ("GetConfiguration", "TriggerMessage"), lambda _: charger.drop()
    )


async def test_one_that_takes_no_call(
    hass: HomeAssistant,
    hasty: None,
    fake: Fake,
    shown: Shown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is left alone after three connections, and what it tells is shown."""
    monkeypatch.setattr(patience, "FIRST_PAUSE", 0.5)
    for _ in range(patience.MAX_FAILURES):
        async with fake() as charger:
            charger.answers["GetConfiguration"] = lambda _: charger.drop()
            await charger.boot()
            await charger.wait_closed()
    async with fake() as charger:
        await charger.boot()
        await charger.status("Charging")
        await hass.async_block_till_done()
        assert shown["CP-1_1_status"] == "charging"
        assert not charger.received
        # after the pause it is asked again, and this time it answers
        await charger.until_called("GetConfiguration")
        await charger.until_ready()
        assert charger.configuration[INTERVAL] == ("10", False)


def test_pauses_grow() -> None:
    """Ten minutes, twenty, … up to a day; one answer ends them."""
    waiting, now, pauses = Patience(), 0.0, []
    for _ in range(14):
        waiting.connected(now)
        pauses.append(waiting.pause(now))
        now += waiting.pause(now)
        waiting.asked()
    assert pauses[:6] == [0, 0, 0, 600, 1200, 2400]
    assert pauses[-1] == patience.MAX_PAUSE
    assert waiting.grace == patience.MAX_BOOT_GRACE
    waiting.answered()
    waiting.connected(now)
    assert waiting.pause(now) == 0


def test_one_that_ignores_calls_until_it_boots() -> None:
    """It is asked later the next time, and is not left alone."""
    waiting = Patience()
    for _ in range(5):
        waiting.connected(0)
        waiting.asked()
        waiting.booted()
        waiting.answered()
    assert waiting.grace == patience.MAX_BOOT_GRACE
    assert waiting.pause(0) == 0
