"""A controllable clock for tests in a real Home Assistant: an integration with an action.

Solar charging, the interval between writes of limits and the duration of sessions use
this clock. Sockets, states and everything else use the real time, so a busy machine
makes a test slower but does not change its result.

    await hass.call_service("clockwork", "pass_time", {"seconds": 10})
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from types import SimpleNamespace

from ocpp import messages
import voluptuous as vol

from custom_components.schneider_ev import site_control
from custom_components.schneider_ev.central_system.charge_point import (
    composite_schedule,
    connector,
)
from custom_components.schneider_ev.central_system.charging import limiter
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers.typing import ConfigType

DOMAIN = "clockwork"
SCHEMA = vol.Schema({vol.Required("seconds"): vol.Coerce(float)})

_TURNS = 20
"""Turns of the event loop until frames have been sent."""


class Clock:
    """The clock and its timers."""

    def __init__(self) -> None:
        """Start at 0."""
        self.seconds = 0.0
        self._order = count()
        self._waiting: list[tuple[float, int, Callable[[], object]]] = []

    def time(self) -> float:
        """Return the seconds that have passed, like `time.monotonic`."""
        return self.seconds

    def now(self, zone: tzinfo | None = UTC) -> datetime:
        """Return the time, ahead of the real time by the seconds that have passed."""
        return datetime.now(zone) + timedelta(seconds=self.seconds)

    async def sleep(self, seconds: float) -> None:
        """Wait on this clock, like `asyncio.sleep`."""
        woken = asyncio.Event()
        self._call_later(seconds, woken.set)
        await woken.wait()

    def track_interval(
        self,
        _hass: HomeAssistant,
        action: Callable[[datetime], object],
        interval: timedelta,
    ) -> Callable[[], None]:
        """Call an action at each interval; return a function that stops it."""
        is_over = False

        def tick() -> None:
            if not is_over:
                self._call_later(interval.total_seconds(), tick)
                action(self.now())

        def end() -> None:
            nonlocal is_over
            is_over = True

        self._call_later(interval.total_seconds(), tick)
        return end

    async def pass_time(self, call: ServiceCall) -> None:
        """Advance the clock and run the timers that are due."""
        end = self.seconds + call.data["seconds"]
        while self._waiting and self._waiting[0][0] <= end:
            self.seconds, _, action = heappop(self._waiting)
            action()
            for _ in range(_TURNS):
                await asyncio.sleep(0)
        self.seconds = end

    def _call_later(self, seconds: float, action: Callable[[], object]) -> None:
        heappush(self._waiting, (self.seconds + seconds, next(self._order), action))


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Replace the clocks of the integration, and validate calls without a thread."""
    await hass.async_add_executor_job(_read_schemas)
    clock = Clock()
    loop = SimpleNamespace(
        CancelledError=asyncio.CancelledError,
        Lock=asyncio.Lock,
        get_running_loop=lambda: clock,
        sleep=clock.sleep,
    )
    for module, name, substitute in (
        (site_control, "monotonic", clock.time),
        (site_control, "async_track_time_interval", clock.track_interval),
        (limiter, "asyncio", loop),
        (composite_schedule, "asyncio", loop),
        (connector, "datetime", clock),
        (messages, "ASYNC_VALIDATION", False),
    ):
        setattr(module, name, substitute)
    hass.services.async_register(DOMAIN, "pass_time", clock.pass_time, SCHEMA)
    return True


def _read_schemas() -> None:
    """Load the schemas of calls in advance, while file access in a thread is possible."""
    for path in (Path(messages.__file__).parent / "v16" / "schemas").glob("*.json"):
        messages.get_validator(
            messages.MessageType.CallError, path.stem, "1.6", parse_float=Decimal
        )
