"""The limit of the station as a whole (ChargePointMaxProfile)."""

from collections.abc import Callable, Mapping
from typing import Any

from ...products.model import Purpose, RateUnit
from ..charging.limiter import Limiter
from ..charging.phases import wired_phases
from ..charging.profiles import STATION
from ..charging.ratings import RatingPlate, maximum_limit
from ..charging.requests import LimitRequest, Requests
from ..values import Signal
from .limit_writer import LimitWriter
from .link import Link


class StationLimit:
    """What is asked of the station, in the unit of the product.

    `requested` is the limit that is asked for, None where none is. `changed` tells of
    another one.
    """

    def __init__(
        self, link: Link, writer: LimitWriter, rating_plate: Callable[[], RatingPlate]
    ) -> None:
        """Start with nothing asked for."""
        self.requested: float | None = None
        self.changed = Signal[()]()
        self._rating_plate = rating_plate
        self._set_aside: dict[RateUnit, float | None] = {}
        self._requests = Requests(self._requested_changed)
        self._limiter = Limiter(
            self._requests,
            wanted=lambda: (self.limit, None),
            send=lambda limit, _: writer.write(
                STATION, limit, None, phases=lambda: wired_phases(rating_plate())
            ),
            spawn=link.spawn,
        )

    @property
    def is_supported(self) -> bool:
        """Whether the product limits the station as a whole."""
        purposes = self._rating_plate().product.smart_charging.purposes
        return Purpose.CHARGE_POINT_MAX in purposes

    @property
    def _unit(self) -> RateUnit:
        return self._rating_plate().product.smart_charging.unit

    @property
    def maximum(self) -> float:
        """The largest limit that makes sense for the station."""
        return maximum_limit(self._rating_plate())

    @property
    def limit(self) -> float:
        """The limit that is to hold."""
        if self.requested is None:
            return self.maximum
        return min(self.requested, self.maximum)

    async def set_limit(self, value: float) -> None:
        """Limit the station. Raises ChargerError where the charger refuses."""
        await self._limiter.request(lambda request: request.limited(value))

    async def apply(self) -> None:
        """Bring the limit into force. Raises ChargerError where that fails."""
        await self._limiter.apply()

    def forget(self) -> None:
        """Take no limit for in force: the charger may have lost it."""
        self._limiter.forget()

    def change_unit(self, before: RateUnit, now: RateUnit) -> None:
        """Set the requested limit aside until its unit applies again."""
        self._set_aside[before] = self.requested
        self._take(self._set_aside.pop(now, None))
        self._limiter.forget()

    def _requested_changed(self) -> None:
        self.requested = self._requests.current.value
        self.changed.send()

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON."""
        return {
            "station_limit": self.requested,
            "station_limit_unit": self._unit,
            "station_limits_set_aside": self._set_aside,
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept."""
        self._take(data["station_limit"])
        set_aside = data.get("station_limits_set_aside", {})
        self._set_aside = {RateUnit(unit): limit for unit, limit in set_aside.items()}
        unit = RateUnit(data.get("station_limit_unit", self._unit))
        if unit is not self._unit:
            self.change_unit(unit, self._unit)

    def _take(self, requested: float | None) -> None:
        self._requests.replace(LimitRequest(requested))
