"""The database of sessions in Home Assistant: what fails, stops or comes in between."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
import json
import os
from pathlib import Path
import shutil
import sqlite3
import threading
import time
from typing import Any

from freezegun import freeze_time
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from websockets.frames import CloseCode

from custom_components.schneider_ev import backup
from custom_components.schneider_ev.central_system.state import session_database
from custom_components.schneider_ev.central_system.state.session_database import find
from custom_components.schneider_ev.texts import as_markdown
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, HomeAssistant
from tests.conftest import DOMAIN, IDENTITY
from tests.fake_charger import CallError, FakeCharger
from tests.scenes import issues, sessions, until

START = {
    "connectorId": 1,
    "idTag": "ADA",
    "meterStart": 1000,
    "timestamp": "2026-11-20T10:00:00Z",
}
CHANGES = {
    # by the clock on the wall: the same time again, and not; and local bounds of both
    "autumn": (
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:15:00+01:00", 45),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T03:15:00+01:00", 45),
        ("2026-10-25 02:00", "2026-10-25 03:00"),
    ),
    "spring": (
        ("2027-03-28T01:45:00+01:00", "2027-03-28T03:15:00+02:00", 30),
        ("2027-03-28T03:20:00+02:00", "2027-03-28T03:50:00+02:00", 30),
        ("2027-03-28 01:30", "2027-03-28 04:00"),
    ),
}
"""Both changes of daylight saving time: two sessions each, with their minutes."""

TURNS = (*range(30), *range(30, 300, 10), None)
"""Turns of the event loop that a message has got; None is all until it is answered."""

END = {"meterStop": 3000, "timestamp": "2026-11-20T11:00:00Z"}


async def test_a_full_disk(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing begins or ends that is not on disk: charger and owner are told."""

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    await ready.status("Preparing")
    with monkeypatch.context() as patch:
        patch.setattr(session_database, "_row", full)
        for _ in range(2):
            with pytest.raises(CallError) as raised:
                await ready.call("StartTransaction", START)
            assert raised.value.code == "InternalError"
        assert "sessions_not_recorded" in issues(hass)
        await ready.call("MeterValues", {"connectorId": 1, "meterValue": []})
    assert await sessions(hass) == []
    begun = await ready.call("StartTransaction", START)
    assert "sessions_not_recorded" not in issues(hass)
    end = END | {"transactionId": begun["transactionId"]}
    with monkeypatch.context() as patch:
        patch.setattr(session_database, "_row", full)
        with pytest.raises(CallError):
            await ready.call("StopTransaction", end)
    (session,) = await sessions(hass)
    assert session["stop"] is None
    await ready.call("StopTransaction", end)
    (session,) = await sessions(hass)
    assert session["energy"] == 2000.0


@asynccontextmanager
async def slow_disk(entry: MockConfigEntry) -> AsyncIterator[threading.Event]:
    """Keep the database of sessions busy until the event is set."""
    release = threading.Event()
    database = entry.runtime_data.storage.database
    busy = asyncio.ensure_future(database.run(lambda _: release.wait(20)))
    await asyncio.sleep(0)
    try:
        yield release
    finally:
        release.set()
        await asyncio.wait([busy])


async def came_in(entry: MockConfigEntry, action: str) -> None:
    """Wait until the central system has the last message of an action."""
    trace = entry.runtime_data.central_system.chargers[IDENTITY].link.trace
    await until(lambda: action in str(trace.frames[-1][2]))


