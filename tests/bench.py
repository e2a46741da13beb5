"""Benchmark: the cost of a message, measured in a real Home Assistant.

The integration is compared with the *floor*: a minimal server that parses the frame,
sets nine states and answers (see bench_floor.py). Each of them runs in a Home Assistant
process of its own for each number of chargers. Chargers run in separate processes and
send the same messages: nine readings, all changed. All take turns in short rounds, so
that other load on the machine affects all of them alike.

The recorder is disabled except where the table says so, because processing every state
change costs it several times what is measured here.

`python -m tests.bench` writes the table into README.md.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
import json
import os
from pathlib import Path
import platform
from statistics import median, quantiles
import sys
import tempfile
import time

from homeassistant.const import __version__ as home_assistant_version

from .demo import DOMAIN, ensure_central_system
from .fleet import KEYS, Exchange, Fleet
from .processes import REPOSITORY, free_port
from .real_home_assistant import CONFIGURATION, RealHomeAssistant, Subscription

DOCUMENT = REPOSITORY / "README.md"
BEGIN, END = "<!-- bench -->\n", "<!-- end of bench -->"

FLOOR = REPOSITORY / "tests" / "bench_floor.py"
MANIFEST = {"domain": FLOOR.stem, "name": "Floor", "version": "0"}
RECORDING = ("energy", "history", "logbook", "recorder")

RATE = 100.0  # messages per second
SEEN_RATE = 40.0  # the same, while a client watches


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """The numbers of chargers and messages, and durations in seconds."""

    chargers: tuple[int, ...] = (1, 10, 50)
    recorder: bool = True
    rounds: int = 8
    messages: int = 250
    dials: int = 3
    idle: float = 10
    saved: float = 12  # the state of chargers is saved after ten
    recorded: float = 6  # the recorder commits every five
    seen: int = 200
    limit: float = 12  # a second write of a limit would come after ten


BRIEF = Extent(
    chargers=(1, 2),
    recorder=False,
    rounds=1,
    messages=20,
    dials=1,
    idle=1,
    saved=0,
    seen=10,
    limit=1,
)
"""A quick check that the benchmark works; too short to measure anything."""

MAX_GROWTH = 1.1
"""How much more a message may cost with the most chargers than with one."""


@dataclass
class Subject:
    """A measured central system: its Home Assistant, its chargers and the results.

    Times are in seconds. `cpu` is the processor time of a MeterValues, `loop` the part
    of it in the event loop's thread, one value per round.
    """

    name: str
    extent: Extent
    hass: RealHomeAssistant
    fleet: Fleet
    chargers: int
    recorder: bool
    entities: frozenset[str] = frozenset()
    idle: tuple[float, float] = (0, 0)
    cpu: list[float] = field(default_factory=list)
    loop: list[float] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    seen: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)
    boot_calls: int | None = None
    limit_calls: int | None = None
    limited_boot_calls: int | None = None
    memory: float = 0

    def used(self) -> tuple[float, float]:
        """Return the processor time so far: of all threads, and of the event loop."""
        pid = self.hass.pid
        nanoseconds = {
            int(task.name): int((task / "schedstat").read_text().split()[0])
            for task in Path(f"/proc/{pid}/task").iterdir()
        }
        return sum(nanoseconds.values()) / 1e9, nanoseconds[pid] / 1e9

    async def calls(self, *actions: str) -> int:
        """Return the largest number of calls to a charger since it connected."""
        return max(
            sum(n for action, n in calls.items() if action in (actions or calls))
            for calls in await self.fleet.calls()
        )


def identities(count: int) -> list[str]:
    """Return a number of identities."""
    return [f"EVB3S22N4A-{number:04}" for number in range(1, count + 1)]


def configuration(recorder: bool) -> str:
    """Return the configuration of Home Assistant."""
    return "".join(
        line
        for line in CONFIGURATION.splitlines(keepends=True)
        if recorder or line.strip() not in {f"{name}:" for name in RECORDING}
    )


@asynccontextmanager
async def floor(
    directory: Path, extent: Extent, chargers: int, recorder: bool
) -> AsyncIterator[Subject]:
    """Run the floor."""
    integration = directory / FLOOR.stem
    integration.mkdir(parents=True)
    (integration / "__init__.py").symlink_to(FLOOR)
    (integration / "manifest.json").write_text(json.dumps(MANIFEST))
    port = free_port()
    hass = RealHomeAssistant(
        directory,
        integrations=[integration],
        configuration=f"{configuration(recorder)}\n{FLOOR.stem}:\n  port: {port}\n",
    )
    fleet = Fleet(f"ws://127.0.0.1:{port}", identities(chargers))
    async with hass, fleet:
        subject = Subject("floor", extent, hass, fleet, chargers, recorder)
        await dial(subject)
        first = f"sensor.{identities(1)[0].lower().replace('-', '_')}_"
        subject.entities = frozenset(
            entity_id
            for entity_id in await hass.states()
            if entity_id.startswith(first)
        )
        yield subject


@asynccontextmanager
async def ours(
    directory: Path, extent: Extent, chargers: int, recorder: bool
) -> AsyncIterator[Subject]:
    """Run the integration."""
    port = free_port()
    hass = RealHomeAssistant(directory, configuration=configuration(recorder))
    fleet = Fleet(f"ws://127.0.0.1:{port}", identities(chargers))
    async with hass, fleet:
        subject = Subject("ours", extent, hass, fleet, chargers, recorder)
        entry_id = await ensure_central_system(hass, port)
        memory = hass.memory
        for identity in identities(chargers):
            flow = await hass.start_subentry_flow(entry_id, "charger")
            settings = {
                "identity": identity,
                "product": "auto",
                "phases": "auto",
                "manage_configuration": True,
            }
            await hass.continue_subentry_flow(flow["flow_id"], settings)
        await dial(subject)
        subject.boot_calls = await subject.calls()
        subject.memory = (hass.memory - memory) / chargers
        wanted = {f"{identities(1)[0]}_1_{key}" for key in KEYS}
        subject.entities = frozenset(
            entity["entity_id"]
            for entity in await hass.entities(DOMAIN)
            if entity["unique_id"] in wanted
        )
        yield subject


async def dial(subject: Subject) -> None:
    """Connect the chargers for the first time, then measure more times."""
    await subject.fleet.dial()
    await subject.fleet.send(2 * subject.chargers, RATE)
    for _ in range(subject.extent.dials):
        await subject.fleet.hang_up()
        subject.accepted.append(await subject.fleet.dial())
        await subject.fleet.send(2 * subject.chargers, RATE)


async def measure_idle(subject: Subject) -> None:
    """Measure the processor time without messages."""
    seconds = subject.extent.idle
    before = subject.used()
    await asyncio.sleep(seconds)
    cpu, loop = (
        (now - then) / seconds for now, then in zip(subject.used(), before, strict=True)
    )
    subject.idle = cpu, loop


async def measure_round(subject: Subject) -> asyncio.Task[None]:
    """Send a round of messages; the returned task adds the processor time."""
    messages = subject.extent.messages
    started, before = time.monotonic(), subject.used()
    subject.exchanges += await subject.fleet.send(messages, RATE)

    async def settle() -> None:
        if subject.recorder:
            await asyncio.sleep(subject.extent.recorded)
        seconds = time.monotonic() - started
        cpu, loop = (
            (now - then - idle * seconds) / messages
            for now, then, idle in zip(
                subject.used(), before, subject.idle, strict=True
            )
        )
        subject.cpu.append(cpu)
        subject.loop.append(loop)

    return asyncio.create_task(settle())


async def measure_seen(subject: Subject) -> None:
    """Measure the time from a message to the last of nine states at a client."""
    messages = subject.extent.seen
    subscription = await subject.hass.subscribe()
    watching = asyncio.create_task(_watch(subscription, subject.entities, messages))
    exchanges = await subject.fleet.send(messages, SEEN_RATE, chargers=1)
    seen = await asyncio.wait_for(watching, 10)
    subject.seen = [
        at - exchange.sent for at, exchange in zip(seen, exchanges, strict=True)
    ]
    await subscription.close()


async def _watch(
    subscription: Subscription, entities: frozenset[str], messages: int
) -> list[float]:
    """Return, for each message, when all entities had a new state."""
    assert len(entities) == len(KEYS)
    seen: list[float] = []
    changed: set[str] = set()
    async for event in subscription:
        entity_id = event["data"]["entity_id"]
        if entity_id in entities:
            assert entity_id not in changed
            changed.add(entity_id)
        if changed == entities:
            seen.append(time.monotonic())
            changed.clear()
        if len(seen) == messages:
            break
    return seen


async def measure_limit(subject: Subject) -> None:
    """Count the calls for a new limit, and at the next boot."""
    unique_id = f"{identities(1)[0]}_1_charging_limit"
    entity_id = await subject.hass.entity_id("number", unique_id)
    await subject.hass.call_service(
        "number", "set_value", {"value": 10}, {"entity_id": entity_id}
    )
    await asyncio.sleep(subject.extent.limit)
    subject.limit_calls = await subject.calls(
        "SetChargingProfile", "ClearChargingProfile"
    )
    await subject.fleet.hang_up()
    await subject.fleet.dial()
    subject.limited_boot_calls = await subject.calls()


async def measure(extent: Extent) -> list[Subject]:
    """Measure everything."""
    one, *_, most = extent.chargers
    cast = [
        (floor, one, False),
        (floor, most, False),
        *((ours, chargers, False) for chargers in extent.chargers),
    ]
    if extent.recorder:
        cast += [(floor, one, True), (ours, one, True)]
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        subjects: list[Subject] = []
        for number, (kind, chargers, recorder) in enumerate(cast, 1):
            _progress(f"central system {number} of {len(cast)}")
            running = kind(directory / str(number), extent, chargers, recorder)
            subjects.append(await stack.enter_async_context(running))

        _progress("at rest")
        await asyncio.sleep(extent.saved)
        await asyncio.gather(*map(measure_idle, subjects))

        settling = []
        for number in range(1, extent.rounds + 1):
            _progress(f"round {number} of {extent.rounds}")
            settling += [await measure_round(subject) for subject in subjects]
        await asyncio.gather(*settling)

        _progress("a client")
        for subject in subjects:
            await measure_seen(subject)

        _progress("a limit")
        await asyncio.gather(
            *(measure_limit(subject) for subject in subjects if subject.name == "ours")
        )
    return subjects


def _progress(step: str) -> None:
    print(step, file=sys.stderr, flush=True)


def machine() -> str:
    """Describe the machine and the versions."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return (
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, Home Assistant {home_assistant_version}"
    )


