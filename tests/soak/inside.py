"""Home Assistant in this process, with a central system, outside of the test suite.

It stores its files in a directory and has no web server.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
import ctypes
import gc
import os
from pathlib import Path
from unittest.mock import patch

from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

import custom_components.schneider_ev  # noqa: F401
from homeassistant import loader
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryData
from homeassistant.core import DOMAIN as HOME_ASSISTANT, HomeAssistant
from homeassistant.helpers import frame, translation

from ..processes import free_port

DOMAIN = "schneider_ev"


@asynccontextmanager
async def home_assistant(
    directory: Path, chargers: Mapping[str, Mapping[str, str]]
) -> AsyncIterator[tuple[HomeAssistant, MockConfigEntry]]:
    """Run Home Assistant with a central system and chargers: settings by identity."""
    http = "homeassistant.components.http.HomeAssistantHTTP"
    entry = MockConfigEntry(
        domain=DOMAIN,
        data={"host": "127.0.0.1", "port": free_port()},
        subentries_data=[
            ConfigSubentryData(
                data={"identity": identity, **settings},
                subentry_type="charger",
                title=f"Charger {identity}",
                unique_id=identity,
            )
            for identity, settings in chargers.items()
        ],
    )
    with patch(f"{http}.async_bind"), patch(f"{http}.start"):
        async with async_test_home_assistant(config_dir=str(directory)) as hass:
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
            frame.async_setup(hass)
            await translation.async_load_integrations(hass, {HOME_ASSISTANT})
            entry.add_to_hass(hass)
            if not await hass.config_entries.async_setup(entry.entry_id):
                raise RuntimeError(entry.reason)
            await hass.async_block_till_done()
            yield hass, entry
            if entry.state is ConfigEntryState.LOADED:
                await hass.config_entries.async_unload(entry.entry_id)
            await hass.async_stop(force=True)


def memory() -> int:
    """Return the resident memory of this process in bytes, after freeing unused memory."""
    gc.collect()
    with suppress(AttributeError):  # only glibc has it
        ctypes.CDLL(None).malloc_trim(0)
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
