"""What a charger signs: kept as it came with its session, and handed out."""

import json
from pathlib import Path
import shutil
import sqlite3
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.schneider_ev.central_system.state import (
    session_database,
    signed_readings,
)
from custom_components.schneider_ev.files.transparency_file import transparency_file
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from tests.conftest import Act, Shown
from tests.fake_charger import CallError, FakeCharger
from tests.scenes import charge, sessions, stamp, start, stop

OCMF = 'OCMF|{"FV":"1.0","RD":[{"TX":"B","RV":1.0}]}|{"SD":"3045\\u00e9<&>"}'
KEY = "3059301306072A8648CE3D0201" * 16


def signed(value: Any = OCMF, **more: str) -> dict[str, Any]:
    """Return a signed sample."""
    return {
        "value": value,
        "format": "SignedData",
        "context": "Transaction.Begin",
        "measurand": "Energy.Active.Import.Register",
        "encoding": "OCMF",
    } | more


async def tell(charger: FakeCharger, *samples: dict[str, Any], **more: Any) -> None:
    """Send samples in one MeterValues."""
    meter_value = {"timestamp": stamp(1), "sampledValue": samples}
    await charger.call(
        "MeterValues", {"connectorId": 1, "meterValue": [meter_value], **more}
    )


def kept(sample: dict[str, Any], minutes: float = 1) -> dict[str, Any]:
    """Return what is kept of a sample."""
    return {"timestamp": stamp(minutes), **sample}


def read_copy(path: Path, query: str) -> list[Any]:
    """Return what a copy of a database and its log, taken now, holds."""
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    shutil.copy(f"{path}-wal", f"{copy}-wal")
    connection = sqlite3.connect(copy)
    rows = connection.execute(query).fetchall()
    connection.close()
    return rows


