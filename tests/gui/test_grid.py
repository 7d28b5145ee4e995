"""Weights in a plane: every weight has one cell, and a cell knows its weight."""

from __future__ import annotations

import numpy as np
import pytest

from gui.panels.grid import Grid


@pytest.mark.parametrize(
    "shape", [(4,), (3, 5), (1, 1), (6, 1, 3, 3), (2, 3, 5, 5), (5, 4, 2, 2), (7, 1, 1, 1), (300, 2, 3, 3), (2, 3, 4)]
)
def test_every_weight_has_one_cell(shape):
    weight = np.arange(float(np.prod(shape))).reshape(shape)
    grid = Grid(weight)
    found = set()
    for row in range(grid.cells.shape[0]):
        for column in range(grid.cells.shape[1]):
            index = grid.index(row, column)
            assert (index is None) == np.isnan(grid.cells[row, column])
            if index is not None:
                assert weight[index] == grid.cells[row, column]
                found.add(index)
    assert len(found) == weight.size
    assert grid.index(-1, 0) is None
    assert grid.index(0, grid.cells.shape[1]) is None


def test_kernels_stand_apart_a_row_per_filter():
    grid = Grid(np.ones((2, 3, 5, 5)))
    assert grid.cells.shape == (2 * 6 - 1, 3 * 6 - 1)
    assert np.isnan(grid.cells[5]).all()
    assert grid.units == (2, 3)
    assert grid.span == (6, 6)


def test_kernels_of_one_channel_stand_in_a_square():
    assert Grid(np.ones((16, 1, 3, 3))).cells.shape == (15, 15)
