"""Diagnostics: enough to set a replacement the same, and nothing of anybody's."""

from collections.abc import Callable
import json
import re
from threading import get_ident
from time import process_time
from typing import Any, override

from hypothesis import example, given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.schneider_ev import diagnostics
from custom_components.schneider_ev.products.model import Access, Product
from custom_components.schneider_ev.redaction import PRIVATE_KEYS, Redactor
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.redact import REDACTED
from homeassistant.setup import async_setup_component
from tests.conftest import DOMAIN, each_product
from tests.fake_charger import FakeCharger
from tests.scenes import charge, device


@each_product
async def test_a_replacement_can_be_set_the_same(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry: MockConfigEntry,
    ready_product: FakeCharger,
    product: Product,
) -> None:
    """Every key with its value, but for those that are private."""
    charger = device(hass, entry)
    assert isinstance(charger, dr.DeviceEntry)
    assert await async_setup_component(hass, "diagnostics", {})
    await hass.async_block_till_done()
    data: Any = await get_diagnostics_for_device(hass, hass_client, entry, charger)
    assert data["product"] == product.key
    held = {item["key"]: item["value"] for item in data["configuration"]}
    for key in product.configuration:
        value = ready_product.configuration[key.name][0]
        if key.name.casefold() in PRIVATE_KEYS and value:
            assert held[key.name] == REDACTED
        elif key.access is not Access.WRITE_ONLY:
            assert held[key.name] == value
    assert len([value for value in held.values() if value not in (None, REDACTED)]) > 30


@pytest.mark.parametrize("chargers", [{"GARAGE-77": {"password": "hunter2hunter2"}}])
async def test_names_nobody(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry: MockConfigEntry,
    central_system: str,
    fake: Callable[..., FakeCharger],
) -> None:
    """Whatever the charger says, and wherever."""
    credentials = "Basic R0FSQUdFLTc3Omh1bnRlcjJodW50ZXIy"
    async with fake("GARAGE-77", headers={"Authorization": credentials}) as charger:
        charger.configuration |= {
            "SupervisionUrl": ("ws://192.168.7.9:9000", False),
            "StationName": ("ProAC - SERIAL99", False),
            "OfItsOwn": ("I am GARAGE-77 at 192.168.7.9", False),
        }
        await charger.boot(chargePointSerialNumber="SERIAL99")
        await charger.until_ready()
        await charge(charger)
        data = json.dumps(
            await get_diagnostics_for_config_entry(hass, hass_client, entry)
        )
    for private in (
        "GARAGE-77",
        "SERIAL99",
        "hunter2",
        "192.168",
        "ADA",
        "18237379292",
    ):
        assert private not in data
    assert "OfItsOwn" in data
    traffic = json.loads(data)["chargers"][0]["traffic"]
    assert "StartTransaction" in [frame[2][2] for frame in traffic["frames"]]
    assert traffic["counts"]["received"] >= 4
    assert 0 < traffic["latency"] <= traffic["longest_latency"]


@each_product
async def test_private_settings(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry: MockConfigEntry,
    ready_product: FakeCharger,
    product: Product,
) -> None:
    """Those of a charger that has all its keys are found, however long its answer is."""
    names = ("StationName", "CpoName", "DefaultIdTag", "QRcode1", "ConnectorEvseIds")
    ready_product.configuration = {
        name: (f"PRIVATE-{name}", False) for name in names
    } | ready_product.configuration
    for name in names:
        ready_product.configuration[name] = (f"PRIVATE-{name}", False)
    await ready_product.boot()
    await ready_product.until_ready()
    data = json.dumps(await get_diagnostics_for_config_entry(hass, hass_client, entry))
    assert "StationName" in data
    assert "PRIVATE-" not in data
    assert "characters)" not in data


async def test_the_last_frames(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry: MockConfigEntry,
    ready: FakeCharger,
) -> None:
    """A hundred of them, whatever they are, and no more of each than is of use."""
    for _ in range(60):
        await ready.call("Heartbeat")
    await ready.send_raw("no JSON " * 2000)
    await ready.send_raw(b"\xff\xfe")
    await ready.call("Heartbeat")
    data: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    frames = data["chargers"][0]["traffic"]["frames"]
    assert len(frames) == 100
    assert [frame[1] for frame in frames[-4:]] == [
        "received",
        "received",
        "received",
        "sent",
    ]
    assert re.fullmatch(r"\(\d+ characters\)", frames[-4][2])


