"""Magnitudes as a picture on a logarithmic scale; what has no value is hatched, exactly zero has its own colour."""

from __future__ import annotations

from engine.lazy import Array, np
from gui import pictures
from gui.theme import Theme

MISSING, ZERO, MEASURED, KINK = 0.0, 0.5, 1.0, 3.0
"""What a number stands for; measured ones lie between MEASURED and 2. In a cell of many the highest one is seen."""
LARGEST, STRIPE = 512, 8  # pixels along one side of a picture, and from one line of a hatching to the next


def codes(values: Array, low: float, high: float) -> Array:
    """Magnitudes as their places on a scale between two powers of ten; NaN as missing."""
    with np.errstate(all="ignore"):
        share = (np.log10(values) - low) / (high - low)
    return np.where(np.isnan(values), MISSING, MEASURED + np.clip(share, 0, 1))


def paint(found: Array, theme: Theme) -> Array:
    """The pixels (0xAARRGGBB) of a plane of codes, several for each where something is hatched; nothing where there is
    no code.

    What is missing is hatched, kinks are hatched in the colour of warnings.
    """
    table = pictures.magnitude_table()
    places = np.clip(np.nan_to_num(found) - MEASURED, 0, 1) * (len(table) - 1)
    pixels = table[np.rint(places).astype(np.intp)]
    pixels[found == ZERO] = theme.zero.rgb()
    pixels[np.isnan(found)] = 0
    for code, line in ((MISSING, theme.line), (KINK, theme.warning)):
        if (where := found == code).any():
            found, pixels, where = _enlarged(found), _enlarged(pixels), _enlarged(where)
            rows, columns = (np.arange(size) for size in where.shape)
            stripe = (rows[:, None] + columns) % STRIPE == 0
            pixels[where] = theme.panel.rgb()
            pixels[where & stripe] = line.rgb()
    return pixels


def _enlarged(cells: Array) -> Array:
    """Several pixels for each cell, so that a hatching has room; as they are where there are many."""
    size = max(1, min(STRIPE, LARGEST // max(cells.shape)))
    return np.repeat(np.repeat(cells, size, axis=0), size, axis=1)
