"""The legend of a heatmap: its colours on a bar, with numbers."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import pictures, theme

BAR = 12


class Legend(QWidget):
    """A vertical bar. ``signed`` runs between the colours of negative and positive values, else it is viridis. Where
    there is little room beside a plot it can ``lie`` below: a bar between its first and its last number.
    """

    def __init__(self, spoken: str, signed: bool) -> None:
        super().__init__()
        self._signed = signed
        self._marks: tuple[tuple[float, str], ...] = ()
        self._zero = ""
        self._lying = False
        self.speak(spoken)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def speak(self, spoken: str) -> None:
        """What the scale is, in words."""
        if spoken != self.toolTip():
            self.setAccessibleName(spoken)
            self.setToolTip(spoken)

    def be_signed(self, signed: bool) -> None:
        """Runs on the other scale from now on."""
        if signed != self._signed:
            self._signed = signed
            self.update()

    def lie(self, lying: bool) -> None:
        """Lies on one line, or stands."""
        if lying != self._lying:
            self._lying = lying
            policies = QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed
            self.setSizePolicy(*(policies if lying else (QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)))
            self.updateGeometry()
            self.update()

    def show_marks(self, marks: tuple[tuple[float, str], ...], zero: str = "") -> None:
        """Numbers at heights from 0 (below) to 1, no bar without them; ``zero`` names the colour of exactly zero, below
        the bar.
        """
        if (marks, zero) != (self._marks, self._zero):
            self._marks, self._zero = marks, zero
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme.font(10))
        if self._lying:
            return QSize(80, metrics.height())
        widest = max((metrics.horizontalAdvance(label) for _, label in self._marks), default=0)
        return QSize(BAR + 8 + max(widest, theme.px(38)), 80)  # the least width keeps the picture from jumping

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, painter = theme.current(), QPainter(self)
        painter.setFont(theme.font(10))
        if self._lying:
            self._paint_lying(painter)
            return
        text = theme.px(10)
        if self._marks:
            self._paint_bar(painter, text)
        painter.setPen(colours.secondary)
        if self._zero:
            patch = QRectF(0, self.height() - text, BAR, text - 2)
            painter.fillRect(patch, colours.zero)
            self._write(painter, patch.center().y(), self._zero)

    def _paint_lying(self, painter: QPainter) -> None:
        """The first number, the bar, the last number, the patch of exactly zero."""
        painter.setPen(theme.current().secondary)
        area, metrics, middle = QRectF(self.rect()), painter.fontMetrics(), Qt.AlignmentFlag.AlignVCenter
        if self._zero:
            wide = metrics.horizontalAdvance(self._zero)
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, self._zero)
            area.adjust(0, 0, -wide - BAR - 3, 0)
            painter.fillRect(QRectF(area.right(), area.center().y() - 4, BAR - 2, 8), theme.current().zero)
            area.adjust(0, 0, -6, 0)
        if self._marks:
            low, high = self._marks[0][1], self._marks[-1][1]
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignLeft, low)
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, high)
            area.adjust(metrics.horizontalAdvance(low) + 5, 2, -metrics.horizontalAdvance(high) - 5, -2)
            painter.setPen(QPen(theme.current().line, 1))
            painter.setBrush(self._gradient(area.topLeft(), area.topRight()))
            painter.drawRect(area)

    def _paint_bar(self, painter: QPainter, text: int) -> None:
        foot = text + 8 if self._zero else text
        bar = QRectF(0, text, BAR, max(20.0, self.height() - text - foot - 2))
        painter.setPen(QPen(theme.current().line, 1))
        painter.setBrush(self._gradient(bar.bottomLeft(), bar.topLeft()))
        painter.drawRect(bar)
        painter.setPen(theme.current().secondary)
        for share, label in self._marks:
            self._write(painter, bar.bottom() - share * bar.height(), label)

    def _write(self, painter: QPainter, y: float, label: str) -> None:
        area = QRectF(BAR + 5, y - 10, self.width() - BAR - 5, 20)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, label)

    def _gradient(self, low: QPointF, high: QPointF) -> QLinearGradient:
        gradient = QLinearGradient(low, high)
        steps = 24
        for step in range(steps + 1):
            share = step / steps
            gradient.setColorAt(share, self._colour(share))
        return gradient

    def _colour(self, share: float) -> QColor:
        return (
            pictures.signed_colour(2 * share - 1, theme.current()) if self._signed else pictures.magnitude_colour(share)
        )
