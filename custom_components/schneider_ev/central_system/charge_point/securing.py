"""Move a charger to a password or to TLS, and roll back if it does not return.

The order is that of the security white paper: certificate and password first, then the
address of the central system, and the security profile last.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
import logging
from typing import Final

from ..messages.errors import (
    ChargerError,
    ChargerHungUpError,
    ChargerOfflineError,
    ChargerTimeoutError,
)
from ..transport.authentication import AUTHORIZATION_KEY
from .charger import Charger

_LOGGER = logging.getLogger(__name__)

RETURN_TIMEOUT = 180.0
"""Seconds that a charger has to return as the target says."""

RECONNECT_TIMEOUT = 5.0
"""Seconds after which a charger that has not hung up by itself is restarted."""

INSTALL_CERTIFICATE: Final = "InstallCertificate"
_SUPERVISION_URL = "SupervisionUrl"
_SECURITY_PROFILE = "SecurityProfile"
_WITH_PASSWORD, _WITH_TLS = 1, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionTarget:
    """How a charger is to connect: with a password, and by TLS where there is a URL.

    `root` is the certificate to trust, as PEM, where the charger does not know it yet.
    """

    password: str
    url: str | None = None
    root: str | None = None


def can_set_password(charger: Charger) -> bool:
    """Tell whether OCPP can set the password: on some chargers only a tool can."""
    key = charger.product.configuration_key(AUTHORIZATION_KEY)
    return key is None or key.set_with is None


async def secure(charger: Charger, target: ConnectionTarget) -> None:
    """Have a charger connect as the target says, and wait until it does.

    Raises ChargerError where it does not: then it is rolled back as far as it can be
    reached. It may sign in with both passwords for as long as it may have either.
    """
    old_password = charger.credentials.password
    old_url = charger.configuration.value(_SUPERVISION_URL)
    if not can_set_password(charger):
        _admit_with_either(charger, old_password, target.password)
    try:
        await _prepare(charger, target)
        _admit_with_either(charger, old_password, target.password)
        await _move(charger, old_password, target)
    except ChargerError:
        await _roll_back(charger, old_password, old_url)
        raise
    charger.credentials.settle()
    if target.url is not None:
        charger.credentials.secured_with_tls(is_secured=True)


def _admit_with_either(charger: Charger, old: str | None, new: str) -> None:
    """Let a charger that has to sign in use the old password and the new one."""
    if old is not None:
        has_taken_new = charger.credentials.password == new
        charger.credentials.admit_also(old if has_taken_new else new)


async def _prepare(charger: Charger, target: ConnectionTarget) -> None:
    """Install the certificate, and set the password."""
    if target.root is not None:
        await charger.link.command(
            INSTALL_CERTIFICATE,
            {
                "certificateType": "CentralSystemRootCertificate",
                "certificate": target.root,
            },
        )
    if can_set_password(charger):
        # it may have taken the password even where its answer does not arrive
        _admit_with_either(charger, charger.credentials.password, target.password)
        await charger.configuration_client.change(AUTHORIZATION_KEY, target.password)


async def _move(
    charger: Charger, old_password: str | None, target: ConnectionTarget
) -> None:
    # one that hangs up before it answers may be on its way already
    with suppress(ChargerHungUpError):
        await _send_away(charger, target)
    try:
        async with asyncio.timeout(RETURN_TIMEOUT):
            while not _is_on(charger, target):
                _admit_with_either(charger, old_password, target.password)
                await charger.link.connection_changed.wait()
    except TimeoutError as error:
        raise ChargerOfflineError from error


async def _send_away(charger: Charger, target: ConnectionTarget) -> None:
    """Set where and how the charger is to connect, and have it connect anew."""
    before = charger.link.connection
    if target.url is not None:
        await charger.configuration_client.change(_SUPERVISION_URL, target.url)
    profile = charger.configuration.item(_SECURITY_PROFILE)
    wanted = _WITH_PASSWORD if target.url is None else _WITH_TLS
    held = charger.configuration.integer(_SECURITY_PROFILE) or 0
    if profile is not None and not profile.readonly and held < wanted:
        await charger.configuration_client.change(_SECURITY_PROFILE, str(wanted))
    try:
        async with asyncio.timeout(RECONNECT_TIMEOUT):
            while charger.link.connection is before:
                await charger.link.connection_changed.wait()
    except TimeoutError:
        with suppress(ChargerTimeoutError):  # it may restart without an answer
            await charger.reset("Soft")


def _is_on(charger: Charger, target: ConnectionTarget) -> bool:
    connection = charger.link.connection
    return (
        connection is not None
        and connection.presents(target.password)
        and (target.url is None or connection.is_encrypted)
    )


async def _roll_back(
    charger: Charger, old_password: str | None, old_url: str | None
) -> None:
    """Put back what was changed, as far as the charger can be reached."""
    steps = {_SUPERVISION_URL: old_url}
    if can_set_password(charger):
        steps[AUTHORIZATION_KEY] = old_password
    for name, value in steps.items():
        if value is None:
            continue
        try:
            await charger.configuration_client.change(name, value)
        except ChargerError as error:
            _LOGGER.debug("%s: %s was not put back: %s", charger.identity, name, error)
