"""What every test of the central system gets: Home Assistant only where it asks for it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from custom_components.schneider_ev.central_system import CentralSystem
from custom_components.schneider_ev.central_system.charge_point import (
    ChargerSettings,
    Shared,
)
from custom_components.schneider_ev.central_system.state import (
    Badges,
    Journal,
    SessionDatabase,
)


@pytest.fixture
def database(tmp_path: Path) -> SessionDatabase:
    """A database of sessions that is not open yet."""
    return SessionDatabase(tmp_path / "sessions.db")


@pytest.fixture
async def journal(database: SessionDatabase) -> AsyncIterator[Journal]:
    """An empty journal."""
    journal = Journal(database)
    await journal.load()
    yield journal
    await journal.close()


def core(journal: Journal, port: int = 0) -> CentralSystem:
    """Return a central system without Home Assistant."""
    shared = Shared(journal=journal, badges=Badges("remote"))
    return CentralSystem(host="127.0.0.1", port=port, shared=shared)


@pytest.fixture
async def bare(
    chargers: dict[str, dict[str, Any]], unused_tcp_port: int, journal: Journal
) -> AsyncIterator[CentralSystem]:
    """A central system without Home Assistant that chargers can dial."""
    system = core(journal, unused_tcp_port)
    for identity, settings in chargers.items():
        owner = {name: value for name, value in settings.items() if name != "password"}
        system.add_charger(
            identity, ChargerSettings(**owner), password=settings.get("password")
        )
    await system.start()
    yield system
    await system.stop()


def _is_bare(request: pytest.FixtureRequest) -> bool:
    """Tell whether a test looks at nothing of Home Assistant."""
    return not {"hass", "entry"} & set(request.fixturenames)


@pytest.fixture
def running(request: pytest.FixtureRequest) -> Callable[[], CentralSystem]:
    """The central system that chargers dial, once it runs."""
    value: Any = request.getfixturevalue("bare" if _is_bare(request) else "running")
    return (lambda: value) if _is_bare(request) else value


@pytest.fixture
def central_system(
    request: pytest.FixtureRequest, chargers: dict[str, dict[str, Any]]
) -> str:
    """A central system of these chargers; the value is the address to dial."""
    if _is_bare(request):
        return f"ws://127.0.0.1:{request.getfixturevalue('bare').port}"
    address: str = request.getfixturevalue("central_system")
    return address
