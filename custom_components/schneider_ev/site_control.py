"""Charging by a site: its readings go to the regulators, their decisions to connectors."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from .central_system import CentralSystem, ConnectorValue, Problem, Signal, Stop
from .central_system.charge_point import Charger, Connector
from .central_system.charging import (
    Ceiling,
    CeilingSource,
    ChargingMode,
    SiteReason,
    SiteReport,
)
from .central_system.messages import InvalidCommandError
from .const import (
    CONF_BATTERY_RULE,
    CONF_DEFAULT_MODE,
    CONF_EXPORT_LIMIT,
    CONF_PAUSE_AFTER,
    CONF_SHARE_ABOVE,
    CONF_START_AFTER,
)
from .site.load import Decision
from .site.loads import connector_load
from .site.readings import SiteReadings
from .site.regulator import Regulator
from .site.settings import DEFAULT_SETTINGS, BatteryRule, Settings
from .site.site import Site
from .site_values import SiteValue, SiteView
from .sources import Sources, Sum
from .storage import Storage
from .subentries import charger_subentries

_TICK = timedelta(seconds=10)
"""How often delays and silent meters are looked after; decided is when a meter speaks."""

type Key = str | None
"""A grid connection, or None for what an automation feeds by `set_surplus_power`."""


class SiteControl:
    """Charging by the sites of a central system: one for each grid connection.

    Connectors behind the same grid connection share its surplus. Those of which no
    connection is known share the surplus that an automation sets. `views` are the
    connections as they are shown; `structure_changed` tells that there are others, or
    that more is known of them, `read` that meters or prices were read.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        central_system: CentralSystem,
        storage: Storage,
    ) -> None:
        """Start with no charger."""
        self.sources = Sources(hass, entry)
        self.views: tuple[SiteView, ...] = ()
        self.structure_changed = Signal[()]()
        self.read = Signal[()]()
        self._hass = hass
        self._entry = entry
        self._central_system = central_system
        self._storage = storage
        self._sites: dict[Key, Site] = {}
        self._regulators: dict[Connector, Regulator] = {}
        self._listening: dict[Connector, tuple[Stop, ...]] = {}
        self._views: Mapping[str, SiteView] = {}
        self._meters: dict[str, Sum] = {}
        self._reported: dict[str, datetime] = {}
        self._spoken: set[str] = set()

    @callback
    def async_start(self) -> None:
        """Watch chargers and the sources of their sites, and decide when a meter speaks."""
        self._central_system.charger_added.connect(self._watch)
        self.sources.changed.connect(self.async_settings_changed)
        self.sources.spoken.connect(self._meter_spoke)
        self.sources.async_start()
        self._entry.async_on_unload(
            async_track_time_interval(self._hass, self._tick, _TICK)
        )
        self.async_settings_changed()

    @callback
    def async_options_changed(self) -> None:
        """Apply the options of the entry and the settings of its chargers."""
        self.sources.async_refresh()
        self.async_settings_changed()

    @callback
    def async_settings_changed(self) -> None:
        """Have each connector follow its site, with the settings as they are now.

        What was read of a connection counts no more once its meter is another one, or
        has another sign.
        """
        self._follow_connectors()
        settings = self._settings()
        by_site: dict[Key, list[Regulator]] = {
            key: [] for key in self.sources.connections
        }
        for connector, regulator in self._regulators.items():
            key = self.sources.connection_of(connector.charger.identity)
            by_site.setdefault(key, []).append(regulator)
        meters = {key: each.grid for key, each in self.sources.connections.items()}
        kept = {
            key: site
            for key, site in self._sites.items()
            if key is None or meters.get(key) == self._meters.get(key)
        }
        self._meters = meters
        self._sites = {key: kept.get(key) or Site() for key in by_site}
        for key, site in self._sites.items():
            site.configure(settings, by_site[key])
        self._reported = {key: at for key, at in self._reported.items() if key in kept}
        self._show_ambiguity()
        self._update_views()
        self._tick()

    def _show_ambiguity(self) -> None:
        """Show the problem of chargers of which nobody can tell where they are."""
        for charger in {connector.charger for connector in self._regulators}:
            is_unknown = self.sources.connection_of(charger.identity) is None
            charger.problems.set(
                Problem.SEVERAL_CONNECTIONS,
                {} if is_unknown and self.sources.is_ambiguous else None,
            )

    @property
    def cheap_below(self) -> float | None:
        """The price of a kWh under which charging is wanted, None where there is none."""
        return self._storage.cheap_below

    @callback
    def set_cheap_below(self, price: float | None) -> None:
        """Want charging below another price of a kWh."""
        self._storage.set_cheap_below(price)
        self._show_cheap_below()
        self.async_settings_changed()

    def readings_of(self, charger: Charger) -> SiteReadings:
        """Return what is known of the grid connection of a charger."""
        key = self.sources.connection_of(charger.identity)
        return SiteReadings() if key is None else self.sources.readings(key)

    @callback
    def async_feed(self, charger: Charger, watts: float) -> None:
        """Set the surplus power of the chargers without a grid meter; import is negative.

        Raises InvalidCommandError if the charger has a grid meter, or if no connector
        follows.
        """
        if self.sources.connection_of(charger.identity) is not None:
            raise InvalidCommandError("goes_by_a_meter")
        site = self._sites.get(None)
        if site is None or not site.regulators:
            raise InvalidCommandError("no_charger_follows")
        self._observe(None, SiteReadings(grid=-watts))

    def _settings(self) -> Settings:
        options = self._entry.options
        return Settings(
            start_after=options.get(CONF_START_AFTER, DEFAULT_SETTINGS.start_after),
            pause_after=options.get(CONF_PAUSE_AFTER, DEFAULT_SETTINGS.pause_after),
            battery_rule=BatteryRule(
                options.get(CONF_BATTERY_RULE, DEFAULT_SETTINGS.battery_rule)
            ),
            share_above=options.get(CONF_SHARE_ABOVE, DEFAULT_SETTINGS.share_above),
            export_limit=options.get(CONF_EXPORT_LIMIT),
            cheap_below=self.cheap_below,
        )

    # Readings

    @callback
    def _meter_spoke(self, key: str) -> None:
        """Read a connection once all has been heard that is told together."""
        if not self._spoken:
            self._hass.loop.call_soon(self._read_spoken)
        self._spoken.add(key)

    @callback
    def _read_spoken(self) -> None:
        spoken, self._spoken = self._spoken, set()
        for key in spoken & self.sources.connections.keys():
            report, readings = self.sources.grid_report(key), self.sources.readings(key)
            if report is None or report.at == self._reported.get(key):
                self._show(key, readings)
            else:
                self._reported[key] = report.at
                self._observe(key, readings)
        self.read.send()

    def _look(self, key: str) -> None:
        """Read a meter that told of nothing: it may have reported before, or stand still.

        What it reported long ago is no reading.
        """
        readings, report = self.sources.readings(key), self.sources.grid_report(key)
        if report is not None and report.at != self._reported.get(key):
            self._reported[key] = report.at
            age = dt_util.utcnow() - report.at
            if age.total_seconds() < DEFAULT_SETTINGS.stale_after:
                self._observe(key, readings)
        elif report is not None and report.is_calculated:
            self._update_loads(key)
            self._sites[key].confirm(readings, monotonic())
        self._show(key, readings)

    def _observe(self, key: Key, readings: SiteReadings) -> None:
        """Have a site decide by readings, with what its vehicles draw at the same time."""
        self._update_loads(key)
        self._sites[key].observe(readings, monotonic())
        self._decide(key)
        if key is not None:
            self._show(key, readings)

    def _update_loads(self, key: Key) -> None:
        regulators = set(self._sites[key].regulators)
        for connector, regulator in self._regulators.items():
            if regulator in regulators:
                regulator.observe(connector_load(connector))

    @callback
    def _tick(self, _now: object = None) -> None:
        """Look for what no event told of, then decide."""
        for key in self.sources.connections.keys() - self._spoken:
            self._look(key)
        self.async_decide()

    # Decisions

    @callback
    def async_decide(self) -> None:
        """Decide on all connectors."""
        for key in self._sites:
            self._update_loads(key)
            self._decide(key)

    def _decide(self, key: Key) -> None:
        """Decide on the connectors of a site; limits are for those that follow it."""
        site, now = self._sites[key], monotonic()
        site.decide(now)
        regulators = set(site.regulators)
        for connector, regulator in self._regulators.items():
            if regulator in regulators:
                self._apply(connector, regulator.decision, now)

    def _apply(self, connector: Connector, decision: Decision, now: float) -> None:
        limits, changes_at = connector.limits, _time(decision.changes_at, now)
        ceiling = None
        if decision.limit is not None and decision.ceiling is not None:
            ceiling = Ceiling(
                reason=decision.ceiling, limit=decision.limit, next_change=changes_at
            )
        limits.set_ceiling(CeilingSource.SITE, ceiling)
        key = self.sources.connection_of(connector.charger.identity)
        limits.report_site(
            SiteReport(
                reason=SiteReason(decision.reason.value),
                available=decision.available,
                needed=decision.needed,
                changes_at=changes_at,
                price=self._sites[key].readings.import_price,
                cheap_below=self.cheap_below,
            )
        )

    # What is shown

    def _update_views(self) -> None:
        """Show the connections that there are now; what is gone is not known any more."""
        keys = list(self.sources.connections)
        new = range(len(self.views) + 1, len(keys) + 1)
        self.views += tuple(SiteView(number=number) for number in new)
        self._views = dict(zip(keys, self.views, strict=False))
        for view in self.views:
            view.values.update(dict.fromkeys(view.values))
        self._show_cheap_below()
        if new:
            self.structure_changed.send()

    def _show_cheap_below(self) -> None:
        """Show where charging can be wanted by the price, which needs to be known."""
        for view in self.views[:1]:
            if SiteValue.ELECTRICITY_PRICE in view.values:
                view.values.set(SiteValue.CHEAP_BELOW, self.cheap_below)

    def _show(self, key: str, readings: SiteReadings) -> None:
        """Show what is known of a connection, powers in whole W."""
        site, values = self._sites[key], self._views[key].values
        site.note(readings)
        powers = {
            SiteValue.GRID_POWER: readings.grid,
            SiteValue.SOLAR_POWER: readings.solar,
            SiteValue.BATTERY_POWER: readings.battery,
            SiteValue.HOUSE_POWER: site.house_power,
            SiteValue.SURPLUS: site.surplus,
        }
        shown: dict[SiteValue, float | None] = {
            name: None if power is None else float(round(power))
            for name, power in powers.items()
        }
        shown[SiteValue.ELECTRICITY_PRICE] = readings.import_price
        knows_price = SiteValue.ELECTRICITY_PRICE in values
        values.update(
            {
                name: value
                for name, value in shown.items()
                if value is not None or name in values
            }
        )
        if not knows_price:
            self._show_cheap_below()

    # Connectors

    @callback
    def _watch(self, charger: Charger) -> None:
        """Follow the connectors of a charger that can be limited, whichever it has."""
        self._structure_changed()
        charger.structure_changed.connect(self._structure_changed)

    @callback
    def _structure_changed(self) -> None:
        if self._regulators.keys() != set(self._limitable()):
            self.async_settings_changed()

    def _limitable(self) -> Iterator[Connector]:
        """Yield the connectors that there are and that can be limited."""
        for charger in self._central_system.chargers.values():
            for connector in charger.connectors.values():
                if connector.limits.decision.is_limitable:
                    yield connector

    def _follow_connectors(self) -> None:
        """Have a regulator for each connector that can be limited, and for no other."""
        limitable = list(self._limitable())
        for connector in self._regulators.keys() - set(limitable):
            del self._regulators[connector]
            for stop in self._listening.pop(connector):
                stop()
        for connector in limitable:
            if connector in self._regulators:
                continue
            self._regulators[connector] = Regulator(connector_load(connector))
            self._listening[connector] = (
                connector.values.listen(
                    ConnectorValue.CHARGING_MODE, self.async_decide
                ),
                connector.values.listen(
                    ConnectorValue.PLUGGED, partial(self._plugged_changed, connector)
                ),
            )

    @callback
    def _plugged_changed(self, connector: Connector) -> None:
        """Set the default mode when a vehicle is unplugged, for the next one."""
        was_plugged = self._regulators[connector].load.plugged
        default = self._default_mode(connector.charger)
        if was_plugged and not connector.plugged and default is not None:
            connector.charger.link.spawn_command(
                partial(connector.control.choose_mode, ChargingMode(default))
            )
        elif was_plugged is not connector.plugged:
            self.async_decide()

    def _default_mode(self, charger: Charger) -> str | None:
        """Return the mode that the owner chose for the next vehicle of a charger."""
        subentry = charger_subentries(self._entry).get(charger.identity)
        return subentry.data.get(CONF_DEFAULT_MODE) if subentry else None


def _time(at: float | None, now: float) -> datetime | None:
    """Return a time of the monotonic clock by the clock of Home Assistant."""
    if at is None:
        return None
    return dt_util.utcnow() + timedelta(seconds=at - now)
