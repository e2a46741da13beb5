"""Soak test: cuts the power, and has the disk fail, while sessions are recorded.

A central system in a process of its own serves three chargers, on a disk that notes what
is written and synced. For each answer to a StartTransaction or StopTransaction the disk is
made as it is if the power is cut at that moment: what was answered has to be there. After
that the disk is full, read-only, erroneous, or hangs: what is not recorded is refused, and
what is recorded is never lost.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
import random
import sqlite3
import subprocess
import time
from typing import Any

from tests.fake_charger import CallError, FakeCharger
from tests.processes import free_port, start, stop

from .system import IDENTITIES
from .trace import Medium, read

DATABASE = "sessions.db"
_FAULTS = {"full": b"f", "error": b"e", "read-only": b"r", "short write": b"s"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A message that was answered: at which time in ns, and what has to be on disk."""

    time: int
    transaction_id: int
    meter_stop: int | None


@dataclass(kw_only=True)
class Report:
    """The results: numbers of answers, cuts and refusals, and failures."""

    answers: int = 0
    cuts: int = 0
    refusals: int = 0
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Format the results as a line, and each failure as another one."""
        line = (
            f"{self.answers} answers, the power cut {self.cuts} times, {self.refusals}"
            f" messages refused, {len(self.failures)} failures"
        )
        return "\n".join([line, *self.failures])


async def cut_power(directory: Path, count: int, seed: int) -> Report:
    """Record `count` sessions; the same `seed` repeats the random choices."""
    report = Report()
    disk = Disk(directory)
    async with disk.system() as url:
        answers = await _charge(url, count)
        await _fail(url, disk, answers, report)
    report.answers = len(answers)
    _check_cuts(disk, answers, random.Random(seed), report)
    _check_end(disk.folder / DATABASE, answers, report)
    return report


class Disk:
    """A folder whose writes are noted, and fail when they are told to."""

    def __init__(self, directory: Path) -> None:
        """Build the library that is preloaded."""
        self.folder = directory / "disk"
        self.folder.mkdir()
        self.trace = directory / "trace"
        self._fault = directory / "fault"
        self._library = directory / "faults.so"
        self.fail(b"n")
        source = Path(__file__).with_name("faults.c")
        subprocess.run(
            ["/usr/bin/cc", "-O1", "-shared", "-fPIC", "-o", self._library, source],
            check=True,
        )

    def fail(self, how: bytes) -> None:
        """Have writes fail from now on, `n` for not."""
        self._fault.write_bytes(how)

    @asynccontextmanager
    async def system(self) -> AsyncIterator[str]:
        """Run a central system that records on this disk; the value is its address."""
        port = free_port()
        process = await start(
            "-m",
            f"{__package__}.system",
            str(port),
            self.folder / DATABASE,
            output=self.folder.parent / "output",
            env={
                "LD_PRELOAD": str(self._library),
                "DISK_FOLDER": f"{self.folder}/",
                "DISK_TRACE": str(self.trace),
                "DISK_FAULT": str(self._fault),
            },
        )
        try:
            await _until_listening(port)
            yield f"ws://127.0.0.1:{port}"
        finally:
            self.fail(b"n")
            await stop(process)


async def _until_listening(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


async def _charge(url: str, count: int) -> list[Answer]:
    """Have the chargers begin and end sessions, all at once."""

    async def charge(identity: str) -> list[Answer]:
        answers = []
        async with FakeCharger(url, identity) as charger:
            await charger.boot()
            for number in range(count // len(IDENTITIES)):
                answers += [
                    begun := await _begin(charger, number),
                    await _end(charger, begun.transaction_id, number),
                ]
        return answers

    lists = await asyncio.gather(*(charge(identity) for identity in IDENTITIES))
    return [answer for answers in lists for answer in answers]


async def _begin(charger: FakeCharger, number: int) -> Answer:
    payload: dict[str, Any] = {
        "connectorId": 1,
        "idTag": "ADA",
        "meterStart": 1000 * number,
        "timestamp": "2026-11-20T10:00:00Z",
    }
    answer = await charger.call("StartTransaction", payload)
    return Answer(time.monotonic_ns(), answer["transactionId"], None)


async def _end(charger: FakeCharger, transaction_id: int, number: int) -> Answer:
    meter_stop = 1000 * number + 700
    payload = {
        "transactionId": transaction_id,
        "meterStop": meter_stop,
        "timestamp": "2026-11-20T11:00:00Z",
    }
    await charger.call("StopTransaction", payload)
    return Answer(time.monotonic_ns(), transaction_id, meter_stop)


async def _fail(url: str, disk: Disk, answers: list[Answer], report: Report) -> None:
    """Have each message refused once by each fault, then repeat it."""
    number = 1_000_000
    async with FakeCharger(url, IDENTITIES[0]) as charger:
        await charger.boot()
        for name, fault in _FAULTS.items():
            number += 1
            disk.fail(fault)
            if not await _is_refused(charger, number, None):
                report.failures.append(f"{name}: a session began that is not on disk")
            disk.fail(b"n")
            begun = await _begin(charger, number)
            disk.fail(fault)
            if not await _is_refused(charger, number, begun.transaction_id):
                report.failures.append(f"{name}: a session ended that is not on disk")
            disk.fail(b"n")
            answers += [begun, await _end(charger, begun.transaction_id, number)]
            report.refusals += 2
        disk.fail(b"h")
        hanging = asyncio.ensure_future(_begin(charger, number + 1))
        if (await asyncio.wait([hanging], timeout=0.5))[0]:
            report.failures.append("a session began while the disk hung")
        disk.fail(b"n")
        answers.append(await hanging)


async def _is_refused(
    charger: FakeCharger, number: int, transaction_id: int | None
) -> bool:
    try:
        if transaction_id is None:
            await _begin(charger, number)
        else:
            await _end(charger, transaction_id, number)
    except CallError as error:
        return bool(error.code == "InternalError")
    return False


def _check_cuts(
    disk: Disk, answers: list[Answer], chance: random.Random, report: Report
) -> None:
    """Cut the power at each answer, and see whether it was on disk."""
    notes = list(read(disk.trace))
    times = [note.time for note in notes]
    medium, taken = Medium(), 0
    known: list[Answer] = []
    for answer in sorted(answers, key=lambda each: each.time):
        known.append(answer)
        until = bisect_right(times, answer.time)
        for note in notes[taken:until]:
            medium.take(note)
        taken = until
        for torn in (None, chance):
            report.cuts += 1
            folder = disk.folder.parent / f"cut-{report.cuts}"
            folder.mkdir()
            for name, content in medium.left(torn).items():
                (folder / name).write_bytes(content)
            _check_end(folder / DATABASE, known, report)


def _check_end(database: Path, answers: list[Answer], report: Report) -> None:
    """See whether all that was answered is in a database."""
    connection = sqlite3.connect(database)
    try:
        rows = dict(connection.execute("SELECT id, meter_stop FROM session"))
        (check,) = connection.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.Error as error:
        report.failures.append(f"the database cannot be read: {error}")
        return
    finally:
        connection.close()
    if check != "ok":
        report.failures.append(f"the database is damaged: {check}")
    for answer in answers:
        if answer.transaction_id not in rows:
            report.failures.append(f"session {answer.transaction_id} is lost")
        elif answer.meter_stop not in (None, rows[answer.transaction_id]):
            report.failures.append(f"the end of {answer.transaction_id} is lost")
