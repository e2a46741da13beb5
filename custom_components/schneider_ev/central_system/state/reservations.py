"""Reservations: who may charge on a connector, and until when."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Reservation:
    """A reservation that the charger accepted; connector 0 leaves it the choice."""

    id: int
    connector: int
    id_tag: str
    expiry: datetime


class Reservations:
    """The reservations of a charger; `changed` is called whenever they change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """Start with none."""
        self._changed = changed
        self._held: dict[int, Reservation] = {}
        self._expiring: dict[int, asyncio.TimerHandle] = {}

    def __iter__(self) -> Iterator[Reservation]:
        """Iterate over those that hold."""
        return iter(self._held.values())

    def of(self, connector: int) -> Reservation | None:
        """Return the reservation of a connector, else that of the charger."""
        for wanted in (connector, 0):
            for reservation in self._held.values():
                if reservation.connector == wanted:
                    return reservation
        return None

    def restore(self, reservations: Iterable[Reservation]) -> None:
        """Take over those that held before Home Assistant restarted."""
        for reservation in reservations:
            if reservation.expiry > datetime.now(UTC):
                self.add(reservation)

    def add(self, reservation: Reservation) -> None:
        """Take over a reservation; it replaces the one with its id."""
        self._drop(reservation.id)
        self._held[reservation.id] = reservation
        seconds = (reservation.expiry - datetime.now(UTC)).total_seconds()
        self._expiring[reservation.id] = asyncio.get_running_loop().call_later(
            seconds, self.end, reservation.id
        )
        self._changed()

    def end(self, reservation_id: int) -> None:
        """Forget a reservation that was cancelled, used, or is over."""
        if reservation_id in self._held:
            self._drop(reservation_id)
            self._changed()

    def use(self, connector: int, id_tag: str, reservation_id: int | None) -> None:
        """End what a transaction makes use of; not all chargers say which it is."""
        if reservation_id is not None:
            self.end(reservation_id)
        held = self.of(connector)
        if held is not None and held.id_tag.casefold() == id_tag.casefold():
            self.end(held.id)

    def close(self) -> None:
        """Wait for no expiry any more."""
        for timer in self._expiring.values():
            timer.cancel()

    def _drop(self, reservation_id: int) -> None:
        self._held.pop(reservation_id, None)
        if (timer := self._expiring.pop(reservation_id, None)) is not None:
            timer.cancel()
