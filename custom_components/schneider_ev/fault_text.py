"""What an owner reads of a fault."""

from dataclasses import dataclass
from typing import Self

from homeassistant.core import HomeAssistant

from .products.model import Fault
from .texts import async_attribute_text, async_state_text

_VENDOR_ERROR = "sensor.vendor_error"


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultText:
    """A fault in Home Assistant's language; one that no guide has is named by its code."""

    name: str
    description: str
    advice: str

    @classmethod
    def of(cls, hass: HomeAssistant, fault: Fault) -> Self:
        """Look a fault up."""

        def attribute(name: str) -> str:
            return async_attribute_text(hass, _VENDOR_ERROR, name, fault.key) or ""

        return cls(
            name=async_state_text(hass, _VENDOR_ERROR, fault.key) or fault.code,
            description=attribute("description"),
            advice=attribute("advice"),
        )
