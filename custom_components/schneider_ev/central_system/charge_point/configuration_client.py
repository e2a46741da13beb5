"""Reads and changes the configuration keys of a charger."""

from collections.abc import Iterable, Mapping
import logging
import re
from typing import Any

from ..messages.errors import ChargerError
from ..messages.payload import plain_text
from ..state.configuration import Configuration, ConfigurationItem, read_items
from ..values import Problem, Problems, Signal
from .link import Link

_LOGGER = logging.getLogger(__name__)

REBOOT_REQUIRED = "RebootRequired"

SAMPLED_DATA = "MeterValuesSampledData"
SAMPLE_INTERVAL = "MeterValueSampleInterval"
_HEARTBEAT_INTERVAL = "HeartbeatInterval"
_MANAGED_KEYS = (SAMPLED_DATA, SAMPLE_INTERVAL, _HEARTBEAT_INTERVAL)
"""Keys that are set at each boot, unless the owner has chosen a value."""


class ConfigurationClient:
    """GetConfiguration and ChangeConfiguration, and what is kept of them.

    `chosen` are the values of managed keys that the owner chose, `accepted_measurands`
    the list of measurands that the charger accepted last, by firmware. `changed` tells
    of each change of what is kept.
    """

    def __init__(
        self, link: Link, configuration: Configuration, problems: Problems
    ) -> None:
        """Start with nothing read and nothing chosen."""
        self.chosen: dict[str, str] = {}
        self.accepted_measurands: dict[str, str] = {}
        self.changed = Signal[()]()
        self._link = link
        self._configuration = configuration
        self._problems = problems
        self._restart_required: set[str] = set()

    @property
    def heartbeat_interval(self) -> int | None:
        """The heartbeat interval that the owner chose, in seconds."""
        chosen = self.chosen.get(_HEARTBEAT_INTERVAL, "")
        return int(chosen) if re.fullmatch(r"\d{1,9}", chosen, re.ASCII) else None

    async def get(
        self, names: Iterable[str] = ()
    ) -> tuple[list[ConfigurationItem], list[str]]:
        """Read some configuration keys, or all; return them and those it lacks."""
        asked = [
            item.name if (item := self._configuration.item(name)) else name
            for name in names
        ]
        answer = await self._link.call(
            "GetConfiguration", {"key": asked} if asked else {}
        )
        unknown = answer.get("unknownKey")
        return (
            list(read_items(answer)),
            [plain_text(str(name)) for name in unknown]
            if isinstance(unknown, list)
            else [],
        )

    async def change(self, name: str, value: str) -> str:
        """Set a configuration key, in the charger's own spelling.

        Returns Accepted or RebootRequired. Raises ChargerRefusedError where the
        charger does not take the value.
        """
        item = self._configuration.item(name)
        return await self._link.command(
            "ChangeConfiguration",
            {
                "key": item.name if item else name,
                "value": self._configuration.wire_value(name, value),
            },
            accepted=frozenset({REBOOT_REQUIRED}),
        )

    async def choose(self, name: str, value: str) -> str:
        """Set a configuration key for the owner, and read it back.

        The value of a managed key is kept: commissioning sets no other from now on.
        """
        status = await self.change(name, value)
        await self._read_back(name)
        for managed in _MANAGED_KEYS:
            if managed.casefold() == self._configuration.canonical(name).casefold():
                self.chosen[managed] = value
        self.changed.send()
        return status

    async def change_with_others(self, name: str, value: str) -> None:
        """Set a configuration key, and read those that change with it."""
        await self.change(name, value)
        if self._is_interlocked(name):
            await self._read_back(name)

    def accept_measurands(self, firmware: str, measurands: str) -> None:
        """Keep the list of measurands that the charger accepted."""
        self.accepted_measurands = {firmware: measurands}
        self.changed.send()

    def forget_charger(self) -> None:
        """Forget what another charger under this identity accepted."""
        self.accepted_measurands = {}

    def require_restart(self, name: str) -> None:
        """Note that a key counts only after a restart of the charger."""
        self._restart_required.add(self._configuration.canonical(name))
        self._report_restart_required()

    def restarted(self) -> None:
        """Note that the charger has restarted."""
        self._restart_required.clear()
        self._report_restart_required()

    def _report_restart_required(self) -> None:
        keys = ", ".join(sorted(self._restart_required))
        self._problems.set(Problem.RESTART_REQUIRED, {"keys": keys} if keys else None)

    async def _read_back(self, name: str) -> None:
        """Read a key that was changed, and all where others may change with it."""
        if self._configuration.is_secret(name):
            return
        try:
            await self.get([] if self._is_interlocked(name) else [name])
        except ChargerError as error:
            _LOGGER.debug("%s: %s", self._link.identity, error)

    def _is_interlocked(self, name: str) -> bool:
        product = self._configuration.product
        return self._configuration.canonical(name) in product.interlocked_keys

    def data(self) -> dict[str, Any]:
        """Return what is kept, as JSON."""
        return {
            "configuration": [
                [item.name, item.value, item.readonly]
                for item in self._configuration.items()
            ],
            "accepted_measurands": self.accepted_measurands,
            "chosen_configuration": self.chosen,
            "restart_required": sorted(self._restart_required),
        }

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over what was kept."""
        self._configuration.report(
            ConfigurationItem(name=name, value=value, readonly=readonly)
            for name, value, readonly in data["configuration"]
        )
        self.accepted_measurands = data["accepted_measurands"]
        self.chosen = data["chosen_configuration"]
        self._restart_required = set(data.get("restart_required", ()))
        self._report_restart_required()
