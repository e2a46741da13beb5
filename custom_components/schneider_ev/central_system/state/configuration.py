"""A charger's configuration keys: what it reported, and how they are changed."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import batched
from typing import Any

from ...products.model import Access, KeyType, Product
from ..messages.payload import MAX_INTEGER, Json, plain_text
from ..values import Values

MAX_KEYS = "GetConfigurationMaxKeys"
NUMBER_OF_CONNECTORS = "NumberOfConnectors"
MAX_REPORTED_KEYS = 1000
"""How many keys of a charger are taken over."""

_MAX_NAME_LENGTH = 255
_MAX_VALUE_LENGTH = 2500
_TRUE = frozenset({"true", "1", "yes", "on"})
_FALSE = frozenset({"false", "0", "no", "off"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigurationItem:
    """A configuration key as the charger reported it.

    `name` is the charger's own spelling; `value` is None where it sent none.
    """

    name: str
    value: str | None
    readonly: bool


class Configuration(Values[str, ConfigurationItem]):
    """The configuration of one charger, by the product's names of the keys.

    A key that the product does not know goes by the name that the charger gives it.
    """

    def __init__(self, product: Product) -> None:
        """Start with no key."""
        super().__init__()
        self.product = product

    def change_product(self, product: Product) -> None:
        """Name the keys as another product does."""
        items = list(self.items())
        self.clear()
        self.product = product
        self.report(items)

    def items(self) -> Iterator[ConfigurationItem]:
        """Iterate over all that the charger reported."""
        return (item for name in self if (item := self.get(name)) is not None)

    def item(self, name: str) -> ConfigurationItem | None:
        """Return what the charger reported of a key, by any of its names."""
        return self.get(self.canonical(name))

    def value(self, name: str) -> str | None:
        """Return the value of a key, None where the charger has none."""
        return item.value if (item := self.item(name)) else None

    def default(self, name: str) -> str | None:
        """Return the value that the product delivers a key with, None if unknown."""
        key = self.product.configuration_key(name)
        return key.default if key else None

    def integer(self, name: str) -> int | None:
        """Return the value of a key as a number, None where it is none."""
        try:
            integer = int(float(self.value(name) or ""))
        except ValueError, OverflowError:
            return None
        return integer if abs(integer) <= MAX_INTEGER else None

    def positive(self, name: str, default: int) -> int:
        """Return the value of a key as a positive number, the default where it is none."""
        number = self.integer(name)
        return number if number is not None and number > 0 else default

    def boolean(self, name: str) -> bool | None:
        """Return the value of a key as a truth value, None where it is none."""
        return parse_boolean(self.value(name))

    def matches(self, name: str, value: str) -> bool:
        """Tell whether a key has a value, in whatever way the charger spells it."""
        held = self.value(name) or ""
        if (truth := parse_boolean(value)) is not None:
            return parse_boolean(held) is truth
        return held == value

    def report(self, items: Iterable[ConfigurationItem]) -> None:
        """Take over what the charger reported, up to a limit of keys."""
        reported = {self.canonical(item.name): item for item in items}
        names = [*self, *(name for name in reported if name not in self)]
        self.update(
            {
                name: reported[name]
                for name in names[:MAX_REPORTED_KEYS]
                if name in reported
            }
        )

    def drop(self, name: str) -> None:
        """Remove a key that the charger no longer has."""
        self.remove(self.canonical(name))

    def wire_value(self, name: str, value: str) -> str:
        """Return a value as the charger itself writes it: True, true or TRUE."""
        key = self.product.configuration_key(name)
        if key is None or key.type is not KeyType.BOOLEAN:
            return value
        held = self.value(name) or "true"
        spelt = "true" if parse_boolean(value) else "false"
        if held.isupper():
            return spelt.upper()
        return spelt.capitalize() if held[:1].isupper() else spelt

    def is_secret(self, name: str) -> bool:
        """Tell whether a key can only be written."""
        key = self.product.configuration_key(name)
        return key is not None and key.access is Access.WRITE_ONLY

    def canonical(self, name: str) -> str:
        """Return the name by which a key is known here."""
        key = self.product.configuration_key(name)
        return name if key is None else key.name


def parse_boolean(value: str | None) -> bool | None:
    """Return the truth value that a text spells, None where it spells none."""
    folded = (value or "").strip().casefold()
    if folded in _TRUE:
        return True
    return False if folded in _FALSE else None


def read_items(answer: Json) -> Iterator[ConfigurationItem]:
    """Read the configurationKey list of a GetConfiguration answer; skip what is none."""
    entries = answer.get("configurationKey")
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, Mapping) or not isinstance(entry.get("key"), str):
            continue
        yield ConfigurationItem(
            name=plain_text(entry["key"], _MAX_NAME_LENGTH),
            value=_text(entry.get("value")),
            readonly=parse_boolean(str(entry.get("readonly"))) or False,
        )


def pages(product: Product, known: Container[str], size: int) -> Iterator[list[str]]:
    """Name the product's keys that are not known yet, in lists of at most `size`.

    A charger may know a key by an earlier name only. `known` are names in lower case.
    """
    missing = (
        name
        for key in product.configuration
        if not key.removed
        and key.access is not Access.WRITE_ONLY
        and not any(name.casefold() in known for name in (key.name, *key.aliases))
        for name in (key.name, *key.aliases)
    )
    return (list(page) for page in batched(missing, size, strict=False))


def _text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case list():
            return plain_text(",".join(map(str, value)), _MAX_VALUE_LENGTH)
        case _:
            return plain_text(str(value), _MAX_VALUE_LENGTH)
