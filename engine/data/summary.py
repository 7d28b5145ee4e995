"""What a project's data hold, in numbers to be looked at: every sample with its part, and each column by itself.

Everything is of the samples as they were drawn or read; what scaling makes of them is given beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.data.histogram import Histogram, histogram
from engine.data.parts import Divided, data_seed, depends_on, divided
from engine.data.prepare import Scaling
from engine.data.samples import Samples
from engine.lazy import Array
from engine.project import Project, ProjectError

ROWS, COLUMNS, CLASSES, TARGETS, SCALING = "table", "columns", "classes", "targets", "scaling"
MOST_COLOURED = 10  # classes into which a histogram is divided


@dataclass(frozen=True)
class Rows:
    """All samples in their order: ``inputs`` (N, D) or (N, C, H, W) with the D columns' names, and ``labels`` (N,) with
    the classes' names or ``values`` (N, K) with theirs.

    ``held_out`` (N,) says which belong to the validation part, ``places`` (N,) the number of each within its part.
    """

    inputs: Array
    names: tuple[str, ...]
    labels: Array | None
    classes: tuple[str, ...] | None
    values: Array | None
    targets: tuple[str, ...]
    held_out: Array
    places: Array
    scaling: Scaling | None

    def scaled(self, sample: int) -> Array | None:
        """One sample's inputs as the network gets them; None where they are not scaled."""
        return None if self.scaling is None else self.scaling.apply(self.inputs[sample])

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class Histograms:
    """Of several columns, each divided into the same groups: ``groups`` are their names, classes where ``by_class``,
    else the parts; a single one without a name where nothing is told apart.
    """

    columns: tuple[Histogram, ...]
    counted: str  # what there are so many of
    groups: tuple[str, ...] = ("",)
    by_class: bool = False


@dataclass(frozen=True)
class Shares:
    """How many samples of each class are in the part to train on and in the part held out, (classes,) each."""

    classes: tuple[str, ...]
    train: Array
    validation: Array


@dataclass(frozen=True)
class Preparation:
    """How the samples are divided, and the numbers that their scaling was fitted with: of each of the D inputs the mean
    and the standard deviation (``standard``) or the smallest and the largest value (``min_max``), (D,) each.
    """

    kind: str
    names: tuple[str, ...]
    first: Array
    second: Array
    scaling: Scaling | None
    train: int
    validation: int
    seed: int
    pinned: bool  # whether the seed is the data's own


class Survey:
    """``load`` a project, then ask. The samples are kept while they are the same; for one thread. Raises ProjectError
    where they cannot be read.
    """

    def __init__(self) -> None:
        self._key: object = None

    def load(self, project: Project) -> None:
        """From now on these are the data."""
        key = depends_on(project)
        if key != self._key:
            self._key = None
            self._found = divided(project)
            self._key = key
        if not len(self._found.train):
            raise ProjectError("There are no samples yet.")
        self._project = project

    def answer(self, form: str) -> Any:
        """What is asked for, by its name."""
        return ANSWERS[form](self._project, self._found)


def rows(_project: Project, found: Divided) -> Rows:
    """Every sample."""
    samples = found.samples
    places = np.empty(len(samples.inputs), int)
    held_out = np.zeros(len(samples.inputs), bool)
    held_out[found.held_out] = True
    for part in (found.train, found.held_out):
        places[part] = np.arange(len(part))
    return Rows(
        samples.inputs, input_names(samples), samples.labels, samples.classes, samples.values, target_names(samples),
        held_out, places, found.scaling,
    )  # fmt: skip


def columns(_project: Project, found: Divided) -> Histograms:
    """Each input of the part to train on, divided by class where there are few; of images the brightness of all pixels
    in each channel.
    """
    samples, train = found.samples, found.train
    if samples.inputs.ndim == 4:
        channels = channel_names(samples.inputs.shape[1])
        shown = (histogram(name, samples.inputs[train, place].reshape(-1)) for place, name in enumerate(channels))
        return Histograms(tuple(shown), "training pixels")
    groups, labels = samples.classes or (), samples.labels
    by_class = labels is not None and len(groups) <= MOST_COLOURED
    group = labels[train] if labels is not None and by_class else None
    shown = (
        histogram(name, samples.inputs[train, place], group, len(groups) if by_class else 1)
        for place, name in enumerate(input_names(samples))
    )
    return Histograms(tuple(shown), "training samples", groups if by_class else ("",), by_class)


def targets(_project: Project, found: Divided) -> Histograms:
    """Each value to be predicted, divided into the part to train on and the part held out."""
    samples = found.samples
    assert samples.values is not None
    part = np.zeros(len(samples.values), int)
    part[found.held_out] = 1
    groups = ("training", "validation")[: 1 + (len(found.held_out) > 0)]
    shown = (
        histogram(name, samples.values[:, place], part, len(groups)) for place, name in enumerate(target_names(samples))
    )
    return Histograms(tuple(shown), "samples", groups)


def classes(_project: Project, found: Divided) -> Shares:
    """How the classes are represented in both parts."""
    samples = found.samples
    assert samples.labels is not None and samples.classes is not None
    train, validation = (
        np.bincount(samples.labels[part], minlength=len(samples.classes)) for part in (found.train, found.held_out)
    )
    return Shares(samples.classes, train, validation)


def preparation(project: Project, found: Divided) -> Preparation:
    """The split and the scaling."""
    samples, scaling, kind = found.samples, found.scaling, project.data.scaling
    first = second = np.zeros(0)
    if scaling is not None:
        first = scaling.offset.reshape(-1)
        used = samples.inputs[found.train]
        second = (used.std(axis=0) if kind == "standard" else used.max(axis=0)).reshape(-1)
    return Preparation(
        kind, input_names(samples), first, second, scaling, len(found.train), len(found.held_out), data_seed(project),
        project.data.seed is not None,
    )  # fmt: skip


def input_names(samples: Samples) -> tuple[str, ...]:
    """A name for each of the D inputs: its own, else a letter or a number; for each pixel its channel, row, column."""
    shape = samples.inputs.shape[1:]
    if len(shape) == 3:
        return tuple("pixel " + ", ".join(map(str, place[shape[0] == 1 :])) for place in np.ndindex(shape))
    if len(samples.names) == shape[0]:
        return samples.names
    return ("x", "y")[: shape[0]] if shape[0] <= 2 else tuple(f"x{place}" for place in range(1, shape[0] + 1))


def target_names(samples: Samples) -> tuple[str, ...]:
    """A name for each value to be predicted."""
    if samples.values is None:
        return ()
    count = samples.values.shape[1]
    return ("target",) if count == 1 else tuple(f"target {place}" for place in range(1, count + 1))


def channel_names(count: int) -> tuple[str, ...]:
    """What the values of each channel of an image are."""
    if count == 1:
        return ("brightness",)
    return ("red", "green", "blue") if count == 3 else tuple(f"channel {place}" for place in range(count))


ANSWERS: dict[str, Callable[[Project, Divided], Any]] = {
    ROWS: rows,
    COLUMNS: columns,
    CLASSES: classes,
    TARGETS: targets,
    SCALING: preparation,
}
"""What answers each form."""
