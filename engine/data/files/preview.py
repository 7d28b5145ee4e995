"""What a file holds, as far as its beginning tells, and how it might be used: shown before anything is taken over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from engine.data.files.raw import MOST_WORDS
from engine.data.formats import AnyFormat
from engine.layers.layer import Shape
from engine.lazy import Array

Role = Literal["input", "target", "ignore"]
Scaling = Literal["none", "standard", "min_max"]

TARGET_NAMES = re.compile(
    r"(target|class|label|species|diagnosis|outcome|category|cultivar|quality|y|response|price|price[_ ].*)s?",
    re.IGNORECASE,
)
ROW_NAMES = re.compile(r"(id|index|no|nr|row|number|unnamed: 0)", re.IGNORECASE)
MOST_NUMBERED_CLASSES = 20
PICTURES = 60  # shown of a file of images
SIZES_APART = 3.0
"""Columns whose deviations differ by more than this factor, or that lie farther than so many from 0, want scaling."""


@dataclass(frozen=True)
class Column:
    """One column of a table, as far as it was seen. ``gaps`` (N,) says where nothing stands. Numbers have ``values``
    (N,), NaN in the gaps.
    """

    name: str
    text: bool
    gaps: Array
    different: int
    values: Array | None
    role: Role = "input"

    @property
    def missing(self) -> int:
        """How many gaps there are."""
        return int(self.gaps.sum())

    @property
    def low(self) -> float:
        """The smallest value."""
        assert self.values is not None
        return float(np.nanmin(self.values))

    @property
    def high(self) -> float:
        """The largest value."""
        assert self.values is not None
        return float(np.nanmax(self.values))

    @property
    def known(self) -> bool:
        """Whether there is any value at all."""
        return self.different > 0


@dataclass(frozen=True)
class Preview:
    """A file before it is taken over. Without ``columns`` it holds samples of that ``shape`` with their answers.

    ``samples`` is how many rows or images were seen, all of them where ``whole``. ``arrays`` are the shapes of those of
    which two can be chosen.
    """

    path: Path
    format: AnyFormat
    samples: int
    whole: bool
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    pictures: Array | None = None  # the first of (N, C, H, W), where the samples are images
    shape: Shape = ()
    class_count: int = 0
    classes: bool = True
    scaling: Scaling = "none"
    validation: float = 0.2
    arrays: Mapping[str, Shape] = field(default_factory=dict)

    @property
    def seen(self) -> int:
        """Of how many rows it is known where they have gaps."""
        return len(self.columns[0].gaps) if self.columns else 0

    @property
    def inputs(self) -> tuple[int, ...]:
        """The columns proposed as inputs."""
        return tuple(place for place, column in enumerate(self.columns) if column.role == "input")

    @property
    def targets(self) -> tuple[int, ...]:
        """The columns proposed as targets."""
        return tuple(place for place, column in enumerate(self.columns) if column.role == "target")


def column_of(name: str, values: Array) -> Column:
    """A column of numbers."""
    finite = values[np.isfinite(values)]
    return Column(name, False, ~np.isfinite(values), len(np.unique(finite)), values)


def with_roles(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns with a proposed use: one target, useless ones ignored, the others inputs."""
    usable = [column for column in columns if column.known]
    target = _target(usable)
    return tuple(replace(column, role="target" if column is target else _role(column)) for column in columns)


def are_classes(target: Column) -> bool:
    """Whether a target looks like classes: words, or a few whole numbers that come back."""
    if target.text or target.values is None:
        return True
    given = target.values[np.isfinite(target.values)]
    few = 2 <= target.different <= min(MOST_NUMBERED_CLASSES, max(2, len(given) // 2))
    return few and bool((given == np.round(given)).all())


def proposed_scaling(columns: Sequence[Column]) -> Scaling:
    """``standard`` where the inputs are of different size or lie far from 0."""
    numbers = [column.values for column in columns if column.role == "input" and column.values is not None]
    if not numbers:
        return "none"
    with np.errstate(over="ignore"):  # numbers that large are refused when they are taken over
        middles = np.array([np.nanmean(each) for each in numbers])
        spreads = np.array([np.nanstd(each) for each in numbers])
    far = (np.abs(middles) > SIZES_APART * spreads).any()
    apart = spreads.max() > SIZES_APART * max(spreads.min(), 1e-300) or spreads.max() > SIZES_APART
    return "standard" if far or apart else "none"


def _target(columns: Sequence[Column]) -> Column | None:
    """The column with a telling name, else the only one with a few words where it stands at an edge, else the last."""
    named = [column for column in columns if TARGET_NAMES.fullmatch(column.name.strip())]
    worded = [column for column in columns if column.text and 2 <= column.different <= MOST_WORDS]
    if named:
        return named[-1]
    if len(worded) == 1 and any(worded[0] is edge for edge in (columns[0], columns[-1])):
        return worded[0]
    return columns[-1] if columns else None


def _role(column: Column) -> Role:
    if column.different < 2 or (column.text and column.different > MOST_WORDS):
        return "ignore"
    if column.values is not None and ROW_NAMES.fullmatch(column.name.strip()) and _counts(column.values):
        return "ignore"
    return "input"


def _counts(values: Array) -> bool:
    """Whether the values only number the rows."""
    return bool((np.diff(values) == 1).all())
