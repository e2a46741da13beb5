"""A connector: what is plugged into it, what it delivers, and the status of that."""

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
    """A charging session, whose `id` comes with the answer to StartTransaction."""

    id_tag: str
    started: datetime
    meter_start: int
    id: int | None = None
    reservation_id: int | None = None
    samples: list[dict[str, object]] = field(default_factory=list)

    @property
    def wire_id(self) -> int:
        """The number that messages carry: -1 while there is none (errata 3.18)."""
        return -1 if self.id is None else self.id


@dataclass(frozen=True, slots=True)
class Reservation:
    """A connector kept free for a badge."""

    id: int
    id_tag: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Permission:
    """A badge that may charge, until `expires` on the monotonic clock."""

    id_tag: str
    expires: float


@dataclass(slots=True, kw_only=True)
class Connector:
    """One connector of a charger.

    `plugs` share its number, of which `plug` is in use. `offered` is what the charger
    allows the car now, in A. `voltages` are those of the phases that it has, and wander
    by `voltage_swing`. `held_until` keeps the current off after a loss of power.
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
        """The status that follows from all else."""
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
        """How many phases the plug in use has."""
        return 1 if self.plug is Plug.DOMESTIC_SOCKET else len(self.voltages)

    @property
    def current(self) -> float:
        """The current that the car draws from each of its phases."""
        return self.car.current if self.car and self.transaction else 0.0

    @property
    def power(self) -> float:
        """The power in W that the car draws."""
        phases = min(self.car.phases, self.phases) if self.car else 0
        return self.current * self.voltage * phases

    def seconds_to_full(self) -> float | None:
        """Return when the car is full at the earliest, if it charges."""
        if self.status is not ChargePointStatus.charging or self.car is None:
            return None
        return self.car.seconds_to_full(self.offered, self.voltage, self.phases)

    def settle(self, at: float, speed: float) -> None:
        """Let the car charge up to that time of the monotonic clock."""
        elapsed = (at - self.settled) * speed
        self.settled = at
        if self.car:
            offered = self.offered if self.transaction else 0.0
            self.energy += self.car.step(elapsed, offered, self.voltage, self.phases)

    def reading(self) -> Reading:
        """Return what the meter shows: mains voltage wanders, the rest is as it is."""
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
        """Return all that can be seen of it from outside, for people and for JSON."""
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
        """Connect a car, by one plug where there are several."""
        if plug is not None and plug not in self.plugs:
            raise ValueError(f"connector {self.id} has no {plug}")
        self.plug = Plug(plug or self.plugs[0])
        self.car = car

    def unplug(self) -> None:
        """Take the car away."""
        if self.car:
            self.car.current = 0.0
        self.car = None
        self.permission = None
        self.finished = False
