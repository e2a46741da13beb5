"""Named values of a charger or connector, and who listens to each of them."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
import logging
from typing import Any

_LOGGER = logging.getLogger(__name__)

type Listener = Callable[[], None]


class Values:
    """Values by name: a change wakes those who listen to that name, and nobody else.

    `on_new` is called once for each name that gets its first value.
    """

    def __init__(self, on_new: Callable[[str], None] | None = None) -> None:
        """Start empty."""
        self._values: dict[str, Any] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._on_new = on_new

    def __contains__(self, name: object) -> bool:
        """Tell whether the name ever had a value, be it unknown now."""
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._values)

    def get(self, name: str) -> Any:
        """Return the value, None where it is not known."""
        return self._values.get(name)

    def set(self, name: str, value: Any) -> None:
        """Give one name a value."""
        self.update({name: value})

    def update(self, values: Mapping[str, Any]) -> None:
        """Give several names their values, then wake who listens to what changed."""
        held = self._values
        new = [name for name in values if name not in held]
        changed = [name for name, value in values.items() if held.get(name) != value]
        held.update(values)
        for name in changed:
            self.notify(name)
        if self._on_new is not None:
            for name in new:
                self._on_new(name)

    def clear(self) -> None:
        """Know nothing any more."""
        self._values.clear()

    def remove(self, name: str) -> None:
        """Know a name no more."""
        del self._values[name]
        self.notify(name)

    def listen(self, name: str, listener: Listener) -> Callable[[], None]:
        """Have the listener called on each change of the value; return how to stop."""
        listeners = self._listeners.setdefault(name, [])
        listeners.append(listener)
        return lambda: listeners.remove(listener)

    async def changed(self, name: str) -> None:
        """Wait for the next change of a value."""
        change = asyncio.Event()
        stop = self.listen(name, change.set)
        try:
            await change.wait()
        finally:
            stop()

    def notify(self, name: str) -> None:
        """Wake who listens to the name."""
        for listener in tuple(self._listeners.get(name, ())):
            try:
                listener()
            except Exception:
                _LOGGER.exception("A listener to %s failed", name)
