"""What is kept of a charger over a restart of Home Assistant, as JSON."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ..charging.limiter import Limit
from ..charging.mode import ChargingMode
from ..messages.boot import BootInfo
from ..state.configuration import ConfigurationItem
from ..state.reservations import Reservation
from .charger import Charger
from .connector import TemporaryLimit

type Memory = dict[str, Any]


def remember(charger: Charger) -> Memory:
    """Return what is to be kept of a charger."""
    return {
        "boot": charger.boot and asdict(charger.boot),
        "configuration": [
            [item.name, item.value, item.readonly]
            for item in charger.configuration.items()
        ],
        "values": sorted(charger.values),
        "connectors_known": charger.connectors_known,
        "connectors": {
            str(number): {
                "values": sorted(connector.values),
                "limit": connector.limiter.asked.value,
                "paused": connector.limiter.asked.paused,
                "charging_mode": connector.charging_mode,
                "minimum_current": connector.minimum_current,
                "solar_reserve": connector.solar_reserve,
                "temporary_limit": (temporary := connector.temporary_limit)
                and {"before": temporary.before, "end": temporary.end.isoformat()},
            }
            for number, connector in charger.connectors.items()
        },
        "station_limit": charger.station_limiter.asked.value,
        "accepted_measurands": charger.accepted_measurands,
        "chosen_configuration": charger.chosen_configuration,
        "local_list": charger.local_list,
        "local_list_version": charger.local_list_version,
        "restart_required": sorted(charger.restart_required),
        "new_password": charger.new_password,
        "reservations": [
            asdict(reservation) | {"expiry": reservation.expiry.isoformat()}
            for reservation in charger.reservations
        ],
    }


def restore(charger: Charger, memory: Memory) -> None:
    """Make a charger what it was: all that it reported is there, its values unknown."""
    if boot := memory.get("boot"):
        charger.boot = BootInfo(**boot)
        charger.identify()
        charger.values.set("boot", charger.boot)
    charger.configuration.report(
        ConfigurationItem(name=name, value=value, readonly=readonly)
        for name, value, readonly in memory["configuration"]
    )
    charger.identify()
    charger.values.update(
        {name: None for name in memory["values"] if name not in charger.values}
    )
    charger.station_limiter.restore(Limit(memory["station_limit"]))
    charger.accepted_measurands = memory["accepted_measurands"]
    charger.chosen_configuration = memory["chosen_configuration"]
    charger.local_list = memory.get("local_list", {})
    charger.local_list_version = memory.get("local_list_version")
    charger.restart_required = set(memory.get("restart_required", ()))
    charger.report_restart_required()
    charger.new_password = memory.get("new_password")
    charger.reservations.restore(
        Reservation(**kept | {"expiry": datetime.fromisoformat(kept["expiry"])})
        for kept in memory.get("reservations", ())
    )
    for number, kept in memory["connectors"].items():
        connector = charger.connector(int(number))
        connector.values.update(dict.fromkeys(kept["values"]))
        connector.limiter.restore(Limit(kept["limit"], kept["paused"]))
        connector.charging_mode = ChargingMode(
            kept.get("charging_mode", ChargingMode.FAST)
        )
        connector.minimum_current = kept.get("minimum_current")
        connector.solar_reserve = kept.get("solar_reserve", 0.0)
        if temporary := kept.get("temporary_limit"):
            connector.revert_limit(
                TemporaryLimit(
                    before=temporary["before"],
                    end=datetime.fromisoformat(temporary["end"]),
                )
            )
    if memory["connectors_known"]:
        charger.connectors_known = True
        charger.structure_changed()
