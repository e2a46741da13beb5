"""What a product is: the shape of the facts that a Connectivity Guide states."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
import re


class Access(StrEnum):
    """What a central system may do with a configuration key."""

    READ_ONLY = "RO"
    READ_WRITE = "RW"
    WRITE_ONLY = "WO"


class KeyType(StrEnum):
    """How the text of a configuration value is to be read."""

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
    """Who starts an exchange."""

    FROM_CHARGER = "from_charger"
    TO_CHARGER = "to_charger"


class Plug(StrEnum):
    """What a vehicle is connected to."""

    SOCKET_T2S = "t2s"
    ATTACHED_CABLE = "attached_cable"
    DOMESTIC_SOCKET = "domestic"
    CCS2 = "ccs2"
    CHADEMO = "chademo"


@dataclass(frozen=True, kw_only=True, slots=True)
class Guide:
    """A revision of a Connectivity Guide, and the oldest firmware that it describes."""

    document: str
    year: int
    firmware: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """A commercial reference: the number on the type plate.

    `power` is in kW, `phases` the number of phases of the supply at full power. Where
    there are two connectors, `plugs` are those of the first and of the second.
    """

    name: str
    power: float
    phases: int
    plugs: tuple[Plug, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigurationKey:
    """A configuration key of a product.

    `name` is the spelling of the newest guide, `aliases` are the names of earlier
    ones. `minimum` and `maximum` bound an integer in `unit`, or the length of a
    text. `choices` maps the values on the wire to their names. `since` is the
    firmware that brought the key, `writable_since` the one that lets it be changed,
    `removed` says that only an earlier guide has it. `risk` says what a wrong value
    breaks: such a key gets no entity. `set_with` names the tool with which alone it is
    set.
    """

    name: str
    type: KeyType
    access: Access
    description: str
    default: str | None = None
    minimum: int | None = None
    maximum: int | None = None
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
        """The name in snake case, as entities and translations spell it."""
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
        return (self.minimum is None or value >= self.minimum) and (
            self.maximum is None or value <= self.maximum
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """A vendor error code.

    `code` is what the charger sends as vendorErrorCode, `error_code` the OCPP class
    that the guide gives it. `removed` says that only an earlier guide has it. Its name,
    what it means and what to do are translations of `key`: those of the states and of
    the attributes of the sensor `vendor_error`.
    """

    code: str
    key: str
    error_code: str
    removed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurand:
    """A quantity that the product measures, in the unit in which it sends it."""

    name: str
    unit: str
    phasing: Phasing = Phasing.NONE


@dataclass(frozen=True, kw_only=True, slots=True)
class SmartCharging:
    """What charging profiles the product takes.

    `minimum` and `maximum` are the smallest and largest limit other than 0 that the
    hardware can follow, in `unit`. `pausable` says that a limit of 0 stops the
    current and keeps the transaction. `unlimited_plugs` follow no limit at all. What the
    hardware is set to stands in `maximum_keys`, and for each connector in
    `connector_maximum_keys`. Profiles of an owner may be in `other_units`, too.
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
"""The smart charging of a product that takes no charging profiles."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One choice of a mode: the keys and values that make it, in the order to write."""

    key: str
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mode:
    """A choice that takes several configuration keys to make.

    A charger has it if it has the keys that `requires` names and none that `excludes`
    names. Of the options that match what the charger reports, the first one is chosen.
    """

    key: str
    options: tuple[Option, ...]
    requires: tuple[str, ...]
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DataTransfer:
    """A vendor message that travels as a DataTransfer.

    `data` is the text that a central system sends with it.
    """

    vendor_id: str
    message_id: str
    direction: Direction
    data: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TariffImage:
    """The picture of a tariff that a product shows: a PNG file.

    `maximum_size` is in bytes, `ratio` that of width to height. `best_sizes` are the
    widths and heights, in pixels, that suit the screens of the models best.
    """

    file_name: str
    maximum_size: int
    ratio: tuple[int, int]
    best_sizes: Mapping[str, tuple[int, int]]

    def has_ratio(self, width: int, height: int) -> bool:
        """Tell whether a picture has the ratio, as near as whole pixels come to it."""
        wide, high = self.ratio
        return height == round(width * high / wide)


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product family as its guides describe it.

    `models` are what its chargers call themselves in BootNotification, beside their
    commercial references, which `reference_pattern` matches; `fingerprint` are
    configuration keys that no other product has. `sampled_data` are the measurand lists
    to ask for, the best first. `connectors` is how many connectors a charger can have
    at most, and `connector_type_keys` tell what kind each of them is. A change of
    `interlocked_keys` changes other keys as well. Operations `without_effect` are
    answered, and that is all.
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
    connector_type_keys: tuple[str, ...] = ()
    configuration: tuple[ConfigurationKey, ...] = ()
    interlocked_keys: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()
    measurands: tuple[Measurand, ...] = ()
    sampled_data: tuple[tuple[str, ...], ...] = ()
    sampled_data_max_length: int
    smart_charging: SmartCharging = NO_SMART_CHARGING
    operations: frozenset[str] = frozenset()
    without_effect: frozenset[str] = frozenset()
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
        """The unit in which a measurand is sent, by its name."""
        return {measurand.name: measurand.unit for measurand in self.measurands}

    @cached_property
    def usual_connectors(self) -> int:
        """How many connectors a charger has that does not say how many."""
        key = self.configuration_key("NumberOfConnectors")
        return int(key.default) if key and key.default else 1

    def configuration_key(self, name: str) -> ConfigurationKey | None:
        """Return the key of that name or alias, in whatever case it is spelt."""
        return self._keys.get(name.casefold())

    def fault(self, code: str) -> Fault | None:
        """Return the fault with that vendor error code."""
        return self._faults.get(code)

    def supports(self, operation: str) -> bool:
        """Tell whether the guide lists an operation; without a guide any may work."""
        return not self.operations or operation in self.operations

    def has_effect(self, operation: str) -> bool:
        """Tell whether an operation does something at the charger."""
        return self.supports(operation) and operation not in self.without_effect

    def reference(self, model: str) -> Reference | None:
        """Return the commercial reference that a charger calls itself."""
        model = model.replace(" ", "").upper()
        return next(
            (reference for reference in self.references if reference.name == model),
            None,
        )

    def guide(self, firmware: str | None) -> Guide | None:
        """Return the newest guide that describes a firmware."""
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
        """Return the vendor message of that name, where the product has it."""
        return next(
            (
                transfer
                for transfer in self.data_transfers
                if transfer.direction is direction and transfer.message_id == message_id
            ),
            None,
        )

    def is_model(self, vendor: str, model: str) -> bool:
        """Tell whether a charger that calls itself so is of this product."""
        if model.casefold() in (name.casefold() for name in self.models):
            return True
        return self.reference_pattern is not None and bool(
            re.match(self.reference_pattern, model.replace(" ", ""), re.IGNORECASE)
        )


def version(text: str) -> tuple[int, ...]:
    """Return a firmware version as numbers that can be compared."""
    return tuple(int(number) for number in re.findall(r"\d+", text))


def snake_case(name: str) -> str:
    """Spell a name of OCPP as Home Assistant spells keys.

    >>> snake_case("iMaxDeratingSwCapacity")
    'i_max_derating_sw_capacity'
    """
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
