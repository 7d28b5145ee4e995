"""Real data that come with the program; each file stands beside its source and licence."""

from __future__ import annotations

import gzip

import numpy as np

from engine import assets
from engine.data.samples import Samples
from engine.lazy import Array

BRIGHTEST = 16
IRISES = ("setosa", "versicolor", "virginica")
WINES = ("class_0", "class_1", "class_2")
TUMOURS = ("malignant", "benign")


def digits() -> Samples:
    """1,797 images (N, 1, 8, 8) with values from 0 to 1, and the digit that each shows."""
    rows, _names = _rows("digits.csv.gz")
    return Samples(rows[:, :-1].reshape(-1, 1, 8, 8) / BRIGHTEST, rows[:, -1].astype(int), tuple("0123456789"))


def iris() -> Samples:
    """Sepal length and width, petal length and width in cm (150, 4), and the species."""
    return _classified("iris.csv.gz", IRISES)


def wine() -> Samples:
    """13 chemical measurements of 178 wines (178, 13), and the grower."""
    return _classified("wine.csv.gz", WINES)


def breast_cancer() -> Samples:
    """30 measurements of cell nuclei of 569 tumours (569, 30), and whether the tumour is malignant."""
    return _classified("breast_cancer.csv.gz", TUMOURS)


def _classified(name: str, classes: tuple[str, ...]) -> Samples:
    """A table whose last column holds the class number."""
    rows, names = _rows(name)
    return Samples(rows[:, :-1], rows[:, -1].astype(int), classes, names=names[:-1])


def _rows(name: str) -> tuple[Array, tuple[str, ...]]:
    """The numbers of a table, and the names of its columns."""
    with gzip.open(assets.path("data", name), "rt", encoding="ascii") as file:
        names = file.readline().strip().replace("_", " ").split(",")
        return np.loadtxt(file, delimiter=","), tuple(names)
