"""TLS certificates of a central system: loads, issues, renews and stores them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
import logging
from pathlib import Path
import socket
from ssl import SSLContext
from typing import Any

from yarl import URL

from homeassistant.components import network
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .central_system.messages import CertificateError
from .central_system.transport import (
    KeyPair,
    make_root,
    read_pair,
    renew_server_pairs,
    server_context,
    sign_request,
)
from .const import ANY_HOSTS, CONF_TLS_CERTIFICATE, CONF_TLS_KEY, CONF_TLS_PORT, DOMAIN

_LOGGER = logging.getLogger(__name__)

_VERSION = 1
_RENEWAL_INTERVAL = timedelta(days=1)


class Certificates:
    """The certificates of a central system.

    They are the owner's files, or signed by a certificate authority of our own, which is
    made when it is first needed.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Prepare to load."""
        self._hass = hass
        self._entry = entry
        self._store = Store[dict[str, Any]](
            hass, _VERSION, f"{DOMAIN}.{entry.entry_id}.certificates", private=True
        )
        self._root: KeyPair | None = None
        self._server: tuple[KeyPair, ...] = ()
        self._making_root = asyncio.Lock()

    @property
    def root(self) -> str | None:
        """The certificate of our own authority as PEM, None if there is none."""
        return None if self._root is None else self._root.certificate

    async def async_load(self) -> None:
        """Read what was saved."""
        if (data := await self._store.async_load()) is not None:
            self._root = KeyPair(**data["root"])
            self._server = tuple(KeyPair(**pair) for pair in data["server"])

    async def async_context(self) -> SSLContext | None:
        """Return the SSL context of the TLS port, None if there is no such port.

        Raises OSError or CertificateError if the owner's files cannot be used.
        """
        data = self._entry.data
        if CONF_TLS_PORT not in data:
            return None
        if CONF_TLS_CERTIFICATE in data:
            pairs = await self._async_owners_pairs()
        else:
            pairs = await self._async_own_pairs()
        return await self._hass.async_add_executor_job(server_context, pairs)

    async def async_sign_request(self, identity: str, request: str) -> str:
        """Return the certificate that a charger requests by a CSR, for its own names.

        Raises CertificateError if the request is not valid, or is for another name.
        """
        central_system = self._entry.runtime_data.central_system
        return await self._hass.async_add_executor_job(
            sign_request,
            await self._async_authority(),
            request,
            central_system.own_names(identity),
        )

    async def async_remove(self) -> None:
        """Remove the file."""
        await self._store.async_remove()

    async def _async_owners_pairs(self) -> tuple[KeyPair, ...]:
        data = self._entry.data
        pair = await self._hass.async_add_executor_job(
            read_pair, Path(data[CONF_TLS_CERTIFICATE]), Path(data[CONF_TLS_KEY])
        )
        if pair.expires < dt_util.utcnow():
            _LOGGER.warning("The certificate for secured connections has expired")
        return (pair,)

    async def _async_own_pairs(self) -> tuple[KeyPair, ...]:
        pairs = await self._hass.async_add_executor_job(
            renew_server_pairs,
            await self._async_authority(),
            self._server,
            await self._async_names(),
        )
        if pairs is not self._server:
            self._server = pairs
            await self._async_save()
        return pairs

    async def _async_authority(self) -> KeyPair:
        async with self._making_root:
            if self._root is None:
                self._root = await self._hass.async_add_executor_job(make_root)
                await self._async_save()
            return self._root

    async def _async_names(self) -> list[str]:
        """Return the names by which chargers may connect, the likeliest one first."""
        names: list[str | None] = []
        if (host := self._entry.data[CONF_HOST]) not in ANY_HOSTS:
            names.append(host)
        with suppress(HomeAssistantError):
            names.append(await network.async_get_source_ip(self._hass))
        if url := self._hass.config.internal_url:
            names.append(URL(url).raw_host)
        names += ["homeassistant.local", socket.gethostname()]
        return list(dict.fromkeys(name for name in names if name and name.isascii()))

    async def _async_save(self) -> None:
        assert self._root is not None
        await self._store.async_save(
            {
                "root": asdict(self._root),
                "server": [asdict(pair) for pair in self._server],
            }
        )


@callback
def async_renew_daily(
    hass: HomeAssistant,
    certificates: Certificates,
    change: Callable[[SSLContext], None],
) -> Callable[[], None]:
    """Renew or read the certificates every day; return the function that ends it.

    `change` gets the SSL context with the present certificates.
    """

    async def renew(_now: datetime) -> None:
        try:
            if (context := await certificates.async_context()) is not None:
                change(context)
        except (CertificateError, OSError) as error:
            _LOGGER.warning("The certificate could not be read again: %s", error)

    return async_track_time_interval(hass, renew, _RENEWAL_INTERVAL)
