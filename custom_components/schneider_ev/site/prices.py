"""Prices ahead: what a kWh costs from when to when."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, order=True, slots=True)
class PriceSlot:
    """The price of a kWh, in the currency of Home Assistant, from `start` to `end`.

    Both times are in UTC.
    """

    start: datetime
    end: datetime
    price: float


class Prices:
    """Prices ahead, in order and without overlap; times between them are unknown."""

    def __init__(self, slots: Iterable[PriceSlot] = ()) -> None:
        """Take over slots in any order; where two overlap, the later one is dropped."""
        kept: list[PriceSlot] = []
        for slot in sorted(slots):
            if slot.start < slot.end and (not kept or slot.start >= kept[-1].end):
                kept.append(slot)
        self._slots = tuple(kept)

    def __iter__(self) -> Iterator[PriceSlot]:
        """Iterate over the slots, the earliest first."""
        return iter(self._slots)

    def __len__(self) -> int:
        """Return the number of slots."""
        return len(self._slots)

    def __eq__(self, other: object) -> bool:
        """Tell whether all slots are the same."""
        return isinstance(other, Prices) and self._slots == other._slots

    def __hash__(self) -> int:
        """Return the hash of the slots."""
        return hash(self._slots)

    def at(self, when: datetime) -> float | None:
        """Return the price at a time, None where it is not known."""
        return next(
            (slot.price for slot in self._slots if slot.start <= when < slot.end), None
        )

    def next_below(self, price: float, after: datetime) -> datetime | None:
        """Return when energy is next cheaper than a price: `after` itself if it is then."""
        return next(
            (
                max(slot.start, after)
                for slot in self._slots
                if slot.end > after and slot.price < price
            ),
            None,
        )

    def next_not_below(self, price: float, after: datetime) -> datetime | None:
        """Return when energy next costs at least a price, as far as prices are known."""
        return next(
            (
                max(slot.start, after)
                for slot in self._slots
                if slot.end > after and slot.price >= price
            ),
            None,
        )
