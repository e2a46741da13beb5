"""Values that a configuration key can have, and values that it cannot have."""

from collections.abc import Iterator

from custom_components.schneider_ev.products.model import ConfigurationKey, KeyType

_TEXTS = (
    *("Garage", "Carport", "garage-number-0001", "carport-number-0001"),
    *("AT", "DE", "10.0.0.7", "10.0.0.8", "ws://10.0.0.7", "wss://10.0.0.8"),
)


def lawful(key: ConfigurationKey) -> Iterator[str]:
    """Name two or more values that a key can have."""
    match key.type:
        case KeyType.BOOLEAN:
            yield from ("False", "True")
        case KeyType.INTEGER:
            smallest = key.minimum or 0
            yield str(smallest)
            yield str(smallest + 1000 if key.maximum is None else key.maximum)
        case KeyType.CHOICE:
            yield from key.choices
        case KeyType.TIME:
            yield from ("06:30", "22:15")
        case _:
            yield from filter(key.accepts, _TEXTS)


def plausible(key: ConfigurationKey) -> str:
    """Return the default of a key, or else a value that it can have."""
    return next(lawful(key)) if key.default is None else key.default


def other(key: ConfigurationKey, value: str | None) -> str:
    """Return a value that a key can have, other than the given one."""
    return next(each for each in lawful(key) if each != value)


def unlawful(key: ConfigurationKey) -> Iterator[str]:
    """Name values that a key cannot have; for some texts there are none."""
    match key.type:
        case KeyType.BOOLEAN:
            yield from ("maybe", "")
        case KeyType.INTEGER:
            yield from ("ten", "1.5", "")
            if key.minimum is not None:
                yield str(key.minimum - 1)
            if key.maximum is not None:
                yield str(key.maximum + 1)
        case KeyType.CHOICE:
            yield from ("nonsense", *key.choices.values())
        case KeyType.TIME:
            yield from ("24:00", "8:60", "now")
        case _:
            if key.minimum:
                yield "x" * (key.minimum - 1)
            if key.maximum is not None:
                yield "x" * (key.maximum + 1)
            if key.pattern is not None:
                yield "#"
