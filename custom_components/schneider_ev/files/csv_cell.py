"""Cells of CSV files, which no spreadsheet may take for a formula."""

import re

from ..central_system.messages import plain

# A spreadsheet may split a line at another separator than the file has, so each part of
# a text can become a cell. Quotes around a part are not part of the cell.
_FORMULA = re.compile(r"""((?:^|[,;|\t])[\s"']*)(?=[=+\-@＝＋－＠﹦﹢﹣﹫])""")


def as_cell(value: object) -> object:
    """Return a value for a cell, a text on one line and without formulas.

    Anybody can choose an idTag, so it may be an attack. An apostrophe before a sign has
    spreadsheets take a cell for text.
    """
    return _FORMULA.sub(r"\1'", plain(value)) if isinstance(value, str) else value
