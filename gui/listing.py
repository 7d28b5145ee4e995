"""Text of a program, to be read and copied: in a fixed width, with some lines marked."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QColor, QFont, QFontDatabase, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from gui import theme


class Listing(QPlainTextEdit):
    """Lines that nobody edits. Where they change while somebody reads, they stay where they are."""

    def __init__(self, spoken: str, tip: str) -> None:
        super().__init__(readOnly=True)
        self.setAccessibleName(spoken)
        self.setToolTip(tip)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)

    def show_lines(self, lines: Iterable[str]) -> None:
        """Other lines."""
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPixelSize(theme.px(12))
        font.setStyleHint(QFont.StyleHint.Monospace)
        self.setFont(font)
        text = "\n".join(lines)
        if text != self.toPlainText():
            at = self.verticalScrollBar().value()
            self.setPlainText(text)
            self.verticalScrollBar().setValue(at)

    def mark(self, numbers: Iterable[int], reveal: bool = True) -> None:
        """Marks lines, counted from 0, in place of others; shows the first of them."""
        marks = [self._marked(number) for number in numbers]
        self.setExtraSelections(marks)
        if marks and reveal:
            self.setTextCursor(marks[0].cursor)
            self.centerCursor()

    def _marked(self, number: int) -> QTextEdit.ExtraSelection:
        ground = QColor(theme.current().accent)
        ground.setAlphaF(0.18)
        mark = QTextEdit.ExtraSelection()
        mark.cursor = QTextCursor(self.document().findBlockByNumber(number))
        style = QTextCharFormat()
        style.setBackground(ground)
        style.setProperty(QTextFormat.Property.FullWidthSelection, True)
        mark.format = style
        return mark
