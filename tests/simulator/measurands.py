"""Measurands of a charger, and its sampled values for MeterValues."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from custom_components.schneider_ev.products.model import Phasing

from .product import Firmware, SimulatedProduct

_PHASES = ("L1", "L2", "L3")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A reading of a connector's meter, in Wh, varh, V, A and Hz.

    `offered` is the current offered on each of the first `phases`.
    """

    energy: float
    reactive_energy: float
    voltages: tuple[float, ...]
    currents: tuple[float, ...]
    offered: float
    phases: int
    frequency: float = 50.0
    state_of_charge: float | None = None

    def value(self, measurand: str, phase: int | None) -> float | None:
        """Return the value of a measurand in its base unit, None if not available."""
        powers = [v * i for v, i in zip(self.voltages, self.currents, strict=True)]
        match measurand:
            case "Energy.Active.Import.Register":
                return self.energy
            case "Energy.Reactive.Import.Register":
                return self.reactive_energy
            case "Voltage":
                return fmean(self.voltages) if phase is None else self.voltages[phase]
            case "Current.Import":
                return max(self.currents) if phase is None else self.currents[phase]
            case "Power.Active.Import":
                return sum(powers) if phase is None else powers[phase]
            case "Current.Offered":
                return self.offered
            case "Power.Offered":
                return self.offered * sum(self.voltages[: self.phases])
            case "Frequency":
                return self.frequency
            case "SoC":
                return self.state_of_charge
        raise ValueError(measurand)


class Measurands:
    """The measurands of a product with a firmware, except those in `without`."""

    def __init__(
        self,
        product: SimulatedProduct,
        firmware: Firmware,
        is_on: Callable[[str], bool],
        without: Iterable[str] = (),
    ) -> None:
        """Determine the items that a list of measurands may have.

        An item of `without` is a spelling, or a measurand with all its phases. `is_on`
        tells whether a configuration key is enabled.
        """
        self._product = product
        self._is_on = is_on
        self._units: Mapping[str, str] = {
            measurand.name: measurand.unit for measurand in product.facts.measurands
        }
        unsupported = tuple(without)
        self.items = frozenset(
            item
            for measurand in product.facts.measurands
            for item in _spellings(measurand.name, measurand.phasing, firmware)
            if not any(item == x or item.startswith(f"{x}.") for x in unsupported)
        )

    def accepts(self, text: str, length: int) -> bool:
        """Tell whether a list of measurands is valid; one invalid item makes it invalid."""
        items = split(text)
        return len(items) <= length and (self.items - self._off).issuperset(items)

    def sample(self, text: str, reading: Reading, context: str) -> list[dict[str, str]]:
        """Return the sampled values of a list of measurands."""
        items = [item for item in split(text) if item not in self._off]
        if items:
            items += [name for name in self._on if name not in items]
        return [
            sampled
            for item in items
            if (sampled := self._sampled(item, reading, context)) is not None
        ]

    @property
    def _on(self) -> list[str]:
        """The measurands that a configuration key enables at present."""
        switched = self._product.switched_measurands.items()
        return [name for name, key in switched if self._is_on(key)]

    @property
    def _off(self) -> frozenset[str]:
        """The measurands that a configuration key disables at present."""
        return frozenset(self._product.switched_measurands).difference(self._on)

    def _sampled(
        self, item: str, reading: Reading, context: str
    ) -> dict[str, str] | None:
        measurand, phase = _parse(item)
        if phase is not None and phase >= len(reading.voltages):
            return None
        unit = self._units[measurand]
        if (value := reading.value(measurand, phase)) is None:
            return None
        sampled: dict[str, Any] = {"value": _text(value, measurand, unit)}
        if measurand not in self._product.without_format:
            sampled["format"] = "Raw"
        product = self._product
        if location := product.locations.get(measurand, product.location):
            sampled["location"] = location
        sampled |= {"context": context, "measurand": measurand, "unit": unit}
        if phase is not None:
            sampled["phase"] = _PHASES[phase]
        return sampled


def split(text: str) -> list[str]:
    """Split a list of measurands."""
    return [item.strip() for item in text.split(",") if item.strip()]


def _spellings(name: str, phasing: Phasing, firmware: Firmware) -> Iterable[str]:
    if phasing is not Phasing.ALWAYS or firmware.any_phase:
        yield name
    if phasing is not Phasing.NONE:
        for phase in _PHASES:
            yield f"{name}.{phase}"


def _parse(item: str) -> tuple[str, int | None]:
    name, _, last = item.rpartition(".")
    return (name, _PHASES.index(last)) if last in _PHASES else (item, None)


def _text(value: float, measurand: str, unit: str) -> str:
    if unit.startswith("k"):
        return f"{value / 1000:.4f}"
    if unit in ("Wh", "varh", "W", "Percent"):
        return f"{value:.0f}"
    text = f"{value:.1f}"
    return text.removesuffix(".0") if measurand == "Current.Offered" else text
