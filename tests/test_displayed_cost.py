"""What a session costs, on the charger's screen."""

import asyncio
from collections.abc import Callable
import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from tests.conftest import IDENTITY, Act
from tests.fake_charger import FakeCharger, Payload
from tests.scenes import sample, start, stop
from tests.simulator import Simulator

PRICE = "sensor.price"


@pytest.fixture
def product() -> Any:
    """The product with a screen."""
    return EVLINK_PRO_DC


def told(charger: FakeCharger) -> list[dict[str, Any]]:
    """Return what was told, in order."""
    transfers = charger.calls("DataTransfer")
    assert all(transfer["vendorId"] == "com.se.cost" for transfer in transfers)
    assert all(transfer["messageId"] == "CostUpdated" for transfer in transfers)
    return [json.loads(transfer["data"]) for transfer in transfers]


async def charge_to(
    charger: FakeCharger, transaction_id: int, register: float, minutes: float = 1
) -> None:
    """Send the register, and give what follows time to arrive."""
    await sample(charger, transaction_id, register, minutes)
    await charger.call("Heartbeat")


async def test_by_action(ready_product: FakeCharger, act: Act) -> None:
    """As the guide has it, but as valid JSON."""
    with pytest.raises(ServiceValidationError) as raised:
        await act("set_displayed_cost", total_cost=1)
    assert raised.value.translation_key == "no_transaction"
    transaction_id = await start(ready_product, connector=2)
    await act("set_displayed_cost", total_cost=16780, currency="VND")
    await act("set_displayed_cost", f"{IDENTITY}_2_status", total_cost=1.239)
    assert told(ready_product) == [
        {
            "currency": "VND",
            "method": "CostUpdated",
            "connectID": 2,
            "totalCost": 16780,
            "transactionId": transaction_id,
        },
        {
            "currency": "EUR",
            "method": "CostUpdated",
            "connectID": 2,
            "totalCost": 1.24,
            "transactionId": transaction_id,
        },
    ]
    with pytest.raises(ServiceValidationError):
        await act("set_displayed_cost", f"{IDENTITY}_1_status", total_cost=1)
    await start(ready_product)
    with pytest.raises(ServiceValidationError):
        await act("set_displayed_cost", total_cost=1)
    await act("set_displayed_cost", total_cost=1, connector_id=1)
    ready_product.answers["DataTransfer"] = {"status": "UnknownVendorId"}
    with pytest.raises(HomeAssistantError) as refused:
        await act("set_displayed_cost", total_cost=1, connector_id=1)
    assert refused.value.translation_key == "refused"


async def test_a_charger_without_such_a_screen(ready: FakeCharger, act: Act) -> None:
    """Is not asked."""
    await start(ready)
    with pytest.raises(ServiceValidationError) as raised:
        await act("set_displayed_cost", total_cost=1)
    assert raised.value.translation_key == "operation_not_supported"
    assert not ready.calls("DataTransfer")


@pytest.fixture
def priced(hass: HomeAssistant, entry: MockConfigEntry) -> Callable[..., None]:
    """Set the price."""
    hass.config_entries.async_update_entry(entry, options={"price_entity": PRICE})

    def set_price(price: str, unit: str = "EUR/kWh") -> None:
        hass.states.async_set(PRICE, price, {"unit_of_measurement": unit})

    return set_price


async def test_by_a_price(
    ready_product: FakeCharger, priced: Callable[..., None]
) -> None:
    """Each kilowatt-hour at what it cost when it was charged."""
    transaction_id = await start(ready_product)
    await charge_to(ready_product, transaction_id, 2000)
    assert not told(ready_product)
    priced("0.3")
    await charge_to(ready_product, transaction_id, 11_000)
    await ready_product.until(lambda: len(told(ready_product)) == 1)
    assert told(ready_product)[-1] == {
        "currency": "EUR",
        "method": "CostUpdated",
        "connectID": 1,
        "totalCost": 3.0,
        "transactionId": transaction_id,
    }
    priced("unavailable")
    await charge_to(ready_product, transaction_id, 12_000)
    priced("nan")
    await charge_to(ready_product, transaction_id, 12_500)
    priced("500", "CHF/MWh")
    await charge_to(ready_product, transaction_id, 13_000)
    await ready_product.until(lambda: len(told(ready_product)) == 2)
    assert 3.6 <= told(ready_product)[-1]["totalCost"] <= 4.0
    assert told(ready_product)[-1]["currency"] == "CHF"
    await stop(ready_product, transaction_id, 13_000)
    another = await start(ready_product, minutes=120)
    await charge_to(ready_product, another, 2000, 121)
    await ready_product.until(lambda: len(told(ready_product)) == 3)
    assert told(ready_product)[-1]["totalCost"] == 0.5


async def test_a_screen_that_is_slow(
    ready_product: FakeCharger, priced: Callable[..., None]
) -> None:
    """What comes while it is told is told once, when that is over, and the newest of it."""
    priced("0.3")
    answered = asyncio.Event()

    async def answer(_: Payload) -> Payload:
        await answered.wait()
        return {"status": "Accepted"}

    ready_product.answers["DataTransfer"] = answer
    transaction_id = await start(ready_product)
    for register in (2000, 3000, 4000, 5000):
        await charge_to(ready_product, transaction_id, register)
    await ready_product.until(lambda: told(ready_product))
    assert len(told(ready_product)) == 1
    answered.set()
    await ready_product.until(lambda: len(told(ready_product)) > 1)
    await ready_product.call("Heartbeat")
    assert [message["totalCost"] for message in told(ready_product)] == [0.3, 1.2]


async def test_a_refusal_does_no_harm(
    ready_product: FakeCharger,
    priced: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The next sample is told all the same."""
    priced("0.3")
    ready_product.answers["DataTransfer"] = {"status": "Rejected"}
    transaction_id = await start(ready_product)
    for register in (2000, 3000):
        before = len(told(ready_product))
        await charge_to(ready_product, transaction_id, register)
        await ready_product.until(lambda: len(told(ready_product)) > before)  # noqa: B023
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize(
    "chargers",
    [{IDENTITY: {"manage_configuration": False, "product": "evlink_pro_dc"}}],
)
async def test_left_alone(
    fake: Callable[..., FakeCharger],
    priced: Callable[..., None],
    product: Any,
) -> None:
    """A charger that is configured elsewhere is told nothing of our own accord."""
    async with fake(product=product) as charger:
        await charger.boot()
        await charger.status("Available")
        priced("0.3")
        transaction_id = await start(charger)
        await charge_to(charger, transaction_id, 2000)
        assert not charger.received


async def test_with_a_charger_that_behaves_like_one(
    hass: HomeAssistant,
    central_system: str,
    priced: Callable[..., None],
) -> None:
    """It understands what it is told, while a car charges."""
    priced("0.3")
    async with Simulator(
        central_system, IDENTITY, "evlink_pro_dc", latency=0
    ) as simulator:
        await simulator.until(simulator.accepted.is_set)
        await simulator.plug_in()
        await simulator.present_badge("ADA")
        await simulator.until(lambda: simulator.transaction_id is not None)
        simulator.configuration["MeterValueSampleInterval"] = "1"
        await simulator.until(lambda: len(simulator.calls("DataTransfer")) > 0, 10)
        message = json.loads(simulator.calls("DataTransfer")[-1]["data"])
        assert message["transactionId"] == simulator.transaction_id
