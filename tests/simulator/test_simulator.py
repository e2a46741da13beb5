"""Tests of the simulated charger, with a central system that records messages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import signal
import sys
from typing import Any

import pytest
from websockets.asyncio.server import serve

from custom_components.schneider_ev.products.model import Purpose
from tests.processes import REPOSITORY
from tests.simulator import Car, Simulator, charge_point
from tests.simulator.control import Control
from tests.simulator.notebook import (
    IDENTITY,
    CentralSystem,
    boot_answer,
    build,
    charging_profile,
    listening,
    said_all,
)
from tests.simulator.profiles import Period, Profile, ProfileStore

BADGE = "04AABBCC"
ALL_MEASURANDS = (
    "Energy.Active.Import.Register,Power.Active.Import,"
    "Current.Import.L1,Current.Import.L2,Current.Import.L3,"
    "Voltage.L1,Voltage.L2,Voltage.L3,Current.Offered,Power.Offered"
)

CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBdDCCARugAwIBAgIUW7Zjvvm994DUBPZZwDvKO8t7roIwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEVGVzdDAgFw0yNjExMjAxMTEwMjVaGA8yMTI2MTAyNzExMTAy
NVowDzENMAsGA1UEAwwEVGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPkq
B8bca2p+Biq4UWD2VK8UeFcS4SE/0b369paVNpgrXDyBNgaLc5Vp4RVHRA6kXcZI
rLvMNWexWnFy3AZL8FejUzBRMB0GA1UdDgQWBBQTd3fDtuBVctXrnKIPVbsnHUkS
cjAfBgNVHSMEGDAWgBQTd3fDtuBVctXrnKIPVbsnHUkScjAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0cAMEQCIDxuy9gu3oHig2PzcFkI4R3xMIj2qBSxQTSV
Nv2ye0hYAiAZXaH1RBAc8PulSf31Lruq2/hZB8FH6NJQ8GT+G2DW+Q==
-----END CERTIFICATE-----
"""


@pytest.fixture
async def central() -> AsyncIterator[CentralSystem]:
    """Return a central system that listens on a free port."""
    central = CentralSystem()
    async with listening(central):
        yield central


@asynccontextmanager
async def charging(central: CentralSystem, **options: Any) -> AsyncIterator[Simulator]:
    """Run a charger on which a car charges."""
    async with build(central, **options) as simulator:
        await simulator.accepted.wait()
        await simulator.plug_in()
        assert await simulator.present_badge(BADGE)
        await simulator.until(lambda: simulator.transaction_id is not None)
        await said_all(simulator)
        assert central.statuses[-1] == "Charging"
        yield simulator


@pytest.fixture
async def simulator(central: CentralSystem) -> AsyncIterator[Simulator]:
    """Return a charger that has booted and reported itself."""
    async with build(central) as simulator:
        await said_all(simulator)
        yield simulator


# Booting and connecting


async def test_boot(central: CentralSystem, simulator: Simulator) -> None:
    """A charger boots as in the notes from the field."""
    assert central.paths == [f"/{IDENTITY}"]
    assert central.subprotocols == ["ocpp1.6"]
    (boot,) = central["BootNotification"]
    assert boot["chargePointVendor"] == "Schneider Electric"
    assert boot["chargePointModel"] == "EVlink Pro AC"
    assert boot["firmwareVersion"] == "2.0.1"
    assert boot["meterType"] == "Embedded MID meter"
    assert central.calls[0][0] == "BootNotification"
    assert all(message_id.isdecimal() for message_id in central.message_ids)
    station, connector = sorted(
        central["StatusNotification"], key=lambda status: status["connectorId"]
    )
    timestamp = connector.pop("timestamp")
    assert timestamp.endswith("Z")
    assert connector == {
        "connectorId": 1,
        "errorCode": "NoError",
        "info": "",
        "status": "Available",
        "vendorId": "Schneider Electric",
        "vendorErrorCode": "0.0",
    }
    assert station["connectorId"] == 0
    assert simulator.configuration["HeartbeatInterval"] == "300"
    assert simulator.sent[0].answer == boot_answer("Accepted")


async def test_pending_until_triggered(central: CentralSystem) -> None:
    """A pending charger boots again when triggered, and sends nothing else."""
    central.answers["BootNotification"] = boot_answer("Pending", 60)
    async with build(central) as simulator:
        await simulator.until(lambda: len(central["BootNotification"]) == 1)
        await simulator.plug_in()
        assert await central.call("GetConfiguration", key=["LightIntensity"])
        central.answers["BootNotification"] = boot_answer("Accepted")
        answer = await central.call(
            "TriggerMessage", requestedMessage="BootNotification"
        )
        assert answer == {"status": "Accepted"}
        await simulator.accepted.wait()
        await simulator.until(lambda: central.statuses == ["Preparing"])
    assert [action for action, _ in central.calls[:2]] == ["BootNotification"] * 2


@pytest.mark.parametrize("status", ["Pending", "Rejected"])
async def test_boot_is_repeated(central: CentralSystem, status: str) -> None:
    """A charger that is not accepted tries again after the interval."""
    central.answers["BootNotification"] = boot_answer(status, 1)
    async with build(central) as simulator:
        await simulator.until(lambda: len(central["BootNotification"]) == 1)
        central.answers["BootNotification"] = boot_answer("Accepted")
        async with asyncio.timeout(3):
            await simulator.accepted.wait()
    assert len(central["BootNotification"]) == 2


async def test_heartbeat(central: CentralSystem) -> None:
    """Heartbeats come at the interval that the central system names."""
    central.answers["BootNotification"] = boot_answer("Accepted", 1)
    async with build(central) as simulator:
        await simulator.until(lambda: len(central["Heartbeat"]) == 1)


