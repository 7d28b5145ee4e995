"""The size of every block's gradient, cheap enough for every step."""

from __future__ import annotations

import math

import numpy as np

from engine.lazy import Array
from engine.network import Layout

LONG = 2000
"""Weights of a block, in the mean, from which on a product of each block's gradient with itself is fastest."""

UNDERFLOW = 1e-30
"""Mean squares below which single precision has lost some: squares below 1e-45 read as zero."""

FEW = 4096
"""Entries up to which all blocks of a small chain are summed by one product with a matrix of shares."""


class GradientSizes:
    """Mean square of the gradient per weight, block by block, of one flat gradient vector."""

    def __init__(self, layout: Layout, gradients: Array) -> None:
        self.names = tuple(block.name for block in layout.blocks)
        self._gradients = gradients
        self._pieces = [(block.piece(gradients), 1 / block.size) for block in layout.blocks]
        self._starts = np.array([block.offset for block in layout.blocks], np.intp)
        self._per_weight = 1 / np.array([block.size for block in layout.blocks], float)
        self._long = gradients.size >= LONG * len(self.names)
        self._squares = np.empty(0 if self._long else gradients.size)
        self._shares: Array | None = None
        if gradients.size * len(self.names) <= FEW:
            self._shares = np.zeros((gradients.size, len(self.names)))
            for index, block in enumerate(layout.blocks):
                block.piece(self._shares)[:, index] = self._per_weight[index]

    def measure(self, out: Array) -> None:
        """Writes the mean square of each block, (blocks,) float64, of the gradient as it stands."""
        if self._long:
            self._measure_long(out)
            return
        squares = self._squares
        squares[...] = self._gradients
        np.multiply(squares, squares, squares)
        if self._shares is not None:
            squares.dot(self._shares, out)
            if out[0] == out[0] and out[-1] == out[-1]:
                return  # else one of them is infinite, and its product with a share of zero has spread
        np.add.reduceat(squares, self._starts, 0, None, out)
        np.multiply(out, self._per_weight, out)

    def _measure_long(self, out: Array) -> None:
        for index, (piece, per_weight) in enumerate(self._pieces):
            square = float(piece.dot(piece)) * per_weight
            if not UNDERFLOW < square < math.inf:
                piece = piece.astype(float)
                square = float(piece.dot(piece)) * per_weight
            out[index] = square
