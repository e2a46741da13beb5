"""A charger: what it is, what it reported, and what can be asked of it.

A charger outlives its connections. A new connection replaces the old one at once, and
what is left of the old one can change nothing any more.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
import logging
from typing import Any

from ...products import PRODUCTS
from ...products.generic import GENERIC
from ...products.model import Fault, Product, Reference
from ..charging.profiles import STATION
from ..charging.ratings import RatingPlate
from ..messages.boot import BootInfo
from ..messages.enums import DiagnosticsStatus, FirmwareStatus
from ..messages.errors import ChargerError, ChargerHungUpError, InvalidCommandError
from ..state.clock import Clock
from ..state.configuration import Configuration
from ..state.reservations import Reservations
from ..state.sessions import Session
from ..transport.connection import Connection
from ..values import (
    ChargerValue,
    ChargerValues,
    ConnectorValue,
    Problems,
    Signal,
    Values,
)
from .badge_reader import BadgeReader
from .charger_limits import ChargerLimits
from .configuration_client import ConfigurationClient
from .connector import Connector
from .credentials import Credentials
from .identification import find_product
from .identity_binding import IdentityBinding
from .limit_writer import LimitWriter
from .link import Link
from .local_list import SEND_LOCAL_LIST, LocalList
from .settings import ChargerSettings, Shared
from .station_faults import StationFaults
from .station_limit import StationLimit
from .vendor_messages import VendorMessages

_LOGGER = logging.getLogger(__name__)


class Charger:
    """One charger, made of parts that own their state.

    `values` holds what it reports of itself, and `problems` what its owner has to see
    to: what there is to say of each problem, None when it is over. `structure_changed`
    tells that there is something new to show of it, `security_event` and `booted`
    that something happened, `changed` that what is kept of it changed.
    """

    def __init__(
        self,
        identity: str,
        settings: ChargerSettings,
        shared: Shared,
        password: str | None = None,
    ) -> None:
        """Start with a charger that never connected."""
        self.identity = identity
        self.settings = settings
        self.shared = shared
        self.product = PRODUCTS.get(settings.product or "", GENERIC)
        self.boot: BootInfo | None = None
        self.connectors: dict[int, Connector] = {}
        self.connectors_known = False
        self.station_faults = StationFaults()
        self.structure_changed = Signal[()]()
        self.security_event = Signal[str, str | None]()
        self.booted = Signal[()]()
        self.changed = Signal[()]()
        self.values: ChargerValues = Values()
        self.values.set(ChargerValue.BOOT, None)
        self.problems: Problems = Values()
        self.configuration = Configuration(self.product)
        self.link = Link(identity, self.values)
        self.credentials = Credentials(password)
        self.identity_binding = IdentityBinding(
            self.link, self.credentials, self.problems, settings.serial_number
        )
        self.configuration_client = ConfigurationClient(
            self.link, self.configuration, self.problems
        )
        self.limit_writer = LimitWriter(self.link, self.configuration, self.problems)
        self.local_list = LocalList(self.link, self.configuration, shared.badges)
        self.vendor_messages = VendorMessages(self.link, lambda: self.product)
        self.badge_reader = BadgeReader(
            identity, self.configuration, shared.badges, self._certain_sessions
        )
        self.reservations = Reservations()
        self.clock = Clock(self.problems)
        self.station_limit = StationLimit(
            self.link, self.limit_writer, lambda: self.rating_plate
        )
        self.limits = ChargerLimits(
            self.link,
            self.limit_writer,
            self.configuration,
            self.station_limit,
            self.connectors,
            self.values,
            self.problems,
        )
        self._rating_plate: RatingPlate | None = None
        self._is_structure_due = False
        self._connect_parts()

    def _connect_parts(self) -> None:
        self.values.added.connect(lambda _: self.announce_structure())
        self.configuration.added.connect(lambda _: self.announce_structure())
        self.link.went_offline.connect(self._went_offline)
        self.local_list.turned_on.connect(self._send_local_list)
        self.reservations.changed.connect(self._reservations_changed)
        self.station_limit.changed.connect(self._station_limit_changed)
        for part in (
            self.credentials,
            self.identity_binding,
            self.configuration_client,
            self.limit_writer,
            self.local_list,
        ):
            part.changed.connect(self.changed.send)

    # What it is

    @property
    def name(self) -> str:
        """What logs call the charger: nothing that identifies it."""
        return f"A charger ({self.product.name})"

    @property
    def names(self) -> set[str]:
        """Its identity, and its serial number where it has reported one."""
        serial_number = self.boot.serial_number if self.boot else None
        return {self.identity, *filter(None, [serial_number])}

    @property
    def reference(self) -> Reference | None:
        """The commercial reference, as its owner says or as it reports its model."""
        names = (self.settings.reference, self.boot and self.boot.model)
        known = (self.product.reference(name) for name in names if name)
        return next(filter(None, known), None)

    @property
    def firmware(self) -> str | None:
        """The version of its firmware, where it reported one."""
        return self.boot.firmware_version if self.boot else None

    def supports(self, action: str) -> bool:
        """Tell whether its product and its firmware know an OCPP action."""
        return self.product.supports(action, self.firmware)

    @property
    def rating_plate(self) -> RatingPlate:
        """What the ratings follow from; kept until one of it changes."""
        if self._rating_plate is None:
            self._rating_plate = RatingPlate(
                product=self.product,
                reference=self.reference,
                configuration=self.configuration,
                connectors=len(self.connectors),
                phases=self.settings.phases,
                maximum_current=self.settings.maximum_current,
            )
        return self._rating_plate

    def identify(self) -> None:
        """Find out which product it is."""
        product = find_product(
            self.settings, self.boot, self.configuration, self.problems
        )
        if product is not self.product:
            self._change_product(product)

    def _change_product(self, product: Product) -> None:
        before, now = self.product.smart_charging.unit, product.smart_charging.unit
        self.product = product
        self.configuration.change_product(product)
        self.limit_writer.forget_forms()
        if now is not before:
            self.limits.change_unit(before, now)
        self.ratings_changed()
        self.values.notify(ChargerValue.BOOT)
        self.announce_structure()

    def change_settings(self, settings: ChargerSettings) -> None:
        """Take over what the owner says of the charger now."""
        self.settings = settings
        self.identify()
        self.values.notify(ChargerValue.BOOT)
        self.limits_changed()
        if settings.manage_configuration:
            self.link.spawn_command(self.limits.apply)
        self.announce_structure()

    # Its connections

    def attach(self, connection: Connection) -> None:
        """Use a new connection; the old one is closed."""
        if not self.link.is_available:
            _LOGGER.info("%s is connected", self.name)
        self.credentials.signed_in(connection.presents)
        self.limits.forget()
        self.identity_binding.attach(connection)

    def _went_offline(self) -> None:
        _LOGGER.info("%s is no longer connected", self.name)
        for connector in self.connectors.values():
            connector.offline()

    async def close(self) -> None:
        """Stop everything: the charger is not served any more."""
        self.release()
        if self.link.connection is not None:
            await self.link.connection.close("not served any more")

    def release(self) -> None:
        """Tell nobody of what is to come, and stop all timers."""
        self.structure_changed.close()
        self.problems.close()
        self.link.close()
        self.identity_binding.close()
        self.reservations.close()
        for connector in self.connectors.values():
            connector.close()

    # What it reports

    def report_seen(self, at: datetime) -> None:
        """Take over when the charger sent something last."""
        self.values.set(ChargerValue.LAST_SEEN, at)

    def report_boot(self, boot: BootInfo) -> None:
        """Take over a BootNotification: nothing of what was set is certain any more."""
        self.take_boot(boot)
        now = datetime.now(UTC).replace(microsecond=0)
        self.values.set(ChargerValue.LAST_BOOT, now)
        self.configuration_client.restarted()
        self.local_list.restarted()
        self.limits.forget()
        for connector in self.connectors.values():
            connector.rebooted()
        self.booted.send()
        self.changed.send()

    def take_boot(self, boot: BootInfo) -> None:
        """Take over what a BootNotification says of the charger."""
        if self.boot and self.boot.firmware_version != boot.firmware_version:
            self._firmware_changed()
        serial_numbers = {self.boot and self.boot.serial_number, boot.serial_number}
        if len(serial_numbers - {None}) > 1:
            self._replaced()
        self.boot = boot
        self.identity_binding.bind(boot)
        self.identify()
        self.ratings_changed()
        self.values.set(ChargerValue.BOOT, boot)

    def _replaced(self) -> None:
        """Forget what another charger under this identity reported and was sent."""
        self.configuration_client.forget_charger()
        self.local_list.forget_charger()
        self.limit_writer.forget_forms()
        for connector in self.connectors.values():
            connector.readings.forget()

    def _firmware_changed(self) -> None:
        """Take an installation for done, whether or not the charger reports that."""
        status = self.firmware_status
        self.limit_writer.forget_forms()
        self.values.set(ChargerValue.FIRMWARE_UPDATE, None)
        if status is not None and status.in_progress:
            self.values.set(ChargerValue.FIRMWARE_STATUS, FirmwareStatus.INSTALLED)

    @property
    def firmware_status(self) -> FirmwareStatus | None:
        """How far the installation of a firmware is."""
        return self.values.typed(ChargerValue.FIRMWARE_STATUS, FirmwareStatus)

    def report_firmware_status(self, status: FirmwareStatus) -> None:
        """Take over a FirmwareStatusNotification."""
        if status.is_final:
            self.values.set(ChargerValue.FIRMWARE_UPDATE, None)
        self.values.set(ChargerValue.FIRMWARE_STATUS, status)

    def report_diagnostics_status(self, status: DiagnosticsStatus) -> None:
        """Take over a DiagnosticsStatusNotification."""
        self.values.set(ChargerValue.DIAGNOSTICS_STATUS, status)

    def connector(self, number: int) -> Connector:
        """Return a connector; one that was not known yet is known from now on."""
        if (connector := self.connectors.get(number)) is None:
            connector = self.connectors[number] = Connector(self, number)
            self.announce_structure()
        return connector

    def set_connectors(self, count: int | None) -> None:
        """Take over how many connectors there are, beside those that reported.

        Where the charger does not say, it has at least what its product usually has.
        """
        self.connectors_known = True
        if count is not None:
            for number, connector in tuple(self.connectors.items()):
                if number > count and not connector.is_confirmed:
                    self.connectors.pop(number).close()
        for number in range(1, (count or self.product.usual_connectors) + 1):
            self.connector(number)
        self.announce_structure()

    @property
    def running_sessions(self) -> list[Session]:
        """The sessions that run on its connectors."""
        sessions = (each.sessions.running for each in self.connectors.values())
        return [session for session in sessions if session is not None]

    def _certain_sessions(self) -> list[Session]:
        sessions = (each.sessions.certain for each in self.connectors.values())
        return [session for session in sessions if session is not None]

    def report_station_status(
        self, faults: tuple[Fault, ...], *, has_problem: bool
    ) -> None:
        """Take over a StatusNotification of the station, which all connectors show."""
        connectors = self.connectors.values()
        before = self.station_faults.report(
            faults, has_problem=has_problem, connectors=connectors
        )
        for connector in connectors:
            connector.update_faults()
            connector.values.notify(ConnectorValue.STATION_PROBLEM)
        self.station_faults.announce(STATION, before, faults)

    def announce_structure(self) -> None:
        """Tell soon, once for all that comes together, that there is more to show."""
        self.ratings_changed()
        if not self._is_structure_due:
            self._is_structure_due = True
            asyncio.get_running_loop().call_soon(self._structure_changed)

    def _structure_changed(self) -> None:
        self._is_structure_due = False
        self.structure_changed.send()
        self.changed.send()

    def _reservations_changed(self) -> None:
        for connector in self.connectors.values():
            connector.values.notify(ConnectorValue.RESERVATION)
        self.changed.send()

    # Its limits

    def ratings_changed(self) -> None:
        """Find out the ratings anew: more is known of the charger."""
        self._rating_plate = None
        self.limits.ratings_changed()

    def limits_changed(self) -> None:
        """Tell that the limits may have other bounds."""
        self.ratings_changed()
        self.limits.bounds_changed()

    def _station_limit_changed(self) -> None:
        self.limits_changed()
        self.changed.send()

    # What can be asked of it

    async def reset(self, kind: str) -> None:
        """Restart the charger: Soft ends what runs first, Hard does not.

        One that hangs up before it answers restarts already.
        """
        with suppress(ChargerHungUpError):
            await self.link.command("Reset", {"type": kind})

    def badges_changed(self) -> None:
        """Take over that other badges are registered, or by other names."""
        for connector in self.connectors.values():
            connector.values.notify(ConnectorValue.SESSION)
            connector.values.notify(ConnectorValue.RESERVATION)
        self._send_local_list()

    def _send_local_list(self) -> None:
        self.link.spawn_command(self.keep_local_list)

    async def keep_local_list(self) -> None:
        """Keep the charger's local list up to date; a failure is logged and raised."""
        if not self.settings.manage_configuration or not self.supports(SEND_LOCAL_LIST):
            return
        try:
            await self.local_list.keep_up_to_date()
        except (ChargerError, InvalidCommandError) as error:
            _LOGGER.warning(
                "%s: its local list of badges is not up to date: %s", self.name, error
            )
            raise

    # What is kept

    def data(self) -> dict[str, Any]:
        """Return what is kept of the charger, as JSON."""
        return {
            "boot": self.boot and asdict(self.boot),
            "values": sorted(self.values),
            "connectors_known": self.connectors_known,
            "connectors": {
                str(number): connector.data()
                for number, connector in self.connectors.items()
            },
            **self.configuration_client.data(),
            **self.local_list.data(),
            **self.credentials.data(),
            **self.identity_binding.data(),
            **self.reservations.data(),
            **self.station_limit.data(),
            **self.limit_writer.data(),
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept: all that it reported is there, its values unknown."""
        if boot := data.get("boot"):
            self.boot = BootInfo(**boot)
            self.identity_binding.bind(self.boot)
            self.identify()
            self.values.set(ChargerValue.BOOT, self.boot)
        self.configuration_client.restore(data)
        self.identify()
        names = [name for name in ChargerValue if name in data["values"]]
        self.values.update({name: None for name in names if name not in self.values})
        self.station_limit.restore(data)
        self.limit_writer.restore(data)
        self.local_list.restore(data)
        self.credentials.restore(data)
        self.identity_binding.restore(data)
        self.reservations.restore(data)
        for number, kept in data["connectors"].items():
            self.connector(int(number)).restore(kept)
        if data["connectors_known"]:
            self.connectors_known = True
            self.announce_structure()
