"""The Schneider Charge Pro's table against its guide."""

from collections.abc import Iterator
import re

import pytest

from custom_components.schneider_ev.central_system.messages.faults import read_faults
from custom_components.schneider_ev.products.model import (
    Access,
    ConfigurationKey,
    Fault,
    KeyType,
    Phasing,
    Plug,
    Purpose,
    RateUnit,
)
from custom_components.schneider_ev.products.schneider_charge_pro import (
    SCHNEIDER_CHARGE_PRO,
)

from .guides import GUIDES, section

KEYS = SCHNEIDER_CHARGE_PRO.configuration
FAULTS = SCHNEIDER_CHARGE_PRO.faults

GUIDE = GUIDES / "schneider-charge-pro_BRU5587800-02_2025.txt"
needs_guide = pytest.mark.skipif(not GUIDE.exists(), reason="the guide is not here")


def key(name: str) -> ConfigurationKey:
    """Return the key of that name."""
    found = SCHNEIDER_CHARGE_PRO.configuration_key(name)
    assert found is not None, name
    return found


def test_references() -> None:
    """The 8 references, half of them with a socket."""
    references = SCHNEIDER_CHARGE_PRO.references
    assert len(references) == len({reference.name for reference in references}) == 8
    assert {(reference.power, reference.phases) for reference in references} == {
        (22, 3)
    }
    for reference in references:
        attached = "NC" in reference.name
        plug = Plug.ATTACHED_CABLE if attached else Plug.SOCKET_T2S
        assert reference.plugs == (plug,)
    assert sum("NC" in reference.name for reference in references) == 4


# Configuration keys


def test_counts() -> None:
    """Every key of the guide is there, once."""
    assert len(KEYS) == 66
    assert sum(key.standard for key in KEYS) == 41
    assert not any(key.aliases or key.removed for key in KEYS)


def test_guarded() -> None:
    """Exactly the keys that can cut a charger off are guarded."""
    assert {key.name for key in KEYS if key.risk} == {
        "AuthorizationKey",
        "BoxIdentifier",
        "DhcpEnabled",
        "DnsAddress1",
        "DnsAddress2",
        "IpAddress",
        "NetworkGateway",
        "NetworkSubmask",
        "OcppEnable",
        "SecurityProfile",
        "SupervisionUrl",
        "TriggerBackendConfigurationDataReset",
        "WebSocketPingInterval",
        "WebsocketConnectionTimeout",
        "WebsocketRequestTimeout",
    }


@pytest.mark.parametrize(
    ("name", "access", "default", "minimum", "maximum", "unit"),
    [
        ("AuthorizationKey", "WO", None, 16, None, None),
        ("ConnectionTimeOut", "RW", "60", 0, None, "s"),
        ("disconnectedMeterValueSampleInterval", "RW", "900", 5, 3600, "s"),
        ("HeartbeatInterval", "RW", "60", 0, None, "s"),
        ("iMaxDeratingSwCapacity", "RO", None, None, None, "A"),
        ("MaxEnergyOnInvalidId", "RW", "0", 0, None, "Wh"),
        ("RestoreTimeout", "RW", "600", 0, 86400, "s"),
        ("TransactionMessageRetryInterval", "RW", "10", 0, None, "s"),
        ("WebsocketConnectionTimeout", "RW", "5", 3, 2147483647, "s"),
        ("WebsocketRequestTimeout", "RW", "10", 5, 2147483647, "s"),
        ("WebSocketPingInterval", "RW", "20", 0, None, "s"),
    ],
)
def test_bounds(
    name: str,
    access: str,
    default: str | None,
    minimum: int | None,
    maximum: int | None,
    unit: str | None,
) -> None:
    """The bounds that stand in the guide's text are there."""
    found = key(name)
    assert found.name == name
    assert (found.access, found.default) == (Access(access), default)
    assert (found.minimum, found.maximum, found.unit) == (minimum, maximum, unit)


def test_a_default_tag_of_any_characters() -> None:
    """The guide bounds its length only."""
    assert key("DefaultIdTag").accepts("box-4 (left) _/#")
    assert not key("DefaultIdTag").accepts("x" * 21)


