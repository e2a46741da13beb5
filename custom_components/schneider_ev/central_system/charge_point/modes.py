"""The modes of a charger: choices that take several configuration keys to make."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

from ...products.model import Mode, Option
from ..messages.errors import ChargerCallError, ChargerRefusedError, InvalidCommandError
from ..state.configuration import Configuration, parse_boolean
from .configuration_client import ConfigurationClient

_REFUSALS = (ChargerRefusedError, ChargerCallError)


def modes(configuration: Configuration) -> Iterator[Mode]:
    """Yield the modes whose configuration keys the charger has."""
    return (
        mode
        for mode in configuration.product.modes
        if all(configuration.item(name) for name in mode.requires)
        and not any(configuration.item(name) for name in mode.excludes)
    )


def options(mode: Mode, configuration: Configuration) -> list[str]:
    """Return the names of the options of a mode that can be chosen."""
    possible = _possible(mode, configuration)
    return list(dict.fromkeys(each.key for each in possible if each.choosable))


def chosen_option(mode: Mode, configuration: Configuration) -> str | None:
    """Return the name of the option that the configuration matches."""
    return next(
        (
            option.key
            for option in _possible(mode, configuration)
            if not any(_differs(*setting, configuration) for setting in option.settings)
            and _has_any(option, configuration)
        ),
        None,
    )


async def choose_option(
    mode: Mode, name: str, configuration: Configuration, client: ConfigurationClient
) -> None:
    """Set the keys that make an option, in its order, where they differ.

    What was set before a refusal is put back, and the next way to make the same choice
    is tried. Raises ChargerError where the charger refuses all, InvalidCommandError
    where the option needs a key that is empty.
    """
    ways = [
        option
        for option in _possible(mode, configuration)
        if option.key == name and option.choosable
    ]
    for number, option in enumerate(ways, 1):
        if not _has_any(option, configuration):
            raise InvalidCommandError("choice_needs_key", keys=", ".join(option.any_of))
        before = {key: configuration.value(key) for key, _ in option.settings}
        try:
            await _set(option, configuration, client)
        except _REFUSALS:
            await _put_back(before, configuration, client)
            if number == len(ways):
                raise
        else:
            return


async def _set(
    option: Option, configuration: Configuration, client: ConfigurationClient
) -> None:
    for name, value in option.settings:
        if _differs(name, value, configuration):
            await client.change_with_others(name, value)


async def _put_back(
    before: Mapping[str, str | None],
    configuration: Configuration,
    client: ConfigurationClient,
) -> None:
    """Undo changes in reverse; what another key still excludes comes after that one."""
    for name, value in [*before.items()][::-1] * 2:
        if value is not None and _differs(name, value, configuration):
            with suppress(*_REFUSALS):
                await client.change_with_others(name, value)


def _possible(mode: Mode, configuration: Configuration) -> Iterator[Option]:
    """Yield the options whose keys the charger has.

    A key that is missing and that an option would switch off or empty is so anyway.
    """
    return (
        option
        for option in mode.options
        if all(
            configuration.item(name) or not value or parse_boolean(value) is False
            for name, value in option.settings
        )
        and (not option.any_of or any(map(configuration.item, option.any_of)))
    )


def _has_any(option: Option, configuration: Configuration) -> bool:
    """Tell whether one of the keys that an option needs is on, or has a text."""
    values = map(configuration.value, option.any_of)
    return not option.any_of or any(
        value and parse_boolean(value) is not False for value in values
    )


def _differs(name: str, value: str, configuration: Configuration) -> bool:
    """Tell whether the charger has a key with another value."""
    return configuration.item(name) is not None and not configuration.matches(
        name, value
    )
