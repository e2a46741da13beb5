"""A connector: its status, its readings, its transaction and its limit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..products.model import Fault
from .enums import ChargePointErrorCode, ChargePointStatus
from .errors import InvalidCommandError
from .limiter import NO_LIMIT, Limit, Limiter
from .ratings import (
    connector_maximum_limit,
    estimated_power,
    is_limitable,
    phases_in_use,
)
from .readings import FLOWS, OFFERS
from .transactions import Transaction
from .values import Values

if TYPE_CHECKING:
    from .charger import Charger


class Connector:
    """One connector of a charger.

    `values` holds, under the keys of the entities, what the connector reports:
    `status`, `error_code`, `faults`, `vehicle_detected` and the readings; and under
    `limit` and `transaction` what is asked of it and what runs on it. `reported` tells
    whether the charger has spoken of it since it booted.
    """

    def __init__(self, charger: Charger, number: int) -> None:
        """Start with nothing reported."""
        self.charger = charger
        self.number = number
        self.values = Values(on_new=lambda _: charger.structure_changed())
        self.transaction: Transaction | None = None
        self.faults: tuple[Fault, ...] = ()
        self.reported = False
        self.limiter = Limiter(
            resolve=self._resolve,
            send=self._send_limit,
            start=charger.start,
            changed=self._limit_changed,
        )
        self._default_in_force: float | None = None

    @property
    def status(self) -> ChargePointStatus | None:
        """The last reported status."""
        status: ChargePointStatus | None = self.values.get("status")
        return status

    @property
    def is_sure(self) -> bool:
        """Whether the connector is there, however many the charger says it has."""
        return self.reported or self.transaction is not None

    @property
    def plugged(self) -> bool:
        """Whether a cable connects a vehicle."""
        return self.status is not None and self.status.plugged

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction runs, be it one whose id is not known."""
        return self.transaction is not None or (
            self.status is not None and self.status.in_transaction
        )

    @property
    def maximum_limit(self) -> float:
        """The largest limit that makes sense here."""
        return connector_maximum_limit(self)

    @property
    def limitable(self) -> bool:
        """Whether the connector follows a charging limit."""
        return is_limitable(self)

    @property
    def pausable(self) -> bool:
        """Whether a limit of 0 stops the current and keeps the transaction."""
        charging = self.charger.product.smart_charging
        return charging is not None and charging.pausable and self.limitable

    @property
    def limit(self) -> float:
        """The limit that is asked for, a pause aside."""
        return self._resolve(Limit(self.limiter.asked.value))

    @property
    def paused(self) -> bool:
        """Whether charging is held back, by a pause or by a limit of 0."""
        return self.pausable and self._resolve(self.limiter.asked) == 0

    def report_status(
        self,
        status: ChargePointStatus,
        error_code: ChargePointErrorCode,
        faults: tuple[Fault, ...],
    ) -> None:
        """Take over a StatusNotification."""
        before = self.status
        self.reported = True
        self.faults = faults
        self.values.update({"status": status, "error_code": error_code})
        self.refresh_faults()
        if status is ChargePointStatus.AVAILABLE and self.transaction is not None:
            self.end_transaction()
        elif status is ChargePointStatus.CHARGING and before in _SUSPENDED:
            self._resumed()
        if not self.in_transaction:
            self._nothing_flows()

    @property
    def all_faults(self) -> tuple[Fault, ...]:
        """The faults of this connector and those of the whole station."""
        return tuple(dict.fromkeys(self.faults + self.charger.station_faults))

    def refresh_faults(self) -> None:
        """Show the faults that there are now."""
        self.values.set("faults", self.all_faults)

    def report_readings(
        self, readings: Mapping[str, float], transaction_id: int | None
    ) -> None:
        """Take over a MeterValues.

        Samples of a transaction that is over, which a charger sends when it was
        offline, say nothing of what flows now. A register that falls while a
        transaction runs did not fall.
        """
        if transaction_id and self.transaction is None and self._may_adopt():
            self.adopt_transaction(transaction_id)
        running = self.transaction.id if self.transaction else None
        if transaction_id and transaction_id != running:
            readings = {
                key: value
                for key, value in readings.items()
                if key not in FLOWS and key not in OFFERS
            }
        if "power" not in readings and not self._measures_power:
            readings = {**readings, **self._estimate_power(readings)}
        energy = self.values.get("energy")
        if energy is not None and readings.get("energy", energy) < energy and running:
            readings = {**readings, "energy": energy}
        self.values.update(readings)

    @property
    def _measures_power(self) -> bool:
        return "Power.Active.Import" in self.charger.product.units

    def _estimate_power(self, readings: Mapping[str, float]) -> Mapping[str, float]:
        power = estimated_power(readings, phases_in_use(self))
        return {} if power is None else {"power": power}

    def _may_adopt(self) -> bool:
        """Tell whether a transaction may run that nobody told of."""
        return self.status is None or self.status.plugged

    def adopt_transaction(self, transaction_id: int) -> None:
        """Take a transaction for running that is known only by its id."""
        self.charger.transaction_ids.note(transaction_id)
        self._set_transaction(Transaction(id=transaction_id))

    def start_transaction(self, transaction: Transaction) -> None:
        """Begin a transaction and put the limit to it."""
        self._set_transaction(transaction)
        self.limiter.forget()
        self.charger.start(self.charger.apply(self.limiter))

    def end_transaction(self) -> None:
        """End the transaction and put the limit to the next one."""
        self._set_transaction(None)
        self._nothing_flows()
        self.limiter.forget(self._default_in_force)
        self.charger.start(self.charger.apply(self.limiter))

    def _set_transaction(self, transaction: Transaction | None) -> None:
        self.transaction = transaction
        self.values.set("transaction", transaction)
        self.charger.memory_changed()

    def _nothing_flows(self) -> None:
        self.values.update(
            {key: 0.0 for key in FLOWS if key in self.values}
            | {key: None for key in OFFERS if key in self.values}
        )

    async def set_limit(self, value: float) -> None:
        """Limit charging, in the unit of the product.

        Raises ChargerError where the charger refuses.
        """
        if value < self.charger.minimum_limit:
            value = 0.0
        asked = Limit(min(value, self.maximum_limit), self.limiter.asked.paused)
        await self.limiter.ask(asked)

    async def pause(self) -> None:
        """Hold charging back.

        The transaction goes on, where the connector can be held back by a limit.
        """
        if not self.pausable:
            await self.stop_session()
            return
        await self.limiter.ask(
            Limit(self.limiter.asked.value, paused=True), at_once=True
        )

    async def resume(self) -> None:
        """Let charging go on, or begin where a plugged vehicle waits for it.

        Raises InvalidCommandError where there is nothing to let go on.
        """
        was_paused = self.paused
        if was_paused:
            value = self.limiter.asked.value
            await self.limiter.ask(
                Limit(self.charger.minimum_limit if value == 0 else value), at_once=True
            )
        if self.in_transaction:
            return
        if self.plugged:
            await self.charger.remote_start(self.number)
        elif not was_paused:
            raise InvalidCommandError("not_plugged")

    async def set_available(self, *, available: bool) -> None:
        """Let the connector be used, or not; a running transaction may end first."""
        await self.charger.command(
            "ChangeAvailability",
            {
                "connectorId": self.number,
                "type": "Operative" if available else "Inoperative",
            },
            accepted=frozenset({"Scheduled"}),
        )

    async def unlock(self) -> None:
        """Release the cable."""
        await self.charger.command(
            "UnlockConnector",
            {"connectorId": self.number},
            accepted=frozenset({"Unlocked"}),
        )

    async def stop_session(self) -> None:
        """End the transaction.

        Raises InvalidCommandError where none is known to run.
        """
        if self.transaction is None:
            raise InvalidCommandError("no_transaction")
        await self.charger.command(
            "RemoteStopTransaction", {"transactionId": self.transaction.id}
        )

    def forget_limit(self) -> None:
        """Hold no limit for in force: the charger may have lost it."""
        self._default_in_force = None
        self.limiter.forget()

    def _resolve(self, limit: Limit) -> float:
        if limit.paused:
            return 0
        return min(
            self.maximum_limit, float("inf") if limit.value is None else limit.value
        )

    async def _send_limit(self, value: float) -> None:
        transaction = self.transaction
        await self.charger.send_limit(
            self.number, value, transaction.id if transaction else None
        )
        if transaction is None:
            self._default_in_force = value

    def _limit_changed(self) -> None:
        self.values.notify("limit")
        self.charger.memory_changed()

    def _resumed(self) -> None:
        """Put the limit again: some chargers lose it while they are suspended."""
        if self.limiter.asked != NO_LIMIT and not self.limiter.recently_written:
            self.limiter.forget()
            self.charger.start(self.charger.apply(self.limiter))


_SUSPENDED = frozenset(
    {ChargePointStatus.SUSPENDED_EV, ChargePointStatus.SUSPENDED_EVSE}
)
