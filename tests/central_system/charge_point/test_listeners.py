"""A listener that fails changes no answer: showing and telling are not the charger's."""

from collections.abc import Callable, Iterator
import gc
import logging
from typing import Any

import pytest

from custom_components.schneider_ev.central_system import CentralSystem, Values
from custom_components.schneider_ev.central_system.charge_point import Charger
from custom_components.schneider_ev.central_system.charging import limiter
from custom_components.schneider_ev.central_system.values import (
    ChargerValue,
    ConnectorValue,
    Problem,
    Signal,
)
from tests.conftest import IDENTITY
from tests.fake_charger import FakeCharger, Payload
from tests.scenes import stamp

type Listened = Signal[*tuple[Any, ...]]
type Fake = Callable[..., FakeCharger]

DAY: tuple[tuple[str, Payload], ...] = (
    ("Heartbeat", {}),
    (
        "StatusNotification",
        {"connectorId": 0, "status": "Available", "errorCode": "OtherError"}
        | {"vendorErrorCode": "1.1"},
    ),
    (
        "StatusNotification",
        {"connectorId": 1, "status": "Preparing", "errorCode": "NoError"},
    ),
    ("Authorize", {"idTag": "04A1B2C3"}),
    (
        "StartTransaction",
        {"connectorId": 1, "idTag": "04A1B2C3", "meterStart": 10}
        | {"timestamp": stamp(0)},
    ),
    (
        "StatusNotification",
        {"connectorId": 1, "status": "Charging", "errorCode": "NoError"},
    ),
    (
        "MeterValues",
        {
            "connectorId": 1,
            "transactionId": "the id",
            "meterValue": [{"timestamp": stamp(1), "sampledValue": [{"value": "500"}]}],
        },
    ),
    (
        "StatusNotification",
        {"connectorId": 1, "status": "Faulted", "errorCode": "GroundFailure"}
        | {"vendorErrorCode": "1.1"},
    ),
    (
        "StopTransaction",
        {"transactionId": "the id", "meterStop": 900, "timestamp": stamp(60)},
    ),
    (
        "StatusNotification",
        {"connectorId": 1, "status": "Available", "errorCode": "NoError"},
    ),
    ("SecurityEventNotification", {"type": "TamperDetection", "timestamp": stamp(61)}),
    ("FirmwareStatusNotification", {"status": "Downloading"}),
    ("DiagnosticsStatusNotification", {"status": "Uploading"}),
    ("LogStatusNotification", {"status": "Uploaded"}),
    (
        "DataTransfer",
        {"vendorId": "Schneider Electric", "messageId": "Detection loop"}
        | {"data": '{"connectorId": 1, "state": "1"}'},
    ),
)
"""A day of a charger: each of its messages whose answer others hear of."""


class Failing:
    """A listener that fails each time, and knows whether it was called."""

    def __init__(self) -> None:
        """Start without a call."""
        self.calls = 0

    def __call__(self, *_sent: object) -> None:
        """Fail as a listener with a bug does."""
        self.calls += 1
        raise ValueError("a bug")


def signals() -> Iterator[Listened]:
    """Yield all signals that there are."""
    for each in gc.get_objects():
        if isinstance(each, Signal):
            yield each


def spoil(system: CentralSystem) -> list[Failing]:
    """Connect a listener that fails to everything that can be listened to."""
    charger = system.chargers[IDENTITY]
    connector = charger.connector(1)
    listeners = []
    named: tuple[tuple[Values[Any, Any], Any], ...] = (
        (charger.values, ChargerValue),
        (charger.problems, Problem),
        (connector.values, ConnectorValue),
        (charger.configuration, ("LightIntensity", "MeterValueSampleInterval")),
    )
    for values, names in named:
        for name in names:
            listeners.append(Failing())
            values.listen(name, listeners[-1])
    for signal in list(signals()):
        listeners.append(Failing())
        signal.connect(listeners[-1])
    return listeners


async def answers(charger: FakeCharger) -> list[Payload]:
    """Live through the day; return what does not differ from day to day of the answers."""
    given: list[Payload] = []
    transaction_id = 0
    for action, payload in (("BootNotification", charger.boot_payload), *DAY):
        asked = {
            name: transaction_id if value == "the id" else value
            for name, value in payload.items()
        }
        answer = await charger.call(action, asked)
        transaction_id = answer.get("transactionId", transaction_id)
        if action == "BootNotification":
            await charger.until_ready()
        given.append(
            {
                name: value
                for name, value in answer.items()
                if name not in ("currentTime", "transactionId")
            }
        )
    assert transaction_id > 0
    return given


async def test_no_answer_changes(
    fake: Fake,
    running: Callable[[], CentralSystem],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each listener that fails is in the log once with its traceback, and no answer fails."""
    async with fake() as charger:
        unspoilt = await answers(charger)
    system = running()
    listeners = spoil(system)
    caplog.clear()
    async with fake() as charger:
        assert await answers(charger) == unspoilt
        session = system.chargers[IDENTITY].connector(1).sessions.last
        assert session is not None
        assert session.energy == 890
    failed = [record for record in caplog.records if "failed" in record.getMessage()]
    called = [listener for listener in listeners if listener.calls]
    assert len(called) > 20
    assert len(failed) == len(called)
    assert all(
        record.levelno == logging.ERROR
        and record.exc_info
        and record.exc_info[0] is ValueError
        for record in failed
    )
    assert not [
        record
        for record in caplog.records
        if record.levelno >= logging.WARNING and record not in failed
    ]


@pytest.mark.parametrize(
    "signal_of",
    [
        lambda charger: charger.connector(1).sessions.changed,
        lambda charger: charger.connector(1).limits.changed,
        lambda charger: charger.badge_reader.badge_shown,
        lambda charger: charger.station_faults.appeared,
        lambda charger: charger.security_event,
        lambda charger: charger.reservations.changed,
        lambda charger: charger.structure_changed,
        lambda charger: charger.changed,
        lambda charger: charger.booted,
        lambda charger: charger.link.answered,
        lambda charger: charger.link.connection_changed,
        lambda charger: charger.values.added,
        lambda charger: charger.connector(1).values.added,
    ],
    ids=[
        "session",
        "limits",
        "badge",
        "fault",
        "security",
        "reservations",
        "structure",
        "changed",
        "booted",
        "answered",
        "connection",
        "charger_value",
        "connector_value",
    ],
)
async def test_the_limit_is_still_put(
    fake: Fake,
    running: Callable[[], CentralSystem],
    signal_of: Callable[[Charger], Listened],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A transaction gets the limit that its owner asked for, whoever fails."""
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 0.0)
    async with fake() as charger:
        known = running().chargers[IDENTITY]
        signal_of(known).connect(Failing())
        await answers(charger)
        await known.connector(1).limits.set_limit(10)
        charger.received.clear()
        await charger.call("StatusNotification", DAY[2][1])
        began = await charger.call(DAY[4][0], DAY[4][1] | {"timestamp": stamp(120)})
        await charger.until(
            lambda: any(
                put["csChargingProfiles"].get("transactionId") == began["transactionId"]
                for put in charger.calls("SetChargingProfile")
            )
        )


async def test_what_a_failure_is_called(caplog: pytest.LogCaptureFixture) -> None:
    """The log names the function, not what it is bound to, which may name somebody."""

    class Private:
        def __repr__(self) -> str:
            return "CP-1 of Ada"

        def listen(self) -> None:
            raise ValueError

    signal = Signal[()]()
    signal.connect(Private().listen)
    signal.send()
    (record,) = caplog.records
    assert "Private.listen" in record.getMessage()
    assert "Ada" not in record.getMessage()
