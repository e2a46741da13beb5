"""The pages as they stand, and what stands in them as an example."""

from collections.abc import Iterator
import re
from typing import Any

import pytest

from tests.docs.markdown import DOCS, ROOT

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text()
    for path in (*sorted(ROOT.glob("*.md")), *sorted(DOCS.glob("*.md")))
}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(language: str) -> Iterator[Any]:
    """Yield the blocks of a language as parameters of a test."""
    for page, text in PAGES.items():
        found = [block for name, block in BLOCK.findall(text) if name == language]
        for number, block in enumerate(found, 1):
            yield pytest.param(block, id=f"{page}-{number}")


def prose(text: str) -> str:
    """Return a page without its blocks."""
    return BLOCK.sub("", text)
