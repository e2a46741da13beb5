"""The EVlink Pro AC's table against its guides."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path
import re

import pytest

from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.model import (
    Access,
    ConfigurationKey,
    Direction,
    KeyType,
    Phasing,
    Plug,
    Purpose,
    RateUnit,
)

from .guides import GUIDES, section

KEYS = EVLINK_PRO_AC.configuration
FAULTS = EVLINK_PRO_AC.faults

GUIDE_2026 = GUIDES / "evlink-pro-ac_GEX1969200-11_2026.txt"
GUIDE_2022 = GUIDES / "evlink-pro-ac_GEX1969200-00_2022.txt"
needs_guides = pytest.mark.skipif(
    not (GUIDE_2026.exists() and GUIDE_2022.exists()), reason="the guides are not here"
)


def key(name: str) -> ConfigurationKey:
    """Return the key of that name."""
    found = EVLINK_PRO_AC.configuration_key(name)
    assert found is not None, name
    return found


# References


def test_references() -> None:
    """The 17 references, each with its power, phases and plugs."""
    references = EVLINK_PRO_AC.references
    assert len(references) == len({reference.name for reference in references}) == 17
    for reference in references:
        assert EVLINK_PRO_AC.is_model("Schneider Electric", reference.name)
        rating = reference.name.removeprefix("EVB3S")[:2]
        assert (reference.power, reference.phases) == {
            "07": (7.4, 1),
            "11": (11, 3),
            "22": (22, 3),
        }[rating]
    plugs = [reference.plugs for reference in references]
    assert plugs.count((Plug.SOCKET_T2S,)) == 5
    assert plugs.count((Plug.ATTACHED_CABLE,)) == 2
    assert plugs.count((Plug.SOCKET_T2S, Plug.DOMESTIC_SOCKET)) == 10


# Configuration keys


def test_counts() -> None:
    """Every key of both guides is there, once."""
    current = [key for key in KEYS if not key.removed]
    assert len(current) == 86
    assert sum(key.standard for key in current) == 42
    assert [key.name for key in KEYS if key.removed] == [
        "EnableDoubleNotification",
        "PhasesConnection",
    ]
    assert len(KEYS) == 88
    assert sum(len(key.aliases) for key in KEYS) == 14


def test_guarded() -> None:
    """Exactly the keys that can cut a charger off are guarded."""
    assert {key.name for key in KEYS if key.risk} == {
        "AuthorizationKey",
        "BoxIdentifier",
        "CertSigningRepeatTimes",
        "CertSigningWaitMinimum",
        "DhcpEnabled",
        "DnsAddress1",
        "DnsAddress2",
        "IpAddress",
        "NetworkGateway",
        "NetworkSubmask",
        "OcppEnable",
        "SeccLeafSubjectCommonName",
        "SeccLeafSubjectCountry",
        "SeccLeafSubjectOrganization",
        "SecurityProfile",
        "SelfSignedCertificateAuthorized",
        "SupervisionUrl",
        "WebsocketConnectionTimeout",
        "WebsocketPingInterval",
        "WebsocketRequestTimeout",
    }


@pytest.mark.parametrize(
    ("name", "access", "default", "minimum", "maximum", "unit"),
    [
        # The guide's row is shifted by a column.
        ("UnlockConnectorOnEVSideDisconnect", "RO", "True", None, None, None),
        ("LocalAuthListEnabled", "RW", "False", None, None, None),
        ("ReserveConnectorZeroSupported", "RO", "True", None, None, None),
        ("ConnectorSwitch3to1PhaseSupported", "RO", "False", None, None, None),
        # "535", which was 65535 in 2022
        ("ResendBootNotificationInterval", "RW", "40", 0, 65535, "s"),
        # listed twice, once without a bound
        ("StopTxnMinimumDurationData", "RW", "60", 0, 4294967295, "s"),
        ("StopTxnMaximaleData", "RO", "1440", 0, 4294967295, None),
        # wrapped values
        ("AuthorizationKey", "WO", "EVlink_Pro_AC_Autho", None, 20, None),
        ("NetworkSubmask", "RW", "255.255.255.0", None, None, None),
        ("NetworkGateway", "RW", "192.168.0.254", None, None, None),
        ("RestoreTimeout", "RW", "600", 0, 86400, "s"),
        # a default in the column of the maximum
        ("ChargingScheduleAllowedChargingRateUnit", "RO", "Current", None, None, None),
        # a note in the column of the minimum
        ("MeterValueSampleInterval", "RW", "0", 0, None, "s"),
        # the unit misses in the guide, OCPP has it
        ("TransactionMessageRetryInterval", "RW", "0", 0, None, "s"),
        # "S"
        ("WebsocketRequestTimeout", "RW", "10", 10, 60, "s"),
        ("HeartbeatInterval", "RW", "30", 1, 86400, "s"),
        ("iMaxDeratingSwCapacity", "RW", "32", 10, 32, "A"),
        ("IMaxEvseCapacityTE", "RO", "10", 6, 10, "A"),
        ("StationName", "RW", None, 0, 31, None),
        ("ISO15118PnCEnabled", "RO", "False", None, None, None),
        ("LightIntensity", "RW", "80", 0, 100, "%"),
    ],
)
def test_resolved_misprints(
    name: str,
    access: str,
    default: str | None,
    minimum: int | None,
    maximum: int | None,
    unit: str | None,
) -> None:
    """What the guide misprints is read as a charger can mean it."""
    found = key(name)
    assert found.name == name
    assert (found.access, found.default) == (Access(access), default)
    assert (found.minimum, found.maximum, found.unit) == (minimum, maximum, unit)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ConnectorPhaseRotation", KeyType.TEXT),
        ("IMaxEvseCapacityTE", KeyType.INTEGER),
        ("LedDayEndHour", KeyType.TIME),
        ("LedDayStartHour", KeyType.TIME),
        ("MeterMID", KeyType.BOOLEAN),
        ("MeterValuesSampledData", KeyType.LIST),
        ("PhasesConnection", KeyType.CHOICE),
        ("PlugNumberingMode", KeyType.CHOICE),
        ("SecurityProfile", KeyType.INTEGER),
        ("StopTxnSampledData", KeyType.LIST),
        ("SupportedFeatureProfiles", KeyType.LIST),
    ],
)
def test_types(name: str, kind: KeyType) -> None:
    """A value is read as what it is, not as the guide's column has it."""
    assert key(name).type is kind


