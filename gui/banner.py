"""One sentence above the canvas about something that went wrong; never a box that has to be clicked away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget


class Banner(QFrame):
    """Hidden while there is nothing to say. A newer sentence replaces the older one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="banner")
        self._text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._offer = QPushButton()
        self._act: Callable[[], None] | None = None
        self._offer.clicked.connect(self._do)
        close = QToolButton(text="×")
        close.setProperty("role", "flat")
        close.setAccessibleName(self.tr("Close the message"))
        close.setToolTip(self.tr("Close the message"))
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.addWidget(self._text, 1)
        row.addWidget(self._offer)
        row.addWidget(close)
        self.hide()

    def say(self, text: str, offer: str = "", act: Callable[[], None] | None = None) -> None:
        """Shows a sentence, with a button for what can be done about it where something can."""
        self._text.setText(text)
        self._act = act
        self._offer.setText(offer)
        self._offer.setAccessibleName(offer)
        self._offer.setToolTip(offer)
        self._offer.setVisible(bool(offer))
        self.show()

    def _do(self) -> None:
        self.hide()
        if self._act:
            self._act()
