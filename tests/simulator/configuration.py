"""The configuration keys of a charger and what it lets a central system do to them."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
import re
from typing import Any

from ocpp.v16.enums import ConfigurationStatus

from custom_components.schneider_ev.products.model import (
    Access,
    ConfigurationKey,
    KeyType,
)

from .product import KeyRules


class Configuration(Mapping[str, str]):
    """Keys and their values.

    A key is found in whatever case it is spelt, and by the names that it had or got in
    other firmwares. Assigning to a key is what an installer does with his app: nothing
    is checked.
    """

    def __init__(
        self,
        keys: Iterable[ConfigurationKey],
        *,
        values: Mapping[str, str],
        rules: KeyRules,
        accepts_list: Callable[[str, int], bool],
    ) -> None:
        """Take the keys with their defaults, and `values` over them."""
        self._keys = {key.name: key for key in keys}
        self._names = {
            name.casefold(): key.name
            for key in self._keys.values()
            for name in (key.name, *key.aliases)
        }
        self._rules = rules
        self._accepts_list = accepts_list
        self._changed = asyncio.Event()
        self._values = {key.name: key.default or "" for key in self._keys.values()}
        for name, value in values.items():
            if name in self:
                self._values[self._names[name.casefold()]] = value

    def __getitem__(self, name: str) -> str:
        """Return the value of a key."""
        return self._values[self._names[name.casefold()]]

    def __setitem__(self, name: str, value: str) -> None:
        """Change a key as its owner does."""
        self._values[self._names[name.casefold()]] = value
        self._changed.set()
        self._changed = asyncio.Event()

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a key."""
        return isinstance(name, str) and name.casefold() in self._names

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the keys."""
        return iter(self._values)

    def __len__(self) -> int:
        """Return how many keys there are."""
        return len(self._values)

    def boolean(self, name: str, default: bool = False) -> bool:
        """Return the value of a switch."""
        return self[name].casefold() == "true" if name in self else default

    def number(self, name: str, default: float = 0) -> float:
        """Return the value of a number."""
        return float(self[name]) if name in self else default

    async def changed(self) -> None:
        """Wait until some key has changed."""
        await self._changed.wait()

    def report(self, names: list[str] | None) -> tuple[list[dict[str, Any]], list[str]]:
        """Return what GetConfiguration answers: keys, and names that are unknown."""
        wanted = names or [name for name in self if not self._is_hidden(name)]
        limit = int(self.number("GetConfigurationMaxKeys", len(wanted)))
        entries = []
        unknown = []
        for name in wanted[:limit]:
            key = self._key(name)
            if key is None:
                unknown.append(name)
                continue
            entry: dict[str, Any] = {
                "key": key.name,
                "readonly": key.access is Access.READ_ONLY,
            }
            if key.access is not Access.WRITE_ONLY:
                entry["value"] = self._values[key.name]
            entries.append(entry)
        return entries, unknown

    def change(self, name: str, value: str) -> ConfigurationStatus:
        """Change a key as ChangeConfiguration does, if its rules allow that."""
        key = self._key(name)
        if key is None:
            return ConfigurationStatus.not_supported
        value = value.strip()
        if key.type is KeyType.BOOLEAN:
            value = _spelt_like(self._values[key.name], value)
        if (
            key.access is Access.READ_ONLY
            or not self._is_valid(key, value)
            or self._is_excluded(key, value)
        ):
            return ConfigurationStatus.rejected
        if key.name in self._rules.momentary:
            return ConfigurationStatus.accepted
        self[key.name] = value
        follows = self._rules.consequences.get((key.name, value.capitalize()), {})
        for other, then in follows.items():
            if other in self:
                self[other] = _spelt_like(self[other], then)
        if self._rules.needs_reboot.intersection((key.name, *key.aliases)):
            return ConfigurationStatus.reboot_required
        return ConfigurationStatus.accepted

    def _key(self, name: str) -> ConfigurationKey | None:
        """Return the key that a central system means: it has to know its name."""
        own = self._names.get(name.casefold())
        if own is None or own.casefold() != name.casefold() or self._is_hidden(own):
            return None
        return self._keys[own]

    def _is_hidden(self, name: str) -> bool:
        """Tell whether a key is not there because a switch is off."""
        return any(
            name in keys and not self.boolean(switch)
            for switch, keys in self._rules.behind.items()
        )

    def _is_excluded(self, key: ConfigurationKey, value: str) -> bool:
        """Tell whether a switch cannot go on because of others that are on."""
        if key.type is not KeyType.BOOLEAN or value.casefold() != "true":
            return False
        exclusive = self._rules.exclusive
        rivals = {
            *exclusive.get(key.name, ()),
            *(alone for alone, others in exclusive.items() if key.name in others),
        }
        return any(map(self.boolean, rivals))

    def _is_valid(self, key: ConfigurationKey, value: str) -> bool:
        match key.type:
            case KeyType.BOOLEAN:
                return value.casefold() in ("true", "false")
            case KeyType.INTEGER:
                return value.isdecimal() and _within(int(value), key)
            case KeyType.CHOICE:
                return value in key.choices
            case KeyType.TIME:
                return re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value) is not None
            case KeyType.LIST:
                length = f"{key.name}MaxLength"
                return length not in self or self._accepts_list(
                    value, int(self.number(length))
                )
            case KeyType.TEXT:
                return _within(len(value), key) and (
                    key.pattern is None or re.search(key.pattern, value) is not None
                )


def _spelt_like(held: str, value: str) -> str:
    """Write true or false with or without a capital, as it was written before."""
    if value.casefold() not in ("true", "false"):
        return value
    return value.lower() if held.islower() else value.capitalize()


def _within(value: int, key: ConfigurationKey) -> bool:
    return (key.minimum is None or value >= key.minimum) and (
        key.maximum is None or value <= key.maximum
    )