def test_choices() -> None:
    """The two keys whose numbers have names."""
    assert {entry.name for entry in KEYS if entry.type is KeyType.CHOICE} == {
        "PhasesConnection",
        "StationMeterType",
    }
    assert list(key("PhasesConnection").choices) == [
        str(number) for number in range(1, 12)
    ]
    assert len(set(key("PhasesConnection").choices.values())) == 11
    assert key("StationMeterType").choices == {"0": "not_built_in", "1": "built_in"}


def test_reset_of_backend_data() -> None:
    """It is text, as in the guide, in lower case: no switch can set it by accident."""
    entry = key("TriggerBackendConfigurationDataReset")
    assert entry.type is KeyType.TEXT
    assert entry.accepts("true")
    assert not entry.accepts("True")
    assert entry.risk is not None
    assert "estructive" in entry.risk


def test_firmware() -> None:
    """The firmware that brought ISO 15118."""
    assert {key.name: key.since for key in KEYS if key.since} == {
        "ISO15118ChargeEnabled": "3.0.0"
    }


@pytest.mark.parametrize(
    "name", ["FreeCharging", "ResendBootNotificationInterval", "LightIntensity"]
)
def test_unknown_key(name: str) -> None:
    """A key that the guide does not have is not found."""
    assert SCHNEIDER_CHARGE_PRO.configuration_key(name) is None


# Faults

ERROR_CODES = {
    "0x100004": "ReaderFailure",
    "0x100008": "WeakSignal",
    "0x100101": "HighTemperature",
    "0x100205": "ConnectorLockFailure",
    "0x100206": "GroundFailure",
    "0x10020C": "InternalError",
    "0x10020F": "InternalError",
    "0x100213": "OverCurrentFailure",
    "0x100217": "EVCommunicationError",
    "0x100218": "EVCommunicationError",
    "0x200206": "OverVoltage",
    "0x200208": "UnderVoltage",
    "0x300000": "InternalError",
    "0x300001": "InternalError",
    "0x300002": "InternalError",
    "0x300003": "InternalError",
    "0x300004": "InternalError",
    "0x300005": "EVCommunicationError",
    "0x300006": "InternalError",
    "0x300007": "InternalError",
    "0x300008": "EVCommunicationError",
    "0x300009": "OtherError",
    "0x30000B": "OtherError",
    "0x30000C": "OtherError",
    "0x30000D": "OtherError",
    "0x30000E": "LocalListConflict",
    "0x300010": "InternalError",
    "0x300011": "OtherError",
}


def test_faults() -> None:
    """All 29 rows: 28 faults in the guide's classes, and one that says all is well."""
    assert {fault.code: fault.error_code for fault in FAULTS} == ERROR_CODES
    assert len(FAULTS) + 1 == 29
    assert not any(fault.removed for fault in FAULTS)
    assert SCHNEIDER_CHARGE_PRO.fault("0x0") is None
    assert read_faults(SCHNEIDER_CHARGE_PRO, "0x0") == ()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
def test_fault_is_read(fault: Fault) -> None:
    """A code is read with or without 0x, in whatever case."""
    digits = fault.code.removeprefix("0x")
    for spelling in (
        fault.code,
        fault.code.lower(),
        fault.code.upper(),
        digits,
        digits.lower(),
    ):
        assert read_faults(SCHNEIDER_CHARGE_PRO, spelling) == (fault,)


def test_iso_15118_module() -> None:
    """Two codes that have one name in the guide have two here."""
    electronics = SCHNEIDER_CHARGE_PRO.fault("0x300007")
    software = SCHNEIDER_CHARGE_PRO.fault("0x300008")
    assert electronics is not None
    assert software is not None
    assert electronics.key == "iso15118_module_hardware"
    assert software.key == "iso15118_module_software"


# Measurands, smart charging, operations


def test_measurands() -> None:
    """The three measurands, in the units in which they come."""
    assert {
        measurand.name: (measurand.unit, measurand.phasing)
        for measurand in SCHNEIDER_CHARGE_PRO.measurands
    } == {
        "Current.Import": ("A", Phasing.ALWAYS),
        "Current.Offered": ("A", Phasing.NONE),
        "Energy.Active.Import.Register": ("Wh", Phasing.NONE),
    }


