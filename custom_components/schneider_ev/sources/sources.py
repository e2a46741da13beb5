"""Sources of a site: what Home Assistant knows of its grid connections."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
import logging

from homeassistant.components.energy.websocket_api import async_get_energy_platforms
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers.entity import entity_sources
from homeassistant.helpers.entity_registry import (
    EVENT_ENTITY_REGISTRY_UPDATED,
    EventEntityRegistryUpdatedData,
)
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_state_report_event,
)
from homeassistant.loader import async_get_loaded_integration
from homeassistant.util import dt as dt_util

from ..central_system import Signal
from ..const import (
    CHARGE_IS_POSITIVE,
    CONF_BATTERY_CAPACITY,
    CONF_BATTERY_POWER_ENTITY,
    CONF_BATTERY_POWER_SIGN,
    CONF_BATTERY_STATE_OF_CHARGE_ENTITY,
    CONF_EXPORT_PRICE_ENTITY,
    CONF_GRID_POWER_ENTITY,
    CONF_GRID_POWER_SIGN,
    CONF_PRICE_ENTITY,
    CONF_SOLAR_POWER_ENTITY,
    EXPORT_IS_POSITIVE,
)
from ..site.readings import SiteReadings
from ..subentries import charger_subentries, meter_signs
from .connections import (
    Battery,
    Connection,
    Price,
    Sum,
    Term,
    found_connections,
    meter_key,
)
from .entities import HeldEntities
from .preferences import async_preferences, async_preferences_changed
from .states import price_currency, read_number, read_power, read_price

_LOGGER = logging.getLogger(__name__)


class Role(StrEnum):
    """What a source tells of a site."""

    GRID = "grid"
    SOLAR = "solar"
    BATTERY = "battery"
    BATTERY_STATE_OF_CHARGE = "battery_state_of_charge"
    IMPORT_PRICE = "import_price"
    EXPORT_PRICE = "export_price"
    SOLAR_FORECAST = "solar_forecast"


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundSource:
    """A source of a connection: its entities and what it tells now.

    Powers are in W, signed as in `SiteReadings`, a state of charge is in percent.
    """

    role: Role
    entity_ids: tuple[str, ...]
    value: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class GridReport:
    """When the meter of a connection reported last.

    One that Home Assistant calculates reports only when what it is calculated from
    changes.
    """

    at: datetime
    is_calculated: bool


class Sources:
    """Knows the grid connections of an entry, and reads what is behind them.

    `changed` tells that there are other connections, or other entities behind them.
    `spoken` tells that a power or a price of a connection was reported, by its key.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Start without a connection."""
        self.changed = Signal[()]()
        self.spoken = Signal[str]()
        self.connections: Mapping[str, Connection] = {}
        self._hass = hass
        self._entry = entry
        self._entities = HeldEntities(hass)
        self._by_charger: dict[str, str] = {}
        self._default: str | None = None
        self._keys_by_entity: dict[str, set[str]] = {}
        self._untrack: tuple[CALLBACK_TYPE, ...] = ()

    @callback
    def async_start(self) -> None:
        """Follow the Energy preferences and the entities that they name."""
        preferences = async_preferences_changed(self._hass)
        self._entry.async_on_unload(preferences.connect(self.async_refresh))
        self._entry.async_on_unload(
            self._hass.bus.async_listen(
                EVENT_ENTITY_REGISTRY_UPDATED, self._registry_updated
            )
        )
        self._entry.async_on_unload(self._stop_tracking)
        self.async_refresh()

    @property
    def is_ambiguous(self) -> bool:
        """Whether several connections have a meter, and the owner has to choose one."""
        return self._default is None and len(self._metered) > 1

    def connection_of(self, identity: str) -> str | None:
        """Return the key of the connection of a charger, None where it has none.

        Its owner's choice for the charger counts first, then that for the site, then the
        only connection that has a meter.
        """
        return self._by_charger.get(identity, self._default)

    @callback
    def async_refresh(self) -> None:
        """Find the connections anew, by the preferences and what the owner named."""
        found = found_connections(async_preferences(self._hass), self._entities.hold)
        connections = {each.key: each for each in self._with_options(found)}
        self._default = None
        if len(metered := [key for key, each in connections.items() if each.grid]) == 1:
            (self._default,) = metered
        by_charger = {}
        for identity, meter, sign in self._named_meters():
            term = Term(self._entities.hold(meter), 1 if sign is None else sign)
            key = meter_key(term.entity)
            if key not in connections:
                only = (
                    next(iter(connections.values())) if len(connections) == 1 else None
                )
                connections[key] = (only or Connection(key=key)).metered(term)
            elif sign:
                connections[key] = connections[key].metered(term)
            by_charger[identity] = key
        before = self.connections, self._default, self._by_charger
        self.connections, self._by_charger = connections, by_charger
        if before != (self.connections, self._default, self._by_charger):
            self._track()
            self.changed.send()

    @property
    def _metered(self) -> list[str]:
        return [key for key, each in self.connections.items() if each.grid]

    def _with_options(self, found: Iterable[Connection]) -> Iterator[Connection]:
        """Yield the connections, the first one with what the options name."""
        options, hold = self._entry.options, self._entities.hold
        first, *others = [*found] or [Connection(key="site")]

        def power(name: str, *, inverted: bool = False) -> Sum | None:
            entity: str | None = options.get(name)
            return (Term(hold(entity), -1 if inverted else 1),) if entity else None

        if grid := power(
            CONF_GRID_POWER_ENTITY,
            inverted=options.get(CONF_GRID_POWER_SIGN) == EXPORT_IS_POSITIVE,
        ):
            first = first.metered(*grid)
            others = [each for each in others if each.key != first.key]
            others = [replace(each, grid=()) for each in others]
        batteries = first.batteries
        if battery := power(
            CONF_BATTERY_POWER_ENTITY,
            inverted=options.get(CONF_BATTERY_POWER_SIGN) == CHARGE_IS_POSITIVE,
        ):
            charge = options.get(CONF_BATTERY_STATE_OF_CHARGE_ENTITY)
            batteries = (
                Battery(
                    power=battery,
                    state_of_charge=hold(charge) if charge else None,
                    capacity=options.get(CONF_BATTERY_CAPACITY),
                ),
            )

        def price(name: str, found: Price | None) -> Price | None:
            entity: str | None = options.get(name)
            return hold(entity) if entity else found

        first = replace(
            first,
            solar=power(CONF_SOLAR_POWER_ENTITY) or first.solar,
            batteries=batteries,
            import_price=price(CONF_PRICE_ENTITY, first.import_price),
            export_price=price(CONF_EXPORT_PRICE_ENTITY, first.export_price),
        )
        if first != Connection(key="site"):
            yield first
        yield from others

    def _named_meters(self) -> Iterator[tuple[str, str, int | None]]:
        """Yield chargers with the meter that their owner named, and its sign.

        The sign is None where nobody said it, and 0 where chargers disagree on it: such
        a meter is not read.
        """
        signs = meter_signs(self._entry)
        subentries = charger_subentries(self._entry)
        said = {
            subentry.data.get(CONF_GRID_POWER_ENTITY)
            for subentry in subentries.values()
            if CONF_GRID_POWER_SIGN in subentry.data
        }
        for identity, subentry in subentries.items():
            if meter := subentry.data.get(CONF_GRID_POWER_ENTITY):
                named = signs[meter]
                sign = -1 if EXPORT_IS_POSITIVE in named else 1
                yield (
                    identity,
                    meter,
                    (sign if len(named) == 1 else 0) if meter in said else None,
                )

    # Readings

    def readings(self, key: str) -> SiteReadings:
        """Return what is known of a connection now."""
        connection = self.connections[key]
        solar = self._power(connection.solar)
        charge, capacity = self._state_of_charge(connection.batteries)
        return SiteReadings(
            grid=self._power(connection.grid),
            solar=None if solar is None else max(0.0, solar),
            battery=self._power(connection.battery),
            battery_state_of_charge=charge,
            battery_capacity=capacity,
            import_price=self._price(connection.import_price),
            export_price=self._price(connection.export_price),
        )

    def supply(self, identity: str) -> SiteReadings:
        """Return what is known now of what supplies a charger.

        Where nothing tells its connection the prices are those of the first one, and
        the power at the grid is not known.
        """
        if (key := self.connection_of(identity)) is not None:
            return self.readings(key)
        if (first := next(iter(self.connections), None)) is None:
            return SiteReadings()
        return replace(self.readings(first), grid=None)

    def currency_of(self, identity: str) -> str:
        """Return the currency of the prices of a charger."""
        key = self.connection_of(identity) or next(iter(self.connections), None)
        return self._hass.config.currency if key is None else self.currency(key)

    def has_battery(self, key: str) -> bool:
        """Tell whether there is a battery whose power should be known."""
        return bool(self.connections[key].battery)

    def grid_report(self, key: str) -> GridReport | None:
        """Return when the meter of a connection reported, None where it never did."""
        states = [
            state
            for term in self.connections[key].grid
            if (state := self._entities.state(term.entity)) is not None
        ]
        if not states:
            return None
        return GridReport(
            at=max(state.last_reported for state in states),
            is_calculated=any(map(self._is_calculated, states)),
        )

    def currency(self, key: str) -> str:
        """Return the currency of the prices."""
        price = self.connections[key].import_price
        state = self._entities.state(price) if isinstance(price, str) else None
        return price_currency(state) or self._hass.config.currency

    def found(self, key: str) -> tuple[FoundSource, ...]:
        """Return the sources of a connection, with what they tell now."""
        connection, readings = self.connections[key], self.readings(key)

        def ids(*held: Price | None) -> tuple[str, ...]:
            return tuple(
                entity_id
                for each in held
                if isinstance(each, str)
                and (entity_id := self._entities.entity_id(each)) is not None
            )

        terms = {
            Role.GRID: connection.grid,
            Role.SOLAR: connection.solar,
            Role.BATTERY: connection.battery,
        }
        entities = {
            role: ids(*(term.entity for term in power)) for role, power in terms.items()
        } | {
            Role.BATTERY_STATE_OF_CHARGE: ids(
                *(battery.state_of_charge for battery in connection.batteries)
            ),
            Role.IMPORT_PRICE: ids(connection.import_price),
            Role.EXPORT_PRICE: ids(connection.export_price),
        }
        values: Mapping[Role, float | None] = {
            role: getattr(readings, role.value) for role in entities
        }
        return tuple(
            FoundSource(role=role, entity_ids=entities[role], value=values[role])
            for role in entities
            if entities[role] or values[role] is not None
        )

    async def solar_forecast(self, key: str) -> Mapping[datetime, float]:
        """Return the energy in Wh that is forecast for each hour from its beginning on."""
        forecast: dict[datetime, float] = {}
        if not (entries := self.connections[key].forecasts):
            return forecast
        platforms = await async_get_energy_platforms(self._hass)
        for entry_id in entries:
            entry = self._hass.config_entries.async_get_entry(entry_id)
            if entry is None or (platform := platforms.get(entry.domain)) is None:
                continue
            try:
                answer = await platform(self._hass, entry_id)
            except Exception:  # of another integration, whatever it raises
                _LOGGER.debug("The forecast of %s failed", entry.domain, exc_info=True)
                continue
            for text, energy in (answer or {"wh_hours": {}})["wh_hours"].items():
                if (hour := dt_util.parse_datetime(text)) is not None:
                    hour = dt_util.as_utc(hour)
                    forecast[hour] = forecast.get(hour, 0.0) + energy
        return dict(sorted(forecast.items()))

    def _power(self, power: Sum) -> float | None:
        """Return a sum of powers, None where one of them is not known."""
        total: float | None = None
        for term in power:
            value = read_power(self._entities.state(term.entity))
            if value is None or not term.sign:
                return None
            total = (total or 0.0) + term.sign * value
        return total

    def _state_of_charge(
        self, batteries: tuple[Battery, ...]
    ) -> tuple[float | None, float | None]:
        """Return how full batteries are together, and how much they hold."""
        charges = [
            None
            if battery.state_of_charge is None
            else read_number(self._entities.state(battery.state_of_charge))
            for battery in batteries
        ]
        known = [battery.capacity for battery in batteries if battery.capacity]
        capacity = sum(known) if known and len(known) == len(batteries) else None
        parts = [charge for charge in charges if charge is not None]
        if not parts or len(parts) < len(batteries):
            return None, capacity
        weights = known if capacity else [1.0] * len(parts)
        total = sum(
            charge * weight for charge, weight in zip(parts, weights, strict=True)
        )
        return total / sum(weights), capacity

    def _price(self, price: Price | None) -> float | None:
        if isinstance(price, str):
            return read_price(self._entities.state(price))
        return price

    def _is_calculated(self, meter: State) -> bool:
        """Tell whether Home Assistant calculates a meter, as by a template."""
        source = entity_sources(self._hass).get(meter.entity_id)
        if source is None or meter.domain != Platform.SENSOR:
            return False
        integration = async_get_loaded_integration(self._hass, source["domain"])
        return integration.integration_type == "helper"

    # Events

    def _track(self) -> None:
        """Listen to the powers and the prices of all connections."""
        self._stop_tracking()
        self._keys_by_entity = {}
        for key, connection in self.connections.items():
            for held in (*connection.powers, *connection.prices):
                if (entity_id := self._entities.entity_id(held)) is not None:
                    self._keys_by_entity.setdefault(entity_id, set()).add(key)
        entities = list(self._keys_by_entity)
        self._untrack = (
            async_track_state_change_event(self._hass, entities, self._reported),
            async_track_state_report_event(self._hass, entities, self._reported),
        )

    @callback
    def _stop_tracking(self) -> None:
        for stop in self._untrack:
            stop()
        self._untrack = ()

    @callback
    def _reported(
        self, event: Event[EventStateChangedData] | Event[EventStateReportedData]
    ) -> None:
        for key in self._keys_by_entity.get(event.data["entity_id"], ()):
            self.spoken.send(key)

    @callback
    def _registry_updated(self, event: Event[EventEntityRegistryUpdatedData]) -> None:
        if self._entities.follow(event):
            self.async_refresh()
            self._track()
