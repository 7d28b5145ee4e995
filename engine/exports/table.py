"""Tables as text that is safe to be opened in a spreadsheet: no cell of text is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from typing import Any

STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def written(rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows of text and numbers as a file: commas between, UTF-8."""
    return _laid_out(rows, ",", "\r\n").encode()


def pasted(rows: Iterable[Sequence[Any]]) -> str:
    """Rows of text and numbers as they are pasted: tabs between."""
    return _laid_out(rows, "\t", "\n")


def _laid_out(rows: Iterable[Sequence[Any]], between: str, end: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=between, lineterminator=end).writerows([_cell(each) for each in row] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    """A cell's text. Numbers keep all their digits; what is missing or not a number stays empty; what would be computed
    is marked as text, as spreadsheets do it.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str) and value.startswith(STARTS_FORMULA):
        return f"'{value}"
    return str(value)
