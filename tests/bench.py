"""What a message costs, measured in a real Home Assistant.

Beside the integration runs the *floor*, the least that Home Assistant allows: a bare
server that parses the frame, sets nine states and answers. Each of both gets a Home
Assistant of its own for each number of chargers, all with the recorder in its default
configuration, the same chargers, which are a process of their own, and the same
messages. They take turns in short rounds, so that what else the machine does meets all
of them alike.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
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

FLOOR = REPOSITORY / "tests" / "bench_floor"
COUNTS = (1, 10, 50)

ROUNDS = 5
MESSAGES = 500
RATE = 100.0
IDLE_SECONDS = 15.0
SETTLE_SECONDS = 6.0  # the recorder commits every five seconds
SEEN_MESSAGES = 100
SEEN_RATE = 20.0
LIMIT_SECONDS = 12.0  # a later write of the same limit would come within ten

GROWTH_ALLOWED = 1.1


@dataclass(frozen=True, slots=True)
class Cpu:
    """Processor time in seconds: of all threads, and of the event loop's."""

    all: float
    loop: float

    def __sub__(self, other: Cpu) -> Cpu:
        """Return what was used since."""
        return Cpu(self.all - other.all, self.loop - other.loop)

    def __truediv__(self, divisor: float) -> Cpu:
        """Return what was used for each of so many."""
        return Cpu(self.all / divisor, self.loop / divisor)

    def __mul__(self, factor: float) -> Cpu:
        """Return what is used in so many."""
        return Cpu(self.all * factor, self.loop * factor)


def cpu(pid: int) -> Cpu:
    """Return what a process has used so far."""
    seconds = {
        int(task.name): int((task / "schedstat").read_text().split()[0]) / 1e9
        for task in Path(f"/proc/{pid}/task").iterdir()
    }
    return Cpu(sum(seconds.values()), seconds[pid])


@dataclass
class Subject:
    """A central system in its Home Assistant, its chargers, and what was measured."""

    hass: RealHomeAssistant
    fleet: Fleet
    chargers: int
    entities: frozenset[str] = frozenset()
    accepted: list[float] = field(default_factory=list)
    boot_calls: float = 0
    limit_calls: float = 0
    memory: float = 0
    idle: Cpu = Cpu(0, 0)
    rounds: list[Cpu] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    seen: list[float] = field(default_factory=list)

    @property
    def answers(self) -> list[float]:
        """The seconds until a message was answered."""
        return [exchange.seconds for exchange in self.exchanges]


def identities(count: int) -> list[str]:
    """Name so many chargers."""
    return [f"EVB3S22N4A-{number:04}" for number in range(1, count + 1)]


@asynccontextmanager
async def floor(directory: Path, chargers: int) -> AsyncIterator[Subject]:
    """Run the floor."""
    port = free_port()
    hass = RealHomeAssistant(
        directory,
        integrations=[FLOOR],
        configuration=f"{CONFIGURATION}\n{FLOOR.name}:\n  port: {port}\n",
    )
    fleet = Fleet(f"ws://127.0.0.1:{port}", identities(chargers))
    async with hass, fleet:
        subject = Subject(hass, fleet, chargers)
        await dial(subject)
        subject.entities = frozenset(
            entity_id
            for entity_id in await hass.states()
            if entity_id.startswith("sensor.evb3s22n4a_0001_")
        )
        yield subject


@asynccontextmanager
async def ours(directory: Path, chargers: int) -> AsyncIterator[Subject]:
    """Run the integration."""
    port = free_port()
    hass = RealHomeAssistant(directory)
    fleet = Fleet(f"ws://127.0.0.1:{port}", identities(chargers))
    async with hass, fleet:
        subject = Subject(hass, fleet, chargers)
        entry_id = await ensure_central_system(hass, port)
        for identity in identities(chargers):
            flow = await hass.start_subentry_flow(entry_id, "charger")
            await hass.continue_subentry_flow(
                flow["flow_id"],
                {
                    "identity": identity,
                    "product": "auto",
                    "phases": "auto",
                    "manage_configuration": True,
                },
            )
        await dial(subject)
        first = identities(1)[0]
        subject.entities = frozenset(
            [
                entity["entity_id"]
                for entity in await hass.entities(DOMAIN)
                if entity["unique_id"] in {f"{first}_1_{key}" for key in KEYS}
            ]
        )
        yield subject


async def dial(subject: Subject) -> None:
    """Let the chargers dial for the first time, and then some more times."""
    before = subject.hass.memory
    await subject.fleet.dial()
    await subject.fleet.send(2 * subject.chargers, RATE)
    subject.memory = (subject.hass.memory - before) / subject.chargers
    for _ in range(3):
        await subject.fleet.hang_up()
        subject.accepted.append(await subject.fleet.dial())
    subject.boot_calls = await calls_of_each(subject)
    await subject.fleet.send(2 * subject.chargers, RATE)


async def calls_of_each(subject: Subject, *actions: str) -> float:
    """Return the most that any charger was called, with any action or with these."""
    return max(
        sum(count for action, count in calls.items() if action in (actions or calls))
        for calls in await subject.fleet.calls()
    )


async def measure_idle(subjects: Iterable[Subject]) -> None:
    """Measure what all of them use while nothing happens."""
    before = {id(subject): cpu(subject.hass.pid) for subject in subjects}
    await asyncio.sleep(IDLE_SECONDS)
    for subject in subjects:
        used = cpu(subject.hass.pid) - before[id(subject)]
        subject.idle = used / IDLE_SECONDS


