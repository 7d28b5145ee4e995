"""How the weights of a block lie in a plane: a matrix as it is, kernels as tiles beside each other."""

from __future__ import annotations

import math

from engine.lazy import Array, np

MOST_TILED = 256  # cells along one side up to which kernels are shown as tiles


class Grid:
    """``cells`` (rows, columns) holds the weights, NaN between tiles. ``units`` is how many output and input units
    there are, ``span`` how many rows and columns each takes up; (0, 0) where rows and columns stand for no units.
    """

    def __init__(self, weight: Array) -> None:
        self._weight = weight
        self._columns = 0  # tiles side by side
        self.cells = weight.reshape(len(weight), -1)
        self.units = self.cells.shape
        self.span = (1, 1)
        if weight.ndim == 4:
            self._tile()

    def index(self, row: int, column: int) -> tuple[int, ...] | None:
        """The index of the weight at a cell; None between tiles and beside the grid."""
        if not (0 <= row < self.cells.shape[0] and 0 <= column < self.cells.shape[1]):
            return None
        if not self._columns:
            flat = np.unravel_index(column, self._weight.shape[1:])
            return (row, *map(int, flat))
        filters, channels, height, width = self._weight.shape
        tile = row // (height + 1) * self._columns + column // (width + 1)
        inside = (row % (height + 1), column % (width + 1))
        if inside[0] == height or inside[1] == width or tile >= filters * channels:
            return None
        return (*divmod(tile, channels), *inside)

    def place(self, index: tuple[int, ...]) -> tuple[int, int]:
        """The row and column of a weight; the inverse of ``index``."""
        if not self._columns:
            return index[0], int(np.ravel_multi_index(index[1:], self._weight.shape[1:])) if len(index) > 1 else 0
        _, channels, height, width = self._weight.shape
        tile = index[0] * channels + index[1]
        return tile // self._columns * (height + 1) + index[2], tile % self._columns * (width + 1) + index[3]

    def _tile(self) -> None:
        """A row of tiles per filter and a column per channel; the filters of a single channel in a square."""
        filters, channels, height, width = self._weight.shape
        columns = channels if channels > 1 else math.ceil(math.sqrt(filters))
        rows = -(-filters * channels // columns)
        shape = (rows * (height + 1) - 1, columns * (width + 1) - 1)
        if max(shape) > MOST_TILED or height == width == 1:
            return
        self._columns = columns
        cells = np.full((rows * (height + 1), columns * (width + 1)), np.nan)
        for number, kernel in enumerate(self._weight.reshape(-1, height, width)):
            top, left = number // columns * (height + 1), number % columns * (width + 1)
            cells[top : top + height, left : left + width] = kernel
        self.cells = cells[:-1, :-1]
        single = channels == 1
        self.units = (0, 0) if single else (filters, channels)
        self.span = (0, 0) if single else (height + 1, width + 1)