async def test_reconnects_without_booting(
    central: CentralSystem, simulator: Simulator
) -> None:
    """After a network failure, a charger only sends what has changed."""
    await simulator.network_cut(0.1)
    await simulator.until(lambda: not simulator.connected.is_set())
    await simulator.plug_in()
    await simulator.until(lambda: central.statuses == ["Available", "Preparing"])
    assert len(central.connections) == 2
    assert len(central["BootNotification"]) == 1


async def test_redials_when_the_central_system_comes_back() -> None:
    """A charger retries until the central system answers."""
    central = CentralSystem()
    async with listening(central):
        pass
    port = int(central.url.rpartition(":")[2])
    async with build(central) as simulator:
        await asyncio.sleep(0.1)
        async with serve(central.serve, "127.0.0.1", port):
            await simulator.accepted.wait()
        await simulator.until(lambda: not simulator.connected.is_set())
    assert central.subprotocols == [None]


async def test_leaves_nothing_behind(central: CentralSystem) -> None:
    """Every task of a simulator ends with it."""
    before = asyncio.all_tasks()
    async with charging(central):
        assert asyncio.all_tasks() > before
    await central.connections[-1].wait_closed()
    async with asyncio.timeout(1):
        while asyncio.all_tasks() > before:
            await asyncio.sleep(0)


async def test_password(central: CentralSystem) -> None:
    """A charger with a password presents it."""
    async with build(central, password="secret") as simulator:
        await simulator.accepted.wait()
        request = central.connections[0].request
        assert request
        assert request.headers["Authorization"] == "Basic RVZCM1MtMDAxOnNlY3JldA=="


# Keys


async def test_get_configuration(central: CentralSystem, simulator: Simulator) -> None:
    """Keys can be read all at once or by name, in any case."""
    everything = await central.call("GetConfiguration")
    keys = {entry["key"]: entry for entry in everything["configurationKey"]}
    assert "unknownKey" not in everything
    assert len(keys) == 86
    assert keys["EvPresenceNotification"] == {
        "key": "EvPresenceNotification",
        "readonly": False,
        "value": "False",
    }
    assert "value" not in keys["AuthorizationKey"]
    some = await central.call("GetConfiguration", key=["lightintensity", "Nonsense"])
    assert some["configurationKey"][0]["key"] == "LightIntensity"
    assert some["unknownKey"] == ["Nonsense"]


async def test_get_configuration_is_cut(central: CentralSystem) -> None:
    """A charger returns at most GetConfigurationMaxKeys keys."""
    limit = {"GetConfigurationMaxKeys": "10"}
    async with build(central, configuration=limit) as simulator:
        await simulator.accepted.wait()
        answer = await central.call("GetConfiguration")
        assert len(answer["configurationKey"]) == 10


@pytest.mark.parametrize(
    ("firmware", "present", "absent"),
    [
        ("1.1.6", "SampledDataInterval", "MeterValueSampleInterval"),
        ("1.1.6", "LedIntensity", "LedNightIntensity"),
        ("1.6.1", "MeterValueSampleInterval", "ISO15118PnCEnabled"),
        ("2.0.1", "ISO15118ChargeEnabled", "PhasesConnection"),
    ],
)
async def test_keys_of_a_firmware(
    central: CentralSystem, firmware: str, present: str, absent: str
) -> None:
    """Each firmware has its own keys, under its own names."""
    async with build(central, firmware=firmware) as simulator:
        await simulator.accepted.wait()
        answer = await central.call("GetConfiguration", key=[present, absent])
        assert [entry["key"] for entry in answer["configurationKey"]] == [present]
        assert answer["unknownKey"] == [absent]


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("LightIntensity", "100", "Accepted"),
        ("LightIntensity", "101", "Rejected"),
        ("LightIntensity", "bright", "Rejected"),
        ("EvPresenceNotification", "true", "Accepted"),
        ("EvPresenceNotification", "yes", "Rejected"),
        ("LedDayStartHour", "24:00", "Rejected"),
        ("LedDayStartHour", "06:30", "Accepted"),
        ("iMaxDeratingSwCapacity", "9", "Rejected"),
        ("NumberOfConnectors", "2", "Rejected"),
        ("SupervisionUrl", "http://example.org", "Rejected"),
        ("SupervisionUrl", "ws://127.0.0.1:1", "RebootRequired"),
        ("Nonsense", "1", "NotSupported"),
        ("MeterValuesSampledData", ALL_MEASURANDS, "Accepted"),
        ("MeterValuesSampledData", f"{ALL_MEASURANDS},Frequency", "Rejected"),
        ("MeterValuesSampledData", "Energy.Active.Import.Register,SoC", "Rejected"),
        ("MeterValuesSampledData", "Voltage.L1-N", "Rejected"),
    ],
)
async def test_change_configuration(
    central: CentralSystem, simulator: Simulator, key: str, value: str, status: str
) -> None:
    """A key is checked against the guide before it is changed."""
    before = dict(simulator.configuration)
    answer = await central.call("ChangeConfiguration", key=key, value=value)
    assert answer == {"status": status}
    if status in ("Accepted", "RebootRequired"):
        assert simulator.configuration[key].casefold() == value.casefold()
        assert simulator.configuration[key] != "true"
    else:
        assert dict(simulator.configuration) == before


