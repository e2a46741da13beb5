"""A charger: what it is, what it reported, and what can be asked of it.

A charger outlives its connections. A new connection replaces the old one at once, and
what the old one leaves behind touches nothing of the new one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
import logging
from typing import Any, Final, Protocol

from ...products import PRODUCTS, fingerprint, identify
from ...products.generic import GENERIC
from ...products.model import Direction, Fault, Product, Purpose, RateUnit
from ..charging.limiter import NO_LIMIT, Limit, Limiter
from ..charging.profiles import limit_profiles
from ..charging.ratings import maximum_limit
from ..messages.boot import BootInfo
from ..messages.enums import FirmwareStatus
from ..messages.errors import (
    CertificateError,
    ChargerCallError,
    ChargerError,
    ChargerOfflineError,
    ChargerRefusedError,
    InvalidCommandError,
    UnservedActionError,
)
from ..messages.payload import Json
from ..state.badges import Badges
from ..state.clock import Clock
from ..state.configuration import Configuration, ConfigurationItem, read_items
from ..state.duplicate_identity import Rivals
from ..state.reservations import Reservations
from ..state.sessions import UNKNOWN_ID, Journal, Session
from ..transport.connection import Connection
from ..transport.trace import Trace
from ..values import Values
from .badge_reader import BadgeReader
from .commissioning import MANAGED_KEYS, commission, judge_readings, read_state
from .connector import Connector
from .handlers import HANDLERS
from .local_list import (
    ENABLED as LOCAL_LIST_ENABLED,
    Entries,
    is_up_to_date,
    synchronise,
)
from .results import OUTCOMES, REBOOT_REQUIRED, RESTART_REQUIRED

_LOGGER = logging.getLogger(__name__)

OFFLINE_AFTER = 5.0
"""Seconds without a connection after which a charger is offline."""

_BOOT_GRACE = 5.0
"""Seconds that a new connection has to begin with a BootNotification."""

LIMITS_REFUSED: Final = "limits_refused"
WRONG_PASSWORD: Final = "wrong_password"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChargerSettings:
    """What the owner says of a charger. `maximum_current` is in A.

    One with a `password` has to sign in.
    """

    product: str | None = None
    phases: int | None = None
    maximum_current: float | None = None
    manage_configuration: bool = True
    password: str | None = field(default=None, repr=False)


class Host(Protocol):
    """What a charger needs of the central system that hosts it."""

    @property
    def heartbeat_interval(self) -> int:
        """The seconds between two heartbeats."""

    @property
    def journal(self) -> Journal:
        """Where sessions are recorded."""

    @property
    def badges(self) -> Badges:
        """Which badges may charge."""

    @property
    def sign_request(self) -> Callable[[str], Awaitable[str]] | None:
        """How requests for certificates are signed, None where that is refused."""

    def charger_changed(self, charger: Charger) -> None:
        """Hear that what is kept of the charger changed."""

    def password_changed(self, charger: Charger) -> None:
        """Hear that the charger took another password."""


class Charger:
    """One charger.

    `values` holds, under the keys of the entities, what it reports of itself, and
    `problems` what its owner has to see to: under the name of each problem what there
    is to tell of it, None when it is over. `new_password` is one that it may sign in
    with as well, for as long as it is not certain which of the two it has.
    `structure_listeners` are told when there is something new to show of it,
    `fault_listeners` and `security_listeners` when something happened.
    """

    def __init__(self, host: Host, identity: str, settings: ChargerSettings) -> None:
        """Start with a charger that never dialled in."""
        self._host = host
        self._structure_is_due = False
        self.identity = identity
        self.settings = settings
        self.new_password: str | None = None
        self.boot: BootInfo | None = None
        self.product = PRODUCTS.get(settings.product or "", GENERIC)
        self.connection: Connection | None = None
        self.connectors: dict[int, Connector] = {}
        self.structure_listeners: list[Callable[[], None]] = []
        self.fault_listeners: list[Callable[[Connector | None, Fault], None]] = []
        self.security_listeners: list[Callable[[str, str | None], None]] = []
        self.values = Values(on_new=lambda _: self.structure_changed())
        self.values.update({"available": False, "boot": None})
        self.problems = Values()
        self.clock = Clock(self.problems)
        self.trace = Trace()
        self.connectors_known = False
        self.station_faults: tuple[Fault, ...] = ()
        self.station_has_problem = False
        self.estimates: frozenset[str] = frozenset()
        self.accepted_measurands: dict[str, str] = {}
        self.local_list: Entries = {}
        self.local_list_version: int | None = None
        self.chosen_configuration: dict[str, str] = {}
        self.configuration = Configuration(
            self.product, on_new=lambda _: self.structure_changed()
        )
        self.station_limiter = Limiter(
            resolve=lambda limit: limit.value or self.maximum_limit,
            send=lambda value: self.send_limit(0, value, None),
            start=self.start,
            changed=self._station_limit_changed,
        )
        self.badge_reader = BadgeReader(self)
        self.reservations = Reservations(self._reservations_changed)
        self.restart_required: set[str] = set()
        self._addresses = Rivals(self.problems)
        self._serial_numbers = Rivals(self.problems)
        self._synchronising = asyncio.Lock()
        self._commissioned = False
        self._commissioning: asyncio.Task[None] | None = None
        self._spoke = asyncio.Event()
        self._going_offline: asyncio.TimerHandle | None = None

    # What it is

    def identify(self) -> None:
        """Find out what product it is.

        The owner's word counts, then what the charger calls itself, then which
        configuration keys it has.
        """
        product = PRODUCTS.get(self.settings.product or "")
        if product is None:
            product = identify(self.boot.vendor, self.boot.model) if self.boot else None
            if product in (None, GENERIC):
                product = fingerprint(self.configuration) or GENERIC
        if product is not None and product is not self.product:
            if _rate_unit(product) is not _rate_unit(self.product):
                self._forget_wishes()
            self.product = product
            self.configuration.change_product(product)
            self.ratings_changed()
            self.values.notify("boot")
            self.structure_changed()

    @property
    def journal(self) -> Journal:
        """Where sessions are recorded."""
        return self._host.journal

    @property
    def badges(self) -> Badges:
        """Which badges may charge."""
        return self._host.badges

    @property
    def heartbeat_interval(self) -> int:
        """The seconds between two heartbeats."""
        return self._host.heartbeat_interval

    @property
    def connected(self) -> bool:
        """Whether a websocket is open."""
        return self.connection is not None

    @property
    def is_being_commissioned(self) -> bool:
        """Whether it is only on its way to what it is to be set to."""
        return self._commissioning is not None and not self._commissioning.done()

    @property
    def maximum_limit(self) -> float:
        """The largest limit that makes sense for the station."""
        return maximum_limit(self)

    @property
    def minimum_limit(self) -> float:
        """The smallest charging limit other than 0 that the hardware can follow."""
        charging = self.product.smart_charging
        return 0 if charging is None else charging.minimum

    @property
    def station_limit(self) -> float:
        """The limit that is asked for the station as a whole."""
        return self.station_limiter.asked.value or self.maximum_limit

    @property
    def has_station_limit(self) -> bool:
        """Whether the product limits the station as a whole."""
        charging = self.product.smart_charging
        return charging is not None and Purpose.CHARGE_POINT_MAX in charging.purposes

    # Its connections

    def admits(self, presents: Callable[[str], bool]) -> bool:
        """Tell whether somebody may pass for the charger, by the password he presents."""
        matches = [
            presents(password)
            for password in (self.settings.password, self.new_password)
            if password is not None
        ]
        return self.settings.password is None or True in matches

    def password_taken(self, password: str, *, in_force: bool) -> None:
        """Hear that the charger took a password: once in force, it is the only one.

        A charger that does not have to sign in does not have to from now on either.
        """
        if self.settings.password is None:
            return
        if not in_force:
            self.new_password = password
            return
        self.new_password = None
        self.settings = replace(self.settings, password=password or None)
        self._host.password_changed(self)

    def attach(self, connection: Connection) -> None:
        """Take a new connection for the charger's own; the old one is closed."""
        if (old := self.connection) is not None:
            _LOGGER.debug("%s dialled again", self.identity)
            self._addresses.came(old.address)
            self._addresses.came(connection.address)
            old.hang_up("replaced by a new connection")
        if self._going_offline is not None:
            self._going_offline.cancel()
        self.connection = connection
        connection.receiver = self
        connection.trace = self.trace
        if self.new_password is not None and connection.presents(self.new_password):
            self.password_taken(self.new_password, in_force=True)
        self._spoke = asyncio.Event()
        self.forget_limits()
        self._commissioning = connection.create_task(self._settle(self._spoke))
        if not self.values.get("available"):
            _LOGGER.info("%s is connected", self.name)
        self.values.set("available", True)
        self.values.notify("connection")

    def adopt(self, connection: Connection, boot: BootInfo | None) -> None:
        """Take over a connection on which the charger waits to be accepted."""
        if boot is not None:
            self._take_boot(boot)
        self.attach(connection)
        if self.settings.manage_configuration:
            self.attempt(partial(self.trigger, "BootNotification"))

    def detach(self, connection: Connection) -> None:
        """Let go of a connection that ended, if it is still the charger's own."""
        if self.connection is not connection:
            return
        self.connection = None
        self.values.notify("connection")
        self._going_offline = asyncio.get_running_loop().call_later(
            OFFLINE_AFTER, self._offline
        )

    def _offline(self) -> None:
        _LOGGER.info("%s is not connected any more", self.name)
        self.values.set("available", False)
        for connector in self.connectors.values():
            connector.forget_flows()

    async def close(self) -> None:
        """Let go of everything: the charger is not served any more."""
        self.release()
        if self.connection is not None:
            await self.connection.close("not served any more")

    def release(self) -> None:
        """Tell nobody of anything to come, and have nothing happen by itself."""
        self.structure_listeners.clear()
        if self._going_offline is not None:
            self._going_offline.cancel()
        self._addresses.close()
        self._serial_numbers.close()
        self.reservations.close()
        for connector in self.connectors.values():
            connector.close()

    @property
    def name(self) -> str:
        """What logs call the charger: nothing that would identify it."""
        return f"A charger ({self.product.name})"

    async def receive(self, action: str, payload: Json) -> Json:
        """Serve a call of the charger."""
        if (handler := HANDLERS.get(action)) is None:
            raise UnservedActionError
        self.values.set("last_seen", datetime.now(UTC).replace(second=0, microsecond=0))
        answer = handler(self, payload)
        if not isinstance(answer, Mapping):
            answer = await answer
        self._spoke.set()
        return answer

    async def _settle(self, spoke: asyncio.Event) -> None:
        """Serve a charger that reconnects without a BootNotification as it was."""
        try:
            async with asyncio.timeout(_BOOT_GRACE):
                await spoke.wait()
        except TimeoutError:
            pass
        await self._commission(anew=not self._commissioned)

    def booted(self, boot: BootInfo) -> None:
        """Take over a BootNotification: nothing of what was set is certain any more."""
        self._take_boot(boot)
        if boot.serial_number is not None:
            self._serial_numbers.came(boot.serial_number)
        self.values.set("last_boot", datetime.now(UTC).replace(microsecond=0))
        self.restart_required.clear()
        self.report_restart_required()
        self.forget_limits()
        for connector in self.connectors.values():
            connector.reported = False
            connector.forget_flows()
        self._commission_anew()
        self.memory_changed()

    def report_restart_required(self) -> None:
        """Tell whether settings wait for a restart of the charger."""
        keys = ", ".join(sorted(self.restart_required))
        self.problems.set(RESTART_REQUIRED, {"keys": keys} if keys else None)

    def _reservations_changed(self) -> None:
        for connector in self.connectors.values():
            connector.values.notify("reservation")
        self.memory_changed()

    def change_settings(self, settings: ChargerSettings) -> None:
        """Take over what the owner says of the charger now."""
        if settings == self.settings:
            return
        if settings.password != self.settings.password:
            self.problems.set(WRONG_PASSWORD, None)
        is_managed_as_before = (
            settings.manage_configuration is self.settings.manage_configuration
        )
        self.settings = settings
        self.identify()
        self.values.notify("boot")
        self.limits_changed()
        for limiter in self._limiters:
            self.start(self.apply(limiter))
        if not is_managed_as_before:
            self._commission_anew()
        self.structure_changed()

    def ratings_changed(self) -> None:
        """Find out anew what the connectors can do: more is known of the charger."""
        for connector in self.connectors.values():
            connector.forget_rating()

    def limits_changed(self) -> None:
        """Tell that the limits may have other bounds."""
        self.ratings_changed()
        self.values.notify("station_limit")
        for connector in self.connectors.values():
            connector.values.notify("limit")
            connector.judge()

    def _take_boot(self, boot: BootInfo) -> None:
        if self.boot and self.boot.firmware_version != boot.firmware_version:
            self._firmware_changed()
        serial_numbers = {self.boot and self.boot.serial_number, boot.serial_number}
        if len(serial_numbers - {None}) > 1:
            self._replaced()
        self.boot = boot
        self.identify()
        self.ratings_changed()
        self.values.set("boot", boot)

    def _replaced(self) -> None:
        """Forget what another charger under this identity told and was told."""
        self.accepted_measurands.clear()
        self.local_list, self.local_list_version = {}, None
        for connector in self.connectors.values():
            connector.forget_readings()

    def _forget_wishes(self) -> None:
        """Ask for no limit any more: what was asked for is in another unit."""
        self.station_limiter.restore(NO_LIMIT)
        for connector in self.connectors.values():
            connector.forget_wishes()

    def _firmware_changed(self) -> None:
        """Take an installation for done, whether or not the charger tells of that."""
        status = self.values.get("firmware_status")
        done = status is not None and status.in_progress
        self.values.update(
            {"firmware_update": None}
            | ({"firmware_status": FirmwareStatus.INSTALLED} if done else {})
        )

    def _commission_anew(self) -> None:
        if self._commissioning is not None:
            self._commissioning.cancel()
        if self.connection is not None:
            self._commissioning = self.connection.create_task(
                self._commission(anew=True)
            )

    async def _commission(self, *, anew: bool) -> None:
        await commission(self, anew=anew)
        self._commissioned = self.settings.manage_configuration
        judge_readings(self)

    def start(self, work: Coroutine[Any, Any, None]) -> bool:
        """Start work that ends with the present connection; tell whether there is one."""
        if self.connection is None:
            work.close()
            return False
        self.connection.create_task(work)
        return True

    def attempt(self, command: Callable[[], Awaitable[object]]) -> None:
        """Start a command of our own accord; that it was not carried out is only noted."""

        async def work() -> None:
            try:
                await command()
            except (ChargerError, InvalidCommandError) as error:
                _LOGGER.debug("%s: %s", self.identity, error)

        self.start(work())

    async def apply(self, limiter: Limiter) -> None:
        """Bring a limit in force of our own accord; a refusal is only noted."""
        if not self.settings.manage_configuration:
            return
        try:
            await limiter.apply()
        except ChargerError as error:
            _LOGGER.debug("%s: %s", self.identity, error)

    # What it reported

    def connector(self, number: int) -> Connector:
        """Return a connector; one that was not known yet is known from now on."""
        if (connector := self.connectors.get(number)) is None:
            connector = self.connectors[number] = Connector(self, number)
            self.structure_changed()
        return connector

    def set_connectors(self, count: int | None) -> None:
        """Know that there are so many connectors, beside those that reported.

        Where the charger does not say, it has at least what its product usually has.
        """
        self.connectors_known = True
        if count is not None:
            for number, connector in tuple(self.connectors.items()):
                if number > count and not connector.is_sure:
                    self.connectors.pop(number).close()
        for number in range(1, (count or self.product.usual_connectors) + 1):
            self.connector(number)
        self.structure_changed()

    def report_station_faults(
        self, faults: tuple[Fault, ...], *, has_problem: bool
    ) -> None:
        """Take over the faults of the whole station, which all connectors show."""
        connectors = self.connectors.values()
        everywhere = tuple(
            fault
            for fault in faults
            if connectors and all(fault in each.all_faults for each in connectors)
        )
        before = self.station_faults + everywhere
        self.station_faults = faults
        self.station_has_problem = has_problem
        for connector in connectors:
            connector.refresh_faults()
            connector.values.notify("station_problem")
        self.report_faults(None, before, faults)

    def report_faults(
        self,
        connector: Connector | None,
        before: tuple[Fault, ...],
        now: tuple[Fault, ...],
    ) -> None:
        """Tell of the faults that were not there before."""
        for fault in now:
            if fault not in before:
                for listener in tuple(self.fault_listeners):
                    listener(connector, fault)

    def session_to_stop(self, transaction_id: int) -> Session | None:
        """Return the session that a StopTransaction ends, None where it ends none.

        One that was only assumed to be over ends now; one that has ended does not end
        again. A charger that never learnt an id ends what runs.
        """
        if transaction_id == UNKNOWN_ID:
            running = [
                connector.session
                for connector in self.connectors.values()
                if connector.session is not None
            ]
            return running[0] if len(running) == 1 else None
        session = self.journal.get(transaction_id)
        if session is None or session.identity != self.identity:
            return None
        return session if session.may_go_on else None

    def report_security_event(self, event: str, details: str | None) -> None:
        """Tell of a security event."""
        for listener in tuple(self.security_listeners):
            listener(event, details)

    def structure_changed(self) -> None:
        """Tell soon, once for all that comes together, that there is more to show."""
        self.ratings_changed()
        if not self._structure_is_due:
            self._structure_is_due = True
            asyncio.get_running_loop().call_soon(self._tell_structure)

    def _tell_structure(self) -> None:
        self._structure_is_due = False
        for listener in tuple(self.structure_listeners):
            listener()
        self.memory_changed()

    def memory_changed(self) -> None:
        """Tell that what is kept of the charger changed."""
        self._host.charger_changed(self)

    # What can be asked of it

    async def call(self, action: str, payload: Json) -> Json:
        """Send a call and return the answer as it came.

        Raises ChargerOfflineError, ChargerTimeoutError or ChargerCallError.
        """
        if self.connection is None:
            raise ChargerOfflineError
        answer = await self.connection.call(action, payload)
        if (outcome := OUTCOMES.get(action)) is not None:
            outcome(self, payload, answer)
        return answer

    async def command(
        self, action: str, payload: Json, *, accepted: frozenset[str] = frozenset()
    ) -> str:
        """Send a call whose answer has a status and return that status.

        Raises ChargerRefusedError where it is neither Accepted nor among `accepted`.
        """
        status = str((await self.call(action, payload)).get("status"))
        if status != "Accepted" and status not in accepted:
            raise ChargerRefusedError(action, status)
        return status

    async def change_configuration(self, name: str, value: str) -> str:
        """Set a configuration key, in the charger's own spelling.

        Returns Accepted or RebootRequired. Raises ChargerRefusedError where the
        charger does not take the value.
        """
        item = self.configuration.item(name)
        spelt = item.name if item else name
        value = self.configuration.wire_value(name, value)
        return await self.command(
            "ChangeConfiguration",
            {"key": spelt, "value": value},
            accepted=frozenset({REBOOT_REQUIRED}),
        )

    async def choose_configuration(self, name: str, value: str) -> str:
        """Set a configuration key for the owner, and read what came of it.

        What commissioning would set otherwise is kept from now on.
        """
        status = await self.change_configuration(name, value)
        await self._read_again(name)
        for managed in MANAGED_KEYS:
            if managed.casefold() == self.configuration.canonical(name).casefold():
                self.chosen_configuration[managed] = value
        self.memory_changed()
        return status

    async def _read_again(self, name: str) -> None:
        """Read a key that was changed, and all where others may change with it."""
        if self.configuration.is_secret(name):
            return
        interlocked = (
            self.configuration.canonical(name) in self.product.interlocked_keys
        )
        try:
            await self.get_configuration([] if interlocked else [name])
        except ChargerError as error:
            _LOGGER.debug("%s: %s", self.identity, error)

    async def get_configuration(
        self, names: Iterable[str] = ()
    ) -> tuple[list[ConfigurationItem], list[str]]:
        """Read some configuration keys, or all; return them and those it lacks."""
        asked = [
            item.name if (item := self.configuration.item(name)) else name
            for name in names
        ]
        answer = await self.call("GetConfiguration", {"key": asked} if asked else {})
        items = list(read_items(answer))
        unknown = answer.get("unknownKey")
        return items, [str(name) for name in unknown] if isinstance(
            unknown, list
        ) else []

    async def send_limit(
        self, connector: int, limit: float, transaction_id: int | None
    ) -> None:
        """Limit a connector, or the station where it is 0."""
        charging = self.product.smart_charging
        if charging is None:
            raise ChargerRefusedError("SetChargingProfile", "NotSupported")
        max_stack_level = self.configuration.integer("ChargeProfileMaxStackLevel")
        refusal: ChargerRefusedError | ChargerCallError | None = None
        for payload in limit_profiles(
            connector,
            limit,
            charging.unit,
            transaction_id=transaction_id,
            max_stack_level=max_stack_level or charging.stack_levels,
            now=datetime.now(UTC),
        ):
            try:
                await self.command("SetChargingProfile", payload)
            except (ChargerRefusedError, ChargerCallError) as error:
                refusal = refusal or error
            else:
                self.problems.set(LIMITS_REFUSED, None)
                return
        if refusal is not None:
            self.problems.set(LIMITS_REFUSED, {"answer": str(refusal)})
            raise refusal

    async def synchronise_badges(self) -> int:
        """Bring the charger's own list up to the registered badges."""
        async with self._synchronising:
            return await synchronise(self)

    def badges_changed(self) -> None:
        """Hear that other badges are registered, or by other names."""
        for connector in self.connectors.values():
            connector.values.notify("session")
            connector.values.notify("reservation")
        self.start(self.keep_badges())

    async def keep_badges(self) -> None:
        """Keep the charger's own list of badges up to date, where it goes by that list."""
        if not self.settings.manage_configuration or not self.configuration.boolean(
            LOCAL_LIST_ENABLED
        ):
            return
        try:
            async with self._synchronising:
                if not is_up_to_date(self):
                    await synchronise(self)
        except (ChargerError, InvalidCommandError) as error:
            _LOGGER.warning(
                "%s: its list of badges is not up to date: %s", self.name, error
            )

    async def reset(self, kind: str) -> None:
        """Restart the charger: Soft ends what runs first, Hard does not."""
        await self.command("Reset", {"type": kind})

    async def set_station_limit(self, value: float) -> None:
        """Limit the station as a whole, in the unit of the product."""
        await self.station_limiter.ask(Limit(value))

    async def apply_limits(self) -> None:
        """Put all limits again, even those that are held for in force.

        Raises ChargerError where the charger refuses one.
        """
        self.forget_limits()
        for limiter in self._limiters:
            await limiter.apply()

    @property
    def _limiters(self) -> tuple[Limiter, ...]:
        connectors = self.connectors.values()
        return (self.station_limiter, *(each.limiter for each in connectors))

    def _station_limit_changed(self) -> None:
        self.limits_changed()
        self.memory_changed()

    def forget_limits(self) -> None:
        """Hold no limit for in force: the charger may have lost them."""
        self.station_limiter.forget()
        for connector in self.connectors.values():
            connector.forget_limit()

    async def remote_start(self, connector: int) -> None:
        """Start a transaction with the tag of Home Assistant."""
        await self.command(
            "RemoteStartTransaction",
            {"connectorId": connector, "idTag": self.badges.remote_id_tag},
        )

    async def trigger(self, message: str, connector: int | None = None) -> None:
        """Have the charger send a message of its own."""
        payload: dict[str, Any] = {"requestedMessage": message}
        if connector is not None:
            payload["connectorId"] = connector
        await self.command("TriggerMessage", payload)

    async def locate(self) -> None:
        """Have the charger show where it is."""
        await self.transfer("Locate")

    async def transfer(self, message_id: str, data: str | None = None) -> Json:
        """Send a vendor message of the product, with the guide's data or with others.

        Raises InvalidCommandError where the product has no such message, ChargerError
        where the charger refuses.
        """
        if self.connection is None:
            raise ChargerOfflineError
        transfer = self.product.data_transfer(Direction.TO_CHARGER, message_id)
        if transfer is None:
            raise InvalidCommandError(
                "operation_not_supported", action=message_id, product=self.product.name
            )
        answer = await self.call(
            "DataTransfer",
            {
                "vendorId": transfer.vendor_id,
                "messageId": transfer.message_id,
                "data": transfer.data if data is None else data,
            },
        )
        if (status := str(answer.get("status"))) != "Accepted":
            raise ChargerRefusedError(message_id, status)
        return answer

    async def certify(self, request: str) -> bool:
        """Send the charger the certificate that it requests; tell whether it gets one."""
        if (sign := self._host.sign_request) is None:
            return False
        try:
            certificate = await sign(request)
        except CertificateError as error:
            _LOGGER.debug("%s: %s", self.identity, error)
            return False
        self.start(self._send_certificate(certificate))
        return True

    async def _send_certificate(self, certificate: str) -> None:
        try:
            await self.command("CertificateSigned", {"certificateChain": certificate})
        except ChargerError as error:
            _LOGGER.warning("%s did not take its certificate: %s", self.name, error)

    async def refresh(self) -> None:
        """Read the configuration and the present state again."""
        await read_state(self)


def _rate_unit(product: Product) -> RateUnit | None:
    """Return the unit of a product's limits."""
    charging = product.smart_charging
    return charging.unit if charging else None
