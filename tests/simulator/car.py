"""A simulated car with a battery."""

from dataclasses import dataclass
from math import inf


@dataclass(slots=True, kw_only=True)
class Car:
    """A car that draws the offered current, up to its maximum.

    `capacity` is in kWh, `state_of_charge` and `target` are in percent, currents in A
    per phase, `ramp` in A per second. A car that is not `ready` is plugged in but does
    not charge, like one that waits for its timer. One that charged, and is then
    offered nothing for `sleeps_after` seconds, falls asleep; it `wakes_by` that many
    offers that come anew.
    """

    capacity: float = 60.0
    state_of_charge: float = 40.0
    target: float = 100.0
    minimum_current: float = 6.0
    maximum_current: float = 16.0
    phases: int = 3
    ramp: float = 8.0
    ready: bool = True
    current: float = 0.0
    sleeps_after: float = inf
    wakes_by: int = 2
    starved: float = 0.0
    offers: int = 0
    was_offered: bool = False
    has_charged: bool = False

    @property
    def is_asleep(self) -> bool:
        """Whether it takes no offer before it comes anew."""
        return self.starved >= self.sleeps_after and self.offers < self.wakes_by

    @property
    def room(self) -> float:
        """The energy up to the target, in Wh."""
        return max(0.0, self.target - self.state_of_charge) * self.capacity * 10

    def demand(self, offered: float) -> float:
        """Return the current that the car draws of an offer, after the ramp."""
        if (
            not self.ready
            or self.is_asleep
            or offered < self.minimum_current
            or self.room < 0.01
        ):
            return 0.0
        return min(offered, self.maximum_current)

    def seconds_to_full(self, offered: float, voltage: float, phases: int) -> float:
        """Return the minimum time to the target; infinite if the car does not charge."""
        power = self.demand(offered) * voltage * min(phases, self.phases)
        return self.room / power * 3600 if power else inf

    def step(
        self, seconds: float, offered: float, voltage: float, phases: int
    ) -> float:
        """Charge for some seconds at a constant offer; return the energy in Wh.

        The current follows the offer along the ramp, but stops at once when charging
        ends.
        """
        goal = self.demand(offered)
        if not goal:
            self.starved += seconds if self.has_charged and not self.was_offered else 0
            self.current = 0.0
            return 0.0
        self.has_charged = True
        ramping = min(seconds, abs(goal - self.current) / self.ramp)
        reached = self.current + self.ramp * ramping * (
            1 if goal > self.current else -1
        )
        charge = (self.current + reached) / 2 * ramping + goal * (seconds - ramping)
        energy = charge * voltage * min(phases, self.phases) / 3600
        if energy >= self.room:
            energy = self.room
            self.state_of_charge = self.target
            self.current = 0.0
            return energy
        self.state_of_charge += energy / self.capacity / 10
        self.current = goal if ramping < seconds else reached
        return energy

    def offer(self, current: float) -> None:
        """Take an offer: one that comes anew may wake it."""
        is_offered = current >= self.minimum_current
        if is_offered and not self.was_offered and self.starved >= self.sleeps_after:
            self.offers += 1
        self.was_offered = is_offered
        if is_offered and not self.is_asleep:
            self.starved = self.offers = 0
