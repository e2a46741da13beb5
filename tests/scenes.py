"""Steps of many tests: messages of a charger, actions of an owner, lookups."""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
import socket
from typing import Any

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.schneider_ev.central_system.charge_point import Connector
from custom_components.schneider_ev.central_system.charging import (
    Ceiling,
    CeilingSource,
    LimitReason,
)
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
from tests.conftest import DOMAIN, IDENTITY
from tests.fake_charger import FakeCharger, Payload

LIMIT = f"{IDENTITY}_1_charging_limit"
LIMITED_BY = f"{IDENTITY}_1_limited_by"
OFFLINE_STRATEGY = f"{IDENTITY}_offline_strategy"
"""Unique ids of entities that many tests use."""

GRID = "sensor.grid"
"""Entity id of a grid meter."""

START = datetime(2026, 1, 14, 18, 50, tzinfo=UTC)
"""The start of the first session."""


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition is true."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


def bind(port: int) -> None:
    """Listen on a port for a moment; fails if it is in use."""
    socket.create_server(("127.0.0.1", port), reuse_port=False).close()


# Messages of a charger


def stamp(minutes: float) -> str:
    """Return an OCPP timestamp, in minutes after `START`."""
    return (START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def basic(password: str | bytes, identity: str = IDENTITY) -> dict[str, str]:
    """Return the HTTP Basic header of a charger."""
    secret = password.encode() if isinstance(password, str) else password
    credentials = b64encode(identity.encode() + b":" + secret).decode()
    return {"Authorization": f"Basic {credentials}"}


async def get_ready(charger: FakeCharger, connectors: int = 1, **boot: Any) -> None:
    """Boot, wait until commissioned, and report all connectors as Available."""
    if connectors > 1:
        charger.configuration["NumberOfConnectors"] = (str(connectors), True)
    await charger.boot(**boot)
    await charger.until_ready()
    for connector in range(1, connectors + 1):
        await charger.status("Available", connector)


async def start(
    charger: FakeCharger,
    minutes: float = 0,
    meter_start: int = 1000,
    id_tag: str = "04A1B2C3",
    connector: int = 1,
    **rest: Any,
) -> int:
    """Send a StartTransaction and return the transaction id."""
    answer = await charger.call(
        "StartTransaction",
        {
            "connectorId": connector,
            "idTag": id_tag,
            "meterStart": meter_start,
            "timestamp": stamp(minutes),
            **rest,
        },
    )
    transaction_id: int = answer["transactionId"]
    return transaction_id


async def charge(
    charger: FakeCharger, connector: int = 1, meter_start: int = 1000
) -> int:
    """Plug in, start a transaction and charge; return the transaction id."""
    await charger.status("Preparing", connector)
    transaction_id = await start(
        charger, meter_start=meter_start, id_tag="18237379292", connector=connector
    )
    await charger.status("Charging", connector)
    return transaction_id


async def stop(
    charger: FakeCharger,
    transaction_id: int,
    meter_stop: int,
    minutes: float = 60,
    **rest: Any,
) -> Payload:
    """Send a StopTransaction."""
    return await charger.call(
        "StopTransaction",
        {
            "transactionId": transaction_id,
            "meterStop": meter_stop,
            "timestamp": stamp(minutes),
            **rest,
        },
    )


async def send_values(
    charger: FakeCharger,
    transaction_id: int,
    values: Iterable[Payload],
    timestamp: str | None = None,
) -> None:
    """Send a MeterValues with these sampled values."""
    await charger.call(
        "MeterValues",
        {
            "connectorId": 1,
            "transactionId": transaction_id,
            "meterValue": [
                {"timestamp": timestamp or stamp(4), "sampledValue": [*values]}
            ],
        },
    )


async def sample(
    charger: FakeCharger, transaction_id: int, register: float, minutes: float = 1
) -> None:
    """Send a MeterValues with the energy register and a power."""
    values: list[Payload] = [
        {"value": str(register), "unit": "Wh"},
        {"measurand": "Power.Active.Import", "unit": "kW", "value": "7"},
    ]
    await send_values(charger, transaction_id, values, stamp(minutes))


async def measure(charger: FakeCharger, transaction_id: int, **values: float) -> None:
    """Send a MeterValues; arguments are named like `Current_Import__L1`.

    One underscore stands for a full stop in the measurand; two precede the phase.
    """
    units = {"Current": "A", "Voltage": "V", "Power": "W", "Energy": "Wh", "SoC": "%"}
    sampled = []
    for name, value in values.items():
        measurand, _, phase = name.partition("__")
        measurand = measurand.replace("_", ".")
        sampled.append(
            {
                "measurand": measurand,
                "unit": units[measurand.partition(".")[0]],
                "value": str(value),
            }
            | ({"phase": phase} if phase else {})
        )
    await send_values(charger, transaction_id, sampled)


async def tell_all(charger: FakeCharger, measurands: Iterable[str]) -> None:
    """Send every message that creates entities."""
    transaction_id = await start(charger)
    values = [{"measurand": name, "value": "1"} for name in measurands]
    await send_values(charger, transaction_id, values)
    for action in ("FirmwareStatusNotification", "DiagnosticsStatusNotification"):
        await charger.call(action, {"status": "Idle"})


async def status_of(charger: FakeCharger, id_tag: str) -> str:
    """Send an Authorize and return the status."""
    answer = await charger.call("Authorize", {"idTag": id_tag})
    status: str = answer["idTagInfo"]["status"]
    return status


# Calls to a charger


def shine(connector: Connector, limit: float | None) -> None:
    """Have the sun allow a limit, None for any."""
    connector.limits.set_ceiling(
        CeilingSource.SITE,
        None if limit is None else Ceiling(reason=LimitReason.SOLAR, limit=limit),
    )


def limits(charger: FakeCharger) -> list[tuple[str, float]]:
    """Return purpose and limit of each SetChargingProfile that the charger received."""
    profiles = [
        payload["csChargingProfiles"] for payload in charger.calls("SetChargingProfile")
    ]
    return [
        (
            profile["chargingProfilePurpose"],
            profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"],
        )
        for profile in profiles
    ]


# Actions of an owner


async def add_charger(
    hass: HomeAssistant, entry: MockConfigEntry, identity: str = IDENTITY
) -> None:
    """Add a charger with its config flow."""
    await _add(hass, entry, "charger", identity=identity)


def remove_charger(
    hass: HomeAssistant, entry: MockConfigEntry, identity: str = IDENTITY
) -> None:
    """Remove the subentry of a charger."""
    (subentry_id,) = (
        subentry.subentry_id
        for subentry in entry.subentries.values()
        if subentry.unique_id == identity
    )
    hass.config_entries.async_remove_subentry(entry, subentry_id)


async def register(
    hass: HomeAssistant, entry: MockConfigEntry, id_tag: str, name: str, **more: Any
) -> None:
    """Register a badge with its config flow."""
    await _add(hass, entry, "badge", id_tag=id_tag, name=name, **more)


async def _add(
    hass: HomeAssistant, entry: MockConfigEntry, kind: str, **data: Any
) -> None:
    subentries = hass.config_entries.subentries
    form = await subentries.async_init(
        (entry.entry_id, kind), context={"source": "user"}
    )
    await subentries.async_configure(form["flow_id"], data)
    await hass.async_block_till_done()


async def automate(hass: HomeAssistant, **automation: Any) -> list[ServiceCall]:
    """Set up an automation; return the list to which each run adds a call."""
    runs = async_mock_service(hass, "test", "run")
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "mode": "parallel",
                **automation,
                "actions": {
                    "action": "test.run",
                    "data": {
                        "id": "{{ trigger.id }}",
                        "entity_id": "{{ trigger.entity_id | default }}",
                    },
                },
            }
        },
    )
    await hass.async_block_till_done()
    return runs


