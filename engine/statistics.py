"""The size of every block's gradient, cheap enough for every step."""

from __future__ import annotations

import numpy as np

from engine.lazy import Array
from engine.network import Layout

EXACT_UP_TO = 20_000
"""Parameters up to which squares are taken in double precision at once; beyond, only where single precision
underflows.
"""

UNDERFLOW = 1e-30


class GradientSizes:
    """Mean square of the gradient per weight, block by block, of one flat gradient vector."""

    def __init__(self, layout: Layout, gradients: Array) -> None:
        self.names = tuple(block.name for block in layout.blocks)
        self._gradients = gradients
        self._starts = np.array([block.offset for block in layout.blocks], np.intp)
        self._per_weight = 1 / np.array([block.size for block in layout.blocks], float)
        self._single = gradients.dtype == np.float32 and gradients.size > EXACT_UP_TO
        self._squares = np.empty(gradients.shape, gradients.dtype if self._single else float)

    def measure(self, out: Array) -> None:
        """Writes the mean square of each block, (blocks,) float64, of the gradient as it stands."""
        if self._single:
            self._measure_single(out)
            return
        np.multiply(self._gradients, self._gradients, self._squares, dtype=float)
        np.add.reduceat(self._squares, self._starts, 0, None, out)
        np.multiply(out, self._per_weight, out)

    def _measure_single(self, out: Array) -> None:
        np.multiply(self._gradients, self._gradients, self._squares)
        out[...] = np.add.reduceat(self._squares, self._starts) * self._per_weight
        for index in np.flatnonzero(out < UNDERFLOW):  # squares below 1e-45 would read as zero
            end = self._starts[index + 1] if index + 1 < len(self._starts) else len(self._gradients)
            piece = self._gradients[self._starts[index] : end].astype(float)
            out[index] = piece.dot(piece) * self._per_weight[index]
