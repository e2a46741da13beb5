"""Soak test: kills Home Assistant during sessions; none may be lost or doubled.

A real Home Assistant is killed at random points of the sessions of two simulated
chargers, one of which also loses its network and delivers messages late. In the end,
the sessions of the chargers are compared with those that Home Assistant has recorded.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
import random
from typing import Any

from ..processes import free_port
from ..real_home_assistant import RealHomeAssistant
from ..simulator import Car, Simulator

DOMAIN = "schneider_ev"

_SETTINGS_SAVED_AFTER_S = 3.0

_SETTINGS = {
    "MeterValueSampleInterval": "0.2",
    "MeterValuesSampledData": "Energy.Active.Import.Register,Power.Active.Import",
    "RestoreTimeout": "0",
}


@dataclass(kw_only=True)
class Report:
    """The results: numbers of kills and sessions, and failures."""

    kills: int = 0
    sessions: int = 0
    offline: int = 0
    repeated: int = 0
    running: int = 0
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Format the results as a line, and each failure as another one."""
        line = (
            f"{self.kills} kills, {self.sessions} sessions ({self.offline} delivered "
            f"late, {self.repeated} starts repeated, {self.running} running at the "
            f"end), {len(self.failures)} failures"
        )
        return "\n".join([line, *self.failures])


async def kill_in_mid_session(directory: Path, kills: int, seed: int) -> Report:
    """Kill Home Assistant `kills` times; the same `seed` repeats the random choices."""
    chance = random.Random(seed)
    port = free_port()
    report = Report()
    hass = RealHomeAssistant(directory)
    async with hass:
        entry = await hass.set_up(DOMAIN, {"host": "127.0.0.1", "port": port})
        url = f"ws://127.0.0.1:{port}"
        chargers = [_charger(url, identity) for identity in ("SOAK-1", "SOAK-2")]
        for charger in chargers:
            flow = await hass.start_subentry_flow(entry["entry_id"], "charger")
            await hass.continue_subentry_flow(
                flow["flow_id"],
                {
                    "identity": charger.identity,
                    "product": "auto",
                    "phases": "auto",
                    "manage_configuration": False,
                },
            )
        first, second = chargers
        async with first, second:
            for charger in chargers:
                await asyncio.wait_for(charger.accepted.wait(), 20)
            await asyncio.sleep(_SETTINGS_SAVED_AFTER_S)
            for _ in range(kills):
                await _plug_and_unplug(chargers, chance)
                if chance.random() < 0.5:
                    await second.network_cut(chance.uniform(0.5, 8))
                    report.offline += 1
                await asyncio.sleep(chance.uniform(0, 0.4))
                await hass.kill()
                report.kills += 1
                await _plug_and_unplug(chargers, chance)
                await hass.start()
                await asyncio.sleep(chance.uniform(0, 2))
            for charger in chargers:
                await charger.until(charger.connected.is_set, 20)
                await asyncio.wait_for(charger.uplink.outbox.drained(), 20)
            await asyncio.sleep(1)
            recorded = await _recorded(hass)
            _compare(chargers, recorded, report)
        report.failures += hass.problems()
    return report


def _charger(url: str, identity: str) -> Simulator:
    return Simulator(
        url,
        identity,
        latency=0.01,
        speed=20,
        redial=0.3,
        boot_time=0.2,
        car=Car(capacity=10_000),
        free_charging=True,
        configuration=_SETTINGS,
    )


async def _plug_and_unplug(
    chargers: Iterable[Simulator], chance: random.Random
) -> None:
    """Plug in or unplug cars at random."""
    for charger in chargers:
        if chance.random() < 0.7:
            if charger.transaction_id is None and charger.status == "Available":
                await charger.plug_in()
            else:
                await charger.unplug()
        await asyncio.sleep(chance.uniform(0, 0.3))


async def _recorded(hass: RealHomeAssistant) -> list[dict[str, Any]]:
    response = await hass.call_service(DOMAIN, "get_sessions", {}, return_response=True)
    sessions: list[dict[str, Any]] = response["sessions"]
    return sessions


def _compare(
    chargers: Iterable[Simulator], recorded: list[dict[str, Any]], report: Report
) -> None:
    """Compare recorded sessions with the messages of the chargers."""
    by_id = {session["transaction_id"]: session for session in recorded}
    duplicates = [
        n
        for n, many in Counter(s["transaction_id"] for s in recorded).items()
        if many > 1
    ]
    report.failures += [
        f"transaction id {number} was assigned twice" for number in duplicates
    ]
    assigned: dict[int, tuple[Any, ...]] = {}
    for charger in chargers:
        starts = [
            (sent.payload, sent.answer)
            for sent in charger.sent
            if sent.action == "StartTransaction"
        ]
        stops = {
            sent.payload["transactionId"]: sent.payload
            for sent in charger.sent
            if sent.action == "StopTransaction" and sent.answer is not None
        }
        origins = Counter(_origin(charger, payload) for payload, _ in starts)
        report.repeated += sum(many - 1 for many in origins.values())
        last: dict[int, float] = {}
        for sent in charger.sent:
            if sent.action == "MeterValues" and sent.answer is not None:
                number = sent.payload.get("transactionId")
                for sample in sent.payload["meterValue"][-1]["sampledValue"]:
                    if number and "Energy" in sample.get("measurand", "Energy"):
                        last[number] = float(sample["value"])
        for payload, answer in starts:
            if answer is None:
                continue
            number = answer["transactionId"]
            origin = _origin(charger, payload)
            if assigned.setdefault(number, origin) != origin:
                report.failures.append(f"transaction id {number} has two sessions")
            if (session := by_id.get(number)) is None:
                report.failures.append(f"session {number} is lost")
                continue
            _compare_one(payload, stops.get(number), last.get(number), session, report)
    report.sessions = len(assigned)
    for number in by_id.keys() - assigned.keys():
        # a start whose answer was lost is repeated, so it is among those assigned
        report.failures.append(f"session {number} has no charger")


def _compare_one(
    start: dict[str, Any],
    stop: dict[str, Any] | None,
    last: float | None,
    session: dict[str, Any],
    report: Report,
) -> None:
    number = session["transaction_id"]
    if _time(session["start"]) != _time(start["timestamp"]):
        report.failures.append(f"session {number} began at another time")
    if stop is not None:
        energy = stop["meterStop"] - start["meterStart"]
        if session["energy"] != energy or session["meter_stop"] != stop["meterStop"]:
            report.failures.append(
                f"session {number}: {session['energy']} Wh instead of {energy}"
            )
        return
    report.running += 1
    if last is not None and abs(session["energy"] - (last - start["meterStart"])) > 1:
        report.failures.append(
            f"session {number} runs: {session['energy']} Wh instead of "
            f"{last - start['meterStart']}"
        )


def _origin(charger: Simulator, payload: dict[str, Any]) -> tuple[Any, ...]:
    return (charger.identity, payload["timestamp"], payload["meterStart"])


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
