"""Transactions: what the charger calls a charging session."""

from dataclasses import dataclass
from datetime import datetime
import time

_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Transaction:
    """A transaction that runs on a connector; `meter_start` is in Wh.

    One that is known only from its MeterValues has no start of its own.
    """

    id: int
    id_tag: str | None = None
    start: datetime | None = None
    meter_start: int | None = None

    def is_same_start(self, id_tag: str, start: datetime, meter_start: int) -> bool:
        """Tell whether a StartTransaction repeats the one that made this transaction."""
        return (self.id_tag, self.start, self.meter_start) == (
            id_tag,
            start,
            meter_start,
        )


class TransactionIds:
    """Hands out transaction ids: positive, signed 32 bit, and never one twice.

    They follow the clock, so that a restart does not bring old ones back.
    """

    def __init__(self) -> None:
        """Start at the present second."""
        self._last = 0

    def next(self) -> int:
        """Return an id that was not given before."""
        self._last = max(self._last + 1, int(time.time()))
        return self._last % _LARGEST_ID

    def note(self, transaction_id: int) -> None:
        """Keep off an id that a charger brings along."""
        if transaction_id < _LARGEST_ID:
            self._last = max(self._last, transaction_id)
