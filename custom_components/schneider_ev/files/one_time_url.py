"""One-time addresses, by which chargers exchange files with Home Assistant itself."""

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

from ..central_system.messages.payload import Json
from ..const import DOMAIN

ADDRESSES: HassKey[dict[str, Address]] = HassKey(f"{DOMAIN}.addresses")
"""The addresses that are open, by their tokens."""

TOKEN: Final = r"{token:[\w-]{22}}"
"""The token in the URL of a view."""

_TOKEN_BYTES = 16


class Address:
    """An address that nobody can guess, open until it is closed or expires.

    As a context manager it closes at the end, unless it was confirmed. `kind` is the
    segment of the URL before the token.
    """

    kind: ClassVar[str]

    def __init__(self, hass: HomeAssistant, expires: datetime, name: str = "") -> None:
        """Open the address; its URL ends in the name.

        Raises ServiceValidationError where a charger has no way to Home Assistant.
        """
        self.hass = hass
        self.expires = expires
        self.is_closed = False
        self._is_confirmed = False
        self._token = token_urlsafe(_TOKEN_BYTES)
        self.url = str(
            _base_url(hass) / f"api/{DOMAIN}/{self.kind}/{self._token}" / name
        )
        addresses = hass.data[ADDRESSES]
        for token in [token for token, known in addresses.items() if known.is_expired]:
            del addresses[token]
        addresses[self._token] = self

    @property
    def is_expired(self) -> bool:
        """Whether it is too late."""
        return self.expires <= dt_util.utcnow()

    def __enter__(self) -> Self:
        """Stay open until it is known whether that serves anything."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the address if it will not be used."""
        if not self._is_confirmed:
            self.close()

    def confirm(self, _answer: Json) -> dict[str, Any]:
        """Stay open for a charger that said yes; return what its owner is told."""
        self._is_confirmed = True
        return {}

    @callback
    def close(self) -> None:
        """Serve nothing any more."""
        self.is_closed = True
        self.hass.data[ADDRESSES].pop(self._token, None)


@callback
def async_find_address[AddressT: Address](
    hass: HomeAssistant, kind: type[AddressT], token: str
) -> AddressT:
    """Return the open address with a token. Raises HTTPNotFound where there is none."""
    address = hass.data[ADDRESSES].get(token)
    if not isinstance(address, kind) or address.is_expired:
        raise web.HTTPNotFound
    return address


def _base_url(hass: HomeAssistant) -> URL:
    """Return the URL by which chargers reach Home Assistant: that of the own network."""
    try:
        url = get_url(hass, allow_external=False, allow_cloud=False, allow_ip=True)
    except NoURLAvailableError as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_internal_url"
        ) from error
    return URL(url)
