"""Every configuration key of every product, from the charger to Home Assistant and back."""

from collections.abc import Callable, Iterator
from datetime import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.evlink_pro_dc import EVLINK_PRO_DC
from custom_components.schneider_ev.products.model import (
    Access,
    ConfigurationKey,
    KeyType,
    Product,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from tests.conftest import DOMAIN, IDENTITY, Shown, each_product
from tests.fake_charger import FakeCharger
from tests.key_values import invalid_values, other_value

type Fake = Callable[..., FakeCharger]

PLATFORMS = {
    KeyType.BOOLEAN: "switch",
    KeyType.INTEGER: "number",
    KeyType.CHOICE: "select",
    KeyType.TIME: "time",
    KeyType.TEXT: "text",
    KeyType.LIST: "text",
}
# How the chargers of each product spell true and false, here.
SPELLING = {
    "evlink_pro_ac": str.capitalize,
    "schneider_charge_pro": str.lower,
    "evlink_pro_dc": str.upper,
}


@pytest.fixture
async def ready_product(fake: Fake, hass: HomeAssistant, product: Product) -> Any:
    """A charger with all the keys of its product, each boolean spelt in its own way."""
    async with fake(product=product) as charger:
        for name, (value, readonly) in charger.configuration.items():
            if value in ("True", "False"):
                spelt = SPELLING[product.key](value)
                charger.configuration[name] = (spelt, readonly)
        await charger.boot()
        await charger.until_ready()
        await charger.status("Available")
        await hass.async_block_till_done()
        charger.received.clear()
        yield charger


def unique_id(key: ConfigurationKey) -> str:
    """Return the unique id of the entity of a key."""
    return f"{IDENTITY}_{key.key}"


def domain(key: ConfigurationKey) -> str:
    """Return the domain of the entity of a key."""
    is_settable = key.access is not Access.READ_ONLY and key.risk is None
    return PLATFORMS[key.type] if is_settable else "sensor"


def state(key: ConfigurationKey, value: str) -> str:
    """Return the state that shows a value."""
    match key.type:
        case KeyType.BOOLEAN if domain(key) == "sensor":
            return value.lower()
        case KeyType.BOOLEAN:
            return "on" if value.lower() == "true" else "off"
        case KeyType.CHOICE:
            return key.choices[value]
        case KeyType.TIME:
            return f"{value}:00"
        case _:
            return value


def attributes(key: ConfigurationKey) -> dict[str, object]:
    """Return what else is shown of a key."""
    unit = key.unit if key.type is KeyType.INTEGER else None
    match domain(key):
        case "number":
            return {
                "min": 0 if key.may_be_zero else key.minimum or 0,
                "max": 2**31 - 1 if key.maximum is None else key.maximum,
                "step": 1,
                "unit_of_measurement": unit,
            }
        case "select":
            return {"options": list(key.choices.values())}
        case "text":
            longest = 255 if key.maximum is None else min(key.maximum, 255)
            return {
                "min": key.minimum or 0,
                "max": longest,
                "pattern": key.pattern,
            }
        case "sensor" if key.type is KeyType.BOOLEAN:
            return {"device_class": "enum", "options": ["false", "true"]}
        case "sensor" if key.choices:
            return {"device_class": "enum", "options": list(key.choices.values())}
        case "sensor":
            return {"unit_of_measurement": unit}
        case _:
            return {}


def setting(key: ConfigurationKey, value: str) -> tuple[str, dict[str, object]]:
    """Return the action of the key's entity that sets a value."""
    match domain(key):
        case "switch":
            return ("turn_on" if value == "True" else "turn_off"), {}
        case "select":
            return "select_option", {"option": key.choices.get(value, value)}
        case "time":
            return "set_value", {"time": time.fromisoformat(value)}
        case _:
            return "set_value", {"value": value}


def wire(product: Product, key: ConfigurationKey, value: str) -> str:
    """Return how a charger of the product spells a value."""
    return SPELLING[product.key](value) if key.type is KeyType.BOOLEAN else value


def shown_keys(product: Product) -> Iterator[ConfigurationKey]:
    """Name the keys that have an entity."""
    return (key for key in product.configuration if key.access is not Access.WRITE_ONLY)


def guarded_keys(product: Product) -> Iterator[ConfigurationKey]:
    """Name the keys that can cut a charger off."""
    return (key for key in product.configuration if key.risk is not None)


def writable_keys(product: Product) -> Iterator[ConfigurationKey]:
    """Name the keys that an owner may set by an entity."""
    return (key for key in shown_keys(product) if domain(key) != "sensor")


# As entities


@each_product
async def test_each_key_has_its_entity(
    all_enabled: None,
    hass: HomeAssistant,
    ready_product: FakeCharger,
    shown: Shown,
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """One of its kind, with its bounds, that shows its value; a guarded key has a sensor.

    Only a password has none.
    """
    registry = er.async_get(hass)
    found = [
        (entity.unique_id, entity.domain)
        for entity in registry.entities.values()
        if entity.platform == DOMAIN
    ]
    assert len(list(shown_keys(product))) > 40
    for key in shown_keys(product):
        with subtests.test(key.name):
            assert [each for each in found if each[0] == unique_id(key)] == [
                (unique_id(key), domain(key))
            ]
            value = ready_product.configuration[key.name][0]
            assert value is not None
            entity = shown.entity(unique_id(key))
            assert entity.state == state(key, value)
            for name, fact in attributes(key).items():
                assert entity.attributes.get(name) == fact, name
            assert registry.entities[entity.entity_id].entity_category == (
                "diagnostic" if domain(key) == "sensor" else "config"
            )
    assert f"{IDENTITY}_authorization_key" not in [unique_id for unique_id, _ in found]


@each_product
async def test_few_are_enabled(
    hass: HomeAssistant, ready_product: FakeCharger, product: Product
) -> None:
    """Of the keys, only those of the light."""
    registry = er.async_get(hass)
    keys = {unique_id(key): key.name for key in product.configuration}
    enabled = {
        keys[entity.unique_id]
        for entity in registry.entities.values()
        if entity.unique_id in keys and entity.disabled_by is None
    }
    lights = {"LightIntensity", "LedNightIntensity", "LedDayStartHour", "LedDayEndHour"}
    assert enabled == (lights if product is EVLINK_PRO_AC else set())


@each_product
async def test_each_key_is_set(
    all_enabled: None,
    hass: HomeAssistant,
    ready_product: FakeCharger,
    shown: Shown,
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """A new value reaches the charger as it spells it, is read back, and is shown."""
    assert len(list(writable_keys(product))) > 20
    for key in writable_keys(product):
        with subtests.test(key.name):
            held = ready_product.configuration[key.name][0] or ""
            value = other_value(
                key, held.capitalize() if key.type is KeyType.BOOLEAN else held
            )
            action, data = setting(key, value)
            ready_product.received.clear()
            await shown.do(unique_id(key), action, **data)
            await hass.async_block_till_done()
            reread = {} if key.name in product.interlocked_keys else {"key": [key.name]}
            assert ready_product.received == [
                (
                    "ChangeConfiguration",
                    {"key": key.name, "value": wire(product, key, value)},
                ),
                ("GetConfiguration", reread),
            ]
            assert shown[unique_id(key)] == state(key, value)


@each_product
async def test_each_key_keeps_its_bounds(
    all_enabled: None,
    ready_product: FakeCharger,
    shown: Shown,
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """A value that no charger takes is refused before it reaches one.

    A text that does not fit is refused by Home Assistant itself with a ValueError.
    """
    for key in writable_keys(product):
        if key.type not in (KeyType.INTEGER, KeyType.CHOICE, KeyType.TEXT):
            continue
        before = shown[unique_id(key)]
        error = ValueError if key.type is KeyType.TEXT else ServiceValidationError
        for value in invalid_values(key):
            if key.type is KeyType.INTEGER and not value.lstrip("-").isdigit():
                continue
            if key.type is KeyType.CHOICE and value in key.choices.values():
                continue
            with subtests.test(key.name, value=value):
                action, data = setting(key, value)
                with pytest.raises(error):
                    await shown.do(unique_id(key), action, **data)
                assert shown[unique_id(key)] == before
    assert not ready_product.received


@each_product
async def test_a_refused_setting(
    all_enabled: None, ready_product: FakeCharger, shown: Shown, product: Product
) -> None:
    """The owner is told, and what holds is still shown."""
    for answer in ("Rejected", "NotSupported"):
        ready_product.answers["ChangeConfiguration"] = {"status": answer}
        with pytest.raises(HomeAssistantError) as raised:
            await shown.do(f"{IDENTITY}_local_pre_authorize", "turn_on")
        assert raised.value.translation_placeholders == {
            "action": "ChangeConfiguration",
            "status": answer,
        }
        assert shown[f"{IDENTITY}_local_pre_authorize"] == "off"


@pytest.mark.parametrize("product", [EVLINK_PRO_AC, EVLINK_PRO_DC])
async def test_earlier_names(
    fake: Fake,
    hass: HomeAssistant,
    all_enabled: None,
    shown: Shown,
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """A charger that knows a key by another name is read and set by that name."""
    renamed = [key for key in product.configuration if key.aliases]
    async with fake(product=product) as charger:
        for key in renamed:
            kept = charger.configuration.pop(key.name)
            charger.configuration[key.aliases[0].upper()] = kept
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        for key in renamed:
            with subtests.test(key.aliases[0]):
                alias = key.aliases[0].upper()
                held = charger.configuration[alias][0]
                assert held is not None
                assert shown[unique_id(key)] == state(key, held)
                if domain(key) == "sensor":
                    continue
                value = other_value(key, held)
                action, data = setting(key, value)
                await shown.do(unique_id(key), action, **data)
                assert charger.calls("ChangeConfiguration")[-1]["key"] == alias
                assert shown[unique_id(key)] == state(key, value)


async def test_a_guarded_address_without_its_login(
    fake: Fake, hass: HomeAssistant, all_enabled: None, shown: Shown
) -> None:
    """A password in the address of the central system is not shown."""
    async with fake(product=EVLINK_PRO_AC) as charger:
        charger.configuration["SupervisionUrl"] = (
            "wss://ada:secret@home:9000/x",
            False,
        )
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        assert shown[f"{IDENTITY}_supervision_url"] == "wss://home:9000/x"


async def test_a_choice_that_no_guide_has(
    fake: Fake, hass: HomeAssistant, all_enabled: None, shown: Shown
) -> None:
    """It is shown as it came, and gives way to one that the guide has."""
    async with fake(product=EVLINK_PRO_AC) as charger:
        charger.configuration["PlugNumberingMode"] = ("7", False)
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        unique_id = f"{IDENTITY}_plug_numbering_mode"
        assert shown[unique_id] == "7"
        choices = ["shared", "separate", "other"]
        assert shown.entity(unique_id).attributes["options"] == [*choices, "7"]
        with pytest.raises(ServiceValidationError):
            await shown.do(unique_id, "select_option", option="7")
        await shown.do(unique_id, "select_option", option="separate")
        await hass.async_block_till_done()
        assert shown[unique_id] == "separate"
        assert shown.entity(unique_id).attributes["options"] == choices


async def test_a_text_that_the_guide_does_not_allow(
    fake: Fake, hass: HomeAssistant, all_enabled: None, shown: Shown
) -> None:
    """Is not shown, and disturbs nothing."""
    async with fake(product=EVLINK_PRO_AC) as charger:
        charger.configuration["StationName"] = ("Garage #1", False)
        await charger.boot()
        await charger.until_ready()
        await hass.async_block_till_done()
        assert shown[f"{IDENTITY}_station_name"] == "unknown"
        await shown.do(f"{IDENTITY}_station_name", "set_value", value="Garage 1")
        assert shown[f"{IDENTITY}_station_name"] == "Garage 1"


# By the actions


class Actions:
    """The actions for one charger."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        """Find the charger's device."""
        device = dr.async_get(hass).async_get_device_by_identifier(
            (DOMAIN, IDENTITY), entry.entry_id
        )
        assert device is not None
        self._hass = hass
        self._device_id = device.id

    async def change(self, key: str, value: str, **data: object) -> Any:
        """Change a key."""
        return await self._perform("change_configuration", key=key, value=value, **data)

    async def get(self, *keys: str) -> Any:
        """Get some keys, or all."""
        data = {"key": list(keys)} if keys else {}
        return await self._perform("get_configuration", **data)

    async def _perform(self, action: str, **data: object) -> Any:
        return await self._hass.services.async_call(
            DOMAIN,
            action,
            {"device_id": self._device_id, **data},
            blocking=True,
            return_response=True,
        )


@pytest.fixture
def actions(
    hass: HomeAssistant, entry: MockConfigEntry, ready_product: FakeCharger
) -> Actions:
    """The actions for the charger that is ready."""
    return Actions(hass, entry)


@each_product
async def test_a_value_out_of_bounds_is_not_sent(
    actions: Actions,
    ready_product: FakeCharger,
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """Whatever the key, and confirmed or not."""
    for key in product.configuration:
        for value in invalid_values(key):
            with subtests.test(key.name, value=value):
                with pytest.raises(ServiceValidationError) as raised:
                    await actions.change(key.name, value, confirm=True)
                assert raised.value.translation_key == "value_not_accepted"
    assert not ready_product.received


@each_product
async def test_a_guarded_key_is_confirmed_first(
    actions: Actions,
    ready_product: FakeCharger,
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """Else nothing is sent, and the owner reads what it can break."""
    guarded = list(guarded_keys(product))
    assert len(guarded) > 10
    for key in guarded:
        with subtests.test(key.name):
            ready_product.received.clear()
            held = ready_product.configuration[key.name][0]
            value = other_value(key, held and held.capitalize())
            if key.set_with is not None:
                continue
            for data in ({}, {"confirm": False}):
                with pytest.raises(ServiceValidationError) as raised:
                    await actions.change(key.name, value, **data)
                assert raised.value.translation_key == "key_needs_confirmation"
                assert key.risk
                assert key.risk in str(raised.value)
            assert not ready_product.received
            if key.access is Access.READ_ONLY:
                with pytest.raises(ServiceValidationError) as raised:
                    await actions.change(key.name, value, confirm=True)
                assert raised.value.translation_key == "key_is_read_only"
                assert not ready_product.received
                continue
            answer = await actions.change(key.name, value, confirm=True)
            assert answer["status"] == "Accepted"
            if key.access is Access.WRITE_ONLY:
                assert answer == {"status": "Accepted"}
            (call,) = ready_product.calls("ChangeConfiguration")
            assert call["key"] == key.name
            assert call["value"].capitalize() == value.capitalize()


@each_product
async def test_a_key_that_can_only_be_read(
    actions: Actions,
    ready_product: FakeCharger,
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """Is not written, also where only this charger says that it is one."""
    answer = await actions.change("LocalPreAuthorize", "true")
    assert answer["status"] == "Accepted"
    ready_product.configuration["LocalPreAuthorize"] = ("true", True)
    await actions.get("LocalPreAuthorize")
    ready_product.received.clear()
    names = [
        key.name for key in shown_keys(product) if key.access is Access.READ_ONLY
    ] + ["LocalPreAuthorize"]
    for name in names:
        key = product.configuration_key(name)
        assert key is not None
        with subtests.test(name):
            with pytest.raises(ServiceValidationError) as raised:
                await actions.change(name, other_value(key, None))
            assert raised.value.translation_key == "key_is_read_only"
    assert not ready_product.received


@each_product
async def test_a_key_that_needs_a_restart(
    all_enabled: None,
    hass: HomeAssistant,
    actions: Actions,
    ready_product: FakeCharger,
    shown: Shown,
    product: Product,
) -> None:
    """RebootRequired is no refusal; what is in force till then is what is shown."""
    name = f"{IDENTITY}_local_pre_authorize"
    held = ready_product.configuration["LocalPreAuthorize"][0]
    ready_product.answers["ChangeConfiguration"] = {"status": "RebootRequired"}
    before = shown[name]
    for action, asked in (("turn_on", "true"), ("turn_off", "false")):
        ready_product.received.clear()
        await shown.do(name, action)
        assert ready_product.calls("ChangeConfiguration") == [
            {"key": "LocalPreAuthorize", "value": SPELLING[product.key](asked)}
        ]
        assert shown[name] == before
    answer = await actions.change("localpreauthorize", "TRUE")
    assert answer == {"status": "RebootRequired", "value": held}


@each_product
async def test_a_refusal_of_the_action(
    actions: Actions, ready_product: FakeCharger, product: Product
) -> None:
    """And a key that nobody knows is the charger's to refuse."""
    assert await actions.change("NoSuchKey", "anything") == {"status": "NotSupported"}
    assert ready_product.received == [
        ("ChangeConfiguration", {"key": "NoSuchKey", "value": "anything"})
    ]


@each_product
async def test_all_keys_are_described(
    actions: Actions,
    ready_product: FakeCharger,
    product: Product,
    subtests: pytest.Subtests,
) -> None:
    """The answer says what the charger holds, and what the guide says of it."""
    answer = await actions.get()
    assert ready_product.received == [("GetConfiguration", {})]
    assert answer["unknown_key"] == []
    described = {item["key"]: item for item in answer["configuration_key"]}
    assert described.keys() == {key.name for key in product.configuration}
    for key in product.configuration:
        with subtests.test(key.name):
            value, readonly = ready_product.configuration[key.name]
            facts = {
                "key": key.name,
                "value": value,
                "readonly": readonly,
                "description": key.description,
                "default": key.default,
                "minimum": key.minimum,
                "maximum": key.maximum,
                "unit": key.unit,
                "choices": list(key.choices) or None,
                "since": key.since,
                "writable_since": key.writable_since,
                "set_with": key.set_with,
                "risk": key.risk,
            }
            assert described[key.name] == {
                name: fact
                for name, fact in facts.items()
                if fact is not None or name == "value"
            }


@each_product
async def test_some_keys(
    actions: Actions, ready_product: FakeCharger, product: Product
) -> None:
    """Asked for in any case; what the charger lacks is named, what is its own is not hidden."""
    ready_product.configuration["OfItsOwn"] = ("7", False)
    answer = await actions.get("heartbeatinterval", "NoSuchKey", "OfItsOwn")
    assert ready_product.received == [
        (
            "GetConfiguration",
            {"key": ["HeartbeatInterval", "NoSuchKey", "OfItsOwn"]},
        )
    ]
    assert answer["unknown_key"] == ["NoSuchKey"]
    heartbeat, own = answer["configuration_key"]
    assert heartbeat["unit"] == "s"
    assert own == {"key": "OfItsOwn", "value": "7", "readonly": False}
