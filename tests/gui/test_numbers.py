"""Numbers as they stand on screen."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui import numbers

finite = st.floats(-1e300, 1e300)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.013, "0.0130"),
        (0.21349, "0.213"),
        (-1.14, "−1.14"),
        (0.9996, "1.00"),
        (9.999, "10.0"),
        (99.99, "100"),
        (4812.4, "4812"),
        (0.001, "0.00100"),
        (0.00099951, "0.00100"),
        (0.00041, "4.1e−4"),
        (4.1e-5, "4.1e−5"),
        (12345.0, "1.2e4"),
        (-3e-9, "−3.0e−9"),
        (math.nan, "–"),
        (None, "–"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_short(value, shown):
    assert numbers.short(value) == shown


@given(finite)
def test_short_is_the_number_to_two_digits_and_never_long(value):
    shown = numbers.short(value)
    assert len(shown) <= 9
    assert "-" not in shown
    assert float(shown.replace("−", "-")) == pytest.approx(value, rel=0.051)


@given(finite)
def test_full_has_nine_digits(value):
    assert float(numbers.full(value).replace("−", "-")) == pytest.approx(value, rel=1e-8)


def test_the_rest():
    assert numbers.count(4812.3) == "4,812"
    assert numbers.rate(0.5) == "0.500"
    assert numbers.rate(21_437) == "21,400"
    assert numbers.shape((8, 2)) == "8×2"
    assert numbers.shape(None) == "–"
    assert numbers.plural(1, "block", "blocks") == "1 block"
    assert numbers.plural(1200, "block", "blocks") == "1,200 blocks"
    assert [numbers.tick(value) for value in (0, 0.2, -3.0, 1e-5, 2e7)] == ["0", "0.2", "−3", "1e−5", "2e7"]
