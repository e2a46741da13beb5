"""The pages for owners and contributors: what they say is so.

Their links and files exist, and what is made from the code is what the code says. What
they give as an example is run by test_examples.py and test_commands.py.
"""

from pathlib import Path
import re

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev.products.model import Product
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from tests.conftest import each_product
from tests.docs.__main__ import pages
from tests.docs.actions import GROUPS
from tests.docs.entities import CHARGER, CONNECTOR, NOTES, SITE
from tests.docs.examples import PAGES, prose
from tests.docs.markdown import DOCS, INTEGRATION, ROOT, parts
from tests.fake_charger import FakeCharger
from tests.products.guides import GUIDES, words
from tests.scenes import tell_all
from tests.texts import ACTIONS, MANIFEST

CONTRIBUTORS = (
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/new_product.md",
    "docs/recording.md",
)

each_page = pytest.mark.parametrize("page", PAGES)


# What is made from the code


async def test_pages_are_what_the_code_says() -> None:
    """Where this fails, `scripts/docs` makes them anew."""
    for name, content in (await pages()).items():
        assert dict(parts(PAGES[f"docs/{name}"])) == content, name


def test_every_action_is_there() -> None:
    """Once."""
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(ACTIONS)


def test_notes_are_of_entities() -> None:
    """None is left over of an entity that there is no more."""
    described = {
        (platform, description.key)
        for descriptions in (CONNECTOR, CHARGER, SITE)
        for platform, of_platform in descriptions.items()
        for description in of_platform
    }
    assert NOTES.keys() <= described


def documented(product: Product, marks: str) -> set[tuple[str, str]]:
    """Return the entities that a page says that a product has."""
    found = set()
    column = 0
    for line in PAGES["docs/entities.md"].splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if product.name in cells:
            column = cells.index(product.name)
        elif (
            column and len(cells) > column and cells[column] and cells[column] in marks
        ):
            found.add((cells[2], cells[3].strip("`")))
    return found


@each_product
async def test_entities_are_those_that_home_assistant_has(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready_product: FakeCharger,
    product: Product,
) -> None:
    """A charger that does all it can gets all that is documented, and no more."""
    hass.states.async_set("sensor.price", "0.3", {"unit_of_measurement": "EUR/kWh"})
    hass.states.async_set("sensor.grid", "-500", {"unit_of_measurement": "W"})
    options = {"price_entity": "sensor.price", "grid_power_entity": "sensor.grid"}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.async_block_till_done()
    sampled, _ = ready_product.configuration["MeterValuesSampledData"]
    assert sampled is not None
    await tell_all(ready_product, sampled.split(","))
    await hass.async_block_till_done()
    keys = {key.key for key in product.configuration}
    shown = {
        (entity.domain, entity.translation_key)
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), entry.entry_id
        )
        if entity.translation_key not in keys and entity.config_subentry_id
    }
    assert shown <= documented(product, "✓○")
    assert documented(product, "✓") - shown <= {("binary_sensor", "vehicle_detected")}


# Words


@pytest.mark.skipif(not GUIDES.exists(), reason="the guides are not here")
@pytest.mark.parametrize(
    "guide", sorted(GUIDES.glob("*.txt")), ids=lambda path: path.stem
)
def test_words_are_ours(guide: Path) -> None:
    """Nothing is copied from a guide: no seven words in a row are the same."""
    theirs = runs(guide.read_text())
    assert theirs
    for page, text in PAGES.items():
        ours = re.sub(r"^\|.*", "", prose(text), flags=re.MULTILINE)
        assert not runs(ours) & theirs, page


def runs(text: str) -> set[tuple[str, ...]]:
    """Return all seven words in a row."""
    found = words(text)
    return {tuple(found[at : at + 7]) for at in range(len(found) - 6)}


def test_the_version_has_its_changes() -> None:
    """The changelog tells of the version that the manifest names."""
    assert f"\n## {MANIFEST['version']}" in PAGES["CHANGELOG.md"]


# Links and files


def headings(text: str) -> set[str]:
    """Return the anchors of a page's headings."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }


@each_page
def test_links(page: str) -> None:
    """What a page links to or shows is there."""
    links = re.findall(
        r"\]\(([^)\s]+)\)|\b(?:src|href)=\"([^\"]+)\"", prose(PAGES[page])
    )
    for link in (either or other for either, other in links):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = ((ROOT / page).parent / path).resolve() if path else ROOT / page
        assert target.exists(), link
        if anchor:
            assert anchor in headings(target.read_text()), link


@pytest.mark.parametrize("page", CONTRIBUTORS)
def test_files_exist(page: str) -> None:
    """The files that a contributor is told of are there."""
    paths = {
        code
        for code in re.findall(r"`([^`\s]+)`", PAGES[page])
        if re.fullmatch(r"[\w.*-]+(/[\w.*-]*)+|[\w*-]+\.(py|md|json|yaml|toml)", code)
    }
    assert paths
    folders = (ROOT, INTEGRATION, INTEGRATION / "central_system", ROOT / "tests", DOCS)
    assert not {
        path for path in paths if not any(any(base.glob(path)) for base in folders)
    }
