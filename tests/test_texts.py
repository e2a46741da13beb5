"""Texts of chargers in what Home Assistant shows as Markdown, and in what it does not."""

import re

from hypothesis import given, strategies as st
import pytest

from custom_components.schneider_ev.texts import as_markdown
from tests.texts import TEXTS, placeholders


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("EVlink Pro AC 2.0.1 – 7,4 kW (32 A)", "EVlink Pro AC 2.0.1 – 7,4 kW (32 A)"),
        ("[x](http://x)", r"\[x\](http\://x)"),
        ("![x](//x/y.png)", r"!\[x\](//x/y.png)"),
        ("**b** _i_ `c` ~~s~~", r"\*\*b\*\* \_i\_ \`c\` \~\~s\~\~"),
        ("<img src=x onerror=y>", r"\<img src=x onerror=y\>"),
        ("&lt;a&gt; | \\", r"\&lt;a\&gt; \| \\"),
        ("WWW.x.org, a@x.org", r"WWW\.x.org, a\@x.org"),
    ],
)
def test_markup_is_shown_as_it_is(text: str, shown: str) -> None:
    """Ordinary texts are unchanged; links, images, emphasis and HTML become text."""
    assert as_markdown(text) == shown


@given(st.text(alphabet="\\`*_[]<>|~&@:/w.a "))
def test_nothing_of_a_text_is_lost(text: str) -> None:
    """Each sign of markup has a backslash before it, and none is left without."""
    escaped = as_markdown(text)
    assert re.sub(r"\\(.)", r"\1", escaped) == text
    assert not re.search(r"[`*_\[\]<>|~&@]|://|www\.", re.sub(r"\\.", " ", escaped))


def test_names_stand_in_titles_only() -> None:
    """A title is no Markdown, so a name is not escaped, and must not be in a description."""
    for key, issue in TEXTS["issues"].items():
        step = issue.get("fix_flow", {}).get("step", {}).get("confirm", {})
        for part in (issue, step):
            in_title = placeholders(part.get("title", ""))
            assert in_title <= {"meter", "name", "port"}, key
            in_description = placeholders(part.get("description", ""))
            assert not in_description & {"meter", "name"}, key
