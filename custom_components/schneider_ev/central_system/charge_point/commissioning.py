"""Commissioning: what is done with a charger after it booted or reconnected.

Its configuration is read, its measurands are set where they differ, its status is asked
for, and its limits are put again. A charger that refuses one step still gets the next
ones. What it does not answer is left to do.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
import logging

from ..messages.errors import (
    ChargerCallError,
    ChargerError,
    ChargerRefusedError,
    InvalidCommandError,
)
from ..values import ConnectorValue, Problem
from .charger import Charger
from .configuration_client import SAMPLE_INTERVAL, SAMPLED_DATA
from .configuration_reader import read_configuration

_LOGGER = logging.getLogger(__name__)

DEFAULT_SAMPLE_INTERVAL = "10"

_SAMPLED_DATA_MAX_LENGTH = "MeterValuesSampledDataMaxLength"
_ALIGNED_INTERVAL = "ClockAlignedDataInterval"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """A step of commissioning; a `repeated` one is done on each connection.

    The others build on one that `has_to_succeed`.
    """

    work: Callable[[Charger], Awaitable[None]]
    repeated: bool = False
    has_to_succeed: bool = False


class Commissioning:
    """Gets a charger ready, step by step, and knows what is left to do."""

    def __init__(self, charger: Charger) -> None:
        """Start with a charger of which nothing is known."""
        self._charger = charger
        self._left = set(_STEPS)

    @property
    def is_done(self) -> bool:
        """Whether all was answered."""
        return not self._left

    def begin(self, *, anew: bool) -> None:
        """Begin on a new connection, or anew: then the charger may have lost what was set."""
        self._left |= {step for step in _STEPS if anew or step.repeated}

    async def run(self, answered: Callable[[], None]) -> None:
        """Do what is left to do; tell when the charger has answered."""
        charger = self._charger
        unknown = False
        for step in _STEPS:
            if step not in self._left:
                continue
            try:
                await step.work(charger)
            except (ChargerCallError, ChargerRefusedError) as error:
                answered()
                is_done = not step.has_to_succeed
                _log(charger, step, error)
            except ChargerError as error:
                is_done = False
                _log(charger, step, error)
            else:
                is_done = True
            unknown = unknown or (step.has_to_succeed and not is_done)
            if is_done and (step.repeated or not unknown):
                self._left.discard(step)


def _log(charger: Charger, step: _Step, error: ChargerError) -> None:
    _LOGGER.debug("%s: %s: %s", charger.identity, step.work.__name__, error)


async def set_meter_values(charger: Charger) -> None:
    """Set what a charger measures and how often it sends it.

    Raises ChargerError for the last setting that the charger refuses.
    """
    refusals: dict[str, ChargerError] = {}
    for key, set_key in (
        (SAMPLED_DATA, _set_measurands),
        (SAMPLE_INTERVAL, _set_sample_interval),
    ):
        try:
            await set_key(charger)
        except (ChargerRefusedError, ChargerCallError) as error:
            refusals[key] = error
    keys = ", ".join(refusals)
    charger.problems.set(Problem.KEY_REFUSED, {"keys": keys} if keys else None)
    for refusal in refusals.values():
        raise refusal


def check_meter_values(charger: Charger) -> None:
    """Report a charger that is set to send no MeterValues."""
    sampled = charger.configuration.integer(SAMPLE_INTERVAL)
    aligned = (
        charger.product.sends_clock_aligned_data
        and charger.configuration.integer(_ALIGNED_INTERVAL)
    )
    charger.problems.set(
        Problem.METER_VALUES_OFF,
        {"interval": DEFAULT_SAMPLE_INTERVAL} if sampled == 0 and not aligned else None,
    )


async def read_state(charger: Charger) -> None:
    """Read the configuration and ask for the present state.

    Raises ChargerError where the charger refuses.
    """
    await read_configuration(charger)
    await _ask_for_status(charger)
    await _ask_for_meter_values(charger)


async def _set_measurands(charger: Charger) -> None:
    """Set the best list of measurands that the charger takes.

    One item that it does not know makes it refuse a whole list, so shorter lists
    follow, and then the items of the best list one by one.
    """
    item = charger.configuration.item(SAMPLED_DATA)
    if item is None or item.readonly:
        return
    firmware = (charger.boot and charger.boot.firmware_version) or ""
    held = _items(item.value)
    for candidate in _candidates(charger, firmware):
        if set(_items(candidate)) == set(held):
            return
        if await _takes(charger, candidate):
            charger.configuration_client.accept_measurands(firmware, candidate)
            return
    taken: list[str] = []
    for measurand in charger.product.sampled_data[0]:
        if await _takes(charger, ",".join((*taken, measurand))):
            taken.append(measurand)
    if not taken:
        raise ChargerRefusedError("ChangeConfiguration", "Rejected")
    charger.configuration_client.accept_measurands(firmware, ",".join(taken))


def _candidates(charger: Charger, firmware: str) -> Iterator[str]:
    """Yield the lists to try: the owner's choice, the last accepted, the product's."""
    if chosen := charger.configuration_client.chosen.get(SAMPLED_DATA):
        yield chosen
    if accepted := charger.configuration_client.accepted_measurands.get(firmware):
        yield accepted
        return
    max_length = (
        charger.configuration.integer(_SAMPLED_DATA_MAX_LENGTH)
        or charger.product.sampled_data_max_length
    )
    for measurands in charger.product.sampled_data:
        yield ",".join(measurands[:max_length])


async def _takes(charger: Charger, measurands: str) -> bool:
    try:
        await charger.configuration_client.change(SAMPLED_DATA, measurands)
    except ChargerRefusedError, ChargerCallError:
        return False
    return True


def _items(value: str | None) -> list[str]:
    return [item.strip().casefold() for item in (value or "").split(",")]


async def _set_sample_interval(charger: Charger) -> None:
    item = charger.configuration.item(SAMPLE_INTERVAL)
    wanted = charger.configuration_client.chosen.get(
        SAMPLE_INTERVAL, DEFAULT_SAMPLE_INTERVAL
    )
    if item is not None and not item.readonly and item.value != wanted:
        await charger.configuration_client.change(SAMPLE_INTERVAL, wanted)


async def _ask_for_status(charger: Charger) -> None:
    await charger.link.trigger("StatusNotification")


async def _ask_for_meter_values(charger: Charger) -> None:
    await charger.link.trigger("MeterValues")


async def _ask_for_registers(charger: Charger) -> None:
    """Ask for registers that are not known: an idle charger does not sample them."""
    connectors = charger.connectors.values()
    if any(
        connector.readings.get(ConnectorValue.ENERGY) is None
        for connector in connectors
    ):
        await _ask_for_meter_values(charger)


async def _keep_local_list(charger: Charger) -> None:
    with suppress(InvalidCommandError):
        await charger.keep_local_list()


async def _apply_limits(charger: Charger) -> None:
    await charger.limits.apply()


_STEPS = (
    _Step(work=read_configuration, has_to_succeed=True),
    _Step(work=set_meter_values),
    _Step(work=_ask_for_status, repeated=True),
    _Step(work=_ask_for_registers),
    _Step(work=_apply_limits, repeated=True),
    _Step(work=_keep_local_list, repeated=True),
)
