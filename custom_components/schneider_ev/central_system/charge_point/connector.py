"""A connector: its status, its readings, its session and its limit."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import orjson

from ...products.model import Fault
from ..charging.limit_reason import limited_by, offered_key
from ..charging.limiter import NO_LIMIT, Limit, Limiter
from ..charging.mode import ChargingMode
from ..charging.ratings import (
    Rating,
    RegisterRise,
    estimated_power,
    phases_in_use,
    rate,
)
from ..messages.enums import ChargePointErrorCode, ChargePointStatus
from ..messages.errors import ChargerCallError, ChargerRefusedError, InvalidCommandError
from ..messages.readings import FLOWS, OFFERS, READINGS
from ..state.sessions import UNKNOWN_ID, Session
from ..values import Values
from .composite_schedule import ForeignProfiles, limit_in_force

if TYPE_CHECKING:
    from .charger import Charger


COST_UPDATED: Final = "CostUpdated"


@dataclass(frozen=True, kw_only=True, slots=True)
class TemporaryLimit:
    """Until when a limit holds, and what the owner's limit is after that."""

    before: float | None
    end: datetime


class Connector:
    """One connector of a charger.

    `values` holds, under the keys of the entities, what the connector reports:
    `status`, `plugged`, `error_code`, `faults`, `vehicle_detected` and the readings;
    and under `limit` and `session` those are told who show what is asked of it and
    what runs on it; `session_energy` is what the session has come to. `reported` tells
    whether the charger has spoken of it since it booted.
    """

    def __init__(self, charger: Charger, number: int) -> None:
        """Start with nothing reported."""
        self.charger = charger
        self.number = number
        self.values = Values(on_new=lambda _: charger.structure_changed())
        self.session: Session | None = charger.journal.running(charger.identity, number)
        self.last_session = charger.journal.last(charger.identity, number)
        self.estimates: set[str] = set()
        self._rise = RegisterRise()
        self.faults: tuple[Fault, ...] = ()
        self.reported = False
        self.session_listeners: list[Callable[[str, Session], None]] = []
        self.limiter = Limiter(
            resolve=self._wanted,
            send=self._send_limit,
            start=charger.start,
            changed=self._limit_changed,
        )
        self._known_rating: Rating | None = None
        self._measures_offer = False
        self._foreign_profiles = ForeignProfiles(self)
        self.charging_mode = ChargingMode.FAST
        self.minimum_current: float | None = None
        self.solar_reserve = 0.0
        self.surplus_limit: float | None = None
        self.temporary_limit: TemporaryLimit | None = None
        self._reverting: asyncio.TimerHandle | None = None
        self._default_in_force: float | None = None

    @property
    def status(self) -> ChargePointStatus | None:
        """The last reported status."""
        status: ChargePointStatus | None = self.values.get("status")
        return status

    @property
    def is_sure(self) -> bool:
        """Whether the connector is there, however many the charger says it has."""
        return self.reported or self.session is not None

    @property
    def plugged(self) -> bool:
        """Whether a cable connects a vehicle, as far as the charger told last."""
        return bool(self.values.get("plugged"))

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction runs, be it one whose id is not known."""
        return self.session is not None or (
            self.status is not None and self.status.in_transaction
        )

    @property
    def maximum_limit(self) -> float:
        """The largest limit that makes sense here."""
        return self._rating.maximum

    @property
    def limitable(self) -> bool:
        """Whether the connector follows a charging limit."""
        return self._rating.is_limitable

    @property
    def _rating(self) -> Rating:
        """What the connector can do, found out once: every sample asks for it."""
        if self._known_rating is None:
            self._known_rating = rate(self)
        return self._known_rating

    def forget_rating(self) -> None:
        """Find out anew what the connector can do when it is asked for next."""
        self._known_rating = None

    @property
    def pausable(self) -> bool:
        """Whether a limit of 0 stops the current and keeps the transaction."""
        charging = self.charger.product.smart_charging
        return charging is not None and charging.pausable and self.limitable

    @property
    def limit(self) -> float:
        """The limit that the owner asks for, a pause aside."""
        return self._resolve(Limit(self.limiter.asked.value))

    @property
    def paused(self) -> bool:
        """Whether charging is held back, by a pause or by a limit of 0."""
        return self.pausable and self._resolve(self.limiter.asked) == 0

    @property
    def wanted_limit(self) -> float:
        """The limit that all who have a say come to."""
        return self._wanted(self.limiter.asked)

    def judge(self) -> None:
        """Find out anew what holds the connector back."""
        verdict = limited_by(self)
        self.values.set("limited_by", verdict)
        self._foreign_profiles.judged(verdict)

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
        told = {} if status.plugged is None else {"plugged": status.plugged}
        self.values.update({"status": status, "error_code": error_code} | told)
        self.refresh_faults()
        if status is ChargePointStatus.AVAILABLE and self.session is not None:
            self.assume_over()
        elif status is ChargePointStatus.CHARGING and before in _SUSPENDED:
            self._resumed()
        if before is ChargePointStatus.RESERVED and status in _RESERVED_NO_MORE:
            self._reservation_over()
        if not self.in_transaction:
            self._nothing_flows()
        self.judge()

    @property
    def all_faults(self) -> tuple[Fault, ...]:
        """The faults of this connector and those of the whole station."""
        return tuple(dict.fromkeys(self.faults + self.charger.station_faults))

    def refresh_faults(self) -> None:
        """Show the faults that there are now."""
        self.values.set("faults", self.all_faults)

    def report_readings(
        self,
        readings: Mapping[str, float],
        transaction_id: int | None,
        sampled_at: Callable[[], datetime],
    ) -> None:
        """Take over a MeterValues.

        Samples of a transaction that does not run here, which a charger sends when it
        was offline, say nothing of what flows now. A register that falls while a
        transaction runs did not fall.
        """
        register = readings.get("energy")
        if transaction_id and not self._is_current(transaction_id, sampled_at):
            self._sample_other(transaction_id, register)
            readings = {
                key: value
                for key, value in readings.items()
                if key not in FLOWS and key not in OFFERS
            }
        elif self.session is not None and register is not None:
            self._keep(self.session.sampled(register, self._plausible))
        if "power" in readings:
            self.estimates.discard("power")
        elif not self._measures_power:
            readings = {**readings, **self._estimate_power(readings, sampled_at)}
        self._measures_offer |= offered_key(self) in readings
        if self.session is not None and register is not None:
            readings = {**readings, "energy": self._risen(register)}
        self.values.update(readings)
        self.judge()

    def _risen(self, register: float) -> float:
        """Return what a register shows in a session, in which it does not fall.

        One that begins far below what was shown before is another meter's.
        """
        known = self.session.register if self.session else None
        register = max(register, known if known is not None else register)
        held = self.values.get("energy") or 0.0
        return held if _OTHER_METER * held <= register < held else register

    def _is_current(
        self, transaction_id: int, sampled_at: Callable[[], datetime]
    ) -> bool:
        """Tell whether samples are of what runs here; adopt what nobody told of."""
        if self.session is not None:
            return transaction_id in (self.session.id, UNKNOWN_ID)
        known = self.charger.journal.get(transaction_id)
        if known is not None and not (self._is_own(known) and known.may_go_on):
            return False
        if self._is_vacant:
            return False
        self._set_session(
            self.charger.journal.adopt(
                Session(
                    id=transaction_id,
                    identity=self.charger.identity,
                    connector=self.number,
                    start=min(sampled_at(), datetime.now(UTC)),
                )
                if known is None
                else replace(known, stop=None, is_assumed=False)
            )
        )
        return True

    @property
    def _is_vacant(self) -> bool:
        """Whether it is known that no cable connects a vehicle."""
        return self.status is not None and not self.plugged

    def _sample_other(self, transaction_id: int, register: float | None) -> None:
        """Keep what a late sample says of a session that is not over yet."""
        session = self.charger.journal.get(transaction_id)
        if (
            session is not None
            and session.stop is None
            and self._is_own(session)
            and register is not None
        ):
            self.charger.journal.update(session.sampled(register))

    def _is_own(self, session: Session) -> bool:
        return session.is_of(self.charger.identity, self.number)

    @property
    def _plausible(self) -> float:
        """The energy in Wh that a session can have charged by now."""
        if self.session is None:
            return 0.0
        hours = (datetime.now(UTC) - self.session.start).total_seconds() / 3600
        return 1000 + _MOST_POWER * max(hours, 0.0)

    @property
    def _measures_power(self) -> bool:
        return "Power.Active.Import" in self.charger.product.units

    def _estimate_power(
        self, readings: Mapping[str, float], sampled_at: Callable[[], datetime]
    ) -> Mapping[str, float]:
        """Derive the power from currents, else from the rise of the register."""
        power = estimated_power(readings, phases_in_use(self))
        if power is None and (register := readings.get("energy")) is not None:
            power = self._rise.power(register, sampled_at())
        if power is None:
            return {}
        self.estimates.add("power")
        return {"power": power}

    def session_begun(self, session: Session) -> None:
        """Take over a session that a StartTransaction began.

        One that is repeated or delivered late, behind a newer one, changes nothing of
        what is shown. One that is delivered when the vehicle is gone has nothing to limit.
        """
        if session.stop is not None or (
            self.session is not None
            and (self.session.id == session.id or self.session.age > session.age)
        ):
            return
        if self.session is not None:
            self.assume_over()
        self._set_session(session)
        self._tell("started", session)
        if self._is_vacant and session.start < datetime.now(UTC) - _LATE:
            return
        self.limiter.forget()
        self.charger.start(self.charger.apply(self.limiter))
        if self.mode is ChargingMode.OFF and not self.pausable:
            self.charger.attempt(self.stop_session)

    def session_ended(self, session: Session) -> None:
        """Take over the end of a session, be it the one that is shown or not."""
        is_current = self.session is not None and self.session.id == session.id
        if is_current:
            self.session = None
        self._remember_last(session)
        if not is_current:
            return
        if session.register is not None:
            self.values.set("energy", self._risen(session.register))
        self._clear_session()

    def _remember_last(self, session: Session) -> None:
        last = self.last_session
        if last is None or last.id == session.id or last.age <= session.age:
            self.last_session = last = session
        self.values.set("session_energy", (self.session or last).energy)
        self.values.notify("session")
        self._tell("ended", session)

    def assume_over(self) -> None:
        """End a session whose StopTransaction did not come; it may come yet."""
        if self.session is None:
            return
        session = self.session.assumed_over(datetime.now(UTC))
        self.session = None
        self.charger.journal.update(session)
        self._remember_last(session)
        self._clear_session()

    def _clear_session(self) -> None:
        self._set_session(None)
        self._nothing_flows()
        self.limiter.forget(self._default_in_force)
        self.charger.start(self.charger.apply(self.limiter))

    def _reservation_over(self) -> None:
        reservation = self.charger.reservations.of(self.number)
        if reservation is not None and reservation.connector == self.number:
            self.charger.reservations.end(reservation.id)

    def _set_session(self, session: Session | None) -> None:
        """Have a session run, or none: what is shown of it changes as a whole."""
        if session is None:
            self.session = None
        else:
            self._keep(session)
        self.values.notify("session")

    def _keep(self, session: Session) -> None:
        """Keep what the running session has come to: only its energy changes."""
        if session is not self.session:
            self.session = session
            self.charger.journal.update(session)
        self.values.set("session_energy", session.energy)

    def _tell(self, kind: str, session: Session) -> None:
        for listener in tuple(self.session_listeners):
            listener(kind, session)

    def forget_flows(self) -> None:
        """Know nothing of what flows: nobody tells any more."""
        self._forget(FLOWS | OFFERS)

    def forget_readings(self) -> None:
        """Know no reading any more: another meter measures."""
        self._forget(READINGS)

    def _forget(self, readings: Iterable[str]) -> None:
        self.values.update({key: None for key in readings if key in self.values})

    def forget_wishes(self) -> None:
        """Ask for no limit any more: what was asked for is in another unit."""
        self.revert_limit(None)
        self.limiter.restore(NO_LIMIT)
        self.minimum_current = None

    def _nothing_flows(self) -> None:
        self.values.update(
            {key: 0.0 for key in FLOWS if key in self.values}
            | {key: None for key in OFFERS if key in self.values}
        )

    async def set_limit(self, value: float, duration: timedelta | None = None) -> None:
        """Limit charging, in the unit of the product.

        After `duration` the limit is what it was before. Raises ChargerError where the
        charger refuses.
        """
        asked = self.limiter.asked
        before = self.temporary_limit.before if self.temporary_limit else asked.value
        if value < self.charger.minimum_limit:
            value = 0.0
        await self.limiter.ask(Limit(min(value, self.maximum_limit), asked.paused))
        self.revert_limit(
            TemporaryLimit(before=before, end=datetime.now(UTC) + duration)
            if duration
            else None
        )

    def revert_limit(self, temporary: TemporaryLimit | None) -> None:
        """Put an end to the limit when its time is over, or let it hold for good."""
        self.close()
        self.temporary_limit = temporary
        if temporary is not None:
            seconds = (temporary.end - datetime.now(UTC)).total_seconds()
            self._reverting = asyncio.get_running_loop().call_later(
                max(seconds, 0), self._limit_over, temporary
            )
        self.charger.memory_changed()

    def _limit_over(self, temporary: TemporaryLimit) -> None:
        self.temporary_limit = None
        self.limiter.prepare(Limit(temporary.before, self.limiter.asked.paused))
        self.charger.attempt(self.limiter.apply)

    def close(self) -> None:
        """Wait for nothing any more."""
        if self._reverting is not None:
            self._reverting.cancel()

    def follow_surplus(self, limit: float | None) -> None:
        """Charge with no more than a limit of the sun, None for no such limit."""
        before, self.surplus_limit = self.surplus_limit, limit
        if (before, limit) != (None, None):
            self.charger.attempt(self._follow)

    async def _follow(self) -> None:
        if self.limiter.in_force != self.wanted_limit:
            await self.limiter.ask(self.limiter.asked)

    @property
    def mode(self) -> ChargingMode:
        """The mode that holds; where a limit can pause, off is a pause."""
        if self.pausable:
            return ChargingMode.OFF if self.paused else self.charging_mode
        return self.charging_mode

    @property
    def minimum(self) -> float:
        """The least to charge with, in the unit of the product."""
        return max(self.minimum_current or 0.0, self.charger.minimum_limit)

    async def choose_mode(self, mode: ChargingMode) -> None:
        """Charge from the sun, from the grid, or not at all.

        Raises ChargerError where the charger refuses.
        """
        if mode is ChargingMode.OFF:
            await self._turn_off()
        else:
            self.charging_mode = mode
            await self._unpause()
        self.values.notify("charging_mode")
        self.charger.memory_changed()

    async def _turn_off(self) -> None:
        if not self.pausable:
            self.charging_mode = ChargingMode.OFF
            if self.session is None:
                return
        await self.pause()

    def set_minimum_current(self, value: float) -> None:
        """Charge a vehicle that follows the sun with at least so many A."""
        self.minimum_current = value
        self._minimum_changed()

    def set_solar_reserve(self, value: float) -> None:
        """Leave so many W of the surplus to the house."""
        self.solar_reserve = value
        self._minimum_changed()

    def _minimum_changed(self) -> None:
        self.values.notify("charging_mode")
        self.charger.memory_changed()

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
        await self._unpause()
        if self.in_transaction:
            return
        if self.plugged:
            await self.charger.remote_start(self.number)
        elif not was_paused:
            raise InvalidCommandError("not_plugged")

    async def _unpause(self) -> None:
        if not self.paused:
            return
        value = self.limiter.asked.value
        self.limiter.prepare(Limit(self.charger.minimum_limit if value == 0 else value))
        self.values.notify("charging_mode")
        await self.limiter.ask(self.limiter.asked, at_once=True)

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

    async def display_cost(self, cost: float, currency: str) -> None:
        """Show on the charger's screen what the running session costs so far.

        Raises InvalidCommandError where no session runs or the product shows no cost.
        """
        if self.session is None:
            raise InvalidCommandError("no_transaction")
        message = {
            "currency": currency,
            "method": COST_UPDATED,
            "connectID": self.number,
            "totalCost": round(cost, 2),
            "transactionId": self.session.id,
        }
        await self.charger.transfer(COST_UPDATED, orjson.dumps(message).decode())

    async def stop_session(self) -> None:
        """End the transaction.

        Raises InvalidCommandError where none is known to run.
        """
        if self.session is None:
            await self._ask_what_runs()
        if self.session is None:
            raise InvalidCommandError("no_transaction")
        await self.charger.command(
            "RemoteStopTransaction", {"transactionId": self.session.id}
        )

    async def _ask_what_runs(self) -> None:
        """Have the charger tell of a transaction that is not known yet."""
        for message in ("StatusNotification", "MeterValues"):
            try:
                await self.charger.trigger(message, self.number)
            except ChargerRefusedError, ChargerCallError:
                continue
        try:
            async with asyncio.timeout(_TIME_TO_TELL):
                while self.session is None and self.in_transaction:
                    await self.values.changed("session")
        except TimeoutError:
            pass

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

    def _wanted(self, limit: Limit) -> float:
        value = self._resolve(limit)
        return value if self.surplus_limit is None else min(value, self.surplus_limit)

    async def _send_limit(self, value: float) -> None:
        session = self.session
        await self.charger.send_limit(
            self.number, value, session.id if session else None
        )
        if session is None:
            self._default_in_force = value
        elif (
            "energy" in self.values
            and not self._measures_offer
            and self.charger.settings.manage_configuration
        ):
            self.charger.attempt(self._ask_what_is_offered)

    async def _ask_what_is_offered(self) -> None:
        """Find out what is in force on a charger whose samples do not tell."""
        if (limit := await limit_in_force(self)) is not None:
            self.values.set(offered_key(self), limit)

    def _limit_changed(self) -> None:
        self.values.notify("limit")
        self.judge()
        self.charger.memory_changed()

    def _resumed(self) -> None:
        """Put the limit again: some chargers lose it while they are suspended."""
        if self.limiter.is_used and not self.limiter.recently_written:
            self.limiter.forget()
            self.charger.start(self.charger.apply(self.limiter))


_MOST_POWER = 400_000
_OTHER_METER = 0.9
_TIME_TO_TELL = 10.0
_LATE = timedelta(minutes=5)

_SUSPENDED = frozenset(
    {ChargePointStatus.SUSPENDED_EV, ChargePointStatus.SUSPENDED_EVSE}
)
_RESERVED_NO_MORE = frozenset(
    {
        ChargePointStatus.AVAILABLE,
        ChargePointStatus.UNAVAILABLE,
        ChargePointStatus.FAULTED,
    }
)