async def measure_round(subject: Subject) -> asyncio.Task[None]:
    """Send a round of messages; what was used is known when the task is done."""
    started, before = time.monotonic(), cpu(subject.hass.pid)
    subject.exchanges += await subject.fleet.send(MESSAGES, RATE)

    async def settle() -> None:
        await asyncio.sleep(SETTLE_SECONDS)
        used = cpu(subject.hass.pid) - before
        idle = subject.idle * (time.monotonic() - started)
        subject.rounds.append((used - idle) / MESSAGES)

    return asyncio.create_task(settle())


async def measure_seen(subject: Subject) -> None:
    """Measure how long it takes until a client has seen all nine states."""
    subscription = await subject.hass.subscribe()
    watching = asyncio.create_task(watch(subscription, subject.entities))
    exchanges = await subject.fleet.send(SEEN_MESSAGES, SEEN_RATE, chargers=1)
    seen = await asyncio.wait_for(watching, 10)
    subject.seen = [
        at - exchange.sent for at, exchange in zip(seen, exchanges, strict=True)
    ]
    await subscription.close()


async def watch(subscription: Subscription, entities: frozenset[str]) -> list[float]:
    """Return when all entities had a new state, for each message."""
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
        if len(seen) == SEEN_MESSAGES:
            break
    return seen


async def measure_limit(subject: Subject) -> None:
    """Count the calls for one new limit."""
    unique_id = f"{identities(1)[0]}_1_charging_limit"
    entity_id = await subject.hass.entity_id("number", unique_id)
    await subject.hass.call_service(
        "number", "set_value", {"value": 10}, {"entity_id": entity_id}
    )
    await asyncio.sleep(LIMIT_SECONDS)
    subject.limit_calls = await calls_of_each(
        subject, "SetChargingProfile", "ClearChargingProfile"
    )


async def measure() -> tuple[list[Subject], list[Subject]]:
    """Measure everything; return the floors and ours."""
    kinds = [(floor, 1), (floor, COUNTS[-1]), *((ours, count) for count in COUNTS)]
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        subjects: list[Subject] = []
        for number, (kind, chargers) in enumerate(kinds):
            subject = kind(directory / str(number), chargers)
            subjects.append(await stack.enter_async_context(subject))
            progress(f"{kind.__name__}, chargers: {chargers}")
        progress("idle")
        await measure_idle(subjects)
        settling = []
        for number in range(ROUNDS):
            progress(f"round {number + 1} of {ROUNDS}")
            settling += [await measure_round(subject) for subject in subjects]
        await asyncio.gather(*settling)
        for subject in subjects:
            await measure_seen(subject)
        progress("limit")
        await asyncio.gather(*(measure_limit(subject) for subject in subjects[2:]))
        return subjects[:2], subjects[2:]


def progress(what: str) -> None:
    """Tell how far it is."""
    print(what, file=sys.stderr, flush=True)


def machine() -> str:
    """Describe where it was measured."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return (
        f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, Home Assistant {home_assistant_version}"
    )


def row(name: str, subjects: list[Subject], value: Callable[[Subject], str]) -> str:
    """Return a line of the table."""
    return " | ".join([name, *(value(subject) for subject in subjects)])


def milliseconds(values: Iterable[float]) -> str:
    """Return the median of some seconds."""
    return f"{median(values) * 1000:.2f} ms"


def growth(subjects: list[Subject]) -> float:
    """Return how much the last costs of the first, round by round."""
    first, last = subjects[0].rounds, subjects[-1].rounds
    return median(b.all / a.all for a, b in zip(first, last, strict=True))


def p99(values: list[float]) -> str:
    """Return what 99 of 100 are below of."""
    return f"{quantiles(values, n=100)[98] * 1000:.2f} ms"


def report(floors: list[Subject], ours: list[Subject]) -> str:
    """Return the figures as a table."""
    subjects = floors + ours
    heads = [f"floor, {s.chargers}" for s in floors]
    heads += [f"ours, {s.chargers}" for s in ours]
    lines = [
        " | ".join(["chargers", *heads]),
        " | ".join(["---"] * (len(subjects) + 1)),
        row("CPU of a MeterValues", subjects, lambda s: milliseconds(r.all for r in s.rounds)),
        row("… of it the event loop", subjects, lambda s: milliseconds(r.loop for r in s.rounds)),
        row("… spread", subjects, lambda s: f"{min(r.all for r in s.rounds)*1000:.2f}-{max(r.all for r in s.rounds)*1000:.2f}"),
        row("… spread loop", subjects, lambda s: f"{min(r.loop for r in s.rounds)*1000:.2f}-{max(r.loop for r in s.rounds)*1000:.2f}"),
        row("answer to it, median", subjects, lambda s: milliseconds(s.answers)),
        row("… 99 of 100 within", subjects, lambda s: p99(s.answers)),
        row("sent → seen by a client, median", subjects, lambda s: milliseconds(s.seen)),
        row("all dial at once → all accepted", subjects, lambda s: milliseconds(s.accepted)),
        row("calls at boot", subjects, lambda s: f"{s.boot_calls:g}"),
        row("calls for one new limit", subjects, lambda s: f"{s.limit_calls:g}"),
        row("memory a charger", subjects, lambda s: f"{s.memory / 2**20:.2f} MiB"),
        row("idle", subjects, lambda s: f"{s.idle.all * 1000:.2f} ms/s"),
    ]
    return "\n".join(f"| {line} |" for line in lines)


async def main() -> None:
    started = time.monotonic()
    floors, ours = await measure()
    print(machine())
    print(report(floors, ours))
    print(f"growth {growth(floors):.3f} {growth(ours):.3f}  {time.monotonic()-started:.0f} s")
    if growth(ours) > GROWTH_ALLOWED:
        raise SystemExit("too much")


if __name__ == "__main__":
    asyncio.run(main())
