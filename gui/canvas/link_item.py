"""The arrow from one block to the next, with the shape of what flows along it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui import theme
from gui.canvas.block_item import BlockItem
from gui.canvas.measures import FULL, HEIGHT, SIMPLE, WIDTH

MIDDLE = HEIGHT * 0.48
LABEL = 16.0  # height of a label
FOOT = HEIGHT - MIDDLE - LABEL - 3  # where wide labels stand: below the last line of a block
ROOM = 44.0  # width of the label; it may reach over the edges of the blocks


BUTTON = 10.0  # radius of the scissors
BELOW = 17.0  # from the arrow to their middle


class LinkItem(QGraphicsItem):
    """Reaches from ``left`` to ``right`` wherever they are; unknown shapes leave it without a label.

    ``cut`` says whether the gradient is cut off here, None where it cannot be. Scissors appear while it is pointed at.
    """

    def __init__(self, left: BlockItem, right: BlockItem, label: str, cut: bool | None) -> None:
        super().__init__()
        self._left, self._right, self._label = left, right, label
        self.cut = cut
        self._pointed = False
        self._length = 0.0
        self.setZValue(1)
        self.follow()

    def follow(self) -> None:
        """Takes its place between the two blocks."""
        self.prepareGeometryChange()
        self.setPos(self._left.x() + WIDTH, MIDDLE)
        self._length = max(0.0, self._right.x() - self._left.x() - WIDTH)

    @property
    def target(self) -> str:
        """The block that the link leads to."""
        return self._right.name

    @property
    def scissors(self) -> QRectF:
        """Where a click cuts or joins, in the item's coordinates; empty where the gradient cannot be cut."""
        if self.cut is None:
            return QRectF()
        return QRectF(self._length / 2 - BUTTON, BELOW - BUTTON, 2 * BUTTON, 2 * BUTTON)

    def point_at(self, pointed: bool) -> None:
        """Shows the scissors while the pointer is near."""
        if pointed != self._pointed:
            self._pointed = pointed
            self.update()

    def hint(self) -> str:
        """What hovering over the scissors says."""
        if self.cut:
            return QCoreApplication.translate("Canvas", "The gradient is cut here: nothing passes back. Click to join.")
        return QCoreApplication.translate(
            "Canvas", "Click to cut the gradient: forward nothing changes, back nothing passes."
        )

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
        if self.cut:
            self._paint_cut(painter)
        if self._pointed and self.cut is not None and detail >= FULL:
            self._paint_scissors(painter)
        if detail >= FULL:
            self._paint_label(painter)

    def _paint_cut(self, painter: QPainter) -> None:
        """Two strokes across the way back."""
        painter.setPen(QPen(theme.current().backward, 2.4))
        middle = self._length / 2
        for shift in (-3.0, 3.0):
            painter.drawLine(QPointF(middle + shift - 4, 9), QPointF(middle + shift + 4, -9))

    def _paint_scissors(self, painter: QPainter) -> None:
        colours, place = theme.current(), self.scissors
        painter.setPen(QPen(colours.backward, 1.4))
        painter.setBrush(colours.panel)
        painter.drawEllipse(place)
        middle = place.center()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for side in (-1, 1):
            painter.drawEllipse(middle + QPointF(-3.6, 2.6 * side), 1.9, 1.9)
            painter.drawLine(middle + QPointF(-2.2, 1.6 * side), middle + QPointF(6, -3.4 * side))

    def _paint_label(self, painter: QPainter) -> None:
        """The shape above the arrow; one that is wider than the gap stands at the foot of the blocks, where they are
        empty.
        """
        colours = theme.current()
        painter.setFont(theme.unscaled_font(11.5, semibold=True))
        width = QFontMetricsF(painter.font()).horizontalAdvance(self._label)
        wide = width > self._length - 1
        area = QRectF(self._length / 2 - ROOM, FOOT if wide else -21, 2 * ROOM, LABEL)
        if wide:
            painter.setBrush(colours.canvas)
            painter.setPen(QPen(colours.forward, 1))
            painter.drawRoundedRect(QRectF(self._length / 2 - width / 2 - 5, FOOT, width + 10, LABEL), 5, 5)
        painter.setPen(colours.forward)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._label)
