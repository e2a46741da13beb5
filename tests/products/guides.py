"""The Connectivity Guides as text, where they are at hand."""

from pathlib import Path
import re

GUIDES = Path(__file__).parents[3] / "shared" / "guides"


def section(guide: Path, start: str, end: str) -> str:
    """Return what stands between two headings, the table of contents left aside."""
    text = guide.read_text(encoding="utf-8")
    match = re.search(
        rf"^(?:# )?\**{start}\**$(.*?)^(?:# )?\**{end}\**$",
        text,
        re.MULTILINE | re.DOTALL,
    )
    assert match is not None
    return match[1]


def words(text: str) -> list[str]:
    """Return the words of a text, bare of case and punctuation."""
    return re.findall(r"\w+", re.sub(r"<[^>]+>", "", text).casefold())
