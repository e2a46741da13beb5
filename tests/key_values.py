"""Valid and invalid values of configuration keys."""

from collections.abc import Iterator

from custom_components.schneider_ev.products.model import ConfigurationKey, KeyType

_TEXTS = (
    *("Garage", "Carport", "garage-number-0001", "carport-number-0001"),
    *("AT", "DE", "10.0.0.7", "10.0.0.8", "ws://10.0.0.7", "wss://10.0.0.8"),
    *("false", "true"),
)


def valid_values(key: ConfigurationKey) -> Iterator[str]:
    """Yield two or more valid values of a key."""
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


def default_value(key: ConfigurationKey) -> str:
    """Return the default of a key, else a valid value."""
    return next(valid_values(key)) if key.default is None else key.default


def other_value(key: ConfigurationKey, value: str | None) -> str:
    """Return a valid value of a key, other than the given one."""
    return next(each for each in valid_values(key) if each != value)


def invalid_values(key: ConfigurationKey) -> Iterator[str]:
    """Yield invalid values of a key; none for some texts."""
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
