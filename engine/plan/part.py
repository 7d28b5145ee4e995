"""What a plan is given to work on: a whole batch, or its share of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.lazy import Array, Generator

if TYPE_CHECKING:
    from engine.network import Network


@dataclass(frozen=True)
class Part:
    """``input`` (samples, values + 1) with a last column of ones, ``targets`` (samples, outputs), the vector that takes
    the ``gradients``, the ``generators`` of noise by block, and the ``share`` of the loss.
    """

    input: Array
    targets: Array
    gradients: Array
    generators: Mapping[str, Generator]
    share: float = 1.0

    @classmethod
    def whole(cls, network: Network, batch: int) -> Part:
        """New memory for a batch, and the network's own gradient vector."""
        dtype = network.parameters.dtype
        rows = np.ones((batch, network.input_size + 1), dtype)
        targets = np.zeros((batch, network.output_size), dtype)
        return cls(rows, targets, network.gradients, network.generators)

    def cut(self, rows: slice, gradients: Array, generators: Mapping[str, Generator]) -> Part:
        """Some samples of a whole batch, in the same memory. Their mean loss counts by their share of the samples."""
        piece = self.input[rows]
        return Part(piece, self.targets[rows], gradients, generators, len(piece) / len(self.input))
