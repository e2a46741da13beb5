"""The translations against the English texts: the same, in every language."""

from collections.abc import Callable
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components import schneider_ev
from custom_components.schneider_ev.actions import ACTIONS
from custom_components.schneider_ev.actions.rights import administrators
from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from tests.conftest import DOMAIN, IDENTITY, Shown
from tests.fake_charger import FakeCharger
from tests.texts import TEXTS, placeholders, texts

type Fake = Callable[..., FakeCharger]

TRANSLATIONS = Path(schneider_ev.__file__).parent / "translations"
LANGUAGES = ("da", "de", "es", "fr", "it", "nb", "nl", "pl", "pt", "sv")
ENGLISH = dict(texts(TEXTS))

each_language = pytest.mark.parametrize("language", LANGUAGES)


def translation(language: str) -> dict[str, Any]:
    """Return the texts of a language."""
    tree: dict[str, Any] = json.loads((TRANSLATIONS / f"{language}.json").read_text())
    return tree


def test_languages() -> None:
    """These are all languages that there are."""
    assert {path.stem for path in TRANSLATIONS.iterdir()} == {"en", *LANGUAGES}


@each_language
def test_nothing_is_missing(language: str) -> None:
    """A language has every text, and none that English has not."""
    assert dict(texts(translation(language))).keys() == ENGLISH.keys()


@each_language
def test_same_placeholders(language: str) -> None:
    """A text names what the English one names, in the same emphasis and paragraphs."""
    for path, text in texts(translation(language)):
        english = ENGLISH[path]
        assert text == text.strip() != "", path
        assert placeholders(text) == placeholders(english), path
        for mark in ("**", "`", "\n\n"):
            assert text.count(mark) == english.count(mark), path


@each_language
def test_it_is_translated(language: str) -> None:
    """Whole sentences are not left in English."""
    left = [
        path
        for path, text in texts(translation(language))
        if text == ENGLISH[path] and len(text.split()) > 4
    ]
    assert not left


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_words_differ(language: str) -> None:
    """Neither two entities of a platform nor two states of an entity share a text."""
    for platform, entities in translation(language)["entity"].items():
        names = [entity["name"].casefold() for entity in entities.values()]
        assert sorted(set(names)) == sorted(names), platform
        for key, entity in entities.items():
            states = [state.casefold() for state in entity.get("state", {}).values()]
            assert sorted(set(states)) == sorted(states), (platform, key)


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_who_may_is_said(language: str) -> None:
    """The same sentence ends the text of each action that is for administrators only."""
    described = translation(language)["services"]
    sentence = described["call"]["description"].rpartition(". ")[2]
    assert {
        name
        for name, text in described.items()
        if text["description"].endswith(sentence)
    } == {name for name, action in ACTIONS.items() if action.right is administrators}


@each_language
async def test_home_assistant_has_it(hass: HomeAssistant, language: str) -> None:
    """Home Assistant gets the texts in the language that it asks for."""
    loaded = await async_get_translations(hass, language, "services", [DOMAIN])
    path = "locate.description"
    tree = dict(texts(translation(language)["services"]))
    assert loaded[f"component.{DOMAIN}.services.{path}"] == tree[path]


async def test_a_fault_is_explained_in_the_language(
    hass: HomeAssistant, ready: FakeCharger, shown: Shown
) -> None:
    """What a fault means and what to do is said in Home Assistant's own language."""
    await hass.config.async_update(language="de")
    await async_get_translations(hass, "de", "entity", [DOMAIN])
    fault = EVLINK_PRO_AC.faults[0]
    await ready.status("Faulted", error_code="OtherError", vendorErrorCode=fault.code)
    await hass.async_block_till_done()
    there = translation("de")["entity"]["sensor"]["vendor_error"]
    attributes = shown.entity(f"{IDENTITY}_1_vendor_error").attributes
    for name in ("description", "advice"):
        german = there["state_attributes"][name]["state"][fault.key]
        assert attributes[name] == german
    assert (
        shown.entity(f"{IDENTITY}_fault").attributes["name"]
        == there["state"][fault.key]
    )
