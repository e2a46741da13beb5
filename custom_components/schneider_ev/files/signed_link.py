"""Signed links, by which administrators download files without logging in again."""

from datetime import timedelta

from aiohttp import web
from yarl import URL

from homeassistant.auth.models import User
from homeassistant.components.http import KEY_HASS_USER
from homeassistant.components.http.auth import SIGN_QUERY_PARAM, async_sign_path
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import Unauthorized


@callback
def async_signed_link(hass: HomeAssistant, url: URL, lifetime: timedelta) -> str:
    """Return a link to a view that requires authentication, valid for a while.

    It is Home Assistant's own, not that of whoever caused an automation to make it.
    """
    # async_sign_path decodes the query, so only the signature is taken from it
    signed = async_sign_path(hass, str(url), lifetime, use_content_user=True)
    _, _, signature = signed.rpartition(f"{SIGN_QUERY_PARAM}=")
    return str(url.update_query({SIGN_QUERY_PARAM: signature}))


@callback
def async_check_administrator(request: web.Request) -> None:
    """Let administrators have a file that names people, and whoever has a link to it.

    Raises Unauthorized. A link that a user signed himself counts as that user.
    """
    user: User = request[KEY_HASS_USER]
    if not (user.is_admin or user.system_generated):
        raise Unauthorized