def test_firmware() -> None:
    """The firmware that brought a key, where the guide's history names it."""
    assert {key.name: key.since for key in KEYS if key.since} == {
        "SecurityEventsEnabled": "1.4.0",
        "SecurityProfile": "1.4.0",
        "WebsocketConnectionTimeout": "1.3.6",
        "WebsocketRequestTimeout": "1.3.6",
        "CertificateStoreMaxLength": "1.4.0",
        "CertificateSignedMaxChainSize": "1.4.0",
        "ISO15118PnCEnabled": "2.0.0",
        "SeccLeafSubjectOrganization": "2.0.0",
        "SeccLeafSubjectCommonName": "2.0.0",
        "SeccLeafSubjectCountry": "2.0.0",
        "CentralContractValidationAllowed": "2.0.0",
        "CertSigningRepeatTimes": "2.0.0",
        "CertSigningWaitMinimum": "2.0.0",
        "ContractValidationOffline": "2.0.0",
        "ISO15118ChargeEnabled": "2.0.1",
    }
    assert {key.name: key.writable_since for key in KEYS if key.writable_since} == {
        "iMaxDeratingSwCapacity": "1.5.0"
    }


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("SampledData", "MeterValuesSampledData"),
        ("SampledDataInterval", "MeterValueSampleInterval"),
        ("SampledDataMaxLength", "MeterValuesSampledDataMaxLength"),
        ("SampledDataTxEnded", "StopTxnSampledData"),
        ("SampledDataTxEndedMaxLength", "StopTxnSampledDataMaxLength"),
        ("AlignedData", "MeterValuesAlignedData"),
        ("AlignedDataInterval", "ClockAlignedDataInterval"),
        ("AlignedDataMaxLength", "MeterValuesAlignedDataMaxLength"),
        ("AlignedDataTxEnded", "StopTxnAlignedData"),
        ("AlignedDataTxEndedMaxLength", "StopTxnAlignedDataMaxLength"),
        ("MessageAttemptsTransactionEvent", "TransactionMessageAttempts"),
        ("MessageAttemptIntervalTransactionEvent", "TransactionMessageRetryInterval"),
        ("LedIntensity", "LightIntensity"),
        ("PowerMeterPublicKey", "MeterPublicKey"),
        ("WebSocketPingInterval", "WebsocketPingInterval"),
        ("compressDiagnostic", "CompressDiagnostic"),
    ],
)
def test_earlier_names(alias: str, name: str) -> None:
    """A key is found by its earlier name, in whatever case."""
    for spelling in (alias, alias.lower(), alias.upper(), name, name.lower()):
        assert key(spelling).name == name


