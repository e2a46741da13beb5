"""Cells of CSV files: no spreadsheet takes one for a formula, however it splits a line."""

import csv
import io
import re

from hypothesis import example, given, strategies as st
import pytest

from custom_components.schneider_ev.files.csv_cell import as_cell

SIGNS = "=+-@＝＋－＠"


@pytest.mark.parametrize(
    "value",
    [
        7,
        -5,
        None,
        1500.0,
        "04A1B2C3",
        "Ada & Žofie, the car; 2",
        "a-b = c+d@e",
        "2026-01-14T18:50:00+00:00",
        "",
    ],
)
def test_ordinary_values_are_unchanged(value: object) -> None:
    """Numbers, times, names and tags."""
    assert as_cell(value) == value


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("x;=1+1", "x;'=1+1"),
        ("x, @SUM(A1)", "x, '@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("\t=1", " '=1"),
        ("x\n=1", "x =1"),
        ('x;"=1"', 'x;"\'=1"'),
        ("\ufeff=1", "'=1"),
    ],
)
def test_formulas_become_text(text: str, cell: str) -> None:
    """At the beginning, and behind every separator that a spreadsheet may go by."""
    assert as_cell(text) == cell


@given(st.text(alphabet=SIGNS + ";,|\t\n\r \"'a1\u200b\u2028"))
@example('a";"=1')
@example(';""=1')
def test_no_cell_is_a_formula(text: str) -> None:
    """A line is read with the separator of the file, and with each other one."""
    file = io.StringIO()
    csv.writer(file).writerow(["CP-1", as_cell(text), 1500])
    line = file.getvalue().removesuffix("\r\n")
    assert len(line.splitlines()) == 1
    for separator in ",;\t|":
        (cells,) = csv.reader([line], delimiter=separator)
        for cell in (*cells, *line.split(separator)):
            assert not re.match(rf"[\s\"]*[{re.escape(SIGNS)}]", cell), (
                separator,
                cells,
            )
