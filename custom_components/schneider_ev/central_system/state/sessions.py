"""Sessions: what OCPP calls transactions and an owner is billed by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
import math

from ..messages.enums import OcppState


class StopReason(OcppState):
    """Why a session ended (OCPP Reason)."""

    DE_AUTHORIZED = "de_authorized"
    EMERGENCY_STOP = "emergency_stop"
    EV_DISCONNECTED = "ev_disconnected"
    HARD_RESET = "hard_reset"
    LOCAL = "local"
    OTHER = "other"
    POWER_LOSS = "power_loss"
    REBOOT = "reboot"
    REMOTE = "remote"
    SOFT_RESET = "soft_reset"
    UNLOCK_COMMAND = "unlock_command"

    @classmethod
    def of(cls, session: Session | None) -> StopReason | None:
        """Return why a session ended, None where that is not known."""
        if session is None or session.reason is None:
            return None
        return cls.parse(session.reason) or cls.OTHER


MAX_START_AHEAD = timedelta(days=1)
"""A session that starts later than this was dated by a wrong clock."""

_OTHER_COUNT_RATIO = 0.9
"""A first reading below this share of what the meter showed is another count."""

_MAX_RISE_WH = 1e6
"""More than is charged between two samples: a register that rises by more is another."""

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


_MICRO = 10**6


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionCosts:
    """What a session cost, and where its energy came from.

    Energies are in µWh, `cost` is in millionths of `currency`, None where no price was
    known. `is_estimated` says that a part of it is not by what was measured.
    """

    energy_solar: int = 0
    energy_battery: int = 0
    energy_grid: int = 0
    cost: int | None = None
    currency: str | None = None
    is_estimated: bool = False

    @property
    def energy(self) -> int:
        """The energy that the costs are of, in µWh."""
        return self.energy_solar + self.energy_battery + self.energy_grid

    @property
    def energies(self) -> tuple[int, int, int]:
        """Energy of sun, battery and grid in Wh; their sum is that of the session."""
        solar, battery, grid = in_parts(
            round(self.energy / _MICRO),
            (self.energy_solar, self.energy_battery, self.energy_grid),
        )
        return solar, battery, grid

    @property
    def amount(self) -> Decimal | None:
        """The cost in units of the currency, to the cent."""
        if self.cost is None:
            return None
        return (Decimal(self.cost) / _MICRO).quantize(Decimal("0.01"))

    @property
    def solar_share(self) -> float | None:
        """The share of the energy that came from the sun, in percent."""
        return 100 * self.energy_solar / self.energy if self.energy else None

    def of_energy(self, energy: int) -> SessionCosts:
        """Return the costs of another energy in µWh, as estimated.

        What is more comes from the grid; what is less is missing of all in proportion.
        The mean price stays.
        """
        if energy == self.energy:
            return self
        cost = self.cost
        if cost is not None and self.energy:
            cost = round(Fraction(cost * energy, self.energy))
        solar, battery, grid = self.energy_solar, self.energy_battery, self.energy_grid
        if energy < self.energy:
            solar, battery, grid = in_parts(energy, (solar, battery, grid))
        return replace(
            self,
            energy_solar=solar,
            energy_battery=battery,
            energy_grid=grid + max(0, energy - self.energy),
            cost=cost,
            is_estimated=True,
        )


def in_parts(whole: int, weights: Sequence[float]) -> list[int]:
    """Divide a whole in proportion to weights, the largest remainders rounded up.

    Raises ZeroDivisionError where all weights are 0 and the whole is not.
    """
    if not whole:
        return [0] * len(weights)
    exact = [Fraction(weight) for weight in weights]
    shares = [whole * each / sum(exact) for each in exact]
    parts = [math.floor(share) for share in shares]
    by_remainder = sorted(
        range(len(parts)), key=lambda index: parts[index] - shares[index]
    )
    for index in by_remainder[: whole - sum(parts)]:
        parts[index] += 1
    return parts


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One charging session of a connector; energies and registers are in Wh.

    `base` is the register at the start of the session, `register` its newest reading.
    Where both count the session alone, `meter_offset` is what the meter showed when they
    were 0. `is_assumed` says that it was found to be over without a StopTransaction.
    `costs` are those of the energy that has been accounted for, see `settled_costs`.
    """

    id: int
    identity: str
    connector: int
    start: datetime
    id_tag: str | None = None
    meter_start: int | None = None
    base: float | None = None
    register: float | None = None
    stop: datetime | None = None
    meter_stop: int | None = None
    reason: str | None = None
    is_assumed: bool = False
    meter_offset: float = 0.0
    costs: SessionCosts | None = None

    @property
    def settled_costs(self) -> SessionCosts | None:
        """The costs of all its energy, estimated where not all is accounted for."""
        if self.costs is None or self.energy is None:
            return self.costs
        return self.costs.of_energy(round(self.energy * _MICRO))

    @property
    def energy(self) -> float | None:
        """The energy charged so far, None before the register is known."""
        if self.base is None or self.register is None:
            return None
        return max(self.register - self.base, 0.0)

    @property
    def age(self) -> tuple[datetime, int]:
        """The sort key of sessions, the newest last.

        One that was dated by a wrong clock, in the future, is older than all others.
        """
        is_in_future = self.start > datetime.now(UTC) + MAX_START_AHEAD
        return (_LONG_AGO if is_in_future else self.start, self.id)

    def is_of(self, identity: str, connector: int) -> bool:
        """Tell whether it is a session of a connector."""
        return (self.identity, self.connector) == (identity, connector)

    @property
    def is_adopted(self) -> bool:
        """Whether it is known only from its samples: no StartTransaction came."""
        return self.meter_start is None

    @property
    def is_open_or_assumed_over(self) -> bool:
        """Whether no StopTransaction has ended it yet."""
        return self.stop is None or self.is_assumed

    @property
    def meter_reading(self) -> float | None:
        """What the meter shows, as far as the session's samples tell."""
        return None if self.register is None else self.register + self.meter_offset

    def sampled(
        self,
        register: float,
        plausible: float | None = None,
        meter: float | None = None,
    ) -> Session:
        """Return the session after a sample of the energy register.

        A reading below the previous one is ignored: registers only count up. A register
        that jumps from a start of 0 to more than is `plausible` by then is the lifetime
        register: the session began at its first reading. One that begins far below what
        the `meter` showed, and is plausible, counts the session alone; so does one
        beside which another, far larger one appears.
        """
        if self.register is None and plausible is not None:
            shown = max(self.meter_start or 0, 0) or meter or 0.0
            is_plausible = register <= plausible or self.is_adopted
            if is_plausible and register < _OTHER_COUNT_RATIO * shown:
                return replace(self, base=0.0, register=register, meter_offset=shown)
        if self.base is None:
            return replace(self, base=register, register=register)
        if self.register or self.meter_offset:
            return self._sampled_again(register, self.register or 0.0)
        leaps = register - self.base > _MAX_RISE_WH or (
            self.meter_start == 0
            and self.base == 0
            and plausible is not None
            and register > plausible
        )
        return replace(self, base=register if leaps else self.base, register=register)

    def _sampled_again(self, register: float, before: float) -> Session:
        """Return the session after a sample that follows another one."""
        if abs(register - self.meter_offset - before) < abs(register - before):
            register -= self.meter_offset
        if register < before:
            return self
        if register - before > _MAX_RISE_WH:
            return replace(self, meter_offset=register - before)
        return replace(self, register=register)

    def stopped(self, stop: datetime, meter_stop: int, reason: str) -> Session:
        """Return the session after its StopTransaction."""
        ended = self if meter_stop <= 0 else self.sampled(float(meter_stop))
        return replace(
            ended,
            stop=max(stop, self.start),
            meter_stop=meter_stop,
            reason=reason,
            is_assumed=False,
        )

    def assumed_over(self, stop: datetime) -> Session:
        """Return the session as one that ended without a StopTransaction."""
        return replace(self, stop=max(stop, self.start), is_assumed=True)

    def reopened(self) -> Session:
        """Return a session that was assumed to be over, and is not."""
        return replace(self, stop=None, is_assumed=False)
