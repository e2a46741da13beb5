"""Signed links, by which users download files without logging in again."""

from datetime import timedelta

from yarl import URL

from homeassistant.components.http.auth import SIGN_QUERY_PARAM, async_sign_path
from homeassistant.core import HomeAssistant, callback


@callback
def async_signed_link(hass: HomeAssistant, url: URL, lifetime: timedelta) -> str:
    """Return a link to a view that requires authentication, valid for a while."""
    # async_sign_path decodes the query, so only the signature is taken from it
    signed = async_sign_path(hass, str(url), lifetime)
    _, _, signature = signed.rpartition(f"{SIGN_QUERY_PARAM}=")
    return str(url.update_query({SIGN_QUERY_PARAM: signature}))
