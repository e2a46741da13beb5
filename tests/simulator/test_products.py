"""Tests of the differences between the simulated products."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from typing import Any

import pytest

from custom_components.schneider_ev.products.model import Plug
from tests.simulator import PRODUCTS, Car, Simulator
from tests.simulator.notebook import (
    CentralSystem,
    build,
    charging_profile,
    listening,
    said_all,
)

AC = "evlink_pro_ac"
PRO = "schneider_charge_pro"
DC = "evlink_pro_dc"
CHADEMO = "2.6.11"
BADGE = "04AABBCC"
DOMESTIC = "EVB3S22N4EA"

COST = {
    "currency": "EUR",
    "method": "CostUpdated",
    "connectID": 1,
    "totalCost": 16.78,
    "transactionId": 1,
}
TARIFF = {
    "fileType": "Tariff",
    "type": "file",
    "location": "ftp://example.org/tariff.png",
    "size": 2_097_152,
}


@pytest.fixture
async def central() -> AsyncIterator[CentralSystem]:
    """Return a central system that listens on a free port."""
    central = CentralSystem()
    async with listening(central):
        yield central


@asynccontextmanager
async def ready(
    central: CentralSystem, product: str, **options: Any
) -> AsyncIterator[Simulator]:
    """Run a charger that has booted and reported itself."""
    async with build(central, product=product, **options) as simulator:
        await said_all(simulator)
        yield simulator


@asynccontextmanager
async def charging(
    central: CentralSystem, product: str, *connectors: int, **options: Any
) -> AsyncIterator[Simulator]:
    """Run a charger on which cars charge, with numbers from 1."""
    async with ready(central, product, **options) as simulator:
        for connector in connectors or (1,):
            simulator.set_car(connector, ramp=1e6)
            await simulator.plug_in(connector=connector)
            assert await simulator.present_badge(BADGE, connector)
            place = simulator.connectors[connector]
            await simulator.until(lambda: place.transaction.id is not None)  # type: ignore[union-attr]  # noqa: B023
        await said_all(simulator)
        yield simulator


async def set_limit(
    central: CentralSystem, limit: float, connector: int = 1, **fields: Any
) -> str:
    """Send a limit and return the status of the answer."""
    answer = await central.call(
        "SetChargingProfile",
        connectorId=connector,
        csChargingProfiles=charging_profile(limit, **fields),
    )
    return str(answer["status"])


async def keys(central: CentralSystem, *names: str) -> dict[str, Any]:
    """Return the keys that a charger reports, with their values."""
    asked: dict[str, Any] = {"key": names} if names else {}
    answer = await central.call("GetConfiguration", **asked)
    return {entry["key"]: entry.get("value") for entry in answer["configurationKey"]}


async def change(central: CentralSystem, key: str, value: str) -> str:
    """Change a key and return the status of the answer."""
    answer = await central.call("ChangeConfiguration", key=key, value=value)
    return str(answer["status"])


async def samples(
    central: CentralSystem, simulator: Simulator, connector: int = 1
) -> dict[str, dict[str, Any]]:
    """Return the readings of a connector, by measurand and phase."""
    known = len(central["MeterValues"])
    await central.call(
        "TriggerMessage", requestedMessage="MeterValues", connectorId=connector
    )
    await simulator.until(lambda: len(central["MeterValues"]) > known)
    sampled = central["MeterValues"][-1]["meterValue"][0]["sampledValue"]
    return {
        ".".join(filter(None, (value["measurand"], value.get("phase")))): value
        for value in sampled
    }


# Booting and StatusNotification


@pytest.mark.parametrize(
    ("product", "firmware", "model"),
    [
        (AC, "1.1.6", "EVlink Pro AC"),
        (AC, "1.6.1", "EVlink Pro AC"),
        (AC, "2.0.1", "EVlink Pro AC"),
        (PRO, "1.13.1", "EVB4S22N40M"),
        (PRO, "3.0.0", "EVB4S22N40M"),
        (DC, "2.6.11", "EVD1S60THB"),
        (DC, "3.5.8803", "EVD1S180TBBC"),
    ],
)
async def test_boot(
    central: CentralSystem, product: str, firmware: str, model: str
) -> None:
    """Every firmware of every product boots, and sends valid messages only."""
    async with ready(central, product, firmware=firmware) as simulator:
        await simulator.plug_in()
        assert await simulator.present_badge(BADGE)
        await simulator.until(lambda: simulator.transaction_id is not None)
        await samples(central, simulator)
        await simulator.unplug()
        await said_all(simulator)
    (boot,) = central["BootNotification"]
    assert (boot["chargePointModel"], boot["firmwareVersion"]) == (model, firmware)
    assert ("meterSerialNumber" in boot) == (product == AC)
    connectors = {status["connectorId"] for status in central["StatusNotification"]}
    assert connectors == ({0, 1, 2} if product == DC else {0, 1})
    assert len(central["StopTransaction"]) == 1
    # serial numbers are longer than OCPP has them
    assert {text.partition(":")[0] for text in central.violations} == {
        "BootNotification"
    }


def test_every_firmware_is_played() -> None:
    """The newest firmware is simulated by default; unknown ones are rejected."""
    newest = {key: product.firmware(None) for key, product in PRODUCTS.items()}
    assert {key: firmware.version for key, firmware in newest.items()} == {
        AC: "2.0.1",
        PRO: "3.0.0",
        DC: "3.5.8803",
    }
    with pytest.raises(ValueError, match="has no firmware"):
        Simulator("ws://127.0.0.1:1", "CP", DC, firmware="1.0")
    with pytest.raises(ValueError, match="Schneider Charge Pro has no reference"):
        Simulator("ws://127.0.0.1:1", "CP", PRO, reference="EVB3S22N4A")


@pytest.mark.parametrize(
    ("product", "code", "clear", "fields"),
    [
        (AC, "2.4", {"vendorErrorCode": "0.0"}, {"info", "vendorId"}),
        (PRO, "0x300002", {"vendorErrorCode": "0x0"}, {"info", "vendorId"}),
        (DC, "0x100202", {}, set()),
    ],
)
async def test_status(
    central: CentralSystem,
    product: str,
    code: str,
    clear: dict[str, str],
    fields: set[str],
) -> None:
    """Each product has its own optional fields; a fault always has its code."""
    async with ready(central, product) as simulator:
        for status in central["StatusNotification"]:
            assert status.items() >= clear.items()
            assert status.keys() - clear.keys() - fields == {
                "connectorId",
                "errorCode",
                "status",
                "timestamp",
            }
        await simulator.raise_fault(code)
        await said_all(simulator)
        status = central["StatusNotification"][-1]
        assert status["status"] == "Faulted"
        assert status["errorCode"] == "InternalError"
        assert status["vendorErrorCode"] == code


# Keys


@pytest.mark.parametrize(
    ("product", "firmware", "values", "absent"),
    [
        (
            PRO,
            "1.13.1",
            {"MeterValueSampleInterval": "60", "StationMeterType": "1"},
            {"ISO15118ChargeEnabled", "PlugNumberingMode", "LightIntensity"},
        ),
        (
            PRO,
            "3.0.0",
            {
                "ISO15118ChargeEnabled": "True",
                "ChargingScheduleMaxPeriods": "100",
                "MeterValuesSampledData": (
                    "Energy.Active.Import.Register,Current.Offered,"
                    "Current.Import.L1,Current.Import.L2,Current.Import.L3"
                ),
            },
            set(),
        ),
        (
            DC,
            "2.6.11",
            {
                "EnabeMeterValuesContainVoltage": "False",
                "AllowOfflineTxForUnknownId": "true",
                "AuthenticationOCPPMode": "True",
                "ChargingScheduleMaxPeriods": "20",
                "ConnectionTimeOut": "120",
                "ConnectorALimitedPower": "60",
            },
            {"EnableMeterValuesContainVoltage", "FreeCharging", "ConnectorAType"},
        ),
        (
            DC,
            "3.5.8803",
            {
                "EnableMeterValuesContainVoltage": "False",
                "FreeCharging": "False",
                "ConnectorAType": "CCS2",
                "ConnectorBType": "CCS2",
                "ChargeLimitedPower": "180",
                "ISO15118PnCEnabled": "false",
            },
            {"EnabeMeterValuesContainVoltage", "CpoName"},
        ),
    ],
)
async def test_keys_of_a_firmware(
    central: CentralSystem,
    product: str,
    firmware: str,
    values: dict[str, str],
    absent: set[str],
) -> None:
    """Each firmware has its own keys, under its own names."""
    async with ready(central, product, firmware=firmware):
        assert await keys(central, *values, *absent) == values


async def test_keys_come_in_pages(central: CentralSystem) -> None:
    """An EVlink Pro DC of 2024 has more keys than it returns at once."""
    async with ready(central, DC, firmware=CHADEMO) as simulator:
        assert len(simulator.configuration) == 52
        first = await keys(central)
        assert len(first) == 50
        missing = simulator.configuration.keys() - first.keys()
        assert (await keys(central, *missing)).keys() == missing


async def test_keys_of_plug_and_charge(central: CentralSystem) -> None:
    """Some keys are there only while Plug & Charge is on."""
    async with ready(central, DC):
        before = await keys(central)
        assert await change(central, "CpoName", "Home") == "NotSupported"
        assert await change(central, "ISO15118PnCEnabled", "True") == "Accepted"
        after = await keys(central)
        assert (len(before), len(after)) == (69, 80)
        assert after["ISO15118PnCEnabled"] == "true"
        assert await change(central, "CpoName", "Home") == "Accepted"


async def test_momentary_key(central: CentralSystem) -> None:
    """A momentary key resets itself."""
    name = "TriggerBackendConfigurationDataReset"
    async with ready(central, PRO):
        assert await change(central, name, "true") == "Accepted"
        assert await keys(central, name) == {name: "false"}


@pytest.mark.parametrize(
    ("product", "value", "status"),
    [
        (PRO, "Energy.Active.Import.Register,Current.Import.L1", "Accepted"),
        (PRO, "Energy.Active.Import.Register,Current.Import", "Rejected"),
        (PRO, "Energy.Active.Import.Register,Power.Active.Import", "Rejected"),
        (PRO, "Energy.Active.Import.Register,Voltage.L1", "Rejected"),
        (DC, "Energy.Active.Import.Register,SoC,Current.Import", "Accepted"),
        (DC, "Energy.Active.Import.Register,Current.Import.L1", "Rejected"),
        (DC, "Energy.Active.Import.Register,Voltage", "Rejected"),
        (DC, ",".join(["SoC"] * 9), "Rejected"),
    ],
)
async def test_measurands(
    central: CentralSystem, product: str, value: str, status: str
) -> None:
    """A list with a measurand that the product lacks is rejected."""
    async with ready(central, product):
        assert await change(central, "MeterValuesSampledData", value) == status


# Ways to identify a driver


@pytest.mark.parametrize(
    ("product", "firmware", "key", "value"),
    [
        (PRO, None, "AuthenticationOCPPMode", "False"),
        (DC, CHADEMO, "AuthenticationOCPPMode", "False"),
        (DC, None, "AuthenticationOCPPMode", "False"),
    ],
)
async def test_free_charging(
    central: CentralSystem, product: str, firmware: str | None, key: str, value: str
) -> None:
    """Without authentication a car charges at once, with the charger's own badge."""
    async with ready(central, product, firmware=firmware) as simulator:
        assert await change(central, key, value) == "Accepted"
        await simulator.plug_in()
        await simulator.until(lambda: bool(central["StartTransaction"]))
    badge = "SIMTAG" if product == DC else "18237379292"
    assert central["StartTransaction"][0]["idTag"] == badge


