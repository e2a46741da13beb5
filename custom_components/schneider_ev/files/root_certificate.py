"""The root certificate as a file, for chargers that have to be told whom to trust."""

from datetime import timedelta
from http import HTTPStatus

from aiohttp import web
from yarl import URL

from homeassistant.components.http import KEY_HASS, HomeAssistantView
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN, ENTRY_ID
from ..runtime import SchneiderConfigEntry
from .signed_link import async_signed_link

_URL = f"/api/{DOMAIN}/root.pem"
_LINK_LIFETIME = timedelta(hours=1)


@callback
def async_root_link(hass: HomeAssistant, entry: SchneiderConfigEntry) -> str:
    """Return a link to an entry's root certificate, valid for an hour."""
    return async_signed_link(
        hass, URL(_URL).with_query({ENTRY_ID: entry.entry_id}), _LINK_LIFETIME
    )


class RootCertificateView(HomeAssistantView):
    """Serves the root certificate to authenticated users.

    The query may name the entry; without one it is the first that has a certificate.
    """

    url = _URL
    name = f"api:{DOMAIN}:root"

    async def get(self, request: web.Request) -> web.Response:
        """Return the certificate as a PEM file."""
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
