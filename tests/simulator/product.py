"""What a simulated product is: its guide's facts, and how it behaves on the wire."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from custom_components.schneider_ev.products.model import (
    Access,
    ConfigurationKey,
    KeyType,
    Plug,
    Product,
    RateUnit,
    Reference,
    SmartCharging,
    version,
)

from .car import Car

NOMINAL_VOLTAGE = 230


@dataclass(frozen=True, kw_only=True, slots=True)
class Firmware:
    """A firmware of a product, and the charger that runs it unless told otherwise.

    `reference` is that charger's type plate. Keys in `old_names` have the names of the
    first guide, `with_removed_keys` has those that later guides dropped, `any_phase`
    says that measurands which can have a phase can be asked for without. `settings` are
    values of keys that differ from the newest guide's. `free_charging` is the key and
    the value that let everyone charge, `badge_key` the key without which badges do
    nothing, and one of `remote_start_keys` has to be on for a remote start.
    """

    version: str
    reference: str
    old_names: frozenset[str] = frozenset()
    with_removed_keys: bool = False
    any_phase: bool = True
    absent_keys: frozenset[str] = frozenset()
    absent_operations: frozenset[str] = frozenset()
    read_only_keys: frozenset[str] = frozenset()
    settings: Mapping[str, str] = field(default_factory=dict)
    free_charging: tuple[str, str] = ("AuthenticationOCPPMode", "False")
    badge_key: str | None = None
    remote_start_keys: frozenset[str] = frozenset()

    def has(self, since: str | None) -> bool:
        """Tell whether something that came with that version is there."""
        return since is None or version(since) <= version(self.version)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyRules:
    """How the keys of a product hang together.

    Those in `needs_reboot` take effect after a restart, those in `momentary` fall back
    by themselves. `behind` names, for a switch, the keys that are there only while it
    is on, and `exclusive` the switches that cannot be on beside it. `consequences` is
    what changes with a value of a key.
    """

    needs_reboot: frozenset[str] = frozenset()
    momentary: frozenset[str] = frozenset()
    behind: Mapping[str, frozenset[str]] = field(default_factory=dict)
    exclusive: Mapping[str, frozenset[str]] = field(default_factory=dict)
    consequences: Mapping[tuple[str, str], Mapping[str, str]] = field(
        default_factory=dict
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class VendorMessage:
    """A DataTransfer to the charger: which data it takes and what it answers.

    With a `failure` it is about a file at the `location` of the data, and the failure
    is the answer where the charger cannot fetch it.
    """

    accepts: Callable[[Any], bool] = lambda _: True
    answer: str | None = None
    failure: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedProduct:
    """A product as the simulator plays it.

    `facts` are those of the guide; the rest is what guides do not say, say in prose, or
    what was seen in the field.

    What it is: `model` is what it calls itself, where that is not its reference.
    `settings` are the values of keys whose default the guide leaves out or that an
    installer has changed, `power_keys` those that hold the rated power, `plug_names`
    how it calls its plugs. `lower_case_booleans` says that it writes the switches of
    OCPP in lower case, `numbering_key` tells whether its plugs are connectors of their
    own.

    What it delivers: `plug_currents` is what plugs can carry, in A, `plug_current_keys`
    are keys that say less. `shares_power` says that its connectors share what the
    station has. Below its smallest limit `residual_current` still flows, in A, and with
    `refuses_low_limits` it does not take such a limit, except 0. While `watts_key` says
    "Power" it takes limits in W too.

    What it tells: `status_fields` are the optional fields of StatusNotification that it
    always sends; `switched_measurands` are there only while a key is on, and are then
    always sent; `without_effect` are operations that it answers and cannot perform.

    What it can be told: `vendor_messages` by their ids, `blink_message` is the one that
    makes it blink; `presence_key` turns on its own message `presence_message`. While
    `unplugged_start_key` is off it takes a remote start only with a vehicle.
    """

    facts: Product
    firmwares: tuple[Firmware, ...]
    model: str | None = None
    serial_prefix: str
    meter_type: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    power_keys: tuple[str, ...] = ()
    plug_names: Mapping[Plug, str] = field(default_factory=dict)
    lower_case_booleans: bool = False
    rules: KeyRules = KeyRules()
    numbering_key: str | None = None

    voltages: tuple[float, ...] = (231.7, 232.1, 230.9)
    voltage_swing: float = 0.6
    plug_currents: Mapping[Plug, float] = field(default_factory=dict)
    plug_current_keys: Mapping[Plug, str] = field(default_factory=dict)
    shares_power: bool = False
    residual_current: float = 0.0
    refuses_low_limits: bool = False
    takes_minimum_rate: bool = False
    watts_key: str | None = None
    resumes_after_power_cut: bool = True
    car: Callable[[], Car] = Car

    status_fields: frozenset[str] = frozenset(
        {"info", "timestamp", "vendor_id", "vendor_error_code"}
    )
    no_error_code: str | None = None
    numeric_message_ids: bool = False
    location: str = "Outlet"
    locations: Mapping[str, str | None] = field(default_factory=dict)
    without_format: frozenset[str] = frozenset()
    switched_measurands: Mapping[str, str] = field(default_factory=dict)
    clock_aligned: bool = True
    clock_aligned_when_idle: bool = True
    file_transfers: tuple[str, ...] = ("ftp", "ftps", "http", "https")
    without_effect: frozenset[str] = frozenset()

    presence_key: str | None = None
    presence_message: str | None = None
    vendor_messages: Mapping[str, VendorMessage] = field(default_factory=dict)
    blink_message: str | None = None
    unplugged_start_key: str | None = None
    badge_needs_vehicle: bool = False

    @property
    def charging(self) -> SmartCharging:
        """What charging profiles it takes."""
        assert self.facts.smart_charging
        return self.facts.smart_charging

    def firmware(self, wanted: str | None) -> Firmware:
        """Return the firmware of that version, or the newest."""
        if wanted is None:
            return max(self.firmwares, key=lambda firmware: version(firmware.version))
        for firmware in self.firmwares:
            if firmware.version == wanted:
                return firmware
        versions = ", ".join(firmware.version for firmware in self.firmwares)
        raise ValueError(f"{self.facts.name} has no firmware {wanted}, only {versions}")

    def reference(self, name: str) -> Reference:
        """Return the type plate with that reference."""
        if reference := self.facts.reference(name):
            return reference
        raise ValueError(f"{name} is no {self.facts.name}")

    def rating(self, reference: Reference) -> float:
        """Return the most that a charger gives, in the unit of its limits."""
        watts = reference.power * 1000
        if self.charging.unit is RateUnit.WATT:
            return watts
        return float(round(watts / reference.phases / NOMINAL_VOLTAGE))

    def settings_of(self, firmware: Firmware, reference: Reference) -> dict[str, str]:
        """Return the values of keys that the guide's defaults do not give."""
        plugs = (self.plug_names.get(plug, "") for plug in reference.plugs)
        return {
            **self.settings,
            **dict.fromkeys(self.power_keys, f"{reference.power:g}"),
            **dict(zip(self.facts.connector_type_keys, plugs, strict=False)),
            **firmware.settings,
        }

    def connectors(
        self, plugs: tuple[Plug, ...], configuration: Mapping[str, str]
    ) -> list[tuple[Plug, ...]]:
        """Return the plugs of each connector, in the order of their numbers."""
        if self.numbering_key and configuration[self.numbering_key] == "0":
            return [plugs]
        return [(plug,) for plug in plugs]

    def configuration(self, firmware: Firmware) -> Iterator[ConfigurationKey]:
        """Yield the keys of that firmware, under the names and rights that it has."""
        for key in self.facts.configuration:
            if key.name in firmware.absent_keys or not firmware.has(key.since):
                continue
            if key.removed and not firmware.with_removed_keys:
                continue
            if key.name in firmware.read_only_keys or not firmware.has(
                key.writable_since
            ):
                key = replace(key, access=Access.READ_ONLY)
            if (
                self.lower_case_booleans
                and key.standard
                and key.type is KeyType.BOOLEAN
                and key.default
            ):
                key = replace(key, default=key.default.lower())
            if key.name in firmware.old_names:
                key = replace(
                    key, name=key.aliases[0], aliases=(key.name, *key.aliases[1:])
                )
            yield key
