"""Fixtures that all tests can use."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
import logging
import os
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from ocpp import messages
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

# Home Assistant's loader looks for custom integrations in the package that is imported
# under this name, which must be this repository's.
import custom_components.schneider_ev  # noqa: F401
from custom_components.schneider_ev.central_system import server
from custom_components.schneider_ev.central_system.charge_point import link
from custom_components.schneider_ev.central_system.charging import limiter
from custom_components.schneider_ev.central_system.server import CentralSystem
from custom_components.schneider_ev.products import PRODUCTS
from custom_components.schneider_ev.products.model import Product
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryData
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.util import executor
from tests.fake_charger import FakeCharger
from tests.processes import free_port

# each statement of the recorder would be a line otherwise
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)

# a thread that waits for its turn on a busy machine is not left behind
executor.EXECUTOR_SHUTDOWN_TIMEOUT = 60

# the time of an example depends more on the load of the machine than on the code
settings.register_profile(
    "busy", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy")

each_product = pytest.mark.parametrize(
    "product",
    [
        pytest.param(product, id=product.key)
        for product in PRODUCTS.values()
        if product.guides
    ],
)
"""Parametrizes a test with each product that has a guide."""

DOMAIN = "schneider_ev"
IDENTITY = "CP-1"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that may take minutes, the longest first, on all workers.

    Workers are given an equal part each of what is left, in order.
    """

    def patience(item: pytest.Item) -> float:
        marker = item.get_closest_marker("timeout")
        seconds: float = marker.args[0] if marker else 0
        return seconds

    long = sorted((item for item in items if patience(item)), key=patience)[::-1]
    short = [item for item in items if not patience(item)]
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = []
    for number in range(workers):
        first = long[number::workers]
        parts = workers - number
        rest = (len(long) + len(short) - len(items)) // parts - len(first)
        items += first + short[: max(rest, 0)]
        del short[: max(rest, 0)]
    items += short


@pytest.fixture(autouse=True)
def _custom_integration(request: pytest.FixtureRequest) -> None:
    """Enable custom integrations in tests that run Home Assistant.

    If a test uses the recorder, its fixture has to come first.
    """
    if {"hass", "entry"} & set(request.fixturenames):
        for name in ("recorder_mock", "enable_custom_integrations"):
            if name in request.fixturenames or name == "enable_custom_integrations":
                request.getfixturevalue(name)


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Do not enable asyncio's debug mode, which doubles the time; see PYTHONASYNCIODEBUG."""


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Keep the files of each test apart."""
    return str(tmp_path)


@pytest.fixture(autouse=True)
def _loopback(socket_enabled: None) -> None:
    """Allow sockets: chargers connect to 127.0.0.1."""


@pytest.fixture
def unused_tcp_port_factory() -> Callable[[], int]:
    """Return a function for free ports that the kernel gives to no connection."""
    return free_port


@pytest.fixture
def unused_tcp_port(unused_tcp_port_factory: Callable[[], int]) -> int:
    """Return such a free port."""
    return unused_tcp_port_factory()


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Use Home Assistant's snapshots, without values that differ between runs."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def chargers() -> dict[str, dict[str, object]]:
    """The configured chargers: the settings of their subentries, by identity."""
    return {IDENTITY: {}}


@pytest.fixture
def titles() -> dict[str, str]:
    """The titles of charger subentries, by identity; a default for the others."""
    return {}


@pytest.fixture
def entry(
    chargers: dict[str, dict[str, object]], titles: dict[str, str], unused_tcp_port: int
) -> MockConfigEntry:
    """The config entry of a central system on 127.0.0.1, not loaded yet."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Schneider EV chargers",
        data={"host": "127.0.0.1", "port": unused_tcp_port},
        subentries_data=[
            ConfigSubentryData(
                data={"identity": identity, **settings},
                subentry_type="charger",
                title=titles.get(identity, f"Charger {identity}"),
                unique_id=identity,
            )
            for identity, settings in chargers.items()
        ],
    )


@pytest.fixture
async def central_system(
    hass: HomeAssistant, entry: MockConfigEntry
) -> AsyncIterator[str]:
    """Load the central system; the value is its URL."""
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    yield f"ws://127.0.0.1:{entry.data['port']}"
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def running(entry: MockConfigEntry) -> Callable[[], CentralSystem]:
    """Return a function for the loaded central system."""
    return lambda: entry.runtime_data.central_system


@pytest.fixture
def fake(
    central_system: str, running: Callable[[], CentralSystem]
) -> Callable[..., FakeCharger]:
    """Return a function for chargers that connect to the central system."""

    def create(identity: str = IDENTITY, **options: Any) -> FakeCharger:
        return FakeCharger(central_system, identity, system=running, **options)

    return create


