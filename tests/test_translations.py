"""The texts, icons and manifest against the code: complete, consistent, and our own."""

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
import json
from pathlib import Path
import re
import tomllib
from typing import Any, NamedTuple

import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev import (
    PLATFORMS,
    actions,
    binary_sensor,
    button,
    condition,
    event,
    number,
    select,
    sensor,
    switch,
    trigger,
    update,
)
from custom_components.schneider_ev.central_system.charging.explanation import Sentence
from custom_components.schneider_ev.central_system.messages import CLASS_FAULTS
from custom_components.schneider_ev.entity import KEY_PLATFORMS
from custom_components.schneider_ev.products import PRODUCTS
from custom_components.schneider_ev.products.model import (
    Access,
    ConfigurationKey,
    KeyType,
    Product,
)
from homeassistant.config_entries import SOURCE_RECONFIGURE, SOURCE_USER
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util.yaml import load_yaml_dict
from tests.conftest import DOMAIN
from tests.fake_charger import FakeCharger
from tests.processes import REPOSITORY
from tests.products.guides import GUIDES
from tests.texts import (
    ACTIONS,
    ENTITY_TEXTS,
    ICONS,
    INTEGRATION,
    MANIFEST,
    TEXTS,
    check_form,
    placeholders,
    texts,
)

type Fake = Callable[..., FakeCharger]


AUTOMATION: Mapping[str, Mapping[str, object]] = {
    "trigger": trigger.TRIGGERS,
    "condition": condition.CONDITIONS,
}


class Described(NamedTuple):
    """An entity that some charger can get."""

    platform: str
    key: str
    states: frozenset[str] = frozenset()
    device_class: str | None = None


DESCRIPTIONS: Mapping[str, tuple[EntityDescription, ...]] = {
    Platform.BINARY_SENSOR: (
        *binary_sensor.CONNECTOR_DESCRIPTIONS,
        *binary_sensor.CHARGER_DESCRIPTIONS,
    ),
    Platform.BUTTON: (*button.CONNECTOR_DESCRIPTIONS, *button.CHARGER_DESCRIPTIONS),
    Platform.EVENT: (event.SESSION, event.BADGE, event.FAULT, event.SECURITY),
    Platform.NUMBER: (
        *number.CONNECTOR_DESCRIPTIONS,
        *number.SURPLUS_DESCRIPTIONS,
        *number.CHARGER_DESCRIPTIONS,
        *number.site_descriptions("EUR").values(),
    ),
    Platform.SELECT: (select.CHARGING_MODE,),
    Platform.SENSOR: (
        *sensor.CONNECTOR_DESCRIPTIONS,
        *sensor.cost_descriptions("EUR"),
        sensor.LIMITED_BY,
        sensor.POWER,
        *sensor.READINGS,
        sensor.RESERVATION,
        sensor.PLUG_TYPE,
        *sensor.CHARGER_DESCRIPTIONS,
        sensor.DIAGNOSTICS_STATUS,
        *sensor.site_descriptions("EUR").values(),
    ),
    Platform.SWITCH: switch.DESCRIPTIONS,
    Platform.UPDATE: (update.FIRMWARE,),
}

OWN_WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    (Platform.BINARY_SENSOR, "charging"): ("on", "off")
}
"""States that have other words than those of their device class."""


def described() -> Iterator[Described]:
    """Name every entity that some charger can get."""
    for platform, descriptions in DESCRIPTIONS.items():
        for description in descriptions:
            options: Iterable[str] = (
                getattr(description, "options", None)
                or getattr(description, "event_types", None)
                or OWN_WORDS.get((platform, description.key), ())
            )
            yield Described(
                platform,
                description.key,
                frozenset(map(str, options)),
                None
                if description.device_class in (None, "enum")
                else str(description.device_class),
            )
    yield Described(Platform.SENSOR, sensor.EXPLANATION.key, frozenset(Sentence))
    yield Described(
        Platform.SENSOR,
        sensor.VENDOR_ERROR.key,
        frozenset(
            {"none"}
            | {fault.key for fault in CLASS_FAULTS.values()}
            | {fault.key for product in PRODUCTS.values() for fault in product.faults}
        ),
    )
    for product in PRODUCTS.values():
        for mode in product.modes:
            options = frozenset(option.key for option in mode.options)
            yield Described(Platform.SELECT, mode.key, options)
        for key in product.configuration:
            if key.access is not Access.WRITE_ONLY:
                yield from described_key(key)


