"""One editor for each type of field. An editor shows a value, and says when a person has given another one.

It does not judge: the form tries the value on the engine's own rules and shows what they say.
"""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from engine.kinds import Field, Kind, help_of, tag_of
from gui import theme
from gui.numbers import MINUS

ROWS_SHOWN = 6  # lines of a table that are visible without scrolling


class NumberBox(QAbstractSpinBox):
    """A whole or real number, typed or stepped with arrow keys and wheel; empty means none where that is allowed."""

    given = Signal(object, bool)  # the value, and whether it came by stepping

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._value: Any = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.lineEdit().setTextMargins(5, 0, 5, 0)
        if field.optional:
            self.lineEdit().setPlaceholderText(self.tr("none"))
        self.editingFinished.connect(self._finish)

    def show_value(self, value: Any) -> None:
        """Shows a value, unless a person is about to type another one."""
        if value != self._value or not self._typed:
            self._value = value
            self.lineEdit().setText(_written(value))

    def take_back(self) -> None:
        """Shows the last value again, whatever was typed."""
        self.lineEdit().setText(_written(self._value))

    @property
    def _typed(self) -> bool:
        """Whether a person has typed something that was not taken over yet."""
        return self.lineEdit().text() != _written(self._value)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        return QValidator.State.Acceptable, text, position

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        return QAbstractSpinBox.StepEnabledFlag.StepUpEnabled | QAbstractSpinBox.StepEnabledFlag.StepDownEnabled

    def stepBy(self, steps: int) -> None:
        value = _read(self.lineEdit().text(), self._field)
        if value is None:
            value = self._field.minimum or 0
        if isinstance(value, str):
            return
        for _ in range(abs(steps)):
            value = _stepped(value, 1 if steps > 0 else -1, self._field)
        if value != self._value:
            self._value = value
            self.lineEdit().setText(_written(value))
            self.lineEdit().selectAll()
            self.given.emit(value, True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._typed:
            self.take_back()
            self.given.emit(self._value, False)  # so that what was said about the typed text goes away
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():  # scrolling a form must not change what lies under the pointer
            super().wheelEvent(event)
        else:
            event.ignore()

    def _finish(self) -> None:
        if self._typed:
            self.given.emit(_read(self.lineEdit().text(), self._field), False)


class Switch(QCheckBox):
    """Yes or no."""

    given = Signal(object, bool)

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.clicked.connect(lambda on: self.given.emit(on, False))

    def show_value(self, value: Any) -> None:
        """Shows a value."""
        self.setChecked(bool(value))


class Choice(QComboBox):
    """One of a few words, or one of a few kinds; a kind is given as its class."""

    given = Signal(object, bool)

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        for choice in field.choices:
            self.addItem(self.tr(_title(choice)), choice)
            if isinstance(choice, type):
                self.setItemData(self.count() - 1, help_of(choice), Qt.ItemDataRole.ToolTipRole)
        self.activated.connect(lambda row: self.given.emit(field.choices[row], False))

    def show_value(self, value: Any) -> None:
        """Shows a value."""
        chosen = type(value) if self._field.type == "kind" else value
        self.setCurrentIndex(self._field.choices.index(chosen))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class TextEdit(QLineEdit):
    """A line of text."""

    given = Signal(object, bool)

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = ""
        self.editingFinished.connect(self._finish)

    def show_value(self, value: Any) -> None:
        """Shows a value, unless a person is about to type another one."""
        if value != self._value or not self.isModified():
            self._value = value
            self.setText(value)
            if not self.hasFocus():
                self.setCursorPosition(0)  # a long text is shown from its beginning

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.setText(self._value)
            self.given.emit(self._value, False)
        else:
            super().keyPressEvent(event)

    def _finish(self) -> None:
        if self.isModified():
            self.setModified(False)
            self.given.emit(self.text(), False)


class RowsEdit(QPlainTextEdit):
    """Rows of numbers or words, a line each; taken over when the editor is left, or with Ctrl+Enter."""

    given = Signal(object, bool)

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flat = False  # whether rows of one value are written without being rows
        self._shown = ""
        self._value: Any = None
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(theme.font(12))
        self.setFixedHeight(theme.px(18) * ROWS_SHOWN)

    def show_value(self, value: Any) -> None:
        """Shows a value, unless a person is about to type another one."""
        if value == self._value and self.toPlainText() != self._shown:
            return
        self._value = value
        self._flat = not any(isinstance(each, tuple | list) for each in value)
        self._shown = "\n".join(_row_text(each) for each in value)
        if self.toPlainText() != self._shown:
            self.setPlainText(self._shown)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._finish()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._finish()
        elif event.key() == Qt.Key.Key_Escape and self.toPlainText() != self._shown:
            self.setPlainText(self._shown)
            self.given.emit(self._value, False)
        else:
            super().keyPressEvent(event)

    def _finish(self) -> None:
        if self.toPlainText() != self._shown:
            self.given.emit(self._read(), False)

    def _read(self) -> tuple[Any, ...]:
        """The text as rows; values are apart by blanks, commas or semicolons."""
        rows = []
        for line in self.toPlainText().splitlines():
            if words := line.replace(",", " ").replace(";", " ").replace(MINUS, "-").split():
                rows.append(tuple(_number_or_word(word) for word in words))
        return tuple(row[0] for row in rows) if self._flat and all(len(row) == 1 for row in rows) else tuple(rows)


Editor = NumberBox | Switch | Choice | TextEdit | RowsEdit
EDITORS: dict[str, type[Editor]] = {
    "int": NumberBox,
    "float": NumberBox,
    "bool": Switch,
    "choice": Choice,
    "kind": Choice,
    "text": TextEdit,
    "rows": RowsEdit,
}


def editor_for(field: Field, parent: QWidget | None = None) -> Editor:
    """The editor of a field, with its name and what it means for those who hover or listen."""
    editor = EDITORS[field.type](field, parent)
    editor.setAccessibleName(field.title)
    editor.setAccessibleDescription(field.help)
    editor.setToolTip(hint_of(field))
    return editor


def hint_of(field: Field) -> str:
    """What a field means, and what is allowed."""
    meaning = field.help[:1].upper() + field.help[1:]
    return f"{meaning}\n{field.limits}" if field.limits else meaning


def _title(choice: Any) -> str:
    if isinstance(choice, type) and issubclass(choice, Kind):
        return str(choice.title) or tag_of(choice)
    return str(choice).replace("_", " ")


def _written(value: Any) -> str:
    """A number as it can be typed again."""
    if value is None:
        return ""
    return str(value) if isinstance(value, int | str) else format(value, ".12g").replace("e-0", "e-")


def _read(text: str, field: Field) -> Any:
    """What was typed: a number, None for nothing, and text that is no number as it stands."""
    plain = text.strip().replace(MINUS, "-").replace(",", ".")
    if not plain:
        return None if field.optional else ""
    try:
        number = float(plain)
    except ValueError:
        return text.strip()
    whole = field.type == "int" and number.is_integer() and abs(number) < 1e15
    return int(number) if whole else number


def _number_or_word(word: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def _row_text(row: Any) -> str:
    return "  ".join(_written(each) for each in row) if isinstance(row, tuple | list) else _written(row)


def _stepped(value: float, direction: int, field: Field) -> float:
    """The next value up or down, inside the limits: by one for whole numbers, by a twentieth of a short range, else
    along 1, 2, 5, 10.
    """
    low = -math.inf if field.minimum is None else field.minimum
    high = math.inf if field.maximum is None else field.maximum
    if field.type == "int":
        stepped: float = value + direction
    elif high - low <= 10:
        stepped = round(value + direction * (high - low) / 20, 10)
    else:
        stepped = _next_in_series(value, direction)
    inside = low < stepped if field.exclusive_minimum else low <= stepped
    inside &= stepped < high if field.exclusive_maximum else stepped <= high
    return stepped if inside else value


def _next_in_series(value: float, direction: int) -> float:
    """The neighbour of a value among 1, 2 and 5 times the powers of ten, and 0."""
    if value == 0:
        return direction * 0.001
    size, upwards = abs(value), (value > 0) == (direction > 0)
    exponent = math.floor(math.log10(size))
    series = [float(f"{digit}e{power}") for power in range(exponent - 1, exponent + 2) for digit in (1, 2, 5)]
    if upwards:
        found = next(each for each in series if each > size * (1 + 1e-9))
    else:
        found = next(each for each in reversed(series) if each < size * (1 - 1e-9))
    return math.copysign(found, value)
