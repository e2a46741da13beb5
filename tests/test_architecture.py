"""Who may import whom: what a charger is and does knows nothing of Home Assistant."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INTEGRATION = ROOT / "custom_components" / "schneider_ev"
PACKAGE = "custom_components.schneider_ev"
OCPP = "central_system/transport/connection.py"

MODULES = {
    path.relative_to(INTEGRATION).as_posix(): ast.parse(path.read_text(), str(path))
    for path in sorted(INTEGRATION.rglob("*.py"))
}


def imported(name: str) -> Iterator[str]:
    """Yield the full names of what a module imports, wherever in it that stands."""
    package = [PACKAGE, *name.split("/")[:-1]]
    for node in ast.walk(MODULES[name]):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                outer = package[: len(package) - level + 1] if level else []
                source = ".".join([*outer, *([module] if module else [])])
                yield from (f"{source}.{alias.name}" for alias in names)


def within(name: str, package: str) -> bool:
    """Tell whether a name is that of a package, or of something in it."""
    return name == package or name.startswith(f"{package}.")


def importers(package: str) -> set[str]:
    """Return the modules that import a package or anything of it."""
    return {
        module
        for module in MODULES
        if any(within(name, package) for name in imported(module))
    }


def test_imports_are_seen() -> None:
    """What this module goes by is true: relative imports are resolved, too."""
    names = set(imported("central_system/charge_point/charger.py"))
    assert f"{PACKAGE}.products.PRODUCTS" in names
    assert f"{PACKAGE}.central_system.messages.boot.BootInfo" in names
    assert f"{PACKAGE}.central_system.charge_point.charger.Charger" in set(
        imported("__init__.py")
    )
    assert "homeassistant.core.HomeAssistant" in set(imported("__init__.py"))


@pytest.mark.parametrize(
    "module",
    [
        module
        for module in MODULES
        if module.startswith(("products/", "central_system/", "site/"))
    ],
)
def test_knows_nothing_of_home_assistant(module: str) -> None:
    """The products and the central system stand on their own."""
    names = set(imported(module))
    assert not {name for name in names if within(name, "homeassistant")}
    ours = {name for name in names if within(name, PACKAGE)}
    inside = (
        ["products"]
        if module.startswith("products/")
        else ["products", "central_system"]
    )
    assert not {
        name
        for name in ours
        if not any(within(name, f"{PACKAGE}.{package}") for package in inside)
    }


def test_ocpp_is_in_one_place() -> None:
    """The library's classes go no further than the websocket."""
    assert importers("ocpp") == {OCPP}


def test_websockets_stay_in_the_central_system() -> None:
    """Nobody else has to do with sockets."""
    assert all(
        module.startswith("central_system/") for module in importers("websockets")
    )
    assert importers("websockets")


@pytest.mark.parametrize(
    "path",
    [
        path.relative_to(ROOT).as_posix()
        for folder in ("custom_components", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ],
)
def test_annotations_are_those_of_python_3_14(path: str) -> None:
    """Nothing imports annotations from the future: they are lazy by themselves."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        assert not (isinstance(node, ast.ImportFrom) and node.module == "__future__")