@pytest.fixture
async def ready(fake: Callable[..., FakeCharger]) -> AsyncIterator[FakeCharger]:
    """A charger that is commissioned; its connector is available."""
    async with fake() as fake_charger:
        await fake_charger.boot()
        await fake_charger.until_ready()
        await fake_charger.status("Available")
        yield fake_charger


@pytest.fixture
async def ready_product(
    hass: HomeAssistant, fake: Callable[..., FakeCharger], product: Product
) -> AsyncIterator[FakeCharger]:
    """A commissioned charger of `product` with all keys; its connectors are available."""
    async with fake(product=product) as fake_charger:
        await fake_charger.boot()
        await fake_charger.until_ready()
        for connector in range(1, product.usual_connectors + 1):
            await fake_charger.status("Available", connector)
        await hass.async_block_till_done()
        yield fake_charger


@pytest.fixture
async def pair(
    hass: HomeAssistant, fake: Callable[..., FakeCharger]
) -> AsyncIterator[FakeCharger]:
    """A commissioned charger with two connectors, both available."""
    async with fake() as charger:
        charger.configuration["NumberOfConnectors"] = ("2", True)
        await charger.boot()
        await charger.until_ready()
        await charger.status("Available", 1)
        await charger.status("Available", 2)
        await hass.async_block_till_done()
        yield charger


@pytest.fixture
def all_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable all entities, also those that are disabled by default."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


@pytest.fixture
def offline_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat a charger as offline as soon as its connection is lost."""
    monkeypatch.setattr(link, "OFFLINE_AFTER", 0.05)


@pytest.fixture
def timeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable timers of connections and threads, for tests with a mocked clock."""
    monkeypatch.setattr(messages, "ASYNC_VALIDATION", False)
    monkeypatch.setattr(server, "PING_INTERVAL", None)
    monkeypatch.setattr(limiter, "WRITE_INTERVAL", 0.0)


type Pass = Callable[[float], Any]
"""Advances the clock by some seconds."""


@dataclass(frozen=True)
class Shown:
    """The states of entities in Home Assistant, by unique id.

    If entities of several domains have the same unique id, it is prefixed with the
    domain and a full stop.
    """

    hass: HomeAssistant

    def entity_id(self, unique_id: str) -> str:
        """Return the entity id; fails if there is no such entity."""
        registry = er.async_get(self.hass)
        return next(
            entity.entity_id
            for entity in registry.entities.values()
            if entity.platform == DOMAIN
            and unique_id in (entity.unique_id, f"{entity.domain}.{entity.unique_id}")
        )

    def entity(self, unique_id: str) -> State:
        """Return the state object of an entity; fails if it is disabled."""
        state = self.hass.states.get(self.entity_id(unique_id))
        assert state is not None, f"{unique_id} is disabled"
        return state

    def __getitem__(self, unique_id: str) -> str:
        """Return the state of an entity."""
        return self.entity(unique_id).state

    async def do(self, unique_id: str, action: str, **data: Any) -> None:
        """Perform an action of the entity's domain."""
        entity_id = self.entity_id(unique_id)
        await self.hass.services.async_call(
            entity_id.partition(".")[0],
            action,
            {"entity_id": entity_id, **data},
            blocking=True,
        )


@pytest.fixture
def shown(hass: HomeAssistant) -> Shown:
    """The states in Home Assistant, by unique id."""
    return Shown(hass)


type Act = Callable[..., Any]
"""Performs an action on the device of an entity, by default on the charger."""


@pytest.fixture
def act(hass: HomeAssistant, shown: Shown) -> Act:
    """Return a function that performs an action without a response."""

    async def action(name: str, on: str = f"{IDENTITY}_connected", **data: Any) -> None:
        await _perform(shown, name, on, data, return_response=False)

    return action


@pytest.fixture
def ask(hass: HomeAssistant, shown: Shown) -> Act:
    """Return a function that performs an action and returns its response."""

    async def action(name: str, on: str = f"{IDENTITY}_connected", **data: Any) -> Any:
        return await _perform(shown, name, on, data, return_response=True)

    return action


async def _perform(
    shown: Shown, name: str, on: str, data: dict[str, Any], *, return_response: bool
) -> Any:
    entity = er.async_get(shown.hass).async_get(shown.entity_id(on))
    assert entity is not None
    return await shown.hass.services.async_call(
        DOMAIN,
        name,
        {"device_id": entity.device_id, **data},
        blocking=True,
        return_response=return_response,
    )
