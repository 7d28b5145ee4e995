"""Tables of text: lines of values apart by a separator.

A block of pure numbers is read by numpy at once. Where that fails, or where a column holds words, the block is taken
apart value by value, which also finds the line that is to blame.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from engine.data.files.raw import MISSING, Raw
from engine.data.files.source import MOST_NUMBERS, Watch, blocks, heedless
from engine.data.formats import TextFormat
from engine.lazy import Array
from engine.strict import ProjectError

LONGEST_LINE = 2**20
MOST_COLUMNS = 10_000
LONGEST_WORD = 200
MOST_DIFFERENT = 100_000
GAPS = frozenset({"", "?", "NA"})  # the most common of the missing
SIGNS = {"tab": "\t", "blank": None}


def lines(path: Path, watch: Watch = heedless) -> Iterator[list[str]]:
    """The lines of a file, block by block. Refuses what is no text in UTF-8."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8-sig")(), translate=True)
    rest, offset, before = "", 0, 0
    for block in blocks(path, watch):
        if offset == 0 and block[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise ProjectError(f"{path.name} is UTF-16 text; save it as UTF-8.")
        text = rest + _decoded(path, decoder, block, offset)
        offset += len(block)
        found = text.split("\n")
        if "\0" in text:
            line = next(number for number, each in enumerate(found, before + 1) if "\0" in each)
            raise ProjectError(f"{path.name}, line {line:,}: holds a zero byte; this is no text.")
        rest = found.pop()
        if len(rest) > LONGEST_LINE or max(map(len, found), default=0) > LONGEST_LINE:
            raise ProjectError(f"{path.name} has a line of more than {LONGEST_LINE:,} characters near {before + 1:,}.")
        before += len(found)
        yield found
    rest += _decoded(path, decoder, b"", offset, final=True)
    if rest:
        yield [rest]


def _decoded(path: Path, decoder: io.IncrementalNewlineDecoder, block: bytes, offset: int, final: bool = False) -> str:
    try:
        return decoder.decode(block, final)
    except UnicodeDecodeError as error:
        place = f"byte {offset + max(error.start, 0):,}"
        raise ProjectError(f"{path.name} is not UTF-8 text near {place}; save it as UTF-8.") from None


def words(text: Iterable[str], separator: str) -> list[list[str]]:
    """The values of each line; an empty list for an empty one. Raises ValueError with the number of the line (from
    0) whose quotation marks do not fit.
    """
    text = list(text)
    if separator == "blank":
        return [line.split() for line in text]
    if not any('"' in line for line in text):
        sign = SIGNS.get(separator, separator)
        return [line.split(sign) if line.strip() else [] for line in text]
    return [_quoted(line, separator, index) for index, line in enumerate(text)]


def _quoted(line: str, separator: str, index: int) -> list[str]:
    if not line.strip():
        return []
    try:
        (row,) = csv.reader([line], delimiter=SIGNS.get(separator) or separator, strict=True, skipinitialspace=True)
    except (csv.Error, ValueError):
        raise ValueError(index) from None
    return row


def read(path: Path, form: TextFormat, watch: Watch = heedless) -> Raw:
    """All rows of a file. Raises ProjectError with file and line."""
    reader = _Reader(path, form)
    for block in lines(path, watch):
        reader.take(block)
    return reader.finish()


class _Reader:
    """Collects rows block by block; ``_line`` is the number of lines before the block."""

    def __init__(self, path: Path, form: TextFormat) -> None:
        self._path, self._form = path, form
        self._names: tuple[str, ...] | None = None
        self._line = 0
        self._used = frozenset(form.inputs + form.targets)
        self._numbers: list[Array] = []
        self._words: dict[int, dict[str, int]] = {column: {} for column in form.text if column in self._used}
        self._held = 0

    def take(self, block: list[str]) -> None:
        """The next lines."""
        begin = 0
        if self._names is None:
            begin = next((index for index, line in enumerate(block) if line.strip()), len(block))
            if begin < len(block):
                begin += self._head(block[begin], begin)
        rows = block[begin:] if begin else block
        self._line += begin
        if self._names is not None and rows:
            numbers = self._at_once(rows)
            self._keep(self._one_by_one(rows) if numbers is None else numbers)
        self._line += len(rows)

    def finish(self) -> Raw:
        """All rows that were taken."""
        if not sum(map(len, self._numbers)):
            raise ProjectError(f"{self._path.name} has no rows of values.")
        assert self._names is not None
        numbers = np.concatenate(self._numbers)
        self._numbers.clear()
        return Raw(self._names, numbers, {column: tuple(each) for column, each in self._words.items()})

    def _head(self, line: str, index: int) -> int:
        """Takes the names of the columns. Returns how many lines that were."""
        row = self._split([line], index)[0]
        if len(row) > MOST_COLUMNS:
            raise ProjectError(f"{self._path.name} has {len(row):,} columns, more than {MOST_COLUMNS:,}.")
        self._names = tuple(named(row) if self._form.header else named([""] * len(row)))
        wanted = max((*self._used, *self._form.text), default=-1)
        if wanted >= len(row):
            raise ProjectError(f"{self._path.name} has {len(row)} columns, column {wanted + 1} is asked for.")
        return int(self._form.header)

    def _keep(self, numbers: Array) -> None:
        self._held += numbers.size
        if self._held > MOST_NUMBERS:
            raise ProjectError(f"{self._path.name} holds more than {MOST_NUMBERS:,} numbers.")
        self._numbers.append(numbers)

    def _at_once(self, rows: list[str]) -> Array | None:
        """A block of pure numbers (N, columns); None where it has to be taken apart."""
        if self._form.text or not any(rows):
            return None
        given = [line.replace(",", ".") for line in rows] if self._form.decimal == "," else rows
        sign = SIGNS.get(self._form.separator, self._form.separator)
        try:
            numbers = np.loadtxt(given, delimiter=sign, comments=None, ndmin=2)
        except ValueError:
            return None
        fits = numbers.shape[1] == len(self._names or ()) and np.isfinite(numbers).all()
        return numbers if fits else None

    def _one_by_one(self, rows: list[str]) -> Array:
        split = self._split(rows, 0)
        width = len(self._names or ())
        for index, row in enumerate(split):
            if row and len(row) != width:
                raise self._wrong(index, f"has {len(row)} values, expected {width}")
        places = [index for index, row in enumerate(split) if row]
        numbers = np.full((len(places), width), np.nan)
        for column, found in enumerate(zip(*(split[index] for index in places), strict=True)):
            if column in self._words:
                numbers[:, column] = self._coded(column, found, places)
            elif column in self._used:
                numbers[:, column] = self._parsed(column, found, places)
        return numbers

    def _split(self, rows: list[str], before: int) -> list[list[str]]:
        try:
            return words(rows, self._form.separator)
        except ValueError as error:
            raise self._wrong(before + int(str(error)), "has quotation marks that do not fit") from None

    def _parsed(self, column: int, found: Sequence[str], places: list[int]) -> Array:
        """Numbers (N,), NaN where one is missing."""
        if self._form.decimal == ",":
            found = [word.replace(",", ".") for word in found]
        try:
            values = np.fromiter((np.nan if word in GAPS else float(word) for word in found), float, len(found))
        except ValueError:
            values = None
        if values is None or np.isinf(values).any() or any("_" in word for word in found):
            return self._word_by_word(column, found, places)
        return values

    def _word_by_word(self, column: int, found: Sequence[str], places: list[int]) -> Array:
        """The same, where some word is unusual: another way to say that there is nothing, or the one to blame."""
        values = np.empty(len(found))
        for row, word in enumerate(found):
            value = number(word)
            if value is None:
                name = (self._names or ())[column]
                raise self._wrong(places[row], f"column {name} holds {_short(word)}, expected a number")
            values[row] = value
        return values

    def _coded(self, column: int, found: Sequence[str], places: list[int]) -> Array:
        """The place of each word (N,) among the column's words, NaN where there is none."""
        known = self._words[column]
        codes = np.empty(len(found))
        for row, word in enumerate(map(str.strip, found)):
            code = known.get(word)
            codes[row] = self._new_word(known, word, places[row]) if code is None else code
        if len(known) > MOST_DIFFERENT:
            name = (self._names or ())[column]
            raise self._wrong(
                places[-1], f"column {name} holds more than {MOST_DIFFERENT:,} different words: ignore it"
            )
        return codes

    def _new_word(self, known: dict[str, int], word: str, place: int) -> float:
        if len(word) > LONGEST_WORD:
            raise self._wrong(place, f"holds a word of more than {LONGEST_WORD} characters")
        return np.nan if word.lower() in MISSING else known.setdefault(word, len(known))

    def _wrong(self, index: int, text: str) -> ProjectError:
        return ProjectError(f"{self._path.name}, line {self._line + index + 1:,}: {text}.")


def number(word: str) -> float | None:
    """The number that a word says: NaN where it says that there is none, None where it says something else."""
    try:
        value = float(word)
    except ValueError:
        return np.nan if word.strip().lower() in MISSING else None
    return None if value in (np.inf, -np.inf) or "_" in word else value


def named(row: Sequence[str]) -> list[str]:
    """A name for each column, none twice; columns without one are counted."""
    names: list[str] = []
    taken: set[str] = set()
    for place, word in enumerate(row, 1):
        clean = " ".join("".join(sign for sign in word if sign.isprintable()).split())[:60]
        name = base = clean or f"x{place}"
        count = 2
        while name in taken:
            name, count = f"{base} {count}", count + 1
        taken.add(name)
        names.append(name)
    return names


def _short(word: str) -> str:
    return repr(word if len(word) <= 30 else word[:29] + "…")
