"""Strangers: how many may wait, who gives way, and who is remembered."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from websockets.exceptions import InvalidStatus

from custom_components.schneider_ev.central_system import CentralSystem, pending
from custom_components.schneider_ev.central_system.charge_point import patience
from custom_components.schneider_ev.central_system.transport import budget
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from tests.fake_charger import CallError, FakeCharger
from tests.simulator import Simulator
from tests.soak.strangers import readings

type Fake = Callable[..., FakeCharger]


def cards(hass: HomeAssistant) -> set[str]:
    """Return the identities that have a discovery card."""
    return {
        flow["context"]["unique_id"]
        for flow in hass.config_entries.flow.async_progress()
        if flow["context"]["unique_id"] is not None
    }


async def pend(stack: AsyncExitStack, stranger: FakeCharger) -> FakeCharger:
    """Dial and boot, and stay until the stack ends."""
    await stack.enter_async_context(stranger)
    assert (await stranger.boot())["status"] == "Pending"
    return stranger


# Who gives way


async def test_two_of_an_address(fake: Fake) -> None:
    """The third of an address is let in, and the first gives way; a known one does not."""
    async with AsyncExitStack() as stack:
        known = await stack.enter_async_context(fake())
        one, two, three = [
            await pend(stack, fake(f"stranger-{number}")) for number in range(3)
        ]
        await one.wait_closed()
        for stranger in (two, three):
            assert (await stranger.boot())["status"] == "Pending"
        assert (await known.boot())["status"] == "Accepted"


async def test_held_connections(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """Eight that hold on to their connections keep out no new charger."""
    async with AsyncExitStack() as stack:
        held = [
            await pend(stack, fake(f"held-{n}", source=f"127.0.0.{2 + n // 2}"))
            for n in range(8)
        ]
        new = await pend(stack, fake("new"))
        await held[0].wait_closed()
        assert len(entry.runtime_data.central_system.pending) == 8
        # who dials again takes the place of its own, not of the new one
        again = await pend(stack, fake("held-9", source="127.0.0.3"))
        await held[2].wait_closed()
        await again.boot()
        assert (await new.boot())["status"] == "Pending"
        await hass.async_block_till_done()
        assert "new" in cards(hass)


async def test_one_that_dials_again(fake: Fake) -> None:
    """A charger takes its own place, and nobody else gives way for it."""
    async with AsyncExitStack() as stack:
        other = await pend(stack, fake("other"))
        first = await pend(stack, fake("stranger"))
        await pend(stack, fake("stranger"))
        await first.wait_closed()
        assert (await other.boot())["status"] == "Pending"


async def test_one_that_gave_way_is_accepted(
    hass: HomeAssistant, entry: MockConfigEntry, fake: Fake
) -> None:
    """Its card stays, and it is accepted as soon as it dials again."""
    async with AsyncExitStack() as stack:
        one = await pend(stack, fake("stranger-0"))
        for number in (1, 2):
            await pend(stack, fake(f"stranger-{number}"))
        await one.wait_closed()
        await accept(hass, "stranger-0")
        again = await stack.enter_async_context(fake("stranger-0"))
        assert (await again.boot())["status"] == "Accepted"


async def accept(hass: HomeAssistant, identity: str) -> None:
    """Confirm the discovery card of a charger."""
    await hass.async_block_till_done()
    (flow,) = (
        each
        for each in hass.config_entries.flow.async_progress()
        if each["context"]["unique_id"] == identity
    )
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "charger_added"
    await hass.async_block_till_done()


# Who is idle


async def test_one_that_booted_and_is_idle(
    hass: HomeAssistant, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is hung up on; its card stays, and confirmed it is accepted when it dials."""
    monkeypatch.setattr(pending, "IDLE_TIMEOUT", 0.2)
    async with fake("stranger") as idle:
        assert (await idle.boot())["status"] == "Pending"
        await idle.wait_closed()
    await accept(hass, "stranger")
    async with fake("stranger") as charger:
        assert (await charger.boot())["status"] == "Accepted"


