"""Diagnostics of central systems and chargers, without personal data."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import orjson

from homeassistant.const import CONF_PASSWORD
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .central_system import ChargerValue, Values
from .central_system.charge_point import Charger, Connector
from .device import charger_of_device
from .redaction import Redactor
from .runtime import SchneiderConfigEntry
from .site_control import SiteControl

type Diagnostics = dict[str, Any]


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: SchneiderConfigEntry
) -> Diagnostics:
    """Return the diagnostics of a central system and of its chargers."""
    central_system = entry.runtime_data.central_system
    data: Diagnostics = await hass.async_add_executor_job(
        _redacted,
        await _secrets(entry),
        {
            "entry": {"data": dict(entry.data), "options": dict(entry.options)},
            "connections": {
                "waiting": len(central_system.pending),
                "turned_away": dict(central_system.door.turned_away),
            },
            "sites": _sites(entry.runtime_data.site_control),
            "chargers": [
                _charger(charger) for charger in central_system.chargers.values()
            ],
        },
    )
    return data


async def async_get_device_diagnostics(
    hass: HomeAssistant,
    entry: SchneiderConfigEntry,
    device: dr.DeviceEntry | dr.ChildDeviceEntry,
) -> Diagnostics:
    """Return the diagnostics of a charger."""
    charger = charger_of_device(entry, device)
    data: Diagnostics = await hass.async_add_executor_job(
        _redacted, await _secrets(entry), {} if charger is None else _charger(charger)
    )
    return data


def _redacted(secrets: Iterable[str | None], data: Diagnostics) -> Any:
    return Redactor(secrets)(data)


async def _secrets(entry: SchneiderConfigEntry) -> list[str | None]:
    """Return the identities, serial numbers, badges and passwords of an entry."""
    central_system = entry.runtime_data.central_system
    chargers = central_system.chargers.values()
    return [
        *central_system.chargers,
        *(charger.boot.serial_number for charger in chargers if charger.boot),
        *(badge.id_tag for badge in central_system.shared.badges.registered.values()),
        *await central_system.shared.journal.id_tags(),
        *(subentry.data.get(CONF_PASSWORD) for subentry in entry.subentries.values()),
        central_system.shared.badges.remote_id_tag,
    ]


def _sites(site_control: SiteControl) -> list[Diagnostics]:
    """Return what was found of the grid connections, and what is shown of them."""
    sources, views = site_control.sources, site_control.views
    return [
        {
            "sources": [asdict(source) for source in sources.found(key)],
            "values": {name: view.values.get(name) for name in view.values},
        }
        for key, view in zip(sources.connections, views, strict=False)
    ]


def _charger(charger: Charger) -> Diagnostics:
    """Return the state of a charger; another can be set alike by its `configuration`."""
    return {
        "product": charger.product.key,
        "boot": charger.boot and asdict(charger.boot),
        "settings": asdict(charger.settings),
        "connected": charger.link.is_connected,
        "values": _shown(charger),
        "configuration": [
            {"key": item.name, "value": item.value, "readonly": item.readonly}
            for item in charger.configuration.items()
        ],
        "chosen_configuration": [
            {"key": name, "value": value}
            for name, value in charger.configuration_client.chosen.items()
        ],
        "traffic": {
            "counts": dict(charger.link.trace.counts),
            "latency": charger.link.trace.latency,
            "longest_latency": charger.link.trace.longest_latency,
            "frames": [
                [at.isoformat(), way, _message(frame)]
                for at, way, frame in charger.link.trace.frames
            ],
        },
        "problems": {name: charger.problems.get(name) for name in charger.problems},
        "station_limit": charger.station_limit.requested,
        "connectors": {
            number: {
                "values": _shown(connector),
                "limits": connector.limits.data(),
                "limit_in_force": connector.limits.in_force,
                "session": (session := connector.sessions.running) and asdict(session),
            }
            for number, connector in charger.connectors.items()
        },
    }


def _message(frame: str | bytes) -> Any:
    """Return a frame as JSON, so that its members can be redacted."""
    try:
        return orjson.loads(frame)
    except orjson.JSONDecodeError:
        return frame.decode(errors="replace") if isinstance(frame, bytes) else frame


def _shown(part: Charger | Connector) -> dict[str, str]:
    values: Values[Any, object] = part.values
    return {name: str(values.get(name)) for name in values if name != ChargerValue.BOOT}
