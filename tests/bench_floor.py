"""The floor of the benchmark: a minimal integration that sets states from frames.

It parses frames, sets states and answers; it has no chargers and entities, and neither
validates nor stores anything.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson
from websockets.asyncio.server import ServerConnection, serve

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers.typing import ConfigType

DOMAIN = "bench_floor"

ANSWERS: Mapping[str, Any] = {
    "BootNotification": {
        "status": "Accepted",
        "currentTime": "2026-01-01T00:00:00Z",
        "interval": 300,
    },
    "StartTransaction": {"transactionId": 1, "idTagInfo": {"status": "Accepted"}},
}


def _attributes(device_class: str, unit: str, state_class: str = "measurement") -> Any:
    return {
        "device_class": device_class,
        "state_class": state_class,
        "unit_of_measurement": unit,
    }


ATTRIBUTES: Mapping[str, Any] = {
    "Energy.Active.Import.Register": _attributes("energy", "Wh", "total_increasing"),
    "Power.Active.Import": _attributes("power", "kW"),
    "Current.Import": _attributes("current", "A"),
    "Current.Offered": _attributes("current", "A"),
    "Voltage": _attributes("voltage", "V"),
}


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Listen on the configured port."""
    server = await serve(
        partial(_serve, hass),
        "127.0.0.1",
        config[DOMAIN]["port"],
        compression=None,
    )

    async def stop(_event: Event) -> None:
        server.close()
        await server.wait_closed()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop)
    return True


async def _serve(hass: HomeAssistant, websocket: ServerConnection) -> None:
    assert websocket.request
    name = websocket.request.path.rpartition("/")[2].lower().replace("-", "_")
    entities = [f"sensor.{name}_{number}" for number in range(9)]
    async for frame in websocket:
        _, message_id, action, payload = orjson.loads(frame)
        if action == "MeterValues":
            samples = payload["meterValue"][0]["sampledValue"]
            for entity_id, sample in zip(entities, samples, strict=True):
                hass.states.async_set(
                    entity_id, sample["value"], ATTRIBUTES[sample["measurand"]]
                )
        answer = [3, message_id, ANSWERS.get(action, {})]
        await websocket.send(orjson.dumps(answer), text=True)
