"""Docks that look like cards: a head with title, sub-line and controls, by which the card is moved, and a body."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.labels import ElidedLabel


class CardHead(QFrame):
    """The head of a card."""

    def __init__(self, title: str) -> None:
        super().__init__(objectName="cardHead")
        self._title = ElidedLabel("title")
        self._title.setText(title)
        self._sub = ElidedLabel("caption")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 8, 8, 4)
        self._row.setSpacing(4)
        self._row.addWidget(self._title)
        self._row.addWidget(self._sub, 1)

    def say(self, title: str, sub: str) -> None:
        """Another title and sub-line."""
        self._title.setText(title)
        self._sub.setText(sub)

    def add(self, control: QWidget) -> None:
        """Puts a control at the right end."""
        self._row.addWidget(control)


class CardBody(QFrame):
    """The content of a card, or the words that it is being loaded."""

    def __init__(self) -> None:
        super().__init__(objectName="cardBody")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(1, 0, 1, 1)
        self._waiting: QLabel | None = QLabel(self.tr("Loading…"), alignment=Qt.AlignmentFlag.AlignCenter)
        self._waiting.setProperty("role", "caption")
        self._layout.addWidget(self._waiting)

    def fill(self, widget: QWidget) -> None:
        """Puts the content in place of the words."""
        if self._waiting is not None:
            self._layout.removeWidget(self._waiting)
            self._waiting.deleteLater()
            self._waiting = None
        self._layout.addWidget(widget)


class Card(QDockWidget):
    """A dock with a head of ours; ``name`` is how the window remembers its place."""

    def __init__(self, name: str, title: str, parent: QWidget) -> None:
        super().__init__(title, parent, objectName=name)
        self.head = CardHead(title)
        self.setTitleBarWidget(self.head)
        self._body = CardBody()
        self.setWidget(self._body)

    def fill(self, widget: QWidget) -> None:
        """Puts the card's content in place of the words that it is being loaded."""
        self._body.fill(widget)


class Shelf(QFrame):
    """A card that stays where it is, and can be put away by ``toggle``."""

    shown = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.head = CardHead(title)
        self._body = CardBody()
        self.toggle = QAction(title, self, checkable=True, checked=True)
        self.toggle.toggled.connect(self.setVisible)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._body, 1)

    def fill(self, widget: QWidget) -> None:
        """Puts the content in place of the words that it is being loaded."""
        self._body.fill(widget)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()
