"""Securing a charger: a password, TLS, and the way back where that leads nowhere.

The order is that of the security white paper: what the new way takes is put on the
charger first, then where it dials is changed, and the security profile last.
"""

import asyncio
from dataclasses import dataclass
import logging
from typing import TYPE_CHECKING, Final

from .authentication import AUTHORIZATION_KEY
from .errors import ChargerError

if TYPE_CHECKING:
    from .charger import Charger

_LOGGER = logging.getLogger(__name__)

COME_BACK_TIME = 180.0
"""Seconds that a charger has to come back on the new way."""

RECONNECT_TIME = 5.0
"""Seconds after which a charger that has not hung up by itself is restarted."""

INSTALL_CERTIFICATE: Final = "InstallCertificate"
_SUPERVISION_URL = "SupervisionUrl"
_SECURITY_PROFILE = "SecurityProfile"
_WITH_PASSWORD, _WITH_TLS = 1, 2


class NotSecuredError(Exception):
    """A charger did not come back on the new way, and was put back on the old one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewWay:
    """How a charger is to dial: with a password, and by TLS where there is an address.

    `root` is the certificate to trust, as PEM, where the charger does not know it yet.
    """

    password: str
    url: str | None = None
    root: str | None = None


def sets_password(charger: Charger) -> bool:
    """Tell whether a charger's password can be set from here: some take it by app only."""
    key = charger.product.configuration_key(AUTHORIZATION_KEY)
    return key is None or key.set_with is None


async def secure(charger: Charger, way: NewWay) -> None:
    """Have a charger dial on a new way, and wait until it does.

    Raises NotSecuredError, with the reason, where it does not.
    """
    old_password = charger.settings.password
    old_url = charger.configuration.value(_SUPERVISION_URL)
    try:
        await _prepare(charger, way)
        charger.new_password = old_password
        await _redial(charger, way)
    except (ChargerError, TimeoutError) as error:
        await _go_back(charger, old_password, old_url)
        raise NotSecuredError(str(error)) from error
    finally:
        charger.new_password = None


async def _prepare(charger: Charger, way: NewWay) -> None:
    """Put on the charger what the new way takes."""
    if way.root is not None:
        await charger.command(
            INSTALL_CERTIFICATE,
            {
                "certificateType": "CentralSystemRootCertificate",
                "certificate": way.root,
            },
        )
    if sets_password(charger):
        await charger.change_configuration(AUTHORIZATION_KEY, way.password)
    elif charger.settings.password is not None:
        charger.password_taken(way.password, in_force=True)


async def _redial(charger: Charger, way: NewWay) -> None:
    before = charger.connection
    if way.url is not None:
        await charger.change_configuration(_SUPERVISION_URL, way.url)
    profile = charger.configuration.item(_SECURITY_PROFILE)
    wanted = _WITH_PASSWORD if way.url is None else _WITH_TLS
    held = charger.configuration.integer(_SECURITY_PROFILE) or 0
    if profile is not None and not profile.readonly and held < wanted:
        await charger.change_configuration(_SECURITY_PROFILE, str(wanted))
    try:
        async with asyncio.timeout(RECONNECT_TIME):
            while charger.connection is before:
                await charger.values.changed("connection")
    except TimeoutError:
        await charger.reset("Soft")
    async with asyncio.timeout(COME_BACK_TIME):
        while not _is_on(charger, way):
            await charger.values.changed("connection")


def _is_on(charger: Charger, way: NewWay) -> bool:
    connection = charger.connection
    return (
        connection is not None
        and connection.presents(way.password)
        and (way.url is None or connection.is_encrypted)
    )


async def _go_back(
    charger: Charger, old_password: str | None, old_url: str | None
) -> None:
    """Put back what was changed, as far as the charger can still be told."""
    steps = {_SUPERVISION_URL: old_url}
    if sets_password(charger):
        steps[AUTHORIZATION_KEY] = old_password
    elif old_password is not None:
        charger.password_taken(old_password, in_force=True)
    for name, value in steps.items():
        if value is None:
            continue
        try:
            await charger.change_configuration(name, value)
        except ChargerError as error:
            _LOGGER.debug("%s: %s was not put back: %s", charger.identity, name, error)
