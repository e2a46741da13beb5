"""What a simulated product is: its guide's facts, and how it behaves on the wire."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from custom_components.schneider_ev.products.model import (
    Access,
    ConfigurationKey,
    Product,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Firmware:
    """A firmware of a product, by what it has not got.

    `old_names` says that keys still have the names of the first guide, `any_phase`
    that measurands which can have a phase can be asked for without.
    """

    version: str
    old_names: bool = False
    any_phase: bool = True
    absent_keys: frozenset[str] = frozenset()
    absent_operations: frozenset[str] = frozenset()
    read_only_keys: frozenset[str] = frozenset()

    def has(self, version: str | None) -> bool:
        """Tell whether something that came with that version is there."""
        return version is None or _numbers(version) <= _numbers(self.version)


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedProduct:
    """A product as the simulator plays it.

    `facts` are those of the guide; the rest is what guides do not say or what was
    seen in the field. `settings` are the values of keys whose default the guide leaves
    out or that an installer has changed. `current_limit_key` names the key that holds
    the installation's maximum, `presence_key` the one that turns on the message
    `presence_message`, and `blink_message` is the one that makes the charger blink.
    """

    facts: Product
    firmwares: tuple[Firmware, ...]
    model: str
    serial_prefix: str
    meter_type: str | None = None
    connectors: int = 1
    phases: int = 3
    voltages: tuple[float, ...] = (231.7, 232.1, 230.9)
    minimum_current: int
    maximum_current: int
    no_error_code: str
    outlet: str = "Outlet"
    without_format: frozenset[str] = frozenset()
    without_location: frozenset[str] = frozenset()
    settings: Mapping[str, str] = field(default_factory=dict)
    needs_reboot: frozenset[str] = frozenset()
    current_limit_key: str | None = None
    presence_key: str | None = None
    presence_message: str | None = None
    blink_message: str | None = None
    resumes_after_power_cut: bool = True

    def firmware(self, version: str) -> Firmware:
        """Return the firmware of that version."""
        for firmware in self.firmwares:
            if firmware.version == version:
                return firmware
        versions = ", ".join(firmware.version for firmware in self.firmwares)
        raise ValueError(f"{self.model} has no firmware {version}, only {versions}")

    def configuration(self, firmware: Firmware) -> Iterator[ConfigurationKey]:
        """Yield the keys of that firmware, under the names and rights that it has."""
        for key in self.facts.configuration:
            if key.name in firmware.absent_keys or not firmware.has(key.since):
                continue
            if key.removed and not firmware.old_names:
                continue
            if key.name in firmware.read_only_keys or not firmware.has(
                key.writable_since
            ):
                key = replace(key, access=Access.READ_ONLY)
            if firmware.old_names and key.aliases:
                key = replace(
                    key, name=key.aliases[0], aliases=(key.name, *key.aliases[1:])
                )
            yield key


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
