"""A connector: its status and faults, its readings, sessions and limits, its commands."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ...products.model import Fault, Plug
from ..charging.mode import ChargingMode
from ..charging.phases import VehiclePhases
from ..charging.power import Readings, estimated_power
from ..charging.ratings import plug
from ..messages.enums import ChargePointErrorCode, ChargePointStatus
from ..messages.errors import InvalidCommandError
from ..state.sessions import Session
from ..values import ConnectorValue, ConnectorValues, Problem, Values
from .charging_control import ChargingControl
from .connector_limits import ConnectorLimits
from .connector_sessions import ConnectorSessions
from .meter_readings import Estimate, MeterReadings
from .resumption import Resumption
from .waking import Waking

if TYPE_CHECKING:
    from .charger import Charger

_LATE = timedelta(minutes=5)
"""A StartTransaction older than this was delivered late."""

_SUSPENDED = frozenset(
    {ChargePointStatus.SUSPENDED_EV, ChargePointStatus.SUSPENDED_EVSE}
)
_WITHOUT_RESERVATION = frozenset(
    {
        ChargePointStatus.AVAILABLE,
        ChargePointStatus.UNAVAILABLE,
        ChargePointStatus.FAULTED,
    }
)


class Connector:
    """One connector of a charger.

    `values` tells who listens of what changes of it and in its parts: `readings`,
    `phases`, `sessions` and `limits`. `plugged` says whether a cable connects a
    vehicle, as far as the charger reported, `reported` says whether the charger has
    sent its status since it booted.
    """

    def __init__(self, charger: Charger, number: int) -> None:
        """Start with nothing reported."""
        self.charger = charger
        self.number = number
        self.status: ChargePointStatus | None = None
        self.error_code: ChargePointErrorCode | None = None
        self.plugged = False
        self.reported = False
        self.faults: tuple[Fault, ...] = ()
        self.values: ConnectorValues = Values()
        self.readings = MeterReadings(self.values)
        self.phases = VehiclePhases(lambda: charger.rating_plate, self.readings)
        self.sessions = ConnectorSessions(
            charger.identity, number, charger.shared.journal, self.values
        )
        self.limits = ConnectorLimits(
            number,
            link=charger.link,
            configuration=charger.configuration,
            problems=charger.problems,
            writer=charger.limit_writer,
            station=charger.station_limit,
            settings=lambda: charger.settings,
            rating_plate=lambda: charger.rating_plate,
            values=self.values,
            readings=self.readings,
            phases=self.phases,
            sessions=self.sessions,
            others_charge=self._others_charge,
        )
        self.control = ChargingControl(
            self,
            charger.link,
            charger.configuration,
            charger.shared.badges.remote_id_tag,
        )
        self.resumption = Resumption(self, self.control, charger.link)
        self.waking = Waking(self, charger.link, lambda: charger.settings)
        self.waking.asleep_changed.connect(self._asleep_changed)
        self.values.added.connect(lambda _: charger.announce_structure())
        for part in (self.limits, self.phases, self.resumption, self.waking):
            part.changed.connect(charger.changed.send)

    @property
    def is_confirmed(self) -> bool:
        """Whether the connector exists, however many the charger says it has."""
        return self.reported or self.sessions.running is not None

    @property
    def plug(self) -> Plug | None:
        """Its plug or socket, where it is known."""
        return plug(self.charger.rating_plate, self.number)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction runs, be it one whose id is not known."""
        return self.sessions.running is not None or (
            self.status is not None and self.status.in_transaction
        )

    def _others_charge(self) -> bool:
        others = self.charger.connectors.values()
        return any(each.in_transaction for each in others if each is not self)

    @property
    def all_faults(self) -> tuple[Fault, ...]:
        """The faults of this connector and those of the whole station."""
        return tuple(dict.fromkeys(self.faults + self.charger.station_faults.faults))

    # What it reports

    def rebooted(self) -> None:
        """Note that the charger booted: it has yet to send its status and readings."""
        self.reported = False
        self.offline()

    def offline(self) -> None:
        """Note that the charger tells nothing of what flows and runs any more."""
        self.readings.offline()
        self.sessions.doubt()

    def report_status(
        self,
        status: ChargePointStatus,
        error_code: ChargePointErrorCode,
        faults: tuple[Fault, ...],
    ) -> None:
        """Take over a StatusNotification."""
        before, self.status, self.error_code = self.status, status, error_code
        self.reported = True
        self.faults = faults
        values: dict[ConnectorValue, object] = {
            ConnectorValue.STATUS: status,
            ConnectorValue.ERROR_CODE: error_code,
        }
        if status.plugged is not None:
            self.plugged = status.plugged
            values[ConnectorValue.PLUGGED] = status.plugged
        self.values.update(values)
        self.update_faults()
        if not self.plugged:
            self.phases.forget()
        if status is ChargePointStatus.AVAILABLE:
            self.assume_over()
        elif status is ChargePointStatus.CHARGING and before in _SUSPENDED:
            self.limits.resumed_by_charger()
        if before is ChargePointStatus.RESERVED and status in _WITHOUT_RESERVATION:
            self._end_reservation()
        if status.in_transaction:
            self.sessions.confirm()
        if not self.in_transaction:
            self.readings.idle()
        elif (
            status is ChargePointStatus.SUSPENDED_EVSE
            and self.limits.decision.is_pausable
        ):
            self.readings.nothing_flows()
        self.limits.status_reported(status)

    def update_faults(self) -> None:
        """Show the present faults of the connector and of the station."""
        self.values.set(ConnectorValue.FAULTS, self.all_faults)

    def report_readings(
        self,
        readings: Readings,
        transaction_id: int | None,
        sampled_at: Callable[[], datetime],
    ) -> bool:
        """Take over a MeterValues; tell whether it is of what runs here.

        One of another transaction is not taken over.
        """
        if transaction_id and not self.sessions.is_running(transaction_id):
            return False
        if (register := readings.get(ConnectorValue.ENERGY)) is not None:
            shown = self.readings.last.get(ConnectorValue.ENERGY)
            self.sessions.sample(register, transaction_id, shown)
        is_measured = "Power.Active.Import" in self.charger.product.units
        estimate = None if is_measured else self._estimated_power
        self._show_readings(readings, estimate, sampled_at)
        return True

    def report_late_readings(
        self,
        readings: Readings,
        transaction_id: int,
        sampled_at: Callable[[], datetime],
    ) -> None:
        """Take over a MeterValues of a transaction that does not run here.

        A charger sends it after it was offline. It says nothing of what flows now.
        """
        if (register := readings.get(ConnectorValue.ENERGY)) is not None:
            self.sessions.sample_late(transaction_id, register)
        self._show_readings(self.readings.of_any_time(readings), None, sampled_at)

    def _show_readings(
        self,
        readings: Readings,
        estimate: Estimate | None,
        sampled_at: Callable[[], datetime],
    ) -> None:
        self.readings.report(
            readings,
            session=self.sessions.running or self.sessions.left_over,
            estimate=estimate,
            sampled_at=sampled_at,
        )
        self.phases.observe()
        self.limits.readings_reported(readings)

    def _estimated_power(self, readings: Readings) -> float | None:
        return estimated_power(
            self.charger.rating_plate,
            readings,
            phases=lambda: self.phases.in_use,
            get=self.readings.get,
        )

    def report_vehicle_detected(self, *, detected: bool) -> None:
        """Take over whether a vehicle stands in front of the charger."""
        self.values.set(ConnectorValue.VEHICLE_DETECTED, detected)

    @property
    def may_adopt(self) -> bool:
        """Whether a transaction that is known only from its samples may run here."""
        return self.sessions.running is None and not self._is_vacant

    @property
    def _is_vacant(self) -> bool:
        """Whether it is known that no cable connects a vehicle."""
        return self.status is not None and not self.plugged

    def _asleep_changed(self) -> None:
        others = self.charger.connectors.values()
        is_any_asleep = any(each.waking.is_asleep for each in others)
        self.charger.problems.set(Problem.VEHICLE_ASLEEP, {} if is_any_asleep else None)

    def _end_reservation(self) -> None:
        reservation = self.charger.reservations.of(self.number)
        if reservation is not None and reservation.connector == self.number:
            self.charger.reservations.end(reservation.id)

    # Its sessions

    def session_begun(self, session: Session) -> None:
        """Take over a session that a StartTransaction began.

        One that is delivered when the vehicle is gone has nothing to limit.
        """
        if not self.sessions.supersedes(session):
            return
        self.assume_over(session)
        self.sessions.begin(session)
        if self._is_vacant and session.start < datetime.now(UTC) - _LATE:
            self.limits.leave_alone(session.id)
            return
        self.limits.spawn_apply()
        if (
            not self.limits.decision.is_pausable
            and self.limits.mode is ChargingMode.OFF
        ):
            self.charger.link.spawn_command(self.control.stop_session)

    def session_ended(self, session: Session) -> None:
        """Take over the end of a session, be it the one that is shown or not."""
        if not self.sessions.end(session):
            return
        if session.meter_reading is not None:
            self.readings.report_register(session.meter_reading)
        self._transaction_over()

    def assume_over(self, but: Session | None = None) -> None:
        """End the sessions that are not over, but one, without a StopTransaction."""
        if self.sessions.assume_over(but):
            self._transaction_over()

    def _transaction_over(self) -> None:
        self.readings.idle()
        self.limits.spawn_apply()

    # What can be asked of it

    async def set_available(self, *, available: bool) -> None:
        """Put the connector in or out of service; a running transaction may end first."""
        await self.charger.link.command(
            "ChangeAvailability",
            {
                "connectorId": self.number,
                "type": "Operative" if available else "Inoperative",
            },
            accepted=frozenset({"Scheduled"}),
        )

    async def unlock(self) -> None:
        """Release the cable."""
        await self.charger.link.command(
            "UnlockConnector",
            {"connectorId": self.number},
            accepted=frozenset({"Unlocked"}),
        )

    async def display_cost(self, cost: float, currency: str) -> None:
        """Show on the charger's screen what the running session costs so far.

        Raises InvalidCommandError where no session runs or the product shows no cost.
        """
        if (transaction_id := self.sessions.running_id) is None:
            raise InvalidCommandError("no_transaction")
        await self.charger.vendor_messages.display_cost(
            self.number, transaction_id, cost, currency
        )

    def close(self) -> None:
        """Send nothing any more: the connector is gone, or its charger is."""
        self.waking.close()
        self.limits.close()

    # What is kept

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON: all values by name, and what is asked for."""
        return {
            "values": sorted(self.values),
            **self.phases.data(),
            **self.resumption.data(),
            **self.waking.data(),
            **self.limits.data(),
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept; values are unknown until they are reported."""
        names = data["values"]
        self.values.update({name: None for name in ConnectorValue if name in names})
        self.readings.restore(names)
        self.phases.restore(data)
        self.resumption.restore(data)
        self.limits.restore(data)
        self.waking.restore(data)
