"""The key of marks beside a plot, each with its name and a number. Names from files are painted as they are."""

from __future__ import annotations

from dataclasses import dataclass

from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPaintEvent, QPen, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme

SYMBOLS = ("o", "s", "t1", "d", "star", "p", "h", "t", "t2", "t3")  # by class: each has its own form, not colour alone
WIDTH = 88


def symbol(number: int) -> str:
    """The mark of a class."""
    return SYMBOLS[number % len(SYMBOLS)]


def ink(colour: QColor) -> QColor:
    """A class colour as marks wear it: darker than its region on light ground, lighter on dark."""
    return colour.lighter(135) if theme.current().dark else colour.darker(165)


@dataclass(frozen=True)
class Entry:
    """A mark (a symbol's name, ``"line"`` or ``"ring"``), its colour, whether it is only an outline, its words."""

    mark: str
    colour: QColor
    name: str
    number: str = ""
    hollow: bool = False


class Key(QWidget):
    """One entry below the other; names that are too long end in dots. The tooltip has all of it."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[Entry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        """Shows these marks."""
        if entries != self._entries:
            self._entries = entries
            words = "\n".join(self.words())
            self.setToolTip(words)
            self.setAccessibleName(words)
            self.updateGeometry()
            self.update()

    def words(self) -> list[str]:
        """Every name with its number."""
        return [f"{entry.name} {entry.number}".strip() for entry in self._entries]

    def sizeHint(self) -> QSize:
        return QSize(theme.px(WIDTH), self._line() * len(self._entries))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(WIDTH), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, line, side = QPainter(self), self._line(), theme.px(9)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(10))
        for place, entry in enumerate(self._entries):
            top = place * line
            self._mark(painter, entry, QRectF(1, top + (line - side) / 2, side, side))
            painter.setPen(theme.current().secondary)
            area = QRectF(side + 6, top, self.width() - side - 6, line)
            room = area.width() - painter.fontMetrics().horizontalAdvance(entry.number) - 4
            name = painter.fontMetrics().elidedText(entry.name, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, name)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, entry.number)

    @staticmethod
    def _line() -> int:
        return theme.px(14)

    def _mark(self, painter: QPainter, entry: Entry, area: QRectF) -> None:
        painter.setBrush(QBrush(Qt.BrushStyle.NoBrush) if entry.hollow else QBrush(entry.colour))
        painter.setPen(QPen(entry.colour, 1.4) if entry.hollow else Qt.PenStyle.NoPen)
        if entry.mark == "line":
            painter.fillRect(QRectF(area.left(), area.center().y() - 1, area.width(), 2), entry.colour)
        elif entry.mark == "ring":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(entry.colour, 1.6))
            painter.drawEllipse(area)
        else:
            painter.drawPath(path(entry.mark, area.center(), area.width()))


def path(mark: str, middle: QPointF, size: float) -> QPainterPath:
    """The outline of a mark."""
    outline: QPainterPath = QTransform.fromScale(size, size).map(Symbols[mark])
    outline.translate(middle)
    return outline
