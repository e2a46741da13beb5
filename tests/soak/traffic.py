"""Soak test: a day's messages of ten chargers, with reloads of the config entry.

Each charger charges a car until the entry is reloaded, connects again, and so on. No
tasks and objects may be left after a reload, and memory may not grow.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
import gc
from itertools import count
from pathlib import Path
import time
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from ..fake_charger import FakeCharger
from .inside import home_assistant, memory

IDENTITIES = tuple(f"DAY-{number}" for number in range(1, 11))
RELOADS = 10

_PACKAGE = "custom_components.schneider_ev"
_KEPT_CLASSES = frozenset({"Session"})
_WARM_UP_RELOADS = 2
_MAX_GROWTH_BYTES = 5 * 2**20
_MESSAGES_AROUND = 7  # before and after a car is charged


@dataclass
class Report:
    """The results; `memory` is in bytes, one value per reload."""

    messages: int = 0
    seconds: float = 0
    memory: list[int] = field(default_factory=list)
    objects: list[Counter[str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Format the results as a line, and each failure as another one."""
        line = (
            f"{self.messages} messages and {len(self.objects)} reloads in "
            f"{self.seconds:.0f} s, {len(self.failures)} failures"
        )
        if self.memory:
            used = ", ".join(f"{size / 2**20:.1f}" for size in self.memory)
            line += f"; MiB in use after each reload: {used}"
        return "\n".join([line, *self.failures])


class Day:
    """A day of the chargers of a loaded central system."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Prepare the chargers of a config entry."""
        self.report = Report()
        self._hass = hass
        self._entry = entry
        self._registers = {identity: count(1000) for identity in IDENTITIES}
        self._minutes = count()

    async def charge(self, messages: int) -> None:
        """Send `messages` from each charger, then reload the entry."""
        report = self.report
        before = asyncio.all_tasks()
        started = time.monotonic()
        await asyncio.gather(
            *(self._charge(identity, messages) for identity in IDENTITIES)
        )
        await self._hass.config_entries.async_reload(self._entry.entry_id)
        await self._hass.async_block_till_done()
        report.messages += messages * len(IDENTITIES)
        report.seconds += time.monotonic() - started
        if left := [task for task in asyncio.all_tasks() - before if not task.done()]:
            report.failures.append(f"tasks are left: {left}")
        report.objects.append(_objects())
        if grown := report.objects[-1] - report.objects[0]:
            report.failures.append(f"there are more objects: {dict(grown)}")

    async def _charge(self, identity: str, messages: int) -> None:
        url = f"ws://127.0.0.1:{self._entry.data['port']}"
        registers = self._registers[identity]
        async with FakeCharger(
            url, identity, system=lambda: self._entry.runtime_data.central_system
        ) as charger:
            await charger.boot()
            await charger.until_ready()
            await charger.status("Preparing")
            answer = await charger.call(
                "StartTransaction",
                {
                    "connectorId": 1,
                    "idTag": identity,
                    "meterStart": next(registers),
                    "timestamp": self._now(),
                },
            )
            await charger.status("Charging")
            transaction_id = answer["transactionId"]
            for number in range(messages - _MESSAGES_AROUND):
                if number % 30 == 29:
                    await charger.call("Heartbeat")
                else:
                    sample = self._sample(next(registers), transaction_id)
                    await charger.call("MeterValues", sample)
            await charger.call(
                "StopTransaction",
                {
                    "transactionId": transaction_id,
                    "meterStop": next(registers),
                    "timestamp": self._now(),
                },
            )
            await charger.status("Finishing")
            await charger.status("Available")

    def _now(self) -> str:
        hours, minutes = divmod(next(self._minutes), 60)
        return f"2026-01-{14 + hours // 24}T{hours % 24:02}:{minutes:02}:00Z"

    def _sample(self, register: int, transaction_id: int) -> dict[str, Any]:
        step = register % 100
        samples = [
            ("Energy.Active.Import.Register", "Wh", None, register),
            ("Power.Active.Import", "W", None, 7000 + step),
            ("Current.Offered", "A", None, 6 + step % 26),
            *(("Current.Import", "A", f"L{n}", 10 + n + step / 10) for n in (1, 2, 3)),
            *(("Voltage", "V", f"L{n}", 225 + n + step / 10) for n in (1, 2, 3)),
        ]
        return {
            "connectorId": 1,
            "transactionId": transaction_id,
            "meterValue": [
                {
                    "timestamp": "2026-01-14T18:53:53Z",
                    "sampledValue": [
                        {"measurand": measurand, "unit": unit, "value": str(value)}
                        | ({"phase": phase} if phase else {})
                        for measurand, unit, phase, value in samples
                    ],
                }
            ],
        }


def _objects() -> Counter[str]:
    """Count the integration's objects by class, without classes that are kept."""
    gc.collect()
    return Counter(_names())


def _names() -> Iterator[str]:
    for each in gc.get_objects():
        kind = type(each)
        if (
            str(kind.__module__).startswith(_PACKAGE)
            and kind.__name__ not in _KEPT_CLASSES
        ):
            yield kind.__name__


async def soak(directory: Path, messages: int, _seed: int) -> Report:
    """Send messages with reloads in between, and check the memory."""
    async with home_assistant(directory, {key: {} for key in IDENTITIES}) as (
        hass,
        entry,
    ):
        day = Day(hass, entry)
        report = day.report
        for _ in range(RELOADS):
            await day.charge(messages // RELOADS // len(IDENTITIES))
            report.memory.append(memory())
    grown = report.memory[-1] - report.memory[_WARM_UP_RELOADS - 1]
    if grown > _MAX_GROWTH_BYTES:
        report.failures.append(f"memory grew by {grown / 2**20:.1f} MiB")
    return report