async def test_free_charging_is_exclusive(central: CentralSystem) -> None:
    """Free charging and the ways to identify a driver do not go together."""
    async with ready(central, DC) as simulator:
        assert await change(central, "FreeCharging", "true") == "Rejected"
        for method in ("QrCodeEnabled", "RFIDEnabled", "APPEEnabled"):
            assert await change(central, method, "false") == "Accepted"
        assert await change(central, "FreeCharging", "true") == "Accepted"
        for method in ("RFIDEnabled", "AutoCharge", "ISO15118PnCEnabled"):
            assert await change(central, method, "true") == "Rejected"
        assert await change(central, "FreeCharging", "false") == "Accepted"
        await simulator.plug_in()
        assert not await simulator.present_badge(BADGE)
        answer = await central.call("RemoteStartTransaction", idTag=BADGE)
        assert answer == {"status": "Rejected"}
        # the older key still works
        assert await change(central, "AuthenticationOCPPMode", "true") == "Accepted"
        assert await simulator.present_badge(BADGE)


async def test_remote_start_without_a_vehicle(central: CentralSystem) -> None:
    """An EVlink Pro DC waits for a vehicle if a key allows it, else it refuses."""
    start = {"idTag": BADGE, "connectorId": 2}
    async with ready(central, DC, configuration={"ConnectionTimeOut": "1"}) as charger:
        assert not await charger.present_badge(BADGE)
        answer = await central.call("RemoteStartTransaction", **start)
        assert answer == {"status": "Accepted"}
        await charger.until(lambda: charger.connectors[2].status == "Preparing")
        await charger.until(lambda: charger.connectors[2].status == "Available")
        await change(central, "EnableRemoteStartNoConnectedEV", "false")
        answer = await central.call("RemoteStartTransaction", **start)
        assert answer == {"status": "Rejected"}
        await charger.plug_in(connector=2)
        answer = await central.call("RemoteStartTransaction", idTag=BADGE)
        assert answer == {"status": "Accepted"}
        await charger.until(lambda: bool(central["StartTransaction"]))
        assert central["StartTransaction"][0]["connectorId"] == 2