def _milliseconds(seconds: Iterable[float]) -> str:
    return f"{median(seconds) * 1000:.2f} ms"


def _count(number: int | None) -> str:
    return "" if number is None else str(number)


FIGURES: dict[str, Callable[[Subject], str]] = {
    "": lambda s: s.name + ", with recorder" * s.recorder,
    "chargers": lambda s: str(s.chargers),
    "CPU of a MeterValues": lambda s: _milliseconds(s.cpu),
    "of it, event loop": lambda s: _milliseconds(s.loop),
    "its answer": lambda s: _milliseconds(e.seconds for e in s.exchanges),
    "its answer, 99 %": lambda s: _milliseconds(
        quantiles((e.seconds for e in s.exchanges), n=100)[98:]
    ),
    "sent → seen by a client": lambda s: _milliseconds(s.seen),
    "all dial → all accepted": lambda s: _milliseconds(s.accepted),
    "calls at boot": lambda s: _count(s.boot_calls),
    "with a limit": lambda s: _count(s.limited_boot_calls),
    "calls for a limit": lambda s: _count(s.limit_calls),
    "memory a charger": lambda s: (
        f"{s.memory / 2**20:.2f} MiB" if s.memory and s.chargers > 1 else ""
    ),
}


def table(subjects: Iterable[Subject]) -> str:
    """Return the results as a Markdown table, a line per figure."""
    lines = [[name, *map(figure, subjects)] for name, figure in FIGURES.items()]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def growth(subjects: list[Subject]) -> float:
    """Return the cost of a message with the most chargers, relative to one charger.

    It is the median over rounds.
    """
    plain = [s for s in subjects if s.name == "ours" and not s.recorder]
    return median(
        many / one for one, many in zip(plain[0].cpu, plain[-1].cpu, strict=True)
    )


def write(figures: str) -> None:
    """Put the figures into the document."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure; fail if a message costs more with many chargers."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument(
        "--brief",
        action="store_true",
        help="only see that it works: two chargers, and nothing is written",
    )
    extent = BRIEF if parser.parse_args().brief else Extent()
    subjects = asyncio.run(measure(extent))
    grown = growth(subjects)
    figures = (
        f"{table(subjects)}\n\n"
        f"With {extent.chargers[-1]} chargers a MeterValues costs {grown:.2f} times what it does with "
        f"one. Measured on {machine()}.\n"
    )
    print(figures)
    if extent is BRIEF:
        return
    write(figures)
    if grown > MAX_GROWTH:
        raise SystemExit(f"That is more than {MAX_GROWTH:g} times.")


if __name__ == "__main__":
    main()
