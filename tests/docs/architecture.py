"""The rooms of the code, for docs/architecture.md: each module by its first line."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.docs.markdown import INTEGRATION, code, table


def rooms() -> Mapping[str, str]:
    """Return a table of all modules, package by package."""
    return {"rooms": table(("where", "what"), _rows(INTEGRATION))}


def _rows(package: Path) -> Iterator[tuple[str, str]]:
    """Yield a package, its modules, and the packages within it."""
    for module in sorted(package.glob("*.py"), key=lambda path: path.stem):
        where = module.relative_to(INTEGRATION).as_posix()
        if module.stem == "__init__" and package != INTEGRATION:
            yield (
                f"**{code(f'{where.removesuffix("__init__.py")}')}**",
                _summary(module),
            )
        else:
            yield code(where), _summary(module)
    for inner in sorted(package.iterdir()):
        if (inner / "__init__.py").exists():
            yield from _rows(inner)


def _summary(module: Path) -> str:
    """Return the first line of a module's docstring, without its full stop."""
    docstring = ast.get_docstring(ast.parse(module.read_text())) or ""
    return docstring.partition("\n")[0].removesuffix(".")