async def test_unsupported_measurand(central: CentralSystem) -> None:
    """A list with a measurand that the charger lacks is rejected."""
    async with build(central, unsupported_measurands=["Voltage"]) as simulator:
        await simulator.accepted.wait()
        for value, status in (
            (ALL_MEASURANDS, "Rejected"),
            ("Energy.Active.Import.Register,Power.Active.Import", "Accepted"),
        ):
            answer = await central.call(
                "ChangeConfiguration", key="MeterValuesSampledData", value=value
            )
            assert answer == {"status": status}


async def test_keeps_its_keys(central: CentralSystem, tmp_path: Path) -> None:
    """Keys and the energy register survive a restart; with a file, also a new simulator."""
    state_file = tmp_path / "state.json"
    async with build(central, state_file=state_file) as simulator:
        await simulator.accepted.wait()
        await central.call("ChangeConfiguration", key="LightIntensity", value="7")
        await simulator.power_cut()
        await simulator.until(lambda: len(central["BootNotification"]) == 2)
        assert simulator.configuration["LightIntensity"] == "7"
        simulator.connectors[1].energy = 12345.0
    again = build(central, state_file=state_file)
    assert again.configuration["LightIntensity"] == "7"
    assert again.connectors[1].energy == 12345.0


async def test_supervision_url_after_reboot(
    central: CentralSystem, simulator: Simulator
) -> None:
    """A new address of the central system takes effect with a restart."""
    other = CentralSystem()
    async with listening(other):
        await central.call("ChangeConfiguration", key="SupervisionUrl", value=other.url)
        await central.call("Reset", type="Soft")
        await simulator.until(lambda: bool(other["BootNotification"]))


# Sessions


async def test_session(central: CentralSystem) -> None:
    """A badge starts a session, and pulling the cable out ends it."""
    async with charging(central, speed=3600) as simulator:
        (start,) = central["StartTransaction"]
        assert start["idTag"] == BADGE
        assert start["meterStart"] == 250_000
        await asyncio.sleep(0.1)
        await simulator.unplug()
        await simulator.until(lambda: central.statuses[-1] == "Available")
    (stop,) = central["StopTransaction"]
    assert stop["transactionId"] == 1
    assert stop["reason"] == "EVDisconnected"
    assert stop["meterStop"] > start["meterStart"]
    assert central.statuses == [
        "Available",
        "Preparing",
        "Charging",
        "Finishing",
        "Available",
    ]
    # all messages match OCPP's schemas, except for the serial number of 26 characters
    assert [violation.split(":")[0] for violation in central.violations] == [
        "BootNotification"
    ]


async def test_refused_badge(central: CentralSystem, simulator: Simulator) -> None:
    """A badge that the central system refuses starts no session."""
    central.answers["Authorize"] = {"idTagInfo": {"status": "Invalid"}}
    await simulator.plug_in()
    assert not await simulator.present_badge(BADGE)
    assert simulator.transaction_id is None
    assert not central["StartTransaction"]


async def test_badge_ends_its_own_session(central: CentralSystem) -> None:
    """The badge that started a session ends it, another one does not."""
    async with charging(central) as simulator:
        assert not await simulator.present_badge("OTHER")
        assert await simulator.present_badge(BADGE)
        await simulator.until(lambda: central.statuses[-1] == "Finishing")
        assert central["StopTransaction"][0]["reason"] == "Local"
        assert central["StopTransaction"][0]["idTag"] == BADGE


@pytest.mark.parametrize("by_key", [True, False])
async def test_free_charging(central: CentralSystem, by_key: bool) -> None:
    """With authentication off a car charges as soon as it is plugged."""
    options: dict[str, Any] = (
        {"configuration": {"AuthenticationOCPPMode": "False"}}
        if by_key
        else {"free_charging": True}
    )
    async with build(central, **options) as simulator:
        await simulator.plug_in()
        await simulator.until(lambda: simulator.transaction_id == 1)
        assert central["StartTransaction"][0]["idTag"] == "18237379292"
        assert not central["Authorize"]


async def test_start_that_is_refused(central: CentralSystem) -> None:
    """A session whose badge turns out to be refused is ended."""
    central.answers["StartTransaction"] = {
        "transactionId": 5,
        "idTagInfo": {"status": "Blocked"},
    }
    async with build(central, free_charging=True) as simulator:
        await simulator.plug_in()
        await simulator.until(lambda: bool(central["StopTransaction"]))
        assert central["StopTransaction"][0]["reason"] == "DeAuthorized"
        assert central["StopTransaction"][0]["transactionId"] == 5


@pytest.mark.parametrize("authorize", ["True", "False"])
async def test_remote_start_and_stop(central: CentralSystem, authorize: str) -> None:
    """A remote start is authorized, waits for a cable, and can be stopped."""
    keys = {"AuthorizeRemoteTxRequests": authorize}
    async with build(central, configuration=keys) as simulator:
        await simulator.accepted.wait()
        answer = await central.call(
            "RemoteStartTransaction",
            idTag="REMOTE",
            connectorId=1,
            chargingProfile=charging_profile(10),
        )
        assert answer == {"status": "Accepted"}
        await simulator.until(lambda: central.statuses[-1:] == ["Preparing"])
        assert len(central["Authorize"]) == (authorize == "True")
        await simulator.plug_in()
        await simulator.until(lambda: simulator.transaction_id == 1)
        assert simulator.offered_current == 10
        for transaction_id, status in ((99, "Rejected"), (1, "Accepted")):
            answer = await central.call(
                "RemoteStopTransaction", transactionId=transaction_id
            )
            assert answer == {"status": status}
        await simulator.until(lambda: central.statuses[-1] == "Finishing")
        assert central["StopTransaction"][0]["reason"] == "Remote"
        assert len(simulator.profiles) == 0


