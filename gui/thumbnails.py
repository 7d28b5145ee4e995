"""A small picture of a data set: points by class, a curve, some images, or rows of values. Chosen by shape alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter

import engine
from engine.lazy import Array, np
from engine.project import Project
from gui import pictures
from gui.theme import Theme

if TYPE_CHECKING:
    from engine.data.parts import Dataset

MOST_POINTS = 400
RATIO = 3


def thumbnail(project: Project, width: int, height: int, theme: Theme) -> QImage:
    """The training part of a project's data, ``width`` by ``height`` units, drawn three times finer."""
    part = engine.dataset(project).train
    image = QImage(width * RATIO, height * RATIO, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.scale(RATIO, RATIO)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    area = QRectF(0, 0, width, height)
    shape = part.inputs.shape[1:]
    if len(shape) == 3:
        _images(painter, area, part.inputs, theme)
    elif shape == (2,):
        _points(painter, area, part.inputs, _classes(part), theme, square=True)
    elif shape == (1,) and part.targets.size == len(part.targets):
        pairs = np.column_stack([part.inputs.reshape(-1), part.targets.reshape(-1)])
        _points(painter, area, pairs, None, theme, square=False)
    else:
        _rows(painter, area, part.inputs.reshape(len(part.inputs), -1), theme)
    painter.end()
    return image


def _classes(part: Dataset) -> Array | None:
    """The class of every sample (N,), where targets are classes, however the loss wants them."""
    if part.classes is None:
        return None
    if part.targets.ndim == 1:
        return part.targets
    return part.targets.argmax(axis=1) if part.targets.shape[1] > 1 else (part.targets[:, 0] > 0.5).astype(int)


def _points(painter: QPainter, area: QRectF, points: Array, classes: Array | None, theme: Theme, square: bool) -> None:
    """Points (N, 2), y upwards; ``square`` keeps both axes on one scale."""
    shown = points[:: max(1, len(points) // MOST_POINTS)].astype(float)
    low, high = shown.min(axis=0), shown.max(axis=0)
    spread = np.maximum(high - low, 1e-9)
    inner = area.adjusted(3, 3, -3, -3)
    scale = np.array([inner.width(), inner.height()]) / (spread.max() if square else spread)
    if square:
        scale = np.minimum(scale, scale.min())
    middle = np.array([inner.center().x(), inner.center().y()])
    places = middle + (shown - (low + high) / 2) * scale * (1, -1)
    kinds = np.zeros(len(shown), int) if classes is None else classes[:: max(1, len(points) // MOST_POINTS)]
    radius = 1.6 if len(shown) < 150 else 1.1
    painter.setPen(Qt.PenStyle.NoPen)
    for (x, y), kind in zip(places, kinds, strict=True):
        painter.setBrush(theme.shape if classes is None else theme.of_class(int(kind), int(kinds.max()) + 1))
        painter.drawEllipse(QPointF(x, y), radius, radius)


def _images(painter: QPainter, area: QRectF, images: Array, theme: Theme) -> None:
    """The first images of (N, C, H, W), in two rows."""
    side = area.height() / 2 - 1
    columns = max(1, int((area.width() + 2) // (side + 2)))
    left = area.center().x() - (columns * (side + 2) - 2) / 2
    for index in range(min(2 * columns, len(images))):
        row, column = divmod(index, columns)
        picture = pictures.grey(images[index].mean(axis=0), theme)
        pictures.draw_nearest(painter, QRectF(left + column * (side + 2), row * (side + 2), side, side), picture)


def _rows(painter: QPainter, area: QRectF, rows: Array, theme: Theme) -> None:
    """The first rows of (N, D) as a table of signed values, each column on its own scale."""
    shown = rows[: max(8, int(area.height() // 4)), :64]
    middle, spread = rows.mean(axis=0)[:64], np.maximum(rows.std(axis=0)[:64], 1e-12)
    picture = pictures.signed(np.clip((shown - middle) / (2 * spread), -1, 1), 1.0, theme)
    pictures.draw_nearest(painter, area, picture)
