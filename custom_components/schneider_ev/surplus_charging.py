"""Solar charging: grid meters go to the regulator, its decisions to the connectors."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from math import isfinite
from time import monotonic

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, Platform, UnitOfPower
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers.entity import entity_sources
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_time_interval,
)
from homeassistant.loader import async_get_loaded_integration
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import PowerConverter

from .central_system import CentralSystem, ConnectorValue, Stop
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
    CONF_DEFAULT_MODE,
    CONF_GRID_POWER_ENTITY,
    CONF_PAUSE_AFTER,
    CONF_START_AFTER,
    EXPORT_IS_POSITIVE,
)
from .site.loads import connector_load
from .site.readings import SiteReadings
from .site.regulator import Regulator
from .site.settings import DEFAULT_SETTINGS, Settings
from .site.site import Site
from .subentries import charger_subentries, meter_signs

_TICK = timedelta(seconds=10)
"""Between two looks at meters that say nothing, and at delays that end."""
_SOLAR_MODES = frozenset(
    {ChargingMode.MIN_SOLAR, ChargingMode.SOLAR, ChargingMode.SMART}
)


class SurplusCharging:
    """Solar charging of a central system: one site for each grid meter.

    Chargers with the same grid power entity share its surplus. Those without one share
    the surplus that an automation sets by `set_surplus_power`.
    """

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, central_system: CentralSystem
    ) -> None:
        """Start with no charger."""
        self._hass = hass
        self._entry = entry
        self._central_system = central_system
        self._sites: dict[str | None, Site] = {}
        self._signs: dict[str, int] = {}
        self._regulators: dict[Connector, Regulator] = {}
        self._listening: dict[Connector, tuple[Stop, ...]] = {}
        self._unsubscribe: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Watch chargers and grid meters, and decide at regular intervals."""
        self._central_system.charger_added.connect(self._watch)
        self._entry.async_on_unload(self._stop_listening)
        self._entry.async_on_unload(
            async_track_time_interval(self._hass, self._tick, _TICK)
        )
        self.async_settings_changed()

    @callback
    def async_settings_changed(self) -> None:
        """Apply the options of the entry, and the chargers with their grid meters.

        A meter whose sign is not certain is not read.
        """
        self._stop_listening()
        self._follow_connectors()
        options = self._entry.options
        settings = Settings(
            start_after=options.get(CONF_START_AFTER, DEFAULT_SETTINGS.start_after),
            pause_after=options.get(CONF_PAUSE_AFTER, DEFAULT_SETTINGS.pause_after),
        )
        signs = {
            meter: 1 if EXPORT_IS_POSITIVE in signs else -1
            for meter, signs in meter_signs(self._entry).items()
            if len(signs) == 1
        }
        by_meter: dict[str | None, list[Regulator]] = {}
        for connector, regulator in self._regulators.items():
            meter = self._setting(connector.charger, CONF_GRID_POWER_ENTITY)
            by_meter.setdefault(meter, []).append(regulator)
        self._sites = {
            meter: self._sites.get(meter, Site())
            if meter is None or signs.get(meter) == self._signs.get(meter)
            else Site()
            for meter in by_meter
        }
        self._signs = signs
        for meter, site in self._sites.items():
            site.configure(settings, by_meter[meter])
        self._unsubscribe = async_track_state_change_event(
            self._hass, self._meters, self._meter_changed
        )
        self._read_meters()

    @property
    def _meters(self) -> list[str]:
        """The grid power entities of the chargers."""
        return [meter for meter in self._sites if meter is not None]

    @callback
    def async_feed(self, charger: Charger, watts: float) -> None:
        """Set the surplus power of the chargers without a grid meter; import is negative.

        Raises InvalidCommandError if the charger has a grid meter, or if no connector
        follows.
        """
        if self._setting(charger, CONF_GRID_POWER_ENTITY) is not None:
            raise InvalidCommandError("goes_by_a_meter")
        if (site := self._sites.get(None)) is None:
            raise InvalidCommandError("no_charger_follows")
        self._update_loads()
        site.observe(SiteReadings(grid=-watts), monotonic())

    @callback
    def async_decide(self) -> None:
        """Decide on all connectors, and set the limits of those in a solar mode."""
        now = monotonic()
        self._update_loads()
        for site in self._sites.values():
            site.decide(now)
        for connector, regulator in self._regulators.items():
            decision = regulator.decision
            is_solar = connector.limits.mode in _SOLAR_MODES
            connector.limits.set_ceiling(
                CeilingSource.SITE,
                None
                if decision.limit is None or decision.ceiling is None or not is_solar
                else Ceiling(reason=decision.ceiling, limit=decision.limit),
            )
            connector.limits.report_site(
                SiteReport(reason=SiteReason(decision.reason.value))
            )

    @callback
    def _tick(self, _now: object) -> None:
        """Read the meters, then decide."""
        self._read_meters()
        self.async_decide()

    def _read_meters(self) -> None:
        """Read the meters.

        One that reports the same value again makes no event, but is not stale. One that
        Home Assistant calculates reports only when what it is calculated from changes.
        """
        for meter in self._meters:
            if (state := self._hass.states.get(meter)) is not None:
                age = dt_util.utcnow() - state.last_reported
                if age.total_seconds() < DEFAULT_SETTINGS.stale_after:
                    self._observe(state)
                elif self._is_calculated(state):
                    self._observe(state, is_report=False)

    def _is_calculated(self, meter: State) -> bool:
        """Tell whether Home Assistant calculates a meter, as by a template."""
        source = entity_sources(self._hass).get(meter.entity_id)
        if source is None or meter.domain != Platform.SENSOR:
            return False
        integration = async_get_loaded_integration(self._hass, source["domain"])
        return integration.integration_type == "helper"

    @callback
    def _meter_changed(self, event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None:
            self._observe(state)

    def _observe(self, state: State, *, is_report: bool = True) -> None:
        meter, power = state.entity_id, read_power(state)
        if power is None or (sign := self._signs.get(meter)) is None:
            return
        self._update_loads()
        site = self._sites[meter]
        readings = SiteReadings(grid=-power * sign)
        (site.observe if is_report else site.confirm)(readings, monotonic())

    def _update_loads(self) -> None:
        """Update the loads, for they have to be of the same time as the meter's value."""
        for connector, regulator in self._regulators.items():
            regulator.observe(connector_load(connector))

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
        default = self._setting(connector.charger, CONF_DEFAULT_MODE)
        if was_plugged and not connector.plugged and default is not None:
            connector.charger.link.spawn_command(
                partial(connector.control.choose_mode, ChargingMode(default))
            )
        elif was_plugged is not connector.plugged:
            self.async_decide()

    @callback
    def _stop_listening(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _setting(self, charger: Charger, name: str) -> str | None:
        """Return a setting of a charger's subentry."""
        subentry = charger_subentries(self._entry).get(charger.identity)
        return subentry.data.get(name) if subentry else None


def read_power(state: State) -> float | None:
    """Return the power of an entity in W, None if its state is no power."""
    try:
        power = float(state.state)
    except ValueError:
        return None
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT, UnitOfPower.WATT)
    if not isfinite(power) or unit not in PowerConverter.VALID_UNITS:
        return None
    return PowerConverter.convert(power, unit, UnitOfPower.WATT)