async def test_what_is_signed_is_kept_as_it_came(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """With its session, each once; it is never taken for a plain reading."""
    transaction_id = await charge(ready)
    begin, number = signed(), signed("99999", format=" signedData")
    raw = signed("OCMF|{}|{}", format="Raw", context="Sample.Periodic")
    plain = {"value": "1500", "unit": "Wh"}
    await tell(ready, begin, number, plain, raw, transactionId=transaction_id)
    await tell(ready, begin, transactionId=transaction_id)
    await tell(ready, signed("without an id"))
    end = signed('{"signedMeterData":"abc"}', context="Transaction.End")
    sound = {"timestamp": stamp(60), "sampledValue": [end, {"value": "4000"}]}
    data = [{"timestamp": stamp(60)}, "nothing", sound, {"sampledValue": [7]}]
    await stop(ready, transaction_id, 4000, transactionData=data)
    after = signed("after it", context="Transaction.End")
    await tell(ready, after, transactionId=transaction_id)
    await tell(ready, signed("of nothing"))
    await hass.async_block_till_done()
    assert (shown["CP-1_1_energy"], shown["CP-1_1_session_energy"]) == ("4.0", "3.0")
    (session,) = await sessions(hass)
    assert session["signed_readings"] == [
        *map(kept, (begin, number, raw, signed("without an id"))),
        kept(end, 60),
        kept(after),
    ]


async def test_it_is_on_disk_before_the_charger_is_answered(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready: FakeCharger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the end of the session, or neither is: then the charger tells again."""
    transaction_id = await start(ready)
    path = entry.runtime_data.storage.database.path

    def on_disk() -> list[str]:
        rows = read_copy(path, "SELECT data FROM signed_reading")
        return [json.loads(data)["value"] for (data,) in rows]

    def fail(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("disk full")

    data = [{"timestamp": stamp(60), "sampledValue": [signed("the end")]}]
    with monkeypatch.context() as patch:
        patch.setattr(signed_readings, "keep", fail)
        with pytest.raises(CallError):
            await stop(ready, transaction_id, 4000, transactionData=data)
        with pytest.raises(CallError):
            await tell(ready, signed("the begin"), transactionId=transaction_id)
        (session,) = await sessions(hass)
        assert (session["stop"], on_disk()) == (None, [])
    await tell(ready, signed("the begin"), transactionId=transaction_id)
    assert on_disk() == ["the begin"]
    await stop(ready, transaction_id, 4000, transactionData=data)
    assert on_disk() == ["the begin", "the end"]


async def test_a_session_takes_its_share(
    hass: HomeAssistant, ready: FakeCharger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In number and in length; what it ended with has room that nothing else takes."""
    monkeypatch.setattr(signed_readings, "MAX_READINGS", 6)
    monkeypatch.setattr(signed_readings, "MAX_LENGTH", 4000)
    transaction_id = await start(ready)
    for number in range(5):
        await tell(ready, signed(str(number)), transactionId=transaction_id)
    await tell(
        ready, signed("last", context="Transaction.End"), transactionId=transaction_id
    )
    data = [
        {"timestamp": stamp(60), "sampledValue": [signed("x" * 4000), signed("end")]}
    ]
    await stop(ready, transaction_id, 4000, transactionData=data)
    (session,) = await sessions(hass)
    values = [each["value"] for each in session["signed_readings"]]
    assert values == ["0", "1", "2", "last", "end"]


async def test_it_is_dropped_with_its_session(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """Nothing is left of it."""
    transaction_id = await start(ready)
    await tell(ready, signed(), transactionId=transaction_id)
    database = entry.runtime_data.storage.database
    await database.run(lambda c: c.execute("DELETE FROM session"))
    left = await database.run(
        lambda c: c.execute("SELECT count(*) FROM signed_reading").fetchone()
    )
    assert left == (0,)


async def test_a_file_for_transparency_software(
    hass: HomeAssistant,
    ready: FakeCharger,
    ask: Act,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """One for each session that has something, with the charger's whole public key."""
    ready.configuration["PowerMeterPublicKey"] = (KEY, True)
    await ask("get_configuration")
    await stop(ready, await start(ready, -300), 2000, minutes=-200)
    ids = []
    for number in range(2):
        ids.append(await start(ready, 100 * number, meter_start=1000 * number))
        await tell(ready, signed(), transactionId=ids[-1])
        data = [{"timestamp": stamp(60), "sampledValue": [signed("plain\r\ntext")]}]
        await stop(ready, ids[-1], 9000, 100 * number + 50, transactionData=data)
    every = (await ask("export_signed_readings"))["sessions"]
    assert [each["transaction_id"] for each in every] == ids
    assert {each["public_key"] for each in every} == {KEY}
    assert {each["signed_readings"] for each in every} == {2}
    (one,) = (await ask("export_signed_readings", transaction_id=ids[1]))["sessions"]
    until = await ask("export_signed_readings", to="2026-01-14 20:00:00+00:00")
    assert [each["transaction_id"] for each in until["sessions"]] == ids[:1]
    with pytest.raises(ServiceValidationError):
        await ask("export_signed_readings", transaction_id=5)
    stranger = await hass_client_no_auth()
    answer = await stranger.get(one["download"])
    assert f"session_{ids[1]}.xml" in answer.headers["Content-Disposition"]
    begin, end = ET.fromstring(await answer.text())  # noqa: S314
    assert begin.attrib == {
        "transactionId": str(ids[1]),
        "context": "Transaction.Begin",
    }
    signed_data, key = begin
    assert (signed_data.text, signed_data.attrib) == (
        OCMF,
        {"format": "OCMF", "encoding": "plain"},
    )
    assert (key.text, key.attrib) == (KEY, {"encoding": "hex"})
    assert end[0].text == "plain\r\ntext"


@pytest.mark.parametrize(
    ("value", "text", "attributes", "key"),
    [
        (
            '{"signedMeterData":"T0NNRnx7fXx7fQ==","encodingMethod":"x","publicKey":"a/b"}',
            "OCMF|{}|{}",
            {"format": "OCMF"},
            "a/b",
        ),
        (
            {"signedMeterData": "?", "encodingMethod": "ALFEN"},
            "?",
            {"format": "ALFEN"},
            None,
        ),
        ("<\x00>&", "<\ufffd>&", {}, None),
        (12, "12", {}, None),
        ("[1]", "[1]", {}, None),
    ],
)
def test_other_forms(
    value: Any, text: str, attributes: dict[str, str], key: str | None
) -> None:
    """As the Open Charge Alliance wraps it, or as nobody describes it."""
    session = {"transaction_id": 7, "signed_readings": [{"value": value}]}
    ((data, *keys),) = ET.fromstring(transparency_file(session, None))  # noqa: S314
    assert (data.text, data.attrib) == (text, attributes | {"encoding": "plain"})
    assert [each.text for each in keys] == ([] if key is None else [key])


FORMER = """
PRAGMA journal_mode = WAL;
CREATE TABLE session (
    id INTEGER PRIMARY KEY, identity TEXT NOT NULL, connector INTEGER NOT NULL,
    start INTEGER NOT NULL, id_tag TEXT, meter_start INTEGER, base REAL, register REAL,
    stop INTEGER, meter_stop INTEGER, reason TEXT, is_assumed INTEGER NOT NULL,
    written INTEGER NOT NULL
) STRICT;
CREATE INDEX session_of_connector ON session (identity, connector, start);
CREATE INDEX session_by_start ON session (start, id);
CREATE INDEX running_session ON session (id) WHERE stop IS NULL;
CREATE INDEX adopted_session ON session (id) WHERE meter_start IS NULL;
CREATE TABLE clock (trusted INTEGER NOT NULL) STRICT;
INSERT INTO session VALUES
    (7, 'CP-1', 1, 1768416600000000, 'ADA', 1000, 1000.0, 4000.0,
     1768420200000000, 4000, 'Local', 0, 1768420200000000),
    (8, 'CP-1', 1, 1768426600000000, 'ADA', 4000, 4000.0, 4500.0,
     NULL, NULL, NULL, 0, 1768426600000000);
INSERT INTO clock VALUES (1768420200000000);
PRAGMA user_version = 1;
"""


SECOND = f"""
{FORMER}
ALTER TABLE session ADD COLUMN meter_offset REAL NOT NULL DEFAULT 0;
{signed_readings.SCHEMA}
PRAGMA user_version = 2;
"""


@pytest.fixture
def former(entry: MockConfigEntry, hass_config_dir: str) -> Path:
    """The database of sessions as the version before wrote it."""
    path = Path(hass_config_dir) / ".storage" / f"schneider_ev.{entry.entry_id}.db"
    path.parent.mkdir(exist_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript(FORMER)
    connection.close()
    return path


async def test_a_database_of_the_former_schema(
    hass: HomeAssistant, former: Path, ready: FakeCharger
) -> None:
    """Keeps its sessions, and takes signed readings of the one that runs."""
    await ready.status("Charging")
    await tell(ready, signed(), {"value": "5000"}, transactionId=8)
    ended, running = await sessions(hass)
    assert (ended["transaction_id"], ended["energy"]) == (7, 3000)
    assert ended["signed_readings"] == []
    assert (running["transaction_id"], running["energy"]) == (8, 1000)
    assert running["signed_readings"] == [kept(signed())]
    assert read_copy(former, "PRAGMA user_version") == [(3,)]


def schema(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """Return tables with their columns, indices and triggers."""
    objects = connection.execute("SELECT type, name, tbl_name FROM sqlite_schema")
    columns = connection.execute(
        "SELECT t.name, c.name, c.type || c.\"notnull\" || coalesce(c.dflt_value, '')"
        " FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'"
    )
    return {*objects, *columns}


async def test_a_migrated_database_is_as_a_new_one(tmp_path: Path) -> None:
    """Whichever version it began with."""
    found = []
    for name, script in (("first", FORMER), ("second", SECOND), ("new", "")):
        connection = sqlite3.connect(tmp_path / name)
        connection.executescript(script)
        connection.close()
        database = session_database.SessionDatabase(tmp_path / name)
        await database.open()
        found.append(await database.run(schema))
        await database.close()
    assert found[0] == found[1] == found[2]
