"""Lists that are painted, only as far as they are seen, and read out what lies under the pointer."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class Painted(QWidget):
    """``said`` reads out what ``words_at`` says of the place under the pointer."""

    said = Signal(str)

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setAccessibleName(name)
        self.setToolTip(tip)

    def words_at(self, at: QPointF) -> str:
        """What lies there, in words; empty where there is nothing."""
        raise NotImplementedError

    def height_for(self, width: int) -> int:
        """The height that everything needs at a width."""
        raise NotImplementedError

    def fit(self) -> None:
        """Takes the height that is needed."""
        self.setMinimumHeight(self.height_for(max(1, self.width())))
        self.update()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self.setMinimumHeight(self.height_for(max(1, self.width())))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.said.emit(self.words_at(event.position()))

    def leaveEvent(self, event: Any) -> None:
        super().leaveEvent(event)
        self.said.emit("")


class Scroller(QScrollArea):
    """Lets a painted list scroll."""

    def __init__(self, inside: Painted) -> None:
        super().__init__(widgetResizable=True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # One that comes and goes would change the width, and with it the height, for which it comes and goes again.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(inside.accessibleName())
        self.setToolTip(inside.toolTip())
        self.setWidget(inside)


def elided(painter: QPainter, text: str, width: float) -> str:
    """The text, with dots in its middle where it has no room: long names often differ at their ends."""
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(width))