# Lookups in Home Assistant


async def sessions(hass: HomeAssistant, **data: Any) -> list[dict[str, Any]]:
    """Return the sessions from the action get_sessions."""
    response = await hass.services.async_call(
        DOMAIN, "get_sessions", data, blocking=True, return_response=True
    )
    assert response is not None
    found: Any = response["sessions"]
    return list(found)


def issues(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Return the active repair issues, by translation key."""
    return {
        issue.translation_key or "": issue
        for issue in ir.async_get(hass).issues.values()
        if issue.domain == DOMAIN and issue.active
    }


def device(
    hass: HomeAssistant, entry: MockConfigEntry, identity: str = IDENTITY
) -> dr.DeviceEntry | None:
    """Return the device of a charger."""
    return dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, identity), entry.entry_id
    )


def device_of(hass: HomeAssistant, entity_id: str) -> dr.DeviceEntry:
    """Return the device of the charger that an entity belongs to."""
    entity = er.async_get(hass).async_get(entity_id)
    assert entity is not None
    assert entity.device_id is not None
    registry = dr.async_get(hass)
    device = registry.async_get(entity.device_id)
    if isinstance(device, dr.ChildDeviceEntry):
        device = registry.async_get(device.parent_device_id)
    assert isinstance(device, dr.DeviceEntry)
    return device


def ours(hass: HomeAssistant) -> list[er.RegistryEntry]:
    """Return the registry entries of our entities."""
    return [
        entity
        for entity in er.async_get(hass).entities.values()
        if entity.platform == DOMAIN
    ]


def unique_ids(hass: HomeAssistant) -> set[str]:
    """Return the unique ids of all of our entities."""
    return {entity.unique_id for entity in ours(hass)}
