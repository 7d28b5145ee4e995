"""A project's data as it is trained on: two parts in the public shapes of the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.layers.layer import Misfit
from engine.lazy import Array, np
from engine.strict import ProjectError

if TYPE_CHECKING:
    from engine.data.prepare import Scaling
    from engine.data.samples import Samples
    from engine.project import Project


@dataclass(frozen=True)
class Dataset:
    """Inputs (N, D) or (N, C, H, W) and targets as the loss takes them; the classes' names where there are classes."""

    inputs: Array
    targets: Array
    classes: tuple[str, ...] | None = None

    def checked(self) -> Dataset:
        """The same as arrays. Raises ProjectError where they have no such shapes, or are not as many."""
        inputs, targets = np.asarray(self.inputs), np.asarray(self.targets)
        if inputs.ndim not in (2, 4):
            raise ProjectError(f"Inputs must have the shape (N, values) or (N, C, H, W), given {inputs.shape}.")
        if targets.ndim == 0 or len(targets) != len(inputs):
            raise ProjectError(f"There must be a target for each of the {len(inputs)} samples, given {targets.shape}.")
        return Dataset(inputs, targets, self.classes)

    def none(self) -> Dataset:
        """No samples, of the same form."""
        return Dataset(self.inputs[:0], self.targets[:0], self.classes)

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass(frozen=True)
class Parts:
    """The part to train on, the part held out, and the scaling that was applied to both."""

    train: Dataset
    validation: Dataset
    scaling: Scaling | None = None


@dataclass(frozen=True)
class Divided:
    """A project's samples as they were drawn or read: their numbers in the part to train on and in the part held out,
    each in order, and the scaling that was fitted on the first.
    """

    samples: Samples
    train: Array
    held_out: Array
    scaling: Scaling | None


def divided(project: Project) -> Divided:
    """A project's samples, drawn by its seed and split, before they are scaled and encoded for its loss."""
    from engine.data import prepare
    from engine.random import stream

    seed = data_seed(project)
    samples = project.data.generate(stream(seed, "data"))
    train, held_out = prepare.split(samples, project.data.held_out, stream(seed, "split"))
    return Divided(samples, train, held_out, prepare.fit(samples.inputs[train], project.data.scaling))


def dataset(project: Project) -> Parts:
    """A project's data, drawn by its seed, split, scaled, and encoded for its loss. Raises ProjectError where they do
    not suit that.
    """
    found = divided(project)
    try:
        project.loss.output_shape(project.data.classes, project.data.values)
    except Misfit as misfit:
        raise ProjectError(f"loss: {misfit}.") from None
    samples, scaling = found.samples, found.scaling
    inputs = samples.inputs if scaling is None else scaling.apply(samples.inputs)
    targets = project.loss.encode(samples)
    return Parts(
        Dataset(inputs[found.train], targets[found.train], samples.classes),
        Dataset(inputs[found.held_out], targets[found.held_out], samples.classes),
        scaling,
    )


def data_seed(project: Project) -> int:
    """The seed that draws and splits a project's data: their own, else that of the training."""
    return project.training.seed if project.data.seed is None else project.data.seed


def depends_on(project: Project) -> tuple[object, ...]:
    """All of a project that its data, as they are trained on, depend on."""
    return project.data, project.loss.kind, project.training.seed, project.training.dtype