def test_plug_numbering() -> None:
    """The mode of 2022 is known; a change counts the connectors anew."""
    assert list(key("PlugNumberingMode").choices) == ["0", "1", "2"]
    assert EVLINK_PRO_AC.interlocked_keys == {"PlugNumberingMode"}
    assert EVLINK_PRO_AC.plugs == (Plug.SOCKET_T2S, Plug.DOMESTIC_SOCKET)


def test_unknown_key() -> None:
    """A key that no guide has is not found."""
    assert EVLINK_PRO_AC.configuration_key("FreeCharging") is None


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("IpAddress", ["192.168.0.1", "0.0.0.0"], ["", "192.168.0", "1.2.3.256", "::"]),
        ("SupervisionUrl", ["ws://ha:9000/", "wss://ha"], ["http://ha", "ha", "ws://"]),
        ("StationName", ["", "ProAC \u2013 3N17", "a_b-c.D"], ["a/b", "caf\u00e9"]),
        ("DefaultIdTag", ["", "18237379292", "aB3"], ["a b", "a-b"]),
        ("SeccLeafSubjectCountry", ["FR"], ["fr", "FRA", ""]),
    ],
)
def test_patterns(name: str, good: list[str], bad: list[str]) -> None:
    """A pattern lets through what the guide allows, and nothing else."""
    pattern = key(name).pattern
    assert pattern is not None
    assert all(re.fullmatch(pattern, value) for value in good)
    assert not any(re.fullmatch(pattern, value) for value in bad)


def test_addresses() -> None:
    """The default addresses are addresses."""
    for name in (
        "IpAddress",
        "NetworkSubmask",
        "NetworkGateway",
        "DnsAddress1",
        "DnsAddress2",
    ):
        assert str(IPv4Address(key(name).default or "")) == key(name).default


# Faults

ERROR_CODES = {
    "1.1": "OtherError",
    "2.0": "InternalError",
    "2.1": "InternalError",
    "2.2": "InternalError",
    "2.4": "InternalError",
    "3.0": "OverCurrentFailure",
    "4.0": "InternalError",
    "5.0": "OtherError",
    "6.0": "InternalError",
    "6.1": "InternalError",
    "7.0": "InternalError",
    "7.1": "InternalError",
    "8.0": "InternalError",
    "9.0": "ReaderFailure",
    "10.0": "EVCommunicationError",
    "10.1": "EVCommunicationError",
    "10.2": "EVCommunicationError",
    "11.0": "ConnectorLockFailure",
    "12.0": "InternalError",
    "13.0": "OtherError",
    "14.0": "OverCurrentFailure",
    "15.0": "OtherError",
    "16.0": "OtherError",
    "17.0": "OtherError",
    "18.0": "OtherError",
    "19.0": "OtherError",
}


