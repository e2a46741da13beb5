"""The pages in docs that are made from the code.

`python -m tests.docs` fills what stands between their marks. A test holds them.
"""

import asyncio
from collections.abc import Mapping

from tests.docs.actions import actions
from tests.docs.architecture import rooms
from tests.docs.entities import entities
from tests.docs.faults import faults
from tests.docs.markdown import DOCS, filled
from tests.docs.references import references
from tests.docs.settings import settings


async def pages() -> Mapping[str, Mapping[str, str]]:
    """Return what is made of each page, by part."""
    return {
        "entities.md": await entities(),
        "settings.md": settings(),
        "actions.md": await actions(),
        "faults.md": faults(),
        "references.md": references(),
        "architecture.md": rooms(),
    }


def main() -> None:
    """Fill the pages."""
    for name, made in asyncio.run(pages()).items():
        page = DOCS / name
        page.write_text(filled(page.read_text(), made))


if __name__ == "__main__":
    main()