async def test_remote_start_is_refused(central: CentralSystem) -> None:
    """A start is refused if the connector is in use, or the cable was not replugged."""
    async with charging(central, replug_after_stop=True) as simulator:
        for _ in range(2):
            answer = await central.call("RemoteStartTransaction", idTag="REMOTE")
            assert answer == {"status": "Rejected"}
            await central.call("RemoteStopTransaction", transactionId=1)
        await simulator.unplug()
        answer = await central.call("RemoteStartTransaction", idTag="REMOTE")
        assert answer == {"status": "Accepted"}


async def test_full_car(central: CentralSystem) -> None:
    """A car that is full stops by itself and the session goes on."""
    car = Car(capacity=0.001, state_of_charge=99, ramp=1000)
    async with build(central, car=car, free_charging=True, speed=10) as simulator:
        await simulator.plug_in()
        await simulator.until(lambda: central.statuses[-1:] == ["SuspendedEV"])
        assert car.state_of_charge == 100
        assert simulator.current == 0
        assert simulator.transaction_id == 1


async def test_offline_session(central: CentralSystem) -> None:
    """A session without a network is reported afterwards, in order."""
    async with build(central, free_charging=True) as simulator:
        await said_all(simulator)
        await simulator.network_cut(0.2)
        await simulator.plug_in()
        assert simulator.status == "Charging"
        assert simulator.transaction_id is None
        await simulator.unplug()
        await simulator.until(lambda: central.statuses[-1] == "Available", 5)
        await simulator.until(lambda: len(central.statuses) == 4)
    assert [action for action, _ in central.calls[-5:]] == [
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
        "StatusNotification",
        "StatusNotification",
    ]
    assert central["StopTransaction"][0]["transactionId"] == 1
    assert len(central["BootNotification"]) == 1


async def test_network_cut_in_a_session(central: CentralSystem) -> None:
    """A session continues without a network, and its end is reported later."""
    async with charging(central) as simulator:
        await simulator.network_cut(0.1)
        assert simulator.status == "Charging"
        await simulator.unplug()
        await simulator.until(lambda: bool(central["StopTransaction"]))
        assert central["StopTransaction"][0]["transactionId"] == 1


async def test_power_cut_in_a_session(central: CentralSystem) -> None:
    """After a loss of power the charger boots, waits and goes on charging."""
    async with charging(central) as simulator:
        simulator.configuration["RestoreTimeout"] = "1"
        await simulator.power_cut(0.05)
        assert simulator.offered_current == 0
        await simulator.until(lambda: central.statuses[-1] == "SuspendedEVSE")
        assert len(central["BootNotification"]) == 2
        await simulator.until(lambda: central.statuses[-1] == "Charging")
        assert simulator.transaction_id == 1


# Meter values


async def test_meter_values(central: CentralSystem) -> None:
    """Sampled values look like those of a real charger."""
    async with charging(central, car=Car(ramp=1e6)) as simulator:
        await central.call(
            "ChangeConfiguration", key="MeterValuesSampledData", value=ALL_MEASURANDS
        )
        simulator.configuration["MeterValueSampleInterval"] = "0.05"
        await simulator.until(lambda: len(central["MeterValues"]) >= 2)
    values = central["MeterValues"][-1]
    assert values["transactionId"] == 1
    (reading,) = values["meterValue"]
    assert reading["timestamp"].endswith("Z")
    sampled = {(v["measurand"], v.get("phase")): v for v in reading["sampledValue"]}
    assert len(sampled) == 10
    assert sampled["Current.Offered", None] == {
        "context": "Sample.Periodic",
        "measurand": "Current.Offered",
        "unit": "A",
        "value": "32",
    }
    voltage = sampled["Voltage", "L1"]
    assert 225 < float(voltage.pop("value")) < 240
    assert voltage == {
        "format": "Raw",
        "location": "Outlet",
        "context": "Sample.Periodic",
        "phase": "L1",
        "measurand": "Voltage",
        "unit": "V",
    }
    power = sampled["Power.Active.Import", None]
    assert power["unit"] == "kW"
    assert float(power["value"]) == pytest.approx(11.1, abs=0.1)
    assert sampled["Current.Import", "L3"]["value"] == "16.0"
    assert "location" not in sampled["Power.Offered", None]
    assert sampled["Power.Offered", None]["format"] == "Raw"


async def test_no_meter_values_by_default(central: CentralSystem) -> None:
    """By default a charger sends readings only when triggered."""
    async with charging(central) as simulator:
        await asyncio.sleep(0.1)
        assert not central["MeterValues"]
        await simulator.unplug()
        answer = await central.call("TriggerMessage", requestedMessage="MeterValues")
        assert answer == {"status": "Accepted"}
        await simulator.until(lambda: bool(central["MeterValues"]))
    (values,) = central["MeterValues"]
    assert "transactionId" not in values
    (sampled,) = values["meterValue"][0]["sampledValue"]
    assert sampled["context"] == "Trigger"
    assert sampled["measurand"] == "Energy.Active.Import.Register"


async def test_meter_values_of_a_single_phase(central: CentralSystem) -> None:
    """A charger on one phase sends no readings of the others."""
    keys = {"MeterValuesSampledData": ALL_MEASURANDS}
    async with build(central, phases=1, configuration=keys) as simulator:
        await simulator.accepted.wait()
        await central.call("TriggerMessage", requestedMessage="MeterValues")
        await simulator.until(lambda: bool(central["MeterValues"]))
    sampled = central["MeterValues"][0]["meterValue"][0]["sampledValue"]
    assert {value.get("phase") for value in sampled} == {None, "L1"}


# Smart charging


