"""Where the numbers of a block stand: weights with the bias behind a gap, maps and kernels as tiles."""

from __future__ import annotations

from collections.abc import Mapping

from engine.lazy import Array, np
from gui import pictures
from gui.panels.grid import Grid

MOST_CELLS = 256  # along one side of the picture; what lies closer is shown by its largest magnitude
Index = tuple[int, ...]


class Plane:
    """The first of the arrays as cells, with a bias (out,) as a column of its own where rows stand for units."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.name, first = next(iter(arrays.items()))
        self._shape = first.shape
        self._laid = first[:, None] if first.ndim == 3 else first  # maps (C, H, W) as kernels of one channel
        self.grid = Grid(self._laid)
        bias = arrays.get("bias")
        beside = self.name != "bias" and bias is not None and bias.ndim == 1 and self.grid.span[0] > 0
        self._bias = bias if beside else None

    @property
    def size(self) -> tuple[int, int]:
        """How many cells there are across and down."""
        height, width = self.grid.cells.shape
        return width + 2 * self.has_bias, height

    @property
    def dimensions(self) -> int:
        """Of the array that is laid out."""
        return len(self._shape)

    @property
    def has_bias(self) -> bool:
        """Whether the bias stands beside the weights."""
        return self._bias is not None

    def at(self, column: float, row: float) -> tuple[str, Index] | None:
        """The array and the index of the number at a point."""
        row, column = int(row // 1), int(column // 1)
        index = self.grid.index(row, column)
        if index is not None:
            flat = int(np.ravel_multi_index(index, self._laid.shape))
            return self.name, tuple(int(each) for each in np.unravel_index(flat, self._shape))
        height, width = self.grid.cells.shape
        if self.has_bias and column == width + 1 and 0 <= row < height:
            return "bias", (row // self.grid.span[0],)
        return None

    def area(self, name: str, index: Index) -> tuple[float, float, float, float] | None:
        """Left, top, width and height of an entry's cell; None where it is not shown."""
        if name == self.name:
            flat = int(np.ravel_multi_index(index, self._shape))
            row, column = self.grid.place(tuple(int(each) for each in np.unravel_index(flat, self._laid.shape)))
            return column, row, 1, 1
        if name == "bias" and self.has_bias:
            span = self.grid.span[0]
            return self.grid.cells.shape[1] + 1, index[0] * span, 1, span
        return None

    def cells(self) -> Array:
        """The cells, with the bias behind a gap; at most ``MOST_CELLS`` along a side, besides that."""
        cells = pictures.reduce_to(self.grid.cells, MOST_CELLS, MOST_CELLS)
        if self._bias is None:
            return cells
        spread = np.repeat(self._bias, self.grid.span[0])[: len(self.grid.cells)]
        column = pictures.reduce_to(spread[:, None], MOST_CELLS, 1)
        wide = max(1, round(cells.shape[1] / self.grid.cells.shape[1]))
        gap = np.full((len(cells), wide), np.nan)
        return np.concatenate([cells, gap, np.repeat(column, wide, axis=1)], axis=1)
