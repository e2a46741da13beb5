"""OCPP 1.6 of a simulated charger: handlers of the calls that it receives."""

import asyncio
from asyncio import sleep
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
import json
import logging
from random import randrange
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ocpp.routing import on
from ocpp.v16 import ChargePoint as OcppChargePoint, call, call_result as result
from ocpp.v16.enums import (
    Action,
    AvailabilityStatus,
    AvailabilityType,
    CancelReservationStatus,
    CertificateSignedStatus,
    ChargingProfileStatus,
    ClearCacheStatus,
    ClearChargingProfileStatus,
    ConfigurationStatus,
    DataTransferStatus,
    DiagnosticsStatus,
    FirmwareStatus,
    GetCompositeScheduleStatus,
    GetInstalledCertificateStatus,
    LogStatus,
    MessageTrigger,
    Reason,
    RegistrationStatus,
    RemoteStartStopStatus,
    ReservationStatus,
    ResetStatus,
    ResetType,
    TriggerMessageStatus,
    UnlockStatus,
    UpdateFirmwareStatus,
    UpdateStatus,
    UploadLogStatus,
)
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from custom_components.schneider_ev.products.model import Direction, Purpose

from .connector import Reservation
from .profiles import Profile
from .timestamps import now, parse, stamp
from .transfers import Steps, Transfer, fetch, upload

if TYPE_CHECKING:
    from .simulator import Simulator

LOGGER = logging.getLogger(__name__)
LOGGER.setLevel(logging.CRITICAL)

_CALL = 2
_SECURITY_PROFILE = "securityprofile"
_DIAGNOSTICS = Steps(
    (DiagnosticsStatus.uploading,),
    (DiagnosticsStatus.uploaded,),
    (DiagnosticsStatus.upload_failed,),
)
_LOG = Steps(
    (UploadLogStatus.uploading,),
    (UploadLogStatus.uploaded,),
    (UploadLogStatus.upload_failure,),
)
_INSTALLATION = Steps(
    (FirmwareStatus.downloading,),
    (FirmwareStatus.downloaded, FirmwareStatus.installing, FirmwareStatus.installed),
    (FirmwareStatus.download_failed,),
)
_SIGNED_INSTALLATION = Steps(
    (FirmwareStatus.downloading,),
    (
        FirmwareStatus.downloaded,
        FirmwareStatus.signature_verified,
        FirmwareStatus.installing,
        FirmwareStatus.installed,
    ),
    (FirmwareStatus.download_failed,),
)