@pytest.mark.parametrize("fails", [False, True])
async def test_a_start_that_is_repeated_while_it_is_written(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Callable[..., FakeCharger],
    monkeypatch: pytest.MonkeyPatch,
    *,
    fails: bool,
) -> None:
    """On a new connection: it is answered once that is done, by what is on disk."""
    free_id = session_database._free_id  # noqa: SLF001
    writes = 0

    def fail_once(connection: sqlite3.Connection, first: int) -> int:
        nonlocal writes
        writes += 1
        if fails and writes == 1:
            raise sqlite3.OperationalError("disk I/O error")
        return free_id(connection, first)

    monkeypatch.setattr(session_database, "_free_id", fail_once)
    await ready.status("Preparing")
    async with slow_disk(entry) as release:
        await ready.send_raw(json.dumps([2, "s", "StartTransaction", START]))
        await came_in(entry, "StartTransaction")
        ready.drop()
        async with fake() as again:
            answer = asyncio.ensure_future(again.call("StartTransaction", START))
            await asyncio.wait([answer], timeout=0.1)
            assert not answer.done()
            release.set()
            transaction_id = (await answer)["transactionId"]
    assert writes == (2 if fails else 1)
    assert [each["transaction_id"] for each in await sessions(hass)] == [transaction_id]


async def test_an_end_that_is_repeated_while_it_is_written(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    fake: Callable[..., FakeCharger],
) -> None:
    """On a new connection: it is answered once that is on disk."""
    begun = await ready.call("StartTransaction", START)
    end = END | {"transactionId": begun["transactionId"]}
    async with slow_disk(entry) as release:
        await ready.send_raw(json.dumps([2, "s", "StopTransaction", end]))
        await came_in(entry, "StopTransaction")
        ready.drop()
        async with fake() as again:
            answer = asyncio.ensure_future(again.call("StopTransaction", end))
            await asyncio.wait([answer], timeout=0.1)
            assert not answer.done()
            release.set()
            assert await answer == {}
    (session,) = await sessions(hass)
    assert session["meter_stop"] == 3000


@pytest.mark.parametrize("is_dropped", [True, False])
async def test_a_repeat_at_any_moment(
    hass: HomeAssistant,
    ready: FakeCharger,
    fake: Callable[..., FakeCharger],
    *,
    is_dropped: bool,
) -> None:
    """On a new connection, after any number of turns: there is one session, and whole.

    The former connection is lost by then, or the charger only takes it for lost.
    """
    charger = ready

    async def twice(
        action: str, message: dict[str, Any], turns: int | None
    ) -> dict[str, Any]:
        nonlocal charger
        former, charger = charger, fake()
        first = asyncio.ensure_future(former.call(action, message))
        for _ in range(turns or 0):
            await asyncio.sleep(0)
        if turns is None:
            await first
        if is_dropped:
            former.drop()
        await charger.__aenter__()
        answer = await charger.call(action, message)
        former.drop()
        if not first.cancel():
            assert await first == answer
        return answer

    for number, turns in enumerate(TURNS, 1):
        start = START | {"timestamp": f"2026-11-20T10:{number:02}:00Z"}
        begun = await twice("StartTransaction", start, turns)
        end = END | {"transactionId": begun["transactionId"]}
        await twice("StopTransaction", end, turns)
        shown = {each["transaction_id"]: each for each in await sessions(hass)}
        assert len(shown) == number
        assert shown[begun["transactionId"]]["energy"] == 2000.0


