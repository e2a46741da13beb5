"""A control port for simulated chargers: commands as JSON objects, one per line."""

import asyncio
from collections.abc import Mapping
from dataclasses import fields
import json
from typing import Any

from .car import Car
from .simulator import Simulator

_COMMANDS = frozenset(
    {
        "clear_fault",
        "network_cut",
        "plug_in",
        "power_cut",
        "present_badge",
        "raise_fault",
        "report_security_event",
        "unplug",
        "vehicle_detected",
    }
)
_CAR_FIELDS = frozenset(field.name for field in fields(Car))


class Control:
    """Listens on localhost and performs commands on simulators.

    A request looks like `{"command": "raise_fault", "code": "2.4"}`, with an `identity`
    if there are several chargers. Commands are methods of `Simulator`, and `state` (only
    returns the state), `set_car` (sets fields of the car) and `list` (returns the
    identities). The answer is the new state, or `{"error": …}`.
    """

    def __init__(self, simulators: Mapping[str, Simulator]) -> None:
        """Set the simulators, by identity."""
        self._simulators = simulators
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> int:
        """Listen on a port, a free one for 0; return the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Stop listening."""
        if self._server:
            self._server.close()
            self._server.close_clients()
            await self._server.wait_closed()

    async def answer(self, line: bytes) -> dict[str, Any]:
        """Perform the command in a line and return the answer."""
        try:
            return await self._perform(json.loads(line))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return {"error": f"{type(error).__name__}: {error}"}

    async def _perform(self, request: dict[str, Any]) -> dict[str, Any]:
        command = request.pop("command")
        if command == "list":
            return {"identities": list(self._simulators)}
        identity = request.pop("identity", next(iter(self._simulators)))
        simulator = self._simulators[identity]
        if command == "set_car":
            if unknown := request.keys() - _CAR_FIELDS - {"connector"}:
                raise ValueError(f"a car has no {', '.join(sorted(unknown))}")
            simulator.set_car(**request)
        elif command in _COMMANDS:
            await getattr(simulator, command)(**request)
        elif command != "state":
            raise ValueError(f"no such command: {command}")
        return simulator.state()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            async for line in reader:
                answer = await self.answer(line)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
