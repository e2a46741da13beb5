"""A simulated charger: its power, its transactions, and the actions of its user.

The connection is in `uplink`, OCPP in `charge_point`, the physics in `connector` and
`car`; this module combines them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
import inspect
import json
from math import floor, inf
from pathlib import Path
from ssl import SSLContext
from time import monotonic, time
from types import TracebackType
from typing import Any, NamedTuple, Self
from zlib import crc32

from ocpp.v16 import call
from ocpp.v16.enums import (
    Action,
    AuthorizationStatus,
    ChargePointErrorCode,
    ChargePointStatus,
    Reason,
)

from custom_components.schneider_ev.products.model import Fault, Plug, Purpose, RateUnit

from .authorization import KnownBadges
from .car import Car
from .certificates import CertificateStore
from .configuration import Configuration
from .connector import Connector, Permission, Transaction
from .measurands import Measurands
from .outbox import Message
from .products import PRODUCTS
from .profiles import Period, Profile, ProfileStore
from .security import Security
from .timestamps import now, stamp
from .transfers import Steps, Transfer
from .uplink import Uplink

_BLINK_SECONDS = 30.0
STEP_SECONDS = 0.2
_HISTORY = 20_000


class Received(NamedTuple):
    """A call that the central system made."""

    action: str
    payload: dict[str, Any]


@dataclass(slots=True)
class Sent:
    """A call that the charger made, with what came back."""

    id: str
    action: str
    payload: dict[str, Any]
    answer: dict[str, Any] | None = None
    error: str | None = None


class Simulator:
    """A simulated charger, which runs inside `async with`.

    `received` and `sent` are the calls in both directions, in order. `connected` is set
    while a websocket is open, `accepted` from an accepted BootNotification to the next
    boot.
    """

    def __init__(
        self,
        url: str,
        identity: str,
        product: str = "evlink_pro_ac",
        *,
        firmware: str | None = None,
        reference: str | None = None,
        serial_number: str | None = None,
        latency: float = 0.05,
        speed: float = 1.0,
        redial: float = 3.0,
        boot_time: float = 1.0,
        car: Car | None = None,
        phases: int | None = None,
        cable_current: float = inf,
        free_charging: bool = False,
        external_energy_management: bool = True,
        replug_after_stop: bool = False,
        unsupported_measurands: Iterable[str] = (),
        configuration: Mapping[str, str] | None = None,
        password: str | None = None,
        ssl: SSLContext | None = None,
        patience: float = 60.0,
        state_file: Path | None = None,
    ) -> None:
        """Create a charger that connects to `url`/`identity`.

        By default, its `firmware` is the newest, and its `reference` (which determines
        plugs, phases and power) is that of the firmware. `latency` is the delay of its
        answers, `redial` the delay before it reconnects, `boot_time` the duration of a
        restart, all in seconds. `speed` accelerates the clock of cars. `car` is the car
        for connector 1, `cable_current` the maximum current of its cable in A. Without
        `external_energy_management` it refuses charging profiles; with
        `replug_after_stop` it refuses a start after a stop until the car is unplugged.
        `configuration` overrides keys, unchecked; `state_file` stores them. A
        `password` is sent whatever the security profile; `ssl` replaces the installed
        root certificates. If a new URL, profile or password does not work for
        `patience` seconds, the previous one is restored.
        """
        self.product = PRODUCTS[product]
        self.firmware = self.product.firmware(firmware)
        plate = self.product.reference(reference or self.firmware.reference)
        self.model = self.product.model or plate.name
        self.identity = identity
        self.serial_number = serial_number or (
            f"{self.product.serial_prefix}{crc32(identity.encode()):010}"
        )
        self.latency = latency
        self.speed = speed
        self.boot_time = boot_time
        self.cable_current = cable_current
        self.free_charging = free_charging
        self.external_energy_management = external_energy_management
        self.replug_after_stop = replug_after_stop
        self.measurands = Measurands(
            self.product,
            self.firmware,
            self._is_on,
            unsupported_measurands,
        )
        self.configuration = Configuration(
            self.product.configuration(self.firmware),
            values={
                "SupervisionUrl": url,
                "BoxIdentifier": identity,
                **({} if password is None else {"AuthorizationKey": password}),
                **self.product.settings_of(self.firmware, plate),
                **(configuration or {}),
            },
            rules=self.product.rules,
            accepts_list=self.measurands.accepts,
        )
        self.refused_operations = frozenset(Action) - (
            (self.product.facts.operations | self.product.without_effect)
            - self.firmware.absent_operations
        )
        self._plugs = plate.plugs
        self._rating = self.product.rating(plate)
        self._voltages = self.product.voltages[: phases or plate.phases]
        self.cars = {
            number: self.product.car() for number in range(1, len(self._plugs) + 1)
        }
        if car:
            self.cars[1] = car
        self.connectors: dict[int, Connector] = {}
        self.profiles = ProfileStore()
        self.badges = KnownBadges()
        self.certificates = CertificateStore(
            int(self.configuration.number("CertificateStoreMaxLength", 10))
        )
        self.uplink = Uplink(self, redial=redial)
        self.operative = True
        self.blinks = 0
        self.blinking_since: datetime | None = None
        self.received: list[Received] = []
        self.sent: list[Sent] = []
        self._state_file = state_file
        self._announced: dict[int, tuple[str, str | None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._group: asyncio.TaskGroup | None = None
        self._task: asyncio.Task[None] | None = None
        self._load()
        self.security = Security(
            self.configuration,
            self.certificates,
            signs_in=password is not None,
            context=ssl,
            patience=patience,
        )

    async def __aenter__(self) -> Self:
        """Start the charger."""
        started = monotonic()
        for connector in self.connectors.values():
            connector.settled = started
        running = asyncio.Event()
        self._task = asyncio.create_task(self._run(running), name=self.identity)
        await running.wait()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the charger; errors of its tasks are raised here."""
        assert self._task
        self._task.cancel()
        try:
            with suppress(asyncio.CancelledError):
                await self._task
        finally:
            if self._timer:
                self._timer.cancel()
            self.save()

    # Observable state

    @property
    def connected(self) -> asyncio.Event:
        """Set while a websocket is open."""
        return self.uplink.connected

    @property
    def accepted(self) -> asyncio.Event:
        """Set from the accepted BootNotification to the next boot."""
        return self.uplink.accepted

    @property
    def meter_serial_number(self) -> str | None:
        """The serial number of the meter, None if the charger does not send one."""
        return f"M{self.serial_number[-10:]}" if self.product.meter_type else None

    @property
    def car(self) -> Car:
        """The car of connector 1, plugged in or not."""
        return self.cars[1]

    @property
    def status(self) -> ChargePointStatus:
        """The status of connector 1."""
        return self.connectors[1].status

    @property
    def transaction_id(self) -> int | None:
        """The transaction id of connector 1, None if there is none."""
        running = self.connectors[1].transaction
        return running.id if running else None

    @property
    def offered_current(self) -> float:
        """The current that connector 1 offers, in A."""
        return self.connectors[1].offered

    @property
    def current(self) -> float:
        """The current that the car at connector 1 draws, in A."""
        self._settle()
        return self.connectors[1].current

    @property
    def energy(self) -> float:
        """The energy register of connector 1, in Wh."""
        self._settle()
        return self.connectors[1].energy

    @property
    def blinking(self) -> bool:
        """Whether the charger blinks on request."""
        return (
            self.blinking_since is not None
            and (now() - self.blinking_since).total_seconds() < _BLINK_SECONDS
        )

    def state(self) -> dict[str, Any]:
        """Return the observable state, for JSON."""
        self._settle()
        return {
            "identity": self.identity,
            "product": self.product.facts.key,
            "firmware": self.firmware.version,
            "connected": self.connected.is_set(),
            "accepted": self.accepted.is_set(),
            **self.connectors[1].state(),
            "blinking": self.blinking,
            "blinks": self.blinks,
            "profiles": len(self.profiles),
            "queued": len(self.uplink.outbox),
            "connectors": {
                number: connector.state()
                for number, connector in self.connectors.items()
            },
        }

    async def until(self, condition: Callable[[], bool], timeout: float = 5.0) -> None:
        """Wait until a condition is true, while the charger runs."""
        async with asyncio.timeout(timeout):
            while not condition():
                if self._task and self._task.done():
                    await self._task
                await asyncio.sleep(0.01)

    def forget_operations(self) -> None:
        """Answer all calls with a CALLERROR from now on."""
        self.refused_operations = frozenset(Action)
        self.uplink.forget_operations()

    def calls(self, action: str) -> list[dict[str, Any]]:
        """Return the payloads of the received calls of an action."""
        return [entry.payload for entry in self.received if entry.action == action]

    def messages(self, action: str) -> list[dict[str, Any]]:
        """Return the payloads of the sent calls of an action."""
        return [entry.payload for entry in self.sent if entry.action == action]

    # Actions of people

    async def plug_in(
        self, car: Car | None = None, connector: int = 1, plug: Plug | None = None
    ) -> None:
        """Plug in a car, by default that of the connector."""
        self._settle()
        if car:
            self.cars[connector] = car
        self.connectors[connector].plug_in(self.cars[connector], plug)
        self.refresh()

    def set_car(self, connector: int = 1, **values: Any) -> None:
        """Set fields of a car, by name."""
        self._settle()
        for name, value in values.items():
            setattr(self.cars[connector], name, value)
        self.refresh()

    async def unplug(self, connector: int = 1) -> None:
        """Unplug the car."""
        place = self.connectors[connector]
        self.end(place, Reason.ev_disconnected)
        place.unplug()
        self.refresh()

    async def present_badge(self, id_tag: str, connector: int = 1) -> bool:
        """Present a badge to the reader; return whether it had an effect."""
        place = self.connectors[connector]
        if place.transaction:
            if place.transaction.id_tag != id_tag:
                return False
            self.end(place, Reason.local, id_tag)
            return True
        badge_key = self.firmware.badge_key
        if (
            self._is_free
            or (badge_key and not self._is_on(badge_key))
            or (self.product.badge_needs_vehicle and place.car is None)
            or self.startable(id_tag, connector) is None
            or not await self._authorize(id_tag)
        ):
            return False
        self._permit(place, id_tag)
        return True

    async def raise_fault(self, code: str, connector: int = 1) -> None:
        """Raise the fault with a vendor error code of the product. Raises ValueError."""
        fault = self.product.facts.fault(code)
        if fault is None:
            raise ValueError(f"{self.product.facts.name} has no fault {code}")
        self._settle()
        self.connectors[connector].fault = fault
        self.refresh()

    async def clear_fault(self, connector: int = 1) -> None:
        """Clear the fault."""
        self._settle()
        self.connectors[connector].fault = None
        self.refresh()

    async def vehicle_detected(self, present: bool, connector: int = 1) -> None:
        """Set whether a vehicle is on the detection loop."""
        key = self.product.presence_key
        if key is None or not self.configuration.boolean(key):
            return
        data = {
            "connectorId": connector,
            "name": "Vehicle",
            "state": "1" if present else "0",
            "timestamp": f"{stamp(now())}:",
        }
        self.post(
            call.DataTransfer(
                vendor_id=self.product.facts.manufacturer,
                message_id=self.product.presence_message,
                data=json.dumps(data, separators=(",", ":")),
            )
        )

    async def report_security_event(self, kind: str) -> None:
        """Send a SecurityEventNotification, if they are enabled."""
        if self.configuration.boolean("SecurityEventsEnabled"):
            self.post(call.SecurityEventNotification(kind, stamp(now()), None))

    async def request_certificate(self) -> None:
        """Send a SignCertificate."""
        organization = self.configuration.get("CpoName") or "Schneider Electric"
        request = self.security.request(organization, self.serial_number)
        self.post(call.SignCertificate(request))

    async def power_cut(self, seconds: float = 0.0) -> None:
        """Cut the power: no close frame, and a boot afterwards."""
        self._settle()
        hold = self.configuration.number("RestoreTimeout")
        for connector in self.connectors.values():
            if not self.product.resumes_after_power_cut:
                self.end(connector, Reason.power_loss)
            elif connector.transaction:
                connector.held_until = monotonic() + seconds + hold
        self._switch_off(seconds)
        self.uplink.hang_up()
        self.refresh()

    async def network_cut(self, seconds: float = 0.0) -> None:
        """Cut the network: no close frame, and charging continues."""
        self.uplink.stay_off(seconds)
        self.uplink.hang_up()

    # Used by charge_point

    def startable(self, id_tag: str, connector: int | None) -> Connector | None:
        """Return the connector on which a badge could start a transaction now."""
        candidates = (
            self.connectors.values()
            if connector is None
            else filter(None, (self.connectors.get(connector),))
        )
        for place in sorted(candidates, key=lambda place: place.car is None):
            if (
                self.accepted.is_set()
                and place.transaction is None
                and place.operative
                and place.fault is None
                and not (place.finished and self.replug_after_stop)
                and (place.reservation is None or place.reservation.id_tag == id_tag)
            ):
                return place
        return None

    def remotely_startable(
        self, id_tag: str, connector: int | None
    ) -> Connector | None:
        """Return the connector on which a remote start is possible."""
        keys = self.firmware.remote_start_keys
        place = self.startable(id_tag, connector)
        unplugged = self.product.unplugged_start_key
        if (keys and not any(map(self._is_on, keys))) or (
            place and place.car is None and unplugged and not self._is_on(unplugged)
        ):
            return None
        return place

    async def remote_start(
        self, connector: Connector, id_tag: str, profile: Profile | None
    ) -> None:
        """Perform an accepted RemoteStartTransaction."""
        if self.configuration.boolean(
            "AuthorizeRemoteTxRequests"
        ) and not await self._authorize(id_tag):
            return
        if profile:
            self.profiles.install(profile)
        self._permit(connector, id_tag)

    def end(
        self, connector: Connector, reason: Reason, id_tag: str | None = None
    ) -> None:
        """Stop the transaction of a connector, if it has one."""
        running = connector.transaction
        if running is None:
            return
        self._settle()
        stopped = stamp(now())
        meter_stop = round(connector.energy)
        samples = [
            *running.samples,
            *self._meter_values(connector, "StopTxnSampledData", "Transaction.End"),
        ]
        connector.transaction = None
        connector.finished = connector.car is not None
        if connector.becomes_operative is not None:
            connector.operative = connector.becomes_operative
            connector.becomes_operative = None
        self.profiles.clear(connector=connector.id, purpose=Purpose.TX)
        self.uplink.outbox.post(
            Message(
                lambda: call.StopTransaction(
                    meter_stop=meter_stop,
                    timestamp=stopped,
                    transaction_id=running.wire_id,
                    reason=reason,
                    id_tag=id_tag,
                    transaction_data=samples or None,
                ),
                durable=True,
            )
        )
        self.save()
        self.refresh()

    def set_operative(self, operative: bool, connector: int) -> bool:
        """Change the availability; return whether that is scheduled for later."""
        if connector == 0:
            self.operative = operative
        scheduled = False
        for place in self.connectors.values():
            if connector in (0, place.id):
                if place.transaction:
                    place.becomes_operative = operative
                    scheduled = True
                else:
                    place.operative = operative
        self.save()
        return scheduled

    async def reset(self, *, hard: bool) -> None:
        """Restart: a soft reset sends StopTransaction before, a hard one after."""
        for connector in self.connectors.values():
            self.end(connector, Reason.hard_reset if hard else Reason.soft_reset)
        if not hard:
            with suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await self.uplink.outbox.drained()
        self._switch_off(self.boot_time)
        await self.uplink.close()

    def composite(self, connector: int, at: datetime, duration: float) -> list[Period]:
        """Return the composite schedule."""
        place = self.connectors.get(connector)
        running = place.transaction if place else None
        return self.profiles.composite(
            connector,
            at,
            duration,
            self._installed(place),
            running.started if running else None,
        )

    @property
    def rate_units(self) -> frozenset[str]:
        """The units in which a limit can be given."""
        own = self.product.charging.unit
        key = self.product.watts_key
        if key and "Power" in self.configuration[key]:
            return frozenset({own, RateUnit.WATT})
        return frozenset({own})

    def in_own_unit(self, profile: Profile) -> Profile:
        """Return a profile with limits converted to the unit of the charger."""
        if profile.unit == self.product.charging.unit:
            return profile
        factor = 1 / sum(self._voltages)
        periods = tuple(Period(p.start, p.limit * factor) for p in profile.periods)
        return replace(profile, unit=str(self.product.charging.unit), periods=periods)

    def blink(self) -> None:
        """Blink for some time."""
        self.blinks += 1
        self.blinking_since = now()

    def boot_again(self) -> None:
        """Send another BootNotification."""
        self.uplink.boot_due.set()

    def post_heartbeat(self) -> None:
        """Send a Heartbeat."""
        self.post(call.Heartbeat())

    def post_status(self, connector: int | None) -> None:
        """Send the status of a connector, or of all and the charger itself."""
        for number in (0, *self.connectors) if connector is None else (connector,):
            self._announced.pop(number, None)
        self.refresh()

    def post_meter_values(
        self,
        context: str,
        connector: int | None = None,
        key: str = "MeterValuesSampledData",
        *,
        idle: bool = True,
    ) -> None:
        """Send the measurands that a key lists, of one connector or of all.

        Connectors without a transaction are included only if `idle`.
        """
        self._settle()
        for place in self.connectors.values():
            if (
                connector in (None, place.id)
                and (idle or place.transaction)
                and (values := self._meter_values(place, key, context))
            ):
                self._post_values(place, values)

    def post(self, payload: Any) -> None:
        """Queue a call; it is lost at a power cut."""
        self.uplink.outbox.post(Message(lambda: payload))

    async def progress(
        self,
        message: Callable[[Any], Any],
        steps: Steps,
        transfer: Transfer,
        delay: float = 0.0,
    ) -> None:
        """Transfer a file, and send its statuses."""
        await asyncio.sleep(delay)
        await self._post_slowly(map(message, steps.begun))
        done = await transfer()
        await self._post_slowly(map(message, steps.done if done else steps.failed))

    async def _post_slowly(self, payloads: Iterable[Any]) -> None:
        for payload in payloads:
            self.post(payload)
            await asyncio.sleep(STEP_SECONDS)

    def spawn(self, action: Callable[[], Awaitable[None] | None]) -> None:
        """Call a function; run a coroutine that it returns as a task."""
        outcome = action()
        if inspect.iscoroutine(outcome) and self._group:
            self._group.create_task(outcome)

    def note_received(self, action: str, payload: dict[str, Any]) -> None:
        """Record a received call."""
        self.received.append(Received(action, payload))
        del self.received[:-_HISTORY]

    def note_sent(self, call_id: str, action: str, payload: dict[str, Any]) -> None:
        """Record a sent call."""
        self.sent.append(Sent(call_id, action, payload))
        del self.sent[:-_HISTORY]

    def note_answer(self, call_id: str, *rest: Any) -> None:
        """Record the answer to a sent call."""
        for entry in reversed(self.sent):
            if entry.id == call_id:
                if isinstance(rest[0], dict):
                    entry.answer = rest[0]
                else:
                    entry.error = rest[0]
                return

    # Background tasks

    async def _run(self, running: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            self._group = group
            group.create_task(self._sample())
            group.create_task(self._sample_by_the_clock())
            running.set()
            await self.uplink.run()

    async def _sample(self) -> None:
        while True:
            await self.interval("MeterValueSampleInterval")
            if self.accepted.is_set():
                self.post_meter_values("Sample.Periodic", idle=False)

    async def _sample_by_the_clock(self) -> None:
        while True:
            await self.interval("ClockAlignedDataInterval", by_the_clock=True)
            if self.accepted.is_set() and self.product.clock_aligned:
                self.post_meter_values(
                    "Sample.Clock",
                    key="MeterValuesAlignedData",
                    idle=self.product.clock_aligned_when_idle,
                )

    async def interval(self, key: str, *, by_the_clock: bool = False) -> None:
        """Wait for the interval in a key, which may change meanwhile; 0 disables it."""
        while True:
            delay: float | None = self.configuration.number(key) or None
            if delay and by_the_clock:
                delay -= time() % delay
            try:
                async with asyncio.timeout(delay):
                    await self.configuration.changed()
            except TimeoutError:
                return

    def _is_on(self, key: str) -> bool:
        return self.configuration.boolean(key)

    def _switch_off(self, seconds: float) -> None:
        for connector in self.connectors.values():
            connector.permission = None
            connector.finished = False
        self.identity = self.configuration.get("BoxIdentifier") or self.identity
        self._number_plugs()
        self.uplink.lose_power(seconds)

    def _number_plugs(self) -> None:
        """Create connectors for the plugs; existing ones are kept."""
        before = self.connectors
        self.connectors = {}
        numbering = self.product.connectors(self._plugs, self.configuration)
        for number, plugs in enumerate(numbering, 1):
            connector = self.connectors[number] = before.get(number) or Connector(
                id=number,
                plugs=plugs,
                plug=plugs[0],
                voltages=self._voltages,
                voltage_swing=self.product.voltage_swing,
                settled=monotonic(),
            )
            connector.plugs = plugs
            if connector.plug not in plugs:
                connector.unplug()
                connector.plug = plugs[0]
        self.configuration["NumberOfConnectors"] = str(len(numbering))

    # Transactions

    @property
    def _is_free(self) -> bool:
        """Whether free charging is enabled in the configuration."""
        key, value = self.firmware.free_charging
        return self.configuration[key].casefold() == value.casefold()

    async def _authorize(self, id_tag: str) -> bool:
        """Authorize a badge, locally or by the central system."""
        if self.configuration.boolean("LocalPreAuthorize") and self.badges.accepts(
            id_tag, default=False
        ):
            return True
        answer = await self.uplink.ask(call.Authorize(id_tag))
        if answer is None:
            unknown = self.configuration.boolean("AllowOfflineTxForUnknownId")
            known = self.configuration.boolean("LocalAuthorizeOffline")
            return self.badges.accepts(id_tag, default=unknown) if known else unknown
        status: str = answer.id_tag_info["status"]
        if self.configuration.boolean("AuthorizationCacheEnabled"):
            self.badges.cached[id_tag] = status
        return status == AuthorizationStatus.accepted

    def _permit(self, connector: Connector, id_tag: str) -> None:
        if connector.transaction:
            return
        patience = self.configuration.number("ConnectionTimeOut", 60)
        connector.permission = Permission(id_tag, monotonic() + patience)
        connector.finished = False
        self.refresh()

    def _begin(self, connector: Connector, id_tag: str) -> None:
        reserved = connector.reservation
        started = now()
        running = Transaction(
            id_tag=id_tag,
            started=started,
            meter_start=round(connector.energy),
            reservation_id=reserved.id if reserved else None,
            samples=self._meter_values(
                connector, "StopTxnSampledData", "Transaction.Begin"
            ),
        )
        connector.transaction = running
        connector.permission = None
        connector.reservation = None

        def started_with(answer: Any) -> None:
            running.id = answer.transaction_id
            accepted = answer.id_tag_info["status"] == AuthorizationStatus.accepted
            if (
                not accepted
                and connector.transaction is running
                and self.configuration.boolean("StopTransactionOnInvalidId", True)
            ):
                self.end(connector, Reason.de_authorized)

        self.uplink.outbox.post(
            Message(
                lambda: call.StartTransaction(
                    connector_id=connector.id,
                    id_tag=id_tag,
                    meter_start=running.meter_start,
                    timestamp=stamp(started),
                    reservation_id=running.reservation_id,
                ),
                durable=True,
                answered=started_with,
            )
        )

    def _meter_values(
        self, connector: Connector, key: str, context: str
    ) -> list[dict[str, object]]:
        sampled = self.measurands.sample(
            self.configuration[key], connector.reading(), context
        )
        return (
            [{"timestamp": stamp(now()), "sampled_value": sampled}] if sampled else []
        )

    def _post_values(
        self, connector: Connector, values: list[dict[str, object]]
    ) -> None:
        running = connector.transaction
        self.uplink.outbox.post(
            Message(
                lambda: call.MeterValues(
                    connector_id=connector.id,
                    meter_value=values,
                    transaction_id=running.wire_id if running else None,
                ),
                durable=running is not None,
            )
        )

    # Updates after any change

    def report_anew(self) -> None:
        """Send the status of all connectors, as after a boot."""
        self._announced.clear()
        self.refresh()

    def refresh(self) -> None:
        """Update offers, transactions and statuses, and send what has changed."""
        self._settle()
        available = (
            ChargePointStatus.available
            if self.operative
            else ChargePointStatus.unavailable
        )
        self._announce(0, available, None)
        for connector in self.connectors.values():
            self._expire(connector)
            self._begin_if_due(connector)
        for connector in self.connectors.values():
            connector.offer(self._offer(connector))
            self._announce(connector.id, connector.status, connector.fault)
        self._wake_later()

    def _settle(self) -> None:
        at = monotonic()
        for connector in self.connectors.values():
            connector.settle(at, self.speed)

    def _expire(self, connector: Connector) -> None:
        if connector.permission and connector.permission.expires <= monotonic():
            connector.permission = None
            self.profiles.clear(connector=connector.id, purpose=Purpose.TX)
        if connector.reservation and connector.reservation.expires <= now():
            connector.reservation = None

    def _begin_if_due(self, connector: Connector) -> None:
        free = self.free_charging or self._is_free
        if connector.permission:
            id_tag = connector.permission.id_tag
        elif free and not connector.finished:
            id_tag = self.configuration["DefaultIdTag"]
        else:
            return
        if connector.car and self.startable(id_tag, connector.id):
            self._begin(connector, id_tag)

    def _installed(self, connector: Connector | None) -> float:
        """Return the maximum of the installation, in the unit of the limits.

        For a connector, or for the whole charger if it is None.
        """
        charging = self.product.charging
        limit = min(self._rating, *map(self._maximum, charging.maximum_keys))
        if connector is None:
            return limit
        if self.product.shares_power:
            running = sum(
                other.transaction is not None for other in self.connectors.values()
            )
            limit /= max(running, 1)
        keys = charging.connector_maximum_keys[connector.id - 1 : connector.id]
        carried = min(
            self.cable_current,
            self.product.plug_currents[connector.plug],
            self.configuration.number(
                self.product.plug_current_keys.get(connector.plug, ""), inf
            ),
        )
        return min(
            limit, carried * self._per_ampere(connector), *map(self._maximum, keys)
        )

    def _maximum(self, key: str) -> float:
        """Return a key's value in the unit of the limits; keys for W are in kW."""
        value = self.configuration.number(key, inf)
        return value * 1000 if self.product.charging.unit is RateUnit.WATT else value

    def _per_ampere(self, connector: Connector) -> float:
        """Return the value of 1 A in the unit of the limits."""
        if self.product.charging.unit is RateUnit.WATT:
            return connector.voltage * connector.phases
        return 1.0

    def _offer(self, connector: Connector) -> float:
        """Return the current to offer to a car, in A.

        Limits in A are rounded down to whole ones, like the signal to the car.
        """
        running = connector.transaction
        if running is None or connector.fault or monotonic() < connector.held_until:
            return 0.0
        charging = self.product.charging
        limit = self._installed(connector)
        asked = self.profiles.limit(connector.id, now(), running.started)
        if asked is not None and connector.plug not in charging.unlimited_plugs:
            limit = min(limit, asked)
        if limit < charging.minimum:
            return self.product.residual_current
        current = limit / self._per_ampere(connector)
        return float(floor(current)) if charging.unit is RateUnit.AMPERE else current

    def _announce(
        self, number: int, status: ChargePointStatus, fault: Fault | None
    ) -> None:
        news = (status, fault.code if fault else None)
        if not self.accepted.is_set() or self._announced.get(number) == news:
            return
        self._announced[number] = news
        optional = {
            "info": "",
            "timestamp": stamp(now()),
            "vendor_id": self.product.facts.manufacturer,
            "vendor_error_code": self.product.no_error_code,
        }
        told = {name: optional[name] for name in self.product.status_fields}
        if fault:
            told["vendor_error_code"] = fault.code
        self.post(
            call.StatusNotification(
                connector_id=number,
                error_code=ChargePointErrorCode(
                    fault.error_code if fault else ChargePointErrorCode.no_error
                ),
                status=status,
                **told,
            )
        )

    def _wake_later(self) -> None:
        """Schedule the next update at the time when something will change."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        delays = [
            delay
            for connector in self.connectors.values()
            for delay in self._delays(connector)
        ]
        if delays:
            loop = asyncio.get_running_loop()
            delay = max(0.05, min(delays))
            self._timer = loop.call_later(delay, self.refresh)

    def _delays(self, connector: Connector) -> Iterable[float]:
        at = now()
        if connector.permission:
            yield connector.permission.expires - monotonic()
        if connector.reservation:
            yield (connector.reservation.expires - at).total_seconds()
        if connector.transaction:
            if (held := connector.held_until - monotonic()) > 0:
                yield held
            change = self.profiles.next_change(
                connector.id, at, connector.transaction.started
            )
            if change:
                yield (change - at).total_seconds()
            if (full := connector.seconds_to_full()) is not None:
                yield full / self.speed

    # Stored state

    def save(self) -> None:
        """Write the state that survives a power cut, if there is a state file."""
        if self._state_file:
            state = {
                "configuration": dict(self.configuration),
                "energy": [c.energy for c in self.connectors.values()],
                "operative": [c.operative for c in self.connectors.values()],
            }
            self._state_file.write_text(json.dumps(state, indent=2))

    def _load(self) -> None:
        state: dict[str, Any] = {"configuration": {}, "energy": [], "operative": []}
        if self._state_file and self._state_file.exists():
            state = json.loads(self._state_file.read_text())
        for name, value in state["configuration"].items():
            if name in self.configuration:
                self.configuration[name] = value
        self._number_plugs()
        for connector, energy, operative in zip(
            self.connectors.values(), state["energy"], state["operative"], strict=False
        ):
            connector.energy = energy
            connector.operative = operative
