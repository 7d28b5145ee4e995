"""The plane in the colour of what is predicted there: two classes and single values on the signed scale, more classes
in their colours.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF

from engine.lazy import Array, np
from engine.predictions.outcomes import Field
from gui import pictures, theme
from gui.panels.plots import pixels


def show_field(image: pg.ImageItem, plane: Field) -> None:
    """Puts predictions into a picture, at their place in the plot."""
    left, right, below, above = plane.edges
    image.setImage(pixels(_colours(plane)), autoLevels=False)
    image.setRect(QRectF(left, below, right - left, above - below))


def _colours(plane: Field) -> Array:
    """The picture's pixels."""
    colours = theme.current()
    if plane.shares is None or plane.predicted is None:
        return pictures.signed_pixels(plane.outputs[..., 0], plane.limit, colours)
    count = plane.shares.shape[2]
    if count == 2:
        return pictures.signed_pixels(plane.shares[..., 1] - plane.shares[..., 0], 1.0, colours)
    strengths = (plane.shares.max(axis=2) - 1 / count) / (1 - 1 / count)
    kinds = tuple(colours.of_class(number, count) for number in range(count))
    return pictures.class_pixels(plane.predicted, np.clip(strengths, 0, 1), kinds, colours)