# Limits


@pytest.mark.parametrize(
    ("product", "limit", "fields"),
    [
        (PRO, 10, {"purpose": "ChargePointMaxProfile", "connector": 0}),
        (PRO, 2300, {"schedule": {"chargingRateUnit": "W"}}),
        (PRO, 10, {"stackLevel": 201}),
        (DC, 10, {}),
        (DC, 999, {"schedule": {"chargingRateUnit": "W"}}),
        (DC, 5000, {"schedule": {"chargingRateUnit": "W", "minChargingRate": 2000.0}}),
        (DC, 5000, {"schedule": {"chargingRateUnit": "W"}, "stackLevel": 21}),
        (
            DC,
            5000,
            {
                "schedule": {"chargingRateUnit": "W"},
                "purpose": "ChargePointMaxProfile",
                "connector": 0,
            },
        ),
    ],
)
async def test_profile_is_refused(
    central: CentralSystem, product: str, limit: float, fields: dict[str, Any]
) -> None:
    """What the guide says is not supported is refused."""
    async with charging(central, product) as simulator:
        assert await set_limit(central, limit, **fields) == "Rejected"
        assert len(simulator.profiles) == 0


@pytest.mark.parametrize(
    ("product", "firmware", "most"),
    [(AC, None, 50), (PRO, None, 100), (DC, CHADEMO, 20), (DC, None, 50)],
)
async def test_steps_of_a_profile(
    central: CentralSystem, product: str, firmware: str | None, most: int
) -> None:
    """A schedule has a maximum number of periods; numberPhases is refused."""
    unit = "W" if product == DC else "A"
    step = {"limit": 6000.0 if product == DC else 10}
    async with charging(central, product, firmware=firmware):
        for count, extra, status in (
            (most, {}, "Accepted"),
            (most + 1, {}, "Rejected"),
            (1, {"numberPhases": 3}, "Rejected"),
        ):
            steps = [{"startPeriod": n, **step, **extra} for n in range(count)]
            schedule = {"chargingRateUnit": unit, "chargingSchedulePeriod": steps}
            assert await set_limit(central, 0, schedule=schedule) == status