def test_sampled_data() -> None:
    """Power and voltage are tried first, then what the guide has."""
    first, second, third = SCHNEIDER_CHARGE_PRO.sampled_data
    assert set(first) - set(second) == {
        "Power.Active.Import",
        "Voltage.L1",
        "Voltage.L2",
        "Voltage.L3",
    }
    default = key("MeterValuesSampledData").default
    assert default == ",".join(second)
    assert third == ("Energy.Active.Import.Register", "Current.Offered")
    assert SCHNEIDER_CHARGE_PRO.sampled_data_max_length == 10
    assert key("MeterValuesSampledDataMaxLength").default == "10"


def test_smart_charging() -> None:
    """Limits are in amperes, for sessions only."""
    smart_charging = SCHNEIDER_CHARGE_PRO.smart_charging
    assert smart_charging is not None
    assert smart_charging.unit is RateUnit.AMPERE
    assert smart_charging.purposes == {Purpose.TX_DEFAULT, Purpose.TX}
    assert (smart_charging.minimum, smart_charging.maximum) == (6, 32)
    assert smart_charging.pausable


def test_operations() -> None:
    """The 19 operations, and none of the security white paper."""
    assert len(SCHNEIDER_CHARGE_PRO.operations) == 19
    assert not {"GetLog", "InstallCertificate"} & SCHNEIDER_CHARGE_PRO.operations
    assert SCHNEIDER_CHARGE_PRO.data_transfers == ()


def test_modes() -> None:
    """The choices that the keys make."""
    assert [mode.key for mode in SCHNEIDER_CHARGE_PRO.modes] == [
        "offline_strategy",
        "authentication_mode",
    ]


# The guide itself, where it is at hand


def key_rows() -> Iterator[tuple[str, list[str]]]:
    """Yield each key of the guide, unwrapped, with the cells of its row."""
    for line in section(GUIDE, "Parameters", "Cybersecurity and Data Privacy").split(
        "\n"
    ):
        if line.startswith("3. "):
            return
        name, *cells = (cell.strip() for cell in line.split("\t"))
        name = name.replace(" ", "")
        if len(cells) >= 3 and name.isalnum() and name not in ("Key", "StandardKey"):
            yield name, cells


@needs_guide
def test_keys_of_the_guide() -> None:
    """The table has the guide's keys in its order, with its access and defaults."""
    rows = list(key_rows())
    assert [name for name, _ in rows] == [entry.name for entry in KEYS]
    for name, cells in rows:
        entry = key(name)
        if entry.standard:
            default, access = cells[0], cells[1]
        else:
            access, default = cells[2], cells[3]
        assert entry.access == access, name
        assert re.sub(r"[\s,]", "", entry.default or "").casefold() == (
            re.sub(r"[\s,]", "", default).casefold()
        ), name


@needs_guide
def test_faults_of_the_guide() -> None:
    """The table and the guide have the same faults in the same classes."""
    rows = [
        line.split("\t")
        for line in section(GUIDE, "Vendor Error Codes", "Parameters").split("\n")
    ]
    rows = [cells for cells in rows if cells[0].isdecimal()]
    codes = {cells[3]: cells[1] for cells in rows}
    names = {cells[3]: cells[2] for cells in rows if cells[1] != "NoError"}
    assert {fault.code: fault.name for fault in FAULTS} == names
    assert len(codes) == 29
    assert codes.pop("0x0") == "NoError"
    assert codes == ERROR_CODES


@needs_guide
def test_operations_of_the_guide() -> None:
    """The table and the guide have the same operations."""
    text = section(GUIDE, "Operations Initiated by Central System", "Smart Charging")
    operations = set(re.findall(r"\t(\w+)\tSupported", text))
    assert operations == SCHNEIDER_CHARGE_PRO.operations


@needs_guide
def test_references_of_the_guide() -> None:
    """The table and the guide have the same references."""
    text = GUIDE.read_text(encoding="utf-8")
    found = set(re.findall(r"\bEVB4S\w+", text))
    assert found == {reference.name for reference in SCHNEIDER_CHARGE_PRO.references}