def described_key(key: ConfigurationKey) -> Iterator[Described]:
    """Name the entities of a key: any can be reported as one that is only to be read."""
    choices = frozenset(key.choices.values())
    yield Described(
        Platform.SENSOR,
        key.key,
        frozenset({"true", "false"}) if key.type is KeyType.BOOLEAN else choices,
    )
    if key.access is not Access.READ_ONLY and key.risk is None:
        yield Described(KEY_PLATFORMS[key.type], key.key, choices)


@cache
def entities() -> dict[tuple[str, str], Described]:
    """Return all that `described` names, what several products have once."""
    merged: dict[tuple[str, str], Described] = {}
    for entity in described():
        place = (entity.platform, entity.key)
        before = merged.get(place, entity)
        merged[place] = entity._replace(states=entity.states | before.states)
    return merged


@cache
def modules() -> dict[Path, ast.Module]:
    """Return the integration's modules, parsed."""
    return {
        path: ast.parse(path.read_text(), str(path))
        for path in sorted(INTEGRATION.rglob("*.py"))
    }


def calls(*names: str) -> Iterator[ast.Call]:
    """Yield the calls of functions of those names, in all modules."""
    for module in modules().values():
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                function = node.func
                name = (
                    function.attr
                    if isinstance(function, ast.Attribute)
                    else getattr(function, "id", None)
                )
                if name in names:
                    yield node


def constants(node: ast.AST) -> set[str]:
    """Return the texts that an expression can have."""
    match node:
        case ast.Constant(str(value)):
            return {value}
        case ast.IfExp(body=body, orelse=orelse):
            return constants(body) | constants(orelse)
        case _:
            return set()


# Entities


def test_platforms_are_covered() -> None:
    """What this module looks at is what the integration sets up."""
    assert {entity.platform for entity in entities().values()} == set(PLATFORMS)


def test_every_entity_has_a_name() -> None:
    """Every entity has a name, and no text is left over."""
    named = {(platform, key) for platform, keys in ENTITY_TEXTS.items() for key in keys}
    assert named == set(entities())
    for platform, key in named:
        assert ENTITY_TEXTS[platform][key]["name"].strip(), (platform, key)


def test_names_differ() -> None:
    """No two entities of one platform have the same name."""
    for platform, keys in ENTITY_TEXTS.items():
        names = Counter(entity["name"] for entity in keys.values())
        assert not [name for name, count in names.items() if count > 1], platform


@pytest.mark.parametrize("place", entities(), ids=".".join)
def test_every_state_has_a_text(place: tuple[str, str]) -> None:
    """Every state of an enum, option of a select and type of an event has a text."""
    entity = entities()[place]
    text = ENTITY_TEXTS[entity.platform][entity.key]
    if entity.platform == Platform.EVENT:
        text = text["state_attributes"]["event_type"]
    assert set(text.get("state", {})) == entity.states
    for state in entity.states:
        assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", state)


EXPLAINED = {
    (Platform.SENSOR, "vendor_error"): ({"description", "advice"}, "none"),
    (Platform.EVENT, "security"): ({"meaning"}, "other"),
}
"""Attributes that say more of each state but one."""


def test_every_state_is_explained() -> None:
    """An owner can read what a fault or a security event means, in whole sentences."""
    for place, (attributes, unexplained) in EXPLAINED.items():
        platform, key = place
        for attribute in attributes:
            there = ENTITY_TEXTS[platform][key]["state_attributes"][attribute]["state"]
            assert set(there) == entities()[place].states - {unexplained}
            for text in there.values():
                assert text[0].isupper()
                assert text.endswith(".")
                assert "  " not in text


def test_every_entity_has_an_icon() -> None:
    """What has no device class has an icon, and no icon is left over."""
    places = {
        (platform, key) for platform, keys in ICONS["entity"].items() for key in keys
    }
    assert places <= set(entities())
    assert {
        place
        for place, entity in entities().items()
        if entity.device_class is None and place not in places
    } == set()


