"""What holds for every product's table, and how products are told apart."""

from collections.abc import Iterable
from itertools import combinations, pairwise
from pathlib import Path
import re

import pytest

from custom_components.schneider_ev.products import PRODUCTS, fingerprint, identify
from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.generic import GENERIC
from custom_components.schneider_ev.products.model import (
    Access,
    ConfigurationKey,
    KeyType,
    Product,
    snake_case,
)
from custom_components.schneider_ev.products.schneider_charge_pro import (
    SCHNEIDER_CHARGE_PRO,
)
from custom_components.schneider_ev.products.standard import STANDARD, shared, standard

from .guides import GUIDES, words

SLUG = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"

each_product = pytest.mark.parametrize("product", PRODUCTS.values(), ids=PRODUCTS)


# What a charger is


@pytest.mark.parametrize(
    ("vendor", "model", "product"),
    [
        ("Schneider Electric", "EVlink Pro AC", EVLINK_PRO_AC),
        ("Schneider Electric", "EVLINK PRO AC", EVLINK_PRO_AC),
        ("Schneider Electric", "EVB3S22N40MR", EVLINK_PRO_AC),
        ("Schneider Electric", "EVB3S 22N40MR", EVLINK_PRO_AC),
        ("Schneider Electric", "evb3s07n4ea", EVLINK_PRO_AC),
        ("Schneider Electric", "Schneider Charge Pro", SCHNEIDER_CHARGE_PRO),
        ("Schneider Electric", "EVB4S22N40M", SCHNEIDER_CHARGE_PRO),
        ("Schneider Electric", "evb4s 22nc0g", SCHNEIDER_CHARGE_PRO),
        ("Schneider Electric", "EVH5A22N2S", GENERIC),
        ("Schneider Electric", "", GENERIC),
        ("Else", "A charger", GENERIC),
    ],
)
def test_identify(vendor: str, model: str, product: Product) -> None:
    """A charger is told by its range's name or its reference."""
    assert identify(vendor, model) is product


@pytest.mark.parametrize(
    ("keys", "product"),
    [
        (["HeartbeatInterval", "PlugNumberingMode"], EVLINK_PRO_AC),
        (["plugnumberingmode"], EVLINK_PRO_AC),
        (["StationMeterType", "iMaxDeratingSwCapacity"], SCHNEIDER_CHARGE_PRO),
        (["TRIGGERBACKENDCONFIGURATIONDATARESET"], SCHNEIDER_CHARGE_PRO),
        (["HeartbeatInterval", "LightIntensity", "iMaxDeratingSwCapacity"], None),
        ([], None),
    ],
)
def test_fingerprint(keys: list[str], product: Product | None) -> None:
    """A charger is told by the keys that no other has."""
    assert fingerprint(keys) is product
    assert fingerprint(iter(keys)) is product


@each_product
def test_fingerprints_tell(product: Product) -> None:
    """A fingerprint is of the product's own keys, and of nobody else's."""
    for name in product.fingerprint:
        assert [
            other.key for other in PRODUCTS.values() if other.configuration_key(name)
        ] == [product.key]


def test_products() -> None:
    """Products are found by their keys."""
    assert PRODUCTS["evlink_pro_ac"] is EVLINK_PRO_AC
    assert PRODUCTS["schneider_charge_pro"] is SCHNEIDER_CHARGE_PRO
    assert PRODUCTS["generic"] is GENERIC
    assert all(product.key == name for name, product in PRODUCTS.items())


@each_product
def test_references_are_known(product: Product) -> None:
    """A reference tells the product, whether or not it is spelt with a space."""
    for reference in product.references:
        for spelling in (reference.name, f"{reference.name[:5]} {reference.name[5:]}"):
            assert identify(product.manufacturer, spelling) is product
        assert len(reference.plugs) <= product.connectors


# Configuration keys


def test_standard_keys() -> None:
    """A key of OCPP is taken in the product's spelling, with what it adds."""
    key = standard("WebsocketPingInterval", default="30", maximum=180)
    assert key.name == "WebsocketPingInterval"
    assert (key.default, key.minimum, key.maximum, key.unit) == ("30", 0, 180, "s")
    assert key.standard
    assert not shared("WebSocketPingInterval").standard


