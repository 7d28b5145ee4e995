"""The plot that is drawn on: the left button draws, wheel and middle button move the view, Escape lets go."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent

from gui.data.view import tr
from gui.panels.plots import NumberAxis, Plot

LEFT = Qt.MouseButton.LeftButton


class BoardPlot(Plot):
    """``began``, ``went_on`` and ``ended`` tell a stroke, in the plot's coordinates; ``let_go`` ends it undone.

    The axes have no names: the room is for the drawing, and the pointer reads x and y.
    """

    began = Signal(QPointF)
    went_on = Signal(QPointF)
    ended = Signal()
    let_go = Signal()
    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__(NumberAxis("left"), NumberAxis("bottom"), tr("Drawing board"))
        self.has_cursor = False
        self.drawing = False
        self.viewport().setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == LEFT and self._inside(event):
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.drawing = True
            self.began.emit(self._at(event))
        elif not self.drawing:
            super().mousePressEvent(event)

    mouseDoubleClickEvent = mousePressEvent  # two quick clicks are two points

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.drawing:
            super().mouseMoveEvent(event)
            return
        self.went_on.emit(self._at(event))
        self.hovered.emit(self._at(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self.drawing:
            super().mouseReleaseEvent(event)
        elif event.button() == LEFT:
            self.drawing = False
            self.ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.drawing:
            self.drop()
        elif event.text() and event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier):
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.drop()

    def drop(self) -> None:
        """A stroke under way is not drawn."""
        if self.drawing:
            self.drawing = False
            self.let_go.emit()

    def _inside(self, event: QMouseEvent) -> bool:
        return bool(self.box.sceneBoundingRect().contains(event.position()))

    def _at(self, event: QMouseEvent) -> QPointF:
        """The point under the pointer; at the edge of the board where the pointer is beside it."""
        area, at = self.box.sceneBoundingRect(), QPointF(event.position())
        at.setX(min(max(at.x(), area.left()), area.right()))
        at.setY(min(max(at.y(), area.top()), area.bottom()))
        return QPointF(self.box.mapSceneToView(at))
