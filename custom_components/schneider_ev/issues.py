"""Issues: shows the problems of chargers and central systems in Home Assistant's repairs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .central_system import Problems
from .central_system.charge_point import Charger
from .central_system.messages import CannotListenError
from .const import CONF_GRID_POWER_ENTITY, CONF_IDENTITY, DOMAIN, ENTRY_ID
from .problems import (
    CHARGER_PROBLEMS,
    ENERGY_DASHBOARD,
    METER_SIGNS_DIFFER,
    PORT_BUSY,
    SYSTEM_PROBLEMS,
    ProblemDescription,
)
from .runtime import SchneiderConfigEntry
from .subentries import charger_subentries, meter_signs
from .texts import as_markdown

_TRIES_TO_LISTEN = (ConfigEntryState.SETUP_IN_PROGRESS, ConfigEntryState.SETUP_RETRY)


@callback
def async_show_issues(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Show the problems of an entry and of its chargers until it is unloaded."""
    central_system = entry.runtime_data.central_system

    @callback
    def watch(charger: Charger) -> None:
        def placeholders() -> dict[str, str]:
            subentry = charger_subentries(entry).get(charger.identity)
            return {"name": subentry.title if subentry else charger.name}

        _watch(
            hass,
            charger.problems,
            CHARGER_PROBLEMS,
            _owner(entry, charger.identity),
            placeholders,
            {ENTRY_ID: entry.entry_id, CONF_IDENTITY: charger.identity},
        )

    @callback
    def hide() -> None:
        _hide(hass, SYSTEM_PROBLEMS, entry.entry_id)
        _show_meter_signs(hass, entry, set())
        for identity in central_system.chargers:
            async_hide_charger_issues(hass, entry, identity)

    _watch(hass, central_system.problems, SYSTEM_PROBLEMS, entry.entry_id, dict, {})
    central_system.charger_added.connect(watch)
    async_show_meter_signs(hass, entry)
    entry.async_on_unload(hide)


@callback
def async_hide_charger_issues(
    hass: HomeAssistant, entry: SchneiderConfigEntry, identity: str
) -> None:
    """Hide the issues of a charger that was removed."""
    _hide(hass, CHARGER_PROBLEMS, _owner(entry, identity))


@callback
def async_watch_entries(hass: HomeAssistant) -> None:
    """Hide the issue of a port in use once its entry no longer tries to listen on it."""

    @callback
    def changed(_change: ConfigEntryChange, entry: SchneiderConfigEntry) -> None:
        if entry.domain == DOMAIN and entry.state not in _TRIES_TO_LISTEN:
            async_hide_port_busy(hass, entry)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)


@callback
def async_show_port_busy(
    hass: HomeAssistant, entry: SchneiderConfigEntry, error: CannotListenError
) -> None:
    """Show the issue that a port of the central system is in use."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(PORT_BUSY, entry.entry_id),
        data={ENTRY_ID: entry.entry_id, CONF_PORT: error.port},
        is_fixable=PORT_BUSY.is_fixable,
        severity=PORT_BUSY.severity,
        translation_key=PORT_BUSY.key,
        translation_placeholders={"port": str(error.port)},
    )


@callback
def async_show_meter_signs(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Show an issue for each grid meter on whose sign its chargers disagree."""
    signs = meter_signs(entry)
    _show_meter_signs(hass, entry, {meter for meter in signs if len(signs[meter]) > 1})


def _show_meter_signs(
    hass: HomeAssistant, entry: SchneiderConfigEntry, meters: set[str]
) -> None:
    """Show the issues of these meters, and hide those of others."""
    owners = {_owner(entry, meter): meter for meter in meters}
    shown = {_issue_id(METER_SIGNS_DIFFER, owner) for owner in owners}
    for issue in list(ir.async_get(hass).issues.values()):
        if (
            issue.domain == DOMAIN
            and issue.translation_key == METER_SIGNS_DIFFER.key
            and (issue.data or {}).get(ENTRY_ID) == entry.entry_id
            and issue.issue_id not in shown
        ):
            ir.async_delete_issue(hass, DOMAIN, issue.issue_id)
    for owner, meter in owners.items():
        ir.async_create_issue(
            hass,
            DOMAIN,
            _issue_id(METER_SIGNS_DIFFER, owner),
            data={ENTRY_ID: entry.entry_id, CONF_GRID_POWER_ENTITY: meter},
            is_fixable=METER_SIGNS_DIFFER.is_fixable,
            severity=METER_SIGNS_DIFFER.severity,
            translation_key=METER_SIGNS_DIFFER.key,
            translation_placeholders={"meter": meter},
        )


@callback
def async_show_energy_dashboard(
    hass: HomeAssistant, entry: SchneiderConfigEntry, names: Sequence[str]
) -> None:
    """Offer to add chargers to the Energy dashboard; offer nothing without names."""
    if not names:
        _hide(hass, [ENERGY_DASHBOARD], entry.entry_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        _issue_id(ENERGY_DASHBOARD, entry.entry_id),
        data={ENTRY_ID: entry.entry_id},
        is_fixable=ENERGY_DASHBOARD.is_fixable,
        severity=ENERGY_DASHBOARD.severity,
        translation_key=ENERGY_DASHBOARD.key,
        translation_placeholders={"names": as_markdown(", ".join(names))},
    )


@callback
def async_hide_energy_dashboard(
    hass: HomeAssistant, entry: SchneiderConfigEntry
) -> None:
    """Offer nothing while the entry is not loaded; an owner who ignored it stays so."""
    issue_id = _issue_id(ENERGY_DASHBOARD, entry.entry_id)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    if issue is not None and issue.dismissed_version is None:
        ir.async_delete_issue(hass, DOMAIN, issue_id)


@callback
def async_hide_port_busy(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Hide the issue that a port of the central system is in use."""
    _hide(hass, [PORT_BUSY], entry.entry_id)


def _hide(
    hass: HomeAssistant, problems: Iterable[ProblemDescription], owner: str
) -> None:
    for problem in problems:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(problem, owner))


def _owner(entry: SchneiderConfigEntry, identity: str) -> str:
    """Return what the ids of a charger's issues end in."""
    return f"{entry.entry_id}_{identity}"


def _watch(
    hass: HomeAssistant,
    values: Problems,
    problems: Iterable[ProblemDescription],
    owner: str,
    placeholders: Callable[[], Mapping[str, str]],
    data: Mapping[str, str],
) -> None:
    """Show the issue of each problem for as long as `values` has it.

    A value is None, or what to fill into the description; the `placeholders` are for
    the title.
    """

    @callback
    def show(problem: ProblemDescription) -> None:
        issue_id = _issue_id(problem, owner)
        details: Mapping[str, str] | None = values.get(problem.key)
        if details is None:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            data={**data},
            is_fixable=problem.is_fixable,
            severity=problem.severity,
            translation_key=problem.key,
            translation_placeholders={
                **placeholders(),
                **{name: as_markdown(detail) for name, detail in details.items()},
            },
        )

    for problem in problems:
        values.listen(problem.key, partial(show, problem))
        show(problem)


def _issue_id(problem: ProblemDescription, owner: str) -> str:
    return f"{problem.key}_{owner}"
