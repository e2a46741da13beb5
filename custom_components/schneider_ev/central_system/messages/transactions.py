"""StartTransaction and StopTransaction: reads their payloads."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .errors import InvalidCallError
from .payload import (
    Json,
    optional_integer,
    optional_text,
    optional_transaction_id,
    required,
    required_id_tag,
    required_integer,
    required_register,
    required_timestamp,
    tolerant,
)
from .readings import MeterValues, read_meter_values

_DEFAULT_REASON = "Local"


@dataclass(frozen=True, kw_only=True, slots=True)
class StartTransaction:
    """A StartTransaction; `meter_start` is in Wh, `id_tag` may be empty."""

    connector: int
    id_tag: str
    meter_start: int
    timestamp: datetime
    reservation_id: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StopTransaction:
    """A StopTransaction; `meter_stop` is in Wh, `data` is its transactionData."""

    transaction_id: int
    meter_stop: int
    timestamp: datetime
    reason: str
    id_tag: str | None
    data: MeterValues


def read_start_transaction(payload: Json) -> StartTransaction:
    """Read a StartTransaction. Raises InvalidCallError if it is malformed."""
    return StartTransaction(
        connector=required_integer(payload, "connectorId"),
        id_tag=required_id_tag(payload),
        meter_start=required_register(payload, "meterStart"),
        timestamp=required_timestamp(payload, "timestamp"),
        reservation_id=tolerant(optional_integer, payload, "reservationId"),
    )


def read_stop_transaction(payload: Json, units: Mapping[str, str]) -> StopTransaction:
    """Read a StopTransaction; `units` as for `read_meter_values`.

    Raises InvalidCallError if it is malformed.
    """
    return StopTransaction(
        transaction_id=required(optional_transaction_id(payload), "transactionId"),
        meter_stop=required_register(payload, "meterStop"),
        timestamp=required_timestamp(payload, "timestamp"),
        reason=tolerant(optional_text, payload, "reason") or _DEFAULT_REASON,
        id_tag=tolerant(optional_text, payload, "idTag"),
        data=_transaction_data(payload, units),
    )


def _transaction_data(payload: Json, units: Mapping[str, str]) -> MeterValues:
    """Read the transactionData; a malformed entry prevents neither the end nor the rest."""
    data = payload.get("transactionData")
    sound: list[Any] = []
    for entry in data if isinstance(data, list) else [data]:
        with suppress(InvalidCallError):
            read_meter_values({"meterValue": [entry]}, units)
            sound.append(entry)
    return read_meter_values({"meterValue": sound}, units)