def test_icons_are_of_entities_as_they_are() -> None:
    """Icons are names of Material Design Icons, for states that there are."""
    for platform, keys in ICONS["entity"].items():
        for key, icons in keys.items():
            assert set(icons) <= {"default", "state"}
            states = entities()[platform, key].states
            if platform in (Platform.BINARY_SENSOR, Platform.SWITCH):
                states |= {"on", "off"}
            assert set(icons.get("state", {})) <= states
            for icon in (icons["default"], *icons.get("state", {}).values()):
                assert re.fullmatch(r"mdi:[a-z0-9]+(-[a-z0-9]+)*", icon)


@pytest.mark.parametrize("readonly", [False, True])
@pytest.mark.parametrize(
    "product", [product for product in PRODUCTS.values() if product.models]
)
async def test_entities_are_those(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    fake: Fake,
    product: Product,
    *,
    readonly: bool,
) -> None:
    """A charger gets no others, whatever rights it says that there are on its keys."""
    async with fake() as charger:
        charger.configuration = {
            key.name: (key.default or "1", readonly) for key in product.configuration
        }
        await charger.boot(chargePointModel=product.models[0])
        await charger.until_ready()
        await hass.async_block_till_done()
    registered = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    places = {(entity.domain, entity.translation_key) for entity in registered}
    assert places <= set(entities())
    shown = {key for _, key in places}
    for key in product.configuration:
        assert (key.key in shown) == (key.access is not Access.WRITE_ONLY), key.name


# Errors


def test_exceptions() -> None:
    """Every error that is raised has a message, and no message is left over."""
    raised = {
        key
        for call in calls(
            "ConfigEntryError",
            "ConfigEntryNotReady",
            "HomeAssistantError",
            "ServiceValidationError",
        )
        for keyword in call.keywords
        if keyword.arg == "translation_key"
        for key in constants(keyword.value)
    } | {
        key
        for call in calls("InvalidCommandError")
        if call.args
        for key in constants(call.args[0])
    }
    assert "limit_refused" in raised
    assert raised == set(TEXTS["exceptions"])
    for message in TEXTS["exceptions"].values():
        assert set(message) == {"message"}


def test_errors_are_translated() -> None:
    """No error is raised in English only."""
    for call in calls(
        "ConfigEntryError",
        "ConfigEntryNotReady",
        "HomeAssistantError",
        "ServiceValidationError",
    ):
        assert {"translation_domain", "translation_key"} <= {
            keyword.arg for keyword in call.keywords
        }, ast.unparse(call)


# Flows

# What Home Assistant's own part of a flow aborts with.
_BY_HOME_ASSISTANT = {
    "config": {"already_configured", "reconfigure_successful"},
    "charger": {"reconfigure_successful"},
    "badge": {"reconfigure_successful"},
}

_FLOWS = {
    "config": "config_flow.py",
    "charger": "flows/charger.py",
    "badge": "flows/badge.py",
}


