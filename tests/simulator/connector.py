"""A simulated connector: its car, transaction, meter and status."""

from dataclasses import dataclass, field
from datetime import datetime
from math import pi, sin
from statistics import fmean
from typing import Any

from ocpp.v16.enums import ChargePointStatus

from custom_components.schneider_ev.products.model import Fault, Plug

from .car import Car
from .measurands import Reading


@dataclass(slots=True, kw_only=True)
class Transaction:
    """A transaction; `id` is None until StartTransaction is answered."""

    id_tag: str
    started: datetime
    meter_start: int
    id: int | None = None
    reservation_id: int | None = None
    samples: list[dict[str, object]] = field(default_factory=list)

    @property
    def wire_id(self) -> int:
        """The transactionId in messages: -1 while it is unknown (errata 3.18)."""
        return -1 if self.id is None else self.id


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation for a badge."""

    id: int
    id_tag: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Permission:
    """An authorized badge without a car yet; `expires` is in monotonic seconds."""

    id_tag: str
    expires: float


@dataclass(slots=True, kw_only=True)
class Connector:
    """One connector of a charger.

    It may have several `plugs`, of which `plug` is in use. `offered` is the current
    that the charger offers to the car, in A. `voltages` are those of its phases, and
    vary by `voltage_swing`. No current is offered before `held_until`, after a power cut.
    """

    id: int
    plugs: tuple[Plug, ...]
    plug: Plug
    voltages: tuple[float, ...]
    voltage_swing: float
    energy: float = 250_000.0
    offered: float = 0.0
    car: Car | None = None
    transaction: Transaction | None = None
    permission: Permission | None = None
    reservation: Reservation | None = None
    fault: Fault | None = None
    operative: bool = True
    becomes_operative: bool | None = None
    finished: bool = False
    held_until: float = 0.0
    settled: float = 0.0

    @property
    def status(self) -> ChargePointStatus:
        """The status (OCPP ChargePointStatus), derived from the other attributes."""
        if self.fault:
            return ChargePointStatus.faulted
        if self.transaction:
            if not self.offered:
                return ChargePointStatus.suspended_evse
            if self.car and self.car.demand(self.offered):
                return ChargePointStatus.charging
            return ChargePointStatus.suspended_ev
        if not self.operative:
            return ChargePointStatus.unavailable
        if self.finished:
            return ChargePointStatus.finishing
        if self.car or self.permission:
            return ChargePointStatus.preparing
        if self.reservation:
            return ChargePointStatus.reserved
        return ChargePointStatus.available

    @property
    def voltage(self) -> float:
        """The mean voltage of the phases."""
        return fmean(self.voltages)

    @property
    def phases(self) -> int:
        """The number of phases of the plug in use."""
        return 1 if self.plug is Plug.DOMESTIC_SOCKET else len(self.voltages)

    @property
    def current(self) -> float:
        """The current that the car draws, in A per phase."""
        return self.car.current if self.car and self.transaction else 0.0

    @property
    def power(self) -> float:
        """The power that the car draws, in W."""
        phases = min(self.car.phases, self.phases) if self.car else 0
        return self.current * self.voltage * phases

    def seconds_to_full(self) -> float | None:
        """Return the minimum time until the car is full, None if it does not charge."""
        if self.status is not ChargePointStatus.charging or self.car is None:
            return None
        return self.car.seconds_to_full(self.offered, self.voltage, self.phases)

    def offer(self, current: float) -> None:
        """Offer a current to the car."""
        self.offered = current
        if self.car:
            self.car.offer(current if self.transaction else 0.0)

    def settle(self, at: float, speed: float) -> None:
        """Update car and meter to a time of the monotonic clock."""
        elapsed = (at - self.settled) * speed
        self.settled = at
        if self.car:
            offered = self.offered if self.transaction else 0.0
            self.energy += self.car.step(elapsed, offered, self.voltage, self.phases)

    def reading(self) -> Reading:
        """Return the meter reading, with slightly varying voltage and frequency."""
        phases = range(len(self.voltages))
        loaded = min(self.car.phases, self.phases) if self.car else 0
        return Reading(
            energy=self.energy,
            reactive_energy=self.energy * 0.03,
            voltages=tuple(
                voltage
                + self.voltage_swing * sin(self.settled / 30 + phase * 2 * pi / 3)
                for phase, voltage in enumerate(self.voltages)
            ),
            currents=tuple(self.current if n < loaded else 0.0 for n in phases),
            offered=self.offered,
            phases=self.phases,
            frequency=50 + 0.1 * sin(self.settled / 60),
            state_of_charge=self.car.state_of_charge if self.car else None,
        )

    def state(self) -> dict[str, Any]:
        """Return the observable state, for JSON."""
        return {
            "status": self.status.value,
            "plugged": self.car is not None,
            "fault": self.fault.code if self.fault else None,
            "transaction_id": self.transaction.id if self.transaction else None,
            "offered_current": round(self.offered, 2),
            "current": round(self.current, 2),
            "power": round(self.power),
            "energy": round(self.energy),
            "state_of_charge": round(self.car.state_of_charge, 2) if self.car else None,
        }

    def plug_in(self, car: Car, plug: Plug | None) -> None:
        """Plug in a car, by the first plug unless another is given."""
        if plug is not None and plug not in self.plugs:
            raise ValueError(f"connector {self.id} has no {plug}")
        self.plug = Plug(plug or self.plugs[0])
        self.car = car

    def unplug(self) -> None:
        """Unplug the car."""
        if self.car:
            self.car.current = 0.0
        self.car = None
        self.permission = None
        self.finished = False
