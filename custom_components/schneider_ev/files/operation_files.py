"""The files of operations: chargers upload them to Home Assistant, or download them.

A URL that the owner gives is sent to the charger as it is.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, override

from homeassistant.core import HomeAssistant

from ..central_system.charge_point import Charger
from .downloads import FIRMWARE, Download, check_protocol, find_file, is_url
from .one_time_url import OneTimeUrl
from .uploads import Upload

type Fields = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class OperationFile(ABC):
    """A file that a charger uploads or downloads during an operation.

    `location` is the field of the request that holds the URL, `within` the field of
    which that is a member, if it is one.
    """

    location: str
    within: str | None = None

    async def async_open(
        self, hass: HomeAssistant, charger: Charger, title: str, fields: Fields
    ) -> OneTimeUrl | None:
        """Open a one-time URL and set it in the fields; return None if none is needed.

        Raises ServiceValidationError if there is no such file, no internal URL, or if
        the charger does not transfer files by the owner's URL.
        """
        holder = fields
        if self.within is not None:
            holder = fields[self.within] = dict(fields.get(self.within, {}))
        one_time_url = await self._async_one_time_url(hass, charger, title, holder)
        if one_time_url is None:
            check_protocol(charger, holder[self.location])
        else:
            holder[self.location] = one_time_url.url
        return one_time_url

    @abstractmethod
    async def _async_one_time_url(
        self, hass: HomeAssistant, charger: Charger, title: str, holder: Fields
    ) -> OneTimeUrl | None:
        """Return a one-time URL, None if the owner gives a URL."""


class UploadedFile(OperationFile):
    """A file that the charger uploads."""

    @override
    async def _async_one_time_url(
        self, hass: HomeAssistant, charger: Charger, title: str, holder: Fields
    ) -> Upload | None:
        given = holder.get(self.location)
        return None if given else Upload(hass, charger, title)


@dataclass(frozen=True, kw_only=True, slots=True)
class DownloadedFile(OperationFile):
    """Firmware that the charger downloads, at the earliest at the time in `not_before`."""

    not_before: str

    @override
    async def _async_one_time_url(
        self, hass: HomeAssistant, charger: Charger, title: str, holder: Fields
    ) -> Download | None:
        given = holder[self.location]
        if is_url(given):
            return None
        path = await hass.async_add_executor_job(
            find_file, hass.config, given, FIRMWARE
        )
        return Download(hass, path, not_before=holder.get(self.not_before))
