"""Every fault code of every product, in every spelling, as Home Assistant shows it."""

from collections.abc import Callable, Iterator
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components import schneider_ev
from custom_components.schneider_ev.central_system.messages.enums import (
    ChargePointErrorCode,
)
from custom_components.schneider_ev.central_system.messages.faults import CLASS_FAULTS
from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.model import Fault, Product
from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from tests.conftest import IDENTITY, Shown, each_product
from tests.fake_charger import FakeCharger

type Fake = Callable[..., FakeCharger]

TEXTS: dict[str, Any] = json.loads(
    (Path(schneider_ev.__file__).parent / "translations/en.json").read_text()
)["entity"]["sensor"]["vendor_error"]

VENDOR_ERROR = f"{IDENTITY}_1_vendor_error"
PROBLEM = f"{IDENTITY}_1_problem"
STATUS = f"{IDENTITY}_1_status"


@pytest.fixture
def events(
    hass: HomeAssistant, ready_product: FakeCharger, shown: Shown
) -> list[dict[str, Any]]:
    """The faults that the charger's event entity reports, as they come."""
    fired: list[dict[str, Any]] = []
    entity_id = shown.entity_id(f"{IDENTITY}_fault")

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        if event.data["entity_id"] != entity_id or state is None:
            return
        if state.state != STATE_UNAVAILABLE:
            assert state.attributes["event_type"] == "fault"
            fired.append(
                {
                    name: state.attributes[name]
                    for name in (
                        *("connector", "code", "error_class"),
                        *("name", "description", "advice"),
                    )
                }
            )

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    return fired


def text(attribute: str, fault: Fault) -> str:
    """Return what an attribute says of a fault in English."""
    states: dict[str, str] = TEXTS["state_attributes"][attribute]["state"]
    return states.get(fault.key, "")


def reported(fault: Fault, connector: int = 1) -> dict[str, Any]:
    """Return what the event entity reports of a fault."""
    return {
        "connector": connector,
        "code": fault.code,
        "error_class": fault.error_code,
        "name": TEXTS["state"].get(fault.key, fault.code),
        "description": text("description", fault),
        "advice": text("advice", fault),
    }


def explained(*faults: Fault) -> dict[str, str]:
    """Return the attributes that explain faults."""
    return {
        "code": ", ".join(fault.code for fault in faults),
        "error_class": ", ".join(dict.fromkeys(fault.error_code for fault in faults)),
        "description": " ".join(text("description", fault) for fault in faults),
        "advice": " ".join(text("advice", fault) for fault in faults),
    }


def explanation(shown: Shown, unique_id: str = VENDOR_ERROR) -> dict[str, str]:
    """Return what is shown to explain a fault; nothing where there is none."""
    attributes = shown.entity(unique_id).attributes
    return {
        name: attributes[name]
        for name in ("code", "error_class", "description", "advice")
        if name in attributes
    }


def spellings(code: str) -> Iterator[dict[str, Any]]:
    """Name the ways in which a charger may report a code."""
    yield {"vendorErrorCode": code}
    yield {"vendorErrorCode": f" {code}\x00"}
    yield {"vendorErrorCode": "0.0", "info": f"Alarm [{code}]."}
    yield {"vendorErrorCode": "", "info": code}
    if code.startswith("0x"):
        digits = code.removeprefix("0x")
        for spelling in (
            digits,
            digits.lower(),
            f"0x{digits.lower()}",
            f"0X{digits}",
            f"0x00{digits}",
            str(int(digits, 16)),
        ):
            yield {"vendorErrorCode": spelling}
            yield {"vendorErrorCode": "NoError", "info": f"fault {spelling}"}


