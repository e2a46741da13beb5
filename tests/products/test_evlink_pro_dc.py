"""The EVlink Pro DC's table against its guides."""

from collections.abc import Iterator
from pathlib import Path
import re
from typing import NamedTuple

import pytest

from custom_components.schneider_ev.products import PRODUCTS, identify
from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.generic import GENERIC
from custom_components.schneider_ev.products.model import (
    Access,
    ConfigurationKey,
    Direction,
    KeyType,
    Mode,
    Option,
    Phasing,
    Plug,
    Product,
    Purpose,
    RateUnit,
    Reference,
)

from .guides import GUIDES, section

KEYS = EVLINK_PRO_DC.configuration
FAULTS = EVLINK_PRO_DC.faults
REFERENCES = EVLINK_PRO_DC.references

GUIDE_2026 = GUIDES / "evlink-pro-dc_DOCA0311EN-03_2026.txt"
GUIDE_2024 = GUIDES / "evlink-pro-dc_DOCA0311EN-01_2024.txt"
needs_guides = pytest.mark.skipif(
    not (GUIDE_2026.exists() and GUIDE_2024.exists()), reason="the guides are not here"
)

VENDOR = "Schneider Electric"


def key(name: str) -> ConfigurationKey:
    """Return the key of that name."""
    found = EVLINK_PRO_DC.configuration_key(name)
    assert found is not None, name
    return found


# What a charger is


@pytest.mark.parametrize(
    ("model", "product"),
    [
        ("EVlink Pro DC", EVLINK_PRO_DC),
        ("EVD1S180THB-AN", EVLINK_PRO_DC),
        ("EVD1S60TBBC5", EVLINK_PRO_DC),
        ("evd2s320tbbc7-g", EVLINK_PRO_DC),
        ("EVD2S 320TBB", EVLINK_PRO_DC),
        ("EVD1S24TB", GENERIC),
        ("EVD3S180TBB", GENERIC),
        ("EVD1S180TBBC9", GENERIC),
        ("EVlink Pro AC", EVLINK_PRO_AC),
    ],
)
def test_identify(model: str, product: Product) -> None:
    """A charger is told by its reference, or by its range's name."""
    assert identify(VENDOR, model) is product


def test_product() -> None:
    """The product is found by its key, and told from others by keys of its own."""
    assert PRODUCTS["evlink_pro_dc"] is EVLINK_PRO_DC
    assert EVLINK_PRO_DC.connectors == 2
    assert key("NumberOfConnectors").default == "2"
    for name in (*EVLINK_PRO_DC.fingerprint, *EVLINK_PRO_DC.connector_type_keys):
        assert key(name).access is Access.READ_ONLY
        assert EVLINK_PRO_AC.configuration_key(name) is None


# References

# Called C since 2026.
RENAMED = {
    f"EVD1S{power}T{plugs}CC" for power in (120, 150, 180) for plugs in ("BB", "HB")
}


def test_references() -> None:
    """All references of both guides are there, once, and are told by their pattern."""
    names = [reference.name for reference in REFERENCES]
    assert len(names) == len(set(names)) == 64
    assert set(names) >= RENAMED | {name.removesuffix("C") for name in RENAMED}
    for name in names:
        assert EVLINK_PRO_DC.is_model(VENDOR, name)
        assert identify(VENDOR, name) is EVLINK_PRO_DC


@pytest.mark.parametrize(
    ("name", "power", "plugs"),
    [
        ("EVD1S60THBC5", 60, (Plug.CCS2, Plug.CHADEMO)),
        ("EVD1S120TBB", 120, (Plug.CCS2, Plug.CCS2)),
        ("EVD1S150THB-AN", 150, (Plug.CCS2, Plug.CHADEMO)),
        ("EVD1S180THBCC", 180, (Plug.CCS2, Plug.CHADEMO)),
        ("EVD2S240TBB-G", 240, (Plug.CCS2, Plug.CCS2)),
        ("EVD2S320TBBC1-G", 320, (Plug.CCS2, Plug.CCS2)),
    ],
)
def test_reference(name: str, power: float, plugs: tuple[Plug, ...]) -> None:
    """A reference tells the power and both plugs."""
    assert Reference(name=name, power=power, phases=3, plugs=plugs) in REFERENCES


# Configuration keys