async def test_limit_pause_and_resume(central: CentralSystem) -> None:
    """The offered current follows the limit, and 0 A pauses the session."""
    async with charging(central, car=Car(ramp=1e6)) as simulator:
        for limit, offered, status in (
            (10, 10, "Charging"),
            (0, 0, "SuspendedEVSE"),
            (6.9, 6, "Charging"),
            (5, 0, "SuspendedEVSE"),
            (20, 20, "Charging"),
        ):
            answer = await central.call(
                "SetChargingProfile",
                connectorId=1,
                csChargingProfiles=charging_profile(limit, transactionId=1),
            )
            assert answer == {"status": "Accepted"}
            await simulator.until(lambda: simulator.offered_current == offered)  # noqa: B023
            assert simulator.status == status
            await asyncio.sleep(0.01)
            assert simulator.current == min(offered, 16)
        assert len(simulator.profiles) == 1
        answer = await central.call("ClearChargingProfile", id=1)
        assert answer == {"status": "Accepted"}
        await simulator.until(lambda: simulator.offered_current == 32)
        answer = await central.call("ClearChargingProfile", id=1)
        assert answer == {"status": "Unknown"}
        await central.call(
            "ChangeConfiguration", key="iMaxDeratingSwCapacity", value="13"
        )
        await simulator.until(lambda: simulator.offered_current == 13)


@pytest.mark.parametrize(
    ("connector", "profile"),
    [
        (1, charging_profile(10, schedule={"chargingRateUnit": "W"})),
        (1, charging_profile(10, schedule={"minChargingRate": 6.0})),
        (1, charging_profile(10, stackLevel=1000)),
        (1, charging_profile(10, transactionId=99)),
        (2, charging_profile(10)),
        (1, charging_profile(10, "ChargePointMaxProfile")),
        (
            1,
            charging_profile(
                10,
                schedule={
                    "chargingSchedulePeriod": [
                        {"startPeriod": 0, "limit": 10, "numberPhases": 3}
                    ]
                },
            ),
        ),
        (
            1,
            charging_profile(
                10,
                schedule={
                    "chargingSchedulePeriod": [
                        {"startPeriod": n, "limit": 10} for n in range(51)
                    ]
                },
            ),
        ),
    ],
)
async def test_profile_is_refused(
    central: CentralSystem, connector: int, profile: dict[str, Any]
) -> None:
    """What the guide says is not supported is refused."""
    async with charging(central) as simulator:
        answer = await central.call(
            "SetChargingProfile", connectorId=connector, csChargingProfiles=profile
        )
        assert answer == {"status": "Rejected"}
        assert len(simulator.profiles) == 0


async def test_transaction_profile_without_a_transaction(
    central: CentralSystem, simulator: Simulator
) -> None:
    """A TxProfile needs a session; a default does not."""
    for purpose, status in (
        ("TxProfile", "Rejected"),
        ("TxDefaultProfile", "Accepted"),
    ):
        answer = await central.call(
            "SetChargingProfile",
            connectorId=1,
            csChargingProfiles=charging_profile(10, purpose),
        )
        assert answer == {"status": status}


async def test_external_energy_management(central: CentralSystem) -> None:
    """A charger that manages energy itself refuses every profile."""
    async with build(central, external_energy_management=False) as simulator:
        await simulator.accepted.wait()
        answer = await central.call(
            "SetChargingProfile",
            connectorId=1,
            csChargingProfiles=charging_profile(10, "TxDefaultProfile"),
        )
        assert answer == {"status": "Rejected"}


async def test_composite_schedule(central: CentralSystem) -> None:
    """The composite schedule shows the lowest of cap and session limit."""
    async with charging(central) as simulator:
        periods = [
            {"startPeriod": 0, "limit": 20},
            {"startPeriod": 60, "limit": 8},
        ]
        for connector, profile in (
            (0, charging_profile(16, "ChargePointMaxProfile", chargingProfileId=2)),
            (1, charging_profile(0, schedule={"chargingSchedulePeriod": periods})),
        ):
            await central.call(
                "SetChargingProfile", connectorId=connector, csChargingProfiles=profile
            )
        answer = await central.call("GetCompositeSchedule", connectorId=1, duration=300)
        assert answer["status"] == "Accepted"
        schedule = answer["chargingSchedule"]
        assert [p["limit"] for p in schedule["chargingSchedulePeriod"]] == [16, 8]
        answer = await central.call(
            "GetCompositeSchedule", connectorId=1, duration=300, chargingRateUnit="W"
        )
        assert answer == {"status": "Rejected"}
        assert simulator.offered_current == 16


NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def stored(
    limit: float,
    purpose: Purpose = Purpose.TX,
    *,
    number: int = 1,
    connector: int = 1,
    stack_level: int = 0,
    kind: str = "Relative",
    **fields: Any,
) -> Profile:
    """Return a profile as a charger stores it."""
    periods = fields.pop("periods", (Period(0, limit),))
    return Profile(
        connector=connector,
        id=number,
        purpose=purpose,
        stack_level=stack_level,
        kind=kind,
        unit="A",
        periods=periods,
        **fields,
    )


def test_rank_of_profiles() -> None:
    """TxProfile over TxDefaultProfile, high stack level over low, all under the cap."""
    store = ProfileStore()
    default = Purpose.TX_DEFAULT
    for profile, expected in (
        (stored(20, default, connector=0, number=1), 20),
        (stored(18, default, number=2), 18),
        (stored(14, default, stack_level=3, number=3), 14),
        (stored(24, number=4), 24),
        (stored(22, stack_level=1, number=5), 22),
        (stored(16, Purpose.CHARGE_POINT_MAX, connector=0, number=6), 16),
        (stored(10, stack_level=1, number=7), 10),
    ):
        store.install(profile)
        assert store.limit(1, NOON, NOON) == expected
    assert {profile.id for profile in store} == {1, 2, 3, 4, 6, 7}
    assert store.limit(2, NOON) == 16
    assert store.clear(purpose=Purpose.TX) == 2
    assert store.limit(1, NOON, NOON) == 14


