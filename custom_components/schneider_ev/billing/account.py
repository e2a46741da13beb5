"""The account of a session: where its energy came from, and what it cost."""

from dataclasses import dataclass
from datetime import datetime

from ..central_system.state import SessionCosts, in_parts
from ..site.readings import SiteReadings

_MICRO = 10**6
_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class Supply:
    """What supplies the cars of a grid connection, as shares of their power."""

    solar: float
    battery: float
    grid: float


_FROM_GRID = Supply(solar=0.0, battery=0.0, grid=1.0)


def supply(readings: SiteReadings, cars: float) -> Supply:
    """Return what supplies cars with a power in W: the house is supplied before them.

    What is imported flows to the cars first, then what the battery discharges; the rest
    is from the sun. Where the power of the grid is not known all is from the grid.
    """
    if readings.grid is None or cars <= 0:
        return _FROM_GRID
    grid = min(cars, max(readings.grid, 0.0))
    battery = min(cars - grid, max(readings.battery or 0.0, 0.0))
    return Supply(
        solar=(cars - grid - battery) / cars, battery=battery / cars, grid=grid / cars
    )


@dataclass(kw_only=True, slots=True)
class _Interval:
    """What flowed since the register was accounted for last: energies in Wh.

    `cost` is in the currency, `unpriced` is from the grid at no known price.
    """

    solar: float = 0.0
    battery: float = 0.0
    grid: float = 0.0
    cost: float = 0.0
    unpriced: float = 0.0
    is_priced: bool = False
    is_estimated: bool = False

    @property
    def energy(self) -> float:
        """The energy that the measured power comes to."""
        return self.solar + self.battery + self.grid

    def add(self, energy: float, source: Supply, readings: SiteReadings) -> None:
        """Add an energy and where it came from."""
        solar, battery, grid = (
            energy * share for share in (source.solar, source.battery, source.grid)
        )
        self.solar += solar
        self.battery += battery
        self.grid += grid
        self.cost += (solar + battery) / 1000 * (readings.export_price or 0.0)
        if readings.import_price is None:
            self.unpriced += grid
        else:
            self.cost += grid / 1000 * readings.import_price
        self.is_priced |= (
            readings.import_price is not None or readings.export_price is not None
        )

    def doubt(self) -> None:
        """Note that where it came from is an estimate."""
        self.is_estimated = True


class SessionAccount:
    """Accounts for the energy of a session: its source and its cost.

    Between two readings of the register the energy is divided as it flowed meanwhile.
    Energy of no known price is charged at the next one that is known.
    """

    def __init__(
        self, costs: SessionCosts | None = None, *, is_new: bool = True
    ) -> None:
        """Start with a session, or go on with what was accounted for.

        One that is not new has a gap: what flowed until now is not known.
        """
        costs = costs or SessionCosts()
        self._solar = costs.energy_solar
        self._battery = costs.energy_battery
        self._grid = costs.energy_grid
        self._cost = costs.cost or 0
        self._is_priced = costs.cost is not None
        self._unpriced = 0 if self._is_priced else costs.energy_grid
        self._currency = costs.currency
        self._is_estimated = costs.is_estimated
        self._register = costs.energy
        self._has_meter = False
        self._last_price: float | None = None
        self._interval = _Interval()
        self._is_gap = not is_new
        self._readings = SiteReadings()
        self._supply = _FROM_GRID
        self._power: float | None = None
        self._since: datetime | None = None

    def flow(
        self,
        readings: SiteReadings,
        *,
        cars: float,
        own: float | None,
        now: datetime,
        currency: str | None = None,
    ) -> None:
        """Take it that this flows from now on: powers of all cars and its own, in W.

        None as its own power is not known. `currency` is that of the prices.
        """
        self._advance(now)
        self._readings = readings
        self._power = own
        self._supply = supply(readings, max(cars, own or 0.0))
        self._has_meter |= readings.grid is not None
        self._currency = currency or self._currency
        if readings.import_price is not None:
            self._last_price = readings.import_price
        self._charge_unpriced()

    def register(self, energy: float, now: datetime) -> None:
        """Account for the energy of the session in Wh, as the charger has metered it."""
        self._advance(now)
        register = round(energy * _MICRO)
        rise = register - self._accounted
        if rise < 0:
            self._shrink(register)
        self._register = register
        if rise == 0:
            self._is_gap = False
        elif rise > 0 and (self._interval.energy > 0 or self._is_gap):
            self._account_for(rise)
            self._charge_unpriced()

    @property
    def costs(self) -> SessionCosts:
        """What the session cost so far; what is not accounted for yet is estimated."""
        pending = self._register - self._accounted
        unpriced = self._unpriced + pending
        cost = self._cost
        is_priced = self._is_priced
        if self._last_price is not None:
            cost += _price_of(unpriced, self._last_price)
            is_priced = True
        return SessionCosts(
            energy_solar=self._solar,
            energy_battery=self._battery,
            energy_grid=self._grid + pending,
            cost=cost if is_priced else None,
            currency=self._currency if is_priced else None,
            is_estimated=self._is_estimated
            or pending > 0
            or (is_priced and unpriced > 0),
        )

    @property
    def _accounted(self) -> int:
        return self._solar + self._battery + self._grid

    def _advance(self, now: datetime) -> None:
        """Add what flowed until now."""
        since = self._since or now
        self._since = max(now, since)
        seconds = (self._since - since).total_seconds()
        if not seconds:
            return
        if self._power is None:
            self._is_gap = True
        elif self._power > 0:
            energy = self._power * seconds / _SECONDS_PER_HOUR
            self._interval.add(energy, self._supply, self._readings)
            if self._readings.grid is None and self._should_know_grid:
                self._interval.doubt()

    @property
    def _should_know_grid(self) -> bool:
        """Whether there is more than a house that imports all."""
        readings = self._readings
        return (
            self._has_meter
            or readings.solar is not None
            or readings.battery is not None
        )

    def _account_for(self, rise: int) -> None:
        """Divide a rise of the register in µWh as it flowed; a gap is from the grid."""
        interval, self._interval = self._interval, _Interval()
        is_gap, self._is_gap = self._is_gap, False
        metered = rise
        if is_gap:
            metered = min(rise, round(interval.energy * _MICRO))
        solar, battery, grid = in_parts(
            metered, (interval.solar, interval.battery, interval.grid)
        )
        gap = rise - metered
        self._solar += solar
        self._battery += battery
        self._grid += grid + gap
        self._unpriced += gap
        if interval.energy:
            scale = metered / interval.energy
            self._cost += round(scale * interval.cost)
            self._unpriced += round(scale * interval.unpriced)
        self._is_priced |= interval.is_priced
        self._is_estimated |= is_gap or interval.is_estimated

    def _charge_unpriced(self) -> None:
        """Charge what had no price at the present one."""
        price = self._readings.import_price
        if self._unpriced and price is not None:
            self._cost += _price_of(self._unpriced, price)
            self._unpriced = 0
            self._is_priced = self._is_estimated = True

    def _shrink(self, energy: int) -> None:
        """Account for less: the register turned out to count otherwise."""
        costs = self.costs.of_energy(energy)
        self._solar = costs.energy_solar
        self._battery = costs.energy_battery
        self._grid = costs.energy_grid
        self._cost = costs.cost or 0
        self._unpriced = 0 if self._is_priced else self._grid
        self._is_estimated = True
        self._interval = _Interval()
        self._is_gap = False


def _price_of(energy: int, price: float) -> int:
    """Return what an energy in µWh costs in millionths, at a price for a kWh."""
    return round(energy * price / 1000)
