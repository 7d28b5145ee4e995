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
MOST_NAMES = 0.5  # share of the width that names may take
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
        rows, colours = self._rows(), theme.current()
        for number, (name, value, strong) in enumerate(rows):
            guilty = strong and number < len(rows) - 1
            colour = colours.warning if guilty else colours.text if strong else colours.secondary
            painter.setFont(theme.font(11, semibold=strong))
            self._paint_row(painter, theme.px(ROW * number), name, value, colour)
        painter.setPen(colours.line)
        painter.drawLine(0, theme.px(ROW * (len(rows) - 1)), self.width(), theme.px(ROW * (len(rows) - 1)))

    def _rows(self) -> list[tuple[str, float, bool]]:
        """Name and value of every factor and of the product, and whether it is set in bold."""
        guilty = self._finding.guilty
        rows = [
            (f"{GUILTY} {factor.name}" if factor is guilty else factor.name, factor.value, factor is guilty)
            for factor in self._finding.factors
        ]
        return [*rows, (tr("product"), self._finding.ratio, True)]

    def _columns(self) -> tuple[float, float]:
        """How wide names and values are."""
        metrics = QFontMetricsF(theme.font(11, semibold=True))
        names = max(metrics.horizontalAdvance(name) for name, _, _ in self._rows())
        values = max(metrics.horizontalAdvance(numbers.short(value)) for _, value, _ in self._rows())
        return min(names + 2, MOST_NAMES * self.width()), values + 2

    def _paint_row(self, painter: QPainter, top: float, name: str, value: float, colour: QColor) -> None:
        height, (names, values) = theme.px(ROW), self._columns()
        painter.setPen(colour)
        shown = QFontMetricsF(painter.font()).elidedText(name, Qt.TextElideMode.ElideRight, names)
        painter.drawText(QRectF(0, top, names, height), Qt.AlignmentFlag.AlignVCenter, shown)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(self.width() - values, top, values, height), flags, numbers.short(value))
        room = QRectF(names + GAP, top, self.width() - names - values - 2 * GAP, height)
        self._paint_bar(painter, room, value, colour)

    def _paint_bar(self, painter: QPainter, room: QRectF, value: float, colour: QColor) -> None:
        shrinking, growing = self.reach()
        one = room.left() + room.width() * shrinking / (shrinking + growing)
        painter.fillRect(QRectF(one, room.top() + 2, 1, room.height() - 4), theme.current().line)
        away = math.log(value) if value > 0 else -shrinking
        length = max(abs(away) * room.width() / (shrinking + growing), NARROWEST)
        bar = QRectF(one - length if away < 0 else one, room.center().y() - theme.px(BAR) / 2, length, theme.px(BAR))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(bar, 2, 2)

    def reach(self) -> tuple[float, float]:
        """How far the scale goes below and above 1, in natural logarithms; a factor of 0 reaches its lower end."""
        values = [each.value for each in self._finding.factors] + [self._finding.ratio]
        logarithms = [math.log(value) for value in values if value > 0]
        growing = max(0.0, *logarithms, 0.1)
        shrinking = max(0.0, *(-each for each in logarithms), 0.1)
        return (max(shrinking, growing) if 0 in values else shrinking), growing

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