def test_generic_keys() -> None:
    """A charger without a guide has the keys of OCPP 1.6, and what is to be guarded."""
    assert len(STANDARD) == 44
    assert GENERIC.configuration[:44] == STANDARD
    assert {key.name for key in STANDARD if key.access is Access.READ_ONLY} == {
        "ChargeProfileMaxStackLevel",
        "ChargingScheduleAllowedChargingRateUnit",
        "ChargingScheduleMaxPeriods",
        "ConnectorPhaseRotationMaxLength",
        "ConnectorSwitch3to1PhaseSupported",
        "GetConfigurationMaxKeys",
        "LocalAuthListMaxLength",
        "MaxChargingProfilesInstalled",
        "MeterValuesAlignedDataMaxLength",
        "MeterValuesSampledDataMaxLength",
        "NumberOfConnectors",
        "ReserveConnectorZeroSupported",
        "SendLocalListMaxLength",
        "StopTxnAlignedDataMaxLength",
        "StopTxnSampledDataMaxLength",
        "SupportedFeatureProfiles",
        "SupportedFeatureProfilesMaxLength",
        "SupportedFileTransferProtocols",
    }
    assert all(key.risk for key in GENERIC.configuration if not key.standard)
    for name in ("ocppenable", "supervisionurl", "authorizationkey", "ipaddress"):
        key = GENERIC.configuration_key(name)
        assert key is not None
        assert key.risk


@each_product
def test_no_collisions(product: Product) -> None:
    """No two names, aliases or entity keys are the same, in whatever case."""
    keys = product.configuration
    names = [name.casefold() for key in keys for name in (key.name, *key.aliases)]
    assert len(names) == len(set(names))
    assert len({key.key for key in keys}) == len(keys)


def test_same_everywhere() -> None:
    """A key means the same on every product, and so do its choices."""
    for one, other in combinations(PRODUCTS.values(), 2):
        for key in one.configuration:
            if (its := other.configuration_key(key.name)) is None:
                continue
            assert (key.type, key.unit) == (its.type, its.unit), key.name
            if key.access is its.access:
                assert bool(key.risk) == bool(its.risk), key.name
            assert all(
                key.choices[value] == its.choices[value]
                for value in key.choices.keys() & its.choices.keys()
            ), key.name


@each_product
def test_what_nobody_can_set_is_no_risk(product: Product) -> None:
    """Only a key that can be written is guarded."""
    assert not [
        key.name
        for key in product.configuration
        if key.risk and key.access is Access.READ_ONLY
    ]


@each_product
def test_keys_are_sound(product: Product, subtests: pytest.Subtests) -> None:
    """A key's bounds belong to its type, and its default keeps them."""
    for entry in product.configuration:
        with subtests.test(key=entry.name):
            check_key(entry)


def check_key(entry: ConfigurationKey) -> None:
    """Hold a key to be sound."""
    assert re.fullmatch(SLUG, entry.key)
    assert bool(entry.choices) == (entry.type is KeyType.CHOICE)
    for choice in entry.choices.values():
        assert re.fullmatch(SLUG, choice)
    if entry.type not in (KeyType.INTEGER, KeyType.TEXT, KeyType.LIST):
        assert (entry.minimum, entry.maximum, entry.unit) == (None, None, None)
    if entry.pattern is not None:
        assert entry.type is KeyType.TEXT
    if entry.writable_since is not None:
        assert entry.access is Access.READ_WRITE
    value = entry.default
    if value is None:
        return
    size: int | None = None
    match entry.type:
        case KeyType.BOOLEAN:
            assert value in ("True", "False")
        case KeyType.INTEGER:
            size = int(value)
        case KeyType.CHOICE:
            assert value in entry.choices
        case KeyType.TIME:
            assert re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value)
        case KeyType.TEXT | KeyType.LIST:
            size = len(value)
    if size is not None:
        assert entry.minimum is None or size >= entry.minimum
        assert entry.maximum is None or size <= entry.maximum
    if entry.pattern is not None:
        assert re.fullmatch(entry.pattern, value)


@each_product
def test_keys_are_described(product: Product, subtests: pytest.Subtests) -> None:
    """An owner can read what a key is for, and what it breaks."""
    for entry in product.configuration:
        with subtests.test(key=entry.name):
            check_sentences(entry.description, *([entry.risk] if entry.risk else ()))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("LightIntensity", "light_intensity"),
        ("LedDayStartHour", "led_day_start_hour"),
        ("iMaxDeratingSwCapacity", "i_max_derating_sw_capacity"),
        ("IMaxEvseCapacityTE", "i_max_evse_capacity_te"),
        ("AuthenticationOCPPMode", "authentication_ocpp_mode"),
        ("MeterMID", "meter_mid"),
        ("StopTransactionOnEVSideDisconnect", "stop_transaction_on_ev_side_disconnect"),
        ("ConnectionTimeOut", "connection_time_out"),
        ("DnsAddress1", "dns_address1"),
        (
            "ConnectorSwitch3to1PhaseSupported",
            "connector_switch3to1_phase_supported",
        ),
        ("RemoteStartTransaction", "remote_start_transaction"),
    ],
)
def test_snake_case(name: str, expected: str) -> None:
    """Names become keys of entities."""
    assert snake_case(name) == expected