async def test_system_health(
    hass: HomeAssistant, entry: MockConfigEntry, ready: FakeCharger
) -> None:
    """How many there are, and how many are there."""
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    assert await get_system_health_info(hass, DOMAIN) == {
        "central_systems": 1,
        "chargers": 1,
        "connected": 1,
        "waiting": 0,
        "problems": 0,
    }
    await hass.config_entries.async_unload(entry.entry_id)
    info = await get_system_health_info(hass, DOMAIN)
    assert info["central_systems"] == 0


def test_redactor() -> None:
    """By its name, by what it is; short texts are not looked for everywhere."""
    redact = Redactor(["SECRET", "a"])
    assert redact(
        {
            "idTag": "X",
            "id_tag": "X",
            "serial_number": None,
            "firmware_version": "3.4.0.10",
            "list": [("my secret", 7)],
            "key": "Other",
            "value": "fine: 10.1.2.3",
        }
    ) == {
        "idTag": REDACTED,
        "id_tag": REDACTED,
        "serial_number": None,
        "firmware_version": "3.4.0.10",
        "list": [[f"my {REDACTED}", 7]],
        "key": "Other",
        "value": f"fine: {REDACTED}",
    }
    assert redact({"key": "DefaultIdTag", "value": "1", "readonly": False}) == {
        "key": "DefaultIdTag",
        "value": REDACTED,
        "readonly": False,
    }


TEXTS = st.text(alphabet="aAbBéÉ-1 ", max_size=30)


@given(st.lists(TEXTS, max_size=20), TEXTS)
@example(["aaaa", "aaaaa"], "aaaaaa")
@example(["ADA-1"], "ada-1ADA-1")
def test_secrets_are_found_anywhere(secrets: list[str], text: str) -> None:
    """Within words, in any case, and the longest first."""
    known = sorted({each for each in secrets if len(each) >= 4}, key=len, reverse=True)
    pattern = "|".join(map(re.escape, known)) or "(?!)"
    redacted = Redactor(secrets)(text)
    assert redacted == re.sub(pattern, REDACTED, text, flags=re.IGNORECASE)


def test_letters_that_have_two_in_lower_case() -> None:
    """What stands before a secret moves nothing."""
    assert Redactor(["ADA-1"])("İİİ ada-1!") == f"İİİ {REDACTED}!"


def _tag(number: int) -> str:
    """Return a tag that begins like few others."""
    return f"{number * 2654435761 % 2**32:08X}"


def test_many_tags_take_no_longer() -> None:
    """What a text costs does not grow with how many tags were ever shown."""
    text = {"frames": [f"nothing of {_tag(~number)}" for number in range(500)]}

    def cost(tags: int) -> float:
        redact = Redactor(map(_tag, range(tags)))
        costs = []
        for _ in range(3):
            begin = process_time()
            redact(text)
            costs.append(process_time() - begin)
        return min(costs)

    assert cost(20_000) < 20 * cost(20)


async def test_the_loop_goes_on(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry: MockConfigEntry,
    ready: FakeCharger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Diagnostics are searched for secrets in a thread."""
    threads: set[int] = set()

    class Watched(Redactor):
        @override
        def __call__(self, data: Any) -> Any:
            threads.add(get_ident())
            return super().__call__(data)

    monkeypatch.setattr(diagnostics, "Redactor", Watched)
    await get_diagnostics_for_config_entry(hass, hass_client, entry)
    charger = device(hass, entry)
    assert charger is not None
    await get_diagnostics_for_device(hass, hass_client, entry, charger)
    assert threads
    assert get_ident() not in threads


@pytest.mark.parametrize(
    ("data", "redacted"),
    [
        (
            {"value": "OCMF|{}|{}", "format": "SignedData", "context": "Other"},
            {"value": "**REDACTED**", "format": "SignedData", "context": "Other"},
        ),
        ({"value": "OCMF|{}|{}"}, {"value": "**REDACTED**"}),
        ({"value": "5", "format": "Raw"}, {"value": "5", "format": "Raw"}),
        (
            {"vendorId": "x", "data": '{"idToken": "DEABC", "n": 1}'},
            {"vendorId": "x", "data": '{"idToken": "**REDACTED**", "n": 1}'},
        ),
        (
            {"data": '{"idToken": {"idToken": "A"}}'},
            {"data": '{"idToken": "**REDACTED**"}'},
        ),
        ({"data": "{"}, {"data": "{"}),
    ],
)
def test_what_a_meter_signs_and_a_car_presents(data: object, redacted: object) -> None:
    """Has serial numbers and people's contracts in it."""
    assert Redactor([])(data) == redacted