def flow_words() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return the abort reasons and the errors of each flow, by ast."""
    aborts: dict[str, set[str]] = {kind: set() for kind in _FLOWS}
    errors: dict[str, set[str]] = {kind: set() for kind in _FLOWS}
    for kind, module in _FLOWS.items():
        for node in ast.walk(modules()[INTEGRATION / module]):
            match node:
                case ast.Call(func=ast.Attribute(attr="async_abort"), keywords=words):
                    for word in words:
                        aborts[kind] |= constants(word.value)
                case ast.Call(func=ast.Name(id="AbortFlow"), args=[reason]):
                    aborts[kind] |= constants(reason)
                case ast.Assign(
                    targets=[ast.Subscript(value=ast.Name(id="errors"))], value=value
                ):
                    errors[kind] |= constants(value)
                case ast.Return(value=ast.Constant(str(error))):
                    errors[kind].add(error)
    return aborts, errors


def test_abort_reasons_and_errors() -> None:
    """Every end and every error of a flow has a text, and no text is left over."""
    aborts, errors = flow_words()
    for kind, there in (
        ("config", TEXTS["config"]),
        ("charger", TEXTS["config_subentries"]["charger"]),
        ("badge", TEXTS["config_subentries"]["badge"]),
    ):
        assert aborts[kind] | _BY_HOME_ASSISTANT[kind] == set(there["abort"]), kind
        assert errors[kind], kind
        assert errors[kind] == set(there["error"]), kind


SECURING = {"secure", "secure_by_hand"}
"""The steps that need a charger that is there: they are held against their texts where
a charger is secured."""


async def test_forms(hass: HomeAssistant, entry: MockConfigEntry, fake: Fake) -> None:
    """Every field of every form has a name and an explanation, and no text is left."""
    flows = hass.config_entries.flow
    config = [
        await flows.async_init(DOMAIN, context={"source": SOURCE_USER}),
        await entry.start_reconfigure_flow(hass),
    ]
    async with fake("stranger") as charger:
        await charger.boot()
        await hass.async_block_till_done()
        (discovered,) = (
            flow for flow in flows.async_progress() if flow["step_id"] == "confirm"
        )
        config.append(await flows.async_configure(discovered["flow_id"]))
    subentries = hass.config_entries.subentries
    (subentry_id,) = entry.subentries
    charger_forms = [
        await subentries.async_init(
            (entry.entry_id, "charger"), context={"source": SOURCE_USER}
        ),
        await subentries.async_init(
            (entry.entry_id, "charger"),
            context={"source": SOURCE_RECONFIGURE, "subentry_id": subentry_id},
        ),
    ]
    added = await subentries.async_init(
        (entry.entry_id, "badge"), context={"source": SOURCE_USER}
    )
    result = await subentries.async_configure(
        added["flow_id"], {"id_tag": "04A1B2C3", "name": "Badge"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (badge,) = entry.get_subentries_of_type("badge")
    badge_forms = [
        await subentries.async_init(
            (entry.entry_id, "badge"), context={"source": SOURCE_USER}
        ),
        await subentries.async_init(
            (entry.entry_id, "badge"),
            context={"source": SOURCE_RECONFIGURE, "subentry_id": badge.subentry_id},
        ),
    ]
    options = [await hass.config_entries.options.async_init(entry.entry_id)]
    for forms, there in (
        (config, TEXTS["config"]),
        (charger_forms, TEXTS["config_subentries"]["charger"]),
        (badge_forms, TEXTS["config_subentries"]["badge"]),
        (options, TEXTS["options"]),
    ):
        assert {form["step_id"] for form in forms} == set(there["step"]) - SECURING
        for form in forms:
            check_form(form, there)
    assert set(TEXTS["config_subentries"]) == {"badge", "charger"}
    assert set(TEXTS["config_subentries"]["charger"]["initiate_flow"]) == {
        "user",
        "reconfigure",
    }
    # the last screens
    created = await subentries.async_configure(
        charger_forms[0]["flow_id"], {"identity": "new"}
    )
    ended = await flows.async_configure(discovered["flow_id"], {})
    for last, given in (
        (TEXTS["config_subentries"]["charger"]["create_entry"]["default"], created),
        (TEXTS["config"]["create_entry"]["default"], created),
        (TEXTS["config"]["abort"]["charger_added"], ended),
    ):
        assert placeholders(last) == set(given["description_placeholders"] or {})
    # the name of the card of a discovered charger
    assert placeholders(TEXTS["config"]["flow_title"]) <= set(
        discovered["context"]["title_placeholders"]
    )


# Actions


async def test_actions(hass: HomeAssistant, central_system: str) -> None:
    """Every action is described, with all its fields and an icon."""
    registered = hass.services.async_services_for_domain(DOMAIN)
    assert actions.ACTIONS.keys() == registered.keys()
    assert set(registered) == set(ACTIONS) == set(TEXTS["services"])
    assert set(registered) == set(ICONS["services"])
    for name, action in ACTIONS.items():
        text = TEXTS["services"][name]
        fields = action.get("fields") or {}
        schema = registered[name].schema
        assert isinstance(schema, probatio.Schema)
        assert set(fields) == {str(field) for field in schema.schema}
        assert text["name"]
        assert text["description"]
        assert set(text.get("fields", {})) == set(fields)
        for field in text.get("fields", {}).values():
            assert set(field) == {"name", "description"}
        assert ICONS["services"][name]["service"].startswith("mdi:")


def test_owners_actions_come_first() -> None:
    """Those of the protocol that only experts need are named so, and come last."""
    is_expert = [text["name"].startswith("OCPP: ") for text in map(_service, ACTIONS)]
    assert is_expert == sorted(is_expert)
    assert next(iter(ACTIONS)) == "set_charging_limit"
    assert is_expert[-1]


def _service(name: str) -> dict[str, Any]:
    text: dict[str, Any] = TEXTS["services"][name]
    return text


# Triggers and conditions


@pytest.mark.parametrize("kind", AUTOMATION)
def test_triggers_and_conditions(kind: str) -> None:
    """Each is described, with all its fields and an icon, and nothing is left over."""
    described: dict[str, Any] = {
        name: description
        for name, description in load_yaml_dict(
            str(INTEGRATION / f"{kind}s.yaml")
        ).items()
        if not name.startswith(".")
    }
    there, icons = TEXTS[f"{kind}s"], ICONS[f"{kind}s"]
    assert set(AUTOMATION[kind]) == set(described) == set(there) == set(icons)
    for name, description in described.items():
        text = there[name]
        assert set(text) == {"name", "description", "fields"}
        assert set(text["fields"]) == set(description["fields"]) == {"behavior", "for"}
        for field in text["fields"].values():
            assert set(field) == {"name", "description"}
        assert description["fields"]["behavior"]["selector"] == {
            "automation_behavior": {"mode": kind}
        }
        assert description["target"]["entity"]["integration"] == DOMAIN
        assert set(icons[name]) == {kind}
        assert re.fullmatch(r"mdi:[a-z0-9]+(-[a-z0-9]+)*", icons[name][kind])


# Texts


def test_texts_are_whole() -> None:
    """A custom integration's texts refer to no others, and none is empty."""
    for path, text in texts(TEXTS):
        assert text == text.strip() != "", path
        assert "[%key:" not in text, path
        assert "strings.json" not in text, path
    assert not (INTEGRATION / "strings.json").exists()


