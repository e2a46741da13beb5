"""Failures of ours are in the log once, with their traceback."""

from collections.abc import Callable
import logging

import pytest
from websockets.exceptions import InvalidStatus

from custom_components.schneider_ev.central_system import CentralSystem, door
from custom_components.schneider_ev.central_system.charge_point.lifecycle import (
    Lifecycle,
)
from custom_components.schneider_ev.central_system.charge_point.link import Link
from custom_components.schneider_ev.central_system.pending import PendingChargePoints
from tests.fake_charger import CallError, FakeCharger

type Fake = Callable[..., FakeCharger]


def fail(*_: object, **__: object) -> None:
    """Fail as only a bug of ours does."""
    raise RuntimeError("a bug of ours")


def reported(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """Return the warnings and errors, each of which has the traceback of the bug."""
    records = [each for each in caplog.records if each.levelno >= logging.WARNING]
    for record in records:
        assert record.levelno == logging.ERROR
        assert record.exc_info is not None
        assert "a bug of ours" in str(record.exc_info[1])
        assert "CP-1" not in record.getMessage()
    return records


@pytest.mark.parametrize(
    ("owner", "name"),
    [(Lifecycle, "attach"), (Link, "attach")],
)
async def test_of_a_new_connection(
    fake: Fake,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    owner: type,
    name: str,
) -> None:
    """The connection is closed as one that has met an internal error."""
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, fail)
        async with fake() as charger:
            assert (await charger.wait_closed())[0] == 1011
    assert len(reported(caplog)) == 1
    async with fake() as charger:
        assert (await charger.boot())["status"] == "Accepted"


async def test_of_an_ended_connection(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What fails when a charger disconnects is told, too."""
    with monkeypatch.context() as patch:
        patch.setattr(Link, "detach", fail)
        async with fake() as charger:
            await charger.boot()
            await charger.until_ready()
        await charger.until(lambda: reported(caplog))
    assert len(reported(caplog)) == 1


async def test_of_a_request(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer is an internal error of ours."""
    monkeypatch.setattr(door, "is_of_a_web_page", fail)
    with pytest.raises(InvalidStatus) as refused:
        async with fake():
            pass
    assert refused.value.response.status_code == 500
    assert len(reported(caplog)) == 1


async def test_of_a_discovery(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A stranger is told, and is heard again."""
    with monkeypatch.context() as patch:
        patch.setattr(PendingChargePoints, "discover", fail)
        async with fake("stranger") as stranger:
            with pytest.raises(CallError) as error:
                await stranger.boot()
            assert error.value.code == "InternalError"
            patch.undo()
            assert (await stranger.boot())["status"] == "Pending"
    assert len(reported(caplog)) == 1


async def test_of_a_listener_to_discoveries(
    fake: Fake, running: Callable[[], CentralSystem], caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once, and costs the stranger nothing."""
    running().discovered.connect(fail)
    async with fake("stranger") as stranger:
        for _ in range(3):
            assert (await stranger.boot())["status"] == "Pending"
    assert len(reported(caplog)) == 1
