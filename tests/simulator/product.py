"""Model of a simulated product: facts of its guides, and its behaviour."""

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
    """A firmware version of a product.

    `reference` is the default commercial reference. Keys in `old_names` have the names
    of the first guide; `with_removed_keys` adds the keys that later guides dropped;
    `any_phase` says that measurands with phases can also be requested without one.
    `settings` are values that differ from the defaults of the newest guide.
    `free_charging` is the key and the value for charging without a badge. Badges work
    only while `badge_key` is enabled, and RemoteStartTransaction only while one of
    `remote_start_keys` is.
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
        """Tell whether the firmware has a feature that a version introduced."""
        return since is None or version(since) <= version(self.version)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyRules:
    """Dependencies between the configuration keys of a product.

    Keys in `needs_reboot` take effect after a restart; those in `momentary` reset
    themselves. `behind` maps a key to those that exist only while it is enabled,
    `exclusive` maps a key to those that cannot be enabled at the same time.
    `consequences` maps a key and value to changes of other keys.
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
    """A DataTransfer to the charger: the data that it accepts, and its answer.

    With a `failure`, the charger downloads a file from the `location` in the data, and
    answers with the failure if it cannot.
    """

    accepts: Callable[[Any], bool] = lambda _: True
    answer: str | None = None
    failure: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedProduct:
    """A simulated product.

    `facts` are those of the guides as data; the other attributes are behaviour from the
    prose of guides, or observed in the field.

    Identity and keys: `model` is its chargePointModel, if that is not its commercial
    reference. `settings` are values of keys for which the guide has no default or that
    an installer has changed, `power_keys` hold the rated power, `plug_names` are its
    names for plugs. With `lower_case_booleans` it spells booleans of OCPP's keys in
    lower case. `numbering_key` makes each plug a connector.

    Power: `plug_currents` are the maximum currents of plugs in A, `plug_current_keys`
    are keys that reduce them. With `shares_power`, connectors share the power of the
    charger. Below the smallest limit, `residual_current` still flows, in A; with
    `refuses_low_limits`, such limits other than 0 are rejected. While `watts_key` is
    "Power", limits may also be in W.

    Messages from it: `status_fields` are the optional fields of StatusNotification that
    it always sends; `switched_measurands` are only sent while a key is enabled, and
    then always. `presence_key` enables the vendor message `presence_message`.

    Messages to it: `vendor_messages` by messageId, of which `blink_message` makes it
    blink; operations in `without_effect` are answered but not performed. While
    `unplugged_start_key` is off, it accepts RemoteStartTransaction only with a vehicle.
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
        """The charging profiles that it accepts."""
        assert self.facts.smart_charging
        return self.facts.smart_charging

    def firmware(self, wanted: str | None) -> Firmware:
        """Return a firmware by version, the newest by default. Raises ValueError."""
        if wanted is None:
            return max(self.firmwares, key=lambda firmware: version(firmware.version))
        for firmware in self.firmwares:
            if firmware.version == wanted:
                return firmware
        versions = ", ".join(firmware.version for firmware in self.firmwares)
        raise ValueError(f"{self.facts.name} has no firmware {wanted}, only {versions}")

    def reference(self, name: str) -> Reference:
        """Return a commercial reference by name. Raises ValueError."""
        if reference := self.facts.reference(name):
            return reference
        raise ValueError(f"{self.facts.name} has no reference {name}")

    def rating(self, reference: Reference) -> float:
        """Return the rated current or power, in the unit of its limits."""
        watts = reference.power * 1000
        if self.charging.unit is RateUnit.WATT:
            return watts
        return float(round(watts / reference.phases / NOMINAL_VOLTAGE))

    def settings_of(self, firmware: Firmware, reference: Reference) -> dict[str, str]:
        """Return the values of keys that differ from the defaults of the guide."""
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
        """Return the plugs of each connector, ordered by connectorId."""
        if self.numbering_key and configuration[self.numbering_key] == "0":
            return [plugs]
        return [(plug,) for plug in plugs]

    def configuration(self, firmware: Firmware) -> Iterator[ConfigurationKey]:
        """Yield the keys of a firmware, with its names and access."""
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
