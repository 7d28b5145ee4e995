"""What can be shown of a project's predictions, and the numbers of each form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.lazy import Array
from engine.project import Project

PLANE, CURVE, CONFUSION, SAMPLES, FIT, DRAW = "plane", "curve", "confusion", "samples", "fit", "draw"


def forms(project: Project) -> tuple[str, ...]:
    """The forms in which a project's predictions can be shown, the most telling one first."""
    data = project.data
    inputs, classes = data.input_shape, data.classes
    if len(inputs) == 3:
        return (SAMPLES, CONFUSION, DRAW) if classes else (FIT,)
    judged = CONFUSION if classes else FIT
    if inputs == (1,):
        return CURVE, judged
    return (PLANE, judged) if inputs == (2,) and (classes or data.values == 1) else (judged,)


@dataclass(frozen=True)
class Judged:
    """Samples with what the network says of them: ``inputs`` (N, *in), ``outputs`` (N, K) and ``targets`` (N, K) as the
    loss takes both, ``losses`` (N,) of each by itself.

    ``numbers`` (N,) counts within the part that a sample belongs to: training, or validation where ``held_out`` (N,).
    ``total`` says how many samples there are where not all are judged. With classes, ``truth`` and ``predicted`` (N,)
    are class numbers and ``shares`` (N, classes) says how much speaks for each; these are probabilities where
    ``probable``.
    """

    inputs: Array
    outputs: Array
    targets: Array
    losses: Array
    numbers: Array
    held_out: Array
    total: int
    classes: tuple[str, ...] | None = None
    truth: Array | None = None
    predicted: Array | None = None
    shares: Array | None = None
    probable: bool = False

    @property
    def wrong(self) -> Array:
        """Which samples are taken for another class, (N,); none where there are no classes."""
        if self.truth is None or self.predicted is None:
            return self.held_out & False
        wrong: Array = self.truth != self.predicted
        return wrong

    @property
    def residuals(self) -> Array:
        """Predicted minus true values, (N, K)."""
        return self.outputs - self.targets

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class Field:
    """Predictions at the middles ``x`` (W,) and ``y`` (H,) of cells: ``outputs`` (H, W, K), and with classes
    ``predicted`` (H, W) and ``shares`` (H, W, classes).

    ``limit`` is what the largest value of the data is, in magnitude: that scale does not jump while training goes on.
    Where a unit was asked for, ``outputs`` (H, W, 1) are its own, without classes, and ``limit`` is the largest one. A
    unit without a number stands for all of its block: (H, W, K).
    """

    x: Array
    y: Array
    edges: tuple[float, float, float, float]  # left, right, below, above
    outputs: Array
    judged: Judged
    limit: float
    classes: tuple[str, ...] | None = None
    predicted: Array | None = None
    shares: Array | None = None
    unit: tuple[str, int | None] | None = None


@dataclass(frozen=True)
class Curve:
    """Predictions along a line: ``x`` (N,), ``outputs`` (N, K), and with classes ``shares`` (N, classes)."""

    x: Array
    outputs: Array
    judged: Judged
    shares: Array | None = None


@dataclass(frozen=True)
class Confusion:
    """How often a sample of a class (row) is taken for each class (column): ``counts`` (classes, classes)."""

    counts: Array
    judged: Judged

    @property
    def row_shares(self) -> Array:
        """The counts as shares of their row; 0 in a row without samples."""
        return self.counts / self.counts.sum(axis=1, keepdims=True).clip(1)

    @property
    def accuracy(self) -> float:
        """The share of all samples that is right."""
        return float(self.counts.trace() / max(1, self.counts.sum()))

    def members(self, truth: int, predicted: int) -> Array:
        """The places in ``judged`` of the samples in a cell, the largest loss first."""
        assert self.judged.truth is not None and self.judged.predicted is not None
        found = ((self.judged.truth == truth) & (self.judged.predicted == predicted)).nonzero()[0]
        return found[(-self.judged.losses[found]).argsort(kind="stable")]


@dataclass(frozen=True)
class Samples:
    """The samples with the largest losses of a part, the worst first."""

    judged: Judged


@dataclass(frozen=True)
class Fit:
    """Predicted against true values, with R2 of the training part and of the validation part (None: there is none)."""

    judged: Judged
    r2: float
    validation_r2: float | None


@dataclass(frozen=True)
class Drawn:
    """What the network says of a drawn ``ink`` (H, W): ``outputs`` (K,), ``shares`` (classes,) and the class.

    ``activations`` holds what every block gives out, by name from left to right, in the shape of one sample.
    """

    ink: Array
    outputs: Array
    shares: Array
    predicted: int
    classes: tuple[str, ...]
    probable: bool
    activations: Mapping[str, Array] = field(default_factory=dict)
