"""The limit of the station as a whole (ChargePointMaxProfile)."""

from collections.abc import Callable, Mapping
from typing import Any

from ...products.model import Purpose
from ..charging.limiter import Limiter
from ..charging.ratings import RatingPlate, maximum_limit
from ..charging.requests import LimitRequest, Requests
from ..values import Signal
from .limit_writer import STATION, LimitWriter
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
        self._requests = Requests(self._requested_changed)
        self._limiter = Limiter(
            self._requests,
            wanted=lambda: (self.limit, None),
            send=lambda limit, _: writer.write(STATION, limit, None),
            spawn=link.spawn,
        )

    @property
    def is_supported(self) -> bool:
        """Whether the product limits the station as a whole."""
        purposes = self._rating_plate().product.smart_charging.purposes
        return Purpose.CHARGE_POINT_MAX in purposes

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

    def reset(self) -> None:
        """Drop the requested limit: its unit no longer applies."""
        self._take(None)
        self._limiter.forget()

    def _requested_changed(self) -> None:
        self.requested = self._requests.current.value
        self.changed.send()

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON."""
        return {"station_limit": self.requested}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept."""
        self._take(data["station_limit"])

    def _take(self, requested: float | None) -> None:
        self._requests.replace(LimitRequest(requested))
