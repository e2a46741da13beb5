"""Issues: what an owner has to see to is shown among Home Assistant's repairs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .central_system import Problem, Problems
from .central_system.charge_point import Charger
from .central_system.messages import CannotListenError
from .const import CONF_IDENTITY, DOMAIN, ENTRY_ID
from .runtime import SchneiderConfigEntry
from .subentries import charger_subentries


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueDescription:
    """Describes the issue that is made of a problem; `key` is the problem's name."""

    key: Problem
    severity: ir.IssueSeverity
    is_fixable: bool = False


CHARGER_ISSUES = (
    IssueDescription(
        key=Problem.RESTART_REQUIRED, severity=ir.IssueSeverity.WARNING, is_fixable=True
    ),
    IssueDescription(
        key=Problem.WRONG_PASSWORD, severity=ir.IssueSeverity.ERROR, is_fixable=True
    ),
    IssueDescription(
        key=Problem.LIMITS_REFUSED, severity=ir.IssueSeverity.WARNING, is_fixable=True
    ),
    IssueDescription(
        key=Problem.FOREIGN_PROFILE, severity=ir.IssueSeverity.WARNING, is_fixable=True
    ),
    IssueDescription(key=Problem.IDENTITY_TWICE, severity=ir.IssueSeverity.ERROR),
    IssueDescription(
        key=Problem.CLOCK_WRONG, severity=ir.IssueSeverity.WARNING, is_fixable=True
    ),
    IssueDescription(
        key=Problem.KEY_REFUSED, severity=ir.IssueSeverity.WARNING, is_fixable=True
    ),
    IssueDescription(
        key=Problem.METER_VALUES_OFF, severity=ir.IssueSeverity.WARNING, is_fixable=True
    ),
)
SYSTEM_ISSUES = (
    IssueDescription(key=Problem.UNKNOWN_CA, severity=ir.IssueSeverity.ERROR),
    IssueDescription(
        key=Problem.NO_COMMON_TLS_VERSION, severity=ir.IssueSeverity.ERROR
    ),
)
PORT_BUSY: Final = "port_busy"

_TRYING = (ConfigEntryState.SETUP_IN_PROGRESS, ConfigEntryState.SETUP_RETRY)


@callback
def async_show_issues(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Show an issue for each problem, for as long as there is one."""
    central_system = entry.runtime_data.central_system

    @callback
    def watch(charger: Charger) -> None:
        def placeholders() -> dict[str, str]:
            subentry = charger_subentries(entry).get(charger.identity)
            return {"name": subentry.title if subentry else charger.name}

        _watch(
            hass,
            charger.problems,
            CHARGER_ISSUES,
            _owner(entry, charger.identity),
            placeholders,
            {ENTRY_ID: entry.entry_id, CONF_IDENTITY: charger.identity},
        )

    @callback
    def hide() -> None:
        _hide(hass, SYSTEM_ISSUES, entry.entry_id)
        for identity in central_system.chargers:
            async_hide_charger_issues(hass, entry, identity)

    _watch(hass, central_system.problems, SYSTEM_ISSUES, entry.entry_id, dict, {})
    central_system.charger_added.connect(watch)
    entry.async_on_unload(hide)


@callback
def async_hide_charger_issues(
    hass: HomeAssistant, entry: SchneiderConfigEntry, identity: str
) -> None:
    """Hide the issues of a charger that is served no more."""
    _hide(hass, CHARGER_ISSUES, _owner(entry, identity))


@callback
def async_watch_entries(hass: HomeAssistant) -> None:
    """Hide that a port is busy once its entry does not try to have it any more."""

    @callback
    def changed(_change: ConfigEntryChange, entry: SchneiderConfigEntry) -> None:
        if entry.domain == DOMAIN and entry.state not in _TRYING:
            async_hide_port_busy(hass, entry)

    async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)


@callback
def async_show_port_busy(
    hass: HomeAssistant, entry: SchneiderConfigEntry, error: CannotListenError
) -> None:
    """Show that somebody else listens on a port of the central system."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{PORT_BUSY}_{entry.entry_id}",
        data={ENTRY_ID: entry.entry_id, CONF_PORT: error.port},
        is_fixable=True,
        severity=ir.IssueSeverity.ERROR,
        translation_key=PORT_BUSY,
        translation_placeholders={"port": str(error.port)},
    )


@callback
def async_hide_port_busy(hass: HomeAssistant, entry: SchneiderConfigEntry) -> None:
    """Hide it: if the central system does not listen, it is for another reason."""
    ir.async_delete_issue(hass, DOMAIN, f"{PORT_BUSY}_{entry.entry_id}")


def _hide(
    hass: HomeAssistant, descriptions: tuple[IssueDescription, ...], owner: str
) -> None:
    for description in descriptions:
        ir.async_delete_issue(hass, DOMAIN, _issue_id(description, owner))


def _owner(entry: SchneiderConfigEntry, identity: str) -> str:
    return f"{entry.entry_id}_{identity}"


def _watch(
    hass: HomeAssistant,
    problems: Problems,
    descriptions: tuple[IssueDescription, ...],
    owner: str,
    placeholders: Callable[[], Mapping[str, str]],
    data: Mapping[str, str],
) -> None:
    @callback
    def show(description: IssueDescription) -> None:
        issue_id = _issue_id(description, owner)
        problem = problems.get(description.key)
        if problem is None:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
            return
        ir.async_create_issue(
            hass,
            DOMAIN,
            issue_id,
            data={**data},
            is_fixable=description.is_fixable,
            severity=description.severity,
            translation_key=description.key,
            translation_placeholders={**placeholders(), **problem},
        )

    for description in descriptions:
        problems.listen(description.key, partial(show, description))
        show(description)


def _issue_id(description: IssueDescription, owner: str) -> str:
    return f"{description.key}_{owner}"
