"""What passes through the blocks at one moment of a run: outputs for chosen samples, and how the error answers them.

As all explanations, in double precision and in evaluation mode, with the parameters at which the last gradient was
taken: there, delta times activation is the gradient that is shown. What is broken on purpose is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from engine.data.parts import Dataset
from engine.explain.sweep import Passage, public, sweep
from engine.explain.terms import Term, backward_terms, forward_terms
from engine.layers.layer import Shape
from engine.lazy import Array
from engine.project import Project, ProjectError

if TYPE_CHECKING:
    from engine.run.snapshot import Snapshot

INPUT = "input"
"""What the data block is called, as in explanations."""
MOST_SAMPLES = 256  # of a batch that a mean is taken over
MOST_VALUES = 2_000_000  # outputs of all blocks for all samples; in double precision, with their derivatives


@dataclass(frozen=True)
class Reading:
    """What leaves one block. ``activations`` and ``deltas`` (N, ...) are the output of every sample and the derivative
    of that sample's own error by it, in public shapes; ``samples`` (N,) the numbers of the training samples.
    ``largest`` is the largest magnitude of the mean, over all blocks, of each of the two.
    """

    block: str
    formula: str
    samples: Array
    activations: Array
    deltas: Array
    largest: dict[str, float]
    here: Passage | None  # None for the data
    after: Passage | None  # the block that reads this one, where it is the only one

    @cached_property
    def activation(self) -> Array:
        """The output, (...); of several samples their mean."""
        return self.activations.mean(axis=0)

    @cached_property
    def delta(self) -> Array:
        """The derivative of the error by the output, (...); of several samples the mean of each one's own."""
        return self.deltas.mean(axis=0)

    def activation_terms(self, index: Shape) -> tuple[Term, ...]:
        """What is summed, or goes into a function, for one output of the first sample; empty for the data."""
        return forward_terms(self.here, index, 0) if self.here is not None else ()

    def delta_terms(self, index: Shape) -> tuple[Term, ...]:
        """What is summed for the derivative by one output, as the next block hands it back for a single sample; empty
        where the error itself comes next, where several ways lead there, and where the products would take long.
        """
        if self.after is None or len(self.samples) > 1:
            return ()
        quick = self.after.block.wired or self.after.slope is not None
        return backward_terms(self.after, index, 0) if quick else ()


class Probe:
    """One pass of a sample, or of the batch over which the snapshot's gradient is the mean (``sample`` None; at most
    ``MOST_SAMPLES`` of it). Raises ProjectError where the chain cannot work or there is no such sample.
    """

    def __init__(self, snapshot: Snapshot, train: Dataset, sample: int | None = None) -> None:
        if sample is not None and not 0 <= sample < len(train):
            raise ProjectError(f"Training samples are counted from 0 to {len(train) - 1:,}, given {sample:,}.")
        self.project = snapshot.project
        self.samples = np.array([sample]) if sample is not None else snapshot.chosen[: _most(snapshot.project)]
        inputs, targets = train.inputs[self.samples], train.targets[self.samples]
        self._swept = sweep(self.project, snapshot.origin, snapshot.statistics, inputs, targets)
        self._places = {each.block.name: place for place, each in enumerate(self._swept.passages)}

    def read(self, block: str) -> Reading:
        """What leaves a block, or the data (``"input"``). Raises ProjectError where there is no such block."""
        if block != INPUT and block not in self._places:
            raise ProjectError(f"There is no block {block} any more.")
        place = self._places.get(block, -1)
        here = self._swept.passages[place] if place >= 0 else None
        y, dy = (here.y, here.dy) if here else (self._swept.passages[0].x, self._swept.passages[0].dx)
        formula = here.block.formula if here else ""
        values, deltas = public(y), public(dy) * len(self.samples)  # the loss is the mean of the samples' own
        return Reading(block, formula, self.samples, values, deltas, self._largest, here, self._only_reader(place))

    @cached_property
    def _largest(self) -> dict[str, float]:
        """The largest magnitude of any block's mean, so that blocks can be compared on one scale."""
        passages = self._swept.passages
        values = [passages[0].x, *(each.y for each in passages)]
        deltas = [passages[0].dx, *(each.dy for each in passages)]
        return {
            "activation": max(float(np.abs(each.mean(axis=-1)).max()) for each in values),
            "delta": max(float(np.abs(each.sum(axis=-1)).max()) for each in deltas),
        }

    def _only_reader(self, place: int) -> Passage | None:
        passages = self._swept.passages
        alone = place < 0 or passages[place].block.name not in self._swept.readers
        return passages[place + 1] if alone and place + 1 < len(passages) else None


def seen_as(project: Project, block: str, inputs: Mapping[str, Shape]) -> Shape:
    """The shape in which a unit's weights can be looked at: that of the block's input; where it is flat but was laid
    out from a picture, that picture's. ``inputs`` gives the shape of every block's input.
    """
    names = [each.name for each in project.chain]
    flat = inputs[block]
    for each in reversed(project.chain[: names.index(block)]):
        given = inputs[each.name]
        if each.links != "own" or math.prod(given) != math.prod(flat):
            break
        if len(given) == 3:
            return given
    return flat


def _most(project: Project) -> int:
    """How many samples a pass may take."""
    from engine.resolve import resolve

    outputs = sum(math.prod(each.output_shape) for each in resolve(project).blocks if each.output_shape)
    return max(1, min(MOST_SAMPLES, MOST_VALUES // max(outputs, 1)))
