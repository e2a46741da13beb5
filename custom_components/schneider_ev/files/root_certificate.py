"""The root certificate of a central system as a file, for chargers that need it."""

from datetime import timedelta
from http import HTTPStatus

from aiohttp import web
from yarl import URL

from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.components.http.auth import async_sign_path
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN, ENTRY_ID
from ..runtime import SchneiderConfigEntry

_URL = f"/api/{DOMAIN}/root.pem"
_LINK_LIFETIME = timedelta(hours=1)


@callback
def async_root_link(hass: HomeAssistant, entry: SchneiderConfigEntry) -> str:
    """Return a link to the root certificate, which holds for an hour."""
    path = str(URL(_URL).with_query({ENTRY_ID: entry.entry_id}))
    return async_sign_path(hass, path, _LINK_LIFETIME)


class RootCertificateView(HomeAssistantView):
    """Serves the root certificate, to users who are logged in.

    Where there are several central systems, the query names the one that is meant.
    """

    url = _URL
    name = f"api:{DOMAIN}:root"

    async def get(self, request: web.Request) -> web.Response:
        """Return the file."""
        wanted = request.query.get(ENTRY_ID)
        entries: list[SchneiderConfigEntry] = request.app[
            KEY_HASS
        ].config_entries.async_entries(DOMAIN)
        for entry in entries:
            if (
                entry.state is ConfigEntryState.LOADED
                and wanted in (None, entry.entry_id)
                and (root := entry.runtime_data.certificates.root) is not None
            ):
                return web.Response(
                    text=root,
                    content_type="application/x-pem-file",
                    headers={"Content-Disposition": 'attachment; filename="root.pem"'},
                )
        return self.json_message("There is no certificate", HTTPStatus.NOT_FOUND)
