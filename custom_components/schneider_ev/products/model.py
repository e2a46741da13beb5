"""Product model: the data classes for the facts in a Connectivity Guide."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
import re


class Access(StrEnum):
    """Whether a configuration key can be read and written, as the guides abbreviate it."""

    READ_ONLY = "RO"
    READ_WRITE = "RW"
    WRITE_ONLY = "WO"


class KeyType(StrEnum):
    """The type of a configuration value, which OCPP transfers as a string."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    CHOICE = "choice"
    TIME = "time"
    TEXT = "text"
    LIST = "list"


class Phasing(StrEnum):
    """Whether a measurand is reported for each phase."""

    NONE = "none"
    OPTIONAL = "optional"
    ALWAYS = "always"


class RateUnit(StrEnum):
    """The unit of a charging limit (OCPP ChargingRateUnitType)."""

    AMPERE = "A"
    WATT = "W"


class Purpose(StrEnum):
    """What a charging profile limits (OCPP ChargingProfilePurposeType)."""

    CHARGE_POINT_MAX = "ChargePointMaxProfile"
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"


class Direction(StrEnum):
    """Who sends a DataTransfer."""

    FROM_CHARGER = "from_charger"
    TO_CHARGER = "to_charger"


class Plug(StrEnum):
    """The socket or attached cable of a connector."""

    SOCKET_T2S = "t2s"
    ATTACHED_CABLE = "attached_cable"
    DOMESTIC_SOCKET = "domestic"
    CCS2 = "ccs2"
    CHADEMO = "chademo"


