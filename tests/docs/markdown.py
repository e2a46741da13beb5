"""What the pages that are made from the code are made of: tables, and parts of a page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
import json
from pathlib import Path
import re
from typing import Any

from custom_components.schneider_ev.products import PRODUCTS
from custom_components.schneider_ev.products.model import Product

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
INTEGRATION = ROOT / "custom_components" / "schneider_ev"
TEXTS: dict[str, Any] = json.loads((INTEGRATION / "translations/en.json").read_text())

DESCRIBED: tuple[Product, ...] = tuple(
    product for product in PRODUCTS.values() if product.guides
)
"""The products that a guide describes, which have pages about them."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


def code(text: str) -> str:
    """Return a text as it is typed."""
    return f"`{text}`" if text else ""


def parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the content of each part of a page that is made."""
    for match in re.finditer(
        r"<!-- (\w+) -->\n(.*?)<!-- end of \1 -->", text, re.DOTALL
    ):
        yield match[1], match[2]


def filled(text: str, made: Mapping[str, str]) -> str:
    """Return a page with what is made put into its parts."""
    for name, content in made.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}{content}{end}{after}"
    return text
