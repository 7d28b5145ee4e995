"""The arc of a shortcut: from an earlier block over the blocks between to the one that takes its output."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui import theme
from gui.canvas.block_item import BlockItem
from gui.canvas.measures import ARC_ROOM, WIDTH

LOW, EACH = 22.0, 5.0  # height over neighbours, and what every block between adds


class ArcItem(QGraphicsItem):
    """Reaches from ``source`` to ``target`` wherever they are."""

    def __init__(self, source: BlockItem, target: BlockItem, blocks_between: int) -> None:
        super().__init__()
        self._source, self._target = source, target
        self._height = min(ARC_ROOM - 6, LOW + EACH * blocks_between)
        self._length = 0.0
        self.setZValue(1)
        self.follow()

    def follow(self) -> None:
        """Takes its place between the two blocks."""
        self.prepareGeometryChange()
        self.setPos(self._source.x() + WIDTH / 2, 0)
        self._length = self._target.x() - self._source.x()

    @property
    def ends(self) -> tuple[str, str]:
        """The names of the two blocks."""
        return self._source.name, self._target.name

    def line(self) -> QPainterPath:
        """The arc without its tip."""
        path = QPainterPath(QPointF(0, 0))
        high = -self._height * 4 / 3  # the curve reaches three quarters of its handles
        path.cubicTo(QPointF(self._length * 0.1, high), QPointF(self._length * 0.9, high), QPointF(self._length, -3))
        return path

    def boundingRect(self) -> QRectF:
        left, right = sorted((0.0, self._length))
        return QRectF(left - 8, -self._height - 4, right - left + 16, self._height + 8)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colour = theme.current().forward
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self.line())
        painter.setBrush(colour)
        painter.setPen(Qt.PenStyle.NoPen)
        end = QPointF(self._length, 0)
        painter.drawPolygon(QPolygonF([end, end + QPointF(-4, -7), end + QPointF(4, -7)]))