@pytest.mark.parametrize(("code", "error_code"), ERROR_CODES.items())
def test_fault_class(code: str, error_code: str) -> None:
    """A vendor code has the OCPP class that the guide gives it."""
    found = EVLINK_PRO_AC.fault(code)
    assert found is not None
    assert found.error_code == error_code
    assert not found.removed


def test_faults() -> None:
    """Every fault of both guides is there, once."""
    assert len(FAULTS) == 28
    assert {fault.code for fault in FAULTS if not fault.removed} == set(ERROR_CODES)
    assert {fault.code for fault in FAULTS if fault.removed} == {"1.0", "18.1"}
    for attribute in ("code", "key"):
        assert len({getattr(fault, attribute) for fault in FAULTS}) == 28
    for code in ("0.0", "2.3", ""):
        assert EVLINK_PRO_AC.fault(code) is None


# Measurands, smart charging, operations


def test_measurands() -> None:
    """The eight measurands, in the units in which they come."""
    assert {
        measurand.name: (measurand.unit, measurand.phasing)
        for measurand in EVLINK_PRO_AC.measurands
    } == {
        "Current.Import": ("A", Phasing.OPTIONAL),
        "Current.Offered": ("A", Phasing.NONE),
        "Energy.Active.Import.Register": ("Wh", Phasing.NONE),
        "Energy.Reactive.Import.Register": ("varh", Phasing.NONE),
        "Frequency": ("Hz", Phasing.NONE),
        "Power.Active.Import": ("kW", Phasing.OPTIONAL),
        "Power.Offered": ("kW", Phasing.NONE),
        "Voltage": ("V", Phasing.ALWAYS),
    }


def test_sampled_data() -> None:
    """Only measurands of the table are asked for, by phase where they have one."""
    phasing = {
        measurand.name: measurand.phasing for measurand in EVLINK_PRO_AC.measurands
    }
    assert len(EVLINK_PRO_AC.sampled_data[0]) == 10
    assert EVLINK_PRO_AC.sampled_data_max_length == 10
    for items in EVLINK_PRO_AC.sampled_data:
        assert len(items) == len(set(items))
        assert "Energy.Active.Import.Register" in items
        for item in items:
            name = re.sub(r"\.L[123]$", "", item)
            assert name in phasing
            assert phasing[name] is not (
                Phasing.ALWAYS if name == item else Phasing.NONE
            )


def test_smart_charging() -> None:
    """Limits are in amperes, for every purpose."""
    smart_charging = EVLINK_PRO_AC.smart_charging
    assert smart_charging is not None
    assert smart_charging.unit is RateUnit.AMPERE
    assert smart_charging.purposes == set(Purpose)
    assert (smart_charging.minimum, smart_charging.maximum) == (6, 32)
    assert smart_charging.pausable
    for name, value in (
        ("ChargeProfileMaxStackLevel", smart_charging.stack_levels),
        ("ChargingScheduleMaxPeriods", smart_charging.periods),
        ("MaxChargingProfilesInstalled", smart_charging.profiles),
    ):
        assert key(name).default == str(value)


def test_data_transfers() -> None:
    """The two vendor messages, each in its direction only."""
    locate = EVLINK_PRO_AC.data_transfer(Direction.TO_CHARGER, "Locate")
    assert locate is not None
    assert (locate.vendor_id, locate.data) == ("Schneider Electric", "{}")
    loop = EVLINK_PRO_AC.data_transfer(Direction.FROM_CHARGER, "Detection loop")
    assert loop is not None
    assert (loop.vendor_id, loop.data) == ("Schneider Electric", None)
    assert EVLINK_PRO_AC.data_transfer(Direction.FROM_CHARGER, "Locate") is None
    assert len(EVLINK_PRO_AC.data_transfers) == 2


