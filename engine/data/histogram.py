"""How often the values of a column occur, in bins that people can read: of round widths, or one for each value."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.lazy import Array

MOST_BINS = 24
BLOCK = 2**20  # values at a time: images hold many
NEXT_TO_NOTHING = 1e-6  # of its values that a spread must be for bins of round width to tell it


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
    edges = None if distinct is None else _around(distinct)
    single = edges is not None
    if edges is None:
        edges = _round_edges(low, high)
    return Histogram(
        name, len(values), low, high, float(values.mean(dtype=float)), float(values.std(dtype=float)), edges,
        _counted(values, edges, group, groups), single,
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
    first = float(distinct[0])
    if len(distinct) == 1:
        half = max(0.5, abs(first) / 100)
        return np.array([first - half, first + half])
    step = float(np.diff(distinct).min())
    places = (distinct - first) / step
    if places[-1] > MOST_BINS - 0.5 or np.abs(places - places.round()).max() > 1e-3:
        return None
    return first + (np.arange(round(places[-1]) + 2) - 0.5) * step


def _round_edges(low: float, high: float) -> Array:
    """Edges at multiples of 1, 2 or 5 times a power of ten; above the last there is no value."""
    if high - low < NEXT_TO_NOTHING * max(abs(low), abs(high)):
        return np.linspace(low, high, MOST_BINS // 2 + 1)
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
