"""Docks that look like cards: a head with title, sub-line and controls, by which the card is moved, and a body."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.labels import ElidedLabel


class CardHead(QFrame):
    """The head of a card."""

    def __init__(self, title: str) -> None:
        super().__init__(objectName="cardHead")
        self._title = QLabel(title, textFormat=Qt.TextFormat.PlainText)
        self._title.setProperty("role", "title")
        self._sub = ElidedLabel("caption")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 8, 8, 4)
        self._row.setSpacing(8)
        self._row.addWidget(self._title)
        self._row.addWidget(self._sub, 1)

    def say(self, title: str, sub: str) -> None:
        """Another title and sub-line."""
        self._title.setText(title)
        self._sub.setText(sub)

    def add(self, control: QWidget) -> None:
        """Puts a control at the right end."""
        self._row.addWidget(control)


class Card(QDockWidget):
    """A dock with a head of ours; ``name`` is how the window remembers its place."""

    def __init__(self, name: str, title: str, parent: QWidget) -> None:
        super().__init__(title, parent, objectName=name)
        self.head = CardHead(title)
        self.setTitleBarWidget(self.head)
        self._body = QFrame(objectName="cardBody")
        self._layout = QVBoxLayout(self._body)
        self._layout.setContentsMargins(1, 0, 1, 1)
        self._waiting = QLabel(self.tr("Loading…"), alignment=Qt.AlignmentFlag.AlignCenter)
        self._waiting.setProperty("role", "caption")
        self._layout.addWidget(self._waiting)
        self.setWidget(self._body)

    def fill(self, widget: QWidget) -> None:
        """Puts the card's content in place of the words that it is being loaded."""
        if self._waiting is not None:
            self._layout.removeWidget(self._waiting)
            self._waiting.deleteLater()
            self._waiting = None  # type: ignore[assignment]
        self._layout.addWidget(widget)
