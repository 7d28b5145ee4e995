"""A training step shared by two threads: two plans on the same weights, each with half of the batch.

Each half has a gradient vector of its own, weighted by its share of the samples, and the two are always added in the
same order: a run repeats bit for bit. From a run on one thread it differs in the last digits, as sums are rounded in
another order, and where dropout draws: each half has its own stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.lazy import Array
from engine.plan.part import Part
from engine.plan.plan import Plan
from engine.together import together

if TYPE_CHECKING:
    from engine.network import Network

SECOND_HALF = "second half/"
"""Before a block's name: the stream of its noise in the second half."""


class Halves:
    """Stands in for a training plan of at least two samples; ``input``, ``targets``, ``loss`` and ``run`` are as
    there.
    """

    def __init__(self, network: Network, batch: int) -> None:
        whole = Part.whole(network, batch)
        self.batch, self.input, self.targets = batch, whole.input, whole.targets
        self.loss = np.zeros((), network.parameters.dtype)
        middle = batch - batch // 2
        first = whole.cut(slice(0, middle), network.gradients, network.generators)
        noise = {block.name: network.generators[SECOND_HALF + block.name] for block in network.project.chain}
        second = whole.cut(slice(middle, batch), np.zeros_like(network.gradients), noise)
        self.parts = tuple(Plan(network, len(part.input), training=True, part=part) for part in (first, second))

    def run(self) -> None:
        """One pass through both plans."""
        first, second = self.parts
        together(first.run, second.run)
        np.add(first.gradients, second.gradients, first.gradients)
        np.add(first.loss, second.loss, self.loss)

    def slope(self, name: str) -> Array:
        """The slopes of an activation over the last batch, as of one plan."""
        return np.concatenate([part.slope(name) for part in self.parts], axis=-1)
