"""Tables as text with commas, safe to be opened in a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence

from engine.lazy import Array, np

Cell = str | int | float | None
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def written(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows in UTF-8. Numbers keep all their digits; one that is missing or not a number is an empty cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_cell(each) for each in row] for row in rows)
    return text.getvalue().encode()


def matrix(values: Array, columns: Sequence[str] = (), rows: Sequence[str] = ()) -> bytes:
    """A matrix, or what else can be seen as rows of numbers, with names above and beside it where they are given."""
    plain = np.asarray(values).reshape(len(values), -1).tolist()
    beside = [[name] for name in rows] or [[] for _ in plain]
    above: list[Sequence[Cell]] = [[*[""] * bool(rows), *columns]] if columns else []
    return written([*above, *([*name, *row] for name, row in zip(beside, plain, strict=True))])


def _cell(value: Cell) -> str:
    """A cell's text. What would be computed if it were opened is marked as text, as spreadsheets do it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(STARTS_FORMULA) else value
    return repr(value)
