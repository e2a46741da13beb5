"""The least that a central system costs: parse a frame, set the states, answer.

It knows no charger and no entity, checks nothing and keeps nothing.
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
ATTRIBUTES = {
    "Energy.Active.Import.Register": ("total_increasing", "energy", "Wh"),
    "Power.Active.Import": ("measurement", "power", "kW"),
    "Current.Import": ("measurement", "current", "A"),
    "Current.Offered": ("measurement", "current", "A"),
    "Voltage": ("measurement", "voltage", "V"),
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
    attributes = {
        measurand: dict(
            zip(("state_class", "device_class", "unit_of_measurement"), is_, strict=True)
        )
        for measurand, is_ in ATTRIBUTES.items()
    }
    entities = {
        (measurand, phase): f"sensor.{name}_{measurand}_{phase}".lower().replace(
            ".", "_"
        )
        for measurand in ATTRIBUTES
        for phase in (None, "L1", "L2", "L3")
    }
    async for frame in websocket:
        _, message_id, action, payload = orjson.loads(frame)
        if action == "MeterValues":
            for sample in payload["meterValue"][0]["sampledValue"]:
                measurand = sample["measurand"]
                hass.states.async_set(
                    entities[measurand, sample.get("phase")],
                    sample["value"],
                    attributes[measurand],
                )
        answer = [3, message_id, ANSWERS.get(action, {})]
        await websocket.send(orjson.dumps(answer), text=True)
