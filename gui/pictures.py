"""Arrays as pictures, on the program's two scales: signed values and magnitudes. Exactly zero has its own colour.

Not computed yet is drawn hatched, so that it cannot be taken for zero.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRectF
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPixmap

from engine.lazy import Array, np
from gui.theme import Theme

LOWEST, HIGHEST = 1e-6, 1.0
"""Ends of the shared logarithmic scale on which blocks show the root mean square of their gradient per weight."""

# Nine points of matplotlib's viridis (Smith, van der Walt; CC0); between them colours are mixed linearly.
VIRIDIS = ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725")


def signed(values: Array, limit: float, theme: Theme) -> QImage:
    """A picture of (rows, columns), a pixel per value, from -limit to limit."""
    return image(signed_pixels(values, limit, theme))


def signed_pixels(values: Array, limit: float, theme: Theme) -> Array:
    """The pixels (rows, columns) of such a picture, as unsigned integers; without a limit all is in the middle."""
    table = signed_table(theme)
    half = len(table) // 2
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = np.clip(values * (1 / limit if limit > 0 else 0.0), -1, 1)
    index = np.where(np.isfinite(scaled), np.rint(scaled * half) + half, half).astype(np.intp)
    pixels = table[index]
    pixels[values == 0] = theme.zero.rgb()
    return pixels


def grey(values: Array, theme: Theme, span: tuple[float, float] | None = None) -> QImage:
    """A picture of (rows, columns) from the ground's colour at the smallest value to the text's at the largest, or
    between the ends of a given span.
    """
    low, high = span or (float(values.min()), float(values.max()))
    share = (values - low) / (high - low or 1.0)
    return image(_table((theme.canvas.name(), theme.text.name()))[np.rint(share * 255).astype(np.intp)])


def class_pixels(numbers: Array, strengths: Array, colours: tuple[QColor, ...], theme: Theme) -> Array:
    """Pixels of class numbers (...): from the ground at strength 0 to the colour of the class at 1."""
    ground = np.array(_rgb(theme.canvas), float)
    full = np.array([_rgb(colour) for colour in colours], float)[numbers]
    mixed = np.rint(ground + (full - ground) * np.nan_to_num(strengths)[..., None]).astype(np.uint32)
    pixels: Array = np.uint32(0xFF000000) | mixed[..., 0] << 16 | mixed[..., 1] << 8 | mixed[..., 2]
    return pixels


def sample(values: Array, theme: Theme) -> QImage:
    """A picture of one sample (C, H, W): in colour where it has three channels, else from ground to text."""
    if len(values) != 3:
        return grey(values.mean(axis=0), theme)
    low, high = float(values.min()), float(values.max())
    red, green, blue = np.rint((values - low) * (255 / (high - low or 1.0))).astype(np.uint32)
    return image(np.uint32(0xFF000000) | red << 16 | green << 8 | blue)


def magnitude_table() -> Array:
    """256 pixels of viridis, as unsigned integers."""
    return _table(VIRIDIS)


def signed_table(theme: Theme) -> Array:
    """511 pixels from the colour of negative values over that of zero to that of positive ones."""
    return _table(tuple(colour.name() for colour in theme.signed), 511)


def magnitude_colour(share: float) -> QColor:
    """The colour at a share (0 to 1) of the scale of magnitudes; needs no numpy."""
    return _mixed(tuple(QColor(name) for name in VIRIDIS), share)


def signed_colour(share: float, theme: Theme) -> QColor:
    """The colour at a share (-1 to 1) of the signed scale; needs no numpy."""
    return _mixed(theme.signed, (share + 1) / 2)


def _mixed(colours: tuple[QColor, ...], share: float) -> QColor:
    place = max(0.0, min(1.0, share)) * (len(colours) - 1)
    start = min(int(place), len(colours) - 2)
    low, high, part = colours[start], colours[start + 1], place - start
    mixed = [a + (b - a) * part for a, b in zip(_rgb(low), _rgb(high), strict=True)]
    return QColor(*(round(each) for each in mixed))


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def reduce_to(values: Array, rows: int, columns: int) -> Array:
    """At most (rows, columns) values; each stands for a rectangle and is its entry of largest magnitude, so that
    spikes survive.
    """
    for axis, most in ((0, rows), (1, columns)):
        if values.shape[axis] > most:
            values = _reduced(values, most, axis)
    return values


def _reduced(values: Array, most: int, axis: int) -> Array:
    """The same along one axis: the first entry of every group, then the second where it is larger, and so on. Several
    times faster than ``reduceat``.
    """
    length = values.shape[axis]
    starts = np.arange(most) * length // most
    lasts = np.append(starts[1:], length) - 1
    found: Array = values.take(starts, axis)
    for offset in range(1, -(-length // most)):
        other = values.take(np.minimum(starts + offset, lasts), axis)
        found = np.where(np.abs(other) > np.abs(found), other, found)
    return found


def hatched(theme: Theme) -> QBrush:
    """The pattern for what has not been computed yet."""
    return QBrush(_hatching(theme.line.rgb(), theme.panel.rgb()))


@lru_cache(maxsize=4)
def _hatching(line: int, ground: int) -> QPixmap:
    pixmap = QPixmap(8, 8)
    pixmap.fill(QColor(ground))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(line))
    for offset in (-8, 0, 8):
        painter.drawLine(offset, 8, offset + 8, 0)
    painter.end()
    return pixmap


@lru_cache(maxsize=8)
def _table(names: tuple[str, ...], length: int = 256) -> Array:
    anchors: Array = np.array([_rgb(QColor(name)) for name in names])
    places = np.linspace(0, len(names) - 1, length)
    channels = [np.rint(np.interp(places, np.arange(len(names)), anchors[:, k])).astype(np.uint32) for k in range(3)]
    return np.uint32(0xFF000000) | channels[0] << 16 | channels[1] << 8 | channels[2]


def image(pixels: Array) -> QImage:
    """A picture of pixels (rows, columns) as unsigned integers, with memory of its own."""
    pixels = np.ascontiguousarray(pixels, np.uint32)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32).copy()


def draw_nearest(painter: QPainter, rect: QRectF, image: QImage) -> None:
    """Draws an image with sharp cells, whatever the zoom."""
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(rect, image)