@pytest.mark.parametrize(
    ("profile", "limits"),
    [
        (
            stored(0, periods=(Period(0, 16), Period(600, 8)), duration=1200),
            {0: 16, 599: 16, 600: 8, 1199: 8, 1200: None},
        ),
        (
            stored(10, kind="Absolute", start=NOON + timedelta(seconds=60)),
            {0: None, 60: 10},
        ),
        (
            stored(
                10,
                valid_from=NOON + timedelta(seconds=5),
                valid_to=NOON + timedelta(seconds=9),
            ),
            {0: None, 5: 10, 8: 10, 9: None},
        ),
        (
            stored(
                10,
                kind="Recurring",
                recurrency="Daily",
                start=NOON - timedelta(days=3),
                duration=3600,
            ),
            {0: 10, 3599: 10, 3600: None, 86_400: 10},
        ),
    ],
)
def test_schedule_of_a_profile(
    profile: Profile, limits: dict[int, float | None]
) -> None:
    """A schedule has limits only while it applies, and knows its next change."""
    changes = {NOON}
    for offset, limit in limits.items():
        time = NOON + timedelta(seconds=offset)
        assert profile.limit(time, NOON) == limit
        changes |= set(profile.changes(time, NOON))
    previous: float | None = None
    for offset, limit in limits.items():
        if limit != previous and offset:
            assert NOON + timedelta(seconds=offset) in changes
        previous = limit


async def test_limit_changes_with_time(central: CentralSystem) -> None:
    """The charger follows a schedule on its own."""
    async with charging(central) as simulator:
        periods = [
            {"startPeriod": 0, "limit": 20},
            {"startPeriod": 1, "limit": 8},
        ]
        await central.call(
            "SetChargingProfile",
            connectorId=1,
            csChargingProfiles=charging_profile(
                0, schedule={"chargingSchedulePeriod": periods}
            ),
        )
        await simulator.until(lambda: simulator.offered_current == 8)


# The car


def test_car_follows_the_offer() -> None:
    """The current rises along the ramp and breaks off at once."""
    car = Car(ramp=8, maximum_current=16)
    assert car.step(1, 32, 230, 3) == pytest.approx(8 / 2 * 690 / 3600)
    assert car.current == 8
    car.step(10, 32, 230, 3)
    assert car.current == 16
    car.step(1, 10, 230, 3)
    assert car.current == 10
    assert car.step(1, 5, 230, 3) == 0
    assert car.current == 0


def test_car_is_full_to_the_watt_hour() -> None:
    """A car never takes more than fits in, however long the step."""
    car = Car(capacity=50, state_of_charge=50, target=80)
    assert car.step(1e6, 16, 230, 3) == pytest.approx(15_000)
    assert car.state_of_charge == 80
    assert car.demand(16) == 0


# Other calls of a central system


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ({"messageId": "Locate", "data": "{}"}, "Accepted"),
        ({"messageId": "Locate", "data": ""}, "Rejected"),
        ({"messageId": "Locate"}, "Rejected"),
        ({"messageId": "Locate", "data": "blink"}, "Rejected"),
        ({"messageId": "Dance", "data": "{}"}, "UnknownMessageId"),
        ({"vendorId": "Other", "messageId": "Locate"}, "UnknownVendorId"),
    ],
)
async def test_locate(
    central: CentralSystem, simulator: Simulator, payload: dict[str, str], status: str
) -> None:
    """The charger blinks at the right DataTransfer."""
    answer = await central.call(
        "DataTransfer", **({"vendorId": "Schneider Electric"} | payload)
    )
    assert answer == {"status": status}
    assert simulator.blinking is (status == "Accepted")
    assert simulator.blinks == (status == "Accepted")


@pytest.mark.parametrize(
    ("kind", "reason"), [("Soft", "SoftReset"), ("Hard", "HardReset")]
)
async def test_reset(central: CentralSystem, kind: str, reason: str) -> None:
    """A reset ends the session, drops the connection and boots."""
    async with charging(central) as simulator:
        answer = await central.call("Reset", type=kind)
        assert answer == {"status": "Accepted"}
        await simulator.until(lambda: len(central["BootNotification"]) == 2)
        await simulator.until(lambda: central.statuses[-1] == "Preparing")
        assert [stop["reason"] for stop in central["StopTransaction"]] == [reason]
        assert len(central.connections) == 2


async def test_availability(central: CentralSystem) -> None:
    """A connector in use becomes unavailable when its session has ended."""
    async with charging(central) as simulator:
        answer = await central.call(
            "ChangeAvailability", connectorId=1, type="Inoperative"
        )
        assert answer == {"status": "Scheduled"}
        await simulator.unplug()
        await simulator.until(lambda: central.statuses[-1] == "Unavailable")
        await simulator.power_cut()
        await simulator.until(lambda: len(central["BootNotification"]) == 2)
        await simulator.until(lambda: central.statuses[-1] == "Unavailable")
        answer = await central.call(
            "ChangeAvailability", connectorId=0, type="Operative"
        )
        assert answer == {"status": "Accepted"}
        await simulator.until(lambda: central.statuses[-1] == "Available")


