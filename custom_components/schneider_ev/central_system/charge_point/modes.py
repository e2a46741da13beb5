"""The modes of a charger: choices that take several configuration keys to make."""

from collections.abc import Iterator

from ...products.model import Mode, Option
from ..state.configuration import Configuration, parse_boolean
from .configuration_client import ConfigurationClient


def modes(configuration: Configuration) -> Iterator[Mode]:
    """Yield the modes whose configuration keys the charger has."""
    return (
        mode
        for mode in configuration.product.modes
        if all(configuration.item(name) for name in mode.requires)
        and not any(configuration.item(name) for name in mode.excludes)
    )


def options(mode: Mode, configuration: Configuration) -> dict[str, Option]:
    """Return the options of a mode whose keys the charger has, by their names.

    A key that is missing and that an option would switch off is off anyway.
    """
    return {
        option.key: option
        for option in mode.options
        if all(
            configuration.item(name) or parse_boolean(value) is False
            for name, value in option.settings
        )
    }


def chosen_option(mode: Mode, configuration: Configuration) -> str | None:
    """Return the name of the option that the configuration matches."""
    return next(
        (
            name
            for name, option in options(mode, configuration).items()
            if not _differing(option, configuration)
        ),
        None,
    )


async def choose_option(
    option: Option, configuration: Configuration, client: ConfigurationClient
) -> None:
    """Set the keys that make an option, in its order, where they differ."""
    differing = _differing(option, configuration)
    for name, value in differing.items():
        await client.change(name, value)
    if not configuration.product.interlocked_keys.isdisjoint(differing):
        await client.get()


def _differing(option: Option, configuration: Configuration) -> dict[str, str]:
    return {
        name: value
        for name, value in option.settings
        if configuration.item(name) and not configuration.matches(name, value)
    }
