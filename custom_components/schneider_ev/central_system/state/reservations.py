"""Reservations: who may charge on a connector, and until when."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from ..values import Signal
from .badges import is_same_tag


@dataclass(frozen=True, kw_only=True, slots=True)
class Reservation:
    """A reservation that the charger accepted; connector 0 is any connector."""

    id: int
    connector: int
    id_tag: str
    expiry: datetime


class Reservations:
    """The reservations of a charger; `changed` tells of each change."""

    def __init__(self) -> None:
        """Start with none."""
        self.changed = Signal[()]()
        self._held: dict[int, Reservation] = {}
        self._expiring: dict[int, asyncio.TimerHandle] = {}

    def __iter__(self) -> Iterator[Reservation]:
        """Iterate over the present ones."""
        return iter(self._held.values())

    def of(self, connector: int) -> Reservation | None:
        """Return the reservation of a connector, else that of the charger."""
        for wanted in (connector, 0):
            for reservation in self._held.values():
                if reservation.connector == wanted:
                    return reservation
        return None

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON."""
        return {
            "reservations": [
                asdict(reservation) | {"expiry": reservation.expiry.isoformat()}
                for reservation in self
            ]
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept and has not expired."""
        for kept in data.get("reservations", ()):
            expiry = datetime.fromisoformat(kept["expiry"])
            if expiry > datetime.now(UTC):
                self.add(Reservation(**kept | {"expiry": expiry}))

    def add(self, reservation: Reservation) -> None:
        """Take over a reservation; it replaces the one with its id."""
        self._drop(reservation.id)
        self._held[reservation.id] = reservation
        seconds = (reservation.expiry - datetime.now(UTC)).total_seconds()
        self._expiring[reservation.id] = asyncio.get_running_loop().call_later(
            seconds, self.end, reservation.id
        )
        self.changed.send()

    def end(self, reservation_id: int) -> None:
        """Remove a reservation that was cancelled, was used or has expired."""
        if reservation_id in self._held:
            self._drop(reservation_id)
            self.changed.send()

    def use(self, connector: int, id_tag: str, reservation_id: int | None) -> None:
        """End the reservation that a transaction uses; not all chargers name it."""
        if reservation_id is not None:
            self.end(reservation_id)
        held = self.of(connector)
        if held is not None and is_same_tag(held.id_tag, id_tag):
            self.end(held.id)

    def close(self) -> None:
        """Stop the timers of the expiries."""
        for timer in self._expiring.values():
            timer.cancel()

    def _drop(self, reservation_id: int) -> None:
        self._held.pop(reservation_id, None)
        if (timer := self._expiring.pop(reservation_id, None)) is not None:
            timer.cancel()