def test_operations() -> None:
    """The 24 operations, and none that the guide does not list."""
    assert len(EVLINK_PRO_AC.operations) == 24
    assert {"SendLocalList", "GetLog"} <= EVLINK_PRO_AC.operations
    assert "ExtendedTriggerMessage" not in EVLINK_PRO_AC.operations


# The guides themselves, where they are at hand


def key_rows(guide: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each key of a guide, unwrapped, with the cells of its row."""
    for line in section(guide, "Parameters", "Cybersecurity and Data Privacy").split(
        "\n"
    ):
        if line.startswith("3. "):
            return
        name, *cells = (cell.strip() for cell in line.split("\t"))
        name = re.sub(r"[- ]", "", name)
        if len(cells) >= 3 and name.isalnum() and name != "Key":
            yield name, cells


@needs_guides
def test_keys_of_2026() -> None:
    """The table and the guide have the same keys."""
    rows = [name for name, _ in key_rows(GUIDE_2026)]
    assert len(rows) == 87
    assert set(rows) == {entry.name for entry in KEYS if not entry.removed}


@needs_guides
def test_keys_of_2022() -> None:
    """The table has all keys of the first guide, under whatever name."""
    rows = [name for name, _ in key_rows(GUIDE_2022)]
    assert len(rows) == len(set(rows)) == 44
    assert all(EVLINK_PRO_AC.configuration_key(name) for name in rows)
    assert {entry.name for entry in KEYS if entry.removed} <= set(rows)


@needs_guides
def test_values_of_2026() -> None:
    """Access, default and bounds are the guide's, save what it misprints."""

    def number(cell: str) -> int | None:
        match = re.match(r"[0-9]+( [0-9]+)*", cell)
        return int(match[0].replace(" ", "")) if match and ":" not in cell else None

    for name, cells in key_rows(GUIDE_2026):
        entry = key(name)
        column = next(
            index for index, cell in enumerate(cells) if cell in ("RO", "RW", "W")
        )
        assert entry.access == {"W": "WO"}.get(cells[column], cells[column]), name
        if name != "StationName":
            default = cells[column + 1].replace("-", "")
            assert re.sub(r"[\s,]", "", entry.default or "") == re.sub(
                r"[\s,]", "", default
            ), name
        if length := re.match(r"String of max ([0-9]+) characters", cells[0]):
            assert (entry.minimum, entry.maximum) == (None, int(length[1])), name
        elif entry.type is not KeyType.CHOICE and name not in (
            "IMaxEvseCapacityTE",
            "ResendBootNotificationInterval",
            "SeccLeafSubjectCountry",
            "StopTxnMinimumDurationData",
            "SupervisionUrl",
        ):
            bounds = (number(cells[0]), number(cells[1]))
            assert (entry.minimum, entry.maximum) == bounds, name


@needs_guides
def test_faults_of_2026() -> None:
    """The table and the guide have the same faults in the same classes."""
    rows = (
        line.split("\t")
        for line in section(GUIDE_2026, "Vendor Error Codes", "Parameters").split("\n")
    )
    assert {
        cells[2]: cells[-1]
        for cells in rows
        if len(cells) > 3 and re.fullmatch(r"[0-9]+\.[0-9]", cells[2])
    } == {fault.code: fault.error_code for fault in FAULTS if not fault.removed}


@needs_guides
def test_operations_of_2026() -> None:
    """The table and the guide have the same operations."""
    text = GUIDE_2026.read_text(encoding="utf-8")
    _, text = text.split("## Operations Initiated by Central System")
    text, _ = text.split("# Smart Charging", maxsplit=1)
    assert set(re.findall(r"\t(\w+)\tSupported", text)) == EVLINK_PRO_AC.operations


@needs_guides
def test_references_of_2022() -> None:
    """The table and the guide have the same references."""
    text = GUIDE_2022.read_text(encoding="utf-8")
    found = {"".join(parts) for parts in re.findall(r"\b(EVB3S) (\w+)", text)}
    assert found == {reference.name for reference in EVLINK_PRO_AC.references}
