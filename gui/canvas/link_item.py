"""The arrow from one block to the next, with the shape of what flows along it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui import theme
from gui.canvas.block_item import BlockItem
from gui.canvas.measures import FULL, HEIGHT, SIMPLE, WIDTH

MIDDLE = HEIGHT * 0.48
FOOT = HEIGHT - MIDDLE - 22  # where wide labels stand
ROOM = 44.0  # width of the label; it may reach over the edges of the blocks


class LinkItem(QGraphicsItem):
    """Reaches from ``left`` to ``right`` wherever they are; unknown shapes leave it without a label."""

    def __init__(self, left: BlockItem, right: BlockItem, label: str) -> None:
        super().__init__()
        self._left, self._right, self._label = left, right, label
        self._length = 0.0
        self.setZValue(1)
        self.follow()

    def follow(self) -> None:
        """Takes its place between the two blocks."""
        self.prepareGeometryChange()
        self.setPos(self._left.x() + WIDTH, MIDDLE)
        self._length = max(0.0, self._right.x() - self._left.x() - WIDTH)

    def boundingRect(self) -> QRectF:
        return QRectF(-ROOM, -24, self._length + 2 * ROOM, FOOT + 44)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        detail = option.levelOfDetailFromTransform(painter.worldTransform()) / theme.scale()
        if detail < SIMPLE or self._length < 6:
            return
        colours = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colours.forward, 1.8))
        end = self._length - 2
        painter.drawLine(QPointF(2, 0), QPointF(end - 4, 0))
        painter.setBrush(colours.forward)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF([QPointF(end, 0), QPointF(end - 6, -3.6), QPointF(end - 6, 3.6)]))
        if detail >= FULL:
            self._paint_label(painter)

    def _paint_label(self, painter: QPainter) -> None:
        """The shape above the arrow; one that is wider than the gap stands at the foot of the blocks, where they are
        empty.
        """
        colours = theme.current()
        painter.setFont(theme.unscaled_font(11.5, semibold=True))
        width = QFontMetricsF(painter.font()).horizontalAdvance(self._label)
        wide = width > self._length - 1
        area = QRectF(self._length / 2 - ROOM, FOOT if wide else -21, 2 * ROOM, 16)
        if wide:
            painter.setBrush(colours.canvas)
            painter.setPen(QPen(colours.forward, 1))
            painter.drawRoundedRect(QRectF(self._length / 2 - width / 2 - 5, FOOT, width + 10, 16), 5, 5)
        painter.setPen(colours.forward)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._label)
