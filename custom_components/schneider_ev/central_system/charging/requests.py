"""What an owner asks of a connector or a station, and what of that holds."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from .mode import ChargingMode


@dataclass(frozen=True, slots=True)
class LimitRequest:
    """All that is asked for: a limit, None for all there is, a pause, and a mode.

    A limit for some time has an `end`, in seconds of a monotonic clock; `after` is the
    limit that follows it.
    """

    value: float | None = None
    paused: bool = False
    end: float | None = None
    after: float | None = None
    mode: ChargingMode = ChargingMode.FAST

    @property
    def is_limited(self) -> bool:
        """Whether it asks for less than there is."""
        return self.value is not None or self.paused

    def at(self, now: float) -> LimitRequest:
        """Return what is asked for at a time."""
        return self if self.end is None or now < self.end else self.ended()

    def ended(self) -> LimitRequest:
        """Return what is asked for after the limit for some time."""
        if self.end is None:
            return self
        return replace(self, value=self.after, end=None, after=None)

    def limited(self, value: float, end: float | None = None) -> LimitRequest:
        """Return it with another limit, for good where it has no end."""
        after = None if end is None else self.ended().value
        return replace(self, value=value, end=end, after=after)

    def unlimited(self) -> LimitRequest:
        """Return it without a limit."""
        return replace(self, value=None, end=None, after=None)

    def pausing(self) -> LimitRequest:
        """Return it with a pause."""
        return replace(self, paused=True)

    def resumed(self, minimum: float) -> LimitRequest:
        """Return it without a pause; a limit of 0 is one, and so ends, too."""
        request = self.ended() if self.value == 0 else self
        value = minimum if request.value == 0 else request.value
        return replace(request, value=value, paused=False)

    def in_mode(self, mode: ChargingMode) -> LimitRequest:
        """Return it with another mode."""
        return replace(self, mode=mode)


NO_LIMIT = LimitRequest()

type Change = Callable[[LimitRequest], LimitRequest]


@dataclass(frozen=True, eq=False, slots=True)
class Ask:
    """A change that was asked for."""

    change: Change


class Requests:
    """What was asked, one change after the other.

    `current` is what comes of all that was not refused, in the order in which it was
    asked, whenever the charger answered. `changed` is called when it is another one.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        """Start with nothing asked for."""
        self.current = NO_LIMIT
        self._changed = changed
        self._before = NO_LIMIT
        self._are_accepted: dict[Ask, bool] = {}

    @property
    def open(self) -> list[Ask]:
        """What has been neither accepted nor refused yet."""
        return [ask for ask, accepted in self._are_accepted.items() if not accepted]

    def ask(self, change: Change) -> Ask:
        """Ask for a change; it counts until it is refused."""
        ask = Ask(change)
        self._are_accepted[ask] = False
        self._take(change(self.current))
        return ask

    def accept(self, asks: Iterable[Ask]) -> None:
        """Note that the charger accepted what was asked."""
        for ask in self._are_accepted.keys() & set(asks):
            self._are_accepted[ask] = True
        if all(self._are_accepted.values()):
            self._are_accepted.clear()
            self._before = self.current

    def refuse(self, asks: Iterable[Ask]) -> None:
        """Take back what was asked, where it was not accepted."""
        for ask in set(asks).intersection(self.open):
            del self._are_accepted[ask]
        request = self._before
        for ask in self._are_accepted:
            request = ask.change(request)
        self._take(request)
        self.accept(())

    @contextmanager
    def asked(self, change: Change) -> Iterator[None]:
        """Ask for a change that counts for good if nothing is raised."""
        ask = self.ask(change)
        try:
            yield
        except BaseException:
            self.refuse([ask])
            raise
        self.accept([ask])

    def replace(self, request: LimitRequest) -> None:
        """Take over what holds, whatever was asked before."""
        self._are_accepted.clear()
        self._before = request
        self._take(request)

    def _take(self, request: LimitRequest) -> None:
        before, self.current = self.current, request
        if request != before:
            self._changed()