async def test_unlock(central: CentralSystem) -> None:
    """Unlocking ends the session; there is no second connector to unlock."""
    async with charging(central) as simulator:
        answer = await central.call("UnlockConnector", connectorId=2)
        assert answer == {"status": "NotSupported"}
        answer = await central.call("UnlockConnector", connectorId=1)
        assert answer == {"status": "Unlocked"}
        await simulator.until(lambda: bool(central["StopTransaction"]))
        assert central["StopTransaction"][0]["reason"] == "UnlockCommand"


async def test_triggers(central: CentralSystem, simulator: Simulator) -> None:
    """Every message of the remote trigger profile can be triggered."""
    for message, action in (
        ("BootNotification", "BootNotification"),
        ("Heartbeat", "Heartbeat"),
        ("StatusNotification", "StatusNotification"),
        ("DiagnosticsStatusNotification", "DiagnosticsStatusNotification"),
        ("FirmwareStatusNotification", "FirmwareStatusNotification"),
    ):
        before = len(central[action])
        answer = await central.call("TriggerMessage", requestedMessage=message)
        assert answer == {"status": "Accepted"}
        await simulator.until(lambda: len(central[action]) > before)  # noqa: B023
    answer = await central.call(
        "TriggerMessage", requestedMessage="MeterValues", connectorId=7
    )
    assert answer == {"status": "Rejected"}


async def test_reservation(central: CentralSystem, simulator: Simulator) -> None:
    """A reserved connector takes its badge only, and says so in the session."""
    request = {
        "connectorId": 1,
        "expiryDate": "2099-01-01T00:00:00Z",
        "idTag": BADGE,
        "reservationId": 7,
    }
    assert await central.call("ReserveNow", **request) == {"status": "Accepted"}
    other = request | {"reservationId": 8}
    assert await central.call("ReserveNow", **other) == {"status": "Occupied"}
    await simulator.until(lambda: central.statuses[-1] == "Reserved")
    for status in ("Accepted", "Rejected"):
        answer = await central.call("CancelReservation", reservationId=7)
        assert answer == {"status": status}
    await central.call("ReserveNow", **request)
    assert not await simulator.present_badge("OTHER")
    assert await simulator.present_badge(BADGE)
    await simulator.plug_in()
    await simulator.until(lambda: bool(central["StartTransaction"]))
    assert central["StartTransaction"][0]["reservationId"] == 7


async def test_local_list(central: CentralSystem) -> None:
    """The local list has a version, and lets its badges in without asking."""
    keys = {"LocalAuthListEnabled": "True", "LocalPreAuthorize": "True"}
    async with build(central, configuration=keys) as simulator:
        await simulator.accepted.wait()
        assert await central.call("GetLocalListVersion") == {"listVersion": 0}
        entry = {"idTag": BADGE, "idTagInfo": {"status": "Accepted"}}
        for version, kind, entries, status in (
            (3, "Full", [entry], "Accepted"),
            (2, "Differential", [], "VersionMismatch"),
            (4, "Full", [entry] * 101, "Failed"),
        ):
            answer = await central.call(
                "SendLocalList",
                listVersion=version,
                updateType=kind,
                localAuthorizationList=entries,
            )
            assert answer == {"status": status}
        assert await central.call("GetLocalListVersion") == {"listVersion": 3}
        assert await simulator.present_badge(BADGE)
        assert not central["Authorize"]


async def test_local_list_disabled(
    central: CentralSystem, simulator: Simulator
) -> None:
    """A charger refuses a local list while it is disabled."""
    answer = await central.call("SendLocalList", listVersion=1, updateType="Full")
    assert answer == {"status": "NotSupported"}


async def test_firmware_without_local_list(central: CentralSystem) -> None:
    """An old firmware does not support SendLocalList."""
    async with build(central, firmware="1.1.6") as simulator:
        await simulator.accepted.wait()
        assert await central.call("GetLocalListVersion") == {"listVersion": -1}
        answer = await central.call("SendLocalList", listVersion=1, updateType="Full")
        assert answer == {"error": "NotImplemented"}


async def test_uploads(central: CentralSystem, simulator: Simulator) -> None:
    """Diagnostics and firmware report their progress."""
    answer = await central.call("GetDiagnostics", location="ftp://example.org/")
    assert answer == {"fileName": f"{IDENTITY}.zip"}
    answer = await central.call(
        "UpdateFirmware",
        location="ftps://example.org/firmware",
        retrieveDate="2026-01-01T00:00:00Z",
    )
    assert answer == {}
    await simulator.until(lambda: len(central["FirmwareStatusNotification"]) == 4)
    assert [s["status"] for s in central["DiagnosticsStatusNotification"]] == [
        "Uploading",
        "Uploaded",
    ]
    assert central["FirmwareStatusNotification"][-1]["status"] == "Installed"
    assert await central.call("GetDiagnostics", location="tftp://x") == {}


async def test_security_operations(
    central: CentralSystem, simulator: Simulator
) -> None:
    """Logs, signed firmware and certificates are handled as the white paper says."""
    answer = await central.call(
        "GetLog",
        logType="SecurityLog",
        requestId=4,
        log={"remoteLocation": "ftp://example.org/"},
    )
    assert answer["status"] == "Accepted"
    await central.call(
        "SignedUpdateFirmware",
        requestId=5,
        firmware={
            "location": "ftps://example.org/firmware",
            "retrieveDateTime": "2026-01-01T00:00:00Z",
            "signingCertificate": "-",
            "signature": "-",
        },
    )
    await simulator.until(lambda: len(central["SignedFirmwareStatusNotification"]) == 5)
    assert central["LogStatusNotification"][-1] == {
        "status": "Uploaded",
        "requestId": 4,
    }
    await simulator.report_security_event("SettingSystemTime")
    await simulator.until(lambda: bool(central["SecurityEventNotification"]))

    use = {"certificateType": "CentralSystemRootCertificate"}
    for certificate, status in (("nonsense", "Rejected"), (CERTIFICATE, "Accepted")):
        answer = await central.call(
            "InstallCertificate", certificate=certificate, **use
        )
        assert answer == {"status": status}
    answer = await central.call("GetInstalledCertificateIds", **use)
    (hash_data,) = answer["certificateHashData"]
    for status in ("Accepted", "NotFound"):
        answer = await central.call("DeleteCertificate", certificateHashData=hash_data)
        assert answer == {"status": status}
    answer = await central.call("GetInstalledCertificateIds", **use)
    assert answer == {"status": "NotFound"}


