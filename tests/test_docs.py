"""The pages for owners and contributors: what they say is so.

Their examples are valid, their commands and links exist, and what is made from the code
is what the code says.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.schneider_ev import products
from custom_components.schneider_ev.products.evlink_pro_ac import EVLINK_PRO_AC
from custom_components.schneider_ev.products.model import Product
from homeassistant.components.automation.config import async_validate_config_item
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.script import async_validate_actions_config
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
from tests.conftest import DOMAIN, IDENTITY, each_product
from tests.docs.__main__ import DOCS, pages
from tests.docs.actions import GROUPS
from tests.docs.entities import CHARGER, CONNECTOR, NOTES
from tests.docs.markdown import INTEGRATION, ROOT, parts
from tests.fake_charger import FakeCharger
from tests.products.guides import GUIDES, words
from tests.test_translations import ACTIONS, MANIFEST

type Json = dict[str, Any]

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in (*sorted(ROOT.glob("*.md")), *sorted(DOCS.glob("*.md")))
}
CONTRIBUTORS = (
    "CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/new_product.md",
    "docs/recording.md",
)
GARAGE = "Garage"

_LINES = re.DOTALL | re.MULTILINE

each_page = pytest.mark.parametrize("page", PAGES)


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """Yield the blocks of a language with a name for each."""
    for page, text in PAGES.items():
        for number, block in enumerate(
            re.findall(rf"^```{language}\n(.*?)^```", text, _LINES), 1
        ):
            yield f"{page}-{number}", block


def cases(language: str) -> list[Any]:
    """Return those blocks as parameters of a test."""
    return [pytest.param(block, id=name) for name, block in blocks(language)]


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
        for descriptions in (CONNECTOR, CHARGER)
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


async def tell_all(charger: FakeCharger, measurands: Iterable[str]) -> None:
    """Have a charger do all that makes entities."""
    session = {
        "connectorId": 1,
        "idTag": "ADA",
        "meterStart": 0,
        "timestamp": "2026-06-01T12:00:00Z",
    }
    answer = await charger.call("StartTransaction", session)
    samples = [{"measurand": name, "value": "1"} for name in measurands]
    await charger.call(
        "MeterValues",
        {
            "connectorId": 1,
            "transactionId": answer["transactionId"],
            "meterValue": [
                {"timestamp": "2026-06-01T12:01:00Z", "sampledValue": samples}
            ],
        },
    )
    for action in ("FirmwareStatusNotification", "DiagnosticsStatusNotification"):
        await charger.call(action, {"status": "Idle"})


@each_product
async def test_entities_are_those_that_home_assistant_has(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready_product: FakeCharger,
    product: Product,
) -> None:
    """A charger that does all it can gets all that is documented, and no more."""
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
        if entity.translation_key not in keys
    }
    assert shown <= documented(product, "✓○")
    assert documented(product, "✓") - shown <= {("binary_sensor", "vehicle_detected")}


# Examples


@pytest.fixture
def entry(unused_tcp_port: int) -> MockConfigEntry:
    """A central system with a charger that is called as in the examples."""
    charger = ConfigSubentryData(
        data={"identity": IDENTITY},
        subentry_type="charger",
        title=GARAGE,
        unique_id=IDENTITY,
    )
    return MockConfigEntry(
        domain=DOMAIN,
        title="Schneider EV chargers",
        data={"host": "127.0.0.1", "port": unused_tcp_port},
        subentries_data=[charger],
    )


@pytest.mark.parametrize("product", [EVLINK_PRO_AC])
@pytest.mark.parametrize("block", cases("yaml"))
async def test_examples(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    ready_product: FakeCharger,
    product: Product,
    block: str,
) -> None:
    """Home Assistant takes each automation and each action, and so do our schemas."""
    await tell_all(ready_product, product.sampled_data[0])
    await hass.async_block_till_done()
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, IDENTITY), entry.entry_id
    )
    assert device is not None
    config = parse_yaml(block.replace("DEVICE", device.id))
    assert isinstance(config, dict | list)
    for entity_id in re.findall(rf"\b[a-z_]+\.{GARAGE.lower()}_\w+", block):
        assert er.async_get(hass).async_get(entity_id), entity_id
    await validate(hass, config)
    for data in own_actions(config):
        hold(hass, **data)


async def validate(hass: HomeAssistant, config: Json | list[Any]) -> None:
    """Have Home Assistant validate what is an automation, or actions."""
    if isinstance(config, dict) and config.keys() & {"triggers", "conditions"}:
        assert await async_setup_component(hass, "automation", {})
        automation = {"triggers": [], "actions": [], "alias": "Example"} | config
        validated = await async_validate_config_item(hass, "example", automation)
        assert validated is not None
        assert validated.validation_status == "ok", validated.validation_error
    elif actions := list(scripts(config)):
        await async_validate_actions_config(hass, cv.SCRIPT_SCHEMA(actions))


def scripts(config: Json | list[Any]) -> Iterator[Json]:
    """Yield the actions that an example consists of, if it does."""
    if isinstance(config, list):
        yield from (item for item in config if "action" in item)
    elif "actions" in config:
        yield from config["actions"]
    elif "action" in config and "type" not in config:
        yield config


def own_actions(config: object) -> Iterator[Json]:
    """Yield the calls of our own actions, wherever they stand."""
    if isinstance(config, list):
        for item in config:
            yield from own_actions(item)
    elif isinstance(config, dict):
        action = config.get("action")
        if isinstance(action, str) and action.startswith(f"{DOMAIN}."):
            yield {
                "name": action.removeprefix(f"{DOMAIN}."),
                "data": config.get("data", {}),
                "response": "response_variable" in config,
            }
        for value in config.values():
            yield from own_actions(value)


def hold(hass: HomeAssistant, name: str, data: Json, *, response: bool) -> None:
    """Hold a call of an action against its schema and against what it answers."""
    action = hass.services.async_services_for_domain(DOMAIN)[name]
    for entity_id in re.findall(r"states\('([^']+)'\)", str(data)):
        hass.states.async_set(entity_id, "1000")
    assert action.schema is not None
    action.schema(rendered(hass, data))
    answers = action.supports_response
    assert response if answers == "only" else not (response and answers == "none")


def rendered(hass: HomeAssistant, value: Any) -> Any:
    """Return data with what its templates come to."""
    if isinstance(value, dict):
        return {key: rendered(hass, item) for key, item in value.items()}
    if isinstance(value, list):
        return [rendered(hass, item) for item in value]
    if isinstance(value, str) and "{{" in value:
        return Template(value, hass).async_render()
    return value


def test_the_product_is_one() -> None:
    """The page on adding a product shows a file that makes one."""
    (block,) = re.findall(
        r"```python\n(.*?)```", PAGES["docs/new_product.md"], re.DOTALL
    )
    module: Json = {"__package__": products.__name__, "__name__": "example_one"}
    exec(block, module)  # noqa: S102
    product = module["EXAMPLE_ONE"]
    assert isinstance(product, Product)
    assert product.is_model(product.manufacturer, product.references[0].name)
    assert products.fingerprint(product.fingerprint) is None
    assert all(product.configuration_key(name) for name in product.fingerprint)
    for key in product.configuration:
        assert key.default is None or key.accepts(key.default), key.name


# Commands


def commands() -> Iterator[Any]:
    """Yield the commands of all blocks, each once."""
    seen = set()
    for name, block in blocks("sh"):
        for line in block.replace("\\\n", " ").splitlines():
            words = tuple(shlex.split(line, comments=True))
            if words and words not in seen:
                seen.add(words)
                yield pytest.param(words, id=f"{name}-{' '.join(words)}")


@pytest.mark.parametrize("words", commands())
def test_commands(words: tuple[str, ...]) -> None:
    """What is told to be run is there, and takes the arguments that it is given."""
    command, *arguments = words
    if "/" in command:
        path = ROOT / command
        assert path.exists()
        assert path.stat().st_mode & 0o100
    assert all(
        (ROOT / path).exists() for path in arguments if path.startswith("tests/")
    )
    module = module_of(command, arguments)
    if module is None:
        return
    name, options = module
    assert (ROOT / name.replace(".", "/")).with_suffix(".py").exists() or (
        ROOT / name.replace(".", "/") / "__main__.py"
    ).exists()
    if options:
        assert_accepts(name, options)


def module_of(command: str, arguments: list[str]) -> tuple[str, list[str]] | None:
    """Return the module of ours that a command runs, with its arguments."""
    if arguments[:1] == ["-m"]:
        name, options = arguments[1], arguments[2:]
    elif command.startswith("scripts/"):
        run = re.search(r"python -m (\S+) ", (ROOT / command).read_text())
        name, options = run[1] if run else "", arguments
    else:
        return None
    return (name, options) if name.startswith("tests.") else None


def assert_accepts(module: str, arguments: list[str]) -> None:
    """Have a module look at its arguments without doing anything."""
    run = subprocess.run(
        [sys.executable, "-m", module, *arguments, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert run.returncode == 0, run.stderr
    for argument in arguments:
        if argument.startswith("-"):
            assert argument.split("=")[0] in run.stdout


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
        prose = re.sub(r"^\|[^\n]*|^```.*?^```", "", text, flags=_LINES)
        assert not runs(prose) & theirs, page


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
    text = re.sub(r"^```.*?^```", "", PAGES[page], flags=_LINES)
    links = re.findall(r"\]\(([^)\s]+)\)|\b(?:src|href)=\"([^\"]+)\"", text)
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
