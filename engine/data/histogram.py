"""How often the values of a column occur, in bins that people can read: of round widths, or one for each value."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.lazy import Array

MOST_BINS = 24
BLOCK = 2**20  # values at a time: images hold many


@dataclass(frozen=True)
class Histogram:
    """Of ``count`` values: ``counts`` (groups, bins) between neighbouring ``edges`` (bins + 1,), each bin without its
    upper edge. Where ``single``, a bin stands for the one value in its middle. The deviation is that of the values
    themselves, not an estimate (divided by N).
    """

    name: str
    count: int
    low: float
    high: float
    mean: float
    deviation: float
    edges: Array
    counts: Array
    single: bool

    @property
    def middles(self) -> Array:
        """The middle of each bin."""
        middles: Array = (self.edges[:-1] + self.edges[1:]) / 2
        return middles


def histogram(name: str, values: Array, group: Array | None = None, groups: int = 1) -> Histogram:
    """Of values (N,), with the number of each one's group where they are told apart."""
    low, high = float(values.min()), float(values.max())
    distinct = _distinct(values)
    one_each = None if distinct is None else _around(distinct)
    edges = _round_edges(low, high) if one_each is None else one_each
    return Histogram(
        name, len(values), low, high, float(values.mean(dtype=float)), float(values.std(dtype=float)), edges,
        _counted(values, edges, group, groups), one_each is not None,
    )  # fmt: skip


def _distinct(values: Array) -> Array | None:
    """The different values in order; None where there are more than bins."""
    found = values[:0]
    for block in _blocks(len(values)):
        found = np.union1d(found, values[block])
        if len(found) > MOST_BINS:
            return None
    return found


def _around(distinct: Array) -> Array | None:
    """Edges around each of a few values that lie equally far apart, some perhaps missing; None where they do not."""
    first, last = float(distinct[0]), float(distinct[-1])
    if len(distinct) == 1:
        return _one_bin(first, last)
    step = float(np.diff(distinct).min())
    if last - first > (MOST_BINS - 1) * step or _next_to_nothing(first, last):
        return None
    places = (distinct - first) / step
    if np.abs(places - places.round()).max() > 1e-3:
        return None
    return first + (np.arange(round(places[-1]) + 2) - 0.5) * step


def _one_bin(low: float, high: float) -> Array:
    half = max(0.5, abs(low) / 100)
    return np.array([low - half, high + half])


def _next_to_nothing(low: float, high: float) -> bool:
    """Whether two values lie so near each other that edges between them could not be told apart."""
    return high - low < max(1e-9 * max(abs(low), abs(high)), 1e-280)


def _round_edges(low: float, high: float) -> Array:
    """Edges at multiples of 1, 2 or 5 times a power of ten; above the last there is no value."""
    if _next_to_nothing(low, high):
        return _one_bin(low, high)
    least = (high - low) / MOST_BINS
    power = math.floor(math.log10(least))
    width = next(width for factor in (1, 2, 5, 10) if (width := factor * 10.0**power) >= least)
    first, last = math.floor(round(low / width, 6)), math.floor(round(high / width, 6)) + 1
    edges = np.round(np.arange(first, last + 1) * width, min(max(0, 1 - power), 300))
    edges[0], edges[-1] = min(edges[0], low), max(edges[-1], high)
    return edges


def _counted(values: Array, edges: Array, group: Array | None, groups: int) -> Array:
    bins = len(edges) - 1
    counts = np.zeros(groups * bins, int)
    for block in _blocks(len(values)):
        places = np.clip(np.searchsorted(edges, values[block], "right") - 1, 0, bins - 1)
        counts += np.bincount(places if group is None else places + bins * group[block], minlength=groups * bins)
    return counts.reshape(groups, bins)


def _blocks(count: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, count, BLOCK))
