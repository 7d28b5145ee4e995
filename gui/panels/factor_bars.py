"""The factors of a diagnosis as bars on a logarithmic scale: left of the middle they shrink, right of it they grow."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui import numbers, theme

if TYPE_CHECKING:
    from engine.explain.diagnosis import Factor, Finding

ROW, BAR, GAP = 17.0, 8.0, 8.0
NAMES, VALUES = 0.46, 0.2  # shares of the width
GUILTY = "\N{BLACK RIGHT-POINTING SMALL TRIANGLE}"
NARROWEST = 3.0  # pixels of the bar of a factor that is nearly 1


def tr(text: str) -> str:
    """A text of the bars in the language of the window."""
    return QCoreApplication.translate("Panels", text)


class FactorBars(QWidget):
    """A row for each factor, the guilty one marked, and one for their product, the ratio."""

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setToolTip(tr("Factors on a logarithmic scale: left they shrink the gradient, right they make it grow"))
        self.show_finding(finding)

    def show_finding(self, finding: Finding) -> None:
        """Other factors."""
        self._finding = finding
        self.setAccessibleName(tr("Factors: {}").format("; ".join(map(_words, finding.factors))))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, theme.px(ROW * (len(self._finding.factors) + 1) + 2))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, finding = theme.current(), self._finding
        for row, factor in enumerate(finding.factors):
            guilty = factor is finding.guilty
            name = f"{GUILTY} {factor.name}" if guilty else factor.name
            self._paint_row(painter, row, name, factor.value, colours.warning if guilty else colours.secondary, guilty)
        last = len(finding.factors)
        painter.setPen(colours.line)
        painter.drawLine(0, theme.px(ROW * last), self.width(), theme.px(ROW * last))
        self._paint_row(painter, last, tr("product"), finding.ratio, colours.text, True)

    def _paint_row(self, painter: QPainter, row: int, name: str, value: float, colour: QColor, strong: bool) -> None:
        height, wide = theme.px(ROW), self.width()
        top = theme.px(ROW * row) + (1 if row == len(self._finding.factors) else 0)
        painter.setFont(theme.font(11, semibold=strong))
        painter.setPen(colour)
        names = QRectF(0, top, NAMES * wide - GAP, height)
        shown = QFontMetricsF(painter.font()).elidedText(name, Qt.TextElideMode.ElideRight, names.width())
        painter.drawText(names, Qt.AlignmentFlag.AlignVCenter, shown)
        values = QRectF((1 - VALUES) * wide, top, VALUES * wide, height)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(values, flags, numbers.short(value))
        room = QRectF(NAMES * wide, top, (1 - NAMES - VALUES) * wide - GAP, height)
        self._paint_bar(painter, room, value, colour)

    def _paint_bar(self, painter: QPainter, room: QRectF, value: float, colour: QColor) -> None:
        middle, reach = room.center().x(), room.width() / 2
        painter.fillRect(QRectF(middle, room.top() + 2, 1, room.height() - 4), theme.current().line)
        length = max(reach * self.share(value), NARROWEST)
        left = middle - length if value < 1 else middle
        bar = QRectF(left, room.center().y() - theme.px(BAR) / 2, length, theme.px(BAR))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(bar, 2, 2)

    def share(self, value: float) -> float:
        """How far a factor's bar reaches, 0 for 1 to 1 for the largest of all; 0 reaches to the end."""
        if value <= 0:
            return 1.0
        known = [each.value for each in self._finding.factors] + [self._finding.ratio]
        most = max((abs(math.log(each)) for each in known if each > 0), default=0.0)
        return abs(math.log(value)) / most if most else 0.0

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = int(event.pos().y() / max(1, theme.px(ROW)))
            factors = self._finding.factors
            QToolTip.showText(event.globalPos(), _words(factors[row]) if row < len(factors) else self.toolTip(), self)
            return True
        return super().event(event)


def _words(factor: Factor) -> str:
    """A factor with all its digits, and the blocks that it comes from."""
    blocks = f" ({', '.join(factor.blocks)})" if factor.blocks else ""
    return f"{factor.name}{blocks}: {numbers.full(factor.value)}"
