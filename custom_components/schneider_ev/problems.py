"""The problems that an owner has to see to: how severe they are, and their repairs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import voluptuous as vol

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.issue_registry import IssueSeverity
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from .central_system import Problem
from .central_system.charge_point import (
    DEFAULT_SAMPLE_INTERVAL,
    SAMPLE_INTERVAL,
    Charger,
    set_meter_values,
)
from .central_system.messages import ChargerOfflineError
from .commands import translated_errors
from .const import (
    AUTO,
    CONF_GRID_POWER_ENTITY,
    CONF_GRID_POWER_SIGN,
    CONF_IDENTITY,
    CONF_PRODUCT,
    CONF_TLS_PORT,
    DOMAIN,
)
from .energy_dashboard import async_add_missing
from .flows.schemas import PORT_SCHEMA, SIGN_SELECTOR
from .runtime import SchneiderConfigEntry
from .subentries import async_set_meter_sign, charger_subentries

type Data = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """What a repair flow does about a problem.

    `repair` gets the entry, the data of the issue with what the owner was shown, and
    what the owner entered by the `schema`. It raises HomeAssistantError if the problem
    is not solved.
    """

    repair: Callable[[HomeAssistant, SchneiderConfigEntry, Data, Data], Awaitable[None]]
    schema: vol.Schema = field(default_factory=lambda: vol.Schema({}))


@dataclass(frozen=True, kw_only=True, slots=True)
class ProblemDescription:
    """Describes a problem; `key` is its name and the translation key of its issue."""

    key: Problem
    severity: IssueSeverity
    repair: Repair | None = None

    @property
    def is_fixable(self) -> bool:
        """Whether there is a repair flow for the problem."""
        return self.repair is not None


def _charger_command(command: Callable[[Charger], Awaitable[object]]) -> Repair:
    """Return a repair that sends commands to the charger that has the problem."""

    async def repair(
        _hass: HomeAssistant, entry: SchneiderConfigEntry, data: Data, _user_input: Data
    ) -> None:
        with translated_errors():
            if (charger := _charger(entry, data)) is None:
                raise ChargerOfflineError
            await command(charger)

    return Repair(repair=repair)


def _charger(entry: SchneiderConfigEntry, data: Data) -> Charger | None:
    """Return the charger that has a problem, None while it is not served."""
    if entry.state is not ConfigEntryState.LOADED:
        return None
    return entry.runtime_data.central_system.chargers.get(data[CONF_IDENTITY])


async def _request_heartbeat(charger: Charger) -> None:
    """Have the charger set its clock by the answer to a Heartbeat.

    Its clock is trusted again; if it is still wrong, that is noticed again.
    """
    await charger.link.trigger("Heartbeat")
    charger.clock.trust()


async def _take_password(
    hass: HomeAssistant, entry: SchneiderConfigEntry, data: Data, user_input: Data
) -> None:
    """Store the password that the charger uses."""
    subentry = charger_subentries(entry)[data[CONF_IDENTITY]]
    hass.config_entries.async_update_subentry(
        entry,
        subentry,
        data={**subentry.data, CONF_PASSWORD: user_input[CONF_PASSWORD]},
    )
    if (charger := _charger(entry, data)) is not None:
        charger.problems.set(Problem.WRONG_PASSWORD, None)


async def _accept_another(
    _hass: HomeAssistant, entry: SchneiderConfigEntry, data: Data, _user_input: Data
) -> None:
    """Serve the other charger that the owner was shown in place of the one before."""
    with translated_errors():
        if _charger(entry, data) is None:
            raise ChargerOfflineError
        central_system = entry.runtime_data.central_system
        central_system.accept_another(data[CONF_IDENTITY], data["serial_number"])


async def _use_named_product(
    hass: HomeAssistant, entry: SchneiderConfigEntry, data: Data, _user_input: Data
) -> None:
    """Take the product that the charger names itself."""
    subentry = charger_subentries(entry)[data[CONF_IDENTITY]]
    hass.config_entries.async_update_subentry(
        entry, subentry, data={**subentry.data, CONF_PRODUCT: AUTO}
    )


async def _allow_unencrypted(charger: Charger) -> None:
    """Let the charger connect without TLS from now on; its password is still needed."""
    charger.credentials.secured_with_tls(is_secured=False)
    charger.problems.set(Problem.NOT_ENCRYPTED, None)


async def _use_port(
    hass: HomeAssistant, entry: SchneiderConfigEntry, data: Data, user_input: Data
) -> None:
    """Listen on another port in place of the one that is in use."""
    is_tls = entry.data.get(CONF_TLS_PORT) == data[CONF_PORT]
    port_field = CONF_TLS_PORT if is_tls else CONF_PORT
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, port_field: user_input[CONF_PORT]}
    )
    await hass.config_entries.async_reload(entry.entry_id)
    if entry.state is not ConfigEntryState.LOADED:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="not_loaded",
            translation_placeholders={"reason": entry.reason or ""},
        )


async def _set_meter_sign(
    hass: HomeAssistant, entry: SchneiderConfigEntry, data: Data, user_input: Data
) -> None:
    """Set the sign of a grid meter for all chargers that have it."""
    meter, sign = data[CONF_GRID_POWER_ENTITY], user_input[CONF_GRID_POWER_SIGN]
    async_set_meter_sign(hass, entry, meter, sign)


async def _add_to_energy_dashboard(
    hass: HomeAssistant, entry: SchneiderConfigEntry, _data: Data, _user_input: Data
) -> None:
    """Add what is missing to the individual devices of the Energy dashboard."""
    await async_add_missing(hass, entry)


CHARGER_PROBLEMS: Final = (
    ProblemDescription(
        key=Problem.RESTART_REQUIRED,
        severity=IssueSeverity.WARNING,
        repair=_charger_command(lambda charger: charger.reset("Soft")),
    ),
    ProblemDescription(
        key=Problem.WRONG_PASSWORD,
        severity=IssueSeverity.ERROR,
        repair=Repair(
            repair=_take_password,
            schema=vol.Schema(
                {
                    vol.Required(CONF_PASSWORD): TextSelector(
                        TextSelectorConfig(type=TextSelectorType.PASSWORD)
                    )
                }
            ),
        ),
    ),
    ProblemDescription(
        key=Problem.NOT_ENCRYPTED,
        severity=IssueSeverity.ERROR,
        repair=_charger_command(_allow_unencrypted),
    ),
    ProblemDescription(
        key=Problem.ANOTHER_CHARGER,
        severity=IssueSeverity.ERROR,
        repair=Repair(repair=_accept_another),
    ),
    ProblemDescription(
        key=Problem.LIMITS_REFUSED,
        severity=IssueSeverity.WARNING,
        repair=_charger_command(lambda charger: charger.limits.write()),
    ),
    ProblemDescription(
        key=Problem.WRONG_PRODUCT,
        severity=IssueSeverity.WARNING,
        repair=Repair(repair=_use_named_product),
    ),
    ProblemDescription(
        key=Problem.FOREIGN_PROFILE,
        severity=IssueSeverity.WARNING,
        repair=_charger_command(
            lambda charger: charger.limits.clear_foreign_profiles()
        ),
    ),
    ProblemDescription(key=Problem.VEHICLE_ASLEEP, severity=IssueSeverity.WARNING),
    ProblemDescription(key=Problem.IDENTITY_TWICE, severity=IssueSeverity.ERROR),
    ProblemDescription(key=Problem.SEVERAL_CONNECTIONS, severity=IssueSeverity.WARNING),
    ProblemDescription(
        key=Problem.CLOCK_WRONG,
        severity=IssueSeverity.WARNING,
        repair=_charger_command(_request_heartbeat),
    ),
    ProblemDescription(
        key=Problem.KEY_REFUSED,
        severity=IssueSeverity.WARNING,
        repair=_charger_command(set_meter_values),
    ),
    ProblemDescription(
        key=Problem.METER_VALUES_OFF,
        severity=IssueSeverity.WARNING,
        repair=_charger_command(
            lambda charger: charger.configuration_client.choose(
                SAMPLE_INTERVAL, DEFAULT_SAMPLE_INTERVAL
            )
        ),
    ),
)
"""The problems of one charger."""

SYSTEM_PROBLEMS: Final = (
    ProblemDescription(key=Problem.UNKNOWN_CA, severity=IssueSeverity.ERROR),
    ProblemDescription(key=Problem.NO_COMMON_TLS_VERSION, severity=IssueSeverity.ERROR),
    ProblemDescription(key=Problem.SESSIONS_DAMAGED, severity=IssueSeverity.ERROR),
    ProblemDescription(key=Problem.SESSIONS_NOT_RECORDED, severity=IssueSeverity.ERROR),
)
"""The problems of a central system that cannot be attributed to a charger."""

PORT_BUSY: Final = ProblemDescription(
    key=Problem.PORT_BUSY,
    severity=IssueSeverity.ERROR,
    repair=Repair(
        repair=_use_port, schema=vol.Schema({vol.Required(CONF_PORT): PORT_SCHEMA})
    ),
)
"""The problem of a central system that cannot listen, for its port is in use."""

METER_SIGNS_DIFFER: Final = ProblemDescription(
    key=Problem.METER_SIGNS_DIFFER,
    severity=IssueSeverity.WARNING,
    repair=Repair(
        repair=_set_meter_sign,
        schema=vol.Schema({vol.Required(CONF_GRID_POWER_SIGN): SIGN_SELECTOR}),
    ),
)
"""The problem of chargers that say different things of one grid meter."""

ENERGY_DASHBOARD: Final = ProblemDescription(
    key=Problem.ENERGY_DASHBOARD,
    severity=IssueSeverity.WARNING,
    repair=Repair(repair=_add_to_energy_dashboard),
)
"""An offer: chargers are not among the individual devices of the Energy dashboard."""

PROBLEMS: Mapping[str, ProblemDescription] = {
    problem.key: problem
    for problem in (
        *CHARGER_PROBLEMS,
        *SYSTEM_PROBLEMS,
        PORT_BUSY,
        METER_SIGNS_DIFFER,
        ENERGY_DASHBOARD,
    )
}
