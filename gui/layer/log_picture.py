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
    """The pixels (0xAARRGGBB) of a plane of codes, several for each; nothing where there is no code.

    What is missing is hatched, kinks are hatched in the colour of warnings.
    """
    size = max(1, min(STRIPE, LARGEST // max(found.shape)))
    large = np.repeat(np.repeat(found, size, axis=0), size, axis=1)
    rows, columns = np.indices(large.shape)
    stripe = (rows + columns) % STRIPE == 0
    with np.errstate(invalid="ignore"):
        table = pictures.magnitude_table()
        places = np.nan_to_num(np.clip(large - MEASURED, 0, 1)) * (len(table) - 1)
    pixels = table[np.rint(places).astype(np.intp)]
    for code, line in ((MISSING, theme.line), (KINK, theme.warning)):
        pixels = np.where(large == code, np.where(stripe, line.rgb(), theme.panel.rgb()), pixels)
    pixels = np.where(large == ZERO, theme.zero.rgb(), pixels)
    return np.where(np.isnan(large), 0, pixels).astype(np.uint32)
