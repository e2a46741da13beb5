"""Named values of chargers and connectors, and the signals that tell of changes."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import partial
import logging

_LOGGER = logging.getLogger(__name__)

type Stop = Callable[[], None]


class ChargerValue(StrEnum):
    """Names of the values of a charger: mostly keys of its entities."""

    AVAILABLE = "available"
    BOOT = "boot"
    DIAGNOSTICS_FILE = "diagnostics_file"
    DIAGNOSTICS_STATUS = "diagnostics_status"
    FIRMWARE_STATUS = "firmware_status"
    FIRMWARE_UPDATE = "firmware_update"
    LAST_BOOT = "last_boot"
    LAST_SEEN = "last_seen"
    STATION_LIMIT = "station_limit"


class ConnectorValue(StrEnum):
    """Names of the values of a connector: mostly keys of its entities.

    VOLTAGE is one without a phase: of DC, or where the charger names none.
    """

    CHARGING_COST = "charging_cost"
    CHARGING_MODE = "charging_mode"
    CURRENT_IMPORT = "current_import"
    CURRENT_L1 = "current_l1"
    CURRENT_L2 = "current_l2"
    CURRENT_L3 = "current_l3"
    CURRENT_OFFERED = "current_offered"
    ENERGY = "energy"
    ERROR_CODE = "error_code"
    EXPLANATION = "explanation"
    FAULTS = "faults"
    FREQUENCY = "frequency"
    LIMIT = "limit"
    LIMIT_BOUNDS = "limit_bounds"
    LIMITED_BY = "limited_by"
    PAUSED = "paused"
    PLUGGED = "plugged"
    POWER = "power"
    POWER_L1 = "power_l1"
    POWER_L2 = "power_l2"
    POWER_L3 = "power_l3"
    POWER_OFFERED = "power_offered"
    REACTIVE_ENERGY = "reactive_energy"
    RESERVATION = "reservation"
    SESSION = "session"
    SESSION_COST = "session_cost"
    SESSION_ENERGY = "session_energy"
    SESSION_SOLAR_SHARE = "session_solar_share"
    SOLAR_ENERGY = "solar_energy"
    STATE_OF_CHARGE = "state_of_charge"
    STATION_PROBLEM = "station_problem"
    STATUS = "status"
    SURPLUS_REASON = "surplus_reason"
    VEHICLE_DETECTED = "vehicle_detected"
    VOLTAGE = "voltage"
    VOLTAGE_L1 = "voltage_l1"
    VOLTAGE_L2 = "voltage_l2"
    VOLTAGE_L3 = "voltage_l3"


class Problem(StrEnum):
    """Names of what an owner has to see to."""

    ANOTHER_CHARGER = "another_charger"
    CLOCK_WRONG = "clock_wrong"
    ENERGY_DASHBOARD = "energy_dashboard"
    FOREIGN_PROFILE = "foreign_profile"
    IDENTITY_TWICE = "identity_twice"
    KEY_REFUSED = "key_refused"
    LIMITS_REFUSED = "limits_refused"
    METER_SIGNS_DIFFER = "meter_signs_differ"
    METER_VALUES_OFF = "meter_values_off"
    NO_COMMON_TLS_VERSION = "no_common_tls_version"
    NOT_ENCRYPTED = "not_encrypted"
    PORT_BUSY = "port_busy"
    RESTART_REQUIRED = "restart_required"
    SESSIONS_DAMAGED = "sessions_damaged"
    SESSIONS_NOT_RECORDED = "sessions_not_recorded"
    SEVERAL_CONNECTIONS = "several_connections"
    UNKNOWN_CA = "unknown_ca"
    VEHICLE_ASLEEP = "vehicle_asleep"
    WRONG_PASSWORD = "wrong_password"
    WRONG_PRODUCT = "wrong_product"


class Signal[*ArgsT]:
    """Calls everybody who is connected.

    A listener that fails keeps neither the sender nor the other listeners from going
    on; its first failure is logged.
    """

    def __init__(self) -> None:
        """Start with no listener."""
        self._listeners: tuple[Callable[[*ArgsT], None], ...] = ()
        self._failed: set[Callable[[*ArgsT], None]] = set()

    def connect(self, listener: Callable[[*ArgsT], None]) -> Stop:
        """Have a listener called each time from now on; return how to stop that."""
        self._listeners += (listener,)

        def stop() -> None:
            listeners = list(self._listeners)
            if listener in listeners:
                listeners.remove(listener)
            self._listeners = tuple(listeners)
            self._failed.discard(listener)

        return stop

    def send(self, *args: *ArgsT) -> None:
        """Call all listeners, in the order in which they were connected."""
        for listener in self._listeners:
            try:
                listener(*args)
            except Exception:
                if listener not in self._failed:
                    self._failed.add(listener)
                    _LOGGER.exception("A listener failed: %s", _name(listener))

    async def wait(self) -> None:
        """Wait until the signal is sent the next time."""
        sent = asyncio.Event()
        stop = self.connect(lambda *_: sent.set())
        try:
            await sent.wait()
        finally:
            stop()

    def close(self) -> None:
        """Disconnect all listeners."""
        self._listeners = ()


def _name(listener: Callable[..., None]) -> str:
    """Return what a listener is called, without what it is bound to: that may be private."""
    while isinstance(listener, partial):
        listener = listener.func
    return getattr(listener, "__qualname__", type(listener).__qualname__)


class Values[NameT: str, ValueT]:
    """Values by name: a change calls those who listen to that name, and nobody else.

    `added` tells of each name that gets its first value.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.added = Signal[NameT]()
        self._values: dict[NameT, ValueT | None] = {}
        self._signals: dict[NameT, Signal[()]] = {}

    def __contains__(self, name: object) -> bool:
        """Tell whether the name ever had a value, be it unknown now."""
        return name in self._values

    def __iter__(self) -> Iterator[NameT]:
        """Iterate over the names."""
        return iter(self._values)

    def get(self, name: NameT) -> ValueT | None:
        """Return the value, None where it is not known."""
        return self._values.get(name)

    def typed[TypeT](self, name: NameT, kind: type[TypeT]) -> TypeT | None:
        """Return a value of the given type, None where it is not known."""
        value = self._values.get(name)
        return value if isinstance(value, kind) else None

    def set(self, name: NameT, value: ValueT | None) -> None:
        """Give one name a value."""
        self.update({name: value})

    def update(self, values: Mapping[NameT, ValueT | None]) -> None:
        """Give several names their values, then call who listens to what changed."""
        held = self._values
        new = [name for name in values if name not in held]
        changed = [name for name, value in values.items() if held.get(name) != value]
        held.update(values)
        for name in changed:
            if (signal := self._signals.get(name)) is not None:
                signal.send()
        for name in new:
            self.added.send(name)

    def clear(self) -> None:
        """Remove all values."""
        self._values.clear()

    def remove(self, name: NameT) -> None:
        """Remove a value."""
        del self._values[name]
        self.notify(name)

    def listen(self, name: NameT, listener: Callable[[], None]) -> Stop:
        """Have the listener called on each change of the value; return how to stop."""
        return self._signals.setdefault(name, Signal()).connect(listener)

    async def changed(self, name: NameT) -> None:
        """Wait for the next change of a value."""
        await self._signals.setdefault(name, Signal()).wait()

    def notify(self, name: NameT) -> None:
        """Call who listens to the name."""
        if (signal := self._signals.get(name)) is not None:
            signal.send()

    def close(self) -> None:
        """Disconnect all listeners."""
        self.added.close()
        for signal in self._signals.values():
            signal.close()


type ChargerValues = Values[ChargerValue, object]
type ConnectorValues = Values[ConnectorValue, object]
type Problems = Values[Problem, Mapping[str, str]]