def test_counts() -> None:
    """Every key of both guides is there, once."""
    assert len(KEYS) == len({entry.key for entry in KEYS}) == 80
    assert sum(entry.standard for entry in KEYS) == 56
    assert not any(entry.removed for entry in KEYS)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("EnabeMeterValuesContainVoltage", "EnableMeterValuesContainVoltage"),
        ("AppEnabled", "APPEEnabled"),
        ("AuthorizationCacheEnable", "AuthorizationCacheEnabled"),
        ("ConnectorEvselds", "ConnectorEvseIds"),
        # which differ in case only
        ("POSEnabled", "PosEnabled"),
        ("QRcodeEnabled", "QrCodeEnabled"),
        ("Autocharge", "AutoCharge"),
        ("Defaultidtag", "DefaultIdTag"),
        ("WebsocketPingInterval", "WebSocketPingInterval"),
    ],
)
def test_other_names(alias: str, name: str) -> None:
    """A key is found by every name that a guide gives it."""
    assert key(alias).name == key(name).name == name
    assert (alias in key(name).aliases) == (alias.casefold() != name.casefold())


def test_aliases() -> None:
    """There are no other names than those."""
    assert sum(len(entry.aliases) for entry in KEYS) == 4


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("disconnectedMeterValueSampleInterval", ["0", "5", "3600"], ["1", "4", "-1"]),
        ("SeccLeafSubjectCountry", ["", "DE"], []),
        ("SecurityProfile", ["0", "2"], ["3"]),
    ],
)
def test_values(name: str, good: list[str], bad: list[str]) -> None:
    """What the guide allows is accepted, and nothing else."""
    assert all(map(key(name).accepts, good))
    assert not any(map(key(name).accepts, bad))


def test_guarded() -> None:
    """Exactly the keys that can cut a charger off, or vehicles, are guarded."""
    assert {entry.name for entry in KEYS if entry.risk} == {
        "AdditionalRootCertificateCheck",
        "AuthorizationKey",
        "BoxIdentifier",
        "CertSigningRepeatTimes",
        "CertSigningWaitMinimum",
        "ISO15118PnCEnabled",
        "SeccLeafSubjectCommonName",
        "SeccLeafSubjectCountry",
        "SeccLeafSubjectOrganization",
        "SecurityProfile",
        "SupervisionUrl",
        "WebSocketPingInterval",
    }