async def test_one_that_boots_again_and_again(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A charger that waits as it was told is not idle."""
    monkeypatch.setattr(pending, "IDLE_TIMEOUT", 1.0)
    async with fake("stranger") as stranger:
        for _ in range(5):
            assert (await stranger.boot())["status"] == "Pending"
            await asyncio.sleep(0.3)
        assert (await stranger.boot())["status"] == "Pending"


async def test_one_that_is_accepted_is_not_idle(
    hass: HomeAssistant, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is accepted, at once and by the same connection, it need not boot again."""
    monkeypatch.setattr(pending, "IDLE_TIMEOUT", 0.5)
    async with fake("stranger") as charger:
        assert (await charger.boot())["status"] == "Pending"
        await accept(hass, "stranger")
        await charger.until_called("TriggerMessage")
        await asyncio.sleep(0.7)
        assert (await charger.call("Heartbeat"))["currentTime"]


# Who is remembered


async def test_invented_names(
    hass: HomeAssistant,
    fake: Fake,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They push out each other's cards, not that of a charger that is connected."""
    monkeypatch.setattr(pending, "MAX_DISCOVERIES", 3)
    async with AsyncExitStack() as stack:
        await pend(stack, fake("new"))
        for number in range(6):
            async with fake(f"name-{number}", source="127.0.0.2") as stranger:
                await stranger.boot()
        await hass.async_block_till_done()
        assert cards(hass) == {"new", "name-4", "name-5"}
    async with fake("newer") as newer:
        await newer.boot()
        await hass.async_block_till_done()
        assert cards(hass) == {"name-4", "name-5", "newer"}
    # one that was forgotten is discovered again
    async with fake("new") as new:
        await new.boot()
        await hass.async_block_till_done()
        assert cards(hass) == {"name-5", "newer", "new"}


async def test_one_that_boots_is_remembered_longest(
    hass: HomeAssistant, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that has not booted for the longest time is forgotten, not the first."""
    monkeypatch.setattr(pending, "MAX_DISCOVERIES", 2)
    for identity in ("one", "two", "one", "three"):
        async with fake(identity) as stranger:
            await stranger.boot()
    await hass.async_block_till_done()
    assert cards(hass) == {"one", "three"}


@pytest.mark.parametrize("boots", [False, True])
async def test_names_without_end(
    fake: Fake,
    running: Callable[[], CentralSystem],
    monkeypatch: pytest.MonkeyPatch,
    *,
    boots: bool,
) -> None:
    """Who invents them is refused after ten; others are not, nor is who was seen before."""
    now = time.monotonic()
    monkeypatch.setattr(budget, "monotonic", lambda: now)

    async def dial(identity: str, source: str) -> int:
        try:
            async with fake(identity, source=source) as stranger:
                if boots:
                    await stranger.boot()
        except InvalidStatus as refused:
            status: int = refused.response.status_code
            return status
        return 101

    answers = [await dial(f"name-{number}", "127.0.0.2") for number in range(15)]
    assert answers == [101] * 10 + [503] * 5
    assert await dial("new", "127.0.0.1") == 101
    assert await dial("CP-1", "127.0.0.2") == 101
    assert await dial("name-9", "127.0.0.2") == (101 if boots else 503)
    now += 5
    assert await dial("late", "127.0.0.2") == 101
    assert await dial("later", "127.0.0.2") == 503


# Who does not boot


BOOT_PLEASE = ("TriggerMessage", {"requestedMessage": "BootNotification"})


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a BootNotification only briefly."""
    monkeypatch.setattr(patience, "BOOT_GRACE", 0.2)


def booting_when_asked(charger: FakeCharger) -> FakeCharger:
    """Have a charger boot when it is asked to, as one does that was accepted before."""

    def answer(payload: dict[str, str]) -> dict[str, str]:
        if payload == BOOT_PLEASE[1]:
            boots.append(asyncio.create_task(charger.boot()))
        return {"status": "Accepted"}

    boots: list[asyncio.Task[object]] = []
    charger.answers["TriggerMessage"] = answer
    return charger


async def test_one_that_was_accepted_elsewhere(
    hass: HomeAssistant, fake: Fake, impatient: None
) -> None:
    """It need not boot: it is asked to, and discovered."""
    async with booting_when_asked(fake("stranger")) as stranger:
        await stranger.until(lambda: "stranger" in cards(hass))
        assert stranger.received == [BOOT_PLEASE]
        await accept(hass, "stranger")
        await stranger.until_ready()
        assert stranger.calls("GetConfiguration")


async def test_one_that_boots_is_not_asked(fake: Fake, impatient: None) -> None:
    """Nor is one that boots again as it was told to."""
    async with fake("stranger") as stranger:
        for _ in range(3):
            await stranger.boot()
            await asyncio.sleep(0.3)
        assert not stranger.received


async def test_what_a_stranger_tells_is_answered(
    hass: HomeAssistant, fake: Fake
) -> None:
    """So it stays until it is added; nothing of it is taken over but a session is kept."""
    async with fake("stranger") as stranger:
        assert "currentTime" in await stranger.call("Heartbeat")
        await stranger.status("Available")
        assert await stranger.call("MeterValues", readings(1000)) == {}
        for name in ("DataTransfer", "SignCertificate"):
            assert await stranger.call(name, {}) == {"status": "Rejected"}
        for name in ("Authorize", "StartTransaction", "StopTransaction"):
            with pytest.raises(CallError) as raised:
                await stranger.call(name, {})
            assert raised.value.code == "SecurityError"
    await hass.async_block_till_done()
    assert not cards(hass)


async def test_one_that_hangs_up_when_it_is_asked(
    hass: HomeAssistant, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next time it is waited for longer, and it boots by itself."""
    monkeypatch.setattr(patience, "BOOT_GRACE", 0.3)
    async with fake("stranger") as stranger:
        stranger.answers["TriggerMessage"] = lambda _: stranger.drop()
        await stranger.wait_closed()
        assert stranger.received == [BOOT_PLEASE]
    async with fake("stranger") as stranger:
        await asyncio.sleep(0.4)
        assert (await stranger.boot())["status"] == "Pending"
        assert not stranger.received


@pytest.mark.parametrize("answer", [{"status": "Rejected"}, [4, "ID", "NotSupported"]])
async def test_one_that_does_not_boot_at_all(
    hass: HomeAssistant,
    fake: Fake,
    impatient: None,
    monkeypatch: pytest.MonkeyPatch,
    answer: Any,
) -> None:
    """It is asked once a connection, and hung up on when its time is over."""
    monkeypatch.setattr(pending, "BOOT_TIMEOUT", 0.6)
    for _ in range(2):
        async with fake("stranger") as stranger:
            stranger.answers["TriggerMessage"] = answer
            await stranger.wait_closed()
            assert stranger.received == [BOOT_PLEASE]
    assert not cards(hass)


async def test_one_that_does_not_answer_but_boots(
    fake: Fake, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It boots by itself a little later, and stays."""
    monkeypatch.setattr(pending, "BOOT_TIMEOUT", 0.8)
    async with fake("stranger") as stranger:
        stranger.answers["TriggerMessage"] = lambda _: None
        await stranger.until_called("TriggerMessage")
        await stranger.boot()
        await asyncio.sleep(1)
        assert (await stranger.boot())["status"] == "Pending"


async def test_removed_and_found_again(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    central_system: str,
    impatient: None,
) -> None:
    """A charger that dials again without booting is offered after each of these."""
    async with Simulator(
        central_system, "CP-1", "evlink_pro_ac", redial=0.1
    ) as charger:
        await charger.until(charger.uplink.accepted.is_set)

        async def found() -> None:
            async with asyncio.timeout(10):
                while "CP-1" not in cards(hass):
                    await asyncio.sleep(0.01)

        (subentry,) = entry.subentries
        hass.config_entries.async_remove_subentry(entry, subentry)
        await found()
        await hass.config_entries.async_reload(entry.entry_id)  # as after a restart
        await found()
        data = dict(entry.data)
        await hass.config_entries.async_remove(entry.entry_id)
        await hass.async_block_till_done()
        assert not cards(hass)
        again = MockConfigEntry(domain=entry.domain, data=data)
        again.add_to_hass(hass)
        assert await hass.config_entries.async_setup(again.entry_id)
        await found()
        await accept(hass, "CP-1")
        system: CentralSystem = again.runtime_data.central_system
        await charger.until(lambda: bool(system.chargers["CP-1"].connectors))
    await hass.config_entries.async_unload(again.entry_id)
