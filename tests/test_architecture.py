"""Who may import whom: imports that are for typing only count as well."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INTEGRATION = ROOT / "custom_components" / "schneider_ev"
PACKAGE = "custom_components.schneider_ev"
CORE = "central_system"
CHARGE_POINT = f"{CORE}.charge_point"

type Imports = Mapping[str, set[str]]
"""The full names that each module imports."""

PURE = ("products", CORE, "site", "billing")
"""Packages that know nothing of Home Assistant."""

MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "products": frozenset(),
    "site": frozenset({"products", CORE}),
    "billing": frozenset({"site", CORE}),
    f"{CORE}.values": frozenset(),
    f"{CORE}.messages": frozenset({"products", f"{CORE}.values"}),
    f"{CORE}.transport": frozenset({f"{CORE}.values", f"{CORE}.messages"}),
    f"{CORE}.state": frozenset({"products", f"{CORE}.values", f"{CORE}.messages"}),
    f"{CORE}.charging": frozenset(
        {"products", f"{CORE}.values", f"{CORE}.messages", f"{CORE}.state"}
    ),
    CHARGE_POINT: frozenset(
        {
            "products",
            f"{CORE}.values",
            f"{CORE}.messages",
            f"{CORE}.transport",
            f"{CORE}.state",
            f"{CORE}.charging",
        }
    ),
    CORE: frozenset({"products"}),
}
"""What of ours a package may import beside itself."""

PARTS = frozenset({"charger", "connector"})
ABOVE_PARTS = frozenset(
    {"handlers", "results", "commissioning", "lifecycle", "securing"}
)
"""Modules of `charge_point` that import the charger, and are not imported by it."""


def name_of(path: Path) -> str:
    """Return the name of a module within the integration; a package's is its own."""
    parts = path.relative_to(INTEGRATION).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(source: str, module: str, *, is_package: bool) -> Iterator[str]:
    """Yield the full names that a module imports, wherever in it that stands."""
    within = f"{PACKAGE}.{module}".rstrip(".").split(".")
    package = within if is_package else within[:-1]
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=origin, names=names, level=level):
                outer = package[: len(package) - level + 1] if level else []
                base = ".".join([*outer, *([origin] if origin else [])])
                yield from (f"{base}.{alias.name}" for alias in names)


@pytest.fixture(scope="module")
def imports() -> Imports:
    """The imports of the integration as it is."""
    return {
        name_of(path): set(
            imported(
                path.read_text(), name_of(path), is_package=path.name == "__init__.py"
            )
        )
        for path in INTEGRATION.rglob("*.py")
    }


def is_in(name: str, package: str) -> bool:
    """Tell whether a name is that of a package, or of something in it."""
    return name == package or name.startswith(f"{package}.")


def graph(imports: Imports) -> dict[str, set[str]]:
    """Return which modules of ours each module imports."""
    return {
        module: {
            target
            for name in names
            if (target := _module(name.removeprefix(f"{PACKAGE}."), imports))
            is not None
            and is_in(name, PACKAGE)
            and target != module
        }
        for module, names in imports.items()
    }


def _module(name: str, imports: Imports) -> str | None:
    """Return the module that a name is of: the name itself, or what it is in."""
    if name in imports:
        return name
    outer = name.rpartition(".")[0]
    return outer if outer in imports else None


def layer(module: str) -> str | None:
    """Return the narrowest package with a rule that a module is in."""
    rules = [package for package in MAY_IMPORT if is_in(module, package)]
    return max(rules, key=len, default=None)


def with_home_assistant(imports: Imports) -> set[str]:
    """Return modules of the pure packages that import Home Assistant (rule 1)."""
    return {
        module
        for module, names in imports.items()
        if any(is_in(module, package) for package in PURE)
        and any(is_in(name, "homeassistant") for name in names)
    }


def upward(imports: Imports) -> set[tuple[str, str]]:
    """Return imports of a package that it may not import (rules 1 and 2)."""
    return {
        (module, target)
        for module, targets in graph(imports).items()
        if (own := layer(module)) is not None
        for target in targets
        if not any(is_in(target, package) for package in (own, *MAY_IMPORT[own]))
    }


def of_those_above(imports: Imports) -> set[tuple[str, str]]:
    """Return imports of the charger or a connector of what imports them (rule 2)."""
    above = {f"{CHARGE_POINT}.{module}" for module in ABOVE_PARTS}
    return {
        (part, target)
        for part in PARTS
        for target in graph(imports)[f"{CHARGE_POINT}.{part}"] & above
    }


def circle(imports: Imports) -> list[str] | None:
    """Return a circle of imports, None for none; parent and child know each other."""
    edges = graph(imports)
    parent, child = f"{CHARGE_POINT}.charger", f"{CHARGE_POINT}.connector"
    edges[child] = edges[child] - {parent}
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return None


def unlisted(imports: Imports, listed: Mapping[str, set[str]]) -> set[str]:
    """Return names that the adapter does not take from a package's `__init__` (rule 2)."""
    return {
        name
        for module, names in imports.items()
        if layer(module) in (None, "site")
        for name in names
        if is_in(name, f"{PACKAGE}.{CORE}") and not _is_listed(name, listed)
    }


def _is_listed(name: str, listed: Mapping[str, set[str]]) -> bool:
    package, _, member = name.removeprefix(f"{PACKAGE}.").rpartition(".")
    return member in listed.get(package, set())


