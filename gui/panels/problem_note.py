"""One thing to look at: where, what it is in words, what its factors are, and the edit that is offered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from engine.resolve import Fix
from gui.fix_button import FixButton
from gui.panels.factor_bars import FactorBars
from gui.project_store import ProjectStore

if TYPE_CHECKING:
    from engine.explain.diagnosis import Finding


class Remark(msgspec.Struct, frozen=True):
    """What is said in a note. ``title`` shows the ``places``, blocks or ends of the chain, when it is clicked."""

    title: str
    places: tuple[str, ...]
    text: str
    advice: str = ""
    fix: Fix | None = None
    finding: Finding | None = None
    broken: bool = False  # on purpose, and can be mended


class Note(QWidget):
    """Shows a remark, and others of the same place and kind after it, without being made anew."""

    def __init__(
        self,
        store: ProjectStore,
        remark: Remark,
        show: Callable[[tuple[str, ...]], None],
        mend: Callable[[str], None],
    ) -> None:
        super().__init__()
        self._remark = remark
        self._place = QPushButton(self)
        self._place.setProperty("role", "link")
        self._place.clicked.connect(lambda: show(self._remark.places))
        self._text, self._advice = text_label("warning"), text_label("caption")
        self._fix = FixButton(store, parent=self)
        self._mend = self._mender(mend) if remark.broken else None
        self._bars = FactorBars(remark.finding) if remark.finding else None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self._place, alignment=Qt.AlignmentFlag.AlignLeft)
        for widget in (self._text, self._advice, self._fix, self._bars):
            if widget is not None:
                column.addWidget(widget)
        if self._mend is not None:
            column.addWidget(self._mend, alignment=Qt.AlignmentFlag.AlignLeft)
        self.say(remark)

    def _mender(self, mend: Callable[[str], None]) -> QPushButton:
        button, block = QPushButton(self.tr("Mend it")), self._remark.title
        button.setToolTip(self.tr("The backward pass of {} is right again from the next step on").format(block))
        button.setAccessibleName(self.tr("Mend {}").format(block))
        button.clicked.connect(lambda: mend(block))
        return button

    def say(self, remark: Remark) -> None:
        """Another remark of the same kind."""
        self._remark = remark
        self._place.setText(remark.title)
        blocks = remark.finding.blocks if remark.finding else ()
        shows = self.tr("Shows {}").format(", ".join(blocks)) if blocks else self.tr("Shows this place")
        self._place.setToolTip(shows)
        self._place.setAccessibleName(self.tr("Show {}").format(remark.title))
        self._text.setText(remark.finding.lead or remark.text if remark.finding else remark.text)
        self._advice.setText(remark.advice)
        self._advice.setVisible(bool(remark.advice))
        self._fix.offer(remark.fix)
        if self._bars is not None and remark.finding is not None:
            self._bars.show_finding(remark.finding)


def text_label(role: str, words: str = "") -> QLabel:
    """A label for words that may name what comes from a file: never markup."""
    label = QLabel(words, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label
