"""The mark of a class, as small as a letter."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPixmap

from gui import theme
from gui.prediction.key import path, symbol

SIDE = 10
RATIO = 3


def mark(number: int, count: int) -> QPixmap:
    """The mark of one of so many classes, in its colour."""
    return _mark(symbol(number), theme.current().of_class(number, count).rgb(), theme.px(SIDE))


@lru_cache(maxsize=64)
def _mark(shape: str, colour: int, side: int) -> QPixmap:
    pixmap = QPixmap(side * RATIO, side * RATIO)
    pixmap.setDevicePixelRatio(RATIO)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPath(path(shape, QPointF(side / 2, side / 2), side - 1))
    painter.end()
    return pixmap
