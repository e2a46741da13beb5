"""A short form of `scripts/soak neighbours`: counts and orders, no times."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
import logging
from threading import Event

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from websockets.exceptions import WebSocketException

from homeassistant.core import HomeAssistant

from ..fake_charger import FakeCharger
from ..scenes import basic
from .neighbours import DOMAIN, MAX_LOG_LINES, PASSWORD
from .strangers import KNOWN, SECURED, STRANGERS, Stranger, Target, readings

type Fake = Callable[..., FakeCharger]

CALLS = 50


@pytest.fixture
def chargers() -> dict[str, dict[str, object]]:
    """One that behaves well, and those that strangers know."""
    return {"GOOD-1": {}, KNOWN: {}, SECURED: {"password": PASSWORD}}


@pytest.fixture
def entry(
    entry: MockConfigEntry, unused_tcp_port_factory: Callable[[], int]
) -> MockConfigEntry:
    """A central system with a port for TLS, too."""
    return MockConfigEntry(
        domain=entry.domain,
        data={**entry.data, "tls_port": unused_tcp_port_factory()},
        subentries_data=[
            {**subentry.as_dict(), "data": dict(subentry.data)}
            for subentry in entry.subentries.values()
        ],
    )


@asynccontextmanager
async def attacked(entry: MockConfigEntry, stranger: Stranger) -> AsyncIterator[None]:
    """Have a stranger attack in a thread."""
    target = Target(port=entry.data["port"], tls_port=entry.data["tls_port"])
    over = Event()
    attacking = asyncio.create_task(asyncio.to_thread(stranger, target, over.is_set))
    try:
        yield
    finally:
        over.set()
        await attacking


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
async def test_a_bad_neighbour(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    caplog: pytest.LogCaptureFixture,
    stranger: Stranger,
) -> None:
    """Others are served, a new charger is discovered, a right password counts; no log."""
    caplog.set_level(logging.INFO)
    async with fake("GOOD-1") as good:
        await good.boot()
        await good.until_ready()
        caplog.clear()
        async with attacked(entry, stranger):
            for number in range(CALLS):
                assert await good.call("MeterValues", readings(number)) == {}
            await is_discovered(hass, fake)
            headers = basic(PASSWORD, SECURED)
            async with fake(SECURED, headers=headers) as secured:
                assert (await secured.boot())["status"] == "Accepted"
            for number in range(CALLS):
                assert await good.call("MeterValues", readings(number)) == {}
        assert (await good.boot())["status"] == "Accepted"
    lines = [
        line
        for record in caplog.records
        if is_logged(record)
        for line in caplog.handler.format(record).splitlines()
    ]
    assert len(lines) <= MAX_LOG_LINES, lines[:50]


def is_logged(record: logging.LogRecord) -> bool:
    """Tell whether an owner's log has a record: as in the long form, ours from info on."""
    is_ours = record.name.startswith("custom_components")
    least = logging.INFO if is_ours else logging.WARNING
    # where the machine is busy
    return record.levelno >= least and "Executing" not in record.message


async def is_discovered(hass: HomeAssistant, fake: Fake) -> None:
    """Dial as a new charger, until there is its card."""
    async with asyncio.timeout(20):
        while True:
            with suppress(OSError, WebSocketException):
                async with fake("NEW") as new:
                    assert (await new.boot())["status"] == "Pending"
                    for _ in range(100):
                        flows = hass.config_entries.flow.async_progress_by_handler(
                            DOMAIN
                        )
                        if any(flow["context"]["unique_id"] == "NEW" for flow in flows):
                            return
                        await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)
