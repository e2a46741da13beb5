"""Translated texts, such as the description of a fault; texts of others as Markdown."""

from dataclasses import dataclass
from datetime import datetime
import re

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .central_system.charging import Explanation, Figure
from .const import DOMAIN
from .products.model import Fault

_PREFIX = f"component.{DOMAIN}.entity"
_VENDOR_ERROR = "sensor.vendor_error"
_EXPLANATION = "sensor.explanation"

DECIMAL_COMMA = frozenset({"da", "de", "es", "fr", "it", "nb", "nl", "pl", "pt", "sv"})
"""Languages of our texts with a comma before decimals."""

_PRICES = frozenset({Figure.PRICE, Figure.CHEAP_BELOW})

# what makes emphasis, links, images, tables, HTML and entities, and what makes a link
# of an address on the web or of mail
_MARKUP = re.compile(r"[\\`*_\[\]<>|~&@]|:(?=//)|(?<=www)\.", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultTexts:
    """The texts of a fault; a fault without a translation is named by its code."""

    name: str
    description: str
    advice: str


def as_markdown(text: str) -> str:
    """Return a text, such as one of a charger, so that Markdown shows it as it is.

    Home Assistant shows descriptions, progress, reasons to abort and notifications as
    Markdown; titles, names and errors of forms are shown as they are.
    """
    return _MARKUP.sub(r"\\\g<0>", text)


def async_fault_texts(hass: HomeAssistant, fault: Fault) -> FaultTexts:
    """Return the texts of a fault in Home Assistant's language."""

    def attribute(name: str) -> str:
        return async_attribute_text(hass, _VENDOR_ERROR, name, fault.key) or ""

    return FaultTexts(
        name=_texts(hass).get(f"{_PREFIX}.{_VENDOR_ERROR}.state.{fault.key}")
        or fault.code,
        description=attribute("description"),
        advice=attribute("advice"),
    )


def async_attribute_text(
    hass: HomeAssistant, entity: str, attribute: str, state: str
) -> str | None:
    """Return the text of a state of an attribute; `entity` is `platform.key`."""
    return _texts(hass).get(
        f"{_PREFIX}.{entity}.state_attributes.{attribute}.state.{state}"
    )


def async_explanation_text(hass: HomeAssistant, explanation: Explanation) -> str | None:
    """Return a sentence in Home Assistant's language, with times of its time zone."""
    text = _texts(hass).get(f"{_PREFIX}.{_EXPLANATION}.state.{explanation.sentence}")
    if text is None:
        return None
    figures = explanation.figures.items()
    return text.format(**{name: _figure(hass, name, value) for name, value in figures})


def _figure(hass: HomeAssistant, name: Figure, value: float | datetime) -> str:
    """Return a figure as it is read: times of day, prices with their unit."""
    if isinstance(value, datetime):
        return dt_util.as_local(value).strftime("%H:%M")
    text = decimal(hass, value, 3 if name in _PRICES else 1)
    return f"{text} {hass.config.currency}/kWh" if name in _PRICES else text


def decimal(hass: HomeAssistant, value: float, digits: int) -> str:
    """Return a number as it is written in Home Assistant's language.

    A third digit is written only if it says something.
    """
    text = f"{value:.{digits}f}"
    if digits > 2:
        text = text.removesuffix("0")
    return text.replace(".", ",") if hass.config.language in DECIMAL_COMMA else text


def _texts(hass: HomeAssistant) -> dict[str, str]:
    """Return the texts of our entities in Home Assistant's language, else in English."""
    return async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
