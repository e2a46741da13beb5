"""Reads all configuration keys of a charger: at once, in pages, or a few by name."""

from itertools import batched

from ...products import FINGERPRINTS
from ...products.generic import GENERIC
from ..messages.errors import ChargerCallError, ChargerRefusedError, ChargerTimeoutError
from ..state.configuration import (
    MAX_KEYS,
    NUMBER_OF_CONNECTORS,
    ConfigurationItem,
    pages,
)
from .charger import Charger
from .configuration_client import SAMPLE_INTERVAL, SAMPLED_DATA

_FIRST_KEYS = (NUMBER_OF_CONNECTORS, SAMPLED_DATA, SAMPLE_INTERVAL, MAX_KEYS)
"""The keys that are asked for first by name: what is set, and what the rest needs."""

_FEW_KEYS = 4
"""How many keys every charger sends at once."""

_DEFAULT_MAX_KEYS = 50
_MAX_NAME_LENGTH = 50


async def read_configuration(charger: Charger) -> None:
    """Read all keys, in another way where the charger does not send them at once.

    Raises ChargerError where it sends none.
    """
    try:
        try:
            came = await _read_at_once(charger)
        except ChargerCallError, ChargerTimeoutError:
            came = []
        size = charger.configuration.positive(MAX_KEYS, _DEFAULT_MAX_KEYS)
        if not came:
            came, size = await _read_by_name(charger), _FEW_KEYS
        await _drop_missing_keys(charger, came, size)
        charger.identify()
        charger.limits_changed()
    finally:
        count_connectors(charger)


def count_connectors(charger: Charger) -> None:
    """Take over how many connectors there are, as far as the charger says."""
    count = charger.configuration.integer(NUMBER_OF_CONNECTORS) or None
    charger.set_connectors(count and min(count, charger.product.connectors))


async def _read_at_once(charger: Charger) -> list[ConfigurationItem]:
    """Ask for all keys; those that do not come then, in pages."""
    client, configuration = charger.configuration_client, charger.configuration
    items, _ = await client.get()
    if not items:
        return []
    reported = {item.name.casefold() for item in items}
    came = list(items)
    if MAX_KEYS.casefold() not in reported:
        came += (await client.get([MAX_KEYS]))[0]
    size = configuration.positive(MAX_KEYS, _DEFAULT_MAX_KEYS)
    if len(items) >= size:
        charger.identify()
        if charger.product is GENERIC:
            came += (await client.get(FINGERPRINTS))[0]
            charger.identify()
        for page in pages(charger.product, reported, size):
            came += (await client.get(page))[0]
    return came


async def _read_by_name(charger: Charger) -> list[ConfigurationItem]:
    """Ask for the keys of the product, a few at a time; a page may be refused."""
    client = charger.configuration_client
    came, _ = await client.get(_FIRST_KEYS)
    if not came:
        raise ChargerRefusedError("GetConfiguration", "no keys")
    charger.identify()
    reported = {item.name.casefold() for item in came}
    names = [] if charger.product is not GENERIC else list(FINGERPRINTS)
    for page in batched(names, _FEW_KEYS, strict=False):
        came += await _page(charger, list(page))
    charger.identify()
    for names in pages(charger.product, reported, _FEW_KEYS):
        came += await _page(charger, names)
    return came


async def _page(charger: Charger, names: list[str]) -> list[ConfigurationItem]:
    try:
        return (await charger.configuration_client.get(names))[0]
    except ChargerCallError:
        return []


async def _drop_missing_keys(
    charger: Charger, came: list[ConfigurationItem], size: int
) -> None:
    """Remove keys that the charger no longer has.

    Those that did not come with the others are asked for by name first: there are keys
    that a charger reports only then.
    """
    names = {item.name.casefold() for item in came}
    missing = [
        item.name
        for item in charger.configuration.items()
        if item.name.casefold() not in names and len(item.name) <= _MAX_NAME_LENGTH
    ]
    for page in batched(missing, size, strict=False):
        try:
            there, _ = await charger.configuration_client.get(page)
        except ChargerCallError:
            return
        names |= {item.name.casefold() for item in there}
        for name in page:
            if name.casefold() not in names:
                charger.configuration.drop(name)
