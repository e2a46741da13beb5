"""Benchmark: what many sessions cost, measured in a Home Assistant in this process.

Each figure is taken with an empty database and with that of 50 chargers of two years, two
sessions a day. The *hold* is the longest time that the event loop did nothing else.

`python -m tests.bench_sessions` prints the table.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
import random
from statistics import median
import sys
from tempfile import TemporaryDirectory
import time
from typing import Any

from custom_components.schneider_ev.central_system.state.journal import Journal
from custom_components.schneider_ev.central_system.state.session_database import (
    SessionDatabase,
    put,
)
from custom_components.schneider_ev.central_system.state.sessions import Session
from homeassistant.core import HomeAssistant

from .bench import machine
from .fake_charger import FakeCharger
from .soak.inside import DOMAIN, home_assistant

MONTH = timedelta(days=30)
_CONNECTOR: dict[str, Any] = {"connectorId": 1}


@dataclass
class Taken:
    """What something took, in ms and bytes."""

    hold: float = 0
    duration: float = 0
    written: int = 0


def sessions(count: int, now: datetime) -> Iterator[Session]:
    """Yield sessions of 50 chargers that ended within the last two years."""
    begin = now - timedelta(days=729)
    for number in range(count):
        start = begin + number * timedelta(days=728) / count
        yield Session(
            id=int(start.timestamp()) * 2 + number % 2 - int(now.timestamp()),
            identity=f"CP-{number % 50}",
            connector=1,
            id_tag=f"04A1B2C3D4{number % 20:04}",
            start=start,
            meter_start=number * 1000,
            base=number * 1000.0,
            register=number * 1000.0 + 900,
            stop=start + timedelta(hours=3),
            meter_stop=number * 1000 + 900,
            reason="Local",
        )


async def fill(path: Path, count: int) -> None:
    """Make a database with so many sessions."""
    database = SessionDatabase(path)
    now = datetime.now(UTC)
    if count:
        await database.run(put(list(sessions(count, now)), now))
    await database.close()


def _bytes_written() -> int:
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("wchar: "):
            return int(line.split()[1])
    return 0


@contextmanager
def _watch(taken: Taken) -> Iterator[None]:
    """Measure how long the event loop was held, and what was written."""
    loop = asyncio.get_running_loop()
    last = time.perf_counter()
    is_over = False

    def tick() -> None:
        nonlocal last
        if is_over:
            return
        now = time.perf_counter()
        taken.hold = max(taken.hold, (now - last) * 1000)
        last = now
        loop.call_soon(tick)

    loop.call_soon(tick)
    written, began = _bytes_written(), last
    try:
        yield
    finally:
        is_over = True
        taken.hold = max(taken.hold, (time.perf_counter() - last) * 1000)
        taken.duration = (time.perf_counter() - began) * 1000
        taken.written = _bytes_written() - written


async def taken(work: Awaitable[Any]) -> Taken:
    """Return what some work took."""
    result = Taken()
    with _watch(result):
        await work
    return result


async def of_all(count: int, begin: Callable[[int], Awaitable[Any]]) -> Taken:
    """Return what is typical of some works: the median of each figure."""
    each = [await taken(begin(number)) for number in range(count)]
    return Taken(
        hold=median(one.hold for one in each),
        duration=median(one.duration for one in each),
        written=int(median(one.written for one in each)),
    )


async def of_journal(directory: Path, count: int) -> dict[str, str]:
    """Measure a journal: opening it, a start, an hour of charging of 50 chargers."""
    path = directory / f"{count}.db"
    await fill(path, count)
    journal = Journal(SessionDatabase(path))
    opened = await taken(journal.load())
    now = datetime.now(UTC)
    new = Session(id=-1, identity="CP-1", connector=1, start=now, meter_start=0)

    async def begin(number: int) -> None:
        await journal.begin(replace(new, meter_start=number, base=float(number)))

    started = await of_all(200, begin)
    running = [
        (await journal.begin(replace(new, identity=f"CP-{number}", connector=2)))[0]
        for number in range(50)
    ]
    hour = Taken()
    with _watch(hour):
        for half_minute in range(120):
            for session in running:
                sampled = replace(session, base=0.0, register=half_minute * 90.0)
                journal.update(sampled)
            await journal.save()
    await journal.close()
    return {
        "open the journal": f"{opened.duration:.0f} ms",
        "a start: until it is on disk": f"{started.duration:.2f} ms",
        "a start: hold": f"{started.hold:.2f} ms",
        "a start: written": f"{started.written / 1000:.1f} kB",
        "an hour of 50 chargers: written": f"{hour.written / 1e6:.1f} MB",
    }


async def of_actions(directory: Path, count: int, chargers: int) -> dict[str, str]:
    """Measure the action get_sessions of a month, and the start of an entry."""
    config = directory / f"config-{count}"
    async with _filled(config, count, chargers) as (hass, loaded, _):
        now = datetime.now(UTC)
        data = {"from": (now - MONTH).isoformat(), "to": now.isoformat()}

        def get() -> Awaitable[Any]:
            return hass.services.async_call(
                DOMAIN, "get_sessions", data, blocking=True, return_response=True
            )

        await get()
        month = await taken(get())
    return {
        "load the integration": f"{loaded:.0f} ms",
        "get_sessions of a month": f"{month.duration:.0f} ms",
        "get_sessions of a month: hold": f"{month.hold:.1f} ms",
    }


async def of_chargers(directory: Path, count: int, chargers: int) -> dict[str, str]:
    """Measure the answers to chargers with three sessions each within 40 s."""
    answers: list[float] = []
    config = directory / f"chargers-{count}"
    async with (
        _filled(config, count, chargers) as (hass, _, url),
        AsyncExitStack() as connected,
    ):
        connections = [
            await connected.enter_async_context(
                FakeCharger(url, f"CP-{number}", patience=60)
            )
            for number in range(chargers)
        ]
        for charger in connections:
            await charger.boot()
        await hass.async_block_till_done()
        pause = chargers / 100
        await asyncio.gather(
            *(_charge(charger, answers, pause) for charger in connections)
        )
    answers.sort()
    return {
        f"{chargers} chargers: longest answer": f"{answers[-1] * 1000:.0f} ms",
        "their answers: median": f"{answers[len(answers) // 2] * 1000:.1f} ms",
    }


@asynccontextmanager
async def _filled(
    config: Path, count: int, chargers: int
) -> AsyncIterator[tuple[HomeAssistant, float, str]]:
    """Run Home Assistant with so many sessions; the time in ms that loading took."""
    settings: dict[str, dict[str, str]] = {
        f"CP-{number}": {} for number in range(chargers)
    }
    async with home_assistant(config, settings) as (hass, entry):
        path = entry.runtime_data.storage.database.path
        await hass.config_entries.async_unload(entry.entry_id)
        await fill(path, count)
        began = time.perf_counter()
        await hass.config_entries.async_setup(entry.entry_id)
        loaded = (time.perf_counter() - began) * 1000
        yield hass, loaded, f"ws://127.0.0.1:{entry.data['port']}"


async def _charge(charger: FakeCharger, answers: list[float], pause: float) -> None:
    """Have a charger charge three times, with samples; `pause` is in s."""

    async def call(action: str, payload: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(random.uniform(0.5, 1.5))
        began = time.perf_counter()
        answer = await charger.call(action, payload)
        answers.append(time.perf_counter() - began)
        return answer

    for number in range(3):
        start = {"connectorId": 1, "idTag": "ADA", "meterStart": number}
        at = datetime.now(UTC).isoformat()
        begun = await call("StartTransaction", start | {"timestamp": at})
        transaction = {"transactionId": begun["transactionId"]}
        for register in range(10):
            sampled = [{"value": str(register * 100)}]
            value = {"timestamp": at, "sampledValue": sampled}
            await call(
                "MeterValues", _CONNECTOR | transaction | {"meterValue": [value]}
            )
        end = {"meterStop": 1000 + number, "timestamp": at}
        await call("StopTransaction", end | transaction)


async def measure(many: int, *, chargers: int) -> list[tuple[str, str, str]]:
    """Return the figures: their names, without sessions and with many."""
    with TemporaryDirectory() as name:
        directory = Path(name)
        columns = [
            {
                **await of_journal(directory, count),
                **await of_actions(directory, count, chargers),
                **await of_chargers(directory, min(count, 20_000), chargers),
            }
            for count in (0, many)
        ]
    return [(figure, value, columns[1][figure]) for figure, value in columns[0].items()]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench sessions", description=__doc__)
    parser.add_argument("--brief", action="store_true", help="only see that it works")
    is_brief = parser.parse_args().brief
    count = 100 if is_brief else 73_000
    rows = asyncio.run(measure(count, chargers=1 if is_brief else 100))
    lines = [("", "no session", f"{count} sessions"), ("---", "---", "---"), *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    sys.stdout.write(
        f"{table}\n\nThe answers: with 20,000 sessions at most."
        f" Measured on {machine()}.\n"
    )


if __name__ == "__main__":
    main()
