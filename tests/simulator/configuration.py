"""The configuration keys of a charger: GetConfiguration and ChangeConfiguration."""

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
    """Configuration keys and their values.

    A key is found ignoring case, and by its names in other firmwares. Item assignment
    is a change with the installer's app: nothing is checked.
    """

    def __init__(
        self,
        keys: Iterable[ConfigurationKey],
        *,
        values: Mapping[str, str],
        rules: KeyRules,
        accepts_list: Callable[[str, int], bool],
    ) -> None:
        """Set the keys to their defaults, then to `values`."""
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
        """Change a key without checks, as an installer can."""
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
        """Return the value of a boolean key."""
        return self[name].casefold() == "true" if name in self else default

    def number(self, name: str, default: float = 0) -> float:
        """Return the value of a numeric key."""
        return float(self[name]) if name in self else default

    async def changed(self) -> None:
        """Wait until some key has changed."""
        await self._changed.wait()

    def report(self, names: list[str] | None) -> tuple[list[dict[str, Any]], list[str]]:
        """Return the answer to GetConfiguration: keys and unknown names."""
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
        """Apply a ChangeConfiguration; return its status."""
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
        """Return the key with a name in this firmware, None if there is none."""
        own = self._names.get(name.casefold())
        if own is None or own.casefold() != name.casefold() or self._is_hidden(own):
            return None
        return self._keys[own]

    def _is_hidden(self, name: str) -> bool:
        """Tell whether a key is missing because the key that enables it is off."""
        return any(
            name in keys and not self.boolean(switch)
            for switch, keys in self._rules.behind.items()
        )

    def _is_excluded(self, key: ConfigurationKey, value: str) -> bool:
        """Tell whether a key cannot be enabled because an exclusive one is enabled."""
        if key.type is not KeyType.BOOLEAN or value.casefold() != "true":
            return False
        exclusive = self._rules.exclusive
        conflicting = {
            *exclusive.get(key.name, ()),
            *(alone for alone, others in exclusive.items() if key.name in others),
        }
        return any(map(self.boolean, conflicting))

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
    """Capitalize true or false like the previous value."""
    if value.casefold() not in ("true", "false"):
        return value
    return value.lower() if held.islower() else value.capitalize()


def _within(value: int, key: ConfigurationKey) -> bool:
    return (key.minimum is None or value >= key.minimum) and (
        key.maximum is None or value <= key.maximum
    )
