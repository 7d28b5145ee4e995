"""From raw samples to what a network is trained on: split, scale, encode for the loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.samples import Samples
from engine.lazy import Array


@dataclass(frozen=True)
class Scaling:
    """What was done to every input value: (x - offset) / spread, fitted on the training part. Both have one sample's
    shape.
    """

    offset: Array
    spread: Array

    def apply(self, inputs: Array) -> Array:
        """Scaled inputs (N, ...)."""
        return (inputs - self.offset) / self.spread


def split(samples: Samples, held_out: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Sample numbers of the training and the validation part.

    The validation part holds ``held_out`` samples; with classes that share is taken from every class, so that both
    parts have the same mixture.
    """
    count = len(samples.inputs)
    order = generator.permutation(count)
    if samples.labels is not None:
        order = _mixed(order, samples.labels)
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def _mixed(order: Array, labels: Array) -> Array:
    """The shuffled order rearranged so that every stretch of it holds the classes in their overall proportion."""
    place = np.empty(len(order))
    for label in np.unique(labels):
        members = np.flatnonzero(labels[order] == label)
        place[members] = (np.arange(len(members)) + 0.5) / len(members)
    return order[np.argsort(place, kind="stable")]


def fit(inputs: Array, kind: str) -> Scaling | None:
    """The scaling of a kind, fitted on the training part's inputs (N, ...); None for ``"none"``. Constant values stay
    put.
    """
    if kind == "none":
        return None
    if kind == "standard":
        offset, spread = inputs.mean(axis=0), inputs.std(axis=0)
    else:
        offset = inputs.min(axis=0)
        spread = inputs.max(axis=0) - offset
    return Scaling(offset, np.where(spread == 0, 1.0, spread))