def words(text: str) -> list[str]:
    """Take a text apart, as far as it is words."""
    return re.findall(r"[a-z0-9]+", text.lower())


@pytest.mark.skipif(not GUIDES.exists(), reason="the guides are not here")
def test_texts_are_ours() -> None:
    """Nothing is copied from a guide: no seven words in a row are the same."""

    def runs(text: str) -> set[tuple[str, ...]]:
        found = words(text)
        return {tuple(found[at : at + 7]) for at in range(len(found) - 6)}

    guides = list(GUIDES.glob("*.txt"))
    assert guides
    theirs = {run for guide in guides for run in runs(guide.read_text())}
    for path, text in texts(TEXTS):
        assert not runs(text) & theirs, path


# The manifest

PROJECT: dict[str, Any] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())


def test_manifest() -> None:
    """The manifest is as hassfest and HACS want it."""
    names = list(MANIFEST)
    assert names == ["domain", "name", *sorted(names[2:])]
    assert MANIFEST["domain"] == DOMAIN == INTEGRATION.name
    assert MANIFEST["name"] == TEXTS["title"]
    assert {
        "codeowners",
        "config_flow",
        "documentation",
        "integration_type",
        "iot_class",
        "issue_tracker",
        "requirements",
        "version",
    } <= set(names)
    assert "single_config_entry" not in names


def test_versions_agree() -> None:
    """The manifest and the project say the same of the version and what is needed."""
    assert MANIFEST["version"] == PROJECT["project"]["version"]
    assert MANIFEST["requirements"] == PROJECT["project"]["dependencies"]


def test_hacs() -> None:
    """HACS is told the oldest Home Assistant that will do, and nothing it knows not."""
    hacs: dict[str, Any] = json.loads((REPOSITORY / "hacs.json").read_text())
    assert set(hacs) <= {
        "content_in_root",
        "country",
        "filename",
        "hacs",
        "hide_default_branch",
        "homeassistant",
        "name",
        "persistent_directory",
        "render_readme",
        "zip_release",
    }
    assert hacs["name"] == MANIFEST["name"]
    assert hacs["homeassistant"] == "2026.10.0"


def test_quality_scale() -> None:
    """Every rule of the quality scale has its state, and a reason if it is exempt."""
    rules: dict[str, Any] = load_yaml_dict(str(INTEGRATION / "quality_scale.yaml"))[
        "rules"
    ]
    assert len(rules) == 54
    for name, rule in rules.items():
        state = rule if isinstance(rule, str) else rule["status"]
        assert state in ("done", "todo", "exempt"), name
        if state == "exempt":
            assert rule["comment"], name
