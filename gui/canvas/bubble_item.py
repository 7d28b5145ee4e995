"""What is wrong with a block, in words under it, with the edit that mends it one click away."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from engine.resolve import Place
from gui import theme
from gui.canvas.measures import HEIGHT, WIDTH

BUBBLE_WIDTH = 236.0
PAD = 10.0
TOP = HEIGHT + 12
BUTTON = 26.0


class BubbleItem(QGraphicsItem):
    """A place's problem or warning. ``row`` moves it down where bubbles would lie on each other."""

    def __init__(self, place: Place, row: int) -> None:
        super().__init__()
        self.place = place
        self._text = place.problem or place.warning or ""
        self._fix = QCoreApplication.translate("Canvas", "Fix: {}").format(place.fix.text) if place.fix else ""
        metrics = QFontMetricsF(theme.unscaled_font(12))
        words = metrics.boundingRect(QRectF(0, 0, BUBBLE_WIDTH - 2 * PAD, 1000), _WRAP, self._text)
        self._words = QRectF(PAD, TOP + PAD, BUBBLE_WIDTH - 2 * PAD, words.height())
        height = words.height() + 2 * PAD + (BUTTON + 6 if self._fix else 0)
        self._frame = QRectF(0, TOP, BUBBLE_WIDTH, height)
        self._shift = row * (height + 12)
        self.setZValue(5)
        if self._fix:
            self.setToolTip(QCoreApplication.translate("Canvas", "Click to mend it; the edit can be undone."))

    @property
    def fix_rect(self) -> QRectF:
        """The button, in the item's coordinates; empty where no fix is offered."""
        if not self._fix:
            return QRectF()
        wanted = QFontMetricsF(theme.unscaled_font(12, semibold=True)).horizontalAdvance(self._fix) + 20
        width = min(wanted, BUBBLE_WIDTH - 2 * PAD)
        return QRectF(PAD, self._frame.bottom() - PAD - BUTTON, width, BUTTON).translated(0, self._shift)

    def stand_under(self, x: float) -> None:
        """Takes its place under a block whose left edge is at ``x``."""
        self.setPos(x + WIDTH / 2 - BUBBLE_WIDTH / 2, 0)

    def boundingRect(self) -> QRectF:
        return self._frame.translated(0, self._shift).adjusted(-2, -10 - self._shift, 2, 2)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        colours = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = self._frame.translated(0, self._shift)
        painter.setPen(QPen(colours.warning, 1.2))
        painter.setBrush(colours.warning_back)
        painter.drawLine(QPointF(BUBBLE_WIDTH / 2, HEIGHT + 4), QPointF(BUBBLE_WIDTH / 2, frame.top()))
        painter.drawRoundedRect(frame, 8, 8)
        middle = BUBBLE_WIDTH / 2
        tip = [QPointF(middle - 6, frame.top()), QPointF(middle, frame.top() - 6), QPointF(middle + 6, frame.top())]
        painter.drawPolygon(QPolygonF(tip))
        painter.setFont(theme.unscaled_font(12))
        painter.setPen(colours.warning)
        painter.drawText(self._words.translated(0, self._shift), _WRAP, self._text)
        if self._fix:
            self._paint_button(painter)

    def _paint_button(self, painter: QPainter) -> None:
        colours, button = theme.current(), self.fix_rect
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.warning)
        painter.drawRoundedRect(button, 5, 5)
        painter.setFont(theme.unscaled_font(12, semibold=True))
        painter.setPen(colours.warning_back)
        shown = QFontMetricsF(painter.font()).elidedText(self._fix, Qt.TextElideMode.ElideRight, button.width() - 12)
        painter.drawText(button, Qt.AlignmentFlag.AlignCenter, shown)


_WRAP = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft)
