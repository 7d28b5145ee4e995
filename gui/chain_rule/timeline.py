"""A slider over the moments of a step: a cell for each, in the colour of its phase."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QToolTip

from gui import theme
from gui.chain_rule.mode import tr

if TYPE_CHECKING:
    from engine.explain.moments import Moment

ROLES = {"forward": "forward", "loss": "error", "backward": "backward", "update": "accent"}
"""The theme's colour of every phase."""

HEIGHT, BAR = 30, 10
GAP_FROM = 5.0  # pixels of a cell from which cells are set apart


class Timeline(QSlider):
    """``value()`` is the moment that is shown."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal, minimum=0, maximum=0)
        self._moments: Sequence[Moment] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Moment of the step"))
        self.setToolTip(tr("Every block forward, the error, every block backward, every update; arrow keys walk"))

    def show_moments(self, moments: Sequence[Moment]) -> None:
        """The moments of another step; the first is shown."""
        self._moments = moments
        self.setMaximum(max(0, len(moments) - 1))
        self.setValue(0)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, theme.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, theme.px(HEIGHT))

    def cell(self, place: int) -> QRectF:
        """Where a moment lies."""
        width = self.width() / max(1, len(self._moments))
        bar = theme.px(BAR)
        return QRectF(place * width, (self.height() - bar) / 2, width, bar)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, moment in enumerate(self._moments):
            cell = self.cell(place)
            apart = 1.0 if cell.width() >= GAP_FROM else 0.0
            colour = getattr(colours, ROLES[moment.phase])
            painter.setOpacity(1.0 if place <= self.value() else 0.35)
            painter.fillRect(cell.adjusted(apart / 2, 0, -apart / 2, 0), colour)
        painter.setOpacity(1.0)
        if self._moments:
            self._paint_mark(painter)
        if self.hasFocus():
            painter.setPen(QPen(colours.accent, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_mark(self, painter: QPainter) -> None:
        """The moment that is shown stands out of the bar."""
        colours, cell = theme.current(), self.cell(self.value())
        wide = max(6.0, cell.width())
        mark = QRectF(cell.center().x() - wide / 2, cell.top() - 5, wide, cell.height() + 10)
        painter.setPen(QPen(colours.text, 1.5))
        painter.setBrush(getattr(colours, ROLES[self._moments[self.value()].phase]))
        painter.drawRoundedRect(mark.intersected(QRectF(self.rect()).adjusted(1, 1, -1, -1)), 3, 3)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setValue(self._at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.setValue(self._at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._moments:
            place = self._at(event.pos().x())
            moment = self._moments[place]
            said = tr("{} of {}: {} {}").format(place + 1, len(self._moments), tr(moment.phase), moment.block)
            QToolTip.showText(event.globalPos(), f"{said}\n{self.toolTip()}", self)
            return True
        return super().event(event)

    def _at(self, x: float) -> int:
        return max(0, min(self.maximum(), int(x * len(self._moments) / max(1, self.width()))))
