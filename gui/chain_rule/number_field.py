"""The number that is looked at, to be read and to be written: an example from paper can be redone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from gui import numbers, theme
from gui.chain_rule import words
from gui.chain_rule.laboratory import Laboratory

if TYPE_CHECKING:
    from gui.chain_rule.answer import Answer

WIDTH = 74
LARGEST = 1e30
PASSING = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)  # one comes back and goes on typing


def tr(text: str) -> str:
    """A text of the field in the language of the window."""
    return QCoreApplication.translate("ChainRule", text)


class NumberField(QWidget):
    """Shows three digits, and all of them while it is edited. Enter writes, Escape gives up."""

    def __init__(self, laboratory: Laboratory) -> None:
        super().__init__()
        self._laboratory = laboratory
        self._value: float | None = None
        self._letter = QLabel("w =")
        self._letter.setProperty("role", "caption")
        self.edit = QLineEdit()
        self.edit.setAccessibleName(tr("The number that is looked at"))
        self.edit.setFixedWidth(theme.px(WIDTH))
        self.edit.installEventFilter(self)
        self.edit.returnPressed.connect(self._write)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        row.addWidget(self._letter)
        row.addWidget(self.edit)
        self._after = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._after.setProperty("role", "caption")
        self._after.setToolTip(tr("What the step made of it; the factors are those before the step"))
        row.addWidget(self._after)

    def show_answer(self, answer: Answer | None) -> None:
        """Shows the number of an answer, unless somebody is writing."""
        self.setVisible(answer is not None)
        if answer is None:
            return
        self._value = answer.value
        self._letter.setText(f"{words.letter(answer)} =")
        moved = numbers.short(answer.value_now) != numbers.short(answer.value)
        self._after.setText(f"→ {numbers.short(answer.value_now)}" if moved else "")
        self._after.setVisible(moved)
        reason = self._laboratory.writable()
        self.edit.setReadOnly(bool(reason))
        self.edit.setToolTip(reason or tr("Type another number and press Enter; the edit can be undone"))
        if not self.edit.hasFocus():
            self._show()

    def restyle(self) -> None:
        """The text scale is another."""
        self.edit.setFixedWidth(theme.px(WIDTH))

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and self._value is not None and not self.edit.isReadOnly():
            self.edit.setText(repr(self._value).replace("-", numbers.MINUS))
        elif isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut and event.reason() not in PASSING:
            self._show()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.edit.clearFocus()
            return True
        return False

    def _show(self) -> None:
        self.edit.setText("" if self._value is None else numbers.short(self._value))
        self.edit.setStyleSheet("")

    def _write(self) -> None:
        """Writes what was typed; what is no number stays, with the reason. A number that is typed again is written too:
        training may have moved it since.
        """
        if not self.edit.isModified():
            self.edit.clearFocus()
            return
        text = self.edit.text().strip()
        value = _number(text)
        if value is None:
            self.edit.setStyleSheet(f"border-color: {theme.current().error.name()}")
            self._laboratory.refused.emit(
                tr("{!r} is no number: write one from −1e30 to 1e30, with a point, as 0.5").format(text[:20])
            )
            return
        self._value = value
        self._laboratory.write(value)
        self.edit.clearFocus()


def _number(text: str) -> float | None:
    """What was typed as a number; None where it is none."""
    try:
        value = float(text.replace(numbers.MINUS, "-").replace(",", ".") if text.count(",") < 2 else text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) <= LARGEST else None
