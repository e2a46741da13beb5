"""Translated texts, such as the description of a fault; texts of others as Markdown."""

from dataclasses import dataclass
import re

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN
from .products.model import Fault

_PREFIX = f"component.{DOMAIN}.entity"
_VENDOR_ERROR = "sensor.vendor_error"

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


def _texts(hass: HomeAssistant) -> dict[str, str]:
    """Return the texts of our entities in Home Assistant's language, else in English."""
    return async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
