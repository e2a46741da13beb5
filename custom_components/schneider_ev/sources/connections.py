"""Grid connections: which entities tell what flows there, and what it costs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

type Hold = Callable[[str], str]
"""Returns what an entity is held by, whatever it is called later."""

type Price = str | float
"""The entity that tells a price, or the price of a kWh."""


@dataclass(frozen=True, slots=True)
class Term:
    """An entity whose power is part of a sum, with its sign."""

    entity: str
    sign: int = 1


type Sum = tuple[Term, ...]
"""Powers that are added up: known where all of them are, and there is one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Battery:
    """A house battery: its power (positive while it discharges) and how full it is.

    `capacity` is in kWh.
    """

    power: Sum = ()
    state_of_charge: str | None = None
    capacity: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """A connection to the grid, and what is behind it.

    `key` names it for as long as its meter is the same entity; `name` is what its owner
    calls it. `grid` is positive while power is imported. `forecasts` are config entries
    that forecast the sun.
    """

    key: str
    name: str | None = None
    grid: Sum = ()
    solar: Sum = ()
    batteries: tuple[Battery, ...] = ()
    import_price: Price | None = None
    export_price: Price | None = None
    forecasts: tuple[str, ...] = ()

    @property
    def battery(self) -> Sum:
        """The powers of all batteries."""
        return _all(battery.power for battery in self.batteries)

    @property
    def powers(self) -> Iterator[str]:
        """The entities of all powers."""
        return (term.entity for term in (*self.grid, *self.solar, *self.battery))

    @property
    def prices(self) -> Iterator[str]:
        """The entities of the prices."""
        both = (self.import_price, self.export_price)
        return (price for price in both if isinstance(price, str))

    def metered(self, term: Term) -> Connection:
        """Return it with another meter of the grid's power."""
        return replace(self, key=meter_key(term.entity), grid=(term,))


def meter_key(entity: str) -> str:
    """Return the key of the connection that an entity measures."""
    return f"meter:{entity}"


def found_connections(
    preferences: Mapping[str, Any] | None, hold: Hold
) -> tuple[Connection, ...]:
    """Return the grid connections of Home Assistant's Energy preferences.

    Panels, batteries and forecasts are not told apart by connection there: they count
    for the first one. Without a grid connection there is one that has no meter.
    """
    sources: Sequence[Mapping[str, Any]] = (preferences or {}).get("energy_sources", ())
    by_type = {
        kind: [source for source in sources if source["type"] == kind]
        for kind in ("grid", "solar", "battery")
    }
    behind = Connection(
        key="site",
        solar=_all(_power(source, hold) for source in by_type["solar"]),
        batteries=tuple(_battery(source, hold) for source in by_type["battery"]),
        forecasts=tuple(
            dict.fromkeys(
                entry
                for source in by_type["solar"]
                for entry in source.get("config_entry_solar_forecast") or ()
            )
        ),
    )
    if not by_type["grid"]:
        return (behind,) if by_type["solar"] or by_type["battery"] else ()
    return tuple(
        _grid(source, hold, behind if number == 0 else None, number)
        for number, source in enumerate(by_type["grid"])
    )


def _grid(
    source: Mapping[str, Any], hold: Hold, behind: Connection | None, number: int
) -> Connection:
    """Return the connection of a grid source."""
    power = _power(source, hold)
    return replace(
        behind or Connection(key="site"),
        key="+".join(meter_key(term.entity) for term in power) or f"grid:{number}",
        name=source.get("name"),
        grid=power,
        import_price=_price(source, "energy_price", hold),
        export_price=_price(source, "energy_price_export", hold),
    )


def _battery(source: Mapping[str, Any], hold: Hold) -> Battery:
    """Return a battery source."""
    charge = source.get("stat_soc")
    return Battery(
        power=_power(source, hold),
        state_of_charge=hold(charge) if charge and _is_entity(charge) else None,
        capacity=source.get("capacity"),
    )


_POWER_TERMS: tuple[tuple[tuple[str, int], ...], ...] = (
    (("stat_rate_from", 1), ("stat_rate_to", -1)),
    (("stat_rate_inverted", -1),),
    (("stat_rate", 1),),
)
"""The ways to name a power, with the signs of its entities."""


def _power(source: Mapping[str, Any], hold: Hold) -> Sum:
    """Return the power of a source: none where it is not an entity that can be read.

    Where its owner named an inverted sensor, or two, those are read, not the one that
    Home Assistant makes of them.
    """
    named = source.get("power_config") or source
    for terms in _POWER_TERMS:
        if all(name in named for name, _ in terms):
            entities = [(named[name], sign) for name, sign in terms]
            if not all(_is_entity(entity) for entity, _ in entities):
                return ()
            return tuple(Term(hold(entity), sign) for entity, sign in entities)
    return ()


def _price(source: Mapping[str, Any], name: str, hold: Hold) -> Price | None:
    """Return a price of a grid source."""
    entity: str | None = source.get(f"entity_{name}")
    number: float | None = source.get(f"number_{name}")
    return hold(entity) if entity and _is_entity(entity) else number


def _all(powers: Iterable[Sum]) -> Sum:
    """Return the sum of powers; it is not known where one of them is not."""
    sums = list(powers)
    return tuple(term for power in sums for term in power) if all(sums) else ()


def _is_entity(statistic: str) -> bool:
    """Tell whether a statistic is that of an entity: others cannot be read."""
    return "." in statistic and ":" not in statistic