@pytest.mark.parametrize(
    ("name", "access", "default", "minimum", "maximum", "unit"),
    [
        # A blank access is that of the row above, save where that makes no sense.
        ("MeterValuesSampledDataMaxLength", "RO", "8", None, None, None),
        ("StopTransactionOnEVSideDisconnect", "RW", "True", None, None, None),
        ("StopTransactionOnInvalidId", "RW", "True", None, None, None),
        ("UnlockConnectorOnEVSideDisconnect", "RW", "False", None, None, None),
        ("WebSocketPingInterval", "RW", "20", 0, None, "s"),
        ("MaxChargingProfilesInstalled", "RO", "40", None, None, None),
        ("BoxIdentifier", "RW", None, None, 50, None),
        ("DefaultIdTag", "RW", "SIMTAG", None, 20, None),
        # and so are a blank type and unit
        ("ConnectorALimitedPower", "RO", None, None, None, "kW"),
        ("ConnectorBLimitedPower", "RO", None, None, None, "kW"),
        # the description in the column of the default
        ("ConnectorBType", "RO", None, None, None, None),
        # the default in the column of the access, in 2024
        ("SecurityEventsEnabled", "RW", "True", None, None, None),
        ("EnableMeterValuesContainVoltage", "RW", "False", None, None, None),
        # the type in the column of the default
        ("ISO15118PnCEnabled", "RW", None, None, None, None),
        # listed twice with different defaults
        ("SecurityProfile", "RW", None, 0, 2, None),
        ("CertificateStoreMaxLength", "RO", None, None, None, None),
        # which are two keys
        ("CertificateSignedMaxChain", "RO", "1000", None, None, None),
        ("CertificateSignedMaxChainSize", "RO", "10000", None, None, None),
        # 0, or 5 to 3600
        ("disconnectedMeterValueSampleInterval", "RW", "900", 5, 3600, "s"),
        # bounds that only the description gives
        ("QRcode1", "RW", "", None, 120, None),
        ("QRcode2", "RW", "", None, 120, None),
        ("MacAddressPrefix", "RW", "", None, None, None),
        # wrapped or spaced
        ("ConnectorPhaseRotation", "RW", "NotApplicable", None, None, None),
        ("ChargingScheduleAllowedChargingRateUnit", "RO", "Current,Power", *[None] * 3),
        # what is another product's
        ("SeccLeafSubjectCommonName", "RW", None, None, None, None),
        ("SeccLeafSubjectOrganization", "RW", None, None, None, None),
        ("AdditionalRootCertificateCheck", "RW", "False", None, None, None),
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
    """What the guide misprints or leaves out is read as a charger can mean it."""
    found = key(name)
    assert found.name == name
    assert (found.access, found.default) == (Access(access), default)
    assert (found.minimum, found.maximum, found.unit) == (minimum, maximum, unit)


def test_badge_numbers() -> None:
    """The default badge number can have a colon: vehicles' prefixes have one."""
    assert key("DefaultIdTag").pattern is None


def test_types() -> None:
    """What is neither a number, a list nor a text is a switch."""
    names = {
        kind: {entry.name for entry in KEYS if entry.type is kind} for kind in KeyType
    }
    assert not names[KeyType.CHOICE] | names[KeyType.TIME]
    assert names[KeyType.LIST] == {
        "ChargingScheduleAllowedChargingRateUnit",
        "ConnectorEvseIds",
        "MeterValuesAlignedData",
        "MeterValuesSampledData",
        "StopTxnAlignedData",
        "StopTxnSampledData",
        "SupportedFeatureProfiles",
    }
    assert names[KeyType.TEXT] == {
        "AuthorizationKey",
        "BoxIdentifier",
        "ConnectorAType",
        "ConnectorBType",
        "ConnectorPhaseRotation",
        "CpoName",
        "DefaultIdTag",
        "MacAddressPrefix",
        "QRcode1",
        "QRcode2",
        "SeccLeafSubjectCommonName",
        "SeccLeafSubjectCountry",
        "SeccLeafSubjectOrganization",
        "SupervisionUrl",
    }
    for entry in KEYS:
        if entry.default in ("True", "False"):
            assert entry.type is KeyType.BOOLEAN, entry.name
        elif entry.default is not None and entry.default.isdecimal():
            assert entry.type is KeyType.INTEGER, entry.name


def test_firmware() -> None:
    """The keys of the new ways to identify a driver, by the firmware with them."""
    assert {entry.name for entry in KEYS if entry.since == "3.5.8803"} == {
        "APPEEnabled",
        "AutoCharge",
        "FreeCharging",
        "ISO15118PnCEnabled",
        "PosEnabled",
        "QRcode1",
        "QRcode2",
        "QrCodeEnabled",
        "RFIDEnabled",
    }
    assert {entry.since for entry in KEYS} == {None, "3.5.8803"}
    assert {entry.writable_since for entry in KEYS} == {None}


# Faults

ERROR_CODES = {
    "0x100005": "ReaderFailure",
    "0x100007": "OtherError",
    "0x100009": "InternalError",
    "0x10000C": "OtherError",
    "0x10000F": "OtherError",
    "0x100101": "HighTemperature",
    "0x100102": "InternalError",
    "0x100202": "InternalError",
    "0x100205": "ConnectorLockFailure",
    "0x100206": "GroundFailure",
    "0x100207": "InternalError",
    "0x100208": "InternalError",
    "0x10020A": "OtherError",
    "0x10020B": "OtherError",
    "0x10020C": "OtherError",
    "0x10020D": "OtherError",
    "0x10020E": "OtherError",
    "0x10020F": "PowerMeterFailure",
    "0x100210": "InternalError",
    "0x100211": "InternalError",
    "0x100212": "InternalError",
    "0x100213": "OverCurrentFailure",
    "0x100214": "InternalError",
    "0x100216": "InternalError",
    "0x200001": "InternalError",
    "0x200002": "InternalError",
    "0x200003": "InternalError",
    "0x200004": "InternalError",
    "0x200008": "OtherError",
    "0x200101": "InternalError",
    "0x200102": "InternalError",
    "0x200103": "InternalError",
    "0x200104": "InternalError",
    "0x200202": "InternalError",
    "0x200203": "OtherError",
    "0x200204": "OtherError",
    "0x200206": "OverVoltage",
    "0x200207": "PowerSwitchFailure",
    "0x200208": "UnderVoltage",
    "0x200209": "OtherError",
    "0x20020B": "OtherError",
    "0x20020C": "OtherError",
    "0xC00000": "InternalError",
}


@pytest.mark.parametrize(("code", "error_code"), ERROR_CODES.items())
def test_fault_class(code: str, error_code: str) -> None:
    """A vendor code has the OCPP class that the guide gives it."""
    found = EVLINK_PRO_DC.fault(code)
    assert found is not None
    assert found.error_code == error_code


def test_faults() -> None:
    """Every fault of both guides is there, once, and none that was misread."""
    assert [fault.code for fault in FAULTS] == list(ERROR_CODES)
    theirs = {fault.key for fault in EVLINK_PRO_AC.faults}
    assert {fault.code for fault in FAULTS if fault.key in theirs} == {
        "0x100005",
        "0x100205",
    }
    for code in ("0x100215", "0x10021D", "0x200005", "0x0", ""):
        assert EVLINK_PRO_DC.fault(code) is None


@pytest.mark.parametrize(
    ("terminal", "cabinet"),
    [
        ("0x100202", "0x200202"),
        ("0x10020B", "0x200203"),
        ("0x10020C", "0x200204"),
        ("0x10020E", "0x20020B"),
    ],
)
def test_terminal_and_cabinet(terminal: str, cabinet: str) -> None:
    """The same fault of the terminal and of the power cabinet is not confused."""
    for code, part in ((terminal, "terminal"), (cabinet, "power cabinet")):
        fault = EVLINK_PRO_DC.fault(code)
        assert fault is not None
        assert fault.key.startswith(part.replace(" ", "_"))


# Measurands, smart charging, operations


def test_measurands() -> None:
    """The seven measurands, in the units in which they come."""
    assert EVLINK_PRO_DC.units == {
        "Current.Import": "A",
        "Current.Offered": "A",
        "Energy.Active.Import.Register": "Wh",
        "Power.Active.Import": "W",
        "Power.Offered": "W",
        "SoC": "Percent",
        "Voltage": "V",
    }
    assert {measurand.phasing for measurand in EVLINK_PRO_DC.measurands} == {
        Phasing.NONE
    }


def test_sampled_data() -> None:
    """All is asked for, then what a charger sends as it comes, then the least."""
    everything, default, least = map(set, EVLINK_PRO_DC.sampled_data)
    assert everything == set(EVLINK_PRO_DC.units)
    assert default == everything - {"Voltage"}
    assert default == set((key("MeterValuesSampledData").default or "").split(","))
    assert least == {"Energy.Active.Import.Register", "Power.Active.Import", "SoC"}
    assert key("MeterValuesSampledDataMaxLength").default == str(
        EVLINK_PRO_DC.sampled_data_max_length
    )


def test_smart_charging() -> None:
    """Limits are in watts, cannot pause, and leave CHAdeMO alone."""
    smart_charging = EVLINK_PRO_DC.smart_charging
    assert smart_charging is not None
    assert smart_charging.unit is RateUnit.WATT
    assert smart_charging.purposes == {Purpose.TX_DEFAULT, Purpose.TX}
    assert (smart_charging.minimum, smart_charging.maximum) == (1000, 320_000)
    assert not smart_charging.pausable
    assert smart_charging.unlimited_plugs == {Plug.CHADEMO}
    assert smart_charging.maximum == 1000 * max(
        reference.power for reference in REFERENCES
    )
    assert smart_charging.stack_levels == 20
    assert (smart_charging.periods, smart_charging.profiles) == (50, 40)


def test_data_transfers() -> None:
    """The two vendor messages, neither with a text of its own."""
    assert len(EVLINK_PRO_DC.data_transfers) == 2
    for vendor_id, message_id in (
        ("com.se.cost", "CostUpdated"),
        ("com.se.tariff", "TariffDownload"),
    ):
        transfer = EVLINK_PRO_DC.data_transfer(Direction.TO_CHARGER, message_id)
        assert transfer is not None
        assert (transfer.vendor_id, transfer.data) == (vendor_id, None)
        assert EVLINK_PRO_DC.data_transfer(Direction.FROM_CHARGER, message_id) is None


def test_operations() -> None:
    """The operations that the guide lists; there is nothing to unlock."""
    assert len(EVLINK_PRO_DC.operations) == 26
    assert EVLINK_PRO_DC.supports("UnlockConnector")
    assert not EVLINK_PRO_DC.has_effect("UnlockConnector")


# Modes

METHODS = {
    "QrCodeEnabled",
    "RFIDEnabled",
    "APPEEnabled",
    "PosEnabled",
    "AutoCharge",
    "ISO15118PnCEnabled",
}
REMOTE_START = {"QrCodeEnabled", "APPEEnabled", "PosEnabled"}

CODES = {"QRcode1", "QRcode2"}

OFFLINE, AUTHENTICATION, LEGACY = EVLINK_PRO_DC.modes
CHOICES = tuple(dict.fromkeys(o.key for o in AUTHENTICATION.options if o.choosable))


def option(mode: Mode, name: str) -> Option:
    """Return the option of that key."""
    return next(option for option in mode.options if option.key == name)


def reported(mode: Mode, settings: dict[str, str]) -> list[str]:
    """Name the options that match what a charger reports: the first one is shown."""
    return [
        option.key
        for option in mode.options
        if all(
            settings[name].casefold() == value.casefold()
            for name, value in option.settings
        )
        and (
            not option.any_of
            or any(settings[name] not in ("", "false") for name in option.any_of)
        )
    ]


def test_mode_names() -> None:
    """Modes are made of switches, under the names that the newest guide gives them.

    Beside them are the texts of QR codes.
    """
    for mode in EVLINK_PRO_DC.modes:
        settings = [name for choice in mode.options for name, _ in choice.settings]
        needed = [name for choice in mode.options for name in choice.any_of]
        for name in (*mode.requires, *mode.excludes, *settings, *needed):
            assert key(name).name == name
            kind = KeyType.TEXT if name in CODES else KeyType.BOOLEAN
            assert key(name).type is kind


def test_offline_strategy() -> None:
    """The charger leaves the factory with the strategy that the guide calls so."""
    defaults = {entry.name: entry.default or "" for entry in KEYS}
    assert OFFLINE.key == "offline_strategy"
    assert reported(OFFLINE, defaults)[0] == OFFLINE.options[0].key


def test_either_mode() -> None:
    """A charger has one of the two authentication modes, by its firmware."""
    assert AUTHENTICATION.key == LEGACY.key == "authentication_mode"
    assert (AUTHENTICATION.requires, AUTHENTICATION.excludes) == (("FreeCharging",), ())
    assert LEGACY.requires == ("AuthenticationOCPPMode",)
    assert LEGACY.excludes == ("FreeCharging",)
    assert {choice.key: choice.settings for choice in LEGACY.options} == {
        "badge": (("AuthenticationOCPPMode", "true"),),
        "free": (("AuthenticationOCPPMode", "false"),),
    }


def test_free_charging() -> None:
    """Charging becomes free before every other mode is off, or after it."""
    for each in AUTHENTICATION.options:
        if each.key == "free":
            settings = dict(each.settings)
            assert settings.pop("FreeCharging") == "true"
            assert settings == dict.fromkeys(METHODS, "false")
    first, second = (each for each in AUTHENTICATION.options if each.key == "free")
    assert first.settings[0] == second.settings[-1] == ("FreeCharging", "true")


def test_remote_start_only() -> None:
    """QR codes are on, and the charger has none to show; with one it is the mode for them."""
    *others, first, second = option(AUTHENTICATION, "remote_start_only").settings
    assert [first, second] == [(code, "") for code in sorted(CODES)]
    qr_code = option(AUTHENTICATION, "qr_code")
    assert tuple(others) == qr_code.settings
    assert set(qr_code.any_of) == CODES


@pytest.mark.parametrize(
    ("name", "methods"),
    [
        ("badge", {"RFIDEnabled", "QrCodeEnabled"}),
        ("badge_or_app", {"RFIDEnabled", "QrCodeEnabled", "APPEEnabled"}),
        ("qr_code", {"QrCodeEnabled"}),
        ("app", {"APPEEnabled"}),
        ("terminal", {"PosEnabled"}),
        ("mac", {"AutoCharge", "QrCodeEnabled"}),
        ("plug_and_charge", {"ISO15118PnCEnabled", "QrCodeEnabled"}),
    ],
)
def test_authentication(name: str, methods: set[str]) -> None:
    """Free charging goes first, then the mode comes, then the others go.

    Remote starts stay possible, or nothing but the driver could start a charge.
    """
    first, *rest = option(AUTHENTICATION, name).settings
    assert first == ("FreeCharging", "false")
    assert {setting for setting, _ in rest} == METHODS
    assert {setting for setting, value in rest if value == "true"} == methods
    assert [value for _, value in rest] == sorted(
        (value for _, value in rest), reverse=True
    )
    assert methods & REMOTE_START


@pytest.mark.parametrize("before", CHOICES)
@pytest.mark.parametrize("after", CHOICES)
def test_changing_the_mode(before: str, after: str) -> None:
    """No way goes on while charging is free, and there is always one to charge.

    Only from free charging on nothing is on, for as long as the guide demands it.
    """
    settings = dict.fromkeys(CODES, "https://example.org")
    settings |= option(AUTHENTICATION, before).settings
    if after == "qr_code":
        settings |= dict.fromkeys(CODES, "https://example.org")
    for name, value in option(AUTHENTICATION, after).settings:
        goes_on = name in METHODS and value == "true" != settings[name]
        settings[name] = value
        is_free = settings["FreeCharging"] == "true"
        assert not (is_free and goes_on)
        assert is_free or before == "free" or "true" in map(settings.get, METHODS)
    assert reported(AUTHENTICATION, settings)[0] == after


@pytest.mark.parametrize(
    ("ways", "shown"),
    [
        (("RFIDEnabled",), "badge"),
        (("AutoCharge",), "mac"),
        (("ISO15118PnCEnabled",), "plug_and_charge"),
        (("RFIDEnabled", "PosEnabled"), "several_ways"),
        (("QrCodeEnabled", "AutoCharge", "APPEEnabled"), "several_ways"),
        (tuple(METHODS), "several_ways"),
    ],
)
def test_all_but_free_charging_can_be_combined(
    ways: tuple[str, ...], shown: str
) -> None:
    """What no choice makes has a name, too, as has each way without remote start."""
    settings = dict.fromkeys((*METHODS, "FreeCharging"), "false")
    settings |= dict.fromkeys(CODES, "")
    assert not reported(AUTHENTICATION, settings)
    settings |= dict.fromkeys(ways, "true")
    assert reported(AUTHENTICATION, settings)[0] == shown
    assert "several_ways" not in CHOICES


def test_factory_setting() -> None:
    """What a charger comes with is one of the options."""
    defaults = {
        entry.name: "false" if entry.default is None else entry.default
        for entry in KEYS
    }
    assert reported(AUTHENTICATION, defaults)[0] == "badge_or_app"


# The guides themselves, where they are at hand


def lines(guide: Path, start: str, end: str) -> Iterator[list[str]]:
    """Yield the cells of the lines between two headings."""
    for line in section(guide, start, end).split("\n"):
        yield [cell.strip() for cell in line.split("\t")]


class Row(NamedTuple):
    """A row of a guide's tables of keys, its blanks filled in."""

    name: str
    access: str
    default: str
    standard: bool


def key_rows(guide: Path) -> list[Row]:
    """Return the rows of a guide, a blank access read as that of the row above.

    Only the table of keys that are not OCPP's has more than three columns.
    """
    rows: list[Row] = []
    access = ""
    standard = True
    for cells in lines(guide, "Standard Keys", "(OCPP Protocol )?Vendor Error Codes"):
        name = cells[0].removesuffix(" (*)")
        if name == "Key":
            standard = len(cells) <= 3
        elif name.isalnum() and len(cells) >= 3:
            access = cells[1] or access
            rows.append(Row(name, access, cells[2 if standard else 4], standard))
        elif not name and standard and len(cells) == 3:
            # a list that goes on
            last = rows[-1]
            rows[-1] = last._replace(default=f"{last.default},{cells[2]}")
    return rows


def reference_rows(guide: Path) -> dict[str, tuple[float, str, str]]:
    """Return the power and both plugs of each reference of a guide."""
    rows = re.findall(
        r"(EVD\S+)\t([0-9]+) ?[kK][wW](?: DC)?\t1x (\S+) \+ 1x (\S+)",
        guide.read_text(encoding="utf-8"),
    )
    assert len(rows) == len({name for name, *_ in rows})
    return {name: (float(power), a, b) for name, power, a, b in rows}


@needs_guides
@pytest.mark.parametrize(
    ("guide", "count"), [(GUIDE_2026, 58), (GUIDE_2024, 29)], ids=["2026", "2024"]
)
def test_references_of_guide(guide: Path, count: int) -> None:
    """The table and the guide have the same references with the same plugs."""
    rows = reference_rows(guide)
    assert len(rows) == count
    ours = {reference.name: reference for reference in REFERENCES}
    plugs = {"CCS2": Plug.CCS2, "CHAdeMO": Plug.CHADEMO}
    for name, (power, first, second) in rows.items():
        assert ours[name].power == power, name
        assert ours[name].plugs == (plugs[first], plugs[second]), name


@needs_guides
def test_references_of_both() -> None:
    """There is no reference that neither guide has; the renamed are of 2024 only."""
    new, old = (set(reference_rows(guide)) for guide in (GUIDE_2026, GUIDE_2024))
    assert new | old == {reference.name for reference in REFERENCES}
    assert old - new == RENAMED
    assert {name.removesuffix("C") for name in RENAMED} <= new


@needs_guides
def test_keys_of_2026() -> None:
    """The table and the guide have the same keys."""
    rows = [row.name for row in key_rows(GUIDE_2026)]
    assert len(rows) == 82
    assert {key(name).name for name in rows} == {entry.name for entry in KEYS}
    assert set(rows) - {entry.name for entry in KEYS} == {"ConnectorEvselds"}


@needs_guides
def test_keys_of_2024() -> None:
    """The table has all keys of the first guide."""
    rows = [row.name for row in key_rows(GUIDE_2024)]
    assert len(rows) == len(set(rows)) == 52
    assert {name for name in rows if key(name).name != name} == {
        "EnabeMeterValuesContainVoltage"
    }


@needs_guides
@pytest.mark.parametrize("guide", [GUIDE_2026, GUIDE_2024], ids=["2026", "2024"])
def test_access_of_guide(guide: Path) -> None:
    """Access and the table are the guide's, save what it misprints."""
    misprints = {"False": "RW", "W": "WO", "R": "RO"}
    for name, access, _, standard in key_rows(guide):
        if name == "MeterValuesSampledDataMaxLength":
            access = "RO"
        assert key(name).access == misprints.get(access, access), name
        assert key(name).standard is standard, name


@needs_guides
def test_defaults_of_2026() -> None:
    """Defaults are the guide's, save where it has none or two."""
    for name, _, default, _ in key_rows(GUIDE_2026):
        if name in (
            "CertificateStoreMaxLength",
            "ConnectorBType",
            "ISO15118PnCEnabled",
            "SecurityProfile",
        ):
            assert key(name).default is None
            continue
        ours = (key(name).default or "").casefold()
        theirs = re.sub(r'^-$|"', "", default).casefold()
        assert re.sub(r"[\s,]", "", ours) == re.sub(r"[\s,]", "", theirs), name


@needs_guides
@pytest.mark.parametrize(
    ("guide", "new"), [(GUIDE_2026, set()), (GUIDE_2024, {"0xC00000"})]
)
def test_faults_of_guide(guide: Path, new: set[str]) -> None:
    """The table and the guide have the same faults in the same classes.

    A blank class is that of the row above. Only the last three cells are the guide's:
    the first of 2024 is made up.
    """
    rows: dict[str, str] = {}
    error_code = ""
    for cells in lines(guide, "OCPP Vendor Error Codes", "Cybersecurity"):
        if len(cells) >= 3 and re.fullmatch("0x[0-9A-F]{6}", cells[-2]):
            error_code = cells[-3] or error_code
            rows[cells[-2]] = error_code
    assert rows == {
        fault.code: fault.error_code for fault in FAULTS if fault.code not in new
    }


@needs_guides
def test_operations_of_2026() -> None:
    """The table and the guide have the same operations, but for the unlocking."""
    found = {
        cells[1]
        for cells in lines(
            GUIDE_2026, "Operations initiated by central system:", "BootNotification"
        )
        if len(cells) > 2 and cells[2] == "\u221a"
    }
    assert len(found) == 26
    assert found == EVLINK_PRO_DC.operations