async def test_charge_pro_follows_limits(central: CentralSystem) -> None:
    """A Schneider Charge Pro is limited in A, in W where its key says so."""
    async with charging(central, PRO) as simulator:
        for limit, offered in ((10, 10), (0, 0), (16, 16)):
            assert await set_limit(central, limit) == "Accepted"
            await simulator.until(lambda: simulator.offered_current == offered)  # noqa: B023
        simulator.configuration["ChargingScheduleAllowedChargingRateUnit"] = (
            "Current,Power"
        )
        schedule = {"chargingRateUnit": "W", "minChargingRate": 4200.0}
        assert await set_limit(central, 7000, schedule=schedule) == "Accepted"
        await simulator.until(lambda: simulator.offered_current == 10)


async def test_dc_follows_limits(central: CentralSystem) -> None:
    """An EVlink Pro DC is limited in W for each connector, and never stops by it."""
    watts: dict[str, Any] = {"schedule": {"chargingRateUnit": "W"}}
    async with charging(central, DC, 1, 2) as simulator:
        one, two = simulator.connectors.values()
        assert simulator.cars[1] is not simulator.cars[2]
        # 180 kW for both
        assert (one.offered, one.current, two.offered) == (225, 200, 225)
        assert await set_limit(central, 20_000, **watts) == "Accepted"
        await simulator.until(lambda: one.offered == 50)
        assert two.offered == 225
        for measurand, value, unit in (
            ("Power.Offered", "20000", "W"),
            ("Power.Active.Import", "20000", "W"),
            ("Current.Offered", "50", "A"),
        ):
            sample = (await samples(central, simulator))[measurand]
            assert (sample["value"], sample["unit"]) == (value, unit)
        assert await set_limit(central, 0, **watts) == "Accepted"
        await simulator.until(lambda: one.offered == 0.5)
        await asyncio.sleep(0.01)
        simulator.refresh()
        assert (one.status, one.current) == ("Charging", 0.5)
        answer = await central.call("GetCompositeSchedule", connectorId=1, duration=60)
        schedule = answer["chargingSchedule"]
        assert schedule["chargingRateUnit"] == "W"
        assert schedule["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 0}]
        await simulator.unplug(2)
        assert await set_limit(central, 1000, **watts) == "Accepted"
        await simulator.until(lambda: one.offered == 2.5)
        await central.call("ClearChargingProfile")
        await simulator.until(lambda: one.offered == 450)


async def test_chademo_follows_no_limit(central: CentralSystem) -> None:
    """A CHAdeMO connector refuses a limit, and passes over that of the station."""
    watts: dict[str, Any] = {"schedule": {"chargingRateUnit": "W"}}
    async with charging(central, DC, 1, 2, firmware=CHADEMO) as simulator:
        ccs, chademo = simulator.connectors.values()
        assert chademo.plug is Plug.CHADEMO
        assert await set_limit(central, 10_000, 2, **watts) == "Rejected"
        default = {"purpose": "TxDefaultProfile", **watts}
        assert await set_limit(central, 10_000, 2, **default) == "Rejected"
        assert await set_limit(central, 10_000, 0, **default) == "Accepted"
        await simulator.until(lambda: ccs.offered == 25)
        assert chademo.offered == 75


# Readings


async def test_charge_pro_readings(central: CentralSystem) -> None:
    """A Schneider Charge Pro sends energy and currents, none clock-aligned."""
    clock = {"ClockAlignedDataInterval": "1"}
    async with charging(central, PRO, configuration=clock) as simulator:
        sampled = await samples(central, simulator)
        await asyncio.sleep(1.1)
    assert sampled.keys() == {
        "Energy.Active.Import.Register",
        "Current.Offered",
        "Current.Import.L1",
        "Current.Import.L2",
        "Current.Import.L3",
    }
    assert len(central["MeterValues"]) == 1


async def test_dc_readings(central: CentralSystem) -> None:
    """An EVlink Pro DC sends the state of charge, and the voltage if it is enabled."""
    async with charging(central, DC, 2) as simulator:
        simulator.set_car(2, state_of_charge=55.0)
        sampled = await samples(central, simulator, 2)
        assert sampled["SoC"] == {
            "value": "55",
            "context": "Trigger",
            "format": "Raw",
            "measurand": "SoC",
            "location": "EV",
            "unit": "Percent",
        }
        assert sampled["Power.Active.Import"]["location"] == "Outlet"
        assert "Voltage" not in sampled
        assert "SoC" not in await samples(central, simulator, 1)
        await change(central, "EnableMeterValuesContainVoltage", "true")
        assert (await samples(central, simulator, 2))["Voltage"]["value"] == "400.0"
        wanted = "Energy.Active.Import.Register,Voltage"
        assert await change(central, "MeterValuesSampledData", wanted) == "Accepted"
        await change(central, "EnableMeterValuesContainVoltage", "false")
        sampled = await samples(central, simulator, 2)
        assert sampled.keys() == {"Energy.Active.Import.Register"}


async def test_dc_by_the_clock(central: CentralSystem) -> None:
    """Clock-aligned readings are sent for connectors that charge."""
    async with charging(central, DC, 2):
        await change(central, "ClockAlignedDataInterval", "1")
        await asyncio.sleep(1.1)
    assert {entry["connectorId"] for entry in central["MeterValues"]} == {2}


# Other calls of a central system


@pytest.mark.parametrize(
    ("product", "vendor", "message", "data", "answer"),
    [
        (PRO, "Schneider Electric", "Locate", {}, {"status": "UnknownVendorId"}),
        (DC, "Schneider Electric", "Locate", {}, {"status": "UnknownVendorId"}),
        (DC, "com.se.cost", "CostUpdated", COST, {"status": "Accepted", "data": ""}),
        (DC, "com.se.cost", "CostUpdated", COST | {"connectID": "1"}, None),
        (DC, "com.se.cost", "CostUpdated", {"totalCost": 1}, None),
        (DC, "com.se.cost", "CostUpdated", '{currency:"EUR"}', None),
        (DC, "com.se.cost", "Tariff", TARIFF, {"status": "UnknownMessageId"}),
        (
            DC,
            "com.se.tariff",
            "TariffDownload",
            TARIFF,
            {"status": "Accepted", "data": '{"downloadStatus": "Downloaded"}'},
        ),
        (DC, "com.se.tariff", "TariffDownload", TARIFF | {"size": 2_097_153}, None),
        (
            DC,
            "com.se.tariff",
            "TariffDownload",
            TARIFF | {"location": "ftps://example.org/tariff.png"},
            None,
        ),
        (
            DC,
            "com.se.tariff",
            "TariffDownload",
            TARIFF | {"location": "ftp://example.org/price.png"},
            None,
        ),
        (DC, "com.se.tariff", "TariffDownload", [], None),
    ],
)
async def test_data_transfer(
    central: CentralSystem,
    product: str,
    vendor: str,
    message: str,
    data: Any,
    answer: dict[str, str] | None,
) -> None:
    """Vendor messages are accepted only with data as in the guide."""
    async with ready(central, product):
        assert await central.call(
            "DataTransfer",
            vendorId=vendor,
            messageId=message,
            data=data if isinstance(data, str) else json.dumps(data),
        ) == (answer or {"status": "Rejected"})


async def test_unlock(central: CentralSystem) -> None:
    """An EVlink Pro DC has nothing to unlock; a session goes on."""
    async with charging(central, DC) as simulator:
        answer = await central.call("UnlockConnector", connectorId=1)
        assert answer == {"status": "NotSupported"}
        assert simulator.status == "Charging"


async def test_operations(central: CentralSystem) -> None:
    """An EVlink Pro DC has the security extension, a Schneider Charge Pro has not."""
    trigger = {"requestedMessage": "Heartbeat"}
    async with ready(central, DC):
        answer = await central.call("ExtendedTriggerMessage", **trigger)
        assert answer == {"status": "Accepted"}
        answer = await central.call("CertificateSigned", certificateChain="nothing")
        assert answer == {"status": "Rejected"}
        answer = await central.call("GetDiagnostics", location="ftps://example.org")
        assert answer == {}
    async with ready(central, PRO):
        for action, payload in (
            ("ExtendedTriggerMessage", trigger),
            ("CertificateSigned", {"certificateChain": "nothing"}),
            ("GetInstalledCertificateIds", {"certificateType": "CentralSystem"}),
        ):
            assert "error" in await central.call(action, **payload)


@pytest.mark.parametrize(("product", "ends"), [(PRO, False), (DC, True)])
async def test_power_cut(central: CentralSystem, product: str, ends: bool) -> None:
    """An EVlink Pro DC reports a session that a power cut has ended, after the boot."""
    async with charging(central, product) as simulator:
        await simulator.power_cut()
        await simulator.until(lambda: len(central["BootNotification"]) == 2)
        await said_all(simulator)
    reasons = [stop["reason"] for stop in central["StopTransaction"]]
    assert reasons == (["PowerLoss"] if ends else [])


# The domestic socket of an EVlink Pro AC


async def test_domestic_socket_without_a_number(central: CentralSystem) -> None:
    """Two sockets can be one connector; the domestic one has a phase and 10 A."""
    async with ready(central, AC, reference=DOMESTIC, free_charging=True) as simulator:
        assert await keys(central, "NumberOfConnectors") == {"NumberOfConnectors": "1"}
        car = Car(ramp=1e6)
        for plug, current, power in (
            (Plug.DOMESTIC_SOCKET, 10, 2_300),
            (Plug.SOCKET_T2S, 16, 11_100),
        ):
            await simulator.plug_in(car, plug=plug)
            await asyncio.sleep(0.01)
            assert simulator.current == current
            assert simulator.connectors[1].power == pytest.approx(power, rel=0.02)
            await simulator.unplug()
    async with ready(central, AC, free_charging=True) as simulator:
        with pytest.raises(ValueError, match="no domestic"):
            await simulator.plug_in(plug=Plug.DOMESTIC_SOCKET)


async def test_domestic_socket_with_a_number(central: CentralSystem) -> None:
    """Two sockets are two connectors once the charger has restarted for it."""
    async with ready(central, AC, reference=DOMESTIC, free_charging=True) as simulator:
        assert await change(central, "PlugNumberingMode", "1") == "RebootRequired"
        assert list(simulator.connectors) == [1]
        await central.call("Reset", type="Soft")
        await simulator.until(lambda: len(central["BootNotification"]) == 2)
        await said_all(simulator)
        assert await keys(central, "NumberOfConnectors") == {"NumberOfConnectors": "2"}
        assert {status["connectorId"] for status in central["StatusNotification"]} == {
            0,
            1,
            2,
        }
        await simulator.plug_in(Car(ramp=1e6), connector=2)
        await simulator.plug_in(Car(ramp=1e6))
        await asyncio.sleep(0.01)
        assert simulator.connectors[2].offered == 10
        assert simulator.connectors[1].offered == 32
        simulator.configuration["IMaxEvseCapacityTE"] = "6"
        assert await set_limit(central, 12, 1, purpose="TxDefaultProfile") == "Accepted"
        await simulator.until(lambda: simulator.offered_current == 12)
        assert simulator.connectors[2].offered == 6
        await simulator.until(
            lambda: (
                {start["connectorId"] for start in central["StartTransaction"]}
                == {1, 2}
            )
        )


@pytest.mark.parametrize(
    ("reference", "offered", "phases"),
    [("EVB3S07N4EA", 32, 1), ("EVB3S11N4FB", 16, 3), ("EVB3S22NC0M", 32, 3)],
)
async def test_type_plate(
    central: CentralSystem, reference: str, offered: float, phases: int
) -> None:
    """The commercial reference determines phases and power."""
    async with charging(central, AC, reference=reference) as simulator:
        assert simulator.offered_current == offered
        assert len(simulator.connectors[1].voltages) == phases
