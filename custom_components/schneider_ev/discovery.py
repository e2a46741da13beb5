"""Discovery: a charger that dials in and that nobody has accepted yet."""

from dataclasses import asdict
from typing import Any

from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import discovery_flow

from .central_system.server import Discovery
from .const import DOMAIN, ENTRY_ID
from .runtime import SchneiderConfigEntry


@callback
def async_discovered(
    hass: HomeAssistant, entry: SchneiderConfigEntry, discovery: Discovery
) -> None:
    """Offer the charger to the owner."""
    data: dict[str, Any] = asdict(discovery) | {ENTRY_ID: entry.entry_id}
    discovery_flow.async_create_flow(
        hass,
        DOMAIN,
        context={"source": SOURCE_INTEGRATION_DISCOVERY},
        data=data,
        discovery_key=discovery_flow.DiscoveryKey(
            domain=DOMAIN, key=discovery.identity, version=1
        ),
    )