async def test_unknown_calls(central: CentralSystem, simulator: Simulator) -> None:
    """Unknown and malformed calls are refused, and the charger continues."""
    assert "error" in await central.call("Nonsense")
    assert "error" in await central.call("Reset", type="Warm")
    assert await central.call("ClearCache") == {"status": "Accepted"}
    assert [action for action, _ in simulator.received] == [
        "Nonsense",
        "Reset",
        "ClearCache",
    ]


# Faults, the detection loop


async def test_fault(central: CentralSystem) -> None:
    """A fault is reported with its codes and stops the current until it is cleared."""
    async with charging(central) as simulator:
        await simulator.raise_fault("2.4")
        assert simulator.current == 0
        await simulator.until(lambda: central.statuses[-1] == "Faulted")
        status = central["StatusNotification"][-1]
        assert status["errorCode"] == "InternalError"
        assert status["vendorErrorCode"] == "2.4"
        await simulator.clear_fault()
        await simulator.until(lambda: central.statuses[-1] == "Charging")
        assert central["StatusNotification"][-1]["vendorErrorCode"] == "0.0"
        with pytest.raises(ValueError, match="no fault"):
            await simulator.raise_fault("99.9")


async def test_detection_loop(central: CentralSystem, simulator: Simulator) -> None:
    """The detection loop sends its vendor message once it is enabled."""
    await simulator.vehicle_detected(True)
    await central.call(
        "ChangeConfiguration", key="EvPresenceNotification", value="true"
    )
    await simulator.vehicle_detected(True)
    await simulator.vehicle_detected(False)
    await simulator.until(lambda: len(central["DataTransfer"]) == 2)
    transfer = central["DataTransfer"][0]
    assert transfer["vendorId"] == "Schneider Electric"
    assert transfer["messageId"] == "Detection loop"
    data = json.loads(transfer["data"])
    assert data.pop("timestamp").endswith("Z:")
    assert data == {"connectorId": 1, "name": "Vehicle", "state": "1"}
    assert json.loads(central["DataTransfer"][1]["data"])["state"] == "0"


async def test_latency(central: CentralSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow charger thinks before each answer, one call after the other."""
    async with build(central, latency=7) as simulator:
        await simulator.accepted.wait()
        thinking: list[float] = []

        async def think(seconds: float) -> None:
            thinking.append(seconds)
            await released.acquire()

        released = asyncio.Semaphore(0)
        monkeypatch.setattr(charge_point, "sleep", think)
        first, second = (
            asyncio.create_task(central.call("ClearCache")) for _ in range(2)
        )
        await simulator.until(lambda: thinking == [7])
        released.release()
        await first
        await simulator.until(lambda: thinking == [7, 7])
        assert not second.done()
        released.release()
        await second


# Control port and command line


async def test_control_port(central: CentralSystem, simulator: Simulator) -> None:
    """Actions of people can be performed through the control port."""
    control = Control({IDENTITY: simulator})
    port = await control.start(0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def say(**request: Any) -> dict[str, Any]:
        writer.write(json.dumps(request).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await reader.readline())
        return answer

    assert (await say(command="list")) == {"identities": [IDENTITY]}
    assert (await say(command="state"))["status"] == "Available"
    state = await say(command="plug_in", identity=IDENTITY)
    assert (state["status"], state["plugged"]) == ("Preparing", True)
    state = await say(command="present_badge", id_tag=BADGE)
    assert state["status"] == "Charging"
    await say(command="set_car", ready=False)
    assert simulator.status == "SuspendedEV"
    assert "error" in await say(command="set_car", wings=2)
    assert "error" in await say(command="raise_fault", code="99.9")
    assert "error" in await say(command="spawn")
    assert "error" in await say(command="state", identity="nobody")
    writer.close()
    await control.stop()


async def test_command_line(central: CentralSystem) -> None:
    """The command line runs several chargers, and stops them on a signal."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.simulator",
        "--url",
        central.url,
        "--identity",
        "CLI",
        "--count",
        "2",
        "--charging",
        "--control-port",
        "0",
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            while len(central["StartTransaction"]) < 2:
                await asyncio.sleep(0.05)
        assert sorted(central.paths) == ["/CLI-001", "/CLI-002"]
    finally:
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_fifty_chargers(central: CentralSystem) -> None:
    """Fifty chargers run in one process."""
    simulators = [
        Simulator(central.url, f"CP{n:02}", free_charging=True) for n in range(50)
    ]
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        for simulator in simulators:
            group.create_task(simulator.__aenter__())
    for simulator in simulators:
        await simulator.plug_in()
    for simulator in simulators:
        await simulator.until(lambda: simulator.transaction_id is not None, 20)  # noqa: B023
    for simulator in simulators:
        await simulator.__aexit__(None, None, None)
    assert len(central["StartTransaction"]) == 50
