"""A gradient check as a picture: the relative error of every entry on a logarithmic scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.lazy import Array, np
from gui import numbers, pictures
from gui.theme import Theme

if TYPE_CHECKING:
    from engine.explain.check import TensorCheck

LOWEST, HIGHEST = -12, 0
"""Powers of ten at the ends of the scale: what is smaller is rounding, what is larger is wrong altogether."""
NOT_CHECKED, MEASURED, KINK = 0.0, 1.0, 3.0  # what an entry stands for; measured ones lie between MEASURED and 2
LARGEST, STRIPE = 512, 8  # pixels along one side of a picture, and from one line of a hatching to the next


def marks() -> tuple[tuple[float, str], ...]:
    """Numbers for the legend, by their place on the scale."""
    powers = (LOWEST, (LOWEST + HIGHEST) // 2, HIGHEST)
    texts = [numbers.true_minus(f"1e{power}") if power else "1" for power in powers]
    return tuple(zip((0.0, 0.5, 1.0), texts, strict=True))


def codes(tensor: TensorCheck) -> Array:
    """An entry of a tensor as its place on the scale, or as not checked, or as a kink."""
    with np.errstate(all="ignore"):
        share = (np.log10(tensor.error) - LOWEST) / (HIGHEST - LOWEST)
    found = np.where(np.isnan(tensor.error), NOT_CHECKED, MEASURED + np.clip(share, 0, 1))
    for index in tensor.kinks:
        found[index] = KINK
    return found


def paint(found: Array, theme: Theme) -> Array:
    """The pixels (0xAARRGGBB) of a plane of codes, several for each; nothing where there is no code.

    Entries not checked are hatched, kinks in the colour of warnings.
    """
    size = max(1, min(STRIPE, LARGEST // max(found.shape)))
    large = np.repeat(np.repeat(found, size, axis=0), size, axis=1)
    rows, columns = np.indices(large.shape)
    stripe = (rows + columns) % STRIPE == 0
    with np.errstate(invalid="ignore"):
        table = pictures.magnitude_table()
        places = np.nan_to_num(np.clip(large - MEASURED, 0, 1)) * (len(table) - 1)
    pixels = table[np.rint(places).astype(np.intp)]
    for code, line in ((NOT_CHECKED, theme.line), (KINK, theme.warning)):
        pixels = np.where(large == code, np.where(stripe, line.rgb(), theme.panel.rgb()), pixels)
    return np.where(np.isnan(large), 0, pixels).astype(np.uint32)
