"""What is done to a charger after it booted or came back.

Its configuration is read, what it is to measure is set where it differs, its state is
asked for, and its limits are put again. A charger that refuses one step still gets the
next ones.
"""

from collections.abc import Callable, Coroutine, Iterator
from itertools import batched
import logging
from typing import TYPE_CHECKING, Any, Final

from ...products import FINGERPRINTS
from ...products.generic import GENERIC
from ..messages.errors import ChargerCallError, ChargerError, ChargerRefusedError
from ..state.configuration import MAX_KEYS, ConfigurationItem, pages

if TYPE_CHECKING:
    from .charger import Charger

_LOGGER = logging.getLogger(__name__)

SAMPLED_DATA = "MeterValuesSampledData"
SAMPLED_DATA_MAX_LENGTH = "MeterValuesSampledDataMaxLength"
SAMPLE_INTERVAL = "MeterValueSampleInterval"
ALIGNED_INTERVAL = "ClockAlignedDataInterval"
DEFAULT_SAMPLE_INTERVAL = "10"
MANAGED_KEYS = (SAMPLED_DATA, SAMPLE_INTERVAL)

KEY_REFUSED: Final = "key_refused"
METER_VALUES_OFF: Final = "meter_values_off"

_DEFAULT_MAX_KEYS = 50
_LONGEST_NAME = 50


async def commission(charger: Charger, *, anew: bool) -> None:
    """Get a charger ready.

    `anew` is for one that booted, or that nothing is known of: it may have lost what
    was set. A charger whose owner configures it elsewhere is sent nothing.
    """
    if not charger.settings.manage_configuration:
        charger.set_connectors(None)
        return
    steps: list[Callable[[Charger], Coroutine[Any, Any, None]]] = []
    if anew:
        steps += [_read_configuration, set_readings]
    steps.append(_ask_for_status)
    if anew:
        steps.append(_learn_registers)
    steps += [_apply_limits, _keep_badges]
    for step in steps:
        try:
            await step(charger)
        except ChargerError as error:
            _LOGGER.debug("%s: %s: %s", charger.identity, step.__name__, error)


async def set_readings(charger: Charger) -> None:
    """Set what a charger measures and how often it tells.

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
    charger.problems.set(KEY_REFUSED, {"keys": keys} if keys else None)
    for refusal in refusals.values():
        raise refusal


def judge_readings(charger: Charger) -> None:
    """Tell whether a charger is set to keep its readings to itself."""
    sampled = charger.configuration.integer(SAMPLE_INTERVAL)
    aligned = charger.configuration.integer(ALIGNED_INTERVAL)
    charger.problems.set(
        METER_VALUES_OFF,
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
        items, _ = await charger.get_configuration()
        reported = {item.name.casefold() for item in items}
        came = list(items)
        if MAX_KEYS.casefold() not in reported:
            came += (await charger.get_configuration([MAX_KEYS]))[0]
        size = configuration.count(MAX_KEYS, _DEFAULT_MAX_KEYS)
        if len(items) >= size:
            charger.identify()
            if charger.product is GENERIC:
                came += (await charger.get_configuration(FINGERPRINTS))[0]
                charger.identify()
            for page in pages(charger.product, reported, size):
                came += (await charger.get_configuration(page))[0]
        if items:
            await _drop_what_is_gone(charger, came, size)
        charger.identify()
        charger.limits_changed()
    finally:
        count = configuration.integer("NumberOfConnectors") or None
        charger.set_connectors(count and min(count, charger.product.connectors))


async def _drop_what_is_gone(
    charger: Charger, came: list[ConfigurationItem], size: int
) -> None:
    """Ask by its name for each key that was known and did not come with all others.

    What does not come then either is gone: there are keys that only a name brings up.
    """
    names = {item.name.casefold() for item in came}
    missing = [
        item.name
        for item in charger.configuration.items()
        if item.name.casefold() not in names and len(item.name) <= _LONGEST_NAME
    ]
    for page in batched(missing, size, strict=False):
        try:
            there, _ = await charger.get_configuration(page)
        except ChargerCallError:
            return
        names |= {item.name.casefold() for item in there}
        for name in page:
            if name.casefold() not in names:
                charger.configuration.drop(name)


async def _set_measurands(charger: Charger) -> None:
    """Have the charger send the best list of measurands that it takes.

    One item that it does not know makes it refuse a whole list, so shorter lists
    follow, and then the items of the best one by one.
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
            charger.accepted_measurands = {firmware: candidate}
            charger.memory_changed()
            return
    taken: list[str] = []
    for measurand in charger.product.sampled_data[0]:
        if await _takes(charger, ",".join((*taken, measurand))):
            taken.append(measurand)
    if not taken:
        raise ChargerRefusedError("ChangeConfiguration", "Rejected")
    charger.accepted_measurands = {firmware: ",".join(taken)}
    charger.memory_changed()


def _candidates(charger: Charger, firmware: str) -> Iterator[str]:
    """Name what to ask for: the owner's choice, what was taken before, the product's."""
    if chosen := charger.chosen_configuration.get(SAMPLED_DATA):
        yield chosen
    if accepted := charger.accepted_measurands.get(firmware):
        yield accepted
        return
    longest = (
        charger.configuration.integer(SAMPLED_DATA_MAX_LENGTH)
        or charger.product.sampled_data_max_length
    )
    for measurands in charger.product.sampled_data:
        yield ",".join(measurands[:longest])


async def _takes(charger: Charger, measurands: str) -> bool:
    try:
        await charger.change_configuration(SAMPLED_DATA, measurands)
    except ChargerRefusedError, ChargerCallError:
        return False
    return True


def _items(value: str | None) -> list[str]:
    return [item.strip().casefold() for item in (value or "").split(",")]


async def _set_sample_interval(charger: Charger) -> None:
    item = charger.configuration.item(SAMPLE_INTERVAL)
    wanted = charger.chosen_configuration.get(SAMPLE_INTERVAL, DEFAULT_SAMPLE_INTERVAL)
    if item is not None and not item.readonly and item.value != wanted:
        await charger.change_configuration(SAMPLE_INTERVAL, wanted)


async def _ask_for_status(charger: Charger) -> None:
    await charger.trigger("StatusNotification")


async def _ask_for_meter_values(charger: Charger) -> None:
    await charger.trigger("MeterValues")


async def _learn_registers(charger: Charger) -> None:
    """Ask for the registers that are not known: idle chargers do not sample."""
    connectors = charger.connectors.values()
    if any(connector.values.get("energy") is None for connector in connectors):
        await _ask_for_meter_values(charger)


async def _keep_badges(charger: Charger) -> None:
    await charger.keep_badges()


async def _apply_limits(charger: Charger) -> None:
    await charger.apply(charger.station_limiter)
    for connector in charger.connectors.values():
        await charger.apply(connector.limiter)
