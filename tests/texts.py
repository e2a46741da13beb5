"""The texts that owners read, and the tables beside them, as they lie in the integration."""

from collections.abc import Iterator, Mapping
import json
import string
from typing import Any

import probatio

from homeassistant.data_entry_flow import section
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.selector import SelectSelector
from homeassistant.util.yaml import load_yaml_dict
from tests.conftest import DOMAIN
from tests.processes import REPOSITORY

INTEGRATION = REPOSITORY / "custom_components" / DOMAIN

TEXTS: dict[str, Any] = json.loads((INTEGRATION / "translations/en.json").read_text())
ICONS: dict[str, Any] = json.loads((INTEGRATION / "icons.json").read_text())
ACTIONS: dict[str, Any] = load_yaml_dict(str(INTEGRATION / "services.yaml"))
MANIFEST: dict[str, Any] = json.loads((INTEGRATION / "manifest.json").read_text())

ENTITY_TEXTS: dict[str, dict[str, Any]] = TEXTS["entity"]


def texts(tree: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text with the path to it."""
    if isinstance(tree, str):
        yield path, tree
    elif isinstance(tree, dict):
        for name, branch in tree.items():
            yield from texts(branch, f"{path}.{name}" if path else name)


def placeholders(text: str) -> set[str]:
    """Return the names between braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def check_form(form: Mapping[str, Any], there: dict[str, Any]) -> None:
    """Hold a form against its texts: each field has a name and an explanation.

    A field that is folded away has them in its section, and outside of it where there
    is a form that has no section because there is an error in it.
    """
    text = there["step"][form["step_id"]]
    fields = {str(field): value for field, value in form["data_schema"].schema.items()}
    assert fields
    sections = {
        name: each for name, each in fields.items() if isinstance(each, section)
    }
    assert set(text.get("sections", {})) == set(sections)
    unfolded = set(fields) - set(sections)
    is_ever_unfolded = not set(text["data"]) <= unfolded
    for name, each in sections.items():
        folded = text["sections"][name]
        assert folded["name"]
        names = {str(field) for field in each.schema.schema}
        if is_ever_unfolded:
            unfolded |= names
        for part in ("data", "data_description"):
            if is_ever_unfolded:
                assert folded[part].items() <= text[part].items()
            assert set(folded[part]) == names
    assert set(text["data"]) == set(text["data_description"]) == unfolded
    assert text["title"]
    given = set(form["description_placeholders"] or {})
    for _, words in texts(text):
        assert placeholders(words) <= given
    # what the page is given to show
    shown: Any = probatio.to_field_list(
        form["data_schema"], custom_serializer=cv.custom_serializer
    )
    assert [field["name"] for field in shown] == list(fields)
    for selector in fields.values():
        if isinstance(selector, SelectSelector):
            config: Mapping[str, Any] = selector.config
            if config["custom_value"]:
                continue
            options = TEXTS["selector"][config["translation_key"]]["options"]
            assert set(options) == set(config["options"])
