"""How a table of text is laid out, found out from its first lines: separator, decimal sign, names above the columns."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from engine.data.files.raw import MISSING
from engine.data.files.text import number, words
from engine.data.formats import Decimal, Separator

SEPARATORS: tuple[Separator, ...] = ("tab", ";", "|", ",", "blank")  # a comma may be a decimal sign, a blank anything
LOOKED_AT = 200  # lines
ALIKE = 0.95  # share of lines that must have the same number of values
NUMERIC = 0.9  # share of a column's words that are numbers where the others are taken for mistakes
WITH_COMMA = re.compile(r"\s*[-+]?\d*,\d+([eE][-+]?\d+)?\s*")


def separator(text: Sequence[str]) -> Separator:
    """The sign that cuts most lines into the same number of values, more than one."""
    sample = [line for line in text if line.strip()][:LOOKED_AT]
    shares = {each: _share(sample, each) for each in SEPARATORS}
    for each, share in shares.items():
        if share >= ALIKE:
            return each
    best = max(SEPARATORS, key=lambda each: shares[each])
    return best if shares[best] > 0.5 else ","


def _share(sample: Sequence[str], sign: Separator) -> float:
    """The share of lines that have the most common number of values; 0 where that is one."""
    try:
        widths = Counter(map(len, words(sample, sign)))
    except ValueError:
        return 0.0
    if not widths:
        return 0.0
    width, times = widths.most_common(1)[0]
    return times / len(sample) if width > 1 else 0.0


def decimal(rows: Sequence[Sequence[str]], sign: Separator) -> Decimal:
    """A comma where more values are numbers with it than without."""
    if sign == ",":
        return "."
    with_comma = sum(bool(WITH_COMMA.fullmatch(word)) for row in rows for word in row)
    with_point = sum("." in word and _is_number(word, ".") for row in rows for word in row)
    return "," if with_comma > with_point else "."


def has_header(rows: Sequence[Sequence[str]], mark: Decimal) -> bool:
    """Whether the first row holds words only, and some column under it numbers."""
    first, rest = rows[0], rows[1:]
    if any(_is_number(word, mark) for word in first) or not any(word.strip() for word in first):
        return False
    return not rest or any(not is_text(column, mark) for column in zip(*_even(rest), strict=True))


def is_text(column: Sequence[str], mark: Decimal) -> bool:
    """Whether a column holds words; a few mistakes among numbers are none, but errors to be told."""
    given = [word for word in column if word.strip().lower() not in MISSING]
    return bool(given) and sum(_is_number(word, mark) for word in given) < NUMERIC * len(given)


def value(word: str, mark: Decimal) -> float | None:
    """The number that a word says; see ``text.number``."""
    return number(word.replace(",", ".") if mark == "," else word)


def _is_number(word: str, mark: Decimal) -> bool:
    found = value(word, mark)
    return found is not None and not math.isnan(found)


def _even(rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The rows that are as long as most of them."""
    width = Counter(map(len, rows)).most_common(1)[0][0]
    return [row for row in rows if len(row) == width]