@dataclass(frozen=True, kw_only=True, slots=True)
class Guide:
    """A revision of a Connectivity Guide; `firmware` is the oldest that it describes."""

    document: str
    year: int
    firmware: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A commercial reference: the model number on the type plate.

    `power` is the rated power in kW, `phases` the number of phases of the supply.
    `plugs` are those of connector 1 and, if there is one, of connector 2.
    """

    name: str
    power: float
    phases: int
    plugs: tuple[Plug, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigurationKey:
    """A configuration key of a product.

    `name` is spelt as in the newest guide, `aliases` are names in earlier guides.
    `minimum` and `maximum` bound an integer in `unit`, or the length of a text; an
    integer that `may_be_zero` can also be 0. `choices` maps OCPP values to translation
    keys. `pattern` is a regular expression for a whole text. `standard` says that the
    guide lists the key as one of OCPP. `since` is the firmware that introduced the key,
    `writable_since` the one that made it writable; `removed` keys are only in an
    earlier guide. `risk` says what a wrong value breaks: the entity of such a key only
    shows it. `set_with` names the only tool that sets it.
    """

    name: str
    type: KeyType
    access: Access
    description: str
    default: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    may_be_zero: bool = False
    unit: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    pattern: str | None = None
    aliases: tuple[str, ...] = ()
    standard: bool = True
    since: str | None = None
    writable_since: str | None = None
    removed: bool = False
    risk: str | None = None
    set_with: str | None = None

    @property
    def key(self) -> str:
        """The name in snake case: the key of its entity and translations."""
        return snake_case(self.name)

    def accepts(self, value: str) -> bool:
        """Tell whether a value is of the key's type and within its bounds."""
        match self.type:
            case KeyType.BOOLEAN:
                return value.casefold() in ("true", "false")
            case KeyType.INTEGER:
                return re.fullmatch(r"-?\d{1,18}", value) is not None and self._bounds(
                    int(value)
                )
            case KeyType.CHOICE:
                return value in self.choices
            case KeyType.TIME:
                return re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value) is not None
            case _:
                return self._bounds(len(value)) and (
                    self.pattern is None
                    or re.fullmatch(self.pattern, value) is not None
                )

    def _bounds(self, value: int) -> bool:
        if self.may_be_zero and value == 0:
            return True
        return (self.minimum is None or value >= self.minimum) and (
            self.maximum is None or value <= self.maximum
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """A vendor error code.

    `code` is the charger's vendorErrorCode, `error_code` the OCPP ChargePointErrorCode
    that the guide assigns to it. `name` is what the charger puts into `info`, where it
    does. `off_by_default` says that the charger does not look for it as delivered. `since`
    is the firmware that introduced the fault; `removed` faults are only in an earlier
    guide. `key` is the translation key of its name, description and advice: a state of
    the sensor `vendor_error` and of its attributes.
    """

    code: str
    key: str
    error_code: str
    name: str | None = None
    off_by_default: bool = False
    since: str | None = None
    removed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurand:
    """A measurand (OCPP Measurand) and the unit in which the product sends it.

    `needs` is the configuration key that has to be on for it.
    """

    name: str
    unit: str
    phasing: Phasing = Phasing.NONE
    needs: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SmartCharging:
    """What charging profiles the product accepts.

    `unit` is the unit of limits that the integration sends; profiles that an owner
    sends may also use `other_units`. `minimum` and `maximum` are the smallest and the
    largest limit other than 0 that the hardware can follow, in `unit`. `pausable` means
    that a limit of 0 stops the current without ending the transaction. Connectors with
    `unlimited_plugs` ignore limits. `maximum_keys` are the configuration keys for the
    maximum of the charger, `connector_maximum_keys` those of connectors 1 and 2, empty
    for none. `stack_levels`, `periods` and `profiles` are the largest numbers of them.
    A profile with one of `unsupported_attributes` is refused. A `maximum` that
    `is_maximum_assumed` is replaced by what the owner says, be it more.
    """

    unit: RateUnit
    purposes: frozenset[Purpose]
    minimum: float
    maximum: float
    pausable: bool
    stack_levels: int
    periods: int
    profiles: int
    unlimited_plugs: frozenset[Plug] = frozenset()
    maximum_keys: tuple[str, ...] = ()
    connector_maximum_keys: tuple[str, ...] = ()
    other_units: frozenset[RateUnit] = frozenset()
    unsupported_attributes: frozenset[str] = frozenset()
    is_maximum_assumed: bool = False

    @property
    def units(self) -> frozenset[RateUnit]:
        """The units in which a charging profile can be given."""
        return self.other_units | {self.unit}


NO_SMART_CHARGING = SmartCharging(
    unit=RateUnit.AMPERE,
    purposes=frozenset(),
    minimum=0,
    maximum=0,
    pausable=False,
    stack_levels=0,
    periods=0,
    profiles=0,
)
"""For a product that accepts no charging profiles."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """An option of a mode: the configuration keys and values to write, in this order.

    It holds only while one of the keys in `any_of`, if there are any, is on or has a
    text. One that is not `choosable` is shown while it holds.
    """

    key: str
    settings: tuple[tuple[str, str], ...]
    any_of: tuple[str, ...] = ()
    choosable: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Mode:
    """A choice that consists of several configuration keys, shown as a select entity.

    A charger has the mode if it has all keys in `requires` and none in `excludes`. The
    current option is the first one that matches the charger's configuration. Options
    with the same key are ways to make the same choice, the best first.
    """

    key: str
    options: tuple[Option, ...]
    requires: tuple[str, ...]
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DataTransfer:
    """A vendor message, sent as a DataTransfer; `data` is what we send with it."""

    vendor_id: str
    message_id: str
    direction: Direction
    data: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TariffImage:
    """The PNG file with a tariff that a product can display.

    `maximum_size` is in bytes, `ratio` is width to height. `best_sizes` are the
    recommended widths and heights for the screens of the models, in pixels.
    """

    file_name: str
    maximum_size: int
    ratio: tuple[int, int]
    best_sizes: Mapping[str, tuple[int, int]]

    def has_ratio(self, width: int, height: int) -> bool:
        """Tell whether an image has the ratio, rounded to whole pixels."""
        wide, high = self.ratio
        return height == round(width * high / wide)


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product family as its guides describe it.

    `models` and `reference_pattern` match the chargePointModel of a BootNotification:
    a model name, or a commercial reference. `fingerprint` are configuration keys that
    no other product has. `connectors` is the maximum number of connectors, and `plugs`
    are those of a charger that has as many, where all models have the same;
    `connector_type_keys` are the configuration keys for their types. Changing one of
    `interlocked_keys` also changes other keys. `sampled_data` are values for
    MeterValuesSampledData, best first; `sampled_data_max_length` is the maximum number
        of measurands. `sends_clock_aligned_data` tells whether ClockAlignedDataInterval
    counts. `operations` are the OCPP actions that the guide lists, empty if unknown;
    `operations_since` are the firmwares that introduced some of them; those in
    `without_effect` are answered and do nothing. `file_transfers` are the schemes of
    the URLs at which it gets and puts files, empty if unknown. `it_connections` are the
    values of PhasesConnection for IT grids, where it is wired between phases.
    """

    key: str
    name: str
    manufacturer: str
    guides: tuple[Guide, ...] = ()
    models: tuple[str, ...] = ()
    reference_pattern: str | None = None
    fingerprint: frozenset[str] = frozenset()
    references: tuple[Reference, ...] = ()
    connectors: int
    plugs: tuple[Plug, ...] = ()
    connector_type_keys: tuple[str, ...] = ()
    it_connections: frozenset[int] = frozenset()
    configuration: tuple[ConfigurationKey, ...] = ()
    interlocked_keys: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()
    measurands: tuple[Measurand, ...] = ()
    sampled_data: tuple[tuple[str, ...], ...] = ()
    sampled_data_max_length: int
    sends_clock_aligned_data: bool = True
    smart_charging: SmartCharging = NO_SMART_CHARGING
    operations: frozenset[str] = frozenset()
    operations_since: Mapping[str, str] = field(default_factory=dict)
    without_effect: frozenset[str] = frozenset()
    file_transfers: frozenset[str] = frozenset()
    modes: tuple[Mode, ...] = ()
    data_transfers: tuple[DataTransfer, ...] = ()
    tariff_image: TariffImage | None = None

    @cached_property
    def _keys(self) -> Mapping[str, ConfigurationKey]:
        return {
            name.casefold(): key
            for key in self.configuration
            for name in (key.name, *key.aliases)
        }

    @cached_property
    def _faults(self) -> Mapping[str, Fault]:
        return {fault.code: fault for fault in self.faults}

    @cached_property
    def units(self) -> Mapping[str, str]:
        """The unit of each measurand, by its name."""
        return {measurand.name: measurand.unit for measurand in self.measurands}

    @cached_property
    def usual_connectors(self) -> int:
        """The number of connectors of a charger that does not report it."""
        key = self.configuration_key("NumberOfConnectors")
        return int(key.default) if key and key.default else 1

    def configuration_key(self, name: str) -> ConfigurationKey | None:
        """Return the configuration key with a name or alias, ignoring case."""
        return self._keys.get(name.casefold())

    def fault(self, code: str) -> Fault | None:
        """Return the fault with a vendorErrorCode, None if the guides have none."""
        return self._faults.get(code)

    def supports(self, operation: str, firmware: str | None = None) -> bool:
        """Tell whether the guide lists an OCPP action, and for a firmware if it is known.

        It is true for all actions if there is no guide.
        """
        if self.operations and operation not in self.operations:
            return False
        since = self.operations_since.get(operation)
        return not (since and firmware) or version(firmware) >= version(since)

    def has_effect(self, operation: str) -> bool:
        """Tell whether the charger supports an action and performs it."""
        return self.supports(operation) and operation not in self.without_effect

    def reference(self, model: str) -> Reference | None:
        """Return the commercial reference that equals a chargePointModel."""
        model = model.replace(" ", "").upper()
        return next(
            (reference for reference in self.references if reference.name == model),
            None,
        )

    def guide(self, firmware: str | None) -> Guide | None:
        """Return the newest guide that describes a firmware version, None if unknown."""
        return next(
            (
                guide
                for guide in self.guides
                if guide.firmware is None
                or (firmware and version(firmware) >= version(guide.firmware))
            ),
            None,
        )

    def data_transfer(
        self, direction: Direction, message_id: str
    ) -> DataTransfer | None:
        """Return the vendor message with a messageId, None if the product has none."""
        return next(
            (
                transfer
                for transfer in self.data_transfers
                if transfer.direction is direction and transfer.message_id == message_id
            ),
            None,
        )

    def is_model(self, vendor: str, model: str) -> bool:
        """Tell whether a BootNotification's vendor and model are of this product."""
        if model.casefold() in (name.casefold() for name in self.models):
            return True
        return self.reference_pattern is not None and bool(
            re.match(self.reference_pattern, model.replace(" ", ""), re.IGNORECASE)
        )


def version(text: str) -> tuple[int, ...]:
    """Return a firmware version as a tuple of numbers, for comparison."""
    return tuple(int(number) for number in re.findall(r"\d+", text))


def snake_case(name: str) -> str:
    """Convert a name of OCPP to snake case.

    >>> snake_case("iMaxDeratingSwCapacity")
    'i_max_derating_sw_capacity'
    """
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