@pytest.fixture(scope="module")
def listed() -> Mapping[str, set[str]]:
    """What the packages of the central system list in `__all__`."""
    packages = {CORE, *(name for name in MAY_IMPORT if name.startswith(f"{CORE}."))}
    return {
        package: set(_all(path.read_text()))
        for package in packages
        if (path := INTEGRATION / package.replace(".", "/") / "__init__.py").exists()
    }


def _all(source: str) -> Iterable[str]:
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                names: list[str] = ast.literal_eval(value)
                return names
    return ()


def reversed_import(imports: Imports, module: str, name: str) -> Imports:
    """Return the imports with one more."""
    assert module in imports
    return {**imports, module: imports[module] | {f"{PACKAGE}.{name}"}}


def test_imports_are_seen(imports: Imports) -> None:
    """Relative imports are resolved, and so are those for typing only."""
    assert f"{PACKAGE}.products.PRODUCTS" in imports[f"{CHARGE_POINT}.charger"]
    assert f"{CORE}.messages.boot" in graph(imports)[f"{CHARGE_POINT}.charger"]
    assert f"{CHARGE_POINT}.charger" in graph(imports)[f"{CHARGE_POINT}.connector"]
    assert "homeassistant.core.HomeAssistant" in imports[""]
    assert {layer(module) for module in imports} == {*MAY_IMPORT, None}


def test_pure_packages_know_nothing_of_home_assistant(imports: Imports) -> None:
    """Products, central system and site stand on their own."""
    assert not with_home_assistant(imports)
    for module in ("products.model", f"{CORE}.server", "site.regulator"):
        spoilt = {**imports, module: {"homeassistant.core.HomeAssistant"}}
        assert with_home_assistant(spoilt) == {module}


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("products.model", f"{CORE}.values"),
        ("site.regulator", "storage"),
        (f"{CORE}.values", f"{CORE}.messages.enums"),
        (f"{CORE}.messages.payload", f"{CORE}.state.clock"),
        (f"{CORE}.messages.payload", f"{CORE}.transport.trace"),
        (f"{CORE}.transport.connection", f"{CORE}.state.sessions"),
        (f"{CORE}.transport.connection", f"{CORE}.charging.limits"),
        (f"{CORE}.transport.connection", f"{CHARGE_POINT}.link"),
        (f"{CORE}.state.clock", f"{CORE}.transport.trace"),
        (f"{CORE}.state.clock", f"{CORE}.charging.limits"),
        (f"{CORE}.charging.ratings", f"{CORE}.transport.trace"),
        (f"{CORE}.charging.ratings", f"{CHARGE_POINT}.charger"),
        (f"{CHARGE_POINT}.charger", f"{CORE}.server"),
        (f"{CORE}.pending", "storage"),
    ],
)
def test_packages_import_downward(imports: Imports, module: str, target: str) -> None:
    """A package imports those below it; a reversed import is found."""
    assert not upward(imports)
    assert upward(reversed_import(imports, module, target)) == {(module, target)}


def test_charger_and_connector_import_nothing_above_them(imports: Imports) -> None:
    """Handlers, results and the like import the charger, not the other way round."""
    assert not of_those_above(imports)
    for part in PARTS:
        for module in ABOVE_PARTS:
            pair = f"{CHARGE_POINT}.{part}", f"{CHARGE_POINT}.{module}"
            assert of_those_above(reversed_import(imports, *pair)) == {(part, pair[1])}


def test_no_circle(imports: Imports) -> None:
    """But for charger and connector, no two modules import each other."""
    assert circle(imports) is None
    for module, target in (
        (f"{CHARGE_POINT}.link", f"{CHARGE_POINT}.local_list"),
        (f"{CORE}.state.sessions", f"{CORE}.state.journal"),
        ("subentries", "runtime"),
    ):
        found = circle(reversed_import(imports, module, target))
        assert found is not None
        assert {module, target} <= set(found)


def test_adapter_takes_what_is_listed(
    imports: Imports, listed: Mapping[str, set[str]]
) -> None:
    """It imports from the packages of the central system, not from their modules."""
    assert not unlisted(imports, listed)
    for name in (f"{CHARGE_POINT}.charger.Charger", f"{CHARGE_POINT}.Limiter"):
        spoilt = reversed_import(imports, "sensor", name)
        assert unlisted(spoilt, listed) == {f"{PACKAGE}.{name}"}


def foreign_writes(source: str) -> set[str]:
    """Return the attributes of others that a module assigns to."""
    return {
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and ast.unparse(node.value) != "self"
    }


def test_nobody_writes_another_ones_attribute() -> None:
    """What changes the state of a part is a method of it.

    An SSL context is set up so, and Home Assistant's config entry holds runtime data so.
    """
    found = {
        name_of(path): names
        for path in INTEGRATION.rglob("*.py")
        if (names := foreign_writes(path.read_text()))
    }
    assert found == {
        "": {"entry.runtime_data"},
        f"{CORE}.transport.certificates": {"context.minimum_version"},
    }
    assert foreign_writes("connector.session.energy += 1") == {
        "connector.session.energy"
    }
    assert not foreign_writes("self.energy, energy = energy, self.energy")


def test_libraries_stay_in_one_place(imports: Imports) -> None:
    """`ocpp` goes no further than the connection, `websockets` than the wire."""

    def importers(library: str) -> set[str]:
        return {
            module
            for module, names in imports.items()
            if any(is_in(name, library) for name in names)
        }

    assert importers("ocpp") == {f"{CORE}.transport.connection"}
    assert {layer(module) for module in importers("websockets")} == {
        f"{CORE}.transport",
        CORE,
    }
