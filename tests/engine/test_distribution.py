"""Histograms: every number is counted once, in the bin whose edges hold it."""

from __future__ import annotations

import numpy as np
import pytest

from engine.distribution import MOST_COUNTED, distribution

DRAWN = np.random.default_rng(3).normal(0.2, 1.5, (30, 20))


def test_counts_are_those_of_a_loop_over_all_numbers() -> None:
    found = distribution([DRAWN, DRAWN[0] * 2])
    values = [*DRAWN.reshape(-1), *(DRAWN[0] * 2)]
    for low, high, count, last in zip(found.edges[:-1], found.edges[1:], found.counts, [*[0] * 39, 1], strict=True):
        assert count == sum(low <= each < high or (bool(last) and each == high) for each in values)
    assert found.total == found.counts.sum() == 620
    assert found.edges[0] == min(values)
    assert found.edges[-1] == max(values)
    assert found.mean == pytest.approx(sum(values) / 620)
    assert found.rms == pytest.approx((sum(each * each for each in values) / 620) ** 0.5)
    assert (found.low, found.high) == (min(values), max(values))


def test_magnitudes_are_counted_by_powers_of_ten_and_zeros_apart() -> None:
    found = distribution([np.array([0.002, 0.03, 0.05, 0.0, np.nan])], log=True, bins=2)
    np.testing.assert_allclose(found.edges, [0.001, 0.01, 0.1])
    assert list(found.counts) == [1, 2]
    assert (found.total, found.zeros, found.missing) == (5, 1, 1)


def test_on_a_given_axis_what_lies_beyond_stands_in_the_end_bins() -> None:
    found = distribution([np.array([-9.0, -0.5, 0.5, 0.6, 3.0])], bins=2, ends=(-1.0, 1.0))
    assert list(found.edges) == [-1.0, 0.0, 1.0]
    assert list(found.counts) == [2, 3]
    found = distribution([np.array([1e-9, 0.03, 0.0])], log=True, bins=2, ends=(-4, 0))
    np.testing.assert_allclose(found.edges, [1e-4, 1e-2, 1])
    assert list(found.counts) == [1, 1]


def test_a_value_finds_its_bin() -> None:
    found = distribution([np.arange(11.0)], bins=10)
    assert [found.bin_of(value) for value in (-0.1, 0.0, 0.99, 1.0, 9.5, 10.0, 10.1)] == [None, 0, 0, 1, 9, 9, None]


@pytest.mark.parametrize("value", [0.0, -3.0, 1e-20])
def test_equal_numbers_stand_in_one_bin(value: float) -> None:
    found = distribution([np.full(7, value)])
    assert found.counts.max() == 7
    assert found.edges[0] < value < found.edges[-1]


@pytest.mark.parametrize("arrays", [[], [np.full(3, np.nan)]])
def test_nothing_to_count(arrays: list[np.ndarray]) -> None:
    found = distribution(arrays)
    assert not len(found.counts)
    assert found.bin_of(0.0) is None


def test_of_very_many_numbers_every_so_manieth_is_counted() -> None:
    found = distribution([np.arange(3.0 * MOST_COUNTED)])
    assert found.every == 3
    assert found.total == found.counts.sum() == MOST_COUNTED