@pytest.fixture
def paris(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The local time of the process is that of Paris."""
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("paris")
@pytest.mark.parametrize("change", CHANGES)
async def test_daylight_saving_changes(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    change: str,
) -> None:
    """A session is as long as it was, none is taken for another, and none is dropped."""
    await hass.config.async_set_time_zone("Europe/Paris")
    entry.runtime_data.central_system.shared.journal.keep_for(timedelta(hours=1))
    *both, (since, until_) = CHANGES[change]
    for start, stop, _ in both:
        with freeze_time(start, real_asyncio=True) as clock:
            message = START | {"timestamp": start}
            begun = await ready.call("StartTransaction", message)
            clock.move_to(datetime.fromisoformat(stop))
            assert await ready.call("StartTransaction", message) == begun
            end = END | {"transactionId": begun["transactionId"], "timestamp": stop}
            await ready.call("StopTransaction", end)
    shown = await sessions(hass, **{"from": since, "to": until_})
    assert [
        (datetime.fromisoformat(each["stop"]) - datetime.fromisoformat(each["start"]))
        / timedelta(minutes=1)
        for each in shown
    ] == [minutes for *_, minutes in both]
    assert "clock_wrong" not in issues(hass)


@pytest.mark.parametrize("action", ["StartTransaction", "StopTransaction"])
async def test_home_assistant_stops_while_a_session_is_written(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, action: str
) -> None:
    """It is written and answered, then the connection is closed: going away."""
    message = START
    if action == "StopTransaction":
        begun = await ready.call("StartTransaction", START)
        message = END | {"transactionId": begun["transactionId"]}
    path = entry.runtime_data.storage.database.path
    async with slow_disk(entry) as release:
        answer = asyncio.ensure_future(ready.call(action, message))
        await came_in(entry, action)
        hass.set_state(CoreState.stopping)
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
        await asyncio.sleep(0.05)
        release.set()
        given = await answer
    await hass.async_block_till_done()
    assert (await ready.wait_closed())[0] == CloseCode.GOING_AWAY
    connection = sqlite3.connect(path)
    ((number, meter_stop),) = connection.execute("SELECT id, meter_stop FROM session")
    connection.close()
    if action == "StartTransaction":
        assert number == given["transactionId"]
    else:
        assert meter_stop == 3000


async def test_a_record_while_home_assistant_is_stopping(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """Is on disk like any other."""
    hass.set_state(CoreState.stopping)
    answer = await ready.call("StartTransaction", START)
    number = answer["transactionId"]
    found = await entry.runtime_data.storage.database.run(find(number))
    assert found is not None
    hass.set_state(CoreState.running)


async def test_a_damaged_database(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """Is set aside with a repair; the integration goes on."""
    await ready.call("StartTransaction", START)
    path = entry.runtime_data.storage.database.path
    await hass.config_entries.async_unload(entry.entry_id)
    path.write_bytes(b"no database" * 1000)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    placeholders = issues(hass)["sessions_damaged"].translation_placeholders
    aside = entry.runtime_data.storage.database.set_aside
    assert placeholders is not None
    assert placeholders["file"] == as_markdown(str(aside))
    assert await sessions(hass) == []
    assert take(aside) == b"no database" * 1000
    await hass.config_entries.async_reload(entry.entry_id)
    assert "sessions_damaged" not in issues(hass)


async def test_sessions_that_cannot_be_read(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The setup is tried again later, with the reason."""
    path = hass.config.path(f".storage/{DOMAIN}.{entry.entry_id}.db")
    await hass.async_add_executor_job(os.makedirs, path)
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "storage_unreadable"


async def test_a_backup_is_whole(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger, tmp_path: Path
) -> None:
    """A session that begins while the files are copied is in the copy, or is not."""
    await backup.async_pre_backup(hass)
    path = entry.runtime_data.storage.database.path
    copied = tmp_path / "copy.db"
    first = (await ready.call("StartTransaction", START))["transactionId"]
    shutil.copy(path, copied)
    await ready.call("StopTransaction", END | {"transactionId": first})
    shutil.copy(f"{path}-wal", f"{copied}-wal")
    later = START | {"meterStart": 3000}
    await ready.call("StartTransaction", later)
    before = path.read_bytes()
    await backup.async_post_backup(hass)
    assert path.read_bytes() == before
    connection = sqlite3.connect(copied)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    rows = connection.execute("SELECT id, meter_stop FROM session").fetchall()
    connection.close()
    assert rows == [(first, 3000)]


async def test_all_files_go_with_the_entry(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """The database, its log, and what was set aside."""
    path = Path(hass.config.path(".storage"))
    shutil.copy(entry.runtime_data.storage.database.path, path / f"{DOMAIN}.other.db")
    (path / f"{DOMAIN}.{entry.entry_id}.db.damaged-1").touch()
    await hass.config_entries.async_remove(entry.entry_id)
    assert names(path) == [f"{DOMAIN}.other.db"]


def names(folder: Path) -> list[str]:
    """Return the names of the files in a folder."""
    return [file.name for file in folder.iterdir()]


def take(file: Path) -> bytes:
    """Return what is in a file, and remove it."""
    content = file.read_bytes()
    file.unlink()
    return content
