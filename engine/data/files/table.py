"""A table of text before it is taken over: its layout, its columns, its first rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.data.files import layout, text
from engine.data.files.preview import Column, Preview, are_classes, column_of, proposed_scaling, with_roles
from engine.data.files.raw import MISSING
from engine.data.formats import Decimal, Separator, TextFormat
from engine.strict import ProjectError

SHOWN = 30  # rows
SEEN = 5_000  # rows that are looked at


def look(
    path: Path, separator: Separator | None = None, decimal: Decimal | None = None, header: bool | None = None
) -> Preview:
    """What the file seems to hold; what is given is not guessed. Raises ProjectError."""
    head, whole = _head(path)
    sign = separator or layout.separator(head)
    rows, lines = _rows(path, head, sign)
    mark = decimal or layout.decimal(rows[: layout.LOOKED_AT], sign)
    with_names = layout.has_header(rows, mark) if header is None else header
    width = len(rows[0])
    _refuse_narrow(path, width, len(rows) - with_names)
    names = text.named(rows[0] if with_names else [""] * width)
    body, places = rows[with_names:], lines[with_names:]
    for row, place in zip(body, places, strict=True):
        if len(row) != width:
            raise ProjectError(f"{path.name}, line {place:,}: has {len(row)} values, expected {width}.")
    found = zip(names, zip(*body, strict=True), strict=True)
    columns = with_roles([_column(name, column, mark) for name, column in found])
    proposal = TextFormat(
        sign,
        mark,
        with_names,
        tuple(place for place, column in enumerate(columns) if column.role == "input"),
        tuple(place for place, column in enumerate(columns) if column.role == "target"),
        tuple(place for place, column in enumerate(columns) if column.text),
    )
    target = next((column for column in columns if column.role == "target"), columns[-1])
    return Preview(
        path, proposal, len(body), whole, columns, tuple(map(tuple, body[:SHOWN])),
        classes=are_classes(target), scaling=proposed_scaling(columns),
    )  # fmt: skip


def _head(path: Path) -> tuple[list[str], bool]:
    """The first lines, and whether they are all."""
    head: list[str] = []
    for block in text.lines(path):
        if len(head) >= SEEN:
            return head[:SEEN], False
        head += block
    return head[:SEEN], len(head) <= SEEN


def _rows(path: Path, head: list[str], sign: Separator) -> tuple[list[list[str]], list[int]]:
    """The rows that are not empty, and the number of each one's line."""
    try:
        split = text.words(head, sign)
    except ValueError as error:
        line = int(str(error)) + 1
        raise ProjectError(f"{path.name}, line {line:,}: has quotation marks that do not fit.") from None
    kept = [(row, line) for line, row in enumerate(split, 1) if row]
    if not kept:
        raise ProjectError(f"{path.name} has no rows of values.")
    return [row for row, _ in kept], [line for _, line in kept]


def _refuse_narrow(path: Path, width: int, rows: int) -> None:
    if rows < 2:
        raise ProjectError(f"{path.name} has {rows} row{'s' * (rows != 1)} of values; a table needs at least two.")
    if width < 2:
        raise ProjectError(f"{path.name} has one column only; a table needs at least one input and one target.")
    if width > text.MOST_COLUMNS:
        raise ProjectError(f"{path.name} has {width:,} columns, more than {text.MOST_COLUMNS:,}.")


def _column(name: str, words: Sequence[str], mark: Decimal) -> Column:
    if layout.is_text(words, mark):
        gaps = np.array([word.strip().lower() in MISSING for word in words])
        given = {word.strip() for word, gap in zip(words, gaps, strict=True) if not gap}
        return Column(name, True, gaps, len(given), None)
    numbers = [layout.value(word, mark) for word in words]
    return column_of(name, np.array([np.nan if each is None else each for each in numbers]))