def answers[**P, R](action: Action) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a method as the handler of an action: `ocpp.routing.on` with types."""
    return cast("Callable[[Callable[P, R]], Callable[P, R]]", on(action))


def _message_id() -> int:
    """Return a numeric message id, like those of an EVlink Pro AC."""
    return randrange(10**8, 10**10)


class _Socket:
    """A websocket that records sent calls."""

    def __init__(self, websocket: ClientConnection, simulator: Simulator) -> None:
        self._websocket = websocket
        self._simulator = simulator

    async def send(self, frame: str) -> None:
        """Send a frame."""
        message = json.loads(frame)
        if message[0] == _CALL:
            self._simulator.note_sent(*message[1:])
        await self._websocket.send(frame)


class ChargePoint(OcppChargePoint):
    """The OCPP connection of a simulator; there is one per websocket."""

    def __init__(self, simulator: Simulator, websocket: ClientConnection) -> None:
        """Connect a simulator to a websocket."""
        super().__init__(  # type: ignore[no-untyped-call]
            simulator.identity,
            _Socket(websocket, simulator),
            response_timeout=simulator.configuration.number(
                "WebsocketRequestTimeout", 10
            ),
            logger=LOGGER,
        )
        if simulator.product.numeric_message_ids:
            self._unique_id_generator = _message_id  # type: ignore[assignment]
        for action in simulator.refused_operations:
            self.route_map.pop(action, None)
        self.simulator = simulator
        self.websocket = websocket
        self._inbox: asyncio.Queue[str] = asyncio.Queue()
        self._closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._afterwards: list[Callable[[], Awaitable[None] | None]] = []

    async def listen(self) -> None:
        """Receive frames until the connection is closed."""
        try:
            with suppress(ConnectionClosed):
                async for frame in self.websocket:
                    text = frame if isinstance(frame, str) else frame.decode()
                    message = json.loads(text)
                    if message[0] == _CALL:
                        self.simulator.note_received(message[2], message[3])
                        self._inbox.put_nowait(text)
                    else:
                        self.simulator.note_answer(*message[1:])
                        await self.route_message(text)  # type: ignore[no-untyped-call]
        finally:
            self._closed.set_result(None)

    async def answer(self) -> None:
        """Answer calls in order, each after the latency of the charger."""
        while True:
            frame = await self._inbox.get()
            await sleep(self.simulator.latency)
            if self.simulator.uplink.registration is RegistrationStatus.rejected:
                continue
            await self.route_message(frame)  # type: ignore[no-untyped-call]
            for action in self._afterwards:
                self.simulator.spawn(action)
            self._afterwards.clear()

    async def ask(self, payload: Any) -> Any:
        """Call the central system and return its answer, None for a CALLERROR.

        Raises ConnectionError if the connection is closed before the answer.
        """
        asked = asyncio.ensure_future(
            self.call(payload, skip_schema_validation=True)  # type: ignore[no-untyped-call]
        )
        try:
            await asyncio.wait(
                {asked, self._closed}, return_when=asyncio.FIRST_COMPLETED
            )
            if asked.done():
                return asked.result()
        except ConnectionClosed as error:
            raise ConnectionError from error
        finally:
            asked.cancel()
        raise ConnectionError

    # Core

    @answers(Action.change_availability)
    def _change_availability(
        self,
        connector_id: int,
        type: str,  # noqa: A002
    ) -> result.ChangeAvailability:
        if connector_id and connector_id not in self.simulator.connectors:
            return result.ChangeAvailability(AvailabilityStatus.rejected)
        scheduled = self.simulator.set_operative(
            type == AvailabilityType.operative, connector_id
        )
        self._afterwards.append(self.simulator.refresh)
        return result.ChangeAvailability(
            AvailabilityStatus.scheduled if scheduled else AvailabilityStatus.accepted
        )

    @answers(Action.change_configuration)
    def _change_configuration(self, key: str, value: str) -> result.ChangeConfiguration:
        configuration = self.simulator.configuration
        is_profile = key in configuration and key.casefold() == _SECURITY_PROFILE
        if is_profile and not self.simulator.security.allows(value):
            return result.ChangeConfiguration(ConfigurationStatus.rejected)
        status = configuration.change(key, value)
        if is_profile and status is ConfigurationStatus.accepted:
            self._afterwards.append(self.simulator.uplink.reconnect)
        self.simulator.save()
        self._afterwards.append(self.simulator.refresh)
        return result.ChangeConfiguration(status)

    @answers(Action.clear_cache)
    def _clear_cache(self) -> result.ClearCache:
        self.simulator.badges.cached.clear()
        return result.ClearCache(ClearCacheStatus.accepted)

    @answers(Action.data_transfer)
    async def _data_transfer(
        self, vendor_id: str, message_id: str | None = None, data: str | None = None
    ) -> result.DataTransfer:
        facts = self.simulator.product.facts
        known = facts.data_transfer(Direction.TO_CHARGER, message_id or "")
        if vendor_id not in {transfer.vendor_id for transfer in facts.data_transfers}:
            return result.DataTransfer(DataTransferStatus.unknown_vendor_id)
        if known is None or known.vendor_id != vendor_id:
            return result.DataTransfer(DataTransferStatus.unknown_message_id)
        message = self.simulator.product.vendor_messages[known.message_id]
        try:
            content = json.loads(data or "")
            accepted = message.accepts(content)
        except ValueError:
            accepted = False
        if not accepted:
            return result.DataTransfer(DataTransferStatus.rejected)
        if message_id == self.simulator.product.blink_message:
            self.simulator.blink()
        fetched = message.failure is None or await fetch(content["location"])
        return result.DataTransfer(
            DataTransferStatus.accepted, message.answer if fetched else message.failure
        )

    @answers(Action.get_configuration)
    def _get_configuration(
        self, key: list[str] | None = None
    ) -> result.GetConfiguration:
        entries, unknown = self.simulator.configuration.report(key)
        return result.GetConfiguration(
            configuration_key=entries, unknown_key=unknown or None
        )

    @answers(Action.remote_start_transaction)
    def _remote_start(
        self,
        id_tag: str,
        connector_id: int | None = None,
        charging_profile: dict[str, Any] | None = None,
    ) -> result.RemoteStartTransaction:
        simulator = self.simulator
        connector = simulator.remotely_startable(id_tag, connector_id)
        profile = None
        if connector and charging_profile:
            profile = self._acceptable(connector.id, charging_profile, starting=True)
        if connector is None or (charging_profile and profile is None):
            return result.RemoteStartTransaction(RemoteStartStopStatus.rejected)
        self._afterwards.append(
            lambda: simulator.remote_start(connector, id_tag, profile)
        )
        return result.RemoteStartTransaction(RemoteStartStopStatus.accepted)

    @answers(Action.remote_stop_transaction)
    def _remote_stop(self, transaction_id: int) -> result.RemoteStopTransaction:
        for connector in self.simulator.connectors.values():
            running = connector.transaction
            if running and running.id == transaction_id:
                self._afterwards.append(
                    partial(self.simulator.end, connector, Reason.remote)
                )
                return result.RemoteStopTransaction(RemoteStartStopStatus.accepted)
        return result.RemoteStopTransaction(RemoteStartStopStatus.rejected)

    @answers(Action.reset)
    def _reset(
        self,
        type: str,  # noqa: A002
    ) -> result.Reset:
        hard = type == ResetType.hard
        self._afterwards.append(lambda: self.simulator.reset(hard=hard))
        return result.Reset(ResetStatus.accepted)

    @answers(Action.unlock_connector)
    def _unlock_connector(self, connector_id: int) -> result.UnlockConnector:
        connector = self.simulator.connectors.get(connector_id)
        if (
            connector is None
            or Action.unlock_connector in self.simulator.product.without_effect
        ):
            return result.UnlockConnector(UnlockStatus.not_supported)
        self._afterwards.append(
            lambda: self.simulator.end(connector, Reason.unlock_command)
        )
        return result.UnlockConnector(UnlockStatus.unlocked)

    # Smart charging

    @answers(Action.set_charging_profile)
    def _set_charging_profile(
        self, connector_id: int, cs_charging_profiles: dict[str, Any]
    ) -> result.SetChargingProfile:
        profile = self._acceptable(connector_id, cs_charging_profiles)
        if profile is None:
            return result.SetChargingProfile(ChargingProfileStatus.rejected)
        self.simulator.profiles.install(profile)
        self._afterwards.append(self.simulator.refresh)
        return result.SetChargingProfile(ChargingProfileStatus.accepted)

    @answers(Action.clear_charging_profile)
    def _clear_charging_profile(
        self,
        id: int | None = None,  # noqa: A002
        connector_id: int | None = None,
        charging_profile_purpose: str | None = None,
        stack_level: int | None = None,
    ) -> result.ClearChargingProfile:
        cleared = self.simulator.profiles.clear(
            number=id,
            connector=connector_id,
            purpose=Purpose(charging_profile_purpose)
            if charging_profile_purpose
            else None,
            stack_level=stack_level,
        )
        self._afterwards.append(self.simulator.refresh)
        return result.ClearChargingProfile(
            ClearChargingProfileStatus.accepted
            if cleared
            else ClearChargingProfileStatus.unknown
        )

    @answers(Action.get_composite_schedule)
    def _get_composite_schedule(
        self, connector_id: int, duration: int, charging_rate_unit: str | None = None
    ) -> result.GetCompositeSchedule:
        simulator = self.simulator
        charging = simulator.product.charging
        if charging_rate_unit not in (None, charging.unit) or (
            connector_id and connector_id not in simulator.connectors
        ):
            return result.GetCompositeSchedule(GetCompositeScheduleStatus.rejected)
        start = now()
        periods = simulator.composite(connector_id, start, duration)
        return result.GetCompositeSchedule(
            GetCompositeScheduleStatus.accepted,
            connector_id=connector_id,
            schedule_start=stamp(start),
            charging_schedule={
                "duration": duration,
                "charging_rate_unit": charging.unit,
                "charging_schedule_period": [
                    {"start_period": int(p.start), "limit": p.limit} for p in periods
                ],
            },
        )

    def _acceptable(
        self, connector_id: int, profile: dict[str, Any], *, starting: bool = False
    ) -> Profile | None:
        """Return a profile if the charger accepts it, else None.

        A profile in a RemoteStartTransaction is for the transaction that follows.
        """
        simulator = self.simulator
        charging = simulator.product.charging
        schedule = profile["charging_schedule"]
        periods = schedule["charging_schedule_period"]
        most = simulator.configuration.number
        if (
            not simulator.external_energy_management
            or (
                "min_charging_rate" in schedule
                and not simulator.product.takes_minimum_rate
            )
            or any("number_phases" in period for period in periods)
            or not 0
            <= profile["stack_level"]
            <= most("ChargeProfileMaxStackLevel", charging.stack_levels)
            or schedule["charging_rate_unit"] not in simulator.rate_units
            or len(periods) > most("ChargingScheduleMaxPeriods", charging.periods)
            or periods[0]["start_period"] != 0
        ):
            return None
        connector = simulator.connectors.get(connector_id)
        wanted = Profile.from_ocpp(connector_id, profile)
        if (
            wanted.purpose not in charging.purposes
            or (connector and connector.plug in charging.unlimited_plugs)
            or (
                simulator.product.refuses_low_limits
                and any(0 < p.limit < charging.minimum for p in wanted.periods)
            )
            or (
                len(simulator.profiles)
                >= most("MaxChargingProfilesInstalled", charging.profiles)
                and wanted.id not in {profile.id for profile in simulator.profiles}
            )
        ):
            return None
        match wanted.purpose:
            case Purpose.CHARGE_POINT_MAX:
                fits = connector_id == 0
            case Purpose.TX_DEFAULT:
                fits = connector_id == 0 or connector is not None
            case Purpose.TX if connector and starting:
                fits = wanted.transaction_id is None
            case Purpose.TX:
                running = connector.transaction if connector else None
                fits = running is not None and (
                    wanted.transaction_id in (None, running.id)
                )
        if not fits or (starting and wanted.purpose is not Purpose.TX):
            return None
        return simulator.in_own_unit(wanted)

    # Remote trigger, reservation, local list

    @answers(Action.trigger_message)
    def _trigger_message(
        self, requested_message: str, connector_id: int | None = None
    ) -> result.TriggerMessage:
        return result.TriggerMessage(self._trigger(requested_message, connector_id))

    @answers(Action.extended_trigger_message)
    def _extended_trigger_message(
        self, requested_message: str, connector_id: int | None = None
    ) -> result.ExtendedTriggerMessage:
        return result.ExtendedTriggerMessage(
            self._trigger(requested_message, connector_id)
        )

    def _trigger(
        self, requested_message: str, connector_id: int | None
    ) -> TriggerMessageStatus:
        simulator = self.simulator
        if connector_id and connector_id not in simulator.connectors:
            return TriggerMessageStatus.rejected
        triggers: dict[str, Callable[[], Awaitable[None] | None]] = {
            MessageTrigger.boot_notification: simulator.boot_again,
            MessageTrigger.heartbeat: simulator.post_heartbeat,
            MessageTrigger.meter_values: lambda: simulator.post_meter_values(
                "Trigger", connector_id
            ),
            MessageTrigger.status_notification: lambda: simulator.post_status(
                connector_id
            ),
            MessageTrigger.diagnostics_status_notification: partial(
                simulator.post,
                call.DiagnosticsStatusNotification(DiagnosticsStatus.idle),
            ),
            MessageTrigger.firmware_status_notification: partial(
                simulator.post, call.FirmwareStatusNotification(FirmwareStatus.idle)
            ),
        }
        if Action.certificate_signed in self.route_map:
            triggers[MessageTrigger.sign_charge_point_certificate] = (
                self.simulator.request_certificate
            )
        trigger = triggers.get(requested_message)
        if trigger is None:
            return TriggerMessageStatus.not_implemented
        self._afterwards.append(trigger)
        return TriggerMessageStatus.accepted

    @answers(Action.reserve_now)
    def _reserve_now(
        self,
        connector_id: int,
        expiry_date: str,
        id_tag: str,
        reservation_id: int,
        parent_id_tag: str | None = None,
    ) -> result.ReserveNow:
        connector = self.simulator.connectors.get(connector_id or 1)
        if connector is None:
            return result.ReserveNow(ReservationStatus.rejected)
        held = connector.reservation
        if connector.fault:
            status = ReservationStatus.faulted
        elif not connector.operative:
            status = ReservationStatus.unavailable
        elif (
            connector.car
            or connector.transaction
            or connector.permission
            or (held and held.id != reservation_id)
        ):
            status = ReservationStatus.occupied
        else:
            status = ReservationStatus.accepted
            connector.reservation = Reservation(
                reservation_id, id_tag, parse(expiry_date)
            )
            self._afterwards.append(self.simulator.refresh)
        return result.ReserveNow(status)

    @answers(Action.cancel_reservation)
    def _cancel_reservation(self, reservation_id: int) -> result.CancelReservation:
        for connector in self.simulator.connectors.values():
            if connector.reservation and connector.reservation.id == reservation_id:
                connector.reservation = None
                self._afterwards.append(self.simulator.refresh)
                return result.CancelReservation(CancelReservationStatus.accepted)
        return result.CancelReservation(CancelReservationStatus.rejected)

    @answers(Action.get_local_list_version)
    def _get_local_list_version(self) -> result.GetLocalListVersion:
        supported = Action.send_local_list in self.route_map
        return result.GetLocalListVersion(
            self.simulator.badges.version if supported else -1
        )

    @answers(Action.send_local_list)
    def _send_local_list(
        self,
        list_version: int,
        update_type: str,
        local_authorization_list: list[dict[str, Any]] | None = None,
    ) -> result.SendLocalList:
        configuration = self.simulator.configuration
        entries = local_authorization_list or []
        if not configuration.boolean("LocalAuthListEnabled"):
            return result.SendLocalList(UpdateStatus.not_supported)
        if len(entries) > configuration.number("SendLocalListMaxLength"):
            return result.SendLocalList(UpdateStatus.failed)
        return result.SendLocalList(
            self.simulator.badges.update(
                list_version,
                entries,
                update_type,
                int(configuration.number("LocalAuthListMaxLength")),
            )
        )

    # Firmware management

    @answers(Action.get_diagnostics)
    def _get_diagnostics(self, location: str, **_: Any) -> result.GetDiagnostics:
        if not self._transfers(location):
            return result.GetDiagnostics()
        name = f"{self.simulator.identity}.zip"
        self._report(
            call.DiagnosticsStatusNotification,
            _DIAGNOSTICS,
            partial(upload, location, name),
        )
        return result.GetDiagnostics(name)

    @answers(Action.update_firmware)
    def _update_firmware(
        self, location: str, retrieve_date: str, **_: Any
    ) -> result.UpdateFirmware:
        self._report(
            call.FirmwareStatusNotification,
            _INSTALLATION,
            partial(self._fetch, location),
            retrieve_date,
        )
        return result.UpdateFirmware()

    # Security

    @answers(Action.get_log)
    def _get_log(
        self, log: dict[str, str], log_type: str, request_id: int, **_: Any
    ) -> result.GetLog:
        location = log["remote_location"]
        if not self._transfers(location):
            return result.GetLog(LogStatus.rejected)
        name = f"{self.simulator.identity}-{log_type}.zip"
        self._report(
            partial(call.LogStatusNotification, request_id=request_id),
            _LOG,
            partial(upload, location, name),
        )
        return result.GetLog(LogStatus.accepted, name)

    @answers(Action.signed_update_firmware)
    def _signed_update_firmware(
        self, request_id: int, firmware: dict[str, str], **_: Any
    ) -> result.SignedUpdateFirmware:
        self._report(
            partial(call.SignedFirmwareStatusNotification, request_id=request_id),
            _SIGNED_INSTALLATION,
            partial(self._fetch, firmware["location"]),
            firmware["retrieve_date_time"],
        )
        return result.SignedUpdateFirmware(UpdateFirmwareStatus.accepted)

    @answers(Action.install_certificate)
    def _install_certificate(
        self, certificate_type: str, certificate: str
    ) -> result.InstallCertificate:
        return result.InstallCertificate(
            self.simulator.certificates.install(certificate_type, certificate)
        )

    @answers(Action.get_installed_certificate_ids)
    def _get_installed_certificate_ids(
        self, certificate_type: str
    ) -> result.GetInstalledCertificateIds:
        installed = self.simulator.certificates.installed(certificate_type)
        if not installed:
            return result.GetInstalledCertificateIds(
                GetInstalledCertificateStatus.not_found
            )
        return result.GetInstalledCertificateIds(
            GetInstalledCertificateStatus.accepted, installed
        )

    @answers(Action.delete_certificate)
    def _delete_certificate(
        self, certificate_hash_data: dict[str, str]
    ) -> result.DeleteCertificate:
        return result.DeleteCertificate(
            self.simulator.certificates.delete(certificate_hash_data)
        )

    @answers(Action.certificate_signed)
    def _certificate_signed(self, certificate_chain: str) -> result.CertificateSigned:
        if self.simulator.security.take(certificate_chain):
            return result.CertificateSigned(CertificateSignedStatus.accepted)
        self._afterwards.append(
            partial(
                self.simulator.report_security_event, "InvalidChargePointCertificate"
            )
        )
        return result.CertificateSigned(CertificateSignedStatus.rejected)

    def _transfers(self, location: str) -> bool:
        """Tell whether the charger can transfer files to or from a URL."""
        return urlsplit(location).scheme in self.simulator.product.file_transfers

    async def _fetch(self, location: str) -> bool:
        """Download a file; tell whether that succeeded."""
        return self._transfers(location) and await fetch(location)

    def _report(
        self,
        message: Callable[[Any], Any],
        steps: Steps,
        transfer: Transfer,
        start: str | None = None,
    ) -> None:
        """Transfer a file at a given time, and send its statuses."""
        delay = (parse(start) - now()).total_seconds() if start else 0.0
        self._afterwards.append(
            partial(self.simulator.progress, message, steps, transfer, max(0.0, delay))
        )
