"""Securing a charger: a password, TLS, and the way back where that leads nowhere.

The order is that of the security white paper: what the new way takes is put on the
charger first, then where it dials is changed, and the security profile last.
"""

import asyncio
from dataclasses import dataclass
import logging
from typing import TYPE_CHECKING, Final

from ..messages.errors import ChargerError, ChargerOfflineError
from ..transport.authentication import AUTHORIZATION_KEY

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

    Raises ChargerError where it does not, and is on the old way as far as it can still
    be told; it may sign in with either password for as long as it may have either.
    """
    old_password = charger.settings.password
    old_url = charger.configuration.value(_SUPERVISION_URL)
    if not sets_password(charger):
        _admit_with_either(charger, old_password, way.password)
    try:
        await _prepare(charger, way)
        _admit_with_either(charger, old_password, way.password)
        await _redial(charger, old_password, way)
    except ChargerError:
        await _go_back(charger, old_password, old_url)
        raise
    charger.new_password = None
    charger.memory_changed()


def _admit_with_either(charger: Charger, old: str | None, new: str) -> None:
    """Let a charger that has to sign in do so with the old password and the new one."""
    if old is not None:
        charger.new_password = old if charger.settings.password == new else new
        charger.memory_changed()


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
        # it may have taken the password even where its answer does not arrive
        _admit_with_either(charger, charger.settings.password, way.password)
        await charger.change_configuration(AUTHORIZATION_KEY, way.password)


async def _redial(charger: Charger, old_password: str | None, way: NewWay) -> None:
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
    try:
        async with asyncio.timeout(COME_BACK_TIME):
            while not _is_on(charger, way):
                _admit_with_either(charger, old_password, way.password)
                await charger.values.changed("connection")
    except TimeoutError as error:
        raise ChargerOfflineError from error


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
    for name, value in steps.items():
        if value is None:
            continue
        try:
            await charger.change_configuration(name, value)
        except ChargerError as error:
            _LOGGER.debug("%s: %s was not put back: %s", charger.identity, name, error)
