"""The whole chain as a picture: what the canvas would show if it were large enough, and nobody pointed at anything.

A long chain is drawn in rows, as a text is; where something hangs below its blocks, in one row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter

from gui import theme
from gui.canvas.measures import HEIGHT, MARGIN, SIMPLE, STEP

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

PER_ROW = 12  # blocks at least, where nobody says how large the picture is to be
WIDTH_TO_HEIGHT = 1.6  # of the picture of a chain that needs many rows


def size(canvas: Canvas) -> QSizeF:
    """How large the chain is at 100 %."""
    blocks = len(canvas.store.project.chain) + 2
    length = math.sqrt(WIDTH_TO_HEIGHT * blocks * (HEIGHT + 2 * MARGIN) / STEP)
    rows = _Rows(canvas, max(PER_ROW, round(length)))
    return QSizeF(rows.width, rows.height * rows.count)


def paint(canvas: Canvas, painter: QPainter, room: QSize) -> None:
    """Paints the chain as large as the room allows, in its middle. Blocks say as much as they do on the canvas at that
    zoom.
    """
    painter.fillRect(QRectF(0, 0, room.width(), room.height()), theme.current().canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    rows = max(_choices(canvas), key=lambda rows: rows.zoom(room))
    with _alone(canvas):
        for row, target in enumerate(rows.targets(room)):
            canvas.chain.show_only(row * rows.length, (row + 1) * rows.length - 1)
            canvas.chain.render(painter, target, rows.source(row), Qt.AspectRatioMode.IgnoreAspectRatio)


class _Rows:
    """A chain broken into rows of so many blocks, its ends included."""

    def __init__(self, canvas: Canvas, length: int) -> None:
        chain, blocks = canvas.chain, len(canvas.store.project.chain) + 2
        self._whole = chain.chain_rect().adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        single = blocks <= length or bool(chain.bubbles or chain.tags)
        self.length = blocks if single else length
        self.count = math.ceil(blocks / self.length)
        self.width = self._whole.width() if single else self.length * STEP + 2 * MARGIN
        self.height = self._whole.height()

    def zoom(self, room: QSize) -> float:
        """How large it can be in a room."""
        return min(room.width() / self.width, room.height() / (self.count * self.height))

    def source(self, row: int) -> QRectF:
        """A row in the scene."""
        if self.count == 1:
            return self._whole
        return QRectF(row * self.length * STEP - MARGIN, self._whole.top(), self.width, self.height)

    def targets(self, room: QSize) -> list[QRectF]:
        """Where the rows lie in a room; very long ones are narrow but not flat, as on the canvas."""
        zoom = self.zoom(room)
        height = min(self.height * max(zoom, SIMPLE), room.height() / self.count)
        corner = QPointF((room.width() - self.width * zoom) / 2, (room.height() - height * self.count) / 2)
        row = QRectF(corner, QSizeF(self.width * zoom, height))
        return [row.translated(0, number * height) for number in range(self.count)]


def _choices(canvas: Canvas) -> list[_Rows]:
    """One row, two, three ..., each as short as it can be."""
    blocks = len(canvas.store.project.chain) + 2
    lengths = {math.ceil(blocks / rows) for rows in range(1, blocks + 1)}
    return [_Rows(canvas, length) for length in sorted(lengths, reverse=True)]


@contextmanager
def _alone(canvas: Canvas) -> Iterator[None]:
    """Nothing is selected meanwhile; afterwards all is shown that was."""
    hidden = [item for item in canvas.chain.items() if not item.isVisible()]
    canvas.chain.choose(())
    try:
        yield
    finally:
        canvas.chain.show_only(0, len(canvas.store.project.chain) + 1)
        for item in hidden:
            item.hide()
        canvas.chain.choose(canvas.store.selection)
