"""One-time URLs, at which chargers upload files to Home Assistant or download them."""

from datetime import datetime
from secrets import token_urlsafe
from types import TracebackType
from typing import Any, ClassVar, Final, Self

from aiohttp import web
from yarl import URL

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from ..central_system.messages import Json
from ..const import DOMAIN

ONE_TIME_URLS: HassKey[dict[str, OneTimeUrl]] = HassKey(f"{DOMAIN}.one_time_urls")
"""The open one-time URLs, by token."""

TOKEN: Final = r"{token:[\w-]{22}}"
"""The token in the URL of a view."""

_TOKEN_BYTES = 16


class OneTimeUrl:
    """A URL with a random token, open until it is closed or expires.

    As a context manager it is closed on exit, unless it was confirmed. `kind` is the
    segment of the URL before the token.
    """

    kind: ClassVar[str]

    def __init__(self, hass: HomeAssistant, expires: datetime, name: str = "") -> None:
        """Open the URL, whose last segment is the name.

        Raises ServiceValidationError if Home Assistant has no internal URL.
        """
        self.hass = hass
        self.expires = expires
        self.is_closed = False
        self._is_confirmed = False
        self._token = token_urlsafe(_TOKEN_BYTES)
        self.url = str(
            _base_url(hass) / f"api/{DOMAIN}/{self.kind}/{self._token}" / name
        )
        opened = hass.data[ONE_TIME_URLS]
        for token in [token for token, known in opened.items() if known.is_expired]:
            del opened[token]
        opened[self._token] = self

    @property
    def is_expired(self) -> bool:
        """Whether the URL has expired."""
        return self.expires <= dt_util.utcnow()

    def __enter__(self) -> Self:
        """Stay open until the charger has answered."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the URL if the charger will not use it."""
        if not self._is_confirmed:
            self.close()

    def confirm(self, _answer: Json) -> dict[str, Any]:
        """Stay open after the charger has accepted; return what the action adds to its answer."""
        self._is_confirmed = True
        return {}

    @callback
    def close(self) -> None:
        """Close the URL: requests to it are answered by 404 from now on."""
        self.is_closed = True
        self.hass.data[ONE_TIME_URLS].pop(self._token, None)


@callback
def async_find_one_time_url[OneTimeUrlT: OneTimeUrl](
    hass: HomeAssistant, kind: type[OneTimeUrlT], token: str
) -> OneTimeUrlT:
    """Return the open URL with a token. Raises HTTPNotFound if there is none."""
    one_time_url = hass.data[ONE_TIME_URLS].get(token)
    if not isinstance(one_time_url, kind) or one_time_url.is_expired:
        raise web.HTTPNotFound
    return one_time_url


def _base_url(hass: HomeAssistant) -> URL:
    """Return the internal URL of Home Assistant, at which chargers reach it."""
    try:
        url = get_url(hass, allow_external=False, allow_cloud=False, allow_ip=True)
    except NoURLAvailableError as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_internal_url"
        ) from error
    return URL(url)
