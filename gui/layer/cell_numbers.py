"""Numbers written into cells, where these are few and large enough: a small network can be followed on paper."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QTransform

from engine.lazy import Array, np
from gui import numbers, theme

MOST = 100  # cells that are written into
MARGIN = 6.0  # pixels that a cell has to be wider than its number
BRIGHT = 140  # luminance from which a ground wants dark ink


class CellNumbers(pg.GraphicsObject):
    """``show_cells`` takes the numbers (rows, columns), NaN for none, and the picture in whose colours they stand."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: list[tuple[int, int, str, QColor]] = []
        self._size = (0, 0)

    def show_cells(self, cells: Array, pixels: Array) -> None:
        """Writes other numbers, at most ``MOST``."""
        self._texts.clear()
        if self._size != cells.shape:
            self.prepareGeometryChange()
            self._size = cells.shape
        tall, wide = (pixels.shape[axis] // cells.shape[axis] for axis in (0, 1))
        for row, column in zip(*np.nonzero(np.isfinite(cells)), strict=True):
            ink = _ink(int(pixels[row * tall + tall // 2, column * wide + wide // 2]))
            self._texts.append((int(row), int(column), numbers.short(float(cells[row, column])), ink))
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._size[1], self._size[0])

    def texts(self) -> dict[tuple[int, int], str]:
        """What would be written, by row and column."""
        return {(row, column): text for row, column, text, _ in self._texts}

    def paint(self, painter: QPainter, *_: object) -> None:
        """In pixels, whatever the zoom."""
        placed = painter.worldTransform()
        cell = placed.mapRect(QRectF(0, 0, 1, 1))
        if not self.fits(cell.width(), cell.height()):
            return
        painter.setFont(theme.font(10))
        painter.setWorldTransform(QTransform())
        for row, column, text, ink in self._texts:
            painter.setPen(ink)
            painter.drawText(placed.mapRect(QRectF(column, row, 1, 1)), Qt.AlignmentFlag.AlignCenter, text)
        painter.setWorldTransform(placed)

    def fits(self, width: float, height: float) -> bool:
        """Whether every number has room in a cell of so many pixels."""
        metrics = QFontMetricsF(theme.font(10))
        widest = max((metrics.horizontalAdvance(text) for _, _, text, _ in self._texts), default=0.0)
        return bool(self._texts) and width >= widest + MARGIN and height >= metrics.height()


def _ink(ground: int) -> QColor:
    """Dark on light cells, light on dark ones."""
    colour = QColor.fromRgb(ground)
    luminance = 0.299 * colour.red() + 0.587 * colour.green() + 0.114 * colour.blue()
    return QColor("#10141a") if luminance >= BRIGHT else QColor("#ffffff")
