"""Real data that come with the program; each file stands beside its source and licence."""

from __future__ import annotations

import gzip

import numpy as np

from engine import assets
from engine.data.samples import Samples
from engine.lazy import Array

BRIGHTEST = 16
IRISES = ("setosa", "versicolor", "virginica")


def digits() -> Samples:
    """1,797 images (N, 1, 8, 8) with values from 0 to 1, and the digit that each shows."""
    rows = _rows("digits.csv.gz")
    return Samples(rows[:, :-1].reshape(-1, 1, 8, 8) / BRIGHTEST, rows[:, -1].astype(int), tuple("0123456789"))


def iris() -> Samples:
    """Sepal length and width, petal length and width in cm (150, 4), and the species."""
    rows = _rows("iris.csv.gz")
    return Samples(rows[:, :-1], rows[:, -1].astype(int), IRISES)


def _rows(name: str) -> Array:
    with gzip.open(assets.path("data", name), "rt", encoding="ascii") as file:
        return np.loadtxt(file, delimiter=",", skiprows=1)