# Faults


@each_product
def test_faults_differ(product: Product) -> None:
    """No two faults of a product share a code or a key."""
    faults = product.faults
    for attribute in ("code", "key"):
        assert len({getattr(fault, attribute) for fault in faults}) == len(faults)


@each_product
def test_faults_are_spelt_well(product: Product, subtests: pytest.Subtests) -> None:
    """A code is spelt as its guide does, a key as states are."""
    for fault in product.faults:
        with subtests.test(fault=fault.code):
            assert re.fullmatch(r"[0-9]+\.[0-9]|0x[0-9A-F]{6}", fault.code)
            assert re.fullmatch(SLUG, fault.key)


@each_product
def test_operations_by_firmware(product: Product) -> None:
    """An operation that a firmware introduced is one that the product has."""
    assert product.operations_since.keys() <= product.operations
    for operation, since in product.operations_since.items():
        assert product.supports(operation)
        assert product.supports(operation, since)
        assert not product.supports(operation, "0.9.9")


@each_product
def test_file_transfers(product: Product) -> None:
    """A product with a guide gets files by what its guide names."""
    common = {"ftp", "http", "https"}
    assert (
        product.file_transfers
        == {
            "evlink_pro_ac": common | {"ftps"},
            "schneider_charge_pro": common | {"ftps"},
            "evlink_pro_dc": common,
            "generic": set(),
        }[product.key]
    )


# Measurands, smart charging, modes


@each_product
def test_sampled_data_fits(product: Product) -> None:
    """No list is longer than a charger takes, and each is shorter than the last."""
    lists = product.sampled_data
    assert len(lists[0]) <= product.sampled_data_max_length
    assert all(len(longer) > len(shorter) for longer, shorter in pairwise(lists))
    for items in lists:
        assert len(items) == len(set(items))
        assert "Energy.Active.Import.Register" in items


@each_product
def test_smart_charging_is_as_its_keys_say(product: Product) -> None:
    """How many limits a charger holds is what its keys say, too."""
    assert product.smart_charging is not None
    for name, value in (
        ("ChargeProfileMaxStackLevel", product.smart_charging.stack_levels),
        ("ChargingScheduleMaxPeriods", product.smart_charging.periods),
        ("MaxChargingProfilesInstalled", product.smart_charging.profiles),
    ):
        entry = product.configuration_key(name)
        assert entry is not None
        assert entry.default in (str(value), None)


@each_product
def test_modes_are_sound(product: Product) -> None:
    """A mode writes keys that the product has, with values that they can take."""
    for mode in product.modes:
        assert re.fullmatch(SLUG, mode.key)
        chosen = {option.key for option in mode.options if option.choosable}
        shown = {option.key for option in mode.options}
        assert chosen == shown or shown - chosen == {"several_ways"}
        assert len({option.settings for option in mode.options}) == len(mode.options)
        assert all(map(product.configuration_key, (*mode.requires, *mode.excludes)))
        for option in mode.options:
            assert re.fullmatch(SLUG, option.key)
            for name, value in option.settings:
                entry = product.configuration_key(name)
                assert entry is not None, name
                assert entry.access is Access.READ_WRITE, name
                if entry.type is KeyType.BOOLEAN:
                    assert value in ("true", "false")


# What owners read


def check_sentences(*texts: str) -> None:
    """Hold texts to be whole sentences, with no stray blanks."""
    for text in texts:
        assert text == text.strip()
        assert text[0].isupper()
        assert text.endswith(".")
        assert "  " not in text


def texts(products: Iterable[Product]) -> set[str]:
    """Return what an owner reads of products."""
    return {
        text
        for product in products
        for text in (
            *(entry.description for entry in product.configuration),
            *(entry.risk for entry in product.configuration if entry.risk),
        )
    }


@pytest.mark.skipif(not GUIDES.exists(), reason="the guides are not here")
@pytest.mark.parametrize(
    "guide", sorted(GUIDES.glob("*.txt")), ids=lambda guide: guide.stem
)
def test_own_words(guide: Path) -> None:
    """What an owner reads is not taken from a guide."""
    text = guide.read_text(encoding="utf-8")
    cells = {" ".join(words(cell)) for cell in re.split(r"[\t\n]", text)}
    theirs = " " + " ".join(words(text)) + " "
    for ours in texts(PRODUCTS.values()):
        run = words(ours)
        assert " ".join(run) not in cells
        for start in range(len(run) - 6):
            assert f" {' '.join(run[start : start + 7])} " not in theirs
