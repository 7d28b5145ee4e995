"""Arrays as pictures: which value becomes which colour."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PySide6.QtGui import QColor

from gui import pictures
from gui.theme import DARK, LIGHT

BOTH = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
tables = arrays.arrays(
    np.float64,
    arrays.array_shapes(min_dims=2, max_dims=2, max_side=40),
    elements=st.floats(-1e6, 1e6, allow_nan=False),
)


@BOTH
def test_signed_values_run_between_the_two_hues(colours):
    image = pictures.signed(np.array([[-2.0, -1e-9, 0.0, 2.0, np.nan]]), 2.0, colours)
    negative, middle, positive = colours.signed
    assert [image.pixelColor(x, 0).name() for x in (0, 1, 2, 3, 4)] == [
        negative.name(),
        middle.name(),
        colours.zero.name(),
        positive.name(),
        middle.name(),
    ]


def test_rows_run_downwards_and_columns_to_the_right():
    image = pictures.signed(np.array([[1.0, -1.0, 1.0], [-1.0, -1.0, -1.0]]), 1.0, LIGHT)
    assert (image.width(), image.height()) == (3, 2)
    assert image.pixelColor(0, 0) == LIGHT.signed[2]
    assert image.pixelColor(0, 1) == LIGHT.signed[0]


def test_a_block_without_any_gradient_is_all_zero_colour():
    image = pictures.signed(np.zeros((2, 2)), 0.0, LIGHT)
    assert {image.pixelColor(x, y).name() for x in (0, 1) for y in (0, 1)} == {LIGHT.zero.name()}


def test_magnitudes_follow_viridis():
    table = pictures.magnitude_table()
    for share, name in ((0, "#440154"), (0.5, "#21918c"), (1, "#fde725")):
        assert pictures.magnitude_colour(share).name() == name
        assert abs(QColor(int(table[round(share * 255)])).green() - QColor(name).green()) <= 1


@given(tables, st.integers(1, 12), st.integers(1, 12))
def test_reduction_keeps_the_largest_magnitude_of_every_cell(values, rows, columns):
    reduced = pictures.reduce_to(values, rows, columns)
    assert reduced.shape == (min(rows, values.shape[0]), min(columns, values.shape[1]))
    assert np.abs(reduced).max() == np.abs(values).max()
    tops = [k * values.shape[0] // len(reduced) for k in range(len(reduced))] + [values.shape[0]]
    lefts = [k * values.shape[1] // reduced.shape[1] for k in range(reduced.shape[1])] + [values.shape[1]]
    for i in range(len(reduced)):
        for j in range(reduced.shape[1]):
            cell = values[tops[i] : tops[i + 1], lefts[j] : lefts[j + 1]]
            assert abs(reduced[i, j]) == np.abs(cell).max()
            assert reduced[i, j] in cell
