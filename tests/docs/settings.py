"""The configuration keys of each product, for docs/settings.md."""

from collections.abc import Iterator, Mapping

from custom_components.schneider_ev.entity import (
    _ENABLED_KEYS as ENABLED_KEYS,
    KEY_PLATFORMS as PLATFORMS,
)
from custom_components.schneider_ev.products.model import (
    Access,
    ConfigurationKey,
    KeyType,
    Mode,
    Option,
    Product,
)
from homeassistant.const import Platform
from tests.docs.markdown import DESCRIBED, TEXTS, code, table

_NAMES = TEXTS["entity"]


def settings() -> Mapping[str, str]:
    """Return the settings by product, those that are guarded, and the choices."""
    made = {}
    for product in DESCRIBED:
        made[product.key] = _settings(product)
        made[f"{product.key}_guarded"] = _guarded(product)
        made[f"{product.key}_choices"] = _choices(product)
    return made


def _settings(product: Product) -> str:
    return table(
        ("name", "key", "entity", "values", "default", "what it is for"),
        (
            (
                _name(key),
                code(key.name),
                _platform(key),
                _values(key),
                code(key.default or ""),
                " ".join([key.description, *_firmware(key)]),
            )
            for key in product.configuration
            if key.risk is None
        ),
    )


def _guarded(product: Product) -> str:
    return table(
        ("name", "key", "values", "default", "what it is for", "the risk"),
        (
            (
                "" if key.access is Access.WRITE_ONLY else _name(key),
                code(key.name),
                _values(key),
                code(key.default or ""),
                " ".join([key.description, *_firmware(key)]),
                key.risk,
            )
            for key in product.configuration
            if key.risk is not None
        ),
    )


def _choices(product: Product) -> str:
    return table(
        ("name", "choice", "what it sets"),
        (row for mode in product.modes for row in _options(mode, product)),
    )


def _options(mode: Mode, product: Product) -> Iterator[tuple[str, str, str]]:
    texts = _NAMES[Platform.SELECT][mode.key]
    name = texts["name"]
    if [each.key for each in product.modes].count(mode.key) > 1:
        name += f" (chargers with {' and '.join(map(code, mode.requires))})"
    for key in dict.fromkeys(option.key for option in mode.options):
        option = next(each for each in mode.options if each.key == key)
        written = ", ".join(
            f"`{name}` {value or 'empty'}" for name, value in option.settings
        )
        if not option.choosable:
            written = f"(shown while more than one of {_list(option)} is on)"
        elif option.any_of:
            written += f"; needs {_list(option)}"
        yield name, texts["state"][key], written


def _list(option: Option) -> str:
    *others, last = map(code, option.any_of)
    return f"{', '.join(others)} or {last}"


def _platform(key: ConfigurationKey) -> Platform:
    is_settable = key.access is not Access.READ_ONLY and key.risk is None
    return PLATFORMS[key.type] if is_settable else Platform.SENSOR


def _name(key: ConfigurationKey) -> str:
    name: str = _NAMES[_platform(key)][key.key]["name"]
    return f"**{name}**" if key.name in ENABLED_KEYS else name


def _values(key: ConfigurationKey) -> str:
    match key.type:
        case KeyType.BOOLEAN:
            return "on, off"
        case KeyType.CHOICE:
            texts = _NAMES[_platform(key)][key.key]["state"]
            return ", ".join(
                f"{texts[name]} (`{value}`)" for value, name in key.choices.items()
            )
        case KeyType.INTEGER:
            return _range(key)
        case KeyType.TIME:
            return "hh:mm"
        case kind:
            name = "list" if kind is KeyType.LIST else "text"
            length = key.maximum and f" of up to {key.maximum} characters"
            return f"{name}{length or ''}"


def _range(key: ConfigurationKey) -> str:
    unit = f" {key.unit}" if key.unit else ""
    smallest = key.minimum or 0
    if key.maximum is None:
        return f"{smallest}{unit} or more"
    zero = "0, or " if key.may_be_zero else ""
    return f"{zero}{smallest} to {key.maximum}{unit}"


def _firmware(key: ConfigurationKey) -> Iterator[str]:
    """Tell what firmware has to do with a key."""
    if key.since:
        yield f"From firmware {key.since}."
    if key.writable_since:
        yield f"It can be changed from firmware {key.writable_since}."
    if key.set_with:
        yield f"Only {key.set_with} can change it."
    if key.removed:
        yield "Only with older firmware."
