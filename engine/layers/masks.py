"""Zero-or-one masks held as unsigned integers: multiplying a float's bits by 0 or 1 drops or keeps it, faster than a
float mask.
"""

from __future__ import annotations

from engine.lazy import Array, np


def positive(a: Array) -> Array:
    """1 where ``a`` is above zero, 0 where it is zero; ``a`` must not be negative (a maximum with zero is not)."""
    return np.minimum(a.view(f"u{a.dtype.itemsize}"), 1)


def select(mask: Array, a: Array) -> Array:
    """``a`` where the mask is 1, zero where it is 0."""
    return (a.view(mask.dtype) * mask).view(a.dtype)