@pytest.mark.usefixtures("all_enabled")
@each_product
async def test_each_fault(
    hass: HomeAssistant,
    ready_product: FakeCharger,
    shown: Shown,
    events: list[dict[str, Any]],
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """It is named, explained and reported once, and nothing else goes away."""
    for fault in product.faults:
        for spelling in spellings(fault.code):
            with subtests.test(fault.code, **spelling):
                events.clear()
                for _ in range(2):
                    await ready_product.status(
                        "Faulted", error_code=fault.error_code, **spelling
                    )
                    await hass.async_block_till_done()
                    assert shown[VENDOR_ERROR] == fault.key
                    assert explanation(shown) == explained(fault)
                    assert shown[PROBLEM] == "on"
                    assert shown[STATUS] == "faulted"
                    error_code = ChargePointErrorCode.parse(fault.error_code)
                    assert shown[f"{IDENTITY}_1_error_code"] == error_code
                assert events == [reported(fault)]
                assert not [
                    state.entity_id
                    for state in hass.states.async_all()
                    if state.state == STATE_UNAVAILABLE
                ]
                await ready_product.status("Available")
                assert shown[VENDOR_ERROR] == "none"
                assert explanation(shown) == {}
                assert shown[PROBLEM] == "off"


@each_product
async def test_each_fault_is_an_option(
    ready_product: FakeCharger, shown: Shown, product: Product
) -> None:
    """Automations can be made for a fault before it ever comes."""
    options = shown.entity(VENDOR_ERROR).attributes["options"]
    assert set(options) == {
        *("none", *(fault.key for fault in product.faults)),
        *(fault.key for fault in CLASS_FAULTS.values()),
    }


@each_product
async def test_a_fault_by_its_class_alone(
    hass: HomeAssistant,
    ready_product: FakeCharger,
    shown: Shown,
    events: list[dict[str, Any]],
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """It has a name and an advice, and is reported."""
    for error_code in CLASS_FAULTS:
        with subtests.test(str(error_code)):
            events.clear()
            await ready_product.status(
                "Faulted", error_code=error_code.name.replace("_", "")
            )
            await hass.async_block_till_done()
            assert shown[VENDOR_ERROR] in TEXTS["state"]
            assert explanation(shown)["advice"]
            assert [event["error_class"] for event in events] == [
                CLASS_FAULTS[error_code].error_code
            ]
            await ready_product.status("Available")
            assert shown[VENDOR_ERROR] == "none"


@each_product
async def test_several_faults(
    hass: HomeAssistant,
    ready_product: FakeCharger,
    shown: Shown,
    events: list[dict[str, Any]],
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """The first one is the state, all are explained, each is reported."""
    first, second, third = product.faults[1:4]

    async def report(*faults: Fault) -> None:
        code = separator.join(fault.code for fault in faults)
        await ready_product.status(
            "Faulted", error_code="OtherError", vendorErrorCode=code
        )
        await hass.async_block_till_done()

    for separator in (",", "; ", " ", "|"):
        with subtests.test(separator=separator):
            events.clear()
            await report(second, first, second)
            assert shown[VENDOR_ERROR] == second.key
            assert explanation(shown) == explained(second, first)
            assert events == [reported(second), reported(first)]
            await report(first, third)
            assert shown[VENDOR_ERROR] == first.key
            assert explanation(shown) == explained(first, third)
            assert events[2:] == [reported(third)]
            await ready_product.status("Available")


@each_product
async def test_a_warning(
    ready_product: FakeCharger, shown: Shown, product: Product
) -> None:
    """A fault that leaves the connector at work is a problem all the same."""
    fault = product.faults[0]
    await ready_product.status("Charging", vendorErrorCode=fault.code)
    assert shown[VENDOR_ERROR] == fault.key
    assert shown[PROBLEM] == "on"
    assert shown[STATUS] == "charging"


@each_product
async def test_an_unknown_code(
    hass: HomeAssistant,
    ready_product: FakeCharger,
    shown: Shown,
    events: list[dict[str, Any]],
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """It is shown as it came, so that it can be looked up."""
    for code in ("0x10FFfF", "99.7", "Something odd"):
        with subtests.test(code):
            events.clear()
            await ready_product.status(
                "Faulted", error_code="OtherError", vendorErrorCode=code
            )
            await hass.async_block_till_done()
            assert shown[VENDOR_ERROR] == code
            assert code in shown.entity(VENDOR_ERROR).attributes["options"]
            assert explanation(shown)["code"] == code
            assert shown[PROBLEM] == "on"
            assert [event["code"] for event in events] == [code]
            await ready_product.status("Available")
            assert shown[VENDOR_ERROR] == "none"


ALL_IS_WELL: list[dict[str, Any]] = [
    *({"vendorErrorCode": code} for code in ("0", "0.0", "0x0", "0X000000", "")),
    {"vendorErrorCode": "NoError", "info": "NoError"},
    {"vendorErrorCode": None, "info": None},
]


@each_product
async def test_all_is_well(
    ready_product: FakeCharger,
    shown: Shown,
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """In each of the ways in which chargers say so."""
    for clear in ALL_IS_WELL:
        with subtests.test(clear=clear):
            await ready_product.status(
                "Faulted", vendorErrorCode=product.faults[0].code
            )
            assert shown[VENDOR_ERROR] == product.faults[0].key
            await ready_product.status("Available", **clear)
            assert shown[VENDOR_ERROR] == "none"
            assert shown[PROBLEM] == "off"


async def test_the_same_code_is_another_fault_elsewhere(
    fake: Fake, hass: HomeAssistant, shown: Shown
) -> None:
    """A code is looked up in the table of the charger's own product."""
    for model, key in (
        ("Schneider Charge Pro", "front_cover_open"),
        ("EVlink Pro DC", "terminal_door"),
        ("EVH5A22N2S", "0x10020C"),
    ):
        async with fake() as charger:
            del charger.configuration["NumberOfConnectors"]
            await charger.boot(chargePointModel=model)
            await charger.until_ready()
            await charger.status("Faulted", vendorErrorCode="0x10020C")
            await hass.async_block_till_done()
            assert shown[VENDOR_ERROR] == key
            await charger.status("Available")


# Faults of the whole station


@each_product
async def test_a_fault_of_the_station(
    hass: HomeAssistant,
    ready_product: FakeCharger,
    shown: Shown,
    events: list[dict[str, Any]],
    product: Product,
) -> None:
    """All connectors show it, beside what they have themselves."""
    one, other = product.faults[:2]
    numbers = range(1, product.usual_connectors + 1)
    await ready_product.status("Faulted", 0, vendorErrorCode=one.code)
    await hass.async_block_till_done()
    for number in numbers:
        assert shown[f"{IDENTITY}_{number}_vendor_error"] == one.key
        assert shown[f"{IDENTITY}_{number}_problem"] == "on"
        assert shown[f"{IDENTITY}_{number}_status"] == "available"
    assert events == [reported(one, 0)]
    await ready_product.status("Faulted", 1, vendorErrorCode=other.code)
    assert shown[VENDOR_ERROR] == other.key
    assert explanation(shown) == explained(other, one)
    await ready_product.status("Available", 0)
    for number in numbers:
        shows = {1: other.key}.get(number, "none")
        assert shown[f"{IDENTITY}_{number}_vendor_error"] == shows
    await hass.async_block_till_done()
    assert events == [reported(one, 0), reported(other)]


@each_product
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0)])
async def test_a_fault_that_is_told_for_all(
    hass: HomeAssistant,
    ready_product: FakeCharger,
    shown: Shown,
    events: list[dict[str, Any]],
    product: Product,
    order: tuple[int, ...],
) -> None:
    """A charger that says it of the station and of each connector says it once."""
    fault = product.faults[0]
    numbers = [number for number in order if number <= product.usual_connectors]
    for number in numbers:
        await ready_product.status("Faulted", number, vendorErrorCode=fault.code)
    await hass.async_block_till_done()
    assert explanation(shown) == explained(fault)
    first = [0] if order[0] == 0 else [number for number in numbers if number]
    assert events == [reported(fault, number) for number in first]


async def test_a_connector_has_its_own_faults(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """A fault of one is not the other's, and the event tells whose it is."""
    fault = EVLINK_PRO_DC.faults[0]
    async with fake(product=EVLINK_PRO_DC) as charger:
        await charger.boot()
        await charger.until_ready()
        await charger.status("Available", 1)
        await charger.status("Faulted", 2, vendorErrorCode=fault.code)
        await hass.async_block_till_done()
        assert shown[VENDOR_ERROR] == "none"
        assert shown[f"{IDENTITY}_2_vendor_error"] == fault.key
        event = shown.entity(f"{IDENTITY}_fault")
        assert event.attributes["connector"] == 2


async def test_a_fault_before_anything_else(
    hass: HomeAssistant, fake: Fake, shown: Shown
) -> None:
    """A charger that comes up with a fault shows it as soon as it is shown."""
    fault = EVLINK_PRO_AC.faults[0]
    async with fake(product=EVLINK_PRO_AC) as charger:
        await charger.boot()
        await charger.status("Faulted", 0, vendorErrorCode=fault.code)
        await charger.until_ready()
        await charger.status("Available", 1)
        await hass.async_block_till_done()
        assert shown[VENDOR_ERROR] == fault.key
        assert shown.entity(f"{IDENTITY}_fault").attributes["code"] == fault.code


async def test_a_station_that_names_no_code_has_a_problem(
    ready: FakeCharger, shown: Shown
) -> None:
    """A fault of connector 0 that is only of an OCPP class is a problem as well."""
    await ready.status("Faulted", 0, error_code="PowerMeterFailure")
    assert shown["CP-1_1_problem"] == "on"
    await ready.status("Available", 0)
    assert shown["CP-1_1_problem"] == "off"


async def test_a_fault_unplugs_nothing(ready: FakeCharger, shown: Shown) -> None:
    """A status that does not tell whether there is a cable leaves that as it was."""
    plugged = f"{IDENTITY}_1_plugged"
    for status, state in (
        ("Faulted", "off"),
        ("Preparing", "on"),
        ("Faulted", "on"),
        ("Unavailable", "on"),
        ("Finishing", "on"),
        ("Available", "off"),
    ):
        await ready.status(status)
        assert shown[plugged] == state, status
