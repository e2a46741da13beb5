"""Discovery flows of chargers that connect, but are not set up."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import discovery_flow

from .central_system import Discovery
from .const import CONF_IDENTITY, DOMAIN, ENTRY_ID
from .runtime import SchneiderConfigEntry


@callback
def async_start_discovery_flow(
    hass: HomeAssistant, entry: SchneiderConfigEntry, discovery: Discovery
) -> None:
    """Start the discovery flow of a charger."""
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


@callback
def async_forget_discovery(
    hass: HomeAssistant, entry: SchneiderConfigEntry, identity: str
) -> None:
    """End the discovery flow of a charger that is not remembered any more."""
    async_end_discovery_flows(hass, {CONF_IDENTITY: identity, ENTRY_ID: entry.entry_id})


@callback
def async_end_discovery_flows(hass: HomeAssistant, items: Mapping[str, str]) -> None:
    """End the discovery flows whose data contain these items: an identity or an entry."""
    flows = hass.config_entries.flow
    for flow in flows.async_progress_by_init_data_type(
        dict, lambda data: items.items() <= data.items()
    ):
        if flow["handler"] == DOMAIN:
            flows.async_abort(flow["flow_id"])
