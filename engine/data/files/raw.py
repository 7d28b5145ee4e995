"""Rows as they stand in a file, and what becomes of them: inputs, classes, values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.data.samples import Samples
from engine.lazy import Array
from engine.strict import ProjectError

MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none", "-", "."})
"""Words, in small letters, that say that there is no value."""
MOST_CLASSES = 1000
LARGEST = 1e100
MOST_WORDS = 50
"""Different words that a text column may hold to be an input: each becomes a number of its own, 0 or 1."""


@dataclass(frozen=True)
class Raw:
    """Names of the columns and numbers (N, columns) with NaN where a value is missing. In a text column each number is
    the place of a word in ``words``.
    """

    names: tuple[str, ...]
    numbers: Array
    words: dict[int, tuple[str, ...]] = field(default_factory=dict)


def samples(raw: Raw, inputs: Sequence[int], targets: Sequence[int], classes: bool, place: str) -> Samples:
    """The rows without gaps: numbers as they are, words of inputs as 0 and 1, targets as classes or values.

    Raises ProjectError that begins with ``place``.
    """
    used = raw.numbers[:, [*inputs, *targets]]
    whole = np.isfinite(used).all(axis=1)
    if not whole.all():  # only then a copy
        used = used[whole]
    if not len(used):
        raise ProjectError(f"{place} has no row without a missing value in the columns that are used.")
    _refuse_large(raw, used, (*inputs, *targets), place)
    made, answers = _inputs(raw, inputs, used, place), used[:, len(inputs) :]
    names = _input_names(raw, inputs)
    if classes:
        labels, found = _classes(raw, targets, answers, place)
        return Samples(made, labels, found, names=names)
    if text := [raw.names[column] for column in targets if column in raw.words]:
        raise ProjectError(f"{place}: column {text[0]} holds words, which are no values to predict.")
    return Samples(made, values=answers, names=names)


def refuse_roles(inputs: Sequence[int], targets: Sequence[int], place: str) -> None:
    """Raises ProjectError where nothing could be learned from such a use of the columns."""
    if not inputs or not targets or set(inputs) & set(targets):
        raise ProjectError(f"{place} needs at least one column as input and another one as target.")


def number_name(value: float) -> str:
    """A number as the name of a class."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _refuse_large(raw: Raw, used: Array, columns: Sequence[int], place: str) -> None:
    """Numbers whose squares no float can hold have neither deviation nor loss."""
    low, high = used.min(axis=0), used.max(axis=0)
    for column, largest in zip(columns, np.maximum(high, -low).tolist(), strict=True):
        if largest > LARGEST:
            raise ProjectError(f"{place}: column {raw.names[column]} holds {largest:.3g}; numbers may go to 1e100.")


def _inputs(raw: Raw, inputs: Sequence[int], used: Array, place: str) -> Array:
    """Inputs (N, D): numbers as they are, words as 0 and 1."""
    if not any(column in raw.words for column in inputs):
        return used[:, : len(inputs)]
    columns = [_input(raw, column, used[:, index], place) for index, column in enumerate(inputs)]
    return np.concatenate(columns, axis=1)


def _input_names(raw: Raw, inputs: Sequence[int]) -> tuple[str, ...]:
    """A name for each number that is made an input of."""
    return tuple(
        name
        for column in inputs
        for name in (
            [f"{raw.names[column]} = {word}" for word in sorted(raw.words[column])]
            if column in raw.words
            else [raw.names[column]]
        )
    )


def _input(raw: Raw, column: int, found: Array, place: str) -> Array:
    if column not in raw.words:
        return found[:, None]
    count = len(raw.words[column])
    if count > MOST_WORDS:
        raise ProjectError(
            f"{place}: column {raw.names[column]} holds {count:,} different words, more than {MOST_WORDS}: ignore it."
        )
    return np.eye(count)[_ranks(raw.words[column])[found.astype(int)]]


def _ranks(words: Sequence[str]) -> Array:
    """The place of each word in the alphabet."""
    ranks = np.empty(len(words), int)
    ranks[sorted(range(len(words)), key=words.__getitem__)] = np.arange(len(words))
    return ranks


def _classes(raw: Raw, targets: Sequence[int], answers: Array, place: str) -> tuple[Array, tuple[str, ...]]:
    """Labels (N,) and the classes' names: numbers in order, words by the alphabet."""
    if len(targets) != 1:
        raise ProjectError(f"{place}: classes stand in one column, {len(targets)} are chosen as target.")
    (column,) = targets
    different, labels = np.unique(answers[:, 0], return_inverse=True)
    if not 2 <= len(different) <= MOST_CLASSES:
        raise ProjectError(
            f"{place}: column {raw.names[column]} holds {len(different):,} different values; classes need 2 to "
            f"{MOST_CLASSES:,}."
        )
    labels = labels.reshape(-1)
    if column not in raw.words:
        return labels, tuple(number_name(value) for value in different)
    names = [raw.words[column][int(code)] for code in different]
    return _ranks(names)[labels], tuple(sorted(names))
