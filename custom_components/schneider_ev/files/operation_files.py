"""The files that go with operations: Home Assistant gives and takes them itself.

Where the owner gives an address by hand, that goes out as it is.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, override

from homeassistant.core import HomeAssistant

from ..central_system.charge_point.charger import Charger
from .downloads import Download, find_file, is_url
from .one_time_url import Address
from .uploads import Upload

type Fields = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class OperationFile(ABC):
    """A file that goes with an operation.

    Its address stands in the field `location`, which is a member of the field `within`
    if that has a name.
    """

    location: str
    within: str | None = None

    async def async_open(
        self, hass: HomeAssistant, charger: Charger, title: str, fields: Fields
    ) -> Address | None:
        """Open an address of our own, and put it into the fields, where one is needed.

        Raises ServiceValidationError where that cannot be.
        """
        holder = fields
        if self.within is not None:
            holder = fields[self.within] = dict(fields.get(self.within, {}))
        address = await self._async_address(hass, charger, title, holder)
        if address is not None:
            holder[self.location] = address.url
        return address

    @abstractmethod
    async def _async_address(
        self, hass: HomeAssistant, charger: Charger, title: str, holder: Fields
    ) -> Address | None:
        """Return an address of our own, None where the owner gives one."""


class UploadedFile(OperationFile):
    """A file that the charger uploads."""

    @override
    async def _async_address(
        self, hass: HomeAssistant, charger: Charger, title: str, holder: Fields
    ) -> Upload | None:
        given = holder.get(self.location)
        return None if given else Upload(hass, charger, title)


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedFile(OperationFile):
    """A file that the charger fetches, not before the time in the field `not_before`."""

    not_before: str

    @override
    async def _async_address(
        self, hass: HomeAssistant, charger: Charger, title: str, holder: Fields
    ) -> Download | None:
        given = holder[self.location]
        if is_url(given):
            return None
        path = await hass.async_add_executor_job(find_file, hass.config, given)
        return Download(hass, path, not_before=holder.get(self.not_before))
