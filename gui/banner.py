"""One sentence above the canvas about something that went wrong; never a box that has to be clicked away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

Offer = tuple[str, Callable[[], object]]
"""The words of a button, and what it does."""
MOST = 3


class Banner(QFrame):
    """Hidden while there is nothing to say. A newer sentence replaces the older one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="banner")
        self._text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._offers = [QPushButton() for _ in range(MOST)]
        self._offer = self._offers[0]
        self._acts: Sequence[Callable[[], object]] = ()
        close = QToolButton(text="×")
        close.setProperty("role", "flat")
        close.setAccessibleName(self.tr("Close the message"))
        close.setToolTip(self.tr("Close the message"))
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.addWidget(self._text, 1)
        for index, button in enumerate(self._offers):
            button.clicked.connect(partial(self._do, index))
            row.addWidget(button)
        row.addWidget(close)
        self.hide()

    def say(self, text: str, offer: str = "", act: Callable[[], object] | None = None) -> None:
        """Shows a sentence, with a button for what can be done about it where something can."""
        self.ask(text, [(offer, act)] if offer and act else [])

    def ask(self, text: str, offers: Sequence[Offer]) -> None:
        """Shows a sentence with buttons for the answers, at most three; closing it is no answer."""
        self._text.setText(text)
        self._acts = [act for _, act in offers]
        for button, words in zip(self._offers, [words for words, _ in offers] + [""] * MOST, strict=False):
            button.setText(words)
            button.setAccessibleName(words)
            button.setToolTip(words)
            button.setVisible(bool(words))
        self.show()

    def _do(self, index: int, *_: object) -> None:
        self.hide()
        self._acts[index]()
