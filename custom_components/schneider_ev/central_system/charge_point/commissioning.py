"""Commissioning: what is done with a charger after it booted or reconnected.

Its configuration is read, its measurands are set where they differ, its status is asked
for, and its limits are put again. A charger that refuses one step still gets the next
ones.
"""

from collections.abc import Callable, Coroutine, Iterator
from itertools import batched
import logging
from typing import Any

from ...products import FINGERPRINTS
from ...products.generic import GENERIC
from ..messages.errors import ChargerCallError, ChargerError, ChargerRefusedError
from ..state.configuration import (
    MAX_KEYS,
    NUMBER_OF_CONNECTORS,
    ConfigurationItem,
    pages,
)
from ..values import ConnectorValue, Problem
from .charger import Charger
from .configuration_client import SAMPLE_INTERVAL, SAMPLED_DATA

_LOGGER = logging.getLogger(__name__)

DEFAULT_SAMPLE_INTERVAL = "10"

_SAMPLED_DATA_MAX_LENGTH = "MeterValuesSampledDataMaxLength"
_ALIGNED_INTERVAL = "ClockAlignedDataInterval"
_DEFAULT_MAX_KEYS = 50
_MAX_NAME_LENGTH = 50


async def commission(charger: Charger, *, anew: bool) -> None:
    """Get a charger ready.

    `anew` is for one that booted, or of which nothing is known: it may have lost what
    was set. A charger whose owner configures it elsewhere is sent nothing.
    """
    if not charger.settings.manage_configuration:
        charger.set_connectors(None)
        return
    steps: list[Callable[[Charger], Coroutine[Any, Any, None]]] = []
    if anew:
        steps += [_read_configuration, set_meter_values]
    steps.append(_ask_for_status)
    if anew:
        steps.append(_ask_for_registers)
    steps += [_apply_limits, _keep_local_list]
    for step in steps:
        try:
            await step(charger)
        except ChargerError as error:
            _LOGGER.debug("%s: %s: %s", charger.identity, step.__name__, error)


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
    await _read_configuration(charger)
    await _ask_for_status(charger)
    await _ask_for_meter_values(charger)


async def _read_configuration(charger: Charger) -> None:
    """Read all keys, in pages where the charger does not send them at once."""
    configuration = charger.configuration
    try:
        items, _ = await charger.configuration_client.get()
        reported = {item.name.casefold() for item in items}
        came = list(items)
        if MAX_KEYS.casefold() not in reported:
            came += (await charger.configuration_client.get([MAX_KEYS]))[0]
        size = configuration.positive(MAX_KEYS, _DEFAULT_MAX_KEYS)
        if len(items) >= size:
            charger.identify()
            if charger.product is GENERIC:
                came += (await charger.configuration_client.get(FINGERPRINTS))[0]
                charger.identify()
            for page in pages(charger.product, reported, size):
                came += (await charger.configuration_client.get(page))[0]
        if items:
            await _drop_missing_keys(charger, came, size)
        charger.identify()
        charger.limits_changed()
    finally:
        count_connectors(charger)


def count_connectors(charger: Charger) -> None:
    """Take over how many connectors there are, as far as the charger says."""
    count = charger.configuration.integer(NUMBER_OF_CONNECTORS) or None
    charger.set_connectors(count and min(count, charger.product.connectors))


async def _drop_missing_keys(
    charger: Charger, came: list[ConfigurationItem], size: int
) -> None:
    """Remove keys that the charger no longer has.

    Those that did not come with the others are asked for by name first: there are keys
    that a charger reports only then.
    """
    names = {item.name.casefold() for item in came}
    missing = [
        item.name
        for item in charger.configuration.items()
        if item.name.casefold() not in names and len(item.name) <= _MAX_NAME_LENGTH
    ]
    for page in batched(missing, size, strict=False):
        try:
            there, _ = await charger.configuration_client.get(page)
        except ChargerCallError:
            return
        names |= {item.name.casefold() for item in there}
        for name in page:
            if name.casefold() not in names:
                charger.configuration.drop(name)


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
    await charger.keep_local_list()


async def _apply_limits(charger: Charger) -> None:
    await charger.limits.apply()
