"""How the numbers of a block are distributed: counts in equal steps, of magnitudes in equal ratios."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine.lazy import Array

BINS = 40
MOST_COUNTED = 1 << 16  # of more numbers every second, third ... one is counted, so that a picture costs little

LARGEST = 1e150  # what is beyond has no square, and counts as having no value


@dataclass(frozen=True)
class Distribution:
    """``counts`` (B,) of numbers between neighbouring ``edges`` (B + 1,), the last edge included. ``total`` numbers are
    counted, every ``every``-th there is; ``zeros`` of them are exactly 0 and ``missing`` ones have no value. On a
    ``log`` scale edges are values too, and zeros stand in no bin.
    """

    edges: Array
    counts: Array
    total: int
    every: int
    zeros: int
    missing: int
    mean: float
    rms: float
    low: float
    high: float

    def bin_of(self, value: float) -> int | None:
        """The bin that a value falls into; None beside all of them."""
        if not len(self.counts) or not self.edges[0] <= value <= self.edges[-1]:
            return None
        return min(int(np.searchsorted(self.edges, value, side="right")) - 1, len(self.counts) - 1)


def distribution(
    arrays: Iterable[Array], log: bool = False, bins: int = BINS, ends: tuple[float, float] | None = None
) -> Distribution:
    """Of all numbers of some arrays together; on a ``log`` scale of magnitudes, from one power of ten to another.

    ``ends`` are those of the axis, else the numbers' own; what lies beyond is counted in the first or the last bin.
    """
    flat = np.concatenate([np.asarray(array, float).reshape(-1) for array in arrays] or [np.zeros(0)])
    every = max(1, -(-len(flat) // MOST_COUNTED))
    flat = flat[::every]
    values = flat[np.abs(flat) < LARGEST]
    zeros = int((values == 0).sum())
    drawn = np.log10(values[values > 0]) if log else values
    edges, counts = _counted(drawn, log, bins, ends)
    found = values if len(values) else np.full(1, np.nan)
    return Distribution(
        10**edges if log else edges, counts, len(flat), every, zeros, len(flat) - len(values),
        float(found.mean()), float(np.sqrt(np.mean(found * found))), float(found.min()), float(found.max()),
    )  # fmt: skip


def _counted(values: Array, log: bool, bins: int, ends: tuple[float, float] | None) -> tuple[Array, Array]:
    """Edges and counts; values that are all the same stand in the middle."""
    if not len(values):
        return np.zeros(1), np.zeros(0, int)
    low, high = ends or (float(values.min()), float(values.max()))
    if ends:
        values = np.clip(values, low, high)
    elif log:
        low, high = np.floor(low), np.ceil(high)
    if high - low <= 1e-9 * max(abs(low), abs(high)):  # steps that single precision could not tell apart
        half = 0.5 * abs(low) or 0.5
        low, high = low - half, high + half
    counts, edges = np.histogram(values, bins, (low, high))
    return edges, counts
