"""Rows that are written down in the project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.data.samples import Samples


def points(rows: Sequence[Sequence[float]], classes: int) -> Samples:
    """Rows of x, y and the number of one of so many classes, by which these are called."""
    array = np.array(rows, dtype=float)
    return Samples(array[:, :2], array[:, 2].astype(int), tuple(map(str, range(classes))), names=("x", "y"))


def samples(
    inputs: Sequence[Sequence[float]], targets: Sequence[Any], task: str, names: tuple[str, ...] = ()
) -> Samples:
    """Inputs (N, D) and either labels with the classes' names (numbers in order, then text) or values (N, K)."""
    rows = np.array(inputs, dtype=float)
    if task == "regression":
        return Samples(rows, values=np.array(targets, dtype=float).reshape(len(rows), -1), names=names)
    classes = {str(each): each for each in targets}
    ordered = sorted(classes, key=lambda name: (isinstance(classes[name], str), classes[name]))
    labels = np.array([ordered.index(str(each)) for each in targets])
    return Samples(rows, labels, tuple(ordered), names=names)
